#pragma once
// Envelope: the JSON object in the bytes that a sender wrote, whatever is wrapped around it.
//
// Unwrapped  a BOM, blanks, ``` fences, gzip (to 32 MiB), JSON in a JSON text and a list of one, of such a text too, in six layers.
// Repaired   NaN, Infinity and -Infinity, as Python writes them, become null.
// Errors     bad_input says what is inside instead: no clinical content.

#include "base/document.hpp"
#include "base/error.hpp"

#include <string>
#include <string_view>

namespace dcs::deepcura {

struct Unwrapped {
    Document value{};
    bool rewritten = false;  // the bytes are not the JSON text of `value`
    bool altered = false;    // something had to be replaced
};
/// Any JSON value, out of its wrapping.
Result<Unwrapped> unwrap_json(std::string_view bytes);
/// The same, where an object is needed, and the bytes have to be UTF-8 as they came (noise of a wrong key is not).
Result<Unwrapped> unwrap_object(std::string_view bytes);

bool is_gzip(std::string_view bytes) noexcept;
/// bad_input: not gzip, damaged, or longer than `most` bytes.
Result<std::string> gunzip(std::string_view bytes, std::size_t most);

}  // namespace dcs::deepcura
