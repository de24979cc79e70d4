// Gridhooks: notes of 8 KB over 32 connections, decrypted, stored, linked and audited, until all are answered; against pgbench
// inserting the same rows (delivery, note, payload, run) over 32 connections, with the same indexes and triggers.

#include "bench.hpp"

#include "net/client.hpp"
#include "simulator/child_process.hpp"
#include "simulator/scribe_cipher.hpp"

#include <fmt/format.h>

#include <fstream>

namespace dcs::bench {

namespace {

using namespace std::chrono_literals;
constexpr auto secret = "bench-secret-that-is-long-enough-to-be-one";
constexpr int visits = 1'000;

// A blank behind each colon: pgbench takes ":name" for a variable.
constexpr std::string_view soap =
    R"("soap":{"subjective":"Sample words of the patient.","objective":"Sample findings.","assessment":"Sample.","plan":"Sample plan."},)"
    R"("icd10_codes":[{"code":"F41.1","description":"sample","confidence": 0.9}],"cpt_codes":[{"code":"99214","units": 1}],)"
    R"("medication_mentions":[{"name":"Samplol","dosage":"1 mg"}],"risk_assessment":{"suicidal_ideation": false})";

/// About 7 KB of words that compress as words do.
std::string transcript() {
    std::string text;
    for (int line = 0; text.size() < 7'000; ++line)
        text += fmt::format("{} {}: sample words number {} of a visit that never took place, {:x}. ",
                            line % 2 ? "Doctor" : "Patient", line, line * 7919 % 1000, line * 2654435761U);
    return text;
}

std::string note(int id, const std::string& words) {
    return fmt::format(
        R"({{"session_id":"s-{}","appointment_id":{},"patient_id":{},"session_date":"2026-10-05",{},"transcript":"{}"}})",
        id, id % visits + 1, id % visits + 1, soap, words);
}

void add_visits(const test::TestDatabase& database) {
    database.query(fmt::format(
        "insert into appointments (drchrono_id, drchrono_patient_id, drchrono_raw, origin) select i::text, i, '{{}}', 'api' from generate_series(1, {0}) i;"
        "insert into clinical_notes (drchrono_appt_id, drchrono_patient_id, note_date, drchrono_raw, origin) "
        "select i::text, i, '2026-10-05', '{{}}', 'api' from generate_series(1, {0}) i; delete from relinks; analyze appointments, clinical_notes",
        visits));
}

/// Transactions a second of pgbench with the rows of one gridhook each.
double pgbench(const test::TestDatabase& database, int notes, const std::string& words, const std::string& wire) {
    const test::TemporaryDirectory directory;
    const auto script = directory.path() / "gridhook.sql";
    std::ofstream{script} << fmt::format(
        R"sql(\set n random(1, 1000000000000)
\set visit :n % {1} + 1
begin;
insert into inbox (source, event, body, body_sha256, state, finished_at)
values ('deepcura', 'gridhook', convert_to('{0}' || :n::text, 'UTF8'), sha256(:n::text::bytea), 'done', now());
insert into deepcura_notes (id, session_id, drchrono_appt_id, drchrono_patient_id, session_date, transcript, soap_subjective,
    soap_objective, soap_assessment, soap_plan, icd10_codes, cpt_codes, medication_mentions, risk_assessment, gridhook_raw,
    content_sha256, clinical_note_id, linked_at, link_method, link_reasons, link_version, cause)
values (md5(:n::text)::uuid, :n::text, :visit::text, :visit, '2026-10-05', '{2}', 'Sample words of the patient.', 'Sample findings.',
    'Sample.', 'Sample plan.', '[{{"code":"F41.1","original":"F41.1","system":"ICD-10-CM","description":"sample","confidence": 0.9}}]',
    '[{{"code":"99214","original":"99214","system":"CPT","units": 1}}]', '[{{"name":"Samplol","dosage":"1 mg"}}]',
    '{{"suicidal_ideation": false,"homicidal_ideation":"unknown","safety_plan_discussed":"unknown"}}',
    ('{{"session_id":"' || :n::text || '",{3},"transcript":"{2}"}}')::jsonb,
    sha256(:n::text::bytea),
    (select id from clinical_notes where drchrono_appt_id = :visit::text), now(), 'appointment_id',
    array['same_appointment', 'same_patient'], 1, 'delivery of pgbench');
insert into deepcura_payloads (note_id, bytes)
values (md5(:n::text)::uuid, convert_to('{{"session_id":"' || :n::text || '",{3},"transcript":"{2}"}}', 'UTF8'));
insert into sync_log (source, sync_type, table_name, status, started_at, completed_at, records_total, records_created, details)
values ('deepcura', 'gridhook', 'deepcura_notes', 'completed', now(), clock_timestamp(), 1, 1,
    jsonb_build_object('delivery_id', :n::text, 'noteId', :n::text, 'linkedToClinicalNote', true, 'duplicate', false));
end;
)sql",
        wire, visits, words, soap);
    const auto where = database.settings();
    simulator::ChildProcess child{
        {.argv = {"/usr/lib/postgresql/15/bin/pgbench", "--no-vacuum", "--protocol=prepared",
                  fmt::format("--client={}", connections), "--jobs=2",
                  fmt::format("--transactions={}", notes / connections), "--file", script.string(), "--host",
                  where.host, "--port", std::to_string(where.port), "--username", where.user, where.database},
         .environment = {{"PGPASSWORD", where.password}}}};
    child.wait(10min);
    const auto said = child.output();
    const auto tps = said.find("tps = ");
    if (tps == std::string::npos) throw std::runtime_error{"pgbench failed: " + said.substr(0, 2000)};
    return std::stod(said.substr(tps + 6));
}

Async<> post_all(net::Client& client, const std::string& url, const std::vector<std::string>& bodies, std::size_t& next,
                 int& refused) {
    while (next < bodies.size()) {
        net::Call call{.method = "POST", .url = url, .body = bodies[next++]};
        call.headers.add("X-deepcura-secret", secret);
        const auto answer = co_await client.send(std::move(call));
        if (!answer || answer->status != 200) ++refused;
    }
}

}  // namespace

void measure_gridhooks(int notes) {
    const auto words = transcript();
    std::vector<std::string> bodies;
    for (int id = 0; id < notes; ++id)
        bodies.push_back(R"({"encrypted_payload":")" +
                         simulator::encrypt(simulator::Scheme::scrypt_zero_iv, secret, note(id, words)) + R"("})");
    test::TestDatabase theirs;
    add_visits(theirs);
    const auto limit = pgbench(theirs, notes, words, bodies.front());

    test::TestDatabase ours;
    add_visits(ours);
    asio::io_context io{1};
    const RunningApp app{io, ours.settings(), {{"DEEPCURA_SHARED_SECRET", secret}}};
    net::Client client{io.get_executor(), "bench"};
    const auto url = app.url("/webhooks/deepcura");
    std::size_t next = 0;
    int refused = 0;
    const auto begun = steady_clock::now();
    side_by_side(io, connections, [&] { return post_all(client, url, bodies, next, refused); });
    const auto accepted = rate(notes, steady_clock::now() - begun);
    const auto linked = ours.query("select count(*) from deepcura_notes where clinical_note_id is not null");
    if (refused > 0 || linked != std::to_string(notes))
        throw std::runtime_error{fmt::format("{} refused, {} of {} linked", refused, linked, notes)};
    report("gridhooks: filed and linked, 8 KB", accepted, limit, "pgbench");
}

}  // namespace dcs::bench
