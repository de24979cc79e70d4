#pragma once
// RiskWords: the words of a sentence about risk, each with what it does in such a sentence.
//
// Words      a table (risk_words.cpp). Terms of more than one word ("kill herself", "safety plan", "death wish") are one; marks are
//            words where they answer: "+SI/-HI", "(-)", "w/o".

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

enum class Sense {
    negative,
    positive,
    quality,     // "passive", "intermittent": before a topic, and without a negation, it is there
    persisting,  // "continues", "worsening": without a negation, what it is said of is there
    suicidal,
    homicidal,
    safety_plan,
    other_topic,
    unsure,
    relative,
    now,
    harmless,
    comma,
    stop,
    unknown,
};

struct RiskWord {
    std::string word;
    Sense sense;
};

/// Ways to die that speak of suicide together with "himself", "herself" and the like; between blanks.
inline constexpr std::string_view ways_to_die = " hang hanging shoot shooting drown drowning stab stabbing overdose ";

std::vector<RiskWord> risk_words(std::string_view text);
std::string lower_letters(std::string_view text);

}  // namespace dcs::deepcura
