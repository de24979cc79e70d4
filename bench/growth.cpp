// What more rows, more instances and a long outage do to the service's rates.
//
// Queues     what a claim of deliveries and a look for events to publish take with 10 and with 1,000,000 rows waiting, and with
//            as many done.
// Backlog    210,000 deliveries, seven hours of a large clinic, that wait when the service starts: records a second until all
//            are done, with 1, 2 and 4 instances over one PostgreSQL, and each instance's share.
// Size       processor time a webhook with 10,000 and with 1,000,000 stored patients.
// Plots      growth-backlog.svg in the folder that is named.
// Usage      bench/growth FOLDER [queues | backlog | size]     (all)

#include "bench.hpp"
#include "durable.hpp"
#include "load.hpp"
#include "measured_service.hpp"
#include "plot.hpp"

#include "base/log.hpp"
#include "inbox/claims.hpp"
#include "outbox/queue.hpp"

#include <fmt/format.h>

#include <thread>

namespace dcs::bench {
namespace {

using namespace std::chrono_literals;

constexpr int backlog = 210'000;
constexpr int many = 1'000'000;

/// The median of so many rounds.
double milliseconds_of(asio::io_context& io, int rounds, const std::function<Async<>()>& work) {
    std::vector<double> took;
    for (int round = 0; round < rounds; ++round) {
        const auto begun = steady_clock::now();
        test::run_async(io, work(), 10min);
        took.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count());
    }
    std::ranges::sort(took);
    return took[took.size() / 2];
}

/// Deliveries of patients, as the door stores them, each of an object of its own.
std::string deliveries(int count, std::string_view state) {
    return fmt::format(
        "insert into inbox (id, source, sender_id, event, object_key, practice_group_id, body, body_sha256, state, finished_at) "
        "select gen_random_uuid(), 'drchrono', '{1}-' || i, 'PATIENT_MODIFY', 'patients:' || (10000000 + i), '1', b, sha256(b), "
        "'{1}', case when '{1}' = 'done' then now() end from generate_series(1, {0}) i, "
        "lateral (select convert_to('{{\"receiver\":{{\"id\":1}},\"object\":{{\"id\":' || (10000000 + i) || '}}}}', 'UTF8')) as l (b)",
        count, state);
}

std::string events(int count, std::string_view published_at) {
    return fmt::format(
        "insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at, published_at) "
        "select gen_random_uuid(), 'patients', 'UPDATE', gen_random_uuid(), i::text, now(), {1} "
        "from generate_series(1, {0}) i",
        count, published_at);
}

void measure_queues() {
    const Durable database;
    const Patients drchrono;
    {
        const Service migrated{database, drchrono.url()};
    }
    asio::io_context io{1};
    auto settings = database.settings();
    settings.plans_once = true;
    pg::Pool pool{io.get_executor(), settings};
    const auto look = [&](std::string_view what) {
        const auto claim = milliseconds_of(io, 20, [&]() -> Async<> {
            inbox::Claims claims{pool, "bench", 60s};  // its own each time: one that has looked goes on where it was
            const auto claimed = co_await claims.claim("drchrono", 200, 8 << 20);
            if (!claimed || claimed->size() != 200) throw std::runtime_error{"200 deliveries are not claimed"};
            const auto back = co_await claims.give_back();
            if (!back) throw std::runtime_error{back.error().detail};
        });
        const auto due = milliseconds_of(io, 20, [&]() -> Async<> {
            const auto found = co_await outbox::due_events(pool, 1'000);
            if (!found || found->size() != 1'000) throw std::runtime_error{"1,000 events are not found"};
        });
        fmt::print("{:<42} a claim of 200 and its return {:>7.1f} ms, 1,000 events {:>7.1f} ms\n", what, claim, due);
        std::fflush(stdout);
    };
    database.query("truncate inbox cascade; truncate outbox");
    database.query(deliveries(1'000, "pending") + ";" + events(1'000, "null"));
    look("1,000 wait");
    database.query(deliveries(many, "done") + ";" + events(many, "now()"));
    look("1,000 wait, 1,000,000 are done");
    database.query(fmt::format("delete from inbox where state = 'pending'; {}; {}", deliveries(many, "pending"),
                               events(many, "null")));
    look("1,000,000 wait, 1,000,000 are done");
    test::run_async(io, pool.close(1s));
}

/// Webhooks of known patients that nobody has applied yet.
void fill_backlog(const Durable& database) {
    database.query(fmt::format(
        "insert into inbox (id, source, sender_id, event, object_key, practice_group_id, body, body_sha256, state) "
        "select gen_random_uuid(), 'drchrono', 'backlog-' || i, 'PATIENT_MODIFY', 'patients:' || p, '1', b, sha256(b), 'pending' "
        "from generate_series(1, {0}) i, lateral (select 1 + (i * 2654435761) % {1}) as n (p), "
        "lateral (select convert_to(replace(replace(r.body, '@id@', p::text), '@at@', "
        "to_char(timestamp '2026-02-01' + i * interval '1 second', 'YYYY-MM-DD\"T\"HH24:MI:SS')), 'UTF8') "
        "from bench_body r) as l (b) order by i",
        backlog, known_patients));
}

/// A body with places for the id and the time.
void prepare_body(const Durable& database) {
    const auto sample = R"({"receiver":{"id":1},"object":)" + patient(1, 0, false) + "}";
    database.query(fmt::format(
        "create table bench_body as select regexp_replace(replace(replace(replace($body${}$body$, '\"id\":1,', '\"id\":@id@,'), "
        "'Sample1', 'Sample@at@'), 'SATE1', 'SATE@id@'), '\"updated_at\":\"[^\"]*\"', '\"updated_at\":\"@at@\"') as body",
        sample));
}

Line drain(int instances) {
    const Durable database;
    const Patients drchrono;
    {
        const Service first{database, drchrono.url()};
        run({.port = first.port(), .requests = known_patients, .request = [](int number) {
                 return webhook("PATIENT_CREATE", patient(number + 1, 0, false), fmt::format("first-{}", number));
             }});
        wait_until_done(database, false);
    }
    prepare_body(database);
    fill_backlog(database);
    database.query("vacuum analyze inbox");
    const auto before = processor_time(database.process());
    std::vector<std::unique_ptr<Service>> services;
    for (int at = 0; at < instances; ++at) services.push_back(std::make_unique<Service>(database, drchrono.url()));
    Line line{.name = fmt::format("{} instance{}", instances, instances > 1 ? "s" : ""), .points = {}};
    const auto begun = steady_clock::now();
    const auto left = [&] {
        return std::stoi(
            database.query("select count(*) from inbox where state in ('pending', 'processing', 'waiting')"));
    };
    int remaining = left();
    double last = 0;
    while (remaining > 0) {
        std::this_thread::sleep_for(5s);
        const auto now = std::chrono::duration<double>(steady_clock::now() - begun).count();
        const int still = left();
        line.points.emplace_back(now, (remaining - still) / (now - last));
        remaining = still;
        last = now;
        if (now > 1'800) throw std::runtime_error{"the backlog is not done after half an hour"};
    }
    std::string shares;
    for (const auto& each : services) shares += fmt::format(" {:.1f} s", processor_time(each->process()).count());
    fmt::print("{}: {} deliveries in {:.0f} s, {:.0f} /s; processor time of the instances{}, of PostgreSQL {:.0f} s\n",
               line.name, backlog, last, backlog / last, shares, (processor_time(database.process()) - before).count());
    std::fflush(stdout);
    return line;
}

void measure_backlog(const std::string& folder) {
    Plot plot{.title = "A backlog of 210,000 deliveries",
              .x_title = "seconds since the start",
              .y_title = "records a second",
              .lines = {}};
    for (const int instances : {1, 2, 4}) plot.lines.push_back(drain(instances));
    save(plot, folder + "/growth-backlog.svg");
}

void measure_size() {
    for (const int stored : {known_patients, many}) {
        const Durable database;
        const Patients drchrono;
        const Service service{database, drchrono.url()};
        run({.port = service.port(), .requests = known_patients, .request = [](int number) {
                 return webhook("PATIENT_CREATE", patient(number + 1, 0, false), fmt::format("first-{}", number));
             }});
        wait_until_done(database, false);
        if (stored > known_patients)
            database.query(fmt::format(
                "set session_replication_role = replica; insert into patients (drchrono_id, first_name, last_name, drchrono_raw, origin) "
                "select i, 'Sample' || i, 'Test' || i % 5000, drchrono_raw || jsonb_build_object('id', i), 'api' "
                "from generate_series({}, {}) i, (select drchrono_raw from patients where drchrono_id = 1) p",
                known_patients + 1, stored));
        database.query("vacuum analyze");
        int sent = 0;
        const auto next = [&](int) {
            const int number = sent++;
            const auto id = static_cast<int>((number * 2654435761ULL) % static_cast<unsigned>(stored)) + 1;
            return webhook("PATIENT_MODIFY", patient(id, 1'000 + number, false), fmt::format("size-{}", number));
        };
        const auto service_before = processor_time(service.process());
        const auto database_before = processor_time(database.process());
        const auto loaded = run({.port = service.port(), .requests = 30'000, .request = next});
        wait_until_done(database, false);
        fmt::print("{:>9} patients: {:.0f} + {:.0f} us of processor time a webhook\n", stored,
                   (processor_time(service.process()) - service_before).count() * 1e6 / loaded.answered,
                   (processor_time(database.process()) - database_before).count() * 1e6 / loaded.answered);
        std::fflush(stdout);
    }
}

}  // namespace
}  // namespace dcs::bench

int main(int argc, char** argv) {
    using namespace dcs::bench;
    dcs::log::configure(dcs::log::Level::critical, dcs::log::Format::text);
    if (argc < 2) {
        fmt::print("usage: bench/growth FOLDER [queues | backlog | size]\n");
        return 2;
    }
    const std::string_view only = argc > 2 ? argv[2] : "";
    if (only.empty() || only == "queues") measure_queues();
    if (only.empty() || only == "backlog") measure_backlog(argv[1]);
    if (only.empty() || only == "size") measure_size();
}
