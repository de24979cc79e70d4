#include "deepcura/risk_members.hpp"

#include "deepcura/risk_concerns.hpp"
#include "deepcura/risk_value.hpp"
#include "deepcura/risk_words.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_name = 80;
constexpr int deepest = 6;
constexpr std::size_t most_outside = 50;

enum class Kind {
    none,
    ideation,  // asks whether it is there
    active,    // asks for one sort of it
    passive,
    plan,
    attempt,
    details,
    level,  // a level or a score; of a scale that is all about the risk each member is one
    item,   // the item of a questionnaire that asks for it
};

struct Named {
    Kind kind = Kind::none;
    std::optional<RiskTopic> topic{};
    bool denies = false;  // "denies_si"
    bool past = false;    // "history"
};

/// Where a member stands.
struct Place {
    std::optional<RiskTopic> topic{};  // that the members around it are about
    bool in_risk = false;              // in the risk assessment
    bool scale = false;                // in a scale that is all about the risk
    bool phq = false;
    int depth = 0;
};

// Parts of normalised names.
constexpr std::array suicidal_parts{"suicid",          "wishtobedead", "wishdead",      "deathwish",  "wishtodie",
                                    "thoughtsofdeath", "weredead",     "betteroffdead", "killself",   "killyourself",
                                    "killthemsel",     "killhimself",  "killherself",   "killmyself", "wantstodie",
                                    "endyourlife",     "endtheirlife"};
constexpr std::array homicidal_parts{"homicid", "harmtoothers",    "harmingothers",  "harmothers",
                                     "threat",  "violentideation", "violentthought", "assaultiveideation"};
constexpr std::array other_parts{"family",      "prevention", "hotline",       "lifeline",    "safetyplan",
                                 "crisisplan",  "contract",   "resource",      "education",   "protective",
                                 "mitigat",     "completed",  "performed",

                                 "factor",      "assessedby", "previousvisit", "priorvisit",  "lastvisit",
                                 "transcript",  "medication", "billing",       "code",        "diagnos",
                                 "appointment", "fallrisk",   "readmission",   "warningsign", "threatened abortion"};
constexpr std::array scale_parts{"cssrs", "columbia",   "suicidescreen", "suicidalityscreen",
                                 "sbqr",  "sadpersons", "safet"};
constexpr std::array harm_parts{"selfharm", "selfinjur", "nssi", "nonsuicid"};
constexpr std::string_view plain_harm =
    " selfharm selfinjury selfinjuriousbehavior nssi nonsuicidalselfinjury selfharming ";
constexpr std::array past_parts{"history", "lifetime", "previous", "prior"};
constexpr std::string_view other_words = " date by id version time timestamp at name type_of ";
constexpr std::string_view past_words = " past hx ever history lifetime ";
constexpr std::string_view denial_words = " denies denied denial no without not ";
constexpr std::string_view plan_words =
    " plan plans planning intent intention intentions means method methods behavior behaviors behaviour preparatory preparation "
    "rehearsal rehearsed access ";
constexpr std::string_view detail_words =
    " details detail text notes note description comment comments narrative type frequency intensity summary quality duration "
    "explanation content specify ";
constexpr std::string_view level_words =
    " level score scores rating severity tier category risk total result results screen screening screener positive status "
    "grade class ";
constexpr std::string_view ideation_words =
    " ideation ideations thoughts thought si hi present current endorsed reported ";
/// What stands around "si" or "hi" in names without marks: "sipresent", "passivesi".
constexpr std::string_view around_short =
    " passive active current currently present recent has details notes text plan intent means type frequency status endorsed "
    "reported positive denied denies no acute chronic fleeting description comment comments intensity severity any today "
    "withplan withintent risk level score ";
/// Levels that stand alone outside of a risk assessment.
constexpr std::string_view levels_alone =
    " risklevel overallrisk overallrisklevel acuterisk acuterisklevel riskrating riskcategory risktier safetyrisk safetyrisklevel "
    "currentrisk currentrisklevel riskscore riskstratification dangertoself dangertoothers overallriskrating psychiatricrisk "
    "clinicalrisk chronicrisk ";
constexpr std::string_view items_nine =
    " item9 q9 question9 phq9item9 phq9q9 phq9question9 phqitem9 phqq9 phq99 phqa9 phq9suicide item9score q9score phq9item9score "
    "phq9q9score question9score phq9i9 9 ";

template <std::size_t Size>
bool has_part(const std::string& name, const std::array<const char*, Size>& parts) {
    return std::ranges::any_of(parts, [&](const char* part) { return name.find(part) != std::string::npos; });
}

bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }

/// "passiveSI", "SI Present" and "si_present" by their words.
std::vector<std::string> words_of_name(std::string_view name) {
    std::vector<std::string> words(1);
    for (std::size_t at = 0; at < name.size(); ++at) {
        const char letter = name[at];
        const bool lower = letter >= 'a' && letter <= 'z';
        const bool digit = letter >= '0' && letter <= '9';
        if (!lower && !digit && !is_upper(letter)) {
            words.emplace_back();
            continue;
        }
        const bool after_lower = at > 0 && !is_upper(name[at - 1]);
        const bool before_lower = at + 1 < name.size() && name[at + 1] >= 'a' && name[at + 1] <= 'z';
        if (is_upper(letter) && (after_lower || before_lower)) words.emplace_back();
        words.back() += is_upper(letter) ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    std::erase_if(words, [](const std::string& word) { return word.empty(); });
    return words;
}

bool is_short_topic(const std::vector<std::string>& words, const std::string& name, std::string_view topic) {
    if (std::ranges::find(words, topic) != words.end()) return true;
    const auto around = [&](std::string_view rest) { return !rest.empty() && is_among(around_short, rest); };
    const std::string_view all{name};
    return (all.starts_with(topic) && around(all.substr(topic.size()))) ||
           (all.ends_with(topic) && around(all.substr(0, all.size() - topic.size())));
}

/// What the words of a name ask for, of a topic that is known.
Kind kind_of(const std::vector<std::string>& words, const std::string& name) {
    const auto any_of = [&](std::string_view row) {
        return std::ranges::any_of(words, [&](const std::string& word) { return is_among(row, word); });
    };
    const auto holds = [&](std::string_view part) { return name.find(part) != std::string::npos; };
    if (holds("attempt") || holds("gesture")) return Kind::attempt;
    if (any_of(plan_words) || holds("withplan") || holds("intent")) return Kind::plan;
    if (any_of(detail_words)) return Kind::details;
    if (holds("risk") || (any_of(level_words) && !any_of(ideation_words))) return Kind::level;
    if (any_of(" severity score ")) return Kind::level;
    if (any_of(" active ") || name.starts_with("active")) return Kind::active;
    if (any_of(" passive ") || name.starts_with("passive")) return Kind::passive;
    return Kind::ideation;
}

Named name_of(std::string_view given, const Place& place) {
    if (given.size() > longest_name) return {};
    const auto name = normalised(given);
    const auto words = words_of_name(given);
    const auto any_of = [&](std::string_view row) {
        return std::ranges::any_of(words, [&](const std::string& word) { return is_among(row, word); });
    };
    if (name.empty() || has_part(name, other_parts) || any_of(other_words)) return {};
    Named named;
    // Self-harm is no ideation; its plain names are read with the risk (risk.cpp).
    if (has_part(name, harm_parts)) return {is_among(plain_harm, name) ? Kind::none : Kind::plan};
    named.past = has_part(name, past_parts) || any_of(past_words);
    named.denies = any_of(denial_words) || name.starts_with("denies") || name.ends_with("denied");
    if (has_part(name, suicidal_parts) || is_short_topic(words, name, "si")) named.topic = RiskTopic::suicidal;
    else if (has_part(name, homicidal_parts) || is_short_topic(words, name, "hi")) named.topic = RiskTopic::homicidal;
    const bool of_scale = has_part(name, scale_parts) || name == "asq";
    const bool nine = is_among(items_nine, name) || name.ends_with("item9") || name.ends_with("question9");
    if (nine && (place.phq || name != "9")) named.kind = Kind::item;
    else if (place.phq && named.topic) named.kind = Kind::item;
    else if (of_scale || is_among(levels_alone, name)) named.kind = Kind::level;
    else if (named.topic) named.kind = kind_of(words, name);
    else if (place.topic || place.in_risk) {
        named.topic = place.topic;
        const auto kind = kind_of(words, name);
        const bool says_level = name.find("risk") != std::string::npos || any_of(" level score severity rating tier ");
        if (kind == Kind::attempt || kind == Kind::plan) named.kind = kind;
        else if (says_level) named.kind = Kind::level;
        else if (place.topic && (kind == Kind::active || kind == Kind::passive || any_of(ideation_words)))
            named.kind = kind;
    }
    return named;
}

/// What a short answer says where the question is of a plan, of an attempt ...
RiskAnswer brief_answer(const Document& value, int depth) {
    constexpr std::string_view no_words =
        " no not none nil denies denied denying deny negative neg never without absent niega ninguno false n f na n/a unknown 0 "
        "unassessed deferred ";
    if (const auto yes = value.boolean()) return *yes ? RiskAnswer::yes : RiskAnswer::no;
    if (value.is_null() || says_nothing(value)) return RiskAnswer::silent;
    if (const auto digits = value.number())
        return digits->find_first_of("123456789") == std::string_view::npos ? RiskAnswer::no : RiskAnswer::yes;
    if (const auto text = value.string()) {
        const auto words = risk_words(text->substr(0, 2'000));
        if (words.empty()) return RiskAnswer::silent;
        const auto has_word = [&](std::string_view row) {
            return std::ranges::any_of(words, [&](const RiskWord& each) { return is_among(row, each.word); });
        };
        if (is_among(no_words, words.front().word) || has_word(" denies denied "))
            return has_word(" but however although though except yet yesterday ") ? RiskAnswer::unclear
                                                                                  : RiskAnswer::no;
        if (has_word(" assessed ") && has_word(" not ")) return RiskAnswer::silent;
        return is_among(" yes y true t positive present + endorses endorsed reports ", words.front().word)
                   ? RiskAnswer::yes
                   : RiskAnswer::unclear;
    }
    if (depth > 2) return RiskAnswer::unclear;
    auto answer = RiskAnswer::silent;
    for (const auto& item : value.items() | std::views::take(most_items))
        answer = stronger(answer, item.is_object() ? RiskAnswer::unclear : brief_answer(item, depth + 1));
    for (const auto& [given, each] : value.members() | std::views::take(most_members)) {
        const auto name = normalised(given.substr(0, longest_name));
        if (is_among(" date by id type name notes ", name)) continue;
        answer = stronger(answer, brief_answer(each, depth + 1));
    }
    return answer;
}

bool is_raised(const Document& value) {
    if (const auto yes = value.boolean()) return *yes;
    if (const auto digits = value.number()) return digits->find_first_of("123456789") != std::string_view::npos;
    const auto text = value.string();
    return text && !says_nothing(value) && is_raised_level(*text);
}

class Walk {
public:
    Walk(const Fields& fields, std::size_t& text_left) : text_left_{text_left} {
        for (const auto field : {Field::suicidal_ideation, Field::homicidal_ideation, Field::safety_plan_discussed})
            for (const auto& each : fields.of(field)) known_.push_back(each.given);
        for (const auto& each : fields.of(Field::risk_assessment)) {
            risks_.push_back(each.given);
            look_in(*each.opened, {.in_risk = true});
            const auto text = each.given->string();
            constexpr std::size_t longest_level = 40;
            if (text && text->size() <= longest_level && is_plain_level(*text)) found_.look = true;
        }
        for (const auto* object : fields.outer_objects()) look_in(*object, {});
        for (const auto field : {Field::suicidal_ideation, Field::homicidal_ideation}) {
            const auto topic = field == Field::suicidal_ideation ? RiskTopic::suicidal : RiskTopic::homicidal;
            for (const auto& each : fields.of(field))
                if (each.opened->is_object()) look_in(*each.opened, {.topic = topic, .in_risk = true, .depth = 1});
        }
    }

    RiskMembers finish() {
        if (active_ || passive_) {
            auto said = RiskAnswer::unclear;
            if (active_ == true || passive_ == true) said = RiskAnswer::yes;
            else if (active_ == false && passive_ == false) said = RiskAnswer::no;
            // A no to one sort alone leaves the other open, unless the whole question is answered.
            if (said != RiskAnswer::unclear || (known_.empty() && found_.suicidal == RiskAnswer::silent))
                found_.suicidal = stronger(found_.suicidal, said);
        }
        return std::move(found_);
    }

private:
    static bool is_plain_level(std::string_view text) {
        constexpr std::string_view levels =
            " high moderate medium severe elevated imminent extreme increased significant ";
        const auto words = risk_words(text);
        return !words.empty() && (is_among(levels, words.front().word) || is_among(levels, words.back().word)) &&
               is_raised_level(text);
    }

    void look_in(const Document& value, Place place) {
        if (place.depth > deepest) return;
        ++place.depth;
        for (const auto& [given, each] : value.members() | std::views::take(most_members)) {
            if (looks_left_ == 0) return;
            --looks_left_;
            member(given, each, place);
        }
        for (std::size_t at = 0; at < std::min(value.items().size(), most_items); ++at) {
            if (looks_left_ == 0) return;
            --looks_left_;
            const auto& item = value.items()[at];
            if (!cell(item, place)) look_in(item, place);
        }
        constexpr std::size_t ninth = 8;
        if (place.phq && value.items().size() > ninth && is_raised(value.items()[ninth]) &&
            !value.items()[ninth].string())
            found_.look = true;
    }

    /// {"question": "Suicidal plan", "answer": "Yes"}.
    bool cell(const Document& item, const Place& place) {
        for (const auto* label : {"question", "topic", "name", "item", "type", "category", "label", "title", "field",
                                  "key", "scale", "measure", "instrument", "tool"}) {
            const auto* asked = item.find(label);
            if (!asked || !asked->string()) continue;
            for (const auto* value : {"answer", "value", "response", "result", "score", "status", "level", "content"}) {
                const auto* said = item.find(value);
                if (!said || name_of(*asked->string(), place).kind == Kind::none) continue;
                member(*asked->string(), *said, place);
                return true;
            }
        }
        return false;
    }

    void member(std::string_view given, const Document& value, const Place& place) {
        if (value.is_null() || std::ranges::find(known_, &value) != known_.end()) return;
        if (!place.in_risk && std::ranges::find(risks_, &value) != risks_.end()) return;
        const auto named = name_of(given, place);
        const auto name = normalised(given.substr(0, longest_name));
        auto inside = place;
        inside.phq = place.phq || name.find("phq") != std::string::npos;
        inside.scale = place.scale || has_part(name, scale_parts);
        if (named.topic) inside.topic = named.topic;
        if (named.kind == Kind::none) {
            const bool another = has_part(name, other_parts) || has_part(name, past_parts);
            // Of a scale all that is not another day's counts.
            if (place.scale && !another && !is_among(" total date by id version name time type ", name) &&
                is_raised(value))
                look(given, value, place);
            if (!another) look_in(value, inside);
            return;
        }
        if (value.is_object() && named.kind != Kind::ideation && named.kind != Kind::details) {
            inside.scale = inside.scale || named.kind == Kind::level;
            const bool looked = found_.look;
            look_in(value, inside);
            if (!looked && found_.look) keep(given, value, place);
            if (named.kind == Kind::level || named.kind == Kind::item) return;
        }
        judge(given, named, value, place);
    }

    void judge(std::string_view given, const Named& named, const Document& value, const Place& place) {
        switch (named.kind) {
        case Kind::none: return;
        case Kind::level:
        case Kind::item:
            if (value.is_array()) look_in(value, place);
            if (is_raised(value)) look(given, value, place);
            return;
        case Kind::attempt:
        case Kind::plan: return judge_plan(given, named, value, place);
        case Kind::active:
        case Kind::passive:
        case Kind::details:
        case Kind::ideation: return judge_ideation(given, named, value, place);
        }
    }

    void judge_plan(std::string_view given, const Named& named, const Document& value, const Place& place) {
        const auto said = brief_answer(value, 0);
        if (said == RiskAnswer::silent || said == RiskAnswer::no) return;
        keep(given, value, place);
        if (named.past || !named.topic || named.denies) found_.look = true;
        else if (named.kind == Kind::attempt || said == RiskAnswer::unclear) add(*named.topic, RiskAnswer::unclear);
        else add(*named.topic, RiskAnswer::yes);
    }

    void judge_ideation(std::string_view given, const Named& named, const Document& value, const Place& place) {
        const auto topic = named.topic.value_or(RiskTopic::suicidal);
        auto said = named.kind == Kind::details && says_nothing(value) ? RiskAnswer::silent
                                                                       : judge_value(value, {topic, text_left_});
        if (named.denies && value.boolean()) said = *value.boolean() ? RiskAnswer::no : RiskAnswer::unclear;
        else if (named.denies && said == RiskAnswer::yes) said = RiskAnswer::no;
        if (said == RiskAnswer::silent) return;
        if (said != RiskAnswer::no) keep(given, value, place);
        if (named.past) {
            found_.look = found_.look || said != RiskAnswer::no;
            return;
        }
        if (!place.in_risk && said == RiskAnswer::no) return;
        if (named.kind == Kind::details && value.string() && said == RiskAnswer::no) return;
        const bool sided = topic == RiskTopic::suicidal && (named.kind == Kind::active || named.kind == Kind::passive);
        if (sided && said != RiskAnswer::unclear) {
            auto& side = named.kind == Kind::active ? active_ : passive_;
            side = side.value_or(false) || said == RiskAnswer::yes;
        } else {
            add(topic, said);
        }
    }

    void add(RiskTopic topic, RiskAnswer said) {
        auto& kept = topic == RiskTopic::homicidal ? found_.homicidal : found_.suicidal;
        kept = stronger(kept, said);
    }
    void look(std::string_view given, const Document& value, const Place& place) {
        found_.look = true;
        keep(given, value, place);
    }
    void keep(std::string_view given, const Document& value, const Place& place) {
        if (!place.in_risk && found_.outside.size() < most_outside)
            found_.outside.emplace_back(std::string{given}, value);
    }

    std::size_t& text_left_;
    std::vector<const Document*> known_;
    std::vector<const Document*> risks_;
    RiskMembers found_;
    std::optional<bool> active_;
    std::optional<bool> passive_;
    std::size_t looks_left_ = 20'000;
};

}  // namespace

RiskAnswer RiskMembers::of(RiskTopic topic) const {
    if (topic == RiskTopic::safety_plan) return RiskAnswer::silent;
    return topic == RiskTopic::homicidal ? homicidal : suicidal;
}

RiskMembers read_risk_members(const Fields& fields, std::size_t& text_left) { return Walk{fields, text_left}.finish(); }

}  // namespace dcs::deepcura
