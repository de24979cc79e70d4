#include "net/http.hpp"

#include <gtest/gtest.h>

namespace dcs::net {
namespace {

TEST(Headers, ComparesNamesWithoutCase) {
    Headers headers;
    headers.add("X-Signature", "a");
    EXPECT_EQ(headers.get("x-signature"), "a");
    EXPECT_EQ(headers.count("X-SIGNATURE"), 1U);
}

TEST(Headers, GivesTheFirstAndCountsAll) {
    Headers headers;
    headers.add("Name", "first");
    headers.add("name", "second");
    EXPECT_EQ(headers.get("NAME"), "first");
    EXPECT_EQ(headers.count("Name"), 2U);
}

TEST(Headers, GivesNothingForWhatIsAbsent) {
    EXPECT_EQ(Headers{}.get("Name"), "");
    EXPECT_EQ(Headers{}.count("Name"), 0U);
}

TEST(Query, DecodesNamesAndValues) {
    const auto query = Query::parse("a=1&b=x%20y&%63=%C3%A9");
    EXPECT_EQ(query.get("a"), "1");
    EXPECT_EQ(query.get("b"), "x y");
    EXPECT_EQ(query.get("c"), "\xC3\xA9");
}

TEST(Query, ReadsPlusAsASpaceAsFormsWriteIt) {
    const auto query = Query::parse("msg=a+b%2Bc");
    EXPECT_EQ(query.get("msg"), "a b+c");
}

TEST(Query, KeepsTheFirstValueOfAName) { EXPECT_EQ(Query::parse("a=1&a=2").get("a"), "1"); }

TEST(Query, TakesMalformedEscapesLiterally) {
    EXPECT_EQ(Query::parse("a=%zz%4&b=%").get("a"), "%zz%4");
    EXPECT_EQ(Query::parse("a=%zz%4&b=%").get("b"), "%");
}

TEST(Query, TellsAnEmptyValueFromNone) {
    const auto query = Query::parse("&&a&b=&=c");
    EXPECT_TRUE(query.has("a"));
    EXPECT_TRUE(query.has("b"));
    EXPECT_TRUE(query.has(""));
    EXPECT_FALSE(query.has("c"));
    EXPECT_EQ(query.get("c"), "");
}

TEST(Query, KeepsTheEqualsSignsOfAValue) { EXPECT_EQ(Query::parse("a=b=c").get("a"), "b=c"); }

TEST(Percent, EncodesEverythingButUnreservedCharacters) {
    EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percent_encode(std::string_view{" /+%\0\xff", 6}), "%20%2F%2B%25%00%FF");
}

TEST(Percent, DecodesWhatItEncodes) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

TEST(Percent, LeavesPlusAloneInAPath) { EXPECT_EQ(percent_decode("/a+b"), "/a+b"); }

TEST(Percent, RefusesEscapesThatAreNone) {
    for (const auto* text : {"%", "%4", "%4g", "a%", "%%41"}) EXPECT_EQ(percent_decode(text), std::nullopt) << text;
}

TEST(JsonError, EscapesWhatItIsGiven) {
    const auto response = json_error(400, "a \"b\"", "id");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.body, R"({"error":"a \"b\"","request_id":"id"})");
}

}  // namespace
}  // namespace dcs::net
