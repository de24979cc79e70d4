#include "support/mirror.hpp"

#include <fmt/format.h>

namespace dcs::store {

void PrintTo(const Outcome& outcome, std::ostream* out);

namespace {

class MoreRecords : public test::WithStore {
protected:
    std::string columns(std::string_view table) const {
        return ask(fmt::format("select jsonb_strip_nulls(to_jsonb(t) - bookkeeping() - "
                               "'{{id,drchrono_raw,patient_id,appointment_id,deleted_at}}'::text[]) from {} t",
                               table));
    }
    std::string changes() const { return ask("select count(*) from change_log"); }
};

TEST_F(MoreRecords, AMedicationHasAllItsColumns) {
    apply(fetched("medications",
                  R"({"id":4,"patient":1,"doctor":3,"appointment":7,"name":"Samplol","status":"active",
        "order_status":"Ordered","rxnorm":"1001","ndc":"00000000001","indication":"I","route":"oral","frequency":"daily",
        "dosage_quantity":"1-2","dosage_units":"tablet","dispense_quantity":"30.00","number_refills":2,"daw":false,
        "prn":true,"date_prescribed":"2026-03-04T09:30:00","date_started_taking":"2026-03-05",
        "date_stopped_taking":null,"notes":"N","pharmacy_note":"P","signature_note":""})"));
    EXPECT_EQ(
        columns("medications"),
        R"({"daw": false, "ndc": "00000000001", "prn": true, "name": "Samplol", "notes": "N", "route": "oral", )"
        R"("rxnorm": "1001", "status": "active", "doctor_id": 3, "frequency": "daily", "indication": "I", )"
        R"("drchrono_id": 4, "dosage_units": "tablet", "order_status": "Ordered", "pharmacy_note": "P", )"
        R"("number_refills": 2, "signature_note": "", "date_prescribed": "2026-03-04", "dosage_quantity": "1-2", )"
        R"("drchrono_appt_id": "7", "dispense_quantity": 30.00, "date_started_taking": "2026-03-05", )"
        R"("drchrono_patient_id": 1})");
    expect_whole();
}

TEST_F(MoreRecords, AProblemHasAllItsColumns) {
    apply(fetched("problems",
                  R"({"id":4,"patient":1,"doctor":3,"appointment":"7","name":"N","description":"D","status":"resolved",
        "verification_status":"confirmed","category":"problem-list-item","problem_type":"sdoh","icd_code":"I10",
        "icd_version":"10","snomed_ct_code":"38341003","date_diagnosis":"2026-01-01","date_onset":"2026-01-02",
        "date_changed":"2026-01-03","abatement_date":"2026-01-04","info_url":"https://example.org/p","notes":"X"})"));
    EXPECT_EQ(
        columns("problems"),
        R"({"name": "N", "notes": "X", "status": "resolved", "category": "problem-list-item", "icd_code": "I10", )"
        R"("info_url": "https://example.org/p", "doctor_id": 3, "date_onset": "2026-01-02", "description": "D", )"
        R"("drchrono_id": 4, "icd_version": "10", "date_changed": "2026-01-03", "problem_type": "sdoh", )"
        R"("abatement_date": "2026-01-04", "date_diagnosis": "2026-01-01", "snomed_ct_code": "38341003", )"
        R"("drchrono_appt_id": "7", "drchrono_patient_id": 1, "verification_status": "confirmed"})");
    EXPECT_EQ(ask("select deleted_at is null from problems"), "t") << "resolved is no removal";
}

TEST_F(MoreRecords, AnAllergyHasAllItsColumns) {
    apply(
        fetched("allergies",
                R"({"id":4,"patient":1,"doctor":3,"description":"Sample allergen","reaction":"rash","status":"inactive",
        "verification_status":"confirmed","rxnorm":"1","snomed_code":"2","snomed_reaction":"3","notes":"N"})"));
    EXPECT_EQ(columns("allergies"),
              R"({"notes": "N", "rxnorm": "1", "status": "inactive", "reaction": "rash", "doctor_id": 3, )"
              R"("description": "Sample allergen", "drchrono_id": 4, "snomed_code": "2", "snomed_reaction": "3", )"
              R"("drchrono_patient_id": 1, "verification_status": "confirmed"})");
    EXPECT_EQ(ask("select deleted_at is null from allergies"), "t") << "inactive is no removal";
}

TEST_F(MoreRecords, ALineItemHasAllItsColumns) {
    apply(fetched("line_items",
                  R"({"id":4,"patient":"1","doctor":"3","appointment":7,"code":"99213","procedure_type":"C",
        "description":"Visit","modifiers":["25","","",""],"diagnosis_pointers":["1",2,null,""],"quantity":"1.00",
        "units":"UN","price":"100.10","billed":"100.10","allowed":"90.00","adjustment":"10.10",
        "expected_reimbursement":"80.00","ins1_paid":"1.00","ins2_paid":"2.00","ins3_paid":"3.00","ins_total":"6.00",
        "pt_paid":"4.00","paid_total":"10.00","balance_ins":"-0.10","balance_pt":"5.00","balance_total":"4.90",
        "billing_status":"B","insurance_status":"","denied_flag":true,"service_date":"2026-03-04T00:00:00",
        "posted_date":"2026-03-05","updated_at":"2026-03-06T10:00:00"})"));
    EXPECT_EQ(
        columns("line_items"),
        R"({"code": "99213", "price": 100.10, "units": "UN", "billed": 100.10, "allowed": 90.00, "pt_paid": 4.00, )"
        R"("quantity": 1.00, "doctor_id": 3, "ins1_paid": 1.00, "ins2_paid": 2.00, "ins3_paid": 3.00, )"
        R"("ins_total": 6.00, "modifiers": ["25", "", "", ""], "adjustment": 10.10, "balance_pt": 5.00, )"
        R"("paid_total": 10.00, "balance_ins": -0.10, "denied_flag": true, "description": "Visit", )"
        R"("drchrono_id": 4, "posted_date": "2026-03-05", "service_date": "2026-03-04", "balance_total": 4.90, )"
        R"("billing_status": "B", "procedure_type": "C", "drchrono_appt_id": "7", "insurance_status": "", )"
        R"("diagnosis_pointers": ["1", 2, null, ""], "drchrono_patient_id": 1, "expected_reimbursement": 80.00})");
    EXPECT_EQ(ask("select drchrono_updated_at from line_items"), "2026-03-06 15:00:00+00");
    expect_whole();
}

TEST_F(MoreRecords, MoneyKeepsEveryDigit) {
    for (const auto* price : {R"("12.10")", "12.10", R"("90071992547409930.07")", R"("0.1000000000000000055511")"}) {
        apply(fetched("line_items", fmt::format(R"({{"id":4,"price":{}}})", price)));
        const std::string_view quoted{price};
        const auto digits = quoted.front() == '"' ? quoted.substr(1, quoted.size() - 2) : quoted;
        EXPECT_EQ(ask("select price from line_items"), digits);
        EXPECT_EQ(ask("select drchrono_raw ->> 'price' from line_items"), digits);
    }
    std::vector<State> odd{fetched("line_items", R"({"id":4,"price":"a lot","billed":"1.00"})")};
    EXPECT_EQ(apply(std::move(odd)).front().malformed, (std::vector<std::string>{"price"}));
    EXPECT_EQ(ask("select price is null and billed = 1 and drchrono_raw ->> 'price' = 'a lot' from line_items"), "t");
}

TEST_F(MoreRecords, AnOlderLineItemLosesAndADeletedOneIsATombstone) {
    const auto item = [](std::string_view billed, int day) {
        return fmt::format(R"({{"id":4,"billed":"{}","updated_at":"2026-03-0{}T00:00:00"}})", billed, day);
    };
    EXPECT_EQ(apply(state("line_items", item("2.00", 2))), Outcome::created);
    EXPECT_EQ(apply(state("line_items", item("1.00", 1))), Outcome::stale);
    auto gone = state("line_items", item("2.00", 3));
    gone.removed = true;
    EXPECT_EQ(apply(gone), Outcome::removed);
    EXPECT_EQ(apply(state("line_items", item("2.00", 2))), Outcome::stale);
    EXPECT_EQ(ask("select billed || ' ' || (deleted_at is not null) from line_items"), "2.00 true");
    EXPECT_EQ(ask("select string_agg(operation || drchrono_id, ',' order by seq) from outbox"), "INSERT4,DELETE4");
    expect_whole();
}

TEST_F(MoreRecords, AWebhooksViewErasesNoDescription) {
    for (const auto* table : {"allergies", "line_items"}) {
        apply(fetched(table, R"({"id":4,"status":"active","description":"D"})"));
        const auto brief = state(table, R"({"id":4,"status":"inactive"})");
        EXPECT_EQ(apply(brief), Outcome::updated);
        EXPECT_EQ(ask(fmt::format("select description || (drchrono_raw ->> 'status') from {}", table)), "Dinactive");
        const auto before = changes();
        EXPECT_EQ(apply(brief), Outcome::unchanged);
        EXPECT_EQ(changes(), before);
    }
    expect_whole();
}

TEST_F(MoreRecords, TheirTextsAreCompressedAsThoseOfOthers) {
    EXPECT_EQ(
        ask("select count(distinct attcompression) from pg_attribute where attrelid::regclass::text in ('patients', "
            "'medications', 'problems', 'allergies', 'line_items', 'insurance') and attnum > 0 "
            "and atttypid in ('text'::regtype, 'jsonb'::regtype, 'bytea'::regtype)"),
        "1");
}

class OfAPatient : public MoreRecords, public testing::WithParamInterface<std::string_view> {};

TEST_P(OfAPatient, IsFiledFromAWebhookAndCompletedByAFetch) {
    const auto table = GetParam();
    EXPECT_EQ(apply(state(table, R"({"id":4,"patient":1,"notes":"a"})")), Outcome::created);
    EXPECT_EQ(ask(fmt::format("select origin || cause || drchrono_patient_id from {}", table)),
              "webhookdelivery:test1");
    EXPECT_EQ(apply(fetched(table, R"({"id":4,"patient":1,"doctor":3,"notes":"b"})")), Outcome::updated);
    EXPECT_EQ(ask(fmt::format("select origin || cause || doctor_id from {}", table)), "apirun:test3");
    const auto before = changes();
    EXPECT_EQ(apply(fetched(table, R"({"id":4,"patient":1,"doctor":3,"notes":"b"})")), Outcome::unchanged);
    EXPECT_EQ(changes(), before);
    expect_whole();
}

TEST_P(OfAPatient, FindsParentsThatComeLater) {
    const auto table = GetParam();
    const bool of_a_visit = table != "allergies";
    apply(state(table, R"({"id":4,"patient":1,"appointment":7})"));
    EXPECT_EQ(ask(fmt::format("select patient_id is null from {}", table)), "t");
    apply(state("patients", R"({"id":2})"));
    apply(state("appointments", R"({"id":"8"})"));
    EXPECT_EQ(changes(), "3") << "others' parents change nothing";
    apply(state("patients", R"({"id":1})"));
    EXPECT_EQ(ask(fmt::format("select patient_id = (select id from patients where drchrono_id = 1) from {}", table)),
              "t");
    apply(state("appointments", R"({"id":"7"})"));
    if (of_a_visit) {
        EXPECT_EQ(ask(fmt::format(
                      "select appointment_id = (select id from appointments where drchrono_id = '7') from {}", table)),
                  "t");
    }
    EXPECT_EQ(
        ask(fmt::format("select count(*) from change_log where table_name = '{}' and operation = 'UPDATE'", table)),
        of_a_visit ? "2" : "1");
    const auto before = changes();
    apply(state("patients", R"({"id":1,"first_name":"A"})"));
    EXPECT_EQ(changes(), std::to_string(std::stoi(before) + 1)) << "the child does not change with it";
    expect_whole();
}

TEST_P(OfAPatient, FindsParentsThatAreThere) {
    const auto table = GetParam();
    apply(std::vector{state(table, R"({"id":4,"patient":"1","appointment":"7"})"), state("patients", R"({"id":1})"),
                      state("appointments", R"({"id":"7"})")});
    EXPECT_EQ(ask(fmt::format("select patient_id = (select id from patients) from {}", table)), "t");
    if (table != "allergies") {
        EXPECT_EQ(ask(fmt::format("select appointment_id = (select id from appointments) from {}", table)), "t");
    }
    EXPECT_EQ(changes(), "3");
    expect_whole();
}

TEST_P(OfAPatient, IsIndexedByItsParents) {
    for (const auto* column : {"drchrono_patient_id", "patient_id", "drchrono_appt_id", "appointment_id"}) {
        if (GetParam() == "allergies" && std::string_view{column}.find("app") != std::string_view::npos) continue;
        EXPECT_EQ(ask(fmt::format("select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and "
                                  "a.attnum = i.indkey[0] where i.indrelid = '{}'::regclass and a.attname = '{}'",
                                  GetParam(), column)),
                  "1")
            << column;
    }
}

INSTANTIATE_TEST_SUITE_P(All, OfAPatient, testing::Values("medications", "problems", "allergies", "line_items"),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace dcs::store
