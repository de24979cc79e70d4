#include "deepcura/medications.hpp"

#include "deepcura/medication_text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_text = 128 * 1024;  // bytes of a list that was written as a text

Document named(std::string_view name) { return Document{Document::Object{{"name", Document{std::string{name}}}}}; }

void add_medication_lines(std::string_view text, Document::Array& all) {
    for (const auto each : medications_in(text, most_medications - std::min(all.size(), most_medications)))
        all.push_back(named(each));
}

/// The usual names of what is said of a medication, and others that mean it: normalised, the best first.
struct Called {
    std::string_view usual;
    std::string_view others;
};
constexpr std::array called{
    Called{"name",
           " name medication medicationname med medname medicine drug drugname brandname genericname productname "
           "prescription rx medicament medicamento nombre medicationcodeableconcept title "},
    Called{"dosage", " dosage dose doses dosagetext dosetext strength dosageinstruction sig directions dosis "},
    Called{"action", " action change changes changetype medicationchange actiontaken actiontype accion acción "},
    Called{"reason", " reason indication rationale "},
};
/// Objects that say what a medication is: their own names for it.
constexpr std::array<std::string_view, 5> names_of_things{"name", "display", "text", "label", "value"};

/// The place of `word` in the words, the better the lower; nullopt: it is none of them.
std::optional<std::size_t> rank_in(std::string_view words, std::string_view word) {
    const auto at = word.empty() ? std::string_view::npos : words.find(" " + std::string{word} + " ");
    return at == std::string_view::npos ? std::nullopt : std::optional{at};
}

/// The member that says it best under any of the names; nullptr: none.
const Document::Member* best_of(const Document::Object& members, const Called& names) {
    const Document::Member* best = nullptr;
    std::size_t best_rank = 0;
    for (const auto& each : members) {
        const auto rank = rank_in(names.others, normalised(each.first));
        if (!rank || says_nothing(each.second) || (best != nullptr && best_rank <= *rank)) continue;
        best = &each;
        best_rank = *rank;
    }
    return best;
}

/// {"medication": {"name": "Sertraline", "strength": "50 mg"}, "action": "start"}: the inner members beside the outer ones.
Document::Object flattened(const Document::Object& members) {
    Document::Object flat;
    for (const auto& each : members) {
        const bool thing = rank_in(called[0].others, normalised(each.first)) && each.second.is_object();
        const auto inner = std::ranges::find_if(names_of_things, [&](auto name) { return each.second.find(name); });
        if (!thing || inner == names_of_things.end()) {
            flat.push_back(each);
            continue;
        }
        for (const auto& [name, value] : each.second.members())
            flat.emplace_back(name == *inner ? "name" : name, value);
    }
    return flat;
}

/// The same medication under the usual names. What stands under a usual name already stays there.
Document with_usual_names(const Document& medication) {
    if (!medication.is_object() || medication.members().size() > most_element_members) return medication;
    auto members = flattened(medication.members());
    for (const auto& names : called) {
        const auto* best = best_of(members, names);
        if (best == nullptr || best->second.is_object() || best->second.is_array()) continue;
        const auto name = best->first;
        if (name == names.usual) continue;
        // Only what says nothing can stand under the usual name, or `best` would be that.
        std::erase_if(members, [&](const auto& each) { return each.first == names.usual; });
        std::ranges::find(members, name, &Document::Member::first)->first = std::string{names.usual};
    }
    return Document{std::move(members)};
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

/// One element of a list: a medication, or a text that names several.
void add_medication(const Document& given, Document::Array& all, Allowance& left) {
    const auto medication = with_usual_names(limited(given, left));
    const auto* name = name_alone(medication);
    const auto texts = name ? medications_in(*name->string(), most_medications) : std::vector<std::string_view>{};
    if (texts.size() > 1 && !says_no_medications(*name->string())) {
        for (const auto each : texts) all.push_back(named(each));
    } else {
        all.push_back(medication);
    }
}

void add_medication_list(const Document& list, Document::Array& all, Allowance& left) {
    left.cut = left.cut || list.items().size() > most_medications;
    for (const auto& each : list.items() | std::views::take(most_medications)) {
        if (!left.take_value()) return;
        add_medication(each, all, left);
    }
}

/// {"Sertraline": "50 mg"}, or one medication, or a list under a name of its own.
void add_medication_object(const Document& object, Document::Array& all, Allowance& left) {
    for (const auto name : {"medications", "items", "list"})
        if (const auto* list = object.find(name); list && list->is_array()) {
            return add_medication_list(*list, all, left);
        }
    const bool short_enough = object.members().size() <= most_element_members;
    if (short_enough && best_of(object.members(), called[0])) return add_medication(object, all, left);
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

/// What is no object becomes one; what says that there is none goes. False: something is none and cannot be.
bool all_objects(Document::Array& all) {
    std::erase_if(all, [](const Document& each) {
        if (each.is_null()) return true;
        const auto* name = name_alone(each);
        return name && (says_nothing(*name) || says_no_medications(*name->string()));
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
        if (text && says_nothing(*found.given) && !says_no_medications(*text)) continue;
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
