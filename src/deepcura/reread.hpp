#pragma once
// Reread: reads the kept payload of a note again by the rules of the present, tells what would change, and stores that as a new
// version of the note.
//
// Promise    told and stored are the same: what is only told was stored, compared and taken back in one transaction. A note
//            whose columns do not change makes nothing. The version that was read anew stays, as every earlier version does;
//            what a person decided about it holds for the new one, and a link by rule is judged by the new columns.
// Audit      change_log has the new version, with the cause "reread:<the version before>".
// Errors     those of the pool.

#include "pg/pool.hpp"

#include <string>
#include <vector>

namespace dcs::deepcura {

struct RereadSettings {
    std::string practice_timezone{};
    std::vector<std::string> omit_fields{};
    std::string actor{};
    bool apply = false;  // else nothing is stored
};

enum class RereadOutcome {
    unchanged,
    changed,     // a new version was, or would be, stored
    replaced,    // a later version has taken its place: that one is to be read
    not_kept,    // its payload is not there any more
    unreadable,  // its payload does not open by the rules of the present
    unknown,     // there is no such note
};

struct ColumnChange {
    std::string column;
    std::string before;  // as JSON
    std::string after;
};

struct Reread {
    RereadOutcome outcome = RereadOutcome::unchanged;
    std::vector<ColumnChange> changes{};  // those of the link last
    std::string new_id{};                 // of the version that was stored; empty: none
};

Async<Result<Reread>> reread(pg::Pool& pool, std::string note_id, const RereadSettings& settings);

/// The next ids of notes that no later version has replaced, behind `after` (empty: from the first).
Async<Result<std::vector<std::string>>> notes_to_reread(pg::Pool& pool, std::string after, int most);

}  // namespace dcs::deepcura
