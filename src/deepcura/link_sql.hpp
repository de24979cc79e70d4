#pragma once
// LinkSql: the rules by which notes are linked to clinical notes, as SQL over sets of notes.
//
// Pure       what a note should be linked to follows from the tables alone, whatever came first: a link made by rule is
//            taken back when a second candidate, or another patient, comes to light. A person's decision stays.
// Rules      in order: what a person decided about the version before; the appointment that is named, unless the patient
//            contradicts; patient, day and (where given) doctor with exactly one candidate. An appointment that is known
//            and has no note yet is waited for. Never across patients.
// Source     design section 6; gridhook fact sheet section 5.

#include <string>

namespace dcs::deepcura {

/// Common table expressions, to stand behind one that defines
///   n (id uuid, appt text, patient bigint, doctor bigint, day date, flags text[], replaces uuid, held boolean),
/// the notes to judge (held: a person has unlinked it). They define
///   verdict (id, rule, clinical_note_id, method, reasons): one row a note; clinical_note_id NULL: not linked;
///   candidates (id, clinical_note_id, reasons_for, reasons_against): what a person may choose from, for those not linked.
std::string verdicts();

/// Held by those who add notes, shared, and by the linker, alone, until their transaction ends: whoever judges sees all
/// notes whose judges could not see what it sees.
std::string lock_shared();
std::string lock_alone();

}  // namespace dcs::deepcura
