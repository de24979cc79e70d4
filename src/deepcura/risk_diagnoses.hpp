#pragma once
// RiskDiagnoses: diagnoses that are a risk themselves: "2. Suicidal ideation" in an assessment, R45.851 among the codes or in a text.
//
// Presence   a diagnosis that stands as it is states the risk. One that is to be found out, or stands in a line with others, is
//            doubtful; an attempt is doubtful, self-harm for a person to read. "History of", "ruled out", "denies" are none.
// Bounds     200 codes, and the first 200,000 bytes of each text; 20 codes in each.

#include "deepcura/risk_in_text.hpp"

#include <string>

namespace dcs::deepcura {

/// pre: the note's codes and parts are read.
/// `note_text`: of the note, what is of this visit.
void note_risk_diagnoses(const Note& note, const std::string& note_text, RisksInText& found);

}  // namespace dcs::deepcura
