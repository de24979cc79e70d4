#include "support/past.hpp"

#include <fmt/format.h>

#include <regex>

namespace dcs::test {

namespace {

constexpr auto deliveries = R"sql(
    with deliveries as materialized (
        select g, gen_random_uuid() as id, gen_random_uuid() as event_id, gen_random_uuid() as record_id,
               case g % 100 when 0 then 'dead' else 'done' end as state,
               now() - g * interval '1 day' / {a_day} as at
        from generate_series(0, {days} * {a_day} - 1) g
    ), arrived as (
        insert into inbox (id, source, event, object_key, body, body_sha256, received_at, finished_at, state, reason)
        select id, 'drchrono', 'PATIENT_MODIFY', 'patients:' || g % 5000, decode(repeat('7b7d', 700), 'hex'), sha256(id::text::bytea),
               at, at + interval '80 ms', state, case state when 'dead' then 'refused' end
        from deliveries returning seq, received_at, state
    ), tried as (
        insert into inbox_tries (seq, attempt, at, state, error) select seq, 1, received_at, state, 'refused' from arrived
        where seq % 20 = 0 or state = 'dead'
    ), noted as (
        insert into sync_log (source, sync_type, table_name, status, started_at, completed_at, records_total, details)
        select 'drchrono', 'webhook', 'patients', 'completed', at, at + interval '80 ms', 1, jsonb_build_object('delivery_id', id)
        from deliveries
    ), changed as (
        insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, old_values, new_values)
        select at, event_id, 'patients', record_id, 'UPDATE', 'drchrono-webhook', 'delivery:' || id, '{{"city": "A"}}', '{{"city": "B"}}'
        from deliveries where state = 'done'
    )
    insert into outbox (event_id, table_name, operation, record_id, drchrono_id, occurred_at, published_at)
    select event_id, 'patients', 'UPDATE', record_id, (g % 5000)::text, at, at + interval '120 ms' from deliveries where state = 'done'
)sql";

constexpr auto unfinished = R"sql(
    insert into inbox (source, body, body_sha256, received_at, state, next_try_at)
    select 'drchrono', '{}', '', now() - interval '400 days', unnest('{pending,waiting,dead}'::text[]), now() + interval '1 day';
    insert into outbox (event_id, table_name, operation, record_id, occurred_at)
    values (gen_random_uuid(), 'patients', 'INSERT', gen_random_uuid(), now() - interval '400 days')
)sql";

constexpr auto old_year = R"sql(
    create table change_log_2015 partition of change_log for values from ('2015-01-01') to ('2016-01-01');
    insert into change_log (changed_at, event_id, table_name, record_id, operation, actor, cause, new_values)
    select timestamptz '2015-01-01' + g * interval '1 second', gen_random_uuid(), 'patients', gen_random_uuid(), 'INSERT',
           'drchrono-webhook', 'delivery:1', '{{"city": "A"}}' from generate_series(1, {days} * {a_day}) g
)sql";

}  // namespace

void live_through(const TestDatabase& database, int days, int deliveries_a_day) {
    const auto fill = [&](const char* text) {
        return fmt::format(fmt::runtime(text), fmt::arg("days", days), fmt::arg("a_day", deliveries_a_day));
    };
    database.query(fill(old_year));
    database.query(fill(deliveries));
    database.query(unfinished);
    database.query_as_superuser("vacuum analyze");
}

LockWaits::LockWaits(const TestDatabase& database) : database_{database} {
    const auto name = database.settings().database;
    database.query_as_superuser(fmt::format("alter database {} set log_lock_waits = on", name));
    database.query_as_superuser(fmt::format("alter database {} set deadlock_timeout = '100ms'", name));
    begun_ = read().size();
}

std::string LockWaits::read() const {
    return database_.query_as_superuser("select pg_read_file(pg_current_logfile())");
}

std::map<std::string, int> LockWaits::counts() const {
    const auto log = read();
    const std::regex line{R"(still waiting for \w+ on (relation (\d+)|\w+))"};
    std::map<std::string, int> found;
    for (std::sregex_iterator at{log.begin() + static_cast<std::ptrdiff_t>(begun_), log.end(), line}, end; at != end;
         ++at) {
        const auto what = (*at)[1].str();
        if ((*at)[2].matched) ++found[database_.query("select " + (*at)[2].str() + "::regclass::text")];
        else
            ++found[what == "advisory" ? "advisory"
                                       : "row"];  // a row's holder is waited for by its transaction, or its tuple
    }
    return found;
}

int LockWaits::count() const {
    int sum = 0;
    for (const auto& [what, waits] : counts()) sum += waits;
    return sum;
}

}  // namespace dcs::test
