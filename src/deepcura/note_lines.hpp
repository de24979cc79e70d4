#pragma once
// NoteLines: the lines of a note with the headings that they have, and which of its letters are headings.
//
// Broken     a line is broken where another part begins in it: "Assessment: MDD, stable. Plan: continue". A name that may be
//            said of something else ("Safety Plan:", a plan in what the patient says) breaks no line.
// Fences     lines of ``` around a text, or a part of it, say nothing: left out.

#include "deepcura/headings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// The place of a part in the order of a note; 0: it has none.
int rank_of(Part part);

struct Line {
    std::string_view text{};
    Heading heading{};
    bool rule = false;
    bool opens_letter = false;
    bool doubtful = false;         // the name of another part stands in it
    bool ends_note = false;        // the fence around it
    bool answer = false;           // to the question above it
    bool of_problem = false;       // it names a part of what is said of one problem (note_problems.hpp): no heading
    bool begins_earlier = false;   // the title of an earlier visit (note_earlier.hpp)
    bool earlier = false;          // it is of that visit
    bool ends_earlier = false;     // the first line behind it
    bool begins_problems = false;  // problems that have a plan each begin here, under no assessment
};

/// Whether the heading names one of the parts.
bool is_known(const Heading& heading);

std::vector<Line> lines_of(std::string_view text);

/// Without the fences around it, or around a part of it.
std::string without_fence_lines(std::string_view text);

/// BIRP notes and their kind: where behavior, intervention and response follow each other, and nothing is said to be
/// subjective or objective, they are mixed. Returns where the response stands, lines.size(): nowhere.
std::size_t mark_scheme(std::vector<Line>& lines);
/// Chooses the letters that are headings: the longest run in the order of a note, together with the words. Where words come first,
/// the letters of the parts that no word names, at their place in that order; findings ("A: alert", "P: 72") are none. `response`:
/// of mark_scheme().
void choose_letters(std::vector<Line>& lines, std::size_t response);

}  // namespace dcs::deepcura
