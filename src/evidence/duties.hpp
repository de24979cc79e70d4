#pragma once
// Duties: the lines of the rules that the pack answers, and what of each is shown by the evidence.
//
// Rules      45 CFR 164.312(a)-(e) and 164.308(a)(1)(ii)(D) (HIPAA's Security Rule); 42 CFR Part 2 as of the final rule of
//            February 2024, for records that are held: 2.13, 2.16, 2.25, 2.32 and others that the clinic answers. What a line asks is told
//            in short; the text of the rule decides.
// Promise    a line is shown only by evidence that was found. What this program cannot see is "not shown", with the reason.

#include "evidence/section.hpp"

namespace dcs::evidence {

enum class Verdict { shown, partly, not_shown };
std::string_view text_of(Verdict verdict) noexcept;  // "shown", "partly shown", "not shown"

struct Finding {
    Verdict verdict = Verdict::not_shown;
    std::vector<std::string> shown{};      // sentences
    std::vector<std::string> not_shown{};  // sentences: what is missing, and why
};

struct Duty {
    std::string_view id;    // "164.312(a)(2)(iii)"
    std::string_view rule;  // "HIPAA" or "42 CFR Part 2"
    std::string_view title;
    std::string_view kind;                   // standard, required, addressable, duty
    std::string_view asks;                   // in short
    std::vector<std::string_view> evidence;  // keys of sections
    Finding (*judge)(const Sections& sections);
};
const std::vector<Duty>& duties();

}  // namespace dcs::evidence
