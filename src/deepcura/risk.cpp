#include "deepcura/risk.hpp"

#include "deepcura/risk_concerns.hpp"
#include "deepcura/risk_in_text.hpp"
#include "deepcura/risk_in_transcript.hpp"
#include "deepcura/risk_members.hpp"
#include "deepcura/risk_text.hpp"
#include "deepcura/risk_value.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace dcs::deepcura {

namespace {

struct Question {
    Field field;
    std::string_view name;
    RiskTopic topic;
};
constexpr std::array questions{
    Question{Field::suicidal_ideation, "suicidal_ideation", RiskTopic::suicidal},
    Question{Field::homicidal_ideation, "homicidal_ideation", RiskTopic::homicidal},
    Question{Field::safety_plan_discussed, "safety_plan_discussed", RiskTopic::safety_plan},
};
constexpr std::size_t most_concern_text = 10'000;  // bytes of one answer that are searched for a concern
constexpr std::size_t most_answers = 50;           // that are searched
/// Whether a plain word says it, so that nothing is lost by not keeping it: not "+SI/-HI".
bool is_plain_word(const Document& value) {
    constexpr std::size_t longest_word = 64;
    constexpr std::size_t longest_mark = 4;  // "(+)", "+ve"
    const auto text = value.string();
    return value.boolean() || says_nothing(value) || value.number() || (text && text->size() <= longest_mark) ||
           (text && text->size() <= longest_word &&
            trimmed(*text).find_first_of(" \n/+,;:(") == std::string_view::npos);
}

/// What is there already stays.
void keep_beside(Document& risk, std::string name, const Document& value, Note& note) {
    if (risk.find(name)) return;
    Allowance left;
    auto kept = limited(value, left);
    if (left.cut) flag(note, "payload_cut");
    risk.set(name, kept.string() ? std::move(kept) : Document{kept.text()});
}

/// The topic that a label like "Suicidal ideation" names. nullopt: none of ours.
std::optional<RiskTopic> topic_named(std::string_view label) {
    const auto name = normalised(label.substr(0, 64));
    if (name == "si" || (name.find("suicid") != std::string::npos && name.find("risk") == std::string::npos))
        return RiskTopic::suicidal;
    if (name == "hi" || name.find("homicid") != std::string::npos) return RiskTopic::homicidal;
    if (name.find("safetyplan") != std::string::npos) return RiskTopic::safety_plan;
    return std::nullopt;
}

/// Whether a label asks for the ideation as a whole, not for one sort of it, a plan or an attempt.
bool asks_plainly(std::string_view label) {
    constexpr std::string_view names =
        " si suicidal suicidality suicidalideation suicidalideations suicidalthoughts hi homicidal homicidality homicidalideation "
        "homicidalideations homicidalthoughts ";
    return is_among(names, normalised(label.substr(0, 64)));
}

/// What the risk assessment says of the topic in a text, or in a list of texts and of {question, answer}.
/// `denied`: whether the answer to the question itself is a no.
RiskAnswer judge_elsewhere(const Document& risk, const Judging& judging, bool& denied) {
    constexpr std::string_view texts =
        " text summary narrative notes note assessment comments comment description details rationale ";
    auto answer = RiskAnswer::silent;
    for (const auto& [given, value] : risk.members() | std::views::take(most_members)) {
        const auto name = normalised(given.substr(0, 64));
        if (is_among(texts, name) && value.string()) answer = stronger(answer, judging.text(*value.string(), false));
        if (name != "items" && name != "flags" && name != "questions" && name != "responses") continue;
        for (std::size_t at = 0; at < std::min(value.items().size(), most_items); ++at) {
            const auto& item = value.items()[at];
            if (item.string()) {
                auto said = judging.text(*item.string(), false);
                // A flag needs no verb: "suicidal ideation" among the flags says that it is there.
                if (name == "flags" && said == RiskAnswer::unclear && topic_named(*item.string()) == judging.topic)
                    said = RiskAnswer::yes;
                answer = stronger(answer, said);
                continue;
            }
            for (const auto* label : {"question", "topic", "name", "item", "type", "category", "label"}) {
                const auto* member = item.find(label);
                if (!member || !member->string() || topic_named(*member->string()) != judging.topic) continue;
                const auto said = judge_members(item, judging);
                denied = denied || (said == RiskAnswer::no && asks_plainly(*member->string()));
                answer = stronger(answer, said);
                break;
            }
        }
    }
    return answer;
}

/// What the answers to the other questions say of this topic: "SI with plan. Denies HI." A doubt there is not ours.
RiskAnswer judge_other_answers(const Question& question, const Fields& fields, const Judging& judging) {
    auto answer = RiskAnswer::silent;
    for (const auto& other : questions) {
        if (other.topic == question.topic) continue;
        for (const auto& found : fields.of(other.field)) {
            if (!found.given->string()) continue;
            const auto said = judging.text(*found.given->string(), false);
            if (said != RiskAnswer::unclear) answer = stronger(answer, said);
        }
    }
    return answer;
}

/// Whether a text of the risk assessment, or in answer to another question, speaks of a wish, a threat, a score ...
Concerns concerns_in_answers(const Fields& fields, const Document& risk) {
    Concerns found;
    const auto look = [&](const Document& value) {
        const auto text = value.string();
        if (!text) return;
        const auto each = concerns_in_text(beginning(*text, most_concern_text));
        found.suicidal = std::max(found.suicidal, each.suicidal);
        found.homicidal = std::max(found.homicidal, each.homicidal);
    };
    for (const auto& question : questions)
        for (const auto& each : fields.of(question.field) | std::views::take(most_answers)) {
            look(*each.given);
            for (const auto& [name, inner] : each.opened->members() | std::views::take(most_answers)) look(inner);
        }
    for (const auto& [given, value] : risk.members() | std::views::take(most_answers)) {
        look(value);
        for (const auto& item : value.items() | std::views::take(most_answers)) look(item);
    }
    return found;
}

/// What else was given speaks of the topic: the lines of the note's text that state it, or speak of it unclearly (empty: none);
/// what members say by their names; and whether there is more for a person to read.
struct Elsewhere {
    std::string stated{};
    std::string doubtful{};
    std::string concerning{};
    RiskAnswer members = RiskAnswer::silent;
    Concern concern = Concern::none;
};

void answer(const Question& question, const Fields& fields, const Elsewhere& given_elsewhere, std::size_t& text_left,
            Document& risk, Note& note) {
    const auto& [stated, doubtful, concerning, members, concern] = given_elsewhere;
    const Judging judging{question.topic, text_left};
    bool yes = false;
    bool no = false;
    const Document* unclear = nullptr;
    const Document* said = nullptr;  // in more than a word
    for (const auto& found : fields.of(question.field)) {
        const auto given = judge_value(*found.opened, judging);
        if (given == RiskAnswer::unclear && !unclear) unclear = found.given;
        if (!said && !is_plain_word(*found.given)) said = found.given;
        yes = yes || given == RiskAnswer::yes;
        no = no || given == RiskAnswer::no;
    }
    auto elsewhere = stronger(judge_elsewhere(risk, judging, no), judge_other_answers(question, fields, judging));
    if (members != RiskAnswer::unclear) elsewhere = stronger(elsewhere, members);
    if (!stated.empty()) elsewhere = RiskAnswer::yes;
    const bool doubt = !doubtful.empty() || members == RiskAnswer::unclear || concern == Concern::doubt;
    if (doubt && !yes && elsewhere != RiskAnswer::yes) flag(note, "risk_unreadable");
    if (!yes && (!concerning.empty() || concern == Concern::look)) flag(note, "risk_unreadable");
    const bool in_words = (yes && said) || elsewhere == RiskAnswer::yes;
    const bool asked = yes || no || unclear;
    if (elsewhere == RiskAnswer::unclear && !asked) flag(note, "risk_unreadable");
    yes = yes || elsewhere == RiskAnswer::yes;
    no = no || elsewhere == RiskAnswer::no;
    if (unclear) flag(note, "risk_unreadable");
    const Document line{!stated.empty() ? stated : !doubtful.empty() ? doubtful : concerning};
    const auto* text = unclear ? unclear : said ? said : line.string()->empty() ? nullptr : &line;
    if (text) keep_beside(risk, std::string{question.name} + "_text", *text, note);
    if (yes && no) flag(note, "risk_differs");
    else if (in_words && question.topic != RiskTopic::safety_plan) flag(note, "risk_positive_text");
    const bool known = yes != no && (yes || !(unclear || doubt));
    risk.set(question.name, known ? Document{yes} : Document{std::string{"unknown"}});
}

/// "None" among the flags is how programs write that there are none.
void drop_empty_flags(Document& risk) {
    for (const auto& [given, value] : risk.members() | std::views::take(most_members)) {
        if (normalised(given.substr(0, 64)) != "flags") continue;
        const auto is_none = [](const Document& each) {
            const auto word = normalised(each.string().value_or("x").substr(0, 64));
            return each.is_null() || word.empty() || word == "none" || word == "na" || word == "no" || word == "nil" ||
                   word == "noneidentified" || word == "noflags" || word == "null";
        };
        const bool none = value.is_array() ? std::ranges::all_of(value.items(), is_none) : is_none(value);
        if (none) risk.set(std::string{given}, Document{Document::Array{}});
        return;
    }
}

/// What was given as a whole: an object as it is, anything else that can be read under a name.
Document given_as(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::risk_assessment)) {
        Allowance left;
        Document risk{Document::Object{}};
        if (found.opened->is_object()) risk = limited(*found.opened, left);
        else if (found.opened->is_array()) risk.set("items", limited(*found.opened, left));
        else if (found.given->string()) risk.set("text", limited(*found.given, left));
        else flag(note, "risk_unreadable");
        if (left.cut) flag(note, "payload_cut");
        if (found.opened->is_object()) return risk;
        if (!risk.members().empty()) return risk;
    }
    return Document{Document::Object{}};
}

/// Self-harm, and a risk by its level, are no questions of their own: what is said of them stays with the risk under its name, and
/// what is not a no is flagged.
void read_other_risks(const Fields& fields, std::size_t& text_left, Document& risk, Note& note) {
    constexpr std::string_view names =
        " selfharm selfinjury selfinjuriousbehavior nssi nonsuicidalselfinjury selfharming homiciderisk "
        "violencerisk risktoself risktoothers dangertoself dangertoothers ";
    constexpr std::size_t longest_name = 64;
    std::vector<Document::Member> found;
    const auto look_in = [&](const Document& object) {
        for (const auto& [given, value] : object.members() | std::views::take(most_members))
            if (is_among(names, normalised(given.substr(0, longest_name)))) found.emplace_back(given, value);
    };
    look_in(risk);
    for (const auto* object : fields.outer_objects()) look_in(*object);
    for (const auto& [given, value] : found) {
        keep_beside(risk, std::string{given}, value, note);
        if (says_nothing(value)) continue;
        const auto said = judge_value(value, {RiskTopic::suicidal, text_left});
        if (said == RiskAnswer::yes) flag(note, "risk_positive_text");
        if (said == RiskAnswer::unclear) flag(note, "risk_unreadable");
    }
}

/// What is said in the transcript is never an answer.
void add_spoken(Note& note, StatedRisks& doubtful, StatedRisks& concerning) {
    auto spoken = risks_in_transcript(note.transcript);
    if (spoken.cut) flag(note, "payload_cut");
    for (const auto topic : {RiskTopic::suicidal, RiskTopic::homicidal}) {
        if (doubtful.of(topic).empty()) doubtful.of(topic) = std::move(spoken.doubtful.of(topic));
        if (concerning.of(topic).empty()) concerning.of(topic) = std::move(spoken.concerning.of(topic));
    }
}

/// What stands in no column is for a person to read, also what it states.
void add_left_over(const std::vector<std::string>& texts, Note& note, StatedRisks& doubtful, StatedRisks& concerning) {
    auto found = risks_in_left_over(texts);
    for (const auto topic : {RiskTopic::suicidal, RiskTopic::homicidal}) {
        auto& said = found.stated.of(topic).empty() ? found.doubtful.of(topic) : found.stated.of(topic);
        if (!said.empty() || !found.concerning.of(topic).empty()) flag(note, "text_left_over");
        if (doubtful.of(topic).empty()) doubtful.of(topic) = std::move(said);
        if (concerning.of(topic).empty()) concerning.of(topic) = std::move(found.concerning.of(topic));
    }
}

}  // namespace

void read_risk(const Fields& fields, const std::vector<std::string>& left_over, Note& note) {
    auto risk = given_as(fields, note);
    drop_empty_flags(risk);
    auto text_left = most_risk_text;
    auto [stated, doubtful, concerning, left] = risks_in_text(note);
    add_spoken(note, doubtful, concerning);
    add_left_over(left_over, note, doubtful, concerning);
    const auto members = read_risk_members(fields, text_left);
    const auto concerns = concerns_in_answers(fields, risk);
    for (const auto& question : questions) {
        const auto topic = question.topic;
        const Elsewhere elsewhere{stated.of(topic), doubtful.of(topic), concerning.of(topic), members.of(topic),
                                  concerns.of(topic)};
        answer(question, fields, elsewhere, text_left, risk, note);
    }
    for (const auto& [given, value] : members.outside) keep_beside(risk, given, value, note);
    if (members.look) flag(note, "risk_unreadable");
    read_other_risks(fields, text_left, risk, note);
    note.risk_assessment = std::move(risk);
}

}  // namespace dcs::deepcura
