#pragma once
// Access: who saw what: one row of access_log for each patient that an answer tells of, written in the transaction that reads
// what the answer holds. The answer goes out only after its commit.

#include "admin/backend.hpp"
#include "audit/access_log.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dcs::admin {

using audit::Target;

struct Access {
    std::string action;             // "notes.read", …
    std::string table_name{};       // empty: none
    std::string reason{};           // of the person, for a reveal
    std::string details = "{}";     // JSON object: counts and filters, nothing clinical
    std::vector<Target> targets{};  // none: one row without any
};

/// Whether the caller may see which patient a delivery, run or failure is about: the patient's number beside an event such as
/// PATIENT_ALLERGY_CREATE is clinical content.
inline bool sees_patient_ids(const auth::Caller& caller) { return allows(caller.roles, auth::Need::reads_phi); }

pg::Statement log_access(const auth::Caller& caller, const net::RequestHead& request, Access access);

/// What the rows of `query` tell of; columns from `first` on: record_id, patient_id, drchrono_patient_id.
std::vector<Target> targets_of(const pg::Rows& rows, int first, int count);

/// SQL: the patients whom note n shows, as DrChrono numbers them, separated by commas.
inline constexpr std::string_view patients_of_note =
    "(select string_agg(p::text, ',' order by p) from patients_of_note(n.id) as p)";
/// Those, and the ones of its history: what was decided once, and why.
inline constexpr std::string_view patients_of_note_and_past =
    "(select string_agg(p::text, ',' order by p) from (select patients_of_note(n.id) as p"
    " union select w from (select * from change_log where record_id = n.id and table_name = 'deepcura_notes'"
    " order by seq desc limit 100) h cross join lateral patients_of_change(h.table_name, h.record_id, h.old_values, h.new_values) w) u)";
/// One for each of them; none: the note alone.
std::vector<Target> note_targets(const std::string& note_id, std::string_view patients);

/// Names further patients (`numbers`: DrChrono's, separated by commas) whom the record shows; one that is named already gets no
/// second row, and a row that names nobody gives way. Throws std::length_error beyond audit::most_patients_named: who cannot be
/// written down is not shown.
void name_also(std::vector<Target>& targets, const std::string& record_id, std::string_view numbers);

/// Reads a list in which only some rows, and only to those who may see it, tell whose they are: written down where a patient is
/// named. Columns from `first` on: record_id, the numbers of its patients separated by commas; of at most `count` rows.
struct Naming {
    std::string action;
    std::string table_name;
    int first = 0;
    int count = 0;
};
Async<Result<pg::Rows>> read_naming(Backend& backend, const auth::Caller& caller, const net::RequestHead& request,
                                    pg::Statement query, Naming naming);

/// Reads and writes down the reading, in one transaction. `access_of` says from the rows what was seen.
Async<Result<pg::Rows>> read_logged(Backend& backend, const auth::Caller& caller, const net::RequestHead& request,
                                    pg::Statement query, std::function<Access(const pg::Rows&)> access_of);

}  // namespace dcs::admin
