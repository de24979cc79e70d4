#pragma once
// TrustedProxies: whose word counts for where a request came from.
//
// Promise    client() is the last address of X-Forwarded-For that is no trusted proxy, where the peer itself is one; else the
//            peer. Whoever sends the header himself moves nothing: what he wrote stands before what the proxy adds.
// Source     developer.mozilla.org, X-Forwarded-For, "Trusted proxy list"

#include "base/error.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::net {

class TrustedProxies {
public:
    /// Addresses and ranges: "10.0.0.1", "10.0.0.0/8", "fd00::/8". bad_input: one that is neither.
    static Result<TrustedProxies> parse(std::span<const std::string> ranges);

    bool contains(const boost::asio::ip::address& address) const;
    /// `hops`: the values of the X-Forwarded-For fields, in their order.
    std::string client(const boost::asio::ip::address& peer, std::span<const std::string_view> hops) const;
    bool empty() const noexcept { return ranges_v4_.empty() && ranges_v6_.empty(); }

private:
    std::vector<boost::asio::ip::network_v4> ranges_v4_{};
    std::vector<boost::asio::ip::network_v6> ranges_v6_{};
};

/// The address itself; of an IPv4 address written as IPv6, the IPv4 address.
boost::asio::ip::address plain_address(const boost::asio::ip::address& address);

}  // namespace dcs::net
