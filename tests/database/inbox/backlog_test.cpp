// The backlog of an inbox that holds a great many deliveries that are done.
#include "inbox/backlog.hpp"

#include "pg/pool.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace dcs::inbox {
namespace {

class TheBacklog : public testing::Test {
protected:
    TheBacklog() {
        database.query(
            "insert into inbox (source, body, body_sha256, object_key, received_at, finished_at, state) "
            "select 'drchrono', '{}', '', 'patients:' || g, now() - g * interval '1 minute', now(), 'done' "
            "from generate_series(1, 30000) g;"
            "insert into inbox (source, body, body_sha256, object_key, received_at, state, lease_owner, lease_until) "
            "select 'drchrono', '{}', '', 'patients:' || state, now() - age, state, owner, until "
            "from (values ('pending', interval '90 s', null, null), ('pending', interval '10 s', null, null),"
            " ('processing', interval '120 s', 'a', now() + interval '1 day'), ('waiting', interval '9 h', null, null),"
            " ('dead', interval '99 days', null, null), ('dead', interval '98 days', null, null))"
            " as v (state, age, owner, until)");
        database.query_as_superuser("vacuum analyze inbox");
    }
    ~TheBacklog() override { test::run_async(io, pool.close(std::chrono::seconds{1})); }
    pg::Rows rows_of(pg::Statement statement) {
        auto running = pool.run(std::move(statement));
        return test::run_async(io, std::move(running)).value();
    }

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
};

TEST_F(TheBacklog, CountsEachStateAndAgesWhatIsOurs) {
    const auto backlog = backlog_of(rows_of(count_backlog()));
    EXPECT_EQ(backlog.pending, 2);
    EXPECT_EQ(backlog.processing, 1);
    EXPECT_EQ(backlog.waiting, 1);
    EXPECT_EQ(backlog.dead, 2);
    EXPECT_GE(backlog.oldest_seconds, 119);
    EXPECT_LT(backlog.oldest_seconds, 119 + 600);
    database.query("delete from inbox where state in ('pending', 'processing')");
    EXPECT_EQ(backlog_of(rows_of(count_backlog())).oldest_seconds, 0);
}

TEST_F(TheBacklog, ReadsNothingOfWhatIsDone) {
    auto statement = count_backlog();
    statement.sql = "explain (analyze, costs off, timing off, summary off) " + statement.sql;
    const auto plan = rows_of(std::move(statement));
    std::string text;
    for (int row = 0; row < plan.size(); ++row) text += plan.string(row, 0) + "\n";
    EXPECT_EQ(text.find("Seq Scan"), std::string::npos) << text;
    EXPECT_EQ(text.find("inbox_received"), std::string::npos) << "along the times of all deliveries: " << text;
    EXPECT_EQ(text.find("Rows Removed by Filter: 3"), std::string::npos) << text;
}

}  // namespace
}  // namespace dcs::inbox
