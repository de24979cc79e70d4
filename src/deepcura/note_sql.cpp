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

constexpr std::size_t fixed_columns = 7;  // id, sha256, received_at, day, bytes, days, day_at

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
           day_at::timestamptz, place{3}
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[]{1}) with ordinality
         as u (id, sha256, received_at, day, bytes, days, day_at{2}, place)
), fresh as materialized (
    select i.*, d.session_date, d.session_days, d.day_flags,
           case when i.session_id is not null then coalesce(
               lag(i.id) over (partition by i.session_id, i.drchrono_patient_id order by i.place),
               (select o.id from deepcura_notes o
                where o.session_id = i.session_id and (o.drchrono_patient_id <> i.drchrono_patient_id) is not true
                  and not exists (select from deepcura_notes s where s.replaces_id = o.id)
                order by o.received_at desc, o.id limit 1)) end as replaces_id
    from incoming i
    cross join lateral session_days_of(
        i.day, i.days, i.day_at, i.session_at,
        (select d.timezone from doctors d where d.drchrono_id = i.doctor_id), ${0}, i.flags) as d
    where not exists (select from deepcura_notes x where x.content_sha256 = i.sha256)
), n as materialized (
    select id, drchrono_appt_id as appt, drchrono_patient_id as patient, doctor_id as doctor, session_date as day, flags,
           replaces_id as replaces, false as held
    from fresh
), {4},
stored as (
    insert into deepcura_notes (id, content_sha256, received_at, session_date, session_days, replaces_id, clinical_note_id,
                                linked_at, link_method, link_reasons, link_version, cause{5})
    select f.id, f.sha256, coalesce(f.received_at, now()), f.session_date, f.session_days, f.replaces_id, v.clinical_note_id,
           case when v.clinical_note_id is not null then now() end, v.method, v.reasons,
           case when v.clinical_note_id is not null then 1 else 0 end, 'delivery:' || f.id{6}
    from fresh f join verdict v on v.id = f.id
    order by f.place
    on conflict (content_sha256) do nothing
    returning id
), payloads as (
    insert into deepcura_payloads (note_id, bytes) select f.id, f.bytes from fresh f join stored s on s.id = f.id
)
insert into deepcura_suggestions (note_id, clinical_note_id, reasons_for, reasons_against)
select c.id, c.clinical_note_id, c.reasons_for, c.reasons_against from candidates c join stored s on s.id = c.id)sql",
        fixed_columns + columns.size() + 1, arrays, names, typed, verdicts(), targets, values);
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
        for (std::size_t at = 0; at < columns.size(); ++at) arrays[fixed_columns + at].add(columns[at].value(gridhook));
    }
    pg::Statement statement{text, {}};
    for (auto& array : arrays) statement.params.emplace_back(std::move(array).take());
    statement.params.emplace_back(practice_timezone);
    return statement;
}

pg::Statement find_notes(const std::vector<Draft>& drafts) {
    std::vector<std::string> hashes;
    for (const auto& draft : drafts) hashes.push_back(draft.gridhook->content_sha256);
    return pg::sql("select u.sha256, n.id, n.clinical_note_id is not null from unnest($1::text[]) as u (sha256) "
                   "join deepcura_notes n on n.content_sha256 = decode(u.sha256, 'hex')",
                   pg::text_array(hashes));
}

}  // namespace dcs::deepcura
