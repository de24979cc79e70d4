#pragma once
// JobTimes: how long the bulk jobs of one kind take, learned from the looks at them, so that few looks are wasted.
//
// Rule       the first look at a job comes when the jobs of its kind are usually complete. While no look has come too early,
//            that age is halved with each job; afterwards it shrinks slowly, and grows to what a job has really taken. Looks
//            after the first follow at one and a half times the age of the one before: a complete job is found before twice
//            the age at which it was complete, or within `longest_pause`.
// Units      a job's age counts from when it was submitted.

#include <algorithm>
#include <chrono>
#include <optional>

namespace dcs::upstream {

class JobTimes {
public:
    using Span = std::chrono::milliseconds;
    JobTimes(Span first, Span shortest, Span longest_pause)
        : usual_{first}, shortest_{shortest}, longest_pause_{longest_pause} {}

    /// The age at which a job is looked at for the first time.
    Span usual() const noexcept { return usual_; }
    /// The same, once jobs have told it: worth being kept for a later process.
    std::optional<Span> known() const noexcept {
        return too_early_ || usual_ == shortest_ ? std::optional{usual_} : std::nullopt;
    }
    /// The age for the next look at one that was not complete at `age`.
    Span next_look(Span age) const noexcept { return age + std::clamp(age / 2, shortest_, longest_pause_); }

    /// A job was complete at its first look, at `age`.
    void complete_at_first_look(Span age) noexcept {
        // A look that came late says nothing of an earlier one.
        if (age > usual_ * 3 / 2) return;
        usual_ = std::max(shortest_, too_early_ ? usual_ * 49 / 50 : usual_ / 2);
    }
    /// A job was not complete at an earlier look, and was at `age`.
    void complete_after(Span age) noexcept {
        too_early_ = true;
        usual_ = std::max(shortest_, age);
    }
    /// What an earlier process has learned.
    void remember(Span usual) noexcept {
        too_early_ = true;
        usual_ = std::max(shortest_, usual);
    }

private:
    Span usual_;
    Span shortest_;
    Span longest_pause_;
    bool too_early_ = false;  // some look was
};

}  // namespace dcs::upstream
