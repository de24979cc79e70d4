// What a clinic was promised, seen from outside: the service's own binary, a real PostgreSQL, a simulated DrChrono.
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class Acceptance : public test::WithService {};

TEST_F(Acceptance, HealthAndReadyAnswer) {
    start();
    const auto health = get("/health");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.body, R"({"status":"ok"})");
    EXPECT_EQ(get("/ready").status, 200);
    EXPECT_EQ(get("/nowhere").status, 404);
    EXPECT_EQ(stop(), 0);
}

TEST_F(Acceptance, OnlyARightSignatureIsAccepted) {
    start();
    const std::string body = R"({"object":{"id":1}})";
    const auto refused =
        post("/webhooks/drchrono", body, {{"X-drchrono-signature", "wrong"}, {"X-drchrono-event", "PATIENT_CREATE"}});
    EXPECT_EQ(refused.status, 401);
    EXPECT_NE(refused.body.find(R"("error":"Invalid signature")"), std::string::npos);
    EXPECT_EQ(post("/webhooks/drchrono", body, {{"X-drchrono-event", "PATIENT_CREATE"}}).status, 401);
    EXPECT_EQ(ask("select count(*) from inbox"), "0");
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1})").status, 200);
    EXPECT_EQ(post("/webhooks/drchrono", "{not json",
                   {{"X-drchrono-signature", secret}, {"X-drchrono-event", "PATIENT_CREATE"}})
                  .status,
              400);
}

/// A state without a time of its own that changes nothing here: what it announces may be a member that it does not show.
TEST_F(Acceptance, AWebhookThatShowsNoChangeIsFollowedByAQuestion) {
    start();
    const auto id = drchrono->ids("problems").front();
    ASSERT_EQ(deliver("PATIENT_PROBLEM_MODIFY", "{\"id\":" + id + "}", "first").status, 200);
    ASSERT_TRUE(becomes("select count(*) from problems where status is not null", "1"))
        << "the question after the first";
    ASSERT_TRUE(settled());
    const auto patient = ask("select drchrono_patient_id from problems where drchrono_id = " + id);
    const auto known = fmt::format(R"({{"id":{},"patient":{}}})", id, patient);
    ASSERT_EQ(deliver("PATIENT_PROBLEM_MODIFY", known, "second").status, 200);
    EXPECT_TRUE(
        becomes("select count(*) from fetches where table_name = 'problems' and drchrono_id = '" + id + "'", "1"));
    EXPECT_TRUE(becomes(
        "select string_agg(state || ' ' || reason, ', ' order by seq desc) like 'done unchanged%' from inbox", "t"));
}

TEST_F(Acceptance, AMorningOfWebhooksBecomesRecordsAuditRowsAndEvents) {
    start();
    const auto patient =
        drchrono->create("patients", {{"first_name", "Testa"}, {"cell_phone", "(555) 555-0100"}}).value();
    ASSERT_TRUE(becomes(fmt::format("select first_name || phone from patients where drchrono_id = {}", patient.id),
                        "Testa(555) 555-0100"));
    ASSERT_TRUE(drchrono->change("patients", patient.id, {{"first_name", "Changed"}}).has_value());
    ASSERT_TRUE(becomes(fmt::format("select first_name from patients where drchrono_id = {}", patient.id), "Changed"));

    const auto appointment = drchrono->create("appointments", {{"patient", std::stoll(patient.id)}}).value();
    ASSERT_TRUE(becomes(
        fmt::format(
            "select patient_id = (select id from patients where drchrono_id = {}) from appointments where drchrono_id = '{}'",
            patient.id, appointment.id),
        "t"));
    ASSERT_TRUE(drchrono->lock_note(appointment.id).has_value());
    ASSERT_TRUE(becomes(
        fmt::format(
            "select locked and locked_at is not null and appointment_id is not null from clinical_notes where drchrono_appt_id = '{}'",
            appointment.id),
        "t"));
    ASSERT_TRUE(drchrono->remove("appointments", appointment.id).has_value());
    ASSERT_TRUE(becomes(
        fmt::format("select deleted_at is not null from appointments where drchrono_id = '{}'", appointment.id), "t"));
    ASSERT_TRUE(settled());
    EXPECT_EQ(ask(fmt::format("select primary_insurance is not null from patients where drchrono_id = {}", patient.id)),
              "t")
        << "fetched";
    expect_whole();
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(log.find("Testa"), std::string::npos) << "clinical content in the log";
    EXPECT_EQ(log.find(secret), std::string::npos);
}

TEST_F(Acceptance, AnAppointmentMayComeBeforeItsPatient) {
    start({{"DRCHRONO_CLIENT_ID", ""}, {"DRCHRONO_CLIENT_SECRET", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}});
    ASSERT_EQ(
        deliver("APPOINTMENT_CREATE", R"({"id":"900","patient":77,"scheduled_time":"2026-10-05T09:00:00"})").status,
        200);
    ASSERT_TRUE(becomes("select patient_id is null from appointments", "t"));
    ASSERT_EQ(deliver("PATIENT_CREATE", R"({"id":77,"first_name":"Late"})").status, 200);
    ASSERT_TRUE(becomes("select patient_id = (select id from patients) from appointments", "t"));
}

TEST_F(Acceptance, AnIdAloneIsFetched) {
    start();
    const auto id = drchrono->ids("patients").front();
    const auto answer = post("/webhooks/drchrono", fmt::format(R"({{"event":"PATIENT_MODIFY","object_id":{}}})", id),
                             {{"X-drchrono-signature", secret}});
    ASSERT_EQ(answer.status, 200);
    ASSERT_TRUE(becomes(fmt::format("select origin from patients where drchrono_id = {}", id), "api"));
    ASSERT_TRUE(becomes("select state from inbox", "done"));
    expect_whole();
}

TEST_F(Acceptance, AnOldStateThatSaysGoneIsSettledByAFetch) {
    start();
    const auto id = drchrono->create("appointments", {}, {.silent = true}).value().id;
    ASSERT_TRUE(drchrono->remove("appointments", id, {.silent = true}).has_value());
    ASSERT_EQ(
        deliver("APPOINTMENT_CREATE", fmt::format(R"({{"id":"{}","updated_at":"2026-01-02T00:00:00"}})", id)).status,
        200);
    ASSERT_EQ(
        deliver("APPOINTMENT_DELETE", fmt::format(R"({{"id":"{}","updated_at":"2026-01-01T00:00:00"}})", id)).status,
        200);
    EXPECT_TRUE(becomes("select deleted_at is not null from appointments", "t"));
}

TEST_F(Acceptance, ADoctorThatNoWebhookTellsOfIsFetchedForTheZoneOfAnAppointment) {
    start({{"PRACTICE_TIMEZONE", ""}});
    const auto id = drchrono->ids("appointments").front();
    ASSERT_TRUE(drchrono->announce("APPOINTMENT_MODIFY", "appointments", id).has_value());
    EXPECT_TRUE(becomes("select scheduled_at is not null from appointments", "t"));
    EXPECT_EQ(ask("select count(*) from doctors"), "1");
}

TEST_F(Acceptance, AnEventOfOursThatNamesNoRecordIsVisiblyDead) {
    start();
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":true})").status, 200);
    EXPECT_TRUE(becomes("select state from inbox", "dead"));
    EXPECT_EQ(ask("select status from sync_log"), "failed");
}

TEST_F(Acceptance, ManyDeliveriesOfOneRecordCollapseIntoFewFetches) {
    start({{"DRCHRONO_WEBHOOK_APPLY", "refetch"}});
    const auto id = drchrono->ids("patients").front();
    const auto before = drchrono->requests("/api/patients/{id}");
    for (int at = 0; at < 30; ++at)
        ASSERT_EQ(deliver("PATIENT_MODIFY", fmt::format(R"({{"id":{},"n":{}}})", id, at)).status, 200);
    ASSERT_TRUE(settled());
    EXPECT_EQ(ask("select count(*) from inbox where state = 'done'"), "30");
    EXPECT_LT(drchrono->requests("/api/patients/{id}") - before, 25u) << "however slowly they come on a busy machine";
    expect_whole();
}

TEST_F(Acceptance, ARepeatedDeliveryIsStoredOnce) {
    start({{"DRCHRONO_CLIENT_ID", ""}, {"DRCHRONO_CLIENT_SECRET", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}});
    const auto first = deliver("PATIENT_CREATE", R"({"id":1,"first_name":"A"})", "d-1");
    const auto second = deliver("PATIENT_CREATE", R"({"id":1,"first_name":"A"})", "d-1");
    EXPECT_NE(second.body.find(R"("duplicate":true)"), std::string::npos);
    EXPECT_EQ(second.body.substr(0, first.body.size() - 1), first.body.substr(0, first.body.size() - 1));
    EXPECT_EQ(ask("select count(*) from inbox"), "1");
}

TEST_F(Acceptance, UnknownEventsForeignPracticesAndPingsAreKept) {
    start({{"DRCHRONO_PRACTICE_GROUP_ID", "4242"}});
    EXPECT_EQ(deliver("SOMETHING_NEW", R"({"id":1})").status, 200);
    EXPECT_EQ(deliver("PING", "{}").status, 200);
    EXPECT_EQ(post("/webhooks/drchrono", R"({"object":{"id":5},"practice_group_id":999})",
                   {{"X-drchrono-signature", secret}, {"X-drchrono-event", "PATIENT_CREATE"}})
                  .status,
              200);
    ASSERT_TRUE(becomes("select string_agg(event || ':' || state, ' ' order by seq) from inbox",
                        "SOMETHING_NEW:ignored PING:done PATIENT_CREATE:ignored"));
    EXPECT_EQ(ask("select count(*) from patients"), "0");
}

TEST_F(Acceptance, ConnectionsThatTheDatabaseDropsAreReplaced) {
    start();
    database.query_as_superuser(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'app_user'");
    const auto answer = deliver("PATIENT_CREATE", R"({"id":1,"first_name":"A"})");
    EXPECT_TRUE(answer.status == 200 || answer.status == 503);
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":2,"first_name":"B"})").status, 200)
        << "the pool has replaced its connections";
    ASSERT_TRUE(becomes("select count(*) from patients where drchrono_id = 2", "1"));
}

TEST_F(Acceptance, StopsWithinTenSecondsWithNothingHalfDone) {
    start();
    for (int id = 1; id <= 50; ++id)
        ASSERT_EQ(deliver("PATIENT_CREATE", fmt::format(R"({{"id":{},"first_name":"A"}})", id)).status, 200);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    EXPECT_EQ(ask("select count(*) from inbox where state = 'processing'"), "0");
    EXPECT_EQ(ask("select count(*) from fetches where state = 'running'"), "0");
}

TEST(Demo, EndsWithStatusZeroOnceEverythingArrived) {
    test::ChildProcess::Options options;
    options.argv = {SERVICE_BINARY, "demo", "--once", "--pace", "20"};
    test::ChildProcess demo{std::move(options)};
    const auto status = demo.wait(3min);
    EXPECT_EQ(status, std::optional{0}) << demo.output();
    EXPECT_NE(demo.output().find("Every delivery became a record, an audit row and an event."), std::string::npos);
}

/// Started on an empty directory it makes a cluster of its own; killed with it, it comes up again with what was acknowledged.
TEST(EmbeddedService, SurvivesKillNineWithItsDatabase) {
    test::TemporaryDirectory directory;
    asio::io_context io{1};
    net::Client client{io.get_executor(), "tests"};
    const auto port = test::free_port();
    const auto url = fmt::format("http://127.0.0.1:{}", port);
    const auto start = [&] {
        test::ChildProcess::Options options;
        options.argv = {SERVICE_BINARY, "serve", "--dev"};
        options.environment = {
            {"PORT", std::to_string(port)}, {"DATA_DIR", directory.path().string()}, {"DB_HOST", ""}};
        auto service = std::make_unique<test::ChildProcess>(std::move(options));
        const auto ready = [&] {
            net::Call call{.url = url + "/ready", .time_limit = 5s};
            const auto answer = test::run_async(io, client.send(std::move(call)));
            return answer && answer->status == 200;
        };
        EXPECT_TRUE(test::turn_until(io, ready)) << service->output();
        return service;
    };
    const auto deliver = [&](int id) {
        net::Call call{.method = "POST",
                       .url = url + "/webhooks/drchrono",
                       .body = fmt::format(R"({{"object":{{"id":{},"first_name":"A"}}}})", id),
                       .time_limit = 5s};
        call.headers.add("X-drchrono-signature", "dev");
        call.headers.add("X-drchrono-event", "PATIENT_CREATE");
        const auto answer = test::run_async(io, client.send(std::move(call)));
        return answer ? answer->status : 0;
    };
    auto service = start();
    for (int id = 1; id <= 20; ++id) EXPECT_EQ(deliver(id), 200);
    service->kill();
    service = start();
    EXPECT_EQ(deliver(21), 200) << service->output();

    std::ifstream pid_file{directory.path() / "postgres" / "data" / "postmaster.pid"};
    pid_t postmaster = 0;
    pid_file >> postmaster;
    ASSERT_GT(postmaster, 1);
    ::kill(postmaster, SIGKILL);
    EXPECT_TRUE(test::turn_until(io, [&] { return deliver(22) == 200; })) << "a database that dies is started again\n"
                                                                          << service->output();
    EXPECT_EQ(service->terminate(60s), 0);
    EXPECT_NE(service->output().find("stopped"), std::string::npos);
}

}  // namespace
}  // namespace dcs
