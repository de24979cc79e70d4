#include "deepcura/medication_merge.hpp"

#include "deepcura/bounds.hpp"
#include "deepcura/fields.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace dcs::deepcura {

namespace {

/// What an entry is called, and its dose: "Sertraline 50 mg" or {name, dosage}.
struct NameAndDose {
    std::string name{};
    std::string dose{};
};

NameAndDose parts_of(const Document& medication) {
    const auto text_of = [&](std::string_view member) {
        const auto* value = medication.find(member);
        return value ? std::string{trimmed(value->string().value_or(value->is_null() ? "" : value->text()))}
                     : std::string{};
    };
    const auto name = text_of("name");
    auto digit = name.find_first_of("0123456789");
    while (digit != std::string::npos && (digit == 0 || name[digit - 1] != ' '))
        digit = name.find_first_of("0123456789", digit + 1);
    NameAndDose parts{normalised(name.substr(0, digit)), {}};
    if (digit != std::string::npos) parts.dose = normalised(name.substr(digit));
    parts.dose += normalised(text_of("dosage"));
    return parts;
}

/// One of them may say more of how it is taken: "50 mg", "50 mg daily". None is said: it may be any.
bool same_dose(std::string_view one, std::string_view other) {
    if (one.size() > other.size()) std::swap(one, other);
    return one.empty() || (other.starts_with(one) &&
                           (other.size() == one.size() || other[one.size()] < '0' || other[one.size()] > '9'));
}

bool may_differ(std::string_view member) { return member == "name" || member == "dosage"; }

/// Whether nothing that both say differs.
bool agree(const Document& one, const Document& other) {
    return std::ranges::all_of(other.members(), [&](const auto& each) {
        const auto* known = one.find(each.first);
        if (may_differ(each.first) || !known || says_nothing(*known) || says_nothing(each.second)) return true;
        return *known == each.second || (known->string() && each.second.string() &&
                                         normalised(*known->string()) == normalised(*each.second.string()));
    });
}

/// `medication` with what only `more` says.
Document joined(const Document& medication, const Document& more) {
    auto members = medication.members();
    for (const auto& [name, value] : more.members()) {
        const auto known = std::ranges::find(members, name, &Document::Member::first);
        if (known == members.end()) members.emplace_back(name, value);
        else if (says_nothing(known->second)) known->second = value;
    }
    return Document{std::move(members)};
}

}  // namespace

/// Whether it is one of the first `before` entries, which then says what both do.
bool MedicationMerge::joins(const Document& medication, std::size_t before) {
    constexpr std::size_t most_compared = 8;
    const auto parts = parts_of(medication);
    const auto places = by_name_.find(parts.name);
    if (parts.name.empty() || places == by_name_.end()) return false;
    for (std::size_t at = 0; at < std::min(places->second.size(), most_compared); ++at) {
        const auto place = places->second[at];
        auto& known = all_[place];
        if (place >= before || !agree(known, medication)) continue;
        const auto dose = parts_of(known).dose;
        if (!same_dose(dose, parts.dose)) continue;
        // The name stays as it is written where its dose stands.
        const bool better = dose.empty() ? !parts.dose.empty()
                                         : !known.find("dosage") && medication.find("dosage") && !parts.dose.empty();
        known = better ? joined(medication, known) : joined(known, medication);
        return true;
    }
    return false;
}

void MedicationMerge::add(Document::Array list) {
    const auto before = all_.size();
    for (auto& each : list) {
        if (all_.size() >= most_medications) return;
        if (!texts_.insert(each.text()).second || (before > 0 && joins(each, before))) continue;
        by_name_[parts_of(each).name].push_back(all_.size());
        all_.push_back(std::move(each));
    }
}

}  // namespace dcs::deepcura
