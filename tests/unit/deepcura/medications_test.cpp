// Which medications a note lists, each once, under its name as it is written.
#include "deepcura/parse.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcs::deepcura {
namespace {

Note note_of(const std::string& json) { return read_note(Document::parse(json).value().value); }
bool has(const Note& note, std::string_view word) { return std::ranges::find(note.flags, word) != note.flags.end(); }

/// "Sertraline 50 mg|Prazosin=1 mg(new)": name, dosage, and what its group says.
std::string shortly(const Note& note) {
    std::string all;
    if (!note.medication_mentions) return "absent";
    for (const auto& each : note.medication_mentions->items()) {
        all += all.empty() ? "" : "|";
        if (const auto* name = each.find("name")) all += name->string().value_or("?");
        if (const auto* dose = each.find("dosage")) all += "=" + std::string{dose->string().value_or("?")};
        for (const auto* key : {"action", "status"})
            if (const auto* said = each.find(key)) all += "(" + std::string{said->string().value_or("?")} + ")";
    }
    return all;
}
std::string in_text(std::string_view text) { return shortly(note_of(R"({"medications":)" + json_quoted(text) + "}")); }
std::string in_list(const std::string& json) { return shortly(note_of(R"({"medications":)" + json + "}")); }

struct Case {
    std::string_view said;
    std::string_view expected;
};

TEST(DeepCuraMedications, SeveralInALine) {
    for (const auto& [said, expected] : std::initializer_list<Case>{
             {"Sertraline, Trazodone, Lorazepam", "Sertraline|Trazodone|Lorazepam"},
             {"Sertraline, Trazodone and Lorazepam", "Sertraline|Trazodone|Lorazepam"},
             {"Sertraline, Trazodone, and Lorazepam", "Sertraline|Trazodone|Lorazepam"},
             {"Sertraline and Trazodone", "Sertraline|Trazodone"},
             {"Sertraline 50 mg, fish oil, melatonin", "Sertraline 50 mg|fish oil|melatonin"},
             {"Albuterol 2 puffs PRN, Lantus 20 units qHS, Nicotine 21 mg/24h patch daily",
              "Albuterol 2 puffs PRN|Lantus 20 units qHS|Nicotine 21 mg/24h patch daily"},
             {"Potassium chloride 20 mEq daily, Hydrocortisone 1% cream BID, Lactulose 15 mL TID",
              "Potassium chloride 20 mEq daily|Hydrocortisone 1% cream BID|Lactulose 15 mL TID"},
             {"Levothyroxine 75 µg daily, Risperidone 0,5 mg qHS, Clonazepam .5 mg",
              "Levothyroxine 75 µg daily|Risperidone 0,5 mg qHS|Clonazepam .5 mg"},
             {"Insulin glargine 20 units qHS, metformin 500 mg BID, vitamin D3 2,000 IU",
              "Insulin glargine 20 units qHS|metformin 500 mg BID|vitamin D3 2,000 IU"},
             {"Sertraline 50 mg + Abilify 2 mg, Vitamin B12, fish oil",
              "Sertraline 50 mg|Abilify 2 mg|Vitamin B12|fish oil"},
             {"Continue sertraline 50 mg daily. Start prazosin 1 mg at bedtime.",
              "sertraline 50 mg daily(Continue)|prazosin 1 mg at bedtime.(Start)"},
             {"5-HTP 100 mg, Lithium 300 BID, Zoloft 50", "5-HTP 100 mg|Lithium 300 BID|Zoloft 50"},
             {"50 mg sertraline, 100 mg trazodone", "50 mg sertraline|100 mg trazodone"},
             {"Trazodone 50 mg for sleep, Hydroxyzine PRN for anxiety",
              "Trazodone 50 mg for sleep|Hydroxyzine PRN for anxiety"},
             {"Zoloft (sertraline, generic) 50 mg, Wellbutrin XL 150 mg",
              "Zoloft (sertraline, generic) 50 mg|Wellbutrin XL 150 mg"},
             {"• Sertraline 50 mg • Trazodone 50 mg", "Sertraline 50 mg|Trazodone 50 mg"},
             {"None other than lithium", "lithium"},
             {"Patient is currently taking Sertraline 50 mg and Trazodone 100 mg", "Sertraline 50 mg|Trazodone 100 mg"},
             {"Sertraline 50 mg (increase), Trazodone (stop)", "Sertraline 50 mg (increase)|Trazodone (stop)"},
             {"Ginkgo & St. John's Wort", "Ginkgo|St. John's Wort"},
             {"multivitamin daily, omega-3 1,200 mg", "multivitamin daily|omega-3 1,200 mg"},
         })
        EXPECT_EQ(in_text(said), expected) << said;
}

TEST(DeepCuraMedications, OneWithWhatIsSaidOfIt) {
    for (const std::string_view one :
         {"Lisinopril 10 mg, taken daily, with food", "Sertraline, 50 mg, daily",
          "Sertraline 50 mg, increase to 100 mg in 2 weeks", "Sertraline 50 mg for depression, anxiety and insomnia",
          "Sertraline 50 mg in the morning and 25 mg at night", "Buprenorphine and naloxone 8 mg daily",
          "Calcium and vitamin D 600 mg", "Vitamins A, C, D", "Metformin 1,000 mg BID", "Risperidone 0,5 mg",
          "Lithium 300 mg BID, tolerating well, no side effects", "Trazodone 50 mg, prescribed by PCP",
          "Sertraline 50 mg daily, mood improved, sleep better", "Adderall XR 20 mg (morning, with food)"})
        EXPECT_EQ(in_text(one), one) << one;
    EXPECT_EQ(in_text("Sertraline 50 mg\n  take 1 tablet by mouth daily\nPrazosin 1 mg"),
              "Sertraline 50 mg, take 1 tablet by mouth daily|Prazosin 1 mg");
}

TEST(DeepCuraMedications, ALabelOrAGroupSaysItOfItsMedications) {
    for (const auto& [said, expected] : std::initializer_list<Case>{
             {"Current:\nSertraline 100 mg\nNew:\nPrazosin 1 mg\nDiscontinued:\nTrazodone 50 mg",
              "Sertraline 100 mg(Current)|Prazosin 1 mg(New)|Trazodone 50 mg(Discontinued)"},
             {"## Current Medications\n- Sertraline 100 mg\n- Lithium\n\n**Discontinued:**\n- Trazodone",
              "Sertraline 100 mg(Current)|Lithium(Current)|Trazodone(Discontinued)"},
             {"Current: Sertraline 100 mg, Lithium; New: Prazosin 1 mg; Stopped: Trazodone",
              "Sertraline 100 mg(Current)|Lithium(Current)|Prazosin 1 mg(New)|Trazodone(Stopped)"},
             {"Current: Sertraline 100 mg. Discontinued: Trazodone 50 mg.",
              "Sertraline 100 mg(Current)|Trazodone 50 mg.(Discontinued)"},
             {"Current: Sertraline 100 mg New: Prazosin 1 mg", "Sertraline 100 mg(Current)|Prazosin 1 mg(New)"},
             {"Medications: Sertraline 50 mg\nAllergies: NKDA", "Sertraline 50 mg"},
             {"Past psychiatric medications: Prozac, Paxil", "Prozac(Past psychiatric)|Paxil(Past psychiatric)"},
             {"Changes today:\n- Stop trazodone\nContinue:\n- Prazosin 1 mg",
              "trazodone(Stop)|Prazosin 1 mg(Continue)"},
             {"STOP: Trazodone; START: Mirtazapine 7.5 mg", "Trazodone(STOP)|Mirtazapine 7.5 mg(START)"},
             {"New: none\nDiscontinued: Trazodone", "Trazodone(Discontinued)"},
         })
        EXPECT_EQ(in_text(said), expected) << said;
    for (
        const auto& [said, expected] : std::initializer_list<Case>{
            {R"({"current":["Sertraline 100 mg"],"discontinued":["Bupropion XL 150 mg"],"new":["Mirtazapine 15 mg qHS"]})",
             "Sertraline 100 mg(current)|Bupropion XL 150 mg(discontinued)|Mirtazapine 15 mg qHS(new)"},
            {R"({"started":[{"name":"Prazosin","dose":"1 mg"}],"stopped":[{"name":"Trazodone","dose":"50 mg"}]})",
             "Prazosin=1 mg(started)|Trazodone=50 mg(stopped)"},
            {R"({"current":"Sertraline, Lithium","stopped":null,"new":[],"held":"none"})",
             "Sertraline(current)|Lithium(current)"},
            {R"([{"status":"discontinued","medications":["Trazodone"]},{"status":"current","medications":["Lithium"]}])",
             "Trazodone(discontinued)|Lithium(current)"},
            {R"(["Current:","Sertraline","Discontinued:","Trazodone"])", "Sertraline(Current)|Trazodone(Discontinued)"},
            {R"({"current":{"Sertraline":"50 mg"},"new_medications":[{"drug":"Prazosin","action":"start"}]})",
             "Sertraline(current)|Prazosin(start)(new)"},
        })
        EXPECT_EQ(in_list(std::string{said}), expected) << said;
}

TEST(DeepCuraMedications, ATableIsReadByItsColumns) {
    constexpr std::string_view expected = "Sertraline=50 mg|Prazosin=1 mg";
    for (const std::string_view table :
         {"| Medication | Dose | Frequency |\n|---|---|---|\n| Sertraline | 50 mg | daily |\n| Prazosin | 1 mg | qHS |",
          "Medication\tDose\nSertraline\t50 mg\nPrazosin\t1 mg",
          "Medication,Dose,Frequency\nSertraline,50 mg,daily\nPrazosin,1 mg,qHS",
          "Drug | Strength\n--- | ---\nSertraline | 50 mg\n**Prazosin** | 1 mg",
          "| Sertraline | 50 mg |\n| Prazosin | 1 mg |"})
        EXPECT_EQ(in_text(table), expected) << table;
    EXPECT_EQ(in_text("Discontinued:\n| Medication | Dose |\n|---|---|\n| Sertraline | 50 mg |"),
              "Sertraline=50 mg(Discontinued)");
}

TEST(DeepCuraMedications, WhatNamesNoneIsLeftOutWithAFlag) {
    for (const std::string_view said :
         {"Continue current medications", "Medications reviewed; no changes made", "See HPI",
          "Allergies: penicillin (rash)", "Continue medications as prescribed", "Same as last visit",
          "Medication list reviewed and reconciled", "Refer to chart", "Allergic to sulfa", "Side effects: none",
          "No new meds. Continue current regimen.", "Med compliance good", "No changes; see plan"}) {
        const auto note = note_of(R"({"medications":)" + json_quoted(said) + "}");
        EXPECT_EQ(shortly(note), "absent") << said;
        EXPECT_TRUE(has(note, "medications_left_out")) << said;
    }
    const auto list =
        note_of(R"({"medications":["See HPI","Unknown","None at this time","No psychotropic medications"]})");
    EXPECT_EQ(shortly(list), "");
    EXPECT_TRUE(has(list, "medications_left_out"));
    const auto nameless = note_of(R"({"medications":[{"name":null,"dose":null},{"name":"","dosage":"10 mg"}]})");
    EXPECT_EQ(shortly(nameless).find("10"), std::string::npos);
    EXPECT_TRUE(has(nameless, "medications_left_out"));
    EXPECT_FALSE(has(note_of(R"({"medications":[{"name":null,"dose":null}]})"), "medications_left_out"));
    const auto beside = note_of(R"({"medications":"Sertraline 50 mg\nAllergies: penicillin"})");
    EXPECT_EQ(shortly(beside), "Sertraline 50 mg");
    EXPECT_TRUE(has(beside, "medications_left_out"));
    for (const std::string_view none : {"None", "NKDA", "no medications", "Not taking medications",
                                        "NKDA. No current medications.", "Allergies: NKDA", "Current: none"}) {
        const auto note = note_of(R"({"medications":)" + json_quoted(none) + "}");
        EXPECT_EQ(shortly(note), "") << none;
        EXPECT_FALSE(has(note, "medications_left_out")) << none;
    }
}

TEST(DeepCuraMedications, ListsUnderSeveralNamesAreOne) {
    for (const auto& [json, expected] : std::initializer_list<Case>{
             {R"({"medications":null,"current_medications":["Sertraline 100 mg"],"new_medications":["Prazosin 1 mg"],
                  "discontinued_medications":["Trazodone 50 mg"]})",
              "Sertraline 100 mg(current)|Prazosin 1 mg(new)|Trazodone 50 mg(discontinued)"},
             {R"({"new_medications":["Prazosin 1 mg"]})", "Prazosin 1 mg(new)"},
             {R"({"new_medications":"none","medication_changes":"No changes"})", "absent"},
             {R"({"meds_started":["Prazosin"],"medication_changes":{"stopped":["Trazodone"]}})",
              "Trazodone(stopped)|Prazosin(started)"},
             {R"({"meds":["Sertraline 50 mg"],"prescriptions":[{"drug":"Prazosin","dose":"1 mg"}]})",
              "Sertraline 50 mg|Prazosin=1 mg"},
             {R"({"meds":["Sertraline 50 mg"],"prescriptions":[{"drug":"sertraline","dose":"50 mg"}]})",
              "sertraline=50 mg"},
             {R"({"medications":["Lithium","Trazodone"],"discontinued_medications":["Trazodone"]})",
              "Lithium|Trazodone(discontinued)"},
             {R"({"medications":["Sertraline 50 mg","Sertraline 50 mg"],"meds":["Sertraline 100 mg"]})",
              "Sertraline 50 mg|Sertraline 100 mg"},
             {R"({"medications":["Sertraline 50 mg"],"data":{"medications":["Sertraline 50 mg"]}})",
              "Sertraline 50 mg"},
         })
        EXPECT_EQ(shortly(note_of(std::string{json})), expected) << json;
}

TEST(DeepCuraMedications, AVerbAheadOfANameIsNoPartOfIt) {
    for (const auto& [said, expected] : std::initializer_list<Case>{
             {"Patient declined escitalopram", "escitalopram(declined)"},
             {"Patient declined escitalopram and bupropion", "escitalopram(declined)|bupropion(declined)"},
             {"Refuses lithium", "lithium(Refuses)"},
             {"Patient stopped sertraline 2 weeks ago", "sertraline 2 weeks ago(stopped)"},
             {"She was started on sertraline 50 mg daily", "sertraline 50 mg daily(started)"},
             {"wants to try ketamine", "ketamine(wants to try)"},
             {"Patient is no longer taking Abilify", "Abilify(no longer taking)"},
             {"Denies taking Adderall", "Adderall(Denies taking)"},
             {"Not taking trazodone", "trazodone(Not taking)"},
             {"Tried and failed Lexapro", "Lexapro(Tried and failed)"},
             {"Increase sertraline to 100 mg daily", "sertraline=100 mg daily(Increase)"},
             {"Switched sertraline to bupropion", "sertraline(Switched from)|bupropion(Switched to)"},
             {"Stopped sertraline, started bupropion", "sertraline(Stopped)|bupropion(started)"},
             {"Declined lithium, lamotrigine 100 mg daily", "lithium(Declined)|lamotrigine 100 mg daily"},
             {"Continue sertraline 50 mg and trazodone 100 mg",
              "sertraline 50 mg(Continue)|trazodone 100 mg(Continue)"},
             {"Patient is currently taking sertraline", "sertraline"},
             {"No longer on Depakote", "Depakote(No longer on)"},
             {"Patient would like to start Wellbutrin", "Wellbutrin(like to start)"},
             {"Took Ativan last night", "Ativan last night(Took)"},
             {"Pt was on Prozac in the past, now on Zoloft 100 mg", "Prozac in the past|Zoloft 100 mg"},
             {"Zoloft 50 mg daily, patient prefers to wait", "Zoloft 50 mg daily, patient prefers to wait"},
             {"Started Lexapro 10mg; d/c'd Wellbutrin; pt self-discontinued trazodone",
              "Lexapro 10mg(Started)|Wellbutrin(d/c'd)|trazodone(self-discontinued)"},
             {"Sertraline 50 mg, patient declined escitalopram", "Sertraline 50 mg|escitalopram(declined)"},
         })
        EXPECT_EQ(in_text(said), expected) << said;
    EXPECT_EQ(in_list(R"({"started":["Lexapro 10 mg"],"declined":["Abilify"]})"),
              "Lexapro 10 mg(started)|Abilify(declined)");
    EXPECT_EQ(in_list(R"([{"name":"Started sertraline","dosage":"50 mg"}])"), "sertraline=50 mg(Started)");
    for (const std::string_view said :
         {"Patient is allergic to penicillin", "Intolerant to lamotrigine", "Mother takes lithium"}) {
        const auto note = note_of(R"({"medications":["Sertraline",)" + json_quoted(said) + "]}");
        EXPECT_EQ(shortly(note), "Sertraline") << said;
        EXPECT_TRUE(has(note, "medications_left_out")) << said;
    }
}

TEST(DeepCuraMedications, ADoseMayStandFirstAndMayBeAnObject) {
    for (const auto& [said, expected] : std::initializer_list<Case>{
             {"Trazodone 100 mg, 50 mg sertraline daily", "Trazodone 100 mg|50 mg sertraline daily"},
             {"Trazodone 100 mg; 50mg sertraline daily", "Trazodone 100 mg|50mg sertraline daily"},
             {"Sertraline 50 mg, 25 mg at bedtime", "Sertraline 50 mg, 25 mg at bedtime"},
             {"Sertraline 50 mg, 90 tablets dispensed", "Sertraline 50 mg, 90 tablets dispensed"},
         })
        EXPECT_EQ(in_text(said), expected) << said;
    EXPECT_EQ(in_list(R"([{"name":"Sertraline","dose":{"value":50,"unit":"mg"}}])"), "Sertraline=50 mg");
    EXPECT_EQ(in_list(R"([{"name":"Sertraline","dosage":[{"text":"50 mg daily"}]}])"), "Sertraline=50 mg daily");
    EXPECT_EQ(
        in_list(R"([{"name":"Sertraline","dosage":{"doseQuantity":{"value":50,"unit":"mg"},"frequency":"daily"}}])"),
        "Sertraline=50 mg daily");
}

TEST(DeepCuraMedications, LinesThatNameTheirMembersAreOneMedication) {
    const auto note = note_of(
        R"({"medications":"Medication: Sertraline\nDose: 50 mg\nFrequency: daily\nMedication: Prazosin\nDose: 1 mg\nIndication: night terrors"})");
    EXPECT_EQ(
        note.medication_mentions->text(),
        R"([{"name":"Sertraline","dosage":"50 mg","frequency":"daily"},{"name":"Prazosin","dosage":"1 mg","reason":"night terrors"}])");
    EXPECT_EQ(note.flags, std::vector<std::string>{"no_session_date"});
    for (const std::string_view said : {"Medication: Sertraline, Dose: 50 mg", "Medication 1: Sertraline; Dose: 50 mg",
                                        "Sertraline | Dose: 50 mg", "Sertraline\nDose: 50 mg"})
        EXPECT_EQ(in_text(said), "Sertraline=50 mg") << said;
}

TEST(DeepCuraMedications, WhatARelativeOfThePatientTakesIsLeftOut) {
    for (const std::string said :
         {"Pt's mother takes lithium", "Patient's sister is on Zoloft", "Her mother takes lithium",
          "His father's lithium", "pt\u2019s brother takes Adderall", "Client's mother's lithium",
          "My dad is taking Prozac", "Mother on Prozac"}) {
        const auto note =
            read_note(Document::parse(R"({"medications":["Sertraline 50 mg",")" + said + "\"]}").value().value);
        EXPECT_EQ(note.medication_mentions->items().size(), 1U) << said << note.medication_mentions->text();
        EXPECT_NE(std::ranges::find(note.flags, "medications_left_out"), note.flags.end()) << said;
    }
}

TEST(DeepCuraMedications, WhatThePatientDoesNotBearIsNotTaken) {
    for (const auto* text :
         {"PCN - rash", "Penicillin (hives)", "Sulfa: anaphylaxis", "PCN \xE2\x80\x93 severe rash"}) {
        const auto note = note_of(R"({"medications":)" + json_quoted(text) + "}");
        EXPECT_EQ(shortly(note), "absent") << text;
        EXPECT_TRUE(has(note, "medications_left_out")) << text;
    }
    for (const auto* json :
         {R"([{"name":"Penicillin","type":"allergy"},{"name":"Zoloft"}])",
          R"([{"name":"PCN","category":"Drug Allergy"},"Zoloft"])", R"([{"name":"Sulfa","reaction":"hives"},"Zoloft"])",
          R"([{"name":"PCN","allergy":true},{"name":"Zoloft"}])"}) {
        const auto note = note_of(R"({"medications":)" + std::string{json} + "}");
        EXPECT_EQ(shortly(note), "Zoloft") << json;
        EXPECT_TRUE(has(note, "medications_left_out")) << json;
    }
    EXPECT_EQ(in_list(R"([{"name":"Lamictal","dose":"25 mg","reaction":"rash"}])"), "Lamictal=25 mg");
    EXPECT_EQ(in_text("Lamictal 25 mg - watch for rash"), "Lamictal 25 mg - watch for rash");
}

TEST(DeepCuraMedications, WhatFollowsThatOfARelativeIsKept) {
    EXPECT_EQ(in_text("mom takes lithium; OTC melatonin 3 mg qhs"), "OTC melatonin 3 mg qhs");
    EXPECT_EQ(in_text("mom takes lithium, OTC melatonin"), "OTC melatonin");
    EXPECT_EQ(in_text("mom takes lithium; pt takes Zoloft 50 mg"), "Zoloft 50 mg");
    EXPECT_EQ(in_text("sister on Zoloft; PRN hydroxyzine 25 mg"), "PRN hydroxyzine 25 mg");
    EXPECT_EQ(in_text("Zoloft 50 mg; PRN anxiety"), "Zoloft 50 mg; PRN anxiety");
}

}  // namespace
}  // namespace dcs::deepcura
