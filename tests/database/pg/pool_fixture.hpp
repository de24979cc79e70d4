#pragma once
// Pool fixture: an empty database, a loop and a pool on it.

#include "pg/pool.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace dcs::pg {

class WithPool : public testing::Test {
protected:
    /// Another pool with these settings.
    void use(Settings settings) { pool = std::make_unique<Pool>(io.get_executor(), std::move(settings)); }
    /// A pool of one connection, so that what one run leaves is what the next one finds.
    void use_one_connection() {
        auto settings = database.settings();
        settings.pool_size = 1;
        use(std::move(settings));
    }
    Result<Rows> run(Statement statement) { return test::run_async(io, pool->run(std::move(statement))); }
    Result<std::vector<Rows>> run(std::vector<Statement> statements) {
        return test::run_async(io, pool->run(std::move(statements)));
    }
    /// The one value of the one row.
    std::string value(Statement statement) { return run(std::move(statement)).value().string(0, 0); }
    Session session() { return test::run_async(io, pool->acquire()).value(); }
    Result<std::vector<Rows>> run_on(Session& on, std::vector<Statement> statements) {
        return test::run_async(io, on.run(std::move(statements)));
    }
    /// Lets the loop turn until the server has no backend of that number any more.
    bool gone(const std::string& backend) {
        return test::turn_until(io, [&] {
            return database.query_as_superuser("select count(*) from pg_stat_activity where pid = " + backend) == "0";
        });
    }

    test::TestDatabase database{test::TestDatabase::Contents::empty};
    asio::io_context io;
    std::unique_ptr<Pool> pool = std::make_unique<Pool>(io.get_executor(), database.settings());
};

}  // namespace dcs::pg
