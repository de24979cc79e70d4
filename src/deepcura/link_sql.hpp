#pragma once
// LinkSql: the rules by which notes are linked to clinical notes, as SQL over sets of notes.
//
// Pure       what a note should be linked to follows from the tables alone, whatever came first: a link made by rule is
//            taken back when a second candidate, or another patient, comes to light. A person's decision stays.
// Rules      in order: contradictions (ids that differ or cannot be read, an appointment or a session of another patient),
//            which nothing overrides, also in later versions of a session; what a person decided about an earlier version,
//            unless this one says something else; the appointment that is named, unless its day is more than one day off or
//            its doctor is another; patient, day and (where given) doctor with exactly one candidate. An appointment that
//            is named and has no note yet, or is not mirrored yet or not any more, is waited for: the visits of the day are
//            suggestions. Only an id that does not begin with a digit, as none of DrChrono's does, leaves the day to decide.
//            Never across patients.
// Told       the rule that decided comes first among the reasons, every further contradiction behind it.
// Sessions   a note of a session that another patient's note began (flag session_patients_differ, note_sql.hpp) is linked by a
//            person alone.
// Days       a note that may mean one of several days is linked by none: the visits of all of them are candidates.
// Visits     cancelled, missed, rescheduled and deleted ones are no candidates by day (function visit_not_held).
// Announced  a clinical note that DrChrono has not shown yet (sections is NULL) is told apart by the reason only_announced.
// Source     design sections 6 and 9; gridhook fact sheet section 5.

#include <string>
#include <string_view>

namespace dcs::deepcura {

/// Common table expressions, to stand behind one that defines
///   n (id uuid, appt text, patient bigint, doctor bigint, days date[], flags text[], replaces uuid, held boolean),
/// the notes to judge (days: all that it may mean; held: a person has unlinked it). They define
///   verdict (id, rule, clinical_note_id, method, reasons): one row a note; clinical_note_id NULL: not linked;
///   candidates (id, clinical_note_id, reasons_for, reasons_against): what a person may choose from, for those not linked.
std::string verdicts();

/// The columns of n but `held`, from a row of deepcura_notes (or one like it) named `row`.
std::string columns_to_judge(std::string_view row);

/// Held by those who add notes, shared, and by the linker, alone, until their transaction ends: whoever judges sees all
/// notes whose judges could not see what it sees.
std::string lock_shared();
std::string lock_alone();

}  // namespace dcs::deepcura
