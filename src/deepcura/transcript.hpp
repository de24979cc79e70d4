#pragma once
// Transcript: what was said, as lines "[time] Speaker: words", out of a text, turns in a list or in numbered members.
//
// Names      of a turn's words, speaker and time are compared as those of all fields (fields.hpp): {"Speaker": ...}.
// Times      seconds and milliseconds become [h:mm:ss] where the name or a fraction tells the unit; a text stays as given; a
//            whole number of unknown unit is left out of the line (the payload keeps it).
// Flags      transcript_unreadable: it cannot be read, or not all of it.

#include "deepcura/fields.hpp"

namespace dcs::deepcura {

void read_transcript(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
