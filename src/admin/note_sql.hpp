#pragma once
// NoteSql: the JSON of notes and clinical notes, as SQL expressions.

#include <string>

namespace dcs::admin {

/// {…}: a note in a list; over n (deepcura_notes), p (its patient), d (its doctor), both perhaps absent.
std::string note_row();
/// The joins of p and d to n.
std::string note_joins();
/// {…}: what a page shows of a note beside note_row().
std::string note_rest();
/// {…}: a clinical note; over c (clinical_notes) and what clinical_note_joins() joins to it.
std::string clinical_note();
std::string clinical_note_joins();

}  // namespace dcs::admin
