#pragma once
// Unsent: one answer on its way to a stranger, from its first byte to its last; or until somebody else needs the room.
//
// Place      private to net/.
// Bounds     `max_stranger_answers` of them, and `max_stranger_answer_bytes` of their bodies together. Beyond, the connection that has taken no byte for longest is reset, of the address that has most of them;
//            never the newest.

#include "net/session.hpp"

#include <chrono>
#include <cstddef>
#include <list>

namespace dcs::net {

class Unsent {
public:
    Unsent(Service& service, Session& session, std::size_t bytes);
    ~Unsent();
    Unsent(const Unsent&) = delete;
    Unsent& operator=(const Unsent&) = delete;

    /// The peer has taken some of it.
    void moved() noexcept { moved_ = std::chrono::steady_clock::now(); }

private:
    bool too_much() const noexcept;
    Unsent* to_cut() const;
    void drop() noexcept;

    Service& service_;
    Session& session_;
    std::size_t bytes_;
    bool counted_ = true;
    std::chrono::steady_clock::time_point moved_ = std::chrono::steady_clock::now();
    std::list<Unsent*>::iterator place_;
};

}  // namespace dcs::net
