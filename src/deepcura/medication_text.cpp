#include "deepcura/medication_text.hpp"

#include "deepcura/fields.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_none = 100;      // bytes
constexpr std::size_t longest_shared = 4'000;  // bytes of a line that is searched for ','
constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

constexpr std::string_view whole_nones =
    " nil nkda nka nkma noknowndrugallergies noknownallergies noknownmedicationallergies unmedicated medicationfree medfree "
    "ninguno ninguna sinmedicamentos nomedicamentos niegamedicamentos notomamedicamentos sinmedicacion sinmedicación sincambios ";
constexpr std::string_view noes = " no not none non nothing denies denied deny denying without never ";
constexpr std::string_view words_around_no =
    " a an the any all of on in at to for this that time present moment today now visit session current currently active "
    "actively other others new additional further known prescribed prescription prescriptions psychotropic psychotropics "
    "psychiatric home regular daily chronic scheduled prn otc over counter herbal herbals vitamins supplement supplements "
    "medication medications med meds medicine medicines drug drugs rx allergies allergy change changes changed adjustment "
    "adjustments made needed indicated reported mentioned discussed listed noted stated documented taken taking takes take use "
    "uses using used reports states endorses patient pt client he she they who is are was were has have had been being does do "
    "did and or either started ordered given since last as per pharmacologic pharmacological regimen list ";

/// Words with which a piece goes on about the medication before it.
constexpr std::string_view goes_on =
    " take takes taken taking with without at daily nightly weekly monthly twice once thrice three four for as by po prn every "
    "each in on bid tid qid qhs qd qam qpm qod hs one two half may can do does not no avoid monitor check checking refill refills "
    "dispense disp qty quantity sig dose doses dosage dosing reason indication due to from and or then until after before if when "
    "while patient pt client helps helpful tolerating tolerates tolerated tolerate well side last next morning evening bedtime "
    "night am pm mg mcg ml tab tabs tablet tablets cap caps capsule capsules give given use used using same current currently "
    "previously per max maximum titrate reports reported denies denied no stable effective ineffective working good poor still "
    "has have is was since under swallow crush chew dissolve apply inhale inject rinse follow call discussed reviewed labs level "
    "levels also increase increased decrease decreased continue continued continues stop stopped hold held ";
/// Words of an action: a medication may follow them.
constexpr std::string_view actions =
    " start started starting begin began continue continued continues continuing increase increased increasing decrease "
    "decreased decreasing reduce reduced stop stopped stopping discontinue discontinued dc hold held add added resume resumed "
    "restart restarted taper tapered switch switched change changed refill refilled prescribe prescribed trial new ";

bool lists(std::string_view words, std::string_view word) {
    for (auto at = words.find(word); at != std::string_view::npos && !word.empty(); at = words.find(word, at + 1))
        if (words[at - 1] == ' ' && words[at + word.size()] == ' ') return true;
    return false;
}

/// The next word, moved over; empty: there is none.
std::string_view take_word(std::string_view& text) {
    const auto first = std::min(text.find_first_of(letters_and_digits), text.size());
    text.remove_prefix(first);
    const auto word = text.substr(0, std::min(text.find_first_not_of(letters_and_digits), text.size()));
    text.remove_prefix(word.size());
    return word;
}

/// "Sertraline 50 mg", "trazodone 25-50 mg": a name and a dose.
bool has_dose(std::string_view text) {
    text = trimmed(text);
    const auto digit = text.find_first_of("0123456789");
    if (digit == std::string_view::npos || digit == 0) return false;
    const auto behind = text.find_first_not_of("0123456789.,/- ", digit);
    const auto unit = normalised(behind == std::string_view::npos ? std::string_view{} : text.substr(behind));
    return unit.starts_with("mg") || unit.starts_with("mcg") || unit.starts_with("ml") || unit.starts_with("unit") ||
           unit == "g" || unit.starts_with("iu");
}

/// Whether the piece behind a ';' is about the medication before it.
bool is_about_the_last(std::string_view piece) {
    auto rest = trimmed(piece);
    if (rest.empty()) return true;
    auto word = normalised(take_word(rest));
    bool acted = false;
    while (lists(actions, word)) {
        acted = true;
        word = normalised(take_word(rest));
    }
    if (word.empty()) return acted;
    return (word.front() >= '0' && word.front() <= '9') || lists(goes_on, word);
}

/// The pieces of a line between ';'.
std::vector<std::string_view> pieces_of(std::string_view line) {
    std::vector<std::string_view> pieces;
    std::size_t begin = 0;
    for (auto at = line.find(';'); at != std::string_view::npos; at = line.find(';', at + 1)) {
        const auto next = line.substr(at + 1, line.find(';', at + 1) - std::min(line.size(), at + 1));
        if (trimmed(line.substr(begin, at - begin)).empty()) {
            begin = at + 1;
        } else if (!is_about_the_last(next)) {
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
    const auto digits = std::to_string(number);
    for (auto at = line.find(digits); at != std::string_view::npos; at = line.find(digits, at + 1)) {
        const auto end = at + digits.size();
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

/// How long the separator is that stands here: ",", ", and ", " and ", "+", "&"; 0: none.
std::size_t separator_at(std::string_view text) {
    constexpr std::array<std::string_view, 7> separators{", and ", ", plus ", " and ", " plus ", ",", "+", "&"};
    for (const auto each : separators)
        if (text.starts_with(each)) return each.size();
    return 0;
}

/// A piece is cut where another medication with a dose of its own begins behind one that has a dose: "sertraline 50 mg, 1 tab
/// daily, and trazodone 50 mg".
void add_piece(std::string_view piece, std::size_t most, std::vector<std::string_view>& all) {
    const auto keep = [&](std::string_view one) {
        if (const auto name = without_bullet(one); !name.empty() && all.size() < most) all.push_back(name);
    };
    std::size_t begin = 0;
    for (std::size_t at = 0; at < piece.size() && piece.size() < longest_shared; ++at) {
        const auto length = separator_at(piece.substr(at));
        if (length == 0) continue;
        const auto behind = piece.substr(at + length);
        auto next = std::size_t{0};
        while (next < behind.size() && separator_at(behind.substr(next)) == 0) ++next;
        if (!has_dose(piece.substr(begin, at - begin)) || !has_dose(behind.substr(0, next)) ||
            is_about_the_last(behind.substr(0, next)))
            continue;
        keep(piece.substr(begin, at - begin));
        begin = at + length;
        at = begin - 1;
    }
    keep(piece.substr(begin));
}

}  // namespace

bool says_no_medications(std::string_view text) {
    if (text.size() > longest_none) return false;
    const auto whole = normalised(text);
    if (lists(whole_nones, whole)) return true;
    bool negated = false;
    bool any = false;
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        const auto plain_word = normalised(word);
        if (lists(noes, plain_word)) negated = true;
        else if (!lists(words_around_no, plain_word)) return false;
        any = true;
    }
    return any && negated;
}

std::vector<std::string_view> medications_in(std::string_view text, std::size_t most) {
    std::vector<std::string_view> all;
    while (!text.empty() && all.size() < most) {
        const auto line = text.substr(0, text.find_first_of("\r\n"));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        for (const auto numbered : numbered_in(line))
            for (const auto piece : pieces_of(numbered)) add_piece(piece, most, all);
    }
    return all;
}

}  // namespace dcs::deepcura
