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

std::string seen(const net::Answer& answer) {
    return fmt::format("DrChrono answered {} with {} bytes", answer.status, answer.body.size());
}

Error malformed(const net::Answer& answer) { return {Fault::unavailable, seen(answer) + " of malformed JSON"}; }

/// Whether there is JSON to read, by status and type.
std::optional<Error> refused(const net::Answer& answer) {
    const int status = answer.status;
    if (status == 429) return Error{Fault::rate_limited, seen(answer), throttle_wait(answer)};
    if (status == 401) return Error{Fault::unauthorized, seen(answer)};
    if (status == 403) return Error{Fault::forbidden, seen(answer)};
    if (status >= 500 || status == 408) return Error{Fault::unavailable, seen(answer)};
    if (status == 404) return Error{is_json(answer) ? Fault::not_found : Fault::unavailable, seen(answer)};
    if (status < 200 || status >= 300) return Error{Fault::rejected, seen(answer)};
    if (!is_json(answer)) return Error{Fault::unavailable, seen(answer) + " that are not JSON by their type"};
    return std::nullopt;
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
    if (auto error = refused(answer)) return *error;
    auto parsed = Document::parse(answer.body);
    if (!parsed) return malformed(answer);
    return parsed;
}

Result<JsonList> read_list(net::Answer answer) {
    if (auto error = refused(answer)) return *error;
    auto error = malformed(answer);
    auto list = JsonList::split(std::move(answer.body), {"results", "data"});
    if (!list) return error;
    return list;
}

}  // namespace dcs::upstream
