#include "pg/cluster_place.hpp"

#include "base/log.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace dcs::pg {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_socket_path = 107;  // sockaddr_un, less the final NUL

/// FNV-1a: the same in every build, so that two programs find the same directory.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    return hash;
}

Error unusable(const fs::path& path, std::string_view reason) {
    return Error{Fault::rejected,
                 fmt::format("{} cannot be used for the embedded database: {}", path.string(), reason)};
}

/// Whose cluster it is or will be, when we are root.
Result<User> cluster_user(const fs::path& data) {
    struct stat found{};
    if (::stat((data / "PG_VERSION").c_str(), &found) == 0 && found.st_uid != 0)
        return user_of(found.st_uid, found.st_gid);
    for (const auto* name : {"postgres", "nobody"})
        if (auto user = user_named(name); user && user->uid != 0) return *std::move(user);
    return Error{Fault::rejected,
                 "PostgreSQL does not run as root, and there is neither a user postgres nor nobody: create one"};
}

/// Makes `path` a directory that only `user` (nullopt: we ourselves) can enter.
Result<> make_private(const fs::path& path, const std::optional<User>& user) {
    const bool made = ::mkdir(path.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) return unusable(path, std::strerror(errno));
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) return unusable(path, std::strerror(errno));
    if (!S_ISDIR(found.st_mode)) return unusable(path, "it is no directory");

    const auto owner = user ? user->uid : ::geteuid();
    const bool ours_to_give = user && found.st_uid == 0;  // just made, or left by a start that was killed here
    if (ours_to_give && ::lchown(path.c_str(), user->uid, user->gid) != 0) return unusable(path, std::strerror(errno));
    if (!ours_to_give && found.st_uid != owner)
        return unusable(path, "it belongs to another user; remove it, or set DATA_DIR to another directory");
    if ((found.st_mode & 07777) != 0700 && ::chmod(path.c_str(), 0700) != 0)
        return unusable(path, std::strerror(errno));
    return {};
}

/// Open to pass for the cluster's user when we are root, but not to list.
Result<> make_data_dir(const fs::path& data_dir) {
    std::error_code failed;
    if (fs::is_directory(data_dir, failed)) return {};
    fs::create_directories(data_dir, failed);
    if (failed) return unusable(data_dir, failed.message());
    fs::permissions(data_dir, ::geteuid() == 0 ? fs::perms{0711} : fs::perms{0700}, failed);
    return {};
}

fs::path socket_directory(const fs::path& root) {
    auto near = root / "socket";
    if ((near / ".s.PGSQL.65535").string().size() <= longest_socket_path) return near;
    return fmt::format("/tmp/drchrono-sync-{:016x}", hash_of(root.string()));
}

/// Directories above may be closed to the cluster's user. They are not ours to open.
Result<> find_a_way(Place& place) {
    if (!place.user || can_use(*place.user, place.root)) return {};
    place.capability = passing_capability();
    if (!place.capability)
        return unusable(place.root,
                        fmt::format("user {} may not pass the directories above it; open them (chmod o+x), or set "
                                    "DATA_DIR to another directory",
                                    place.user->name));
    log::info("directories above the embedded database are closed to its user; it gets a capability to pass them",
              {{"directory", place.root.string()}, {"user", place.user->name}});
    return {};
}

std::optional<pid_t> pid_in(const fs::path& data) {
    std::ifstream file{data / "postmaster.pid"};
    pid_t pid = 0;
    if (!(file >> pid) || pid <= 1) return std::nullopt;
    return pid;
}

}  // namespace

Result<Place> prepare_place(const fs::path& data_dir) {
    if (const auto made = make_data_dir(data_dir); !made) return made.error();
    std::error_code failed;
    const auto real = fs::canonical(data_dir, failed);
    if (failed) return unusable(data_dir, failed.message());

    const auto root = real / "postgres";
    Place place{real / "embedded.lock", root, root / "data", root / "data.new", root / "log", socket_directory(root)};
    if (::geteuid() == 0) {
        auto user = cluster_user(place.data);
        if (!user) return user.error();
        place.user = *std::move(user);
    }
    for (const auto& directory : {place.root, place.log, place.socket})
        if (const auto made = make_private(directory, place.user); !made) return made.error();
    if (const auto passable = find_a_way(place); !passable) return passable.error();
    return place;
}

std::optional<int> major_version_of(const fs::path& data) {
    std::ifstream file{data / "PG_VERSION"};
    int major = 0;
    return file >> major ? std::optional{major} : std::nullopt;
}

std::optional<pid_t> running_postmaster(const fs::path& data) {
    const auto pid = pid_in(data);
    if (!pid || (::kill(*pid, 0) != 0 && errno == ESRCH)) return std::nullopt;
    // The number may have been given to another process since. A postmaster works in its data directory.
    const auto process = fs::path{"/proc"} / std::to_string(*pid);
    std::error_code failed;
    const auto program = fs::read_symlink(process / "exe", failed).filename().string();
    const auto directory = fs::read_symlink(process / "cwd", failed);
    return program.starts_with("postgres") && directory == data ? pid : std::nullopt;
}

void remove_foreign_pid_file(const fs::path& data) {
    const auto pid = pid_in(data);
    if (!pid || (::kill(*pid, 0) != 0 && errno == ESRCH) || running_postmaster(data)) return;
    log::warning("the embedded database's postmaster.pid names another program's process; removed",
                 {{"pid", static_cast<std::int64_t>(*pid)}});
    std::error_code ignored;
    fs::remove(data / "postmaster.pid", ignored);
}

}  // namespace dcs::pg
