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
/// One for each of them; none: the note alone.
std::vector<Target> note_targets(const std::string& note_id, std::string_view patients);

/// Reads and writes down the reading, in one transaction. `access_of` says from the rows what was seen.
Async<Result<pg::Rows>> read_logged(Backend& backend, const auth::Caller& caller, const net::RequestHead& request,
                                    pg::Statement query, std::function<Access(const pg::Rows&)> access_of);

}  // namespace dcs::admin
