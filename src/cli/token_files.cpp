#include "cli/token_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace dcs::cli {

namespace {

Error not_written(const std::filesystem::path& path) {
    return {Fault::unavailable, fmt::format("{}: {}", path.string(), std::strerror(errno))};
}

/// Beside its place first, so that no reader meets a half, or one that others may read.
Result<> write_file(const std::filesystem::path& path, const std::string& text) {
    auto beside = path;
    beside += ".new";
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return not_written(beside);
    bool good = ::fchmod(file, 0600) == 0;
    good = good && ::write(file, text.data(), text.size()) == std::ssize(text) && ::fsync(file) == 0;
    auto problem = not_written(beside);
    ::close(file);
    if (!good) return problem;
    if (::rename(beside.c_str(), path.c_str()) != 0) return not_written(path);
    return {};
}

}  // namespace

Result<> can_write_tokens(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(directory, ignored) || ::access(directory.c_str(), W_OK | X_OK) != 0)
        return Error{Fault::bad_input, directory.string() + " is not a directory that can be written to"};
    return {};
}

Result<> write_tokens(const std::filesystem::path& directory, const upstream::Granted& granted) {
    auto access = write_file(directory / "DRCHRONO_ACCESS_TOKEN", granted.access_token);
    if (!access || granted.refresh_token.empty()) return access;
    return write_file(directory / "DRCHRONO_REFRESH_TOKEN", granted.refresh_token);
}

}  // namespace dcs::cli
