#pragma once
// Api: from a request to DrChrono's answer: faults, token, limits, then the list, item, bulk job or OAuth step.
//
// Source     reference/drchrono-api.md, sections 1, 3, 6 and 7.

#include "simulator/bulk.hpp"
#include "simulator/faults.hpp"
#include "simulator/limits.hpp"
#include "simulator/oauth.hpp"
#include "simulator/simulator.hpp"

namespace dcs::simulator {

/// What was asked so far.
struct Tally {
    std::uint64_t requests = 0;
    std::uint64_t throttled = 0;
    std::map<std::string, std::uint64_t, std::less<>> by_path;  // "/api/patients/{id}"; bounded: unknown paths are one
    std::map<int, std::uint64_t> by_status;
    std::deque<Served> latest;  // at most 1,000
};

class Api {
public:
    Api(const Clinic& clinic, const Options& options, const Switches& switches, const Limits& limits,
        const SimClock& clock, const std::string& base_url);

    /// Status 0: the connection is to be cut.
    Async<net::Response> answer(net::Request request);

    Faults& faults() noexcept { return faults_; }
    OAuth& oauth() noexcept { return oauth_; }
    const Tally& tally() const noexcept { return tally_; }

private:
    net::Response usual(const net::Request& request, Outcome bulk_outcome);
    net::Response resource(const net::Request& request, Outcome bulk_outcome);
    net::Response read(const Route& route, std::string_view id, const net::Query& query);
    net::Response faulty(const FaultRule& fault, const net::Request& request);
    void count(const net::Request& request, int status);

    const Options& options_;
    const Switches& switches_;
    const SimClock& clock_;
    const std::string& base_url_;
    Lists lists_;
    Bulk bulk_;
    OAuth oauth_;
    Throttle throttle_;
    Faults faults_;
    Tally tally_;
};

}  // namespace dcs::simulator
