#include "base/document.hpp"

#include "base/repair.hpp"

#include <gtest/gtest.h>

namespace dcs {
namespace {

Document read(std::string_view text) { return Document::parse(text).value().value; }

TEST(Document, KeepsTheDigitsOfNumbers) {
    EXPECT_EQ(read(R"({"price":"12.10","billed":12.10,"id":90071992547409931})").text(),
              R"({"price":"12.10","billed":12.10,"id":90071992547409931})");
}

TEST(Document, KeepsTheOrderOfMembersAndSortsThemOnlyWhenCanonical) {
    const auto document = read(R"({"b":1,"a":{"d":[],"c":{}}})");
    EXPECT_EQ(document.text(), R"({"b":1,"a":{"d":[],"c":{}}})");
    EXPECT_EQ(document.canonical(), R"({"a":{"c":{},"d":[]},"b":1})");
}

TEST(Document, ComparesWithoutRegardToTheOrderOfMembers) {
    EXPECT_EQ(read(R"({"a":1,"b":[1,2]})"), read(R"({"b":[1,2],"a":1})"));
    EXPECT_FALSE(read(R"({"a":1})") == read(R"({"a":"1"})"));
    EXPECT_FALSE(read(R"({"a":1})") == read(R"({"a":1,"b":null})"));
}

TEST(Document, ComparesNumbersByValue) {
    const auto same = [](std::string_view left, std::string_view right) {
        return Document::parse(left).value().value == Document::parse(right).value().value;
    };
    EXPECT_TRUE(same("12.10", "12.1"));
    EXPECT_TRUE(same("9.86E1", "98.6"));
    EXPECT_TRUE(same("986e-1", "98.60"));
    EXPECT_TRUE(same("1E+2", "100"));
    EXPECT_TRUE(same("-0", "0.0"));
    EXPECT_TRUE(same("0e5", "0"));
    EXPECT_FALSE(same("12.1", "12.11"));
    EXPECT_FALSE(same("-1", "1"));
    EXPECT_FALSE(same("9007199254740993", "9007199254740992")) << "never through a double";
    EXPECT_FALSE(same("1", "\"1\""));
}

/// jsonb writes numbers out: what was stored as a number must be read as one.
TEST(Document, ANumberIsReadAsOneHoweverItIsWritten) {
    const auto zeros = [](std::size_t count) { return std::string(count, '0'); };
    const auto is_number = [](const std::string& text) {
        return Document::parse(text).value().value.number().has_value();
    };
    for (const auto& [sent, stored] : {std::pair{std::string{"1e397"}, "1" + zeros(397)},
                                       {"-1E+390", "-1" + zeros(390)},
                                       {"1e-397", "0." + zeros(396) + "1"},
                                       {"1.5e0012", "15" + zeros(11)}}) {
        EXPECT_TRUE(is_number(sent)) << sent;
        EXPECT_TRUE(is_number(stored)) << sent;
        EXPECT_EQ(Document::parse(sent).value().value, Document::parse(stored).value().value) << sent;
    }
    for (const auto* sent :
         {"1e400", "1e-400", "1e999", "-1.5e+999", "123456789e396", "0e999", "1e99999999999", "-7.25E-0099999999999"}) {
        EXPECT_FALSE(is_number(sent)) << sent << ": jsonb writes it out, and it would be read as text";
        EXPECT_TRUE(Document::parse(sent)->altered) << sent;
    }
}

TEST(Document, AnAbsurdExponentBecomesTextWhereverItStands) {
    const auto parsed =
        Document::parse(R"({"a":[1e99999999999,"1e99999999999\\\"",2],"b\"":-1E+99999999999,"c\u0000":1})").value();
    EXPECT_TRUE(parsed.altered);
    EXPECT_EQ(
        parsed.value.canonical(),
        "{\"a\":[\"1e99999999999\",\"1e99999999999\\\\\\\"\",2],\"b\\\"\":\"-1E+99999999999\",\"c\xEF\xBF\xBD\":1}");
    EXPECT_FALSE(Document::parse("1e99999999999x").has_value());
    EXPECT_FALSE(Document::parse("[1e99999999999.5]").has_value());
}

TEST(Document, TheLastOfRepeatedMembersCounts) {
    EXPECT_EQ(read(R"({"a":1,"b":2,"a":3,"b":4,"a":5})").text(), R"({"a":5,"b":4})");
}

TEST(Document, ReplacesWhatJsonbCannotHold) {
    for (const auto* text :
         {R"({"a":"x\u0000y"})", R"({"a":"x\ud800y"})", R"({"a":"x\udc00y"})", "{\"a\":\"x\xffy\"}"}) {
        const auto parsed = Document::parse(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_TRUE(parsed->altered) << text;
        EXPECT_EQ(parsed->value.find("a")->string(), "x\xEF\xBF\xBDy") << text;
    }
    const auto huge = Document::parse(R"({"a":1e999999})");
    ASSERT_TRUE(huge.has_value());
    EXPECT_TRUE(huge->altered);
    EXPECT_EQ(huge->value.find("a")->string(), "1e999999");
}

TEST(Document, LeavesWhatJsonbCanHoldAlone) {
    for (const auto* text :
         {R"({"a":"\ud83d\ude00"})", R"({"a":"\\u0000"})", "{\"a\":\"\xF0\x9F\x98\x80\"}", R"({"a":"\\\\ud800"})"}) {
        const auto parsed = Document::parse(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_FALSE(parsed->altered) << text;
    }
}

TEST(Document, RefusesWhatIsNotOneJsonValue) {
    for (const auto* text : {"", "{", "{} {}", "nope", "{\"a\":}", "[1,]", "\"abc", "{\"a\":01}"})
        EXPECT_EQ(Document::parse(text).error().fault, Fault::bad_input) << text;
    EXPECT_FALSE(Document::parse(std::string(100'000, '[')).has_value());
}

TEST(Document, ReadsIdsOfBothKinds) {
    const auto document = read(R"({"n":12,"s":" 34 ","e":"","f":1.5,"o":{},"z":null})");
    EXPECT_EQ(document.find("n")->as_id(), "12");
    EXPECT_EQ(document.find("s")->as_id(), "34");
    for (const auto* name : {"e", "f", "o", "z"}) EXPECT_EQ(document.find(name)->as_id(), "") << name;
}

TEST(Document, RemovesFieldsAtAnyDepth) {
    auto document = read(R"({"ssn":"1","a":[{"ssn":"2","b":3}],"c":{"d":{"ssn":null}}})");
    const std::vector<std::string> names{"ssn"};
    EXPECT_TRUE(document.remove_fields(names));
    EXPECT_EQ(document.text(), R"({"a":[{"b":3}],"c":{"d":{}}})");
    EXPECT_FALSE(document.remove_fields(names));
}

TEST(Document, WritesControlCharactersAsEscapes) {
    Document document{std::string{"a\"b\\c\n\x01"}};
    EXPECT_EQ(document.text(), R"("a\"b\\c\n\u0001")");
    EXPECT_EQ(read(document.text()), document);
}

TEST(Repair, MakesTextStorable) {
    EXPECT_EQ(repair_text(std::string_view{"a\0b\xff", 4}), "a\xEF\xBF\xBD"
                                                            "b\xEF\xBF\xBD");
    EXPECT_EQ(repair_text("plain \xC3\xA9"), "plain \xC3\xA9");
}

TEST(Document, ASetOfWhatIsNoObjectThrowsNothingAndLosesNothing) {
    Document nothing;
    EXPECT_TRUE(nothing.set("a", Document{true}));
    EXPECT_EQ(nothing.text(), R"({"a":true})");
    for (const auto* text : {"[1]", R"("x")", "7", "true"}) {
        auto value = Document::parse(text).value().value;
        EXPECT_FALSE(value.set("a", Document{true})) << text;
        EXPECT_FALSE(value.remove("a")) << text;
        EXPECT_EQ(value.text(), text);
    }
}

}  // namespace
}  // namespace dcs
