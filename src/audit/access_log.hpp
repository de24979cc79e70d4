#pragma once
// AccessLog: one row for each time a person saw, sought or handled records (table access_log, append-only).
//
// Promise    the row commits with what it tells of: run the statement inside the transaction that reads or writes.
// Content    names, ids and the reason the person gave; `details` never holds a value of a record.
//            Where the database would write other rows than these, or none, the statement fails (division by zero).
// Errors     PostgreSQL's, of the statement: an id that is no uuid, details that are no JSON.

#include "pg/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dcs::audit {

struct Access {
    std::string actor;         // who: the person's address
    std::string role{};        // as which of the page's roles
    std::string action;        // view, search, reveal, export, link, unlink, retry, sign_in, …
    std::string table_name{};  // this and the following: empty means none
    std::string record_id{};   // uuid
    std::string patient_id{};  // uuid of the patient's row
    std::optional<std::int64_t> drchrono_patient_id{};
    std::string reason{};
    std::string request_id{};
    std::string details = "{}";  // JSON object
};

/// Inserts the row and gives its `id`, by which the log is paged.
pg::Statement insert_access(const Access& access);

/// What was seen, as far as it is known; empty means not known, or none.
struct Target {
    std::string record_id{};            // uuid
    std::string patient_id{};           // uuid
    std::string drchrono_patient_id{};  // digits
};

/// One row for each target, in their order, in place of what `access` names. Of a patient of whom one id is given, the other is looked up.
pg::Statement insert_accesses(const Access& access, const std::vector<Target>& targets);

}  // namespace dcs::audit
