#include "deepcura/soap.hpp"

#include "deepcura/encoded.hpp"
#include "deepcura/note_lines.hpp"
#include "deepcura/note_parts.hpp"
#include "deepcura/section_text.hpp"
#include "deepcura/topics.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_texts = 8;  // whole notes that are read out of one payload

constexpr std::array<std::string_view, part_count> titles{
    "Subjective", "Objective", "Assessment", "Plan", "Assessment and Plan", "", ""};
/// Text in front of the first heading that is no more than a title line or two.
constexpr std::size_t short_preface = 200;

class Filing {
public:
    explicit Filing(Note& note) : note_{note} {}

    /// Files what a source says: a part that is still empty is filled, what differs from a filled one is kept beside.
    void file(const NoteParts& parts) {
        headings_ = headings_ || parts.any_heading();
        if (parts.doubtful()) flag(note_, "note_sections_mixed");
        if (parts.any_heading() && parts.untitled_bytes() > short_preface) flag(note_, "note_partly_without_headings");
        std::ranges::move(parts.earlier_visits(), std::back_inserter(note_.earlier_visits));
        for (std::size_t at = 0; at < part_count; ++at) put(static_cast<Part>(at), parts.text(static_cast<Part>(at)));
    }
    void file_as(Part part, std::string_view text) {
        NoteParts parts;
        parts.add(part, "", text);
        file(parts);
    }
    /// Sections of parts that may be filled already: they follow what is there.
    void file_sections(const NoteParts& parts) {
        NoteParts together;
        for (const auto part : {Part::subjective, Part::objective, Part::assessment, Part::plan, Part::both})
            if (parts.has(part) && !slot(part)->empty()) together.add(part, "", std::exchange(*slot(part), {}));
        together.append(parts);
        file(together);
    }
    /// A whole note's text, or its lines, as far as whole notes are searched for headings.
    void file_note(std::string_view text) {
        if (text.size() > note_text_left_) flag(note_, "payload_cut");
        auto parts = split_note(text, note_text_left_);
        note_text_left_ -= std::min(note_text_left_, text.size());
        file(parts);
    }
    /// `own_title`: of the part that the value is.
    std::string lines_of(const Document& value, std::string_view own_title = {}) {
        auto lines = section_text(value, own_title, left_);
        if (left_.cut) cut();
        return lines;
    }
    /// The same, where the members were recognized by their titles: no text without headings.
    void file_titled(const NoteParts& parts) {
        titled_ = true;
        file_sections(parts);
        titled_ = false;
    }
    void cut() { flag(note_, "payload_cut"); }
    void unreadable() { flag(note_, "note_unreadable"); }
    /// Values that sections brought: they are also found as fields, but once is enough.
    void remember(const Document* value) { from_sections_.insert(value); }
    bool remembers(const Document* value) const { return from_sections_.contains(value); }
    /// False: the object was read before.
    bool first_time(const Document* object) { return read_.insert(object).second; }
    bool empty() const {
        return note_.subjective.empty() && note_.objective.empty() && note_.assessment.empty() && note_.plan.empty() &&
               note_.note_text.empty();
    }
    void finish() {
        if (!headings_ && bare_text_) flag(note_, "note_without_headings");
    }

private:
    std::string* slot(Part part) {
        switch (part) {
        case Part::subjective: return &note_.subjective;
        case Part::objective: return &note_.objective;
        case Part::assessment:
        case Part::both: return &note_.assessment;
        case Part::plan: return &note_.plan;
        case Part::mixed:
        case Part::none: return nullptr;
        }
        return nullptr;
    }
    /// Whether neither holds the other, marks and blanks aside.
    static bool differ(std::string_view one, std::string_view other) {
        const auto first = normalised(one);
        const auto second = normalised(other);
        return first.find(second) == std::string::npos && second.find(first) == std::string::npos;
    }
    void put(Part part, std::string text) {
        constexpr std::size_t longest_nothing = 64;
        if (text.empty() || (text.size() <= longest_nothing && says_nothing(Document{text}))) return;
        if (part == Part::mixed) flag(note_, "note_sections_mixed");
        if (part == Part::both) flag(note_, "assessment_and_plan_together");
        auto* place = slot(part);
        bare_text_ = bare_text_ || (!titled_ && (place == nullptr || !place->empty()));
        if (place && place->empty()) {
            *place = std::move(text);
        } else if (!place || *place != text) {
            if (place && !titled_ && differ(*place, text)) flag(note_, "note_texts_differ");
            if (!place && note_.note_text.empty()) {
                note_.note_text = std::move(text);
                return;
            }
            if (!note_.note_text.empty()) note_.note_text += "\n\n";
            if (place) note_.note_text.append(titles[static_cast<std::size_t>(part)]).append(":\n");
            note_.note_text += text;
        }
    }

    Note& note_;
    bool headings_ = false;
    bool titled_ = false;     // what is filed has titles of its own
    bool bare_text_ = false;  // something else went to note_text
    std::size_t note_text_left_ = most_note_text;
    Allowance left_{};  // of lists and objects that become lines
    std::unordered_set<const Document*> from_sections_;
    std::unordered_set<const Document*> read_;
};

/// "chief_complaint" as a person writes it.
std::string title_of(std::string_view name) {
    std::string title;
    for (const char letter : trimmed(name)) {
        const bool upper = letter >= 'A' && letter <= 'Z';
        if (upper && !title.empty() && title.back() >= 'a' && title.back() <= 'z') title += ' ';
        title += letter == '_' ? ' ' : letter;
    }
    // "hpi", "ros", "mse" are abbreviations.
    const std::size_t capitals = title.size() <= 3 ? title.size() : std::min<std::size_t>(title.size(), 1);
    for (std::size_t at = 0; at < capitals; ++at)
        if (title[at] >= 'a' && title[at] <= 'z') title[at] = static_cast<char>(title[at] - 'a' + 'A');
    return title;
}

/// "follow_up", "followUp": no title that a person has written.
bool is_member_name(std::string_view label) {
    const auto text = trimmed(label);
    return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && text.find(' ') == std::string_view::npos;
}

/// A value that a note may stand in: a number or a flag is none.
bool is_prose(const Document& value) { return value.string() || value.is_array() || value.is_object(); }

void read_part(const Fields& fields, Field field, Part part, Filing& filing) {
    for (const auto& found : fields.of(field)) {
        if (filing.remembers(found.given)) return;
        if (says_nothing(*found.given)) continue;
        const auto title = titles[static_cast<std::size_t>(part)];
        const auto text = is_prose(*found.given) ? filing.lines_of(*found.opened, title) : std::string{};
        if (text.empty()) {
            filing.unreadable();
            continue;
        }
        return filing.file_as(part, text);
    }
}

/// Members and sections that belong to the plan, under their own titles, although a note's text may have them anywhere.
constexpr std::string_view plan_members =
    " homework referral referrals order orders laborders labsordered ordersplaced imagingorders testsordered medicationplan "
    "medicationchanges medicationadjustments prescriptionsordered tasks todo todos actionitems goals treatmentgoals shorttermgoals "
    "longtermgoals safetyplantext monitoring monitoringplan education counselingplan nextstep therapyplan ";
/// Members that say something of the note, but belong to none of the four parts.
constexpr std::string_view other_members =
    " intervention interventions therapeuticinterventions interventionsused response responsetotreatment "
    "responsetointervention responsetointerventions collateral collateralinformation coordinationofcare patienteducation "
    "psychoeducation addendum progress progresstowardgoals progresstowardsgoals functionalstatus functioning medicalnecessity "
    "summary sessionsummary visitsummary clinicalsummarytext telehealthstatement ";

/// Whether titles are those of a BIRP note, or one of its kind: intervention and response behind behavior, goal or data.
template <class Titles>
bool is_scheme(const Titles& titles_given) {
    std::array<bool, 3> there{};
    for (const auto& title : titles_given)
        if (const auto step = step_of_scheme(title)) there[*step] = true;
    return there[0] && there[1] && there[2];
}

/// Where a member or a section of that title belongs. nullopt: it is of no known title.
std::optional<Part> place_of(std::string_view title, bool scheme) {
    if (scheme && step_of_scheme(title)) return Part::mixed;
    const auto name = normalised(title);
    if (is_among(plan_members, name)) return Part::plan;
    const auto named = named_part(title);
    if (named.kind != NameKind::item && named.kind != NameKind::outside && named.part != Part::none) return named.part;
    return is_among(other_members, name) || named.kind == NameKind::item ? std::optional{Part::none} : std::nullopt;
}

/// A section without a title that is known: its text, unless its members are found as fields.
void add_untitled(const Document& element, NoteParts& parts, Filing& filing) {
    if (element.string()) return parts.add(Part::none, "", *element.string());
    if (is_title_alone(element)) return;  // an empty section of a template
    const bool fields = std::ranges::any_of(element.members() | std::views::take(most_members), [](const auto& each) {
        const auto name = normalised(each.first);
        return is_known_name(name) && name != "text" && name != "content" && name != "body";
    });
    const bool title_alone = !section_of(element).label.empty();
    if (!element.is_object() || fields || title_alone) return;
    if (const auto text = filing.lines_of(element); !text.empty()) parts.add(Part::none, "", text);
}

/// [{title, content}]: each goes where its title says; what is a field of its own is left to it.
void read_sections(const Document& list, Filing& filing) {
    NoteParts parts;
    if (list.items().size() > most_sections) filing.cut();
    std::vector<std::string_view> labels;
    for (const auto& element : list.items() | std::views::take(most_sections))
        labels.push_back(section_of(element).label);
    const bool scheme = is_scheme(labels);
    for (const auto& element : list.items() | std::views::take(most_sections)) {
        const auto cell = section_of(element);
        if (!cell.value) {
            add_untitled(element, parts, filing);
            continue;
        }
        const auto name = normalised(cell.label);
        const auto part = place_of(cell.label, scheme).value_or(Part::none);
        const bool primary =
            named_part(cell.label).kind == NameKind::primary && part != Part::mixed && names_part_alone(cell.label);
        filing.remember(cell.value);
        const auto title = is_member_name(cell.label) ? title_of(cell.label) : std::string{trimmed(cell.label)};
        if (part != Part::none) parts.add(part, primary ? "" : title, filing.lines_of(*cell.value, cell.label));
        else if (!is_field_name(name) && (!is_known_name(name) || cell.value->string()))
            parts.add(Part::none, title, filing.lines_of(*cell.value, cell.label));
    }
    filing.file(parts);
}

/// Whether the member is read as a field, or is a wrapper of fields. `whole`: the object is nothing but a note.
bool is_read_elsewhere(std::string_view name, const Document& value, bool whole) {
    if (is_field_name(name) || (whole && is_known_name("soap." + std::string{name}))) return true;
    if (!is_known_name(name) || !value.string()) return is_known_name(name);
    constexpr std::size_t longest_json = 200'000;  // of one that is longer the beginning tells
    const auto text = trimmed(*value.string());
    if (looks_encoded(text) || begins_as_encoded(text)) return true;
    const bool opens = text.starts_with('{') || text.starts_with('[');
    return text.size() > longest_json ? opens : from_json_text(text).has_value();
}

/// Whether members are the letters of a note: {"S", "O", "A", "P"}, at least that of the subjective and another, or three.
template <class Members>
bool has_letters(const Members& members) {
    constexpr std::string_view others_of_a_note = " o a p ap d ";
    bool subjective = false;
    std::size_t others = 0;
    for (const auto& [name, value] : members) {
        if (name.size() > 3 || !is_prose(value)) continue;
        const auto letter = normalised(name);
        subjective = subjective || letter == "s";
        if (is_among(others_of_a_note, letter)) ++others;
    }
    return (subjective && others > 0) || others > 2;
}

/// An object {subjective, ...}: its other members, as far as they are no fields of their own. `whole`: it is nothing but a
/// note, so that members of unknown titles belong to it as well.
void read_others(const Document& object, bool whole, Filing& filing) {
    if (!filing.first_time(&object)) return;
    NoteParts known;
    NoteParts unknown;
    if (object.members().size() > most_members) filing.cut();
    const auto members = object.members() | std::views::take(most_members);
    const bool scheme = is_scheme(members | std::views::keys);
    const bool letters = has_letters(members);
    for (const auto& [given_name, value] : members) {
        const auto name = normalised(given_name.substr(0, 128));
        if (!is_prose(value) || says_nothing(value) || filing.remembers(&value)) continue;
        const auto part = place_of(given_name, scheme);
        const bool letter = name.size() == 1 && !whole && !scheme && !letters;
        const bool of_scheme = scheme && part == Part::mixed;
        if (letter || (!of_scheme && is_read_elsewhere(name, value, whole))) continue;
        const auto title = title_of(given_name);
        if (part && (part != Part::none || !whole)) known.add(*part, title, filing.lines_of(value, title));
        else if (whole) unknown.add(Part::none, trimmed(given_name), filing.lines_of(value, given_name));
    }
    filing.file_titled(known);
    filing.file_sections(unknown);
}

bool has_cells(const Document& list) {
    return std::ranges::any_of(list.items() | std::views::take(most_sections),
                               [](const Document& each) { return each.is_object(); });
}

void read_section_lists(const Fields& fields, Field field, Filing& filing) {
    std::size_t read = 0;
    for (const auto& found : fields.of(field)) {
        if (!has_cells(*found.opened)) continue;
        if (read++ == most_texts) return;
        read_sections(*found.opened, filing);
    }
}

/// A whole note: a text, or a list of lines. Objects are searched as wrappers, lists of sections are read before.
void read_note_value(const Found& found, Filing& filing) {
    if (has_cells(*found.opened)) return;
    if (found.opened->is_array()) filing.file_note(filing.lines_of(*found.opened));
    else if (found.given->string() && !found.opened->is_object()) filing.file_note(*found.given->string());
    else if (!found.opened->is_object()) filing.unreadable();
}

void read_notes(const Fields& fields, Field field, Filing& filing) {
    std::vector<std::string_view> seen;
    for (const auto& found : fields.of(field)) {
        if (seen.size() == most_texts) return;
        const auto text = trimmed(found.given->string().value_or(std::string_view{}));
        if (!text.empty() && std::ranges::find(seen, text) != seen.end()) continue;
        seen.push_back(text);
        read_note_value(found, filing);
    }
}

/// Whether a plan stands in what was given as the assessment.
bool holds_a_plan(std::string_view assessment) {
    constexpr std::size_t most = 64 * 1024;
    return std::ranges::any_of(lines_of(beginning(assessment, most)), [](const Line& each) {
        const auto& named = each.heading.named;
        return each.heading.colon && !each.heading.letter && named.part == Part::plan &&
               named.kind == NameKind::primary;
    });
}

}  // namespace

void read_soap(const Fields& fields, Note& note) {
    Filing filing{note};
    for (const auto field : {Field::sections, Field::soap, Field::note}) read_section_lists(fields, field, filing);
    read_part(fields, Field::subjective, Part::subjective, filing);
    read_part(fields, Field::objective, Part::objective, filing);
    read_part(fields, Field::assessment, Part::assessment, filing);
    read_part(fields, Field::plan, Part::plan, filing);
    read_part(fields, Field::assessment_and_plan, Part::both, filing);
    for (const auto field : {Field::soap, Field::note})
        if (!fields.of(field).empty() && fields.of(field).front().opened->is_object())
            read_others(*fields.of(field).front().opened, field == Field::soap, filing);
    if (!fields.of(Field::sections).empty() && fields.of(Field::sections).front().opened->is_object())
        read_others(*fields.of(Field::sections).front().opened, true, filing);
    read_notes(fields, Field::soap, filing);
    read_notes(fields, Field::note, filing);
    // Of a note in several forms or states the first is read; what another one says besides is left over.
    for (const auto& found : fields.of(Field::other_note)) {
        if (!filing.empty()) break;
        read_note_value(found, filing);
    }
    if (filing.empty()) read_notes(fields, Field::any_text, filing);
    // Behind the notes: what stands beside a note goes on with its parts.
    for (const auto* object : fields.outer_objects()) read_others(*object, false, filing);
    filing.finish();
    const bool told = std::ranges::find(note.flags, "assessment_and_plan_together") != note.flags.end();
    if (note.plan.empty() && !told && holds_a_plan(note.assessment)) flag(note, "note_sections_mixed");
}

}  // namespace dcs::deepcura
