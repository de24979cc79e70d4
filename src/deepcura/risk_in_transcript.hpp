#pragma once
// RiskInTranscript: what somebody says of a risk in the transcript: "I am suicidal.", "You told me that you want to die."
//
// Promise    nothing that is said there makes a "yes" or a "no". A statement about the present is doubtful, whoever speaks; one
//            about an attempt long ago, or one that is unclear, is for a person to read.
// Questions  are no statements: "Are you suicidal?" counts only where the answer is not a plain no: "No." is one, "Sometimes." and
//            "No, not really." are none.
// Bounds     the first 400,000 bytes and 10,000 sentences, and of those that may speak of a risk the first 40,000 bytes; `cut`: there
//            is more.

#include "deepcura/risk_in_text.hpp"

#include <string_view>

namespace dcs::deepcura {

struct RisksInTranscript {
    StatedRisks doubtful{};
    StatedRisks concerning{};
    bool cut = false;
};
RisksInTranscript risks_in_transcript(std::string_view transcript);

}  // namespace dcs::deepcura
