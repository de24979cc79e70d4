#include "audit/timeline.hpp"

namespace dcs::audit {

namespace {

/// $1 record, $2 object, $3 delivery, $4 event, $5 how many, $6 whether a topic is configured.
constexpr auto moments_sql = R"(
with changes as materialized (
    (select * from change_log where record_id = $1::uuid order by seq desc limit $5)
    union all (select * from change_log where cause = 'delivery:' || $3 order by seq desc limit $5)
    union all (select * from change_log where event_id = $4::uuid limit 1)
), arrived as materialized (
    select * from inbox where seq in (
        (select seq from inbox where object_key = $2 order by seq desc limit $5)
        union (select seq from inbox where id = $3::uuid)
        union (select seq from inbox where id in (
            select substring(cause from 10)::uuid from changes where cause like 'delivery:%')))
), objects as (
    select $2 as object where $2 is not null union select object_key from arrived where object_key is not null
), moments as (
    select received_at as at, 1 as place, 'delivery' as kind,
           format('%s%s from %s arrived; %s%s%s', event, ' of ' || object_key, source, state, ': ' || reason,
                  case when finished_at is not null then
                      format(', %s s later', round(extract(epoch from finished_at - received_at), 3)) end) as title,
           id::text as id, null::jsonb as old_values, null::jsonb as new_values, null as operation
    from arrived
    union all
    select t.at, 2, 'try', format('try %s: %s%s', t.attempt, t.state, ': ' || t.error), a.id::text, null, null, null
    from inbox_tries t join arrived a using (seq)
    union all
    select requested_at, 3, 'fetch',
           format('%s is asked of DrChrono (%s); %s after %s%s', f.table_name || ':' || drchrono_id, f.reason, f.state,
                  f.attempts || case f.attempts when 1 then ' try' else ' tries' end, ': ' || last_error), null, null, null, null
    from fetches f where (f.table_name, f.drchrono_id) in (
        select split_part(object, ':', 1), substring(object from ':(.*)$') from objects)
    union all
    select started_at, 3, 'fetch',
           format('%s was asked of DrChrono (%s): %s', details ->> 'object', details ->> 'reason',
                  coalesce((select string_agg(o, ', ') from jsonb_array_elements_text(details -> 'outcomes') o), status)),
           id::text, null, null, null
    from (select r.* from objects, lateral (
              select * from sync_log where sync_type = 'fetch' and details ->> 'object' = object
              order by started_at desc limit $5) r) fetched
    union all
    select started_at, 4, 'run', format('%s of %s began; %s%s', sync_type, table_name, status,
                                        coalesce(', ended ' || completed_at::timestamptz(0), '')), id::text, null, null, null
    from sync_log where sync_type <> 'fetch'
          and id in (select substring(cause from 5)::uuid from changes where cause like 'run:%')
    union all
    select changed_at, 5, 'change',
           format('%s of %s by %s, because of %s', operation, table_name, actor, coalesce(cause, 'nothing told')),
           event_id::text, old_values, new_values, operation
    from changes
    union all
    select coalesce(o.published_at, o.occurred_at), 6, 'event',
           case when o.published_at is null and not $6::boolean
                    then format('%s is kept for view outbox_feed; no Pub/Sub topic is configured', o.operation)
                when o.published_at is null then format('%s waits to be published%s', o.operation, ': ' || o.last_error)
                else format('%s published as message %s', o.operation, o.message_id) end, o.event_id::text, null, null, null
    from outbox o where o.event_id in (select event_id from changes union select $4::uuid)
)
select at, kind, title, id, old_values, new_values, operation, (select count(*) >= $5 from changes) from moments
order by at, place)";

std::optional<std::string> unless_empty(std::string text) {
    return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

}  // namespace

Async<Result<Timeline>> read_timeline(pg::Transaction& transaction, TimelineOf of, bool has_topic, int most) {
    auto question =
        pg::sql(moments_sql, unless_empty(std::move(of.record_id)), unless_empty(std::move(of.object_key)),
                unless_empty(std::move(of.delivery_id)), unless_empty(std::move(of.event_id)), most, has_topic);
    const auto rows = co_await transaction.run(std::move(question));
    if (!rows) co_return rows.error();
    Timeline timeline;
    for (int row = 0; row < rows->size(); ++row) {
        timeline.moments.push_back({.at = rows->string(row, 0),
                                    .kind = rows->string(row, 1),
                                    .title = rows->string(row, 2),
                                    .id = rows->string(row, 3),
                                    .old_values = rows->string(row, 4),
                                    .new_values = rows->string(row, 5),
                                    .operation = rows->string(row, 6)});
        timeline.cut = rows->boolean(row, 7);
    }
    co_return timeline;
}

}  // namespace dcs::audit
