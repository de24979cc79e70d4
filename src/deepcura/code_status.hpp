#pragma once
// CodeStatus: what a text says of a diagnosis or a procedure besides naming it: ruled out, a relative's, declined ...
//
// Words      of a diagnosis: "ruled_out", "rule_out" (still to be ruled out), "not_present", "unlikely", "subthreshold",
//            "differential", "deferred", "working", "suspected", "history", "remission", "inactive", "resolved", "family_history".
//            Of a procedure: "not_billed", "declined", "deferred", "suggested", "alternative".
//            Empty: nothing is said, the code stands.
// Exempt     codes whose own meaning has these words: Z80 to Z92 history, Z03 to Z05 observation, F33.4 remission ...

#include <string>
#include <string_view>

namespace dcs::deepcura {

/// `around`: what stands before and behind the code.
std::string_view status_in(std::string_view around, std::string_view code);
std::string_view procedure_status_in(std::string_view around, std::string_view code);
/// The name of a group of codes as a status: {"history": [...]}. Empty: it says nothing, or status_given() knows it.
std::string_view status_of_group(std::string_view name);
/// What a remark beside a code says of it. What the patient denies there, or is to be done next, says nothing.
std::string_view status_in_remark(std::string_view remark, std::string_view code);
/// Whether a text is a status that speaks against the diagnosis; what nobody knows does not.
bool is_known_to_unsettle(std::string_view value);
/// Whether the value of a member like "subject" names somebody besides the patient.
bool is_another_person(std::string_view value);
/// A member's value as a status: one of the words above, or as given. `settled`: it is known, and does not speak
/// against the diagnosis.
std::string status_given(std::string_view value, bool& settled);

/// Whether all of the text, which stands right before a code, speaks of that code: "not ", "rule out", "did not meet ".
bool speaks_ahead(std::string_view text);
/// What is left of `text` once a leading cue as in "r/o " is taken off.
std::string_view without_cue(std::string_view text);
/// What a text ahead of a code says besides its status: empty for "No", "family history of", "patient denies". `has_status`: the code
/// has one, so that "No" before other words is part of it.
std::string_view without_status_words(std::string_view text, bool has_status);

}  // namespace dcs::deepcura
