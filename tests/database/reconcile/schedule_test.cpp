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
                                                                  .look = 50ms});
        made->start(tasks);
        return made;
    }
    bool becomes(const std::string& sql, const std::string& expected) {
        return test::turn_until(io, [&] { return ask(sql) == expected; });
    }
    /// Ends early the first time.
    Async<Result<bool>> clean_up() { co_return ++cleaned == 1; }
    int cleaned = 0;
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

}  // namespace
}  // namespace dcs::reconcile
