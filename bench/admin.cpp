// How long the admin page's lists take over a large clinic: 1,000,000 patients, 5,000,000 changes, 20,000 unlinked notes, a
// million deliveries. Each is asked for over HTTP, signed in, as the page does.
//
// Limit      200 ms for the first list of every page; the exit status says whether all kept it.
// Usage      bench/admin [patients]   (1000000; the rest in proportion)

#include "bench.hpp"

#include "auth/admin_users.hpp"
#include "base/document.hpp"
#include "base/log.hpp"
#include "crypto/password.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace dcs::bench {
namespace {

using namespace std::chrono_literals;

constexpr int rounds = 20;
constexpr double limit_ms = 200;
constexpr auto password = "only for the bench";

/// Rows as the service leaves them, made by set-based statements without its triggers.
void fill(const test::TestDatabase& database, int patients) {
    const auto run = [&](std::string_view what, const std::string& sql) {
        const auto begun = steady_clock::now();
        database.query_as_superuser("set session_replication_role = replica; " + sql);
        fmt::print("  {:<44} {:>7.1f} s\n", what, std::chrono::duration<double>(steady_clock::now() - begun).count());
        std::fflush(stdout);
    };
    run("patients",
        fmt::format(
            "insert into patients (drchrono_id, first_name, last_name, date_of_birth, chart_id, drchrono_raw, origin) "
            "select i, 'Given' || (i * 7) % 1000, 'Surname' || (i * 13) % 5000, date '1940-01-01' + i % 25000, 'CH' || i,"
            " jsonb_build_object('id', i, 'first_name', 'Given' || i % 1000, 'city', 'Sampletown'), 'api' "
            "from generate_series(1, {}) i",
            patients));
    run("appointments and clinical notes",
        fmt::format(
            "insert into appointments (drchrono_id, drchrono_patient_id, patient_id, doctor_id, scheduled_time, drchrono_raw, origin) "
            "select i::text, p.drchrono_id, p.id, i % 9, '2026-10-05T09:00:00', '{{}}', 'api' "
            "from generate_series(1, {0}) i join patients p on p.drchrono_id = 1 + i % {1}; "
            "insert into clinical_notes (drchrono_appt_id, drchrono_patient_id, patient_id, appointment_id, note_date, sections, drchrono_raw, origin) "
            "select drchrono_id, drchrono_patient_id, patient_id, id, date '2026-10-05', '[]', '{{}}', 'api' from appointments",
            patients / 2, patients / 10));
    run("changes",
        fmt::format(
            "insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, old_values, new_values) "
            "select now() - (5 * {0} - i) * interval '1 second', gen_random_uuid(), 'patients', p.id,"
            " case when round = 1 then 'INSERT' else 'UPDATE' end, 'drchrono-webhook', 'run:x',"
            " case when round > 1 then jsonb_build_object('phone', i::text) end, jsonb_build_object('phone', (i + 1)::text) "
            "from generate_series(1, 5) round, lateral (select id, drchrono_id + (round - 1) * {0} as i from patients) p order by i",
            patients));
    run("scribe's notes",
        fmt::format(
            "insert into deepcura_notes (session_id, drchrono_patient_id, doctor_id, session_date, transcript, soap_plan,"
            " risk_assessment, gridhook_raw, content_sha256, received_at, clinical_note_id, linked_at, link_method, link_reasons) "
            "select 's-' || i, 1 + i % {0}, i % 9, date '2026-10-05', repeat('words ', 1000), 'plan', '{{}}', '{{}}',"
            " sha256(i::text::bytea), now() - i * interval '1 minute',"
            " case when i > {1} then c.id end, case when i > {1} then now() - i * interval '1 minute' end,"
            " case when i > {1} then 'patient_date' end, array['several_candidates'] "
            "from generate_series(1, {1} * 4) i join clinical_notes c on c.drchrono_appt_id = i::text; "
            "insert into deepcura_suggestions (note_id, clinical_note_id, reasons_for, reasons_against) "
            "select n.id, c.id, '{{same_patient}}', '{{several_candidates}}' from deepcura_notes n "
            "join clinical_notes c on c.drchrono_patient_id = n.drchrono_patient_id where n.clinical_note_id is null",
            patients / 10, patients / 50));
    run("deliveries",
        fmt::format(
            "insert into inbox (source, event, object_key, body, body_sha256, received_at, finished_at, state, sender_id) "
            "select case when i % 50 = 0 then 'deepcura' else 'drchrono' end, 'PATIENT_MODIFY', 'patients:' || i, '{{}}', sha256(i::text::bytea),"
            " now() - ({0} - i) * interval '5 seconds', now() - ({0} - i) * interval '5 seconds' + interval '90 ms',"
            " case when i % 5000 = 0 then 'dead' else 'done' end, 'd-' || i from generate_series(1, {0}) i",
            patients));
    run("runs",
        fmt::format(
            "insert into sync_log (source, sync_type, table_name, status, started_at, completed_at, details) "
            "select 'drchrono', case when i % 500 = 0 then 'incremental' else 'webhook' end, 'patients', 'completed',"
            " now() - ({0} - i) * interval '5 seconds', now(), '{{}}' from generate_series(1, {0}) i",
            patients));
    run("accesses",
        fmt::format(
            "insert into access_log (at, actor, action, patient_id, drchrono_patient_id) "
            "select now() - drchrono_id * interval '3 seconds', 'admin:anna', 'patients.read', id, drchrono_id from patients "
            "where drchrono_id <= {}",
            patients / 2));
    run("analyze", "analyze");
}

struct Browser {
    asio::io_context& io;
    const RunningApp& app;
    net::Client client{io.get_executor(), "bench"};
    std::string cookie{};

    net::Answer send(net::Call call) {
        if (!cookie.empty()) call.headers.add("Cookie", cookie);
        return test::run_async(io, client.send(std::move(call)), 60s).value();
    }
    void sign_in() {
        net::Call call{.method = "POST",
                       .url = app.url("/admin/api/session"),
                       .body = fmt::format(R"({{"user":"bench","password":"{}"}})", password)};
        call.headers.add("Content-Type", "application/json");
        const auto answer = send(std::move(call));
        const auto set = answer.headers.get("Set-Cookie");
        cookie = std::string{set.substr(0, set.find(';'))};
    }
    /// Milliseconds of each round, in order of size; empty: it was not answered 200.
    std::vector<double> measure(const std::string& path) {
        std::vector<double> took;
        for (int round = 0; round < rounds; ++round) {
            const auto begun = steady_clock::now();
            const auto answer = send({.url = app.url("/admin/api" + path)});
            if (answer.status != 200) {
                fmt::print("  {} answered {}: {}\n", path, answer.status, answer.body.substr(0, 200));
                return {};
            }
            took.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count());
        }
        std::ranges::sort(took);
        return took;
    }
    std::string first(const std::string& path, std::string_view member = "id") {
        const auto answer = send({.url = app.url("/admin/api" + path)});
        const auto list = Document::parse(answer.body);
        return std::string{*list->value.find("items")->items().at(0).find(member)->string()};
    }
};

bool measure_all(Browser& browser) {
    const auto patient = browser.first("/patients?q=777");
    const auto note = browser.first("/notes");
    const std::vector<std::string> paths{"/overview",
                                         "/notes",
                                         "/notes?state=linked",
                                         "/notes/" + note,
                                         "/notes/" + note + "/clinical-notes",
                                         "/deliveries",
                                         "/deliveries?state=dead",
                                         "/deliveries?source=deepcura&state=dead",
                                         "/deliveries?object=patients:4711",
                                         "/deliveries?object=patients&from=2026-01-01",
                                         "/deliveries?event=NO_SUCH_EVENT",
                                         "/deliveries/count?state=dead",
                                         "/runs",
                                         "/runs?resource=patients&status=completed",
                                         "/failures",
                                         "/patients?q=s",
                                         "/patients?q=surname42",
                                         "/patients?q=given7",
                                         "/patients?q=surname42,+given",
                                         "/patients?q=ch12",
                                         "/patients?q=777",
                                         "/patients/" + patient,
                                         "/patients/" + patient + "/records",
                                         "/patients/" + patient + "/changes",
                                         "/records/patients/" + patient + "/changes",
                                         "/records/patients/" + patient + "?at=2026-06-01",
                                         "/audit",
                                         "/audit?actor=admin:anna",
                                         "/patients/" + patient + "/disclosures"};
    bool kept = true;
    fmt::print("\n  {:<72} {:>9} {:>9} {:>9}\n", "GET /admin/api…", "median", "95th", "worst");
    for (const auto& path : paths) {
        const auto took = browser.measure(path);
        const bool good = !took.empty() && took.back() < limit_ms;
        kept = kept && good;
        if (!took.empty())
            fmt::print("  {:<72} {:>6.1f} ms {:>6.1f} ms {:>6.1f} ms{}\n", path, took[took.size() / 2],
                       took[took.size() * 95 / 100], took.back(), good ? "" : "  TOO SLOW");
        std::fflush(stdout);
    }
    return kept;
}

}  // namespace
}  // namespace dcs::bench

int main(int argc, char** argv) {
    using namespace dcs;
    log::configure(log::Level::critical, log::Format::text);
    const test::TestDatabase database;
    bench::fill(database, argc > 1 ? std::atoi(argv[1]) : 1'000'000);
    const auth::AdminUser user{
        .name = "bench", .roles = {.administers = true}, .password_hash = crypto::hash_password(bench::password)};
    asio::io_context io{1};
    pg::Pool pool{io.get_executor(), database.settings()};
    auto adding = auth::add_user(user);
    test::run_async(io, pool.run(std::move(adding))).value();
    test::run_async(io, pool.close(std::chrono::seconds{1}));
    const bench::RunningApp app{io, database.settings()};
    bench::Browser browser{.io = io, .app = app};
    browser.sign_in();
    return bench::measure_all(browser) ? 0 : 1;
}
