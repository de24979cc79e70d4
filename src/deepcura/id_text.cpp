#include "deepcura/id_text.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <string>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_text = 64;  // no number with its words is longer
constexpr std::string_view numero = "\xE2\x84\x96";

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_letter(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'); }

/// The length of the word that `text` begins with.
std::size_t word_length(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_letter) - text.begin());
}

/// The length of the mark of a number that `text` begins with; 0: none.
std::size_t mark_length(std::string_view text) {
    if (text.starts_with('#')) return 1;
    return text.starts_with(numero) ? numero.size() : 0;
}

/// "Patient/812", "https://example.org/fhir/Patient/812".
bool is_reference(std::string_view text) {
    const auto slash = text.rfind('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
    return is_letter(text[slash - 1]) && std::ranges::all_of(text.substr(slash + 1), is_digit);
}

}  // namespace

bool names_a_number(std::string_view text) {
    constexpr std::string_view words = " id no nr num number ";
    if (is_reference(text)) return true;
    text = text.substr(0, longest_text);
    for (std::size_t at = 0; at < text.size();) {
        auto length = mark_length(text.substr(at));
        const auto word = length > 0 ? 0 : word_length(text.substr(at));
        if (word > 0 && is_among(words, normalised(text.substr(at, word)))) length = word;
        at += std::max<std::size_t>(length > 0 ? length : word, 1);
        if (length == 0) continue;
        const auto next = text.find_first_not_of(" .:=#", at);
        if (next != std::string_view::npos && is_digit(text[next])) return true;
    }
    return false;
}

}  // namespace dcs::deepcura
