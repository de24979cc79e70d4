// A kind of records that DrChrono does not permit: it holds up no round of whole listings, and is listed whole once it may be.
#include "reconcile/schedule.hpp"
#include "support/fake_listing.hpp"
#include "upstream/permissions.hpp"

namespace dcs::reconcile {
namespace {

using namespace std::chrono_literals;

class NotPermitted : public test::WithFakeListing {
protected:
    NotPermitted() {
        for (const auto& listing : all_listings())
            if (listing.comes_with.empty()) records[std::string{listing.path}];
        patients(1, 3, "L", "2026-11-01T12:00:00");
        medications(1, 3);
        instead = [this](const Question& question) -> std::optional<test::Reply> {
            if (question.path.ends_with("_list")) return refuse(403);
            if (forbidden && question.path.starts_with("/api/medications")) return refuse(403);
            return std::nullopt;
        };
    }
    Parts permitted() {
        return {pool, store, asking, asking_lister, tasks, io.get_executor(), system_now, [] {}, {}};
    }
    std::map<std::string, Result<Report>> all() {
        return test::run_async(io, reconciler.run_all({.full = true}, 2min), 3min);
    }
    std::string whole(const std::string& table) const {
        return ask(
            "select count(*) from sync_log where sync_type = 'full_sync' and status = 'completed' and table_name = '" +
            table + "'");
    }

    bool forbidden = true;
    upstream::Permissions permissions{pool};
    upstream::Drchrono asking{client,
                              tokens,
                              budget,
                              system_now,
                              {.base_url = server.url(), .retry = {milliseconds{1}, milliseconds{5}}},
                              &permissions};
    upstream::Lister asking_lister{
        asking, {.first_look = milliseconds{1}, .shortest_look = milliseconds{1}, .longest_pause = milliseconds{5}}};
    Reconciler reconciler{permitted(), policy, new_uuid()};
};

TEST_F(NotPermitted, AKindIsPassedOverByARoundWhichEnds) {
    const auto first = all();
    for (const auto& [endpoint, report] : first)
        EXPECT_EQ(report->status, endpoint == "medications" ? "failed" : "completed") << endpoint << report->error;
    EXPECT_EQ(
        ask("select status || ' ' || (details ->> 'not_permitted') from sync_log where table_name = 'medications'"),
        "failed true");
    EXPECT_EQ(ask("select count(*) from sync_state where name = 'full-round'"), "0") << "the others are through";
    EXPECT_EQ(whole("patients"), "1");

    forbidden = false;
    ask("update forbidden_kinds set next_probe_at = now()");
    const auto rest = test::run_async(io, reconciler.run({.listing = find_listing("medications")}, 2min), 3min);
    EXPECT_EQ(rest->status, "completed") << rest->error;
    EXPECT_EQ(whole("medications"), "1") << "whole, though only changes were asked for";
    EXPECT_EQ(live("medications"), "3");
}

/// It is neither an end that came too early nor a reason to ask for the others again.
TEST_F(NotPermitted, AKindDoesNotHoldUpTheSchedule) {
    Schedule schedule{
        permitted(),
        reconciler,
        {.entries = parse_schedule("full=7d").value(), .look = 50ms, .retry = {100ms, 400ms}, .idle = 200ms}};
    schedule.start(tasks);
    const auto becomes = [&](const std::string& question, const std::string& expected) {
        return test::turn_until(io, [&] { return ask(question) == expected; }, 90s);
    };
    EXPECT_TRUE(becomes("select count(*) from sync_log where table_name = 'medications' and status = 'failed'", "1"));
    EXPECT_TRUE(becomes("select count(*) from sync_state where name = 'owed:full'", "0"));
    EXPECT_TRUE(becomes("select count(*) from sync_state where name = 'owed:medications'", "1")) << "by itself";
    forbidden = false;
    ask("update forbidden_kinds set next_probe_at = now()");
    ask("update sync_state set value = value || jsonb_build_object('next', now()) where name = 'owed:medications'");
    EXPECT_TRUE(becomes(
        "select count(*) from sync_log where table_name = 'medications' and status = 'completed' and sync_type = 'full_sync'",
        "1"));
    EXPECT_EQ(whole("patients"), "1");
    schedule.stop();
    EXPECT_TRUE(test::run_async(io, tasks.join(10s)));
}

}  // namespace
}  // namespace dcs::reconcile
