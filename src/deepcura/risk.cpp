#include "deepcura/risk.hpp"

#include <algorithm>
#include <utility>

namespace dcs::deepcura {

namespace {

struct Question {
    Field field;
    std::string_view name;
};
constexpr std::array questions{
    Question{Field::suicidal_ideation, "suicidal_ideation"},
    Question{Field::homicidal_ideation, "homicidal_ideation"},
    Question{Field::safety_plan_discussed, "safety_plan_discussed"},
};

/// A plain yes or no. nullopt: it is neither.
std::optional<bool> answer_of(const Document& value) {
    constexpr std::array<std::string_view, 7> yes{"true", "yes", "y", "positive", "present", "endorses", "endorsed"};
    constexpr std::array<std::string_view, 8> no{"false", "no", "n", "denies", "denied", "none", "negative", "absent"};
    if (const auto flag = value.boolean()) return flag;
    const auto text = trimmed(value.string().value_or(std::string_view{}));
    if (text.size() > 16) return std::nullopt;
    const auto is_it = [&](std::string_view word) {
        return std::ranges::equal(text, word, [](char given, char wanted) {
            return given == wanted || (given >= 'A' && given <= 'Z' && given - 'A' + 'a' == wanted);
        });
    };
    if (std::ranges::any_of(yes, is_it)) return true;
    if (std::ranges::any_of(no, is_it)) return false;
    return std::nullopt;
}

/// Whether the text says itself that it is not known.
bool says_unknown(const Document& value) {
    const auto text = value.string();
    return text && text->size() <= 32 && normalised(*text) == "unknown";
}

/// What is there already stays.
void keep_beside(Document& risk, std::string name, const Document& value) {
    if (risk.find(name)) return;
    risk.set(name, value.string() ? value : Document{value.text()});
}

void answer(const Question& question, const Fields& fields, Document& risk, Note& note) {
    bool yes = false;
    bool no = false;
    const Document* unclear = nullptr;
    for (const auto& found : fields.of(question.field)) {
        const auto given = answer_of(*found.given);
        if (!given && !says_unknown(*found.given) && !unclear) unclear = found.given;
        yes = yes || given.value_or(false);
        no = no || !given.value_or(true);
    }
    if (unclear) {
        flag(note, "risk_unreadable");
        keep_beside(risk, std::string{question.name} + "_text", *unclear);
    }
    if (yes && no) flag(note, "risk_differs");
    const bool known = yes != no && (yes || !unclear);
    risk.set(question.name, known ? Document{yes} : Document{std::string{"unknown"}});
}

/// What was given as a whole: an object as it is, anything else that can be read under a name.
Document given_as(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::risk_assessment)) {
        if (found.opened->is_object()) return *found.opened;
        Document risk{Document::Object{}};
        if (found.opened->is_array()) risk.set("items", *found.opened);
        else if (found.given->string()) risk.set("text", *found.given);
        else flag(note, "risk_unreadable");
        if (!risk.members().empty()) return risk;
    }
    return Document{Document::Object{}};
}

}  // namespace

void read_risk(const Fields& fields, Note& note) {
    auto risk = given_as(fields, note);
    for (const auto& question : questions) answer(question, fields, risk, note);
    note.risk_assessment = std::move(risk);
}

}  // namespace dcs::deepcura
