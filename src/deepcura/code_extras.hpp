#pragma once
// CodeExtras: modifiers and units behind a procedure's code.
//
// Modifiers  "99214-25-GT", "99214 25", "99214:25", "99214,25", "99214 (GT)", "99214 w/ modifiers 25 and 95". Two digits that
//            only a blank, comma or bracket sets apart are a modifier where such a one exists: "90837 60" is sixty minutes.
// Units      "x2", "(x2)", "2 units", "units: 2".

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// Takes it off the front of `text`. True: it was there.
bool take_units(std::string_view& text, std::string& units);
bool take_modifier(std::string_view& text, std::vector<std::string>& modifiers);

/// Whether `word` is a modifier of a visit and nothing else, as in "GT 99214".
bool is_lone_modifier(std::string_view word);

/// Whether a description begins or ends with what may be a modifier, and was not taken for one: "25 Office visit", "telehealth 95".
bool may_hold_a_modifier(std::string_view description);

/// Takes the modifiers that a description names, with their label: "(30-39 min) modifier 25", "Office visit, modifiers 25, 95".
void take_modifiers_within(std::string& description, std::vector<std::string>& modifiers);

}  // namespace dcs::deepcura
