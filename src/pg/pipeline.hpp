#pragma once
// Pipeline: which answer on the wire belongs to which step of one run, and what the run comes to. No sockets.
//
// Order      libpq answers each step with one result and an end mark, and the sync behind the last step with a result
//            that has no end mark. After a refusal every step up to the sync is answered `aborted`.
// Promise    exactly one answer is called the error: the first refusal. A step whose preparing was not confirmed is
//            never reported as prepared.
// Late       a constraint that is deferred is checked at the sync: a refusal may come when every step has been answered.

#include <libpq-fe.h>

#include <cstddef>
#include <vector>

namespace dcs::pg {

class Pipeline {
public:
    enum class Step {
        prepare,
        execute,
        forget,  // DEALLOCATE of a text that fell out of the cache
    };
    enum class Answer { done, refused, aborted, end, sync, foreign };
    enum class Verdict {
        rows,      // of the statement current() names
        error,     // the run's error, of the statement current() names
        nothing,   // go on reading
        finished,  // all answered; the connection is free for the next run
        broken,    // not what the protocol allows: the connection is of no use any more
    };

    /// Adds a step for the statement with that index. All steps are added before the first take().
    void expect(Step step, std::size_t statement);
    Verdict take(Answer answer);
    /// The statement that the last answer belongs to; what comes after the last statement counts as its.
    std::size_t current() const noexcept { return statement_; }
    bool failed() const noexcept { return failed_; }
    /// What the server has confirmed: indices of statements prepared, and of names forgotten.
    const std::vector<std::size_t>& prepared() const noexcept { return prepared_; }
    const std::vector<std::size_t>& forgotten() const noexcept { return forgotten_; }

private:
    struct Expected {
        Step step;
        std::size_t statement;
    };
    Verdict done(const Expected& expected);
    Verdict refused();

    std::vector<Expected> steps_;
    std::size_t at_ = 0;     // the step that is being answered
    bool answered_ = false;  // its result has come, its end mark has not
    bool failed_ = false;
    bool last_end_ = false;  // the end mark behind a refusal at the sync has come
    std::size_t statement_ = 0;
    std::vector<std::size_t> prepared_;
    std::vector<std::size_t> forgotten_;
};

/// What a result (or null, the end mark) means to the pipeline.
Pipeline::Answer answer_of(const PGresult* result) noexcept;

}  // namespace dcs::pg
