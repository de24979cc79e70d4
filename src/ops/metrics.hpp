#pragma once
// Metrics: what this process counts, and the text that a scrape gets.
//
// Labels     names of ours alone: patterns of the route table, states, resources. Nothing that came from outside is one: their
//            number is bounded, and no clinical content can be in them.
// Text       Prometheus' text format, written by prometheus-cpp.
// Threads    any.

#include "base/clock.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dcs::ops {

/// What is not counted here but read when somebody asks: a gauge, or a count that somebody else keeps.
struct Sample {
    std::vector<std::pair<std::string, std::string>> labels{};
    double value = 0;
};
struct Reading {
    std::string_view name;
    std::string_view about;
    std::vector<Sample> samples;
    bool only_grows = false;
};

class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// `route` is a pattern of the route table, or a word for those that have none; so is `method`.
    void request_answered(std::string_view method, std::string_view route, int status, std::chrono::microseconds took);
    /// A delivery of `source` has come to a record; `outcome` is the store's name for what became of it.
    void delivery_applied(std::string_view source, std::string_view outcome, std::chrono::microseconds since_received);
    /// Pub/Sub has the event that a delivery has caused.
    void event_published(std::chrono::microseconds since_received);

    /// An exception has left a task: a bug.
    void task_failed();

    /// All that was counted, then the readings. pre: no reading has the name of something that is counted here.
    std::string text(std::span<const Reading> readings) const;

private:
    struct Counted;
    std::unique_ptr<Counted> counted_;
};

}  // namespace dcs::ops
