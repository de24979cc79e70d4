#pragma once
// LeftOver: texts of a payload that no column holds: nobody would read them, whatever they say of a risk.
//
// Texts      whose words stand in no part of the note and in no field. Those of an earlier visit, of a relative, and what was written for a
//            program ("prompt", "template") are none.
// Told       a text is worth a flag where it is long prose or has headings of a note; one that speaks of a risk is judged (risk.cpp).
// Bounds     20,000 values, eight deep; the first 400,000 bytes of texts; `cut`: there is more.

#include "deepcura/fields.hpp"

#include <string>
#include <vector>

namespace dcs::deepcura {

struct LeftOver {
    bool notable = false;              // long prose, or headings
    std::vector<std::string> risks{};  // those that may speak of a risk, with their labels
    bool cut = false;
};

/// pre: the parts and the transcript of the note are read.
LeftOver left_over_in(const Fields& fields, const Note& note);

}  // namespace dcs::deepcura
