#pragma once
// Child: a program of PostgreSQL's that works for minutes or hours while the event loop goes on.
//
// Promise    it is gone, with all that it started, when the Child is destroyed: a command that is interrupted leaves nothing
//            running.

#include "base/async.hpp"
#include "pg/program.hpp"

namespace dcs::backup {

class Child {
public:
    /// rejected: it cannot be started.
    static Result<Child> start(const pg::Program& program);
    Child(Child&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child();

    /// Its exit code, -1 for a signal. unavailable: it still ran after `limit`, and was ended.
    Async<Result<int>> wait(std::chrono::milliseconds limit);

private:
    explicit Child(pid_t pid) noexcept : pid_{pid} {}
    pid_t pid_;
};

}  // namespace dcs::backup
