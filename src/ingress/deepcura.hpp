#pragma once
// Deep Cura's door: opens what the scribe sends and has it filed before it answers.
//
// Promise    200 names the note that is stored; 422 and 400 name a delivery that is kept, undecrypted, for another try.
// Alike      whatever a payload does not open for, status, body and time are the same: refused at the next full tenth of a
//            second after the arrival.
// Secrets    no body, header value or id of the sender is logged.
// Source     design section 3; gridhook fact sheet sections 2 and 3.

#include "auth/gate.hpp"
#include "deepcura/filing.hpp"
#include "ingress/refusals.hpp"
#include "net/http.hpp"

#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dcs::ingress {

inline constexpr std::size_t max_deepcura_body_bytes = 10 * 1024 * 1024;

/// What the door needs; owned by app/, outlives every request.
struct DeepcuraDoor {
    auth::SharedSecret secret;
    const deepcura::CipherInUse* cipher = nullptr;
    asio::thread_pool* threads = nullptr;  // for bodies that take long to read
    std::function<Async<Result<deepcura::Filed>>(inbox::Arrival, deepcura::Gridhook)> file;
    std::function<Async<Result<inbox::Stored>>(inbox::Arrival)> append;  // for what does not open
    std::vector<std::string> omit_fields{};                              // JSON members never stored, at any depth
    std::shared_ptr<Refusals> refusals = std::make_shared<Refusals>();
};

/// Who may POST: the secret in X-deepcura-secret, or in Authorization; bare or behind "Bearer ".
auth::Gate deepcura_gate(const DeepcuraDoor& door);

/// POST, from a caller that the gate let in.
Async<net::Response> receive(const DeepcuraDoor& door, net::Request request);

}  // namespace dcs::ingress
