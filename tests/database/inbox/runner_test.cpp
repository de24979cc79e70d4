// Deliveries that take too long together are worked one by one.
#include "inbox/runner.hpp"

#include "support/run.hpp"
#include "support/test_database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::inbox {
namespace {

class TooMuchAtOnce : public testing::Test {
protected:
    ~TooMuchAtOnce() override {
        runner.stop();
        test::run_async(io, tasks.join(std::chrono::seconds{10}));
        test::run_async(io, pool.close(std::chrono::seconds{1}));
    }
    Async<Result<>> work(const std::vector<Claimed>& claimed) {
        sizes.push_back(claimed.size());
        if (claimed.size() > 1) co_return Error{Fault::unavailable, "SQLSTATE 57014"};
        const Ending ending{claimed.front().seq, claimed.front().fence};
        auto finishing = finish(std::span{&ending, 1});
        const auto done = co_await pool.run(std::move(finishing));
        if (!done) co_return done.error();
        co_return Result<>{};
    }

    test::TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
    Tasks tasks{io.get_executor(),
                [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
    std::vector<std::size_t> sizes{};
    Runner runner{io.get_executor(),
                  pool,
                  "one",
                  {.source = "drchrono", .sync_type = "webhook", .loops = 1},
                  [this](const std::vector<Claimed>& claimed) { return work(claimed); }};
};

TEST_F(TooMuchAtOnce, IsSplitAtOnce) {
    for (int id = 1; id <= 5; ++id)
        database.query(fmt::format("insert into inbox (source, event, object_key, body, body_sha256) "
                                   "values ('drchrono', 'PATIENT_MODIFY', 'patients:{}', '{{}}', '')",
                                   id));
    runner.start(tasks);
    ASSERT_TRUE(
        test::turn_until(io, [&] { return database.query("select count(*) from inbox where state = 'done'") == "5"; }));
    EXPECT_EQ(sizes, (std::vector<std::size_t>{5, 1, 1, 1, 1, 1}));
    EXPECT_EQ(database.query("select max(attempts) from inbox"), "1");
}

}  // namespace
}  // namespace dcs::inbox
