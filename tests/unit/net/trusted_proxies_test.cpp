// Where a request came from, as far as proxies may say.
#include "net/trusted_proxies.hpp"

#include <gtest/gtest.h>

namespace dcs::net {
namespace {

std::string client(const std::string& peer, std::vector<std::string_view> hops,
                   const std::vector<std::string>& trusted = {"10.0.0.0/8", "fd00::/8", "192.0.2.7"}) {
    return TrustedProxies::parse(trusted)->client(boost::asio::ip::make_address(peer), hops);
}

TEST(TrustedProxies, NobodyElseSaysForWhomHeSends) {
    EXPECT_EQ(client("203.0.113.5", {"198.51.100.1"}), "203.0.113.5");
    EXPECT_EQ(client("10.1.2.3", {"198.51.100.1"}, {}), "10.1.2.3");
}

TEST(TrustedProxies, TheClientIsTheLastOneWhoIsNoProxy) {
    EXPECT_EQ(client("10.1.2.3", {"198.51.100.1"}), "198.51.100.1");
    EXPECT_EQ(client("10.1.2.3", {"6.6.6.6, 198.51.100.1"}), "198.51.100.1")
        << "the client wrote the first one himself";
    EXPECT_EQ(client("10.1.2.3", {"6.6.6.6, 198.51.100.1, 192.0.2.7,10.9.9.9"}), "198.51.100.1");
    EXPECT_EQ(client("10.1.2.3", {"6.6.6.6", "198.51.100.1", "10.9.9.9"}), "198.51.100.1")
        << "several fields are one list";
    EXPECT_EQ(client("::ffff:10.1.2.3", {"::ffff:198.51.100.1"}), "198.51.100.1");
    EXPECT_EQ(client("fd00::1", {"2001:db8::5"}), "2001:db8::5");
}

TEST(TrustedProxies, AddressesComeWithPortsAndBrackets) {
    EXPECT_EQ(client("10.1.2.3", {"198.51.100.1:51234"}), "198.51.100.1");
    EXPECT_EQ(client("10.1.2.3", {"[2001:db8::5]:443"}), "2001:db8::5");
    EXPECT_EQ(client("10.1.2.3", {" [2001:db8::5]\t"}), "2001:db8::5");
}

TEST(TrustedProxies, WhatIsNoAddressEndsTheWayAtTheProxyThatWroteIt) {
    for (const auto* odd :
         {"", " ", "unknown", "_hidden", "198.51.100.1, ", "198.51.100.1, x", "[", "1.2.3.4.5", "::1]"})
        EXPECT_EQ(client("10.1.2.3", {odd}), "10.1.2.3") << odd;
    EXPECT_EQ(client("10.1.2.3", {"198.51.100.1, x, 10.9.9.9"}), "10.9.9.9");
    EXPECT_EQ(client("10.1.2.3", {}), "10.1.2.3");
    EXPECT_EQ(client("10.1.2.3", {"10.0.0.1, 10.0.0.2"}), "10.0.0.1") << "all of them proxies: the farthest";
}

}  // namespace
}  // namespace dcs::net
