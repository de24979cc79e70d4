#include "deepcura/risk_text.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/risk_statements.hpp"
#include "deepcura/risk_words.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_sentence = 600;  // bytes of a sentence that is judged where nobody asked
constexpr std::size_t longest_text = 20'000;   // bytes that are judged; a longer text is unclear

RiskAnswer answer_of(const Statement& said, RiskTopic topic) {
    if (topic == RiskTopic::safety_plan) {
        if (said.unsure || said.twice_negative) return RiskAnswer::unclear;
        if (said.negative) return said.unknown ? RiskAnswer::unclear : RiskAnswer::no;
        return (said.positive || said.done) && !said.ahead ? RiskAnswer::yes : RiskAnswer::unclear;
    }
    if (said.unsure || said.twice_negative || said.done || said.ended) return RiskAnswer::unclear;
    if (said.negative) {
        // "Denies SI with plan": whether it denies the ideation or the plan alone cannot be told.
        const bool open =
            said.with_means || said.unknown || said.persists || (said.quality && !(said.active && said.passive));
        return open ? RiskAnswer::unclear : RiskAnswer::no;
    }
    const bool named = said.suicidal || said.homicidal || !said.unknown;
    const bool stated =
        said.positive || said.quality || said.before_without || said.with_means || (said.persists && named);
    return stated && !said.relative ? RiskAnswer::yes : RiskAnswer::unclear;
}

/// What a single mark or digit answers where a yes or no is asked for. A dash alone is how programs write nothing.
std::optional<RiskAnswer> answer_by_mark(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, RiskAnswer>, 18> marks{{{"+", RiskAnswer::yes},
                                                                             {"++", RiskAnswer::yes},
                                                                             {"(+)", RiskAnswer::yes},
                                                                             {"[+]", RiskAnswer::yes},
                                                                             {"+ve", RiskAnswer::yes},
                                                                             {"true", RiskAnswer::yes},
                                                                             {"y", RiskAnswer::yes},
                                                                             {"t", RiskAnswer::yes},
                                                                             {"f", RiskAnswer::no},
                                                                             {"(-)", RiskAnswer::no},
                                                                             {"[-]", RiskAnswer::no},
                                                                             {"-ve", RiskAnswer::no},
                                                                             {"0", RiskAnswer::no},
                                                                             {"0.0", RiskAnswer::no},
                                                                             {"false", RiskAnswer::no},
                                                                             {"n", RiskAnswer::no},
                                                                             {"[x]", RiskAnswer::yes},
                                                                             {"[ ]", RiskAnswer::unclear}}};
    for (const auto& [mark, answer] : marks)
        if (text == mark) return answer;
    return std::nullopt;
}

/// Whether the text begins with a plain yes, so that the plan or intent behind it is of what was asked: "Yes, with plan".
bool begins_with_yes(const std::vector<RiskWord>& tokens) {
    constexpr std::string_view words = " yes positive pos present + confirmed s\xC3\xAD ";
    return !tokens.empty() && is_among(words, tokens.front().word);
}

/// A plain no of a safety plan, and then why: "No, not indicated", "No (low risk)".
bool is_no_with_a_reason(const std::vector<RiskWord>& tokens, const std::vector<Statement>& statements) {
    if (tokens.empty() || tokens.front().word != "no") return false;
    if (tokens.size() > 1 && tokens[1].sense != Sense::comma && tokens[1].sense != Sense::stop) return false;
    return std::ranges::none_of(statements,
                                [](const Statement& each) { return each.positive || each.done || each.safety_plan; });
}

/// Words of a text that says that nothing was asked or written down.
bool says_not_assessed(std::string_view text, RiskTopic topic) {
    constexpr std::string_view silent =
        " null na unknown undefined notassessed notevaluated notasked notaddressed deferred unabletoassess "
        "notapplicable notdocumented notreported notmentioned notstated notavailable notrecorded notscreened nodata "
        "noaplica noevaluado noevaluada desconocido noinformation pending tbd unassessed notansweredyet notanswered notyetassessed notassessedtoday "
        "notassessedthisvisit cannotassess missing blank ";
    const auto word = normalised(text);
    if (word.empty() || is_among(silent, word)) return true;
    return topic != RiskTopic::safety_plan && word == "notdiscussed";
}

constexpr std::string_view advice_words =
    " if when call instructed instruct return monitor monitoring warning warnings boxed discussed discuss counseled "
    "counselled educated education psychoeducation screen screened screening assess assessed assessing asked inquired "
    "evaluate evaluated prevent prevention hotline lifeline should may might could would improvement improved improving "
    "decrease decreased reduction reduced protocol safety crisis will 988 911 worksheet mother father mom dad parent ";

/// What the words right before a topic say: "endorses fleeting", "is acutely", "notable for".
struct Lead {
    bool verb = false;      // "reports"
    bool presence = false;  // "positive for", "active", "has"
    bool being = false;     // "is", "remains", "feels"
    bool having = false;
    bool in_list = false;  // "anxiety, and"
    bool any = false;
};
Lead lead_of(const std::vector<RiskWord>& tokens, std::size_t at) {
    constexpr std::string_view verbs =
        " endorses endorsed endorsing reports reported reporting admits admitted admitting expresses expressed expressing voices "
        "voiced acknowledges acknowledged confirms confirmed experiencing refiere reporta expresa manifiesta admite ";
    constexpr std::string_view beings = " is are remains remain feels feeling became becomes still acutely actively ";
    constexpr std::string_view notices =
        " notable significant remarkable evident noted continues continued worsening states ";
    constexpr std::string_view no_presence = " wants wanted wishes wishing ";
    Lead lead;
    while (at > 0) {
        const auto& token = tokens[--at];
        const auto padded = " " + token.word + " ";
        const auto is_in = [&](std::string_view row) { return row.find(padded) != std::string_view::npos; };
        lead.verb = lead.verb || is_in(verbs);
        lead.being = lead.being || is_in(beings);
        lead.having = lead.having || token.word == "having" || token.word == "with";
        lead.any = lead.any || token.word == "any";
        const bool told = token.sense == Sense::quality || token.sense == Sense::persisting ||
                          (token.sense == Sense::positive && !is_in(no_presence));
        lead.presence = lead.presence || told || is_in(notices);
        if (token.sense == Sense::comma || token.word == "and") lead.in_list = true;
        const bool passed = told || token.sense == Sense::harmless || token.sense == Sense::suicidal ||
                            token.sense == Sense::homicidal || is_in(beings) || is_in(notices);
        if (!passed) break;
    }
    return lead;
}

/// Whether the words right behind a topic say that it is there: "ideation present", "with plan", "daily".
bool is_told_behind(const std::vector<RiskWord>& tokens, std::size_t at, Sense topical) {
    constexpr std::string_view ends = " in for ";
    bool with = false;
    while (++at < tokens.size()) {
        const auto& token = tokens[at];
        if (token.sense == Sense::positive || token.sense == Sense::quality || token.sense == Sense::persisting)
            return true;
        if (is_among(" noted reported evident elicited ", token.word)) return true;
        if (topical == Sense::homicidal && (token.word.starts_with("toward") || token.word == "against")) return true;
        // "suicidal, passive"
        if (token.sense == Sense::comma && at + 1 < tokens.size() && tokens[at + 1].sense == Sense::quality) continue;
        if (token.word == "every" || token.word == "most") return true;
        const bool before_with = token.sense == Sense::comma && at + 1 < tokens.size() && tokens[at + 1].word == "with";
        if (before_with || token.sense == Sense::relative) continue;
        if (token.sense == Sense::negative) return token.word == "without" || token.word == "sin";
        if (with && token.sense == Sense::other_topic) return true;
        with = with || token.word == "with" || token.word == "con";
        if (is_among(ends, token.word)) return false;
        if (token.sense != Sense::harmless && token.sense != topical && token.word != "con") return false;
    }
    return false;
}

/// Whether it is said to be of the last days: "yesterday", "last week", "over the past 3 days".
bool is_recent(const std::vector<RiskWord>& tokens) {
    constexpr std::string_view days =
        " yesterday today week weeks weekend night day days month hours monday tuesday wednesday thursday friday saturday sunday ";
    constexpr std::string_view long_ago =
        " history hx previous previously prior remote lifetime if whether unless ago longer ";
    bool recent = false;
    for (const auto& token : tokens) {
        if (is_among(long_ago, token.word)) return false;
        recent = recent || is_among(days, token.word);
    }
    return recent;
}

/// The topic at `at`, in its statement. `advice`: the words before it speak of what to do, or of a parent.
RiskAnswer said_in_passing(const std::vector<RiskWord>& tokens, std::size_t at, const Statement& whose, bool advice) {
    constexpr std::string_view thoughts =
        " thoughts thought thinking ideas plans plan wants wanted want wanting wishes wish intends ";
    const auto& token = tokens[at];
    const auto lead = lead_of(tokens, at);
    if (whose.twice_negative) return RiskAnswer::unclear;
    if (whose.negative) return whose.ended ? RiskAnswer::unclear : RiskAnswer::silent;
    if (whose.relative || whose.ended) return RiskAnswer::silent;
    // Of "dead" and "dying" only a thought or a wish makes a risk: her dog may be.
    const bool weak = is_among(" die dying dead ", token.word);
    if (weak && std::ranges::none_of(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(at),
                                     [&](const RiskWord& each) { return is_among(thoughts, each.word); }))
        return RiskAnswer::silent;
    const bool behind = is_told_behind(tokens, at, token.sense);
    const bool is_told = lead.presence || behind || whose.before_without || lead.being;
    if (whose.unsure) return (lead.verb || is_told) && is_recent(tokens) ? RiskAnswer::unclear : RiskAnswer::silent;
    if (lead.verb && !lead.any) return RiskAnswer::yes;
    if (advice || whose.safety_plan || whose.done || lead.any) return RiskAnswer::silent;
    if (is_told) return RiskAnswer::yes;
    const bool act = token.word.starts_with("kill") || token.word.starts_with("end") || token.word.starts_with("tak") ||
                     is_among(ways_to_die, token.word);
    const bool thought = std::ranges::any_of(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(at),
                                             [&](const RiskWord& each) { return is_among(thoughts, each.word); });
    const bool listed = lead.in_list && whose.positive && !act;
    return (thought && act) || lead.having || listed ? RiskAnswer::unclear : RiskAnswer::silent;
}

}  // namespace

RiskAnswer judge_risk(std::string_view text, RiskTopic topic, bool about) {
    text = trimmed(text);
    if (text.size() > longest_text) return about ? RiskAnswer::unclear : RiskAnswer::silent;
    if (text.size() <= 8)
        if (const auto answer = answer_by_mark(lower_letters(text))) return about ? *answer : RiskAnswer::silent;
    if (text.size() <= 64 && says_not_assessed(text, topic)) return RiskAnswer::silent;
    const auto tokens = risk_words(text);
    const auto statements = statements_of(tokens);
    const bool named = std::ranges::any_of(statements, [&](const Statement& each) { return each.is_about(topic); });
    if (!named && !about) return RiskAnswer::silent;

    const bool of_another = std::ranges::any_of(
        statements, [](const Statement& each) { return each.suicidal || each.homicidal || each.safety_plan; });
    // "Yes, but none today", "endorsed SI at intake, denies SI today".
    const bool denied_now = std::ranges::any_of(statements, [&](const Statement& each) {
        return (each.now || each.now_behind) && (each.negative || each.plain_none) &&
               (!each.has_topic() || each.is_about(topic));
    });
    const bool ended = std::ranges::any_of(statements, [](const Statement& each) { return each.ended; });
    if (about && !of_another && begins_with_yes(tokens) && !statements.front().negative && !statements.front().unsure)
        return denied_now || ended ? RiskAnswer::unclear : RiskAnswer::yes;
    if (about && topic == RiskTopic::safety_plan && is_no_with_a_reason(tokens, statements)) return RiskAnswer::no;
    bool no = false;
    bool unclear = false;
    bool spoken = false;
    for (const auto& each : statements) {
        const bool says = each.has_cue() || each.quality || each.persists || each.unsure || each.done;
        const bool of_means =
            (each.positive || each.quality) && !each.negative && !each.symptom;  // "active, plan to overdose"
        const bool implied = !of_another && (!each.has_topic() || of_means) && says;
        if (named && !each.has_topic() && each.thoughts && !each.negative) unclear = true;  // "had thoughts last night"
        if (about && !each.has_topic() && each.unknown) unclear = true;  // "Denies SI. Overdosed last night."
        if (!each.is_about(topic) && !implied) continue;
        const bool none_alone =
            each.plain_none && !each.other_unsure && !each.positive && !each.quality && !each.unknown && !each.negative;
        if (none_alone && !about) continue;  // "HI: none" says nothing
        spoken = true;
        switch (answer_of(each, topic)) {
        case RiskAnswer::yes:
            return denied_now && !each.now && !each.now_behind ? RiskAnswer::unclear : RiskAnswer::yes;
        case RiskAnswer::no: no = true; break;
        case RiskAnswer::unclear:
        case RiskAnswer::silent: unclear = true; break;
        }
    }
    if (!spoken && !about) return RiskAnswer::silent;
    return unclear || !no ? RiskAnswer::unclear : RiskAnswer::no;
}

std::vector<RiskWord> words_in_passing(std::string_view sentence) {
    return sentence.size() > longest_sentence ? std::vector<RiskWord>{} : risk_words(sentence);
}

RiskAnswer judge_in_passing(const std::vector<RiskWord>& tokens, RiskTopic topic) {
    if (topic == RiskTopic::safety_plan) return RiskAnswer::silent;
    const auto topical = topic == RiskTopic::suicidal ? Sense::suicidal : Sense::homicidal;
    if (std::ranges::none_of(tokens, [&](const RiskWord& each) { return each.sense == topical; }))
        return RiskAnswer::silent;
    std::vector<std::size_t> owners;
    const auto statements = statements_of(tokens, &owners);
    bool doubtful = false;
    bool advice = false;
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        advice = advice || is_among(advice_words, tokens[at].word);
        if (tokens[at].sense != topical) continue;
        const auto said = said_in_passing(tokens, at, statements[owners[at]], advice);
        if (said == RiskAnswer::yes) return said;
        doubtful = doubtful || said == RiskAnswer::unclear;
    }
    return doubtful ? RiskAnswer::unclear : RiskAnswer::silent;
}

}  // namespace dcs::deepcura
