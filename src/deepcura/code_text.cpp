#include "deepcura/code_text.hpp"

#include "deepcura/code_extras.hpp"
#include "deepcura/code_status.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::string_view en_dash = "\xE2\x80\x93";
constexpr std::string_view em_dash = "\xE2\x80\x94";
constexpr std::string_view times = "\xC3\x97";
constexpr std::size_t longest_code = 12;         // what is longer is no try at a code
constexpr std::size_t longest_text = 1'000'000;  // bytes that are looked at

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
    if (word.size() == 8 && word[5] == '.' && is_cpt(upper_case(word.substr(0, 5))))
        word = word.substr(0, 5);  // "99214.25"
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
    for (const std::string_view mark : {std::string_view{"-"}, std::string_view{":"}, std::string_view{","},
                                        std::string_view{"="}, std::string_view{"|"}, std::string_view{"."},
                                        std::string_view{"/"}, std::string_view{"&"}, en_dash, em_dash}) {
        if (!rest.starts_with(mark)) continue;
        rest = trimmed(rest.substr(mark.size()));
        break;
    }
    while (rest.ends_with(',') || rest.ends_with(';') || rest.ends_with('+') || rest.ends_with('|'))
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
    for (const std::string_view mark : {std::string_view{"-"}, std::string_view{":"}, std::string_view{"|"},
                                        std::string_view{"="}, en_dash, em_dash}) {
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
    enum class Form { leading, trailing, embedded, prose } form{};
    std::size_t begin = 0;
    std::size_t end = 0;
    std::optional<CodeKind> label{};
    bool range = false;
    bool versus = false;
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
        if (letter == '\n' || letter == '\r' || letter == '\f' || letter == '\v' || letter == ';')
            return {at, at + 1, true};
        if (letter == ',' || letter == '+') return {at, at + 1, false};
        if (letter == ' ' && starts_with_any_case(text.substr(at, conjunction.size()), conjunction))
            return {at, at + conjunction.size() - 1, false};
    }
    return {text.size(), text.size(), true};
}

/// A word that can only be a code, wherever it stands: with a point, or of five digits among procedures.
bool is_unmistakable(std::string_view word, CodeKind kind) {
    const bool point = word.find('.') != std::string_view::npos && is_icd10(word);
    const bool procedure = kind != CodeKind::diagnosis && is_cpt(word);
    return point || procedure;
}

/// A code's place in a text.
struct Place {
    std::size_t begin;
    std::size_t end;
    bool unmistakable;
};

/// The well-formed codes in a piece, in order.
std::vector<Place> codes_in(std::string_view piece, CodeKind kind) {
    std::vector<Place> places;
    for (std::size_t at = 0; at < piece.size();) {
        if (!is_alphanumeric(piece[at])) {
            ++at;
            continue;
        }
        const bool begins = at == 0 || (!goes_on(piece[at - 1]) && piece[at - 1] != '.');
        const auto word = begins ? word_of(piece.substr(at)) : std::string_view{};
        const auto upper = word.size() <= longest_code ? upper_case(word) : std::string{};
        if (!upper.empty() && (is_well_formed(upper, kind) || is_unmistakable(upper, kind)))
            places.push_back({at, at + word.size(), is_unmistakable(upper, kind)});
        while (at < piece.size() && (is_alphanumeric(piece[at]) || (!word.empty() && piece[at] == '.'))) ++at;
    }
    return places;
}

/// What stands between two codes: only marks and joining words, so that neither describes the other.
struct Between {
    bool joins = false;
    bool range = false;
    bool versus = false;
};
Between between(std::string_view gap) {
    constexpr std::string_view joining = " or and vs versus with plus to thru through then also und y e o ";
    Between found{.joins = true};
    bool dash = false;
    std::string word;
    const auto end_word = [&] {
        if (word.empty()) return;
        if (joining.find(" " + word + " ") == std::string_view::npos) found.joins = false;
        found.versus = found.versus || word == "vs" || word == "versus";
        found.range = found.range || word == "to" || word == "thru" || word == "through";
        word.clear();
    };
    for (std::size_t at = 0; at < gap.size(); ++at) {
        const char letter = gap[at];
        if (is_alphanumeric(letter)) {
            word += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
            if (word.size() > 8) found.joins = false;
            continue;
        }
        end_word();
        dash = dash || letter == '-' || gap.substr(at).starts_with(en_dash);
    }
    end_word();
    const bool only_dash = gap.find_first_not_of(" -\xE2\x80\x93") == std::string_view::npos;
    found.range = found.joins && (found.range || (dash && only_dash));
    return found;
}

/// Places where a piece with several codes is cut: each entry begins at `begin`.
struct Entry {
    std::size_t begin;
    std::size_t end;
    bool range = false;
    bool versus = false;
};
std::vector<Entry> entries_in(std::string_view piece, CodeKind kind) {
    std::vector<Entry> entries{{0, piece.size()}};
    const auto places = codes_in(piece, kind);
    if (places.size() < 2) return entries;
    const bool codes_behind = trimmed(piece.substr(0, places.front().begin)).size() > 1;  // "GAD F41.1 MDD F33.1"
    for (std::size_t at = 1; at < places.size(); ++at) {
        const auto& last = places[at - 1];
        const auto& next = places[at];
        const auto gap = between(piece.substr(last.end, next.begin - last.end));
        if (!gap.joins && (!next.unmistakable || !(last.unmistakable || kind != CodeKind::procedure))) continue;
        const bool bracketed = next.begin > 0 && (piece[next.begin - 1] == '(' || piece[next.begin - 1] == '[');
        const bool last_bracketed = last.end < piece.size() && (piece[last.end] == ')' || piece[last.end] == ']');
        if (!gap.joins && bracketed && !last_bracketed) continue;
        auto cut = next.begin;
        if (!gap.joins && (last_bracketed || codes_behind)) cut = last.end + (last_bracketed ? 1 : 0);
        else if (gap.joins && last_bracketed) cut = last.end + 1;
        else if (gap.joins) entries.back().end = last.end;
        if (cut <= entries.back().begin) continue;
        if (!gap.joins || last_bracketed) entries.back().end = cut;
        entries.back().range = entries.back().range || gap.range;
        entries.back().versus = entries.back().versus || gap.versus;
        entries.push_back({cut, piece.size(), gap.range, gap.versus});
    }
    return entries;
}

/// The only code that stands in the middle of a piece, with a cue or words before it: "r/o F31.81", "E/M 99214 25".
std::optional<Place> embedded_code(std::string_view piece, CodeKind kind) {
    const auto places = codes_in(piece, kind);
    if (places.size() != 1 || places.front().begin == 0) return std::nullopt;
    const auto before = trimmed(piece.substr(0, places.front().begin));
    const bool cue = without_cue(before).empty();
    return places.front().unmistakable || cue ? std::optional{places.front()} : std::nullopt;
}

/// Without the bars around a row of a Markdown table.
std::string_view without_cell_marks(std::string_view text) {
    while (text.starts_with('|')) text = trimmed(text.substr(1));
    while (text.ends_with('|')) text = trimmed(text.substr(0, text.size() - 1));
    return text;
}

/// "|---|:--:|".
bool is_table_rule(std::string_view line) {
    line = trimmed(line);
    return line.find('-') != std::string_view::npos && line.find('|') != std::string_view::npos &&
           line.find_first_not_of("|-: \t") == std::string_view::npos;
}

/// Blanks out the heads of Markdown tables and the rules below them, so that places stay.
void blank_table_heads(std::string& text) {
    std::size_t last = std::string::npos;  // where the line before begins
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        if (is_table_rule(std::string_view{text}.substr(at, end - at))) {
            const auto from = last == std::string::npos ? at : last;
            for (auto each = from; each < end; ++each)
                if (text[each] != '\n') text[each] = ' ';
        }
        last = at;
        at = end + 1;
    }
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
        auto text = without_cell_marks(without_marks(without_bullet(text_.substr(begin, end - begin))));
        if (text.empty()) return;
        const auto start = static_cast<std::size_t>(text.data() - text_.data());
        const auto whole = text;
        if (take_label(text, label_) && text.empty()) return;
        const auto skipped = whole.size() - text.size();
        const auto entries = entries_in(text, label_.value_or(kind_));
        for (std::size_t at = 0; at < entries.size() && spans_.size() <= most_; ++at) {
            const auto& each = entries[at];
            const auto from = at == 0 ? start : start + skipped + each.begin;
            entry(from, start + skipped + each.end, after_hard || at > 0, each);
        }
    }
    /// One code with what belongs to it, or prose.
    void entry(std::size_t from, std::size_t to, bool after_hard, const Entry& cut) {
        auto text = without_marks(text_.substr(from, to - from));
        if (text.empty()) return;
        from = static_cast<std::size_t>(text.data() - text_.data());
        to = from + text.size();
        auto label = label_;
        take_label(text, label);
        const auto kind = label_.value_or(kind_);
        const bool prose_before = !spans_.empty() && spans_.back().form == Span::Form::prose && !after_hard;
        if (leading_code(text, kind)) {
            spans_.push_back({Span::Form::leading, from, to, label_, cut.range, cut.versus});
        } else if (trailing_code(text, kind)) {
            if (!prose_before) spans_.push_back({Span::Form::trailing, from, to, label_, cut.range, cut.versus});
            else spans_.back() = {Span::Form::trailing, spans_.back().begin, to, label_, cut.range, cut.versus};
        } else if (embedded_code(text, kind)) {
            spans_.push_back({Span::Form::embedded, from, to, label_, cut.range, cut.versus});
        } else if (!spans_.empty() && (spans_.back().form == Span::Form::leading || prose_before)) {
            spans_.back().end = to;
        } else {
            spans_.push_back({Span::Form::prose, from, to, label_});
        }
    }
    std::string_view text_;
    CodeKind kind_;
    std::size_t most_;
    std::optional<CodeKind> label_{};
    std::vector<Span> spans_{};
};

/// The modifiers and units behind a procedure's code, and the description behind them.
void read_behind(std::string_view rest, CodeKind kind, CodeText& code) {
    const bool is_procedure = is_cpt(code.word) || (kind != CodeKind::diagnosis && tries_procedure(code.word));
    while (is_procedure &&
           (take_modifier(rest, code.modifiers) || (code.units.empty() && take_units(rest, code.units)))) {
    }
    code.description = std::string{description_of(rest)};
}

CodeText read_span(std::string_view text, const Span& span, CodeKind kind) {
    auto piece = text.substr(span.begin, span.end - span.begin);
    CodeText code{.label = span.label, .range = span.range};
    std::optional<CodeKind> taken;
    const auto whole = piece;
    take_label(piece, taken);
    kind = span.label.value_or(kind);
    if (span.form == Span::Form::leading) {
        auto leading = leading_code(piece, kind).value_or(Leading{});
        code.word = std::move(leading.word);
        code.units = std::move(leading.units);
        read_behind(leading.rest, kind, code);
    } else if (span.form == Span::Form::trailing) {
        if (auto trailing = trailing_code(piece, kind)) {
            code.word = std::move(trailing->word);
            code.description = std::string{without_cue(trailing->before)};
            if (trailing->label) code.label = trailing->label;
        }
    } else if (span.form == Span::Form::embedded) {
        const auto place = embedded_code(piece, kind).value_or(Place{0, 0, false});
        code.word = upper_case(piece.substr(place.begin, place.end - place.begin));
        read_behind(piece.substr(place.end), kind, code);
        auto before = without_cue(piece.substr(0, place.begin));
        while (!before.empty() && std::string_view{":-(|/"}.find(before.back()) != std::string_view::npos)
            before = trimmed(before.substr(0, before.size() - 1));
        constexpr std::string_view labels = " em cpt hcpcs icd icd10 code codes dx visitcode emcode ";
        if (labels.find(" " + normalised(before) + " ") != std::string_view::npos) before = {};
        if (code.description == ")") code.description.clear();
        if (!before.empty())
            code.description = std::string{before} + (code.description.empty() ? "" : " " + code.description);
    }
    if (code.word.empty() || is_icd10(code.word))
        code.status = span.versus ? "differential" : status_in(whole, code.word);
    if (span.form != Span::Form::prose) {
        const auto others = codes_in(code.description, kind);
        code.more_codes = std::ranges::any_of(others, [](const Place& each) { return each.unmistakable; });
    }
    return code;
}

}  // namespace

std::vector<CodeText> read_code_text(std::string_view given, CodeKind kind, std::size_t most) {
    const auto considered = given.substr(0, longest_text);
    auto cleaned = plain_with_origins(considered);
    blank_table_heads(cleaned.text);
    const std::string_view text = cleaned.text;
    std::vector<CodeText> codes;
    for (const auto& span : Splitter{text, kind, most}.spans()) {
        codes.push_back(read_span(text, span, kind));
        const auto from = cleaned.origin(span.begin);
        codes.back().original = std::string{given.substr(from, cleaned.origin(span.end) - from)};
    }
    // A text that is one piece arrived as it is, with its blanks and bullets.
    if (codes.size() == 1) codes.front().original = std::string{given};
    // One word with digits is a try at a code, whatever its form.
    if (codes.size() == 1 && codes.front().word.empty()) {
        const auto word = trimmed(text);
        const bool alone = word.size() <= 2 * longest_code && word.find_first_of(" \t\r\n") == std::string_view::npos;
        if (alone && digits_in(word) > 0) codes.front().word = upper_case(word);
    }
    if (given.size() > longest_text && !codes.empty()) codes.back().more_codes = true;
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
