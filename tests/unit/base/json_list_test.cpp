// JsonList: where the records of a list begin and end, without reading them.
#include "base/json_list.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dcs {
namespace {

Result<JsonList> split(std::string text) { return JsonList::split(std::move(text), {"results", "data"}); }

std::vector<std::string> elements(const JsonList& list) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < list.size(); ++at) all.emplace_back(list[at]);
    return all;
}
using Texts = std::vector<std::string>;

TEST(JsonList, GivesEachElementAsItCame) {
    const auto list =
        split(R"({"next": null, "results": [ {"id": 1.50} ,"a, ]}\"", [1,[2]],null , 12 ], "count": 5})").value();
    EXPECT_TRUE(list.found());
    EXPECT_EQ(elements(list), (Texts{R"({"id": 1.50})", R"("a, ]}\"")", "[1,[2]]", "null", "12"}));
    EXPECT_EQ(list.around().text(), R"({"next":null,"results":[],"count":5})");
}

TEST(JsonList, AnEmptyListIsOneToo) {
    const auto list = split("{\"data\":[ \n ]}").value();
    EXPECT_TRUE(list.found());
    EXPECT_EQ(list.size(), 0U);
}

TEST(JsonList, TheFirstNameCountsAndOfOneNameTheLastValue) {
    EXPECT_EQ(elements(split(R"({"data":[1],"results":[2,3]})").value()), (Texts{"2", "3"}));
    EXPECT_EQ(elements(split(R"({"results":[2,3],"data":[1]})").value()), (Texts{"2", "3"}));
    EXPECT_EQ(elements(split(R"({"results":[1],"results":[4]})").value()), (Texts{"4"}));
}

TEST(JsonList, OnlyAMemberOfTheOutermostObjectCounts) {
    for (const auto* text : {R"({"x":{"results":[1]}})", R"([{"results":[1]}])", R"({"results":{"a":[1]}})",
                             R"({"results":null})", R"({"x":"results","y":[1]})", "12", R"("results")"}) {
        const auto list = split(text);
        ASSERT_TRUE(list) << text;
        EXPECT_FALSE(list->found()) << text;
        EXPECT_EQ(list->around().text(), text);
    }
}

TEST(JsonList, WhatIsCutOffOrDoesNotCloseIsRefused) {
    const std::string whole = R"({"results":[{"id":1,"name":"a\\"},{"id":2}],"next":null})";
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(split(whole.substr(0, length))) << length;
    for (const auto* text :
         {"<html></html>", R"({"results":[1}])", R"({"results":[1,]})", R"({"results":[,1]})", R"({"results":[1]} x)",
          R"({"results":[1]]})", R"({"results":[1] "next":1})", R"({"results":["a]})", "}{"})
        EXPECT_FALSE(split(text)) << text;
}

TEST(JsonList, AnElementOfBadJsonSpoilsNoOther) {
    const auto list = split(R"({"results":[{"id":1},{id:2},{"id":3}]})").value();
    EXPECT_EQ(elements(list), (Texts{R"({"id":1})", "{id:2}", R"({"id":3})"}));
}

TEST(JsonList, DeepNestingInAnElementNeedsNoStack) {
    const auto deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_EQ(split(R"({"results":[)" + deep + "]}").value()[0], deep);
}

TEST(JsonList, BytesThatAreNotUtf8StayWhatTheyAre) {
    EXPECT_EQ(elements(split("{\"results\":[\"\xFF\xFE\"]}").value()), (Texts{"\"\xFF\xFE\""}));
}

TEST(JsonList, ACopyHasItsOwnText) {
    auto copy = JsonList{};
    {
        const auto list = split(R"({"results":["x"]})").value();
        copy = list;
    }
    EXPECT_EQ(copy[0], R"("x")");
}

}  // namespace
}  // namespace dcs
