#include "reconcile/since.hpp"

#include "base/said_time.hpp"
#include "resources/mapping.hpp"

namespace dcs::reconcile {

namespace {

constexpr auto westernmost = std::chrono::hours{12};

}  // namespace

std::optional<std::string> read_since(std::string_view text, Time now) {
    const auto said = read_said_time(text);
    if (!said) return std::nullopt;
    const auto early = now - westernmost - said->before_now;
    switch (said->form) {
    case SaidTime::Form::wall: return naive_time(said->wall);
    case SaidTime::Form::day: return iso8601(early).substr(0, 10) + "T00:00:00";
    // To the hour, so that two calls in a row list the same.
    case SaidTime::Form::ago: return iso8601(early).substr(0, 13) + ":00:00";
    case SaidTime::Form::instant: return iso8601(said->instant - westernmost).substr(0, 19);
    }
    return std::nullopt;
}

}  // namespace dcs::reconcile
