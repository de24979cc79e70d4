#pragma once
// NoteSql: the statements that put notes into table deepcura_notes.

#include "deepcura/gridhook.hpp"
#include "pg/statement.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// A note on its way into the table.
struct Draft {
    std::string delivery_id;  // also the note's
    std::string received_at;  // ISO 8601; empty: now
    const Gridhook* gridhook = nullptr;
    std::string rereads{};  // the note whose payload is read anew; empty: it came with a delivery
};

/// Inserts those whose content the same source has not sent yet, judged by the rules, with their suggestions. One that is
/// read anew replaces the version whose payload it reads, and what a person decided about that stays.
/// pre: no content and no session comes twice; the transaction holds lock_shared(), its author's cause is by row.
pg::Statement insert_notes(const std::vector<Draft>& drafts, const std::string& practice_timezone);

/// Rows: content_sha256 (hex), id, whether it is linked; of all contents of the drafts, which are of one source.
pg::Statement find_notes(const std::vector<Draft>& drafts);

/// What the note says, by the columns that it fills.
struct Filled {
    std::string_view column;
    std::optional<std::string> value;
};
std::vector<Filled> columns_of(const Gridhook& gridhook);

}  // namespace dcs::deepcura
