#include "admin/delivery_filter.hpp"

#include "admin/vocabulary.hpp"
#include "deepcura/sources.hpp"
#include "resources/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs::admin {

namespace {

constexpr std::size_t longest_text = 200;
constexpr std::size_t least_digits = 4;

struct Member {
    std::string_view name;
    std::string DeliveryFilter::* value;
};
constexpr std::array members{Member{"state", &DeliveryFilter::state}, Member{"source", &DeliveryFilter::source},
                             Member{"event", &DeliveryFilter::event}, Member{"object", &DeliveryFilter::object},
                             Member{"from", &DeliveryFilter::from},   Member{"to", &DeliveryFilter::to},
                             Member{"id", &DeliveryFilter::id}};

/// Where deliveries come from, as a list of SQL literals.
std::string sql_sources() {
    std::string names = "'drchrono'";
    for (const auto& source : deepcura::sources()) names += fmt::format(", '{}'", source.name);
    return names;
}

bool is_source(std::string_view name) { return name == "drchrono" || deepcura::find_source(name) != nullptr; }

Error wrong(std::string sentence) { return {Fault::bad_input, std::move(sentence)}; }

Result<DeliveryFilter> checked(DeliveryFilter filter) {
    for (const auto& member : members)
        if ((filter.*member.value).size() > longest_text) return wrong(fmt::format("{} is too long", member.name));
    if (!filter.state.empty() &&
        std::ranges::find(words::delivery_states, filter.state) == words::delivery_states.end())
        return wrong("state must be one of pending, processing, waiting, done, dead, ignored, unreadable");
    if (!filter.source.empty() && !is_source(filter.source))
        return wrong(fmt::format("source must be one of {}", sql_sources()));
    for (const auto* time : {&filter.from, &filter.to})
        if (!time->empty() && !is_time(*time)) return wrong("from and to must be ISO 8601 times, or dates");
    return filter;
}

/// The hex digits of the beginning of a UUID; empty: it is none.
std::string digits_of(std::string_view text) {
    std::string digits;
    for (const char letter : text) {
        const char lower = letter >= 'A' && letter <= 'F' ? static_cast<char>(letter + 32) : letter;
        if ((lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f')) digits += lower;
        else if (lower != '-') return {};
    }
    return digits.size() >= least_digits && digits.size() <= 32 ? digits : std::string{};
}

std::string filled(std::string digits, char with) { return digits.append(32 - digits.size(), with); }

}  // namespace

Result<DeliveryFilter> DeliveryFilter::from_query(const net::Query& query) {
    DeliveryFilter filter;
    for (const auto& member : members) filter.*member.value = std::string{query.get(member.name)};
    return checked(std::move(filter));
}

Result<DeliveryFilter> DeliveryFilter::from_json(const Document& object) {
    DeliveryFilter filter;
    for (const auto& [name, value] : object.members()) {
        const auto member = std::ranges::find(members, name, &Member::name);
        if (member == members.end() || !value.string())
            return wrong("filter holds the parameters of the list, as texts");
        filter.*member->value = std::string{*value.string()};
    }
    return checked(std::move(filter));
}

Conditions DeliveryFilter::conditions() const {
    Conditions which;
    // As literals, so that the indexes of the rare ones are seen to fit. Both are words of ours.
    if (!state.empty()) which.add(fmt::format("i.state = '{}'", state));
    if (!source.empty()) which.add(fmt::format("i.source = '{}'", source));
    if (!event.empty()) which.add("i.event = ?", event);
    if (object.find(':') != std::string::npos) {
        which.add("i.object_key = ?", object);
    } else if (!object.empty()) {
        // The events say the table too, and have an index.
        which.add("i.event = any(?::text[])", pg::text_array(events_of(object)));
        which.add("split_part(i.object_key, ':', 1) = ?", object);
    }
    // Numbers are given in the order of arrival, all but: so a range of time is also one of numbers, with some room.
    if (!from.empty())
        which.add_all("i.received_at >= ?::timestamptz and i.seq > coalesce((select seq from inbox "
                      "where received_at >= ?::timestamptz order by received_at limit 1), 9223372036854775807) - 10000",
                      {from, from});
    if (!to.empty())
        which.add_all("i.received_at < ?::timestamptz and i.seq < coalesce((select seq from inbox "
                      "where received_at >= ?::timestamptz order by received_at limit 1), 9223372036854765807) + 10000",
                      {to, to});
    if (const auto digits = digits_of(id); !digits.empty()) {
        which.add_all(
            fmt::format("(i.id between ?::uuid and ?::uuid or (i.source in ({}) and i.sender_id = ?))", sql_sources()),
            {filled(digits, '0'), filled(digits, 'f'), id});
    } else if (!id.empty()) {
        which.add(fmt::format("i.source in ({}) and i.sender_id = ?", sql_sources()), id);
    }
    return which;
}

}  // namespace dcs::admin
