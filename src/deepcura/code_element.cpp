#include "deepcura/code_element.hpp"

#include "deepcura/bounds.hpp"
#include "deepcura/code_status.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <array>
#include <charconv>
#include <limits>
#include <ranges>
#include <unordered_map>
#include <utility>

namespace dcs::deepcura {

namespace {

struct Role {
    const Document* Element::* member;
    std::string_view names;  // the best first
};
constexpr std::array roles{
    Role{&Element::code, "code codevalue"},
    Role{&Element::icd10, "icd10code icdcode icd10 icd icd10cm icd10cmcode diagnosiscode dxcode icd10dx"},
    Role{&Element::procedure,
         "cptcode cpt procedurecode hcpcs hcpcscode billingcode servicecode cpthcpcs cptcodes emcode chargecode"},
    Role{&Element::value, "value id"},
    Role{&Element::description,
         "description desc display label name title text diagnosis procedure dx service problem condition"},
    Role{
        &Element::confidence,
        "confidence confidencescore probability score conf confidencelevel confidencepct confidencepercent confidencepercentage "
        "prob likelihood certaintyscore"},
    Role{&Element::units, "units unit quantity qty count"},
    Role{&Element::modifiers,
         "modifiers modifier mods mod modifiercodes modifiercode cptmodifiers cptmodifier modifierlist hcpcsmodifiers"},
    Role{&Element::system, "system codesystem codingsystem vocabulary"},
    Role{&Element::type, "type codetype"},
    Role{&Element::list, "coding codes items list"},
    Role{&Element::status, "status clinicalstatus diagnosisstatus dxstatus codestatus conditionstatus"},
    Role{&Element::verification, "verificationstatus certainty assertion presence polarity"},
    Role{&Element::ruled_out, "ruledout isruledout excluded isexcluded"},
    Role{&Element::rule_out, "ruleout isruleout ro"},
    Role{&Element::negated, "negated isnegated negative absent negation"},
    Role{&Element::differential, "differential isdifferential"},
    Role{&Element::billed, "billed performed billable completed done documented isbilled isbillable"},
    Role{&Element::not_billed, "notbilled unbilled notperformed notdone notdocumented"},
    Role{&Element::suspected, "suspected issuspected possible provisional"},
    Role{&Element::history, "history ishistory historical ishistorical past"},
    Role{&Element::of_family, "familyhistory isfamilyhistory"},
    Role{&Element::active, "active isactive"},
    Role{&Element::group, "category group section heading label title name"},
    Role{&Element::subject, "subject relation relationship familymember member person who relative experiencer"},
    Role{&Element::remark, "notes note comment comments remark remarks qualifier context"},
    Role{&Element::named_code, "procedure service diagnosis dx problem condition"},
    Role{&Element::confirmed, "confirmed isconfirmed"},
    Role{&Element::rank, "rank order priority sequence position diagnosisrank"},
    Role{&Element::primary, "primary isprimary primarydiagnosis principal isprincipal"},
};

/// The roles before "list" make an element of an object; those behind it only say more of one.
constexpr std::size_t naming_roles = 10;
static_assert(roles[naming_roles].member == &Element::list);

constexpr std::size_t longest_text = 4'000;
constexpr std::size_t longest_word = 200;  // bytes of a system's name, a status or a rank

struct Meaning {
    std::size_t role;
    std::size_t rank;  // the lower, the better the name
};
using Meanings = std::unordered_multimap<std::string_view, Meaning>;

const Meanings& meanings() {
    static const Meanings all = [] {
        Meanings made;
        for (std::size_t role = 0; role < roles.size(); ++role) {
            auto rest = roles[role].names;
            for (std::size_t rank = 0; !rest.empty(); ++rank) {
                const auto name = rest.substr(0, rest.find(' '));
                rest.remove_prefix(std::min(rest.size(), name.size() + 1));
                made.emplace(name, Meaning{role, rank});
            }
        }
        return made;
    }();
    return all;
}

void add_modifiers(std::string_view text, Entry& entry) {
    constexpr std::size_t most = 16;
    if (says_nothing(Document{std::string{beginning(text, longest_word)}})) return;
    while (!text.empty() && entry.modifiers.size() < most) {
        const auto word = text.substr(0, text.find_first_of(",; -"));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        auto modifier = upper_case(beginning(trimmed(word), longest_word));
        if (modifier.empty() || std::ranges::find(entry.modifiers, modifier) != entry.modifiers.end()) continue;
        if (!is_modifier(modifier)) entry.flags.push_back("modifier_shape");
        entry.modifiers.push_back(std::move(modifier));
    }
}

/// "modifier1", "mod_2".
bool is_numbered_modifier(std::string_view name) {
    const auto digits = name.find_first_of("0123456789");
    if (digits == std::string_view::npos || name.find_first_not_of("0123456789", digits) != std::string_view::npos)
        return false;
    const auto word = name.substr(0, digits);
    return word == "modifier" || word == "mod" || word == "modifiercode" || word == "cptmodifier";
}

/// The text of a modifier that came as an object: {"code": "25"}.
void add_modifier(const Document& value, Entry& entry) {
    if (value.is_null()) return;
    if (!value.is_object() && !value.is_array()) return add_modifiers(text_of(&value), entry);
    for (const auto* name : {"code", "value", "modifier", "modifier_code", "modifierCode", "id", "name", "text"})
        if (const auto text = text_of(value.find(name)); !text.empty()) return add_modifiers(text, entry);
    const bool empty = value.items().empty() && value.members().empty();
    if (!empty) entry.flags.push_back("modifier_shape");
}

}  // namespace

System system_named(std::string_view given) {
    const auto name = normalised(given);
    const auto says = [&](std::string_view word) { return name.find(word) != std::string::npos; };
    if (says("icd10") || name == "icd") return {"ICD-10-CM", CodeKind::diagnosis};
    if (says("hcpcs")) return {"HCPCS", CodeKind::procedure};
    if (says("cpt")) return {"CPT", CodeKind::procedure};
    return {std::string{beginning(trimmed(given), longest_word)}, std::nullopt};
}

Element element_of(const Document& object) {
    constexpr std::size_t longest_name = 32;
    Element element;
    std::array<std::size_t, roles.size()> ranks{};
    ranks.fill(std::numeric_limits<std::size_t>::max());
    element.cut = object.members().size() > most_members;
    for (const auto& [given, value] : object.members() | std::views::take(most_members)) {
        if (given.size() > longest_name) continue;
        const auto name = normalised(given);
        if (name.empty()) continue;
        if (is_numbered_modifier(name) && !value.is_null()) element.numbered_modifiers.push_back(&value);
        const auto [first, last] = meanings().equal_range(name);
        for (auto each = first; each != last; ++each) {
            const auto [role, rank] = each->second;
            element.known = element.known || role < naming_roles;
            if (rank >= ranks[role] || value.is_null() || value.string() == "") continue;
            ranks[role] = rank;
            element.*roles[role].member = &value;
        }
    }
    const auto is_long = [](const Document* value) {
        return value && value->string().value_or("").size() > longest_text;
    };
    element.cut = element.cut || is_long(element.description) || is_long(element.status);
    return element;
}

std::string text_of(const Document* value) {
    if (!value) return {};
    if (const auto text = value->string()) return std::string{beginning(*text, longest_text)};
    if (const auto digits = value->number()) return std::string{*digits};
    return {};
}

/// A number from 0 to 1; what is more, or has a '%', is taken as percent.
void read_confidence(const Document* value, Entry& entry) {
    if (!value || value->is_null()) return;
    auto text = text_of(value);
    std::string_view digits = trimmed(text);
    const bool percent_sign = digits.ends_with('%');
    if (percent_sign) digits = trimmed(digits.substr(0, digits.size() - 1));
    double number = -1;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = failed == std::errc{} && end == digits.data() + digits.size();
    if (!whole || !(number >= 0 && number <= 100)) return entry.flags.push_back("confidence_unreadable");
    if (percent_sign || number > 1) {
        entry.flags.push_back("confidence_percent");
        entry.confidence = Document{Document::Number{fmt::format("{:.6g}", number / 100)}};
    } else if (value->number()) {
        entry.confidence = *value;
    } else {
        entry.confidence = Document{Document::Number{fmt::format("{:.12g}", number)}};
    }
}

void read_units(const Document* value, Entry& entry) {
    if (!value || value->is_null()) return;
    constexpr std::size_t longest = 9;
    const auto text = text_of(value);
    auto digits = trimmed(text);
    if (digits.starts_with('x') || digits.starts_with('X')) digits = trimmed(digits.substr(1));
    for (const std::string_view unit : {"units", "unit", "Units", "Unit", "UNITS", "UNIT"})
        if (digits.ends_with(unit)) digits = trimmed(digits.substr(0, digits.size() - unit.size()));
    if (digits.ends_with(".0")) digits.remove_suffix(2);
    const auto all_digits = digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (value->number() && !all_digits && !digits.starts_with('-')) {
        entry.units = *value;
    } else if (all_digits && !digits.empty() && digits.size() <= longest) {
        digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
        entry.units = Document{Document::Number{std::string{digits}}};
    } else {
        entry.flags.push_back("units_unreadable");
    }
}

/// A status as a text, or as a concept of FHIR: {"coding": [{"code": "provisional"}]}, {"text": "Provisional"}.
std::string status_text(const Document* value) {
    if (!value || !value->is_object()) return text_of(value);
    const auto* coding = value->find("coding");
    const auto* concept_of = coding && !coding->items().empty() ? &coding->items().front() : value;
    for (const auto* name : {"code", "text", "display"})
        if (auto text = text_of(concept_of->find(name)); !text.empty()) return text;
    return text_of(value->find("text"));
}

namespace {

/// A flag as JSON has it, or in words.
bool is_flag(const Document* flag, bool value, std::string_view words) {
    if (!flag) return false;
    if (flag->boolean()) return flag->boolean() == value;
    const auto word = normalised(text_of(flag).substr(0, 8));
    return is_among(words, word);
}
bool is_true(const Document* flag) { return is_flag(flag, true, " true yes y t 1 "); }
bool is_false(const Document* flag) { return is_flag(flag, false, " false no n f 0 "); }

}  // namespace

/// What an element says of its code besides naming it.
void read_status(const Element& element, Entry& entry) {
    bool settled = true;
    auto given = status_text(element.status);
    const auto verification = status_text(element.verification);
    bool verified = true;
    if (!trimmed(verification).empty()) (void)status_given(verification, verified);
    if (!verified || trimmed(given).empty()) given = verification;
    const auto type = element.type ? text_of(element.type) : std::string{};
    const bool of_procedure = is_cpt(entry.word) || is_hcpcs(entry.word);
    const auto said = of_procedure ? procedure_status_in(trimmed(given), {}) : std::string_view{};
    if (!said.empty()) {
        entry.status = said;
        settled = false;
    } else if (!trimmed(given).empty()) {
        entry.status = status_given(given, settled);
    } else if (!trimmed(type).empty()) {
        bool known = true;
        auto status = status_given(type, known);
        if (is_known_to_unsettle(type)) entry.status = std::move(status), settled = false;
        const auto word = normalised(type);
        if (word == "primary" || word == "secondary" || word == "principal") entry.rank = Document{word};
    }
    if (is_true(element.ruled_out)) entry.status = "ruled_out", settled = false;
    if (is_true(element.negated)) entry.status = "not_present", settled = false;
    if (is_true(element.differential)) entry.status = "differential", settled = false;
    const bool procedure = is_cpt(entry.word) || is_hcpcs(entry.word);
    if (procedure && (is_false(element.billed) || is_true(element.not_billed)))
        entry.status = "not_billed", settled = false;
    if (!procedure && is_false(element.active) && settled) entry.status = "inactive", settled = false;
    if (!procedure && is_true(element.history)) entry.status = "history", settled = false;
    if (!procedure && is_true(element.of_family)) entry.status = "family_history", settled = false;
    if (is_true(element.suspected)) entry.status = procedure ? "suggested" : "suspected", settled = false;
    if (is_true(element.rule_out)) entry.status = "rule_out", settled = false;
    if (element.remark && settled)
        if (const auto status = status_in_remark(text_of(element.remark), entry.word); !status.empty())
            entry.status = status, settled = false;
    if (is_another_person(text_of(element.subject))) entry.status = "family_history", settled = false;
    if (is_false(element.confirmed) && settled) entry.status = "unconfirmed", settled = false;
    if (!settled) entry.flags.push_back("not_confirmed");
    if (element.rank && element.rank->number()) entry.rank = *element.rank;
    else if (element.rank && element.rank->string())
        entry.rank = Document{std::string{beginning(*element.rank->string(), longest_word)}};
    if (element.primary && element.primary->boolean() == true && entry.rank.is_null())
        entry.rank = Document{std::string{"primary"}};
}

void read_modifiers(const Document* value, Entry& entry) {
    if (!value) return;
    if (!value->is_array()) return add_modifier(*value, entry);
    for (const auto& each : value->items() | std::views::take(most_element_members)) add_modifier(each, entry);
}

}  // namespace dcs::deepcura
