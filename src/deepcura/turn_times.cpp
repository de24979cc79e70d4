#include "deepcura/turn_times.hpp"

#include "deepcura/dates.hpp"
#include "deepcura/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_time = 40;
constexpr double longest_session = 7.0 * 24 * 3600;  // seconds
constexpr double in_1973 = 100'000'000;              // seconds since 1970, as of dates

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failed == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
    return whole ? std::optional{number} : std::nullopt;
}

enum class Unit { unknown, seconds, milliseconds };

Unit unit_named(std::string_view name) {
    const auto says = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
    if (says("ms") || says("milli")) return Unit::milliseconds;
    return says("sec") ? Unit::seconds : Unit::unknown;
}

bool has_fraction(std::string_view text) { return text.find('.') != std::string_view::npos; }

/// What numbers without a unit are, by all of them: the first and the last are apart as far as the words between take.
Unit unit_of_all(const std::vector<TurnTime>& turns) {
    constexpr double fastest = 8;  // words in a second
    constexpr double slowest = 0.05;
    std::optional<double> first;
    double last = 0;
    std::size_t words = 0;
    std::size_t words_before_last = 0;
    for (const auto& turn : turns) {
        const auto number = turn.text.size() <= longest_time && unit_named(turn.name) == Unit::unknown
                                ? number_of(turn.text)
                                : std::nullopt;
        if (number && has_fraction(turn.text)) return Unit::seconds;
        if (number) {
            if (!first) first = number, words = 0;
            last = *number;
            words_before_last = words;
        }
        words += turn.words;
    }
    if (!first || last <= *first || words_before_last == 0) return Unit::unknown;
    const auto spoken = static_cast<double>(words_before_last);
    const double length = last - *first;
    const bool may_be_seconds = spoken / length >= slowest && last <= longest_session;
    const bool may_be_milliseconds = spoken / (length / 1000) <= fastest;
    if (may_be_seconds == may_be_milliseconds) return Unit::unknown;
    return may_be_seconds ? Unit::seconds : Unit::milliseconds;
}

/// nullopt: it cannot be a time.
std::optional<std::string> prefix_of(const TurnTime& turn, Unit of_all) {
    if (turn.text.empty()) return std::string{};
    if (turn.text.size() > longest_time) return std::nullopt;
    const auto number = number_of(turn.text);
    if (!number) return fmt::format("[{}] ", turn.text);
    if (*number < 0) return std::nullopt;
    if (*number >= in_1973) {
        const auto when = read_when(Document{Document::Number{turn.text}});
        return when.at.empty() ? std::nullopt : std::optional{fmt::format("[{}] ", when.at)};
    }
    const auto named = unit_named(turn.name);
    const auto unit = named == Unit::unknown ? of_all : named;
    if (unit == Unit::unknown && *number > 0) return fmt::format("[{}] ", turn.text);
    const double given = unit == Unit::milliseconds ? *number / 1000 : *number;
    if (given > longest_session) return std::nullopt;
    const auto seconds = static_cast<std::int64_t>(given);
    return fmt::format("[{}:{:02}:{:02}] ", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string plain_text(const Document& value) {
    const auto text = value.number() ? value.number() : value.string();
    return text ? std::string{trimmed(*text)} : std::string{};
}

}  // namespace

std::vector<std::string> time_prefixes(const std::vector<TurnTime>& turns, bool& unreadable) {
    const auto of_all = unit_of_all(turns);
    std::vector<std::string> prefixes;
    prefixes.reserve(turns.size());
    for (const auto& turn : turns) {
        auto prefix = prefix_of(turn, of_all);
        unreadable = unreadable || !prefix;
        prefixes.push_back(std::move(prefix).value_or(""));
    }
    return prefixes;
}

std::string time_text(const Document& value) {
    constexpr std::size_t of_a_pair = 2;
    if (value.items().size() == of_a_pair) return plain_text(value.items().front());  // of its beginning and end
    if (!value.is_object()) return plain_text(value);
    if (value.members().size() > most_element_members) return {};
    const auto number = [&](std::string_view name) {
        const auto* member = value.find(name);
        return member ? number_of(plain_text(*member)) : std::nullopt;
    };
    constexpr std::array<std::pair<std::string_view, double>, 7> units{{{"hours", 3600},
                                                                        {"minutes", 60},
                                                                        {"seconds", 1},
                                                                        {"milliseconds", 1e-3},
                                                                        {"millis", 1e-3},
                                                                        {"nanos", 1e-9},
                                                                        {"nanoseconds", 1e-9}}};
    std::optional<double> seconds;
    for (const auto& [name, unit] : units)
        if (const auto given = number(name)) seconds = seconds.value_or(0) + *given * unit;
    return seconds ? fmt::format("{:.3f}", *seconds) : std::string{};
}

}  // namespace dcs::deepcura
