#pragma once
// Accounting: who saw whom, and when: access_log by person and patient, for breach notices and for a patient's request (HIPAA 45 CFR
// 164.528 and 164.404), and each access as a FHIR R4 AuditEvent after IHE's Basic Audit Log Patterns (PatientRead).
//
// Content    ids, names of users, actions, reasons and times; no value of a record.
// Bounds     lines: `most`; events: a page a call.

#include "pg/rows.hpp"
#include "pg/statement.hpp"

#include <string>

namespace dcs::audit {

struct AccountingOf {
    std::string since;      // ISO 8601
    std::string until{};    // empty: now
    std::string patient{};  // ours (uuid) or DrChrono's number; empty: any
    std::string person{};   // a user of the page, or of a command line; empty: anybody
};

/// The last line of a page of count_accesses(); `last` empty: from the beginning.
struct CountedAfter {
    std::string last{};  // ISO 8601
    std::string person{};
    std::string patient{};  // DrChrono's number
};

/// Rows, the latest first: actor, roles, DrChrono's number of the patient, first and last time (ISO 8601), how often, actions,
/// addresses. One a person and patient.
pg::Statement count_accesses(const AccountingOf& of, int most, const CountedAfter& after = {});

/// Rows in their order, those behind (`at`, `id`) alone: id, at, actor, role, action, table, record, patient's number, reason,
/// request, address. `at` empty: from the beginning.
pg::Statement read_accesses(const AccountingOf& of, const std::string& at, const std::string& id, int most);

/// A row of read_accesses() as one line of JSON.
std::string audit_event(const pg::Rows& rows, int row);

}  // namespace dcs::audit
