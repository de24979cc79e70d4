#pragma once
// RiskStatements: the statements that a sentence about risk is made of: "denies HI, endorses SI" are two.
//
// Begins     a statement ends at a stop, at "but", and before the next denial or affirmation that is of something else.

#include "deepcura/risk_text.hpp"
#include "deepcura/risk_words.hpp"

#include <cstddef>
#include <vector>

namespace dcs::deepcura {

/// One statement: its topics and what is said of them.
struct Statement {
    bool negative = false;
    bool twice_negative = false;
    bool positive = false;
    bool passive = false;
    bool active = false;
    bool quality = false;
    bool persists = false;   // "persists", "worsening", "noted"
    bool continues = false;  // the same, of what goes on behind the name of a topic
    bool self_act = false;   // "killing herself": whose it is, is said
    bool unsure = false;
    bool unknown = false;
    bool ahead = false;  // "to be", "will", "next": what is done is yet to come
    bool done = false;   // of a safety plan: reviewed, discussed ...
    bool ended = false;  // "has resolved"
    bool weapon = false;
    bool suicidal = false;
    bool homicidal = false;
    bool safety_plan = false;
    bool other_topic = false;
    bool symptom = false;         // of its other topics one is no plan, intent or means
    bool before_without = false;  // "SI without plan"
    bool cue_behind = false;      // "SI: denied"
    bool listed = false;          // its topics stand in a list
    bool thoughts = false;        // it speaks of thoughts or urges
    bool with = false;            // "with" was the last thing said
    bool with_means = false;      // "SI with a plan"
    bool relative = false;        // it may be of somebody else
    bool cause = false;           // behind its topic, what led to it is named
    bool of_whom = false;         // "of", "in" or "by" was the last preposition
    bool now = false;             // it speaks of today
    bool now_behind = false;      // so does what follows its last comma or "and"
    bool turned = false;          // a comma, "and" or "now" stands behind its last cue
    bool begins_anew = true;      // the statement before it is in another sentence
    bool other_unsure = false;    // more than "none" is unsure
    bool plain_none = false;

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

/// `owners`: of each token, the statement that it is in.
std::vector<Statement> statements_of(const std::vector<RiskWord>& tokens, std::vector<std::size_t>* owners = nullptr);

}  // namespace dcs::deepcura
