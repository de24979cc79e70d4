#include "deepcura/risk_text.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_text = 20'000;  // bytes that are judged; a longer text is unclear

enum class Sense {
    negative,
    positive,
    quality,  // "passive", "intermittent": before a topic, and without a negation, it is there
    suicidal,
    homicidal,
    safety_plan,
    other_topic,
    unsure,
    harmless,
    comma,
    stop,
    unknown,
};

struct Words {
    Sense sense;
    std::string_view words;  // between blanks
};
constexpr std::array vocabulary{
    Words{Sense::negative,
          " no not denies denied denying deny without negative neg never nor neither doesn't doesnt didn't didnt isn't "
          "isnt wasn't hasn't hasnt niega niegan negó sin nunca tampoco ninguna ningún ninguno "},
    Words{
        Sense::positive,
        " yes endorses endorsed endorsing endorse reports reported reporting report admits admitted admitting positive "
        "pos present expresses expressed expressing has experiencing acknowledges acknowledged confirmed confirms "
        "voiced voices wants wanted wishes wishing + sí s\xC3\x8D refiere reporta presenta presente expresa manifiesta "
        "admite confirma "},
    Words{
        Sense::quality,
        " passive active acute fleeting intermittent occasional frequent recurrent ongoing persistent vague daily "
        "nightly constant chronic pasiva pasivas pasivo activa activas activo aguda recurrente frecuente persistente "},
    Words{Sense::suicidal, " si suicidal suicidality suicide dead die dying suicida suicidas suicidio "},
    Words{Sense::homicidal, " hi homicidal homicidality homicide homicida homicidas homicidio "},
    Words{
        Sense::other_topic,
        " plan plans intent means avh ah vh hallucinations psychosis delusions paranoia nssi self-harm selfharm "
        "self-injury violence violent aggression mania access planes intención intencion alucinaciones autolesiones "},
    Words{
        Sense::unsure,
        " history hx past previous previously prior remote lifetime had were was possible possibly maybe uncertain "
        "unclear unsure sure if whether unless risk risks unable cannot can't refused refuses declined declines "
        "rule none absent nil longer change changes until yesterday last ago antecedentes antecedente historia previa "
        "previo pasado anterior posible ayer ? "},
    Words{
        Sense::harmless,
        " patient pt client he she they his her their the a an any all this that these of or and for in at on with "
        "by to today currently current now time visit session presently time's intake appointment encounter during "
        "ideation ideations ideas thoughts thought thinking feelings urges is are be been being having do does "
        "per mother father parent self-report screening screen when asked directly again both either other others "
        "every day ever such overall clearly adamantly consistently explicitly verbally nothing toward towards "
        "evidence noted elicited reported ideación ideacion ideas pensamientos paciente el la los las un una de del en al "
        "hoy actual actualmente momento este esta ni e u "},
    Words{Sense::stop, " but however although though except yet "},
};
constexpr std::string_view done_words =
    " reviewed discussed completed created updated developed established provided done made place signed given "
    "documented ";

/// A word that stands in several rows has the sense of the first.
const std::unordered_map<std::string_view, Sense>& senses() {
    static const auto all = [] {
        std::unordered_map<std::string_view, Sense> made;
        for (const auto& row : vocabulary) {
            auto rest = row.words;
            while (!rest.empty()) {
                rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
                const auto word = rest.substr(0, rest.find(' '));
                rest.remove_prefix(word.size());
                if (!word.empty()) made.emplace(word, row.sense);
            }
        }
        return made;
    }();
    return all;
}

Sense sense_of(std::string_view word) {
    const auto found = senses().find(word);
    return found == senses().end() ? Sense::unknown : found->second;
}

struct Token {
    std::string word;
    Sense sense;
};

bool is_word_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '\'' || letter == '-' ||
           static_cast<unsigned char>(letter) > 127;
}

/// Abbreviations with marks in them, as words.
std::string without_marks(std::string text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 10> rows{{{"w/o", "without"},
                                                                                  {"h/o", "history of"},
                                                                                  {"r/o", "rule out"},
                                                                                  {"s/i", "si"},
                                                                                  {"h/i", "hi"},
                                                                                  {"s.i.", "si"},
                                                                                  {"h.i.", "hi"},
                                                                                  {"(-)", " negative "},
                                                                                  {"(+)", " positive "},
                                                                                  {"(neg)", " negative "}}};
    for (const auto& [from, to] : rows) {
        if (text.find(from) == std::string::npos) continue;
        std::string out;
        for (std::size_t at = 0; at < text.size();) {
            const bool apart = at == 0 || !is_word_letter(text[at - 1]) || from.front() == '(';
            if (apart && std::string_view{text}.substr(at).starts_with(from)) {
                out += to;
                at += from.size();
            } else {
                out += text[at++];
            }
        }
        text = std::move(out);
    }
    return text;
}

std::string lower_letters(std::string_view text) {
    auto lower = plain(text);
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return lower;
}

std::string lower_plain(std::string_view text) { return without_marks(lower_letters(text)); }

std::vector<Token> tokens_of(const std::string& text) {
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && is_word_letter(text[end])) ++end;
        if (end == at) {
            const char mark = text[at++];
            if (mark == ',') tokens.push_back({",", Sense::comma});
            else if (mark == '.' || mark == ';' || mark == '\n' || mark == '!' || mark == '(' || mark == ')')
                tokens.push_back({std::string(1, mark), Sense::stop});
            else if (mark == '+' || mark == '?')
                tokens.push_back({std::string(1, mark), sense_of(std::string(1, mark))});
            continue;
        }
        auto word = text.substr(at, end - at);
        while (word.starts_with('-') || word.starts_with('\'')) word.erase(0, 1);
        while (word.ends_with('-') || word.ends_with('\'')) word.pop_back();
        if (!word.empty()) {
            const auto sense = sense_of(word);
            tokens.push_back({std::move(word), sense});
        }
        at = end;
    }
    return tokens;
}

/// Terms of more than one word, put into their first word.
void join_terms(std::vector<Token>& tokens) {
    const auto word = [&](std::size_t at) { return at < tokens.size() ? std::string_view{tokens[at].word} : ""; };
    const auto is_self = [](std::string_view each) {
        return each == "self" || each == "myself" || each == "himself" || each == "herself" || each == "themselves" ||
               each == "themself";
    };
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        const auto next = word(at + 1);
        std::size_t more = 0;
        auto sense = tokens[at].sense;
        if (word(at) == "self" && (next == "harm" || next == "injury")) more = 1, sense = Sense::other_topic;
        else if ((word(at) == "harm" || word(at) == "hurt") && is_self(next)) more = 1, sense = Sense::other_topic;
        else if ((word(at) == "harm" || word(at) == "hurt" || word(at) == "harming") && next == "others")
            more = 1, sense = Sense::homicidal;
        else if (word(at) == "kill" || word(at) == "killing")
            more = 1, sense = is_self(next) ? Sense::suicidal : Sense::homicidal;
        else if ((word(at) == "safety" || word(at) == "crisis") && next.starts_with("plan"))
            more = 1, sense = Sense::safety_plan;
        else if (word(at) == "plan" && next == "de" && word(at + 2) == "seguridad") {
            more = 1, sense = Sense::safety_plan;
            tokens[at + 2].word.clear();
        } else if (word(at) == "death" || word(at) == "muerte") {  // "a death wish", "thoughts of death"
            const bool of_it = at >= 2 && (word(at - 1) == "of" || word(at - 1) == "about" || word(at - 1) == "de");
            const auto what = of_it ? word(at - 2) : std::string_view{};
            const bool thought = what.starts_with("thought") || what == "ideas" || what == "pensamientos";
            if (next.starts_with("wish")) more = 1;
            if (more == 1 || thought) sense = Sense::suicidal;
        } else if (word(at) == "safety" || word(at) == "safe") sense = Sense::unknown;
        else if ((word(at) == "suicidal" || word(at) == "suicide" || word(at) == "homicidal") &&
                 (next == "plan" || next == "plans" || next == "intent" || next == "attempt" || next == "attempts" ||
                  next == "gestures" || next == "behavior" || next == "behaviors"))
            more = 1, sense = Sense::other_topic;
        else if (word(at) == "none" &&
                 (next == "reported" || next == "endorsed" || next == "expressed" || next == "noted"))
            more = 1, sense = Sense::negative;
        else if (word(at) == "no" && next == "longer") more = 1, sense = Sense::unsure;
        tokens[at].sense = sense;
        if (more == 1 && at + 1 < tokens.size()) tokens[++at].word.clear();
    }
    std::erase_if(tokens, [](const Token& each) { return each.word.empty(); });
}

/// One statement: its topics and what is said of them.
struct Statement {
    bool negative = false;
    bool twice_negative = false;
    bool positive = false;
    bool passive = false;
    bool active = false;
    bool quality = false;
    bool unsure = false;
    bool unknown = false;
    bool done = false;  // of a safety plan: reviewed, discussed ...
    bool suicidal = false;
    bool homicidal = false;
    bool safety_plan = false;
    bool other_topic = false;
    bool before_without = false;  // "SI without plan"
    bool cue_behind = false;      // "SI: denied"
    bool listed = false;          // its topics stand in a list
    bool thoughts = false;        // it speaks of thoughts or urges
    bool with = false;            // "with" was the last thing said
    bool with_means = false;      // "SI with a plan"

    bool has_topic() const { return suicidal || homicidal || safety_plan || other_topic; }
    bool has_cue() const { return negative || positive; }
    bool is_about(RiskTopic topic) const {
        switch (topic) {
        case RiskTopic::suicidal: return suicidal;
        case RiskTopic::homicidal: return homicidal;
        case RiskTopic::safety_plan: return safety_plan;
        }
        return false;
    }
};

void add(Statement& statement, const Token& token) {
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
    case Sense::suicidal: statement.suicidal = true; break;
    case Sense::homicidal: statement.homicidal = true; break;
    case Sense::safety_plan: statement.safety_plan = true; break;
    case Sense::other_topic:
        statement.other_topic = true;
        statement.with_means = statement.with_means || statement.with;
        break;
    case Sense::unsure: statement.unsure = true; break;
    case Sense::unknown:
        if (done_words.find(" " + token.word + " ") != std::string_view::npos) statement.done = true;
        else statement.unknown = true;
        break;
    case Sense::comma:
        statement.listed = true;
        statement.with = false;
        break;
    case Sense::harmless:
        statement.with = statement.with || token.word == "with";
        statement.thoughts =
            statement.thoughts || token.word.starts_with("thought") || token.word.starts_with("ideation");
        break;
    case Sense::stop: break;
    }
}

bool is_topic(Sense sense) {
    return sense == Sense::suicidal || sense == Sense::homicidal || sense == Sense::safety_plan ||
           sense == Sense::other_topic;
}

/// Whether a new statement begins at this token.
bool begins(const Statement& now, const Token& token, const Token* before) {
    const bool cue = token.sense == Sense::negative || token.sense == Sense::positive;
    const bool apart = before && (before->sense == Sense::comma || before->word == "and");
    if (cue && now.has_cue() && (now.has_topic() || apart)) return true;
    if (cue && (token.word == "without" || token.word == "sin") && now.has_topic()) return true;
    if (cue && apart && (now.quality || now.unsure)) return true;
    return is_topic(token.sense) && now.cue_behind;  // "SI denied, HI denied"
}

std::vector<Statement> statements_of(const std::vector<Token>& tokens) {
    std::vector<Statement> all(1);
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        const auto& token = tokens[at];
        if (token.sense == Sense::stop) {
            all.emplace_back();
            continue;
        }
        if (begins(all.back(), token, at > 0 ? &tokens[at - 1] : nullptr)) {
            all.back().before_without = token.word == "without" || token.word == "sin";
            // "No SI, HI present": whether HI is there cannot be told.
            const bool behind_list = all.back().listed && at > 0 && is_topic(tokens[at - 1].sense);
            if (behind_list && (token.word == "present" || token.word == "positive")) all.back().unsure = true;
            all.emplace_back();
        }
        const bool cue = token.sense == Sense::negative || token.sense == Sense::positive;
        if (cue && all.back().has_topic() && !all.back().has_cue()) all.back().cue_behind = true;
        add(all.back(), token);
    }
    return all;
}

RiskAnswer answer_of(const Statement& said, RiskTopic topic) {
    if (topic == RiskTopic::safety_plan) {
        if (said.unsure || said.twice_negative) return RiskAnswer::unclear;
        if (said.negative) return said.unknown ? RiskAnswer::unclear : RiskAnswer::no;
        return said.positive || said.done ? RiskAnswer::yes : RiskAnswer::unclear;
    }
    if (said.unsure || said.twice_negative || said.done) return RiskAnswer::unclear;
    if (said.negative) {
        // "Denies SI with plan": whether it denies the ideation or the plan alone cannot be told.
        const bool open = said.with_means || said.unknown || (said.quality && !(said.active && said.passive));
        return open ? RiskAnswer::unclear : RiskAnswer::no;
    }
    const bool stated = said.positive || said.quality || said.before_without || said.with_means;
    return stated ? RiskAnswer::yes : RiskAnswer::unclear;
}

/// What a single mark or digit answers where a yes or no is asked for. A dash alone is how programs write nothing.
std::optional<RiskAnswer> answer_by_mark(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, RiskAnswer>, 16> marks{{{"+", RiskAnswer::yes},
                                                                             {"++", RiskAnswer::yes},
                                                                             {"(+)", RiskAnswer::yes},
                                                                             {"[+]", RiskAnswer::yes},
                                                                             {"+ve", RiskAnswer::yes},
                                                                             {"true", RiskAnswer::yes},
                                                                             {"y", RiskAnswer::yes},
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
bool begins_with_yes(const std::vector<Token>& tokens) {
    constexpr std::string_view words = " yes positive pos present + confirmed s\xC3\xAD ";
    return !tokens.empty() && words.find(" " + tokens.front().word + " ") != std::string_view::npos;
}

/// A plain no of a safety plan, and then why: "No, not indicated", "No (low risk)".
bool is_no_with_a_reason(const std::vector<Token>& tokens, const std::vector<Statement>& statements) {
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
    if (word.empty() || silent.find(" " + word + " ") != std::string_view::npos) return true;
    return topic != RiskTopic::safety_plan && word == "notdiscussed";
}

}  // namespace

RiskAnswer judge_risk(std::string_view text, RiskTopic topic, bool about) {
    text = trimmed(text);
    if (text.size() > longest_text) return about ? RiskAnswer::unclear : RiskAnswer::silent;
    if (text.size() <= 8)
        if (const auto answer = answer_by_mark(lower_letters(text))) return about ? *answer : RiskAnswer::silent;
    if (text.size() <= 64 && says_not_assessed(text, topic)) return RiskAnswer::silent;
    const auto lower = lower_plain(text);
    auto tokens = tokens_of(lower);
    join_terms(tokens);
    const auto statements = statements_of(tokens);
    const bool named = std::ranges::any_of(statements, [&](const Statement& each) { return each.is_about(topic); });
    if (!named && !about) return RiskAnswer::silent;

    const bool of_another = std::ranges::any_of(
        statements, [](const Statement& each) { return each.suicidal || each.homicidal || each.safety_plan; });
    if (about && !of_another && begins_with_yes(tokens) && !statements.front().negative && !statements.front().unsure)
        return RiskAnswer::yes;
    if (about && topic == RiskTopic::safety_plan && is_no_with_a_reason(tokens, statements)) return RiskAnswer::no;
    bool no = false;
    bool unclear = false;
    for (const auto& each : statements) {
        const bool says = each.has_cue() || each.quality || each.unsure || each.done;
        const bool implied = !of_another && !each.has_topic() && says;
        if (named && !each.has_topic() && each.thoughts && !each.negative) unclear = true;  // "had thoughts last night"
        if (about && !each.has_topic() && each.unknown) unclear = true;  // "Denies SI. Overdosed last night."
        if (!each.is_about(topic) && !implied) continue;
        switch (answer_of(each, topic)) {
        case RiskAnswer::yes: return RiskAnswer::yes;
        case RiskAnswer::no: no = true; break;
        case RiskAnswer::unclear:
        case RiskAnswer::silent: unclear = true; break;
        }
    }
    return unclear || !no ? RiskAnswer::unclear : RiskAnswer::no;
}

}  // namespace dcs::deepcura
