#include "inbox/claims.hpp"

namespace dcs::inbox {

Claims::Claims(pg::Pool& pool, std::string owner, std::chrono::milliseconds lease)
    : pool_{pool}, owner_{std::move(owner)}, lease_{lease} {}

namespace {

/// Deliveries that one look considers. Those that wait behind another one of their object cost a search in an index each.
constexpr int considered = 2'000;
/// Looks of a claim that finds none: the next claim goes on behind them.
constexpr int most_looks = 16;

// $1 source, $2 count, $3 owner, $4 lease in ms, $5 bytes, $6 objects, $7 seq to begin behind, $8 how many are considered.
// The oldest unfinished delivery of an object is asked for by min(), for NOT EXISTS becomes a join, and with many deliveries of
// one object the planner chooses one that compares each with all.
constexpr std::string_view claim_sql = R"(
with following as materialized (
  select (select min(e.seq) from inbox e where e.object_key = o.key and e.state in ('pending', 'processing')) as seq
  from unnest($6::text[]) as o (key)
), due as materialized (
  select seq, object_key from inbox
  where state = 'pending' and source = $1 and next_try_at <= now() and seq > $7 order by seq limit $8
), heads as materialized (
  select d.seq from due d where d.seq = coalesce(
    (select min(e.seq) from inbox e where e.object_key = d.object_key and e.state in ('pending', 'processing')), d.seq)
  order by d.seq limit $2
), mine as materialized (
  select i.seq, octet_length(i.body) as size from inbox i
  where i.seq = any(array(select seq from following where seq is not null union select seq from heads))
    and i.state = 'pending' and i.source = $1 and i.next_try_at <= now()
  order by i.seq limit $2 for update of i skip locked
), bounded as (
  select seq, sum(size) over (order by seq) - size as before from mine
), taken as (
  update inbox i set state = 'processing', lease_owner = $3, lease_until = clock_timestamp() + $4::bigint * interval '1 ms',
    fence = i.fence + 1, attempts = i.attempts + 1
  from bounded b where b.seq = i.seq and b.before < $5
  returning i.seq, i.id, i.source, i.event, i.object_key, i.practice_group_id, i.body,
    to_char(i.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as received, i.fence, i.attempts
)
select t.*, l.reached, l.to_the_end from (
  select case when n.heads < $2 then (select max(seq) from due) else (select max(seq) from heads) end as reached,
         n.heads < $2 and (select count(*) from due) < $8 as to_the_end
  from (select count(*) as heads from heads) n
) l left join taken t on true)";

}  // namespace

Async<Result<Claims::Look>> Claims::look(std::string_view source, int count, std::int64_t bytes,
                                         std::vector<std::string> objects, std::int64_t behind) {
    // A claim that a crash of the database loses is claimed again: it need not wait for the disk.
    std::vector<pg::Statement> statements;
    statements.push_back(pg::sql("select set_config('synchronous_commit', 'off', true)"));
    statements.push_back(pg::sql(std::string{claim_sql}, source, count, owner_, lease_.count(), bytes,
                                 pg::text_array(objects), behind, considered));
    const auto done = co_await pool_.run(std::move(statements));
    if (!done) co_return done.error();
    const auto& rows = (*done)[1];
    Look look{.to_the_end = rows.boolean(0, 11)};
    look.reached = look.to_the_end ? 0 : rows.maybe_integer(0, 10).value_or(0);
    for (int row = 0; row < rows.size(); ++row) {
        if (!rows.maybe_integer(row, 0)) continue;
        look.claimed.push_back({rows.integer(row, 0), rows.string(row, 1), rows.string(row, 2), rows.string(row, 3),
                                rows.string(row, 4), rows.string(row, 5), rows.bytes(row, 6), rows.string(row, 7),
                                rows.integer(row, 8), static_cast<int>(rows.integer(row, 9))});
    }
    std::ranges::sort(look.claimed, {}, &Claimed::seq);
    co_return look;
}

Async<Result<std::vector<Claimed>>> Claims::claim(std::string_view source, int count, std::int64_t bytes,
                                                  std::vector<std::string> objects) {
    const bool oldest_first = ++claims_ % 8 == 0;
    for (int looks = 0; looks < most_looks; ++looks) {
        const bool from_the_oldest = oldest_first && looks == 0;
        auto looking = look(source, count, bytes, std::move(objects), from_the_oldest ? 0 : after_);
        auto found = co_await std::move(looking);
        if (!found) co_return found.error();
        if (!from_the_oldest) after_ = found->reached;
        if (!found->claimed.empty() || found->to_the_end) co_return std::move(found->claimed);
        objects.clear();
    }
    co_return std::vector<Claimed>{};
}

Async<Result<>> Claims::renew(std::vector<std::int64_t> under_way) {
    // A row that the transaction which applies it has locked cannot be taken over: it is left to the next beat.
    auto statement = pg::sql(
        "with mine as materialized (select seq from inbox where state = 'processing' and lease_owner = $1"
        "  and seq = any($3::bigint[]) for update skip locked) "
        "update inbox i set lease_until = clock_timestamp() + $2::bigint * interval '1 ms' from mine m where i.seq = m.seq",
        owner_, lease_.count(), pg::bigint_array(under_way));
    const auto done = co_await pool_.run(std::move(statement));
    if (!done) co_return done.error();
    co_return Result<>{};
}

Async<Result<std::int64_t>> Claims::recover(int most_left_behind) {
    // Whoever still applies it holds its row: however long that waits for a lock, it is not left behind.
    auto statement = pg::sql(
        "with lost as materialized (select seq from inbox"
        "  where state = 'processing' and lease_until < clock_timestamp() for update skip locked),"
        " ended as (update inbox i set left_behind = i.left_behind + 1, attempts = greatest(i.attempts - 1, 0),"
        "    state = case when i.left_behind + 1 >= $1 then 'dead' else 'pending' end,"
        "    reason = case when i.left_behind + 1 >= $1 then 'its processing never came to an end' else i.reason end,"
        "    finished_at = case when i.left_behind + 1 >= $1 then now() end, lease_owner = null, lease_until = null"
        "  from lost l where i.seq = l.seq"
        "  returning i.seq, i.id, i.source, i.event, i.object_key, i.left_behind, i.state, i.reason),"
        " tried as (insert into inbox_tries (seq, attempt, state, error)"
        "  select seq, left_behind, state, 'the process that worked it ended, or lost its lease' from ended),"
        " told as (insert into sync_log (source, sync_type, table_name, status, started_at, completed_at, records_total,"
        "    records_failed, error, details)"
        "  select source, case source when 'drchrono' then 'webhook' else 'gridhook' end,"
        "    nullif(split_part(object_key, ':', 1), ''), 'failed', now(), now(), 1, 1, reason,"
        "    jsonb_strip_nulls(jsonb_build_object('delivery_id', id, 'event', event, 'object', object_key))"
        "  from ended where state = 'dead') "
        "select count(*) from ended",
        most_left_behind);
    const auto done = co_await pool_.run(std::move(statement));
    if (!done) co_return done.error();
    co_return done->integer(0, 0);
}

Async<Result<>> Claims::give_back() {
    auto statement = pg::sql(
        "update inbox set state = 'pending', attempts = greatest(attempts - 1, 0), lease_owner = null, lease_until = null "
        "where state = 'processing' and lease_owner = $1",
        owner_);
    const auto done = co_await pool_.run(std::move(statement));
    if (!done) co_return done.error();
    co_return Result<>{};
}

pg::Statement hold(std::span<const Claimed> claimed) {
    pg::ArrayBuilder seqs;
    pg::ArrayBuilder fences;
    for (const auto& each : claimed) {
        seqs.add(each.seq);
        fences.add(each.fence);
    }
    return pg::sql(
        "select i.seq, (select min(e.seq) from inbox e where e.object_key = i.object_key "
        "and e.state in ('pending', 'processing')) < i.seq from unnest($1::bigint[], $2::bigint[]) as c (seq, fence) "
        "join inbox i on i.seq = c.seq "
        "and i.fence = c.fence and i.state = 'processing' order by i.seq for update of i",
        std::move(seqs).take(), std::move(fences).take());
}

pg::Statement finish(std::span<const Ending> endings) {
    pg::ArrayBuilder seqs;
    pg::ArrayBuilder fences;
    pg::ArrayBuilder states;
    pg::ArrayBuilder reasons;
    pg::ArrayBuilder waits;
    pg::ArrayBuilder untried;
    for (const auto& ending : endings) {
        seqs.add(ending.seq);
        fences.add(ending.fence);
        states.add(name_of(ending.state));
        reasons.add(ending.reason.empty() ? std::nullopt : std::optional{ending.reason});
        waits.add(std::int64_t{ending.wait.count()});
        untried.add(ending.untried ? std::string_view{"t"} : std::string_view{"f"});
    }
    return pg::sql(
        "with ended as ("
        "update inbox i set state = e.state, reason = e.reason, attempts = i.attempts - e.untried::int, lease_owner = null, lease_until = null,"
        "  next_try_at = case when e.state = 'pending' then now() + e.wait * interval '1 ms' else i.next_try_at end,"
        "  finished_at = case when e.state in ('pending', 'waiting') then null else now() end "
        "from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bool[]) "
        "as e (seq, fence, state, reason, wait, untried) "
        "where i.seq = e.seq and i.fence = e.fence and i.state = 'processing' "
        "returning i.seq, i.attempts, i.state, i.reason"
        ") insert into inbox_tries (seq, attempt, state, error) "
        "select seq, attempts, state, reason from ended where state in ('pending', 'dead')",
        std::move(seqs).take(), std::move(fences).take(), std::move(states).take(), std::move(reasons).take(),
        std::move(waits).take(), std::move(untried).take());
}

pg::Statement put_back(std::span<const Claimed* const> claimed) {
    pg::ArrayBuilder seqs;
    pg::ArrayBuilder fences;
    for (const auto* each : claimed) {
        seqs.add(each->seq);
        fences.add(each->fence);
    }
    return pg::sql("update inbox i set state = 'pending', attempts = greatest(i.attempts - 1, 0), lease_owner = null, "
                   "lease_until = null from unnest($1::bigint[], $2::bigint[]) as c (seq, fence) "
                   "where i.seq = c.seq and i.fence = c.fence and i.state = 'processing'",
                   std::move(seqs).take(), std::move(fences).take());
}

pg::Statement replay(std::string_view source, std::span<const std::string> ids) {
    return pg::sql(
        "update inbox set state = 'pending', attempts = 0, left_behind = 0, next_try_at = now(), finished_at = null "
        "where state = 'dead' and source = $1 and ($2 or id::text = any($3::text[]))",
        source, ids.empty(), pg::text_array(ids));
}

pg::Statement finish_waiting(std::span<const Waiting> waiting, State state, std::string reason) {
    pg::ArrayBuilder objects;
    pg::ArrayBuilder seqs;
    for (const auto& each : waiting) {
        objects.add(each.object_key);
        seqs.add(each.last_seq);
    }
    return pg::sql(
        "update inbox i set state = $3, reason = nullif($4, ''), finished_at = now() "
        "from unnest($1::text[], $2::bigint[]) as w (object_key, last_seq) "
        "where i.state = 'waiting' and i.object_key = w.object_key and i.seq <= w.last_seq "
        "returning i.id, i.event, to_char(i.received_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), "
        "i.object_key",
        std::move(objects).take(), std::move(seqs).take(), name_of(state), std::move(reason));
}

}  // namespace dcs::inbox
