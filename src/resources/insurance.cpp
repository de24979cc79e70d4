#include "resources/insurance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs {

namespace {

struct Coverage {
    std::string_view member;
    std::string_view rank;
};
constexpr std::array coverages{
    Coverage{"primary_insurance", "primary"},           Coverage{"secondary_insurance", "secondary"},
    Coverage{"tertiary_insurance", "tertiary"},         Coverage{"auto_accident_insurance", "auto"},
    Coverage{"workers_comp_insurance", "workers_comp"},
};

/// Enumerations say "blank" where others are empty (fact sheet 7).
bool blank_text(std::string_view text) {
    return text == "blank" || text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool blank(const Document& value) {
    if (value.is_null() || value.boolean()) return true;
    if (const auto text = value.string()) return blank_text(*text);
    if (value.is_array()) return std::ranges::all_of(value.items(), blank);
    return value.is_object() && std::ranges::all_of(value.members(), [](const Document::Member& member) {
               return member.first.find("patient_relationship") != std::string::npos || blank(member.second);
           });
}

/// Whether the member can be understood at all: an object, or one of the forms of nothing.
bool readable(const Document& member) { return member.is_object() || (!member.boolean() && blank(member)); }

/// One rank of a patient's coverage; `raw` is completed with what identifies it.
Projected of_rank(const std::string& patient_id, std::string_view rank, Document raw, Projected::Tells tells) {
    raw.set("patient", Document{Document::Number{patient_id}});
    raw.set("rank", Document{std::string{rank}});
    return {.table = "insurance", .key = fmt::format("{}:{}", patient_id, rank), .raw = std::move(raw), .tells = tells};
}

}  // namespace

std::vector<Projected> insurance_of_patient(const Document& patient) {
    const auto id = key_of(*find_resource("patients"), patient);
    if (id.empty()) return {};
    std::vector<Projected> projected;
    for (const auto& [member, rank] : coverages) {
        const auto* coverage = patient.find(member);
        if (!coverage || !readable(*coverage)) continue;
        const bool none = blank(*coverage);
        projected.push_back(of_rank(id, rank, none ? Document{Document::Object{}} : *coverage,
                                    none ? Projected::Tells::gone : Projected::Tells::whole));
    }
    return projected;
}

std::vector<Projected> insurance_gone_with_patient(const std::string& patient_id) {
    std::vector<Projected> gone;
    for (const auto& [member, rank] : coverages)
        gone.push_back(of_rank(patient_id, rank, Document{Document::Object{}}, Projected::Tells::gone));
    return gone;
}

}  // namespace dcs
