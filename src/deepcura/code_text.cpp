#include "deepcura/code_text.hpp"

#include "deepcura/fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::string_view en_dash = "\xE2\x80\x93";
constexpr std::string_view em_dash = "\xE2\x80\x94";
constexpr std::string_view times = "\xC3\x97";
constexpr std::size_t longest_code = 12;   // what is longer is no try at a code
constexpr std::size_t most_modifiers = 8;  // a claim has four

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_code_letter(char letter) { return is_digit(letter) || is_capital(letter); }
bool is_alphanumeric(char letter) { return is_code_letter(letter) || (letter >= 'a' && letter <= 'z'); }
/// Whether a word goes on with `letter`.
bool goes_on(char letter) {
    return is_alphanumeric(letter) || letter == '_' || static_cast<unsigned char>(letter) > 127;
}

std::size_t digits_in(std::string_view word) { return static_cast<std::size_t>(std::ranges::count_if(word, is_digit)); }

/// A try at a diagnosis code, well-formed or not: F41.1, F4, F41.12345. Not a word like T2DM.
bool tries_diagnosis(std::string_view word) {
    if (word.size() < 2 || word.size() > longest_code || !is_capital(word[0]) || !is_digit(word[1])) return false;
    return word.size() == 2 || is_digit(word[2]) || word[2] == 'A' || word[2] == 'B' || word[2] == '.';
}

bool tries_procedure(std::string_view word) {
    if (is_cpt(word) || is_hcpcs(word)) return true;
    return word.size() >= 4 && word.size() <= 6 && digits_in(word) == word.size();
}

/// Whether `word` is a try at a code, in a list of that kind; also at one of the other kind that cannot be mistaken.
bool tries(std::string_view word, CodeKind kind) {
    switch (kind) {
    case CodeKind::diagnosis: return tries_diagnosis(word) || is_cpt(word);
    case CodeKind::procedure:
        return tries_procedure(word) || (is_icd10(word) && word.find('.') != std::string_view::npos);
    case CodeKind::either: return tries_diagnosis(word) || tries_procedure(word);
    }
    return false;
}

bool is_well_formed(std::string_view word, CodeKind kind) {
    const bool diagnosis = is_icd10(word) && tries_diagnosis(word);
    const bool procedure = is_cpt(word) || is_hcpcs(word);
    switch (kind) {
    case CodeKind::diagnosis: return diagnosis;
    case CodeKind::procedure: return procedure;
    case CodeKind::either: return diagnosis || procedure;
    }
    return false;
}

/// The letters, digits and inner points that `text` begins with.
std::string_view word_of(std::string_view text) {
    const auto end =
        std::ranges::find_if_not(text, [](char letter) { return is_alphanumeric(letter) || letter == '.'; });
    auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (word.size() < text.size() && goes_on(text[word.size()]) && !text.substr(word.size()).starts_with(times) &&
        !text.substr(word.size()).starts_with("\xE2\x80"))
        return {};
    while (word.ends_with('.')) word.remove_suffix(1);
    return word;
}

std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

struct Label {
    std::string_view text;
    std::optional<CodeKind> kind;
};
// Longer ones before those that they begin with. They need a ':' behind, those of a kind also do with a blank.
constexpr std::array code_labels{
    Label{"icd-10-cm", CodeKind::diagnosis},
    Label{"icd-10", CodeKind::diagnosis},
    Label{"icd10", CodeKind::diagnosis},
    Label{"icd 10", CodeKind::diagnosis},
    Label{"icd", CodeKind::diagnosis},
    Label{"cpt/hcpcs", CodeKind::procedure},
    Label{"cpt", CodeKind::procedure},
    Label{"hcpcs", CodeKind::procedure},
    Label{"diagnoses", std::nullopt},
    Label{"diagnosis", std::nullopt},
    Label{"procedures", std::nullopt},
    Label{"dx", std::nullopt},
    Label{"e/m", std::nullopt},
    Label{"codes", std::nullopt},
    Label{"code", std::nullopt},
};

bool starts_with_any_case(std::string_view text, std::string_view lower) {
    return text.size() >= lower.size() && upper_case(text.substr(0, lower.size())) == upper_case(lower);
}

/// Takes "ICD-10 codes:" off the front. True: it was there.
bool take_label(std::string_view& text, std::optional<CodeKind>& kind) {
    for (const auto& label : code_labels) {
        if (!starts_with_any_case(text, label.text)) continue;
        auto rest = text.substr(label.text.size());
        for (const std::string_view more : {" codes", " code"})
            if (label.kind && starts_with_any_case(rest, more)) rest.remove_prefix(more.size());
        const bool blank = rest.starts_with(' ');
        rest = without_blanks(rest);
        const bool colon = rest.starts_with(':');
        if (!colon && (!label.kind || !blank)) continue;
        text = colon ? rest.substr(1) : rest;
        text = without_blanks(text.substr(std::min(text.find_first_not_of('*'), text.size())));  // "**CPT:** 99214"
        if (label.kind) kind = label.kind;
        return true;
    }
    return false;
}

/// Takes " x2", "(x2)", "× 2" off the front.
bool take_units(std::string_view& text, std::string& units) {
    auto rest = without_blanks(text);
    const bool bracket = rest.starts_with('(');
    if (bracket) rest.remove_prefix(1);
    if (rest.starts_with(times)) rest.remove_prefix(times.size());
    else if (rest.starts_with('x') || rest.starts_with('X') || rest.starts_with('*')) rest.remove_prefix(1);
    else return false;
    rest = without_blanks(rest);
    const auto end = std::ranges::find_if_not(rest, is_digit);
    const auto count = static_cast<std::size_t>(end - rest.begin());
    if (count == 0 || count > 3 || (count < rest.size() && goes_on(rest[count]))) return false;
    if (bracket && !rest.substr(count).starts_with(')')) return false;
    units = std::string{rest.substr(0, count)};
    text = rest.substr(count + (bracket ? 1 : 0));
    return true;
}

bool is_modifier_at(std::string_view text) {
    return text.size() >= 2 && is_code_letter(text[0]) && is_code_letter(text[1]) &&
           (text.size() == 2 || !goes_on(text[2]));
}

/// Whether `text` may stand behind a modifier that only a blank sets apart, so that it is no word of a description.
bool ends_modifiers(std::string_view text) {
    text = without_blanks(text);
    for (std::size_t more = 0; more < most_modifiers && is_modifier_at(text); ++more)
        text = without_blanks(text.substr(2));
    std::string units;
    if (text.empty() || take_units(text, units)) return true;
    return text.front() == '-' || text.front() == ':' || text.front() == '(' || text.starts_with(en_dash) ||
           text.starts_with(em_dash);
}

bool take_modifier(std::string_view& text, std::vector<std::string>& modifiers) {
    if (modifiers.size() == most_modifiers) return false;
    auto rest = text;
    const bool joined = rest.starts_with('-') || (!modifiers.empty() && rest.starts_with(','));
    if (joined) rest.remove_prefix(1);
    const auto inner = without_blanks(rest);
    const bool apart = !joined && inner.size() < rest.size();
    if (rest.starts_with(',') || (!joined && !apart)) return false;
    if (!is_modifier_at(inner) || (joined && inner.size() < rest.size() && text.starts_with('-'))) return false;
    if (apart && !ends_modifiers(inner.substr(2))) return false;
    modifiers.emplace_back(inner.substr(0, 2));
    text = inner.substr(2);
    return true;
}

/// Without the quotes, stars and list brackets around it, as in "['F41.1'" or "**F41.1**".
std::string_view without_marks(std::string_view text) {
    constexpr std::string_view marks = "\"'`*";
    const auto is_mark = [&](char letter) { return marks.find(letter) != std::string_view::npos; };
    const bool opens = text.starts_with('[') && text.find(']') >= text.size() - 1;
    if (opens) text.remove_prefix(1);
    if (text.ends_with(']') && text.find('[') == std::string_view::npos) text.remove_suffix(1);
    while (!text.empty() && is_mark(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_mark(text.back())) text.remove_suffix(1);
    return trimmed(text);
}

/// What describes the code: without the dash, colon or brackets that set it apart.
std::string_view description_of(std::string_view rest) {
    rest = trimmed(rest);
    while (rest.starts_with('*') || rest.starts_with('`')) rest = trimmed(rest.substr(1));
    for (const std::string_view mark :
         {std::string_view{"-"}, std::string_view{":"}, std::string_view{","}, std::string_view{"="},
          std::string_view{"|"}, std::string_view{"."}, en_dash, em_dash}) {
        if (!rest.starts_with(mark)) continue;
        rest = trimmed(rest.substr(mark.size()));
        break;
    }
    while (rest.ends_with(',') || rest.ends_with(';') || rest.ends_with('+'))
        rest = trimmed(rest.substr(0, rest.size() - 1));
    const bool bracketed = rest.size() >= 2 && ((rest.front() == '(' && rest.find(')') == rest.size() - 1) ||
                                                (rest.front() == '[' && rest.find(']') == rest.size() - 1));
    return bracketed ? trimmed(rest.substr(1, rest.size() - 2)) : rest;
}

/// The code that a piece begins with, and what is left behind it. nullopt: it begins with none.
struct Leading {
    std::string word;
    std::string units;
    std::string_view rest;
};
std::optional<Leading> leading_code(std::string_view piece, CodeKind kind) {
    const auto written = word_of(piece);
    auto word = upper_case(written);
    const auto cross = word.find('X');
    if (cross == 5 && kind != CodeKind::diagnosis && is_well_formed(word.substr(0, 5), CodeKind::procedure)) {
        std::string_view behind = piece.substr(5);  // "90833x2"
        std::string units;
        if (take_units(behind, units)) return Leading{word.substr(0, 5), units, behind};
    }
    if (word.empty() || !tries(word, kind)) return std::nullopt;
    if (word.size() == 2 && written.size() < piece.size()) return std::nullopt;  // "L4 radiculopathy"
    return Leading{std::move(word), {}, piece.substr(written.size())};
}

/// The code that a piece ends with: "GAD (F41.1)", "GAD - F41.1". `before`: what stands before it.
struct Trailing {
    std::string word;
    std::string_view before;
    std::optional<CodeKind> label;
};
std::optional<Trailing> trailing_code(std::string_view piece, CodeKind kind) {
    const bool bracketed = piece.ends_with(')') || piece.ends_with(']');
    const auto start = piece.find_last_of(bracketed ? "([" : " ");
    if (start == std::string_view::npos || piece.size() - start > 40) return std::nullopt;
    auto before = trimmed(piece.substr(0, start));
    auto inner = trimmed(piece.substr(start + 1, piece.size() - start - (bracketed ? 2 : 1)));
    Trailing found{.word = {}, .before = {}, .label = {}};
    take_label(inner, found.label);
    found.word = upper_case(inner);
    if (!is_well_formed(found.word, found.label.value_or(kind))) return std::nullopt;
    bool set_apart = bracketed;
    for (const std::string_view mark : {std::string_view{"-"}, std::string_view{":"}, en_dash, em_dash}) {
        if (!before.ends_with(mark)) continue;
        before = trimmed(before.substr(0, before.size() - mark.size()));
        set_apart = true;
        break;
    }
    if (!set_apart || before.empty()) return std::nullopt;
    found.before = before;
    return found;
}

/// A part of the text that is one code, or prose.
struct Span {
    enum class Form { leading, trailing, prose } form{};
    std::size_t begin = 0;
    std::size_t end = 0;
    std::optional<CodeKind> label{};
};

/// Where a piece ends: at a separator; `hard` at one that no description goes over without need.
struct Cut {
    std::size_t end;
    std::size_t next;
    bool hard;
};
Cut next_cut(std::string_view text, std::size_t from) {
    constexpr std::string_view conjunction = " and ";
    for (auto at = from; at < text.size(); ++at) {
        const char letter = text[at];
        if (letter == '\n' || letter == ';') return {at, at + 1, true};
        if (letter == ',' || letter == '+') return {at, at + 1, false};
        if (letter == ' ' && starts_with_any_case(text.substr(at, conjunction.size()), conjunction))
            return {at, at + conjunction.size() - 1, false};
    }
    return {text.size(), text.size(), true};
}

/// How many blank-separated words there are, if all of them are codes; else 0.
std::size_t codes_in_a_row(std::string_view piece, CodeKind kind) {
    std::size_t count = 0;
    while (!(piece = without_blanks(piece)).empty()) {
        const auto word = piece.substr(0, piece.find_first_of(" \t\r"));
        if (!is_well_formed(upper_case(word), kind)) return 0;
        ++count;
        piece = trimmed(piece.substr(word.size()));
    }
    return count;
}

class Splitter {
public:
    Splitter(std::string_view text, CodeKind kind, std::size_t most) : text_{text}, kind_{kind}, most_{most} {}

    std::vector<Span> spans() {
        bool hard = true;
        for (std::size_t at = 0; at < text_.size() && spans_.size() <= most_;) {
            const auto cut = next_cut(text_, at);
            piece(at, cut.end, hard);
            hard = cut.hard;
            at = cut.next;
        }
        if (spans_.size() > most_) spans_.resize(most_);
        return std::move(spans_);
    }

private:
    void piece(std::size_t begin, std::size_t end, bool after_hard) {
        auto text = without_marks(without_bullet(text_.substr(begin, end - begin)));
        if (text.empty()) return;
        const auto from = static_cast<std::size_t>(text.data() - text_.data());
        const auto to = from + text.size();
        if (take_label(text, label_) && text.empty()) return;
        const auto kind = label_.value_or(kind_);
        if (codes_in_a_row(text, kind) > 1) return row(text);
        const bool prose_before = !spans_.empty() && spans_.back().form == Span::Form::prose && !after_hard;
        if (leading_code(text, kind)) {
            spans_.push_back({Span::Form::leading, from, to, label_});
        } else if (trailing_code(text, kind)) {
            if (!prose_before) spans_.push_back({Span::Form::trailing, from, to, label_});
            else spans_.back() = {Span::Form::trailing, spans_.back().begin, to, label_};
        } else if (!spans_.empty() && (spans_.back().form == Span::Form::leading || prose_before)) {
            spans_.back().end = to;
        } else {
            spans_.push_back({Span::Form::prose, from, to, label_});
        }
    }
    void row(std::string_view text) {
        while (!text.empty() && spans_.size() <= most_) {
            const auto word = text.substr(0, text.find_first_of(" \t\r"));
            const auto from = static_cast<std::size_t>(word.data() - text_.data());
            spans_.push_back({Span::Form::leading, from, from + word.size(), label_});
            text = trimmed(text.substr(word.size()));
        }
    }

    std::string_view text_;
    CodeKind kind_;
    std::size_t most_;
    std::optional<CodeKind> label_{};
    std::vector<Span> spans_{};
};

CodeText read_span(std::string_view text, const Span& span, CodeKind kind) {
    auto piece = text.substr(span.begin, span.end - span.begin);
    CodeText code{.original = std::string{piece}, .label = span.label};
    std::optional<CodeKind> taken;
    take_label(piece, taken);
    kind = span.label.value_or(kind);
    if (span.form == Span::Form::leading) {
        auto leading = leading_code(piece, kind).value_or(Leading{});
        code.word = std::move(leading.word);
        code.units = std::move(leading.units);
        auto rest = leading.rest;
        const bool is_procedure = is_cpt(code.word) || (kind == CodeKind::procedure && tries_procedure(code.word));
        while (is_procedure &&
               (take_modifier(rest, code.modifiers) || (code.units.empty() && take_units(rest, code.units)))) {
        }
        code.description = std::string{description_of(rest)};
    } else if (span.form == Span::Form::trailing) {
        if (auto trailing = trailing_code(piece, kind)) {
            code.word = std::move(trailing->word);
            code.description = std::string{trailing->before};
            if (trailing->label) code.label = trailing->label;
        }
    }
    return code;
}

}  // namespace

std::vector<CodeText> read_code_text(std::string_view text, CodeKind kind, std::size_t most) {
    std::vector<CodeText> codes;
    for (const auto& span : Splitter{text, kind, most}.spans()) codes.push_back(read_span(text, span, kind));
    // A text that is one piece arrived as it is, with its blanks and bullets.
    if (codes.size() == 1) codes.front().original = std::string{text};
    // One word with digits is a try at a code, whatever its form.
    if (codes.size() == 1 && codes.front().word.empty()) {
        const auto word = trimmed(text);
        const bool alone = word.size() <= 2 * longest_code && word.find_first_of(" \t\r\n") == std::string_view::npos;
        if (alone && digits_in(word) > 0) codes.front().word = upper_case(word);
    }
    return codes;
}

bool is_icd10(std::string_view word) {
    if (word.size() < 3 || !is_capital(word[0]) || !is_digit(word[1]) || !is_code_letter(word[2])) return false;
    if (word.size() == 3) return true;
    auto rest = word.substr(3);
    if (rest.front() == '.') rest.remove_prefix(1);
    return !rest.empty() && rest.size() <= 4 && std::ranges::all_of(rest, is_code_letter);
}

bool is_cpt(std::string_view word) {
    return word.size() == 5 && digits_in(word.substr(0, 4)) == 4 &&
           (is_digit(word[4]) || std::string_view{"FTUM"}.find(word[4]) != std::string_view::npos);
}

bool is_hcpcs(std::string_view word) {
    return word.size() == 5 && is_capital(word[0]) && digits_in(word.substr(1)) == 4;
}

bool is_modifier(std::string_view word) { return word.size() == 2 && std::ranges::all_of(word, is_code_letter); }

std::string upper_case(std::string_view text) {
    std::string upper{text};
    for (char& letter : upper)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    return upper;
}

}  // namespace dcs::deepcura
