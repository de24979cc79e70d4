#pragma once
// Gridhook: the body of one POST of the scribe's, opened and read.
//
// Same       content_sha256 is that of the canonical payload: the same content is one note, whatever its ciphertext and
//            the order of its members. Where the payload had to be repaired, the exact bytes count as well.
// Errors     bad_input: the body is not JSON. unauthorized: it does not open; nothing tells why.

#include "deepcura/cipher.hpp"
#include "deepcura/note.hpp"

#include <span>

namespace dcs::deepcura {

struct Gridhook {
    Note note{};
    std::string raw{};             // JSON text of the payload, as a database can hold it
    std::string bytes{};           // the decrypted payload, byte for byte
    std::string content_sha256{};  // hex
    bool omitted = false;          // members that are never stored were taken out, of `bytes` too
};

/// With Scheme::none the body itself is the payload.
Result<Gridhook> read_gridhook(const Cipher& cipher, std::string_view body, std::span<const std::string> omit_fields);

}  // namespace dcs::deepcura
