#include "ingress/deepcura.hpp"

#include "auth/standard_webhooks.hpp"
#include "base/counted.hpp"
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
    if (quick || door.threads == nullptr)
        co_return deepcura::read_gridhook(*cipher, body, door.omit_fields, *door.source);
    const auto reading = [&] { return deepcura::read_gridhook(*cipher, body, door.omit_fields, *door.source); };
    auto gridhook = co_await offload(*door.threads, reading);
    co_return gridhook;
}

std::shared_ptr<const deepcura::Cipher> no_cipher() {
    static const auto none = std::make_shared<const deepcura::Cipher>(deepcura::Scheme::none, "", "");
    return none;
}

net::Response not_stored(const DeepcuraDoor& door, std::string_view request_id, const Error& error) {
    door.refusals->refused(door.source->name, request_id, error);
    return net::json_error(503, "Not stored, please send again", request_id);
}

net::Response refusal(int status, std::string_view error, const std::string& delivery_id, std::string_view request_id) {
    net::Response response;
    response.status = status;
    response.body = R"({"error":)" + json_quoted(error) + R"(,"delivery_id":)" + json_quoted(delivery_id) +
                    R"(,"request_id":)" + json_quoted(request_id) + "}";
    return response;
}

/// What is said of a body that could not be read: why it is kept, what its sender is told, what the log asks.
struct Unread {
    inbox::State state;
    std::string_view reason;
    int status;
    std::string_view error;
    std::string_view logged;
};

Unread unread(const deepcura::Source& source, Fault fault) {
    if (fault == Fault::bad_input)
        return {inbox::State::unreadable, "Body is not JSON", 400, "Body is not JSON",
                "a scribe's delivery is not JSON"};
    if (!source.encrypted)
        return {inbox::State::dead, "the body is no object", 400, "Body is not a JSON object",
                "a scribe's delivery is no JSON object"};
    return {inbox::State::dead, "the payload does not open", 422, "Payload could not be decrypted",
            "a gridhook's payload does not open: is DEEPCURA_CIPHER right?"};
}

/// Keeps what could not be read, then refuses it at a time that tells nothing.
Async<net::Response> keep(const DeepcuraDoor& door, net::Request request, Fault fault, steady_clock::time_point came) {
    const auto said = unread(*door.source, fault);
    inbox::Arrival arrival{.source = std::string{door.source->name},
                           .event = std::string{door.source->event},
                           .body = std::move(request.body),
                           .request_id = request.request_id,
                           .state = said.state,
                           .reason = std::string{said.reason}};
    if (said.state == inbox::State::unreadable && !door.omit_fields.empty()) {
        arrival.reason +=
            "; not kept: sha256 " + to_hex(crypto::sha256(arrival.body)) + ", " + counted(arrival.body.size(), "byte");
        arrival.body.clear();
    }
    auto append = door.append(std::move(arrival));
    const auto stored = co_await std::move(append);
    const auto ticks = (steady_clock::now() - came) / refusals_every + 1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(came + ticks * refusals_every - steady_clock::now());
    co_await sleep_for(left);
    if (!stored) co_return not_stored(door, request.request_id, stored.error());
    door.refusals->stored();
    log::warning(said.logged,
                 {{"source", door.source->name}, {"delivery_id", stored->id}, {"request_id", request.request_id}});
    co_return refusal(said.status, said.error, stored->id, request.request_id);
}

net::Response accepted(const deepcura::Filed& filed) {
    net::Response response;
    response.body = R"({"status":"ok","noteId":)" + json_quoted(filed.note_id) + R"(,"linked":)" +
                    (filed.linked ? "true" : "false") + (filed.duplicate ? R"(,"duplicate":true})" : "}");
    return response;
}

}  // namespace

auth::Gate scribe_gate(const DeepcuraDoor& door, Clock clock) {
    const auto& source = *door.source;
    std::vector<std::string> headers{source.secret_headers.begin(), source.secret_headers.end()};
    std::string caller{source.name};
    std::string error{source.refusal};
    switch (source.proof) {
    case deepcura::Proof::shared_header:
        return auth::bearer_header(std::move(headers), door.secret, std::move(caller), std::move(error));
    case deepcura::Proof::standard_webhooks:
        return auth::signature_or_header(std::move(headers), door.secret, std::move(clock), std::move(caller),
                                         std::move(error));
    }
    return auth::nobody(std::move(error));
}

const DeepcuraDoor* door_of(const ScribeDoors& doors, std::string_view path) {
    if (path.ends_with('/')) path.remove_suffix(1);
    const auto found = doors.find(path.substr(path.rfind('/') + 1));
    return found == doors.end() ? nullptr : &found->second;
}

auth::Gate scribes_gate(const ScribeDoors& doors, Clock clock) {
    std::map<std::string_view, auth::Gate> gates;
    for (const auto& [name, door] : doors) gates.emplace(name, scribe_gate(door, clock));
    return [&doors, gates = std::move(gates)](const net::RequestHead& head) -> auth::Verdict {
        const auto* door = door_of(doors, head.path);
        if (door == nullptr) return auth::Refusal{404, "Not found"};
        return gates.at(door->source->name)(head);
    };
}

Async<net::Response> receive(const DeepcuraDoor& door, net::Request request) {
    auto cipher = door.source->encrypted ? (door.cipher == nullptr ? nullptr : door.cipher->now()) : no_cipher();
    if (cipher == nullptr) co_return not_stored(door, request.request_id, {Fault::unavailable, "starting"});
    const auto came = steady_clock::now();
    auto reading = read(door, std::move(cipher), request.body);
    auto gridhook = co_await std::move(reading);
    if (!gridhook) {
        auto refused = co_await keep(door, std::move(request), gridhook.error().fault, came);
        co_return refused;
    }
    inbox::Arrival arrival{.source = std::string{door.source->name},
                           .event = std::string{door.source->event},
                           .body = std::move(request.body),
                           .request_id = request.request_id};
    auto filing = door.file(std::move(arrival), std::move(*gridhook));
    const auto filed = co_await std::move(filing);
    if (!filed) co_return not_stored(door, request.request_id, filed.error());
    door.refusals->stored();
    co_return accepted(*filed);
}

}  // namespace dcs::ingress
