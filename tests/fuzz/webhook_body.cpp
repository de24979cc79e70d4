// Any bytes as a DrChrono delivery: a line for its event, a line for its id, the rest its body. All of it is kept, and what the
// inbox files it under can be stored and shown.

#include "base/document.hpp"
#include "ingress/drchrono_delivery.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using dcs::Document;
using dcs::inbox::State;

void promise(bool kept) {
    if (!kept) std::abort();
}

std::string_view line_of(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

bool is_name(std::string_view text) {
    return text.size() <= 192 && std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest{reinterpret_cast<const char*>(data), size};
    dcs::net::Request request;
    request.headers.add("X-drchrono-event", std::string{line_of(rest)});
    request.headers.add("X-drchrono-delivery", std::string{line_of(rest)});
    request.body = std::string{rest};

    const auto [arrival, complaint] = dcs::ingress::read_delivery(request, {});
    promise(arrival.body == rest);
    promise(is_name(arrival.event) && is_name(arrival.sender_id) && is_name(arrival.object_key) &&
            is_name(arrival.practice_group_id));
    promise((arrival.state == State::unreadable) == !complaint.empty());
    promise(arrival.state == State::pending || arrival.state == State::done || arrival.state == State::ignored ||
            arrival.state == State::unreadable);

    const std::string secret[]{"social_security_number"};
    const auto without = dcs::ingress::read_delivery(std::move(request), secret).arrival;
    promise(without.state == arrival.state && without.object_key == arrival.object_key);
    auto kept = Document::parse(without.body);
    promise(kept ? !kept->value.remove_fields(secret) : without.body.empty());
    return 0;
}
