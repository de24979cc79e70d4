#include "cli/person.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace dcs::cli {

namespace {

std::string name_of(uid_t user) {
    const auto* entry = ::getpwuid(user);
    return entry == nullptr ? std::to_string(user) : std::string{entry->pw_name};
}

/// Who signed in to the session that this process belongs to, as the kernel's audit notes it (proc(5)): nobody can change it
/// afterwards. nullopt: it is not noted here.
std::optional<uid_t> signed_in() {
    std::ifstream file{"/proc/self/loginuid"};
    uid_t user = 0;
    if (!(file >> user) || user == std::numeric_limits<uid_t>::max()) return std::nullopt;
    return user;
}

std::string& claimed() {
    static std::string name;
    return name;
}

std::string known_name() {
    const auto user = ::getuid();
    if (const auto before = signed_in(); before && *before != user) return name_of(*before);
    // Only root's environment is set by sudo and by nobody else.
    const char* before = user == 0 ? std::getenv("SUDO_USER") : nullptr;
    return before != nullptr && *before != '\0' ? std::string{before} : name_of(user);
}

}  // namespace

std::string person() {
    const auto known = "cli:" + known_name();
    return claimed().empty() ? known : known + " as " + claimed();
}

void claim_person(std::string name) { claimed() = std::move(name); }

}  // namespace dcs::cli
