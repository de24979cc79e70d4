#include "deepcura/medication_text.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/medication_pieces.hpp"
#include "deepcura/medication_table.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_label = 48;    // bytes
constexpr std::size_t longest_line = 4'000;  // bytes of a line that is searched for labels

struct Label {
    MedicationLabel kind = MedicationLabel::unknown;
    std::string_view text{};
    std::string_view rest{};  // what stands behind it
};

std::string_view without_marks(std::string_view text, std::string_view marks) {
    while (!text.empty() && marks.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
    while (!text.empty() && marks.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
    return text;
}

/// Words that are a label and also what a patient takes: they are a label only with a ':'.
bool may_be_taken(std::string_view label) {
    const auto word = normalised(label);
    return word.starts_with("vitamin") || word.starts_with("supplement") || word.starts_with("herbal") ||
           word == "am" || word == "pm" || word == "hs" || word == "other" || word == "others" ||
           word == "injections" || word == "topical";
}

/// "Current:", "## Current Medications", "New - Prazosin", "Discontinued". `heads`: something may stand under it.
std::optional<Label> label_of(std::string_view given, bool heads, std::string_view next) {
    const auto text = without_marks(without_bullet(given), " \t#*_");
    const auto colon = text.substr(0, longest_label).find(':');
    if (colon != std::string_view::npos && colon > 0) {
        const auto rest = trimmed(without_marks(text.substr(colon + 1), " \t*_"));
        const auto name = text.substr(0, colon);
        const auto kind = medication_label(name);
        if (kind != MedicationLabel::unknown) return Label{kind, name, rest};
        const bool heading = rest.empty() && heads && !next.empty() && !has_dose(name) && !begins_as_going_on(next);
        return heading ? std::optional{Label{MedicationLabel::unknown, name, rest}} : std::nullopt;
    }
    for (const std::string_view dash : {" - ", " \xE2\x80\x93 ", " \xE2\x80\x94 "}) {
        const auto at = text.substr(0, longest_label).find(dash);
        if (at == std::string_view::npos) continue;
        const auto kind = medication_label(text.substr(0, at));
        const auto rest = trimmed(text.substr(at + dash.size()));
        if (kind != MedicationLabel::unknown && kind != MedicationLabel::other && !begins_as_going_on(rest))
            return Label{kind, text.substr(0, at), rest};
    }
    if (!heads || text.empty() || text.size() > longest_label || may_be_taken(text)) return std::nullopt;
    const auto kind = medication_label(text);
    return kind == MedicationLabel::unknown ? std::nullopt : std::optional{Label{kind, text, {}}};
}

/// Where the words before the ':' at `colon` begin a label of medications; npos: they are none.
std::size_t label_begin(std::string_view line, std::size_t colon) {
    constexpr std::size_t most_words = 4;
    const auto least = colon > longest_label ? colon - longest_label : 0;
    auto found = std::string_view::npos;
    auto at = colon;
    for (std::size_t word = 0; word < most_words && at > least; ++word) {
        while (at > least && (line[at - 1] == ' ' || line[at - 1] == '*')) --at;
        while (at > least && std::string_view{" .;,|:"}.find(line[at - 1]) == std::string_view::npos) --at;
        const auto before = trimmed(line.substr(0, at));
        if (before.empty()) return found;
        const bool apart = std::string_view{".;,|"}.find(before.back()) != std::string_view::npos;
        const bool capital = at < line.size() && line[at] >= 'A' && line[at] <= 'Z';
        const auto kind = medication_label(line.substr(at, colon - at));
        const bool known = kind != MedicationLabel::unknown && kind != MedicationLabel::other;
        if (known && (apart || capital)) found = at;
        if (apart) return found;
    }
    return found;
}

/// "Current: A 5 mg. New: B 1 mg" in parts that begin with their labels.
std::vector<std::string_view> segments_of(std::string_view line) {
    std::vector<std::string_view> parts;
    constexpr int most_labels = 24;
    int labels = 0;
    std::size_t begin = 0;
    for (auto at = line.find(':');
         at != std::string_view::npos && line.size() <= longest_line && ++labels <= most_labels;
         at = line.find(':', at + 1)) {
        const auto label = label_begin(line, at);
        if (label == std::string_view::npos || label <= begin) continue;
        const auto rest = line.substr(at + 1);
        if (begins_as_going_on(rest) && !says_no_medications(rest.substr(0, rest.find_first_of(".;")))) continue;
        parts.push_back(without_marks(line.substr(begin, label - begin), " \t.;,|"));
        begin = label;
    }
    parts.push_back(trimmed(line.substr(begin)));
    return parts;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find_first_of("\r\n"));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!trimmed(line).empty()) lines.push_back(trimmed(line));
    }
    return lines;
}

}  // namespace

Document in_group(Document::Object medication, const MedicationGroup& group) {
    if (group.text.empty()) return Document{std::move(medication)};
    const auto word = normalised(group.text);
    for (const auto key : {group.key, std::string_view{"status"}, std::string_view{"group"}}) {
        const auto known = std::ranges::find(medication, key, &Document::Member::first);
        if (known != medication.end() && !says_nothing(known->second)) {
            if (normalised(known->second.string().value_or("")) == word) break;
            continue;
        }
        if (known != medication.end()) medication.erase(known);
        medication.emplace_back(std::string{key}, Document{std::string{group.text}});
        break;
    }
    return Document{std::move(medication)};
}

void MedicationText::leave_out(std::string_view text) {
    if (says_no_medications(text)) said_.none = true;
    else if (!trimmed(text).empty() && !says_nothing(Document{std::string{text}})) said_.left_out = true;
}

void MedicationText::keep(std::string_view name, const MedicationGroup& group) {
    if (said_.all.size() >= most_ || name.find_first_not_of("-*_.,;:|# ") == std::string_view::npos) return;
    if (says_no_medications(name) || names_no_medication(name) || says_nothing(Document{std::string{name}}))
        return leave_out(name);
    if (only_goes_on(name)) {
        if (said_.all.size() == begin_) return leave_out(name);
        // The medication before it goes on in this line.
        auto members = said_.all.back().members();
        const auto known = std::ranges::find(members, "name", &Document::Member::first);
        const auto before = std::string{known->second.string().value_or("")};
        known->second = Document{before + (before.ends_with(':') ? " " : ", ") + std::string{name}};
        said_.all.back() = Document{std::move(members)};
        return;
    }
    said_.all.push_back(in_group({{"name", Document{std::string{without_subject(name)}}}}, group));
}

void MedicationText::read_names(std::string_view text, const MedicationGroup& group) {
    if (trimmed(text).empty()) return;
    text = behind_no_others(text);
    if (says_no_medications(text) || names_no_medication(text)) return leave_out(text);
    const auto left = most_ - std::min(said_.all.size(), most_);
    for (const auto name : medications_of_line(text, left)) keep(name, group);
}

void MedicationText::read_segment(const Line& segment, const MedicationGroup& outer) {
    if (!segment.text.ends_with(':') && says_no_medications(segment.text)) return leave_out(segment.text);
    const auto label = label_of(segment.text, segment.may_head, segment.next);
    if (!label) {
        if (left_out_ && !has_dose(segment.text)) return leave_out(segment.text);
        return read_names(segment.text, labelled_ ? group_ : outer);
    }
    const bool none = label->kind == MedicationLabel::allergies || label->kind == MedicationLabel::other;
    const bool neutral = none || label->kind == MedicationLabel::medications;
    const auto group = neutral ? outer : medication_group(label->text);
    // "Side effects: none" says nothing of the medications.
    if (label->kind == MedicationLabel::other && says_no_medications(label->rest)) return;
    if (!label->rest.empty()) return none ? leave_out(label->rest) : read_names(label->rest, group);
    left_out_ = none;
    labelled_ = !none;
    group_ = group;
}

void MedicationText::read_line(const Line& line, const MedicationGroup& outer) {
    const auto segments = segments_of(line.text);
    for (std::size_t at = 0; at < segments.size(); ++at) {
        const bool last = at + 1 == segments.size();
        read_segment({segments[at], last ? line.next : std::string_view{}, line.may_head && segments.size() == 1},
                     outer);
    }
}

/// How many lines it takes; 0: there is no table.
std::size_t MedicationText::read_table(const std::vector<std::string_view>& lines, std::size_t at,
                                       const MedicationGroup& outer) {
    const auto table = medication_table(lines, at);
    for (const auto& row : table.rows)
        if (said_.all.size() < most_) said_.all.push_back(in_group(row.members(), labelled_ ? group_ : outer));
    return table.lines;
}

void MedicationText::read(std::string_view text, const MedicationGroup& outer, std::size_t most) {
    begin_ = said_.all.size();
    most_ = begin_ + most;
    const auto lines = lines_of(text);
    for (std::size_t at = 0; at < lines.size() && said_.all.size() < most_; ++at) {
        if (const auto taken = read_table(lines, at, outer); taken > 0) {
            at += taken - 1;
            continue;
        }
        const bool ends = at + 1 == lines.size();
        const bool alone = lines.size() == 1;
        read_line({lines[at], ends ? std::string_view{} : lines[at + 1], !ends || alone}, outer);
    }
}

}  // namespace dcs::deepcura
