// Whose password is checked next, where strangers guess without end.
#include "auth/sign_in_queue.hpp"

#include "support/run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dcs::auth {
namespace {

using namespace std::chrono_literals;

class Turns : public testing::Test {
protected:
    struct Try {
        std::string name;
        bool right = false;
        bool checked = false;
        std::shared_ptr<test::Ended<bool>> ended{};
    };

    /// Comes, and once it is checked, waits for check().
    Try& come(std::string name, std::string address, bool known = false, bool right = false) {
        auto& each = *tries.emplace_back(std::make_unique<Try>(Try{.name = std::move(name), .right = right}));
        each.ended = test::spawn(io, run(this, &each, std::move(address), known));
        turn();
        return each;
    }
    /// The one that has the turn is done. Its name; empty: nobody has it.
    std::string check() {
        if (current == nullptr) return {};
        const auto name = current->name;
        current->checked = true;
        std::exchange(current, nullptr);
        done->notify();
        turn();
        return name;
    }

    void turn() {
        io.restart();
        for (int each = 0; each < 20; ++each) io.poll();
    }

    std::unique_ptr<SignInQueue> queue =
        std::make_unique<SignInQueue>(SignInQueueLimits{.all = 8, .of_an_address = 3, .patience = 1min});
    std::vector<std::unique_ptr<Try>> tries{};
    asio::io_context io{1};
    Try* current = nullptr;
    Wake* done = nullptr;

private:
    static Async<bool> run(Turns* test, Try* each, std::string address, bool known) {
        const auto executor = co_await asio::this_coro::executor;
        SignInQueue::Place place{*test->queue, executor, std::move(address), each->name, known};
        auto waiting = place.turn();
        const bool its_turn = co_await std::move(waiting);
        if (!its_turn) co_return false;
        Wake end{executor};
        test->current = each;
        test->done = &end;
        co_await end.wait(1min);
        if (!each->right) place.failed();
        co_return true;
    }
};

TEST_F(Turns, WhoHasGuessedGoesBehindWhoHasNot) {
    come("a", "198.51.100.1");
    for (const auto* name : {"b", "c", "d"}) come(name, "198.51.100.1");
    come("e", "198.51.100.2");
    EXPECT_EQ(check(), "a");
    EXPECT_EQ(check(), "e") << "another address, which has failed nowhere";
    come("hers", "192.0.2.1", false, true);
    EXPECT_EQ(check(), "b") << "it had begun";
    EXPECT_EQ(check(), "hers");
    come("known", "198.51.100.1", true);
    EXPECT_EQ(check(), "c");
    EXPECT_EQ(check(), "known") << "a browser that is known, whatever its address";
    EXPECT_EQ(check(), "d");
    EXPECT_EQ(check(), "");
}

TEST_F(Turns, TheBusiestAddressLosesItsOldestToTheNewest) {
    auto& first = come("a", "2001:db8::1");
    auto& second = come("b", "2001:db8::2");
    come("c", "2001:db8::3");
    come("d", "2001:db8::4");
    EXPECT_FALSE(second.ended->done);
    come("e", "2001:db8::5");
    EXPECT_TRUE(second.ended->done && !*second.ended->value) << "one network, of which three wait";
    EXPECT_FALSE(first.ended->done) << "it is being checked";
    for (int each = 0; each < 5; ++each) come("f" + std::to_string(each), "198.51.100." + std::to_string(each));
    auto& hers = come("hers", "192.0.2.1", false, true);
    EXPECT_FALSE(hers.ended->done) << "never the newest";
    EXPECT_TRUE(tries[2]->ended->done && !*tries[2]->ended->value) << "the busiest network's oldest went";
    while (current != nullptr) check();
    EXPECT_TRUE(hers.ended->done && *hers.ended->value);
}

TEST_F(Turns, NobodyWaitsForEver) {
    queue = std::make_unique<SignInQueue>(SignInQueueLimits{.patience = 100ms});
    come("a", "192.0.2.1");
    auto& late = come("b", "192.0.2.2");
    ASSERT_TRUE(test::turn_until(io, [&] { return late.ended->done; }));
    EXPECT_FALSE(*late.ended->value);
    check();
    come("c", "192.0.2.3");
    EXPECT_EQ(check(), "c") << "who has left holds nobody up";
}

}  // namespace
}  // namespace dcs::auth
