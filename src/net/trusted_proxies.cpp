#include "net/trusted_proxies.hpp"

#include <algorithm>
#include <optional>

namespace dcs::net {

namespace {

namespace ip = boost::asio::ip;

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

std::optional<ip::address> address_of(std::string_view text) {
    boost::system::error_code failed;
    const auto address = ip::make_address(text, failed);
    return failed ? std::nullopt : std::optional{plain_address(address)};
}

/// An address as proxies write it: with a port behind it or not, IPv6 in brackets or not.
std::optional<ip::address> hop_of(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('[')) return address_of(text.substr(1, text.find(']') - 1));
    if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
    return address_of(text);
}

}  // namespace

ip::address plain_address(const ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> ranges) {
    TrustedProxies made;
    for (const auto& range : ranges) {
        const bool whole = range.find('/') == std::string::npos;
        boost::system::error_code failed;
        if (range.find(':') == std::string::npos) {
            made.ranges_v4_.push_back(ip::make_network_v4(whole ? range + "/32" : range, failed).canonical());
        } else {
            made.ranges_v6_.push_back(ip::make_network_v6(whole ? range + "/128" : range, failed).canonical());
        }
        if (failed)
            return Error{Fault::bad_input, "must be addresses or ranges such as 10.0.0.0/8, separated by commas"};
    }
    return made;
}

bool TrustedProxies::contains(const ip::address& address) const {
    if (address.is_v4())
        return std::ranges::any_of(ranges_v4_, [&](const auto& range) {
            return ip::network_v4{address.to_v4(), range.prefix_length()}.canonical() == range;
        });
    return std::ranges::any_of(ranges_v6_, [&](const auto& range) {
        return ip::network_v6{address.to_v6(), range.prefix_length()}.canonical() == range;
    });
}

std::string TrustedProxies::client(const ip::address& peer, std::span<const std::string_view> hops) const {
    auto last = plain_address(peer);
    if (!contains(last)) return last.to_string();
    for (auto field = hops.rbegin(); field != hops.rend(); ++field) {
        for (auto rest = *field;;) {
            const auto comma = rest.rfind(',');
            const auto hop = hop_of(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
            if (!hop) return last.to_string();
            last = *hop;
            if (!contains(last)) return last.to_string();
            if (comma == std::string_view::npos) break;
            rest = rest.substr(0, comma);
        }
    }
    return last.to_string();
}

}  // namespace dcs::net
