#include "cli/person.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace dcs::cli {

std::string person() {
    const auto* entry = ::getpwuid(::getuid());
    std::string name = entry == nullptr ? std::to_string(::getuid()) : std::string{entry->pw_name};
    if (const char* before = std::getenv("SUDO_USER"); before != nullptr && *before != '\0') name = before;
    return "cli:" + name;
}

}  // namespace dcs::cli
