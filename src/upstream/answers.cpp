#include "upstream/answers.hpp"

#include "base/counted.hpp"
#include "net/http_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;

/// The number `text` begins with, "2710.0" or "2710".
std::optional<double> leading_number(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    // "nan" and "inf" are numbers to from_chars.
    if (error != std::errc{} || end == text.data() || !std::isfinite(number)) return std::nullopt;
    return number;
}

std::string lower(std::string_view text) {
    std::string copy{text};
    std::ranges::transform(copy, copy.begin(),
                           [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
    return copy;
}

/// "45 minutes" and "1 hour" too; without a unit it is seconds.
std::optional<double> leading_duration(std::string_view text) {
    const auto number = leading_number(text);
    if (!number) return std::nullopt;
    const auto unit = std::min(text.find_first_not_of("0123456789. "), text.size());
    const auto word = text.substr(unit, 3);
    return *number * (word == "min" ? 60 : word.starts_with("hou") ? 3600 : 1);
}

/// The wait that a sentence names: "Request was throttled. Expected available in 2710.0 seconds."
std::optional<double> seconds_in_sentence(std::string_view body) {
    constexpr std::size_t most = 4'096;  // bodies of edges are pages; a throttle's sentence is short
    const auto text = lower(body.substr(0, most));
    for (const std::string_view before : {"available in ", "again in ", "retry after ", "wait "}) {
        for (auto at = text.find(before); at != text.npos; at = text.find(before, at + 1))
            if (auto seconds = leading_duration(std::string_view{text}.substr(at + before.size()))) return seconds;
    }
    return std::nullopt;
}

std::optional<double> seconds_in(std::string_view body) {
    const auto parsed = body.starts_with('{') ? Document::parse(body) : Result<Document::Parsed>{Error{}};
    const auto* member = parsed ? parsed->value.find("retry_after") : nullptr;
    if (member != nullptr)
        if (auto seconds = leading_number(member->number().value_or(member->string().value_or("")))) return seconds;
    return seconds_in_sentence(body);
}

/// A date that is over by a clock of ours, and not by the answer's, says nothing.
std::optional<double> seconds_until(std::string_view date, const net::Answer& answer, Time now) {
    const auto at = net::parse_http_date(date);
    if (!at) return std::nullopt;
    const auto answered = net::parse_http_date(answer.headers.get("date"));
    const auto seconds = std::chrono::duration<double>(*at - answered.value_or(now)).count();
    if (!answered && seconds <= 0) return std::nullopt;
    return seconds;
}

std::optional<double> seconds_in_header(const net::Answer& answer, Time now) {
    const auto header = answer.headers.get("retry-after");
    const auto first = std::min(header.find_first_not_of(" \t\""), header.size());
    const auto text = header.substr(first);
    if (auto seconds = leading_number(text)) return seconds;
    return seconds_until(text, answer, now);
}

std::string seen(const net::Answer& answer) {
    return fmt::format("DrChrono answered {} with {}", answer.status, counted(answer.body.size(), "byte"));
}

Error malformed(const net::Answer& answer) { return {Fault::unavailable, seen(answer) + " of malformed JSON"}; }

/// Whether there is JSON to read, by status and type.
std::optional<Error> refused(const net::Answer& answer, Time now) {
    const int status = answer.status;
    if (status == 429) return Error{Fault::rate_limited, seen(answer), throttle_wait(answer, now)};
    if (status == 401) return Error{Fault::unauthorized, seen(answer)};
    if (status == 403) return Error{Fault::forbidden, seen(answer)};
    if (status == 503) return Error{Fault::unavailable, seen(answer), wait_asked_for(answer, now)};
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

std::optional<std::chrono::milliseconds> wait_asked_for(const net::Answer& answer, Time now) {
    auto seconds = seconds_in_header(answer, now);
    if (!seconds) seconds = seconds_in(answer.body);
    if (!seconds) return std::nullopt;
    constexpr double longest = 2 * 3600;
    const double wait = std::clamp(*seconds, 1.0, longest);
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>{wait});
}

std::chrono::milliseconds throttle_wait(const net::Answer& answer, Time now) {
    return wait_asked_for(answer, now).value_or(60s);
}

Result<Document::Parsed> read_answer(const net::Answer& answer, Time now) {
    if (auto error = refused(answer, now)) return *error;
    auto parsed = Document::parse(answer.body);
    if (!parsed) return malformed(answer);
    if (!parsed->value.is_object()) return Error{Fault::rejected, seen(answer) + " that are no JSON object"};
    return parsed;
}

Result<JsonList> read_list(net::Answer answer, Time now) {
    if (auto error = refused(answer, now)) return *error;
    auto error = malformed(answer);
    auto list = JsonList::split(std::move(answer.body), {"results", "data"});
    if (!list) return error;
    if (!list->around().is_object()) return Error{Fault::rejected, "the answer is no list"};
    return list;
}

}  // namespace dcs::upstream
