// Readings: what /metrics shows of the service besides what is counted as it happens.
//
// Cost       every statement goes by an index over what is unfinished, recent or small; together they have `longest_read`.
// Labels     names of ours: what the database answers beyond them is left out.

#include "app/service.hpp"
#include "deepcura/sources.hpp"
#include "resources/listing.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace dcs::app {

namespace {

using ops::Reading;
using ops::Sample;
using Labels = std::vector<std::pair<std::string, std::string>>;
using Readings = std::vector<Reading>;

constexpr std::string_view longest_read = "1500ms";
constexpr std::size_t largest_sample = 64;
constexpr std::array<std::string_view, 7> states{"pending", "processing", "waiting",   "dead",
                                                 "done",    "ignored",    "unreadable"};
constexpr std::size_t lasting_states = 4;  // the first of them: those that want something
constexpr std::array<std::string_view, 3> fetch_states{"queued", "running", "dead"};
constexpr std::array<std::string_view, 4> run_states{"running", "completed", "partial", "failed"};
constexpr std::array<std::string_view, 4> priorities{"token", "webhook_fetch", "incremental", "backfill"};

constexpr std::string_view deliveries_that_last = R"(
    select source, state, count(*), extract(epoch from now() - min(received_at))::bigint
    from inbox where state in ('pending', 'processing', 'waiting') group by 1, 2
    union all
    select source, state, count(*), extract(epoch from now() - min(received_at))::bigint
    from inbox where state = 'dead' group by 1, 2)";
constexpr std::string_view deliveries_of_late = R"(
    select source, state, count(*) from inbox where received_at > now() - interval '5 minutes' group by 1, 2)";
constexpr std::string_view fetches_by_state = "select state, count(*) from fetches group by 1";
constexpr std::string_view events_unpublished = R"(
    select (select count(*) from (select from outbox where published_at is null limit 100000) o),
           coalesce((select extract(epoch from now() - occurred_at)::bigint from outbox
                     where published_at is null order by seq limit 1), 0))";
constexpr std::string_view runs_of_a_day = R"(
    select r.table_name, r.status, count(*) from unnest($1::text[]) as t (name)
    join sync_log r on r.table_name = t.name and r.sync_type in ('incremental', 'full_sync')
        and r.started_at > now() - interval '1 day' group by 1, 2)";
constexpr std::string_view last_complete_runs = R"(
    select t.name, extract(epoch from coalesce((s.value ->> 'complete_since')::timestamptz,
                                               (select min(applied_at) from schema_migrations)))::bigint
    from unnest($1::text[]) as t (name) left join sync_state s on s.name = 'sync:' || t.name)";
constexpr std::string_view failures_by_resource =
    "select table_name, count(*) from sync_failures where resolved_at is null group by 1";
// The hash as a number: its first 52 bits, which a sample holds exactly.
constexpr std::string_view audit_chain = R"(
    with head as (select number, hash, sealed_at from audit_seals order by number desc limit 1)
    select coalesce((select number from head), 0),
           coalesce((select ('x' || substr(encode(hash, 'hex'), 1, 13))::bit(52)::bigint from head), 0),
           coalesce((select extract(epoch from now() - sealed_at)::bigint from head), 0),
           (select count(*) from (select from change_log where seq > sealed_upto('change_log') limit 100000) c)
           + (select count(*) from (select from access_log where id > sealed_upto('access_log') limit 100000) a),
           coalesce(extract(epoch from now() - least(
               (select changed_at from change_log where seq > sealed_upto('change_log') order by seq limit 1),
               (select at from access_log where id > sealed_upto('access_log') order by id limit 1)))::bigint, 0))";
constexpr std::string_view kinds_not_permitted = "select table_name, 1 from forbidden_kinds where since is not null";
constexpr std::string_view notes_to_link = R"(
    select (select count(*) from deepcura_notes n where clinical_note_id is null and unlinkable_reason is null
            and not exists (select from deepcura_notes s where s.replaces_id = n.id)),
           (select count(*) from relinks), (select coalesce(max(number), 0) from schema_migrations))";
constexpr std::string_view emergencies_counted =
    "select count(*), count(*) filter (where reviewed_at is null) from emergency_accesses";
constexpr std::string_view last_drill = R"(
    with latest as (select * from restore_drills order by id desc limit 1)
    select coalesce((select ok::int from latest), 0),
           coalesce((select extract(epoch from drilled_at)::bigint from latest), 0),
           extract(epoch from coalesce((select drilled_at from restore_drills where ok order by id desc limit 1),
                                       (select min(applied_at) from schema_migrations)))::bigint)";
// Rows: seconds from a delivery's arrival to the publication of its event, for those of $1 that a delivery caused.
constexpr std::string_view lags_of_events = R"(
    select (extract(epoch from o.published_at - i.received_at) * 1000000)::bigint
    from outbox o
    join change_log c on c.record_id = o.record_id and c.changed_at = o.occurred_at and c.event_id = o.event_id
    join inbox i on i.id = substr(c.cause, 10)::uuid
    where o.seq = any($1::bigint[]) and c.cause ~ '^delivery:[0-9a-f-]{36}$')";

/// Where deliveries come from.
std::vector<std::string> all_sources() {
    std::vector<std::string> names{"drchrono"};
    for (const auto& source : deepcura::sources()) names.emplace_back(source.name);
    return names;
}

/// The resources that have runs of their own.
std::vector<std::string> listed_resources() {
    std::vector<std::string> names;
    for (const auto& listing : all_listings())
        if (listing.comes_with.empty()) names.emplace_back(listing.table);
    return names;
}

Reading one(std::string_view name, std::string_view about, double value, bool only_grows = false) {
    return {name, about, {{{}, value}}, only_grows};
}

/// What rows say of two names each ("drchrono", "dead"), every pair of ours with a value, 0 where no row has it.
std::vector<Sample> table_of(const pg::Rows& rows, int column, std::pair<std::string, std::string> labels,
                             std::span<const std::string> first, std::span<const std::string_view> second) {
    std::map<std::pair<std::string, std::string>, double> values;
    for (int row = 0; row < rows.size(); ++row)
        values[{rows.string(row, 0), rows.string(row, 1)}] = static_cast<double>(rows.integer(row, column));
    std::vector<Sample> samples;
    for (const auto& one_name : first)
        for (const auto other : second)
            samples.push_back({{{labels.first, one_name}, {labels.second, std::string{other}}},
                               values[{one_name, std::string{other}}]});
    return samples;
}

/// The same for one name a row. `absent`: the value of one of ours that no row has.
std::vector<Sample> list_of(const pg::Rows& rows, const std::string& label, std::span<const std::string> names,
                            double absent) {
    std::map<std::string, double> values;
    for (int row = 0; row < rows.size(); ++row) values[rows.string(row, 0)] = static_cast<double>(rows.integer(row, 1));
    std::vector<Sample> samples;
    for (const auto& name : names) {
        const auto found = values.find(name);
        samples.push_back({{{label, name}}, found != values.end() ? found->second : absent});
    }
    return samples;
}

template <class Names>
std::vector<std::string> strings(const Names& names) {
    return {std::begin(names), std::end(names)};
}

std::vector<pg::Statement> questions() {
    const auto resources = pg::text_array(listed_resources());
    std::vector<pg::Statement> all{{"begin read only"},
                                   pg::sql("select set_config('statement_timeout', $1, true)", longest_read)};
    for (const auto text :
         {deliveries_that_last, deliveries_of_late, fetches_by_state, events_unpublished, failures_by_resource,
          notes_to_link, kinds_not_permitted, audit_chain, last_drill, emergencies_counted})
        all.push_back({std::string{text}});
    all.push_back(pg::sql(std::string{runs_of_a_day}, resources));
    all.push_back(pg::sql(std::string{last_complete_runs}, resources));
    all.push_back({"commit"});
    return all;
}

/// pre: `rows` answer questions().
Readings answers(const std::vector<pg::Rows>& rows) {
    enum At {
        lasting = 2,
        late,
        fetches,
        events,
        failures,
        notes,
        forbidden,
        chain,
        drill,
        emergencies,
        runs,
        last_runs
    };
    const auto from = all_sources();
    const std::span<const std::string_view> all_states{states};
    const auto resources = listed_resources();
    std::vector<std::string> tables;
    for (const auto& listing : all_listings()) tables.emplace_back(listing.table);
    const auto integer = [&](At at, int column) { return static_cast<double>(rows[at].integer(0, column)); };
    return {
        {"drchrono_sync_deliveries", "Deliveries that are unfinished or dead",
         table_of(rows[lasting], 2, {"source", "state"}, from, all_states.first(lasting_states))},
        {"drchrono_sync_delivery_oldest_seconds", "Age of the oldest delivery in that state; 0: there is none",
         table_of(rows[lasting], 3, {"source", "state"}, from, all_states.first(lasting_states))},
        {"drchrono_sync_deliveries_recent", "Deliveries of the last five minutes by what became of them",
         table_of(rows[late], 2, {"source", "state"}, from, all_states)},
        {"drchrono_sync_fetches", "Records to be fetched from DrChrono",
         list_of(rows[fetches], "state", strings(fetch_states), 0)},
        one("drchrono_sync_outbox_depth", "Events not published yet, counted up to 100000", integer(events, 0)),
        one("drchrono_sync_outbox_oldest_seconds", "Age of the oldest event not published yet", integer(events, 1)),
        {"drchrono_sync_record_failures", "Records that could not be stored and are tried again",
         list_of(rows[failures], "resource", tables, 0)},
        {"drchrono_sync_not_permitted", "1: DrChrono refuses that kind of records (403)",
         list_of(rows[forbidden], "resource", tables, 0)},
        one("drchrono_sync_notes_unlinked", "Scribe's notes that are filed with no clinical note", integer(notes, 0)),
        one("drchrono_sync_notes_to_judge",
            "Appointments and clinical notes whose scribe's notes are to be judged again", integer(notes, 1)),
        one("drchrono_sync_schema_version", "Number of the newest migration", integer(notes, 2)),
        one("drchrono_sync_audit_seal_number", "Number of the last seal of the audit chain; 0: none",
            integer(chain, 0)),
        one("drchrono_sync_audit_seal_hash", "The first 13 hexadecimal digits of its hash, as a number",
            integer(chain, 1)),
        one("drchrono_sync_audit_seal_age_seconds", "Age of the last seal", integer(chain, 2)),
        one("drchrono_sync_audit_unsealed_rows",
            "Rows of change_log and access_log that no seal covers yet, each counted up to 100000", integer(chain, 3)),
        one("drchrono_sync_audit_unsealed_seconds", "Age of the oldest of them; 0: there is none", integer(chain, 4)),
        one("drchrono_sync_restore_drill_ok",
            "1: the last drill restored a backup that verifies; 0: it did not, or there was none", integer(drill, 0)),
        one("drchrono_sync_restore_drill_timestamp_seconds", "When the last drill was; 0: there was none",
            integer(drill, 1)),
        one("drchrono_sync_last_good_restore_drill_timestamp_seconds",
            "When a drill last restored a backup that verifies; before the first one: when the database was made",
            integer(drill, 2)),
        one("drchrono_sync_emergency_accesses_total", "Emergency accesses that were opened, ever",
            integer(emergencies, 0), true),
        one("drchrono_sync_emergency_accesses_unreviewed", "Those that nobody has reviewed", integer(emergencies, 1)),
        {"drchrono_sync_runs_last_day", "Reconciliation runs that began within a day",
         table_of(rows[runs], 2, {"resource", "status"}, resources, run_states)},
        {"drchrono_sync_last_complete_run_timestamp_seconds",
         "When the last complete run of a resource began; before the first one: when the database was made",
         list_of(rows[last_runs], "resource", resources, 0)},
    };
}

Readings readings_of(const upstream::BudgetState& budget) {
    std::vector<Sample> spent, limits, left;
    for (const auto& [name, window] :
         {std::pair{"second", &budget.second}, {"ten_minutes", &budget.ten_minutes}, {"hour", &budget.hour}}) {
        spent.push_back({{{"window", name}}, static_cast<double>(window->spent)});
        if (window->limit > 0) limits.push_back({{{"window", name}}, static_cast<double>(window->limit)});
    }
    for (std::size_t at = 0; at < priorities.size(); ++at)
        if (budget.left.at(at))
            left.push_back({{{"priority", std::string{priorities.at(at)}}}, static_cast<double>(*budget.left.at(at))});
    return {{"drchrono_sync_budget_spent", "Requests sent to DrChrono in the window", std::move(spent)},
            {"drchrono_sync_budget_limit", "Requests that the window allows; no value: no limit", std::move(limits)},
            {"drchrono_sync_budget_left", "Requests that ten minutes and the hour still hold for that priority",
             std::move(left)},
            one("drchrono_sync_budget_braked", "1: DrChrono has told us to wait", budget.braked_until ? 1 : 0)};
}

}  // namespace

void Service::count_applied(std::string_view outcome, std::chrono::microseconds since_received) {
    if (metrics_ != nullptr) metrics_->delivery_applied("drchrono", outcome, since_received);
}

/// Looks up when the deliveries behind a few of the events came: one look-up at a time, the load it makes is bounded.
void Service::count_published(const std::vector<std::int64_t>& seqs) {
    if (metrics_ == nullptr || sampling_) return;
    const auto step = std::max<std::size_t>(1, seqs.size() / largest_sample);
    std::vector<std::int64_t> sample;
    for (std::size_t at = 0; at < seqs.size() && sample.size() < largest_sample; at += step) sample.push_back(seqs[at]);
    sampling_ = true;
    tasks_.spawn("event-lag", count_published_sample(std::move(sample)));
}

Async<> Service::count_published_sample(std::vector<std::int64_t> seqs) {
    auto question = pg::sql(std::string{lags_of_events}, pg::bigint_array(seqs));
    const auto rows = co_await pool_.run(std::move(question));
    sampling_ = false;
    for (int row = 0; rows && row < rows->size(); ++row)
        metrics_->event_published(std::chrono::microseconds{rows->integer(row, 0)});
}

std::vector<ops::Reading> Service::known_readings() const {
    const auto use = pool_.use();
    const auto publisher = publisher_.status();
    const auto part = [](const char* name, int count) { return Sample{{{"use", name}}, static_cast<double>(count)}; };
    return {
        {"drchrono_sync_pool_connections",
         "Connections to the database",
         {part("open", use.open), part("busy", use.busy), part("limit", use.limit)}},
        one("drchrono_sync_pool_waiting", "Who waits for a connection to the database", use.waiting),
        one("drchrono_sync_publisher_leading", "1: this instance publishes the events", publisher.leading ? 1 : 0),
        one("drchrono_sync_publisher_stopped", "1: Pub/Sub refuses our events until somebody changes something",
            publisher.stopped.empty() ? 0 : 1),
        one("drchrono_sync_events_published_total", "Events that Pub/Sub has taken",
            static_cast<double>(publisher.published), true),
        one("drchrono_sync_publish_failures_total", "Requests to Pub/Sub that failed",
            static_cast<double>(publisher.failed), true),
        one("drchrono_sync_schedule_leading", "1: this instance starts the runs of SYNC_SCHEDULE",
            schedule_.leading() ? 1 : 0),
        one("drchrono_sync_audit_anchor_waiting_seconds",
            "How long this instance has tried to keep the end of the audit chain outside (AUDIT_ANCHOR); 0: it is kept",
            static_cast<double>(anchors_.waiting().count())),
        one("drchrono_sync_audit_sealing_refused",
            "1: no key of this service confirms the end of the audit chain; nothing is sealed until a person looks",
            sealer_.refuses() ? 1 : 0),
        one("drchrono_sync_grant_dead", "1: DrChrono has taken our grant back; authorize again",
            tokens_.status().dead_reason.empty() ? 0 : 1),
    };
}

Async<Result<std::vector<ops::Reading>>> Service::stored_readings() {
    const auto rows = co_await pool_.run(questions());
    if (!rows) co_return rows.error();
    auto readings = answers(*rows);
    const auto budget = co_await budget_.state();
    if (!budget) co_return budget.error();
    for (auto& reading : readings_of(*budget)) readings.push_back(std::move(reading));
    co_return readings;
}

}  // namespace dcs::app
