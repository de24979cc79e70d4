#pragma once
// Anchors: the end of the audit chain, kept outside the database, where its owner cannot change it (AUDIT_ANCHOR).
//
// Place      a file: one JSON line each, on the disk before keep() returns. An https address: one object each, by PUT, meant for a
//            bucket whose objects cannot be changed for some years; at most one in five minutes.
// Errors     told in the log; the caller gives the same or a later end again.
// Security   an anchor holds a number, a hash and a time: nothing of a patient.

#include "audit/seals.hpp"
#include "net/client.hpp"
#include "outbox/google_token.hpp"

#include <boost/asio/thread_pool.hpp>

namespace dcs::app {

struct AnchorSettings {
    std::string place{};          // empty: none
    std::string authorization{};  // the header of a PUT; empty: for Google's storage its access token, else none
    std::string instance{};       // told in each anchor
};

class Anchors {
public:
    Anchors(asio::any_io_executor executor, net::Client& client, outbox::GoogleSettings google,
            AnchorSettings settings);

    bool wanted() const noexcept { return !settings_.place.empty(); }
    /// True: it is kept, or nobody wants it. False: not now.
    Async<bool> keep(audit::Head head);
    /// How long an end has waited to be kept; 0: none waits.
    std::chrono::seconds waiting() const noexcept;

private:
    Async<Result<>> put(const audit::Head& head, std::string line);

    net::Client& client_;
    outbox::GoogleToken google_;
    AnchorSettings settings_;
    asio::thread_pool threads_{1};
    std::optional<std::chrono::steady_clock::time_point> waits_since_{};
    std::optional<std::chrono::steady_clock::time_point> last_put_{};
};

}  // namespace dcs::app
