#include "deepcura/gridhook.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "deepcura/parse.hpp"

#include <utility>

namespace dcs::deepcura {

namespace {

Result<Opened> open_body(const Cipher& cipher, std::string_view body) {
    auto parsed = Document::parse(body);
    if (!parsed) return Error{Fault::bad_input, "the body is not JSON"};
    if (cipher.scheme() != Scheme::none) {
        const auto wire = cipher_text_in(parsed->value);
        return wire ? cipher.open(*wire) : Result<Opened>{Error{Fault::unauthorized, "no ciphertext in the body"}};
    }
    if (!parsed->value.is_object()) return Error{Fault::unauthorized, "the body is no object"};
    return Opened{std::string{body}, std::move(parsed->value), parsed->altered};
}

}  // namespace

Result<Gridhook> read_gridhook(const Cipher& cipher, std::string_view body, std::span<const std::string> omit_fields) {
    auto opened = open_body(cipher, body);
    if (!opened) return opened.error();
    Gridhook gridhook;
    gridhook.omitted = !omit_fields.empty() && opened->payload.remove_fields(omit_fields);
    gridhook.note = read_note(opened->payload);
    const bool as_it_came = !gridhook.omitted && !opened->altered;
    gridhook.raw = as_it_came ? opened->bytes : opened->payload.text();
    gridhook.bytes = gridhook.omitted ? gridhook.raw : std::move(opened->bytes);
    auto content = opened->payload.canonical();
    if (opened->altered && !gridhook.omitted) content += '\0' + gridhook.bytes;
    gridhook.content_sha256 = to_hex(crypto::sha256(content));
    return gridhook;
}

}  // namespace dcs::deepcura
