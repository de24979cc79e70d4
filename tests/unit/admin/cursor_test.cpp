// Cursors of lists: opened by whoever has the key, for the list they were made for, as they were made, and by nobody else.
#include "admin/cursor.hpp"

#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace dcs::admin {
namespace {

using Key = std::vector<std::string>;

constexpr auto list = "GET /admin/api/patients?q=lo";
const Key key{"1", "lopezina", "lena \"Q\"", "e86125a8-0000-4000-8000-000000000000"};

Cursors under(const Key& secrets) {
    return Cursors{[secrets] { return secrets; }};
}

net::Request request(const std::string& method, const std::string& path) {
    net::Request made;
    made.method = method;
    made.path = path;
    return made;
}

TEST(Cursors, OpenForTheirListAlone) {
    const auto cursors = under({"", "a secret"});
    const auto cursor = cursors.seal(key, list);
    EXPECT_EQ(cursors.open(cursor, list), key);
    EXPECT_EQ(under({"a secret"}).open(cursor, list), key) << "of another instance";
    EXPECT_EQ(cursors.open(cursor, "GET /admin/api/patients?q=la"), std::nullopt);
    EXPECT_EQ(cursors.open(cursor, ""), std::nullopt);
    EXPECT_EQ(under({"another secret"}).open(cursor, list), std::nullopt);
}

TEST(Cursors, OpenUnderASecretThatWasReplaced) {
    const auto cursor = under({"old"}).seal(key, list);
    EXPECT_EQ(under({"new", "old"}).open(cursor, list), key);
    EXPECT_EQ(under({"old"}).open(under({"new", "old"}).seal(key, list), list), std::nullopt) << "the first seals";
}

TEST(Cursors, AreOfOneProcessWithoutASecret) {
    const auto cursors = under({"", ""});
    EXPECT_EQ(cursors.open(cursors.seal(key, list), list), key);
    EXPECT_EQ(under({}).open(cursors.seal(key, list), list), std::nullopt);
}

TEST(Cursors, AreRefusedWhenAlteredCutOrMadeUp) {
    const auto cursors = under({"a secret"});
    const auto cursor = cursors.seal(key, list);
    const auto bytes = *from_base64url(cursor);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto altered = bytes;
        altered[at] = static_cast<char>(altered[at] ^ 1);
        ASSERT_EQ(cursors.open(to_base64url(altered), list), std::nullopt) << at;
        ASSERT_EQ(cursors.open(to_base64url(bytes.substr(0, at)), list), std::nullopt) << at;
    }
    for (const auto& made_up :
         {std::string{}, std::string{"!"}, cursor + cursor, to_base64url(R"(["1","lopezina","lena","x"])"),
          std::string(Cursors::text_limit, 'A'), std::string(Cursors::text_limit + 4, 'A')})
        EXPECT_EQ(cursors.open(made_up, list), std::nullopt) << made_up.substr(0, 80);
}

TEST(Cursors, TellNeitherANameNorItsLength) {
    const auto cursors = under({"a secret"});
    const auto cursor = cursors.seal(key, list);
    for (const auto& text : {cursor, *from_base64url(cursor)})
        for (const auto* word : {"lopez", "lena", "e86125a8"}) EXPECT_EQ(text.find(word), std::string::npos) << word;
    EXPECT_NE(cursor, cursors.seal(key, list)) << "nor whether two are one";
    EXPECT_EQ(cursors.seal({"Li"}, list).size(), cursors.seal({"Featherstonehaugh"}, list).size());
    const Key longest(3, std::string(400, 'x'));
    EXPECT_EQ(cursors.open(cursors.seal(longest, list), list), longest);
}

TEST(Cursors, OfOneListAreToldFromThoseOfAnother) {
    const auto asked = [](const std::string& method, const std::string& path, std::string_view query) {
        return list_asked(request(method, path), net::Query::parse(query));
    };
    const auto deliveries = asked("GET", "/deliveries", "state=dead&source=deepcura&limit=5&after=x");
    EXPECT_EQ(deliveries, asked("GET", "/deliveries", "source=deepcura&state=dead")) << "by filters, in any order";
    for (const auto& other :
         {asked("GET", "/runs", "state=dead&source=deepcura"),
          asked("POST", "/deliveries", "state=dead&source=deepcura"), asked("GET", "/deliveries", "state=dead"),
          asked("GET", "/deliveries", "state=dead&source=deep%26cura"),
          asked("GET", "/deliveries", "state=dead%26source=deepcura"), asked("GET", "/deliveries", "")})
        EXPECT_NE(deliveries, other);
}

}  // namespace
}  // namespace dcs::admin
