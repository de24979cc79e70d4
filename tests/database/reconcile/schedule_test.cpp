// The built-in schedule on a real database, with a simulated DrChrono to read from.
#include "reconcile/schedule.hpp"

#include "support/reconciling.hpp"

namespace dcs::reconcile {
namespace {

using namespace std::chrono_literals;

class Scheduled : public test::WithUpstream {
protected:
    std::unique_ptr<Schedule> schedule(std::string_view text, std::string instance = new_uuid()) {
        auto made = std::make_unique<Schedule>(parts(), reconciler,
                                               Schedule::Settings{.entries = parse_schedule(text).value(),
                                                                  .clean_up = [this] { return clean_up(); },
                                                                  .instance = std::move(instance),
                                                                  .look = 50ms,
                                                                  .retry = {100ms, 400ms},
                                                                  .held = 100ms,
                                                                  .idle = idle});
        made->start(tasks);
        return made;
    }
    bool becomes(const std::string& sql, const std::string& expected) {
        return test::turn_until(io, [&] { return ask(sql) == expected; }, 2min);
    }
    /// Ends early the first time.
    Async<Result<bool>> clean_up() { co_return ++cleaned == 1; }
    int cleaned = 0;
    std::chrono::milliseconds idle{1min};
    std::string owed() const {
        return ask(
            "select coalesce(string_agg(substr(name, 6), ',' order by name), '') from sync_state where name like 'owed:%'");
    }
    void end(Schedule& one) {
        one.stop();
        EXPECT_TRUE(test::run_async(io, tasks.join(10s)));
    }
    static constexpr auto runs =
        "select count(*) from sync_log where status = 'completed' and sync_type in ('incremental', 'full_sync')";
    Reconciler reconciler{parts(), policy, new_uuid()};
};

TEST_F(Scheduled, ATickIsPlayedOnceWhoeverLooks) {
    auto one = schedule("doctors=1h");
    auto other = schedule("doctors=1h");
    ASSERT_TRUE(becomes(runs, "1"));
    test::turn_until(io, [] { return false; }, 500ms);
    EXPECT_EQ(ask(runs), "1");
    EXPECT_NE(one->leading(), other->leading());
    const auto& leader = one->leading() ? *one : *other;
    ASSERT_EQ(leader.next_ticks().size(), 1U);
    EXPECT_EQ(leader.next_ticks().front().first, "doctors");
    one->stop();
    end(*other);
}

TEST_F(Scheduled, MissedTicksAreMadeUpByOneRun) {
    database.query("insert into sync_state (name, value) values ('tick:doctors', to_jsonb(now() - interval '3 days'))");
    auto one = schedule("doctors=1h");
    ASSERT_TRUE(becomes(runs, "1"));
    test::turn_until(io, [] { return false; }, 300ms);
    EXPECT_EQ(ask(runs), "1");
    end(*one);
}

TEST_F(Scheduled, ATickThatWasBegunIsNotBegunAgain) {
    database.query("insert into sync_state (name, value) values ('tick:doctors', to_jsonb(now()))");
    auto one = schedule("doctors=24h");
    test::turn_until(io, [] { return false; }, 500ms);
    EXPECT_EQ(ask(runs), "0");
    end(*one);
}

/// The tick of a week is the same on each of its days.
TEST_F(Scheduled, AnIntervalOfDaysTicksOnEveryNthDay) {
    database.query(
        "insert into sync_state (name, value) select 'tick:doctors', to_jsonb((date_trunc('week', now() at time zone "
        "'UTC') at time zone 'UTC'))");
    auto one = schedule("doctors=7d");
    ASSERT_TRUE(test::turn_until(io, [&] { return !one->next_ticks().empty(); }));
    test::turn_until(io, [] { return false; }, 300ms);
    EXPECT_EQ(ask(runs), "0") << "it was begun on Monday";
    EXPECT_EQ(one->next_ticks().front().second,
              ask("select to_char(date_trunc('week', now() at time zone 'UTC') + interval '7 days', "
                  "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"));
    end(*one);
    database.query("update sync_state set value = to_jsonb(now() - interval '8 days') where name = 'tick:doctors'");
    auto other = schedule("doctors=7d");
    EXPECT_TRUE(becomes(runs, "1"));
    end(*other);
}

TEST_F(Scheduled, CleansUpToTheEnd) {
    auto one = schedule("cleanup=24h");
    EXPECT_TRUE(test::turn_until(io, [&] { return cleaned == 2; }));
    test::turn_until(io, [] { return false; }, 300ms);
    EXPECT_EQ(cleaned, 2);
    end(*one);
}

TEST_F(Scheduled, FullRunsReadEverythingAnew) {
    auto one = schedule("full=7d");
    ASSERT_TRUE(
        becomes("select count(*) > 5 from sync_log where sync_type = 'full_sync' and status = 'completed'", "t"));
    EXPECT_EQ(ask("select count(*) from sync_log where sync_type = 'incremental'"), "0");
    end(*one);
}

TEST_F(Scheduled, TheNextLeaderGoesOn) {
    auto one = schedule("doctors=1h");
    ASSERT_TRUE(becomes(runs, "1"));
    end(*one);
    database.query("update sync_state set value = to_jsonb(now() - interval '2 hours') where name = 'tick:doctors'");
    auto other = schedule("doctors=1h");
    EXPECT_TRUE(becomes(runs, "2"));
    end(*other);
}

/// Whatever ends a run early, its tick is not lost.
TEST_F(Scheduled, WhatEndsEarlyGoesOnByItself) {
    using simulator::FaultKind;
    for (const auto kind : {FaultKind::error_500, FaultKind::html, FaultKind::cut, FaultKind::forbidden}) {
        drchrono.fault({.kind = kind, .path = "/api/medications", .count = 8});
        auto one = schedule("medications=24h");
        ASSERT_TRUE(becomes(runs, "1")) << static_cast<int>(kind);
        EXPECT_TRUE(test::turn_until(io, [&] { return owed().empty(); })) << owed();
        EXPECT_EQ(live("medications"), std::to_string(drchrono.ids("medications").size()));
        end(*one);
        drchrono.clear_faults();
        database.query("delete from sync_state; delete from sync_log");
    }
}

TEST_F(Scheduled, WhatFailsForGoodIsTriedLessAndLessOften) {
    drchrono.fault({.kind = simulator::FaultKind::forbidden, .path = "/api/allergies", .count = -1});
    auto one = schedule("allergies=24h");
    ASSERT_TRUE(becomes("select (value ->> 'tries')::int >= 3 from sync_state where name = 'owed:allergies'", "t"));
    const auto asked = drchrono.requests("/api/allergies");
    test::turn_until(io, [] { return false; }, 1500ms);
    EXPECT_LE(drchrono.requests("/api/allergies") - asked, 9U) << "at 400 ms, of which a half may be saved";
    EXPECT_EQ(owed(), "allergies");
    end(*one);
}

/// kill -9 leaves what this leaves: the tick begun, its work owed, a checkpoint or none.
TEST_F(Scheduled, WhatAKilledLeaderHasBegunTheNextOneTakesUpAtOnce) {
    database.query("insert into sync_state (name, value) values ('tick:all', to_jsonb(now())), "
                   "('owed:all', jsonb_build_object('began', now(), 'next', now(), 'tries', 0))");
    auto one = schedule("all=24h");
    ASSERT_TRUE(test::turn_until(io, [&] { return owed().empty(); }, 3min)) << owed();
    EXPECT_EQ(live("line_items"), std::to_string(drchrono.ids("line_items").size()));
    end(*one);
}

/// A run that takes its process with it writes no end: its wait must stand there before.
TEST_F(Scheduled, ARunThatIsUnderWayHasTheWaitAfterItsDeathAlready) {
    database.query("insert into sync_state (name, value) values ('tick:medications', to_jsonb(now())), "
                   "('owed:medications', jsonb_build_object('began', now(), 'next', now(), 'tries', 4))");
    drchrono.fault({.kind = simulator::FaultKind::slow, .path = "/api/medications", .count = 1, .wait = 1s});
    auto one = schedule("medications=24h");
    ASSERT_TRUE(test::turn_until(io, [&] { return drchrono.requests("/api/medications") > 0; }));
    EXPECT_EQ(ask("select (value ->> 'tries') || ((value ->> 'next')::timestamptz > updated_at) from sync_state "
                  "where name = 'owed:medications'"),
              "5true");
    EXPECT_TRUE(test::turn_until(io, [&] { return owed().empty(); })) << "its end replaces that";
    end(*one);
}

TEST_F(Scheduled, AStoppedLeaderLeavesItsRunToTheNextOne) {
    drchrono.fault({.kind = simulator::FaultKind::slow, .path = "/api/medications", .count = 1, .wait = 1s});
    auto one = schedule("medications=24h");
    ASSERT_TRUE(
        test::turn_until(io, [&] { return drchrono.requests("/api/medications") > 0 || owed() == "medications"; }));
    one->stop();
    reconciler.stop();
    ASSERT_TRUE(test::run_async(io, tasks.join(10s)));
    EXPECT_EQ(owed(), "medications");
    Reconciler another{parts(), policy, new_uuid()};
    Schedule next{
        parts(),
        another,
        {.entries = parse_schedule("medications=24h").value(), .instance = new_uuid(), .look = 50ms, .held = 100ms}};
    next.start(tasks);
    EXPECT_TRUE(test::turn_until(io, [&] { return owed().empty(); }));
    EXPECT_EQ(live("medications"), std::to_string(drchrono.ids("medications").size()));
    end(next);
}

TEST_F(Scheduled, CheckpointsThatOthersLeftAreGoneOnWith) {
    ASSERT_EQ(run("medications", true, 0).status, "partial");
    ASSERT_EQ(try_run("patients", false, 0, "2000-01-01T00:00:00")->status, "partial");
    database.query("insert into sync_state (name, value) values ('tick:doctors', to_jsonb(now()))");
    auto idling = schedule("doctors=24h");
    test::turn_until(io, [] { return false; }, 400ms);
    EXPECT_EQ(ask(runs), "0") << "whoever left it may go on with it himself";
    end(*idling);
    idle = 0ms;
    auto one = schedule("doctors=24h");
    ASSERT_TRUE(becomes(runs, "1"));
    EXPECT_TRUE(test::turn_until(io, [&] { return owed().empty(); }));
    EXPECT_EQ(live("medications"), std::to_string(drchrono.ids("medications").size()));
    EXPECT_EQ(ask("select value ? 'window' from sync_state where name = 'sync:patients'"), "t")
        << "that is its caller's";
    EXPECT_EQ(ask(runs), "1");
    end(*one);
}

/// Else every try of `all` would list again what has been read, however large it is.
TEST_F(Scheduled, WhatWasReadIsNotReadAgainBecauseAnotherFailed) {
    drchrono.fault({.kind = simulator::FaultKind::forbidden, .path = "/api/allergies", .count = 3});
    auto one = schedule("all=24h");
    ASSERT_TRUE(test::turn_until(
        io,
        [&] {
            return ask("select count(*) from sync_log where table_name = 'allergies' and status = 'completed'") == "1";
        },
        3min));
    EXPECT_TRUE(test::turn_until(io, [&] { return owed().empty(); }));
    EXPECT_EQ(ask("select count(*) from sync_log where table_name = 'medications'"), "1");
    end(*one);
}

TEST_F(Scheduled, WhatAsksForAPersonWaitsForItsNextTick) {
    run("doctors", true);
    database.query(
        "insert into doctors (drchrono_id, drchrono_raw, origin, created_at) select i, '{}', 'api', '2020-01-01' "
        "from generate_series(1, 30) i");
    database.query("delete from sync_log");
    auto one = schedule("doctors=24h");
    ASSERT_TRUE(becomes("select count(*) from sync_log where status = 'partial'", "1"));
    test::turn_until(io, [] { return false; }, 800ms);
    EXPECT_EQ(ask("select count(*) from sync_log"), "1");
    EXPECT_EQ(owed(), "");
    end(*one);
}

}  // namespace
}  // namespace dcs::reconcile
