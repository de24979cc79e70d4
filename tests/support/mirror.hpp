#pragma once
// Mirror: a database with a store on it, and short words for what tests ask of them.

#include "store/store.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace dcs::test {

class WithStore : public testing::Test {
protected:
    ~WithStore() override { run_async(io, pool.close(std::chrono::seconds{1})); }

    static store::State state(std::string_view table, std::string_view json, store::View view = store::View::brief,
                              store::Origin origin = store::Origin::webhook, std::string cause = "delivery:test") {
        store::State made;
        made.resource = find_resource(table);
        auto parsed = Document::parse(json).value();
        made.raw = std::move(parsed.value);
        if (parsed.altered) made.exact_bytes = json;
        made.key = key_of(*made.resource, made.raw);
        made.view = view;
        made.origin = origin;
        made.cause = std::move(cause);
        return made;
    }
    static store::State fetched(std::string_view table, std::string_view json) {
        return state(table, json, store::View::full, store::Origin::api, "run:test");
    }

    Async<Result<std::vector<store::Applied>>> in_transaction(std::vector<store::State> states) {
        pg::Author author{"test", std::string{store::by_row}};
        auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
        if (!transaction) co_return transaction.error();
        auto applied = co_await store.apply(*transaction, std::move(states));
        if (!applied) co_return applied.error();
        const auto committed = co_await transaction->commit();
        if (!committed) co_return committed.error();
        co_return applied;
    }
    Result<std::vector<store::Applied>> try_apply(std::vector<store::State> states) {
        for (auto& state : states)
            if (time_passes) state.observed.here = std::chrono::steady_clock::now() + std::chrono::minutes{++minutes_};
        return run_async(io, in_transaction(std::move(states)));
    }
    std::vector<store::Applied> apply(std::vector<store::State> states) { return try_apply(std::move(states)).value(); }
    store::Outcome apply(store::State one) {
        std::vector<store::State> states;
        states.push_back(std::move(one));
        return apply(std::move(states)).front().outcome;
    }
    std::string ask(const std::string& sql) const { return database.query(sql); }
    /// Changes and events belong together, one to one.
    void expect_whole() const {
        EXPECT_EQ(
            ask("select count(*) from change_log c full join outbox o using (event_id) where c.event_id is null or o.event_id is null"),
            "0");
        EXPECT_EQ(ask("select count(*) from change_log where actor = '' or cause in ('', 'row', 'statement')"), "0");
    }

    bool time_passes = true;  // each state is observed a minute after the one before; false: as it says
    TestDatabase database;
    asio::io_context io;
    pg::Pool pool{io.get_executor(), database.settings()};
    store::Store store{store::Options{"America/New_York", {}}};

private:
    int minutes_ = 0;
};

}  // namespace dcs::test
