// The service as it is deployed: its own process over a durable PostgreSQL of the bench's own, real HTTP from this process.
//
// Webhooks   with the object: 80 % change one of 10,000 known patients, 20 % create one that a fetch completes. As fast as they
//            are answered, over 32 connections, until record, audit row and event of each are there; then at half of that rate
//            for the latency of the answers.
// Gridhooks  notes of 8 KB, decrypted, stored, linked to a known visit and audited.
// Runs       full runs of all patients with their coverage by `drchrono-sync sync`: inserted, unchanged, all changed.
// CPU        of the service and of all of PostgreSQL's processes, a delivery. Load and simulated DrChrono are not counted, and
//            share the machine.
// Limits     measured in the same run, without any of our tables, triggers or code: a commit a row by pgbench; one COPY with a
//            merge of the same pages; an HTTP server that only answers.
// Statements with BENCH_STATEMENTS=1 also what each statement of the database took.
// Usage      bench/service [seconds] [patients] [webhooks | gridhooks | runs]     (20, 50000, all)

#include "bench.hpp"
#include "durable.hpp"
#include "load.hpp"
#include "measured_service.hpp"

#include "base/log.hpp"
#include "net/client.hpp"
#include "simulator/options.hpp"
#include "simulator/pubsub_emulator.hpp"
#include "simulator/scribe_cipher.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <fmt/format.h>

#include <fstream>
#include <thread>

namespace dcs::bench {
namespace {

using namespace std::chrono_literals;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// What a load cost, until all that followed from it was done.
struct Cost {
    Loaded loaded{};
    double backlog = 0;   // seconds from the last answer until everything was done
    double service = 0;   // microseconds of processor time an answered request
    double database = 0;  // the same, of PostgreSQL
    double done_a_second() const { return loaded.answered / (loaded.took.count() + backlog); }
};

Cost measure(const Durable& database, const Service& service, const Load& load, bool publishes) {
    const auto service_before = processor_time(service.process());
    const auto database_before = processor_time(database.process());
    Cost cost{.loaded = run(load)};
    const auto answered = steady_clock::now();
    wait_until_done(database, publishes);
    cost.backlog = std::chrono::duration<double>(steady_clock::now() - answered).count();
    const auto each = 1e6 / std::max(1, cost.loaded.answered);
    cost.service = (processor_time(service.process()) - service_before).count() * each;
    cost.database = (processor_time(database.process()) - database_before).count() * each;
    return cost;
}

void print(std::string_view what, const Cost& cost, double limit) {
    fmt::print(
        "{:<22} answered {:>6.0f} /s, done {:>6.0f} /s, backlog {:>5.1f} s, CPU {:>4.0f} + {:>4.0f} us, refused {}; "
        "commits by pgbench {:>6.0f} /s, ratio {:.2f}\n",
        what, cost.loaded.a_second(), cost.done_a_second(), cost.backlog, cost.service, cost.database,
        cost.loaded.refused, limit, cost.done_a_second() / limit);
    std::fflush(stdout);
}

void print_latency(std::string_view what, const Loaded& loaded, double rate) {
    fmt::print("{:<22} at {:.0f} /s: answers after {:.1f} ms (median), {:.1f} ms (99 of 100), {:.1f} ms (the longest), "
               "refused {}\n",
               what, rate, loaded.percentile(0.5), loaded.percentile(0.99), loaded.percentile(1), loaded.refused);
    std::fflush(stdout);
}

/// Commits a second: one row of the same size inserted or replaced by each, over as many connections.
double commits_alone(const Durable& database, const std::string& row, int seconds) {
    database.query("create database bare", "postgres");
    database.query("create table rows (id bigint primary key, raw jsonb not null)", "bare");
    const test::TemporaryDirectory directory;
    const auto script = directory.path() / "commit.sql";
    std::string body;
    for (const char each : row) body += each == ':' ? std::string{": "} : std::string{each};
    std::ofstream{script} << "\\set id random(1, " << known_patients << ")\ninsert into rows values (:id, '" << body
                          << "') on conflict (id) do update set raw = excluded.raw;\n";
    const auto where = database.superuser("bare");
    test::ChildProcess child{
        {.argv = {"/usr/lib/postgresql/15/bin/pgbench", "--no-vacuum", "--protocol=prepared",
                  fmt::format("--client={}", connections), "--jobs=2", fmt::format("--time={}", seconds), "--file",
                  script.string(), "--host", where.host, "--port", std::to_string(where.port), "--username", where.user,
                  "bare"}}};
    child.wait(10min);
    const auto said = child.output();
    const auto tps = said.find("tps = ");
    if (tps == std::string::npos) throw std::runtime_error{"pgbench failed: " + said};
    database.query("drop database bare with (force)", "postgres");
    return std::stod(said.substr(tps + 6));
}

/// An HTTP server that answers 200 and does nothing else.
double bare_answers(const std::function<std::string(int)>& request) {
    asio::io_context io{1};
    tcp::acceptor acceptor{io, tcp::endpoint{asio::ip::make_address("127.0.0.1"), 0}};
    const auto serve = [](tcp::socket socket) -> Async<> {
        boost::beast::flat_buffer buffer;
        for (;;) {
            http::request<http::string_body> asked;
            co_await http::async_read(socket, buffer, asked, asio::use_awaitable);
            http::response<http::string_body> answer{http::status::ok, 11};
            answer.body() = "{}";
            answer.prepare_payload();
            co_await http::async_write(socket, answer, asio::use_awaitable);
        }
    };
    const auto listen = [&]() -> Async<> {
        for (;;) {
            auto socket = co_await acceptor.async_accept(asio::use_awaitable);
            asio::co_spawn(io, serve(std::move(socket)), [](const std::exception_ptr&) {});
        }
    };
    asio::co_spawn(io, listen(), asio::detached);
    std::thread thread{[&io] { io.run(); }};
    const auto loaded = run(
        {.port = acceptor.local_endpoint().port(), .connections = connections, .requests = 50'000, .request = request});
    io.stop();
    thread.join();
    return loaded.a_second();
}

class Deliveries {
public:
    /// The known patients, as a clinic's first deliveries.
    static std::string first(int number) {
        return webhook("PATIENT_CREATE", patient(number + 1, 0, false), fmt::format("first-{}", number));
    }
    /// 80 % of changes of known ones, 20 % of new ones; each call of the bench brings others.
    std::string operator()(int) {
        const int number = sent_++;
        if (number % 5 == 4)
            return webhook("PATIENT_CREATE", patient(known_patients + 1 + number / 5, 0, false),
                           fmt::format("new-{}", number));
        const int id = static_cast<int>((number * 2654435761ULL) % known_patients) + 1;
        return webhook("PATIENT_MODIFY", patient(id, number + 1, false), fmt::format("change-{}", number));
    }

private:
    int sent_ = 0;
};

void make_topic(const std::string& emulator) {
    asio::io_context io{1};
    net::Client client{io.get_executor(), "bench"};
    net::Call call{.method = "PUT", .url = emulator + "/v1/projects/bench/topics/change-events", .body = "{}"};
    call.headers.add("Content-Type", "application/json");
    const auto answer = test::run_async(io, client.send(std::move(call)));
    if (!answer || answer->status != 200) throw std::runtime_error{"the emulator makes no topic"};
}

void measure_webhooks(int seconds, bool emulator) {
    const Durable database;
    const Patients drchrono;
    std::optional<simulator::PubsubEmulator> pubsub;
    std::map<std::string, std::string> more;
    if (emulator) {
        pubsub.emplace();
        make_topic(pubsub->url());
        more = {{"GCP_PROJECT", "bench"}, {"PUBSUB_EMULATOR_HOST", pubsub->host()}};
    }
    const Service service{database, drchrono.url(), more};
    const std::string_view how = emulator ? "webhooks + emulator" : "webhooks";
    const auto limit = commits_alone(database, patient(1, 1, false), std::max(5, seconds / 2));
    measure(database, service, {.port = service.port(), .requests = known_patients, .request = Deliveries::first},
            emulator);
    Deliveries deliveries;
    Load load{.port = service.port(), .connections = connections, .requests = 2'000, .request = std::ref(deliveries)};
    const auto tried = measure(database, service, load, emulator);
    load.requests = static_cast<int>(tried.loaded.a_second() * seconds);
    database.count_statements();
    const auto cost = measure(database, service, load, emulator);
    database.print_statements(cost.loaded.answered);
    print(how, cost, limit);
    load.a_second = cost.done_a_second() / 2;
    load.requests = static_cast<int>(load.a_second * seconds);
    const auto half = measure(database, service, load, emulator);
    print_latency(how, half.loaded, load.a_second);
    if (!emulator)
        fmt::print("{:<22} {:.0f} answers a second by a server that does nothing else; service {:.0f} MB\n", "",
                   bare_answers(std::ref(deliveries)), resident_megabytes(service.process()));
}

std::string gridhook(int number) {
    std::string words;
    for (int line = 0; words.size() < 7'000; ++line)
        words += fmt::format("{} {}: sample words number {} of a visit that never took place, {:x}. ",
                             line % 2 ? "Doctor" : "Patient", line, line * 7919 % 1000, line * 2654435761U);
    const int visit = number % 1'000 + 1;
    const auto note = fmt::format(
        R"({{"session_id":"s-{}","appointment_id":{},"patient_id":{},"session_date":"2026-10-05","soap":{{"subjective":"Sample words.",)"
        R"("objective":"Sample findings.","assessment":"Sample.","plan":"Sample plan."}},"icd10_codes":[{{"code":"F41.1"}}],)"
        R"("cpt_codes":[{{"code":"99214"}}],"transcript":"{}"}})",
        number, visit, visit, words);
    return post_request("/webhooks/deepcura", {fmt::format("X-deepcura-secret: {}", gridhook_secret)},
                        fmt::format(R"({{"encrypted_payload":"{}"}})",
                                    simulator::encrypt(simulator::Scheme::scrypt_zero_iv, gridhook_secret, note)));
}

void measure_filing(int seconds) {
    const Durable database;
    const Patients drchrono;
    const Service service{database, drchrono.url()};
    database.query(
        "insert into appointments (drchrono_id, drchrono_patient_id, drchrono_raw, origin) "
        "select i::text, i, '{}', 'api' from generate_series(1, 1000) i;"
        "insert into clinical_notes (drchrono_appt_id, drchrono_patient_id, note_date, drchrono_raw, origin) "
        "select i::text, i, '2026-10-05', '{}', 'api' from generate_series(1, 1000) i; delete from relinks");
    const auto limit = commits_alone(database, patient(1, 1, false), std::max(5, seconds / 2));
    std::vector<std::string> requests;
    for (int number = 0; number < 1'000 * seconds; ++number) requests.push_back(gridhook(number));
    int sent = 0;
    const auto next = [&](int) { return requests[static_cast<std::size_t>(sent++)]; };
    Load load{.port = service.port(), .connections = connections, .requests = 1'000, .request = next};
    const auto tried = measure(database, service, load, false);
    load.requests =
        std::min(static_cast<int>(tried.loaded.a_second() * seconds / 2), static_cast<int>(requests.size()) - 1'000);
    database.count_statements();
    const auto cost = measure(database, service, load, false);
    database.print_statements(cost.loaded.answered);
    print("gridhooks of 8 KB", cost, limit);
}

/// Seconds of one COPY and one merge of the same records, into tables without any trigger.
double copied_and_merged(const Durable& database) {
    const test::TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    const auto file = (directory.path() / "rows").string();
    database.query("create database bare", "postgres");
    double seconds = 0;
    for (const auto* table : {"patients", "insurance"}) {
        database.query(fmt::format("copy (select id, drchrono_raw from {}) to '{}'", table, file));
        database.query(fmt::format("create table {0} (id uuid primary key, raw jsonb not null);"
                                   "create unlogged table staged_{0} (id uuid, raw jsonb)",
                                   table),
                       "bare");
        const auto begun = steady_clock::now();
        database.query(
            fmt::format(
                "begin; copy staged_{0} from '{1}'; insert into {0} select id, raw from staged_{0} "
                "on conflict (id) do update set raw = excluded.raw where {0}.raw is distinct from excluded.raw; commit",
                table, file),
            "bare");
        seconds += std::chrono::duration<double>(steady_clock::now() - begun).count();
        std::filesystem::remove(file);
    }
    database.query("drop database bare with (force)", "postgres");
    return seconds;
}

double timed(const std::function<void()>& work) {
    const auto begun = steady_clock::now();
    work();
    return std::chrono::duration<double>(steady_clock::now() - begun).count();
}

void measure_full_runs(int patients) {
    const Durable database;
    asio::io_context io{1};
    Upstream drchrono{io, patients};
    const Service service{database, drchrono.url()};
    const auto run_all = [&] { service.command({"sync", "patients", "--full"}); };
    database.count_statements();
    const auto inserted = timed(run_all);
    const auto rows = database.query("select (select count(*) from patients) + (select count(*) from insurance)");
    database.print_statements(std::stoi(rows));
    const auto limit = copied_and_merged(database);
    database.count_statements();
    const auto unchanged = timed(run_all);
    database.print_statements(std::stoi(rows));
    database.query("set app.cause = 'bench'; update patients set hash_full = null, hash_brief = null, "
                   "drchrono_raw = jsonb_set(drchrono_raw, '{cell_phone}', '\"altered\"');"
                   "update insurance set hash_full = null, hash_partial = null, "
                   "drchrono_raw = jsonb_set(drchrono_raw, '{insurance_company}', '\"altered\"')");
    database.query("vacuum analyze");
    const auto changed = timed(run_all);
    fmt::print(
        "{:<22} {} rows: inserted in {:.1f} s, all changed {:.1f} s, unchanged {:.1f} s; one COPY and merge {:.1f} s\n",
        "full run", rows, inserted, changed, unchanged, limit);
    drchrono.control(io, R"({"bulk_time": 5})");
    fmt::print("{:<22} unchanged, each bulk job takes 5 s: {:.1f} s\n", "", timed(run_all));
    std::fflush(stdout);
}

}  // namespace
}  // namespace dcs::bench

int main(int argc, char** argv) {
    using namespace dcs::bench;
    dcs::log::configure(dcs::log::Level::critical, dcs::log::Format::text);
    const int seconds = argc > 1 ? std::atoi(argv[1]) : 20;
    const int patients = argc > 2 ? std::atoi(argv[2]) : 50'000;
    const std::string_view only = argc > 3 ? argv[3] : "";
    const bool emulator = dcs::simulator::find_pubsub_emulator().has_value();
    if (only.empty() || only == "webhooks") measure_webhooks(seconds, false);
    if ((only.empty() || only == "webhooks") && emulator) measure_webhooks(seconds, true);
    if ((only.empty() || only == "webhooks") && !emulator)
        fmt::print("SKIPPED: webhooks with the Pub/Sub emulator, which is not installed\n");
    if (only.empty() || only == "gridhooks") measure_filing(seconds);
    if (only.empty() || only == "runs") measure_full_runs(patients);
}
