#include "inbox/straight.hpp"

#include <algorithm>
#include <utility>

namespace dcs::inbox {

Straight::Straight(Settings settings, std::function<void()> ready)
    : settings_{std::move(settings)}, ready_{std::move(ready)} {}

bool Straight::reserve(const Arrival& arrival) {
    if (!open_ || arrival.source != settings_.source || arrival.state != State::pending) return false;
    if (const auto found = objects_.find(arrival.object_key); found != objects_.end()) {
        found->second = true;
        return false;
    }
    if (count_ >= settings_.most || bytes_ + arrival.body.size() > settings_.most_bytes) return false;
    ++count_;
    bytes_ += arrival.body.size();
    if (!arrival.object_key.empty()) objects_.emplace(arrival.object_key, false);
    return true;
}

void Straight::leave(const std::string& object_key, std::size_t bytes) {
    --count_;
    bytes_ -= bytes;
    objects_.erase(object_key);
}

void Straight::release(const Arrival& arrival) { leave(arrival.object_key, arrival.body.size()); }

void Straight::hand_over(Claimed claimed) {
    waiting_.push_back(std::move(claimed));
    ready_();
}

std::vector<Claimed> Straight::next(int count, std::int64_t bytes) {
    std::vector<Claimed> taken;
    while (!waiting_.empty() && std::ssize(taken) < count) {
        bytes -= std::ssize(waiting_.front().body);
        if (!taken.empty() && bytes < 0) break;
        taken.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return taken;
}

std::vector<std::int64_t> Straight::waiting() const {
    std::vector<std::int64_t> seqs;
    seqs.reserve(waiting_.size());
    for (const auto& each : waiting_) seqs.push_back(each.seq);
    return seqs;
}

void Straight::claimed(std::span<const Claimed> claimed) {
    for (const auto& each : claimed)
        if (!each.object_key.empty()) objects_.try_emplace(each.object_key, false);
}

std::vector<std::string> Straight::finished(std::span<const Taken> worked, bool straight) {
    std::vector<std::string> followed;
    for (const auto& each : worked) {
        if (const auto found = objects_.find(each.object_key); found != objects_.end() && found->second)
            followed.push_back(each.object_key);
        if (straight) leave(each.object_key, each.bytes);
        else objects_.erase(each.object_key);
    }
    return followed;
}

}  // namespace dcs::inbox
