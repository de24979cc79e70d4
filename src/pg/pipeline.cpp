#include "pg/pipeline.hpp"

#include <utility>

namespace dcs::pg {

void Pipeline::expect(Step step, std::size_t statement) { steps_.push_back({step, statement}); }

Pipeline::Verdict Pipeline::take(Answer answer) {
    const bool all_answered = at_ == steps_.size();
    if (!all_answered && steps_[at_].step != Step::forget) statement_ = steps_[at_].statement;
    switch (answer) {
    case Answer::end:
        if (all_answered) return std::exchange(last_end_, true) ? Verdict::broken : Verdict::nothing;
        if (!answered_) return Verdict::broken;
        answered_ = false;
        ++at_;
        return Verdict::nothing;
    case Answer::sync: return all_answered ? Verdict::finished : Verdict::broken;
    case Answer::refused: return refused();
    case Answer::aborted:
        if (all_answered || answered_ || !failed_) return Verdict::broken;
        answered_ = true;
        return Verdict::nothing;
    case Answer::done:
        if (all_answered || answered_ || failed_) return Verdict::broken;
        answered_ = true;
        return done(steps_[at_]);
    case Answer::foreign: return Verdict::broken;
    }
    return Verdict::broken;
}

Pipeline::Verdict Pipeline::done(const Expected& expected) {
    switch (expected.step) {
    case Step::prepare: prepared_.push_back(expected.statement); return Verdict::nothing;
    case Step::forget: forgotten_.push_back(expected.statement); return Verdict::nothing;
    case Step::execute: return Verdict::rows;
    }
    return Verdict::broken;
}

Pipeline::Verdict Pipeline::refused() {
    answered_ = at_ < steps_.size();
    return std::exchange(failed_, true) ? Verdict::nothing : Verdict::error;
}

Pipeline::Answer answer_of(const PGresult* result) noexcept {
    if (result == nullptr) return Pipeline::Answer::end;
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY: return Pipeline::Answer::done;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE: return Pipeline::Answer::refused;
    case PGRES_PIPELINE_ABORTED: return Pipeline::Answer::aborted;
    case PGRES_PIPELINE_SYNC: return Pipeline::Answer::sync;
    default: return Pipeline::Answer::foreign;  // COPY, single rows: never asked for
    }
}

}  // namespace dcs::pg
