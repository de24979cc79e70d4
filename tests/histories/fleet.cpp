#include "fleet.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

namespace dcs::histories {

using namespace std::chrono_literals;

std::string service_binary() {
    const char* other = std::getenv("HISTORIES_SERVICE");
    return other != nullptr ? other : SERVICE_BINARY;
}

Fleet::Fleet(int instances, Environment common)
    : common_{std::move(common)}, instances_(static_cast<std::size_t>(instances)) {
    for (auto& instance : instances_) {
        instance.port = test::free_port();
        instance.metrics_port = test::free_port();
    }
}

bool Fleet::awake(int nth) {
    auto& instance = at(nth);
    return instance.process && !instance.suspended && instance.process->running();
}

int Fleet::next_awake() {
    for (int tries = 0; tries < size(); ++tries) {
        next_ = (next_ + 1) % size();
        if (awake(next_)) return next_;
    }
    return -1;
}

void Fleet::start(int nth, const std::string& kill_at) {
    auto& instance = at(nth);
    if (instance.process && instance.process->running()) return;
    bury(instance);
    auto environment = common_;
    environment["PORT"] = std::to_string(instance.port);
    environment["METRICS_PORT"] = std::to_string(instance.metrics_port);
    if (!kill_at.empty()) environment["SYNC_KILL_AT"] = kill_at;
    instance.process = std::make_unique<test::ChildProcess>(
        test::ChildProcess::Options{.argv = {service_binary(), "serve"}, .environment = std::move(environment)});
    instance.ready = instance.suspended = instance.asked_to_stop = false;
    instance.wanted = true;
    instance.started = std::chrono::steady_clock::now();
    instance.may_die = !kill_at.empty();
}

void Fleet::bury(Instance& instance) {
    if (!instance.process) return;
    instance.log += instance.process->output();
    instance.process.reset();
}

void Fleet::kill(int nth) {
    auto& instance = at(nth);
    instance.wanted = false;
    if (!instance.process || !instance.process->running()) return;
    instance.process->kill();
    ++kills_;
    bury(instance);
}

void Fleet::suspend(int nth) {
    auto& instance = at(nth);
    if (!awake(nth)) return;
    instance.process->signal(SIGSTOP);
    instance.suspended = true;
}

void Fleet::resume(int nth) {
    auto& instance = at(nth);
    if (!instance.process || !instance.suspended) return;
    instance.process->signal(SIGCONT);
    instance.suspended = false;
}

void Fleet::hang_up(int nth) {
    // Before its first line it may not have come to main(): then the signal is the system's matter.
    if (awake(nth) && !at(nth).process->output().empty()) at(nth).process->signal(SIGHUP);
}

void Fleet::ask_to_stop(int nth) {
    if (!awake(nth)) return;
    at(nth).process->signal(SIGTERM);
    at(nth).asked_to_stop = true;
}

void Fleet::stop(int nth, std::chrono::milliseconds grace) {
    auto& instance = at(nth);
    instance.wanted = false;
    if (!instance.process || !instance.process->running()) return bury(instance);
    resume(nth);
    const int status = instance.process->terminate(grace);
    const bool was_killed = status == -SIGKILL && !instance.may_die;
    if (was_killed) violations_.push_back(fmt::format("instance {} did not stop within {} ms", nth, grace.count()));
    else if (status != 0 && instance.ready && !instance.may_die)
        violations_.push_back(fmt::format("instance {} was asked to stop and ended with status {}", nth, status));
    bury(instance);
}

void Fleet::look_after() {
    for (int nth = 0; nth < size(); ++nth) {
        auto& instance = at(nth);
        if (!instance.process || instance.process->running()) continue;
        if (std::chrono::steady_clock::now() < instance.started + 500ms) continue;  // a supervisor's pause
        const auto status = instance.process->wait(1s).value_or(0);
        const bool by_fault_point = instance.may_die && status == -SIGKILL;
        const bool as_asked = instance.asked_to_stop && (status == 0 || !instance.ready);
        if (by_fault_point) ++kills_;
        else if (as_asked) {
        } else if (instance.ready)
            violations_.push_back(fmt::format("instance {} ended by itself with status {}", nth, status));
        else if (status < 0 || status > 2)
            violations_.push_back(fmt::format("instance {} ended with status {} before it was ready", nth, status));
        const bool again = instance.wanted;
        bury(instance);
        if (again) start(nth);
    }
}

std::string Fleet::log() const {
    std::string all;
    for (const auto& instance : instances_) all += instance.log + (instance.process ? instance.process->output() : "");
    return all;
}

}  // namespace dcs::histories
