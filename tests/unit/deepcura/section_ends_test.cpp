// Where a section of a note ends: what is of no part above it does not stay in it unseen.
#include "read_notes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dcs::deepcura {
namespace {

using Flags = std::vector<std::string>;
const Flags mixed{"note_sections_mixed"};

struct Ends {
    std::string given;
    std::string parts;  // "subjective/objective/assessment/plan/rest"
    Flags flags{};
};

void expect_all(const std::vector<Ends>& cases) {
    for (const auto& each : cases) {
        auto note = note_of(R"({"note":)" + json_quoted(each.given) + "}");
        EXPECT_EQ(
            note.subjective + "/" + note.objective + "/" + note.assessment + "/" + note.plan + "/" + note.note_text,
            each.parts)
            << each.given;
        std::erase(note.flags, "no_session_date");
        std::ranges::sort(note.flags);
        EXPECT_EQ(note.flags, each.flags) << each.given;
    }
}

TEST(DeepCuraSectionEnds, WhatIsOrderedOrTakenIsNoAssessment) {
    expect_all({
        {"Impression: Bipolar II\nMedications: lamotrigine", "//Bipolar II//Medications: lamotrigine"},
        {"Impression: Bipolar II\n\xF0\x9F\x92\x8A Medications: lamotrigine", "//Bipolar II//Medications: lamotrigine"},
        {"1. Impression: Bipolar II\n2. Medications: lamotrigine", "//Bipolar II//Medications: lamotrigine"},
        {"Impression - Bipolar II\nMedications - lamotrigine", "//Bipolar II//Medications: lamotrigine"},
        {"[Impression] Bipolar II\n[Medications] lamotrigine", "//Bipolar II//Medications: lamotrigine", mixed},
        {"Impression: Bipolar II\nMedications\nlamotrigine", "//Bipolar II\nMedications\nlamotrigine//", mixed},
        {"Assessment:\nMDD\nMedications: lamotrigine", "//MDD\nMedications: lamotrigine//", mixed},
        {"Assessment: MDD. Medications: Zoloft.", "//MDD. Medications: Zoloft.//", mixed},
    });
    for (const std::string title :
         {"Orders", "Referrals", "Prescriptions", "Refills", "Homework", "Education", "Safety plan", "Goals", "Labs",
          "Allergies", "Psychotherapy", "Screening tools", "PDMP", "Telehealth", "Time", "Return", "Imaging"})
        expect_all({{"Assessment: MDD\n" + title + ": x", "//MDD//" + title + ": x"}});
    expect_all(
        {{"Assessment: MDD\nBurnout: same\nPlan: x", "//MDD\nBurnout: same/x/", mixed},
         {"Assessment: MDD\nMedications: x\nInsomnia: worse", "//MDD//Medications:\nx\nInsomnia: worse", mixed}});
}

TEST(DeepCuraSectionEnds, TopicsStayWhereTheyBelong) {
    expect_all({
        {"Assessment: MDD\nGAD: stable\nPHQ-9: 14\nPrognosis: good\nF41.1: GAD\nPlan: x",
         "//MDD\nGAD: stable\nPHQ-9: 14\nPrognosis: good\nF41.1: GAD/x/"},
        {"Objective: calm\nMood: low\nSuicidal ideation: denied\nPlan: x",
         "/calm\nMood: low\nSuicidal ideation: denied//x/"},
        {"Subjective: Patient reports: low mood\nMother: fine\nPlan: x",
         "Patient reports: low mood\nMother: fine///x/"},
        {"Plan: CBT\nMeds: Zoloft\nLabs: TSH\nOrders: CBC", "///CBT\nMeds: Zoloft\nLabs: TSH\nOrders: CBC/"},
        {"Objective: calm\nOrders: CBC\nPlan: x", "/calm\nOrders: CBC//x/", mixed},
        {"Objective: calm\nFoo bar: y\nPlan: x", "/calm\nFoo bar: y//x/", mixed},
        {"Plan: CBT\nAllergies: PCN", "///CBT/Allergies: PCN"},
        {"Plan: CBT\nNurse note 10/06: called", "///CBT\nNurse note 10/06: called/", mixed},
    });
}

TEST(DeepCuraSectionEnds, ALevelOfThePartsClosesThePart) {
    for (const std::string part : {"Assessment", "Plan"})
        for (const std::string title : {"Allergies", "Labs", "Sleep", "Imaging", "Medications"}) {
            const auto above = part == "Plan" ? "///CBT/" : "//CBT//";
            expect_all({{"## " + part + "\nCBT\n## " + title + "\nx", above + title + ": x"}});
        }
    expect_all({{"## Plan\n### Labs\nTSH\n### Sleep\nhygiene", "///### Labs\nTSH\n### Sleep\nhygiene/"},
                {"## Assessment\n## MDD\nworse\n## Sleep\npoor", "//## MDD\nworse\n## Sleep\npoor//"}});
}

TEST(DeepCuraSectionEnds, BulletsMayBeTheHeadings) {
    for (const std::string title :
         {"Safety", "Risk", "Risk assessment", "Billing", "CPT codes", "Addendum", "Signature", "Collateral"})
        expect_all({{"\xE2\x80\xA2 HPI: ok\n\xE2\x80\xA2 Impression: MDD\n\xE2\x80\xA2 Plan: lithium\n\xE2\x80\xA2 " +
                         title + ": x",
                     "ok//MDD/lithium/" + title + ": x"}});
    expect_all({{"- Plan: lithium\n  - Risk: monitor", "///lithium\n  - Risk: monitor/"},
                {"- Impression: MDD\n- Recs: lithium\n- Time: 30", "//MDD/lithium/Time: 30"},
                {"Plan:\n- Risk: monitor", "///- Risk: monitor/"}});
}

TEST(DeepCuraSectionEnds, ShortNames) {
    expect_all({
        {"HPI: ok\nExam: x\nImp: GAD\nRecs: CBT\nRx: Zoloft", "ok/x/GAD/Recs: CBT\nRx: Zoloft/"},
        {"Interim history: ok\nObservation: x\nImpr: GAD\nRec: CBT", "ok/x/GAD/CBT/"},
        {"Subj: ok\nObj: x\nAssmt: GAD\nTx: CBT", "ok/x/GAD/Tx: CBT/"},
        {"Exam: x\nAx: GAD\nManagement plan: CBT", "/x/GAD/CBT/"},
        {"Exam: x\nConclusions: GAD\nPlan of treatment: CBT", "/x/GAD/CBT/"},
        {"Exam: x\nPrelim dx: GAD\nMedication changes: stop it", "/x/Prelim dx: GAD/Medication changes: stop it/"},
        {"Exam: x\nDSM-5 diagnosis: GAD\nDispo: home", "/x/DSM-5 diagnosis: GAD/Dispo: home/"},
        {"Exam: x\nSuicide risk: low\nPlan: CBT", "/x//CBT/Suicide risk: low"},
        {"Exam: x\nRisk formulation: low\nPlan: CBT", "/x//CBT/Risk formulation: low"},
        {"HPI: ok\nRx: Zoloft\nExam: x", "ok/x//Rx: Zoloft/", mixed},
    });
}

TEST(DeepCuraSectionEnds, ADateOrAnAuthorBehindATitle) {
    for (const std::string title :
         {"ADDENDUM 10/06/2026", "Addendum (10/06/2026 14:05, Dr. Lee)", "Addendum 10/06/2026 at 2:05 PM by Dr. Lee",
          "Late entry 10/06", "10/06/2026 Addendum", "Addendum #2", "Risk assessment Oct 5, 2026", "Addendum 14:05"})
        expect_all({{"Subjective: ok\nPlan: x\n" + title + ": rash", "ok///x/" + title + ": rash"}});
    expect_all({{"Vitals 10:30: BP 120/80\nPlan by Dr. Lee 10/05: CBT",
                 "/Vitals 10:30: BP 120/80//Plan by Dr. Lee 10/05: CBT/"},
                {"Plan: x\nElectronically signed by Jane Doe, MD on 10/05/2026 14:22",
                 "///x/Electronically signed by Jane Doe, MD on 10/05/2026 14:22"}});
}

TEST(DeepCuraSectionEnds, LettersWithoutAMark) {
    expect_all({
        {"S\nok\nO\ncalm\nA\nGAD\nP\nCBT", "ok/calm/GAD/CBT/"},
        {"(S) ok\n(O) calm\n(A) GAD\n(P) CBT", "ok/calm/GAD/CBT/"},
        {"S. ok\nO. calm\nA. GAD\nP. CBT", "ok/calm/GAD/CBT/"},
        {"SUBJECTIVE ok\nOBJECTIVE calm\nASSESSMENT GAD\nPLAN CBT", "ok/calm/GAD/CBT/"},
        {"A. Smith came\nwith P. Jones", "////A. Smith came\nwith P. Jones", {"note_without_headings"}},
        {"A&P\nGAD - CBT\nS\nok", "//GAD - CBT\nS\nok//", {"assessment_and_plan_together", "note_sections_mixed"}},
        {"A/P: GAD - CBT\nLabs reviewed: TSH 2.1",
         "//GAD - CBT//Labs reviewed: TSH 2.1",
         {"assessment_and_plan_together"}},
        {"A/P: GAD - CBT\nPsychotherapy add-on: 16 min",
         "//GAD - CBT//Psychotherapy add-on: 16 min",
         {"assessment_and_plan_together"}},
    });
}

}  // namespace
}  // namespace dcs::deepcura
