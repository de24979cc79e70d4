#include "reconcile/since.hpp"

#include "reconcile/schedule.hpp"
#include "resources/mapping.hpp"

namespace dcs::reconcile {

namespace {

constexpr auto westernmost = std::chrono::hours{12};

}  // namespace

std::optional<std::string> read_since(std::string_view text, Time now) {
    if (auto time = naive_time(text)) return time;
    const auto early = now - westernmost;
    const auto midnight = [](Time time) { return iso8601(time).substr(0, 10) + "T00:00:00"; };
    if (text == "today") return midnight(early);
    if (text == "yesterday") return midnight(early - std::chrono::hours{24});
    const bool unit = !text.empty() && (text.back() < '0' || text.back() > '9');
    const auto ago = unit ? parse_duration(text) : std::nullopt;
    if (!ago) return std::nullopt;
    // To the hour: who asks again soon goes on with the same window.
    return iso8601(early - *ago).substr(0, 13) + ":00:00";
}

}  // namespace dcs::reconcile
