#include "admin/overview.hpp"

#include "admin/reply.hpp"
#include "base/clock.hpp"
#include "base/counted.hpp"
#include "inbox/backlog.hpp"
#include "reconcile/checkpoint.hpp"
#include "resources/listing.hpp"
#include "upstream/permissions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::admin {

namespace {

using namespace std::chrono_literals;

constexpr auto keep = 1'500ms;
constexpr auto keep_day = 30s;
constexpr auto read_limit = 10s;
constexpr std::int64_t late_delivery = 60;   // seconds
constexpr std::int64_t late_event = 300;     // seconds
constexpr std::int64_t old_run = 30 * 3600;  // seconds: a daily run, and some hours

constexpr auto outbox_text =
    "select count(*), coalesce(extract(epoch from now() - min(occurred_at)), 0)::bigint "
    "from (select occurred_at from outbox where published_at is null order by seq limit 10001) o";

constexpr auto needs_text =
    "select (select count(*) from deepcura_notes n where clinical_note_id is null and unlinkable_reason is null"
    "        and not exists (select from deepcura_notes s where s.replaces_id = n.id)),"
    " (select count(*) from fetches where state = 'dead'), (select count(*) from sync_failures where resolved_at is null),"
    // What nobody could read, of the time in which somebody may still send it again.
    " (select count(*) from inbox where state = 'unreadable' and received_at > now() - interval '7 days')";

// What was given up and has not been read since: a run that began after a delivery came has seen what it told, but only a whole
// listing sees that a record is gone. $1 tables, $2 the tables whose runs bring them.
constexpr auto lost_text = R"sql(
with removals (first) as (
    select least((select min(received_at) from inbox where state = 'dead' and event like '%\_DELETE'),
                 (select min(requested_at) from fetches where state = 'dead' and removal))
), whole (table_name, began) as (
    select table_name, max(started_at) from sync_log
    where sync_type = 'full_sync' and status = 'completed' and details -> 'resumed' is distinct from 'true'
          and started_at > (select first from removals)
    group by table_name
), reads (name, began, whole_began) as materialized (
    select t.name, (s.value ->> 'complete_since')::timestamptz, w.began
    from unnest($1::text[], $2::text[]) t (name, parent)
    left join sync_state s on s.name = 'sync:' || t.parent left join whole w on w.table_name = t.parent
)
select (select count(*) from inbox i left join reads r on r.name = split_part(i.object_key, ':', 1)
        where i.state = 'dead' and i.source = 'drchrono'
              and not coalesce(case when i.event like '%\_DELETE' then r.whole_began
                                    when i.object_key is null then (select min(began) from reads)
                                    else r.began end > i.received_at, false)),
       (select count(*) from fetches f left join reads r on r.name = f.table_name
        where f.state = 'dead'
              and not coalesce(case when f.removal then r.whole_began else r.began end > f.requested_at, false)),
       (select count(*) from inbox where source <> 'drchrono' and state in ('dead', 'unreadable'))
)sql";

constexpr auto day_text = R"sql(
with worked as (
    select date_trunc('hour', received_at) as hour, state, extract(epoch from finished_at - received_at)::float8 as seconds
    from inbox where received_at > date_trunc('hour', now()) - interval '23 hours'
), hours as (
    select h.hour, count(seconds) as count,
           round(percentile_cont(0.5) within group (order by seconds)::numeric, 3) as p50,
           round(percentile_cont(0.95) within group (order by seconds)::numeric, 3) as p95, round(max(seconds)::numeric, 3) as most
    from generate_series(date_trunc('hour', now()) - interval '23 hours', date_trunc('hour', now()), interval '1 hour') h (hour)
    left join worked w on w.hour = h.hour and w.state = 'done'
    group by h.hour
)
select json_agg(json_build_object('at', hour, 'count', count, 'p50_seconds', p50, 'p95_seconds', p95, 'max_seconds', most)
                order by hour),
       (select json_build_object('done', count(*) filter (where state = 'done'),
                                 'ignored', count(*) filter (where state = 'ignored'),
                                 'unreadable', count(*) filter (where state = 'unreadable'),
                                 'dead', count(*) filter (where state = 'dead')) from worked)
from hours)sql";

// $1 tables, $2 endpoints, $3 the tables whose runs bring them, $4 next ticks.
constexpr auto resources_text = R"sql(
select coalesce(json_agg(json_build_object(
           'resource', t.name, 'endpoint', t.endpoint, 'running', l.name is not null, 'last_run', r.run,
           'complete_since', s.value ->> 'complete_since', 'next_at', t.next_at, 'spark', coalesce(r.spark, '[]'))
           order by t.place), '[]'),
       string_agg(t.name, ', ' order by t.place) filter (where s.value ->> 'complete_since' is null),
       max(extract(epoch from now() - (s.value ->> 'complete_since')::timestamptz))::bigint
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as t (name, endpoint, parent, next_at, place)
left join sync_state s on s.name = 'sync:' || t.parent
left join leases l on l.name = 'sync:' || t.parent and l.until > now()
left join lateral (
    select (array_agg(json_build_object(
                'id', id, 'status', status, 'mode', case sync_type when 'full_sync' then 'full' else 'incremental' end,
                'started_at', started_at, 'completed_at', completed_at, 'total', records_total, 'created', records_created,
                'updated', records_updated, 'unchanged', records_unchanged, 'deleted', records_deleted,
                'failed', records_failed, 'requests', (details ->> 'requests')::bigint, 'error', error)
                order by started_at desc))[1] as run,
           json_agg(json_build_object(
                'at', started_at, 'status', status,
                'seconds', round(extract(epoch from coalesce(completed_at, now()) - started_at), 3),
                'changed', records_created + records_updated + records_deleted, 'failed', records_failed)
                order by started_at) as spark
    from (select * from sync_log where table_name = t.parent and sync_type in ('full_sync', 'incremental')
          order by started_at desc limit 30) latest) r on true)sql";

std::string next_tick(const Situation& situation, std::string_view endpoint) {
    std::string soonest;
    for (const auto& [name, next] : situation.next_ticks)
        if ((name == endpoint || name == "all" || name == "full") && (soonest.empty() || next < soonest))
            soonest = next;
    return soonest;
}

/// The mirrored tables, and beside each the one whose run brings it.
struct Tables {
    pg::ArrayBuilder names{};
    pg::ArrayBuilder parents{};
};
Tables tables() {
    Tables all;
    for (const auto& listing : all_listings()) {
        all.names.add(listing.table);
        all.parents.add(listing.comes_with.empty() ? listing.table : listing.comes_with);
    }
    return all;
}

pg::Statement lost_statement() {
    auto all = tables();
    return pg::sql(lost_text, std::move(all.names).take(), std::move(all.parents).take());
}

pg::Statement resources_statement(const Situation& situation) {
    auto all = tables();
    pg::ArrayBuilder endpoints;
    pg::ArrayBuilder ticks;
    for (const auto& listing : all_listings()) {
        endpoints.add(listing.endpoint);
        const auto tick = next_tick(situation, listing.endpoint);
        ticks.add(tick.empty() ? std::nullopt : std::optional{tick});
    }
    return pg::sql(resources_text, std::move(all.names).take(), std::move(endpoints).take(),
                   std::move(all.parents).take(), std::move(ticks).take());
}

std::string json_of(const upstream::BudgetWindow& window) {
    return fmt::format(R"({{"spent":{},"limit":{},"configured":{},"room":{}}})", window.spent, window.limit,
                       window.configured, window.room ? std::to_string(*window.room) : "null");
}

std::string json_of(const Result<upstream::BudgetState>& state) {
    if (!state) return "null";
    return fmt::format(
        R"({{"second":{},"ten_minutes":{},"hour":{},"braked_until":{},"waits_ms":{{"webhook_fetch":{},"incremental":{},"backfill":{}}}}})",
        json_of(state->second), json_of(state->ten_minutes), json_of(state->hour),
        state->braked_until ? json_quoted(iso8601(*state->braked_until)) : "null", state->waits[1].count(),
        state->waits[2].count(), state->waits[3].count());
}

std::string json_of(const std::vector<std::string>& sentences) {
    std::string items;
    for (const auto& sentence : sentences) items += (items.empty() ? "" : ",") + json_quoted(sentence);
    return "[" + items + "]";
}

std::string json_of(const std::vector<upstream::ForbiddenKind>& kinds) {
    std::string items;
    for (const auto& kind : kinds)
        items += fmt::format(R"({}{{"resource":{},"since":{},"next_probe_at":{},"single_records_only":{}}})",
                             items.empty() ? "" : ",", json_quoted(kind.table), json_quoted(kind.since),
                             json_quoted(kind.next_probe_at), kind.items_only);
    return "[" + items + "]";
}

/// The numbers from which it is judged whether the mirror is in sync.
struct Evidence {
    double oldest_delivery = 0;  // seconds
    std::int64_t dead = 0;
    std::int64_t dead_fetches = 0;
    std::int64_t lost_deliveries = 0;  // of the dead ones: those that no run has made up for
    std::int64_t lost_fetches = 0;     // likewise
    std::int64_t lost_notes = 0;       // of the scribe: webhooks that never became a note
    std::int64_t failed_records = 0;
    std::int64_t oldest_event = 0;  // seconds
    std::string never_read{};       // resources without a complete run
    std::string not_permitted{};    // kinds that DrChrono refuses
    std::int64_t oldest_run = 0;    // seconds since the oldest of the latest complete runs began
};

std::string ago(std::int64_t seconds) {
    if (seconds < 120) return counted(seconds, "second") + " ago";
    if (seconds < 7'200) return counted(seconds / 60, "minute") + " ago";
    if (seconds < 172'800) return counted(seconds / 3'600, "hour") + " ago";
    return counted(seconds / 86'400, "day") + " ago";
}

using Sentences = std::vector<std::string>;

/// What is still to be done, and is being done.
Sentences behind(const Evidence& evidence, const Situation& situation) {
    Sentences because;
    if (evidence.oldest_delivery > late_delivery)
        because.push_back(fmt::format("The oldest delivery that is not worked yet came {}.",
                                      ago(static_cast<std::int64_t>(evidence.oldest_delivery))));
    if (situation.has_topic && evidence.oldest_event > late_event)
        because.push_back(
            fmt::format("The oldest event that is not published was made {}.", ago(evidence.oldest_event)));
    return because;
}

/// Records that are known to be missing or old here, and stay so until a person or a later run sees to it.
Sentences incomplete(const Evidence& evidence) {
    Sentences because;
    if (evidence.lost_deliveries > 0)
        because.push_back(fmt::format("Deliveries that were given up, and whose records were not read since: {}.",
                                      evidence.lost_deliveries));
    if (evidence.lost_fetches > 0)
        because.push_back(fmt::format("Records that DrChrono did not give, and that were not read since: {}.",
                                      evidence.lost_fetches));
    if (evidence.lost_notes > 0)
        because.push_back(
            fmt::format("Webhooks of the scribe that could not be read, so that their notes are missing: {}.",
                        evidence.lost_notes));
    if (evidence.failed_records > 0)
        because.push_back(fmt::format("Records that could not be stored: {}.", evidence.failed_records));
    return because;
}

Sentences unknown(const Evidence& evidence, const Situation& situation) {
    Sentences because;
    if (!situation.drchrono_problem.empty()) because.push_back(situation.drchrono_problem);
    if (!evidence.not_permitted.empty())
        because.push_back(fmt::format("DrChrono does not permit us to read: {}.", evidence.not_permitted));
    if (!evidence.never_read.empty()) because.push_back(fmt::format("Never read completely: {}.", evidence.never_read));
    else if (evidence.oldest_run > old_run)
        because.push_back(fmt::format("A resource was last read completely {}: what a lost webhook would have told "
                                      "since then is not known.",
                                      ago(evidence.oldest_run)));
    return because;
}

Sentences in_sync(const Evidence& evidence) {
    Sentences because{"Every delivery that came has been worked.",
                      fmt::format("Every resource was read completely; the oldest of these runs began {}.",
                                  ago(evidence.oldest_run))};
    if (evidence.dead > 0)
        because.front() = "Every delivery that came has been worked, or the run after it has read what it told.";
    return because;
}

/// The state is that of the first kind of sentence there is; all are told.
std::string verdict(const Evidence& evidence, const Situation& situation) {
    std::string state = "yes";
    Sentences because;
    for (auto& [name, sentences] : {std::pair{"behind", behind(evidence, situation)},
                                    {"incomplete", incomplete(evidence)},
                                    {"unknown", unknown(evidence, situation)}}) {
        if (because.empty() && !sentences.empty()) state = name;
        because.insert(because.end(), sentences.begin(), sentences.end());
    }
    return fmt::format(R"({{"state":"{}","because":{}}})", state,
                       json_of(because.empty() ? in_sync(evidence) : because));
}

std::string needs(const Evidence& evidence, std::int64_t unlinked, std::int64_t unreadable,
                  const Situation& situation) {
    std::vector<std::string> problems;
    for (const auto& problem : {situation.drchrono_problem, situation.publisher_problem})
        if (!problem.empty()) problems.push_back(problem);
    return fmt::format(
        R"({{"unlinked_notes":{},"dead_deliveries":{},"unreadable_deliveries":{},"dead_fetches":{},"failed_records":{},"problems":{}}})",
        unlinked, evidence.dead, unreadable, evidence.dead_fetches, evidence.failed_records, json_of(problems));
}

/// The names of a run's phases, as elements of an array.
std::string phases_sql() {
    std::string names;
    for (const auto name : reconcile::phase_names()) names += fmt::format("{}'{}'", names.empty() ? "" : ", ", name);
    return names;
}

}  // namespace

std::string progress_sql(std::string_view of) {
    return fmt::format(
        "select coalesce(json_agg(json_build_object('resource', substr(s.name, 6), 'run_id', c ->> 'run_id',"
        " 'mode', case when (c ->> 'full')::bool then 'full' else 'incremental' end,"
        " 'phase', coalesce((array[{}])[(c ->> 'phase')::int + 1], 'unknown'),"
        " 'expected', nullif((c ->> 'expected')::bigint, 0), 'total', (c ->> 'total')::bigint,"
        " 'created', (c ->> 'created')::bigint, 'updated', (c ->> 'updated')::bigint,"
        " 'unchanged', (c ->> 'unchanged')::bigint, 'deleted', (c ->> 'deleted')::bigint,"
        " 'failed', (c ->> 'failed')::bigint, 'requests', (c ->> 'requests')::bigint,"
        " 'started_at', c ->> 'started_at', 'updated_at', s.updated_at) order by s.name), '[]') "
        "from sync_state s join leases l on l.name = s.name and l.until > now(),"
        " lateral (select v.c from (values (s.value -> 'checkpoint'), (s.value -> 'window')) as v (c) where v.c is not null"
        " order by (v.c ->> 'fence')::bigint desc nulls last limit 1) as checkpoint (c) where s.name like 'sync:%' and c is not null{}{}",
        phases_sql(), of.empty() ? "" : " and ", of);
}

Async<Result<std::string>> Overview::day(pg::Pool& pool) {
    const auto now = std::chrono::steady_clock::now();
    if (!day_.empty() && now - day_at_ < keep_day) co_return day_;
    pg::Statement statement{day_text};
    const auto rows = co_await pool.run(std::move(statement));
    if (!rows) co_return rows.error();
    day_ = fmt::format(R"("day":{}}},"last_day":{})", rows->string(0, 0), rows->string(0, 1));
    day_at_ = now;
    co_return day_;
}

Async<Result<Overview::Reading>> Overview::read_all(Backend& backend) {
    auto* pool = backend.hooks.pool();
    if (!pool) co_return Error{Fault::unavailable, "the service is starting or stopping"};
    const auto situation = backend.hooks.situation();
    auto reading_day = day(*pool);
    const auto of_day = co_await std::move(reading_day);
    if (!of_day) co_return of_day.error();
    std::vector<pg::Statement> statements{inbox::count_backlog(),          {outbox_text},      {needs_text},
                                          resources_statement(situation),  {progress_sql("")}, lost_statement(),
                                          upstream::select_not_permitted()};
    const auto rows = co_await pool->run(std::move(statements));
    if (!rows) co_return rows.error();
    auto asking = backend.hooks.budget();
    const auto budget = co_await std::move(asking);
    const auto& [deliveries, outbox, waiting, resources, running, lost] =
        std::tie((*rows)[0], (*rows)[1], (*rows)[2], (*rows)[3], (*rows)[4], (*rows)[5]);
    const auto backlog = inbox::backlog_of(deliveries);
    const auto not_permitted = upstream::forbidden_kinds_of(rows->back());
    const Evidence evidence{.oldest_delivery = backlog.oldest_seconds,
                            .dead = backlog.dead,
                            .dead_fetches = waiting.integer(0, 1),
                            .lost_deliveries = lost.integer(0, 0),
                            .lost_fetches = lost.integer(0, 1),
                            .lost_notes = lost.integer(0, 2),
                            .failed_records = waiting.integer(0, 2),
                            .oldest_event = outbox.integer(0, 1),
                            .never_read = resources.string(0, 1),
                            .not_permitted = upstream::names_of(not_permitted),
                            .oldest_run = resources.maybe_integer(0, 2).value_or(0)};
    const auto split = of_day->find(R"(,"last_day")");
    Reading reading{
        .now = json_quoted(iso8601(system_now())),
        .rest = fmt::format(
            R"("in_sync":{},"lag":{{"now_seconds":{:.1f},{},"deliveries":{{"pending":{},"processing":{},"waiting":{},"dead":{}{}}},)"
            R"("resources":{},"running":{},"budget":{},"not_permitted":{},"outbox":{{"topic":{},"unpublished":{},"at_least":{},"oldest_seconds":{},"problem":{}}},"needs_a_person":{})",
            verdict(evidence, situation), evidence.oldest_delivery, of_day->substr(0, split), backlog.pending,
            backlog.processing, backlog.waiting, evidence.dead, of_day->substr(split), resources.string(0, 0),
            running.string(0, 0), json_of(budget), json_of(not_permitted), admin::json_of(situation.has_topic),
            std::min<std::int64_t>(outbox.integer(0, 0), 10'001), admin::json_of(outbox.integer(0, 0) > 10'000),
            evidence.oldest_event, json_or_null(situation.publisher_problem),
            needs(evidence, waiting.integer(0, 0), waiting.integer(0, 3), situation))};
    latest_ = reading;
    latest_at_ = std::chrono::steady_clock::now();
    co_return reading;
}

Async<Result<Overview::Reading>> Overview::current(Backend& backend) {
    if (latest_ && std::chrono::steady_clock::now() - latest_at_ < keep) co_return *latest_;
    std::function<Async<Result<Reading>>()> begin = [this, &backend] { return read_all(backend); };
    auto joining = flight_.join(std::move(begin), read_limit);
    auto reading = co_await std::move(joining);
    co_return reading;
}

Async<> Overview::stop() { co_await flight_.settle(read_limit); }

Async<net::Response> show_overview(Backend& backend, net::Request request, auth::Caller) {
    const auto reading = co_await backend.overview->current(backend);
    if (!reading) co_return failed(reading.error(), request);
    co_return json(reading->text());
}

}  // namespace dcs::admin
