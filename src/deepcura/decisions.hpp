#pragma once
// Decisions: what a person decides about the link of a note. Nothing links or unlinks it by itself from then on, until the
// person hands it back.
//
// Promise    a decision made on an outdated view is refused, not written over another's. Never across patients, but for the
//            clinical note of the very appointment that the note names, when a person says that its patient is the right one.
// Audit      within the caller's transaction, begun with author_of(): change_log names the person, and the change is
//            published. The caller commits.
// Errors     not_found: no such note, or clinical note. conflict: somebody else, or the linker, has decided meanwhile.
//            rejected: the clinical note is another patient's.

#include "pg/pool.hpp"

#include <string>
#include <string_view>

namespace dcs::deepcura {

pg::Author author_of(std::string_view person);

/// The note, and the link_version that the person saw.
struct Seen {
    std::string note_id;
    int link_version = 0;
};

// All return the note's new link_version.
enum class Patients { same, may_differ };  // may_differ: a person says so, of the appointment that the note names
Async<Result<int>> link_note(pg::Transaction& transaction, Seen seen, std::string clinical_note_id,
                             Patients patients = Patients::same);
/// Takes the link away; candidates are looked for anew.
Async<Result<int>> unlink_note(pg::Transaction& transaction, Seen seen);
/// There is no clinical note for it, for this reason (in the person's words).
Async<Result<int>> call_unlinkable(pg::Transaction& transaction, Seen seen, std::string reason);
/// Undoes whatever a person decided: the rules apply again.
Async<Result<int>> hand_back(pg::Transaction& transaction, Seen seen);

}  // namespace dcs::deepcura
