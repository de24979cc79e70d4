#include "pg/lease.hpp"
#include "database/pg/pool_fixture.hpp"

namespace dcs::pg {
namespace {

using namespace std::chrono_literals;

class ALease : public WithPool {
protected:
    void SetUp() override {
        run(sql("create table leases (name text primary key, owner text not null, fence bigint not null, "
                "until timestamptz not null)"))
            .value();
    }
    std::optional<Lease> take(std::string owner, std::chrono::milliseconds length = 1min) {
        return test::run_async(io, take_lease(*pool, "publisher", std::move(owner), length)).value();
    }
    bool renew(const Lease& lease) { return test::run_async(io, renew_lease(*pool, lease, 1min)).value(); }
    void expire() { run(sql("update leases set until = now() - interval '1 second'")).value(); }
};

TEST_F(ALease, HasOneHolder) {
    EXPECT_TRUE(take("a"));
    EXPECT_FALSE(take("b"));
}

TEST_F(ALease, IsTakenByAnotherOnceItHasRunOut) {
    const auto first = take("a");
    expire();
    const auto second = take("b");
    ASSERT_TRUE(second);
    EXPECT_GT(second->fence, first->fence);
    EXPECT_FALSE(renew(*first));
    EXPECT_TRUE(renew(*second));
}

TEST_F(ALease, CannotBeRenewedOnceItHasRunOutThoughNobodyTookIt) {
    const auto lease = take("a");
    expire();
    EXPECT_FALSE(renew(*lease));
}

TEST_F(ALease, GetsAGreaterFenceWithEachTakingAlsoByTheSameOwner) {
    const auto first = take("a");
    const auto second = take("a");
    ASSERT_TRUE(second);
    EXPECT_GT(second->fence, first->fence);
    EXPECT_FALSE(renew(*first));
}

TEST_F(ALease, IsFreeOnceGivenBackAndItsFenceStillGrows) {
    const auto first = take("a");
    test::run_async(io, release_lease(*pool, *first)).value();
    const auto second = take("b");
    ASSERT_TRUE(second);
    EXPECT_GT(second->fence, first->fence);
    test::run_async(io, release_lease(*pool, *first)).value();  // lost already: no error, and no harm
    EXPECT_TRUE(renew(*second));
}

TEST_F(ALease, IsKeptBeyondItsLengthWhileItIsHeld) {
    const auto lease = take("a", 300ms);
    Hold hold{io.get_executor(), *pool, *lease, 300ms};
    const auto begun = std::chrono::steady_clock::now();
    test::turn_until(io, [&] { return std::chrono::steady_clock::now() - begun > 900ms; });
    EXPECT_TRUE(hold.held());
    EXPECT_FALSE(take("b"));
    test::run_async(io, hold.release()).value();
    EXPECT_FALSE(hold.held());
    EXPECT_TRUE(take("b"));
}

TEST_F(ALease, IsKnownToBeLostWhenAnotherHasIt) {
    const auto lease = take("a", 300ms);
    bool lost = false;
    Hold hold{io.get_executor(), *pool, *lease, 300ms, [&] { lost = true; }};
    expire();
    ASSERT_TRUE(take("b"));
    EXPECT_TRUE(test::turn_until(io, [&] { return lost; }));
    EXPECT_FALSE(hold.held());
}

TEST_F(ALease, IsKnownToBeLostBeforeItRunsOutWhenTheDatabaseDoesNotAnswer) {
    auto settings = database.settings();
    settings.pool_size = 1;
    use(settings);
    const auto lease = take("a", 300ms);
    auto blocker = session();  // the renewal waits for a connection for longer than the lease lasts
    bool lost = false;
    Hold hold{io.get_executor(), *pool, *lease, 300ms, [&] { lost = true; }};
    EXPECT_TRUE(test::turn_until(io, [&] { return lost; }, 90s));
    EXPECT_FALSE(hold.held());
}

}  // namespace
}  // namespace dcs::pg
