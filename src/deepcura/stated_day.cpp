#include "deepcura/stated_day.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_bytes = 2'000;
constexpr int most_lines = 12;
constexpr std::size_t longest_day = 60;  // bytes, with weekday, time and zone

/// In lower case, the longer before those that they begin with.
constexpr std::array<std::string_view, 21> labels{"date of service",
                                                  "date of session",
                                                  "date of visit",
                                                  "date of encounter",
                                                  "date of appointment",
                                                  "date of evaluation",
                                                  "date of appt",
                                                  "service date",
                                                  "session date",
                                                  "visit date",
                                                  "encounter date",
                                                  "appointment date",
                                                  "date seen",
                                                  "seen on",
                                                  "dos",
                                                  "fecha de servicio",
                                                  "fecha de la sesión",
                                                  "fecha de la visita",
                                                  "fecha de la consulta",
                                                  "fecha de consulta",
                                                  "date"};
constexpr std::string_view only_at_beginning = "date";
/// A word before the label with which it is the day of another visit.
constexpr std::array<std::string_view, 12> other_visits{"next",  "last",     "previous", "prior",   "follow", "return",
                                                        "first", "upcoming", "future",   "initial", "birth",  "past"};

bool is_letter(char letter) { return (letter >= 'a' && letter <= 'z') || static_cast<unsigned char>(letter) > 127; }

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return out;
}

/// The longest beginning, in whole words, that is a day.
When day_at_beginning(std::string_view text) {
    text = trimmed(text.substr(0, std::min(text.find_first_of("|;<"), longest_day)));
    while (!text.empty()) {
        auto bare = text;
        while (bare.ends_with('.') || bare.ends_with(',') || bare.ends_with('*') || bare.ends_with(')'))
            bare.remove_suffix(1);
        const auto when = read_when(Document{std::string{bare}});
        if (!when.date.empty() || !when.at.empty() || when.two_digit_year) return when;
        const auto cut = text.find_last_of(" \t");
        text = cut == std::string_view::npos ? std::string_view{} : trimmed(text.substr(0, cut));
    }
    return {};
}

/// What follows the label in the line; empty: the label is not in it.
std::string_view behind(std::string_view label, std::string_view line, std::string_view low) {
    const auto at = low.find(label);
    if (at == std::string_view::npos || (at > 0 && is_letter(low[at - 1]))) return {};
    auto before = low.substr(0, at);
    if (label == only_at_beginning && before.find_first_not_of("#*_- ") != std::string_view::npos) return {};
    before.remove_prefix(before.find_last_of("|;0123456789") + 1);
    const auto says = [&](std::string_view word) { return before.find(word) != std::string_view::npos; };
    if (std::ranges::any_of(other_visits, says)) return {};
    const auto rest = line.substr(at + label.size());
    const auto value = std::min(rest.find_first_not_of(":*_-= \t("), rest.size());
    const bool marked = rest.substr(0, value).find_first_of(":=") != std::string_view::npos;
    if (value == 0 || (label == only_at_beginning && !marked)) return {};
    return rest.substr(value);
}

}  // namespace

When stated_day(std::string_view given) {
    const auto text = plain(beginning(given, most_bytes));
    int lines = 0;
    for (std::size_t at = 0; at < text.size() && lines < most_lines;) {
        const auto end = std::min(text.find_first_of("\r\n", at), text.size());
        const auto line = std::string_view{text}.substr(at, end - at);
        at = end + 1;
        if (trimmed(line).empty()) continue;
        ++lines;
        const auto low = lower(line);
        for (const auto label : labels) {
            const auto rest = behind(label, line, low);
            if (rest.empty()) continue;
            if (auto when = day_at_beginning(rest); !when.empty() || when.two_digit_year) return when;
        }
    }
    return {};
}

}  // namespace dcs::deepcura
