#pragma once
// Headings: what a line of a note says of the part that begins with it.
//
// Names      a table (headings.cpp) of the names of the four parts, of their usual sections ("HPI", "Vitals", "Treatment
//            Plan"), and of sections that belong to none of them ("Risk Assessment"). Titles joined by "/", "&" or "and" are
//            of one part, of assessment and plan, or mixed. "Data" of a DAP note and the steps of a BIRP note are mixed.
// Forms      '#' levels, bold, brackets, quotes, bullets, numbers, Roman numerals, emoji, a rule below, ':' or a dash behind,
//            capitals, with any Unicode blank and unseen characters in between.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

enum class Part { subjective, objective, assessment, plan, both, mixed, none };
inline constexpr std::size_t part_count = 7;

/// How sure a name is.
enum class NameKind {
    primary,  // the part's own name
    section,  // a section of the part
    titled,   // a section that says too little without its title ("Next appointment")
    weak,     // a section of the part, unless it stands under another part that can have it too ("Labs" in a plan)
    weak_titled,
    outside,   // a section of none of the four
    item,      // a usual item inside of a part: no heading
    extended,  // the part's own name with more behind it ("Plan 2", "Plan for the insomnia")
    unknown,
};

struct Named {
    Part part = Part::none;
    NameKind kind = NameKind::unknown;
};
/// What a title names, whatever marks are around it.
Named named_part(std::string_view title);
/// The titles that "/", "&", "and" and the like join.
std::vector<std::string_view> joined_titles(std::string_view title);
/// Which of the steps before the plan of a BIRP note, or one of its kind, the title may be: 0 behavior, goal or data, 1
/// intervention, 2 response. Where steps 1 and 2 are both there, what they hold is of no single part.
std::optional<std::size_t> step_of_scheme(std::string_view title);
Part part_titled(std::string_view title);  // Part::none: none, or not certain

inline constexpr int roman_number = 1'000;  // stands for all of them

/// The title that a line begins with, if it has the shape of one.
struct Heading {
    Named named{};
    std::string title{};      // as a person reads it; empty: the line has no title
    std::string_view body{};  // what follows it in the line, as it came
    std::size_t depth = 0;    // 1 to 6: '#' levels; 7: bold or in brackets; 8: bare
    int number = 0;           // "2." in front of it; 0: none
    bool listed = false;      // behind a bullet
    bool alone = false;       // nothing follows in the line
    bool marked = false;      // '#', bold, brackets, or a rule below
    bool colon = false;
    bool capitals = false;
    bool letter = false;  // S, O, A or P
};
Heading heading_at(std::string_view line);

/// A line of '=', '-', '_', '*' or '~' alone.
bool is_rule(std::string_view line);

}  // namespace dcs::deepcura
