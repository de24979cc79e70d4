#pragma once
// Sources: the scribes whose notes are taken, one row each: how they prove who they are, how they write, what of their envelope
// says nothing of the note, and which names of members they use beside the common ones.
//
// Grows      a further scribe is one row here, and two settings of secrets (app/settings.cpp): its route, gate, inbox, retries,
//            sessions and dedupe follow.
// Source     gridhook fact sheet sections 2 and 4; Standard Webhooks 1.0 (headers webhook-id, webhook-timestamp,
//            webhook-signature).

#include "deepcura/fields.hpp"

#include <span>
#include <string_view>

namespace dcs::deepcura {

/// How a sender proves who it is. The secret itself, in a header, is always one way.
enum class Proof {
    shared_header,
    standard_webhooks,  // or a signature by Standard Webhooks
};

struct Source {
    std::string_view name;            // in the route, in `inbox`, `deepcura_notes` and `sync_log`
    std::string_view secret_setting;  // and the same with _PREVIOUS
    Proof proof;
    std::span<const std::string_view> secret_headers;
    std::string_view refusal;  // what an unproven caller is told
    std::string_view event;    // of its deliveries in `inbox`
    std::string_view actor;    // who changes records by its deliveries, in `change_log`
    bool encrypted;            // by DEEPCURA_CIPHER; else plain JSON
    /// Normalised names (fields.hpp), apart by blanks, of members of the envelope that say nothing of the note;
    /// `envelope_tokens` only where they hold a text without blanks: a signature of the bytes, not of a person.
    std::string_view envelope;
    std::string_view envelope_tokens;
    /// Times and durations of making, changing and working upon a record: they say nothing of the note in `note_objects`, either.
    std::string_view stamps;
    /// Objects, and lists of objects, whose members belong to the envelope, too.
    std::string_view envelope_objects;
    std::string_view note_objects;
    /// Of `envelope`, what counts in `note_objects`: there it may be a person's, or of the session.
    std::string_view of_a_person;
    /// Objects and lists that are about the sending alone, whatever their members are called, unless one of them has the name
    /// of something clinical or of an id (is_clinical_name).
    std::string_view transport;
    /// Objects whose own id is that of the sending.
    std::string_view notices;
    /// Names of members beside the common ones (fields.cpp), used for fields that none of those gives.
    std::span<const MemberNames> names;
};

std::span<const Source> sources() noexcept;
/// nullptr: there is none of that name.
const Source* find_source(std::string_view name) noexcept;
/// The first one.
const Source& deepcura_source() noexcept;

}  // namespace dcs::deepcura
