#pragma once
// PlainText: texts as people type them, without what editors, browsers and language models put in unseen.
//
// Blanks     every Unicode blank (U+00A0, U+202F, U+2000 to U+200A ...) becomes ' '; U+0085, U+2028 and U+2029 a line end.
// Hyphens    U+2010, U+2011, U+2012, U+2212 and the full-width one become '-'. En and em dashes stay: they separate.
// Quotes     U+2018, U+2019 and U+02BC become an apostrophe.
// Unseen     soft hyphens, zero-width characters, direction marks, variation selectors and a BOM are left out.
// Full width U+FF01 to U+FF5E become their ASCII characters.
// Use        for recognizing only; what is stored stays as it came.
// Bounds     time and memory are linear in the text.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

bool is_ascii(std::string_view text) noexcept;

std::string plain(std::string_view text);

/// The plain text with the way back: byte `at` of `text` comes from byte `origin(at)` of the original.
struct PlainText {
    std::string text{};
    std::vector<std::uint32_t> origins{};  // empty: every byte stands where it stood

    std::size_t origin(std::size_t at) const { return origins.empty() ? at : origins[at]; }
};
/// pre: the text is shorter than 4 GiB.
PlainText plain_with_origins(std::string_view text);

/// CR, CRLF, NEL, VT, FF, U+2028 and U+2029 become '\n'.
std::string with_plain_line_ends(std::string_view text);

/// How many bytes of Unicode blanks or unseen characters `text` begins or ends with, ASCII blanks included.
std::size_t blank_prefix(std::string_view text) noexcept;
std::size_t blank_suffix(std::string_view text) noexcept;

/// One UTF-8 character; 0 bytes: the text is empty. Ill-formed bytes are characters of their own, U+FFFD.
struct Character {
    char32_t code = 0;
    std::size_t bytes = 0;
};
Character first_character(std::string_view text) noexcept;

}  // namespace dcs::deepcura
