#include "apply/interpret.hpp"

#include "inbox/practices.hpp"
#include "resources/item_check.hpp"

namespace dcs::apply {

namespace {

Meaning ignored(std::string reason) { return {.kind = Meaning::Kind::ignored, .reason = std::move(reason)}; }
Meaning unreadable(std::string reason) { return {.kind = Meaning::Kind::unreadable, .reason = std::move(reason)}; }

/// The part of "<table>:<id>" behind the colon.
std::string key_in(std::string_view object_key) {
    const auto colon = object_key.find(':');
    return colon == std::string_view::npos ? std::string{} : std::string{object_key.substr(colon + 1)};
}

store::State state_of(const Meaning& meaning, const inbox::Claimed& delivery, Document object) {
    store::State state{.resource = meaning.resource, .key = meaning.key, .raw = std::move(object)};
    state.view = store::View::brief;
    state.origin = store::Origin::webhook;
    state.removed = meaning.action == EventAction::remove;
    state.observed.database = parse_iso8601(delivery.received_at);
    state.cause = "delivery:" + delivery.id;
    // The event itself says what the note's own object does not (fact sheet 0.7).
    if (meaning.action == EventAction::lock) state.raw.set("locked", Document{true});
    if (meaning.action == EventAction::unlock) state.raw.set("locked", Document{false});
    return state;
}

}  // namespace

Meaning interpret(const inbox::Claimed& delivery, const Policy& policy) {
    const auto* event = find_event(delivery.event);
    if (!event) return ignored("unknown event");
    const auto* resource = find_resource(event->table);
    if (!resource) return ignored("not mirrored");
    if (!policy.practice_group.empty() && !delivery.practice_group_id.empty() &&
        delivery.practice_group_id != policy.practice_group)
        return ignored(std::string{inbox::another_practice});
    if (policy.practice_group.empty() && !delivery.practice_group_id.empty() && !policy.any_practice)
        return {.kind = Meaning::Kind::held, .reason = std::string{inbox::waits_for_practice}};

    std::optional<Document::Parsed> reading;
    if (!delivery.read) {
        auto read = Document::parse(delivery.body);
        if (!read) return unreadable(read.error().detail);
        reading = std::move(*read);
    }
    const auto& parsed = delivery.read ? *delivery.read : *reading;
    Meaning meaning{.resource = resource, .key = key_in(delivery.object_key), .action = event->action};
    if (!valid_key(*resource, meaning.key)) return unreadable("no usable object id");

    const auto* object = parsed.value.find("object");
    const bool has_object = object && object->is_object() && event->action != EventAction::touch;
    // What its event says beside it makes a state of an object that shows nothing.
    const bool says_something =
        has_object && (event->action != EventAction::upsert || shows_a_member(*resource, *object));
    if (says_something && !policy.refetch) {
        meaning.kind = Meaning::Kind::state;
        meaning.state = state_of(meaning, delivery, *object);
        if (parsed.altered) meaning.state->exact_bytes = delivery.body;
        return meaning;
    }

    meaning.kind = Meaning::Kind::fetch;
    meaning.reason = says_something                        ? "bodies are not trusted"
                     : event->action == EventAction::touch ? "something about the record changed"
                                                           : "the delivery has only an id";
    if (event->action != EventAction::touch && event->action != EventAction::upsert && !policy.refetch) {
        meaning.state = state_of(meaning, delivery, identity(*resource, meaning.key));
        meaning.state->view = store::View::partial;
    }
    return meaning;
}

}  // namespace dcs::apply
