#pragma once
// Overview: whether the mirror is in sync, and how that is known: lag, deliveries, runs, budget, outbox, what needs a person.
//
// In sync    behind: something that arrived waits too long, and is being worked. incomplete: a record is known to be missing or
//            old here; what was given up counts only until a later run has read its resource. unknown: a resource was never
//            read, or long ago. What needs a person is told apart from it.
// Cost       one reading serves everybody who looks within `keep`; what is counted over the whole day is read twice a minute at
//            most. Nothing is read while nobody looks.
// Live       a stream sends a reading when it differs from the one before, a heartbeat otherwise, and ends with the session, after
//            10 minutes, or with the service. At most 32 streams; each holds one connection of the server's.
// Content    counts, times, states, names of resources: nothing clinical.

#include "admin/backend.hpp"
#include "base/single_flight.hpp"

#include <optional>

namespace dcs::admin {

class Overview {
public:
    /// JSON in two parts: the time of the reading, and the rest, which says whether anything changed.
    struct Reading {
        std::string now;
        std::string rest;
        std::string text() const { return "{\"now\":" + now + "," + rest + "}"; }
    };

    explicit Overview(asio::any_io_executor executor) : flight_{std::move(executor)} {}

    Async<Result<Reading>> current(Backend& backend);
    /// Returns when nothing is being read any more. Before the backend goes away.
    Async<> stop();

private:
    using Instant = std::chrono::steady_clock::time_point;
    Async<Result<Reading>> read_all(Backend& backend);
    Async<Result<std::string>> day(pg::Pool& pool);

    SingleFlight<Reading> flight_;
    std::optional<Reading> latest_{};
    Instant latest_at_{};
    std::string day_{};
    Instant day_at_{};
};

Async<net::Response> show_overview(Backend& backend, net::Request request, auth::Caller caller);
Async<std::optional<net::Response>> stream_overview(Backend& backend, net::Request request, auth::Caller caller,
                                                    net::BodyStream& stream);

/// The progress of runs under way, as a JSON array; over sync_state and leases. `of`: a condition on table `t` (name, parent).
std::string progress_sql(std::string_view of);

}  // namespace dcs::admin
