#include "pg/statement.hpp"

#include <gtest/gtest.h>

namespace dcs::pg {
namespace {

using namespace std::string_view_literals;

TEST(ArrayBuilder, MakesAnEmptyArrayOfNothing) {
    const auto param = ArrayBuilder{}.take();
    EXPECT_EQ(param.text(), (std::string{"\0\0\0\0"
                                         "\0\0\0\0"
                                         "\0\0\0\x19",
                                         12}));
    EXPECT_EQ(param.type(), Param::Type::text_array);
    EXPECT_TRUE(param.binary());
}

TEST(ArrayBuilder, TellsNullFromEmptyText) {
    ArrayBuilder array;
    array.add_null();
    array.add(""sv);
    array.add(-7);
    EXPECT_EQ(std::move(array).take().text(), (std::string{"\0\0\0\1"
                                                           "\0\0\0\1"
                                                           "\0\0\0\x19"
                                                           "\0\0\0\3"
                                                           "\0\0\0\1"
                                                           "\xff\xff\xff\xff"
                                                           "\0\0\0\0"
                                                           "\0\0\0\2"
                                                           "-7",
                                                           34}));
}

TEST(ArrayBuilder, IsNotSentWithANulInAText) {
    ArrayBuilder texts;
    texts.add("a\0b"sv);
    EXPECT_FALSE(std::move(texts).take().sendable());
    ArrayBuilder bytes;
    bytes.add_bytes("a\0b"sv);
    EXPECT_TRUE(std::move(bytes).take().sendable());
    EXPECT_FALSE(Param{"a\0b"sv}.sendable());
    EXPECT_TRUE(Param::bytes(std::string{"a\0b"sv}).sendable());
}

TEST(TextArray, EscapesQuotesAndBackslashesAndNothingElse) {
    const std::vector<std::string> values{R"(a"b)", R"(c\d)", "e,f", "{g}", "h\ni"};
    EXPECT_EQ(text_array(values), "{\"a\\\"b\",\"c\\\\d\",\"e,f\",\"{g}\",\"h\ni\"}");
}

TEST(ArrayBuilder, KeepsBytesAsTheyAre) {
    ArrayBuilder array;
    array.add_bytes(std::string_view{"\0\xff", 2});
    const auto param = std::move(array).take();
    EXPECT_EQ(param.type(), Param::Type::bytea_array);
    EXPECT_TRUE(param.text().ends_with(std::string_view{"\0\0\0\2\0\xff", 6}));
}

TEST(BigintArray, WritesNumbersBare) {
    const std::vector<std::int64_t> values{-1, 0, 9223372036854775807};
    EXPECT_EQ(bigint_array(values), "{-1,0,9223372036854775807}");
}

TEST(Param, TakesWhatCppOffers) {
    EXPECT_TRUE(Param{std::nullopt}.null());
    EXPECT_TRUE(Param{std::optional<int>{}}.null());
    EXPECT_EQ(Param{std::optional<int>{5}}.text(), "5");
    EXPECT_EQ(Param{true}.text(), "t");
    EXPECT_EQ(Param{"text"}.text(), "text");
    EXPECT_TRUE(Param::bytes("raw").binary());
    EXPECT_FALSE(Param{"text"}.binary());
}

}  // namespace
}  // namespace dcs::pg
