#pragma once
// NoteSql: the statements that put notes into table deepcura_notes.

#include "deepcura/gridhook.hpp"
#include "pg/statement.hpp"

#include <string>
#include <vector>

namespace dcs::deepcura {

/// A note on its way into the table.
struct Draft {
    std::string delivery_id;  // also the note's
    std::string received_at;  // ISO 8601; empty: now
    const Gridhook* gridhook = nullptr;
};

/// Inserts those whose content is not there yet, judged by the rules, with their suggestions. pre: no content comes twice;
/// the transaction holds lock_shared(), its author's cause is by row.
pg::Statement insert_notes(const std::vector<Draft>& drafts, const std::string& practice_timezone);

/// Rows: content_sha256 (hex), id, whether it is linked; of all contents named.
pg::Statement find_notes(const std::vector<Draft>& drafts);

}  // namespace dcs::deepcura
