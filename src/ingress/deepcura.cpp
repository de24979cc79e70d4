#include "ingress/deepcura.hpp"

#include "base/document.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/offload.hpp"
#include "crypto/crypto.hpp"
#include "deepcura/envelope.hpp"

#include <utility>

namespace dcs::ingress {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t quickly_read = 128 * 1024;  // bytes: a millisecond or two
constexpr auto refusals_every = 100ms;

Async<Result<deepcura::Gridhook>> read(const DeepcuraDoor& door, std::shared_ptr<const deepcura::Cipher> cipher,
                                       const std::string& body) {
    const bool quick = body.size() <= quickly_read && !deepcura::is_gzip(body);
    if (quick || door.threads == nullptr) co_return deepcura::read_gridhook(*cipher, body, door.omit_fields);
    const auto reading = [&] { return deepcura::read_gridhook(*cipher, body, door.omit_fields); };
    auto gridhook = co_await offload(*door.threads, reading);
    co_return gridhook;
}

net::Response not_stored(const DeepcuraDoor& door, std::string_view request_id, const Error& error) {
    door.refusals->refused("deepcura", request_id, error);
    return net::json_error(503, "Not stored, please send again", request_id);
}

net::Response refusal(int status, std::string_view error, const std::string& delivery_id, std::string_view request_id) {
    net::Response response;
    response.status = status;
    response.body = R"({"error":)" + json_quoted(error) + R"(,"delivery_id":)" + json_quoted(delivery_id) +
                    R"(,"request_id":)" + json_quoted(request_id) + "}";
    return response;
}

/// Keeps what could not be read, then refuses it at a time that tells nothing.
Async<net::Response> keep(const DeepcuraDoor& door, net::Request request, Fault fault, steady_clock::time_point came) {
    const bool is_json = fault != Fault::bad_input;
    inbox::Arrival arrival{.source = "deepcura",
                           .event = "gridhook",
                           .body = std::move(request.body),
                           .request_id = request.request_id,
                           .state = is_json ? inbox::State::dead : inbox::State::unreadable,
                           .reason = is_json ? "the payload does not open" : "Body is not JSON"};
    if (!is_json && !door.omit_fields.empty()) {
        arrival.reason += "; not kept: sha256 " + to_hex(crypto::sha256(arrival.body)) + ", " +
                          std::to_string(arrival.body.size()) + " bytes";
        arrival.body.clear();
    }
    auto append = door.append(std::move(arrival));
    const auto stored = co_await std::move(append);
    const auto ticks = (steady_clock::now() - came) / refusals_every + 1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(came + ticks * refusals_every - steady_clock::now());
    co_await sleep_for(left);
    if (!stored) co_return not_stored(door, request.request_id, stored.error());
    door.refusals->stored();
    log::warning(is_json ? "a gridhook's payload does not open: is DEEPCURA_CIPHER right?" : "a gridhook is not JSON",
                 {{"delivery_id", stored->id}, {"request_id", request.request_id}});
    co_return is_json ? refusal(422, "Payload could not be decrypted", stored->id, request.request_id)
                      : refusal(400, "Body is not JSON", stored->id, request.request_id);
}

net::Response accepted(const deepcura::Filed& filed) {
    net::Response response;
    response.body = R"({"status":"ok","noteId":)" + json_quoted(filed.note_id) + R"(,"linked":)" +
                    (filed.linked ? "true" : "false") + (filed.duplicate ? R"(,"duplicate":true})" : "}");
    return response;
}

}  // namespace

auth::Gate deepcura_gate(const DeepcuraDoor& door) {
    return auth::bearer_header({"X-deepcura-secret", "Authorization"}, door.secret, "deepcura", "Invalid secret");
}

Async<net::Response> receive(const DeepcuraDoor& door, net::Request request) {
    auto cipher = door.cipher == nullptr ? nullptr : door.cipher->now();
    if (cipher == nullptr) co_return not_stored(door, request.request_id, {Fault::unavailable, "starting"});
    const auto came = steady_clock::now();
    auto reading = read(door, std::move(cipher), request.body);
    auto gridhook = co_await std::move(reading);
    if (!gridhook) {
        auto refused = co_await keep(door, std::move(request), gridhook.error().fault, came);
        co_return refused;
    }
    inbox::Arrival arrival{
        .source = "deepcura", .event = "gridhook", .body = std::move(request.body), .request_id = request.request_id};
    auto filing = door.file(std::move(arrival), std::move(*gridhook));
    const auto filed = co_await std::move(filing);
    if (!filed) co_return not_stored(door, request.request_id, filed.error());
    door.refusals->stored();
    co_return accepted(*filed);
}

}  // namespace dcs::ingress
