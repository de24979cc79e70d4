#include "upstream/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;

/// The number `text` begins with, "2710.0" or "2710".
std::optional<double> leading_number(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    return number;
}

std::optional<double> seconds_in(std::string_view body) {
    constexpr std::string_view before =
        "available in ";  // "Request was throttled. Expected available in 2710.0 seconds."
    const auto at = body.find(before);
    return at == body.npos ? std::nullopt : leading_number(body.substr(at + before.size()));
}

}  // namespace

bool is_json(const net::Answer& answer) {
    auto type = answer.headers.get("content-type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

std::chrono::milliseconds throttle_wait(const net::Answer& answer) {
    auto seconds = leading_number(answer.headers.get("retry-after"));
    if (!seconds) seconds = seconds_in(answer.body);
    constexpr double longest = 2 * 3600;
    const double wait = std::clamp(seconds.value_or(60), 1.0, longest);
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>{wait});
}

Result<Document::Parsed> read_answer(const net::Answer& answer) {
    const int status = answer.status;
    const auto seen = fmt::format("DrChrono answered {} with {} bytes", status, answer.body.size());
    if (status == 429) return Error{Fault::rate_limited, seen, throttle_wait(answer)};
    if (status == 401) return Error{Fault::unauthorized, seen};
    if (status == 403) return Error{Fault::forbidden, seen};
    if (status >= 500 || status == 408) return Error{Fault::unavailable, seen};
    if (status == 404) return Error{is_json(answer) ? Fault::not_found : Fault::unavailable, seen};
    if (status < 200 || status >= 300) return Error{Fault::rejected, seen};

    if (!is_json(answer)) return Error{Fault::unavailable, seen + " that are not JSON by their type"};
    auto parsed = Document::parse(answer.body);
    if (!parsed) return Error{Fault::unavailable, seen + " of malformed JSON"};
    return parsed;
}

}  // namespace dcs::upstream
