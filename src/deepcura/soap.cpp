#include "deepcura/soap.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_texts = 8;  // whole notes that are read out of one payload

enum class Part { subjective, objective, assessment, plan, both, none };
constexpr std::size_t part_count = 6;
constexpr std::array<std::string_view, part_count> titles{"Subjective", "Objective",           "Assessment",
                                                          "Plan",       "Assessment and Plan", ""};

/// What one source says, part by part.
struct Parts {
    std::array<std::string, part_count> texts{};
    bool any_heading = false;

    std::string& of(Part part) { return texts[static_cast<std::size_t>(part)]; }
    void add(Part part, std::string_view text) {
        text = trimmed(text);
        any_heading = any_heading || part != Part::none;
        if (text.empty()) return;
        auto& all = of(part);
        if (!all.empty()) all += '\n';
        all += text;
    }
};

struct Name {
    std::string_view text;
    Part part;
};
// Longer names before those that they begin with.
constexpr std::array names{
    Name{"assessment and plan", Part::both},
    Name{"assessment & plan", Part::both},
    Name{"assessment / plan", Part::both},
    Name{"assessment/plan", Part::both},
    Name{"subjective", Part::subjective},
    Name{"objective", Part::objective},
    Name{"assessment", Part::assessment},
    Name{"plan", Part::plan},
    Name{"a/p", Part::both},
    Name{"a&p", Part::both},
    Name{"s", Part::subjective},
    Name{"o", Part::objective},
    Name{"a", Part::assessment},
    Name{"p", Part::plan},
};

bool starts_with_name(std::string_view text, std::string_view name) {
    const auto same = [](char given, char wanted) {
        return given == wanted || (given >= 'A' && given <= 'Z' && given - 'A' + 'a' == wanted);
    };
    return text.size() >= name.size() && std::ranges::equal(text.substr(0, name.size()), name, same);
}

bool is_word(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '_' || static_cast<unsigned char>(letter) > 127;
}

/// The name that `text` begins with as whole words; nullptr: none.
const Name* name_at(std::string_view text) {
    for (const auto& name : names) {
        if (!starts_with_name(text, name.text)) continue;
        const auto rest = text.substr(name.text.size());
        const bool ends =
            rest.empty() || !is_word(rest.front()) || rest.starts_with("__") || rest.starts_with("\xE2\x80");
        if (ends) return &name;
    }
    return nullptr;
}

/// A member's or section's title as a part; Part::none: it is none of the four.
Part part_titled(std::string_view title) {
    auto text = trimmed(title);
    while (text.ends_with(':')) text = trimmed(text.substr(0, text.size() - 1));
    const auto* name = name_at(text);
    if (name && name->text.size() == text.size()) return name->part;
    const auto plain = normalised(text);
    if (plain == "assessmentandplan" || plain == "assessmentplan" || plain == "ap") return Part::both;
    return Part::none;
}

struct Heading {
    Part part = Part::none;
    std::size_t level = 0;    // how many '#'; 0: not marked so
    std::string_view body{};  // what follows it in its line
    bool found = false;
};

std::size_t count_of(std::string_view text, std::string_view letters) {
    const auto end = text.find_first_not_of(letters);
    return end == std::string_view::npos ? text.size() : end;
}

/// What ends a heading: ':' or a dash, blanks and closing marks around it.
struct Ending {
    bool separated = false;
    bool closed = false;  // marks like ** were closed
    std::string_view body{};
};

Ending ending_of(std::string_view rest, bool marked) {
    Ending ending;
    bool blank = false;
    while (!rest.empty()) {
        const char letter = rest.front();
        std::size_t dash = letter == '-' ? 1 : 0;
        if (rest.starts_with("\xE2\x80\x93") || rest.starts_with("\xE2\x80\x94")) dash = 3;
        if (letter == ' ' || letter == '\t') {
            blank = true;
            rest.remove_prefix(1);
        } else if (marked && (letter == '*' || letter == '_')) {
            ending.closed = true;
            rest.remove_prefix(1);
        } else if (letter == ':' && !ending.separated) {
            ending.separated = true;
            rest.remove_prefix(1);
        } else if (dash != 0 && !ending.separated && (blank || rest.size() == dash || rest[dash] == ' ')) {
            ending.separated = true;
            rest.remove_prefix(dash);
        } else {
            break;
        }
    }
    ending.body = rest;
    return ending;
}

/// "(S)" behind "Subjective".
std::string_view without_repetition(std::string_view rest, Part part) {
    const auto text = rest.substr(count_of(rest, " "));
    const auto end = text.find(')');
    if (!text.starts_with('(') || end == std::string_view::npos || part_titled(text.substr(1, end - 1)) != part)
        return rest;
    return text.substr(end + 1);
}

/// The heading that a line is or begins with.
Heading heading_of(std::string_view line, Part current) {
    line = trimmed(line);
    if (!line.empty() && line.front() >= '0' && line.front() <= '9') line = without_bullet(line);  // "1. Subjective"
    Heading heading{.level = count_of(line, "#")};
    auto rest = line.substr(heading.level);
    rest.remove_prefix(count_of(rest, " \t"));
    const auto marks = count_of(rest, "*_");
    rest.remove_prefix(marks);
    const auto* name = name_at(rest);
    if (name == nullptr) return heading;
    const bool letter = name->text.size() == 1;
    if (letter && rest.front() >= 'a') return heading;  // "a: " begins a list

    rest = without_repetition(rest.substr(name->text.size()), name->part);
    const auto ending = ending_of(rest, marks > 0);
    const bool alone = ending.body.empty() && (!letter || heading.level > 0 || marks > 0);
    if (!ending.separated && !alone && !ending.closed) return heading;
    // "P: 72" among the findings is a pulse.
    const bool number = !ending.body.empty() && ending.body.front() >= '0' && ending.body.front() <= '9';
    if (letter && name->part == Part::plan && current == Part::objective && number) return heading;
    return {.part = name->part, .level = heading.level, .body = ending.body, .found = true};
}

/// A text of one line that begins with a heading, broken before each further "Heading:".
std::string with_line_breaks(std::string_view text) {
    std::string lines;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto* name =
            at > 0 && text[at - 1] == ' ' && text[at] >= 'A' && text[at] <= 'Z' ? name_at(text.substr(at)) : nullptr;
        if (name && text.substr(at + name->text.size()).starts_with(':')) lines += '\n';
        lines += text[at];
    }
    return lines;
}

Parts split_lines(std::string_view text) {
    Parts parts;
    auto current = Part::none;
    std::size_t level = 0;  // of the heading under which we are
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto heading = heading_of(line, current);
        if (heading.found) {
            current = heading.part;
            level = heading.level;
            parts.add(current, heading.body);
            continue;
        }
        if (heading.level > 0 && heading.level <= level) current = Part::none;  // another section begins
        auto& all = parts.of(current);
        if (!all.empty()) all += '\n';
        if (!all.empty() || !trimmed(line).empty())
            all += line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    }
    for (auto& each : parts.texts) each = std::string{trimmed(each)};
    return parts;
}

Parts split_text(std::string_view text) {
    text = trimmed(text);
    const bool one_line = text.find('\n') == std::string_view::npos;
    return one_line && heading_of(text, Part::none).found ? split_lines(with_line_breaks(text)) : split_lines(text);
}

class Filing {
public:
    explicit Filing(Note& note) : note_{note} {}

    /// Files what a source says: a part that is still empty is filled, what differs from a filled one is kept beside.
    void file(Parts parts) {
        headings_ = headings_ || parts.any_heading;
        for (std::size_t at = 0; at < part_count; ++at) put(static_cast<Part>(at), std::move(parts.texts[at]));
    }
    void file_as(Part part, std::string_view text) {
        Parts parts;
        parts.add(part, text);
        file(std::move(parts));
    }
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
        case Part::none: return nullptr;
        }
        return nullptr;
    }
    void put(Part part, std::string text) {
        if (text.empty()) return;
        if (part == Part::both) flag(note_, "assessment_and_plan_together");
        auto* place = slot(part);
        if (place && place->empty()) {
            *place = std::move(text);
        } else if (!place || *place != text) {
            if (!note_.note_text.empty()) note_.note_text += "\n\n";
            if (place) note_.note_text.append(titles[static_cast<std::size_t>(part)]).append(":\n");
            note_.note_text += text;
        }
    }

    Note& note_;
    bool headings_ = false;
    std::unordered_set<const Document*> from_sections_;
};

/// A value that a note may stand in: a number or a flag is none.
bool is_prose(const Document& value) { return value.string() || value.is_array() || value.is_object(); }

void read_part(const Fields& fields, Field field, Part part, Filing& filing) {
    for (const auto& found : fields.of(field)) {
        if (filing.remembers(found.given)) return;
        const auto text = is_prose(*found.given) ? readable(*found.opened) : std::string{};
        if (text.empty()) {
            filing.unreadable();
            continue;
        }
        return filing.file_as(part, text);
    }
}

/// An unknown title with what stands under it.
std::string titled(std::string_view title, const Document& value) {
    const auto text = readable(value);
    return text.empty() || trimmed(title).empty() ? text : std::string{trimmed(title)} + ":\n" + text;
}

/// [{title, content}]: each goes where its title says; what is a field of its own is left to it.
void read_sections(const Document& list, Filing& filing) {
    Parts parts;
    for (const auto& element : list.items()) {
        const auto cell = cell_of(element);
        if (!cell.value) {
            if (element.string()) parts.add(Part::none, *element.string());
            continue;
        }
        const auto part = part_titled(cell.label);
        filing.remember(cell.value);
        if (part != Part::none) parts.add(part, readable(*cell.value));
        else if (!is_known_name(normalised(cell.label))) parts.add(Part::none, titled(cell.label, *cell.value));
    }
    filing.file(std::move(parts));
}

/// An object {subjective, ...}: its other members, as far as they are no fields of their own.
void read_others(const Document& object, Filing& filing) {
    Parts parts;
    for (const auto& [name, value] : object.members())
        if (part_titled(name) == Part::none && !is_known_name(normalised(name)))
            parts.add(Part::none, titled(name, value));
    filing.file(std::move(parts));
}

bool has_cells(const Document& list) {
    return std::ranges::any_of(list.items(), [](const Document& each) { return each.is_object(); });
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
    if (found.opened->is_array()) filing.file(split_text(readable(*found.opened)));
    else if (found.given->string() && !found.opened->is_object()) filing.file(split_text(*found.given->string()));
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
    if (!fields.of(Field::soap).empty() && fields.of(Field::soap).front().opened->is_object())
        read_others(*fields.of(Field::soap).front().opened, filing);
    read_notes(fields, Field::soap, filing);
    read_notes(fields, Field::note, filing);
    if (filing.empty()) read_notes(fields, Field::any_text, filing);
    filing.finish();
}

}  // namespace dcs::deepcura
