#include "deepcura/medication_pieces.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/medication_lead.hpp"
#include "deepcura/medication_words.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_none = 100;       // bytes
constexpr std::size_t longest_statement = 240;  // bytes
constexpr std::size_t longest_shared = 4'000;   // bytes of a line that is searched for ','
constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_letter(char letter) {
    return is_capital(letter) || (letter >= 'a' && letter <= 'z') || static_cast<unsigned char>(letter) > 127;
}

using Words = std::unordered_set<std::string_view>;

Words words_in(std::string_view text) {
    Words all;
    for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string_view::npos;) {
        const auto end = std::min(text.find(' ', at), text.size());
        all.insert(text.substr(at, end - at));
        at = end;
    }
    return all;
}

/// The vocabulary, each list as a set.
struct Vocabulary {
    Words nones = words_in(whole_nones);
    Words noes = words_in(deepcura::noes);
    Words around_no = words_in(words_around_no);
    Words statements = words_in(deepcura::statements);
    Words around_statements = words_in(words_around_statements);
    Words goes_on = words_in(deepcura::goes_on);
    Words ends_a_name = words_in(deepcura::ends_a_name);
    Words actions = words_in(deepcura::actions);
    Words fillers = words_in(deepcura::fillers);
    Words units = words_in(deepcura::units);
    Words subjects = words_in(deepcura::subjects);
    Words who_takes = words_in(deepcura::who_takes);
};
const Vocabulary& vocabulary() {
    static const Vocabulary all;
    return all;
}

/// The next word, moved over, in lower case; empty: there is none.
std::string take_word(std::string_view& text) {
    const auto first = std::min(text.find_first_of(letters_and_digits), text.size());
    text.remove_prefix(first);
    const auto word = text.substr(0, std::min(text.find_first_not_of(letters_and_digits), text.size()));
    text.remove_prefix(word.size());
    return normalised(word);
}

/// "5-HTP 100 mg".
bool begins_with_digit_name(std::string_view text) {
    return std::ranges::any_of(digit_names, [&](std::string_view name) {
        return text.size() >= name.size() &&
               std::ranges::equal(name, text.substr(0, name.size()), {}, {}, [](char letter) {
                   return is_capital(letter) ? static_cast<char>(letter - 'A' + 'a') : letter;
               });
    });
}

/// Whether the text begins with words of a name, few and none of them known to be something else; `most` of them.
bool begins_with_a_name(std::string_view text, std::size_t most) {
    if (const auto bracket = text.find('('); bracket > 0) text = text.substr(0, bracket);
    std::size_t count = 0;
    while (true) {
        const auto word = take_word(text);
        if (word.empty() || is_digit(word.front())) break;
        if (count == 0 && vocabulary().actions.contains(word)) continue;
        if (vocabulary().ends_a_name.contains(word)) break;
        if (vocabulary().goes_on.contains(word)) return false;
        ++count;
    }
    return count > 0 && count <= most;
}

/// "100 mg trazodone": sure also behind a medication with its name first, for a unit of weight stands behind the number.
bool names_behind_a_weight(std::string_view text) {
    constexpr std::string_view weights = " mg mcg ug g gm gram grams ml meq iu units ";
    constexpr std::string_view no_names =
        " starting initial target maintenance loading divided split increments dispensed count before during titrating total ";
    text = trimmed(text);
    if (!names_behind_a_dose(text)) return false;
    auto word = take_word(text);
    while (!word.empty() && word.find_first_not_of(digits) == std::string::npos) word = take_word(text);  // "0.5 mg"
    const bool attached = is_digit(word.empty() ? 'x' : word.front());                                    // "50mg"
    const auto unit = attached ? word.substr(word.find_first_not_of(digits)) : word;
    return is_among(weights, unit) && !is_among(no_names, take_word(text));
}

/// "OTC melatonin", "PRN hydroxyzine 25 mg".
bool names_behind_a_kind(std::string_view text) {
    constexpr std::size_t most = 4;
    auto rest = trimmed(text);
    const auto kind = take_word(rest);
    if (kind != "otc" && kind != "prn" && kind != "generic") return false;
    rest = trimmed(rest);
    return !begins_as_going_on(rest) && begins_with_a_name(rest, most) && (kind == "otc" || has_dose(rest));
}

/// "Pt takes Zoloft 50 mg" behind what a relative takes.
bool names_behind_a_subject(std::string_view text) {
    constexpr std::size_t most = 4;
    text = trimmed(text);
    const auto rest = without_subject(text);
    return rest.size() < text.size() && !begins_as_going_on(rest) && begins_with_a_name(rest, most) && has_dose(rest);
}

/// Whether another medication begins with what stands behind a separator. `dose_first`: the one before began with its dose.
bool begins_another(std::string_view text, bool dose_first) {
    constexpr std::size_t most_with_dose = 6;
    constexpr std::size_t most_alone = 4;
    text = trimmed(text);
    if (begins_with_digit_name(text) || names_behind_a_kind(text) || names_behind_a_subject(text)) return true;
    if ((dose_first && names_behind_a_dose(text)) || names_behind_a_weight(text)) return true;
    const auto lead = medication_lead(text);
    if (lead.alone || lead.no_name) return false;
    if (!lead.said.text.empty()) text = lead.name;
    if (begins_as_going_on(text)) return false;
    return begins_with_a_name(text, has_dose(text) ? most_with_dose : most_alone);
}

/// "D" and "B12" behind "Vitamins A".
bool is_another_vitamin(std::string_view piece, std::string_view next) {
    constexpr std::size_t longest_letter = 3;
    const auto name = trimmed(next);
    if (name.empty() || name.size() > longest_letter || !is_capital(name.front())) return false;
    if (!std::ranges::all_of(name.substr(1), is_digit)) return false;
    return normalised(piece.substr(0, 40)).find("vitamin") != std::string::npos;
}

/// Whether 'and' between the two makes one medication of them: "amphetamine and dextroamphetamine".
bool is_combination(std::string_view before, std::string_view behind) {
    auto first = take_word(before);
    auto last = first;
    for (auto word = first; !word.empty() && !is_digit(word.front()); word = take_word(before)) last = word;
    const auto next = take_word(behind);
    return std::ranges::any_of(combinations, [&](const auto& pair) {
        return pair.second == next && (pair.first == first || pair.first == last);
    });
}

/// The pieces of a line between ';'.
std::vector<std::string_view> pieces_of(std::string_view line) {
    std::vector<std::string_view> pieces;
    std::size_t begin = 0;
    for (auto at = line.find(';'); at != std::string_view::npos; at = line.find(';', at + 1)) {
        const auto next = line.substr(at + 1, line.find(';', at + 1) - std::min(line.size(), at + 1));
        if (trimmed(line.substr(begin, at - begin)).empty()) {
            begin = at + 1;
        } else if (!begins_as_going_on(next) || begins_with_digit_name(trimmed(next)) || names_behind_a_weight(next) ||
                   names_behind_a_kind(next) || names_behind_a_subject(next) ||
                   !medication_lead(next).said.text.empty()) {
            pieces.push_back(line.substr(begin, at - begin));
            begin = at + 1;
        }
    }
    auto last = trimmed(line.substr(std::min(begin, line.size())));
    while (last.ends_with(';')) last = trimmed(last.substr(0, last.size() - 1));
    pieces.push_back(last);
    return pieces;
}

/// Where "2. " or "2) " stands in a line that begins with "1. "; npos: nowhere.
std::size_t number_at(std::string_view line, std::size_t number) {
    const auto wanted = std::to_string(number);
    for (auto at = line.find(wanted); at != std::string_view::npos; at = line.find(wanted, at + 1)) {
        const auto end = at + wanted.size();
        const bool before = at > 0 && (line[at - 1] == ' ' || line[at - 1] == ';' || line[at - 1] == ',');
        const bool mark = end + 1 < line.size() && (line[end] == '.' || line[end] == ')') && line[end + 1] == ' ';
        if (before && mark) return at;
    }
    return std::string_view::npos;
}

/// "1. Sertraline 50 mg 2. Trazodone 25 mg": a line each.
std::vector<std::string_view> numbered_in(std::string_view line) {
    const auto text = trimmed(line);
    std::vector<std::string_view> all;
    if (text.size() > longest_shared || !(text.starts_with("1. ") || text.starts_with("1) "))) return {line};
    auto rest = text;
    for (std::size_t number = 2; number < 100; ++number) {
        const auto at = number_at(rest, number);
        if (at == std::string_view::npos) break;
        auto one = trimmed(rest.substr(0, at));
        while (one.ends_with(',') || one.ends_with(';')) one = trimmed(one.substr(0, one.size() - 1));
        all.push_back(one);
        rest.remove_prefix(at);
    }
    all.push_back(rest);
    return all;
}

/// What a separator needs before it separates.
enum class Needs {
    another,   // another name behind it
    two,       // a name on both sides that are no combination
    sentence,  // a dose behind it, or a name on both sides
    two_doses  // a dose on both sides
};
struct Separator {
    std::string_view text;
    Needs needs;
};
constexpr std::array separators{
    Separator{", and ", Needs::another}, Separator{", plus ", Needs::another},
    Separator{",", Needs::another},      Separator{"\xE2\x80\xA2", Needs::another},
    Separator{" | ", Needs::another},    Separator{"\t", Needs::another},
    Separator{". ", Needs::sentence},    Separator{" and ", Needs::two},
    Separator{" plus ", Needs::two},     Separator{" + ", Needs::two},
    Separator{"+ ", Needs::two},         Separator{" & ", Needs::two},
    Separator{"+", Needs::two_doses},    Separator{"&", Needs::two_doses},
    Separator{" / ", Needs::two_doses},
};

/// They end with a '.' that ends no sentence.
constexpr std::array<std::string_view, 7> short_words{"St", "st", "Dr", "Mr", "Mrs", "No", "vs"};

/// The separator that stands here; nullptr: none. Parts of numbers and abbreviations are none.
const Separator* separator_at(std::string_view text, std::size_t at) {
    const auto rest = text.substr(at);
    const auto* found =
        std::ranges::find_if(separators, [&](const Separator& each) { return rest.starts_with(each.text); });
    if (found == separators.end()) return nullptr;
    const auto next = at + found->text.size();
    const bool in_number =
        found->text == "," && at > 0 && next < text.size() && is_digit(text[at - 1]) && is_digit(text[next]);
    const bool in_sentence = found->text == ". " && (at < 2 || next >= text.size() || !is_capital(text[next]) ||
                                                     !is_letter(text[at - 2]) || !is_letter(text[at - 1]));
    const auto before = text.substr(0, at);
    const bool shortened = found->text == ". " && std::ranges::any_of(short_words, [&](std::string_view word) {
                               return before.ends_with(word) && (before.size() == word.size() ||
                                                                 !is_letter(before[before.size() - word.size() - 1]));
                           });
    return in_number || in_sentence || shortened ? nullptr : found;
}

/// Cuts a piece where another medication begins.
class Cutter {
public:
    Cutter(std::string_view piece, std::size_t most, std::vector<std::string_view>& all)
        : piece_{piece}, most_{most}, all_{all} {}

    void cut() {
        const auto last_close = piece_.rfind(')');
        int depth = 0;
        for (std::size_t at = 0; at < piece_.size() && piece_.size() < longest_shared; ++at) {
            if (piece_[at] == '(' && last_close != std::string_view::npos && at < last_close) ++depth;
            if (piece_[at] == ')' && depth > 0) --depth;
            const auto* separator = depth == 0 ? separator_at(piece_, at) : nullptr;
            if (separator == nullptr) continue;
            const auto next = at + separator->text.size();
            if (separates(*separator, at, next)) {
                keep(piece_.substr(begin_, at - begin_));
                begin_ = next;
            }
            atom_ = next;
            at = next - 1;
        }
        keep(piece_.substr(begin_));
    }

private:
    void keep(std::string_view one) {
        while ((one = trimmed(one)).ends_with(',')) one.remove_suffix(1);
        if (const auto name = without_bullet(one); !name.empty() && all_.size() < most_) all_.push_back(name);
    }

    /// What stands between here and the next separator.
    std::string_view atom_at(std::size_t begin) const {
        auto end = begin;
        while (end < piece_.size() && (piece_[end] == '(' || separator_at(piece_, end) == nullptr)) {
            const auto close = piece_[end] == '(' ? piece_.find(')', end) : std::string_view::npos;
            end = close == std::string_view::npos ? end + 1 : close + 1;
        }
        return piece_.substr(begin, end - begin);
    }

    bool separates(const Separator& separator, std::size_t at, std::size_t next) const {
        const auto before = piece_.substr(begin_, at - begin_);
        const auto last = trimmed(piece_.substr(atom_, at - atom_));
        const auto behind = atom_at(next);
        if (trimmed(before).empty()) return true;
        const auto first = trimmed(before).front();
        if (is_another_vitamin(before, behind) || !begins_another(behind, is_digit(first))) return false;
        if (separator.needs == Needs::another) return true;
        if (has_dose(before) && has_dose(behind)) return true;
        if (separator.needs == Needs::sentence && has_dose(behind)) return true;
        if (separator.needs == Needs::two_doses) return false;
        return (begins_another(last, true) || (atom_ == begin_ && names_behind_a_dose(last))) &&
               !is_combination(last, behind);
    }

    std::string_view piece_;
    std::size_t most_;
    std::vector<std::string_view>& all_;
    std::size_t begin_ = 0;  // of the medication
    std::size_t atom_ = 0;   // of what stands behind the last separator
};

/// "PCN - rash", "Sulfa (hives)": what a substance does to somebody who does not bear it, with nothing of how it is taken.
bool is_reaction(std::string_view text) {
    constexpr std::size_t longest = 80;
    constexpr std::string_view reactions =
        " rash rashes hives anaphylaxis anaphylactic angioedema urticaria itching pruritus swelling sob stevensjohnson sjs wheezing "
        "intolerance reaction dystonia nms ";
    if (text.size() > longest || has_dose(text)) return false;
    auto at = text.find_first_of("-:(=\xE2");
    if (at == std::string_view::npos || at == 0) return false;
    auto rest = text.substr(at);
    bool any = false;
    constexpr std::string_view others =
        " causes caused cause severe mild moderate and or with of the throat face lip lips tongue airway shortness breath full body skin gi "
        "upset anaphylactoid allergic allergy syndrome drug ";
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
        const bool reaction = is_among(reactions, word);
        if (!reaction && !is_among(others, word)) return false;
        any = any || reaction || word == "allergy" || word == "allergic";
    }
    return any;
}

/// "Allergic to sulfa", "penicillin allergy", but not "Zyrtec for allergies".
bool is_allergy(std::string_view text) {
    auto rest = text;
    const auto first = take_word(rest);
    const auto second = take_word(rest);
    constexpr std::string_view against =
        " medication medications medicine pill pills shot shots relief tablets meds drops ";
    if (first == "allergic" || first == "allergy" || first == "allergies")
        return second.empty() || !is_among(against, second);
    const auto whole = normalised(text);
    const bool ends = whole.ends_with("allergy") || whole.ends_with("allergies");
    return ends && !whole.starts_with("seasonal") && whole.find("for") == std::string::npos && !has_dose(text);
}

}  // namespace

bool says_no_medications(std::string_view text) {
    if (text.size() > longest_none) return false;
    if (vocabulary().nones.contains(normalised(text))) return true;
    bool negated = false;
    bool any = false;
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        if (vocabulary().noes.contains(word)) negated = true;
        else if (!vocabulary().around_no.contains(word)) return false;
        any = true;
    }
    return any && negated;
}

bool names_no_medication(std::string_view text) {
    if (text.size() > longest_statement) return false;
    if (is_allergy(text) || is_reaction(text)) return true;
    const auto& known = vocabulary();
    bool stated = false;
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        const bool statement = known.statements.contains(word);
        stated = stated || statement;
        // "OTC supplements" is as much of a name as the patient knew.
        if (word == "vitamins" || word.starts_with("supplement") || word.starts_with("herbal")) return false;
        if (!statement && !known.around_no.contains(word) && !known.noes.contains(word) &&
            !known.around_statements.contains(word))
            return false;
    }
    return stated;
}

bool only_goes_on(std::string_view text) {
    if (begins_with_digit_name(trimmed(text))) return false;
    bool any = false;
    while (true) {
        const auto first = text.find_first_of(letters_and_digits);
        const bool capital = first != std::string_view::npos && is_capital(text[first]);
        const auto word = take_word(text);
        if (word.empty()) break;
        if (any && !capital && vocabulary().fillers.contains(word)) continue;
        if (!is_digit(word.front()) && !vocabulary().goes_on.contains(word)) return false;
        any = true;
    }
    return any;
}

bool begins_as_going_on(std::string_view piece) {
    auto rest = trimmed(piece);
    if (rest.empty()) return true;
    auto word = take_word(rest);
    bool acted = false;
    while (vocabulary().actions.contains(word)) {
        acted = true;
        word = take_word(rest);
    }
    if (word.empty()) return acted;
    return is_digit(word.front()) || vocabulary().goes_on.contains(word);
}

bool names_behind_a_dose(std::string_view text) {
    text = trimmed(text);
    if (text.empty() || !is_digit(text.front())) return false;
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        if (is_digit(word.front()) || vocabulary().units.contains(word) || word == "of") continue;
        return !vocabulary().goes_on.contains(word) && word.size() > 2;
    }
    return false;
}

bool has_dose(std::string_view text) {
    text = trimmed(text);
    for (auto at = text.find_first_of(digits, 1); at != std::string_view::npos && at < text.size();) {
        const auto end = std::min(text.find_first_not_of("0123456789.,/-", at), text.size());
        const char before = text[at - 1];
        if (before == ' ' || before == '.' || before == '(' || before == ',') return true;
        auto rest = text.substr(end);
        if (const auto unit = take_word(rest); vocabulary().units.contains(unit)) return true;
        at = text.find_first_of(digits, end);
    }
    return false;
}

std::string_view behind_no_others(std::string_view text) {
    constexpr std::size_t longest_before = 80;
    for (const std::string_view words :
         {" except for ", " except ", " other than ", " besides ", " aside from ", " apart from "}) {
        const auto at = text.substr(0, longest_before).find(words);
        if (at != std::string_view::npos && says_no_medications(text.substr(0, at)))
            return text.substr(at + words.size());
    }
    return text;
}

std::string_view without_subject(std::string_view text) {
    auto rest = text;
    auto kept = text;
    bool first = true;
    while (true) {
        const auto word = take_word(rest);
        if (!vocabulary().who_takes.contains(word)) break;
        if (rest.starts_with("'s") || rest.starts_with("\xE2\x80\x99s")) break;  // "Pt's mother takes lithium"
        if (std::exchange(first, false) && !vocabulary().subjects.contains(word)) break;
        kept = trimmed(rest);
    }
    while (kept.starts_with(':') || kept.starts_with(',')) kept = trimmed(kept.substr(1));
    return kept.empty() ? text : kept;
}

std::vector<std::string_view> medications_of_line(std::string_view line, std::size_t most) {
    std::vector<std::string_view> all;
    for (const auto numbered : numbered_in(line))
        for (const auto piece : pieces_of(numbered)) Cutter{piece, most, all}.cut();
    return all;
}

}  // namespace dcs::deepcura
