#include "deepcura/codes.hpp"

#include "deepcura/code_element.hpp"
#include "deepcura/code_extras.hpp"
#include "deepcura/code_status.hpp"
#include "deepcura/code_table.hpp"
#include "deepcura/code_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int deepest_list = 6;
constexpr std::size_t longest_original = 4'000;  // bytes of a value that is no code, kept as it came

/// What may still be looked at, of all values together.
struct CodeBounds {
    std::size_t text = most_code_text;
    std::size_t values = most_looks;
};

/// Reads the elements of one value into the lists that they belong to.
class Reader {
public:
    Reader(CodeKind kind, Lists& lists, CodeBounds& left) : kind_{kind}, lists_{lists}, left_{left} {}

    bool cut() const { return cut_; }

    void read(const Document& value, int depth = 0) {
        if (full() || !take_value() || says_nothing(value)) return;
        if (value.is_array() && depth < deepest_list) {
            for (const auto& each : value.items()) {
                if (full()) return;
                read(each, depth + 1);
            }
        } else if (value.is_object() && depth < deepest_list) {
            object(value, depth);
        } else if (value.string()) {
            if (const auto table = code_table(*value.string(), kind_)) read(*table, depth + 1);
            else text(*value.string(), {}, {});
        } else if (value.number()) {
            number(*value.number(), {}, {});
        } else {
            add({.original = kept(value)}, {});
        }
    }

private:
    bool full() {
        cut_ = cut_ || lists_.size() >= most_codes;
        return cut_;
    }
    bool take_value() {
        cut_ = cut_ || left_.values == 0;
        if (!cut_) --left_.values;
        return !cut_;
    }
    /// The beginning of a text that may still be searched for codes.
    std::string_view take_text(std::string_view text) {
        const auto taken = beginning(text, left_.text);
        left_.text -= taken.size();
        cut_ = cut_ || taken.size() < text.size();
        return taken;
    }
    /// A value that is no code, as it came.
    std::string kept(const Document& value) {
        Allowance left{.values = most_element_members, .bytes = longest_original};
        auto text = limited(value, left).text();
        cut_ = cut_ || left.cut;
        return text;
    }

    void object(const Document& value, int depth) {
        const auto element = element_of(value);
        cut_ = cut_ || element.cut;
        if (!element.known) {
            if (element.list) inner(*element.list, element, depth);
            else map(value, depth);
            return;
        }
        auto system = system_of(element);
        const auto* code = code_of(element, system);
        if ((code && (code->is_object() || code->is_array())) || (!code && element.list))
            return inner(code ? *code : *element.list, element, depth);
        const bool has_code = code != nullptr;
        if (!code) code = element.description;
        if (code && code->string()) text(*code->string(), element, system, has_code);
        else if (code && code->number()) number(*code->number(), element, system);
        else add(with_details({.original = kept(value)}, element), system);
    }

    /// The codes within an element, which may say more of them: {"code": {"coding": [...]}, "verificationStatus": ...}.
    void inner(const Document& codes, const Element& element, int depth) {
        const auto diagnoses = lists_.diagnoses.size();
        const auto procedures = lists_.procedures.size();
        read(codes, depth + 1);
        for (auto& entry : lists_.diagnoses | std::views::drop(diagnoses))
            if (entry.status.empty()) read_status(element, entry);
        for (auto& entry : lists_.procedures | std::views::drop(procedures))
            if (entry.status.empty()) read_status(element, entry);
        if (element.group) unsettle(text_of(element.group), diagnoses, procedures);
    }

    /// {"F41.1": "Generalized anxiety disorder"}; a key that is no code only names what stands under it.
    void map(const Document& object, int depth) {
        for (const auto& [key, value] : object.members()) {
            if (full() || !take_value()) return;
            const auto given = take_text(key);
            const auto codes = read_code_text(given, kind_, 2);
            if (codes.size() != 1 || codes.front().word.empty()) {
                if (value.is_object() || value.is_array() || value.string()) group(given, value, depth);
                else add({.original = std::string{given}}, {});
                continue;
            }
            auto element = value.is_object() ? element_of(value) : Element{};
            if (value.string()) element.description = &value;
            if (value.number()) (kind_ == CodeKind::procedure ? element.units : element.confidence) = &value;
            text(given, element, system_of(element), true, true);
        }
    }

    /// {"rule_out": [...], "differential": ...}: the name says something of all codes under it.
    void group(std::string_view name, const Document& value, int depth) {
        const auto diagnoses = lists_.diagnoses.size();
        const auto procedures = lists_.procedures.size();
        read(value, depth + 1);
        unsettle(name, diagnoses, procedures);
    }
    /// What the name of a group says of its codes, which are those behind the first so many of both lists.
    void unsettle(std::string_view name, std::size_t diagnoses, std::size_t procedures) {
        const auto words = as_words(name);
        bool settled = false;
        const auto of_diagnoses =
            is_known_to_unsettle(words) ? status_given(words, settled) : std::string{status_of_group(words)};
        const std::string of_procedures{procedure_status_in(words, {})};
        const auto mark = [](Entry& entry, const std::string& status) {
            if (!entry.status.empty() || status.empty()) return;
            entry.status = status;
            entry.flags.push_back("not_confirmed");
        };
        for (auto& entry : lists_.diagnoses | std::views::drop(diagnoses)) mark(entry, of_diagnoses);
        const auto otherwise = of_diagnoses == "suspected" ? std::string{"suggested"} : of_diagnoses;
        for (auto& entry : lists_.procedures | std::views::drop(procedures))
            mark(entry, of_procedures.empty() ? otherwise : of_procedures);
    }
    /// "ruledOut", "ruled_out" as "ruled out".
    static std::string as_words(std::string_view name) {
        std::string words;
        for (const char letter : name) {
            const bool capital = letter >= 'A' && letter <= 'Z';
            if (capital && !words.empty() && words.back() >= 'a' && words.back() <= 'z') words += ' ';
            words += letter == '_' || letter == '-' ? ' ' : letter;
        }
        return words;
    }

    static System system_of(const Element& element) {
        if (const auto name = text_of(element.system); !trimmed(name).empty()) return system_named(name);
        const auto type = text_of(element.type);
        const auto known = system_named(type);
        return known.kind || known.name == "SNOMED" ? known : System{};
    }

    /// The member that holds the code; where its name tells a system, `system` tells it too.
    const Document* code_of(const Element& element, System& system) const {
        if (element.code) return element.code;
        const bool procedure_first = (system.kind ? *system.kind : kind_) == CodeKind::procedure;
        const auto* first = procedure_first ? element.procedure : element.icd10;
        const auto* second = procedure_first ? element.icd10 : element.procedure;
        const auto* code = first ? first : second;
        if (!code && element.named_code && names_a_code(*element.named_code)) return element.named_code;
        if (code && system.name.empty() && (!first || kind_ == CodeKind::either))
            system.kind = code == element.procedure ? CodeKind::procedure : CodeKind::diagnosis;
        return code ? code : element.value;
    }

    bool names_a_code(const Document& value) const {
        const auto given = text_of(&value);
        const auto codes = read_code_text(given, kind_, 1);
        return !codes.empty() && !codes.front().word.empty();
    }

    Entry with_details(Entry entry, const Element& element, bool has_code = true) const {
        if (has_code && entry.description.empty())
            entry.description = std::string{trimmed(text_of(element.description))};
        read_confidence(element.confidence, entry);
        if (entry.status.empty()) read_status(element, entry);
        if (entry.units.is_null()) read_units(element.units, entry);
        read_modifiers(element.modifiers, entry);
        for (const auto* each : element.numbered_modifiers) read_modifiers(each, entry);
        return entry;
    }

    /// `has_code`: the text stands where a code belongs; else it is the element's description. `taken`: it counts already.
    void text(std::string_view whole, const Element& element, System system, bool has_code = true, bool taken = false) {
        const auto given = taken ? whole : take_text(whole);
        if (trimmed(given).empty()) return;
        if (!system.name.empty() && !system.kind)
            return add(with_details({.original = std::string{given}, .word = upper_case(trimmed(given))}, element),
                       system);
        const auto room = most_codes - std::min(most_codes, lists_.size());
        auto codes = read_code_text(given, system.kind.value_or(kind_), room + 1);
        for (auto& code : codes) {
            if (full()) return;
            Entry entry{.original = std::move(code.original), .word = std::move(code.word)};
            entry.description =
                element.description && has_code ? std::string{trimmed(text_of(element.description))} : "";
            if (entry.description.empty() && !entry.word.empty()) entry.description = std::move(code.description);
            if (!has_code && entry.word.empty()) entry.description = entry.original;
            entry.modifiers = std::move(code.modifiers);
            if (!code.status.empty()) entry.status = code.status, entry.flags.push_back("not_confirmed");
            else describe_status(entry);
            if (code.range) entry.flags.push_back("code_range");
            if (code.more_codes) entry.flags.push_back("more_codes");
            if (code.point_unclear) entry.flags.push_back("point_unclear");
            if (!code.units.empty()) read_units_text(code.units, entry);
            else if (speaks_of_units(entry)) entry.flags.push_back("units_unreadable");
            if (is_cpt(entry.word) && !element.description && may_hold_a_modifier(entry.description))
                entry.flags.push_back("modifier_shape");
            if (!code.confidence.empty() && !element.confidence) read_confidence_text(code.confidence, entry);
            auto settled = system;
            if (!settled.kind && code.label) settled.kind = code.label;
            add(with_details(std::move(entry), element, has_code), settled);
        }
    }
    /// A description of its own may say that the diagnosis is ruled out.
    static void describe_status(Entry& entry) {
        const bool procedure = is_cpt(entry.word) || is_hcpcs(entry.word);
        if (!is_icd10(entry.word) && !procedure) return;
        const auto status =
            procedure ? procedure_status_in(entry.description, entry.word) : status_in(entry.description, entry.word);
        if (status.empty()) return;
        entry.status = status;
        entry.flags.push_back("not_confirmed");
    }
    /// "96131 two units", "90837 x2 sessions": how many is said, but not as it is read.
    static bool speaks_of_units(const Entry& entry) {
        if (!is_cpt(entry.word) && !is_hcpcs(entry.word)) return false;
        constexpr std::string_view ends = " \t,;:.()";
        for (auto rest = std::string_view{entry.description}; !rest.empty();) {
            const auto word = normalised(rest.substr(0, rest.find_first_of(ends)));
            rest.remove_prefix(std::min(rest.size(), std::min(rest.find_first_of(ends), rest.size() - 1) + 1));
            const bool crossed = rest.empty() && word.size() > 1 && word.front() == 'x' &&
                                 word.find_first_not_of("0123456789", 1) == std::string::npos;  // "16-37 min x2"
            if (crossed || word == "units" || word == "unit" || word == "sessions") return true;
        }
        return false;
    }
    static void read_units_text(std::string_view digits, Entry& entry) {
        const Document text{std::string{digits}};
        read_units(&text, entry);
    }
    static void read_confidence_text(std::string_view written, Entry& entry) {
        const Document text{std::string{written}};
        read_confidence(&text, entry);
    }

    void number(std::string_view given, const Element& element, System system) {
        auto digits = given;
        if (digits.ends_with(".0")) digits.remove_suffix(2);  // 99214.0
        Entry entry{.original = std::string{given}, .word = std::string{digits}};
        const bool procedure = system.kind.value_or(kind_) == CodeKind::procedure;
        if (procedure && digits.size() < 5) entry.flags.push_back("was_number");
        add(with_details(std::move(entry), element), system);
    }

    /// Settles the system, normalises the code, and files the entry.
    void add(Entry entry, const System& given) {
        const bool other = !given.name.empty() && !given.kind;
        const auto kind = given.kind ? *given.kind : settled_kind(entry, other);
        entry.system = given;
        if (other) entry.flags.push_back("other_system");
        else if (kind == CodeKind::diagnosis) settle_diagnosis(entry);
        else settle_procedure(entry);
        if (entry.word.empty()) entry.flags.push_back("no_code");
        (kind == CodeKind::diagnosis ? lists_.diagnoses : lists_.procedures).push_back(std::move(entry));
    }
    /// The list of a code that names none of our systems.
    CodeKind settled_kind(Entry& entry, bool other) const {
        if (kind_ != CodeKind::either) return kind_;
        return other ? CodeKind::diagnosis : guessed(entry);
    }

    /// Where neither a list nor a system tells: a shape that only one kind has. Flagged where both have it, or none.
    static CodeKind guessed(Entry& entry) {
        const bool diagnosis = is_icd10(entry.word);
        const bool procedure = is_cpt(entry.word) || is_hcpcs(entry.word);
        if (diagnosis == procedure) entry.flags.push_back("system_unclear");
        return procedure && !diagnosis ? CodeKind::procedure : CodeKind::diagnosis;
    }

    static void settle_diagnosis(Entry& entry) {
        entry.system.name = "ICD-10-CM";
        if (entry.word.empty()) return;
        if (!is_icd10(entry.word)) entry.flags.push_back("shape");
        else if (entry.word.size() > 3 && entry.word[3] != '.') entry.word.insert(3, ".");
    }
    static void settle_procedure(Entry& entry) {
        const bool hcpcs = is_hcpcs(entry.word);
        const bool cpt = is_cpt(entry.word);
        const bool fits = entry.system.name == "CPT" ? cpt : cpt || hcpcs;
        if (entry.system.name.empty()) entry.system.name = hcpcs ? "HCPCS" : "CPT";
        if (!entry.word.empty() && !fits) entry.flags.push_back("shape");
    }

    CodeKind kind_;
    Lists& lists_;
    CodeBounds& left_;
    bool cut_ = false;
};

Document document_of(Entry entry) {
    Document::Object members;
    members.emplace_back("code", entry.word.empty() ? Document{} : Document{std::move(entry.word)});
    members.emplace_back("original", Document{std::move(entry.original)});
    members.emplace_back("system", Document{std::move(entry.system.name)});
    if (!entry.description.empty()) members.emplace_back("description", Document{std::move(entry.description)});
    if (!entry.status.empty()) members.emplace_back("status", Document{std::move(entry.status)});
    if (!entry.rank.is_null()) members.emplace_back("rank", std::move(entry.rank));
    if (!entry.confidence.is_null()) members.emplace_back("confidence", std::move(entry.confidence));
    if (!entry.units.is_null()) members.emplace_back("units", std::move(entry.units));
    const auto texts = [](const auto& all) {
        Document::Array items;
        for (const auto& each : all) items.emplace_back(std::string{each});
        return Document{std::move(items)};
    };
    if (!entry.modifiers.empty()) members.emplace_back("modifiers", texts(entry.modifiers));
    if (!entry.flags.empty()) members.emplace_back("flags", texts(entry.flags));
    return Document{std::move(members)};
}

std::optional<Document> document_of(std::vector<Entry> entries, bool any) {
    if (entries.empty() && !any) return std::nullopt;
    if (entries.size() > most_codes) entries.resize(most_codes);
    Document::Array items;
    items.reserve(entries.size());
    for (auto& each : entries) items.push_back(document_of(std::move(each)));
    return Document{std::move(items)};
}

/// Whether a list can be read out of it; a flag cannot. `codes` is a wrapper too: fields in it are found.
bool is_list(const Document& value, CodeKind kind) {
    if (value.boolean()) return false;
    if (!value.is_object() || kind != CodeKind::either) return true;
    const auto is_field = [](const Document::Member& each) {
        const auto name = normalised(each.first);
        return is_known_name(name) && (each.second.is_array() || each.second.is_object());
    };
    return element_of(value).known || std::ranges::none_of(value.members() | std::views::take(most_members), is_field);
}

bool has_code(const std::vector<Entry>& entries) {
    return std::ranges::any_of(entries, [](const Entry& each) { return !each.word.empty(); });
}

/// What the note says of codes, put together from its fields.
class Gathering {
public:
    Gathering(const Fields& fields, Note& note) : fields_{fields}, note_{note} {}

    /// The first value of the field that holds a code, else the first that holds a text. An empty list says that there
    /// are none.
    Lists first(Field field, CodeKind kind, bool& any) {
        Lists best;
        for (const auto& found : fields_.of(field)) {
            if (!is_list(*found.opened, kind)) {
                if (!found.opened->is_object()) flag(note_, "codes_unreadable");
                continue;
            }
            any = true;
            auto lists = read(found, kind);
            if (has_code(lists.diagnoses) || has_code(lists.procedures)) return lists;
            if (best.size() == 0) best = std::move(lists);
        }
        return best;
    }
    /// Codes of the field that `list` does not hold yet.
    void more(Field field, CodeKind kind, Lists& all) {
        std::unordered_set<std::string> known;
        for (const auto* list : {&all.diagnoses, &all.procedures})
            for (const auto& each : *list) known.insert(each.word);
        for (const auto& found : fields_.of(field)) {
            if (all.size() >= most_codes) return;
            if (!is_list(*found.opened, kind)) continue;
            auto lists = read(found, kind);
            const auto add = [&](std::vector<Entry>& from, std::vector<Entry>& to) {
                for (auto& each : from)
                    if (known.insert(each.word).second) to.push_back(std::move(each));
            };
            add(lists.diagnoses, all.diagnoses);
            add(lists.procedures, all.procedures);
        }
    }

private:
    Lists read(const Found& found, CodeKind kind) {
        Lists lists;
        Reader reader{kind, lists, left_};
        reader.read(*found.opened);
        if (reader.cut()) flag(note_, "codes_cut");
        return lists;
    }

    const Fields& fields_;
    Note& note_;
    CodeBounds left_{};
};

void append(std::vector<Entry>& all, std::vector<Entry> more) { std::ranges::move(more, std::back_inserter(all)); }

}  // namespace

void read_codes(const Fields& fields, Note& note) {
    Gathering gathering{fields, note};
    bool any_diagnoses = false;
    bool any_procedures = false;
    bool any_codes = false;
    auto all = gathering.first(Field::icd10_codes, CodeKind::diagnosis, any_diagnoses);
    gathering.more(Field::more_icd10_codes, CodeKind::diagnosis, all);
    auto procedures = gathering.first(Field::cpt_codes, CodeKind::procedure, any_procedures);
    gathering.more(Field::more_cpt_codes, CodeKind::procedure, procedures);
    append(all.diagnoses, std::move(procedures.diagnoses));
    append(all.procedures, std::move(procedures.procedures));

    auto mixed = gathering.first(Field::codes, CodeKind::either, any_codes);
    if (!has_code(all.diagnoses)) append(all.diagnoses, std::move(mixed.diagnoses));
    if (!has_code(all.procedures)) append(all.procedures, std::move(mixed.procedures));
    note.icd10_codes = document_of(std::move(all.diagnoses), any_diagnoses);
    note.cpt_codes = document_of(std::move(all.procedures), any_procedures);
}

}  // namespace dcs::deepcura
