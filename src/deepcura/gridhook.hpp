#pragma once
// Gridhook: the body of one POST of the scribe's, opened and read.
//
// Same       content_sha256 is that of what the payload says of the note (content.hpp): the same content is one note, whatever
//            its ciphertext, the order of its members and what its envelope says of the attempt. What had to be replaced in
//            it counts as what it was.
// Errors     bad_input: the body is not JSON. unauthorized: it does not open; nothing tells why.

#include "deepcura/cipher.hpp"
#include "deepcura/note.hpp"
#include "deepcura/sources.hpp"

#include <span>

namespace dcs::deepcura {

struct Gridhook {
    Note note{};
    std::string raw{};             // JSON text of the payload, as a database can hold it
    std::string bytes{};           // the decrypted payload, byte for byte
    std::string content_sha256{};  // hex
    std::string payload_sha256{};  // hex; of the canonical payload with its envelope, as notes were told apart before
    const Source* source = &deepcura_source();
    bool omitted = false;  // members that are never stored were taken out, of `bytes` too
};

/// With Scheme::none, and of a source that does not encrypt, the body itself is the payload.
Result<Gridhook> read_gridhook(const Cipher& cipher, std::string_view body, std::span<const std::string> omit_fields,
                               const Source& source = deepcura_source());
/// The same of a payload that was opened before.
Result<Gridhook> read_opened(std::string_view payload, std::span<const std::string> omit_fields, const Source& source);

}  // namespace dcs::deepcura
