// Notes on their way into the table: once, whole, with audit row, event and sync_log row, and nothing lost when refused.
#include "support/notes.hpp"

namespace dcs::deepcura {
namespace {

class Filing : public test::WithNotes {};

constexpr auto full =
    R"({"event_type":"session_complete","session_id":"s-1","appointment_id":900,"patient_id":5,"doctor_id":1,
 "session_date":"2026-10-05","session_time":"09:30","duration_minutes":40,"transcript":"Sample words.",
 "soap":{"subjective":"sub","objective":"obj","assessment":"ass","plan":"pla"},
 "icd10_codes":[{"code":"F41.1","description":"GAD"}],"cpt_codes":[{"code":"99214"}],
 "medication_mentions":[{"name":"Samplol"}],"risk_assessment":{"suicidal_ideation":false},"billing_summary":{"visit_type":"x"}})";

TEST_F(Filing, StoresEveryFieldInItsColumn) {
    const auto filed = file(full);
    EXPECT_FALSE(filed.linked);
    EXPECT_FALSE(filed.duplicate);
    EXPECT_EQ(
        ask("select concat_ws('|', event_type, session_id, drchrono_appt_id, drchrono_patient_id, doctor_id, session_date, "
            "session_time, duration_minutes, transcript, soap_subjective, soap_objective, soap_assessment, soap_plan) "
            "from deepcura_notes"),
        "session_complete|s-1|900|5|1|2026-10-05|09:30:00|40|Sample words.|sub|obj|ass|pla");
    EXPECT_EQ(
        ask("select concat_ws('|', icd10_codes -> 0 ->> 'code', cpt_codes -> 0 ->> 'code', medication_mentions -> 0 ->> 'name', "
            "risk_assessment ->> 'suicidal_ideation', risk_assessment ->> 'homicidal_ideation', billing_summary ->> 'visit_type') "
            "from deepcura_notes"),
        "F41.1|99214|Samplol|false|unknown|x");
    EXPECT_EQ(ask("select gridhook_raw ->> 'session_id' from deepcura_notes"), "s-1");
    EXPECT_EQ(ask("select convert_from(bytes, 'UTF8') from deepcura_payloads"), full);
    EXPECT_EQ(ask("select id from deepcura_notes"), filed.note_id);
}

TEST_F(Filing, CommitsNoteDeliveryAuditEventAndRunTogether) {
    const auto filed = file(full);
    EXPECT_EQ(ask("select state || ' ' || source from inbox where id = '" + filed.note_id + "'"), "done deepcura");
    EXPECT_EQ(
        ask("select operation || ' ' || actor || ' ' || cause from change_log where table_name = 'deepcura_notes'"),
        "INSERT deepcura-gridhook delivery:" + filed.note_id);
    EXPECT_EQ(
        ask("select operation || ' ' || (drchrono_id is null) from outbox where record_id = '" + filed.note_id + "'"),
        "INSERT true");
    EXPECT_EQ(
        ask("select concat_ws(' ', source, sync_type, table_name, status, records_created, details ->> 'linkedToClinicalNote', "
            "details ->> 'delivery_id') from sync_log"),
        "deepcura gridhook deepcura_notes completed 1 false " + filed.note_id);
    expect_whole();
}

TEST_F(Filing, TheSameContentIsOneNote) {
    const auto first = file(full);
    const auto again = file(R"( {"session_id" : "s-9", "patient_id":5} )");
    const auto same = file(full);
    EXPECT_EQ(same.note_id, first.note_id);
    EXPECT_TRUE(same.duplicate);
    EXPECT_NE(again.note_id, first.note_id);
    EXPECT_EQ(file(R"({"patient_id":5,"session_id":"s-9"})").note_id, again.note_id)
        << "the order of members is no content";
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "2");
    EXPECT_EQ(ask("select count(*) from inbox"), "4") << "each delivery is kept";
    EXPECT_EQ(ask("select count(*) from change_log"), "2");
    EXPECT_EQ(ask("select sum(records_unchanged) from sync_log"), "2");
}

TEST_F(Filing, ManyAtOnceShareCommitsAndStayApart) {
    std::vector<std::shared_ptr<test::Ended<Result<Filed>>>> running;
    for (int at = 0; at < 60; ++at) {
        const auto payload =
            fmt::format(R"({{"session_id":"s-{}","transcript":"t"}})", at % 20);  // each content three times
        inbox::Arrival arrival{.source = "deepcura", .event = "gridhook", .body = payload};
        running.push_back(
            test::spawn(io, filing.receive(std::move(arrival), read_gridhook(plain, payload, {}).value())));
    }
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    std::map<std::string, int> by_note;
    for (const auto& each : running) ++by_note[each->value->value().note_id];
    EXPECT_EQ(by_note.size(), 20U);
    for (const auto& [note, count] : by_note) EXPECT_EQ(count, 3) << note;
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "20");
    EXPECT_EQ(ask("select count(*) from inbox where state = 'done'"), "60");
    EXPECT_EQ(ask("select count(*) from sync_log"), "60");
    expect_whole();
}

TEST_F(Filing, AChangedNoteOfASessionIsAVersionThatPointsToTheOneItReplaces) {
    const auto first = file(R"({"session_id":"s-1","patient_id":5,"soap_plan":"one"})");
    const auto second = file(R"({"session_id":"s-1","patient_id":5,"soap_plan":"two"})");
    const auto third = file(R"({"session_id":"s-1","patient_id":5,"soap_plan":"three"})");
    const auto replaces = [&](const Filed& note) {
        return ask("select coalesce(replaces_id::text, '-') from deepcura_notes where id = '" + note.note_id + "'");
    };
    EXPECT_EQ(replaces(first), "-");
    EXPECT_EQ(replaces(second), first.note_id);
    EXPECT_EQ(replaces(third), second.note_id);
}

TEST_F(Filing, AVersionNeverReplacesAnotherPatientsNote) {
    file(R"({"session_id":"1","patient_id":5})");
    file(R"({"session_id":"1","patient_id":6})");
    file(R"({"session_id":"2","patient_id":6})");
    EXPECT_EQ(ask("select count(*) from deepcura_notes where replaces_id is not null"), "0");
}

TEST_F(Filing, AMomentBecomesTheDayOfTheDoctorsZone) {
    apply(fetched("doctors", R"({"id":1,"timezone":"America/Los_Angeles"})"));
    file(R"({"session_id":"1","doctor_id":1,"session_date":"2026-10-06T05:30:00Z"})");
    file(R"({"session_id":"2","doctor_id":2,"session_date":"2026-10-06T05:30:00Z"})");
    file(R"({"session_id":"3","session_date":"2026-10-06T03:30:00+00:00"})");
    EXPECT_EQ(ask("select string_agg(session_date::text, ' ' order by session_id) from deepcura_notes"),
              "2026-10-05 2026-10-06 2026-10-05")
        << "the doctor's zone, else the practice's";
}

TEST_F(Filing, OddPayloadsAreKeptAndFlaggedNotRefused) {
    for (const auto* payload :
         {R"({})", R"({"a\u0000b":"c\u0000d"})", R"({"patient_id":"not a number","session_date":"yesterday"})",
          R"({"patient_id":99999999999999999999999,"icd10_codes":{"x":[1,2,{"y":null}]}})",
          R"({"transcript":{"a":["\ud800"]}})", R"({"session_date":"9999-12-31T23:59:59Z","duration_minutes":1e99})",
          R"({"doctor_id":-1,"session_time":"99:99"})"})
        EXPECT_TRUE(try_file(payload).has_value()) << payload;
    EXPECT_EQ(ask("select count(*) from deepcura_payloads where bytes <> ''"), "7");
    EXPECT_EQ(ask("select count(*) from inbox where state <> 'done'"), "0");
}

TEST_F(Filing, AVeryLargeNoteIsStored) {
    const auto filed = file(R"({"session_id":"big","transcript":")" + std::string(5'000'000, 'x') + R"("})");
    EXPECT_EQ(ask("select length(transcript) from deepcura_notes where id = '" + filed.note_id + "'"), "5000000");
}

TEST_F(Filing, WhatTheDatabaseRefusesIsKeptAndTriedAgain) {
    database.query("alter table deepcura_notes add constraint refused check (session_id <> 'refused')");
    std::vector<std::shared_ptr<test::Ended<Result<Filed>>>> running;
    for (const auto* session : {"good-1", "refused", "good-2"}) {
        const auto payload = fmt::format(R"({{"session_id":"{}"}})", session);
        inbox::Arrival arrival{.source = "deepcura", .event = "gridhook", .body = payload};
        running.push_back(
            test::spawn(io, filing.receive(std::move(arrival), read_gridhook(plain, payload, {}).value())));
    }
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    for (const auto& each : running) ASSERT_TRUE(each->value->has_value());
    EXPECT_EQ(ask("select string_agg(session_id, ' ' order by session_id) from deepcura_notes"), "good-1 good-2");
    const auto promised = running[1]->value->value().note_id;
    EXPECT_EQ(ask("select state from inbox where id = '" + promised + "'"), "pending");

    database.query("alter table deepcura_notes drop constraint refused");
    Tasks tasks{io.get_executor(),
                [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
    filing.start(tasks);
    EXPECT_TRUE(
        test::turn_until(io, [&] { return ask("select state from inbox where id = '" + promised + "'") == "done"; }));
    filing.stop();
    EXPECT_TRUE(test::run_async(io, tasks.join(std::chrono::seconds{5})));
    EXPECT_EQ(ask("select session_id from deepcura_notes where id = '" + promised + "'"), "refused");
    EXPECT_EQ(ask("select count(*) from sync_log where details ->> 'delivery_id' = '" + promised + "'"), "1");
}

TEST_F(Filing, AFailingDatabaseIsAnErrorAndNothingIsHalfStored) {
    database.query("alter table sync_log add constraint refused check (source <> 'deepcura')");
    // Everything of the note is refused with its run; only the delivery stays.
    const auto filed = try_file(R"({"session_id":"s"})");
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "0");
    EXPECT_EQ(ask("select count(*) from change_log"), "0");
    ASSERT_TRUE(filed.has_value());
    EXPECT_EQ(ask("select state from inbox"), "pending");
}

}  // namespace
}  // namespace dcs::deepcura
