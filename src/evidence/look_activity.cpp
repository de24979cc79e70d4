// What was done, what was removed, and what is open.
#include "base/counted.hpp"
#include "evidence/look.hpp"

#include "app/doctor.hpp"

#include <fmt/format.h>

#include <array>

namespace dcs::evidence {

namespace {

Section failed(Section section, const Error& error) {
    section.missing = "the database refused the question: " + error.detail;
    return section;
}

// Actors and actions are words of ours; what is not of their form is counted as "another", not shown.
constexpr auto access_text = R"sql(
    select case when actor ~ '^(admin|cli|database):[A-Za-z0-9._@+ -]{1,200}$' or actor = 'nobody' then actor else 'another' end,
           case when action ~ '^[a-z][a-z_.-]{0,60}$' then action else 'another' end,
           count(*), count(distinct coalesce(patient_id::text, drchrono_patient_id::text)), max(at)
    from access_log where at <= $1::timestamptz and at > $1::timestamptz - make_interval(days => $2) group by 1, 2 order by 1, 2)sql";

constexpr auto cleanups_text = R"sql(
    select started_at, status, coalesce((select string_agg(format('%s %s', key, value), ', ' order by key)
                                         from jsonb_each_text(details -> 'deleted') where value <> '0'), 'nothing')
    from sync_log where sync_type = 'cleanup' and started_at <= $1::timestamptz order by started_at desc limit 10)sql";

std::string value_of(const Sight& sight, std::string_view setting) {
    const auto read = app::read_setting(sight.lookup, setting);
    return read ? *read : std::string{};
}

/// A condition that people are told of: rows of the first question are counted, and more than none is open.
struct Condition {
    std::string_view name;
    std::string_view question;  // one number; $1 the time of the pack
};
constexpr std::array conditions{
    Condition{
        "deliveries unfinished for more than ten minutes",
        "select count(*) from inbox where state in ('pending', 'processing') and received_at < $1::timestamptz - interval '10 minutes'"},
    Condition{
        "deliveries that have waited for a fetch for more than two hours",
        "select count(*) from inbox where state = 'waiting' and received_at < $1::timestamptz - interval '2 hours'"},
    Condition{"deliveries that could not be applied",
              "select count(*) from inbox where state = 'dead' and received_at <= $1::timestamptz"},
    Condition{
        "deliveries that nobody could read, of seven days",
        "select count(*) from inbox where state = 'unreadable' and received_at between $1::timestamptz - interval '7 days' and $1::timestamptz"},
    Condition{"records that could not be fetched",
              "select count(*) from fetches where state = 'dead' and requested_at <= $1::timestamptz"},
    Condition{"records that could not be stored",
              "select count(*) from sync_failures where resolved_at is null and last_seen_at <= $1::timestamptz"},
    Condition{
        "events not published for more than 15 minutes",
        "select count(*) from outbox where published_at is null and occurred_at < $1::timestamptz - interval '15 minutes'"},
    Condition{
        "runs that failed within a day",
        "select count(*) from sync_log where status = 'failed' and started_at between $1::timestamptz - interval '1 day' and $1::timestamptz"},
    Condition{"kinds of records that DrChrono refuses to show",
              "select count(*) from forbidden_kinds where since <= $1::timestamptz"},
    Condition{
        "audited rows without a seal for more than 30 minutes",
        "select (select count(*) from change_log where seq > sealed_upto('change_log') and changed_at < $1::timestamptz - interval '30 minutes') "
        "+ (select count(*) from access_log where id > sealed_upto('access_log') and at < $1::timestamptz - interval '30 minutes')"},
    Condition{
        "names or addresses whose sign-ins are slowed down",
        "select count(*) from admin_failed_sign_ins where blocked_until > $1::timestamptz and last_at <= $1::timestamptz"},
    Condition{
        "no restore drill that verified within 90 days",
        "select count(*) from (select) x where not exists (select from restore_drills where ok and drilled_at between "
        "$1::timestamptz - interval '90 days' and $1::timestamptz)"},
};

/// What the doctor finds of settings and database. Of others it would ask, at a price, and its answers differ each time.
constexpr auto doctors_checks = std::to_array<std::string_view>(
    {"settings", "database", "database encryption", "database schema", "database roles"});

}  // namespace

Async<Section> look_at_access(const Sight& sight, pg::Pool& pool) {
    Section section{
        .key = "access_review",
        .title = "Who saw what, counted",
        .source = fmt::format("table access_log, {}; patients are counted, not named", counted(sight.days, "day")),
        .columns = {"who", "action", "entries", "patients", "last"}};
    std::vector<pg::Statement> questions{
        pg::sql(access_text, iso8601(sight.at), sight.days),
        pg::sql("select count(*), min(at) from access_log where at <= $1::timestamptz", iso8601(sight.at))};
    const auto rows = co_await pool.run(std::move(questions));
    if (!rows) co_return failed(std::move(section), rows.error());
    std::int64_t entries = 0;
    const auto& groups = rows->front();
    for (int row = 0; row < groups.size(); ++row) {
        entries += groups.integer(row, 2);
        section.rows.push_back({groups.string(row, 0), groups.string(row, 1), groups.string(row, 2),
                                groups.string(row, 3), time_or_never(groups, row, 4)});
    }
    section.points = {{"days", std::to_string(sight.days)},
                      {"entries", std::to_string(entries)},
                      {"entries of all time", rows->back().string(0, 0)}};
    if (!rows->back().null(0, 1)) section.points.emplace_back("oldest entry", time_or_never(rows->back(), 0, 1));
    co_return section;
}

Async<Section> look_at_retention(const Sight& sight, pg::Pool& pool) {
    Section section{.key = "retention",
                    .title = "Retention as it ran",
                    .source = "the RETAIN_ settings, and table sync_log: the last ten clean-ups",
                    .columns = {"clean-up", "ended as", "removed"}};
    auto question = pg::sql(cleanups_text, iso8601(sight.at));
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return failed(std::move(section), rows.error());
    for (const auto& row : app::setting_rows())
        if (row.name.starts_with("RETAIN_")) section.points.emplace_back(row.name, value_of(sight, row.name));
    for (int row = 0; row < rows->size(); ++row)
        section.rows.push_back({time_or_never(*rows, row, 0), rows->string(row, 1), rows->string(row, 2)});
    if (!section.rows.empty()) section.points.emplace_back("last clean-up", section.rows.front().front());
    co_return section;
}

Async<Section> look_at_alerts(const Sight& sight, pg::Pool& pool) {
    Section section{.key = "alerts",
                    .title = "Conditions that people are notified of",
                    .source = "the service's tables at that time, and what `doctor` finds of settings and database",
                    .columns = {"condition", "found", "open"}};
    int open = 0;
    for (const auto& condition : conditions) {
        auto question = pg::sql(std::string{condition.question}, iso8601(sight.at));
        const auto rows = co_await pool.run(std::move(question));
        if (!rows) co_return failed(std::move(section), rows.error());
        const auto count = rows->integer(0, 0);
        if (count > 0) ++open;
        section.rows.push_back({std::string{condition.name}, std::to_string(count), count > 0 ? "yes" : "no"});
    }
    auto executor = co_await asio::this_coro::executor;
    app::Doctor doctor{executor, sight.settings, sight.database, {"http://127.0.0.1:1", false}};
    auto examining = doctor.examine(
        [&](const app::Finding& finding) {
            const bool well = finding.grade == app::Grade::ok;
            if (!well) ++open;
            section.rows.push_back({"doctor: " + finding.check,
                                    fmt::format("{}: {}", app::name_of(finding.grade), finding.found),
                                    well ? "no" : "yes"});
        },
        doctors_checks);
    co_await std::move(examining);
    section.points = {{"looked at", std::to_string(section.rows.size())}, {"open", std::to_string(open)}};
    co_return section;
}

}  // namespace dcs::evidence
