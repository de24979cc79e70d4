#include "pg/statement.hpp"

#include <gtest/gtest.h>

namespace dcs::pg {
namespace {

using namespace std::string_view_literals;

TEST(ArrayBuilder, MakesAnEmptyArrayOfNothing) { EXPECT_EQ(ArrayBuilder{}.take(), "{}"); }

TEST(ArrayBuilder, TellsNullFromTheWordAndFromEmptyText) {
    ArrayBuilder array;
    array.add_null();
    array.add("NULL"sv);
    array.add(""sv);
    EXPECT_EQ(std::move(array).take(), R"({NULL,"NULL",""})");
}

TEST(ArrayBuilder, EscapesQuotesAndBackslashesAndNothingElse) {
    const std::vector<std::string> values{R"(a"b)", R"(c\d)", "e,f", "{g}", "h\ni"};
    EXPECT_EQ(text_array(values), "{\"a\\\"b\",\"c\\\\d\",\"e,f\",\"{g}\",\"h\ni\"}");
}

TEST(ArrayBuilder, WritesBytesAsQuotedHex) {
    ArrayBuilder array;
    array.add_bytes(std::string_view{"\0\xff", 2});
    EXPECT_EQ(std::move(array).take(), R"({"\\x00ff"})");
}

TEST(ArrayBuilder, WritesNumbersBare) {
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
