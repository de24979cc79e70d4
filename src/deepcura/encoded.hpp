#pragma once
// Encoded: members that hold JSON, or something else, in base64: {"data": "eyJwYXRpZW50X2lkIjo3N30="}.
//
// Forms      either alphabet, padded or not, with line ends, and as a data URL; also hexadecimal digits.
// Bounds     what is longer than 1 MB, or packed (gzip), is not opened.

#include "base/document.hpp"

#include <optional>
#include <string_view>

namespace dcs::deepcura {

/// Whether a text begins as a JSON object does in base64.
bool begins_as_encoded(std::string_view text);
/// The JSON object that the text holds in base64. nullopt: it holds none.
std::optional<Document> from_encoded_json(std::string_view text);
/// Whether it looks encoded, whatever is in it: one long word of mixed letters and digits, and no prose.
bool looks_encoded(std::string_view text);

}  // namespace dcs::deepcura
