#include "upstream/shared_budget.hpp"

#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace dcs::upstream {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr Allowance unlimited{.per_second = 0, .per_ten_minutes = 0, .per_hour = 0};

/// A service's own pool and its view of the budget.
struct Instance {
    Instance(asio::io_context& io, pg::Settings database, SharedBudgetSettings settings)
        : pool{io.get_executor(), std::move(database)}, budget{io.get_executor(), pool, settings} {}
    pg::Pool pool;
    SharedBudget budget;
};

class ASharedBudget : public testing::Test {
protected:
    ~ASharedBudget() override {
        for (const auto& instance : instances) test::run_async(io, instance->budget.stop(10s));
    }

    SharedBudget& make(SharedBudgetSettings settings) { return make(settings, database.settings()); }
    SharedBudget& make(SharedBudgetSettings settings, pg::Settings at) {
        return instances.emplace_back(std::make_unique<Instance>(io, std::move(at), settings))->budget;
    }
    /// Allows so many in ten minutes, and never waits.
    static SharedBudgetSettings ten_minutes(int limit, double reserve = 0.2) {
        return {.allowance = {.per_second = 0, .per_ten_minutes = limit, .per_hour = 0},
                .reserve = reserve,
                .longest_wait = 0ms};
    }
    static SharedBudgetSettings hour(int limit) {
        return {.allowance = {.per_second = 0, .per_ten_minutes = 0, .per_hour = limit}, .longest_wait = 0ms};
    }
    static SharedBudgetSettings without_limits() { return {.allowance = unlimited, .longest_wait = 0ms}; }

    Result<> spend(SharedBudget& from, Priority priority = Priority::webhook_fetch) {
        return test::run_async(io, from.spend(priority));
    }
    int drain(SharedBudget& from, Priority priority, int at_most = 1'000) {
        int count = 0;
        while (count < at_most && spend(from, priority)) ++count;
        return count;
    }
    BudgetState state(SharedBudget& of) { return test::run_async(io, of.state()).value(); }
    milliseconds wait_for(SharedBudget& from, Priority priority) {
        return test::run_async(io, from.wait_for(priority)).value();
    }
    void pass(milliseconds time) { test::run_async(io, sleep_for(time)); }

    std::string query(const std::string& sql) const { return database.query(sql); }
    int number(const std::string& sql) const { return std::stoi(query(sql)); }
    std::string column(const std::string& name) const { return query("select " + name + " from request_budget"); }
    bool braked_in_database() {
        return test::turn_until(io, [&] { return column("braked_until > clock_timestamp()") == "t"; });
    }
    /// Leaves the tests that count in real hours at least a minute of this one.
    void stay_clear_of_the_hours_end() {
        while (number("select floor(extract(epoch from clock_timestamp()))::bigint % 3600") >= 3540) pass(1s);
    }
    /// A wait between 100 s and 300 s that does not end with the hour.
    milliseconds some_minutes() const {
        const auto left = 3600 - number("select floor(extract(epoch from clock_timestamp()))::bigint % 3600");
        return std::abs(left - 100) > 60 ? 100s : 300s;
    }

    /// Keeps a copy of each spent request in `all_spent`, whatever is removed later.
    void keep_all() {
        query("create table all_spent (seq bigint primary key, at timestamptz not null);"
              "create function keep_spent() returns trigger language plpgsql as "
              "$$ begin insert into all_spent values (new.seq, new.at); return null; end $$;"
              "create trigger keep_spent after insert on spent_requests for each row execute function keep_spent();"
              "call grant_roles()");
    }
    /// The most that were spent within any `length`, both ends not included together.
    int most_within(const std::string& length) const {
        return number("select max(n) from (select count(*) over (order by at range between interval '" + length +
                      "' - interval '1 microsecond' preceding and current row) n from all_spent) w");
    }
    /// Counts in sequence `asked` how often the database is asked.
    void count_questions() {
        query(
            "create sequence asked; grant usage on sequence asked to clinical_service; alter function spend_requests rename to spend_requests_itself;"
            "create function spend_requests(integer[], integer[], numeric, double precision, interval,"
            " out granted integer, out waits bigint[]) language plpgsql as $$ begin perform nextval('asked');"
            " select s.granted, s.waits into granted, waits from spend_requests_itself($1, $2, $3, $4, $5) s; end $$");
    }

    asio::io_context io;
    test::TestDatabase database;
    std::vector<std::unique_ptr<Instance>> instances;
};

/// Spends as fast as it is allowed to.
Async<> hammer(SharedBudget& budget, Priority priority, steady_clock::time_point until, int& other_errors) {
    while (steady_clock::now() < until) {
        const auto allowed = co_await budget.spend(priority);
        if (allowed) continue;
        if (allowed.error().fault != Fault::rate_limited) ++other_errors;
        co_await sleep_for(std::min<milliseconds>(allowed.error().retry_after.value_or(10ms), 50ms));
    }
}

class Hammered : public ASharedBudget {
protected:
    void hammer_by_three(SharedBudgetSettings settings, milliseconds length) {
        keep_all();
        const auto until = steady_clock::now() + length;
        int other_errors = 0;
        std::vector<std::shared_ptr<test::Ended<void>>> running;
        for (int instance = 0; instance < 3; ++instance) {
            auto& budget = make(settings);
            for (const auto priority : {Priority::token, Priority::webhook_fetch, Priority::webhook_fetch})
                running.push_back(test::spawn(io, hammer(budget, priority, until, other_errors)));
        }
        const auto all_done = [&] { return std::ranges::all_of(running, [](const auto& one) { return one->done; }); };
        ASSERT_TRUE(test::turn_until(io, all_done, length + 60s));
        EXPECT_EQ(other_errors, 0);
    }
};

TEST_F(Hammered, ByThreeInstancesNeverExceedsASecond) {
    hammer_by_three({.allowance = {.per_second = 4, .per_ten_minutes = 0, .per_hour = 0}, .transit = 0ms, .speed = 10},
                    2s);
    EXPECT_LE(most_within("100 milliseconds"), 4);
    EXPECT_GT(number("select count(*) from all_spent"), 4);
}

TEST_F(Hammered, ByThreeInstancesNeverExceedsTenMinutesNorAnHour) {
    constexpr double speed = 1200;  // ten minutes last 500 ms, an hour 3 s
    hammer_by_three(
        {.allowance = {.per_second = 0, .per_ten_minutes = 20, .per_hour = 30}, .transit = 2ms, .speed = speed}, 7s);
    EXPECT_LE(most_within("500 milliseconds"), 20);
    EXPECT_EQ(number("select max(n) from (select count(*) n from all_spent"
                     " group by floor(extract(epoch from at) / 3)) w"),
              30);
}

TEST_F(Hammered, SpendsNothingInTheLastMomentOfAnHour) {
    hammer_by_three(
        {.allowance = {.per_second = 0, .per_ten_minutes = 0, .per_hour = 1'000'000}, .transit = 100ms, .speed = 3600},
        3s);
    EXPECT_GT(number("select count(*) from all_spent"), 0);
    EXPECT_EQ(
        number("select count(*) from all_spent where extract(epoch from at) - floor(extract(epoch from at)) >= 0.9"),
        0);
}

TEST_F(ASharedBudget, KeepsAShareOfTenMinutesFreeForWhatIsUrgent) {
    auto& budget = make(ten_minutes(10));
    EXPECT_EQ(drain(budget, Priority::backfill), 7);
    EXPECT_EQ(drain(budget, Priority::incremental), 1);
    EXPECT_EQ(drain(budget, Priority::webhook_fetch), 2);
    EXPECT_FALSE(spend(budget, Priority::token));
}

TEST_F(ASharedBudget, LetsNoClassStopAnother) {
    for (const auto greedy : {Priority::webhook_fetch, Priority::incremental, Priority::backfill}) {
        query("truncate spent_requests; update request_budget set last_seq = 0, first_seq = 1, spent_in_hour = 0,"
              " spent_in_hour_by = '{0,0,0,0}'");
        auto& budget =
            make({.allowance = {.per_second = 0, .per_ten_minutes = 40, .per_hour = 40}, .longest_wait = 0ms});
        EXPECT_GE(drain(budget, greedy), 28);
        for (const auto& [other, share] :
             {std::pair{Priority::webhook_fetch, 8}, {Priority::incremental, 4}, {Priority::backfill, 4}}) {
            if (other != greedy) {
                EXPECT_EQ(drain(budget, other, share), share) << static_cast<int>(greedy) << static_cast<int>(other);
            }
        }
    }
}

TEST_F(ASharedBudget, KeepsOfTenMinutesForEachClassWhatItHasNotSpentOfItsShare) {
    auto& budget = make(ten_minutes(40));
    EXPECT_EQ(drain(budget, Priority::incremental, 4), 4);
    EXPECT_EQ(drain(budget, Priority::webhook_fetch, 3), 3);
    EXPECT_EQ(drain(budget, Priority::backfill), 40 - 7 - 5);
    EXPECT_EQ(drain(budget, Priority::incremental), 0) << "its share is spent, the rest is the webhooks'";
    EXPECT_EQ(drain(budget, Priority::webhook_fetch), 5);
}

TEST_F(ASharedBudget, ReleasesWhatIsKeptUntilTheHoursEnd) {
    // An hour lasts 4 s; of 100 requests 30 are kept from backfill at its start.
    keep_all();
    auto& budget = make({.allowance = {.per_second = 0, .per_ten_minutes = 0, .per_hour = 100},
                         .longest_wait = 5s,
                         .transit = 20ms,
                         .speed = 900});
    int spent = 0;
    const auto until = steady_clock::now() + 9s;
    while (steady_clock::now() < until && spend(budget, Priority::backfill)) ++spent;
    EXPECT_GE(number("select count(*) from (select floor(extract(epoch from at) / 4) from all_spent"
                     " group by 1 having count(*) = 100) whole_hours"),
              1)
        << "nothing is lost where nobody else asks; " << spent;
    EXPECT_LE(
        number("select max(n) from (select count(*) n from all_spent where extract(epoch from at)::numeric % 4 < 0.4"
               " group by floor(extract(epoch from at) / 4)) early"),
        74)
        << "but not before the time";
}

TEST_F(ASharedBudget, KeepsAShareOfTheHourFreeForWhatIsUrgent) {
    stay_clear_of_the_hours_end();
    auto& budget = make(hour(20));
    const int part =
        3600 - number("select floor(extract(epoch from clock_timestamp()))::bigint % 3600");  // of the hour
    EXPECT_NEAR(drain(budget, Priority::backfill), 20 - 6 * part / 3600.0, 1);
    drain(budget, Priority::token);
    const auto refused = spend(budget, Priority::token);
    EXPECT_EQ(refused.error().fault, Fault::rate_limited);
    EXPECT_LE(refused.error().retry_after, 1h);
}

TEST_F(ASharedBudget, LeavesOneRequestToEverybodyHoweverSmallItIs) {
    auto& budget = make(ten_minutes(1, 1.0));
    EXPECT_EQ(drain(budget, Priority::backfill), 1);
    EXPECT_FALSE(spend(budget, Priority::token));
}

TEST_F(ASharedBudget, IsOneForAllInstances) {
    auto& first = make(ten_minutes(5));
    auto& second = make(ten_minutes(5));
    EXPECT_EQ(drain(first, Priority::token, 3), 3);
    EXPECT_EQ(drain(second, Priority::token), 2);
    EXPECT_FALSE(spend(first));
    EXPECT_EQ(column("last_seq"), "5");
}

Async<> note_when_allowed(SharedBudget& budget, Priority priority, std::vector<Priority>& order) {
    const auto allowed = co_await budget.spend(priority);
    if (allowed) order.push_back(priority);
}

TEST_F(ASharedBudget, ServesTheMostUrgentFirst) {
    auto& budget = make({.allowance = {.per_second = 1, .per_ten_minutes = 0, .per_hour = 0}, .speed = 20});
    budget.throttled(1s);  // so that all have come before the first is served
    std::vector<Priority> order;
    const std::vector come{Priority::backfill, Priority::incremental, Priority::webhook_fetch, Priority::token,
                           Priority::incremental};
    for (const auto priority : come) test::spawn(io, note_when_allowed(budget, priority, order));
    ASSERT_TRUE(test::turn_until(io, [&] { return order.size() == come.size(); }));
    EXPECT_EQ(order, (std::vector{Priority::token, Priority::webhook_fetch, Priority::incremental,
                                  Priority::incremental, Priority::backfill}));
}

TEST_F(ASharedBudget, LetsAnUrgentOnePassThoseThatWait) {
    auto settings = ten_minutes(10, 0.5);
    settings.longest_wait = 1h;
    auto& budget = make(settings);
    EXPECT_EQ(drain(budget, Priority::backfill, 3), 3);
    const auto waits = test::spawn(io, budget.spend(Priority::backfill));
    pass(100ms);
    EXPECT_TRUE(spend(budget, Priority::webhook_fetch));
    EXPECT_FALSE(waits->done);
}

TEST_F(ASharedBudget, WaitsAsLongAsItMay) {
    auto& patient = make({.allowance = {.per_second = 2, .per_ten_minutes = 0, .per_hour = 0}, .transit = 0ms});
    const auto begun = steady_clock::now();
    EXPECT_EQ(drain(patient, Priority::incremental, 5), 5);
    EXPECT_GE(steady_clock::now() - begun, 1900ms);
}

TEST_F(ASharedBudget, SaysHowLongToWaitWhenItIsTooLong) {
    auto& budget = make(ten_minutes(2));
    EXPECT_EQ(wait_for(budget, Priority::token), 0ms);
    EXPECT_EQ(budget.last_known_wait(), 0ms);
    EXPECT_EQ(drain(budget, Priority::token), 2);
    const auto refused = spend(budget, Priority::token);
    EXPECT_EQ(refused.error().fault, Fault::rate_limited);
    EXPECT_GT(refused.error().retry_after, 8min);
    EXPECT_LE(refused.error().retry_after, 601s);
    EXPECT_GT(budget.last_known_wait(), 8min);
    EXPECT_GT(wait_for(budget, Priority::token), 8min);
    EXPECT_EQ(column("last_seq"), "2");
}

TEST_F(ASharedBudget, TellsItsState) {
    stay_clear_of_the_hours_end();
    SharedBudgetSettings settings{.allowance = {.per_second = 0, .per_ten_minutes = 20, .per_hour = 100}};
    auto& budget = make(settings);
    EXPECT_EQ(drain(budget, Priority::webhook_fetch, 7), 7);
    const auto now = state(make(settings));
    EXPECT_EQ(now.second.room, std::nullopt);
    EXPECT_EQ(now.ten_minutes.spent, 7);
    EXPECT_EQ(now.ten_minutes.limit, 20);
    EXPECT_EQ(now.ten_minutes.room, 13);
    EXPECT_EQ(now.hour.spent, 7);
    EXPECT_EQ(now.hour.room, 93);
    EXPECT_FALSE(now.braked_until);
    EXPECT_EQ(now.waits.at(0), 0ms);
    EXPECT_LT(std::chrono::abs(now.next_allowed - system_now()), 1min);
    EXPECT_EQ(test::run_async(io, budget.budget_left(Priority::token)).value(), 13);
    EXPECT_EQ(test::run_async(io, budget.budget_left(Priority::incremental)).value(), 11);
    EXPECT_EQ(test::run_async(io, budget.budget_left(Priority::backfill)).value(), 11);
    EXPECT_EQ(now.ten_minutes.by, (std::array{0, 7, 0, 0}));
    EXPECT_EQ(now.hour.by, (std::array{0, 7, 0, 0}));
    EXPECT_EQ(test::run_async(io, make(without_limits()).budget_left(Priority::token)).value(), std::nullopt);
}

TEST_F(ASharedBudget, WithoutLimitsAsksOnceASecondAtMost) {
    count_questions();
    auto& free = make(without_limits());
    const auto begun = steady_clock::now();
    EXPECT_EQ(drain(free, Priority::backfill, 3'000), 3'000);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(steady_clock::now() - begun).count();
    EXPECT_LE(number("select last_value from asked"), seconds + 1);
    EXPECT_EQ(number("select count(*) from spent_requests"), 0);
}

TEST_F(ASharedBudget, StopsAllInstancesWithOneBrake) {
    auto& throttled = make(ten_minutes(100));
    auto& other = make(ten_minutes(100));
    auto& free = make(without_limits());
    EXPECT_EQ(wait_for(other, Priority::token), 0ms);
    EXPECT_TRUE(spend(free));
    throttled.throttled(500s);
    EXPECT_EQ(spend(throttled, Priority::token).error().fault, Fault::rate_limited);  // before anything was written
    ASSERT_TRUE(braked_in_database());
    const auto refused = spend(other, Priority::token);
    EXPECT_EQ(refused.error().fault, Fault::rate_limited);
    EXPECT_GT(refused.error().retry_after, 400s);
    EXPECT_LE(refused.error().retry_after, 501s);
    EXPECT_TRUE(test::turn_until(io, [&] { return !spend(free); }));
    EXPECT_GT(state(other).braked_until, system_now() + 300s);
    EXPECT_EQ(test::run_async(io, other.budget_left(Priority::token)).value(), 0);
}

TEST_F(ASharedBudget, IsBrakedUntilTheLatestEnd) {
    auto& first = make(ten_minutes(100));
    auto& second = make(ten_minutes(100));
    first.throttled(500s);
    ASSERT_TRUE(braked_in_database());
    second.throttled(5s);
    EXPECT_TRUE(test::turn_until(io, [&] { return second.last_known_wait() > 400s; }));
    EXPECT_EQ(column("braked_until > clock_timestamp() + interval '400 seconds'"), "t");
    second.throttled(1500s);
    ASSERT_TRUE(test::turn_until(
        io, [&] { return column("braked_until > clock_timestamp() + interval '1000 seconds'") == "t"; }));
    EXPECT_GT(wait_for(first, Priority::token), 1000s);
}

TEST_F(ASharedBudget, GoesOnWhenTheBrakeIsOver) {
    auto settings = ten_minutes(100);
    settings.longest_wait = 20s;
    auto& budget = make(settings);
    auto& other = make(settings);
    const auto begun = steady_clock::now();
    budget.throttled(1s);
    ASSERT_TRUE(test::turn_until(io, [&] { return column("braked_until > '-infinity'") == "t"; }));
    EXPECT_TRUE(spend(other));
    EXPECT_TRUE(spend(budget));
    EXPECT_GE(steady_clock::now() - begun, 950ms);
}

TEST_F(ASharedBudget, WritesTheBrakeWhenTheDatabaseIsBack) {
    query("alter table request_budget rename to away");
    auto& budget = make(ten_minutes(100));
    EXPECT_EQ(spend(budget).error().fault, Fault::unavailable);
    budget.throttled(500s);
    EXPECT_EQ(spend(budget).error().fault, Fault::rate_limited);
    pass(300ms);
    query("alter table away rename to request_budget");
    EXPECT_TRUE(braked_in_database());
}

TEST_F(ASharedBudget, WritesTheBrakeAlsoWhenItStops) {
    auto& budget = make(ten_minutes(100));
    budget.throttled(500s);
    test::run_async(io, budget.stop(10s));
    EXPECT_EQ(column("braked_until > clock_timestamp()"), "t");
}

TEST_F(ASharedBudget, AllowsNothingWithoutTheDatabase) {
    auto nowhere = database.settings();
    nowhere.host = "127.0.0.1";
    nowhere.port = 1;
    auto stranger = database.settings();
    stranger.user = "nobody_known";
    for (const auto& at : {nowhere, stranger}) {
        EXPECT_EQ(spend(make(ten_minutes(100), at)).error().fault, Fault::unavailable);
        auto& free = make(without_limits(), at);
        EXPECT_EQ(spend(free).error().fault, Fault::unavailable);
        EXPECT_EQ(test::run_async(io, free.wait_for(Priority::token)).error().fault, Fault::unavailable);
        EXPECT_EQ(test::run_async(io, free.state()).error().fault, Fault::unavailable);
    }
}

TEST_F(ASharedBudget, LearnsTheLimitOfTenMinutes) {
    auto& budget = make(ten_minutes(100));
    EXPECT_EQ(drain(budget, Priority::token, 20), 20);
    budget.throttled(some_minutes());
    ASSERT_TRUE(braked_in_database());
    EXPECT_EQ(state(budget).ten_minutes.limit, 19);
    EXPECT_EQ(state(budget).ten_minutes.configured, 100);
    EXPECT_EQ(column("learned_ten_minutes_until = braked_until + interval '10 minutes'"), "t");
    EXPECT_EQ(column("learned_hour_until"), "-infinity");
    query("update request_budget set braked_until = '-infinity'");
    EXPECT_FALSE(spend(make(ten_minutes(100)), Priority::token));
}

TEST_F(ASharedBudget, LearnsTheLimitOfTheHourUntilItsEnd) {
    stay_clear_of_the_hours_end();
    auto& budget = make(hour(100));
    EXPECT_EQ(drain(budget, Priority::token, 7), 7);
    budget.throttled(700s);
    ASSERT_TRUE(braked_in_database());
    EXPECT_EQ(state(budget).hour.limit, 7);
    EXPECT_EQ(column("learned_hour_until = to_timestamp(ceil(extract(epoch from clock_timestamp()) / 3600) * 3600)"),
              "t");
}

TEST_F(ASharedBudget, TakesAWaitThatEndsWithTheHourForTheHours) {
    stay_clear_of_the_hours_end();
    auto& budget = make(hour(100));
    EXPECT_EQ(drain(budget, Priority::token, 3), 3);
    const auto learned =
        query("select learned_window from throttle_requests(to_timestamp(ceil(extract(epoch from "
              "clock_timestamp()) / 3600) * 3600) - clock_timestamp(), '1 second', '0', '{0,0,100}', 1)");
    EXPECT_EQ(learned, "hour");
}

TEST_F(ASharedBudget, LearnsTheLimitOfASecond) {
    SharedBudgetSettings settings{.allowance = {.per_second = 10, .per_ten_minutes = 0, .per_hour = 0}};
    auto& budget = make(settings);
    EXPECT_EQ(drain(budget, Priority::token, 6), 6);
    keep_all();
    query("insert into all_spent select seq, at from spent_requests");
    const auto busiest = most_within("1 second");
    budget.throttled(1s);
    ASSERT_TRUE(test::turn_until(io, [&] { return column("learned_second") != "0"; }));
    EXPECT_EQ(column("learned_second"), std::to_string(std::max(1, busiest - 1)));
    EXPECT_EQ(column("learned_second_until = braked_until + interval '10 minutes'"), "t");
}

TEST_F(ASharedBudget, ForgetsWhatItLearned) {
    constexpr double speed = 1200;
    SharedBudgetSettings settings{
        .allowance = {.per_second = 0, .per_ten_minutes = 100, .per_hour = 1000}, .longest_wait = 0ms, .speed = speed};
    for (const auto wait : {100ms, 600ms, 110ms, 590ms}) {  // of 500 ms and more: the hour's
        auto& budget = make(settings);
        ASSERT_TRUE(test::turn_until(io, [&] { return spend(budget).has_value(); }));
        budget.throttled(wait);
    }
    ASSERT_TRUE(test::turn_until(io, [&] { return column("learned_hour + learned_ten_minutes > 0") == "t"; }));
    auto& budget = make(settings);
    EXPECT_TRUE(test::turn_until(io, [&] {
        const auto now = state(budget);
        return now.ten_minutes.limit == 100 && now.hour.limit == 1000;
    }));
}

TEST_F(ASharedBudget, LearnsFromTheFirstThrottleOnly) {
    stay_clear_of_the_hours_end();
    SharedBudgetSettings settings{.allowance = {.per_second = 0, .per_ten_minutes = 100, .per_hour = 100}};
    auto& budget = make(settings);
    EXPECT_EQ(drain(budget, Priority::token, 5), 5);
    budget.throttled(some_minutes());
    ASSERT_TRUE(braked_in_database());
    make(settings).throttled(1500s);
    ASSERT_TRUE(test::turn_until(
        io, [&] { return column("braked_until > clock_timestamp() + interval '1000 seconds'") == "t"; }));
    EXPECT_EQ(state(budget).ten_minutes.limit, 4);
    EXPECT_EQ(state(budget).hour.limit, 100);
}

TEST_F(ASharedBudget, LearnsNothingForWhatIsNotLimitedOrOver) {
    auto& budget = make(ten_minutes(100));
    EXPECT_EQ(drain(budget, Priority::token, 5), 5);
    budget.throttled(1500s);
    ASSERT_TRUE(braked_in_database());
    EXPECT_EQ(state(budget).hour.limit, 0);
    EXPECT_EQ(column("learned_hour_until"), "-infinity");
    query("update request_budget set braked_until = '-infinity'");
    EXPECT_EQ(query("select learned_window from throttle_requests('5000 s', '1 s', '3601 s', '{10,100,100}', 1)"), "");
}

TEST_F(ASharedBudget, KeepsNoMoreThanTenMinutes) {
    SharedBudgetSettings settings{.allowance = {.per_second = 0, .per_ten_minutes = 1'000'000, .per_hour = 0},
                                  .transit = 0ms,
                                  .speed = 6000};  // ten minutes last 100 ms
    auto& budget = make(settings);
    keep_all();
    EXPECT_EQ(drain(budget, Priority::token, 1'500), 1'500);
    EXPECT_LE(number("select count(*) from spent_requests"), most_within("100 milliseconds") + 20);
    pass(200ms);
    EXPECT_EQ(drain(budget, Priority::token, 200), 200);
    EXPECT_EQ(column("last_seq"), "1700");
    EXPECT_EQ(column("last_seq - first_seq + 1"), query("select count(*) from spent_requests"));
    EXPECT_LE(number("select count(*) from spent_requests"), 220);
    EXPECT_LE(number("select pg_relation_size('request_budget')"), 65'536);  // 1,700 versions of its row need more
}

TEST_F(ASharedBudget, CountsOnWhenTheDatabasesClockIsSetBack) {
    auto& budget = make(ten_minutes(10));
    EXPECT_EQ(drain(budget, Priority::token, 4), 4);
    query("update spent_requests set at = at + interval '5 hours'; "
          "update request_budget set spent_at = spent_at + interval '5 hours', hour = hour + 5");
    EXPECT_EQ(drain(budget, Priority::token), 6);
    EXPECT_LE(spend(budget).error().retry_after, 601s);
}

TEST_F(ASharedBudget, ForgetsAWaiterThatWasInterrupted) {
    auto settings = ten_minutes(1);
    settings.longest_wait = 1h;
    auto& budget = make(settings);
    EXPECT_TRUE(spend(budget));
    Tasks tasks{io.get_executor(), [](const std::string&, const std::string& what) { ADD_FAILURE() << what; }};
    std::vector<Priority> order;
    tasks.spawn("waiter", note_when_allowed(budget, Priority::token, order));
    pass(100ms);
    EXPECT_EQ(tasks.running(), 1);
    tasks.cancel();
    EXPECT_TRUE(test::run_async(io, tasks.join(10s)));
    query("delete from spent_requests");
    pass(100ms);
    EXPECT_EQ(column("last_seq"), "1");
    EXPECT_TRUE(order.empty());
}

TEST_F(ASharedBudget, RefusesThoseThatWaitWhenItStops) {
    auto settings = ten_minutes(1);
    settings.longest_wait = 1h;
    auto& budget = make(settings);
    EXPECT_TRUE(spend(budget));
    const auto waits = test::spawn(io, budget.spend(Priority::token));
    pass(100ms);
    EXPECT_FALSE(waits->done);
    test::run_async(io, budget.stop(10s));
    ASSERT_TRUE(test::turn_until(io, [&] { return waits->done; }));
    EXPECT_EQ(waits->value->error().fault, Fault::unavailable);
    EXPECT_EQ(spend(budget).error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace dcs::upstream
