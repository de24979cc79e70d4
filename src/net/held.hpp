#pragma once
// Held: the share of one body in the bytes that requests may hold, of proven callers or of strangers; given back when the
// request is answered.
//
// Place      private to net/.
// Strangers  when they hold too much together, bodies that are still coming are cut off: the oldest of the address that holds most,
//            never the one that grows, and none that has come whole.

#include "net/session.hpp"

namespace dcs::net {

class Held {
public:
    Held(Service& service, Session& session, bool proven) : service_{service}, session_{session}, proven_{proven} {}
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    /// The body is coming for as long as this lives.
    class Coming {
    public:
        explicit Coming(Held& held);
        ~Coming();
        Coming(const Coming&) = delete;
        Coming& operator=(const Coming&) = delete;

    private:
        Held& held_;
        std::list<Held*>::iterator place_{};
    };
    Coming coming() { return Coming{*this}; }

    /// False: all together would hold too much.
    bool grow_to(std::size_t bytes);

private:
    Held* to_cut() const;
    /// Its bytes are about to be freed: they count no more.
    void drop() noexcept;

    Service& service_;
    Session& session_;
    bool proven_;
    std::size_t bytes_ = 0;
};

}  // namespace dcs::net
