#pragma once
// The scribes' doors, one for each source: opens what the scribe sends and has it filed before it answers.
//
// Promise    200 names the note that is stored; 422 and 400 name a delivery that is kept, unread, for another try. 422 is
//            answered by sources that encrypt alone.
// Alike      whatever a payload does not open for, status, body and time are the same: refused at the next full tenth of a
//            second after the arrival.
// Secrets    no body, header value or id of the sender is logged.
// Source     design section 3; gridhook fact sheet sections 2 and 3.

#include "auth/gate.hpp"
#include "base/clock.hpp"
#include "deepcura/filing.hpp"
#include "ingress/refusals.hpp"
#include "net/http.hpp"

#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dcs::ingress {

inline constexpr std::size_t max_deepcura_body_bytes = 10 * 1024 * 1024;

/// What the door needs; owned by app/, outlives every request.
struct DeepcuraDoor {
    const deepcura::Source* source = &deepcura::deepcura_source();
    auth::SharedSecret secret;
    const deepcura::CipherInUse* cipher = nullptr;  // of sources that encrypt
    asio::thread_pool* threads = nullptr;           // for bodies that take long to read
    std::function<Async<Result<deepcura::Filed>>(inbox::Arrival, deepcura::Gridhook)> file;
    std::function<Async<Result<inbox::Stored>>(inbox::Arrival)> append;  // for what does not open
    std::vector<std::string> omit_fields{};                              // JSON members never stored, at any depth
    std::shared_ptr<Refusals> refusals = std::make_shared<Refusals>();
};

/// By the name of their source.
using ScribeDoors = std::map<std::string_view, DeepcuraDoor>;

/// Who may POST to a door: as its source proves itself, by the secret in one of the source's headers, bare or behind "Bearer ".
auth::Gate scribe_gate(const DeepcuraDoor& door, Clock clock = system_now);
/// The same for /webhooks/scribe/{source}. A source that does not exist is 404; one without a secret lets nobody in.
auth::Gate scribes_gate(const ScribeDoors& doors, Clock clock = system_now);
/// The door that the path names. nullptr: there is no such source.
const DeepcuraDoor* door_of(const ScribeDoors& doors, std::string_view path);

/// POST, from a caller that the gate let in.
Async<net::Response> receive(const DeepcuraDoor& door, net::Request request);

}  // namespace dcs::ingress
