#pragma once
// Morning: a scripted morning of a clinic, step by step, with what makes mirrors stumble: an appointment that arrives
// before its patient, repeated deliveries, a pair in the wrong order, a note unlocked and locked again, a cancellation. A
// hired scribe (Simulator::hire_scribe) dictates notes: before the clinical note is there, edited, twice, and one that may
// belong to either of two visits.
//
// Promise    the same seed and clinic give the same morning: about 60 webhooks and 8 gridhooks in four and a half hours.
// Clock      play() moves the simulated clock on to the step's time, so that later steps carry later change times.

#include "simulator/simulator.hpp"

namespace dcs::simulator {

struct Step {
    std::chrono::minutes at;  // since the morning began
    std::string what;         // for people: "Sample Alpha12 arrives"
    int webhooks;             // how many POSTs it sends
};

class Morning {
public:
    /// The simulator must outlive it. Its first step is at the simulator's present time.
    explicit Morning(Simulator& simulator);
    ~Morning();
    Morning(const Morning&) = delete;
    Morning& operator=(const Morning&) = delete;

    std::size_t size() const noexcept;
    std::size_t played() const noexcept;
    std::chrono::minutes next_at() const;  // pre: played() < size()
    int webhooks() const noexcept;         // of the whole morning
    /// Plays the next step. pre: played() < size().
    Result<Step> play();

private:
    class Scene;
    std::unique_ptr<Scene> scene_;
};

}  // namespace dcs::simulator
