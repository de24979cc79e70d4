#include "deepcura/risk_mentions.hpp"

#include "deepcura/risk_statements.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_sentence = 600;

constexpr std::string_view overdoses = " overdose overdoses overdosed overdosing od od'd ";
/// Words that speak of death, and of suicide only in phrases (risk_phrases.hpp).
constexpr std::string_view weak = " die died dies dying dead death muerte ";
constexpr std::string_view long_ago =
    " history hx past prior previous previously remote remotely lifetime former formerly ago childhood teen teenager adolescence "
    "adolescent college antecedentes antecedente historia previa previo pasado ";
constexpr std::string_view recent =
    " yesterday today tonight last week weeks weekend night day days monday tuesday wednesday thursday friday saturday sunday now "
    "current currently recent recently again since present presents presenting ayer hoy ";
/// What is said of a later time, or of what was told to the patient.
constexpr std::string_view advice =
    " if when should call return monitor monitoring warning warnings warned boxed counseled counselled education educated "
    "psychoeducation instructed instruct hotline lifeline 988 911 prevent prevention protocol worksheet naloxone narcan ";
/// What makes advice of a condition: "go to the ED if suicidal", not "if alone, feels suicidal".
constexpr std::string_view instructing =
    " call calls return go goes seek notify contact tell reach ed er 911 988 emergency hotline instructed advised agrees agreed knows "
    "aware should will discontinue monitor monitoring counseled educated plan ";
/// What was asked: it says nothing of the answer, unless a word of presence stands beside it.
constexpr std::string_view asking =
    " discussed discuss reviewed review screen screened screening assess assessed assessing assessment asked asking inquired "
    "evaluate evaluated evaluation question questions queried crisis explored ";
/// Words behind "suicide" that make of it something else.
constexpr std::string_view things =
    " prevention hotline lifeline screening screen screener assessment squad survivor survivors loss awareness rating severity "
    "prevención bomber bombers education ";
constexpr std::string_view calm =
    " low minimal lower none no not denied negative assessment assessed screening screen factors formulation include includes including "
    "adults ";
constexpr std::string_view parents =
    " mother father mom dad parent parents mother's father's mom's dad's parents' family familial maternal paternal ";
constexpr std::string_view telling =
    " reports reported states stated says said told endorses endorsed reporting expressed expresses concerned worried notes noted ";
/// Behind these a relative is no longer whom it is about.
constexpr std::string_view breaks =
    " since after because due about over when while following per toward towards against and causing caused triggered related "
    "leading ";
constexpr std::string_view accidents = " accidental accidentally accident unintentional unintentionally ";
constexpr std::string_view exceptions = " except unless aside apart besides other ";
constexpr std::string_view spanish =
    " no el la los las un una de del que en con por para se su mi es tiene duerme toma puede hay ";

class Sentence {
public:
    explicit Sentence(std::string_view given)
        : given_{given}, tokens_{risk_words(given)}, statements_{statements_of(tokens_, &owners_)} {}

    bool names_openly(RiskTopic topic) const {
        for (std::size_t at = 0; at < tokens_.size(); ++at)
            if (names(at, topic) && !is_understood(at)) return true;
        return false;
    }

private:
    bool is(std::size_t at, std::string_view row) const {
        return at < tokens_.size() && is_among(row, tokens_[at].word);
    }
    bool in_same(std::size_t one, std::size_t other) const { return owners_[one] == owners_[other]; }

    bool names(std::size_t at, RiskTopic topic) const {
        const auto& token = tokens_[at];
        if (topic == RiskTopic::homicidal)
            return (token.sense == Sense::homicidal ||
                    (token.sense == Sense::other_topic && token.word.starts_with("homicid"))) &&
                   is_meant(at, "HI", "SI");
        if (is(at, overdoses)) return true;
        if (token.sense == Sense::other_topic && token.word == "suicidal") return true;  // "suicidal intent"
        if (token.sense != Sense::suicidal || is(at, weak)) return false;
        // "end of life", "taking life a day at a time"
        const bool of_life = token.word.starts_with("end") || token.word.starts_with("tak");
        if (of_life && !is(at + 1, " his her my their own ")) return false;
        return is_meant(at, "SI", "HI");
    }

    /// Whether "si" or "hi" is the abbreviation: written so, or in a sentence where it is nothing else.
    bool is_meant(std::size_t at, std::string_view upper, std::string_view other) const {
        const auto& word = tokens_[at].word;
        if (word.size() != 2 || (word != "si" && word != "hi")) return true;
        if (given_.find(upper) != std::string_view::npos) return true;
        if (word == "hi") {
            const bool with_other =
                given_.find(other) != std::string_view::npos ||
                std::ranges::any_of(tokens_, [](const RiskWord& each) { return each.word == "si"; });
            const bool marked =
                given_.find("h/i") != std::string_view::npos || given_.find("H/I") != std::string_view::npos;
            return with_other || marked;
        }
        const auto count =
            std::ranges::count_if(tokens_, [](const RiskWord& each) { return is_among(spanish, each.word); });
        return count < 2;
    }

    bool is_understood(std::size_t at) const {
        const auto& said = statements_[owners_[at]];
        if (is(at + 1, " note notes letter letters watch precautions ")) return false;
        if (is(at + 1, things) || is(at + 1, " ? ")) return true;
        if (is(at, overdoses) && in_statement(at, accidents)) return true;
        if (tokens_.back().word == "?") return true;
        if (is_unchecked(at)) return true;
        if (is_of_a_relative(at)) return true;
        if (said.twice_negative || (said.negative && said.ended)) return false;
        if (said.negative) return is_denied(at);
        if (said.plain_none && !said.other_unsure && !said.quality && !said.positive) return true;
        if ((said.ended && !said.persists) || is_no_longer(at)) return true;
        if (is_advice(at) || is_calm_risk(at)) return true;
        return is_of_long_ago(at);
    }

    /// Whether one of the words stands in the statement of the token.
    bool in_statement(std::size_t at, std::string_view row) const {
        for (std::size_t other = 0; other < tokens_.size(); ++other)
            if (in_same(at, other) && is(other, row)) return true;
        return false;
    }

    /// "no longer endorses SI"
    bool is_no_longer(std::size_t at) const {
        for (auto before = at; before-- > 0 && in_same(at, before);)
            if (is(before, " no ") && tokens_[before].sense == Sense::unsure) return true;
        return false;
    }

    bool is_unchecked(std::size_t at) const { return at > 0 && tokens_[at - 1].word == "unchecked"; }

    /// A statement that denies something. A denial does not reach over a comma from another verb ("not sleeping, SI"), and not what it
    /// makes an exception of.
    bool is_denied(std::size_t at) const {
        const auto& said = statements_[owners_[at]];
        if (said.continues) return false;
        bool turned = false;
        for (std::size_t after = at + 1; after < tokens_.size(); ++after) {
            if (is(after, exceptions) && !(is(after, " other ") && !is(after + 1, " than "))) return false;
            const auto& next = statements_[owners_[after]];
            turned = turned || tokens_[after].sense == Sense::stop;
            const bool goes_on = turned && !next.begins_anew && !next.negative && !next.has_topic() && !next.unknown;
            if (goes_on && (next.quality || next.positive)) return false;
            const bool then = is(after - 1, " later then now subsequently eventually ");
            if (then && tokens_[after].sense == Sense::positive) return false;
        }
        if (is_denied_of_another(at)) return false;
        bool comma = false;
        for (auto before = at; before-- > 0 && in_same(at, before);) {
            comma = comma || tokens_[before].sense == Sense::comma;
            if (tokens_[before].sense != Sense::negative) continue;
            // "denies HI but not SI"
            if (is(before, " not ") && before > 0 && is(before - 1, " but ")) return false;
            const bool of_a_verb = is(before, " not never doesn't doesnt didn't didnt isn't isnt wasn't ");
            // "No HI, SI present"
            if (comma && is(at + 1, " present positive ")) return false;
            return !comma || !of_a_verb || is_topic(before + 1);
        }
        return true;
    }
    /// "suicidal, not homicidal", "last SI two days ago", "can't say he isn't".
    bool is_denied_of_another(std::size_t at) const {
        bool before = false;
        for (auto earlier = at; earlier-- > 0 && in_same(at, earlier);) {
            before = before || tokens_[earlier].sense == Sense::negative;
            if (is(earlier, " can't cannot ")) return true;
        }
        if (at > 0 && is(at - 1, " last recent ")) return true;
        const bool comma = at + 1 < tokens_.size() && tokens_[at + 1].sense == Sense::comma;
        return !before && comma && at + 3 < tokens_.size() && tokens_[at + 2].sense == Sense::negative &&
               is_topic(at + 3);
    }
    bool is_topic(std::size_t at) const {
        if (at >= tokens_.size()) return false;
        const auto sense = tokens_[at].sense;
        return sense == Sense::suicidal || sense == Sense::homicidal || sense == Sense::other_topic ||
               sense == Sense::quality || is(at, " any having current currently endorsing reporting experiencing ");
    }

    bool is_a_relative(std::size_t at) const {
        return at < tokens_.size() && (tokens_[at].sense == Sense::relative || is(at, parents));
    }

    /// "brother died by suicide", "mother's SI", "family history of suicide", "suicide of her uncle", not "partner reports SI" and "SI since
    /// her husband left".
    bool is_of_a_relative(std::size_t at) const {
        const bool act = is(at, " kill killing killed ") || is_among(ways_to_die, tokens_[at].word);
        bool told = false;
        for (auto before = at; before-- > 0;) {
            if (tokens_[before].sense == Sense::stop && !is(before, " ( ) ")) break;
            if (is(before, " he she they he's she's they're patient pt client i ")) break;
            if (tokens_[before].sense == Sense::comma || is(before, breaks)) break;
            told = told || is(before, telling);
            const bool source = before > 0 && is(before - 1, " per from with to ");
            if (is_a_relative(before)) return !told && !source;
        }
        if (act || tokens_[at].sense == Sense::homicidal) return false;
        for (auto after = at + 1; after < tokens_.size() && after < at + 6; ++after) {
            if (is(after, breaks) || is(after, " with today now he she ")) return false;
            const auto before = after - 1;
            const bool possessed =
                is(before, " of in by ( ") || (before > at && is(before, " his her their my maternal paternal the ") &&
                                               is(before - 1, " of in by ( "));
            if (is_a_relative(after) && (possessed || before == at)) return true;
        }
        return false;
    }

    bool is_advice(std::size_t at) const {
        const auto& said = statements_[owners_[at]];
        const bool instructed =
            std::ranges::any_of(tokens_, [](const RiskWord& each) { return is_among(instructing, each.word); });
        for (std::size_t other = 0; other < tokens_.size(); ++other) {
            const bool condition = is(other, " when if ");
            if (condition && (!instructed || other > at)) continue;
            if (is(other, advice) && (other < at || in_same(at, other))) return true;
        }
        if (at > 0 && is(at - 1, " any ") && !said.positive) return true;
        if (in_statement(at, " refuses refused declines declined unable cannot can't ")) return false;
        if (said.persists || said.positive) return false;
        return said.safety_plan || (!said.quality && in_statement(at, asking));
    }

    /// "suicide risk: low", "low risk of suicide", "suicide risk assessed", not "at risk of suicide".
    bool is_calm_risk(std::size_t at) const {
        const bool behind = is(at + 1, " risk risks ");
        bool before = false;
        for (auto earlier = at; earlier-- > 0 && earlier + 4 > at;) before = before || is(earlier, " risk risks ");
        return (behind || before) && in_statement(at, calm);
    }

    bool is_year(std::size_t at) const {
        if (at >= tokens_.size()) return false;
        const auto& word = tokens_[at].word;
        return word.size() == 4 && word.find_first_not_of("0123456789") == std::string::npos &&
               (word.starts_with("19") || word.starts_with("20"));
    }

    bool is_of_long_ago(std::size_t at) const {
        const auto& said = statements_[owners_[at]];
        bool quality = false;
        for (auto after = at + 1; after < tokens_.size() && in_same(at, after); ++after)
            quality = quality || tokens_[after].sense == Sense::quality;
        if (said.now || said.persists || quality || in_statement(at, recent)) {
            const bool past_of = is(at - std::min<std::size_t>(at, 1), " past lifetime ");
            if (!past_of) return false;
        }
        constexpr std::size_t farthest = 6;
        for (auto before = at; before-- > 0 && before + farthest > at;) {
            if (tokens_[before].sense == Sense::stop || tokens_[before].sense == Sense::comma) break;
            if (is(before, " with presents presenting admitted ")) break;
            if (is(before, long_ago) || is_year(before)) return true;
        }
        for (auto after = at + 1; after < tokens_.size(); ++after) {
            if (tokens_[after].sense == Sense::stop) break;
            const bool lately =
                is(after, " past previous ") && is(after + 1, " day days week weeks month months few several year ");
            if (!lately && (is(after, long_ago) || is_year(after))) return true;
            if (is(after, " at ") && is(after + 1, " age ")) return true;
        }
        return false;
    }

    std::string_view given_;
    std::vector<RiskWord> tokens_;
    std::vector<std::size_t> owners_;
    std::vector<Statement> statements_;
};

}  // namespace

bool is_named_openly(std::string_view sentence, RiskTopic topic) {
    if (topic == RiskTopic::safety_plan) return false;
    return Sentence{sentence.substr(0, longest_sentence)}.names_openly(topic);
}

}  // namespace dcs::deepcura
