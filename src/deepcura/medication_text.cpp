#include "deepcura/medication_text.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/medication_lead.hpp"
#include "deepcura/medication_pieces.hpp"
#include "deepcura/medication_table.hpp"
#include "deepcura/word_list.hpp"

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

/// Whether what is said ahead of one medication is said of the next, too: "and" joins them, or a comma where both or none have a
/// dose. pre: both are parts of one text.
bool goes_with(std::string_view before, std::string_view next) {
    const auto* const end = before.data() + before.size();
    const auto gap = normalised(std::string_view{end, static_cast<std::size_t>(next.data() - end)});
    const std::string_view marks{end, static_cast<std::size_t>(next.data() - end)};
    if (marks.find_first_of(";.\n") != std::string_view::npos) return false;
    if (gap == "and" || gap == "or") return true;
    return gap.empty() && has_dose(before) == has_dose(next);
}

/// "Dose: 50 mg" as the member that it is; an empty name: it is none.
Document::Member member_of_line(std::string_view line) {
    constexpr std::size_t longest_title = 24;
    const auto colon = line.substr(0, longest_title).find(':');
    if (colon == std::string_view::npos) return {};
    const auto value = without_marks(line.substr(colon + 1), " \t*_");
    auto name = medication_member(line.substr(0, colon));
    if (name.empty() || name == "name" || value.empty()) return {};
    return {std::move(name), Document{std::string{value}}};
}

/// "Medication: Sertraline", "Drug name: Sertraline".
bool begins_with_a_name_member(std::string_view line) {
    const auto text = without_marks(without_bullet(line), " \t#*_");
    const auto colon = text.find(':');
    return colon != std::string_view::npos && colon + 1 < text.size() &&
           medication_member(text.substr(0, colon)) == "name";
}

/// Members that are of the medication above them, wherever they stand; others only behind such.
bool is_always_a_member(std::string_view name) {
    constexpr std::string_view names =
        " dosage frequency freq schedule route sig directions instructions reason quantity qty form duration prescriber "
        "start_date end_date last_filled ";
    return is_among(names, name);
}

/// "Sertraline, Dose: 50 mg, Frequency: daily": the name and its members; empty: it is no such text.
Document::Object members_of(std::string_view text) {
    constexpr std::size_t longest = 1'000;
    if (text.size() > longest || text.find(':') == std::string_view::npos) return {};
    Document::Object all;
    for (auto rest = text; !rest.empty();) {
        const auto part = trimmed(rest.substr(0, rest.find_first_of(",;|")));
        rest.remove_prefix(std::min(rest.size(), rest.find_first_of(",;|") == std::string_view::npos
                                                     ? rest.size()
                                                     : rest.find_first_of(",;|") + 1));
        if (part.empty()) continue;
        if (all.empty()) {
            if (part.find(':') != std::string_view::npos) return {};
            all.emplace_back("name", Document{std::string{part}});
            continue;
        }
        auto member = member_of_line(part);
        if (member.first.empty() || std::ranges::find(all, member.first, &Document::Member::first) != all.end())
            return {};
        all.push_back(std::move(member));
    }
    return all.size() > 1 ? all : Document::Object{};
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
    const auto lead = medication_lead(name);
    if (lead.not_taken || lead.no_name) return leave_out(name);
    if (lead.said.text.empty()) return keep_named(without_subject(name), group);
    lead_ = lead.said;
    const auto to = lead.switches ? lead.name.find(" to ") : std::string_view::npos;
    const auto other = to == std::string_view::npos ? std::string_view{} : trimmed(lead.name.substr(to + 4));
    if (other.empty() || begins_as_going_on(other)) return keep_named(lead.name, group);
    const auto from = std::string{lead.said.text} + " from";
    const auto into = std::string{lead.said.text} + " to";
    lead_ = {from, lead.said.key};
    keep_named(trimmed(lead.name.substr(0, to)), group);
    lead_ = {into, lead.said.key};
    keep_named(other, group);
    lead_ = {};
}

/// "sertraline to 100 mg": what is said of its dose, behind "increased".
static std::size_t dose_behind(std::string_view name) {
    for (const std::string_view word : {" from ", " to "}) {
        const auto at = name.find(word);
        const auto next = at == std::string_view::npos ? name.size() : at + word.size();
        if (next < name.size() && name[next] >= '0' && name[next] <= '9' && !has_dose(name.substr(0, at))) return at;
    }
    return std::string_view::npos;
}

void MedicationText::keep_named(std::string_view name, const MedicationGroup& group) {
    if (said_.all.size() >= most_) return;
    Document::Object medication{{"name", Document{std::string{name}}}};
    if (const auto dose = dose_behind(name); !lead_.text.empty() && dose != std::string_view::npos) {
        auto said = trimmed(name.substr(dose));
        if (said.starts_with("to ")) said = trimmed(said.substr(3));
        medication.front().second = Document{std::string{trimmed(name.substr(0, dose))}};
        medication.emplace_back("dosage", Document{std::string{said}});
    } else if (auto members = members_of(name); !members.empty()) {
        medication = std::move(members);
    }
    if (!lead_.text.empty()) medication = in_group(std::move(medication), lead_).members();
    said_.all.push_back(in_group(std::move(medication), group));
}

/// "Dose: 50 mg" below a medication. False: it is another line.
bool MedicationText::read_member(std::string_view line) {
    if (said_.all.size() == begin_) return false;
    auto member = member_of_line(without_marks(without_bullet(line), " \t#*_"));
    if (member.first.empty() || (!members_ && !is_always_a_member(member.first))) return false;
    auto all = said_.all.back().members();
    if (std::ranges::find(all, member.first, &Document::Member::first) != all.end()) return false;
    all.push_back(std::move(member));
    said_.all.back() = Document{std::move(all)};
    members_ = true;
    return true;
}

void MedicationText::read_names(std::string_view text, const MedicationGroup& group) {
    if (trimmed(text).empty()) return;
    text = behind_no_others(text);
    if (says_no_medications(text) || names_no_medication(text)) return leave_out(text);
    const auto left = most_ - std::min(said_.all.size(), most_);
    std::string_view before;
    for (const auto name : medications_of_line(text, left)) {
        if (before.empty() || !goes_with(before, name)) lead_ = {};
        keep(name, group);
        before = name;
    }
    lead_ = {};
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
        if (read_member(lines[at])) continue;
        members_ = begins_with_a_name_member(lines[at]);
        const bool ends = at + 1 == lines.size();
        const bool alone = lines.size() == 1;
        read_line({lines[at], ends ? std::string_view{} : lines[at + 1], !ends || alone}, outer);
    }
}

}  // namespace dcs::deepcura
