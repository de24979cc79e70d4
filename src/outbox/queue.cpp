#include "outbox/queue.hpp"

namespace dcs::outbox {

namespace {

// A record's oldest unpublished event decides for all of them. It is asked for as one value, which keeps the plan the same for ten
// events and for a million: the order of `seq`, and one look into an index for each event that is returned.
constexpr std::string_view select_due = R"(
    select seq, event_id, table_name, operation, record_id, drchrono_id,
           to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), attempts
    from outbox o
    where published_at is null
      and coalesce((select oldest.next_try_at from outbox oldest
                    where oldest.record_id = o.record_id and oldest.table_name = o.table_name
                      and oldest.published_at is null
                    order by oldest.seq limit 1), '-infinity') <= now()
    order by seq limit $1)";

// $1, $2, $3 name the lease. Its row is locked against being taken over while the rest of the round trip runs.
constexpr std::string_view check_lease = R"(
    select 1 from leases where name = $1 and owner = $2 and fence = $3 and until > now() for share)";

constexpr std::string_view mark_published = R"(
    update outbox o set published_at = now(), message_id = done.message_id, next_try_at = null, last_error = null
    from unnest($4::bigint[], $5::text[]) as done(seq, message_id)
    where o.seq = done.seq and o.published_at is null
      and exists (select 1 from leases where name = $1 and owner = $2 and fence = $3 and until > now()))";

constexpr std::string_view note_failed = R"(
    update outbox o set attempts = o.attempts + 1, last_error = failed.fault,
           next_try_at = now() + failed.milliseconds * interval '1 millisecond'
    from unnest($4::bigint[], $5::bigint[], $6::text[]) as failed(seq, milliseconds, fault)
    where o.seq = failed.seq and o.published_at is null
      and exists (select 1 from leases where name = $1 and owner = $2 and fence = $3 and until > now()))";

Event event_of(const pg::Rows& rows, int row) {
    Event event;
    event.seq = rows.integer(row, 0);
    event.event_id = rows.string(row, 1);
    event.table = rows.string(row, 2);
    event.operation = rows.string(row, 3);
    event.record_id = rows.string(row, 4);
    if (const auto id = rows.text(row, 5)) event.drchrono_id = std::string{*id};
    event.timestamp = rows.string(row, 6);
    event.attempts = static_cast<int>(rows.integer(row, 7));
    return event;
}

pg::Statement marking(const pg::Lease& lease, const std::vector<Outcome::Published>& published) {
    pg::ArrayBuilder seqs, ids;
    for (const auto& [seq, message_id] : published) {
        seqs.add(seq);
        ids.add(std::string_view{message_id});
    }
    return pg::sql(std::string{mark_published}, lease.name, lease.owner, lease.fence, std::move(seqs).take(),
                   std::move(ids).take());
}

pg::Statement noting(const pg::Lease& lease, const std::vector<Outcome::Failed>& failed) {
    pg::ArrayBuilder seqs, waits, faults;
    for (const auto& [seq, wait, fault] : failed) {
        seqs.add(seq);
        waits.add(static_cast<std::int64_t>(wait.count()));
        faults.add(name_of(fault));
    }
    return pg::sql(std::string{note_failed}, lease.name, lease.owner, lease.fence, std::move(seqs).take(),
                   std::move(waits).take(), std::move(faults).take());
}

}  // namespace

Async<Result<std::vector<Event>>> due_events(pg::Pool& pool, int limit) {
    auto statement = pg::sql(std::string{select_due}, limit);
    const auto rows = co_await pool.run(std::move(statement));
    if (!rows) co_return rows.error();
    std::vector<Event> events;
    for (int row = 0; row < rows->size(); ++row) events.push_back(event_of(*rows, row));
    co_return events;
}

Async<Result<>> record_outcome(pg::Pool& pool, const pg::Lease& lease, const Outcome& outcome) {
    std::vector<pg::Statement> statements;
    statements.push_back(pg::sql(std::string{check_lease}, lease.name, lease.owner, lease.fence));
    if (!outcome.published.empty()) statements.push_back(marking(lease, outcome.published));
    if (!outcome.failed.empty()) statements.push_back(noting(lease, outcome.failed));
    const auto results = co_await pool.run(std::move(statements));
    Result<> recorded{};
    if (!results) recorded = results.error();
    else if (results->front().empty()) recorded = Error{Fault::conflict, "the publisher's lease is no longer ours"};
    co_return recorded;
}

}  // namespace dcs::outbox
