// A record that takes longer than a statement may take does not keep its page from being stored.
#include "support/reconciling.hpp"

namespace dcs::reconcile {
namespace {

class SlowRecord : public test::WithUpstream {
protected:
    ~SlowRecord() override { test::run_async(io, quick.close(std::chrono::seconds{1})); }
    static pg::Settings impatient(pg::Settings settings) {
        settings.statement_limit = std::chrono::seconds{4};
        return settings;
    }
    Report run_impatiently() {
        return execute({quick, store, requests, lister, tasks, io.get_executor(), system_now, [] {}},
                       {.listing = find_listing("patients"), .full = true})
            .value();
    }
    pg::Pool quick{io.get_executor(), impatient(database.settings())};
};

TEST_F(SlowRecord, IsKeptWithItsReasonAndTheOthersAreStored) {
    const auto slow = drchrono.ids("patients").front();
    ask(fmt::format(
        "create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(20); return new; end $$; "
        "create trigger linger before insert on patients for each row when (new.drchrono_id = {}) "
        "execute function linger()",
        slow));
    const auto report = run_impatiently();
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(report.counts.failed, 1);
    EXPECT_EQ(ask("select count(*) from patients"), "59");
    EXPECT_EQ(ask("select drchrono_id || ' ' || left(reason, 14) from sync_failures"),
              fmt::format("{} SQLSTATE 57014", slow));
}

TEST_F(SlowRecord, ATimeZoneThatCannotBeUsedIsNamedInTheRow) {
    ask("create or replace function usable_zone(zone text) returns text language sql stable as $$ select null::text $$");
    const auto report = run("doctors");
    EXPECT_EQ(report.counts.failed, 0);
    EXPECT_EQ(ask("select count(*) from doctors d, sync_log s where s.table_name = 'doctors' and "
                  "s.details -> 'malformed' -> d.drchrono_id::text = '[\"timezone\"]'"),
              ask("select count(*) from doctors"))
        << ask("select details from sync_log where table_name = 'doctors'");
}

}  // namespace
}  // namespace dcs::reconcile
