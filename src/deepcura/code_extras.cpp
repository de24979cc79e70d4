#include "deepcura/code_extras.hpp"

#include "deepcura/code_text.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

constexpr std::string_view en_dash = "\xE2\x80\x93";
constexpr std::string_view em_dash = "\xE2\x80\x94";
constexpr std::string_view times = "\xC3\x97";
constexpr std::size_t most_modifiers = 8;  // a claim has four
/// The numeric modifiers that there are (CPT, appendix A).
constexpr std::string_view numeric_modifiers =
    " 22 23 24 25 26 27 32 33 47 50 51 52 53 54 55 56 57 58 59 62 63 66 73 74 76 77 78 79 80 81 82 90 91 92 93 95 96 97 99 ";

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_code_letter(char letter) { return is_digit(letter) || is_capital(letter); }
bool goes_on(char letter) {
    return is_code_letter(letter) || (letter >= 'a' && letter <= 'z') || letter == '_' ||
           static_cast<unsigned char>(letter) > 127;
}

std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

bool starts_with_any_case(std::string_view text, std::string_view lower) {
    return text.size() >= lower.size() && upper_case(text.substr(0, lower.size())) == upper_case(lower);
}

bool is_modifier_at(std::string_view text) {
    return text.size() >= 2 && is_code_letter(text[0]) && is_code_letter(text[1]) &&
           (text.size() == 2 || !goes_on(text[2]) || text.substr(2).starts_with(en_dash) ||
            text.substr(2).starts_with(em_dash));
}

/// Whether one exists that is written so.
bool exists(std::string_view modifier) {
    const bool number = is_digit(modifier[0]) && is_digit(modifier[1]);
    return !number || is_among(numeric_modifiers, modifier);
}

/// " min", "minutes".
bool begins_with_time(std::string_view text) {
    constexpr std::string_view words = " MIN MINS MINUTE MINUTES HR HRS HOUR HOURS ";
    text = without_blanks(text);
    const auto end = std::ranges::find_if_not(text, goes_on);
    const auto word = upper_case(text.substr(0, static_cast<std::size_t>(end - text.begin())));
    return is_among(words, word);
}

/// "+ min", "-39 minutes": with the number before it, how long it took.
bool is_span_of_time(std::string_view text) {
    const auto marks = std::min(text.find_first_not_of("+-\xE2\x80\x93 0123456789"), text.size());
    return marks > 0 && begins_with_time(text.substr(marks));
}

/// Whether `text` may stand behind a modifier that only a blank or the like sets apart, so that it is no word of a description.
bool ends_modifiers(std::string_view text) {
    text = without_blanks(text);
    if (is_span_of_time(text)) return false;
    for (std::size_t more = 0; more < most_modifiers && is_modifier_at(text); ++more)
        text = without_blanks(text.substr(2));
    std::string units;
    if (text.empty() || take_units(text, units)) return true;
    if (starts_with_any_case(text, "and ")) return is_modifier_at(without_blanks(text.substr(4)));
    if (starts_with_any_case(text, "pos ") || starts_with_any_case(text, "pos:")) return true;  // the place of service
    return std::string_view{"-:(,;/|).]}+&"}.find(text.front()) != std::string_view::npos ||
           text.starts_with(en_dash) || text.starts_with(em_dash);
}

/// Takes the words of `words` off the front, with the marks behind them.
bool take_word(std::string_view& text, std::initializer_list<std::string_view> words) {
    for (const auto word : words) {
        if (!starts_with_any_case(text, word)) continue;
        const auto rest = text.substr(word.size());
        if (!rest.empty() && goes_on(rest.front()) && !is_digit(rest.front())) continue;
        text = rest;
        while (!text.empty() && std::string_view{" \t.:#-="}.find(text.front()) != std::string_view::npos)
            text.remove_prefix(1);
        return true;
    }
    return false;
}

/// "modifier 25", "w/ mods 25", "(mod. 25)".
bool take_named_modifier(std::string_view& text, std::vector<std::string>& modifiers) {
    auto rest = without_blanks(text);
    const bool bracket = rest.starts_with('(');
    while (!rest.empty() && std::string_view{"(,-:+ "}.find(rest.front()) != std::string_view::npos)
        rest.remove_prefix(1);
    const auto before = rest;
    if (starts_with_any_case(rest, "with ")) rest = without_blanks(rest.substr(5));
    else if (starts_with_any_case(rest, "w/")) rest = without_blanks(rest.substr(2));
    const bool with = rest.size() < before.size();
    const bool named = take_word(rest, {"modifiers", "modifier", "mods", "mod"});
    if (!named && !with) return false;
    const auto word = upper_case(rest.substr(0, 2));
    if (word.size() < 2 || !is_modifier_at(word) || (rest.size() > 2 && goes_on(rest[2]))) return false;
    if (!named && !(is_digit(word[0]) && exists(word) && ends_modifiers(rest.substr(2)))) return false;  // "w/ 25"
    modifiers.push_back(word);
    text = rest.substr(2);
    if (bracket && text.starts_with(')')) text.remove_prefix(1);
    return true;
}

/// What joins a modifier to what is before it.
struct Joint {
    std::size_t length = 0;
    bool tight = false;  // a hyphen that nothing else can be
};
Joint joint_of(std::string_view text, bool further) {
    Joint joint;
    const auto blanks = text.size() - without_blanks(text).size();
    const auto rest = text.substr(blanks);
    const auto dash = rest.starts_with(en_dash) ? en_dash.size() : rest.starts_with('-') ? std::size_t{1} : 0;
    if (dash > 0) {
        joint.length = blanks + dash;
        joint.tight = blanks == 0;
    } else if (!rest.empty() && std::string_view{",:./([{^"}.find(rest.front()) != std::string_view::npos) {
        joint.length = blanks + 1;
    } else if (rest.starts_with('+') || (further && rest.starts_with('&'))) {
        joint.length = blanks + 1;
    } else if (further && starts_with_any_case(rest, "and ")) {
        joint.length = blanks + 4;
    } else {
        joint.length = blanks;
    }
    return joint;
}

/// "x8 patients", "x60 min", "x2 sessions".
bool counts_something_else(std::string_view behind) {
    constexpr std::string_view others =
        " PATIENT PATIENTS PT PTS PEOPLE PERSON PERSONS PARTICIPANT PARTICIPANTS MEMBER MEMBERS CLIENT CLIENTS ATTENDEES KIDS "
        "CHILDREN FAMILIES MIN MINS MINUTE MINUTES HR HRS HOUR HOURS SESSION SESSIONS VISIT VISITS DAY DAYS WEEK WEEKS WK WKS "
        "MONTH MONTHS YEAR YEARS ";
    const auto end = std::ranges::find_if_not(behind, goes_on);
    return others.find(" " + upper_case(behind.substr(0, static_cast<std::size_t>(end - behind.begin()))) + " ") !=
               std::string_view::npos &&
           end != behind.begin();
}

}  // namespace

bool take_units(std::string_view& text, std::string& units) {
    auto rest = without_blanks(text);
    const bool bracket = rest.starts_with('(');
    if (bracket) rest.remove_prefix(1);
    else if (std::string_view{",:="}.find(rest.empty() ? ' ' : rest.front()) != std::string_view::npos ||
             rest.starts_with("- "))
        rest = without_blanks(rest.substr(1));
    const bool named = take_word(rest, {"units", "unit", "qty", "quantity"});
    bool crossed = false;
    if (rest.starts_with(times)) rest.remove_prefix(times.size()), crossed = true;
    else if (rest.starts_with('x') || rest.starts_with('X') || rest.starts_with('*'))
        rest.remove_prefix(1), crossed = true;
    rest = without_blanks(rest);
    const auto end = std::ranges::find_if_not(rest, is_digit);
    const auto count = static_cast<std::size_t>(end - rest.begin());
    if (count == 0 || count > 3) return false;
    auto behind = without_blanks(rest.substr(count));
    if (counts_something_else(behind)) return false;
    const bool counted = take_word(behind, {"units", "unit", "u"});
    if (!named && !crossed && !counted) return false;
    if (!counted) behind = rest.substr(count);
    if (!counted && !behind.empty() && goes_on(behind.front())) return false;
    if (bracket && !behind.starts_with(')')) return false;
    units = std::string{rest.substr(0, count)};
    text = behind.substr(bracket ? 1 : 0);
    return true;
}

bool take_modifier(std::string_view& text, std::vector<std::string>& modifiers) {
    if (modifiers.size() == most_modifiers) return false;
    if (take_named_modifier(text, modifiers)) return true;
    const bool further = !modifiers.empty();
    const auto joint = joint_of(text, further);
    if (joint.length == 0) return false;
    const auto opening = text.substr(0, joint.length);
    const char closing = opening.ends_with('(')   ? ')'
                         : opening.ends_with('[') ? ']'
                         : opening.ends_with('{') ? '}'
                                                  : '\0';
    const bool bracket = closing != '\0';
    auto inner = text.substr(joint.length);
    const auto apart = inner.size() - without_blanks(inner).size();
    if (joint.tight && apart > 0) return false;  // "99214- 25 minutes"
    inner = without_blanks(inner);
    if (inner.starts_with('-')) inner.remove_prefix(1);  // "99214 (-25)"
    if (!is_modifier_at(inner)) return false;
    const auto modifier = inner.substr(0, 2);
    if (!joint.tight && modifier[0] == 'X' && is_digit(modifier[1])) return false;  // "90833 X2" is units
    auto behind = inner.substr(2);
    if (joint.tight && begins_with_time(behind)) return false;  // "90834-45 min"
    const bool listed = further && is_digit(modifier[0]) == is_digit(modifiers.back()[0]) && exists(modifier);
    if (!joint.tight && !listed && (!exists(modifier) || !ends_modifiers(behind))) return false;
    if (!joint.tight && listed && !ends_modifiers(behind)) return false;
    if (bracket && !behind.starts_with(closing)) return false;
    modifiers.emplace_back(modifier);
    text = behind.substr(bracket ? 1 : 0);
    return true;
}

bool is_lone_modifier(std::string_view word) {
    constexpr std::string_view letters = " GT GQ G0 FQ FR HO HN AF AH AJ ";
    const auto upper = upper_case(word);
    if (upper.size() != 2 || !is_modifier_at(upper)) return false;
    return is_digit(upper[0]) && is_digit(upper[1]) ? exists(upper) : is_among(letters, upper);
}

bool may_hold_a_modifier(std::string_view description) {
    constexpr std::string_view measures =
        " MIN MINS MINUTE MINUTES M HR HRS HOUR HOURS YEAR YEARS YO Y DAY DAYS SECONDS PERCENT ";
    constexpr std::string_view usual = " 24 25 57 59 93 95 ";
    constexpr std::size_t size = 2;
    const auto first = description.substr(0, description.find(' '));
    if (first.size() == size && first.size() < description.size() && is_modifier_at(first) && is_digit(first[0]) &&
        exists(first)) {
        const auto rest = description.substr(size + 1);
        const auto next = upper_case(rest.substr(0, rest.find_first_of(" .,;:)-")));
        return !next.empty() && !is_among(measures, next) && !is_digit(next[0]);
    }
    const auto at = description.find_last_of(' ');
    if (at == std::string_view::npos || description.size() - at - 1 != size) return false;
    const auto before = description.substr(0, at);
    const auto word = upper_case(before.substr(before.find_last_of(' ') + 1));
    const auto number = description.substr(at + 1);
    return is_among(usual, number) && word != "POS" && word != "SCORE";
}

void take_modifiers_within(std::string& description, std::vector<std::string>& modifiers) {
    constexpr std::array<std::string_view, 4> labels{"modifiers", "modifier", "mods", "mod"};
    const std::string_view text = description;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (at > 0 && goes_on(text[at - 1])) continue;
        auto rest = text.substr(at);
        if (std::ranges::none_of(labels, [&](auto label) { return starts_with_any_case(rest, label); })) continue;
        auto begin = at;
        auto behind = rest;
        std::vector<std::string> found;
        if (take_word(behind, {"modifiers", "modifier", "mods", "mod"})) {
            // As written: "mod 25 on 99214" has one.
            for (auto next = std::string{behind.substr(0, 3)};
                 found.size() < most_modifiers && is_modifier_at(next) && exists(next.substr(0, 2));
                 next = std::string{behind.substr(0, 3)}) {
                found.push_back(next.substr(0, 2));
                behind.remove_prefix(2);
                const auto further = behind.find_first_not_of(" ,;/&+-");
                if (further == std::string_view::npos || !is_modifier_at(behind.substr(further, 3))) break;
                behind.remove_prefix(further);
            }
        }
        const auto ahead = text.substr(0, at);
        const auto last = ahead.find_last_not_of(" -");
        if (found.empty() && last != std::string_view::npos && last >= 1 && (last == 1 || !goes_on(ahead[last - 2])) &&
            is_modifier_at(upper_case(ahead.substr(last - 1, 2))) && exists(upper_case(ahead.substr(last - 1, 2)))) {
            found.push_back(upper_case(ahead.substr(last - 1, 2)));  // "with 25 modifier"
            begin = last - 1;
            if (text.substr(0, begin).ends_with("with ")) begin -= 5;
        }
        if (found.empty()) continue;
        for (auto& each : found)
            if (modifiers.size() < most_modifiers && std::ranges::find(modifiers, each) == modifiers.end())
                modifiers.push_back(std::move(each));
        std::string left{text.substr(0, begin)};
        left += behind;
        while (!left.empty() && std::string_view{" ,;:-(/|"}.find(left.back()) != std::string_view::npos)
            left.pop_back();
        while (!left.empty() && std::string_view{" ,;:-)/|"}.find(left.front()) != std::string_view::npos)
            left.erase(0, 1);
        description = std::move(left);
        return;
    }
}

}  // namespace dcs::deepcura
