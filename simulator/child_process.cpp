#include "simulator/child_process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dcs::simulator {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> environment_of(const ChildProcess::Options& options) {
    std::map<std::string, std::string> merged = options.environment;
    if (options.inherit_environment)
        for (char** entry = environ; *entry != nullptr; ++entry) {
            const std::string text{*entry};
            const auto equals = text.find('=');
            if (equals != text.npos) merged.try_emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    std::vector<std::string> lines;
    for (const auto& [name, value] : merged) lines.push_back(name + '=' + value);
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> raw;
    for (auto& text : texts) raw.push_back(text.data());
    raw.push_back(nullptr);
    return raw;
}

std::filesystem::path temporary_output() {
    static std::atomic<int> count{0};
    return std::filesystem::temp_directory_path() /
           ("child_" + std::to_string(::getpid()) + '_' + std::to_string(++count) + ".log");
}

/// What runs between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* argv, char* const* environment, int output, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execvpe(argv[0], argv, environment);
    ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(Options options)
    : output_{options.output.empty() ? temporary_output() : options.output}, remove_output_{options.output.empty()} {
    auto environment = environment_of(options);
    const auto raw_environment = pointers(environment);
    const auto raw_argv = pointers(options.argv);
    const int output = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0) throw std::system_error{errno, std::generic_category(), output_.string()};
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) become(raw_argv.data(), raw_environment.data(), output, parent);
    const int error = errno;
    ::close(output);
    if (pid_ < 0) throw std::system_error{error, std::generic_category(), "fork"};
    ::setpgid(pid_, pid_);  // whoever of the two comes first
}

ChildProcess::~ChildProcess() {
    terminate();
    std::error_code ignored;
    if (remove_output_) std::filesystem::remove(output_, ignored);
}

int ChildProcess::reap(int status) {
    ended_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    return *ended_;
}

bool ChildProcess::running() { return !wait(0ms).has_value(); }

void ChildProcess::signal(int number) const {
    if (!ended_) ::kill(pid_, number);
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!ended_) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) return reap(status);
        if (std::chrono::steady_clock::now() >= until) return std::nullopt;
        std::this_thread::sleep_for(5ms);
    }
    return ended_;
}

int ChildProcess::terminate(std::chrono::milliseconds grace) {
    if (!ended_) ::kill(-pid_, SIGTERM);
    if (const auto code = wait(grace)) {
        ::kill(-pid_, SIGKILL);  // what it started and left behind
        return *code;
    }
    return kill();
}

int ChildProcess::kill() {
    if (ended_) return *ended_;
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    return reap(status);
}

std::string ChildProcess::output() const {
    std::ifstream file{output_, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::uint16_t free_port() {
    asio::io_context io;
    const asio::ip::tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    return acceptor.local_endpoint().port();
}

bool wait_for_port(std::uint16_t port, std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until) {
        asio::io_context io;
        asio::ip::tcp::socket socket{io};
        boost::system::error_code error;
        socket.connect({asio::ip::address_v4::loopback(), port}, error);
        if (!error) return true;
        std::this_thread::sleep_for(50ms);
    }
    return false;
}

}  // namespace dcs::simulator
