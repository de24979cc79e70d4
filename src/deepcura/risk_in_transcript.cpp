#include "deepcura/risk_in_transcript.hpp"

#include "deepcura/bounds.hpp"
#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/risk_concerns.hpp"
#include "deepcura/risk_words.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_transcript = 400'000;
constexpr std::size_t most_judged = 40'000;
constexpr std::size_t most_sentences = 10'000;
constexpr std::size_t longest_label = 64;  // of a speaker, with the time
constexpr std::size_t longest_answer = 200;
constexpr std::size_t longest_sentence = 500;

/// What is said in a turn: without "[0:00:12] Patient: ".
std::string_view without_speaker(std::string_view line) {
    line = trimmed(line);
    if (line.starts_with('[') || line.starts_with('(')) {
        const auto end = line.substr(0, longest_label).find_first_of("])");
        if (end != std::string_view::npos) line = trimmed(line.substr(end + 1));
    }
    const auto start = line.substr(0, longest_label);
    const auto colon = start.find(": ");
    const auto mark = start.find_first_of(".?!,");
    return colon != std::string_view::npos && (mark == std::string_view::npos || mark > colon)
               ? trimmed(line.substr(colon + 2))
               : line;
}

/// Takes the first sentence off, with its mark; of one without an end the first words.
std::string_view take_spoken(std::string_view& text) {
    const auto start = text.substr(0, longest_sentence);
    auto end = start.find_first_of(".?!");
    while (end != std::string_view::npos && end + 1 < text.size() && text[end + 1] != ' ')
        end = start.find_first_of(".?!", end + 1);
    if (end == std::string_view::npos && text.size() > longest_sentence) end = start.rfind(' ');
    const auto sentence = text.substr(0, end == std::string_view::npos ? start.size() : end + 1);
    text.remove_prefix(sentence.size());
    text = trimmed(text);
    return sentence;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words(1);
    for (const char letter : lower_letters(text)) {
        const bool kept = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '\'' ||
                          static_cast<unsigned char>(letter) > 127;
        if (kept) words.back() += letter;
        else if (!words.back().empty()) words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

/// The sentence as it would stand in a note: "I am suicidal" as "patient is suicidal". A comma stays.
std::string as_told(std::string_view sentence) {
    static const std::unordered_map<std::string_view, std::string_view> told{
        {"i", "patient"},        {"i'm", "patient is"},    {"im", "patient is"},     {"am", "is"},
        {"i've", "patient has"}, {"i'd", "patient would"}, {"i'll", "patient will"}, {"my", "her"},
        {"myself", "herself"},   {"you", "patient"},       {"you're", "patient is"}, {"you've", "patient has"},
        {"your", "her"},         {"yourself", "herself"},  {"we", "patient"},        {"we're", "patient is"},
        {"are", "is"},           {"have", "has"},          {"want", "wants"},        {"wanna", "wants to"},
        {"wish", "wishes"},      {"feel", "feeling"},      {"been", "is"},           {"feels", "feeling"}};
    std::string out;
    std::string word;
    const auto end_word = [&] {
        const auto found = told.find(word);
        out += found == told.end() ? std::string_view{word} : found->second;
        word.clear();
    };
    for (const char letter : lower_letters(sentence)) {
        const bool kept = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '\'' ||
                          letter == '-' || static_cast<unsigned char>(letter) > 127;
        if (kept) {
            word += letter;
            continue;
        }
        end_word();
        out += letter;
    }
    end_word();
    return out;
}

/// Whether it asks: by its mark, or by its first words where a recognizer of speech has left the mark out.
bool asks(std::string_view sentence, const std::vector<std::string>& words) {
    if (sentence.ends_with('?')) return true;
    constexpr std::string_view openings =
        " are do does did have has any ever is was were can could would how what when who ";
    constexpr std::string_view joining = " and so okay ok well now um uh alright but then also ";
    std::size_t at = 0;
    while (at < words.size() && is_among(joining, words[at])) ++at;
    if (at >= words.size() || !is_among(openings, words[at])) return false;
    const bool of_you =
        std::ranges::any_of(words, [](const std::string& word) { return word == "you" || word == "yourself"; });
    return of_you || words[at] == "any" || words[at] == "ever";
}

/// What an answer to a question of a risk says.
enum class Reply { no, asks_back, other };
Reply reply_of(std::string_view sentence) {
    if (sentence.ends_with('?')) return Reply::asks_back;
    if (sentence.size() > longest_answer) return Reply::other;
    constexpr std::string_view fillers =
        " um uh well oh god gosh so hm hmm right ok okay doctor honestly thankfully luckily and ";
    constexpr std::string_view no =
        " no nope nah not never none absolutely definitely certainly zero neither nothing denies denied ";
    constexpr std::string_view doubts =
        " but sometimes yes yeah lately except though although however maybe really always usually anymore unless used occasionally "
        "guess think suppose know exactly today right moment until since before yesterday ";
    const auto words = words_of(sentence);
    std::size_t at = 0;
    while (at < words.size() && is_among(fillers, words[at])) ++at;
    if (at >= words.size()) return Reply::asks_back;  // nothing is said yet
    const bool i_do_not = (words[at] == "i" || words[at] == "i'm") && at + 1 < words.size() &&
                          (words[at + 1].ends_with("n't") || words[at + 1] == "not" || words[at + 1] == "never" ||
                           (at + 2 < words.size() && (words[at + 2] == "not" || words[at + 2] == "never")));
    bool negative = is_among(no, words[at]) || i_do_not;
    if (words[at] == "absolutely" || words[at] == "definitely" || words[at] == "certainly")
        negative = at + 1 < words.size() && is_among(" no not never none ", words[at + 1]);
    const bool doubt = std::ranges::any_of(words, [&](const std::string& word) { return is_among(doubts, word); });
    return negative && !doubt ? Reply::no : Reply::other;
}

constexpr std::array topics{RiskTopic::suicidal, RiskTopic::homicidal};

/// Whether it speaks of a risk at all: what a question asks for.
bool speaks_of(const std::string& told, RiskTopic topic) {
    const auto sense = topic == RiskTopic::suicidal ? Sense::suicidal : Sense::homicidal;
    const auto words = risk_words(told);
    const bool named = std::ranges::any_of(words, [&](const RiskWord& each) {
        return each.sense == sense ||
               (topic == RiskTopic::suicidal && (each.word == "harm" || each.word == "hurt" || each.word == "self"));
    });
    return named || concerns_in(told).of(topic) != Concern::none;
}

/// A line of WebVTT or SRT that nobody has spoken: the head, a cue's number or its times.
bool is_cue(std::string_view line) {
    line = trimmed(line);
    return line.starts_with("WEBVTT") || line.find("-->") != std::string_view::npos ||
           line.find_first_not_of("0123456789") == std::string_view::npos;
}

class Listening {
public:
    RisksInTranscript hear(std::string_view transcript) && {
        const auto text = plain(beginning(transcript, longest_transcript));
        found_.cut = transcript.size() > longest_transcript;
        const bool cues = text.find("-->") != std::string::npos;
        for (std::size_t at = 0; at < text.size() && sentences_left_ > 0;) {
            const auto end = std::min(text.find('\n', at), text.size());
            const auto line = std::string_view{text}.substr(at, end - at);
            if (!line.empty() && !(cues && is_cue(line))) turn(without_speaker(line));
            at = end + 1;
        }
        return std::move(found_);
    }

private:
    void turn(std::string_view said) {
        if (said.empty()) return;
        asked_before_ = asked_.has_value();
        while (!said.empty()) {
            if (--sentences_left_ == 0) {
                found_.cut = true;
                return;
            }
            const auto whole = take_spoken(said);
            const auto bare = without_speaker(whole);
            if (bare.size() < whole.size()) asked_before_ = asked_.has_value();  // "Dr: Any SI? Pt: No." in one line
            sentence(bare);
        }
    }

    void sentence(std::string_view said) {
        const bool speaks = may_speak_of_risk(said);
        if (asked_ && !speaks) answer(said);
        if (!speaks) return;
        if (said.size() > left_) {
            found_.cut = true;
            return;
        }
        left_ -= said.size();
        const auto told = as_told(said);
        if (asks(said, words_of(said))) {
            Asked asked{.question = std::string{said}};
            for (std::size_t at = 0; at < topics.size(); ++at) asked.of.at(at) = speaks_of(told, topics.at(at));
            if (asked.of[0] || asked.of[1]) asked_ = std::move(asked);
            return;
        }
        if (asked_) answer(said);
        const auto concerns = concerns_in(told);
        const auto words = words_in_passing(told);
        for (const auto topic : topics) statement(said, words, topic, concerns.of(topic));
    }

    /// What follows a question. In the same turn only what begins as an answer is one.
    void answer(std::string_view said) {
        const auto reply = reply_of(said);
        if (reply == Reply::asks_back) return;
        if (!asked_before_ && reply == Reply::other && !begins_with_yes(said)) return;
        auto& risks = says_yes(said) ? found_.doubtful : found_.concerning;
        for (std::size_t at = 0; at < topics.size(); ++at)
            if (reply == Reply::other && asked_->of.at(at))
                keep(risks, topics.at(at), asked_->question + " " + std::string{said});
        asked_.reset();
        asked_before_ = false;
    }
    /// "Yeah, last night", not "yeah, no".
    static bool says_yes(std::string_view said) {
        const auto words = words_of(said.substr(0, longest_label));
        return !words.empty() && is_among(" yes yeah yep yup ", words.front()) &&
               (words.size() == 1 || !is_among(" no nope nah not never none ", words[1]));
    }
    static bool begins_with_yes(std::string_view said) {
        const auto words = words_of(said.substr(0, longest_label));
        return !words.empty() && is_among(" yes yeah yep yup sometimes sure maybe occasionally ", words.front());
    }

    void statement(std::string_view said, const std::vector<RiskWord>& words, RiskTopic topic, Concern concern) {
        const auto passing = judge_in_passing(words, topic);
        if (passing == RiskAnswer::yes || concern == Concern::doubt) keep(found_.doubtful, topic, std::string{said});
        else if (passing == RiskAnswer::unclear || concern == Concern::look)
            keep(found_.concerning, topic, std::string{said});
    }

    static void keep(StatedRisks& risks, RiskTopic topic, std::string said) {
        if (risks.of(topic).empty()) risks.of(topic) = std::move(said);
    }

    struct Asked {
        std::array<bool, topics.size()> of{};
        std::string question{};
    };
    RisksInTranscript found_{};
    std::size_t left_ = most_judged;
    std::size_t sentences_left_ = most_sentences;
    std::optional<Asked> asked_{};  // a question that waits for its answer
    bool asked_before_ = false;     // in a turn before this one
};

}  // namespace

RisksInTranscript risks_in_transcript(std::string_view transcript) { return Listening{}.hear(transcript); }

}  // namespace dcs::deepcura
