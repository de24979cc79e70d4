#include "cli/demo_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::cli {

namespace {

struct Shown {
    std::string_view title;
    std::vector<std::string_view> columns;
    std::string_view sql;
};

const std::vector<Shown> tables{
    {"patients",
     {"drchrono_id", "name", "born", "phone", "from"},
     "select drchrono_id, first_name || ' ' || last_name, date_of_birth, phone, origin from patients order by updated_at desc limit 5"},
    {"appointments",
     {"drchrono_id", "patient", "scheduled (practice)", "scheduled (UTC)", "status", "removed"},
     "select a.drchrono_id, p.first_name || ' ' || p.last_name, a.scheduled_time, to_char(a.scheduled_at at time zone 'UTC', 'HH24:MI'),"
     " a.status, a.deleted_at is not null from appointments a left join patients p on p.id = a.patient_id order by a.updated_at desc limit 5"},
    {"clinical_notes",
     {"appointment", "patient", "day", "locked", "locked at"},
     "select n.drchrono_appt_id, p.first_name || ' ' || p.last_name, n.note_date, n.locked, to_char(n.locked_at, 'YYYY-MM-DD HH24:MI')"
     " from clinical_notes n left join patients p on p.id = n.patient_id order by n.updated_at desc limit 5"},
    {"deepcura_notes: what the scribe sent, and where it is filed",
     {"session", "patient", "day", "filed with", "how, or why not", "filed", "replaces"},
     "select n.session_id, coalesce(p.first_name || ' ' || p.last_name, ''), n.session_date,"
     " coalesce('the note of appointment ' || c.drchrono_appt_id, (select 'a person chooses: ' || string_agg(o.drchrono_appt_id, ' or '"
     " order by o.drchrono_appt_id) from deepcura_suggestions s join clinical_notes o on o.id = s.clinical_note_id where s.note_id = n.id), '-'),"
     " coalesce(n.link_method, array_to_string(n.link_reasons, ', ')),"
     " case when n.linked_at = n.received_at then 'at once' when n.linked_at > n.received_at then 'later' end, case when n.replaces_id is not null then 'an earlier version' end"
     " from deepcura_notes n left join clinical_notes c on c.id = n.clinical_note_id"
     " left join patients p on p.drchrono_id = n.drchrono_patient_id order by n.received_at"},
    {"change_log: who changed what, and why",
     {"table", "operation", "actor", "cause", "fields"},
     "select table_name, operation, actor, left(cause, 22) || '…', left((select string_agg(k, ', ' order by k)"
     " from jsonb_object_keys(new_values) k where k <> 'drchrono_raw'), 48) from change_log order by seq desc limit 6"},
    {"sync_log",
     {"type", "table", "status", "created", "updated", "unchanged", "rows"},
     "select sync_type, table_name, status, sum(records_created), sum(records_updated), sum(records_unchanged), count(*)"
     " from sync_log group by 1, 2, 3 order by 1, 2, 3"},
};

/// How many characters, not bytes, `text` has: for the width of columns.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

std::string laid_out(const Shown& shown, const pg::Rows& rows) {
    std::vector<std::size_t> widths;
    for (const auto name : shown.columns) widths.push_back(width_of(name));
    for (int row = 0; row < rows.size(); ++row)
        for (std::size_t at = 0; at < widths.size(); ++at)
            widths[at] = std::max(widths[at], width_of(rows.string(row, static_cast<int>(at))));

    std::string out = fmt::format("\n{}\n ", shown.title);
    const auto cell = [&](std::string_view text, std::size_t at) {
        out += fmt::format(" {}{}", text, std::string(widths[at] - width_of(text) + 1, ' '));
    };
    for (std::size_t at = 0; at < widths.size(); ++at) cell(shown.columns[at], at);
    out += "\n ";
    for (std::size_t at = 0; at < widths.size(); ++at) cell(std::string(widths[at], '-'), at);
    for (int row = 0; row < rows.size(); ++row) {
        out += "\n ";
        for (std::size_t at = 0; at < widths.size(); ++at) cell(rows.string(row, static_cast<int>(at)), at);
    }
    return out + "\n";
}

struct Question {
    std::string_view about;
    std::string_view sql;  // how many are missing
};

constexpr std::string_view mirror =
    "(select 'patients:' || drchrono_id as key, id from patients union all select 'appointments:' || drchrono_id, id from appointments "
    "union all select 'clinical_notes:' || drchrono_appt_id, id from clinical_notes union all select 'deepcura_notes:' || id, id from deepcura_notes "
    "union all select 'medications:' || drchrono_id, id from medications union all select 'problems:' || drchrono_id, id from problems "
    "union all select 'allergies:' || drchrono_id, id from allergies union all select 'line_items:' || drchrono_id, id from line_items "
    "union all select 'insurance:' || coverage_key, id from insurance)";

std::vector<Question> questions(bool published) {
    static const auto recordless = fmt::format(
        "select count(*) from inbox i where i.state not in ('ignored', 'unreadable') and i.object_key is not null "
        "and not exists (select from {} m where m.key = i.object_key)",
        mirror);
    static const auto auditless = fmt::format(
        "select count(*) from {} m where not exists (select from change_log c where c.record_id = m.id)", mirror);
    std::vector<Question> all{
        {"deliveries that did not end well", "select count(*) from inbox where state not in ('done', 'ignored')"},
        {"deliveries without a record", recordless},
        {"gridhooks without a note",
         "select count(*) from inbox i where i.source = 'deepcura' and not exists (select from sync_log s join deepcura_notes n"
         " on n.id::text = s.details ->> 'noteId' where s.details ->> 'delivery_id' = i.id::text)"},
        {"records without an audit row", auditless},
        {"changes without an event",
         "select count(*) from change_log c where not exists (select from outbox o where o.event_id = c.event_id)"},
        {"events without a change",
         "select count(*) from outbox o where not exists (select from change_log c where c.event_id = o.event_id)"},
        {"deliveries without a sync_log row",
         "select count(*) from inbox i where i.state = 'done' and i.event <> 'PING' and not exists"
         " (select from sync_log s where s.details ->> 'delivery_id' = i.id::text)"},
    };
    if (published) all.push_back({"events not published", "select count(*) from outbox where published_at is null"});
    return all;
}

}  // namespace

Async<Result<DemoCounts>> DemoReport::counts() {
    auto statement = pg::sql(
        "select (select count(*) from inbox),"
        " (select count(*) from inbox where state in ('pending', 'processing', 'waiting')) + (select count(*) from fetches where state <> 'dead')"
        " + (select count(*) from relinks), (select count(*) from inbox where state = 'dead') + (select count(*) from fetches where state = 'dead'),"
        " (select count(*) from patients) + (select count(*) from appointments) + (select count(*) from clinical_notes)"
        " + (select count(*) from deepcura_notes) + (select count(*) from medications) + (select count(*) from problems)"
        " + (select count(*) from allergies) + (select count(*) from line_items) + (select count(*) from insurance), (select count(*) from change_log), (select count(*) from outbox where published_at is null),"
        " (select coalesce(percentile_cont(0.5) within group (order by extract(epoch from finished_at - received_at)) * 1000, 0)::bigint"
        "  from inbox where state = 'done')");
    const auto rows = co_await pool_.run(std::move(statement));
    if (!rows) co_return rows.error();
    co_return DemoCounts{rows->integer(0, 0), rows->integer(0, 1), rows->integer(0, 2), rows->integer(0, 3),
                         rows->integer(0, 4), rows->integer(0, 5), rows->integer(0, 6)};
}

Async<Result<std::string>> DemoReport::rows() {
    std::string out;
    for (const auto& shown : tables) {
        auto statement = pg::sql(std::string{shown.sql});
        const auto rows = co_await pool_.run(std::move(statement));
        if (!rows) co_return rows.error();
        out += laid_out(shown, *rows);
    }
    co_return out;
}

Async<Result<std::vector<std::string>>> DemoReport::missing(bool published) {
    std::vector<std::string> lines;
    for (const auto& question : questions(published)) {
        auto statement = pg::sql(std::string{question.sql});
        const auto rows = co_await pool_.run(std::move(statement));
        if (!rows) co_return rows.error();
        if (rows->integer(0, 0) > 0) lines.push_back(fmt::format("{}: {}", question.about, rows->integer(0, 0)));
    }
    co_return lines;
}

}  // namespace dcs::cli
