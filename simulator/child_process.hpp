#pragma once
// ChildProcess: a program of somebody else's that a demo or a test needs, in a process group of its own, its output in a file.
//
// Promise    it and what it started are gone when this object is: SIGTERM, then SIGKILL to the group. It also dies with
//            the process that started it.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace dcs::simulator {

class ChildProcess {
public:
    struct Options {
        std::vector<std::string> argv;                     // argv[0] is looked up in PATH
        std::map<std::string, std::string> environment{};  // added to ours, or replacing it
        bool inherit_environment = true;
        std::filesystem::path output{};  // standard output and error; empty: a temporary file
    };
    /// Throws std::system_error when it cannot be started.
    explicit ChildProcess(Options options);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const noexcept { return pid_; }
    bool running();
    void signal(int number) const;  // to the process alone
    /// Its exit code, or minus the signal's number; nullopt: still running after `limit`.
    std::optional<int> wait(std::chrono::milliseconds limit);
    /// SIGTERM to the group, SIGKILL after `grace`. Returns as wait() does.
    int terminate(std::chrono::milliseconds grace = std::chrono::seconds{10});
    /// SIGKILL to the group, now.
    int kill();
    /// What it has written so far.
    std::string output() const;

private:
    int reap(int status);

    std::filesystem::path output_;
    bool remove_output_ = false;
    pid_t pid_ = -1;
    std::optional<int> ended_;
};

/// A TCP port of 127.0.0.1 that nobody used a moment ago.
std::uint16_t free_port();
/// False: nobody accepts connections on 127.0.0.1:`port` within `limit`.
bool wait_for_port(std::uint16_t port, std::chrono::milliseconds limit);

}  // namespace dcs::simulator
