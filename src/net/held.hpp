#pragma once
// Held: the share of one body in the bytes that requests may hold, of proven callers or of strangers; given back when the
// request is answered.
//
// Place      private to net/.
// Strangers  when they hold too much together, the one that holds its share the longest is cut off, never the one that grows.

#include "net/session.hpp"

namespace dcs::net {

class Held {
public:
    Held(Service& service, Session& session, bool proven);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    /// False: all together would hold too much.
    bool grow_to(std::size_t bytes);

private:
    /// Its bytes are about to be freed: they count no more.
    void drop() noexcept;

    Service& service_;
    Session& session_;
    bool proven_;
    std::size_t bytes_ = 0;
    std::list<Held*>::iterator place_{};  // among the strangers
};

}  // namespace dcs::net
