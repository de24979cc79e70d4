#include "deepcura/gridhook.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "deepcura/content.hpp"
#include "deepcura/envelope.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/parse.hpp"

#include <utility>

namespace dcs::deepcura {

namespace {

Error no_json() { return {Fault::bad_input, "the body is not JSON"}; }

/// A body without JSON around it: the ciphertext alone.
Result<Opened> open_bare(const Cipher& cipher, std::string_view body) {
    constexpr std::size_t shortest = 24;  // one block in base64
    const auto wire = trimmed(body);
    if (wire.size() < shortest) return no_json();
    auto opened = cipher.open(wire);
    return opened ? std::move(opened) : Result<Opened>{no_json()};
}

Result<Opened> open_body(const Cipher& cipher, std::string_view body) {
    auto json = unwrap_json(body);
    if (cipher.scheme() == Scheme::none) {
        if (!json) return no_json();
        if (!json->value.is_object()) return Error{Fault::unauthorized, "the body is no object"};
        if (json->value.members().size() == 1 && normalised(json->value.members()[0].first) == "encryptedpayload")
            return Error{Fault::unauthorized, "the body is encrypted, and DEEPCURA_CIPHER is none"};
        return Opened{.bytes = std::string{body},
                      .payload = std::move(json->value),
                      .altered = json->altered,
                      .rewritten = json->rewritten};
    }
    if (!json) return open_bare(cipher, body);
    const auto wire = cipher_text_in(json->value);
    return wire ? cipher.open(*wire) : Result<Opened>{Error{Fault::unauthorized, "no ciphertext in the body"}};
}

std::string day_of(const Note& note) {
    constexpr std::size_t day = 10;  // YYYY-MM-DD
    return note.session_date.empty() ? note.session_at.substr(0, day) : note.session_date;
}

/// What makes it this note. Where no session is named and only the envelope tells the day, that day counts: the same words
/// on another day are another note.
std::string identity_of(const Note& note, const Document& payload, const Source& source) {
    const auto content = content_of(payload, source);
    auto identity = content.canonical();
    const bool day_may_be_gone = note.session_id.empty() && !day_of(note).empty() && content != payload;
    if (day_may_be_gone && day_of(read_note(content, source)).empty()) identity += '\0' + day_of(note);
    return identity;
}

}  // namespace

Result<Gridhook> read_gridhook(const Cipher& cipher, std::string_view body, std::span<const std::string> omit_fields,
                               const Source& source) {
    static const Cipher plain{Scheme::none, "", ""};
    auto opened = open_body(source.encrypted ? cipher : plain, body);
    if (!opened) return opened.error();
    Gridhook gridhook{.source = &source};
    gridhook.omitted = !omit_fields.empty() && opened->payload.remove_fields(omit_fields);
    gridhook.note = read_note(opened->payload, source);
    const bool as_it_came = !gridhook.omitted && !opened->altered && !opened->rewritten;
    gridhook.raw = as_it_came ? opened->bytes : opened->payload.text();
    gridhook.bytes = gridhook.omitted ? gridhook.raw : std::move(opened->bytes);
    const bool repaired = opened->altered && !gridhook.omitted;
    gridhook.payload_sha256 =
        to_hex(crypto::sha256(opened->payload.canonical() + (repaired ? '\0' + gridhook.bytes : std::string{})));
    const auto whole = unwrap_json(repaired ? faithful(gridhook.bytes) : "null");
    const bool differs = repaired && whole && whole->value.is_object();
    gridhook.content_sha256 =
        to_hex(crypto::sha256(identity_of(gridhook.note, differs ? whole->value : opened->payload, source)));
    return gridhook;
}

Result<Gridhook> read_opened(std::string_view payload, std::span<const std::string> omit_fields, const Source& source) {
    static const Cipher plain{Scheme::none, "", ""};
    auto as_plain = source;
    as_plain.encrypted = false;
    auto gridhook = read_gridhook(plain, payload, omit_fields, as_plain);
    if (gridhook) gridhook->source = &source;
    return gridhook;
}

}  // namespace dcs::deepcura
