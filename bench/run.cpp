// What the store and the door achieve, each as a ratio to what PostgreSQL alone does with the same rows in the same run.
//
// Store      states of patients through Store::apply in pages of 1,000 (new, all changed, all unchanged) against the same
//            rows through one INSERT … ON CONFLICT statement a page, with the same indexes, audit and outbox triggers.
// Door       signed webhooks over 32 connections, until all are applied, against the same rows as single INSERTs with a
//            commit each, over as many connections as the service has.
// Gridhooks  notes of 8 KB over 32 connections (gridhooks.cpp) against pgbench.
// Runs       whole reconciliations (runs.cpp).
// Memory     of the service during a full run of all patients (whole_runs.cpp); only when it is asked for.
// Kills      a run that is killed ten times (whole_runs.cpp); only when it is asked for.
// Clean-up   beside webhooks: how long these take, who waits for a lock (cleanup.cpp).
// Day        a clinic's day under DrChrono's limits, compressed (day.cpp); only when it is asked for: 24 minutes.
// Usage      bench/run [rows] [store | door | gridhooks | runs | cleanup]   (20000, all)
//            bench/run PATIENTS memory | kills | day [speed]

#include "bench.hpp"

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "crypto/crypto.hpp"
#include "resources/mapping.hpp"
#include "store/store.hpp"

#include <fmt/format.h>

namespace dcs::bench {
namespace {

using namespace std::chrono_literals;
constexpr int page = 1'000;

std::string patient(int id, int version) {
    return fmt::format(
        R"({{"id":{0},"first_name":"Sample{0}","last_name":"Test{1}","date_of_birth":"1980-01-02","gender":"Other","email":"p{0}@example.org",)"
        R"("cell_phone":"(555) 555-0100","address":"{0} Main Street","city":"Sampletown","state":"CA","zip_code":"90000","chart_id":"SATE{0}",)"
        R"("doctor":7,"race":"declined","ethnicity":"declined","preferred_language":"eng","patient_status":"A","updated_at":"2026-01-0{1}T00:00:00"}})",
        id, version);
}

store::State state(int id, int version) {
    store::State made;
    made.resource = find_resource("patients");
    made.key = std::to_string(id);
    made.raw = Document::parse(patient(id, version)).value().value;
    made.view = store::View::full;
    made.origin = store::Origin::api;
    made.cause = "run:bench";
    return made;
}

Async<> through_store(pg::Pool& pool, const store::Store& store, int rows, int version) {
    for (int first = 1; first <= rows; first += page) {
        std::vector<store::State> states;
        for (int id = first; id < first + page; ++id) states.push_back(state(id, version));
        pg::Author author{"bench", std::string{store::by_row}};
        auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
        co_await store.apply(*transaction, std::move(states));
        co_await transaction->commit();
    }
}

/// The same columns by one statement a page.
Async<> by_statement(pg::Pool& pool, int rows, int version) {
    const auto& resource = *find_resource("patients");
    for (int first = 1; first <= rows; first += page) {
        std::vector<pg::ArrayBuilder> arrays(resource.columns.size() + 3);
        for (int id = first; id < first + page; ++id) {
            const auto text = patient(id, version);
            const auto mapped = map_columns(resource, Document::parse(text).value().value);
            for (std::size_t at = 0; at < mapped.values.size(); ++at) arrays[at].add(mapped.values[at]);
            arrays[mapped.values.size()].add(std::int64_t{id});
            arrays[mapped.values.size() + 1].add(text);
            arrays[mapped.values.size() + 2].add(to_hex(crypto::sha256(text)));
        }
        std::string names = "drchrono_id, drchrono_raw, hash_full, origin";
        std::string values = "u.k::bigint, u.r::jsonb, decode(u.h, 'hex'), 'api'";
        std::string sets = "drchrono_raw = excluded.drchrono_raw, hash_full = excluded.hash_full";
        std::string columns;
        std::string places;
        for (std::size_t at = 0; at < resource.columns.size(); ++at) {
            const auto& column = resource.columns[at];
            names += fmt::format(", {}", column.name);
            values += fmt::format(", u.c{}::{}", at, sql_name(column.type));
            sets += fmt::format(", {0} = excluded.{0}", column.name);
            columns += fmt::format("c{}, ", at);
            places += fmt::format("${}::text[], ", at + 1);
        }
        const auto count = resource.columns.size();
        pg::Statement statement{
            fmt::format(
                "insert into patients as t ({}) select {} from unnest({}${}::text[], ${}::text[], ${}::text[]) as u ({}k, r, h) "
                "on conflict (drchrono_id) do update set {} where t.hash_full is distinct from excluded.hash_full",
                names, values, places, count + 1, count + 2, count + 3, columns, sets),
            {}};
        for (auto& array : arrays) statement.params.emplace_back(std::move(array).take());
        co_await pool.run(std::move(statement));
    }
}

template <class Work>
double timed(asio::io_context& io, int rows, Work work) {
    const auto begun = steady_clock::now();
    test::run_async(io, work(), 30min);
    return rate(rows, steady_clock::now() - begun);
}

void measure_store(int rows) {
    test::TestDatabase ours;
    test::TestDatabase theirs;
    asio::io_context io{1};
    pg::Pool pool{io.get_executor(), ours.settings()};
    pg::Pool bare{io.get_executor(), theirs.settings()};
    const store::Store store{store::Options{"America/New_York", {}}};
    for (const auto& [what, version] :
         {std::pair{"store: new records", 1}, {"store: all changed", 2}, {"store: all unchanged", 2}}) {
        const auto limit = timed(io, rows, [&, version = version] { return by_statement(bare, rows, version); });
        const auto reached =
            timed(io, rows, [&, version = version] { return through_store(pool, store, rows, version); });
        report(what, reached, limit);
    }
    test::run_async(io, pool.close(1s));
    test::run_async(io, bare.close(1s));
}

Async<> one_by_one(pg::Pool& pool, int& next, int rows) {
    while (next < rows) {
        const int id = ++next;
        auto statement = pg::sql(
            "insert into patients (drchrono_id, first_name, last_name, drchrono_raw, origin) values ($1, 'Sample', 'Test', $2, 'webhook')",
            id, patient(id, 1));
        co_await pool.run(std::move(statement));
    }
}

Async<> post_all(net::Client& client, const std::string& url, int& next, int rows) {
    while (next < rows) {
        const int id = ++next;
        net::Call call{.method = "POST",
                       .url = url,
                       .body = fmt::format(R"({{"receiver":{{"id":1}},"object":{}}})", patient(id, 1))};
        call.headers.add("X-drchrono-signature", "dev");
        call.headers.add("X-drchrono-event", "PATIENT_CREATE");
        call.headers.add("X-drchrono-delivery", fmt::format("d-{}", id));
        co_await client.send(std::move(call));
    }
}

void measure_door(int rows) {
    test::TestDatabase ours;
    test::TestDatabase theirs;
    asio::io_context io{1};
    pg::Pool bare{io.get_executor(), theirs.settings()};
    int next = 0;
    auto begun = steady_clock::now();
    side_by_side(io, bare.use().limit, [&] { return one_by_one(bare, next, rows); });
    const auto limit = rate(rows, steady_clock::now() - begun);
    test::run_async(io, bare.close(1s));

    const RunningApp app{io, ours.settings()};
    net::Client client{io.get_executor(), "bench"};
    const auto url = app.url("/webhooks/drchrono");
    next = 0;
    begun = steady_clock::now();
    side_by_side(io, connections, [&] { return post_all(client, url, next, rows); });
    const auto accepted = rate(rows, steady_clock::now() - begun);
    test::turn_until(io, [&] { return ours.query("select count(*) from patients") == std::to_string(rows); }, 10min);
    const auto applied = rate(rows, steady_clock::now() - begun);
    report("door: accepted (durable)", accepted, limit);
    report("door: applied, audited, outboxed", applied, limit);
}

}  // namespace
}  // namespace dcs::bench

int main(int argc, char** argv) {
    dcs::log::configure(dcs::log::Level::critical, dcs::log::Format::text);
    const int rows = argc > 1 ? std::atoi(argv[1]) : 20'000;
    const std::string_view only = argc > 2 ? argv[2] : "";
    if (only.empty() || only == "store") dcs::bench::measure_store(rows);
    if (only.empty() || only == "door") dcs::bench::measure_door(rows / 4);
    if (only.empty() || only == "gridhooks") dcs::bench::measure_gridhooks(rows / 4);
    if (only.empty() || only == "runs") dcs::bench::measure_runs(rows / 4);
    if (only == "memory") dcs::bench::measure_memory(rows);
    if (only == "kills") dcs::bench::measure_kills(rows);
    if (only.empty() || only == "cleanup") dcs::bench::measure_cleanup(rows / 10);
    if (only == "day") dcs::bench::measure_day(rows, argc > 3 ? std::atoi(argv[3]) : 60);
}
