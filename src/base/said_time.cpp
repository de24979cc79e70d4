#include "base/said_time.hpp"

#include <charconv>

namespace dcs {

namespace {

constexpr std::size_t day_length = 10;  // of "2026-11-01"

/// "90m", "24h", "90d", "2w", "30s": a whole number above 0 and at most 100,000, with its unit.
std::optional<std::chrono::seconds> read_ago(std::string_view text) {
    if (text.size() < 2 || text.front() < '0' || text.front() > '9') return std::nullopt;
    constexpr int most = 100'000;
    int number = 0;
    const auto* const unit = text.data() + text.size() - 1;
    const auto [end, failed] = std::from_chars(text.data(), unit, number);
    if (failed != std::errc{} || end != unit || number <= 0 || number > most) return std::nullopt;
    switch (*unit) {
    case 's': return std::chrono::seconds{number};
    case 'm': return std::chrono::minutes{number};
    case 'h': return std::chrono::hours{number};
    case 'd': return std::chrono::days{number};
    case 'w': return std::chrono::weeks{number};
    default: return std::nullopt;
    }
}

}  // namespace

std::optional<SaidTime> read_said_time(std::string_view text) {
    if (text == "today") return SaidTime{.form = SaidTime::Form::day};
    if (text == "yesterday") return SaidTime{.form = SaidTime::Form::day, .before_now = std::chrono::days{1}};
    if (const auto ago = read_ago(text)) return SaidTime{.form = SaidTime::Form::ago, .before_now = *ago};
    if (const auto instant = parse_iso8601(text)) return SaidTime{.form = SaidTime::Form::instant, .instant = *instant};
    const auto in_utc = std::string{text} + (text.size() == day_length ? "T00:00:00Z" : "Z");
    if (const auto instant = parse_iso8601(in_utc)) return SaidTime{.wall = std::string{text}, .instant = *instant};
    return std::nullopt;
}

std::optional<Time> said_time_in_utc(std::string_view text, Time now) {
    const auto said = read_said_time(text);
    if (!said) return std::nullopt;
    switch (said->form) {
    case SaidTime::Form::day: return std::chrono::floor<std::chrono::days>(now - said->before_now);
    case SaidTime::Form::ago: return std::chrono::floor<std::chrono::seconds>(now) - said->before_now;
    case SaidTime::Form::wall:
    case SaidTime::Form::instant: break;
    }
    return said->instant;
}

}  // namespace dcs
