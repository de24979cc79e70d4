// A run that has lost its lease stores nothing; a page that was staged is as old as its request.
#include "support/fake_listing.hpp"

namespace dcs::reconcile {
namespace {

using namespace std::chrono_literals;

class Fences : public test::WithFakeListing {
protected:
    Fences() { medications(1, 600, "OLD"); }
    /// Everything that a run writes.
    std::string written() const {
        return ask(
            "select (select count(*) || coalesce(max(name), '') from medications) || (select coalesce(string_agg(value::text, ''), '') "
            "from sync_state) || (select coalesce(string_agg(status, ''), '') from sync_log) || (select count(*) from sync_seen)"
            " || (select count(*) from sync_pages) || (select count(*) from sync_trail) || (select count(*) from sync_failures)");
    }
    /// What another process does to whoever holds the lease and has not noticed yet.
    void take_over() {
        database.query("update leases set owner = 'another', fence = fence + 1, until = now() + interval '1 hour' "
                       "where name = 'sync:medications'");
    }
};

TEST_F(Fences, ARunThatLostItsLeaseStoresNothingAndSaysSo) {
    for (const std::size_t stopped_at : {0, 250, 500}) {
        database.query("update leases set until = now()");
        database.query("truncate sync_state, sync_log, sync_seen, sync_trail, sync_pages cascade");
        std::string before;
        bool first = true;
        instead = [&](const Question& question) -> std::optional<test::Reply> {
            if (question.at == stopped_at && std::exchange(first, false)) {
                // The rows of the page before are being stored meanwhile: whatever comes of them, nothing comes later.
                take_over();
                before = written();
            }
            return std::nullopt;
        };
        const auto report = fake("medications", true);
        EXPECT_EQ(report.status, "partial") << stopped_at;
        EXPECT_NE(report.error.find("lease was lost"), std::string::npos) << report.error;
        EXPECT_EQ(written(), before) << stopped_at;
        EXPECT_EQ(standing("medications", "complete_since"), "");
    }
}

TEST_F(Fences, TheCheckHoldsAtTheEndOfTheTransaction) {
    const Fenced fenced{pool, hold("medications")};
    auto beginning = fenced.begin({"test", "test"});
    auto transaction = test::run_async(io, std::move(beginning)).value();
    test::run_async(io, transaction.run(pg::sql("insert into sync_state (name, value) values ('x', '1')"))).value();
    take_over();
    const auto committed = test::run_async(io, transaction.commit());
    ASSERT_FALSE(committed.has_value());
    EXPECT_TRUE(pg::fence_was_lost(committed.error()));
    std::vector<pg::Statement> statements{pg::sql("insert into sync_state (name, value) values ('x', '1')")};
    const auto done = test::run_async(io, fenced.run(std::move(statements)));
    ASSERT_FALSE(done.has_value());
    EXPECT_TRUE(pg::fence_was_lost(done.error()));
    EXPECT_EQ(ask("select count(*) from sync_state"), "0");
}

TEST_F(Fences, ALeaseThatHasRunOutIsNoLeaseThoughNobodyTookIt) {
    const Fenced fenced{pool, hold("medications")};
    database.query("update leases set until = now()");
    std::vector<pg::Statement> statements{pg::sql("insert into sync_state (name, value) values ('x', '1')")};
    const auto done = test::run_async(io, fenced.run(std::move(statements)));
    ASSERT_FALSE(done.has_value());
    EXPECT_TRUE(pg::fence_was_lost(done.error()));
}

class Staged : public Fences {
protected:
    /// A run that was killed while it stored its first page: that is staged, as of `age` ago.
    void killed_with_a_staged_page(const std::string& table, std::string_view age) {
        const auto run_id = new_uuid();
        Standing standing;
        standing.checkpoint = Checkpoint{.run_id = run_id, .full = true, .started_at = system_now()};
        test::run_async(io, pool.run(write_standing(table, standing))).value();
        auto listed = test::run_async(io, fake_lister.page({.path = "/api/" + table, .query = "verbose=true"}, {},
                                                           upstream::Priority::backfill))
                          .value();
        const Fenced fenced{pool, hold(table)};
        test::run_async(io, stage_page(fenced, run_id, "", listed)).value();
        database.query(fmt::format(
            "update sync_pages set asked_at = asked_at - interval '{}'; update leases set until = now()", age));
    }
};

TEST_F(Staged, PagesOfRecordsWithoutAClockAreAskedForAgainOnceTheyAreOld) {
    killed_with_a_staged_page("medications", "10 minutes");
    medications(1, 600, "NEW");
    EXPECT_EQ(fake("medications").status, "completed");
    EXPECT_EQ(ask("select count(*) from medications where name = 'OLD'"), "0");
    EXPECT_EQ(times_asked("/api/medications?verbose=true&page_size=50"), 1);
}

TEST_F(Staged, PagesOfRecordsWithAClockAreKept) {
    patients(1, 3, "L", "2026-11-01T12:00:00");
    killed_with_a_staged_page("patients", "10 minutes");
    EXPECT_EQ(fake("patients").status, "completed");
    EXPECT_EQ(live("patients"), "3");
    EXPECT_EQ(times_asked("/api/patients?"), 1) << "by the process that was killed";
}

TEST_F(Staged, PagesKeepWhenTheyWereAskedFor) {
    killed_with_a_staged_page("medications", "30 seconds");
    const auto run_id = standing("medications", "checkpoint,run_id");
    const auto staged = test::run_async(io, staged_page(pool, run_id, "", 1min)).value();
    ASSERT_TRUE(staged);
    EXPECT_NEAR(static_cast<double>((system_now() - staged->asked) / 1s), 30, 3);
    EXPECT_NEAR(static_cast<double>((std::chrono::steady_clock::now() - staged->page.asked) / 1s), 30, 3);
    EXPECT_FALSE(test::run_async(io, staged_page(pool, run_id, "", 10s)).value());
}

}  // namespace
}  // namespace dcs::reconcile
