// The service takes its surroundings as they are, and tells what of them it cannot work with.
#include "support/running_service.hpp"

#include <fmt/format.h>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class Surroundings : public test::WithService {
protected:
    static Environment alone() {
        return {{"DRCHRONO_CLIENT_ID", ""}, {"DRCHRONO_CLIENT_SECRET", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}};
    }
    /// What a start says that is refused, and its status.
    std::pair<int, std::string> refused(const Environment& changed, std::vector<std::string> arguments = {"serve"}) {
        test::ChildProcess::Options options;
        options.argv = {SERVICE_BINARY};
        options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
        options.environment = environment(test::free_port());
        for (const auto& [name, value] : changed) options.environment[name] = value;
        test::ChildProcess process{std::move(options)};
        EXPECT_TRUE(test::turn_until(io, [&] { return !process.running(); }, 180s)) << process.output();
        return {process.wait(1s).value_or(-1), process.output()};
    }
    bool ready_is(int status, const std::string& fact = {}) {
        Answer last;
        const auto until = std::chrono::steady_clock::now() + 30s;
        while (std::chrono::steady_clock::now() < until) {
            last = get("/ready");
            if (last.status == status && last.body.find(fact) != std::string::npos) return true;
            test::turn_until(io, [] { return false; }, 100ms);
        }
        ADD_FAILURE() << last.status << " " << last.body;
        return false;
    }
    Answer name_practice(const std::string& practice, int id, const std::string& delivery_id = {}) {
        std::vector<std::pair<std::string, std::string>> headers{{"X-drchrono-signature", secret},
                                                                 {"X-drchrono-event", "PATIENT_CREATE"}};
        if (!delivery_id.empty()) headers.emplace_back("X-drchrono-delivery", delivery_id);
        return post(
            "/webhooks/drchrono",
            fmt::format(R"({{"practice_group_id":{},"receiver":{{"id":1}},"object":{{"id":{},"first_name":"Testa"}}}})",
                        practice, id),
            headers);
    }
    std::string in_database(const std::string& sql) { return database.query_as_superuser(sql); }
    /// {0} is the service's database; said on another one, so that nothing set there applies to it.
    std::string from_outside(const std::string& sql) {
        return other.query_as_superuser(fmt::format(fmt::runtime(sql), database.settings().database));
    }
    test::TestDatabase other{test::TestDatabase::Contents::empty};
};

TEST_F(Surroundings, AnUnknownTimeZoneOfThePracticeRefusesTheStart) {
    for (const auto& [zone, said] : {std::pair{"America/NewYork", "did you mean America/New_York?"},
                                     {"EST", "did you mean America/New_York?"},
                                     {"Foo5", "take an IANA name"}}) {
        const auto [status, output] = refused({{"PRACTICE_TIMEZONE", zone}});
        EXPECT_EQ(status, 1) << output;
        EXPECT_NE(output.find("PRACTICE_TIMEZONE"), std::string::npos) << output;
        EXPECT_NE(output.find(said), std::string::npos) << output;
    }
    const auto [status, output] = refused({{"PRACTICE_TIMEZONE", "America/NewYork"}}, {"sync", "doctors"});
    EXPECT_EQ(status, 1);
    EXPECT_NE(output.find("did you mean America/New_York?"), std::string::npos) << output;
}

TEST_F(Surroundings, AnotherNameOfThePracticesZoneIsTakenForIt) {
    auto settings = alone();
    settings["PRACTICE_TIMEZONE"] = "Eastern Time (US & Canada)";
    start(settings);
    ASSERT_EQ(
        deliver(
            "APPOINTMENT_CREATE",
            R"({"id":"7","patient":null,"doctor":2,"scheduled_time":"2026-07-01T09:00:00","updated_at":"2026-06-01T12:00:00"})")
            .status,
        200);
    EXPECT_TRUE(becomes("select scheduled_at at time zone 'UTC' from appointments", "2026-07-01 13:00:00"));
}

TEST_F(Surroundings, ADatabaseThatIsNotUtf8IsRefusedBeforeAnythingIsWritten) {
    const auto name = database.settings().database + "_latin";
    database.query_as_superuser(
        fmt::format("create database {} owner {} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0",
                    name, database.settings().user));
    for (const auto& command : {std::vector<std::string>{"serve"}, {"migrate"}, {"sync", "doctors"}}) {
        const auto [status, output] = refused({{"DB_NAME", name}}, command);
        EXPECT_EQ(status, 1) << output;
        EXPECT_NE(output.find("LATIN1"), std::string::npos) << output;
        EXPECT_NE(output.find("encoding 'UTF8' template template0"), std::string::npos) << output;
    }
    const auto [status, said] = refused({{"DB_NAME", name}}, {"doctor"});
    EXPECT_EQ(status, 1);
    EXPECT_NE(said.find("LATIN1"), std::string::npos) << said;
    other.query_as_superuser(fmt::format("drop database {} with (force)", name));
}

TEST_F(Surroundings, WhatOnlyReadsIsNotReadyUntilItWritesAgain) {
    start(alone());
    ASSERT_EQ(get("/ready").status, 200);
    from_outside("alter database {0} set default_transaction_read_only = on");
    from_outside("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{0}'");
    EXPECT_TRUE(ready_is(503, "the database only reads"));
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1,"first_name":"Testa"})").status, 503);
    const auto [status, said] = refused(alone(), {"doctor"});
    EXPECT_EQ(status, 1);
    EXPECT_NE(said.find("only reads"), std::string::npos) << said;
    EXPECT_NE(said.find("default_transaction_read_only"), std::string::npos) << said;
    from_outside("alter database {0} reset default_transaction_read_only");
    EXPECT_TRUE(ready_is(200)) << "without a restart, and without a delivery that would have been refused first";
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1,"first_name":"Testa"})").status, 200);
    EXPECT_TRUE(becomes("select count(*) from patients", "1"));
}

TEST_F(Surroundings, WhateverRefusesDeliveriesIsNotReady) {
    start(alone());
    in_database("alter table sync_log rename to sync_log_away");
    EXPECT_TRUE(ready_is(503, "no table for deliveries"));
    in_database("alter table sync_log_away rename to sync_log");
    EXPECT_TRUE(ready_is(200));

    in_database("revoke insert on inbox from clinical_service");
    EXPECT_TRUE(ready_is(503, "may not write deliveries"));
    in_database("grant insert on inbox to clinical_service");
    EXPECT_TRUE(ready_is(200));

    in_database("create function full_disk() returns trigger language plpgsql as "
                "$$ begin raise exception using errcode = 'disk_full'; end $$; "
                "create trigger full_disk before insert on inbox for each row execute function full_disk()");
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1,"first_name":"Testa"})").status, 503);
    EXPECT_TRUE(ready_is(503, "SQLSTATE 53100"));
    in_database("drop trigger full_disk on inbox");
    EXPECT_TRUE(ready_is(200));
    EXPECT_EQ(ask("select count(*) from inbox"), "0") << "a trial leaves nothing";
}

TEST_F(Surroundings, WhatNamesAPracticeWaitsUntilOursIsKnown) {
    auto lost = Environment{{"DRCHRONO_BASE_URL", "http://127.0.0.1:1"}};
    start(lost);
    constexpr int many = 30;
    for (int id = 1; id <= many; ++id) ASSERT_EQ(name_practice(id % 2 == 0 ? "4242" : "999", id).status, 200);
    ASSERT_EQ(deliver("PATIENT_CREATE", R"({"id":500,"first_name":"Testa"})").status, 200);
    EXPECT_TRUE(becomes("select count(*) from patients", "1")) << "what names none is applied";
    EXPECT_TRUE(becomes("select count(*) from inbox where state = 'pending' and attempts = 0 "
                        "and reason = 'waits until our practice is known'",
                        std::to_string(many)));
    EXPECT_TRUE(ready_is(200, fmt::format(R"("waiting_for_practice":{})", many)));
    stop();
    start(lost);
    EXPECT_TRUE(ready_is(200, fmt::format(R"("waiting_for_practice":{})", many))) << "after a restart, too";
    stop();
    start();
    EXPECT_TRUE(becomes("select count(*) from inbox where state = 'ignored' and reason = 'another practice'",
                        std::to_string(many / 2)));
    EXPECT_TRUE(becomes("select count(*) from patients where drchrono_id < 500", std::to_string(many / 2)));
    EXPECT_EQ(ask("select count(*) from patients where drchrono_id % 2 = 1"), "0");
    EXPECT_EQ(ask("select count(*) from inbox where attempts > 1"), "0") << "waiting was no try";
}

TEST_F(Surroundings, WithoutCredentialsTheSettingTellsThePractice) {
    start(alone());
    ASSERT_EQ(name_practice("4242", 1).status, 200);
    EXPECT_TRUE(becomes("select reason from inbox", "waits until our practice is known"));
    stop();
    auto told = alone();
    told["DRCHRONO_PRACTICE_GROUP_ID"] = "4242";
    start(told);
    EXPECT_TRUE(becomes("select count(*) from patients", "1"));
}

TEST_F(Surroundings, WhatAWrongPracticeHasPutAsideIsTakenUp) {
    auto wrong = alone();
    wrong["DRCHRONO_PRACTICE_GROUP_ID"] = "999";
    start(wrong);
    ASSERT_EQ(name_practice("4242", 1, "d-1").status, 200);
    ASSERT_EQ(name_practice("5", 2, "d-2").status, 200);
    ASSERT_TRUE(becomes("select count(*) from inbox where state = 'ignored'", "2"));
    stop();
    auto right = alone();
    right["DRCHRONO_PRACTICE_GROUP_ID"] = "4242";
    start(right);
    EXPECT_TRUE(becomes("select string_agg(state, ',' order by seq) from inbox", "done,ignored"));
    EXPECT_EQ(ask("select count(*) from patients"), "1");
    EXPECT_NE(name_practice("5", 2, "d-2").body.find("duplicate"), std::string::npos);
    EXPECT_TRUE(becomes("select count(*) from sync_log where details ->> 'delivery_id' = "
                        "(select id::text from inbox where sender_id = 'd-2')",
                        "2"))
        << "judged once more";
    EXPECT_TRUE(becomes("select state from inbox where sender_id = 'd-2'", "ignored"));
}

TEST_F(Surroundings, HalfOfTheClientsCredentialsRefusesTheStart) {
    for (const auto* missing : {"DRCHRONO_CLIENT_ID", "DRCHRONO_CLIENT_SECRET"}) {
        const auto [status, output] = refused({{missing, ""}});
        EXPECT_EQ(status, 2) << output;
        EXPECT_NE(output.find(fmt::format("{}: is missing", missing)), std::string::npos) << output;
    }
}

TEST_F(Surroundings, TheZoneOfADoctorThatCannotBeUsedIsTold) {
    start(alone());
    database.query("insert into doctors (drchrono_id, timezone, drchrono_raw, origin) values (2, 'PST', '{}', 'api')");
    const auto [status, said] = refused(alone(), {"doctor"});
    EXPECT_EQ(status, 0) << said;
    EXPECT_NE(said.find(R"(doctor 2 has "PST")"), std::string::npos) << said;
}

}  // namespace
}  // namespace dcs
