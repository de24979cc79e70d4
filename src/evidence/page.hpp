#pragma once
// Page: the evidence for people: one HTML page that needs nothing from outside, and prints.

#include "evidence/duties.hpp"
#include "evidence/section.hpp"

namespace dcs::evidence {

struct Answer {
    const Duty* duty;
    Finding finding;
};

struct Report {
    std::string at{};       // ISO 8601
    std::string version{};  // of the program
    std::vector<Answer> answers{};
    Sections sections{};
};

std::string page_of(const Report& report);
std::string json_of(const Report& report);

}  // namespace dcs::evidence
