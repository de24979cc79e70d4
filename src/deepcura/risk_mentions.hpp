#pragma once
// RiskMentions: whether a sentence names a risk in a way that nobody has understood.
//
// Default    a mention is open: for a person to read, and a "no" beside it does not stand. Only what is known to say nothing of the
//            patient's present closes it: a denial, a relative's, of long ago, a question, a screening, advice, an idiom.
// Words      those of the topics (risk_words.cpp) but for "dying" and the like, which mostly are no risk, and an overdose. "si" and "hi" in
//            small letters count where the sentence is no greeting and not Spanish.
// Promise    one that a denial reaches only in part ("except at night", "but endorses passive") is open.

#include "deepcura/risk_text.hpp"

#include <string_view>

namespace dcs::deepcura {

/// pre: no other rule has made an answer of the sentence. A longer one than 600 bytes is open where the topic is named.
bool is_named_openly(std::string_view sentence, RiskTopic topic);

}  // namespace dcs::deepcura
