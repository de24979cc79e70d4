#include "support/marked_patients.hpp"

#include "base/document.hpp"
#include "simulator/scribe_cipher.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::test {

namespace {

/// The visit of the patient at `place`.
std::string visit(std::size_t place) { return fmt::format("72004200000{}", place + 1); }
/// A medication, problem, allergy or line item.
std::string record(int kind, std::size_t place) { return fmt::format("73{}04200000{}", kind, place + 1); }
/// One that was another patient's before.
constexpr auto moved_visit = "720042000099";

std::string id_in(const std::string& answer) {
    const auto body = Document::parse(answer);
    const auto* id = body ? body->value.find("noteId") : nullptr;
    return id && id->string() ? std::string{*id->string()} : std::string{};
}

}  // namespace

void WithMarkedPatients::fill(Environment more) {
    more["SCRIBE_GENERIC_SECRET"] = generic_secret;
    more["DEEPCURA_CIPHER"] = "sha256-iv-prefix";
    plans.emplace(database);
    start(std::move(more));
    for (std::size_t place = 0; place < patients.size(); ++place) add_records(place);
    EXPECT_TRUE(applied());
    const auto moved = [&](const MarkedPatient& whose) {
        return fmt::format(
            R"({{"id":"{}","patient":{},"doctor":1,"scheduled_time":"2026-10-07T09:00:00","reason":"moved {}"}})",
            moved_visit, whose.number, whose.word);
    };
    deliver("APPOINTMENT_CREATE", moved(patients[0]));
    EXPECT_TRUE(applied());
    deliver("APPOINTMENT_MODIFY", moved(patients[1]));
    EXPECT_TRUE(applied());
    add_notes();
    add_work();
    EXPECT_TRUE(applied());
    find_marks();
}

void WithMarkedPatients::add_records(std::size_t place) {
    const auto& one = patients[place];
    const auto of = [&](std::string_view id, std::string_view rest) {
        return fmt::format(R"({{"id":{},"patient":{},{}}})", id, one.number, rest);
    };
    deliver(
        "PATIENT_CREATE",
        fmt::format(R"({{"id":{0},"first_name":"{1}","last_name":"{1}son","chart_id":"C-{1}","social_security_number":)"
                    R"("ssn-{1}","date_of_birth":"1980-01-0{2}","updated_at":"2026-10-05T09:00:00"}})",
                    one.number, one.word, place + 1));
    deliver("APPOINTMENT_CREATE",
            fmt::format(
                R"({{"id":"{}","patient":{},"doctor":1,"scheduled_time":"2026-10-0{}T09:00:00","reason":"came {}"}})",
                visit(place), one.number, place + 1, one.word));
    deliver("CLINICAL_NOTE_LOCK",
            fmt::format(
                R"({{"appointment":"{}","patient":"{}","clinical_note_sections":[{{"name":"S","values":["{}"]}}]}})",
                visit(place), one.number, one.word));
    const auto id = [&](int kind) { return record(kind, place); };
    deliver("PATIENT_MEDICATION_CREATE", of(id(1), fmt::format(R"("doctor":1,"name":"drug {}")", one.word)));
    deliver("PATIENT_PROBLEM_CREATE", of(id(2), fmt::format(R"("doctor":1,"name":"problem {}")", one.word)));
    deliver("PATIENT_ALLERGY_CREATE", of(id(3), fmt::format(R"("doctor":1,"description":"allergy {}")", one.word)));
    deliver("LINE_ITEM_CREATE",
            of(id(4), fmt::format(R"("doctor":1,"appointment":{},"code":"99213","description":"item {}")", visit(place),
                                  one.word)));
}

/// DrChrono is not asked for what the deliveries have brought: it knows none of these patients.
bool WithMarkedPatients::applied() {
    const bool done = becomes("select count(*) from inbox where state in ('pending', 'processing')", "0");
    ask("with ended as (update fetches set state = 'dead' where state = 'queued' returning 1) select count(*) from ended");
    return done;
}

std::string WithMarkedPatients::note(const std::string& payload) {
    const auto answer = post("/webhooks/scribe/generic", payload, {{"X-scribe-secret", generic_secret}});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return id_in(answer.body);
}

std::string WithMarkedPatients::encrypted_note(const std::string& payload) {
    const auto body = fmt::format(R"({{"encrypted_payload":"{}"}})",
                                  simulator::encrypt(simulator::Scheme::sha256_iv_prefix, gridhook_secret, payload));
    const auto answer = post("/webhooks/deepcura", body, {{"X-deepcura-secret", gridhook_secret}});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return id_in(answer.body);
}

void WithMarkedPatients::add_notes() {
    const auto& p = patients;
    note(fmt::format(R"({{"note_id":"n-1","appointment_id":{},"patient_id":{},"plan":"rest, {}"}})", visit(0),
                     p[0].number, p[0].word));
    lone_note = encrypted_note(fmt::format(
        R"({{"session_id":"n-2","appointment_id":"{}","soap":{{"plan":"walk, {}"}}}})", visit(1), p[1].word));
    encrypted_note(
        fmt::format(R"({{"session_id":"n-3","appointment_id":"{}","patient_id":"#7","soap":{{"plan":"{}"}}}})",
                    visit(2), p[2].word));
    note(fmt::format(R"({{"note_id":"n-4","patient_id":{},"patient":{{"id":{}}},"plan":"{} and {}"}})", p[2].number,
                     p[3].number, p[2].word, p[3].word));
    note(fmt::format(
        R"({{"note_id":"n-6","patient_id":{},"date":"2026-10-05","plan":"{}","extra":{{"patientId":"{}"}}}})",
        p[4].number, p[4].word, p[0].number));
    reason_note =
        note(fmt::format(R"({{"note_id":"n-5","appointment_id":{},"plan":"talk, {}"}})", visit(3), p[3].word));
}

void WithMarkedPatients::add_work() {
    const auto& p = patients;
    ask(fmt::format(
        "insert into sync_failures (table_name, drchrono_id, cause, reason, raw) values "
        "('appointments', '{}', 'test', 'the record is wrong', convert_to('{{\"id\":\"{}\",\"reason\":\"{}\"}}', 'UTF8')),"
        "('patients', '{}', 'test', 'the record is wrong', convert_to('{{\"id\":{},\"first_name\":\"{}\"}}', 'UTF8')),"
        "('medications', null, 'test', 'the record is wrong',"
        " convert_to('{{\"id\":\"x\",\"patient\":{},\"name\":\"{}\"}}', 'UTF8')),"
        "('problems', 'no number', 'test', 'the record is wrong',"
        " convert_to('{{\"patient\":\"{}\",\"name\":\"{}\"}}', 'UTF8')) returning 1",
        visit(1), visit(1), p[1].word, p[2].number, p[2].number, p[2].word, p[3].number, p[3].word, p[4].number,
        p[4].word));
    ask(fmt::format(
        "insert into sync_log (source, sync_type, table_name, status, started_at, details) values "
        "('drchrono', 'full_sync', 'patients', 'completed', now(), '{{\"malformed\":{{\"{}\":[\"date_of_birth\"]}}}}'),"
        "('drchrono', 'incremental', 'medications', 'completed', now(), '{{\"malformed\":{{\"731042000005\":[\"date_prescribed\"]}}}}')"
        " returning 1",
        p[3].number));
    ask("update inbox set state = 'dead', reason = 'given up' where object_key = 'medications:731042000003' returning 1");
}

void WithMarkedPatients::find_marks() {
    for (std::size_t place = 0; place < patients.size(); ++place) {
        auto& one = patients[place];
        one.id = ask("select id from patients where drchrono_id = " + one.number);
        EXPECT_FALSE(one.id.empty()) << one.word;
        one.marks = {one.word, one.number, one.id, visit(place)};
        for (int kind = 1; kind <= 4; ++kind) one.marks.push_back(record(kind, place));
        for (const auto* table :
             {"appointments", "clinical_notes", "medications", "problems", "allergies", "line_items"}) {
            const auto ids = ask(fmt::format("select coalesce(string_agg(id::text, ' '), '') from {} where "
                                             "drchrono_patient_id = {}",
                                             table, one.number));
            EXPECT_FALSE(ids.empty()) << table << " of " << one.word;
            for (std::size_t at = 0; at + 36 <= ids.size(); at += 37) one.marks.push_back(ids.substr(at, 36));
        }
    }
}

std::vector<const MarkedPatient*> WithMarkedPatients::shown_in(std::string_view text) const {
    std::vector<const MarkedPatient*> shown;
    for (const auto& one : patients)
        if (std::ranges::any_of(one.marks, [&](const auto& mark) { return text.find(mark) != std::string_view::npos; }))
            shown.push_back(&one);
    return shown;
}

std::string WithMarkedPatients::missing_rows(std::string_view text, const std::string& actor,
                                             std::string& begun) const {
    const auto answer = ask(fmt::format(
        "select concat(max(id), '|', string_agg(concat(drchrono_patient_id, '=', patient_id), ' ') filter (where actor like '{}'"
        " and at > now() - interval '2 minutes')) from access_log where id > {}",
        actor, begun));
    std::string missing;
    for (const auto* one : shown_in(text))
        if (answer.find(one->number + "=" + one->id) == std::string::npos) missing += one->word + " ";
    if (const auto latest = answer.substr(0, answer.find('|')); !latest.empty()) begun = latest;
    return missing;
}

int WithMarkedPatients::run(const std::vector<std::string>& words, std::string& said, const Environment& more,
                            const std::string& input) {
    ChildProcess::Options options;
    std::string line = fmt::format("printf '%s\\n' '{}' | '{}'", input, SERVICE_BINARY);
    for (const auto& word : words) line += " '" + word + "'";
    options.argv = {"/bin/sh", "-c", line};
    options.environment = environment(free_port());
    options.environment["SCRIBE_GENERIC_SECRET"] = generic_secret;
    options.environment["DEEPCURA_CIPHER"] = "sha256-iv-prefix";
    for (const auto& [name, value] : more) options.environment[name] = value;
    ChildProcess child{std::move(options)};
    EXPECT_TRUE(turn_until(io, [&] { return !child.running(); }, std::chrono::minutes{2})) << child.output();
    said = child.output();
    return child.wait(std::chrono::seconds{1}).value_or(-1);
}

}  // namespace dcs::test
