#include "outbox/event.hpp"

#include "base/document.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::outbox {

namespace {

bool is_plain_integer(std::string_view text) {
    if (text.empty() || text.size() > 18 || (text.size() > 1 && text.front() == '0')) return false;
    return std::ranges::all_of(text, [](char digit) { return digit >= '0' && digit <= '9'; });
}

std::string id_json(const std::optional<std::string>& id) {
    if (!id) return "null";
    return is_plain_integer(*id) ? *id : json_quoted(*id);
}

}  // namespace

std::string body_of(const Event& event) {
    return fmt::format(R"({{"table":{},"operation":{},"record_id":{},"drchrono_id":{},"timestamp":{}}})",
                       json_quoted(event.table), json_quoted(event.operation), json_quoted(event.record_id),
                       id_json(event.drchrono_id), json_quoted(event.timestamp));
}

std::string ordering_key(const Event& event) { return event.table + ':' + event.record_id; }

}  // namespace dcs::outbox
