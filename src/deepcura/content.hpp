#pragma once
// Content: what of a payload says something of the note: a sender's retry has the same.
//
// Left out   members of the envelope that the source's row names, at the top and in the objects and lists around the note (also
//            those written as JSON text), to depth 4; objects about the sending alone with all that is in them.
// Equal      whatever the order of members, white space, escapes and the spelling of numbers (1, 1.0 and 10e-1).
// Repaired   what a database cannot hold still counts as what it was: faithful().
// Bounds     time and memory are linear in the payload.

#include "deepcura/sources.hpp"

#include <string>
#include <string_view>

namespace dcs::deepcura {

/// pre: `payload` is an object.
Document content_of(const Document& payload, const Source& source);

/// JSON text in which what a database cannot hold (escaped NUL, lone surrogates, bytes that are not UTF-8) stands for itself in
/// characters that it can hold, so that different contents stay different. For comparing alone.
std::string faithful(std::string_view json);

/// Whether the member, at a place where the envelope is, says nothing of the note.
/// `in_note`: it stands in one of the objects of the note, where "attempt" may be a person's.
bool says_nothing_of_the_note(std::string_view name, const Document& value, const Source& source, bool in_note);
/// Whether the object of that name is the note, or belongs to it.
bool is_part_of_the_note(std::string_view name, const Source& source);
/// Whether members of the object of that name belong to the envelope, too.
bool is_part_of_the_envelope(std::string_view name, const Source& source);

}  // namespace dcs::deepcura
