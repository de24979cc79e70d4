#include "deepcura/fields.hpp"

#include "deepcura/dates.hpp"
#include "deepcura/encoded.hpp"
#include "deepcura/field_spellings.hpp"
#include "deepcura/id_text.hpp"
#include "deepcura/note_names.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int deepest_wrapper = 4;
constexpr int deepest_lines = 6;          // of nested members that become lines
constexpr std::size_t longest_name = 64;  // no spelling is longer
constexpr std::size_t most_outer = 8;
constexpr std::size_t shortest_note = 60;  // under a name that may be that of a notice

/// Members whose own members are searched as if they stood beside it.
constexpr std::string_view wrappers =
    " data payload note session encounter visit result results output outputs response fields field grid gridhook "
    "grids cells cell body record content contents metadata meta event attributes values variables context details "
    "document message object clinicalnote progressnote visitnote soap soapnote soapnotes sections notesections "
    "soapsections clinicalnotesections visitnotesections notes codes coding medicalcodes clinicalcodes suggestedcodes "
    "billing billingsummary extracted extraction generated analysis json sessiondata notedata encounterdata visitdata dap dapnote "
    "birp birpnote girp girpnote pirp pirpnote sirp sirpnote darp darpnote externalids externalid externalrefs drchrono "
    "drchronoids ehr ehrids emr emrids ids identifiers refs attachment attachments ";
/// Members of which only named members are taken: patient.id.
constexpr std::string_view nested_forms =
    " patient pt appointment appt doctor provider clinician physician practitioner period riskassessment risk risks "
    "riskscreening riskscreen riskevaluation safetyassessment suicideriskassessment ";
/// Wrappers that may be a list of cells or of objects.
constexpr std::string_view lists =
    " data payload result results output outputs fields grid grids cells body content contents values variables attributes "
    "sections notesections soapsections clinicalnotesections visitnotesections note notes clinicalnote visitnote externalids "
    "ids identifiers refs ";

/// Other names of the risk assessment count as that name before a point.
std::string_view prefix_of(std::string_view name) {
    constexpr std::string_view others =
        " risks riskscreening riskscreen riskevaluation safetyassessment suicideriskassessment ";
    const bool is_risk = is_among(others, name);
    return is_risk ? "riskassessment" : name;
}

bool lists_name(std::string_view names, std::string_view name) {
    if (name.empty() || name.size() > longest_name) return false;
    for (auto at = names.find(name); at != std::string_view::npos; at = names.find(name, at + 1))
        if (names[at - 1] == ' ' && names[at + name.size()] == ' ') return true;
    return false;
}

struct Target {
    Field field;
    int rank;  // the lower, the better the spelling
    bool digits_only;
    bool times_only;
};
using Spellings = std::unordered_map<std::string_view, std::vector<Target>>;

void add_spellings(const FieldSpellings& row, Spellings& all) {
    int rank = 0;
    auto rest = row.spellings;
    while (!rest.empty()) {
        auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        const bool digits_only = word.ends_with('#');
        const bool times_only = word.ends_with('@');
        if (digits_only || times_only) word.remove_suffix(1);
        all[word].push_back({row.field, rank++, digits_only, times_only});
    }
}

const Spellings& spellings() {
    static const Spellings all = [] {
        Spellings made;
        for (const auto& row : field_spellings) add_spellings(row, made);
        return made;
    }();
    return all;
}

bool is_blank_value(const Document& value) {
    if (value.is_null()) return true;
    const auto text = value.string();
    return text && trimmed(*text).empty();
}

/// Whether a value under a name that may also be that of a person or a visit is meant as an id: a positive integer, or a text that
/// names a number.
bool is_meant_as_id(const Document& value) {
    if (const auto* reference = value.find("reference"); reference && reference->string())
        return is_meant_as_id(*reference);
    const auto text = trimmed(value.string().value_or(std::string_view{}));
    if (names_a_number(text)) return true;
    const auto id = text.empty() ? value.as_id() : std::string{text};
    return !id.empty() && id.find_first_not_of("0123456789") == std::string::npos &&
           id.find_first_not_of('0') != std::string::npos;
}

bool is_clock(const Document& value) {
    const auto when = read_clock_time(value);
    return !when.time.empty() || !when.at.empty();
}

/// Objects about the sending, in which plain names of times say nothing of a session.
constexpr std::string_view about_sending = " meta metadata event message context ";

bool names_content(std::string_view name) {
    const auto found = spellings().find(name);
    return found != spellings().end() && std::ranges::any_of(found->second, [](const Target& target) {
               return target.field >= Field::transcript && target.field != Field::any_text;
           });
}

/// Whether anything of the note's content stands in the object besides the value.
bool has_content_beside(const Document& object, const Document& value) {
    if (object.members().size() > most_element_members) return true;
    return std::ranges::any_of(object.members(), [&](const Document::Member& each) {
        return &each.second != &value && names_content(normalised(each.first)) && !says_nothing(each.second);
    });
}

char lowered(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

/// The second byte of a letter from U+00C0 to U+00FF.
char lowered_accent(char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    constexpr unsigned char times = 0x97;
    return byte >= 0x80 && byte <= 0x9E && byte != times ? static_cast<char>(byte + 0x20) : letter;
}

void append_lines(const Document& value, int depth, Allowance& left, std::string& out);

/// "name: value", or "name:" and the lines of the value, indented.
void append_member(std::string_view name, const Document& value, int depth, Allowance& left, std::string& out) {
    std::string lines;
    append_lines(value, depth + 1, left, lines);
    if (lines.empty()) return;
    if (!out.empty()) out += '\n';
    out.append(left.take_text(name)).append(":");
    if (lines.find('\n') == std::string::npos) {
        out.append(" ").append(lines);
        return;
    }
    out += "\n  ";
    for (const char letter : lines) {
        out += letter;
        if (letter == '\n') out += "  ";
    }
}

void append_lines(const Document& value, int depth, Allowance& left, std::string& out) {
    if (value.is_null()) return;
    if (const auto text = value.string()) {
        out += left.take_text(trimmed(*text));
    } else if (depth > deepest_lines || (!value.is_array() && !value.is_object())) {
        out += limited(value, left).text();
    } else if (value.is_array()) {
        for (const auto& item : value.items()) {
            if (!left.take_value()) return;
            std::string lines;
            append_lines(item, depth + 1, left, lines);
            if (!lines.empty() && !out.empty()) out += '\n';
            out += lines;
        }
    } else {
        for (const auto& [name, each] : value.members()) {
            if (!left.take_value()) return;
            append_member(name, each, depth, left, out);
        }
    }
}

/// What stands between ``` fences; the text itself where there are none.
std::string_view without_fences(std::string_view text) {
    constexpr std::string_view fence = "```";
    if (!text.starts_with(fence) || !text.ends_with(fence) || text.size() < 2 * fence.size()) return text;
    const auto line_end = text.find('\n');
    if (line_end == std::string_view::npos) return text;
    text.remove_suffix(fence.size());
    return line_end < text.size() ? trimmed(text.substr(line_end + 1)) : std::string_view{};
}

/// Whether it begins and ends as a JSON array or object does.
bool looks_like_json(std::string_view text) {
    text = without_fences(trimmed(text));
    if (text.empty()) return false;
    return (text.front() == '[' && text.back() == ']') || (text.front() == '{' && text.back() == '}');
}

}  // namespace

Fields::Fields(const Document& payload, std::span<const MemberNames> own) : own_{own} {
    outer_.push_back(&payload);
    scan(payload, {}, 0);
    std::ranges::stable_sort(hits_, {}, [](const Hit& each) { return std::tuple{each.field, each.rank, each.depth}; });
    for (const auto& each : hits_) found_[static_cast<std::size_t>(each.field)].push_back(each.found);
    hits_.clear();
    take_own();
}

/// Of each field that is still empty, what the best of the sender's own names holds.
void Fields::take_own() {
    std::ranges::stable_sort(own_hits_, {},
                             [](const Hit& each) { return std::tuple{each.field, each.rank, each.depth}; });
    int best = 0;
    const Hit* before = nullptr;
    for (const auto& each : own_hits_) {
        auto& found = found_[static_cast<std::size_t>(each.field)];
        const bool first = before == nullptr || before->field != each.field;
        if (first) best = found.empty() ? each.rank : -1;
        if (each.rank == best) found.push_back(each.found);
        before = &each;
    }
    own_hits_.clear();
}

void Fields::scan(const Document& object, std::string_view prefix, int depth) {
    const auto* outer = std::exchange(around_, &object);
    for (const auto& [name, value] : object.members()) {
        if (--looks_left_ <= 0) break;
        member(name, value, prefix, depth);
    }
    around_ = outer;
}

void Fields::scan_list(const Document& list, std::string_view prefix, int depth) {
    for (const auto& element : list.items()) {
        if (--looks_left_ <= 0) return;
        const auto cell = cell_of(element);
        if (element.is_array()) {
            if (depth < deepest_wrapper) scan_list(element, prefix, depth + 1);  // a row of a grid
        } else if (!cell.value) {
            scan(element, prefix, depth);
        } else if (is_known_name(normalised(cell.label))) {
            member(cell.label, *cell.value, prefix, depth);
        } else if (depth < deepest_wrapper) {
            const bool outer = std::exchange(links_, false);
            scan(*open(*cell.value), {}, depth + 1);
            links_ = outer;
        }
    }
}

void Fields::member(std::string_view given_name, const Document& given, std::string_view prefix, int depth) {
    const auto name = given_name.size() > 2 * longest_name ? std::string{} : normalised(given_name);
    if (name.empty()) return;
    const bool note_name = names_a_note(name) || may_name_a_note(name);
    const bool wrapper = lists_name(wrappers, name) || note_name;
    const bool nested = lists_name(nested_forms, name);
    const auto path = prefix.empty() ? std::string{} : std::string{prefix} + "." + name;
    const bool known = spellings().contains(name) || spellings().contains(path) || is_own(name) || is_own(path);
    if (!wrapper && !nested && !known) {
        // {"cells": {"A1": {"label": "SOAP Note", "value": ...}}}
        const auto cell = lists_name(lists, prefix) ? cell_of(given) : Cell{};
        if (cell.value && is_known_name(normalised(cell.label))) member(cell.label, *cell.value, prefix, depth);
        return;
    }
    const auto& value = *without_many_blanks(&given);
    if (is_blank_value(value)) return;

    const bool content_beside =
        around_ && value.string() && begins_as_encoded(*value.string()) && has_content_beside(*around_, given);
    const Found found{&value, wrapper && !content_beside ? open_encoded(value) : open(value), given_name};
    const auto text = found.opened == &value ? value.string() : std::nullopt;
    if (text && (wrapper || names_content(name)) && looks_encoded(*text)) encoded_ = true;
    times_ = !lists_name(about_sending, prefix);
    hit(name, found, depth);
    if (!path.empty()) hit(path, found, depth);
    if (note_name && text && (names_a_note(name) || text->size() > shortest_note))
        hits_.push_back({Field::other_note, may_name_a_note(name) ? 1 : 0, depth, found});
    if (wrapper && depth < deepest_wrapper) {
        constexpr std::string_view whole_payload =
            " data payload result output outputs response fields note session encounter visit clinicalnote progressnote visitnote "
            "sessionnote extracted extraction generated dap dapnote birp birpnote girp girpnote pirp pirpnote sirp sirpnote darp "
            "darpnote ";
        const bool outer = depth <= 2 && lists_name(whole_payload, name) && found.opened->is_object();
        if (outer && outer_.size() < most_outer) outer_.push_back(found.opened);
        scan(*found.opened, name, depth + 1);
        if (lists_name(lists, name)) scan_list(*found.opened, name, depth + 1);
    } else if (nested) {
        for (const auto& [inner, each] : found.opened->members()) {
            if (--looks_left_ <= 0) return;
            if (inner.size() > longest_name) continue;
            const auto& inside = *without_many_blanks(&each);
            if (is_blank_value(inside)) continue;
            const auto inner_path = std::string{prefix_of(name)} + "." + normalised(inner);
            hit(inner_path, {&inside, open(inside), inner}, depth + 1);
            if (!lists_name(nested_forms, normalised(inner)) || inside.members().size() > most_element_members)
                continue;
            for (const auto& [innermost, value_inside] : inside.members())
                if (innermost.size() <= longest_name && !is_blank_value(value_inside))
                    hit(inner_path + "." + normalised(innermost), {&value_inside, open(value_inside), innermost},
                        depth + 2);
        }
    }
}

bool Fields::is_own(std::string_view name) const {
    return !name.empty() && std::ranges::any_of(own_, [&](const MemberNames& each) {
        return (" " + std::string{each.spellings} + " ").find(" " + std::string{name} + " ") != std::string::npos;
    });
}

void Fields::own_hit(std::string_view name, const Found& found, int depth) {
    for (const auto& row : own_) {
        const bool allowed = links_ || row.field >= Field::session_time;
        int rank = 0;
        for (auto rest = row.spellings; allowed && !rest.empty(); ++rank) {
            const auto word = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(rest.size(), word.size() + 1));
            if (word == name) own_hits_.push_back({row.field, rank, depth, found});
        }
    }
}

void Fields::hit(std::string_view name, const Found& found, int depth) {
    own_hit(name, found, depth);
    const auto targets = spellings().find(name);
    if (targets == spellings().end()) return;
    for (const auto& target : targets->second) {
        const bool allowed = links_ || target.field >= Field::session_time;
        const bool fits = (!target.digits_only || is_meant_as_id(*found.given)) &&
                          (!target.times_only || (times_ && is_clock(*found.given)));
        if (allowed && fits) hits_.push_back({target.field, target.rank, depth, found});
    }
}

/// A text without the blanks around it, where they are so many that nobody should pass over them twice.
const Document* Fields::without_many_blanks(const Document* value) {
    constexpr std::size_t many = 1'000;
    const auto text = value->string();
    if (!text || text->size() < many) return value;
    const auto inner = trimmed(*text);
    return text->size() - inner.size() < many ? value : &opened_.emplace_back(std::string{inner});
}

/// Whether a text that may be JSON is within what is opened.
bool Fields::may_be_opened(std::string_view text) {
    const auto size = text.size();
    if (size > json_text_left_) return false;
    const auto marks = static_cast<std::size_t>(std::ranges::count_if(
        text, [](char letter) { return letter == ',' || letter == ':' || letter == '[' || letter == '{'; }));
    if (marks > json_marks_left_) return false;
    json_text_left_ -= size;
    json_marks_left_ -= marks;
    return true;
}

const Document* Fields::open(const Document& value) {
    const auto text = value.string();
    if (!text || !looks_like_json(*text)) return &value;
    if (!may_be_opened(*text)) {
        cut_ = true;
        return &value;
    }
    auto parsed = from_json_text(*text);
    return parsed ? &opened_.emplace_back(std::move(*parsed)) : &value;
}

/// The same, where the text may also hold an object in base64.
const Document* Fields::open_encoded(const Document& value) {
    const auto text = value.string();
    if (!text || !begins_as_encoded(*text)) return open(value);
    if (text->size() > json_text_left_) {
        cut_ = true;
        return &value;
    }
    auto inner = from_encoded_json(*text);
    if (!inner) return &value;
    json_text_left_ -= text->size();
    return &opened_.emplace_back(std::move(*inner));
}

std::string normalised(std::string_view given) {
    constexpr std::size_t longest = 200;
    given = given.substr(0, longest);
    std::string result;
    const auto cleaned = is_ascii(given) ? std::string{} : plain(given);
    char before = 0;
    for (const char letter : cleaned.empty() ? given : std::string_view{cleaned}) {
        const char low = before == '\xC3' ? lowered_accent(letter) : lowered(letter);
        before = letter;
        const bool kept =
            (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || static_cast<unsigned char>(low) > 127;
        if (kept) result += low;
    }
    return result;
}

bool is_known_name(std::string_view name) {
    return is_field_name(name) || lists_name(wrappers, name) || lists_name(nested_forms, name);
}

bool is_field_name(std::string_view name) {
    const auto found = spellings().find(name);
    return found != spellings().end() &&
           std::ranges::any_of(found->second, [](const Target& target) { return !target.times_only; });
}

bool is_clinical_name(std::string_view name) {
    const auto found = spellings().find(name);
    return found != spellings().end() && std::ranges::any_of(found->second, [](const Target& target) {
               const bool about_sending = target.field == Field::event_type || target.field == Field::any_text ||
                                          (target.field >= Field::session_date && target.field <= Field::duration);
               return !about_sending;
           });
}

Cell cell_of(const Document& element) {
    constexpr std::array<std::string_view, 8> labels{"title", "name",    "label",  "key",
                                                     "field", "heading", "header", "section"};
    constexpr std::array<std::string_view, 6> values{"value", "content", "text", "output", "result", "body"};
    Cell cell;
    if (element.members().size() > most_element_members) return cell;
    for (const auto name : labels) {
        const auto* member = element.find(name);
        const auto label = member ? member->string() : std::nullopt;
        if (!label || trimmed(*label).empty()) continue;
        if (cell.label.empty()) cell.label = *label;
        if (!is_known_name(normalised(*label))) continue;
        cell.label = *label;
        break;
    }
    if (cell.label.empty()) return {};
    for (const auto name : values)
        if (const auto* member = element.find(name); member && !cell.value) cell.value = member;
    return cell;
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(blank_prefix(text));
    text.remove_suffix(blank_suffix(text));
    return text;
}

std::string_view without_bullet(std::string_view line) {
    const auto text = trimmed(line);
    for (const std::string_view bullet : {"- ", "* ", "\xE2\x80\xA2"})
        if (text.starts_with(bullet)) return trimmed(text.substr(bullet.size()));
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos || digits > 2 || digits + 1 >= text.size()) return text;
    const bool numbered = (text[digits] == '.' || text[digits] == ')') && text[digits + 1] == ' ';
    return numbered ? trimmed(text.substr(digits + 1)) : text;
}

bool says_nothing(const Document& value) {
    if (is_blank_value(value)) return true;
    const auto text = value.string();
    if (!text || text->size() > longest_name) return false;
    const auto word = normalised(*text);
    constexpr std::string_view nothing = " null na none nil undefined unknown notapplicable nan noaplica nulo ";
    return word.empty() || is_among(nothing, word);
}

std::optional<Document> from_json_text(std::string_view text) {
    if (!looks_like_json(text)) return std::nullopt;
    text = without_fences(trimmed(text));
    auto parsed = Document::parse(text);
    return parsed ? std::optional{std::move(parsed->value)} : std::nullopt;
}

std::string readable(const Document& value, Allowance& left) {
    if (const auto text = value.string()) return std::string{trimmed(*text)};
    std::string lines;
    append_lines(value, 0, left, lines);
    return lines;
}

void flag(Note& note, std::string_view word) {
    if (std::ranges::find(note.flags, word) == note.flags.end()) note.flags.emplace_back(word);
}

}  // namespace dcs::deepcura
