// A run ends as what it began as: windows of callers, whole listings and listings of changes, each interrupted by another.
#include "support/fake_listing.hpp"

namespace dcs::reconcile {
namespace {

class Windows : public test::WithFakeListing {
protected:
    Windows() {
        patients(1, 600, "L", "2026-11-01T12:00:00");
        instead = [this](const Question& question) -> std::optional<test::Reply> {
            if (question.path == "/api/patients_list") return refuse(403);
            if (cut && question.at > 0) return test::Reply{.status = 503, .body = R"({"detail":"away"})"};
            return std::nullopt;
        };
    }
    void last_complete(const std::string& time) {
        database.query(
            fmt::format("update sync_state set value = jsonb_set(value, '{{complete_since}}', to_jsonb('{}'::text)) "
                        "where name = 'sync:patients'",
                        time));
    }
    Report said(std::string since, std::string words) {
        return execute(faked(),
                       {.listing = find_listing("patients"), .since = std::move(since), .said = std::move(words)})
            .value();
    }
    bool cut = false;
};

TEST_F(Windows, OfACallerEndedByAPlainRunMovesNothing) {
    ASSERT_EQ(fake("patients", true).status, "completed");
    last_complete("2026-11-20T00:00:00.000000Z");
    patients(7, 7, "CHANGED", "2026-11-22T10:00:00");
    patients(101, 500, "Y", "2026-11-25T10:00:00");
    cut = true;
    EXPECT_EQ(fake("patients", false, "2026-11-25T00:00:00").status, "partial");
    cut = false;
    const auto plain = fake("patients");
    EXPECT_EQ(plain.status, "completed") << plain.error;
    EXPECT_FALSE(plain.resumed) << "the window is another's";
    EXPECT_EQ(ask("select last_name from patients where drchrono_id = 7"), "CHANGED");
}

TEST_F(Windows, OfACallerIsGoneOnWithByTheSameAndMovesNothing) {
    ASSERT_EQ(fake("patients", true).status, "completed");
    last_complete("2026-11-20T00:00:00.000000Z");
    database.query("update sync_state set value = value || '{\"changed\": 5}' where name = 'sync:patients'");
    const auto before = ask("select value::text from sync_state where name = 'sync:patients'");
    patients(101, 500, "Y", "2026-11-25T10:00:00");
    cut = true;
    const auto begun = fake("patients", false, "2026-11-25T00:00:00");
    EXPECT_EQ(begun.status, "partial");
    EXPECT_EQ(standing("patients", "complete_since"), "2026-11-20T00:00:00.000000Z");
    cut = false;
    const auto ended = fake("patients", false, "2026-11-25T00:00:00");
    EXPECT_EQ(ended.status, "completed");
    EXPECT_TRUE(ended.resumed);
    EXPECT_EQ(ended.run_id, begun.run_id);
    EXPECT_EQ(ask("select value::text from sync_state where name = 'sync:patients'"), before)
        << "neither point nor counts";
    EXPECT_EQ(ask("select details ->> 'window' from sync_log where id = '" + ended.run_id + "'"), "caller");
}

TEST_F(Windows, AnotherWindowBeginsItsOwn) {
    ASSERT_EQ(fake("patients", true).status, "completed");
    patients(1, 600, "Y", "2026-11-25T10:00:00");
    cut = true;
    const auto first = fake("patients", false, "2026-11-25T00:00:00");
    cut = false;
    const auto second = fake("patients", false, "2026-11-24T00:00:00");
    EXPECT_EQ(second.status, "completed");
    EXPECT_FALSE(second.resumed);
    EXPECT_NE(second.run_id, first.run_id);
    EXPECT_EQ(ask("select status from sync_log where id = '" + first.run_id + "'"), "partial");
    EXPECT_EQ(ask("select count(*) from sync_seen"), "0");
}

/// "24h" means another time each time it is said. Else what takes longer than an hour's allowance would never be read.
TEST_F(Windows, OfACallerSaidRelativelyIsGoneOnWithByTheSameWords) {
    ASSERT_EQ(fake("patients", true).status, "completed");
    patients(1, 600, "Y", "2026-11-25T10:00:00");
    cut = true;
    const auto begun = said("2026-11-24T00:00:00", "24h");
    ASSERT_EQ(begun.status, "partial");
    cut = false;
    const auto ended = said("2026-11-24T02:00:00", "24h");
    EXPECT_EQ(ended.status, "completed") << ended.error;
    EXPECT_EQ(ended.run_id, begun.run_id);
    EXPECT_EQ(ask("select details ->> 'since' from sync_log where id = '" + begun.run_id + "'"), "2026-11-24T00:00:00")
        << "the older, wider one";
    EXPECT_EQ(ask("select status from sync_log where id = '" + begun.run_id + "'"), "completed");

    cut = true;
    const auto old = said("2026-11-24T03:00:00", "24h");
    cut = false;
    const auto other = said("2026-11-24T03:30:00", "90m");
    EXPECT_EQ(other.status, "completed");
    EXPECT_NE(other.run_id, old.run_id) << "other words are another window";
    EXPECT_EQ(ask("select details ->> 'replaced_by' from sync_log where id = '" + old.run_id + "'"), other.run_id);
}

TEST_F(Windows, OfACallerThatNobodyWentOnWithForLongIsBegunAnewByTheSameWords) {
    ASSERT_EQ(fake("patients", true).status, "completed");
    patients(1, 600, "Y", "2026-11-25T10:00:00");
    cut = true;
    const auto begun = said("2026-11-24T00:00:00", "24h");
    cut = false;
    policy.old_window = std::chrono::hours{0};
    EXPECT_NE(said("2026-11-24T02:00:00", "24h").run_id, begun.run_id);
}

/// A backfill under way survives whatever window somebody asks for, complete or not.
TEST_F(Windows, OfACallerLeavesABackfillWhereItIs) {
    for (const bool complete : {true, false}) {
        cut = true;
        const auto backfill = fake("patients", true);
        ASSERT_EQ(backfill.status, "partial");
        const auto checkpoint = standing("patients", "checkpoint,position");
        const auto seen = ask("select count(*) from sync_seen");
        patients(301, 600, "Y", "2026-11-25T10:00:00");
        cut = !complete;
        EXPECT_EQ(fake("patients", false, "2026-11-25T00:00:00").status, complete ? "completed" : "partial");
        EXPECT_EQ(standing("patients", "checkpoint,position"), checkpoint);
        EXPECT_EQ(ask("select count(*) from sync_seen"), seen);
        cut = false;
        const auto rest = fake("patients");
        EXPECT_TRUE(rest.resumed) << "a plain call goes on with the backfill";
        EXPECT_EQ(rest.run_id, backfill.run_id);
        EXPECT_EQ(rest.status, "completed");
        EXPECT_EQ(live("patients"), "600");
        EXPECT_NE(standing("patients", "complete_since"), "");
        EXPECT_EQ(ask("select count(*) from sync_seen"), "0");
    }
}

/// Medications have no `since`: the window is the whole listing, and still the caller's own.
TEST_F(Windows, OfACallerIsHisOwnAlsoWhereChangesCannotBeAskedFor) {
    medications(1, 600);
    cut = true;
    const auto backfill = fake("medications", true);
    cut = false;
    EXPECT_EQ(fake("medications", false, "2026-11-25T00:00:00").status, "completed");
    EXPECT_EQ(standing("medications", "complete_since"), "");
    EXPECT_EQ(standing("medications", "checkpoint,run_id"), backfill.run_id);
    EXPECT_EQ(fake("medications").run_id, backfill.run_id);
}

TEST_F(Windows, AFullRunTakesThePlaceOfAnInterruptedIncrementalOne) {
    ASSERT_EQ(fake("patients", true).status, "completed");
    patients(1, 600, "Y", "2099-11-25T10:00:00");
    cut = true;
    const auto incremental = fake("patients");
    ASSERT_EQ(incremental.status, "partial");
    cut = false;
    const auto whole = fake("patients", true);
    EXPECT_FALSE(whole.resumed);
    EXPECT_EQ(whole.status, "completed");
    EXPECT_EQ(ask("select sync_type || ' ' || status from sync_log where id = '" + incremental.run_id + "'"),
              "incremental partial");
    EXPECT_EQ(
        standing("patients", "complete_since"),
        ask("select to_char(started_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from sync_log where id = '" +
            whole.run_id + "'"));
}

TEST_F(Windows, RestartBeginsAnewWhateverStands) {
    cut = true;
    const auto backfill = fake("patients", true);
    ASSERT_EQ(fake("patients", false, "2026-10-25T00:00:00").status, "partial");
    cut = false;
    const auto begun = fake("patients", true, {}, true);
    EXPECT_EQ(begun.status, "completed");
    EXPECT_FALSE(begun.resumed);
    EXPECT_NE(begun.run_id, backfill.run_id);
    EXPECT_EQ(ask("select value ? 'checkpoint' or value ? 'window' from sync_state where name = 'sync:patients'"), "f");
    EXPECT_EQ(ask("select count(*) from sync_log where status = 'running'"), "0");
    EXPECT_EQ(times_asked("/api/patients?"), 1 + 3 + 1 + 3 + 3) << "one position was never asked for again";
}

}  // namespace
}  // namespace dcs::reconcile
