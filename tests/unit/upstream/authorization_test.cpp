#include "upstream/authorization.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcs::upstream {
namespace {

net::Query query(std::string_view text) { return net::Query::parse(text); }

TEST(Authorization, AsksForTheScopesOfAMirrorAndNoMore) {
    const Question question{"https://app.drchrono.com", "id&", "http://localhost:8765/cb?a=b", "state"};
    EXPECT_EQ(consent_url(question),
              "https://app.drchrono.com/o/authorize/?response_type=code&client_id=id%26&redirect_uri="
              "http%3A%2F%2Flocalhost%3A8765%2Fcb%3Fa%3Db&state=state&scope="
              "user%3Aread%20calendar%3Aread%20clinical%3Aread%20patients%3Aread%20billing%3Aread");
    auto none = question;
    none.names_scopes = false;
    EXPECT_EQ(consent_url(none).find("scope"), std::string::npos);
}

TEST(Authorization, NamesTheScopesThatAreMissing) {
    EXPECT_TRUE(missing_scopes("billing:read user:read  calendar:read patients:read clinical:read labs:read").empty());
    EXPECT_EQ(missing_scopes("").size(), needed_scopes().size());
    const auto missing = missing_scopes("user:read calendar:write clinical:readx patients:read billing:read");
    ASSERT_EQ(missing.size(), 2U);
    EXPECT_EQ(missing[0].name, "calendar:read");
    EXPECT_NE(missing[0].without.find("lists none"), std::string_view::npos) << "no 403 would tell";
    EXPECT_EQ(missing[1].name, "clinical:read");
}

TEST(Authorization, TakesACodeWithItsState) {
    EXPECT_EQ(read_redirect(query("code=abc&state=s"), "s").value(), "abc");
    EXPECT_EQ(read_pasted(" http://localhost:8765/?state=s&code=a%2Fb#x \n", "s").value(), "a/b");
    EXPECT_EQ(read_pasted("  abc-DEF_123\r", "s").value(), "abc-DEF_123");
}

TEST(Authorization, TakesNoCodeOfAnotherQuestion) {
    for (const auto* text :
         {"code=abc&state=t", "code=abc", "code=abc&state=", "code=abc&state=s%00", "code=a&state=S"})
        EXPECT_EQ(read_redirect(query(text), "s").error().fault, Fault::conflict) << text;
    EXPECT_EQ(read_pasted("http://localhost/?code=abc&state=t", "s").error().fault, Fault::conflict);
}

TEST(Authorization, SaysWhatRefusedIt) {
    EXPECT_EQ(read_redirect(query("error=access_denied&state=s"), "s").error().detail, "access_denied");
    EXPECT_EQ(read_redirect(query("error=access_denied"), "s").error().fault, Fault::unauthorized);
    EXPECT_EQ(read_redirect(query("error=access_denied&state=t"), "s").error().fault, Fault::conflict);
    const auto odd = read_redirect(query("error=%1b%5b31mhello&state=s"), "s").error();
    EXPECT_EQ(odd.fault, Fault::unauthorized);
    EXPECT_EQ(odd.detail.find("hello"), std::string::npos) << "whoever reaches the port could print what he likes";
}

TEST(Authorization, IsNotLedAstrayByWhatIsNoAnswer) {
    for (const auto* text : {"", "state=s", "code=&state=s", "code=a%0ab&state=s", "code=a%20b&state=s"})
        EXPECT_FALSE(read_redirect(query(text), "s")) << text;
    for (const auto* text : {"", "   ", "two words", "http://localhost:8765/", "https://app.drchrono.com/o/authorize/"})
        EXPECT_EQ(read_pasted(text, "s").error().fault, Fault::bad_input) << text;
    EXPECT_FALSE(read_pasted(std::string(5'000, 'x'), "s"));
}

}  // namespace
}  // namespace dcs::upstream
