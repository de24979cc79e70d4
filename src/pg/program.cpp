#include "pg/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace dcs::pg {

namespace {

enum class Step : int { user, capability, parent, exec };

const char* name_of(Step step) noexcept {
    switch (step) {
    case Step::user: return "becoming the other user";
    case Step::capability: return "keeping a capability";
    case Step::parent: return "binding it to this process";
    case Step::exec: return "executing it";
    }
    return "starting it";
}

struct Trouble {
    Step step;
    int error;
};

/// All that the child needs, made before the fork: between fork and exec only async-signal-safe calls are allowed.
struct Launch {
    char* const* arguments;
    char* const* environment;
    const User* user;
    int capability;  // -1: none
    int output;
    int trouble;  // pipe on which the child tells what went wrong; closed by exec
    pid_t parent;
};

bool become(const User& user) noexcept {
    return ::setgroups(user.groups.size(), user.groups.data()) == 0 && ::setgid(user.gid) == 0 &&
           ::setuid(user.uid) == 0;
}

bool keep_only(int capability) noexcept {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    auto& set = sets[static_cast<std::size_t>(capability / 32)];
    set.effective = set.permitted = set.inheritable = 1U << (capability % 32);
    return ::syscall(SYS_capset, &header, sets.data()) == 0 &&
           ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0;
}

[[noreturn]] void tell(const Launch& launch, Step step) noexcept {
    const Trouble trouble{step, errno};
    [[maybe_unused]] const auto written = ::write(launch.trouble, &trouble, sizeof trouble);
    ::_exit(127);
}

void forget_our_signals() noexcept {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void launch_child(const Launch& launch) noexcept {
    forget_our_signals();
    ::setsid();
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nowhere, STDIN_FILENO);
    ::dup2(launch.output < 0 ? nowhere : launch.output, STDOUT_FILENO);
    ::dup2(launch.output < 0 ? nowhere : launch.output, STDERR_FILENO);
    ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    ::umask(077);
    if (::chdir("/") != 0) tell(launch, Step::exec);

    if (launch.user != nullptr) {
        if (launch.capability >= 0 && ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) tell(launch, Step::capability);
        if (!become(*launch.user)) tell(launch, Step::user);
        if (launch.capability >= 0 && !keep_only(launch.capability)) tell(launch, Step::capability);
    }
    // After the change of user, which clears it. SIGINT is PostgreSQL's fast shutdown.
    if (::prctl(PR_SET_PDEATHSIG, SIGINT) != 0 || ::getppid() != launch.parent) tell(launch, Step::parent);
    ::execve(launch.arguments[0], launch.arguments, launch.environment);
    tell(launch, Step::exec);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> child_environment() {
    std::vector<std::string> variables{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"};
    if (const char* path = std::getenv("LD_LIBRARY_PATH")) variables.push_back(fmt::format("LD_LIBRARY_PATH={}", path));
    return variables;
}

/// nullopt: the pipe was closed by exec, all went well.
std::optional<Trouble> read_trouble(int pipe) {
    Trouble trouble{};
    for (;;) {
        const auto got = ::read(pipe, &trouble, sizeof trouble);
        if (got < 0 && errno == EINTR) continue;
        return got == sizeof trouble ? std::optional{trouble} : std::nullopt;
    }
}

std::vector<gid_t> groups_of(const char* name, gid_t gid) {
    std::vector<gid_t> groups(64);
    auto count = static_cast<int>(groups.size());
    if (::getgrouplist(name, gid, groups.data(), &count) < 0) return {gid};
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

}  // namespace

std::optional<User> user_named(const std::string& name) {
    const auto* entry = ::getpwnam(name.c_str());
    if (entry == nullptr) return std::nullopt;
    return User{entry->pw_uid, entry->pw_gid, groups_of(name.c_str(), entry->pw_gid), name};
}

User user_of(uid_t uid, gid_t gid) {
    const auto* entry = ::getpwuid(uid);
    if (entry == nullptr) return User{uid, gid, {gid}, std::to_string(uid)};
    const std::string name = entry->pw_name;
    return User{uid, entry->pw_gid, groups_of(name.c_str(), entry->pw_gid), name};
}

Result<pid_t> start(const Program& program) {
    auto command = program.command;
    auto variables = child_environment();
    variables.insert(variables.end(), program.environment.begin(), program.environment.end());
    const auto arguments = pointers_to(command);
    const auto environment = pointers_to(variables);
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return Error{Fault::unavailable, "no pipe for a child process"};
    const Launch launch{arguments.data(),
                        environment.data(),
                        program.user ? &*program.user : nullptr,
                        program.capability.value_or(-1),
                        program.output,
                        pipe[1],
                        ::getpid()};
    const auto child = ::fork();
    if (child == 0) launch_child(launch);
    ::close(pipe[1]);
    const auto trouble = child < 0 ? std::optional{Trouble{Step::exec, errno}} : read_trouble(pipe[0]);
    ::close(pipe[0]);
    if (!trouble) return child;
    if (child > 0) ::waitpid(child, nullptr, 0);
    return Error{Fault::rejected, fmt::format("{} cannot be started{}: {}: {}", command.front(),
                                              program.user ? " as user " + program.user->name : "",
                                              name_of(trouble->step), std::strerror(trouble->error))};
}

std::optional<int> wait_for(pid_t child, std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        int status = 0;
        const auto ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (ended < 0 && errno != EINTR) return -1;  // somebody else has reaped it
        if (std::chrono::steady_clock::now() >= until) return std::nullopt;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

Result<int> run(const Program& program, std::chrono::milliseconds limit) {
    const auto child = start(program);
    if (!child) return child.error();
    if (const auto code = wait_for(*child, limit)) return *code;
    ::kill(-*child, SIGKILL);
    ::waitpid(*child, nullptr, 0);
    return Error{Fault::unavailable, fmt::format("{} did not end in time", program.command.front())};
}

bool can_use(const User& user, const std::filesystem::path& directory) {
    const std::string path = directory;
    const auto child = ::fork();
    if (child == 0) ::_exit(become(user) && ::access(path.c_str(), R_OK | W_OK | X_OK) == 0 ? 0 : 1);
    int status = 1;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::optional<int> passing_capability() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) return std::nullopt;
    for (const int capability : {CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE})
        if ((sets[0].permitted >> capability & 1U) != 0) return capability;
    return std::nullopt;
}

}  // namespace dcs::pg
