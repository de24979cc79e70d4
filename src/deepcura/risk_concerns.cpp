#include "deepcura/risk_concerns.hpp"

#include "deepcura/risk_phrases.hpp"
#include "deepcura/risk_words.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace dcs::deepcura {

namespace {

using namespace risk_phrases;

constexpr std::size_t longest_sentence = 600;

constexpr std::string_view persons = " he she they i pt patient client ";
constexpr std::string_view owners = " his her their my ";
constexpr std::string_view selves = " self himself herself myself themselves themself oneself ";
constexpr std::string_view beings = " is was were be are am being been ";
constexpr std::string_view not_others = " self himself herself myself themselves themself oneself him_self time pain ";

/// Words that make of a sentence one about another time or of advice; what is said of today keeps it one about now.
constexpr std::string_view of_the_past =
    " history hx prior previous previously remote remotely ago years year childhood teen teenager adolescence adolescent "
    "college age lifetime former formerly antecedentes ";
constexpr std::string_view of_now =
    " today yesterday tonight now currently current recent recently monday tuesday wednesday thursday friday saturday sunday "
    "week weekend night morning again since ";
constexpr std::string_view of_advice =
    " return call instructed monitor monitoring warning warnings boxed discussed counseled counselled education educated "
    "psychoeducation movie book should case emergency reviewed risks side medication 988 911 ";
constexpr std::string_view of_accidents =
    " accident accidentally accidental cooking chopping gardening shaving kitchen ";
constexpr std::string_view others =
    " brother sister son daughter husband wife spouse partner boyfriend girlfriend friend ex-husband ex-wife uncle aunt cousin "
    "mother father mom dad parent roommate coworker neighbor boss grandmother grandfather nephew niece ";
constexpr std::string_view negations = " no not without never nor neither negative ";
constexpr std::string_view denials = " denies denied denying deny denial niega niegan ";
constexpr std::string_view turns = " but however although though except yet ";

/// Lower-case words, "c-ssrs" and "self-harm" without their hyphen, "doesn't" as "not"; a comma is a word of its own.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words(1);
    for (const char letter : lower_letters(text)) {
        const bool kept = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '#' ||
                          letter == '\'' || static_cast<unsigned char>(letter) > 127;
        if (kept) words.back() += letter;
        else if (letter == ',') words.insert(words.end(), {",", ""});
        else if (letter != '-' || words.back().empty()) words.emplace_back();
    }
    for (auto& word : words) {
        if (word.ends_with("n't") || word == "dont" || word == "doesnt" || word == "didnt") word = "not";
        else if (word == "i'm") word = "i";
        else if (word == "i'd" || word == "he'd" || word == "she'd") word = "he";
        while (word.starts_with('\'')) word.erase(0, 1);
        while (word.ends_with('\'')) word.pop_back();
    }
    std::erase_if(words, [](const std::string& word) {
        return word.empty() || word == "do" || word == "does" || word == "did" || word == "just" || word == "really" ||
               word == "that";
    });
    return words;
}

/// The number that a word of up to six digits is; -1: it is none.
int number_of(std::string_view word) {
    if (word.empty() || word.size() > 6 || word.find_first_not_of("0123456789") != std::string_view::npos) return -1;
    int number = 0;
    for (const char digit : word) number = number * 10 + (digit - '0');
    return number;
}

bool matches_one(std::string_view word, std::string_view choice) {
    if (choice == "P") return is_among(persons, word);
    if (choice == "POSS") return is_among(owners, word);
    if (choice == "SELF") return is_among(selves, word);
    if (choice == "BE") return is_among(beings, word);
    if (choice == "OTHER") return !is_among(not_others, word) && word != ",";
    if (choice == "10+") return number_of(word) >= 10;
    if (choice == "1-10") return number_of(word) >= 1 && number_of(word) <= 10;
    return word == choice;
}

bool matches(std::string_view word, std::string_view choices) {
    while (!choices.empty()) {
        const auto choice = choices.substr(0, choices.find('|'));
        choices.remove_prefix(std::min(choices.size(), choice.size() + 1));
        if (matches_one(word, choice)) return true;
    }
    return false;
}

/// Whether the words from `at` on are the phrase. Its length is small, so that trying is cheap.
bool is_phrase(const std::vector<std::string>& words, std::size_t at, std::string_view phrase) {
    if (phrase.empty()) return true;
    auto part = phrase.substr(0, phrase.find(' '));
    const auto rest = phrase.substr(std::min(phrase.size(), part.size() + 1));
    if (part == "?" || part == "??") {
        const std::size_t most = part == "?" ? 1 : 3;
        for (std::size_t over = 0; over <= most && at + over <= words.size(); ++over) {
            if (over > 0 && (words[at + over - 1] == "," || is_among(negations, words[at + over - 1]))) return false;
            if (is_phrase(words, at + over, rest)) return true;
        }
        return false;
    }
    if (part.starts_with('!')) {
        const bool follows = at < words.size() && matches(words[at], part.substr(1));
        return !follows && is_phrase(words, at, rest);
    }
    const bool perhaps = part.ends_with('~');
    if (perhaps) part.remove_suffix(1);
    if (at < words.size() && matches(words[at], part) && is_phrase(words, at + 1, rest)) return true;
    return perhaps && is_phrase(words, at, rest);
}

/// Whether one of the words stands shortly before `at`. pre: `row` is empty, which asks for none, or has blanks around its words.
bool stands_behind(const std::vector<std::string>& words, std::size_t at, std::string_view row) {
    constexpr std::size_t farthest = 5;
    if (row.empty()) return true;
    for (auto before = at - std::min(at, farthest); before < at; ++before)
        if (is_among(row, words[before])) return true;
    return false;
}

/// Whether what stands before the phrase takes it back, or gives it to another person. `dated`: it is an attempt with a year, which no
/// denial before a comma reaches: "denies SI, overdose attempt in 2015".
bool is_taken_back(const std::vector<std::string>& words, std::size_t at, bool dated) {
    bool denied = false;   // until the sentence turns
    bool negated = false;  // until the next comma, and again behind "or"
    bool listed = false;   // it was, before a comma
    bool another = false;
    bool family = false;
    for (std::size_t before = 0; before < at; ++before) {
        const auto& word = words[before];
        if (word == ",") listed = std::exchange(negated, false) || listed;
        if (word == "," && dated) denied = false;
        if (listed && is_among(" or nor ", word)) negated = true;
        if (is_among(turns, word)) denied = negated = listed = false;
        if (is_among(denials, word)) denied = true;
        const bool unchanged = before + 1 < words.size() && is_among(" change changes ", words[before + 1]);
        if (is_among(negations, word) && !unchanged) {  // "no change in suicidal ideation" denies nothing
            if (denied) denied = false;                 // "does not deny" and "denied no" are for a person
            else negated = true;
        }
        if (negated && is_among(denials, word)) denied = negated = false;
        const bool of_family =
            before + 1 < words.size() && is_among(" hx history h medical psychiatric ", words[before + 1]);
        family = family || is_among(" familial fhx ", word) || (word == "family" && of_family);
        if (is_among(others, word)) another = true;
        if (is_among(persons, word) || word == "him") another = false;
    }
    return denied || negated || another || family;
}

bool any_of(const std::vector<std::string>& words, std::string_view row) {
    return std::ranges::any_of(words, [&](const std::string& word) { return is_among(row, word); });
}

/// Whether the sentence is advice, or about an accident. `phrase`: where it speaks of the risk; a condition behind that is no
/// advice: "would kill him if he could".
bool is_about_else(const std::vector<std::string>& words, std::size_t phrase) {
    for (std::size_t at = 0; at < std::min(phrase, words.size()); ++at)
        if (is_among(" if unless ", words[at]) && (at == 0 || words[at - 1] != "what")) return true;
    return any_of(words, of_advice) || any_of(words, of_accidents);
}

bool is_year(std::string_view word) { return word.size() == 4 && number_of(word) >= 1930 && number_of(word) <= 2100; }

/// Whether the sentence is of long ago.
bool is_of_the_past(const std::vector<std::string>& words) {
    constexpr std::string_view behind_past =
        " suicide suicidal overdose overdoses attempt attempts od psychiatric hx history ";
    if (any_of(words, of_now)) return false;
    for (std::size_t at = 1; at < words.size(); ++at)
        if (words[at - 1] == "past" && is_among(behind_past, words[at])) return true;
    for (std::size_t at = 1; at < words.size(); ++at)
        if (is_year(words[at]) && is_among(" in en attempt attempts overdose od hanging x1 x2 x3 ", words[at - 1]))
            return true;
    const bool post = words.size() > 1 && std::ranges::adjacent_find(words, [](const auto& one, const auto& next) {
                                              return (one == "s" && next == "p") || (one == "status" && next == "post");
                                          }) != words.end();
    return post || any_of(words, of_the_past);
}

/// "suicide attempts: none", "suicide attempt - denied", "attempts: 0". `phrase`: where it begins.
bool is_answered_no(const std::vector<std::string>& words, std::size_t phrase) {
    constexpr std::string_view no = " no none nil denied denies denies 0 zero never negative na not n ";
    constexpr std::string_view names = " attempt attempts attempted overdose overdosed od gesture gestures suicide ";
    constexpr std::string_view passed = " reported known noted , ";
    auto at = phrase;
    while (at < words.size() && is_among(names, words[at])) ++at;
    while (at < words.size() && is_among(passed, words[at])) ++at;
    return at > phrase && at < words.size() && is_among(no, words[at]);
}

/// Puts the phrases under each word that they may begin with.
const std::unordered_map<std::string_view, std::vector<const Phrase*>>& by_first_word() {
    static const auto all = [] {
        std::unordered_map<std::string_view, std::vector<const Phrase*>> made;
        for (const auto& phrase : phrases) {
            auto choices = phrase.words.substr(0, phrase.words.find(' '));
            while (!choices.empty()) {
                const auto choice = choices.substr(0, choices.find('|'));
                choices.remove_prefix(std::min(choices.size(), choice.size() + 1));
                if (choice != "P") made[choice].push_back(&phrase);
                else
                    for (const std::string_view person : {"i", "he", "she", "they", "patient", "pt"})
                        made[person].push_back(&phrase);
            }
        }
        return made;
    }();
    return all;
}

/// The first two letters as a number.
std::size_t start_of(std::string_view word) {
    const auto second = word.size() > 1 ? static_cast<unsigned char>(word[1]) : 0U;
    return (static_cast<std::size_t>(static_cast<unsigned char>(word[0])) << 8U) | second;
}

/// Words without which no line speaks of a risk: those that phrases begin with, and those of the topics (risk_words.cpp).
const std::unordered_set<std::string_view>& triggers() {
    constexpr static std::string_view of_topics =
        "si hi s h suicidal suicidality suicide dead die dying suicida suicidas suicidio homicidal homicidality homicide homicida "
        "homicidas homicidio kill killing harm harming hurt hang hanging shoot shooting drown drowning stab stabbing overdose life "
        "death muerte suicidarse suicidarme matarse matarme overdosing overdoses od ssrs c phq murder don't dont doesn't doesnt can't cant didn't didnt wouldn't couldn't won't self nonsuicidal";
    static const auto all = [] {
        std::unordered_set<std::string_view> made;
        for (const auto& [word, starting] : by_first_word())
            if (!is_among(persons, word)) made.insert(word);
        for (auto rest = of_topics; !rest.empty();) {
            const auto word = rest.substr(0, rest.find(' '));
            made.insert(word);
            rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        }
        return made;
    }();
    return all;
}

/// Of each pair of letters, whether a trigger begins with it: most words are settled by that.
const std::array<bool, 1 << 16>& trigger_starts() {
    static const auto all = [] {
        std::array<bool, 1 << 16> made{};
        for (const auto word : triggers()) made.at(start_of(word)) = true;
        return made;
    }();
    return all;
}

/// Of each byte, its lower-case letter; 0: it is in no word.
constexpr std::array<char, 256> lower_or_none = [] {
    std::array<char, 256> made{};
    for (int byte = 0; byte < 256; ++byte) {
        const auto letter = static_cast<char>(byte);
        const bool kept = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '#' ||
                          letter == '\'' || byte > 127;
        if (kept) made[static_cast<std::size_t>(byte)] = letter;
        if (letter >= 'A' && letter <= 'Z')
            made[static_cast<std::size_t>(byte)] = static_cast<char>(letter - 'A' + 'a');
    }
    return made;
}();

bool is_denied_behind(const std::vector<std::string>& words) {
    return std::ranges::any_of(words, [](const std::string& word) { return is_among(denials, word); }) &&
           words.size() < 6 && is_among(denials, words.back());
}

}  // namespace

bool may_speak_of_risk(std::string_view line) {
    constexpr std::ptrdiff_t longest_word = 20;
    const char* const letters = lower_or_none.data();
    const bool* const starts = trigger_starts().data();
    std::string word;
    const auto* const end = line.data() + line.size();
    for (const auto* at = line.data(); at != end;) {
        const auto* next = at;
        while (next != end && letters[static_cast<unsigned char>(*next)] != 0) ++next;
        if (next == at) {
            ++at;
            continue;
        }
        const char pair[2] = {letters[static_cast<unsigned char>(*at)],
                              next - at > 1 ? letters[static_cast<unsigned char>(at[1])] : '\0'};
        if (starts[start_of({pair, 2})] && next - at <= longest_word) {
            word.assign(at, next);
            for (char& letter : word) letter = letters[static_cast<unsigned char>(letter)];
            if (triggers().contains(word) || word.starts_with("suicid") || word.starts_with("homicid")) return true;
        }
        at = next;
    }
    return false;
}

Concerns concerns_in(std::string_view sentence) {
    Concerns found;
    if (sentence.size() > longest_sentence) return found;
    const auto words = words_of(sentence);
    const bool past = is_of_the_past(words);
    const bool dated = std::ranges::any_of(words, [](const std::string& word) { return is_year(word); });
    auto first = words.size();
    for (std::size_t at = 0; at < words.size(); ++at) {
        const auto starting = by_first_word().find(words[at]);
        if (starting == by_first_word().end()) continue;
        for (const auto* phrase : starting->second) {
            auto& kept = phrase->topic == suicidal ? found.suicidal : found.homicidal;
            const auto concern = past && phrase->attempt ? Concern::look : phrase->concern;
            if (concern <= kept || (past && !phrase->attempt) || !is_phrase(words, at, phrase->words) ||
                !stands_behind(words, at, phrase->after))
                continue;
            if (is_taken_back(words, at, phrase->attempt && dated) || (phrase->attempt && is_answered_no(words, at)))
                continue;
            kept = concern;
            first = std::min(first, at);
        }
    }
    const bool any = found.suicidal != Concern::none || found.homicidal != Concern::none;
    return any && (is_about_else(words, first) || is_denied_behind(words)) ? Concerns{} : found;
}

std::string_view take_sentence(std::string_view& text) {
    auto end = std::min({text.find(". "), text.find("; "), text.find('\n'), text.find("! "), text.size()});
    if (end > longest_sentence) {
        const auto start = text.substr(0, longest_sentence);
        const auto comma = start.rfind(", ");
        const auto blank = start.rfind(' ');
        end = comma != std::string_view::npos && comma > 0   ? comma
              : blank != std::string_view::npos && blank > 0 ? blank
                                                             : longest_sentence;
    }
    const auto sentence = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    return sentence;
}

Concerns concerns_in_text(std::string_view text) {
    Concerns found;
    while (!text.empty()) {
        const auto each = concerns_in(take_sentence(text));
        found.suicidal = std::max(found.suicidal, each.suicidal);
        found.homicidal = std::max(found.homicidal, each.homicidal);
    }
    return found;
}

bool is_raised_level(std::string_view text) {
    constexpr std::string_view calm =
        " low minimal none no negative neg denied denies absent nil na n/a unknown false null normal not lowest 0 zero "
        "bajo baja ninguno ";
    constexpr std::string_view raised =
        " high moderate medium severe elevated imminent extreme significant serious positive yes red critical increased "
        "intermediate moderately raised alto alta moderado moderada elevado ";
    if (text.size() > longest_sentence) return true;
    const auto words = words_of(text);
    if (words.empty()) return false;
    for (std::size_t at = 0; at < words.size(); ++at) {
        const bool negated = at > 0 && is_among(" no not negative denies low lower ", words[at - 1]);
        if (is_among(raised, words[at]) && !negated) return true;
    }
    return !is_among(calm, words.front());
}

}  // namespace dcs::deepcura
