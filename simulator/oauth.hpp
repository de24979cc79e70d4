#pragma once
// OAuth: codes and tokens of the one API application and its one consenting user.
//
// Clock      SimClock::paced(): token lives are plain seconds.
// Limits     the last 100 codes, 1,000 access tokens and 1,000 refresh tokens are known.
// Source     reference/drchrono-api.md, section 1.

#include "simulator/options.hpp"

#include <deque>

namespace dcs::simulator {

struct Grant {
    std::string access;
    std::string refresh;
};

class OAuth {
public:
    OAuth(const Options& options, const Switches& switches, Time now);

    net::Response authorize(const net::Query& query, Time now);
    net::Response token(std::string_view form, Time now);
    net::Response revoke(std::string_view form);

    /// Whether the header's bearer token is good.
    bool accepts(std::string_view authorization, Time now) const;
    /// Whether the token has `scope` for reading.
    bool allows(std::string_view scope) const;
    void kill_access(std::string_view authorization);
    Grant issue(Time now);
    void revoke_all();

private:
    struct Code {
        std::string text;
        std::string redirect_uri;
        Time until;
    };
    struct Access {
        std::string text;
        Time until;
    };
    struct Refresh {
        std::string text;
        std::optional<Time> until;  // set when it was rotated away
        std::string access;         // issued with it: a refresh kills it
    };
    net::Response failed(std::string_view error) const;
    net::Response exchange(const net::Query& form, Time now);
    net::Response renew(const net::Query& form, Time now);
    net::Response granted(const Grant& grant) const;
    std::string issue_access(Time now);

    const Options& options_;
    const Switches& switches_;
    std::deque<Code> codes_;
    std::deque<Access> access_;
    std::deque<Refresh> refresh_;
};

}  // namespace dcs::simulator
