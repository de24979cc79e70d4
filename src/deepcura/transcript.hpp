#pragma once
// Transcript: what was said, as lines "[time] Speaker: words", out of a text, turns in a list or in numbered members.
//
// Names      of a turn's words, speaker and time are compared as those of all fields (fields.hpp): {"Speaker": ...}.
// Times      turn_times.hpp.
// Flags      transcript_unreadable: it cannot be read, or not all of it, or the time of a turn is none.

#include "deepcura/fields.hpp"

namespace dcs::deepcura {

void read_transcript(const Fields& fields, Note& note);

}  // namespace dcs::deepcura
