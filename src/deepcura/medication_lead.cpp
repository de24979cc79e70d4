#include "deepcura/medication_lead.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/medication_pieces.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <string>

namespace dcs::deepcura {

namespace {

constexpr int most_words = 16;

constexpr std::string_view subjects = " patient pt client he she they i we the provider ";
constexpr std::string_view relatives =
    " mother mom father dad sister brother son daughter husband wife spouse partner boyfriend girlfriend aunt uncle cousin "
    "grandmother grandfather parent parents sibling roommate grandma grandpa ";
constexpr std::string_view owners = " his her their my pts patients clients ";
constexpr std::string_view tells = " reports reported states stated says said notes noted endorses endorsed ";
/// Words that say nothing of what was done.
constexpr std::string_view around =
    " is are was were be been being has have had do does did will would should could may also now currently presently recently just today already "
    "newly since then reports reported states stated says said notes noted endorses endorsed that maintained ";
constexpr std::string_view links =
    " to on of in with from about the a an her his their my any up off out longer dose doses course more for back ";
constexpr std::string_view takings = " take takes taking taken use uses using ";
constexpr std::string_view denials =
    " not no never denies denied denying don't doesn't didn't isn't wasn't hasn't won't can't cannot unable ";
constexpr std::string_view actions =
    " start started starting starts begin began begun beginning initiate initiated initiating continue continued continues "
    "continuing resume resumed resumes resuming restart restarted restarting increase increased increasing increases decrease "
    "decreased decreasing reduce reduced reducing stop stopped stopping stops discontinue discontinued discontinuing dc dced hold held "
    "holding add added adding augment augmented taper tapered tapering titrate titrated titrating wean weaned weaning switch "
    "switched switching switches change changed changing refill refilled refilling prescribe prescribed prescribes new cross ";
constexpr std::string_view statuses =
    " declined decline declines declining refused refuse refuses refusing tried try trying tries failed trialed trial considering "
    "consider considers considered wants want wanted wishes prefers requests requested requesting interested asks asked asking "
    "missed missing skipped skipping forgot forgets ran previously formerly past recommended recommend recommends offered offers "
    "suggested discussed discussing plans plan planning agreed agrees agreeable hx history open hesitant reluctant afraid unwilling willing "
    "avoids avoided quit tolerate took used like self off ";
/// What is declined, wanted or begun, and is no medication.
constexpr std::string_view no_names =
    " wait waiting defer discuss think therapy counseling psychotherapy cbt dbt emdr tms ect exercise smoking drinking alcohol "
    "cannabis services treatment hospitalization admission referral labs testing iop php ";
constexpr std::string_view switching = " switch switched switching switches change changed changing cross ";
constexpr std::string_view against = " allergic allergy intolerant intolerance ";

bool is_word_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '\'' ||
           static_cast<unsigned char>(letter) > 127;
}

/// The word that `text` begins with, behind blanks and hyphens, in lower case.
struct Word {
    std::string lower{};
    std::string owner{};  // of "mother's" its mother
    std::size_t begin = 0;
    std::size_t end = 0;
};
Word next_word(std::string_view text, std::size_t from) {
    Word word{.lower = {}, .owner = {}, .begin = std::min(text.find_first_not_of(" -", from), text.size())};
    word.end = word.begin;
    if (text.substr(word.begin, 3) == "d/c" || text.substr(word.begin, 3) == "D/C") {
        word.lower = "dc";
        word.end = std::min(text.find(' ', word.begin), text.size());
        return word;
    }
    while (word.end < text.size() && is_word_letter(text[word.end])) ++word.end;
    if (word.end < text.size() && text[word.end] >= '0' && text[word.end] <= '9') word.end = word.begin;
    word.lower = std::string{text.substr(word.begin, word.end - word.begin)};
    for (char& letter : word.lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    for (const std::string_view ending : {"'s", "\xE2\x80\x99s"})
        if (word.lower.ends_with(ending)) {
            word.owner = word.lower.substr(0, word.lower.size() - ending.size());
            word.lower = "'s";
        }
    return word;
}

/// Reads the words one by one.
class Reading {
public:
    explicit Reading(std::string_view text) : text_{text} {}

    MedicationLead lead() {
        for (int count = 0; count < most_words; ++count) {
            const auto word = next_word(text_, end_);
            if (word.lower.empty() || !take(word)) break;
            end_ = word.end;
        }
        auto behind = trimmed(text_.substr(end_));
        while (behind.starts_with(':') || behind.starts_with(',')) behind = trimmed(behind.substr(1));
        MedicationLead found{
            .said = {}, .name = text_, .not_taken = false, .alone = false, .no_name = false, .switches = false};
        found.not_taken = !behind.empty() && (another_ || against_);
        const bool said = acted_ || stated_ || (denied_ && takes_);  // "no side effects" is none
        found.alone = said && behind.empty();
        if (found.not_taken || !said || behind.empty()) return found;
        found.no_name = is_among(no_names, next_word(behind, 0).lower);
        if (found.no_name || !may_be_a_name(behind)) return found;
        found.name = behind;
        found.said = {text_.substr(said_from_, said_to_ - said_from_),
                      acted_ && !stated_ && !denied_ ? "action" : "status"};
        found.switches = switches_;
        return found;
    }

private:
    /// Whether the word belongs to the lead.
    bool take(const Word& word) {
        const auto& lower = word.lower;
        const bool spoken = acted_ || stated_ || denied_ || takes_ || against_;
        if (!spoken && is_among(relatives, word.owner)) return another_ = true;  // "mother's lithium"
        if (!spoken && (is_among(subjects, word.owner) || is_among(owners, lower))) {
            const auto next = next_word(text_, word.end);  // "Pt's mother", "her mother's"
            return is_among(relatives, next.lower) || is_among(relatives, next.owner);
        }
        if (is_among(relatives, lower) && !spoken) {
            const auto next = next_word(text_, word.end);
            const bool does = is_among(around, next.lower) || is_among(takings, next.lower) ||
                              is_among(actions, next.lower) || next.lower == "on";
            another_ = does && !is_among(tells, next.lower);
            return does;
        }
        if (is_among(subjects, lower) && !spoken) {
            another_ = false;
            return true;
        }
        if (is_among(actions, lower)) return acted_ = say(word);
        if (is_among(statuses, lower)) return stated_ = say(word);
        if (is_among(denials, lower)) return denied_ = say(word);
        if (is_among(against, lower)) return against_ = true;
        if (is_among(takings, lower)) {
            takes_ = true;
            if (spoken) say(word);
            return true;
        }
        if (is_among(around, lower)) return true;
        if (lower == "on" && denied_) return takes_ = say(word);   // "no longer on"
        if (lower == "and" || lower == "then" || lower == "or") {  // "tried and failed"
            const auto next = next_word(text_, word.end).lower;
            return spoken && (is_among(actions, next) || is_among(statuses, next) || is_among(takings, next));
        }
        const bool letter = word.end - word.begin == 1 && text_[word.begin] != lower.front();  // "A" may be a name
        return is_among(links, lower) && !letter && (spoken || another_);
    }
    bool say(const Word& word) {
        if (said_to_ == 0) said_from_ = word.begin;
        said_to_ = word.end;
        switches_ = switches_ || is_among(switching, word.lower);
        return true;
    }
    /// "due to nausea" and "100 mg" are none.
    static bool may_be_a_name(std::string_view text) {
        const bool digit = text.front() >= '0' && text.front() <= '9';
        return digit ? names_behind_a_dose(text) : !begins_as_going_on(text) && is_word_letter(text.front());
    }

    std::string_view text_;
    std::size_t end_ = 0;        // of the lead
    std::size_t said_from_ = 0;  // of the verbs
    std::size_t said_to_ = 0;
    bool acted_ = false;
    bool stated_ = false;
    bool denied_ = false;
    bool takes_ = false;
    bool against_ = false;
    bool another_ = false;
    bool switches_ = false;
};

}  // namespace

MedicationLead medication_lead(std::string_view text) { return Reading{trimmed(text)}.lead(); }

}  // namespace dcs::deepcura
