#include "deepcura/risk_words.hpp"

#include "deepcura/plain_text.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace dcs::deepcura {

namespace {

struct Words {
    Sense sense;
    std::string_view words;  // between blanks
};
constexpr std::array vocabulary{
    Words{Sense::negative,
          " no not denies denied denying deny without negative neg never nor neither doesn't doesnt didn't didnt isn't "
          "isnt wasn't hasn't hasnt niega niegan negó negado negada deniega sin nunca tampoco ninguna ningún ninguno "},
    Words{
        Sense::positive,
        " yes endorses endorsed endorsing endorse reports reported reporting report admits admitted admitting positive "
        "pos present expresses expressed expressing has experiencing acknowledges acknowledged confirmed confirms "
        "voiced voices wants wanted wishes wishing + sí s\xC3\x8D refiere reporta presenta presente expresa manifiesta "
        "admite confirma "},
    Words{
        Sense::quality,
        " passive active acute fleeting intermittent occasional frequent recurrent ongoing persistent vague daily "
        "nightly constant chronic intermittently occasionally frequently constantly persistently passively actively fleetingly "
        "recurrently weekly pasiva pasivas pasivo activa activas activo aguda recurrente frecuente persistente "},
    Words{
        Sense::persisting,
        " persists persist persisting continues continue continued continuing remains remain worsens worsening worsened worse "
        "increased increases increasing escalating intensifying heightened renewed returned returning recurring recurs recurrence "
        "resurfaced unchanged persisten persiste contin\xC3\xBA"
        "a continua empeora "},
    Words{
        Sense::suicidal,
        " si suicidal suicidality suicide dead die dying suicida suicidas suicidio matarse matarme suicidarse suicidarme "},
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
        Sense::relative,
        " sister brother son daughter uncle aunt cousin grandmother grandfather grandparent husband wife spouse partner "
        "boyfriend girlfriend friend roommate coworker sibling niece nephew ex-husband ex-wife sister's brother's son's "
        "daughter's uncle's aunt's cousin's grandmother's grandfather's husband's wife's spouse's partner's boyfriend's "
        "girlfriend's friend's mother's father's mom's dad's parent's hermana hermano hijo hija esposo esposa "},
    Words{Sense::now, " today now currently current presently visit session ahora hoy actualmente "},
    Words{
        Sense::harmless,
        " patient pt client he she they he's she's they're his her their the a an any all this that these of or and for in at on with "
        "by to time time's intake appointment encounter during "
        "ideation ideations ideas thoughts thought thinking feelings urges is are be been being having do does "
        "per mother father parent self-report screening screen when asked directly again both either other others "
        "every day ever such overall clearly adamantly consistently explicitly verbally nothing toward towards "
        "evidence noted elicited reported ideación ideacion ideas pensamientos paciente el la los las un una de del en al "
        "actual momento este esta ni e u "},
    Words{Sense::stop, " but however although though except yet "},
};
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
    const bool times = word.size() > 1 && word.front() == 'x' &&
                       word.find_first_not_of("0123456789", 1) == std::string_view::npos;  // "denied x2"
    if (times) return Sense::harmless;
    const auto found = senses().find(word);
    if (found != senses().end()) return found->second;
    if (word.starts_with("suicid")) return Sense::suicidal;  // "suicidally"
    return word.starts_with("homicid") ? Sense::homicidal : Sense::unknown;
}

bool is_word_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '\'' || letter == '-' ||
           static_cast<unsigned char>(letter) > 127;
}

/// Abbreviations with marks in them, as words.
std::string without_marks(std::string text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 17> rows{{{"w/out", "without"},
                                                                                  {"\xE2\x9C\x94", " positive "},
                                                                                  {"\xE2\x9C\x93", " positive "},
                                                                                  {"\xE2\x98\x91", " positive "},
                                                                                  {"\xE2\x98\x90", " unchecked "},
                                                                                  {"[ ]", " unchecked "},
                                                                                  {"w/o", "without"},
                                                                                  {"w/", "with "},
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
            const bool apart = at == 0 || !is_word_letter(text[at - 1]) || from.front() == '(' || from.front() == '[' ||
                               static_cast<unsigned char>(from.front()) > 127;
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

/// "+si/-hi", "-si -hi": a dash right before an abbreviation, not the bullet of an entry, denies it.
std::string with_denying_dashes(std::string text) {
    constexpr std::array<std::string_view, 5> topics{"si", "hi", "avh", "ah", "vh"};
    std::string out;
    int others = 0;  // marks like it before
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char before = at == 0 ? '\n' : text[at - 1];
        const bool apart = std::string_view{" /,\n"}.find(before) != std::string_view::npos;
        const auto rest = std::string_view{text}.substr(at + 1);
        const bool named =
            text[at] == '-' && apart && std::ranges::any_of(topics, [&](std::string_view topic) {
                const auto behind = rest.substr(std::min(topic.size(), rest.size()));
                return rest.starts_with(topic) &&
                       (behind.empty() || std::string_view{" /,.;"}.find(behind.front()) != std::string_view::npos);
            });
        const bool more_follow = rest.substr(0, 6).find_first_of("+-") != std::string_view::npos;
        // "+ anxiety, - SI"
        if (text[at] == '-' && at >= 2 && before == ' ' && text[at - 2] == ',' && rest.starts_with(' ') &&
            std::ranges::any_of(topics, [&](std::string_view topic) { return rest.substr(1).starts_with(topic); })) {
            out += " negative ";
            continue;
        }
        if (named && (before != '\n' || others > 0 || more_follow)) out += " negative ";
        else out += text[at];
        others += named || text[at] == '+' ? 1 : 0;
    }
    return out;
}

/// Whether `text` begins with the name of a topic, which ends there; the bytes that the name takes, 0: it does not.
std::size_t topic_at(std::string_view text) {
    constexpr std::array<std::string_view, 14> names{"suicidal ideations",
                                                     "suicidal ideation",
                                                     "suicidal thoughts",
                                                     "suicidality",
                                                     "homicidal ideations",
                                                     "homicidal ideation",
                                                     "homicidal thoughts",
                                                     "homicidality",
                                                     "suicidal",
                                                     "homicidal",
                                                     "avh",
                                                     "nssi",
                                                     "si",
                                                     "hi"};
    for (const auto name : names) {
        const bool ends =
            text.size() == name.size() ||
            (text.size() > name.size() && (!is_word_letter(text[name.size()]) || text[name.size()] == '-'));
        if (ends && text.starts_with(name)) return name.size();
    }
    return 0;
}

/// The word that a mark behind a topic is, with the bytes that it takes: "+", "-", behind a colon also "y" and "n".
struct MarkBehind {
    std::string_view word{};
    std::size_t bytes = 0;
};
MarkBehind mark_behind(std::string_view text, bool signs) {
    const auto blanks = std::min(text.find_first_not_of(' '), text.size());
    auto rest = text.substr(blanks);
    const bool colon = rest.starts_with(':') || rest.starts_with('=');
    if (colon) rest = rest.substr(std::min(rest.find_first_not_of(' ', 1), rest.size()));
    MarkBehind found;
    for (const std::string_view dash : {"-", "\xE2\x80\x93", "\xE2\x80\x94"})
        if (rest.starts_with(dash) && (signs || (blanks == 0 && !colon))) found = {" negative ", dash.size()};
    if (rest.starts_with('+')) found = {" positive ", 1};
    if (colon && rest.starts_with('y')) found = {" yes ", 1};
    if (colon && rest.starts_with('n')) found = {" negative ", 1};
    const bool digit_alone =
        rest.size() == 1 || (rest.size() > 1 && std::string_view{",;)\n"}.find(rest[1]) != std::string_view::npos);
    if (colon && digit_alone && rest.starts_with('1')) found = {" positive ", 1};
    if (colon && digit_alone && rest.starts_with('0')) found = {" negative ", 1};
    if (found.bytes == 0) return {};
    const auto behind = rest.substr(found.bytes);
    const auto next = behind.substr(std::min(behind.find_first_not_of(' '), behind.size()));
    const bool ends = next.empty() || std::string_view{",;/|.)\n"}.find(next.front()) != std::string_view::npos ||
                      (next.size() < behind.size() && topic_at(next) > 0);
    if (!ends) return {};
    found.bytes += text.size() - rest.size();
    return found;
}

/// "SI: + , HI: -", "SI+ HI-", "SI: Y, HI: N": a mark behind a topic answers. A dash that a blank or a colon sets apart, as an empty
/// form has it, does so only where another answer is a plus.
std::string with_marks_behind_topics(std::string text) {
    if (text.find_first_of("+-:=") == std::string::npos) return text;
    const bool signs = text.find('+') != std::string::npos;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const bool apart = at == 0 || !is_word_letter(text[at - 1]) || text[at - 1] == '-';
        const auto topic = apart ? topic_at(std::string_view{text}.substr(at)) : 0;
        const auto mark = topic > 0 ? mark_behind(std::string_view{text}.substr(at + topic), signs) : MarkBehind{};
        if (topic > 0) out.append(text, at, topic).append(mark.word);
        else out += text[at];
        at += topic > 0 ? topic + mark.bytes : 1;
    }
    return out;
}

std::string lower_plain(std::string_view text) {
    return without_marks(with_denying_dashes(with_marks_behind_topics(lower_letters(text))));
}

std::vector<RiskWord> tokens_of(const std::string& text) {
    std::vector<RiskWord> tokens;
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

/// Killing of which nobody dies: "to kill time", "my back is killing me", "the kids are killing her", not "plans to kill her".
bool is_idle_killing(const std::vector<RiskWord>& tokens, std::size_t at) {
    constexpr std::string_view things =
        " time some an two few hours boredom pain germs bacteria weeds bugs mosquitoes spider spiders ants mood vibe lights engine it ";
    constexpr std::string_view bodies =
        " back feet foot head knee knees pain traffic kids job work school stress commute heat anxiety neck shoulder hip shoes it this ";
    const auto word = [&](std::size_t place) {
        return place < tokens.size() ? std::string_view{tokens[place].word} : std::string_view{};
    };
    const auto is_in = [&](std::string_view row, std::string_view each) { return is_among(row, each); };
    const bool thing = (is_in(things, word(at + 1)) && word(at + 1) != "it") || word(at + 1) == "for" ||
                       (at >= 2 && word(at - 2) == "dressed");
    const bool progressive = at >= 2 && is_in(" is are was were be been kind really ", word(at - 1));
    const bool suffered =
        at >= 2 && progressive && is_in(bodies, word(at - 2)) && is_in(" her him me them us ", word(at + 1));
    return thing || suffered || (word(at + 1) == "it" && is_in(" at in this ", word(at + 2)));
}

/// Terms of more than one word, put into their first word.
void join_terms(std::vector<RiskWord>& tokens) {
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
        else if (word(at) == "kill" || word(at) == "killing" || (word(at) == "killed" && is_self(next)))
            more = is_idle_killing(tokens, at) ? 0 : 1, sense = is_self(next) ? Sense::suicidal
                                                                : more == 0   ? Sense::unknown
                                                                              : Sense::homicidal;
        else if (is_self(next) && is_among(ways_to_die, word(at))) more = 1, sense = Sense::suicidal;
        else if (next.ends_with("life") || (word(at + 2) == "life" && next != "for"))
            sense = word(at).starts_with("end") || word(at).starts_with("tak") ? Sense::suicidal : sense;
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
                 (next == "reported" || next == "endorsed" || next == "expressed" || next == "noted" ||
                  next == "voiced" || next == "elicited" || next == "disclosed"))
            more = 1, sense = Sense::negative;
        else if (word(at) == "no" && next == "longer")  // "no longer denies" takes the denial back
            more = 1, sense = word(at + 2).starts_with("den") ? Sense::negative : Sense::unsure;
        else if ((word(at) == "yesterday" || word(at) == "last" || word(at) == "past") && at > 0 &&
                 word(at - 1) == "since")
            sense = Sense::harmless;  // and so until today
        tokens[at].sense = sense;
        if (more == 1 && at + 1 < tokens.size()) tokens[++at].word.clear();
    }
    std::erase_if(tokens, [](const RiskWord& each) { return each.word.empty(); });
}

}  // namespace

std::string lower_letters(std::string_view text) {
    auto lower = plain(text);
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return lower;
}

std::vector<RiskWord> risk_words(std::string_view text) {
    auto tokens = tokens_of(lower_plain(text));
    join_terms(tokens);
    return tokens;
}

}  // namespace dcs::deepcura
