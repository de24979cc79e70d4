#pragma once
// NoteNames: names of members that are made of the words for a note alone: "final_note", "noteHtml", "markdown", "chart_note".
//
// Made of    words for a note, of its form, its state and its kind, one of them at least for a note or a form. A name with any other
//            word in it ("note_id", "document_type") is none.

#include <string_view>

namespace dcs::deepcura {

/// `name`: normalised.
bool names_a_note(std::string_view name);
/// Whether it may as well be something short that is no note, "message": only a longer text under it is one.
bool may_name_a_note(std::string_view name);

}  // namespace dcs::deepcura
