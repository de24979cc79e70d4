#include "deepcura/medications.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_text = 128 * 1024;  // bytes of a list that was written as a text

Document named(std::string_view name) { return Document{Document::Object{{"name", Document{std::string{name}}}}}; }

/// Whether a text says that there are none.
bool says_none(std::string_view text) {
    constexpr std::string_view none =
        " none nil no nomedications nomedication nocurrentmedications nocurrentmedication nomeds nocurrentmeds nkda nka "
        "nkma noknowndrugallergies noknownallergies nonereported nonementioned nonediscussed nonecurrently nonelisted "
        "nonetaken nonenoted nonestated noneprescribed nonecurrent notakinganymedications nottakinganymedications "
        "nottakingmedications notonmedications notonanymedications deniesmedications deniesanymedications "
        "deniescurrentmedications nomedicationsreported nomedicationsmentioned nomedicationsdiscussed nomedicationsatthistime "
        "nocurrentmedicationsreported nomedicationsprescribed deniestakinganymedications deniestakinganymedication "
        "deniestakingmedications ninguno ninguna sinmedicamentos nomedicamentos niegamedicamentos notomamedicamentos "
        "sinmedicacion sinmedicación ";
    if (text.size() > 64) return false;
    const auto word = normalised(text);
    return !word.empty() && none.find(" " + word + " ") != std::string_view::npos;
}

/// "Sertraline 50 mg": a name and a dose.
bool has_dose(std::string_view text) {
    text = trimmed(text);
    const auto digit = text.find_first_of("0123456789");
    if (digit == std::string_view::npos || digit == 0) return false;
    const auto unit = normalised(text.substr(text.find_first_not_of("0123456789.,/ ", digit) == std::string_view::npos
                                                 ? text.size()
                                                 : text.find_first_not_of("0123456789.,/ ", digit)));
    return unit.starts_with("mg") || unit.starts_with("mcg") || unit.starts_with("ml") || unit.starts_with("unit") ||
           unit == "g" || unit.starts_with("iu");
}

bool each_has_a_dose(std::string_view line) {
    while (!line.empty()) {
        const auto piece = line.substr(0, line.find(','));
        line.remove_prefix(std::min(line.size(), piece.size() + 1));
        if (!has_dose(piece)) return false;
    }
    return true;
}

void add_medication_lines(std::string_view text, Document::Array& all) {
    while (!text.empty() && all.size() < most_medications) {
        const auto line_end =
            std::ranges::find_if(text, [](char letter) { return letter == '\n' || letter == '\r' || letter == ';'; });
        auto line = text.substr(0, static_cast<std::size_t>(line_end - text.begin()));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const bool several = line.size() < 4'000 && each_has_a_dose(line);
        while (!line.empty() && all.size() < most_medications) {
            const auto piece = several ? line.substr(0, line.find(',')) : line;
            line.remove_prefix(std::min(line.size(), piece.size() + 1));
            if (const auto name = without_bullet(piece); !name.empty()) all.push_back(named(name));
        }
    }
}

void add_medication_list(const Document& list, Document::Array& all, Allowance& left) {
    left.cut = left.cut || list.items().size() > most_medications;
    for (const auto& each : list.items() | std::views::take(most_medications)) {
        if (!left.take_value()) return;
        all.push_back(limited(each, left));
    }
}

/// {"Sertraline": "50 mg"}, or one medication, or a list under a name of its own.
void add_medication_object(const Document& object, Document::Array& all, Allowance& left) {
    for (const auto name : {"medications", "items", "list"})
        if (const auto* list = object.find(name); list && list->is_array()) {
            return add_medication_list(*list, all, left);
        }
    for (const auto name : {"name", "medication", "drug", "drug_name", "medication_name"})
        if (object.find(name)) return all.push_back(limited(object, left));
    for (const auto& [name, value] : object.members()) {
        if (all.size() == most_medications || !left.take_value()) {
            left.cut = true;
            return;
        }
        Document::Object one{{"name", Document{std::string{left.take_text(name)}}}};
        const auto kept = limited(value, left);
        if (kept.is_object())
            std::ranges::copy_if(kept.members(), std::back_inserter(one),
                                 [](const auto& each) { return each.first != "name"; });
        else if (!kept.is_null()) one.emplace_back("text", kept);
        all.emplace_back(std::move(one));
    }
}

/// What an element calls the medication, where it says nothing else that matters.
const Document* name_alone(const Document& each) {
    if (each.string()) return &each;
    const auto* name = each.find("name");
    const bool alone = name && name->string() && std::ranges::all_of(each.members(), [&](const auto& member) {
                           return &member.second == name || says_nothing(member.second);
                       });
    return alone ? name : nullptr;
}

/// What is no object becomes one; what says that there is none goes. False: something is none and cannot be.
bool all_objects(Document::Array& all) {
    std::erase_if(all, [](const Document& each) {
        if (each.is_null()) return true;
        const auto* name = name_alone(each);
        return name && (says_nothing(*name) || says_none(*name->string()));
    });
    bool whole = true;
    for (auto& each : all) {
        if (each.is_object()) continue;
        whole = whole && each.string().has_value();
        each = named(each.string() ? std::string{trimmed(*each.string())} : each.text());
    }
    return whole;
}

}  // namespace

void read_medications(const Fields& fields, Note& note) {
    Allowance left;
    for (const auto& found : fields.of(Field::medication_mentions)) {
        Document::Array all;
        const auto text = found.given->string();
        if (text && says_nothing(*found.given) && !says_none(*text)) continue;
        if (found.opened->is_array()) add_medication_list(*found.opened, all, left);
        else if (found.opened->is_object()) add_medication_object(*found.opened, all, left);
        else if (text) add_medication_lines(beginning(*text, most_text), all);
        else {
            flag(note, "medications_unreadable");
            continue;
        }
        const bool long_text =
            text && !found.opened->is_array() && !found.opened->is_object() && text->size() > most_text;
        if (left.cut || long_text || all.size() >= most_medications) flag(note, "payload_cut");
        if (!all_objects(all)) flag(note, "medications_unreadable");
        if (note.medication_mentions && all.empty()) continue;
        note.medication_mentions = Document{std::move(all)};
        if (!note.medication_mentions->items().empty()) return;
    }
}

}  // namespace dcs::deepcura
