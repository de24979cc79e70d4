#pragma once
// CodeStatus: what a text says of a diagnosis besides naming it: ruled out, suspected, history of ...
//
// Words      status is "ruled_out", "rule_out" (still to be ruled out), "differential", "history", "family_history",
//            "suspected", "resolved" or "not_present". Empty: nothing is said, the diagnosis stands.
// Exempt     codes whose own meaning has these words (Z80 to Z92 history, Z03 to Z05 observation, O09).

#include <string>
#include <string_view>

namespace dcs::deepcura {

/// `around`: what stands before and behind the code.
std::string_view status_in(std::string_view around, std::string_view code);
/// A member's value as a status: one of the words above, or as given. `settled`: nothing speaks against the diagnosis.
std::string status_given(std::string_view value, bool& settled);

/// What is left of `text` once a leading cue as in "r/o " is taken off.
std::string_view without_cue(std::string_view text);

}  // namespace dcs::deepcura
