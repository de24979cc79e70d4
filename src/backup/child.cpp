#include "backup/child.hpp"

#include <signal.h>
#include <sys/wait.h>

namespace dcs::backup {

namespace {
constexpr std::chrono::milliseconds pause{50};
}

Result<Child> Child::start(const pg::Program& program) {
    const auto started = pg::start(program);
    if (!started) return started.error();
    return Child{*started};
}

Child::~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);  // it leads a session of its own
    ::waitpid(pid_, nullptr, 0);
}

Async<Result<int>> Child::wait(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until) {
        if (const auto code = pg::wait_for(pid_, std::chrono::milliseconds{0})) {
            pid_ = -1;
            co_return *code;
        }
        co_await sleep_for(pause);
    }
    co_return Error{Fault::unavailable, "it did not end in time"};
}

}  // namespace dcs::backup
