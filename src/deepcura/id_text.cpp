#include "deepcura/id_text.hpp"

#include "deepcura/fields.hpp"

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

bool is_among(std::string_view words, std::string_view word) {
    return words.find(" " + normalised(word) + " ") != std::string_view::npos;
}

/// The length of the mark of a number that `text` begins with; 0: none.
std::size_t mark_length(std::string_view text) {
    if (text.starts_with('#')) return 1;
    return text.starts_with(numero) ? numero.size() : 0;
}

}  // namespace

std::string_view without_number_mark(std::string_view text) {
    constexpr std::string_view words =
        " id ids no nr num number numero ref appointment appt patient pt pat client doctor dr provider drchrono ehr ";
    if (text.size() > longest_text) return text;
    bool named = false;  // a word may be joined to the digits by a mark of its own alone
    auto rest = text;
    while (!rest.empty() && !is_digit(rest.front())) {
        if (const auto mark = mark_length(rest); mark > 0) {
            rest.remove_prefix(mark);
            named = true;
        } else if (const auto word = word_length(rest); word > 0) {
            if (!is_among(words, rest.substr(0, word))) return text;
            rest.remove_prefix(word);
            if (rest.starts_with('.') || rest.starts_with(':') || rest.starts_with('=')) rest.remove_prefix(1);
            else if (!rest.starts_with(' ') && mark_length(rest) == 0 && !rest.starts_with('_')) return text;
            named = true;
        } else if (rest.front() == ' ' || rest.front() == '_' || (named && rest.front() == ':')) {
            rest.remove_prefix(1);
        } else {
            return text;
        }
    }
    const auto fraction = rest.ends_with(".0") ? rest.substr(0, rest.size() - 2) : rest;
    const bool digits = !fraction.empty() && std::ranges::all_of(fraction, is_digit);
    return named && digits ? rest : text;
}

bool names_a_number(std::string_view text) {
    constexpr std::string_view words = " id no nr num number ";
    text = text.substr(0, longest_text);
    for (std::size_t at = 0; at < text.size();) {
        auto length = mark_length(text.substr(at));
        const auto word = length > 0 ? 0 : word_length(text.substr(at));
        if (word > 0 && is_among(words, text.substr(at, word))) length = word;
        at += std::max<std::size_t>(length > 0 ? length : word, 1);
        if (length == 0) continue;
        const auto next = text.find_first_not_of(" .:=#", at);
        if (next != std::string_view::npos && is_digit(text[next])) return true;
    }
    return false;
}

}  // namespace dcs::deepcura
