// A stated risk is seen wherever it stands, and what is denied, resolved or of another person is none.
#include "read_notes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

/// "SI HI", each true, false or unknown, and the flags of the risk without "risk_".
std::string answers(const Note& note) {
    auto said = fmt::format("{} {}", answer_of(note, "suicidal_ideation"), answer_of(note, "homicidal_ideation"));
    for (const std::string_view flag : {"risk_unreadable", "risk_differs", "risk_positive_text"})
        if (has(note, flag)) said += fmt::format(" {}", flag.substr(5));
    return said;
}

using Cases = std::initializer_list<Case>;

void expect_of_risk(Cases cases) {
    for (const auto& [said, expected] : cases)
        EXPECT_EQ(answers(note_of(fmt::format(R"({{"risk_assessment":{}}})", said))), expected) << said;
}
void expect_of_payload(Cases cases) {
    for (const auto& [said, expected] : cases) EXPECT_EQ(answers(note_of(std::string{said})), expected) << said;
}
void expect_of_text(Cases cases) {
    for (const auto& [said, expected] : cases)
        EXPECT_EQ(answers(note_of(fmt::format(R"({{"subjective":"{}","plan":"continue"}})", said))), expected) << said;
}

TEST(DeepCuraRiskMembers, OfTheIdeationAreAnswers) {
    expect_of_risk({
        {R"({"passive_si":true,"active_si":false,"hi":false})", "true false positive_text"},
        {R"({"passiveSI":"Yes"})", "true unknown positive_text"},
        {R"({"active_suicidal_ideation":true,"homicidal_ideation":false})", "true false positive_text"},
        {R"({"si_present":true,"hi_present":false})", "true false positive_text"},
        {R"({"si_present":false,"hi_present":false})", "false false"},
        {R"({"passive_si":false,"active_si":false})", "false unknown"},
        {R"({"active_si":false})", "unknown unknown unreadable"},
        {R"({"denies_si":true})", "false unknown"},
        {R"({"denies_si":false})", "unknown unknown unreadable"},
        {R"({"suicidal_ideation":false,"suicidal_ideation_details":"endorses passive SI"})", "unknown unknown differs"},
        {R"({"suicidal_ideation":false,"suicidal_ideation_details":"Denies SI"})", "false unknown"},
        {R"({"suicidal_ideation":false,"suicidal_ideation_details":"N/A"})", "false unknown"},
        {R"({"suicidal_ideation":"No","wish_to_be_dead":true})", "unknown unknown differs"},
        {R"([{"question":"Suicidal plan","answer":"Yes"},{"question":"Suicidal ideation","answer":"No"}])",
         "unknown unknown differs"},
    });
}

TEST(DeepCuraRiskMembers, OfAPlanOrAnAttemptUnsettleANo) {
    expect_of_risk({
        {R"({"suicidal_ideation":false,"suicidal_plan":true,"suicidal_intent":true})", "unknown unknown differs"},
        {R"({"suicidal_ideation":false,"suicidal_plan":false,"suicidal_intent":"No"})", "false unknown"},
        {R"({"suicidal_ideation":false,"suicidal_plan":"Denies plan or intent"})", "false unknown"},
        {R"({"suicidal_ideation":{"present":false,"plan":true}})", "unknown unknown differs"},
        {R"({"suicidal_ideation":{"present":false,"plan":false}})", "false unknown"},
        {R"({"suicidal_ideation":"No","suicide_attempt":"Yes, 10/30 overdose"})", "unknown unknown unreadable"},
        {R"({"suicidal_ideation":"No","suicide_attempt":"No"})", "false unknown"},
        {R"({"suicidal_ideation":"No","plan":"None","intent":"None"})", "false unknown"},
        {R"({"suicidal_ideation":"No","intent":"Yes"})", "false unknown unreadable"},
        {R"({"homicidal_ideation":false,"homicidal_plan":true})", "unknown unknown differs"},
        {R"({"suicidal_ideation":false,"family_history_of_suicide":true})", "false unknown"},
        {R"({"suicidal_ideation":"No","risk_factors":["prior attempt"],"protective_factors":["family"]})",
         "false unknown"},
        {R"({"recent_self_harm":"Yes"})", "unknown unknown unreadable"},
    });
}

TEST(DeepCuraRiskMembers, OfLevelsAndScoresAreForAPerson) {
    expect_of_risk({
        {R"({"c_ssrs":{"wish_to_be_dead":"Yes","suicidal_thoughts":"Yes"},"suicidal_ideation":"No"})",
         "unknown unknown differs"},
        {R"({"c_ssrs":{"wish_to_be_dead":"No","suicidal_thoughts":"No"},"suicidal_ideation":"No"})", "false unknown"},
        {R"({"C-SSRS":{"q1":"Yes","q2":"No"}})", "unknown unknown unreadable"},
        {R"({"phq9_item9":2,"phq9_total":17})", "unknown unknown unreadable"},
        {R"({"phq9_item9":0,"phq9_total":17})", "unknown unknown"},
        {R"({"cssrs_score":4,"cssrs_risk":"High"})", "unknown unknown unreadable"},
        {R"({"cssrs_score":0,"cssrs_risk":"Low"})", "unknown unknown"},
        {R"({"risk_level":"High","rationale":"recent attempt, owns firearm"})", "unknown unknown unreadable"},
        {R"({"risk_level":"Low"})", "unknown unknown"},
        {R"({"acute_risk":"moderate"})", "unknown unknown unreadable"},
        {R"({"suicide_risk":"High","homicide_risk":"Low"})", "unknown unknown unreadable"},
        {R"("High")", "unknown unknown unreadable"},
        {R"("Pt made threats to shoot ex-wife. Denies SI.")", "false unknown unreadable"},
    });
}

TEST(DeepCuraRiskMembers, OutsideOfTheRiskAssessmentAreReadAndKept) {
    expect_of_payload({
        {R"({"suicide_risk":{"level":"moderate","ideation":"passive"}})", "true unknown unreadable positive_text"},
        {R"({"risk_level":"high","suicidal_ideation":"No"})", "false unknown unreadable"},
        {R"({"risk_level":"low","suicidal_ideation":"No"})", "false unknown"},
        {R"({"scales":{"PHQ-9":{"total":22,"item_9":3}}})", "unknown unknown unreadable"},
        {R"({"scales":{"PHQ-9":{"total":22,"item_9":0},"C-SSRS":"Negative"}})", "unknown unknown"},
        {R"({"scales":{"C-SSRS":"Positive: ideation with plan"}})", "unknown unknown unreadable"},
        {R"({"assessments":[{"name":"C-SSRS","score":4}]})", "unknown unknown unreadable"},
        {R"({"PHQ9":[3,3,2,2,1,1,1,0,2]})", "unknown unknown unreadable"},
        {R"({"passive_si":true})", "true unknown positive_text"},
        {R"({"mse":{"suicidal_ideation":"Present"}})", "true unknown positive_text"},
        {R"({"suicidal_plan":true,"suicidal_ideation":"No"})", "unknown unknown differs"},
        {R"({"previous_visit":{"suicidal_ideation":"yes"}})", "unknown unknown"},
        {R"({"fall_risk":"high"})", "unknown unknown"},
    });
    const auto kept = note_of(R"({"risk_level":"high"})");
    EXPECT_EQ(kept.risk_assessment.find("risk_level")->string(), "high");
}

TEST(DeepCuraRiskText, OfANoteStatesAPresence) {
    constexpr std::string_view si = "true unknown positive_text";
    for (const std::string_view said :
         {"She reports suicidal ideation with intent since yesterday.", "MDD with active suicidal ideation with plan.",
          "- Passive SI without plan", "Thought content notable for SI without plan.", "SI present, no HI.",
          "Thought Content: Positive for suicidal ideation, negative for HI.", "+SI with plan, -HI", "SI (+), HI (-)",
          "Suicidal ideation: Yes, passive. Homicidal ideation: No.", "SI: +, HI: -", "SI, no plan or intent.",
          "Has ongoing passive suicidal ideation.", "Patient is having thoughts of suicide daily.",
          "He remains suicidal.", "Patient is acutely suicidal and requires admission.",
          "Continues to have passive SI.", "Intermittent SI."})
        EXPECT_EQ(answers(note_of(fmt::format(R"({{"subjective":"{}"}})", said))), si) << said;
    expect_of_text({
        {"Active SI with plan; acute suicide risk high.", "true unknown unreadable positive_text"},
        {"MDD severe with active SI; high acute risk.", "true unknown unreadable positive_text"},
        {"Endorses HI toward his brother.", "unknown true positive_text"},
        {"He endorses homicidal ideation toward his brother with intent.", "unknown true positive_text"},
        {"Homicidal thoughts toward ex-wife with plan.", "unknown true positive_text"},
        {"Positive for SI and HI.", "true true positive_text"},
    });
    expect_of_payload({
        {R"({"risk_assessment":{"suicidal_ideation":false},"objective":"Active SI with plan"})",
         "unknown unknown differs"},
        {R"({"suicidal_ideation":false,"subjective":"She wishes she were dead"})", "unknown unknown unreadable"},
        {R"({"suicidal_ideation":false,"subjective":"PHQ-9 item 9: 2"})", "false unknown unreadable"},
    });
}

TEST(DeepCuraRiskText, OfANoteIsFlaggedWhereItSpeaksOfTheRiskInOtherWords) {
    for (const std::string_view said :
         {R"(\"I want to kill myself,\" he said.)",
          "Feels life is not worth living and wishes she were dead.",
          "Took 30 tablets of Tylenol on Sunday in a suicide attempt.",
          "Cut her forearm with a razor last night to cope.",
          "PHQ-9: 21, item 9 = 3 (nearly every day)",
          "C-SSRS positive for items 1-3.",
          "Suicide risk is moderate.",
          "Would be better off dead.",
          "Patient states she wants to die.",
          "Tried to hang himself yesterday.",
          "Swallowed a bottle of pills last night.",
          "Wishes he had never been born.",
          "Hopes not to wake up.",
          "She disclosed that she had been thinking about driving off the bridge last week.",
          "No change in suicidal ideation since last visit.",
          "Wants to kill his boss.",
          "Threatened to stab her roommate.",
          "Made threats against coworkers.",
          "Endorsed SI last night.",
          "Depressed, anxious, with suicidal ideation.",
          "SI has not resolved.",
          "SI: when drinking",
          "SI/HI: +/-"})
        EXPECT_EQ(answers(note_of(fmt::format(R"({{"subjective":"{}"}})", said))), "unknown unknown unreadable")
            << said;
}

TEST(DeepCuraRiskText, OfANoteThatDeniesOrAdvisesIsNone) {
    for (const std::string_view said : {"Patient reports suicidal ideation has resolved.",
                                        "Endorses SI, but it has now resolved.",
                                        "No longer endorses SI. Return if she endorses SI.",
                                        "Denies SI, HI, AVH.",
                                        "Patient denies wanting to die.",
                                        "SI: none. HI: none.",
                                        "Suicidal ideation: No. Homicidal ideation: No.",
                                        "No thoughts of harming others.",
                                        "Denies thoughts of hurting self or others.",
                                        "PHQ-9: 4, item 9 = 0",
                                        "C-SSRS: 0",
                                        "C-SSRS items 1-5 negative.",
                                        "Low acute risk of suicide.",
                                        "Her mother attempted suicide in 2010.",
                                        "Took 2 tablets of ibuprofen for headache.",
                                        "Cut her finger while cooking.",
                                        "No suicide attempts or self-harm.",
                                        "Not at imminent risk of harm to self or others.",
                                        "Psych: + anxiety, - SI",
                                        "Denies passive or active SI.",
                                        "Call 988 for suicidal thoughts.",
                                        "High risk medication monitoring."})
        EXPECT_EQ(answers(note_of(fmt::format(R"({{"subjective":"{}"}})", said))), "unknown unknown") << said;
}

TEST(DeepCuraRiskText, OfAPastAttemptIsForAPersonToRead) {
    for (const std::string_view said :
         {"History of suicide attempt in 2015.", "One prior suicide attempt at age 16.", "Attempted overdose in 2019.",
          "Suicide attempt by overdose in 2019.", "Tried to kill himself in 2019.", "History of two suicide attempts.",
          "S/p suicide attempt 2015.", "Hx of SA: attempted to hang himself at age 19.", "Past overdose attempts x2.",
          "Denies SI/HI, history of suicide attempt in 2015.", "Overdosed on Tylenol years ago.",
          "2 prior SAs (OD 2015, hanging 2018).", "Past psychiatric history: SA x1 2015 by OD."}) {
        const auto note = note_of(fmt::format(R"({{"subjective":"{}"}})", said));
        EXPECT_EQ(answers(note), "unknown unknown unreadable") << said;
        const auto denied = note_of(fmt::format(R"({{"subjective":"{}","suicidal_ideation":false}})", said));
        EXPECT_EQ(answers(denied), "false unknown unreadable") << said;
    }
    for (const std::string_view said :
         {"No history of suicide attempts.", "Denies history of suicide attempts.",
          "History of suicide attempts: none.", "Suicide attempts: 0", "Past suicide attempts: denied",
          "No prior suicide attempts.", "Never attempted suicide.", "Her mother attempted suicide in 2010.",
          "No SI, HI, or suicide attempts.", "Denies SI, HI, prior suicide attempts.", "Accidental overdose in 2019.",
          "History of SI in 2015."})
        EXPECT_EQ(answers(note_of(fmt::format(R"({{"subjective":"{}"}})", said))), "unknown unknown") << said;
}

TEST(DeepCuraRiskText, OfMarksBehindTheTopicsIsAnAnswer) {
    for (const std::string_view said :
         {"SI: + , HI: -", "SI + / HI -", "SI (+), HI (-)", "+SI / -HI", "SI: pos, HI: neg", "SI+, HI-", "SI+ HI-",
          "SI: +; HI: -", "SI: Y, HI: N", "SI: + / HI: \xE2\x80\x93", "Suicidal ideation: + , Homicidal ideation: -",
          "SI + , HI - , AVH -"}) {
        for (const auto* form : {R"({{"risk_assessment":"{}"}})", R"({{"risk_assessment":{{"summary":"{}"}}}})",
                                 R"({{"suicidal_ideation":"{0}","homicidal_ideation":"{0}"}})"}) {
            const auto note = note_of(fmt::format(fmt::runtime(form), said));
            EXPECT_EQ(answer_of(note, "suicidal_ideation"), "true") << said << form;
            EXPECT_EQ(answer_of(note, "homicidal_ideation"), "false") << said << form;
            EXPECT_FALSE(has(note, "risk_unreadable")) << said << form;
            EXPECT_FALSE(has(note, "risk_differs")) << said << form;
        }
    }
    // An empty form.
    const auto empty = note_of(R"({"risk_assessment":"SI: -, HI: -"})");
    EXPECT_EQ(answer_of(empty, "suicidal_ideation"), "unknown");
    const auto both = note_of(R"({"risk_assessment":"SI-, HI-"})");
    EXPECT_EQ(answer_of(both, "suicidal_ideation"), "false");
    EXPECT_EQ(answer_of(both, "homicidal_ideation"), "false");
}

TEST(DeepCuraRisk, PlainDenialsNeedNoFlag) {
    expect_of_risk({
        {R"({"suicidal_ideation":"F","homicidal_ideation":"f"})", "false false"},
        {R"({"suicidal_ideation":"none voiced"})", "false unknown"},
        {R"({"suicidal_ideation":"Negado"})", "false unknown"},
        {R"({"suicidal_ideation":"Denied x2"})", "false unknown"},
        {R"({"homicidal_ideation":"Denies HI, no weapons in home"})", "unknown false"},
        {R"({"homicidal_ideation":"Denies HI, gun in home"})", "unknown unknown unreadable"},
        {R"({"suicidal_ideation":"Yes, resolved"})", "unknown unknown unreadable"},
        {R"({"suicidal_ideation":"SI, no plan"})", "true unknown positive_text"},
        {R"("SI: denied. HI: none.")", "false unknown"},
    });
    EXPECT_EQ(answers(note_of(R"({"selfHarm":"none"})")), "unknown unknown");
}

TEST(DeepCuraRiskText, ADiagnosisAloneStatesTheRisk) {
    expect_of_payload({
        {R"({"assessment":"MDD, recurrent\nSuicidal ideation","plan":"p"})", "true unknown positive_text"},
        {R"x({"assessment":"1. MDD\n2. Suicidal ideation (R45.851)","plan":"p"})x", "true unknown positive_text"},
        {R"({"assessment":"R45.851","plan":"p"})", "true unknown positive_text"},
        {R"({"assessment":"Homicidal ideation","plan":"p"})", "unknown true positive_text"},
        {R"({"icd10_codes":["F33.2","R45.851"]})", "true unknown positive_text"},
        {R"({"diagnoses":["MDD","Suicidal ideation"]})", "true unknown positive_text"},
        {R"({"diagnoses":["MDD","Suicidal ideation"],"suicidal_ideation":false})", "unknown unknown differs"},
        {R"({"assessment":"MDD, suicidal ideation","plan":"p"})", "unknown unknown unreadable"},
        {R"({"icd10_codes":[{"code":"R45.851","status":"suspected"}]})", "unknown unknown unreadable"},
        {R"({"diagnoses":[{"code":"R45.851","status":"Active"}]})", "true unknown positive_text"},
        {R"({"diagnoses":"Rule out suicidal ideation; MDD"})", "unknown unknown unreadable"},
        {R"({"assessment":"Suicidal ideation R45.851 - improved, denies today"})", "unknown unknown unreadable"},
        {R"({"icd10_codes":["T14.91XA"]})", "unknown unknown unreadable"},
        {R"({"icd10_codes":["H/o R45.851"]})", "unknown unknown"},
        {R"({"icd10_codes":[{"code":"R45.851","status":"resolved"}]})", "unknown unknown"},
        {R"({"assessment":"History of suicidal ideation","plan":"p"})", "unknown unknown"},
        {R"({"assessment":"MDD, denies suicidal ideation","plan":"p"})", "unknown unknown"},
        {R"({"assessment":"Suicidal ideation\nDenies","plan":"p"})", "unknown unknown"},
        {R"({"assessment":"Suicidal ideation: denies","plan":"p"})", "unknown unknown"},
        {R"({"assessment":"Monitor for depression, suicidal ideation","plan":"p"})", "unknown unknown"},
    });
}

TEST(DeepCuraRiskText, ASentenceThatIsTooLongIsNotPassedOver) {
    std::string long_words;
    for (int word = 0; word < 60; ++word) long_words += "she spoke of her job, ";
    expect_of_text({
        {"Today " + long_words + "and she endorses active suicidal ideation with a plan", "true unknown positive_text"},
        {"She reports active suicidal ideation, " + long_words + "and her sleep is poor", "true unknown positive_text"},
        {"Denies nausea, " + long_words + "active suicidal ideation", "unknown unknown unreadable"},
        {"Today " + long_words + "and she wishes she were dead", "unknown unknown unreadable"},
        {"Denies nausea, " + long_words + "and her sleep is poor", "unknown unknown"},
    });
}

TEST(DeepCuraRiskText, ThoughtsOfAnOverdoseAreForAPerson) {
    expect_of_text({
        {"States she has been thinking of taking all her pills.", "unknown unknown unreadable"},
        {"Has thoughts of overdosing.", "unknown unknown unreadable"},
        {"Denies thoughts of overdosing.", "unknown unknown"},
        {"Thinking about taking a new medication.", "unknown unknown"},
        {"He says he'd kill his landlord if he could.", "unknown unknown unreadable"},
        {"If she wants to die, she will call.", "unknown unknown"},
    });
    expect_of_payload({
        {R"({"note":"Subjective: thinking of taking all her pills.\nPlan: x","suicidal_ideation":"Denied"})",
         "unknown unknown unreadable"},
        {R"({"suicidal_ideation":{"status":"denied","details":"reports fleeting thoughts of not wanting to be here"}})",
         "unknown unknown unreadable"},
        {R"({"risk_assessment":{"cssrs":{"q1_wish_dead":"Yes"},"summary":"Denies SI."}})",
         "true unknown positive_text"},
    });
}

}  // namespace
}  // namespace dcs::deepcura
