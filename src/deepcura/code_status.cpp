#include "deepcura/code_status.hpp"

#include "deepcura/code_cues.hpp"
#include "deepcura/code_text.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace dcs::deepcura {

namespace {

/// What the description of a code itself may say, so that it says nothing of this patient. Codes by their beginning.
struct Meaning {
    std::string_view codes;  // between blanks
    std::string_view cue;
};
// Source: the titles of ICD-10-CM.
constexpr std::array own_meanings{
    Meaning{
        " F1011 F1021 F1091 F1111 F1121 F1191 F1211 F1221 F1291 F1311 F1321 F1391 F1411 F1421 F1491 F1511 F1521 F1591 F1611 F1621 "
        "F1691 F1711 F17201 F17211 F17221 F17291 F1811 F1821 F1891 F1911 F1921 F1991 F303 F304 F317 F324 F325 F334 C8 C9 D4 "
        "G35 K50 K51 M0 ",
        "remission"},
    Meaning{" F80 F843 F911 F93 F94 F98 G80 Z6 T74 T76 ", "childhood"},
    Meaning{" D56 D57 ", "trait"},
    Meaning{" F30 F31 F32 F33 F06 F53 F28 ", "features"},
    Meaning{" Z1 ", "screen"},
    Meaning{" Z7 R7 ", "at risk"},
    Meaning{" Z9 Q N ", "absence"},
};

bool is_own_meaning(std::string_view code, std::string_view cue) {
    std::string plain_code;
    for (const char letter : code)
        if (letter != '.') plain_code += letter;
    for (const auto& meaning : own_meanings) {
        if (cue.find(meaning.cue) == std::string_view::npos) continue;
        for (auto rest = meaning.codes; !rest.empty();) {
            rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
            const auto beginning = rest.substr(0, rest.find(' '));
            if (!beginning.empty() && plain_code.starts_with(beginning)) return true;
            rest.remove_prefix(beginning.size());
        }
    }
    return false;
}

bool is_word(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
           static_cast<unsigned char>(letter) > 127;
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return out;
}

bool has_words(std::string_view text, std::string_view words) {
    for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
        const auto end = at + words.size();
        const bool begins = at == 0 || !is_word(text[at - 1]);
        const bool ends = end == text.size() || !is_word(text[end]);
        if (begins && ends) return true;
    }
    return false;
}

/// Words in a row, without the marks between them.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && (is_word(text[end]) || text[end] == '\'' || text[end] == '/' || text[end] == '.'))
            ++end;
        if (end == at) {
            if (text[at] != ' ') words.emplace_back(1, text[at]);
            ++at;
            continue;
        }
        words.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

/// "Mother has F31.9", "F31.9 (mother)", "sister dx'd F32.1", but not "problems in relationship with mother".
bool is_of_a_relative(std::string_view text, std::string_view code) {
    // The code's own meaning: family circumstances, maltreatment, childbirth, the newborn.
    if (code.starts_with('Z') || code.starts_with('O') || code.starts_with('P') || code.starts_with('T') ||
        code.starts_with('Y') || code.starts_with('Q'))
        return false;
    constexpr std::string_view kin =
        " mother mom father dad sister brother sibling siblings parent parents "
        "aunt uncle wife husband spouse partner girlfriend boyfriend grandmother grandfather grandparent grandparents son daughter cousin cousins niece nephew mgm mgf pgm pgf "
        "relative relatives maternal paternal madre padre hermano hermana abuelo abuela ";
    constexpr std::string_view has =
        " has had have with w w/ diagnosis diagnoses dx dx'd dx. dxd dxed diagnosed hx suffers suffered carries positive pos side was is treated aunt "
        "uncle grandmother grandfather grandparent cousin mother father con tiene ";
    const auto words = words_of(text);
    for (std::size_t at = 0; at < words.size(); ++at) {
        auto kin_word = std::string_view{words[at]};
        if (kin_word.ends_with("'s")) kin_word.remove_suffix(2);
        if (!is_among(kin, kin_word)) continue;
        const auto next = at + 1 < words.size() ? std::string_view{words[at + 1]} : std::string_view{};
        const auto before = at > 0 ? std::string_view{words[at - 1]} : std::string_view{};
        const bool alone = next.empty() || next == ")" || next == "]" || next == ";" || next == "," || next == ":";
        if (is_among(has, next)) return true;
        if (alone &&
            (before.empty() || before == "(" || before == "[" || before == "," || before == "-" || before == ":" ||
             before == "in" || before == "of" || before == "her" || before == "his" || before == "their" ||
             before == "patient's" || before == "pt's" || before == "maternal" || before == "paternal"))
            return true;
        if (at == 0 && next == lower(code)) return true;
    }
    return false;
}

/// The word right before the code; empty: there is none, or the code is not in the text.
std::string word_before(std::string_view text, std::string_view code) {
    if (code.empty()) return {};
    const auto at = text.find(lower(code));
    if (at == std::string_view::npos) return {};
    const auto words = words_of(text.substr(0, at));
    return words.empty() ? std::string{} : words.back();
}

/// A text and what stands before and behind the code in it.
struct Around {
    std::string_view text;
    std::string_view before;
    std::string_view behind;
    bool has_code = false;
};
Around around_code(std::string_view text, std::string_view code) {
    const auto at = code.empty() ? std::string_view::npos : text.find(lower(code));
    if (at == std::string_view::npos) return {text, text, text, code.empty()};
    return {text, text.substr(0, at), text.substr(at + code.size()), true};
}

/// "no evidence", but not "normal".
bool begins_with_words(std::string_view text, std::string_view words) {
    return text.starts_with(words) && (text.size() == words.size() || !is_word(text[words.size()]));
}

bool counts(const Cue& cue, const Around& around) {
    if (cue.where == Where::around) return has_words(around.text, cue.words);
    // A description stands behind its code: what is said ahead of the diagnosis begins it.
    if (cue.where == Where::ahead)
        return around.has_code ? has_words(around.before, cue.words)
                               : begins_with_words(trimmed(around.text), cue.words);
    constexpr std::string_view marks = " \t\n:-,;.()[]/|";
    auto before = around.before;
    auto behind = around.behind;
    while (!before.empty() && marks.find(before.back()) != std::string_view::npos) before.remove_suffix(1);
    while (!behind.empty() && marks.find(behind.front()) != std::string_view::npos) behind.remove_prefix(1);
    const bool ends = before.ends_with(cue.words) &&
                      (before.size() == cue.words.size() || !is_word(before[before.size() - cue.words.size() - 1]));
    const bool begins =
        behind.starts_with(cue.words) &&
        (behind.size() == cue.words.size() ||
         (!is_word(behind[cue.words.size()]) && behind.substr(cue.words.size()).find_first_of("0123456789") != 1));
    // "in the past week" is a span of time.
    const bool span =
        begins && cue.words == "in the past" &&
        is_word(trimmed(behind.substr(cue.words.size())).empty() ? ' '
                                                                 : trimmed(behind.substr(cue.words.size())).front());
    return (ends || begins) && !span;
}

/// Whether the code's own meaning is a history or an observation for something suspected.
bool means_it(std::string_view code) {
    return code.starts_with("Z8") || code.starts_with("Z91") || code.starts_with("Z92") || code.starts_with("Z03") ||
           code.starts_with("Z04") || code.starts_with("Z05") || code.starts_with("O09");
}

/// "No psychosis (F29)", but not "no change in MDD F33.1".
bool begins_with_no(std::string_view text, std::string_view code) {
    constexpr std::string_view of_the_course =
        " change changes new other further additional concern concerns improvement better worse worsening issue issues side med "
        "meds medication medications longer doubt acute recent significant ";
    constexpr std::size_t most_words = 5;
    const auto at = code.empty() ? std::string_view::npos : text.find(lower(code));
    if (at == std::string_view::npos) return false;
    const auto words = words_of(text.substr(0, at));
    return words.size() > 1 && words.size() <= most_words + 2 && words.front() == "no" &&
           !is_among(of_the_course, words[1]);
}

/// Blanks out what is of the course and not of the diagnosis: "hx of 2 episodes", "not in remission".
void blank_other_histories(std::string& text) {
    for (const std::string_view words : {"not in remission", "not in full remission", "no remission"})
        for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
            std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), words.size(), ' ');
    constexpr std::array<std::string_view, 4> histories{"history of ", "hx of ", "h/o ", "hx "};
    constexpr std::string_view counted =
        " one two three four five six seven multiple several many numerous repeated episode episodes hospitalization "
        "hospitalizations admission admissions attempt attempts trauma self-harm nonadherence noncompliance response relapse relapses "
        "treatment suicide suicidal si sa self sexual physical emotional ect ";
    for (const auto words : histories)
        for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
            if (at > 0 && is_word(text[at - 1])) continue;
            const auto rest = std::string_view{text}.substr(at + words.size());
            const auto next = rest.substr(0, std::min(rest.find_first_of(" ,.;()"), rest.size()));
            const bool number = next.find_first_not_of("0123456789x") == std::string_view::npos && !next.empty();
            if (number || is_among(counted, next))
                std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), words.size(), ' ');
        }
}

}  // namespace

std::string_view status_in(std::string_view around, std::string_view code) {
    constexpr std::size_t longest = 2'000;
    if (means_it(code)) return {};
    auto text = lower(around.substr(0, longest));
    blank_other_histories(text);
    if (is_of_a_relative(text, code)) return "family_history";
    const auto before = word_before(text, code);
    if (is_among(" not no isn't never neg negative without w/o ", before)) return "not_present";
    if (before == "or") return "differential";
    if (begins_with_no(text, code)) return "not_present";
    if (is_among(" was had were old previous prior past former prev prev. ", before)) return "history";
    const auto places = around_code(text, code);
    // "F33.1 meets criteria, F41.1 does not".
    if (places.has_code && !code.empty() &&
        is_among(" doesnot doesnt isnot isnt not no absent neg ", normalised(places.behind.substr(0, 24))))
        return "not_present";
    for (const auto& cue : diagnosis_cues)
        if (counts(cue, places) && !is_own_meaning(code, cue.words)) return cue.status;
    const auto begin = trimmed(text);
    return begin.starts_with('?') || begin.ends_with('?') ? "suspected" : "";
}

std::string_view procedure_status_in(std::string_view around, std::string_view code) {
    constexpr std::size_t longest = 2'000;
    const auto text = lower(around.substr(0, longest));
    if (is_among(" not no never without decline declined ", word_before(text, code))) return "not_billed";
    if (is_among(" or ", word_before(text, code))) return "alternative";
    const auto places = around_code(text, code);
    for (const auto& cue : procedure_cues)
        if (counts(cue, places)) return cue.status;
    const auto begin = trimmed(text);
    return begin.starts_with('?') || begin.ends_with('?') ? "suggested" : "";
}

/// What a short name says by the stem of one of its words, in whatever number or form: "rule_outs", "differentialDiagnoses",
/// "considerations", "past diagnoses". Empty: nothing, or the name is a description.
static std::string_view status_of_label(std::string_view name) {
    struct Stem {
        std::string_view stems;  // the words that begin with one of them
        std::string_view status;
    };
    constexpr std::array stems{
        Stem{"family familial relative", "family_history"},
        Stem{"ruledout excluded refuted rejected dismissed discarded", "ruled_out"},
        Stem{"ruleout rule-out torule", "rule_out"},
        Stem{"differential ddx", "differential"},
        Stem{"subthreshold subclinical trait", "subthreshold"},
        Stem{"deferred", "deferred"},
        Stem{"histor previous prior former past", "history"},
        Stem{"resolved", "resolved"},
        Stem{"inactive", "inactive"},
        Stem{"remission remitted", "remission"},
        Stem{"working", "working"},
        Stem{
            "consider suspect provisional presum tentative possib probab potential candidate unconfirmed questionable query "
            "queries",
            "suspected"},
    };
    constexpr std::size_t longest = 48;
    constexpr std::size_t most_words = 4;
    if (name.size() > longest) return {};
    auto words = words_of(lower(name));
    if (words.size() > most_words) return {};
    words.push_back(normalised(name));  // "rule outs" as one
    for (const auto& each : stems)
        for (auto rest = each.stems; !rest.empty();) {
            const auto stem = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(rest.size(), stem.size() + 1));
            if (std::ranges::any_of(words, [&](const std::string& word) { return word.starts_with(stem); }))
                return each.status;
        }
    return {};
}

std::string status_given(std::string_view value, bool& settled) {
    constexpr std::string_view known =
        " active current confirmed established primary secondary tertiary principal admitting chronic acute subacute stable new "
        "existing ongoing final billed billable approved signed complete completed open yes true present positive valid verified documented "
        "controlled uncontrolled wellcontrolled improving improved worsening worsened unchanged severe moderate mild recurrent "
        "recurrence relapse relapsed persistent definite definitive certain high highconfidence encounterdiagnosis "
        "problemlistitem problemlist finaldiagnosis clinical assessed addressed managed treated charged submitted ready ok ";
    constexpr std::string_view ruled_out = " refuted excluded ruledout negative no false absent ";
    const auto text = trimmed(value);
    settled = true;
    if (const auto status = status_in(text, {}); !status.empty()) {
        settled = false;
        return std::string{status};
    }
    if (const auto status = status_of_label(text); !status.empty()) {
        settled = false;
        return std::string{status};
    }
    const auto word = normalised(text);
    if (is_among(ruled_out, word)) {
        settled = false;
        return "ruled_out";
    }
    // What nobody knows settles nothing.
    settled = is_among(known, word) || word.empty() || word.find_first_not_of("0123456789") == std::string::npos;
    return settled ? lower(text) : std::string{text};
}

std::string_view status_of_group(std::string_view name) {
    struct Group {
        std::string_view names;
        std::string_view status;
    };
    constexpr std::array groups{
        Group{" history past previous prior former old pasthistory hx pmh ", "history"},
        Group{" negative negatives denied absent notpresent ", "not_present"},
        Group{" rejected dismissed discarded ", "ruled_out"},
        Group{" family ", "family_history"},
        Group{" considered consideration considerations unknown uncertain unclear suggestions suggested "
              "candidates candidate proposed potential optional alternatives alternative ",
              "suspected"},
    };
    const auto word = normalised(trimmed(name));
    for (const auto& group : groups)
        if (is_among(group.names, word)) return group.status;
    return status_of_label(name);
}

std::string_view status_in_remark(std::string_view remark, std::string_view code) {
    const auto text = lower(trimmed(remark));
    if (text.find(lower(code)) == std::string::npos) {
        const auto words = words_of(text);
        const auto begins = [&](std::string_view word) { return words.size() > 1 && words.front() == word; };
        // What the patient denies and what is considered next are other things than the diagnosis.
        if (begins("denies") || begins("denied")) return {};
        if ((begins("consider") || begins("considering")) && words[1].ends_with("ing")) return {};
    }
    return is_cpt(code) || is_hcpcs(code) ? procedure_status_in(remark, code) : status_in(remark, code);
}

bool is_known_to_unsettle(std::string_view value) {
    constexpr std::string_view unsettled =
        " excluded refuted inactive remission inremission enteredinerror differential ruleout provisional working ";
    return !status_in(trimmed(value), {}).empty() || is_among(unsettled, normalised(value));
}

bool is_another_person(std::string_view value) {
    constexpr std::string_view own = " patient self pt client subject individual member proband me paciente ";
    const auto word = normalised(value);
    return !word.empty() && !is_among(own, word) && word.find_first_of("0123456789") == std::string::npos;
}

bool speaks_ahead(std::string_view text) {
    constexpr std::size_t longest_negation = 400;
    constexpr std::string_view negations =
        " not no without w/o never nor instead of rather than did does do didn't doesn't don't meet add-on addon ";
    constexpr std::string_view joints = " criteria for of the full if whether about ";
    const auto all = words_of(lower(text.substr(0, longest_negation)));
    if (!all.empty() &&
        is_among(" changed updated upgraded downgraded converted revised corrected replaced ", all.front()))
        return false;
    const auto left = lower(without_cue(text));
    for (const auto& word : words_of(left))
        if (is_word(word.front()) && !is_among(negations, word) && !is_among(joints, word)) return false;
    if (is_among(joints, all.empty() ? "" : all.front())) return false;
    return !trimmed(text).empty() && is_word(lower(trimmed(text)).front());
}

std::string_view without_cue(std::string_view text) {
    for (bool more = true; more;) {
        more = false;
        text = trimmed(text);
        const auto low = lower(text.substr(0, 40));
        for (const auto& cue : diagnosis_cues) {
            if (!low.starts_with(cue.words)) continue;
            if (text.size() > cue.words.size() && is_word(low[std::min(cue.words.size(), low.size() - 1)])) continue;
            text.remove_prefix(cue.words.size());
            more = true;
            break;
        }
        while (text.starts_with(':') || text.starts_with('?') || text.starts_with('-') || text.starts_with('.'))
            text = trimmed(text.substr(1)), more = true;
    }
    return text;
}

namespace {

/// Takes a word that is among `words` off the front, with the marks behind it.
bool take_one_of(std::string_view& text, std::string_view words) {
    constexpr std::size_t longest_word = 24;
    constexpr std::string_view marks = " \t,:;-([|/";
    const auto low = lower(text.substr(0, longest_word));
    std::size_t end = 0;
    while (end < low.size() && (is_word(low[end]) || low[end] == '\'')) ++end;
    const bool whole = end < low.size() || text.size() == end;
    if (!whole || !is_among(words, std::string_view{low}.substr(0, end))) return false;
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(marks), text.size()));
    return true;
}

}  // namespace

std::string_view without_status_words(std::string_view text, bool has_status) {
    constexpr std::string_view fillers =
        " no not isn't wasn't never nor neither or and but of for with without any the a an to as was is were are be been had has "
        "have did does in on from by that who her his their my patient pt client she he they denies denied denying deny neg "
        "negative positive pos evidence sign signs criteria meet meets dx diagnosis diagnosed history hx old prior previous past "
        "former family now "
        "either instead rather than add add-on charge charges charged bill billed billing w/o prev ";
    constexpr std::string_view ahead = " no of for any denies denied nor w/o prev ";
    constexpr std::size_t longest = 200;
    while (text.starts_with('(') || text.starts_with('[')) text = trimmed(text.substr(1));  // "(not F32.1)"
    auto rest = without_cue(text);
    if (lower(rest.substr(0, 4)).starts_with("w/o") && (rest.size() == 3 || rest[3] == ' '))
        rest = trimmed(rest.substr(3));
    if (rest.size() <= longest) {
        auto left = rest;
        while (take_one_of(left, fillers)) left = without_cue(left);
        if (trimmed(left).empty()) return {};
    }
    while (has_status && take_one_of(rest, ahead)) rest = without_cue(rest);
    return rest;
}

}  // namespace dcs::deepcura
