// A session means the same whatever the server, the database and the role have as their defaults.
#include "database/pg/pool_fixture.hpp"
#include "support/mirror.hpp"

#include <fmt/format.h>

namespace dcs::pg {
namespace {

/// A role of its own, of the migrated database, whose defaults are all others than ours.
class OddRole {
public:
    explicit OddRole(const test::TestDatabase& database) : database_{database} {
        database.query_as_superuser(fmt::format("create role {0} login superuser", name));
    }
    ~OddRole() { database_.query_as_superuser(fmt::format("drop role {}", name)); }
    OddRole(const OddRole&) = delete;
    OddRole& operator=(const OddRole&) = delete;
    void set(const std::string& setting) const {
        database_.query_as_superuser(fmt::format("alter role {} set {}", name, setting));
    }
    Settings settings() const {
        auto settings = database_.settings();
        settings.user = name;
        return settings;
    }

private:
    static constexpr auto name = "odd_role";
    const test::TestDatabase& database_;
};

class OddDefaults : public WithPool {
protected:
    std::string of(const std::string& setting) { return value(sql("select current_setting($1)", setting)); }
};

TEST_F(OddDefaults, AreNotThoseOfOurSessions) {
    const OddRole role{database};
    for (const auto* setting :
         {"default_transaction_isolation = 'serializable'", "default_transaction_deferrable = on",
          "timezone = 'Asia/Kolkata'", "datestyle = 'SQL, DMY'", "intervalstyle = 'sql_standard'",
          "bytea_output = 'escape'", "extra_float_digits = 0", "array_nulls = off", "transform_null_equals = on",
          "standard_conforming_strings = off", "gin_fuzzy_search_limit = 1", "statement_timeout = 1",
          "lock_timeout = 1", "idle_in_transaction_session_timeout = 1", "synchronous_commit = off",
          "session_replication_role = replica", "client_encoding = 'LATIN1'", "jit = on"})
        role.set(setting);
    use(role.settings());
    for (const auto& [setting, expected] : {std::pair{"transaction_isolation", "read committed"},
                                            {"transaction_deferrable", "off"},
                                            {"TimeZone", "UTC"},
                                            {"DateStyle", "ISO, MDY"},
                                            {"IntervalStyle", "iso_8601"},
                                            {"bytea_output", "hex"},
                                            {"extra_float_digits", "1"},
                                            {"array_nulls", "on"},
                                            {"transform_null_equals", "off"},
                                            {"standard_conforming_strings", "on"},
                                            {"gin_fuzzy_search_limit", "0"},
                                            {"lock_timeout", "20s"},
                                            {"synchronous_commit", "on"},
                                            {"session_replication_role", "origin"},
                                            {"client_encoding", "UTF8"},
                                            {"jit", "off"}})
        EXPECT_EQ(of(setting), expected) << setting;
    EXPECT_EQ(
        value(sql("select '01/02/2026'::date || ' ' || interval '1 day' || ' ' || (('{1,NULL}'::text[])[2] is null)")),
        "2026-01-02 P1D true");
    pool.reset();
}

TEST_F(OddDefaults, AStrongerPromiseOfTheServersIsLeftAsItIs) {
    const OddRole role{database};
    role.set("synchronous_commit = 'remote_apply'");
    role.set("default_transaction_read_only = on");
    use(role.settings());
    EXPECT_EQ(of("synchronous_commit"), "remote_apply");
    EXPECT_EQ(of("transaction_read_only"), "on") << "that is somebody's decision, and /ready tells it";
    pool.reset();
}

TEST_F(OddDefaults, OfOneWhoMayNotSeeToTheTriggersRefuseTheConnection) {
    database.query_as_superuser(
        "create role odd_plain login; alter role odd_plain set session_replication_role = replica");
    auto settings = database.settings();
    settings.user = "odd_plain";
    use(settings);
    const auto refused = run(sql("select 1"));
    ASSERT_FALSE(refused) << "what it changed would not be audited";
    EXPECT_EQ(refused.error().fault, Fault::forbidden);
    pool.reset();
    database.query_as_superuser("drop role odd_plain");
}

/// A child that is written while its parent commits: "lock, then look" must see what was committed before the lock was had.
TEST(ParentAndChild, FindEachOtherWhateverIsolationTheRoleHas) {
    const test::TestDatabase database;
    const OddRole role{database};
    role.set("default_transaction_isolation = 'repeatable read'");
    asio::io_context io;
    Pool pool{io.get_executor(), role.settings()};
    const store::Store store{store::Options{"America/New_York", {}}};
    const auto state = [](std::string_view table, const std::string& json) {
        store::State made;
        made.resource = find_resource(table);
        made.raw = Document::parse(json).value().value;
        made.key = key_of(*made.resource, made.raw);
        made.cause = "delivery:test";
        return made;
    };
    const auto write = [&](store::State one) -> Async<bool> {
        Author author{"test", std::string{store::by_row}};
        auto transaction = co_await Transaction::begin(pool, std::move(author));
        if (!transaction) co_return false;
        std::vector<store::State> states;
        states.push_back(std::move(one));
        const auto applied = co_await store.apply(*transaction, std::move(states));
        if (!applied) co_return false;
        const auto committed = co_await transaction->commit();
        co_return committed.has_value();
    };
    constexpr int pairs = 60;
    std::vector<std::shared_ptr<test::Ended<bool>>> running;
    for (int id = 1; id <= pairs; ++id) {
        running.push_back(test::spawn(io, write(state("patients", fmt::format(R"({{"id":{}}})", id)))));
        running.push_back(
            test::spawn(io, write(state("appointments", fmt::format(R"({{"id":"{}","patient":{}}})", id, id)))));
    }
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    EXPECT_TRUE(std::ranges::all_of(running, [](const auto& each) { return each->value == std::optional{true}; }));
    EXPECT_EQ(database.query("select count(*) from appointments where patient_id is null"), "0");
    test::run_async(io, pool.close(std::chrono::seconds{1}));
}

}  // namespace
}  // namespace dcs::pg
