#include "deepcura/code_places.hpp"

#include "deepcura/code_extras.hpp"
#include "deepcura/code_status.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

constexpr std::string_view en_dash = "\xE2\x80\x93";
constexpr std::string_view times = "\xC3\x97";

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_code_letter(char letter) { return is_digit(letter) || is_capital(letter); }
bool is_alphanumeric(char letter) { return is_code_letter(letter) || (letter >= 'a' && letter <= 'z'); }
/// Whether a word goes on with `letter`.
bool goes_on(char letter) {
    return is_alphanumeric(letter) || letter == '_' || static_cast<unsigned char>(letter) > 127;
}

/// A try at a diagnosis code, well-formed or not: F41.1, F4, F41.12345. Not a word like T2DM.
bool tries_diagnosis(std::string_view word) {
    if (word.size() < 2 || word.size() > longest_code || !is_capital(word[0]) || !is_digit(word[1])) return false;
    if (word == "B12") return false;              // the vitamin; there is no such code
    constexpr std::string_view third = "AB.OIL";  // the last three for a digit that was mistyped
    return word.size() == 2 || is_digit(word[2]) || third.find(word[2]) != std::string_view::npos;
}

/// A word that can only be a code, wherever it stands: with a point, or of five digits among procedures.
bool is_unmistakable(std::string_view word, CodeKind kind) {
    const bool point = word.find('.') != std::string_view::npos && is_icd10(word);
    const bool procedure = kind != CodeKind::diagnosis && is_cpt(word);
    return point || procedure;
}

/// What stands between two codes: only marks and joining words, so that neither describes the other.
struct Between {
    bool joins = false;
    bool range = false;
    bool versus = false;
    bool either = false;  // "or"
    bool slash = false;
};
Between between(std::string_view gap, CodeKind kind) {
    constexpr std::string_view joining = " or and vs versus with plus to thru through then also und y e o ";
    Between found{.joins = true};
    bool dash = false;
    std::string word;
    const auto end_word = [&] {
        if (word.empty()) return;
        if (!is_among(joining, word)) found.joins = false;
        found.versus = found.versus || word == "vs" || word == "versus";
        found.either = found.either || word == "or" || word == "o";
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
        // "F41.1 2) F33.1": the number of an entry. Among procedures it may be a modifier.
        const bool numbering = kind == CodeKind::diagnosis && (letter == ')' || letter == '.') && word.size() <= 2 &&
                               digits_in(word) == word.size();
        if (numbering) word.clear();
        end_word();
        found.slash = found.slash || letter == '/';
        dash = dash || letter == '-' || gap.substr(at).starts_with(en_dash);
    }
    end_word();
    const bool only_dash = gap.find_first_not_of(" -\xE2\x80\x93") == std::string_view::npos;
    found.range = found.joins && (found.range || (dash && only_dash));
    return found;
}

/// The length of the arrow to the right that `text` begins with; 0: none.
std::size_t arrow_length(std::string_view text) {
    std::size_t shaft = 0;
    for (bool more = true; more;) {
        const auto rest = text.substr(shaft);
        const bool dash = rest.starts_with(en_dash) || rest.starts_with("\xE2\x80\x94");
        more = dash || rest.starts_with('-') || rest.starts_with('=') || rest.starts_with('~');
        if (more) shaft += dash ? en_dash.size() : 1;
    }
    const auto head = std::min(text.find_first_not_of('>', shaft), text.size()) - std::min(shaft, text.size());
    return head > 1 || (head == 1 && shaft > 0) ? shaft + head : 0;
}

/// Whether an arrow stands between two codes, which leads from no number to another ("50 -> 100 mg"), or "to" behind "changed from".
bool leads_on(std::string_view before, std::string_view gap) {
    constexpr std::size_t longest = 200;
    constexpr std::array<std::string_view, 6> changes{"changed from",  "updated from",  "revised from",
                                                      "switched from", "upgraded from", "corrected from"};
    if (gap.size() > longest) return false;
    for (std::size_t at = 0; at < gap.size(); ++at) {
        const auto arrow = arrow_length(gap.substr(at));
        if (arrow == 0) continue;
        const auto next = gap.find_first_not_of(' ', at + arrow);
        return next == std::string_view::npos || !is_digit(gap[next]);
    }
    if (trimmed(gap) == ">") return true;
    before = trimmed(before.substr(before.size() - std::min<std::size_t>(before.size(), 32)));
    const auto word = upper_case(before);
    const bool changed =
        std::ranges::any_of(changes, [&](std::string_view each) { return word.ends_with(upper_case(each)); });
    return changed && upper_case(trimmed(gap)).ends_with("TO");
}

/// "|---|:--:|".
bool is_table_rule(std::string_view line) {
    line = trimmed(line);
    return line.find('-') != std::string_view::npos && line.find('|') != std::string_view::npos &&
           line.find_first_not_of("|-: \t") == std::string_view::npos;
}

}  // namespace

std::size_t digits_in(std::string_view word) { return static_cast<std::size_t>(std::ranges::count_if(word, is_digit)); }

bool tries_procedure(std::string_view word) {
    if (is_cpt(word) || is_hcpcs(word)) return true;
    return word.size() >= 4 && word.size() <= 6 && digits_in(word) == word.size();
}

bool tries_code(std::string_view word, CodeKind kind) {
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

/// "96127x2": the code alone.
static std::string_view without_units(std::string_view word) {
    constexpr std::size_t code = 5;
    const bool crossed = word.size() > code + 1 && (word[code] == 'x' || word[code] == 'X') &&
                         std::ranges::all_of(word.substr(code + 1), is_digit);
    return crossed && is_cpt(upper_case(word.substr(0, code))) ? word.substr(0, code) : word;
}

std::vector<Place> codes_in(std::string_view piece, CodeKind kind) {
    std::vector<Place> places;
    for (std::size_t at = 0; at < piece.size();) {
        if (!is_alphanumeric(piece[at])) {
            ++at;
            continue;
        }
        const bool begins = at == 0 || (!goes_on(piece[at - 1]) && piece[at - 1] != '.');
        auto word = begins ? word_of(piece.substr(at)) : std::string_view{};
        if (kind != CodeKind::diagnosis) word = without_units(word);
        const auto upper = word.size() <= longest_code ? upper_case(word) : std::string{};
        if (!upper.empty() && (is_well_formed(upper, kind) || is_unmistakable(upper, kind)))
            places.push_back({at, at + word.size(), is_unmistakable(upper, kind)});
        while (at < piece.size() && (is_alphanumeric(piece[at]) || (!word.empty() && piece[at] == '.'))) ++at;
    }
    return places;
}

/// Two procedures of which a visit has one: "99213/99214", not "99214/90833".
static bool are_alike(std::string_view piece, const Place& one, const Place& other) {
    constexpr std::size_t family = 4;
    const auto first = upper_case(piece.substr(one.begin, one.end - one.begin));
    const auto second = upper_case(piece.substr(other.begin, other.end - other.begin));
    return is_cpt(first) && is_cpt(second) && first.substr(0, family) == second.substr(0, family);
}

/// Where in the text between two codes what belongs to the second begins: behind a sentence's end, behind a bracket that follows
/// the first at once, or at the words that speak of the second ("not", "ruled out"). npos: nothing tells.
static std::size_t turn_in(std::string_view gap) {
    constexpr std::size_t longest = 400;
    if (gap.size() > longest) return std::string_view::npos;
    const auto bracket = trimmed(gap).starts_with('(') || trimmed(gap).starts_with('[');
    const auto closed = bracket ? gap.find_first_of(")]") : std::string_view::npos;
    const auto from = closed == std::string_view::npos ? 0 : closed + 1;
    for (auto at = gap.find(". ", from); at != std::string_view::npos; at = gap.find(". ", at + 1)) {
        const auto next = gap.find_first_not_of(' ', at + 1);
        const auto word = trimmed(gap.substr(0, at));
        if (speaks_ahead(word.substr(std::min(word.size(), word.find_last_of(" ([") + 1)))) continue;  // "prev. F32.1"
        if (next == std::string_view::npos || is_capital(gap[next])) return at + 1;
    }
    for (auto at = from; at < gap.size(); ++at) {
        const bool begins = is_alphanumeric(gap[at]) && (at == 0 || !goes_on(gap[at - 1]));
        if (!begins || !speaks_ahead(gap.substr(at))) continue;
        while (at > from && std::string_view{" ([-"}.find(gap[at - 1]) != std::string_view::npos) --at;
        return at;
    }
    return from > 0 && !trimmed(gap.substr(from)).empty() ? from : std::string_view::npos;
}

/// "90834 (38-52 min) or": what the last word between two codes that are described offers.
static Between offer_behind(std::string_view gap) {
    gap = trimmed(gap);
    const auto word = upper_case(gap.substr(std::min(gap.size(), gap.find_last_of(" )],;") + 1)));
    return {.versus = word == "VS" || word == "VS." || word == "VERSUS", .either = word == "OR", .slash = word == "/"};
}

std::vector<Piece> pieces_in(std::string_view piece, CodeKind kind) {
    std::vector<Piece> entries{{0, piece.size()}};
    const auto places = codes_in(piece, kind);
    if (places.size() < 2) return entries;
    const bool codes_behind = trimmed(piece.substr(0, places.front().begin)).size() > 1;  // "GAD F41.1 MDD F33.1"
    for (std::size_t at = 1; at < places.size(); ++at) {
        const auto& last = places[at - 1];
        const auto& next = places[at];
        auto joint = piece.substr(last.end, next.begin - last.end);
        if (kind != CodeKind::diagnosis) {  // "99214-25 / H0033"
            std::vector<std::string> modifiers;
            while (take_modifier(joint, modifiers)) {
            }
        }
        const auto end = next.begin - joint.size();  // of the code with its modifiers
        const auto gap = between(joint, kind);
        if (!gap.joins && (!next.unmistakable || !(last.unmistakable || kind != CodeKind::procedure))) continue;
        const bool bracketed = next.begin > 0 && (piece[next.begin - 1] == '(' || piece[next.begin - 1] == '[');
        const bool last_bracketed = last.end < piece.size() && (piece[last.end] == ')' || piece[last.end] == ']');
        if (!gap.joins && bracketed && !last_bracketed) continue;
        auto cut = next.begin;
        const auto turn = gap.joins ? std::string_view::npos : turn_in(piece.substr(last.end, next.begin - last.end));
        if (turn != std::string_view::npos) cut = last.end + turn;
        else if (!gap.joins && (last_bracketed || codes_behind)) cut = last.end + (last_bracketed ? 1 : 0);
        else if (gap.joins && last_bracketed) cut = last.end + 1;
        else if (gap.joins) entries.back().end = end;
        if (cut <= entries.back().begin) continue;
        if (!gap.joins || last_bracketed) entries.back().end = cut;
        const bool replaced = leads_on(piece.substr(entries.back().begin, last.begin - entries.back().begin),
                                       piece.substr(last.end, next.begin - last.end));
        if (replaced) entries.back().end = cut, entries.back().replaced = true;
        const auto offer = gap.joins ? Between{} : offer_behind(joint);
        const bool alternative = offer.either || (gap.joins && gap.either) ||
                                 ((offer.slash || (gap.joins && gap.slash)) && are_alike(piece, last, next));
        const bool versus = gap.versus || offer.versus;
        const bool range = gap.range && !replaced;
        entries.back().range = entries.back().range || range;
        entries.back().versus = entries.back().versus || versus;
        entries.back().alternative = entries.back().alternative || alternative;
        entries.push_back({cut, piece.size(), range, versus, alternative});
    }
    return entries;
}

void write_arrows(std::string& text) {
    constexpr std::array<std::string_view, 9> pictures{"\xE2\x86\x92", "\xE2\x87\x92", "\xE2\x87\xA8",
                                                       "\xE2\x9E\x94", "\xE2\x9E\x9C", "\xE2\x9E\xA1",
                                                       "\xE2\x9F\xB6", "\xE2\x9E\x9E", "\xE2\xAE\x95"};
    for (auto at = text.find('\xE2'); at != std::string::npos; at = text.find('\xE2', at + 1))
        if (std::ranges::find(pictures, std::string_view{text}.substr(at, 3)) != pictures.end())
            text.replace(at, 3, " ->");
}

namespace {

/// A digit, or a letter that is typed for one.
bool is_near_digit(char letter) {
    return is_digit(letter) || std::string_view{"OoIlL|"}.find(letter) != std::string_view::npos;
}

/// "F 43.10", "Fl0.20", "F.41.1", "FF41.1", "4F1.1": a point with digits around it behind a letter, and no code.
bool is_misspelled_with_point(std::string_view text) {
    constexpr std::size_t longest = 16;
    text = text.substr(0, longest);
    const auto at = [&](std::size_t place) { return place < text.size() ? text[place] : '\0'; };
    if (is_digit(at(0)) && is_capital(at(1)) && is_digit(at(2)) && at(3) == '.' && is_digit(at(4))) return true;
    if (!is_capital(at(0)) || is_icd10(upper_case(word_of(text)))) return false;
    std::size_t place = 1;
    if (is_capital(at(1)) && at(1) != 'O' && at(1) != 'I' && at(1) != 'L') ++place;
    else if (std::string_view{" -."}.find(at(1)) != std::string_view::npos) ++place;
    if (!is_near_digit(at(place)) || !is_near_digit(at(place + 1))) return false;
    if (!is_digit(at(place)) && !is_digit(at(place + 1))) return false;
    place += 2;
    if (at(place) == ' ') ++place;
    if (at(place) != '.' && at(place) != ',') return false;
    ++place;
    if (at(place) == ' ') ++place;
    return is_near_digit(at(place));
}

}  // namespace

bool looks_like_a_code(std::string_view text, CodeKind kind) {
    constexpr std::size_t procedure_size = 5;
    constexpr std::size_t shortest = 4;
    text = trimmed(text);
    if (is_misspelled_with_point(text)) return true;
    const auto end = std::ranges::find_if_not(text, is_alphanumeric);
    const auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (word.size() < shortest || word.size() > longest_code) return false;
    const auto near = static_cast<std::size_t>(std::ranges::count_if(word, is_near_digit));
    const auto digits = digits_in(word);
    if (kind != CodeKind::procedure && is_capital(word[0]) && near >= word.size() - 1 && digits >= 2) return true;
    return kind != CodeKind::diagnosis && word.size() == procedure_size && near == word.size() && digits >= 3;
}

bool has_misspelled_code(std::string_view text, CodeKind kind) {
    constexpr std::size_t longest = 400;
    if (kind == CodeKind::procedure) return false;
    text = text.substr(0, longest);
    for (std::size_t at = 0; at < text.size(); ++at)
        if ((at == 0 || !goes_on(text[at - 1])) && is_misspelled_with_point(text.substr(at))) return true;
    return false;
}

void blank_bullets_between(std::string& text) {
    constexpr std::array<std::string_view, 5> bullets{"\xE2\x80\xA2", "\xE2\x80\xA3", "\xE2\x96\xAA", "\xE2\x97\x8F",
                                                      "\xE2\x97\xA6"};
    for (auto at = text.find('\xE2'); at != std::string::npos; at = text.find('\xE2', at + 1)) {
        const auto rest = std::string_view{text}.substr(at);
        const auto* const bullet =
            std::ranges::find_if(bullets, [&](std::string_view each) { return rest.starts_with(each); });
        if (bullet == bullets.end() || at == 0 || at + bullet->size() >= text.size()) continue;
        const bool between =
            (is_alphanumeric(text[at - 1]) || text[at - 1] == ')') && is_alphanumeric(text[at + bullet->size()]);
        if (between) std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), bullet->size(), ' ');
    }
}

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

std::string_view without_arrow(std::string_view text) {
    text = trimmed(text);
    constexpr std::size_t longest_arrow = 12;
    for (auto at = text.size() - std::min(text.size(), longest_arrow); at < text.size(); ++at) {
        const auto arrow = arrow_length(text.substr(at));
        if (arrow > 0 && at + arrow == text.size()) return trimmed(text.substr(0, at));
    }
    return text;
}

std::string_view without_cell_marks(std::string_view text) {
    while (text.starts_with('|')) text = trimmed(text.substr(1));
    while (text.ends_with('|')) text = trimmed(text.substr(0, text.size() - 1));
    return text;
}

bool is_icd10(std::string_view word) {
    // No code has these letters behind its first: they are mistyped digits.
    if (word.size() > 1 && word.substr(1).find_first_of("OIL") != std::string_view::npos) return false;
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
