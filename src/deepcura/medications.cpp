#include "deepcura/medications.hpp"

#include "deepcura/medication_groups.hpp"
#include "deepcura/medication_lead.hpp"
#include "deepcura/medication_merge.hpp"
#include "deepcura/medication_pieces.hpp"
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

/// The usual names of what is said of a medication, and others that mean it: normalised, the best first.
struct Called {
    std::string_view usual;
    std::string_view others;
};
constexpr std::array called{
    Called{"name",
           " name medication medicationname med medname medicine drug drugname brandname genericname productname "
           "prescription rx medicament medicamento nombre medicationcodeableconcept title display label text "},
    Called{"dosage", " dosage dose doses dosagetext dosetext strength dosageinstruction sig directions dosis "},
    Called{"action", " action change changes changetype medicationchange actiontaken actiontype accion acción "},
    Called{"reason", " reason indication rationale "},
};
/// Objects that say what a medication is: their own names for it.
constexpr std::array<std::string_view, 9> names_of_things{"name",    "display",     "text",  "label",    "value",
                                                          "generic", "genericname", "brand", "brandname"};

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

/// {"value": 50, "unit": "mg"} as "50 mg"; [{"text": "50 mg daily"}] as that text. Empty: it is no dose.
std::string dose_of(const Document& value, int depth = 0) {
    constexpr int deepest = 3;
    if (depth > deepest) return {};
    if (const auto text = value.string()) return std::string{trimmed(*text)};
    if (const auto digits = value.number()) return std::string{*digits};
    if (value.is_array()) return value.items().size() == 1 ? dose_of(value.items().front(), depth + 1) : std::string{};
    if (value.members().size() > most_element_members) return {};
    std::string text;
    std::string amount;
    std::string unit;
    std::string timing;
    for (const auto& [name, each] : value.members()) {
        const auto word = normalised(name);
        if (says_nothing(each)) continue;
        if (rank_in(" text display dosetext dosagetext ", word) && each.string()) text = dose_of(each, depth + 1);
        else if (rank_in(" value amount quantity number dose strength dosequantity doseandrate dosage ", word))
            amount = dose_of(each, depth + 1);
        else if (rank_in(" unit units uom measure unitofmeasure doseunit ", word)) unit = dose_of(each, depth + 1);
        else if (rank_in(" frequency route form timing schedule ", word) && each.string())
            timing += " " + dose_of(each, depth + 1);
    }
    if (!text.empty() || amount.empty()) return text;
    return amount + (unit.empty() ? "" : " ") + unit + timing;
}

/// Doses that came as objects or lists become texts.
void write_doses(Document::Object& members) {
    for (auto& [name, value] : members) {
        if (!(value.is_object() || value.is_array()) || !rank_in(called[1].others, normalised(name))) continue;
        if (auto text = dose_of(value); !text.empty()) value = Document{std::move(text)};
    }
}

/// The same medication under the usual names. What stands under a usual name already stays there.
Document with_usual_names(const Document& medication) {
    if (!medication.is_object() || medication.members().size() > most_element_members) return medication;
    auto members = flattened(medication.members());
    write_doses(members);
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

bool is_list(const Document& value) { return value.is_array() || value.is_object(); }

/// Whether it begins as a dose does: "50 mg".
bool is_amount(const Document& value) {
    const auto text = trimmed(value.string().value_or(std::string_view{}));
    return !text.empty() && ((text.front() >= '0' && text.front() <= '9') || text.front() == '.');
}

/// "50 mg": an amount and its unit.
bool is_dose(const Document& value) {
    return is_amount(value) && value.string()->find_first_of("abcdefghijklmnopqrstuvwxyz%") != std::string_view::npos;
}

/// Members that say of an object what the list in it holds.
bool names_the_list(std::string_view name) {
    return rank_in(" status category group type label title heading name section kind action ", normalised(name))
        .has_value();
}

/// {"status": "discontinued", "medications": [...]}: the group that an object states of the list in it.
MedicationGroup stated_group(const Document::Object& members) {
    for (const auto& [name, value] : members)
        if (const auto text = value.string(); text && names_the_list(name))
            if (const auto label = medication_label(*text);
                label == MedicationLabel::state || label == MedicationLabel::change)
                return medication_group(*text);
    return {};
}

/// Reads what stands under one name: a list, an object of groups or of medications, a text.
class Reader {
public:
    Reader(MedicationsSaid& said, Allowance& left) : said_{said}, left_{left} {}

    bool unreadable() const { return unreadable_; }

    void read(const Document& value, const MedicationGroup& group, int depth = 0) {
        if (value.is_array()) read_list(value, group, depth);
        else if (value.is_object()) read_object(value, group, depth, false);
        else if (const auto text = value.string()) read_text(*text, group);
        else if (!value.is_null()) keep_odd(value);
    }

private:
    static constexpr int deepest = 4;

    std::size_t room() const { return most_medications - std::min(said_.all.size(), most_medications); }

    void read_text(std::string_view text, const MedicationGroup& group) {
        left_.cut = left_.cut || text.size() > most_text;
        text_.read(left_.take_text(beginning(text, most_text)), group, room());
        left_.cut = left_.cut || room() == 0;
    }

    /// Of a list, what is neither text nor object: it stays as its text.
    void keep_odd(const Document& value) {
        unreadable_ = true;
        said_.all.push_back(named(limited(value, left_).text()));
    }

    void read_list(const Document& list, const MedicationGroup& group, int depth) {
        const auto& items = list.items();
        const bool row =
            depth > 0 && items.size() > 1 && items[0].string() && !is_amount(items[0]) && is_amount(items[1]);
        if (row) return read_row(items, group);
        left_.cut = left_.cut || items.size() > most_medications;
        for (const auto& each : items | std::views::take(most_medications)) {
            if (!left_.take_value()) return;
            if (each.is_array() && depth >= deepest) keep_odd(each);
            else if (each.is_object()) read_object(each, group, depth + 1, true);
            else read(each, group, depth + 1);
        }
    }

    /// ["Sertraline", "50 mg", "daily"].
    void read_row(const Document::Array& items, const MedicationGroup& group) {
        Document::Object one{{"name", limited(items[0], left_)}};
        std::string dose;
        for (const auto& each : items | std::views::drop(1) | std::views::take(most_element_members))
            if (const auto text = each.string())
                dose += (dose.empty() ? "" : " ") + std::string{left_.take_text(*text)};
        one.emplace_back("dosage", Document{dose});
        add(Document{std::move(one)}, group);
    }

    /// `element`: of a list, where an object is a medication unless its members say that it holds several.
    void read_object(const Document& object, const MedicationGroup& group, int depth, bool element) {
        const auto& members = object.members();
        const bool short_enough = members.size() <= most_element_members;
        const auto holds_list = [](const auto& each) {
            return each.second.is_array() && medication_label(each.first) == MedicationLabel::medications;
        };
        const bool groups = std::ranges::any_of(members | std::views::take(most_element_members), holds_list);
        const auto* name = short_enough && !groups ? best_of(members, called[0]) : nullptr;
        if (name && !name->second.is_array()) return add(object, group);
        if (members.empty() || depth > deepest) return;
        const bool named_dose = members.size() == 1 && is_dose(members.front().second);
        if (element && !named_dose && !groups && short_enough && !has_groups(members)) return add(object, group);
        const auto stated = groups ? stated_group(members) : MedicationGroup{};
        read_members(members, stated.text.empty() ? group : stated, groups, depth);
    }

    /// Whether a member stands for several medications, or is a medication with what is said of it.
    static bool has_groups(const Document::Object& members) {
        return std::ranges::any_of(members, [](const auto& each) {
            return is_list(each.second) && medication_label(each.first) != MedicationLabel::unknown;
        });
    }

    /// {"Sertraline": "50 mg"}, {"current": [...], "discontinued": [...]}, or lists under names of their own.
    void read_members(const Document::Object& members, const MedicationGroup& group, bool groups, int depth) {
        for (const auto& [name, value] : members) {
            if (room() == 0 || !left_.take_value()) {
                left_.cut = true;
                return;
            }
            const auto label = medication_label(name);
            const bool of_objects = value.is_array() && !value.items().empty() && value.items().front().is_object();
            if (label == MedicationLabel::medications) read(value, group, depth + 1);
            else if (label == MedicationLabel::allergies || label == MedicationLabel::other) leave_out(value);
            else if (label != MedicationLabel::unknown || of_objects) read_group(name, value, depth);
            else if (!groups) add_named(name, value, group);
            else if (value.string() && names_the_list(name) && *value.string() == group.text) continue;
            else leave_out(value);
        }
    }

    void read_group(std::string_view name, const Document& value, int depth) {
        if (value.string() || is_list(value)) read(value, medication_group(name), depth + 1);
        else if (!value.is_null()) said_.left_out = true;
    }

    void leave_out(const Document& value) {
        const auto text = value.string();
        const bool none = text && says_no_medications(*text);
        const bool empty = is_list(value) && value.items().empty() && value.members().empty();
        said_.none = said_.none || none;
        if (!none && !empty && !says_nothing(value) && (text || is_list(value))) said_.left_out = true;
    }

    void add_named(std::string_view name, const Document& value, const MedicationGroup& group) {
        Document::Object one{{"name", Document{std::string{left_.take_text(name)}}}};
        const auto kept = limited(value, left_);
        if (kept.is_object())
            std::ranges::copy_if(kept.members(), std::back_inserter(one),
                                 [](const auto& each) { return each.first != "name"; });
        else if (!kept.is_null()) one.emplace_back("text", kept);
        said_.all.push_back(in_group(std::move(one), group));
    }

    /// {"name": "Penicillin", "type": "allergy"}, {"name": "Sulfa", "reaction": "hives"}: what the patient does not bear.
    static bool is_allergy(const Document& given) {
        bool reacts = false;
        bool dosed = false;
        for (const auto& [name, value] : given.members() | std::views::take(most_element_members)) {
            if (says_nothing(value)) continue;
            const auto word = normalised(name);
            const auto text = value.string();
            const bool denied = value.boolean() == false;
            if (rank_in(" allergy isallergy allergen allergies allergic ", word) && !denied) return true;
            if (text && !rank_in(called[0].others, word) && medication_label(*text) == MedicationLabel::allergies)
                return true;
            reacts = reacts || rank_in(" reaction reactions allergicreaction ", word);
            dosed = dosed || rank_in(called[1].others, word);
        }
        return reacts && !dosed;
    }

    /// One object of a list: a medication, or a name that names several.
    void add(const Document& given, const MedicationGroup& group) {
        if (room() == 0) {
            left_.cut = true;
            return;
        }
        if (is_allergy(given)) {
            said_.left_out = true;
            return;
        }
        const auto medication = with_usual_names(limited(given, left_));
        const auto* name = medication.find("name");
        const auto text = name ? name->string() : std::nullopt;
        const bool says_more = std::ranges::any_of(
            medication.members(), [&](const auto& each) { return &each.second != name && !says_nothing(each.second); });
        if (text && !says_more) {
            MedicationText{said_}.read(*text, group, room());
        } else if (name && says_nothing(*name)) {
            said_.left_out = said_.left_out || says_more;
        } else if (says_more) {
            if (!name) said_.left_out = true;
            add_each(medication, text.value_or(""), group);
        } else if (name) {
            said_.all.push_back(in_group(medication.members(), group));
        }
    }

    /// What is said beside several names is said of each, unless it is a dose.
    void add_each(const Document& medication, std::string_view text, const MedicationGroup& group) {
        const auto names =
            medication.find("dosage") ? std::vector<std::string_view>{} : medications_of_line(text, room());
        if (names.size() < 2) return add_one(medication, text, group);
        for (const auto each : names) {
            auto members = medication.members();
            std::ranges::find(members, "name", &Document::Member::first)->second = Document{std::string{each}};
            said_.all.push_back(in_group(std::move(members), group));
        }
    }

    /// {"name": "Started sertraline", "dosage": "50 mg"}.
    void add_one(const Document& medication, std::string_view text, const MedicationGroup& group) {
        const auto lead = medication_lead(text);
        if (lead.not_taken) {
            said_.left_out = true;
            return;
        }
        if (lead.said.text.empty() || lead.switches) return said_.all.push_back(in_group(medication.members(), group));
        auto members = medication.members();
        std::ranges::find(members, "name", &Document::Member::first)->second = Document{std::string{lead.name}};
        said_.all.push_back(in_group(in_group(std::move(members), lead.said).members(), group));
    }

    MedicationsSaid& said_;
    Allowance& left_;
    MedicationText text_{said_};
    bool unreadable_ = false;
};

/// Without the entries that say that there are none, or that name none.
void without_nones(MedicationsSaid& said) {
    std::erase_if(said.all, [&](const Document& each) {
        const auto* name = name_alone(each);
        if (!name) return false;
        const auto text = *name->string();
        const bool none = says_no_medications(text);
        const bool statement = !none && !says_nothing(*name) && names_no_medication(text);
        said.none = said.none || none;
        said.left_out = said.left_out || statement;
        return none || statement || says_nothing(*name);
    });
}

/// Whether a list of that name is of all medications: that none are new does not say that there are none.
bool is_whole(std::string_view name) {
    const auto word = normalised(name);
    const auto group = medication_group(name);
    constexpr std::string_view parts = " past previous prior former prn otc inactive supplements ";
    return group.key != "action" && word.find("change") == std::string::npos && !rank_in(parts, normalised(group.text));
}

}  // namespace

void read_medications(const Fields& fields, Note& note) {
    Allowance left;
    MedicationMerge merge;
    bool told = false;
    for (const auto& found : fields.of(Field::medication_mentions)) {
        const auto text = found.opened->string();
        if (text && says_nothing(*found.given) && !says_no_medications(*text)) continue;
        if (!text && !is_list(*found.opened)) {
            flag(note, "medications_unreadable");
            continue;
        }
        MedicationsSaid said;
        Reader reader{said, left};
        reader.read(*found.opened, medication_group(found.name));
        without_nones(said);
        if (left.cut || said.all.size() >= most_medications) flag(note, "payload_cut");
        if (reader.unreadable()) flag(note, "medications_unreadable");
        const bool silent = text && said.all.empty() && !said.none;
        if (said.left_out || silent) flag(note, "medications_left_out");
        // What only names no medication does not say that there are none.
        told = told || !said.all.empty() || (is_whole(found.name) && (said.none || !(said.left_out || silent)));
        merge.add(std::move(said.all));
    }
    if (told) note.medication_mentions = Document{merge.take()};
}

}  // namespace dcs::deepcura
