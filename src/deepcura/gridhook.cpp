#include "deepcura/gridhook.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
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
        return Opened{.bytes = std::string{body},
                      .payload = std::move(json->value),
                      .altered = json->altered,
                      .rewritten = json->rewritten};
    }
    if (!json) return open_bare(cipher, body);
    const auto wire = cipher_text_in(json->value);
    return wire ? cipher.open(*wire) : Result<Opened>{Error{Fault::unauthorized, "no ciphertext in the body"}};
}

}  // namespace

Result<Gridhook> read_gridhook(const Cipher& cipher, std::string_view body, std::span<const std::string> omit_fields) {
    auto opened = open_body(cipher, body);
    if (!opened) return opened.error();
    Gridhook gridhook;
    gridhook.omitted = !omit_fields.empty() && opened->payload.remove_fields(omit_fields);
    gridhook.note = read_note(opened->payload);
    const bool as_it_came = !gridhook.omitted && !opened->altered && !opened->rewritten;
    gridhook.raw = as_it_came ? opened->bytes : opened->payload.text();
    gridhook.bytes = gridhook.omitted ? gridhook.raw : std::move(opened->bytes);
    auto content = opened->payload.canonical();
    if (opened->altered && !gridhook.omitted) content += '\0' + gridhook.bytes;
    gridhook.content_sha256 = to_hex(crypto::sha256(content));
    return gridhook;
}

}  // namespace dcs::deepcura
