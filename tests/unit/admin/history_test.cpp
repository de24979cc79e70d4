// A record as it was: what is stored now, less what changed since.
#include "admin/history.hpp"

#include <gtest/gtest.h>

namespace dcs::admin {
namespace {

Document json(std::string_view text) { return std::move(Document::parse(text).value().value); }
ChangeRow change(std::string operation, std::string_view before, std::string_view after) {
    return {std::move(operation), json(before), json(after)};
}

TEST(AdminHistoryOf, ARecordIsUnwoundChangeByChange) {
    const auto then =
        unwound(json(R"({"phone":"3","drchrono_raw":{"cell":"3","new":1,"same":2}})"),
                {change("UPDATE", R"({"phone":"2","drchrono_raw":{}})", R"({"phone":"3","drchrono_raw":{"new":1}})"),
                 change("UPDATE", R"({"phone":"1","drchrono_raw":{"cell":"1"}})",
                        R"({"phone":"2","drchrono_raw":{"cell":"3"}})")});
    EXPECT_TRUE(then.existed);
    EXPECT_EQ(then.fields.canonical(), R"({"drchrono_raw":{"cell":"1","same":2},"phone":"1"})");
}

TEST(AdminHistoryOf, ARecordWasNotThereBeforeItCame) {
    EXPECT_FALSE(unwound(json(R"({"phone":"1"})"), {change("INSERT", "null", R"({"phone":"1"})")}).existed);
    const auto back = unwound(json(R"({"phone":"1","deleted_at":null})"),
                              {change("INSERT", R"({"deleted_at":"x"})", R"({"deleted_at":null})")});
    EXPECT_TRUE(back.existed) << "one that came back was there";
    EXPECT_EQ(back.fields.find("deleted_at")->string(), "x");
}

TEST(AdminHistoryOf, ARowThatIsGoneWasThere) {
    const auto then = unwound(Document{}, {change("DELETE", R"({"phone":"1"})", "null")});
    EXPECT_TRUE(then.existed);
    EXPECT_EQ(then.fields.text(), R"({"phone":"1"})");
    EXPECT_FALSE(unwound(Document{}, {}).existed);
}

TEST(AdminHistoryOf, ADiffNamesEachFieldAlsoInsideTheRawJson) {
    EXPECT_EQ(diff_of(change("UPDATE", R"({"a":1,"drchrono_raw":{"x":"old"}})",
                             R"({"a":12.10,"drchrono_raw":{"x":"new","y":[]}})")),
              R"([{"field":"a","old":1,"new":12.10},{"field":"drchrono_raw.x","old":"old","new":"new"},)"
              R"({"field":"drchrono_raw.y","old":null,"new":[]}])");
    EXPECT_EQ(diff_of(change("INSERT", "null", "{}")), "[]");
}

}  // namespace
}  // namespace dcs::admin
