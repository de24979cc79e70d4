#pragma once
// SealedRows: how rows of change_log and access_log, and the seals over them, become the bytes that are hashed.
//
// Promise    whoever seals and whoever verifies goes through here, so that both hash the same. docs/audit-format.md describes
//            the bytes for others; changing them breaks every chain that there is.
// Limits     a page of rows is some 4 MB of text, or one row that is larger.

#include "base/async.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::audit {

inline constexpr std::size_t digest_size = 32;

/// Where a page begins: behind this row.
struct RowPlace {
    std::int64_t seq;
    std::string at = "infinity";
};

struct SealedRow {
    std::int64_t seq;
    std::string at;      // when it was written, as PostgreSQL writes it
    std::string part;    // the table that holds it
    std::string digest;  // SHA-256, 32 bytes
};
struct RowPage {
    std::vector<SealedRow> rows{};
    bool complete = false;  // there are no further rows
};

/// The settings that the texts of times depend on, for the transaction.
pg::Statement fix_formats();

/// The rows of a log behind `after` up to `upto`, in their order, `most` of them at most. pre: fix_formats() ran before.
pg::Statement select_rows(std::string_view log, const RowPlace& after, std::int64_t upto, std::int64_t most);
/// What it answered; `most` as it was asked.
RowPage read_rows(const pg::Rows& rows, std::int64_t most);

/// SQL: the text of a seal `s` that its hash covers besides the previous hash and the digests.
std::string_view seal_content_sql();

/// The hash of a seal.
std::string seal_hash(std::string_view previous, std::string_view digests, std::string_view content);

}  // namespace dcs::audit
