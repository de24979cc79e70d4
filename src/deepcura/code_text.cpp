#include "deepcura/code_text.hpp"

#include "deepcura/bounds.hpp"
#include "deepcura/code_cells.hpp"
#include "deepcura/code_clauses.hpp"
#include "deepcura/code_extras.hpp"
#include "deepcura/code_places.hpp"
#include "deepcura/code_points.hpp"
#include "deepcura/code_status.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::string_view en_dash = "\xE2\x80\x93";
constexpr std::string_view em_dash = "\xE2\x80\x94";
constexpr std::string_view times = "\xC3\x97";
constexpr std::size_t longest_text = most_code_text;  // bytes that are looked at

bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }

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
    for (const std::string_view mark :
         {std::string_view{"->"}, std::string_view{"=>"}, std::string_view{"-"}, std::string_view{":"},
          std::string_view{","}, std::string_view{";"}, std::string_view{"="}, std::string_view{"|"},
          std::string_view{"."}, std::string_view{"/"}, std::string_view{"&"}, en_dash, em_dash}) {
        if (!rest.starts_with(mark)) continue;
        rest = trimmed(rest.substr(mark.size()));
        break;
    }
    while (rest.ends_with(',') || rest.ends_with(';') || rest.ends_with('+') || rest.ends_with('|'))
        rest = trimmed(rest.substr(0, rest.size() - 1));
    while (rest.starts_with(']') || rest.starts_with(')')) rest = trimmed(rest.substr(1));  // "[99214-25] office visit"
    const bool closes = (rest.ends_with(')') && rest.find('(') == std::string_view::npos) ||
                        (rest.ends_with(']') && rest.find('[') == std::string_view::npos);
    if (closes) rest = trimmed(rest.substr(0, rest.size() - 1));  // "90834-95 (90785 add-on)"
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
/// "2 x 96127", "2x90837".
std::optional<Leading> counted_code(std::string_view piece, CodeKind kind) {
    constexpr std::size_t most_digits = 2;
    const auto end = piece.find_first_not_of("0123456789");
    if (kind == CodeKind::diagnosis || end == 0 || end > most_digits) return std::nullopt;
    auto rest = without_blanks(piece.substr(end));
    if (rest.starts_with(times)) rest.remove_prefix(times.size());
    else if (rest.starts_with('x') || rest.starts_with('X') || rest.starts_with('*')) rest.remove_prefix(1);
    else return std::nullopt;
    rest = without_blanks(rest);
    const auto written = word_of(rest);
    auto word = upper_case(written);
    if (!is_cpt(word) && !is_hcpcs(word)) return std::nullopt;
    return Leading{std::move(word), std::string{piece.substr(0, end)}, rest.substr(written.size())};
}

std::optional<Leading> leading_code(std::string_view piece, CodeKind kind) {
    if (auto counted = counted_code(piece, kind)) return counted;
    const auto written = word_of(piece);
    auto word = upper_case(written);
    const auto cross = word.find('X');
    if (cross == 5 && kind != CodeKind::diagnosis && is_well_formed(word.substr(0, 5), CodeKind::procedure)) {
        std::string_view behind = piece.substr(5);  // "90833x2"
        std::string units;
        if (take_units(behind, units)) return Leading{word.substr(0, 5), units, behind};
    }
    if (word.empty() || !tries_code(word, kind)) return std::nullopt;
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
    bool alternative = false;
    bool replaced = false;
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

/// "3. Occupational burnout"
bool is_numbered(std::string_view text) {
    text = trimmed(text);
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return digits > 0 && digits <= 2 && digits + 1 < text.size() && (text[digits] == '.' || text[digits] == ')') &&
           text[digits + 1] == ' ';
}

/// "Ruled out" alone in its line, as a heading is written; "in remission" there belongs to the line above.
bool is_heading_of_codes(std::string_view text) {
    if (text.front() < 'A' || text.front() > 'Z') return false;
    const auto status = status_in(text, {});
    return !status.empty() && status != "remission" && status != "resolved" && status != "inactive";
}

/// Where a description that a comma has cut ends and the next code begins: "unspecified (PTSD). F41.1 ...", "severe) / F17.210".
/// npos: nowhere.
struct DescriptionEnd {
    std::size_t end = std::string_view::npos;
    std::size_t next = 0;
};
DescriptionEnd end_of_description(std::string_view text, CodeKind kind) {
    bool opened = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        opened = opened || text[at] == '(';
        const bool mark = text[at] == '|' || (text[at] == '.' && at + 1 < text.size() && text[at + 1] == ' ');
        const bool closes = text[at] == ')' && !opened;
        if (!mark && !closes) continue;
        const auto next = std::min(text.find_first_not_of(closes ? " /&;" : " ", at + 1), text.size());
        if (at > 0 && leading_code(text.substr(next), kind)) return {closes ? at + 1 : at, next};
    }
    return {};
}

/// The only code that stands in the middle of a piece, with a cue or words before it: "r/o F31.81", "E/M 99214 25".
std::optional<Place> embedded_code(std::string_view piece, CodeKind kind) {
    const auto places = codes_in(piece, kind);
    if (places.size() != 1 || places.front().begin == 0) return std::nullopt;
    const auto before = trimmed(piece.substr(0, places.front().begin));
    const bool cue = without_cue(before).empty();
    return places.front().unmistakable || cue ? std::optional{places.front()} : std::nullopt;
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
        const auto given = text_.substr(begin, end - begin);
        auto text = without_cell_marks(without_marks(without_bullet(given)));
        if (text.empty()) return;
        const bool was_numbered = std::exchange(numbered_, (numbered_ && !after_hard) || is_numbered(given));
        new_item_ = after_hard && was_numbered && numbered_;
        const auto start = static_cast<std::size_t>(text.data() - text_.data());
        const auto whole = text;
        if (take_label(text, label_) && text.empty()) return;
        const auto skipped = whole.size() - text.size();
        if (!after_hard && !spans_.empty() && spans_.back().form == Span::Form::leading) {
            const auto found = end_of_description(text, label_.value_or(kind_));
            if (found.end != std::string_view::npos) {
                spans_.back().end = start + skipped + found.end;
                return piece(start + skipped + found.next, end, true);
            }
        }
        const auto entries = pieces_in(text, label_.value_or(kind_));
        for (std::size_t at = 0; at < entries.size() && spans_.size() <= most_; ++at) {
            const auto& each = entries[at];
            const auto from = at == 0 ? start : start + skipped + each.begin;
            entry(from, start + skipped + each.end, after_hard || at > 0, each);
        }
    }
    /// One code with what belongs to it, or prose.
    void entry(std::size_t from, std::size_t to, bool after_hard, const Piece& cut) {
        auto text = without_marks(text_.substr(from, to - from));
        if (text.empty()) return;
        from = static_cast<std::size_t>(text.data() - text_.data());
        to = from + text.size();
        auto label = label_;
        take_label(text, label);
        const auto kind = label_.value_or(kind_);
        const bool prose_before = !spans_.empty() && spans_.back().form == Span::Form::prose && !after_hard;
        const auto add = [&](Span::Form form, std::size_t begin) {
            spans_.push_back({form, begin, to, label_, cut.range, cut.versus, cut.alternative, cut.replaced});
        };
        const auto bare = without_arrow(text);
        if (leading_code(text, kind)) {
            add(Span::Form::leading, from);
        } else if (trailing_code(bare, kind)) {
            const auto begin = prose_before ? spans_.back().begin : from;
            if (prose_before) spans_.pop_back();
            add(Span::Form::trailing, begin);
        } else if (embedded_code(bare, kind)) {
            add(Span::Form::embedded, from);
        } else if (!after_hard && goes_on_with_status(text, kind)) {
            spans_.back().form = Span::Form::embedded;
            spans_.back().end = to;
        } else if (!spans_.empty() && !new_item_ && !looks_like_a_code(text, kind) &&
                   (spans_.back().form == Span::Form::leading || prose_before) &&
                   !(after_hard && is_code_label(text) && (text.ends_with(':') || is_heading_of_codes(text)))) {
            spans_.back().end = to;
        } else {
            spans_.push_back({Span::Form::prose, from, to, label_});
        }
    }
    /// "Hx of F10.20, resolved": what the sentence goes on to say of its code.
    bool goes_on_with_status(std::string_view text, CodeKind kind) const {
        constexpr std::size_t longest = 60;
        if (spans_.empty() || text.size() > longest || is_capital(text.front())) return false;
        const auto& last = spans_.back();
        if (last.form != Span::Form::embedded && last.form != Span::Form::trailing) return false;
        bool settled = false;
        if (status_in(text, {}).empty()) {
            (void)status_given(text, settled);
            if (!settled) return false;
        }
        const auto end = static_cast<std::size_t>(text.data() + text.size() - text_.data());
        return end - last.begin <= most_of_a_sentence &&
               embedded_code(text_.substr(last.begin, end - last.begin), kind).has_value();
    }

    static constexpr std::size_t most_of_a_sentence = 400;
    std::string_view text_;
    CodeKind kind_;
    std::size_t most_;
    std::optional<CodeKind> label_{};
    bool numbered_ = false;  // the line is an item of a numbered list
    bool new_item_ = false;  // and the one before it was, too
    std::vector<Span> spans_{};
};

/// The modifiers and units behind a procedure's code, and the description behind them.
void read_behind(std::string_view rest, CodeKind kind, CodeText& code) {
    const bool is_procedure = is_cpt(code.word) || (kind != CodeKind::diagnosis && tries_procedure(code.word));
    while (is_procedure &&
           (take_modifier(rest, code.modifiers) || (code.units.empty() && take_units(rest, code.units)))) {
    }
    const auto behind = trimmed(rest);
    code.in_cells = behind.starts_with('|') || rest.starts_with('\t');
    code.description = std::string{description_of(rest)};
    take_cells(code, is_procedure);
    if (is_procedure) take_modifiers_within(code.description, code.modifiers);
}

CodeText read_span(std::string_view text, const Span& span, CodeKind kind) {
    auto piece = without_arrow(text.substr(span.begin, span.end - span.begin));
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
            code.description =
                std::string{without_status_words(trailing->before, !status_in(whole, code.word).empty())};
            if (trailing->label) code.label = trailing->label;
            if (is_cpt(code.word) || is_hcpcs(code.word)) take_modifiers_within(code.description, code.modifiers);
        }
    } else if (span.form == Span::Form::embedded) {
        const auto place = embedded_code(piece, kind).value_or(Place{0, 0, false});
        code.word = upper_case(piece.substr(place.begin, place.end - place.begin));
        auto behind = piece.substr(place.end);
        const auto ahead = piece.substr(0, place.begin);
        const bool closed = (ahead.ends_with('[') && behind.starts_with(']')) ||
                            (ahead.ends_with('(') && behind.starts_with(')'));  // "[F33.1] MDD"
        if (closed) behind.remove_prefix(1);
        read_behind(behind, kind, code);
        auto before = without_cue(ahead);
        while (!before.empty() && std::string_view{":-([|/"}.find(before.back()) != std::string_view::npos)
            before = trimmed(before.substr(0, before.size() - 1));
        std::string words{before};
        if (is_cpt(code.word) || is_hcpcs(code.word)) take_modifiers_within(words, code.modifiers);
        if (is_cpt(code.word) && is_lone_modifier(words)) {  // "GT 99214"
            code.modifiers.push_back(upper_case(words));
            words.clear();
        }
        before = without_status_words(words, !status_in(whole, code.word).empty());
        if (is_among(" em cpt hcpcs icd icd10 code codes dx visitcode emcode ", normalised(before))) before = {};
        if (code.description == ")") code.description.clear();
        if (!before.empty())
            code.description = std::string{before} + (code.description.empty() ? "" : " " + code.description);
    }
    const bool offered = span.versus || span.alternative;
    for (const std::string_view joint : {" or", " vs", " vs.", " versus", " /"})
        if (offered && code.description.ends_with(joint))
            code.description.resize(code.description.size() - joint.size());
    if (code.word.empty() || is_icd10(code.word)) {
        code.status = status_in(whole, code.word);
        if (offered && code.status != "not_present") code.status = "differential";
        if (span.replaced && code.status.empty()) code.status = "history";
    } else if (is_cpt(code.word) || is_hcpcs(code.word)) {
        code.status = procedure_status_in(whole, code.word);
        if (offered && code.status != "not_billed") code.status = "alternative";
        if (span.replaced) code.status = "not_billed";
    }
    if (span.form != Span::Form::prose) {
        const auto others = codes_in(code.description, kind);
        code.more_codes = std::ranges::any_of(others, [](const Place& each) { return each.unmistakable; }) ||
                          has_misspelled_code(code.description, kind);
    }
    return code;
}

/// What a sentence says of several codes reaches each; labels of a list are no entries of it.
void share_statuses(std::string_view text, const std::vector<Span>& spans, std::vector<CodeText>& codes) {
    if (codes.size() < 2) return;
    std::vector<ClausePart> parts;
    for (std::size_t at = 0; at < codes.size(); ++at) {
        const auto& span = spans[at];
        const auto& code = codes[at];
        const auto whole = text.substr(span.begin, span.end - span.begin);
        const auto end = at > 0 ? spans[at - 1].end : 0;
        ClausePart part{.gap = text.substr(std::min(end, span.begin), span.begin - std::min(end, span.begin)),
                        .lead = whole,
                        .status = code.status,
                        .has_code = !code.word.empty(),
                        .procedure = is_cpt(code.word) || is_hcpcs(code.word)};
        const auto place = part.has_code ? upper_case(whole).find(code.word) : std::string::npos;
        if (place != std::string::npos) {
            part.lead = whole.substr(0, place);
            part.tail = whole.substr(std::min(whole.size(), place + code.word.size()));
        }
        parts.push_back(part);
    }
    const auto statuses = clause_statuses(parts);
    for (std::size_t at = 0; at < codes.size(); ++at)
        if (parts[at].has_code) codes[at].status = statuses[at];
    bool code_behind = false;
    for (auto at = codes.size(); at-- > 0;) {
        if (parts[at].has_code) code_behind = true;
        else if (code_behind && is_code_label(parts[at].lead))
            codes.erase(codes.begin() + static_cast<std::ptrdiff_t>(at));
        else code_behind = false;
    }
}

}  // namespace

std::vector<CodeText> read_code_text(std::string_view given, CodeKind kind, std::size_t most) {
    auto considered = given.substr(0, longest_text);
    while (considered.size() < given.size() && !considered.empty() && (given[considered.size()] & 0xC0) == 0x80)
        considered.remove_suffix(1);  // never half a character
    auto cleaned = plain_with_origins(considered);
    const auto doubtful = kind == CodeKind::procedure ? std::vector<std::size_t>{} : write_points(cleaned);
    write_arrows(cleaned.text);
    blank_bullets_between(cleaned.text);
    blank_table_heads(cleaned.text);
    const std::string_view text = cleaned.text;
    std::vector<CodeText> codes;
    const auto spans = Splitter{text, kind, most}.spans();
    for (const auto& span : spans) {
        codes.push_back(read_span(text, span, kind));
        const auto point = std::ranges::lower_bound(doubtful, span.begin);
        codes.back().point_unclear = point != doubtful.end() && *point < span.end;
        const auto from = cleaned.origin(span.begin);
        codes.back().original = std::string{given.substr(from, cleaned.origin(span.end) - from)};
    }
    share_statuses(text, spans, codes);
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

}  // namespace dcs::deepcura
