#include "deepcura/note_sql.hpp"

#include "deepcura/link_sql.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>

namespace dcs::deepcura {

namespace {

using Value = std::optional<std::string>;

Value or_null(const std::string& text) { return text.empty() ? std::nullopt : Value{text}; }
Value json_of(const std::optional<Document>& document) { return document ? Value{document->text()} : std::nullopt; }

/// A column that is filled with what the note says.
struct Column {
    std::string_view name;
    std::string_view type;
    Value (*value)(const Gridhook& gridhook);
};

std::string flags_of(const Note& note) { return pg::text_array(note.flags); }

constexpr std::array columns{
    Column{"source", "text", [](const Gridhook& g) { return Value{std::string{g.source->name}}; }},
    Column{"event_type", "text", [](const Gridhook& g) { return or_null(g.note.event_type); }},
    Column{"session_id", "text", [](const Gridhook& g) { return or_null(g.note.session_id); }},
    Column{"drchrono_appt_id", "text", [](const Gridhook& g) { return or_null(g.note.appointment_id); }},
    Column{"drchrono_patient_id", "bigint", [](const Gridhook& g) { return or_null(g.note.patient_id); }},
    Column{"doctor_id", "bigint", [](const Gridhook& g) { return or_null(g.note.doctor_id); }},
    Column{"session_at", "timestamptz", [](const Gridhook& g) { return or_null(g.note.session_at); }},
    Column{"session_time", "time", [](const Gridhook& g) { return or_null(g.note.session_time); }},
    Column{"duration_minutes", "integer",
           [](const Gridhook& g) {
               const auto& minutes = g.note.duration_minutes;
               return minutes ? Value{std::to_string(*minutes)} : std::nullopt;
           }},
    Column{"transcript", "text", [](const Gridhook& g) { return or_null(g.note.transcript); }},
    Column{"soap_subjective", "text", [](const Gridhook& g) { return or_null(g.note.subjective); }},
    Column{"soap_objective", "text", [](const Gridhook& g) { return or_null(g.note.objective); }},
    Column{"soap_assessment", "text", [](const Gridhook& g) { return or_null(g.note.assessment); }},
    Column{"soap_plan", "text", [](const Gridhook& g) { return or_null(g.note.plan); }},
    Column{"note_text", "text", [](const Gridhook& g) { return or_null(g.note.note_text); }},
    Column{"icd10_codes", "jsonb", [](const Gridhook& g) { return json_of(g.note.icd10_codes); }},
    Column{"cpt_codes", "jsonb", [](const Gridhook& g) { return json_of(g.note.cpt_codes); }},
    Column{"medication_mentions", "jsonb", [](const Gridhook& g) { return json_of(g.note.medication_mentions); }},
    Column{"billing_summary", "jsonb", [](const Gridhook& g) { return json_of(g.note.billing_summary); }},
    Column{"risk_assessment", "jsonb", [](const Gridhook& g) { return Value{g.note.risk_assessment.text()}; }},
    Column{"flags", "text[]", [](const Gridhook& g) { return Value{flags_of(g.note)}; }},
    Column{"gridhook_raw", "jsonb", [](const Gridhook& g) { return Value{g.raw}; }},
};

constexpr std::size_t fixed_columns = 9;  // id, sha256, received_at, day, bytes, days, day_at, payload_sha256, rereads

// A content is compared by plain equality, once for each of the two digests: of IN the planner makes an OR, or a condition that it
// checks beside the index, and reads all notes of the source. Nor is it asked by NOT EXISTS, of which the planner makes a hash table of
// all notes of the source.
std::string insertion() {
    std::string arrays;
    std::string names;
    std::string typed;
    std::string targets;
    std::string values;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        const auto& column = columns[at];
        arrays += fmt::format(", ${}::text[]", fixed_columns + at + 1);
        names += fmt::format(", v_{}", column.name);
        typed += fmt::format(", v_{0}::{1} as {0}", column.name, column.type);
        targets += fmt::format(", {}", column.name);
        values += fmt::format(", f.{}", column.name == "flags" ? "day_flags" : column.name);
    }
    return fmt::format(
        R"sql(
with incoming as materialized (
    select id, decode(sha256, 'hex') as sha256, received_at::timestamptz, day::date, bytes, days::date[],
           day_at::timestamptz, decode(payload_sha256, 'hex') as payload_sha256, rereads::uuid, place{3}
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[], $9::text[]{1})
         with ordinality as u (id, sha256, received_at, day, bytes, days, day_at, payload_sha256, rereads{2}, place)
), fresh as materialized (
    select i.*, d.session_date, d.session_days,
           d.day_flags || case when other.patient then array['session_patients_differ'] else '{{}}' end as day_flags,
           case when i.rereads is not null then i.rereads
                when i.session_id is not null then (
                    select o.id from deepcura_notes o
                    where o.source = i.source and o.session_id = i.session_id
                      and (session_patient(o.id) <> i.drchrono_patient_id) is not true
                      and not exists (select from deepcura_notes s where s.replaces_id = o.id)
                    order by o.received_at desc, o.created_at desc, o.id limit 1) end as replaces_id,
           p.id as decided_id, p.clinical_note_id as decided_note, p.linked_at as decided_at, p.link_reasons as decided_reasons,
           p.unlinkable_reason as decided_unlinkable
    from incoming i
    cross join lateral session_days_of(
        i.day, i.days, i.day_at, i.session_at,
        (select d.timezone from doctors d where d.drchrono_id = i.doctor_id), ${0}, i.flags) as d
    cross join lateral (
        select case when i.rereads is null then exists (
                        select from deepcura_notes o
                        where o.source = i.source and o.session_id = i.session_id
                          and session_patient(o.id) <> i.drchrono_patient_id)
                    else exists (select from deepcura_notes o
                                 where o.id = i.rereads and 'session_patients_differ' = any (o.flags)) end as patient) as other
    left join deepcura_notes p on p.id = i.rereads and p.link_method = 'manual'
    where i.rereads is not null
       or coalesce((select false from deepcura_notes x where x.source = i.source and x.content_sha256 = i.sha256
                    and x.reread_of is null limit 1), true)
          and coalesce((select false from deepcura_notes x where x.source = i.source and x.content_sha256 = i.payload_sha256
                        and x.reread_of is null limit 1), true)
), n as materialized (
    select {7}, decided_id is not null as held
    from (select id, drchrono_appt_id, drchrono_patient_id, doctor_id, session_days, session_date, day_flags as flags,
                 replaces_id, decided_id from fresh) as fresh
), {4},
stored as (
    insert into deepcura_notes (id, content_sha256, received_at, session_date, session_days, replaces_id, reread_of,
                                clinical_note_id, linked_at, link_method, link_reasons, link_version, unlinkable_reason, cause{5})
    select f.id, f.sha256, coalesce(f.received_at, now()), f.session_date, f.session_days, f.replaces_id, f.rereads,
           coalesce(f.decided_note, v.clinical_note_id),
           coalesce(f.decided_at, case when v.clinical_note_id is not null then now() end),
           case when f.decided_id is not null then 'manual' else v.method end, coalesce(f.decided_reasons, v.reasons),
           case when coalesce(f.decided_note, v.clinical_note_id) is not null then 1 else 0 end, f.decided_unlinkable,
           coalesce('reread:' || f.rereads, 'delivery:' || f.id){6}
    from fresh f join verdict v on v.id = f.id
    order by f.place
    on conflict (source, content_sha256) where reread_of is null do nothing
    returning id, clinical_note_id is null and unlinkable_reason is null as open
), payloads as (
    insert into deepcura_payloads (note_id, bytes) select f.id, f.bytes from fresh f join stored s on s.id = f.id
)
insert into deepcura_suggestions (note_id, clinical_note_id, reasons_for, reasons_against)
select c.id, c.clinical_note_id, c.reasons_for, c.reasons_against
from candidates c join stored s on s.id = c.id where s.open)sql",
        fixed_columns + columns.size() + 1, arrays, names, typed, verdicts(), targets, values,
        columns_to_judge("fresh"));
}

}  // namespace

pg::Statement insert_notes(const std::vector<Draft>& drafts, const std::string& practice_timezone) {
    static const std::string text = insertion();
    std::vector<pg::ArrayBuilder> arrays(fixed_columns + columns.size());
    for (const auto& draft : drafts) {
        const auto& gridhook = *draft.gridhook;
        arrays[0].add(draft.delivery_id);
        arrays[1].add(gridhook.content_sha256);
        arrays[2].add(or_null(draft.received_at));
        arrays[3].add(or_null(gridhook.note.session_date));
        arrays[4].add_bytes(gridhook.bytes);
        arrays[5].add(pg::text_array(gridhook.note.session_days));
        arrays[6].add(or_null(gridhook.note.session_day_at));
        arrays[7].add(gridhook.payload_sha256);
        arrays[8].add(or_null(draft.rereads));
        for (std::size_t at = 0; at < columns.size(); ++at) arrays[fixed_columns + at].add(columns[at].value(gridhook));
    }
    pg::Statement statement{text, {}};
    for (auto& array : arrays) statement.params.emplace_back(std::move(array).take());
    statement.params.emplace_back(practice_timezone);
    return statement;
}

pg::Statement find_notes(const std::vector<Draft>& drafts) {
    pg::ArrayBuilder contents;
    pg::ArrayBuilder payloads;
    for (const auto& draft : drafts) {
        contents.add(draft.gridhook->content_sha256);
        payloads.add(draft.gridhook->payload_sha256);
    }
    constexpr std::string_view with_content =
        "select n.id, n.received_at, n.clinical_note_id is not null as linked from deepcura_notes n "
        "where n.source = $3 and n.reread_of is null and n.content_sha256 = decode(u.{}, 'hex')";
    return pg::sql(
        fmt::format("select distinct on (u.content) u.content, f.id, f.linked "
                    "from unnest($1::text[], $2::text[]) as u (content, payload), lateral ({} union all {}) f "
                    "order by u.content, f.received_at, f.id",
                    fmt::format(with_content, "content"), fmt::format(with_content, "payload")),
        std::move(contents).take(), std::move(payloads).take(),
        drafts.empty() ? "" : drafts.front().gridhook->source->name);
}

std::vector<Filled> columns_of(const Gridhook& gridhook) {
    std::vector<Filled> filled{{"session_date", or_null(gridhook.note.session_date)}};
    for (const auto& column : columns) filled.push_back({column.name, column.value(gridhook)});
    return filled;
}

}  // namespace dcs::deepcura
