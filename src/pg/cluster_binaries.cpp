#include "pg/cluster_binaries.hpp"

#include "pg/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <vector>

namespace dcs::pg {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds version_limit{10};

bool complete(const fs::path& directory) {
    return ::access((directory / "postgres").c_str(), X_OK) == 0 && ::access((directory / "initdb").c_str(), X_OK) == 0;
}

/// /usr/lib/postgresql/<major>/bin, newest first.
std::vector<fs::path> packaged() {
    std::vector<std::pair<int, fs::path>> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator{"/usr/lib/postgresql", none}) {
        const auto name = entry.path().filename().string();
        int major = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), major).ec == std::errc{})
            found.emplace_back(major, entry.path() / "bin");
    }
    std::ranges::sort(found, std::greater{});
    std::vector<fs::path> directories;
    for (auto& [major, directory] : found) directories.push_back(std::move(directory));
    return directories;
}

std::vector<fs::path> candidates() {
    if (const char* set = std::getenv("PG_BINDIR"); set != nullptr && *set != '\0') return {set};
    auto directories = packaged();
    if (const char* path = std::getenv("PATH")) {
        std::istringstream parts{path};
        for (std::string part; std::getline(parts, part, ':');)
            if (part.starts_with('/')) directories.emplace_back(part);
    }
    directories.emplace_back("/usr/local/pgsql/bin");
    return directories;
}

/// "postgres (PostgreSQL) 15.4 (Debian 15.4-1)": 15.
std::optional<int> major_of(const fs::path& directory) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::nullopt;
    Program program{{(directory / "postgres").string(), "--version"}};
    program.output = pipe[1];
    const auto code = run(program, version_limit);
    ::close(pipe[1]);
    std::string text(256, '\0');
    const auto got = ::read(pipe[0], text.data(), text.size());
    ::close(pipe[0]);
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    const auto digit = text.find_first_of("0123456789");
    if (!code || *code != 0 || digit == std::string::npos) return std::nullopt;
    int major = 0;
    std::from_chars(text.data() + digit, text.data() + text.size(), major);
    return major;
}

}  // namespace

Result<fs::path> find_binaries(std::optional<int> major) {
    auto directories = candidates();
    std::erase_if(directories, [](const auto& directory) { return !complete(directory); });
    if (directories.empty())
        return Error{
            Fault::rejected,
            "no PostgreSQL programs found for the embedded database: install the package postgresql, set PG_BINDIR "
            "to the directory that holds postgres and initdb, or set DB_HOST to a server of your own"};
    if (!major) return directories.front();
    const auto fitting =
        std::ranges::find_if(directories, [&](const auto& directory) { return major_of(directory) == major; });
    if (fitting != directories.end()) return *fitting;
    return Error{
        Fault::rejected,
        fmt::format(
            "the embedded database was made by PostgreSQL {0}, which is not installed: install PostgreSQL {0}, "
            "set PG_BINDIR to its programs, or move the data with pg_dump and set DATA_DIR to an empty directory",
            *major)};
}

}  // namespace dcs::pg
