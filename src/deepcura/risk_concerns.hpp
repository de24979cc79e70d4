#pragma once
// RiskConcerns: what speaks of a risk without naming suicidal or homicidal ideation: "wishes she were dead", "threatened to
// shoot his boss", "took 30 tablets", "cut her forearm", "PHQ-9 item 9: 3", "acute risk: high".
//
// Phrases    a table (risk_concerns.cpp). What is denied, long ago, of another person, or advice ("return if ...") is none.
// Promise    such a phrase never makes a "yes": it is for a person to read.

#include "deepcura/risk_text.hpp"

#include <string_view>

namespace dcs::deepcura {

enum class Concern {
    none,
    look,   // a score, a level, self-harm: no answer to the question of ideation
    doubt,  // a wish, a threat or an attempt: a "no" beside it does not stand
};

/// Of one sentence, or one line. A longer one than 600 bytes is none.
Concern concern_in(std::string_view sentence, RiskTopic topic);
/// Of all sentences of a text: the greatest.
Concern concern_in_text(std::string_view text, RiskTopic topic);

/// Whether a text says of a level or a score more than "low": "High", "moderate to severe", "2 - more than half the days".
bool is_raised_level(std::string_view text);

/// Takes the first sentence off the text.
std::string_view take_sentence(std::string_view& text);

}  // namespace dcs::deepcura
