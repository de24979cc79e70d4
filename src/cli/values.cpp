#include "cli/values.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace dcs::cli {

namespace {

bool& into_file() {
    static bool asked = false;
    return asked;
}

}  // namespace

bool may_print_values() { return into_file() || ::isatty(STDOUT_FILENO) == 1; }

bool print_into(const std::string& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    into_file() = file >= 0 && ::dup2(file, STDOUT_FILENO) >= 0;
    if (!into_file()) fmt::print(stderr, "drchrono-sync: {}: {}\n", path, std::strerror(errno));
    if (file >= 0) ::close(file);
    return into_file();
}

int keep_what_was_printed(const std::string& path, int status) {
    std::fflush(stdout);
    struct stat file{};
    if (!path.empty() && status != 0 && ::fstat(STDOUT_FILENO, &file) == 0 && file.st_size == 0) ::unlink(path.c_str());
    return status;
}

}  // namespace dcs::cli
