#include "database/pg/pool_fixture.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace dcs::pg {
namespace {

using namespace std::chrono_literals;

class APool : public WithPool {
protected:
    void use_small(int size, std::chrono::milliseconds wait_limit = 10s) {
        auto settings = database.settings();
        settings.pool_size = size;
        settings.wait_limit = wait_limit;
        use(settings);
    }
    Result<Session> acquire() { return test::run_async(io, pool->acquire()); }
    std::string backend_of(Session& on) {
        return run_on(on, {sql("select pg_backend_pid()")}).value().front().string(0, 0);
    }
};

TEST_F(APool, LendsNoMoreThanItsSizeAndLetsTheNextWaitOnlySoLong) {
    use_small(2, 100ms);
    auto first = acquire();
    auto second = acquire();
    const auto third = acquire();
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().fault, Fault::unavailable);
    EXPECT_EQ(pool->use().busy, 2);
    EXPECT_EQ(pool->use().open, 2);
    EXPECT_EQ(pool->use().waiting, 0);
    EXPECT_EQ(
        database.query_as_superuser("select count(*) from pg_stat_activity where application_name = 'drchrono-sync' "
                                    "and datname = current_database()"),
        "2");
}

TEST_F(APool, GivesAConnectionBackWhenTheSessionDies) {
    use_small(1);
    std::string backend;
    {
        auto lent = session();
        backend = backend_of(lent);
    }
    EXPECT_EQ(pool->use().busy, 0);
    auto again = session();
    EXPECT_EQ(backend_of(again), backend);
}

Async<> note_turn(Pool& pool, int number, std::vector<int>& turns) {
    const auto session = co_await pool.acquire();
    if (session) turns.push_back(number);
}

TEST_F(APool, ServesThoseWhoWaitInTheOrderTheyCame) {
    use_small(1);
    auto held = std::make_unique<Session>(session());
    std::vector<int> turns;
    for (int number = 0; number < 5; ++number) {
        test::spawn(io, note_turn(*pool, number, turns));
        ASSERT_TRUE(test::turn_until(io, [&] { return pool->use().waiting == number + 1; }));
    }
    held.reset();
    ASSERT_TRUE(test::turn_until(io, [&] { return turns.size() == 5; }));
    EXPECT_EQ(turns, (std::vector{0, 1, 2, 3, 4}));
}

TEST_F(APool, ReplacesAConnectionThatTheServerEndedBetweenStatements) {
    use_small(1);
    const auto backend = value(sql("select pg_backend_pid()"));
    database.query_as_superuser("select pg_terminate_backend(" + backend + ")");
    ASSERT_TRUE(gone(backend));
    EXPECT_NE(value(sql("select pg_backend_pid()")), backend);
}

TEST_F(APool, ReplacesAConnectionThatTheServerEndedInTheMiddleOfAStatement) {
    use_small(1);
    const auto backend = value(sql("select pg_backend_pid()"));
    const auto sleeping = test::spawn(io, pool->run(sql("select pg_sleep(60)")));
    ASSERT_TRUE(test::turn_until(io, [&] {
        return database.query_as_superuser("select state from pg_stat_activity where pid = " + backend) == "active";
    }));
    database.query_as_superuser("select pg_terminate_backend(" + backend + ")");
    ASSERT_TRUE(test::turn_until(io, [&] { return sleeping->done; }));
    ASSERT_FALSE(*sleeping->value);
    EXPECT_EQ(sleeping->value->error().fault, Fault::unavailable);
    EXPECT_NE(value(sql("select pg_backend_pid()")), backend);
}

TEST_F(APool, RollsBackWhatASessionLeavesOpenBeforeItLendsTheConnectionAgain) {
    use_small(1);
    run(sql("create table t (id int)")).value();
    std::string backend;
    {
        auto lent = session();
        run_on(lent, {sql("begin"), sql("insert into t values (1)")}).value();
        EXPECT_EQ(lent.transaction(), TransactionState::open);
        backend = backend_of(lent);
    }
    EXPECT_EQ(value(sql("select count(*) from t")), "0");
    EXPECT_EQ(value(sql("select pg_backend_pid()")), backend);
}

TEST_F(APool, RollsBackAnAbortedTransactionToo) {
    use_small(1);
    {
        auto lent = session();
        EXPECT_FALSE(run_on(lent, {sql("begin"), sql("select nothing")}));
        EXPECT_EQ(lent.transaction(), TransactionState::aborted);
    }
    EXPECT_EQ(value(sql("select 1")), "1");
}

TEST_F(APool, ClosesAConnectionThatWasRetired) {
    use_small(1);
    std::string backend;
    {
        auto lent = session();
        run_on(lent, {sql("select pg_advisory_lock(1)")}).value();
        backend = backend_of(lent);
        lent.retire();
    }
    EXPECT_NE(value(sql("select pg_backend_pid()")), backend);
    EXPECT_TRUE(gone(backend));
}

TEST_F(APool, MayDieBeforeItsSessions) {
    auto lent = std::make_unique<Session>(session());
    run_on(*lent, {sql("begin")}).value();
    pool.reset();
    EXPECT_TRUE(run_on(*lent, {sql("select 1")}));
    lent.reset();
}

TEST_F(APool, MayDieWithItsLoopWhileStatementsRun) {
    auto own_io = std::make_unique<asio::io_context>();
    auto own_pool = std::make_unique<Pool>(own_io->get_executor(), database.settings());
    test::spawn(*own_io, own_pool->run(sql("select pg_sleep(60)")));
    ASSERT_TRUE(test::turn_until(*own_io, [&] { return own_pool->use().open == 1; }));
    own_pool.reset();
    own_io.reset();
}

Async<bool> run_for_a_moment(Pool& pool) {
    using namespace asio::experimental::awaitable_operators;
    Statement statement{"select pg_sleep(60)"};
    auto session = co_await pool.acquire();
    std::vector<Statement> statements;
    statements.push_back(std::move(statement));
    auto work = session->run(std::move(statements));
    auto pause = sleep_for(50ms);
    const auto first = co_await (std::move(work) || std::move(pause));
    co_return first.index() == 1;
}

TEST_F(APool, DropsAConnectionWhoseStatementWasCancelled) {
    use_small(1);
    const auto backend = value(sql("select pg_backend_pid()"));
    EXPECT_TRUE(test::run_async(io, run_for_a_moment(*pool)));
    EXPECT_NE(value(sql("select pg_backend_pid()")), backend);
    EXPECT_TRUE(gone(backend));
}

TEST_F(APool, RefusesASecondRunOnABusySession) {
    auto lent = session();
    const auto sleeping = test::spawn(io, lent.run(sql("select pg_sleep(0.2)")));
    io.poll();
    const auto second = run_on(lent, {sql("select 1")});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().fault, Fault::bug);
    ASSERT_TRUE(test::turn_until(io, [&] { return sleeping->done; }));
    EXPECT_TRUE(*sleeping->value);
}

TEST_F(APool, RefusesAtOnceWhenItIsClosedAlsoThoseWhoWait) {
    use_small(1);
    auto held = std::make_unique<Session>(session());
    const auto waiting = test::spawn(io, pool->acquire());
    ASSERT_TRUE(test::turn_until(io, [&] { return pool->use().waiting == 1; }));
    const auto closing = test::spawn(io, pool->close(10s));
    ASSERT_TRUE(test::turn_until(io, [&] { return waiting->done; }));
    EXPECT_FALSE(*waiting->value);
    EXPECT_FALSE(acquire());
    EXPECT_FALSE(closing->done);
    held.reset();
    ASSERT_TRUE(test::turn_until(io, [&] { return closing->done; }));
    EXPECT_EQ(pool->use().open, 0);
    test::run_async(io, pool->close(10s));
}

TEST_F(APool, EndsWhatIsLeftWhenTheGraceIsOver) {
    const auto sleeping = test::spawn(io, pool->run(sql("select pg_sleep(60)")));
    ASSERT_TRUE(test::turn_until(io, [&] { return pool->use().open == 1; }));
    test::run_async(io, pool->close(50ms));
    ASSERT_TRUE(test::turn_until(io, [&] { return sleeping->done; }));
    ASSERT_FALSE(*sleeping->value);
    EXPECT_EQ(sleeping->value->error().fault, Fault::unavailable);
}

TEST_F(APool, SaysWhatIsWrongWithADatabaseItCannotReach) {
    auto settings = database.settings();
    settings.database = "no_such_database";
    use(settings);
    EXPECT_EQ(acquire().error().fault, Fault::rejected);
    EXPECT_EQ(acquire().error().detail, "no connection to the database: SQLSTATE 3D000");

    settings = database.settings();
    settings.user = "no_such_user";
    use(settings);
    EXPECT_EQ(acquire().error().fault, Fault::unauthorized);

    settings.host = "/nonexistent";
    use(settings);
    EXPECT_EQ(acquire().error().fault, Fault::unavailable);
    EXPECT_EQ(pool->use().busy, 0);
}

TEST_F(APool, WaitsOnlySoLongForAServerThatSaysNothing) {
    asio::ip::tcp::acceptor silent{io, {asio::ip::make_address("127.0.0.1"), 0}};
    auto settings = database.settings();
    settings.host = "localhost";
    settings.port = silent.local_endpoint().port();
    settings.connect_limit = 200ms;
    use(settings);
    const auto begun = std::chrono::steady_clock::now();
    const auto refused = acquire();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST_F(APool, DoesNotKnowAHostThatHasNoAddress) {
    auto settings = database.settings();
    settings.host = "no-such-host.invalid";
    use(settings);
    EXPECT_EQ(acquire().error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace dcs::pg
