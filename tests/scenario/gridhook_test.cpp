// Notes of the scribe as the clinic sees them: the service's own binary, a real PostgreSQL, a simulated scribe beside DrChrono.
#include "base/document.hpp"
#include "simulator/scribe.hpp"
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <random>

namespace dcs {
namespace {

using namespace std::chrono_literals;
using simulator::Damage;
using simulator::Play;
using simulator::Scheme;
using simulator::ScribeAct;

class Gridhooks : public test::WithService {
protected:
    ~Gridhooks() override {
        if (scribe) test::run_async(io, scribe->stop());
    }
    void hire(Scheme scheme = Scheme::scrypt_zero_iv) {
        simulator::ScribeOptions options;
        options.url = fmt::format("http://127.0.0.1:{}/webhooks/deepcura", port);
        options.secret = gridhook_secret;
        options.scheme = scheme;
        scribe.emplace(io.get_executor(), *drchrono, options,
                       [this](net::Call call) { return client.send(std::move(call)); });
    }
    simulator::Sent play(Play play) {
        auto sent = test::run_async(io, scribe->play(std::move(play)));
        EXPECT_TRUE(sent.has_value() && !sent->empty());
        return sent ? sent->back() : simulator::Sent{};
    }
    /// An appointment that the mirror does not know of yet.
    std::string silent_visit(const std::string& patient, const std::string& time) {
        return drchrono
            ->create("appointments", {{"patient", std::stoll(patient)}, {"scheduled_time", time}}, {.silent = true})
            .value()
            .id;
    }
    std::string link_of(const std::string& note_id) {
        return ask(fmt::format(
            "select coalesce((select c.drchrono_appt_id from clinical_notes c where c.id = n.clinical_note_id), '-') "
            "from deepcura_notes n where id = '{}'",
            note_id));
    }

    std::optional<simulator::Scribe> scribe;
};

TEST_F(Gridhooks, ANoteIsFiledBesideItsClinicalNote) {
    start();
    hire();
    const auto patient = drchrono->ids("patients").front();
    const auto visit = drchrono->create("appointments", {{"patient", std::stoll(patient)}}).value().id;
    ASSERT_TRUE(drchrono->lock_note(visit).has_value());
    ASSERT_TRUE(becomes("select count(*) from clinical_notes", "1"));
    ASSERT_TRUE(settled());

    const auto sent = play({.act = ScribeAct::file, .appointment_id = visit});
    EXPECT_EQ(sent.status, 200);
    EXPECT_TRUE(sent.linked);
    EXPECT_FALSE(sent.duplicate);
    EXPECT_EQ(link_of(sent.note_id), visit);
    const auto again = play({.act = ScribeAct::repeat, .appointment_id = visit});
    EXPECT_EQ(again.note_id, sent.note_id);
    EXPECT_TRUE(again.duplicate);
    const auto edited = play({.act = ScribeAct::edit, .appointment_id = visit});
    EXPECT_EQ(edited.status, 200);
    EXPECT_EQ(ask("select replaces_id from deepcura_notes where id = '" + edited.note_id + "'"), sent.note_id);
    expect_whole();
    const auto words = ask("select substr(transcript, 40, 30) from deepcura_notes limit 1");
    ASSERT_EQ(words.size(), 30U);
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(log.find(gridhook_secret), std::string::npos);
    EXPECT_EQ(log.find(words), std::string::npos) << "clinical content in the log";
}

TEST_F(Gridhooks, ANoteThatComesBeforeItsAppointmentIsLinkedLate) {
    start();
    hire();
    const auto patient = drchrono->ids("patients").front();
    const auto visit = silent_visit(patient, "2026-10-05T09:00:00");
    const auto sent = play({.act = ScribeAct::early, .appointment_id = visit});
    EXPECT_EQ(sent.status, 200);
    EXPECT_FALSE(sent.linked);
    ASSERT_TRUE(drchrono->announce("APPOINTMENT_CREATE", "appointments", visit).has_value());
    ASSERT_TRUE(drchrono->lock_note(visit).has_value());
    EXPECT_TRUE(becomes("select clinical_note_id is not null from deepcura_notes", "t"));
    EXPECT_EQ(link_of(sent.note_id), visit);
    EXPECT_EQ(ask("select actor from change_log where table_name = 'deepcura_notes' and operation = 'UPDATE'"),
              "deepcura-linker");
    expect_whole();
}

TEST_F(Gridhooks, AllSchemesAreUnderstood) {
    for (const auto scheme : {Scheme::scrypt_zero_iv, Scheme::scrypt_iv_prefix, Scheme::sha256_iv_prefix,
                              Scheme::cryptojs, Scheme::aes_gcm}) {
        start({{"DEEPCURA_CIPHER", std::string{simulator::scheme_name(scheme)}}});
        hire(scheme);
        const auto visit = drchrono->ids("appointments").front();
        EXPECT_EQ(play({.act = ScribeAct::file, .appointment_id = visit}).status, 200)
            << simulator::scheme_name(scheme);
        for (const auto damage : {Damage::wrong_key, Damage::truncated, Damage::plain_json})
            EXPECT_EQ(play({.act = ScribeAct::corrupted, .appointment_id = visit, .damage = damage}).status, 422);
        EXPECT_EQ(play({.act = ScribeAct::corrupted, .appointment_id = visit, .damage = Damage::not_json}).status, 400);
        EXPECT_EQ(play({.act = ScribeAct::corrupted, .appointment_id = visit, .damage = Damage::bad_secret}).status,
                  401);
        EXPECT_EQ(stop(), 0);
    }
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "1") << "the same content, whatever its ciphertext";
    EXPECT_EQ(ask("select count(*) from inbox where state = 'done'"), "5");
}

TEST_F(Gridhooks, WhatDidNotOpenIsReplayedUnderTheRightScheme) {
    start();
    hire(Scheme::cryptojs);
    const auto visit = drchrono->ids("appointments").front();
    const auto refused = play({.act = ScribeAct::file, .appointment_id = visit});
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(ask("select state from inbox"), "dead");
    EXPECT_EQ(ask("select status || ' ' || error from sync_log"), "failed the payload does not open");
    EXPECT_TRUE(test::turn_until(io, [&] { return get("/ready").body.find("degraded") != std::string::npos; }));
    EXPECT_EQ(stop(), 0);

    start({{"DEEPCURA_CIPHER", "cryptojs"}});
    const auto where = database.settings();
    test::ChildProcess replay{{.argv = {SERVICE_BINARY, "gridhook", "replay", "--all"},
                               .environment = {{"DRCHRONO_WEBHOOK_SECRET", secret},
                                               {"DEEPCURA_SHARED_SECRET", gridhook_secret},
                                               {"DB_HOST", where.host},
                                               {"DB_PORT", std::to_string(where.port)},
                                               {"DB_NAME", where.database},
                                               {"DB_USER", where.user},
                                               {"DB_PASSWORD", where.password}}}};
    EXPECT_EQ(replay.wait(30s), 0) << replay.output();
    EXPECT_NE(replay.output().find("1 delivery"), std::string::npos);
    EXPECT_TRUE(becomes("select count(*) from deepcura_notes", "1"));
    EXPECT_EQ(ask("select i.state from inbox i join deepcura_notes n using (id)"), "done");
}

TEST_F(Gridhooks, ProbeSaysWhichSchemeFitsAndShowsNothingUnasked) {
    const auto file = testing::TempDir() + "captured-gridhook.json";
    std::ofstream{file} << R"({"encrypted_payload":")"
                        << simulator::encrypt(Scheme::sha256_iv_prefix, "older", R"({"transcript":"clinical words"})")
                        << R"("})";
    const auto run = [&](std::vector<std::string> more) {
        std::vector<std::string> argv{SERVICE_BINARY, "gridhook", "probe", file};
        argv.insert(argv.end(), more.begin(), more.end());
        test::ChildProcess probe{{.argv = std::move(argv),
                                  .environment = {{"DEEPCURA_SHARED_SECRET", "newer"},
                                                  {"DEEPCURA_SHARED_SECRET_PREVIOUS", "older"},
                                                  {"DATA_DIR", "/nowhere"}}}};
        const auto status = probe.wait(30s);
        return std::pair{status.value_or(-1), probe.output()};
    };
    const auto [status, said] = run({});
    EXPECT_EQ(status, 0) << said;
    EXPECT_NE(said.find("Set DEEPCURA_CIPHER=sha256-iv-prefix"), std::string::npos) << said;
    EXPECT_NE(said.find("previous secret"), std::string::npos);
    EXPECT_EQ(said.find("clinical words"), std::string::npos);
    EXPECT_EQ(said.find("transcript"), std::string::npos);
    const auto [refused, nothing] = run({"--show"});
    EXPECT_EQ(refused, 2) << "a pipe can end in a log";
    EXPECT_EQ(nothing.find("clinical words"), std::string::npos) << nothing;
    const test::TemporaryDirectory directory;
    const auto shown = directory.path() / "shown.txt";
    EXPECT_EQ(run({"--show", "--out", shown.string()}).first, 0);
    std::ifstream written{shown};
    const std::string values{std::istreambuf_iterator<char>{written}, {}};
    EXPECT_NE(values.find("clinical words"), std::string::npos) << values;
    EXPECT_EQ(run({"--dev"}).first, 0) << "as other commands take it";
}

TEST_F(Gridhooks, ADayInAnyOrderEndsTheSame) {
    start();
    hire();
    std::vector<std::string> visits;
    const auto patients = drchrono->ids("patients");
    for (int at = 0; at < 14; ++at) {
        const auto& patient = patients[static_cast<std::size_t>(at) % 10];  // four patients have two visits
        visits.push_back(silent_visit(patient, fmt::format("2026-10-05T{:02}:00:00", 8 + at % 10)));
    }
    for (const auto& visit : visits) drchrono->lock_note(visit, {.silent = true}).value();
    const auto notes = scribe->day(visits).value();
    const auto summary = [&] {
        return ask(
            "select string_agg(concat_ws(' ', session_id, link_method, clinical_note_id is not null, "
            "(select drchrono_appt_id from clinical_notes c where c.id = clinical_note_id), "
            "(select string_agg(c.drchrono_appt_id, ',' order by c.drchrono_appt_id) from deepcura_suggestions s "
            " join clinical_notes c on c.id = s.clinical_note_id where s.note_id = n.id)), E'\\n' "
            "order by encode(content_sha256, 'hex')) from deepcura_notes n");
    };
    std::string first;
    std::mt19937 dice{20261005};
    for (int round = 0; round < 3; ++round) {
        std::vector<std::function<void()>> arrivals;
        for (const auto& note : notes)
            arrivals.emplace_back([&] {
                auto sending = scribe->send(note);
                EXPECT_EQ(test::run_async(io, std::move(sending)).status, 200);
            });
        for (const auto& visit : visits) {
            arrivals.emplace_back([&] { drchrono->announce("APPOINTMENT_CREATE", "appointments", visit).value(); });
            arrivals.emplace_back([&] { drchrono->announce("CLINICAL_NOTE_LOCK", "clinical_notes", visit).value(); });
        }
        std::ranges::shuffle(arrivals, dice);
        for (const auto& arrive : arrivals) arrive();
        ASSERT_TRUE(test::run_async(io, drchrono->delivered(60s), 180s));
        ASSERT_TRUE(becomes("select count(*) from inbox where state in ('pending', 'processing')", "0"));
        ASSERT_TRUE(
            becomes("select count(*) from clinical_notes where note_date is not null", std::to_string(visits.size())));
        ASSERT_TRUE(becomes("select count(*) from relinks", "0"));
        expect_whole();
        EXPECT_EQ(ask("select count(*) from deepcura_notes n join clinical_notes c on c.id = n.clinical_note_id "
                      "where n.drchrono_patient_id <> c.drchrono_patient_id"),
                  "0");
        if (round == 0) first = summary();
        else EXPECT_EQ(summary(), first) << "round " << round;
        EXPECT_NE(first.find("appointment_id"), std::string::npos) << first;
        EXPECT_NE(first.find("patient_date"), std::string::npos) << first;
        database.query_as_superuser(
            "set session_replication_role = replica; delete from deepcura_suggestions; delete from deepcura_payloads; delete from deepcura_notes;"
            "delete from clinical_notes; delete from appointments; delete from relinks; delete from inbox; "
            "delete from sync_log; delete from fetches");
    }
}

class GridhookKilledAt : public Gridhooks, public testing::WithParamInterface<const char*> {};

TEST_P(GridhookKilledAt, LosesAndDoublesNothing) {
    start({{"SYNC_KILL_AT", GetParam()}});
    hire();
    const auto visits = drchrono->ids("appointments");
    std::vector<simulator::ComposedNote> notes;
    for (std::size_t at = 0; at < 8; ++at) notes.push_back(scribe->compose(visits[at]).value());
    std::map<std::size_t, std::string> told;
    for (std::size_t at = 0; at < notes.size(); ++at) {
        auto sending = scribe->send(notes[at]);
        const auto sent = test::run_async(io, std::move(sending));
        if (sent.status == 200) told[at] = sent.note_id;
    }
    ASSERT_TRUE(test::turn_until(io, [&] { return !running(); })) << "the fault point was not passed";
    ASSERT_EQ(service->wait(1s), std::optional{-SIGKILL});
    start();
    hire();
    for (const auto& [at, note_id] : told)
        EXPECT_EQ(ask("select count(*) from deepcura_notes where id = '" + note_id + "'"), "1");
    for (std::size_t at = 0; at < notes.size(); ++at) {
        auto sending = scribe->send(notes[at]);
        const auto sent = test::run_async(io, std::move(sending));
        EXPECT_EQ(sent.status, 200);
        EXPECT_EQ(sent.note_id, told.contains(at) ? told[at] : sent.note_id);
    }
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), std::to_string(notes.size()));
    expect_whole();
}

INSTANTIATE_TEST_SUITE_P(FaultPoints, GridhookKilledAt,
                         testing::Values("filing.before_commit:3", "filing.after_commit:3"), [](const auto& point) {
                             std::string name{point.param};
                             std::ranges::replace_if(name, [](char each) { return each == '.' || each == ':'; }, '_');
                             return name;
                         });

}  // namespace
}  // namespace dcs
