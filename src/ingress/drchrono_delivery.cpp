#include "ingress/drchrono_delivery.hpp"

#include "base/counted.hpp"
#include "base/document.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "resources/events.hpp"

#include <algorithm>
#include <utility>

namespace dcs::ingress {

namespace {

using inbox::Arrival;
using inbox::State;

constexpr std::size_t longest_name = 128;  // bytes, of event names and ids
/// What was read of a longer body is not kept beside it: it is several times as large.
constexpr std::size_t longest_kept_read = 64 * 1024;

bool is_printable(char letter) { return letter >= ' ' && letter <= '~'; }

bool is_usable(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_printable);
}

/// Cut and cleaned, so that it can be stored and shown.
std::string cleaned(std::string_view name) {
    std::string text{name.substr(0, longest_name)};
    std::ranges::replace_if(text, [](char letter) { return !is_printable(letter); }, '?');
    return text;
}

/// An id that only ever is compared with others of its kind: one that cannot be stored is stored as its digest.
std::string sender_id_of(std::string_view id) {
    return id.empty() || is_usable(id) ? std::string{id} : "sha256:" + to_hex(crypto::sha256(id));
}

std::string event_of(const net::Headers& headers, const Document& body) {
    if (const auto header = headers.get("X-drchrono-event"); !header.empty()) return std::string{header};
    const auto* member = body.find("event");
    return std::string{member == nullptr ? std::string_view{} : member->string().value_or(std::string_view{})};
}

std::string id_at(const Document* member) { return member == nullptr ? std::string{} : member->as_id(); }

/// The DrChrono id of the record that the event is about. Empty: none is named.
std::string object_id_of(const EventKind& kind, const Document& body) {
    if (kind.action == EventAction::touch) return id_at(body.find({"object", "patient"}));
    const bool is_note = kind.table == "clinical_notes";
    auto id = id_at(body.find({"object", is_note ? "appointment" : "id"}));
    return id.empty() ? id_at(body.find("object_id")) : id;
}

void ignore(Arrival& arrival, std::string reason) {
    arrival.state = State::ignored;
    arrival.reason = std::move(reason);
}

/// Settles event, object_key and state.
void place(Arrival& arrival, const std::string& event, const Document& body) {
    arrival.event = cleaned(event);
    if (event.empty()) return ignore(arrival, "no event named");
    if (!is_usable(event)) return ignore(arrival, "event name too long or not printable");
    const auto* kind = find_event(event);
    if (kind == nullptr) return ignore(arrival, "unknown event");
    if (kind->action == EventAction::ping) {
        arrival.state = State::done;
        return;
    }
    if (kind->table.empty()) return ignore(arrival, "not mirrored");
    const auto id = object_id_of(*kind, body);
    // An event of ours that names no record of ours is not ignored: apply/ finds it unreadable, and it is visibly dead.
    if (id.empty() || !is_usable(id)) {
        arrival.reason = id.empty() ? "no object id" : "object id too long or not printable";
        return;
    }
    arrival.object_key = std::string{kind->table} + ":" + id;
}

/// What is kept of bytes that are no JSON object.
Reading unreadable(Arrival arrival, std::string body, std::string_view complaint, bool omits) {
    arrival.state = State::unreadable;
    arrival.reason = complaint;
    if (omits)
        arrival.reason += "; not kept: sha256 " + to_hex(crypto::sha256(body)) + ", " + counted(body.size(), "byte");
    else arrival.body = std::move(body);
    return {std::move(arrival), complaint};
}

}  // namespace

Reading read_delivery(net::Request request, std::span<const std::string> omit_fields) {
    Arrival arrival{.source = "drchrono"};
    arrival.request_id = request.request_id;
    arrival.sender_id = sender_id_of(request.headers.get("X-drchrono-delivery"));

    auto parsed = Document::parse(request.body);
    if (!parsed || !parsed->value.is_object()) {
        arrival.event = cleaned(request.headers.get("X-drchrono-event"));
        const std::string_view complaint = parsed ? "Body is not a JSON object" : "Body is not JSON";
        return unreadable(std::move(arrival), std::move(request.body), complaint, !omit_fields.empty());
    }
    auto& body = parsed->value;
    arrival.practice_group_id = cleaned(id_at(body.find("practice_group_id")));
    if (arrival.practice_group_id == "0") arrival.practice_group_id.clear();
    place(arrival, event_of(request.headers, body), body);
    const bool omitted = !omit_fields.empty() && body.remove_fields(omit_fields);
    arrival.body = omitted ? body.text() : std::move(request.body);
    if (!omitted && arrival.body.size() <= longest_kept_read)
        arrival.read = std::make_shared<const Document::Parsed>(std::move(*parsed));
    return {std::move(arrival), {}};
}

}  // namespace dcs::ingress
