#pragma once
// RiskConcerns: what speaks of a risk without naming suicidal or homicidal ideation: "wishes she were dead", "threatened to
// shoot his boss", "took 30 tablets", "cut her forearm", "PHQ-9 item 9: 3", "acute risk: high".
//
// Phrases    a table (risk_concerns.cpp). What is denied, of another person, or advice ("return if ...") is none; so is what is long
//            ago, but for an attempt: "attempted overdose in 2019" is no answer, and for a person to read.
// Promise    such a phrase never makes a "yes": it is for a person to read.

#include "deepcura/risk_text.hpp"

#include <string_view>

namespace dcs::deepcura {

enum class Concern {
    none,
    look,   // a score, a level, self-harm, an attempt long ago: no answer to the question of ideation
    doubt,  // a wish, a threat or an attempt: a "no" beside it does not stand
};

struct Concerns {
    Concern suicidal = Concern::none;
    Concern homicidal = Concern::none;

    Concern of(RiskTopic topic) const {
        if (topic == RiskTopic::safety_plan) return Concern::none;
        return topic == RiskTopic::suicidal ? suicidal : homicidal;
    }
};
/// Of one sentence, or one line. A longer one than 600 bytes has none.
Concerns concerns_in(std::string_view sentence);
/// Of all sentences of a text: the greatest.
Concerns concerns_in_text(std::string_view text);

/// Whether a line may be worth a closer look, here or for judge_in_passing(). pre: plain().
bool may_speak_of_risk(std::string_view line);

/// Whether a text says of a level or a score more than "low": "High", "moderate to severe", "2 - more than half the days".
bool is_raised_level(std::string_view text);

/// Takes the first sentence off the text; of one that is longer than 600 bytes the first words, up to a comma where one is there.
std::string_view take_sentence(std::string_view& text);

}  // namespace dcs::deepcura
