#include "resources/mapping.hpp"

#include "resources/events.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs {
namespace {

std::optional<std::string> column(std::string_view table, std::string_view name, std::string_view json,
                                  bool* malformed = nullptr) {
    const auto& resource = *find_resource(table);
    const auto mapped = map_columns(resource, Document::parse(json).value().value);
    for (std::size_t at = 0; at < resource.columns.size(); ++at) {
        if (resource.columns[at].name != name) continue;
        if (malformed) *malformed = std::ranges::find(mapped.malformed, name) != mapped.malformed.end();
        return mapped.values[at];
    }
    ADD_FAILURE() << "no such column: " << name;
    return std::nullopt;
}

TEST(Mapping, TakesTheCellPhoneElseTheHomePhone) {
    EXPECT_EQ(column("patients", "phone", R"({"cell_phone":"1","home_phone":"2"})"), "1");
    EXPECT_EQ(column("patients", "phone", R"({"cell_phone":"","home_phone":"2"})"), "2");
    EXPECT_EQ(column("patients", "phone", R"({"cell_phone":null,"home_phone":"2"})"), "2");
    EXPECT_EQ(column("patients", "phone", "{}"), std::nullopt);
}

TEST(Mapping, MakesOneObjectOfAnAddress) {
    EXPECT_EQ(column("patients", "address", R"({"address":"1 Main","city":"X","state":"CA","zip_code":"9"})"),
              R"({"address":"1 Main","city":"X","state":"CA","zip_code":"9"})");
    EXPECT_EQ(column("patients", "address", R"({"first_name":"A"})"), std::nullopt);
}

TEST(Mapping, ReadsIdsAsNumberOrText) {
    EXPECT_EQ(column("appointments", "drchrono_patient_id", R"({"patient":12})"), "12");
    EXPECT_EQ(column("appointments", "drchrono_patient_id", R"({"patient":"12"})"), "12");
    EXPECT_EQ(column("appointments", "drchrono_patient_id", R"({"patient":null})"), std::nullopt);
}

TEST(Mapping, NamesTheMalformedAndKeepsTheRest) {
    struct Case {
        std::string_view table, name, json;
    };
    for (const auto& each : {Case{"patients", "date_of_birth", R"({"date_of_birth":"tomorrow"})"},
                             Case{"patients", "date_of_birth", R"({"date_of_birth":"2026-02-30"})"},
                             Case{"patients", "date_of_birth", R"({"date_of_birth":20200101})"},
                             Case{"patients", "first_name", R"({"first_name":42})"},
                             Case{"patients", "first_name", R"({"first_name":["A"]})"},
                             Case{"appointments", "duration", R"({"duration":"long"})"},
                             Case{"appointments", "duration", R"({"duration":99999999999})"},
                             Case{"appointments", "scheduled_time", R"({"scheduled_time":"tomorrow"})"},
                             Case{"appointments", "icd10_codes", R"({"icd10_codes":[1]})"},
                             Case{"appointments", "doctor_id", R"({"doctor":{"id":1}})"},
                             Case{"doctors", "is_account_suspended", R"({"is_account_suspended":"no"})"}}) {
        bool malformed = false;
        EXPECT_EQ(column(each.table, each.name, each.json, &malformed), std::nullopt) << each.json;
        EXPECT_TRUE(malformed) << each.json;
    }
}

TEST(Mapping, ReadsTheIdOfAnotherRecordAsTextInEitherForm) {
    for (const auto* json : {R"({"appointment":7})", R"({"appointment":"7"})", R"({"appointment":" 7 "})"})
        EXPECT_EQ(column("medications", "drchrono_appt_id", json), "7") << json;
    EXPECT_EQ(column("line_items", "drchrono_appt_id", R"({"appointment":"20260101_9"})"), "20260101_9");
    bool malformed = true;
    for (const auto* json : {"{}", R"({"appointment":null})", R"({"appointment":""})"}) {
        EXPECT_EQ(column("problems", "drchrono_appt_id", json, &malformed), std::nullopt) << json;
        EXPECT_FALSE(malformed) << json;
    }
    for (const auto* json : {R"({"appointment":1.5})", R"({"appointment":true})", R"({"appointment":{"id":7}})"}) {
        EXPECT_EQ(column("problems", "drchrono_appt_id", json, &malformed), std::nullopt) << json;
        EXPECT_TRUE(malformed) << json;
    }
}

TEST(Mapping, KeepsTheDigitsOfMoneyInEitherForm) {
    for (const auto* digits : {"12.10", "0.00", "-3.50", "1234567890123456.07", "12", "0.1000000000000000055511"}) {
        EXPECT_EQ(column("line_items", "price", fmt::format(R"({{"price":"{}"}})", digits)), digits);
        EXPECT_EQ(column("line_items", "price", fmt::format(R"({{"price":{}}})", digits)), digits);
    }
    bool malformed = false;
    for (const auto* money : {R"("$12.10")", R"("1,234.00")", R"("12.10 ")", R"("1e3")", "1e3", R"("NaN")", "true"}) {
        EXPECT_EQ(column("line_items", "price", fmt::format(R"({{"price":{}}})", money), &malformed), std::nullopt);
        EXPECT_TRUE(malformed) << money;
    }
}

TEST(Mapping, TakesTheDayOfADateThatMayBeATimestamp) {
    for (const auto* date : {"2026-03-04", "2026-03-04T09:30:00", "2026-03-04 09:30:00"}) {
        const auto json = fmt::format(R"({{"date_prescribed":"{0}","service_date":"{0}"}})", date);
        EXPECT_EQ(column("medications", "date_prescribed", json), "2026-03-04") << date;
        EXPECT_EQ(column("line_items", "service_date", json), "2026-03-04") << date;
    }
}

TEST(Mapping, TakesTheNextMemberOfTheSameMeaning) {
    EXPECT_EQ(column("medications", "dosage_units", R"({"dosage_unit":"ml"})"), "ml");
    EXPECT_EQ(column("insurance", "insurance_company", R"({"insurance_company":"P"})"), "P");
    EXPECT_EQ(column("insurance", "insurance_company", R"({"auto_accident_company":"A"})"), "A");
    EXPECT_EQ(column("insurance", "insurance_company", R"({"auto_accident_company":"","workers_comp_company":"W"})"),
              "W");
    EXPECT_EQ(column("insurance", "is_subscriber_the_patient", R"({"auto_accident_is_subscriber_the_patient":true})"),
              "t");
}

TEST(Mapping, AnEmptyDateIsNoMalformedOne) {
    bool malformed = true;
    EXPECT_EQ(column("patients", "date_of_birth", R"({"date_of_birth":""})", &malformed), std::nullopt);
    EXPECT_FALSE(malformed);
}

TEST(Mapping, QuotesArraysOfTexts) {
    EXPECT_EQ(column("appointments", "icd10_codes", R"({"icd10_codes":["F41.1","a\"b\\c,"]})"),
              R"({"F41.1","a\"b\\c,"})");
    EXPECT_EQ(column("appointments", "icd10_codes", R"({"icd10_codes":[]})"), "{}");
}

TEST(Mapping, ReadsTheNaiveTimesThatWereMet) {
    EXPECT_EQ(naive_time("2021-02-14T13:40:39"), "2021-02-14T13:40:39");
    EXPECT_EQ(naive_time("2021-02-14 13:40:39"), "2021-02-14T13:40:39");
    EXPECT_EQ(naive_time("2021-02-14"), "2021-02-14T00:00:00");
    EXPECT_EQ(naive_time("2021-02-14T13:40:39.123456"), "2021-02-14T13:40:39.123456");
    for (const auto* text :
         {"", "2021-02-30", "2021-02-14T24:00:00", "2021-02-14T13:40:39Z", "14/02/2021", "0000-01-01", "2021-2-14"})
        EXPECT_FALSE(naive_time(text)) << text;
}

TEST(Mapping, NeverStoresAddressesThatExpireNorWhatMustBeOmitted) {
    auto record =
        Document::parse(R"({"clinical_note":{"pdf":"https://x/y?token=1","locked":true},"ssn":"1"})").value().value;
    const std::vector<std::string> omitted{"ssn"};
    strip_unstored(*find_resource("appointments"), omitted, record);
    EXPECT_EQ(record.text(), R"({"clinical_note":{"pdf":null,"locked":true}})");
}

TEST(Resource, KnowsAKeyWhenItSeesOne) {
    const auto& patients = *find_resource("patients");
    for (const auto* key : {"1", "9007199254740993"}) EXPECT_TRUE(valid_key(patients, key)) << key;
    for (const auto* key : {"", "0", "-1", "01", "1.5", "abc", "99999999999999999999"})
        EXPECT_FALSE(valid_key(patients, key)) << key;
    EXPECT_TRUE(valid_key(*find_resource("appointments"), "20260101_123"));
    EXPECT_FALSE(valid_key(*find_resource("appointments"), std::string(129, '1')));
}

TEST(Events, AreTheTwentySevenDocumentedOnesAndPing) {
    for (const auto* name : {"APPOINTMENT_CREATE",
                             "APPOINTMENT_MODIFY",
                             "APPOINTMENT_DELETE",
                             "PATIENT_CREATE",
                             "PATIENT_MODIFY",
                             "PATIENT_PROBLEM_CREATE",
                             "PATIENT_PROBLEM_MODIFY",
                             "PATIENT_ALLERGY_CREATE",
                             "PATIENT_ALLERGY_MODIFY",
                             "PATIENT_MEDICATION_CREATE",
                             "PATIENT_MEDICATION_MODIFY",
                             "CLINICAL_NOTE_LOCK",
                             "CLINICAL_NOTE_UNLOCK",
                             "LINE_ITEM_CREATE",
                             "LINE_ITEM_MODIFY",
                             "LINE_ITEM_DELETE",
                             "LINE_ITEM_TRANSACTION_DELETE",
                             "CASH_PAYMENT_DELETE",
                             "PATIENT_FLAG_CREATE",
                             "PATIENT_FLAG_CMODIFY",
                             "PATIENT_FLAG_MODIFY",
                             "LAB_ORDER_CREATE",
                             "LAB_ORDER_MODIFY",
                             "LAB_ORDER_DELETE",
                             "TASK_CREATE",
                             "TASK_MODIFY",
                             "TASK_DELETE",
                             "VACCINE_ADMINISTERED",
                             "PING"})
        EXPECT_NE(find_event(name), nullptr) << name;
    EXPECT_EQ(find_event("PATIENT_DELETE"), nullptr);
    EXPECT_EQ(find_event(""), nullptr);
}

}  // namespace
}  // namespace dcs
