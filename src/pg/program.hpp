#pragma once
// Program: another program, started as a child of ours and perhaps as another user.
//
// Promise    the child is in a session of its own (a Ctrl-C at the terminal is ours alone), inherits no file but its
//            output, no signal setting of ours, and is sent SIGINT when the thread that started it ends.
// Errors     rejected: it could not be started; the detail says at which step and why.

#include "base/error.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dcs::pg {

struct User {
    uid_t uid{};
    gid_t gid{};
    std::vector<gid_t> groups{};
    std::string name{};
};
/// nullopt: there is none of that name.
std::optional<User> user_named(const std::string& name);
/// A user without an entry is known by its number alone.
User user_of(uid_t uid, gid_t gid);

struct Program {
    std::vector<std::string> command;        // [0]: its path
    std::optional<User> user{};              // nullopt: as ourselves
    std::optional<int> capability{};         // one that stays with it although it is another user's
    int output = -1;                         // where its output goes; -1: nowhere
    std::vector<std::string> environment{};  // "NAME=value", beside what every child gets; never on the command line
};
Result<pid_t> start(const Program& program);
/// Its exit code once it has ended, -1 for a signal; nullopt: it still runs after `limit`. The child is then still ours.
std::optional<int> wait_for(pid_t child, std::chrono::milliseconds limit);
/// start() and wait_for(); what still runs after `limit` is killed. Fault::unavailable then.
Result<int> run(const Program& program, std::chrono::milliseconds limit);

/// Whether `user`, with no privilege of ours, can write in `directory`.
bool can_use(const User& user, const std::filesystem::path& directory);
/// A capability of ours by which another user can pass directories that are closed to it: the weakest there is.
std::optional<int> passing_capability();

}  // namespace dcs::pg
