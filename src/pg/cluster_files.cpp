#include "pg/cluster_files.hpp"

#include "base/log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

namespace dcs::pg {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::minutes initdb_limit{3};
constexpr std::string_view tunables = "\n# A small private cluster. What is set here may be changed.\n"
                                      "max_connections = 60\n"
                                      "shared_buffers = 64MB\n"
                                      "wal_compression = on\n"
                                      "max_wal_size = 512MB\n";

/// log_min_messages = log leaves out ERROR: an error's text can quote the value it is about.
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> must_hold{{
    {"listen_addresses", ""},
    {"unix_socket_permissions", "0700"},
    {"cluster_name", "drchrono-sync"},
    {"timezone", "UTC"},
    {"log_timezone", "UTC"},
    {"log_destination", "stderr"},
    {"logging_collector", "on"},
    {"log_filename", "postgres-%a.log"},
    {"log_file_mode", "0600"},
    {"log_rotation_age", "1d"},
    {"log_rotation_size", "0"},
    {"log_truncate_on_rotation", "on"},
    {"log_min_messages", "log"},
    {"log_min_error_statement", "panic"},
    {"log_error_verbosity", "terse"},
    {"log_statement", "none"},
    {"log_min_duration_statement", "-1"},
    {"log_parameter_max_length", "0"},
    {"log_parameter_max_length_on_error", "0"},
    {"log_connections", "off"},
    {"log_disconnections", "off"},
    {"log_checkpoints", "off"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> not_durable{{
    {"fsync", "off"},
    {"full_page_writes", "off"},
}};

class OutputFile {
public:
    explicit OutputFile(const fs::path& path)
        : file_{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)} {}
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile() {
        if (file_ >= 0) ::close(file_);
    }
    int get() const noexcept { return file_; }

private:
    int file_;
};

std::string last_line_of(const fs::path& path) {
    std::ifstream file{path};
    std::string line;
    std::string last;
    while (std::getline(file, line))
        if (!line.empty()) last = line;
    return last.substr(0, 300);
}

void flush(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ::fsync(file);
    ::close(file);
}

/// What was left by an initdb that did not end; and a data directory with nothing in it.
Result<> clear(const Place& place) {
    std::error_code failed;
    constexpr int tries = 50;  // an initdb whose starter was killed may still be ending
    for (int done = 0; fs::remove_all(place.unfinished, failed), failed && done < tries; ++done)
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    if (failed)
        return Error{Fault::rejected,
                     fmt::format("{} cannot be removed: {}", place.unfinished.string(), failed.message())};
    if (fs::exists(place.data, failed) && !fs::remove(place.data, failed))
        return Error{Fault::rejected,
                     fmt::format("{} holds files but no PostgreSQL cluster: move them away", place.data.string())};
    return {};
}

Result<int> init(const Place& place, const fs::path& binaries, bool durable, std::string_view locale) {
    const OutputFile output{place.log / "initdb.log"};
    Program program{{(binaries / "initdb").string(), "--pgdata=" + place.unfinished.string(),
                     fmt::format("--username={}", cluster_owner), "--auth=trust", "--encoding=UTF8",
                     fmt::format("--locale={}", locale), "--data-checksums"},
                    place.user,
                    place.capability,
                    output.get()};
    if (!durable) program.command.emplace_back("--no-sync");
    return run(program, initdb_limit);
}

/// A list of one directory, as unix_socket_directories reads it.
std::string quoted(const fs::path& directory) {
    std::string text{'"'};
    for (const char character : directory.string()) text.append(character == '"' ? 2 : 1, character);
    return text + '"';
}

}  // namespace

Result<> make_cluster(const Place& place, const fs::path& binaries, bool durable) {
    for (const auto* locale : {"C.UTF-8", "C"}) {
        if (const auto empty = clear(place); !empty) return empty.error();
        const auto code = init(place, binaries, durable, locale);
        if (!code) return code.error();
        if (*code == 0) break;
    }
    if (!major_version_of(place.unfinished))
        return Error{Fault::rejected, "initdb failed: " + last_line_of(place.log / "initdb.log")};

    std::ofstream{place.unfinished / "postgresql.conf", std::ios::app} << tunables;
    flush(place.unfinished / "postgresql.conf");
    std::error_code failed;
    fs::rename(place.unfinished, place.data, failed);
    if (failed)
        return Error{Fault::rejected, fmt::format("{} cannot be made: {}", place.data.string(), failed.message())};
    flush(place.root);
    log::info("embedded database made", {{"directory", place.data.string()}});
    return {};
}

Result<pid_t> start_postmaster(const Place& place, const fs::path& binaries, bool durable) {
    Program program{{(binaries / "postgres").string(), "-D", place.data.string()}, place.user, place.capability};
    const auto set = [&](std::string_view name, std::string_view value) {
        program.command.emplace_back("-c");
        program.command.push_back(fmt::format("{}={}", name, value));
    };
    for (const auto& [name, value] : must_hold) set(name, value);
    if (!durable)
        for (const auto& [name, value] : not_durable) set(name, value);
    set("port", std::to_string(cluster_port));
    set("log_directory", place.log.string());
    set("unix_socket_directories", quoted(place.socket));
    const OutputFile output{place.log / "start.log"};
    program.output = output.get();
    return start(program);
}

std::string last_start_line(const Place& place) { return last_line_of(place.log / "start.log"); }

}  // namespace dcs::pg
