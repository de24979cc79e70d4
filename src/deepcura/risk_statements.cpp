#include "deepcura/risk_statements.hpp"

#include "deepcura/word_list.hpp"

#include <string>
#include <string_view>

namespace dcs::deepcura {

namespace {

constexpr std::string_view done_words =
    " reviewed discussed completed created updated developed established provided done made place signed given "
    "documented ";
constexpr std::string_view ahead_words =
    " be will shall should must need needs needed next pending deferred defer tomorrow upcoming later awaiting scheduled "
    "todo ";
constexpr std::string_view ended_words =
    " resolved resolving remitted subsided abated gone ceased stopped disappeared dissipated faded remission resuelta "
    "resuelto ";
constexpr std::string_view weapon_words = " weapon weapons firearm firearms gun guns home house household ";

constexpr std::string_view means = " plan plans intent means access planes intenci\xC3\xB3n intencion ";
/// "wife reports he wants to die": what a relative tells of the patient.
constexpr std::string_view patients = " he she they he's she's they're patient pt client paciente ";

/// "killing herself" and the like, not the name of a risk.
bool is_act(std::string_view word) { return word.starts_with("kill") || is_among(ways_to_die, word); }

void add(Statement& statement, const RiskWord& token) {
    constexpr std::string_view causes =
        " since after because due when while following before despite over about triggered related ";
    if (statement.has_topic() && is_among(causes, token.word)) statement.cause = true;
    const bool cue = token.sense == Sense::negative || token.sense == Sense::positive;
    const bool turn = token.sense == Sense::comma || token.sense == Sense::now || token.word == "and" ||
                      token.word == "then" || token.word == "later";
    const bool apart_again = statement.turned && statement.has_cue();
    statement.turned = (statement.turned || turn) && !cue;
    if (is_among(patients, token.word)) statement.relative = false;
    statement.plain_none = statement.plain_none || token.word == "none";
    // "reviewed, will follow up" is done.
    const bool done_before = statement.done || statement.positive;
    statement.ahead = statement.ahead || (!done_before && is_among(ahead_words, token.word));
    switch (token.sense) {
    case Sense::negative:
        statement.twice_negative = statement.twice_negative || statement.negative;
        statement.negative = true;
        break;
    case Sense::positive: statement.positive = true; break;
    case Sense::quality:
        statement.quality = true;
        statement.passive = statement.passive || token.word == "passive";
        statement.active = statement.active || token.word == "active" || token.word == "acute";
        break;
    case Sense::persisting:
        statement.persists = true;
        statement.continues = statement.continues || statement.has_topic();
        break;
    case Sense::suicidal:
        statement.suicidal = true;
        statement.self_act = statement.self_act || (!statement.relative && is_act(token.word));
        break;
    case Sense::homicidal: statement.homicidal = true; break;
    case Sense::safety_plan: statement.safety_plan = true; break;
    case Sense::other_topic:
        statement.other_topic = true;
        statement.symptom = statement.symptom || !is_among(means, token.word);
        statement.with_means = statement.with_means || statement.with;
        break;
    case Sense::unsure:
        statement.unsure = true;
        statement.other_unsure = statement.other_unsure || (token.word != "none" && token.word != "nil");
        break;
    case Sense::unknown:
        if (is_among(done_words, token.word)) statement.done = true;
        else if (is_among(ended_words, token.word)) statement.ended = true;
        else if (is_among(weapon_words, token.word)) statement.weapon = true;
        else statement.unknown = true;
        break;
    case Sense::comma:
        statement.listed = true;
        statement.with = false;
        break;
    case Sense::harmless:
        statement.with = statement.with || token.word == "with";
        if (token.word == "of" || token.word == "in" || token.word == "by") statement.of_whom = true;
        if (token.word == "to" || token.word.starts_with("toward") || token.word == "at") statement.of_whom = false;
        statement.thoughts =
            statement.thoughts || token.word.starts_with("thought") || token.word.starts_with("ideation");
        break;
    case Sense::relative:  // "HI toward his brother" has a victim, "SI since her husband left" a cause
        if (statement.self_act || statement.cause) break;
        statement.relative = statement.relative || !statement.homicidal || statement.of_whom;
        break;
    case Sense::now: (apart_again ? statement.now_behind : statement.now) = true; break;
    case Sense::stop: break;
    }
}

bool is_topic(Sense sense) {
    return sense == Sense::suicidal || sense == Sense::homicidal || sense == Sense::safety_plan ||
           sense == Sense::other_topic;
}

/// Whether a new statement begins at this token.
bool begins(const Statement& now, const RiskWord& token, const RiskWord* before) {
    const bool cue = token.sense == Sense::negative || token.sense == Sense::positive;
    const bool apart = before && (before->sense == Sense::comma || before->word == "and");
    if (cue && now.has_cue() && (now.has_topic() || apart || now.turned)) return true;
    if (cue && (token.word == "without" || token.word == "sin") && now.has_topic()) return true;
    if (cue && apart && (now.quality || now.unsure)) return true;
    return is_topic(token.sense) && now.cue_behind;  // "SI denied, HI denied"
}

}  // namespace

std::vector<Statement> statements_of(const std::vector<RiskWord>& tokens, std::vector<std::size_t>* owners) {
    std::vector<Statement> all(1);
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        const auto& token = tokens[at];
        if (token.sense == Sense::stop) {
            all.push_back({.begins_anew = token.word.size() == 1});  // not at "but"
            if (owners) owners->push_back(all.size() - 1);
            continue;
        }
        // "SI, no plan"
        const bool no_means = token.word == "no" && at > 0 && tokens[at - 1].sense == Sense::comma &&
                              at + 1 < tokens.size() && tokens[at + 1].sense == Sense::other_topic &&
                              is_among(means, tokens[at + 1].word) && all.back().has_topic() && !all.back().has_cue();
        if (no_means || begins(all.back(), token, at > 0 ? &tokens[at - 1] : nullptr)) {
            all.back().before_without = no_means || token.word == "without" || token.word == "sin";
            // "No SI, HI present": whether HI is there cannot be told.
            const bool behind_list = all.back().listed && at > 0 && is_topic(tokens[at - 1].sense);
            if (behind_list && (token.word == "present" || token.word == "positive")) all.back().unsure = true;
            all.push_back({.now = all.back().now_behind, .begins_anew = false});
            all[all.size() - 2].now_behind = false;
        }
        const bool cue = token.sense == Sense::negative || token.sense == Sense::positive;
        if (cue && all.back().has_topic() && !all.back().has_cue()) all.back().cue_behind = true;
        add(all.back(), token);
        if (owners) owners->push_back(all.size() - 1);
    }
    for (std::size_t at = 1; at < all.size(); ++at)  // "reports that SI has resolved"
        if (all[at].ended && !all[at].has_topic() && !all[at].begins_anew)
            (all[at].negative ? all[at - 1].twice_negative : all[at - 1].ended) = true;
    for (auto& each : all)  // "no weapons in home" leaves nothing open, a gun does
        each.unknown = each.unknown || each.ended || (each.weapon && (!each.negative || each.has_topic()));
    return all;
}

}  // namespace dcs::deepcura
