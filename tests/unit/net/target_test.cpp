#include "net/target.hpp"
#include "net/http_date.hpp"

#include <gtest/gtest.h>

namespace dcs::net {
namespace {

Target target(const std::string& url) { return Target::parse(url).value(); }
const std::vector<std::string> ours{"app.drchrono.com", "drchrono.com"};

TEST(EncryptedLike, IsTheSamePlaceOverHttps) {
    const auto base = target("https://app.drchrono.com");
    const auto url = [&](const std::string& from) { return target(from).encrypted_like(base).value().url(); };
    EXPECT_EQ(url("http://app.drchrono.com/api/patients?cursor=a%2Bb"),
              "https://app.drchrono.com/api/patients?cursor=a%2Bb");
    EXPECT_EQ(url("http://app.drchrono.com:80/api/patients"), "https://app.drchrono.com/api/patients");
    EXPECT_EQ(url("https://app.drchrono.com/api/patients"), "https://app.drchrono.com/api/patients");
}

TEST(EncryptedLike, KeepsAPortOfItsOwn) {
    const auto base = target("https://gateway.example:9443");
    const auto url = [&](const std::string& from) { return target(from).encrypted_like(base).value().url(); };
    EXPECT_EQ(url("http://gateway.example:9443/api/patients"), "https://gateway.example:9443/api/patients");
    EXPECT_EQ(url("http://gateway.example/api/patients"), "https://gateway.example:9443/api/patients");
    EXPECT_EQ(url("http://gateway.example:8000/api/patients"), "https://gateway.example:8000/api/patients")
        << "another port, and so another place";
}

TEST(Redirected, FromHttpsToPlainHttpOfTheSameHostGoesOnOverHttps) {
    const auto from = target("https://app.drchrono.com/api/users/current");
    EXPECT_EQ(from.redirected("http://app.drchrono.com/api/users/7", ours).value().url(),
              "https://app.drchrono.com/api/users/7");
    EXPECT_EQ(from.redirected("/api/users/7", ours).value().url(), "https://app.drchrono.com/api/users/7");
    EXPECT_FALSE(from.redirected("http://elsewhere.example/api/users/7", ours));
    EXPECT_FALSE(from.redirected("http://app.drchrono.com:8000/api/users/7", ours));
}

TEST(Redirected, FromPlainHttpIsNotEncrypted) {
    const auto from = target("http://127.0.0.1:9100/api/users/current");
    EXPECT_EQ(from.redirected("/api/users/7", {"127.0.0.1:9100"}).value().url(), "http://127.0.0.1:9100/api/users/7");
}

TEST(HttpDate, IsReadInItsThreeForms) {
    const auto expected = parse_iso8601("2026-10-21T07:28:00Z");
    EXPECT_EQ(parse_http_date("Wed, 21 Oct 2026 07:28:00 GMT"), expected);
    EXPECT_EQ(parse_http_date("Wednesday, 21-Oct-26 07:28:00 GMT"), expected);
    EXPECT_EQ(parse_http_date("Wed Oct 21 07:28:00 2026"), expected);
    for (const auto* other : {"", "soon", "120", "20261021", "Wed, 35 Foo 2026"})
        EXPECT_EQ(parse_http_date(other), std::nullopt) << other;
}

}  // namespace
}  // namespace dcs::net
