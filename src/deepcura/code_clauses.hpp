#pragma once
// CodeClauses: what a sentence says of several codes at once: "Rule out F31.81 and F34.0", "DDx: F20.9, F25.0",
// "F33.1, F41.1 - both ruled out".
//
// Reach      a word ahead of the first code reaches the codes that commas, "and" and "or" join to it; behind a colon, or alone in
//            the line above, those of the next lines too. A sentence end, ';', a word of the patient's present ("confirmed",
//            "now", "patient") or a code that says something of itself ends it. A word behind the last code reaches back to those
//            that "and" joins; "both", "all" and "were" reach back over commas too.
// Procedures a label reaches all of its list: "Not billed: 90833, 90836"; any other word only what "and" or "or" joins.

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// A code with its part of a text, or a part without one.
struct ClausePart {
    std::string_view gap{};   // between the part before and this one
    std::string_view lead{};  // before the code; of a part without one, all of it
    std::string_view tail{};  // behind it
    std::string_view status{};
    bool has_code = false;
    bool procedure = false;
};

/// The statuses of the parts, with what reaches each.
std::vector<std::string_view> clause_statuses(const std::vector<ClausePart>& parts);

/// Whether a part without a code is nothing but a label of what follows: "Rule out:", "Code Description".
bool is_code_label(std::string_view text);

}  // namespace dcs::deepcura
