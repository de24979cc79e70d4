// Triggers that join what was with what is: their cost grows with the rows, whatever their connection has done before.
#include "pg/migrate.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::pg {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

constexpr auto unprotected =
    "select count(*) from pg_trigger t join pg_proc p on p.oid = t.tgfoid where t.tgoldtable is not null "
    "and t.tgnewtable is not null and not coalesce(p.proconfig @> array['enable_nestloop=off', 'jit=off'], false)";

class LinearTriggers : public testing::Test {
protected:
    static constexpr int rows = 4'000;
    LinearTriggers() {
        run(fmt::format("insert into appointments (drchrono_id, doctor_id, drchrono_raw, origin, cause) "
                        "select n, n, '{{}}', 'api', 'run:x' from generate_series(1, {}) n",
                        rows));
        run(fmt::format("insert into clinical_notes (drchrono_appt_id, drchrono_raw, origin, cause) "
                        "select n, '{{}}', 'api', 'run:x' from generate_series(1, {}) n",
                        rows));
        run(fmt::format(
            "insert into deepcura_notes (duration_minutes, risk_assessment, gridhook_raw, content_sha256, transcript) "
            "select n, '{{}}', '{{}}', sha256(n::text::bytea), 'text ' || n from generate_series(1, {}) n",
            rows));
    }
    ~LinearTriggers() override { test::run_async(io, pool->close(std::chrono::seconds{1})); }

    void use_another_connection() { pool = make_pool(); }
    /// How long it took, in seconds.
    double run(std::vector<Statement> statements) {
        const auto begun = steady_clock::now();
        test::run_async(io, pool->run(std::move(statements)), std::chrono::minutes{2}).value();
        return duration<double>(steady_clock::now() - begun).count();
    }
    double run(std::string text) {
        std::vector<Statement> statements;
        statements.push_back(Statement{std::move(text)});
        return run(std::move(statements));
    }
    /// `change` holds {0}, a number that is another one each time, and {1}, the greatest number of a row that it concerns.
    void expect_linear_on(const std::string& change) {
        const auto changed = [&](int mark, int upto) { return fmt::format(fmt::runtime(change), mark, upto); };
        use_another_connection();
        const auto cold = run(changed(1, rows));
        use_another_connection();
        run(changed(2, 1));
        const auto warm = run(changed(3, rows));
        EXPECT_LT(warm, 4 * cold + 0.5) << change << ": " << warm << " s after a statement of one row, else " << cold
                                        << " s";
    }

    std::unique_ptr<Pool> make_pool() {
        auto settings = database.settings();
        settings.pool_size = 1;
        return std::make_unique<Pool>(io.get_executor(), std::move(settings));
    }
    test::TestDatabase database{};
    asio::io_context io;
    std::unique_ptr<Pool> pool = make_pool();
};

TEST_F(LinearTriggers, AChangeOfManyAfterAChangeOfOneCostsWhatItCostsAlone) {
    expect_linear_on("update appointments set duration = {0}, drchrono_patient_id = {0} where doctor_id <= {1}");
    expect_linear_on(
        "update clinical_notes set note_date = date '2026-01-01' + {0} where drchrono_appt_id::int <= {1}");
    expect_linear_on("update deepcura_notes set session_id = {0} where duration_minutes <= {1}");
}

TEST_F(LinearTriggers, SoDoesTheRemovalOfTranscripts) {
    use_another_connection();
    const auto remove = [&](int from, int upto) {
        std::vector<Statement> statements;
        statements.push_back(sql("select set_config('app.cause', 'retention', true)"));
        statements.push_back(
            sql("update deepcura_notes set transcript = null where duration_minutes between $1 and $2", from, upto));
        return run(std::move(statements));
    };
    remove(1, 1);
    const auto warm = remove(2, rows);
    run("update deepcura_notes set transcript = 'text'");
    use_another_connection();
    const auto cold = remove(1, rows);
    EXPECT_LT(warm, 4 * cold + 0.5);
}

TEST_F(LinearTriggers, SoDoArrivalsAndDeletions) {
    const auto insert = [&](int from, int upto) {
        return run(fmt::format("insert into appointments (drchrono_id, drchrono_raw, origin, cause) "
                               "select 'more' || n, '{{}}', 'api', 'run:x' from generate_series({}, {}) n",
                               from, upto));
    };
    use_another_connection();
    const auto cold = insert(1, rows);
    use_another_connection();
    insert(rows + 1, rows + 1);
    EXPECT_LT(insert(rows + 2, 2 * rows + 1), 4 * cold + 0.5);

    const auto remove = [&](int from, int upto) {
        return run(fmt::format("delete from appointments where doctor_id between {} and {}", from, upto));
    };
    use_another_connection();
    const auto cold_removal = remove(1, rows / 2);
    use_another_connection();
    remove(rows / 2 + 1, rows / 2 + 1);
    EXPECT_LT(remove(rows / 2 + 2, rows), 4 * cold_removal + 0.5);
}

TEST_F(LinearTriggers, NoTriggerThatJoinsIsLeftOut) {
    EXPECT_EQ(database.query(unprotected), "0");
    EXPECT_NE(database.query("select count(*) from pg_trigger where tgoldtable is not null and tgnewtable is not null"),
              "0");
}

TEST_F(LinearTriggers, MigratingProtectsWhatALaterMigrationHasReplaced) {
    database.query(
        "create or replace function relink_after_appointments() returns trigger language plpgsql as $$ begin "
        "return null; end $$");
    EXPECT_NE(database.query(unprotected), "0");
    test::run_async(io, migrate(*pool)).value();
    EXPECT_EQ(database.query(unprotected), "0");
}

}  // namespace
}  // namespace dcs::pg
