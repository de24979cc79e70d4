#include "apply/fetch_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dcs::apply {

pg::Statement request_fetches(std::span<const FetchRequest> requests) {
    std::map<std::pair<std::string_view, std::string_view>, const FetchRequest*> soonest;
    for (const auto& request : requests) {
        auto& kept = soonest[{request.table, request.drchrono_id}];
        if (!kept || request.delay < kept->delay) kept = &request;
    }
    pg::ArrayBuilder tables;
    pg::ArrayBuilder ids;
    pg::ArrayBuilder reasons;
    pg::ArrayBuilder delays;
    pg::ArrayBuilder removals;
    for (const auto& [key, request] : soonest) {
        tables.add(request->table);
        ids.add(request->drchrono_id);
        reasons.add(request->reason);
        delays.add(std::int64_t{request->delay.count()});
        removals.add(request->removal ? std::string_view{"t"} : std::string_view{"f"});
    }
    return pg::sql(
        "insert into fetches as f (table_name, drchrono_id, reason, removal, next_try_at, not_before) "
        "select r.table_name, r.drchrono_id, r.reason, r.removal, now() + r.delay * interval '1 ms',"
        "  case when r.delay > 0 then now() + r.delay * interval '1 ms' end "
        "from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bool[]) "
        "  as r (table_name, drchrono_id, reason, delay, removal) "
        "on conflict (table_name, drchrono_id) do update set generation = f.generation + 1, reason = excluded.reason,"
        "  removal = excluded.removal, requested_at = now(), attempts = 0, own_tries = 0,"
        "  state = case f.state when 'dead' then 'queued' else f.state end,"
        "  not_before = greatest(f.not_before, excluded.not_before),"
        "  next_try_at = greatest(excluded.next_try_at, f.not_before)",
        std::move(tables).take(), std::move(ids).take(), std::move(reasons).take(), std::move(delays).take(),
        std::move(removals).take());
}

pg::Statement revive_fetches(std::span<const FetchQueue::Key> keys) {
    pg::ArrayBuilder tables;
    pg::ArrayBuilder ids;
    for (const auto& [table, id] : keys) {
        tables.add(table);
        ids.add(id);
    }
    return pg::sql("update fetches f set state = 'queued', attempts = 0, own_tries = 0, generation = f.generation + 1,"
                   " requested_at = now(), next_try_at = greatest(now(), f.not_before) "
                   "from unnest($1::text[], $2::text[]) as k (table_name, drchrono_id) "
                   "where f.table_name = k.table_name and f.drchrono_id = k.drchrono_id and f.state = 'dead'",
                   std::move(tables).take(), std::move(ids).take());
}

std::optional<pg::Statement> request_unknown_parents(const Resource& resource, std::span<const std::string> keys) {
    std::string parents;
    for (const auto& derived : resource.derived) {
        if (derived.announced) continue;
        parents += fmt::format(
            "{}select distinct '{}', c.{}::text from {} c where c.{} = any($1::text[]::{}[]) and c.{} is not null "
            "and not exists (select from {} p where p.{} = c.{})",
            parents.empty() ? "" : " union ", derived.parent, derived.child_key, resource.table, resource.key_column,
            sql_name(resource.key_type), derived.child_key, derived.parent, derived.parent_key, derived.child_key);
    }
    if (parents.empty() || keys.empty()) return std::nullopt;
    return pg::sql(fmt::format("insert into fetches (table_name, drchrono_id, reason) "
                               "select p.*, 'named by another record, and no webhook tells of it' from ({}) p "
                               "on conflict (table_name, drchrono_id) do nothing",
                               parents),
                   pg::text_array(keys));
}

namespace {

std::optional<std::chrono::steady_clock::time_point> announced_at(const pg::Rows& rows, int row,
                                                                  std::chrono::steady_clock::time_point now) {
    const auto before = rows.maybe_integer(row, 10);
    if (!before) return std::nullopt;
    return now - std::chrono::milliseconds{std::max<std::int64_t>(*before, 0)};
}

}  // namespace

FetchQueue::FetchQueue(pg::Pool& pool, std::string owner, std::chrono::milliseconds lease)
    : pool_{pool}, owner_{std::move(owner)}, lease_{lease} {}

Async<Result<std::vector<ClaimedFetch>>> FetchQueue::claim(int count) {
    auto statement = pg::sql(
        "with due as materialized ("
        "  select table_name, drchrono_id from fetches f where state = 'queued' and next_try_at <= now()"
        "  and not exists (select from forbidden_kinds k where k.table_name = f.table_name and k.next_probe_at > now())"
        "  order by next_try_at limit $1 for update skip locked) "
        "update fetches f set state = 'running', lease_owner = $2, lease_until = clock_timestamp() + $3::bigint * interval '1 ms',"
        "  fence = f.fence + 1, attempts = f.attempts + 1 "
        "from due d left join lateral ("
        "  select max(i.seq) as last_seq, max(i.received_at) as announced, (array_agg(i.id order by i.seq))[1] as first_delivery from inbox i"
        "  where i.object_key = d.table_name || ':' || d.drchrono_id and i.state = 'waiting') w on true "
        "where f.table_name = d.table_name and f.drchrono_id = d.drchrono_id "
        "returning f.table_name, f.drchrono_id, f.reason, f.removal, f.generation, f.fence, f.attempts, w.last_seq, w.first_delivery, f.own_tries,"
        "  (extract(epoch from clock_timestamp() - w.announced) * 1000)::bigint",
        count, owner_, lease_.count());
    const auto rows = co_await pool_.run(std::move(statement));
    if (!rows) co_return rows.error();
    const auto now = std::chrono::steady_clock::now();
    std::vector<ClaimedFetch> claimed;
    for (int row = 0; row < rows->size(); ++row)
        claimed.push_back({rows->string(row, 0), rows->string(row, 1), rows->string(row, 2), rows->boolean(row, 3),
                           rows->integer(row, 4), rows->integer(row, 5), static_cast<int>(rows->integer(row, 6)),
                           rows->maybe_integer(row, 7).value_or(0), rows->string(row, 8),
                           static_cast<int>(rows->integer(row, 9)), announced_at(*rows, row, now)});
    co_return claimed;
}

Async<Result<>> FetchQueue::renew(std::vector<Key> under_way) {
    pg::ArrayBuilder tables;
    pg::ArrayBuilder ids;
    for (const auto& [table, id] : under_way) {
        tables.add(table);
        ids.add(id);
    }
    // A row that the fetch's own transaction has locked cannot be taken over: it is left to the next beat.
    auto statement =
        pg::sql("with mine as materialized (select f.table_name, f.drchrono_id from fetches f "
                "  join unnest($3::text[], $4::text[]) as u (table_name, drchrono_id) "
                "  on f.table_name = u.table_name and f.drchrono_id = u.drchrono_id "
                "  where f.state = 'running' and f.lease_owner = $1 for update of f skip locked) "
                "update fetches f set lease_until = clock_timestamp() + $2::bigint * interval '1 ms' from mine m "
                "where f.table_name = m.table_name and f.drchrono_id = m.drchrono_id",
                owner_, lease_.count(), std::move(tables).take(), std::move(ids).take());
    const auto done = co_await pool_.run(std::move(statement));
    if (!done) co_return done.error();
    co_return Result<>{};
}

Async<Result<std::int64_t>> FetchQueue::recover() {
    auto statement =
        pg::sql("with lost as materialized (select table_name, drchrono_id from fetches "
                "  where state = 'running' and lease_until < clock_timestamp() for update skip locked) "
                "update fetches f set state = 'queued', lease_owner = null, lease_until = null from lost l "
                "where f.table_name = l.table_name and f.drchrono_id = l.drchrono_id");
    const auto done = co_await pool_.run(std::move(statement));
    if (!done) co_return done.error();
    co_return done->affected();
}

Async<Result<>> FetchQueue::give_back() {
    auto statement = pg::sql(
        "update fetches set state = 'queued', attempts = greatest(attempts - 1, 0), lease_owner = null, lease_until = null "
        "where state = 'running' and lease_owner = $1",
        owner_);
    const auto done = co_await pool_.run(std::move(statement));
    if (!done) co_return done.error();
    co_return Result<>{};
}

Async<Result<std::int64_t>> FetchQueue::adopt_waiting() {
    auto statement = pg::sql(
        "with orphans as ("
        "  select distinct split_part(i.object_key, ':', 1) as table_name, substr(i.object_key, strpos(i.object_key, ':') + 1)"
        "    as drchrono_id"
        "  from inbox i where i.state = 'waiting' and i.received_at < now() - $1::bigint * interval '1 ms'"
        "    and not exists (select from fetches f where f.table_name = split_part(i.object_key, ':', 1)"
        "      and f.drchrono_id = substr(i.object_key, strpos(i.object_key, ':') + 1) and f.state <> 'dead')"
        "  limit 500)"
        "insert into fetches as f (table_name, drchrono_id, reason) "
        "select table_name, drchrono_id, 'a delivery waits for it' from orphans where table_name <> '' "
        "on conflict (table_name, drchrono_id) do update set state = 'queued', attempts = 0, own_tries = 0, reason = excluded.reason,"
        "  generation = f.generation + 1, requested_at = now(), next_try_at = greatest(now(), f.not_before) "
        "where f.state = 'dead'",
        lease_.count());
    const auto done = co_await pool_.run(std::move(statement));
    if (!done) co_return done.error();
    co_return done->affected();
}

namespace {

/// `again`: puts a fetch that was asked for again while it ran back into the queue, with all its tries, at the time of the
/// newest request. `alone`: the row, where nobody did.
constexpr std::string_view asked_again =
    "with held as materialized (select table_name, drchrono_id, generation from fetches"
    "    where table_name = $1 and drchrono_id = $2 and fence = $3 and state = 'running' for update),"
    " again as (update fetches f set state = 'queued', attempts = 0, own_tries = 0, lease_owner = null, lease_until = null,"
    "    next_try_at = greatest(f.next_try_at, now()) from held h"
    "  where f.table_name = h.table_name and f.drchrono_id = h.drchrono_id and h.generation > $4 returning 1),"
    " alone as materialized (select table_name, drchrono_id from held where generation = $4)";

pg::Statement end_of(const ClaimedFetch& fetch, std::string_view otherwise) {
    return pg::sql(fmt::format("{}, {}", asked_again, otherwise), fetch.table, fetch.drchrono_id, fetch.fence,
                   fetch.generation);
}

}  // namespace

pg::Statement finish_fetches(std::span<const ClaimedFetch* const> fetches) {
    pg::ArrayBuilder tables;
    pg::ArrayBuilder ids;
    pg::ArrayBuilder fences;
    pg::ArrayBuilder generations;
    for (const auto* fetch : fetches) {
        tables.add(fetch->table);
        ids.add(fetch->drchrono_id);
        fences.add(fetch->fence);
        generations.add(fetch->generation);
    }
    return pg::sql(
        "with held as materialized (select f.table_name, f.drchrono_id, f.generation > c.generation as asked_again"
        "    from fetches f join unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])"
        "      as c (table_name, drchrono_id, fence, generation)"
        "    on f.table_name = c.table_name and f.drchrono_id = c.drchrono_id and f.fence = c.fence"
        "    where f.state = 'running' order by f.table_name, f.drchrono_id for update of f),"
        " again as (update fetches f set state = 'queued', attempts = 0, own_tries = 0, lease_owner = null, lease_until = null,"
        "    next_try_at = greatest(f.next_try_at, now()) from held h"
        "  where f.table_name = h.table_name and f.drchrono_id = h.drchrono_id and h.asked_again returning 1),"
        " gone as (delete from fetches f using held h"
        "  where f.table_name = h.table_name and f.drchrono_id = h.drchrono_id and not h.asked_again"
        "  returning f.table_name, f.drchrono_id),"
        " stored as (update sync_failures s set resolved_at = now() from gone g"
        "  where s.table_name = g.table_name and s.drchrono_id = g.drchrono_id and s.resolved_at is null) "
        "select 'again' from again union all select 'gone' from gone",
        std::move(tables).take(), std::move(ids).take(), std::move(fences).take(), std::move(generations).take());
}

pg::Statement retry_fetch(const ClaimedFetch& fetch, std::chrono::milliseconds wait, std::string error, Tried tried) {
    auto statement = end_of(
        fetch, "later as (update fetches f set state = 'queued', lease_owner = null, lease_until = null,"
               "    last_error = $6, attempts = greatest(f.attempts - $7::int, 0), own_tries = f.own_tries + $8::int,"
               "    next_try_at = now() + $5::bigint * interval '1 ms' from alone a"
               "  where f.table_name = a.table_name and f.drchrono_id = a.drchrono_id returning 1) "
               "select 'again' from again union all select 'queued' from later");
    statement.params.emplace_back(std::int64_t{wait.count()});
    statement.params.emplace_back(std::move(error));
    statement.params.emplace_back(std::int64_t{tried == Tried::no ? 1 : 0});
    statement.params.emplace_back(std::int64_t{tried == Tried::own ? 1 : 0});
    return statement;
}

pg::Statement hold_fetch(const ClaimedFetch& fetch, std::chrono::milliseconds wait, std::string error) {
    // What has been opened meanwhile is waited for no longer. The lock tells of an opening that is not committed yet, and lets one
    // that comes later see this fetch wait.
    auto statement = end_of(
        fetch,
        "closed as materialized (select 1 from forbidden_kinds where next_probe_at > clock_timestamp() for share),"
        " later as (update fetches f set state = 'queued', attempts = greatest(f.attempts - 1, 0), lease_owner = null,"
        "    lease_until = null, last_error = $6, next_try_at = now() + interval '1 ms' * "
        "    case when exists (select from closed) then $5::bigint else 1000 end "
        "  from alone a where f.table_name = a.table_name and f.drchrono_id = a.drchrono_id returning 1) "
        "select 'again' from again union all select 'queued' from later");
    statement.params.emplace_back(std::int64_t{wait.count()});
    statement.params.emplace_back(std::move(error));
    return statement;
}

pg::Statement bury_fetch(const ClaimedFetch& fetch, std::string error) {
    auto statement =
        end_of(fetch, "dead as (update fetches f set state = 'dead', lease_owner = null, lease_until = null,"
                      "    last_error = $5 from alone a"
                      "  where f.table_name = a.table_name and f.drchrono_id = a.drchrono_id returning 1) "
                      "select 'again' from again union all select 'dead' from dead");
    statement.params.emplace_back(std::move(error));
    return statement;
}

}  // namespace dcs::apply
