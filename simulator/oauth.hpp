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

    /// The consent page; where nobody need be asked, what follows from it.
    net::Response authorize(const net::Query& query, Time now);
    /// What the page's buttons send.
    net::Response decide(std::string_view form, Time now);
    net::Response token(std::string_view form, Time now);
    net::Response revoke(std::string_view form);

    /// Whether the header's bearer token is good.
    bool accepts(std::string_view authorization, Time now) const;
    /// Whether the header's token has `scope` for reading.
    bool allows(std::string_view authorization, std::string_view scope) const;
    void kill_access(std::string_view authorization);
    Grant issue(Time now) { return issue(options_.scope, now); }
    void revoke_all();

private:
    struct Code {
        std::string text;
        std::string redirect_uri;
        std::string scope;
        Time until;
    };
    struct Access {
        std::string text;
        std::string scope;
        Time until;
    };
    struct Refresh {
        std::string text;
        std::optional<Time> until;  // set when it was rotated away
        std::string access;         // issued with it: a refresh kills it
        std::string scope;
    };
    net::Response failed(std::string_view error) const;
    net::Response exchange(const net::Query& form, Time now);
    net::Response renew(const net::Query& form, Time now);
    net::Response granted(const Grant& grant, std::string_view scope) const;
    bool asks_rightly(const net::Query& question) const;
    std::optional<std::string> scope_for(const net::Query& question) const;
    net::Response consented(const net::Query& question, Time now);
    Grant issue(const std::string& scope, Time now);
    std::string issue_access(const std::string& scope, Time now);

    const Options& options_;
    const Switches& switches_;
    std::deque<Code> codes_;
    std::deque<Access> access_;
    std::deque<Refresh> refresh_;
};

}  // namespace dcs::simulator
