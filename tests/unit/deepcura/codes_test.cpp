#include "deepcura/parse.hpp"

#include "deepcura/code_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcs::deepcura {
namespace {

Note note_of(const std::string& json) { return read_note(Document::parse(json).value().value); }
std::string text_of(const std::optional<Document>& list) { return list ? list->text() : "absent"; }
/// The lists that a payload {"icd10_codes": value} or {"cpt_codes": value} gives.
std::string icd10(const std::string& value) { return text_of(note_of(R"({"icd10_codes":)" + value + "}").icd10_codes); }
std::string cpt(const std::string& value) { return text_of(note_of(R"({"cpt_codes":)" + value + "}").cpt_codes); }

/// One code of a list, written short: system code|description|modifiers|units|flags.
std::string shortly(const Document& code) {
    const auto text = [&](std::string_view name) {
        const auto* member = code.find(name);
        if (!member) return std::string{};
        return member->string() ? std::string{*member->string()} : member->text();
    };
    return text("system") + " " + text("code") + "|" + text("description") + "|" + text("modifiers") + "|" +
           text("units") + "|" + text("flags");
}
std::vector<std::string> shortly(const std::optional<Document>& list) {
    std::vector<std::string> all;
    if (list)
        for (const auto& each : list->items()) all.push_back(shortly(each));
    return all;
}
using Short = std::vector<std::string>;
Short icd10_short(const std::string& value) { return shortly(note_of(R"({"icd10_codes":)" + value + "}").icd10_codes); }
Short cpt_short(const std::string& value) { return shortly(note_of(R"({"cpt_codes":)" + value + "}").cpt_codes); }

TEST(DeepCuraCodes, HaveOneForm) {
    EXPECT_EQ(icd10(R"([{"code":"F41.1","description":"GAD","confidence":0.95}])"),
              R"([{"code":"F41.1","original":"F41.1","system":"ICD-10-CM","description":"GAD","confidence":0.95}])");
    EXPECT_EQ(cpt(R"([{"code":"99214","description":"Office visit","units":1}])"),
              R"([{"code":"99214","original":"99214","system":"CPT","description":"Office visit","units":1}])");
}

TEST(DeepCuraCodes, LeaveOutWhatIsNotGiven) {
    EXPECT_EQ(icd10(R"(["F41.1"])"), R"([{"code":"F41.1","original":"F41.1","system":"ICD-10-CM"}])");
    EXPECT_EQ(cpt(R"([{"code":"99214","units":null,"confidence":null,"description":""}])"),
              R"([{"code":"99214","original":"99214","system":"CPT"}])");
}

TEST(DeepCuraCodes, AreTrimmedAndInCapitalsWithThePointOfIcd10) {
    EXPECT_EQ(icd10(R"([" f41.1 "])"), R"([{"code":"F41.1","original":" f41.1 ","system":"ICD-10-CM"}])");
    EXPECT_EQ(icd10_short(R"(["f411", "F41", "c4a9", "U071", "S72001A", "z3a.20"])"),
              (Short{"ICD-10-CM F41.1||||", "ICD-10-CM F41||||", "ICD-10-CM C4A.9||||", "ICD-10-CM U07.1||||",
                     "ICD-10-CM S72.001A||||", "ICD-10-CM Z3A.20||||"}));
}

TEST(DeepCuraCodes, BelongToTheListTheyCameFrom) {
    EXPECT_EQ(icd10_short(R"(["J1100"])"), (Short{"ICD-10-CM J11.00||||"}));
    EXPECT_EQ(cpt_short(R"(["J1100"])"), (Short{"HCPCS J1100||||"}));
    EXPECT_EQ(icd10_short(R"(["99214"])"), (Short{R"(ICD-10-CM 99214||||["shape"])"}));
    EXPECT_EQ(cpt_short(R"(["F41.1"])"), (Short{R"(CPT F41.1||||["shape"])"}));
}

TEST(DeepCuraCodes, KnowTheShapesOfProcedures) {
    EXPECT_EQ(cpt_short(R"(["99214","0001F","0075T","0001U","0002m","G2211","a0428"])"),
              (Short{"CPT 99214||||", "CPT 0001F||||", "CPT 0075T||||", "CPT 0001U||||", "CPT 0002M||||",
                     "HCPCS G2211||||", "HCPCS A0428||||"}));
    EXPECT_EQ(cpt_short(R"(["9921","992145"])"), (Short{R"(CPT 9921||||["shape"])", R"(CPT 992145||||["shape"])"}));
}

struct Glued {
    const char* text;
    Short codes;
};

TEST(DeepCuraCodes, AreReadOutOfTextsWithADescription) {
    const std::vector<Glued> cases{
        {"F41.1 - GAD", {"ICD-10-CM F41.1|GAD|||"}},
        {"F41.1: GAD", {"ICD-10-CM F41.1|GAD|||"}},
        {"F41.1 (GAD)", {"ICD-10-CM F41.1|GAD|||"}},
        {"F41.1 – GAD", {"ICD-10-CM F41.1|GAD|||"}},
        {"F41.1-GAD", {"ICD-10-CM F41.1|GAD|||"}},
        {"f41.1 GAD", {"ICD-10-CM F41.1|GAD|||"}},
        {"F41.1 Generalized anxiety disorder, unspecified",
         {"ICD-10-CM F41.1|Generalized anxiety disorder, unspecified|||"}},
        {"F41.1 (anxiety, mixed), F33.1", {"ICD-10-CM F41.1|anxiety, mixed|||", "ICD-10-CM F33.1||||"}},
        {"F41.1, F33.1", {"ICD-10-CM F41.1||||", "ICD-10-CM F33.1||||"}},
        {"F41.1 and F33.1", {"ICD-10-CM F41.1||||", "ICD-10-CM F33.1||||"}},
        {"F41.1 Anxiety and worry and F33.1", {"ICD-10-CM F41.1|Anxiety and worry|||", "ICD-10-CM F33.1||||"}},
        {"F41.1 + F33.1", {"ICD-10-CM F41.1||||", "ICD-10-CM F33.1||||"}},
        {"F41.1 F33.1", {"ICD-10-CM F41.1||||", "ICD-10-CM F33.1||||"}},
        {"F41.1; F33.1 - MDD, recurrent; Z79.899",
         {"ICD-10-CM F41.1||||", "ICD-10-CM F33.1|MDD, recurrent|||", "ICD-10-CM Z79.899||||"}},
        {"1. F41.1 - GAD\\n2. F33.1 - MDD", {"ICD-10-CM F41.1|GAD|||", "ICD-10-CM F33.1|MDD|||"}},
        {"- F41.1 GAD\\r\\n- F33.1 MDD\\r\\n", {"ICD-10-CM F41.1|GAD|||", "ICD-10-CM F33.1|MDD|||"}},
        {"GAD (F41.1)", {"ICD-10-CM F41.1|GAD|||"}},
        {"GAD - F41.1", {"ICD-10-CM F41.1|GAD|||"}},
        {"Depression, recurrent (F33.1), GAD (F41.1)",
         {"ICD-10-CM F33.1|Depression, recurrent|||", "ICD-10-CM F41.1|GAD|||"}},
        {"[F41.1, F33.1]", {"ICD-10-CM F41.1||||", "ICD-10-CM F33.1||||"}},
        {"['F41.1', 'F33.1']", {"ICD-10-CM F41.1||||", "ICD-10-CM F33.1||||"}},
        {"**F41.1** - GAD\\n**F33.1**: MDD", {"ICD-10-CM F41.1|GAD|||", "ICD-10-CM F33.1|MDD|||"}},
        {"ICD-10: F41.1", {"ICD-10-CM F41.1||||"}},
        {"Diagnoses:\\nF41.1 - GAD", {"ICD-10-CM F41.1|GAD|||"}},
        {"F41.1, F4", {"ICD-10-CM F41.1||||", R"(ICD-10-CM F4||||["shape"])"}},
        {"F41.12345", {R"(ICD-10-CM F41.12345||||["shape"])"}},
        {"T2DM, poorly controlled", {R"(ICD-10-CM null||||["no_code"])"}},
    };
    for (const auto& each : cases)
        EXPECT_EQ(icd10_short("\"" + std::string{each.text} + "\""), each.codes) << each.text;
}

TEST(DeepCuraCodes, AreReadOutOfTextsWithModifiersAndUnits) {
    const std::vector<Glued> cases{
        {"99214-25", {R"(CPT 99214||["25"]||)"}},
        {"99214 25", {R"(CPT 99214||["25"]||)"}},
        {"99214-25-GT", {R"(CPT 99214||["25","GT"]||)"}},
        {"99214-25,95", {R"(CPT 99214||["25","95"]||)"}},
        {"99214-25 Office visit", {R"(CPT 99214|Office visit|["25"]||)"}},
        {"99214-25 - Office visit, established", {R"(CPT 99214|Office visit, established|["25"]||)"}},
        {"90833 x1", {"CPT 90833|||1|"}},
        {"90833 × 2", {"CPT 90833|||2|"}},
        {"90833x2", {"CPT 90833|||2|"}},
        {"90833 (x2)", {"CPT 90833|||2|"}},
        {"90833 x2 - Psychotherapy", {"CPT 90833|Psychotherapy||2|"}},
        {"99214 + 90833", {"CPT 99214||||", "CPT 90833||||"}},
        {"99214+90833", {"CPT 99214||||", "CPT 90833||||"}},
        {"99214-25, 90833 x1", {R"(CPT 99214||["25"]||)", "CPT 90833|||1|"}},
        {"99214 and 90833", {"CPT 99214||||", "CPT 90833||||"}},
        {"99214 90833", {"CPT 99214||||", "CPT 90833||||"}},
        {"99214 Office visit, 30 minutes", {"CPT 99214|Office visit, 30 minutes|||"}},
        {"99214 - Office visit", {"CPT 99214|Office visit|||"}},
        {"CPT: 99214, HCPCS: G2211", {"CPT 99214||||", "HCPCS G2211||||"}},
        {"**CPT:** 99214", {"CPT 99214||||"}},
        {"Psychotherapy, 30 min (90833)", {"CPT 90833|Psychotherapy, 30 min|||"}},
        {"no charge", {R"(CPT null||||["no_code"])"}},
    };
    for (const auto& each : cases) EXPECT_EQ(cpt_short("\"" + std::string{each.text} + "\""), each.codes) << each.text;
}

TEST(DeepCuraCodes, InBracketsLeaveNoBracketsInTheDescription) {
    EXPECT_EQ(icd10(R"(["[F33.1]"])"), R"([{"code":"F33.1","original":"[F33.1]","system":"ICD-10-CM"}])");
    EXPECT_EQ(icd10(R"("[F33.1] MDD")"),
              R"([{"code":"F33.1","original":"[F33.1] MDD","system":"ICD-10-CM","description":"MDD"}])");
    EXPECT_EQ(
        icd10(R"("PTSD [F43.10] - provisional")"),
        R"([{"code":"F43.10","original":"PTSD [F43.10] - provisional","system":"ICD-10-CM","description":"PTSD provisional","status":"suspected","flags":["not_confirmed"]}])");
    EXPECT_EQ(
        cpt(R"x("[99214-25] office visit")x"),
        R"([{"code":"99214","original":"[99214-25] office visit","system":"CPT","description":"office visit","modifiers":["25"]}])");
    EXPECT_EQ(
        cpt(R"x("90834-95 (90785 add-on)")x"),
        R"x([{"code":"90834","original":"90834-95","system":"CPT","modifiers":["95"]},{"code":"90785","original":"90785 add-on)","system":"CPT","description":"add-on"}])x");
    EXPECT_EQ(
        cpt(R"("99214/90833/96127x2")"),
        R"([{"code":"99214","original":"99214","system":"CPT"},{"code":"90833","original":"90833","system":"CPT"},{"code":"96127","original":"96127x2","system":"CPT","units":2}])");
}

TEST(DeepCuraCodes, KeepWhatArrivedOfEach) {
    const auto codes = note_of(R"({"cpt_codes":"99214-25, 90833 x1"})").cpt_codes;
    ASSERT_EQ(codes->items().size(), 2U);
    EXPECT_EQ(codes->items()[0].find("original")->string(), "99214-25");
    EXPECT_EQ(codes->items()[1].find("original")->string(), "90833 x1");
    EXPECT_EQ(cpt(R"(["no charge"])"), R"([{"code":null,"original":"no charge","system":"CPT","flags":["no_code"]}])");
}

TEST(DeepCuraCodes, KeepTheDigitsOfNumbers) {
    EXPECT_EQ(cpt("[99214, 100]"), R"([{"code":"99214","original":"99214","system":"CPT"},)"
                                   R"({"code":"100","original":"100","system":"CPT","flags":["was_number","shape"]}])");
    EXPECT_EQ(cpt_short(R"(["00100"])"), (Short{"CPT 00100||||"}));
    EXPECT_EQ(cpt_short("99214"), (Short{"CPT 99214||||"}));
    EXPECT_EQ(cpt_short(R"({"code":99214})"), (Short{"CPT 99214||||"}));
}

TEST(DeepCuraCodes, AreFoundUnderTheNamesOfElements) {
    for (const auto* element :
         {R"({"code":"F41.1","description":"GAD"})", R"({"icd_code":"F41.1","desc":"GAD"})",
          R"({"icd10":"F41.1","display":"GAD"})", R"({"icd10Code":"F41.1","label":"GAD"})",
          R"({"value":"F41.1","name":"GAD"})", R"({"id":"F41.1","title":"GAD"})", R"({"code":"F41.1 - GAD"})",
          R"({"name":"F41.1 - GAD"})", R"({"code":"F41.1","description":"GAD","id":17})", R"({"F41.1":"GAD"})",
          R"({"Diagnosis Code":"F41.1","Description":"GAD"})",
          R"({"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"F41.1","display":"GAD"}]}})"})
        EXPECT_EQ(icd10_short("[" + std::string{element} + "]"), (Short{"ICD-10-CM F41.1|GAD|||"})) << element;
}

TEST(DeepCuraCodes, KeepAnElementWithoutACode) {
    EXPECT_EQ(icd10_short(R"([{"description":"Generalized anxiety"}])"),
              (Short{R"(ICD-10-CM null|Generalized anxiety|||["no_code"])"}));
    EXPECT_EQ(
        icd10(R"([{"code":null,"confidence":0.5}, true])"),
        R"([{"code":null,"original":"{\"code\":null,\"confidence\":0.5}","system":"ICD-10-CM","confidence":0.5,"flags":["no_code"]},)"
        R"({"code":null,"original":"true","system":"ICD-10-CM","flags":["no_code"]}])");
}

TEST(DeepCuraCodes, AreReadOutOfMapsAndJsonTexts) {
    EXPECT_EQ(icd10_short(R"({"F41.1":"GAD","F33.1":{"description":"MDD"}})"),
              (Short{"ICD-10-CM F41.1|GAD|||", "ICD-10-CM F33.1|MDD|||"}));
    EXPECT_EQ(icd10(R"({"F41.1":0.93})"),
              R"([{"code":"F41.1","original":"F41.1","system":"ICD-10-CM","confidence":0.93}])");
    EXPECT_EQ(cpt_short(R"({"90833":2})"), (Short{"CPT 90833|||2|"}));
    EXPECT_EQ(icd10_short(R"({"primary":{"code":"F41.1"},"secondary":["F33.1"]})"),
              (Short{"ICD-10-CM F41.1||||", "ICD-10-CM F33.1||||"}));
    EXPECT_EQ(icd10_short(R"("[{\"code\":\"F41.1\"}]")"), (Short{"ICD-10-CM F41.1||||"}));
    EXPECT_EQ(icd10_short(R"("```json\n[\"F41.1\"]\n```")"), (Short{"ICD-10-CM F41.1||||"}));
    EXPECT_EQ(icd10_short(R"({"codes":["F41.1"]})"), (Short{"ICD-10-CM F41.1||||"}));
}

TEST(DeepCuraCodes, GoWhereAnExplicitSystemSays) {
    const auto note = note_of(R"({"diagnoses":[{"code":"F41.1","system":"ICD-10"},{"code":"99214","system":"CPT"},
        {"code":"44054006","system":"http://snomed.info/sct","display":"T2DM"},{"cpt":"90833"},{"code":"J1100","system":"HCPCS"}]})");
    EXPECT_EQ(shortly(note.icd10_codes),
              (Short{"ICD-10-CM F41.1||||", R"(http://snomed.info/sct 44054006|T2DM|||["other_system"])"}));
    EXPECT_EQ(shortly(note.cpt_codes), (Short{"CPT 99214||||", "CPT 90833||||", "HCPCS J1100||||"}));
    EXPECT_EQ(cpt_short(R"([{"code":"J1100","system":"CPT"}])"), (Short{R"(CPT J1100||||["shape"])"}));
}

TEST(DeepCuraCodes, OfAMixedListGoWhereTheyCanBeTold) {
    const auto note =
        note_of(R"({"codes":[{"code":"J1100","system":"ICD-10-CM"},"F41.1","99214-25",{"icd10":"F331"},"J1101"]})");
    EXPECT_EQ(shortly(note.icd10_codes), (Short{"ICD-10-CM J11.00||||", "ICD-10-CM F41.1||||", "ICD-10-CM F33.1||||",
                                                R"(ICD-10-CM J11.01||||["system_unclear"])"}));
    EXPECT_EQ(shortly(note.cpt_codes), (Short{R"(CPT 99214||["25"]||)"}));
    const auto text = note_of(R"({"codes":"ICD-10: F41.1, J1100; CPT: 99214, 90833 x1"})");
    EXPECT_EQ(shortly(text.icd10_codes), (Short{"ICD-10-CM F41.1||||", "ICD-10-CM J11.00||||"}));
    EXPECT_EQ(shortly(text.cpt_codes), (Short{"CPT 99214||||", "CPT 90833|||1|"}));
    const auto named = note_of(R"({"codes":{"icd10":["F41.1"],"cpt":["99214"]}})");
    EXPECT_EQ(shortly(named.icd10_codes), (Short{"ICD-10-CM F41.1||||"}));
    EXPECT_EQ(shortly(named.cpt_codes), (Short{"CPT 99214||||"}));
}

TEST(DeepCuraCodes, TellConfidenceUnderstood) {
    const auto confidence = [](const std::string& value) {
        const auto list = note_of(R"({"icd10_codes":[{"code":"F41.1","confidence":)" + value + "}]}").icd10_codes;
        const auto& code = list->items().front();
        return (code.find("confidence") ? code.find("confidence")->text() : "absent") +
               (code.find("flags") ? code.find("flags")->text() : "");
    };
    EXPECT_EQ(confidence("0.95"), "0.95");
    EXPECT_EQ(confidence("1.000"), "1.000");
    EXPECT_EQ(confidence("0"), "0");
    EXPECT_EQ(confidence(R"("0.987")"), "0.987");
    EXPECT_EQ(confidence("92.4"), R"(0.924["confidence_percent"])");
    EXPECT_EQ(confidence(R"("87%")"), R"(0.87["confidence_percent"])");
    for (const auto* odd : {"-0.1", "101", R"("high")", "true", R"("nan")", "[1]"})
        EXPECT_EQ(confidence(odd), R"(absent["confidence_unreadable"])") << odd;
}

TEST(DeepCuraCodes, TellUnitsAndModifiersOfElements) {
    EXPECT_EQ(
        cpt_short(
            R"([{"code":"90833","units":"2","modifiers":["25","gt"]},{"cpt_code":"99214","quantity":1.5,"modifier":25}])"),
        (Short{R"(CPT 90833||["25","GT"]|2|)", R"(CPT 99214||["25"]|1.5|)"}));
    EXPECT_EQ(cpt_short(R"([{"code":"99214-25","modifiers":"25, 95","units":"some"}])"),
              (Short{R"(CPT 99214||["25","95"]||["units_unreadable"])"}));
    EXPECT_EQ(cpt_short(R"([{"code":"99214","modifier":"5"}])"), (Short{R"(CPT 99214||["5"]||["modifier_shape"])"}));
}

TEST(DeepCuraCodes, AreAbsentEmptyOrUnreadable) {
    EXPECT_EQ(text_of(note_of("{}").icd10_codes), "absent");
    EXPECT_EQ(text_of(note_of(R"({"icd10_codes":null,"cpt_codes":""})").icd10_codes), "absent");
    EXPECT_EQ(icd10("[]"), "[]");
    EXPECT_EQ(icd10(R"("None")"), "[]");
    const auto odd = note_of(R"({"icd10_codes":true,"diagnoses":["F41.1"]})");
    EXPECT_EQ(shortly(odd.icd10_codes), (Short{"ICD-10-CM F41.1||||"}));
    EXPECT_NE(std::ranges::find(odd.flags, "codes_unreadable"), odd.flags.end());
    EXPECT_EQ(shortly(note_of(R"({"icd10_codes":[],"diagnosis_codes":["F41.1"]})").icd10_codes),
              (Short{"ICD-10-CM F41.1||||"}));
}

TEST(DeepCuraCodes, AreTakenBeforeProse) {
    EXPECT_EQ(shortly(note_of(R"({"diagnoses":"anxiety","dx":["F41.1"]})").icd10_codes),
              (Short{"ICD-10-CM F41.1||||"}));
    EXPECT_EQ(shortly(note_of(R"({"diagnoses":"anxiety","codes":["F41.1"]})").icd10_codes),
              (Short{R"(ICD-10-CM null||||["no_code"])", "ICD-10-CM F41.1||||"}));
}

TEST(DeepCuraCodes, OfListsBesideAreAddedOnce) {
    EXPECT_EQ(shortly(note_of(R"({"cpt_codes":["99214"],"hcpcs_codes":["G2211"],"em_code":"99214"})").cpt_codes),
              (Short{"CPT 99214||||", "HCPCS G2211||||"}));
    EXPECT_EQ(shortly(note_of(R"({"billing":{"cpt_codes":["99214"]}})").cpt_codes), (Short{"CPT 99214||||"}));
}

TEST(DeepCuraCodes, AreBoundedInNumber) {
    std::string many = R"({"icd10_codes":")";
    for (int at = 0; at < 20'000; ++at) many += "F41.1,";
    const auto note = note_of(many + "\"}");
    EXPECT_EQ(note.icd10_codes->items().size(), 2'000U);
    EXPECT_EQ(note.flags, (std::vector<std::string>{"no_session_date", "codes_cut"}));
}

TEST(DeepCuraCodeText, TellsShapes) {
    for (const auto* word : {"F41", "F41.1", "F411", "C4A.9", "U07.1", "S72.001A", "M1A.0110"})
        EXPECT_TRUE(is_icd10(word)) << word;
    for (const auto* word : {"", "F4", "F41.", "F4.11", "41.1", "F41.12345", "f41.1", "FF1"})
        EXPECT_FALSE(is_icd10(word)) << word;
    for (const auto* word : {"99214", "0001F", "0075T", "0001U", "0002M"}) EXPECT_TRUE(is_cpt(word)) << word;
    for (const auto* word : {"", "9921", "992144", "0001A", "J1100"}) EXPECT_FALSE(is_cpt(word)) << word;
    EXPECT_TRUE(is_hcpcs("J1100"));
    EXPECT_FALSE(is_hcpcs("J110"));
    EXPECT_TRUE(is_modifier("E1"));
    EXPECT_FALSE(is_modifier("e1"));
    EXPECT_FALSE(is_modifier("251"));
}

}  // namespace
}  // namespace dcs::deepcura
