#include "auth/sign_in_queue.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace dcs::auth {

namespace {

constexpr std::chrono::minutes remembered{15};
constexpr std::size_t most_remembered = 4096;

/// Whoever has one IPv6 address has 2^64 of them.
std::string network_of(const std::string& address) {
    boost::system::error_code failed;
    const auto parsed = asio::ip::make_address(address, failed);
    if (failed || !parsed.is_v6()) return address;
    return asio::ip::network_v6{parsed.to_v6(), 64}.canonical().to_string();
}

}  // namespace

SignInQueue::Place::Place(SignInQueue& queue, asio::any_io_executor executor, std::string address, std::string name,
                          bool known)
    : queue_{queue},
      address_{network_of(address)},
      name_{address_ + '\n' + std::move(name)},
      known_{known},
      wake_{std::move(executor)},
      at_{queue.waiting_.insert(queue.waiting_.end(), this)} {
    queue_.make_room(*this);
    queue_.next();
}

Async<bool> SignInQueue::Place::turn() {
    if (state_ == State::waiting) co_await wake_.wait(queue_.limits_.patience);
    if (state_ == State::waiting) leave();
    co_return state_ == State::has_turn;
}

void SignInQueue::Place::leave() noexcept {
    const auto was = std::exchange(state_, State::away);
    if (was == State::waiting) queue_.waiting_.erase(at_);
    if (was != State::has_turn) return;
    queue_.busy_ = false;
    queue_.next();
}

void SignInQueue::Place::failed() { queue_.remember(address_, 1); }

SignInQueue::Past SignInQueue::past_of(const std::string& key) const {
    const auto found = past_.find(key);
    if (found == past_.end()) return {};
    auto past = found->second;
    if (std::chrono::steady_clock::now() - past.last > remembered) past.failures = 0;
    return past;
}

void SignInQueue::remember(const std::string& key, int failures) {
    auto past = past_of(key);
    past.failures += failures;
    if (failures == 0) past.last_turn = turns_;
    past.last = std::chrono::steady_clock::now();
    past_.insert_or_assign(key, past);
    if (past_.size() <= most_remembered) return;
    const auto oldest = std::ranges::min_element(past_, {}, [](const auto& each) { return each.second.last; });
    past_.erase(oldest);
}

/// Sends somebody away where too many wait.
void SignInQueue::make_room(const Place& newest) {
    std::map<std::string, std::size_t> waiting;  // by address, and by name there
    std::size_t all = 0;
    for (const auto* each : waiting_) {
        if (each->known_ != newest.known_) continue;
        ++all;
        ++waiting[each->address_];
        ++waiting[each->name_];
    }
    const bool address_full = !newest.known_ && waiting[newest.address_] > limits_.of_an_address;
    if (!address_full && all <= limits_.all) return;
    const auto rank = [&](const Place& each) {
        return std::tuple{waiting[each.address_], past_of(each.address_).failures, waiting[each.name_]};
    };
    Place* busiest = nullptr;
    for (auto* each : waiting_) {
        if (each == &newest || each->known_ != newest.known_) continue;
        if (address_full && each->address_ != newest.address_) continue;
        if (busiest == nullptr || rank(*each) > rank(*busiest)) busiest = each;
    }
    if (busiest == nullptr) return;
    busiest->leave();
    busiest->wake_.notify();
}

void SignInQueue::next() {
    if (busy_ || waiting_.empty()) return;
    const auto rank = [this](const Place* each) {
        const auto address = past_of(each->address_);
        return std::tuple{!each->known_, each->known_ ? 0 : address.failures, address.last_turn,
                          past_of(each->name_).last_turn};
    };
    auto* chosen = *std::ranges::min_element(waiting_, {}, rank);
    waiting_.erase(chosen->at_);
    busy_ = true;
    ++turns_;
    remember(chosen->address_, 0);
    remember(chosen->name_, 0);
    chosen->state_ = Place::State::has_turn;
    chosen->wake_.notify();
}

}  // namespace dcs::auth
