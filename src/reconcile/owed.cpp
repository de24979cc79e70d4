#include "reconcile/owed.hpp"

#include "resources/listing.hpp"

namespace dcs::reconcile {

std::vector<pg::Statement> owe_tick(const std::string& name, const Tick& tick) {
    return {pg::sql("insert into sync_state (name, value) values ('tick:' || $1, to_jsonb($2::timestamptz)) "
                    "on conflict (name) do update set value = excluded.value, updated_at = now()",
                    name, tick.latest),
            pg::sql("insert into sync_state (name, value) "
                    "values ('owed:' || $1, jsonb_build_object('began', now(), 'next', now(), 'tries', 0)) "
                    "on conflict (name) do update set updated_at = now(),"
                    "  value = (sync_state.value - 'open') || jsonb_build_object('began', now())",
                    name)};
}

pg::Statement owe_open_checkpoints(std::chrono::milliseconds idle) {
    std::vector<std::string> tables;
    std::vector<std::string> endpoints;
    for (const auto& listing : all_listings()) {
        if (!listing.comes_with.empty()) continue;
        tables.emplace_back(listing.table);
        endpoints.emplace_back(listing.endpoint);
    }
    return pg::sql(
        "insert into sync_state (name, value) "
        "select 'owed:' || l.endpoint, jsonb_build_object('began', now(), 'next', now(), 'tries', 0, 'open', true) "
        "from unnest($1::text[], $2::text[]) as l (table_name, endpoint) join sync_state s on s.name = 'sync:' || l.table_name "
        "where s.value ? 'checkpoint' and s.updated_at < now() - $3::bigint * interval '1 millisecond'"
        " and not exists (select from leases h where h.name = s.name and h.until > clock_timestamp())"
        " and not exists (select from sync_state o where o.name in ('owed:all', 'owed:full')) "
        "on conflict (name) do nothing",
        pg::text_array(tables), pg::text_array(endpoints), idle.count());
}

Async<Result<std::vector<Owed>>> read_owed(pg::Pool& pool, bool due) {
    auto question = pg::sql(
        "select substr(name, 6), (value ->> 'began')::timestamptz, (value ->> 'tries')::int, value ? 'open' from sync_state "
        "where name like 'owed:%' and (not $1 or (value ->> 'next')::timestamptz <= now()) order by name",
        due);
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    std::vector<Owed> owed;
    for (int row = 0; row < rows->size(); ++row) {
        const auto began = parse_iso8601(rows->string(row, 1));
        if (!began) continue;
        owed.push_back({rows->string(row, 0), *began, static_cast<int>(rows->integer(row, 2)), rows->boolean(row, 3)});
    }
    co_return owed;
}

pg::Statement settle_owed(const Owed& owed) {
    return pg::sql(
        "delete from sync_state where name = 'owed:' || $1 and (value ->> 'began')::timestamptz <= $2::timestamptz",
        owed.name, iso8601(owed.began));
}

pg::Statement postpone_owed(const Owed& owed, std::chrono::milliseconds wait) {
    return pg::sql(
        "update sync_state set updated_at = now(), value = value || jsonb_build_object('tries', $2::int, 'next',"
        " now() + $3::bigint * interval '1 millisecond') where name = 'owed:' || $1",
        owed.name, owed.tries, wait.count());
}

}  // namespace dcs::reconcile
