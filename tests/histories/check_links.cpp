#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace dcs::histories {

namespace {

struct Visit {
    std::string patient, doctor, day, status;
    bool live = false;
};

struct Chart {
    std::string id, patient, day;
    bool live = false;
};

struct Note {
    std::string id, appointment, patient, doctor, flags, method, linked_to, session;
    std::vector<int> days{};
    bool replaces = false, decided = false;
};

struct Tables {
    std::map<std::string, Visit> visits;  // by DrChrono's id
    std::map<std::string, Chart> charts;  // by the appointment's id
    std::vector<Note> notes;
};

int day_number(const std::string& day) { return day.empty() ? 0 : std::stoi(day); }

Tables read(const World& world) {
    Tables tables;
    const auto& database = world.database;
    // Days as numbers, so that one off by one is seen.
    for (
        const auto& row : database.rows(
            "select drchrono_id, drchrono_patient_id, doctor_id, wall_date(scheduled_time) - date '2000-01-01', status,"
            " deleted_at is null from appointments"))
        tables.visits[*row[0]] = {row[1].value_or(""), row[2].value_or(""), row[3].value_or(""), row[4].value_or(""),
                                  row[5] == "t"};
    for (const auto& row : database.rows(
             "select drchrono_appt_id, id, drchrono_patient_id, note_date - date '2000-01-01', deleted_at is null"
             " from clinical_notes"))
        tables.charts[*row[0]] = {row[1].value_or(""), row[2].value_or(""), row[3].value_or(""), row[4] == "t"};
    for (const auto& row : database.rows(
             "select id, nullif(drchrono_appt_id, '0'), drchrono_patient_id, doctor_id, flags::text, link_method,"
             " clinical_note_id, session_id,"
             " (select string_agg((day - date '2000-01-01')::text, ' ')"
             " from unnest(case when cardinality(session_days) > 0 then session_days"
             " when session_date is not null then array[session_date] end) day),"
             " replaces_id is not null, unlinkable_reason is not null from deepcura_notes")) {
        Note note{.id = row[0].value_or(""),
                  .appointment = row[1].value_or(""),
                  .patient = row[2].value_or(""),
                  .doctor = row[3].value_or(""),
                  .flags = row[4].value_or(""),
                  .method = row[5].value_or(""),
                  .linked_to = row[6].value_or(""),
                  .session = row[7].value_or("")};
        std::istringstream days{row[8].value_or("")};
        for (int day = 0; days >> day;) note.days.push_back(day);
        std::ranges::sort(note.days);
        note.days.erase(std::unique(note.days.begin(), note.days.end()), note.days.end());
        note.replaces = row[9] == "t";
        note.decided = note.method == "manual" || row[10] == "t";
        tables.notes.push_back(std::move(note));
    }
    return tables;
}

bool agree(std::initializer_list<std::string> values) {
    std::string first;
    for (const auto& value : values) {
        if (value.empty()) continue;
        if (!first.empty() && first != value) return false;
        first = value;
    }
    return true;
}

bool held(const std::string& status) { return status != "Cancelled" && status != "No Show" && status != "Rescheduled"; }

/// By the patient and the day alone: the one clinical note that fits, or none.
std::string by_day(const Tables& tables, const Note& note) {
    if (note.patient.empty() || note.days.size() != 1) return {};
    std::vector<std::string> fits;
    for (const auto& [appointment, chart] : tables.charts) {
        const auto visit = tables.visits.find(appointment);
        const bool known = visit != tables.visits.end();
        const auto patient = !chart.patient.empty() ? chart.patient : known ? visit->second.patient : std::string{};
        if (!chart.live || patient != note.patient || chart.day.empty() || day_number(chart.day) != note.days.front())
            continue;
        if (known &&
            (!visit->second.live || !held(visit->second.status) || !agree({visit->second.patient, note.patient})))
            continue;
        const auto doctor = known ? visit->second.doctor : std::string{};
        if (!note.doctor.empty() && note.doctor != doctor) continue;
        fits.push_back(chart.id);
    }
    return fits.size() == 1 ? fits.front() : std::string{};
}

/// The clinical note that a note belongs to, as README and docs/notes.md say it; empty: none.
std::string rule(const Tables& tables, const Note& note) {
    if (note.appointment.empty()) return by_day(tables, note);
    const auto visit_row = tables.visits.find(note.appointment);
    const auto chart_row = tables.charts.find(note.appointment);
    const Visit visit = visit_row == tables.visits.end() ? Visit{} : visit_row->second;
    const Chart chart = chart_row == tables.charts.end() ? Chart{} : chart_row->second;
    if (!agree({note.patient, chart.patient, visit.patient})) return {};
    const auto day = !chart.day.empty() ? chart.day : visit.day;
    if (!day.empty() && !note.days.empty() &&
        std::ranges::none_of(note.days, [&](int one) { return std::abs(one - day_number(day)) <= 1; }))
        return {};
    if (!agree({note.doctor, visit.doctor})) return {};
    if (chart.live) return chart.id;
    if (visit.live) return {};
    const bool number = std::isdigit(static_cast<unsigned char>(note.appointment.front())) != 0;
    return number ? std::string{} : by_day(tables, note);
}

}  // namespace

void check_links(const World& world, Violations& found) {
    const auto tables = read(world);
    std::map<std::string, const Chart*> chart_by_id;
    std::map<std::string, std::string> appointment_of;
    for (const auto& [appointment, chart] : tables.charts) {
        chart_by_id[chart.id] = &chart;
        appointment_of[chart.id] = appointment;
    }
    std::set<std::string> decided_sessions;
    std::map<std::string, std::set<std::string>> patients_of_session;
    for (const auto& note : tables.notes) {
        if (note.decided) decided_sessions.insert(note.session);
        if (!note.patient.empty()) patients_of_session[note.session].insert(note.patient);
    }
    for (const auto& note : tables.notes) {
        if (!note.linked_to.empty()) {
            const auto* chart = chart_by_id[note.linked_to];
            const auto visit = tables.visits.find(appointment_of[note.linked_to]);
            const auto other = visit == tables.visits.end() ? std::string{} : visit->second.patient;
            if (chart == nullptr || !agree({note.patient, chart->patient, other}))
                found.push_back(
                    {"links:across",
                     fmt::format("note {} of patient {} is linked ({}) to a clinical note of {}/{}", note.id,
                                 note.patient, note.method, chart == nullptr ? "?" : chart->patient, other)});
        }
        // A decision of a person stands, and what follows it in its session is not this rule's matter.
        const bool by_person = !note.session.empty() && decided_sessions.contains(note.session);
        const bool mixed = !note.session.empty() && patients_of_session[note.session].size() > 1;
        const bool unclear =
            note.flags.find("differ") != std::string::npos || note.flags.find("unreadable") != std::string::npos;
        if (note.decided || by_person || mixed || unclear) continue;
        const auto wanted = rule(tables, note);
        if (wanted != note.linked_to)
            found.push_back(
                {"links:rule",
                 fmt::format(
                     "note {} (appointment '{}', patient '{}', doctor '{}') is linked to '{}' by '{}', the rule says '{}'",
                     note.id, note.appointment, note.patient, note.doctor, note.linked_to, note.method, wanted)});
    }
}

}  // namespace dcs::histories
