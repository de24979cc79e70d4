// Failed records take turns and absences are settled; what is answered for a record is the record, or nothing.
#include "support/fake_listing.hpp"

namespace dcs::reconcile {
namespace {

class Failed : public test::WithFakeListing {
protected:
    Failed() { policy.failed_record = {std::chrono::milliseconds{1}, std::chrono::milliseconds{1}}; }
    void failures(int first, int last) {
        database.query(
            fmt::format("insert into sync_failures (table_name, drchrono_id, cause, reason, raw, last_seen_at) "
                        "select 'medications', i::text, 'run:x', 'refused', '{{}}', now() - interval '1 day' "
                        "from generate_series({}, {}) i",
                        first, last));
    }
    std::string open() const { return ask("select count(*) from sync_failures where resolved_at is null"); }
};

TEST_F(Failed, RecordsThatAreGoneAreSettledAndHoldUpNoOther) {
    medications(1, 1);
    medications(5'061, 5'061);
    instead = [](const Question& question) -> std::optional<test::Reply> {
        if (question.path == "/api/medications") return test::Reply{.body = R"({"results":[]})"};
        return std::nullopt;
    };
    time_passes = false;
    auto earlier = fetched("medications", R"({"id":5001,"name":"Was here"})");
    earlier.observed.here -= std::chrono::hours{1};
    apply(std::move(earlier));
    failures(5'001, 5'061);
    for (int runs = 0; runs < 2; ++runs) EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(open(), "0");
    EXPECT_EQ(ask("select drchrono_id from medications where deleted_at is null"), "5061");
    EXPECT_EQ(ask("select count(*) from medications where deleted_at is not null"), "1") << "as after an absence";
    // Each once; the one that is there once more, where its turn came first, for the second listing does not show it.
    EXPECT_GE(times_asked("/api/medications/"), 61);
    EXPECT_LE(times_asked("/api/medications/"), 62);
}

TEST_F(Failed, RecordsTakeTurnsAndAreTriedTheLessOftenTheMoreOftenTheyFailed) {
    policy.failed_record = {std::chrono::minutes{10}, std::chrono::days{7}};
    failures(1, 60);
    instead = [](const Question& question) -> std::optional<test::Reply> {
        if (question.path == "/api/medications") return test::Reply{.body = R"({"results":[]})"};
        return refuse(403);
    };
    EXPECT_EQ(fake("medications").status, "completed") << "one refusal never ends the round, nor the run";
    EXPECT_EQ(times_asked("/api/medications/"), 50);
    fake("medications");
    EXPECT_EQ(times_asked("/api/medications/"), 60) << "the other ten have their turn, and none of the fifty another";
    fake("medications");
    EXPECT_EQ(times_asked("/api/medications/"), 60);
    EXPECT_EQ(ask("select min(attempts) || ' ' || max(attempts) from sync_failures"), "2 2");
    database.query("update sync_failures set attempts = 9, next_try_at = now()");
    fake("medications");
    EXPECT_EQ(ask("select count(*) from sync_failures where next_try_at > now() + interval '2 days' and attempts = 10"),
              "50");
}

TEST_F(Failed, ARecordThatTakesTheServiceDownWithItDoesNotStandInTheWayForEver) {
    failures(1, 2);
    medications(2, 2);
    instead = [](const Question& question) -> std::optional<test::Reply> {
        if (question.path == "/api/medications/1") return test::Reply{.status = 500};
        return std::nullopt;
    };
    policy.failed_record = {std::chrono::minutes{10}, std::chrono::days{7}};
    EXPECT_EQ(fake("medications").status, "completed") << "the round is over, the run is not";
    EXPECT_EQ(fake("medications").status, "completed");
    EXPECT_EQ(ask("select string_agg(drchrono_id, ',') from sync_failures where resolved_at is null"), "1");
}

TEST_F(Failed, AnAbsentRecordThatNobodyAnswersForHoldsUpNoRun) {
    medications(1, 20);
    ASSERT_EQ(fake("medications", true).status, "completed");
    policy.most_vanished = 1;
    for (const auto* gone : {"5", "9"}) records["/api/medications"].erase(gone);
    instead = [](const Question& question) -> std::optional<test::Reply> {
        if (question.path == "/api/medications/5") return test::Reply{.status = 500};
        return std::nullopt;
    };
    EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(ask("select string_agg(drchrono_id, ',') from sync_failures where resolved_at is null"), "5");
    EXPECT_EQ(ask("select string_agg(drchrono_id::text, ',') from medications where deleted_at is not null"), "9");
    medications(21, 21);
    EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(ask("select count(*) from medications where drchrono_id = 21"), "1");
    instead = nullptr;
    EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(open(), "0");
    EXPECT_EQ(ask("select count(*) from medications where deleted_at is not null"), "2");
}

TEST_F(Failed, WhenNobodyAnswersAbsencesWaitAndEachRunGetsFurther) {
    medications(1, 20);
    ASSERT_EQ(fake("medications", true).status, "completed");
    policy.most_vanished = 1;
    for (int id = 11; id <= 16; ++id) records["/api/medications"].erase(std::to_string(id));
    bool away = true;
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (away && question.path.starts_with("/api/medications/")) return test::Reply{.status = 500};
        return std::nullopt;
    };
    EXPECT_EQ(fake("medications", true).status, "partial");
    EXPECT_EQ(ask("select count(*) from medications where deleted_at is not null"), "0");
    away = false;
    EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(open(), "0");
    EXPECT_EQ(ask("select count(*) from medications where deleted_at is not null"), "6");
}

TEST_F(Failed, AListedItemThatShowsNothingOfItsRecordErasesNothing) {
    medications(1, 3, "Kept");
    ASSERT_EQ(fake("medications", true).status, "completed");
    for (const auto* bare : {R"({"id":2})", R"({"id":2,"detail":"Service temporarily degraded"})"}) {
        records["/api/medications"]["2"] = bare;
        EXPECT_EQ(fake("medications", true).status, "completed");
        EXPECT_EQ(ask("select string_agg(coalesce(name, 'erased'), ' ') from medications where deleted_at is null"),
                  "Kept Kept Kept")
            << bare;
        EXPECT_EQ(open(), "1") << bare;
    }
    EXPECT_EQ(ask("select count(*) from change_log where table_name = 'medications'"), "3");
}

TEST_F(Failed, ARecordThatAPageShowsInTwoWaysIsAskedForByItself) {
    page = 10;
    medications(1, 9);
    ask_again = [](const AskAgain& again) {
        return pg::sql("insert into fetches (table_name, drchrono_id, reason) select $1, k, 'a test' "
                       "from unnest($2::text[]) k on conflict do nothing",
                       again.table, pg::text_array(again.keys));
    };
    std::string twice;
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.path != "/api/medications" || twice.empty()) return std::nullopt;
        return test::Reply{.body = twice};
    };
    ASSERT_EQ(fake("medications", true).status, "completed");
    // The second one stands so far behind that the first is written when it is read.
    const std::string filler(300'000, 'x');
    for (const auto& between : {std::string{}, filler}) {
        twice =
            fmt::format(R"({{"results":[{{"id":1,"name":"One"}},{{"id":2,"name":"N","status":"active","notes":"{}"}},)"
                        R"({{"id":3,"name":"N","status":"active"}},{{"id":1,"name":"Another"}}]}})",
                        between);
        for (int runs = 0; runs < 2; ++runs) EXPECT_EQ(fake("medications").status, "completed");
        EXPECT_EQ(ask("select name from medications where drchrono_id = 1"), "N");
        EXPECT_EQ(
            ask("select count(*) from change_log c join medications m on m.id = c.record_id where m.drchrono_id = 1"),
            "1");
        EXPECT_EQ(ask("select string_agg(drchrono_id, ',') from fetches"), "1");
    }
    twice = R"({"results":[{"id":1,"name":"Same"},{"id":1,"name":"Same"}]})";
    fake("medications");
    EXPECT_EQ(ask("select name from medications where drchrono_id = 1"), "Same");
}

TEST_F(Failed, WhatIsNoRecordIsNeverTakenForOne) {
    medications(1, 3, "Kept");
    ASSERT_EQ(fake("medications", true).status, "completed");
    policy.most_vanished = 1;
    for (const auto* answer : {"[]", "null", "\"x\"", "7", "{}", R"({"detail":"Service temporarily degraded"})",
                               R"({"id":3,"name":"Another"})", R"({"id":"","name":"None"})", R"([{"id":2}])"}) {
        instead = [&](const Question& question) -> std::optional<test::Reply> {
            if (question.path == "/api/medications")
                return test::Reply{.body = R"({"results":[{"id":1,"name":"Kept"},{"id":3,"name":"Kept"}]})"};
            if (question.path == "/api/medications/2") return test::Reply{.body = answer};
            return std::nullopt;
        };
        const auto report = fake("medications", true);
        EXPECT_EQ(report.status, "completed") << answer << report.error;
        EXPECT_EQ(ask("select string_agg(name, ',') from medications where deleted_at is null"), "Kept,Kept,Kept")
            << answer;
        EXPECT_EQ(open(), "1") << answer;
    }
    EXPECT_EQ(ask("select attempts > 8 from sync_failures"), "t") << "each counts as a try";
    instead = nullptr;
    fake("medications");
    EXPECT_EQ(open(), "0");
}

TEST_F(Failed, ARecordWithoutAnIdIsOneRowUntilTheListingDoesNotShowItAnyMore) {
    std::string listed = R"({"name":"nameless"},{"id":7,"name":"N"},"text",5)";
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.path == "/api/medications") return test::Reply{.body = R"({"results":[)" + listed + "]}"};
        return std::nullopt;
    };
    for (int runs = 0; runs < 3; ++runs) EXPECT_EQ(fake("medications", true).counts.failed, 3);
    EXPECT_EQ(open(), "3");
    EXPECT_EQ(ask("select max(attempts) from sync_failures"), "3");
    listed = R"({"id":8,"name":"mended"},{"id":7,"name":"N"})";
    EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(open(), "0");
}

TEST_F(Failed, AllAbsencesAreSettledHoweverManyThereAre) {
    medications(1, 1'000);
    fake("medications", true);
    policy.absences_at_once = 10;
    for (int id = 951; id <= 995; ++id) records["/api/medications"].erase(std::to_string(id));
    // Alive, and yet not in the listing: met once, and no endless loop.
    instead = [](const Question& question) -> std::optional<test::Reply> {
        if (question.path == "/api/medications/990") return test::Reply{.body = R"({"id":990,"name":"Hidden"})"};
        if (question.path == "/api/medications/991") return refuse(403);
        return std::nullopt;
    };
    const auto report = fake("medications", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(report.counts.deleted, 43);
    EXPECT_EQ(live("medications"), "957");
}

TEST_F(Failed, WhatAReplicaMayNotKnowYetIsAskedForAgain) {
    medications(1, 1, "Older");
    time_passes = false;
    apply(state("medications", R"({"id":1,"name":"Newer"})"));
    apply(state("medications", R"({"id":9,"name":"New"})"));
    std::map<std::string, AskAgain> asked;
    ask_again = [&](const AskAgain& doubtful) {
        for (const auto& key : doubtful.keys) asked[key] = doubtful;
        return pg::sql("select 1");
    };
    EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(ask("select string_agg(name, ',' order by name) from medications where deleted_at is null"), "New,Newer");
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_FALSE(asked["1"].removal);
    EXPECT_TRUE(asked["9"].removal) << "404 is what settles it then, and no failure";
    for (const auto& [key, doubtful] : asked) {
        EXPECT_GT(doubtful.wait, std::chrono::seconds{5}) << key;
        EXPECT_LE(doubtful.wait, std::chrono::seconds{12}) << key;
    }
}

TEST_F(Failed, SettingsSayHowManyMayVanish) {
    medications(1, 100);
    fake("medications", true);
    for (int id = 86; id <= 100; ++id) records["/api/medications"].erase(std::to_string(id));
    policy.always_vanish = 14;
    const auto refused = fake("medications", true);
    EXPECT_EQ(refused.status, "partial");
    EXPECT_TRUE(refused.needs_person);
    EXPECT_EQ(live("medications"), "100");
    policy.most_vanished = 0.2;
    EXPECT_EQ(fake("medications", true).status, "completed");
    EXPECT_EQ(live("medications"), "85");
}

TEST_F(Failed, DoctorsAndOfficesNeverVanishTogether) {
    for (const std::string table : {"doctors", "offices"}) {
        rows("/api/" + table, 1, 12, R"("first_name":"N","name":"N")");
        ASSERT_EQ(fake(table, true).status, "completed");
        for (const int left : {10, 0}) {
            records["/api/" + table].clear();
            if (left > 0) rows("/api/" + table, 1, left, R"("first_name":"N","name":"N")");
            EXPECT_EQ(fake(table, true).status, "partial") << table << left;
            EXPECT_EQ(live(table), "12") << table << left;
        }
        policy.most_vanished = 1;
        EXPECT_EQ(fake(table, true).status, "partial") << "never all of them";
        policy.most_vanished = 0.1;
        rows("/api/" + table, 1, 11, R"("first_name":"N","name":"N")");
        EXPECT_EQ(fake(table, true).status, "completed");
        EXPECT_EQ(live(table), "11");
    }
}

}  // namespace
}  // namespace dcs::reconcile
