#include "admin/notes.hpp"

#include "admin/access.hpp"
#include "admin/listing.hpp"
#include "admin/note_sql.hpp"
#include "admin/reply.hpp"
#include "audit/patients_named.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::admin {

namespace {

constexpr auto unlinked = "n.clinical_note_id is null and n.unlinkable_reason is null "
                          "and not exists (select from deepcura_notes s where s.replaces_id = n.id)";

/// How the list of one state is found and ordered: along which time, which way.
struct State {
    std::string_view name;
    std::string_view condition;
    std::string_view time;
    bool newest_first;
};
constexpr std::array states{
    State{"unlinked", unlinked, "n.received_at", false},
    State{"unlinkable", "n.unlinkable_reason is not null", "n.received_at", false},
    State{"linked", "n.linked_at is not null", "n.linked_at", true},
};

const State* state_of(std::string_view name) {
    const auto found = std::ranges::find(states, name.empty() ? "unlinked" : name, &State::name);
    return found == states.end() ? nullptr : &*found;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 18 &&
           std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

/// SQL: the further patients of a row of the list. A reason that a person gave may tell of any whom the note shows.
constexpr std::string_view patients_of_row =
    "case when n.unlinkable_reason is not null then (select string_agg(p::text, ',') from patients_of_note(n.id) p)"
    " else (select string_agg(p::text, ',') from patients_of('clinical_notes', n.clinical_note_id) p) end";

Access access_of(std::string action, const pg::Rows& rows, int first, int count, std::string details = "{}") {
    return {.action = std::move(action),
            .table_name = "deepcura_notes",
            .details = std::move(details),
            .targets = targets_of(rows, first, count)};
}

/// One clinical note each, with why it may be the one, as a JSON array; $1 is the note.
std::string candidates() {
    return fmt::format(
        "(select coalesce(json_agg(({0})::jsonb || jsonb_build_object('reasons_for', s.reasons_for, 'reasons_against',"
        " s.reasons_against) order by cardinality(s.reasons_against), c.note_date, c.id), '[]') "
        "from deepcura_suggestions s join clinical_notes c on c.id = s.clinical_note_id{1} where s.note_id = n.id)",
        clinical_note(), clinical_note_joins());
}

/// The clinical note of the appointment that the note names, where that is another patient's.
constexpr auto named_condition = "c.drchrono_appt_id = n.drchrono_appt_id and n.drchrono_patient_id is not null and "
                                 "coalesce(c.drchrono_patient_id, a.drchrono_patient_id) <> n.drchrono_patient_id";

std::string named_visit() {
    return fmt::format("(select {} from clinical_notes c{} where {} limit 1)", clinical_note(), clinical_note_joins(),
                       named_condition);
}

std::string linked_to() {
    return fmt::format("(select {} from clinical_notes c{} where c.id = n.clinical_note_id)", clinical_note(),
                       clinical_note_joins());
}

}  // namespace

Async<net::Response> list_notes(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page = page_of(backend, request, request.query, 2, {"state", "patient"});
    if (!page) co_return refuse(400, page.error().detail, request);
    const auto* state = state_of(request.query.get("state"));
    if (!state) co_return refuse(400, "state must be unlinked, unlinkable or linked", request);
    const auto patient = request.query.get("patient");
    if (!patient.empty() && !is_number(patient)) co_return refuse(400, "patient must be a DrChrono id", request);

    Conditions which;
    which.add(state->condition);
    if (!patient.empty()) which.add("n.drchrono_patient_id = ?::bigint", patient);
    std::string total = "null";
    if (page->after.empty()) {
        auto counting = read(backend, which.statement("select count(*) from deepcura_notes n" + which.where()));
        const auto counted = co_await std::move(counting);
        if (!counted) co_return failed(counted.error(), request);
        total = counted->string(0, 0);
    } else {
        which.add_all(
            fmt::format("({}, n.id) {} (?::timestamptz, ?::uuid)", state->time, state->newest_first ? "<" : ">"),
            page->after);
    }
    const std::string_view way = state->newest_first ? "desc" : "asc";
    // The page first, then what belongs to its rows.
    auto query = which.statement(fmt::format(
        "with n as materialized (select * from deepcura_notes n{0} order by {1} {2}, n.id {2} limit {3}) "
        "select {4}, {1}, n.id, n.id, p.id, n.drchrono_patient_id, {6} from n{5} order by {1} {2}, n.id {2}",
        which.where(), state->time, way, page->limit + 1, note_row(), note_joins(), patients_of_row));
    const int limit = page->limit;
    auto details = fmt::format(R"({{"state":"{}"}})", state->name);
    std::function<Access(const pg::Rows&)> seen = [limit, details](const pg::Rows& rows) {
        auto access = access_of("notes.list", rows, 3, limit, details);
        for (int row = 0; row < std::min(rows.size(), limit); ++row)
            name_also(access.targets, rows.string(row, 3), rows.string(row, 6));
        return access;
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    co_return json(list_of(*rows, *page, 2, fmt::format(R"("total":{})", total)));
}

Async<net::Response> show_note(Backend& backend, net::Request request, auth::Caller caller) {
    const auto known = only_known(request.query, {});
    if (!known) co_return refuse(400, known.error().detail, request);
    const auto id = segment_behind(request, "notes");
    if (!is_uuid(id)) co_return refuse(404, "There is no such note", request);
    auto query = pg::sql(
        fmt::format("select (({})::jsonb || ({})::jsonb || jsonb_build_object('linked_to', {}, 'named_visit', {},"
                    " 'candidates_list', {}))::text, n.id, {}, n.gridhook_raw::text "
                    "from deepcura_notes n{} where n.id = $1::uuid",
                    note_row(), note_rest(), linked_to(), named_visit(), candidates(), patients_of_note_and_past,
                    note_joins()),
        id);
    std::function<Access(const pg::Rows&)> seen = [](const pg::Rows& rows) {
        Access access{.action = "notes.read", .table_name = "deepcura_notes"};
        if (rows.empty()) return access;
        access.targets = note_targets(rows.string(0, 1), rows.string(0, 2));
        // Whom the payload names, its texts tell of, though it was not filed under them.
        for (const auto& number : audit::patients_named_in(rows.text(0, 3).value_or("")))
            name_also(access.targets, rows.string(0, 1), number);
        return access;
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such note", request);
    co_return json(rows->string(0, 0));
}

Async<net::Response> list_clinical_notes(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page = page_of(backend, request, request.query, 2, {"patient"});
    if (!page) co_return refuse(400, page.error().detail, request);
    const auto id = segment_behind(request, "notes");
    if (!is_uuid(id)) co_return refuse(404, "There is no such note", request);
    const auto patient = request.query.get("patient");
    if (!patient.empty() && !is_number(patient)) co_return refuse(400, "patient must be a DrChrono id", request);

    // The note's own patient, always: a link to another one's is refused anyway.
    auto question =
        pg::sql("select coalesce(drchrono_patient_id, nullif($2, '')::bigint), session_date from deepcura_notes "
                "where id = $1::uuid",
                id, patient);
    const auto note = co_await read(backend, std::move(question));
    if (!note) co_return failed(note.error(), request);
    if (note->empty()) co_return refuse(404, "There is no such note", request);
    auto query = pg::sql(
        fmt::format(
            "with c as (select c.* from clinical_notes c where c.drchrono_patient_id = $1::bigint"
            "   union all select c.* from appointments a join clinical_notes c on c.drchrono_appt_id = a.drchrono_id"
            "   where a.drchrono_patient_id = $1::bigint and c.drchrono_patient_id is null) "
            "select {}, days, c.id, c.id, p.id, p.drchrono_id from c{},"
            " lateral (select coalesce(abs(c.note_date - $2::date), 1000000) as days) distance "
            "where c.deleted_at is null{} order by days, c.id limit {}",
            clinical_note(), clinical_note_joins(),
            page->after.empty() ? "" : " and (days, c.id) > ($3::int, $4::uuid)", page->limit + 1),
        note->text(0, 0), note->text(0, 1));
    for (const auto& part : page->after) query.params.emplace_back(part);
    const int limit = page->limit;
    std::function<Access(const pg::Rows&)> seen = [limit](const pg::Rows& rows) {
        auto access = access_of("notes.clinical_notes", rows, 3, limit);
        access.table_name = "clinical_notes";
        return access;
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    co_return json(list_of(*rows, *page, 2));
}

}  // namespace dcs::admin
