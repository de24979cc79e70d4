#pragma once
// ReadCodes: the codes that a payload is read as, in a line.
#include "read_notes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace dcs::deepcura {

/// "F41.9:history F41.1", with modifiers as "-25", units as "x2" and a confidence as "@0.92".
inline std::string shortly(const std::optional<Document>& list) {
    std::string all;
    if (!list) return "absent";
    for (const auto& each : list->items()) {
        all += fmt::format("{}{}", all.empty() ? "" : " ", each.find("code")->string().value_or("null"));
        if (const auto* modifiers = each.find("modifiers"))
            for (const auto& modifier : modifiers->items()) all += fmt::format("-{}", *modifier.string());
        if (const auto* units = each.find("units")) all += fmt::format("x{}", *units->number());
        if (const auto* confidence = each.find("confidence")) all += fmt::format("@{}", *confidence->number());
        const auto* status = each.find("status");
        if (!status) continue;
        all += fmt::format(":{}", *status->string());
        EXPECT_NE(each.text().find("not_confirmed"), std::string::npos) << each.text();
    }
    return all;
}
inline std::string diagnoses(const std::string& json) {
    return shortly(note_of(R"({"diagnosis_codes":)" + json + "}").icd10_codes);
}
inline std::string procedures(const std::string& json) {
    return shortly(note_of(R"({"procedure_codes":)" + json + "}").cpt_codes);
}

}  // namespace dcs::deepcura
