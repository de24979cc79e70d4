// The list of deletions: what it contradicts, and what becomes of a run that cannot have it.
#include "support/fake_listing.hpp"

namespace dcs::reconcile {
namespace {

class Deletions : public test::WithFakeListing {
protected:
    Deletions() {
        items(1, 3, "99213");
        instead = [this](const Question& question) -> std::optional<test::Reply> {
            if (question.path != "/api/line_item_deletions") return std::nullopt;
            if (status != 200) return refuse(status);
            return test::Reply{.body = fmt::format(R"({{"results":[{}]}})", deletions)};
        };
    }
    void items(int first, int last, std::string_view code, std::string_view updated_at = "2026-01-01T12:00:00") {
        rows("/api/line_items", first, last,
             fmt::format(R"("code":"{}","doctor":1,"patient":1,"appointment":1,"updated_at":"{}")", code, updated_at));
    }
    std::string codes() const {
        return ask("select string_agg(code, ' ' order by drchrono_id) from line_items where deleted_at is null");
    }

    int status = 200;
    std::string deletions;
};

TEST_F(Deletions, AListThatIsNotPermittedOrNotThereHoldsUpNoListing) {
    for (const int refusal : {403, 404}) {
        status = refusal;
        items(1, 1, fmt::format("99{}", refusal), "2027-01-01T12:00:00");
        const auto report = fake("line_items");
        EXPECT_EQ(report.status, "completed") << refusal << report.error;
        EXPECT_EQ(codes(), fmt::format("99{} 99213 99213", refusal));
        EXPECT_EQ(ask("select details ? 'deletions_not_read' from sync_log order by started_at desc limit 1"), "t");
    }
}

TEST_F(Deletions, AListThatFailsForEverHoldsUpNoListing) {
    status = 500;
    EXPECT_EQ(fake("line_items").status, "partial") << "it may be had soon";
    const auto second = fake("line_items");
    EXPECT_EQ(second.status, "partial");
    EXPECT_TRUE(second.resumed);
    EXPECT_TRUE(second.needs_person);
    items(2, 2, "90834", "2027-01-01T12:00:00");
    fake("line_items");
    fake("line_items");
    EXPECT_EQ(codes(), "99213 90834 99213");
    status = 200;
    deletions = R"({"billing_line_item_id":3,"created_at":"2020-01-01T00:00:00"})";
    records["/api/line_items"].erase("3");
    EXPECT_EQ(fake("line_items").status, "completed") << "and the same time is read again";
    EXPECT_EQ(codes(), "99213 90834");
}

TEST_F(Deletions, OneThatContradictsTheListingCountsOnlyWithDrchronosOwnWord) {
    deletions = R"({"billing_line_item_id":2,"created_at":"2026-02-01T00:00:00"},)"
                R"({"billing_line_item_id":3,"created_at":"2026-02-01T00:00:00"})";
    for (int runs = 0; runs < 3; ++runs) {
        if (runs == 2)
            instead = [listed = instead](const Question& question) -> std::optional<test::Reply> {
                if (question.path == "/api/line_items/3") return refuse(404);
                return listed(question);
            };
        ASSERT_EQ(fake("line_items", runs != 1).status, "completed");
        EXPECT_EQ(codes(), runs == 2 ? "99213 99213" : "99213 99213 99213");
        EXPECT_EQ(ask("select count(*) from change_log where table_name = 'line_items'"), runs == 2 ? "4" : "3");
    }
    EXPECT_GE(times_asked("/api/line_items/2"), 2);
}

TEST_F(Deletions, ManyThatContradictTheListingAreLeftToFetchesAndNoneIsForgotten) {
    items(1, 130, "99213");
    ASSERT_EQ(fake("line_items", true).status, "completed");
    for (int id = 61; id <= 130; ++id) {
        records["/api/line_items"].erase(std::to_string(id));
        deletions += fmt::format(R"({}{{"billing_line_item_id":{},"created_at":"2026-02-01T00:00:00"}})",
                                 deletions.empty() ? "" : ",", id);
    }
    std::vector<std::string> left;
    ask_again = [&left](const AskAgain& again) {
        EXPECT_TRUE(again.removal) << "DrChrono's 404 confirms that they are gone";
        left.insert(left.end(), again.keys.begin(), again.keys.end());
        return pg::sql("select 1");
    };
    ASSERT_EQ(fake("line_items").status, "completed");
    const auto alive = std::stoul(ask("select count(*) from line_items where deleted_at is null"));
    EXPECT_EQ(alive, 60 + left.size());
    EXPECT_EQ(left.size(), 20U);
}

TEST_F(Deletions, OneThatNamesNoRecordIsKeptAsFailed) {
    ASSERT_EQ(fake("line_items", true).status, "completed");
    deletions = R"({"id":90,"created_at":"2026-02-01T00:00:00"},null,{"billing_line_item_id":null},)"
                R"({"billing_line_item_id":{"id":91}},"92",[93])";
    const auto report = fake("line_items");
    EXPECT_EQ(report.status, "completed");
    EXPECT_EQ(report.counts.failed, 6);
    EXPECT_EQ(ask("select count(*) from sync_failures where table_name = 'line_items' and resolved_at is null and "
                  "reason = 'a deletion that names no record'"),
              "6");
    EXPECT_EQ(codes(), "99213 99213 99213");
    deletions.clear();
    ASSERT_EQ(fake("line_items", true).status, "completed");
    EXPECT_EQ(ask("select count(*) from sync_failures where resolved_at is null"), "0");
}

TEST_F(Deletions, ARecordThatTheListingDoesNotShowGoesWithoutARequest) {
    ASSERT_EQ(fake("line_items", true).status, "completed");
    database.query("update line_items set observed_at = '2026-01-01'");
    records["/api/line_items"].erase("2");
    deletions = R"({"billing_line_item_id":2,"created_at":"2026-02-01T00:00:00"})";
    ASSERT_EQ(fake("line_items").status, "completed");
    EXPECT_EQ(codes(), "99213 99213");
    EXPECT_EQ(times_asked("/api/line_items/"), 0);
}

}  // namespace
}  // namespace dcs::reconcile
