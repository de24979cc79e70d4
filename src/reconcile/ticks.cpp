#include "reconcile/ticks.hpp"

namespace dcs::reconcile {

namespace {

// A local time that a change of clocks repeats or leaves out is one moment for PostgreSQL, so that it ticks once.
constexpr std::string_view question = R"(
    with entry as (
        select * from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as e (name, every, at, place)),
    moment as (
        select t.now, (t.now at time zone $4)::date as today from (select coalesce($5::timestamptz, now())) as t (now)),
    tick as (
        select e.place, (a.day + n * (e.every / 86400)::int + e.at * interval '1 s') at time zone $4 as tick
        from entry e, moment m, generate_series(-1, 1) n,
             lateral (select m.today - (m.today - date '2000-01-03') % (e.every / 86400)::int) as a (day)
        where e.every % 86400 = 0
        union all
        select e.place, s.start + (floor(extract(epoch from m.now - s.start) / e.every) + n) * e.every * interval '1 s'
        from entry e, moment m, generate_series(0, 1) n,
             lateral (select (m.today::timestamp at time zone $4) + e.at * interval '1 s') as s (start)
        where 3600 % e.every = 0
        union all
        select e.place, (m.today + n + s.seconds * interval '1 s') at time zone $4
        from entry e, moment m, generate_series(-1, 1) n, generate_series(e.at % e.every, 86399, e.every) as s (seconds)
        where e.every % 86400 <> 0 and 3600 % e.every <> 0)
    select coalesce((s.value #>> '{}')::timestamptz < t.latest, true), t.latest, t.next
    from entry e join lateral (
        select max(k.tick) filter (where k.tick <= m.now) as latest, min(k.tick) filter (where k.tick > m.now) as next
        from tick k, moment m where k.place = e.place) t on true
    left join sync_state s on s.name = 'tick:' || e.name order by e.place)";

}  // namespace

Async<Result<std::vector<Tick>>> read_ticks(pg::Pool& pool, std::span<const ScheduleEntry> entries, std::string zone,
                                            std::optional<Time> now) {
    std::vector<std::string> names;
    std::vector<std::int64_t> every;
    std::vector<std::int64_t> at;
    for (const auto& entry : entries) {
        names.push_back(entry.name);
        every.push_back(entry.every.count());
        at.push_back(std::chrono::seconds{entry.at}.count());
    }
    auto asking = pg::sql(std::string{question}, pg::text_array(names), pg::bigint_array(every), pg::bigint_array(at),
                          std::move(zone), now ? std::optional{iso8601(*now)} : std::nullopt);
    const auto rows = co_await pool.run(std::move(asking));
    if (!rows) co_return rows.error();
    std::vector<Tick> ticks;
    for (int row = 0; row < rows->size(); ++row) {
        const auto next = parse_iso8601(rows->string(row, 2));
        if (!next) co_return Error{Fault::bug, "an entry of the schedule has no next tick"};
        ticks.push_back({rows->boolean(row, 0), rows->string(row, 1), *next});
    }
    co_return ticks;
}

}  // namespace dcs::reconcile
