#pragma once
// SignInQueue: who of those that sign in is next, where one password is checked at a time.
//
// Promise    known browsers come first. Of the others, addresses with fewer wrong passwords in the last quarter of an hour come first,
//            then the one whose turn was longest ago, and of an address the name whose turn was longest ago: a newcomer waits for
//            other newcomers, never for those who guess, however many connections they hold.
// Bounds     `all` wait, and `of_an_address`. Beyond, the one that has waited longest of the busiest address is sent away, never the
//            newest. Nobody waits longer than `patience`. Addresses of IPv6 are told apart by their first 64 bits.
// Threads    the executor's single thread.

#include "base/async.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <string>

namespace dcs::auth {

struct SignInQueueLimits {
    std::size_t all = 64;  // from browsers that are not known; as many again from known ones
    std::size_t of_an_address = 8;
    std::chrono::milliseconds patience{30'000};
};

class SignInQueue {
public:
    explicit SignInQueue(SignInQueueLimits limits) : limits_{limits} {}

    /// A place in the queue while it lives, and then the turn. pre: the queue outlives it.
    class Place {
    public:
        Place(SignInQueue& queue, asio::any_io_executor executor, std::string address, std::string name, bool known);
        ~Place() { leave(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Waits for the turn. False: there are too many others.
        Async<bool> turn();
        /// The turn ends; the next one begins.
        void leave() noexcept;
        /// The password was wrong.
        void failed();

    private:
        friend SignInQueue;
        enum class State { waiting, has_turn, away };
        SignInQueue& queue_;
        std::string address_;
        std::string name_;  // of that address
        bool known_;
        State state_ = State::waiting;
        Wake wake_;
        std::list<Place*>::iterator at_{};
    };

private:
    using Instant = std::chrono::steady_clock::time_point;
    struct Past {
        int failures = 0;
        std::uint64_t last_turn = 0;
        Instant last{};
    };
    Past past_of(const std::string& key) const;
    void remember(const std::string& key, int failures);
    void make_room(const Place& newest);
    void next();

    SignInQueueLimits limits_;
    std::list<Place*> waiting_{};  // the oldest first
    bool busy_ = false;
    std::uint64_t turns_ = 0;
    std::map<std::string, Past> past_{};  // of addresses, and of names there
};

}  // namespace dcs::auth
