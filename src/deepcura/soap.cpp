#include "deepcura/soap.hpp"

#include "deepcura/note_parts.hpp"

#include <algorithm>
#include <array>
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
        if (parts.any_heading() && parts.untitled_bytes() > short_preface) flag(note_, "note_partly_without_headings");
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
    std::string lines_of(const Document& value) {
        auto lines = readable(value, left_);
        if (left_.cut) cut();
        return lines;
    }
    void cut() { flag(note_, "payload_cut"); }
    void unreadable() { flag(note_, "note_unreadable"); }
    /// Values that sections brought: they are also found as fields, but once is enough.
    void remember(const Document* value) { from_sections_.insert(value); }
    bool remembers(const Document* value) const { return from_sections_.contains(value); }
    bool empty() const {
        return note_.subjective.empty() && note_.objective.empty() && note_.assessment.empty() && note_.plan.empty() &&
               note_.note_text.empty();
    }
    void finish() {
        if (!headings_ && !note_.note_text.empty()) flag(note_, "note_without_headings");
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
    void put(Part part, std::string text) {
        constexpr std::size_t longest_nothing = 64;
        if (text.empty() || (text.size() <= longest_nothing && says_nothing(Document{text}))) return;
        if (part == Part::mixed) flag(note_, "note_sections_mixed");
        if (part == Part::both) flag(note_, "assessment_and_plan_together");
        auto* place = slot(part);
        if (place && place->empty()) {
            *place = std::move(text);
        } else if (!place || *place != text) {
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
    std::size_t note_text_left_ = most_note_text;
    Allowance left_{};  // of lists and objects that become lines
    std::unordered_set<const Document*> from_sections_;
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

/// A value that a note may stand in: a number or a flag is none.
bool is_prose(const Document& value) { return value.string() || value.is_array() || value.is_object(); }

void read_part(const Fields& fields, Field field, Part part, Filing& filing) {
    for (const auto& found : fields.of(field)) {
        if (filing.remembers(found.given)) return;
        if (says_nothing(*found.given)) continue;
        const auto text = is_prose(*found.given) ? filing.lines_of(*found.opened) : std::string{};
        if (text.empty()) {
            filing.unreadable();
            continue;
        }
        return filing.file_as(part, text);
    }
}

/// [{title, content}]: each goes where its title says; what is a field of its own is left to it.
void read_sections(const Document& list, Filing& filing) {
    NoteParts parts;
    if (list.items().size() > most_sections) filing.cut();
    for (const auto& element : list.items() | std::views::take(most_sections)) {
        const auto cell = cell_of(element);
        if (!cell.value) {
            if (element.string()) parts.add(Part::none, "", *element.string());
            continue;
        }
        const auto named = named_part(cell.label);
        const auto part = part_titled(cell.label);
        filing.remember(cell.value);
        if (part != Part::none)
            parts.add(part, named.kind == NameKind::primary ? "" : trimmed(cell.label), filing.lines_of(*cell.value));
        else if (!is_known_name(normalised(cell.label)))
            parts.add(Part::none, trimmed(cell.label), filing.lines_of(*cell.value));
    }
    filing.file(parts);
}

/// An object {subjective, ...}: its other members, as far as they are no fields of their own. `whole`: it is nothing but a
/// note, so that members of unknown titles belong to it as well.
void read_others(const Document& object, bool whole, Filing& filing) {
    NoteParts parts;
    if (object.members().size() > most_members) filing.cut();
    for (const auto& [name, value] : object.members() | std::views::take(most_members)) {
        const auto known = normalised(name.substr(0, 128));
        if (is_known_name(known) || (whole && is_known_name("soap." + known)) || !is_prose(value) ||
            says_nothing(value))
            continue;
        const auto part = part_titled(name);
        const auto kind = named_part(name).kind;
        if (part != Part::none && (kind == NameKind::section || whole))
            parts.add(part, title_of(name), filing.lines_of(value));
        else if (whole) parts.add(Part::none, trimmed(name), filing.lines_of(value));
    }
    filing.file_sections(parts);
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
    for (const auto* object : fields.outer_objects()) read_others(*object, false, filing);
    read_notes(fields, Field::soap, filing);
    read_notes(fields, Field::note, filing);
    if (filing.empty()) read_notes(fields, Field::any_text, filing);
    filing.finish();
}

}  // namespace dcs::deepcura
