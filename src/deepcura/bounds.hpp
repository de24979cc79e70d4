#pragma once
// Bounds: how much of a payload is read into columns, so that no payload of 10 MB takes longer than 50 ms.
//
// Measured   read_note() and columns_of(), from the parsed payload to the columns' values, in an -O2 build on one core: bench/reader
//            prints it for a table of hostile shapes. The parse of the JSON and the digests of the payload come on top: they take
//            what its bytes and values take, and have no promise of their own.
// Cut        what is beyond a bound stands in the payload alone, which is kept as it came; the note is flagged payload_cut or
//            codes_cut. No note of a visit comes near to any of them.
// Texts      one text (a transcript, a part of the note) is kept whole, whatever its length; its structure is looked for at its
//            beginning.

#include "base/document.hpp"

#include <cstddef>
#include <string_view>

namespace dcs::deepcura {

inline constexpr std::size_t most_looks = 10'000;         // members and elements that are searched for fields
inline constexpr std::size_t most_members = 1'000;        // of one object that is read by the names of its members
inline constexpr std::size_t most_element_members = 64;   // of one of many: a code, a turn, a cell
inline constexpr std::size_t most_json_text = 4'000'000;  // bytes of JSON texts that are opened, together
inline constexpr std::size_t most_json_marks = 200'000;   // commas, colons and brackets in them
inline constexpr std::size_t most_note_text =
    512 * 1024;                                      // bytes of whole notes that are searched for headings, together
inline constexpr std::size_t most_sections = 2'000;  // of a list of sections
inline constexpr std::size_t most_turns = 50'000;    // of a transcript
inline constexpr std::size_t most_codes = 2'000;     // of each list
inline constexpr std::size_t most_code_text = 128 * 1024;  // bytes of texts that are searched for codes, together
inline constexpr std::size_t most_medications = 2'000;
inline constexpr std::size_t most_risk_text = 128 * 1024;  // bytes of answers that are judged, together

/// What may still be taken of a value that is kept as it was given.
struct Allowance {
    std::size_t values = 20'000;
    std::size_t bytes = 1'000'000;
    bool cut = false;  // something was left out

    /// False: no further value.
    bool take_value() noexcept;
    /// The beginning of the text that is within the bytes left, never half a character.
    std::string_view take_text(std::string_view text) noexcept;
};

/// A copy of as much of the value as the allowance has left; its lists and objects end where that is used up.
Document limited(const Document& value, Allowance& left);

/// The first bytes of a text, never half a character.
std::string_view beginning(std::string_view text, std::size_t bytes) noexcept;

}  // namespace dcs::deepcura
