#include "support/mirror.hpp"

#include <fmt/format.h>

namespace dcs::store {

void PrintTo(const Outcome& outcome, std::ostream* out);

namespace {

class InsuranceTest : public test::WithStore {
protected:
    /// Patient 5 as of a day of January 2026, with these members beside.
    static std::string patient(int day, std::string_view more = "") {
        return fmt::format(R"({{"id":5,"first_name":"A","updated_at":"2026-01-{:02}T00:00:00"{}{}}})", day,
                           more.empty() ? "" : ",", more);
    }
    static std::string primary(std::string_view company) {
        return fmt::format(R"("primary_insurance":{{"insurance_company":"{}","is_subscriber_the_patient":true}})",
                           company);
    }
    std::string live() const {
        return ask("select string_agg(rank || '=' || insurance_company, ' ' order by rank) from insurance "
                   "where deleted_at is null");
    }
    std::string operations() const {
        return ask("select string_agg(operation, ',' order by seq) from change_log where table_name = 'insurance'");
    }
    std::string changes() const { return ask("select count(*) from change_log"); }

    static constexpr const char* blank =
        R"("primary_insurance":{"insurance_company":"","is_subscriber_the_patient":true})";
};

TEST_F(InsuranceTest, ComesWithThePatient) {
    apply(state("patients", patient(1)));
    EXPECT_EQ(live(), "");
    apply(fetched("patients", patient(1, R"("primary_insurance":{"insurance_company":"P","insurance_payer_id":"00001",
        "insurance_plan_name":"Plan","insurance_plan_type":"CI","insurance_id_number":"TST1","insurance_group_number":"G1",
        "insurance_group_name":"G","insurance_claim_office_number":"555","is_subscriber_the_patient":false,
        "patient_relationship_to_subscriber":"01","subscriber_first_name":"F","subscriber_middle_name":"M",
        "subscriber_last_name":"L","subscriber_suffix":"II","subscriber_date_of_birth":"1970-02-03",
        "subscriber_gender":"Female","subscriber_social_security":"000-00-0000","subscriber_address":"1 Sample Street",
        "subscriber_city":"Testville","subscriber_state":"CA","subscriber_zip_code":"00001","subscriber_country":"US",
        "photo_front":"https://example.org/f?token=1","photo_back":""},
        "secondary_insurance":{"insurance_company":""},"tertiary_insurance":null)")));
    EXPECT_EQ(ask("select jsonb_strip_nulls(to_jsonb(i) - bookkeeping() - '{id,drchrono_raw,patient_id}'::text[]) "
                  "from insurance i"),
              R"({"rank": "primary", "coverage_key": "5:primary", "subscriber_city": "Testville", )"
              R"("subscriber_state": "CA", "insurance_company": "P", "subscriber_gender": "Female", )"
              R"("subscriber_suffix": "II", "insurance_payer_id": "00001", "subscriber_address": "1 Sample Street", )"
              R"("subscriber_country": "US", "drchrono_patient_id": 5, "insurance_id_number": "TST1", )"
              R"("insurance_plan_name": "Plan", "insurance_plan_type": "CI", "subscriber_zip_code": "00001", )"
              R"("insurance_group_name": "G", "subscriber_last_name": "L", "subscriber_first_name": "F", )"
              R"("insurance_group_number": "G1", "subscriber_middle_name": "M", )"
              R"("subscriber_date_of_birth": "1970-02-03", "is_subscriber_the_patient": false, )"
              R"("insurance_claim_office_number": "555", "patient_relationship_to_subscriber": "01"})");
    EXPECT_EQ(ask("select i.patient_id = p.id from insurance i, patients p"), "t");
    EXPECT_EQ(ask("select origin || cause from insurance"), "apirun:test");
    EXPECT_EQ(ask("select drchrono_raw ->> 'photo_front' from insurance"), "")
        << "an address that expires is not stored";
    EXPECT_EQ(ask("select drchrono_raw ->> 'subscriber_social_security' from insurance"), "000-00-0000");
    EXPECT_EQ(ask("select drchrono_raw ->> 'patient' || (drchrono_raw ->> 'rank') from insurance"), "5primary");
    EXPECT_EQ(
        ask("select operation || record_id || coalesce(drchrono_id, '-') from outbox where table_name = 'insurance'"),
        ask("select 'INSERT' || id || '-' from insurance"));
    expect_whole();
}

TEST_F(InsuranceTest, GoesWithThePatientAndComesBackWithThePatient) {
    const auto covered = R"("primary_insurance":{"insurance_company":"P"},"auto_accident_insurance":)"
                         R"({"auto_accident_company":"A"})";
    apply(fetched("patients", patient(1, covered)));
    ASSERT_EQ(live(), "auto=A primary=P");
    auto gone = fetched("patients", R"({"id":5})");
    gone.view = View::partial;
    gone.removed = true;
    EXPECT_EQ(apply(gone), Outcome::removed);
    EXPECT_EQ(live(), "");
    EXPECT_EQ(operations(), "INSERT,INSERT,DELETE,DELETE");
    EXPECT_EQ(ask("select string_agg(operation, ',' order by seq) from outbox where table_name = 'insurance'"),
              "INSERT,INSERT,DELETE,DELETE");
    const auto before = changes();
    EXPECT_EQ(apply(gone), Outcome::unchanged);
    EXPECT_EQ(changes(), before) << "told twice, removed once";
    EXPECT_EQ(apply(fetched("patients", patient(2, R"("primary_insurance":{"insurance_company":"P"})"))),
              Outcome::revived);
    EXPECT_EQ(live(), "primary=P") << "what the patient is shown with again, and no more";
}

TEST_F(InsuranceTest, StaysWithAPatientWhoseRemovalIsNotTrue) {
    apply(fetched("patients", patient(1, R"("primary_insurance":{"insurance_company":"P"})")));
    time_passes = false;
    auto gone = fetched("patients", R"({"id":5})");
    gone.view = View::partial;
    gone.removed = true;
    gone.announced = false;
    gone.observed.here -= std::chrono::hours{1};
    EXPECT_EQ(apply(gone), Outcome::stale);
    EXPECT_EQ(live(), "primary=P");
}

TEST_F(InsuranceTest, HasOneRowARank) {
    apply(fetched("patients", patient(1, R"("primary_insurance":{"insurance_company":"P"},
        "secondary_insurance":{"insurance_company":"S"},"tertiary_insurance":{"insurance_company":"T"},
        "auto_accident_insurance":{"auto_accident_company":"A","auto_accident_payer_id":"7",
            "auto_accident_policy_number":"POL","auto_accident_is_subscriber_the_patient":false,
            "auto_accident_subscriber_last_name":"L","auto_accident_subscriber_date_of_birth":"1970-02-03"},
        "workers_comp_insurance":{"workers_comp_company":"W","workers_comp_group_number":"G"})")));
    EXPECT_EQ(live(), "auto=A primary=P secondary=S tertiary=T workers_comp=W");
    EXPECT_EQ(ask("select insurance_payer_id || is_subscriber_the_patient || subscriber_last_name || "
                  "subscriber_date_of_birth || (drchrono_raw ->> 'auto_accident_policy_number') "
                  "from insurance where rank = 'auto'"),
              "7falseL1970-02-03POL");
    EXPECT_EQ(ask("select insurance_group_number from insurance where rank = 'workers_comp'"), "G");
    EXPECT_EQ(ask("select count(*) from insurance where patient_id = (select id from patients)"), "5");
    expect_whole();
}

TEST_F(InsuranceTest, APatientWithoutItHasNoRows) {
    apply(
        fetched("patients", patient(1, R"("primary_insurance":{"insurance_company":"","is_subscriber_the_patient":true,
        "patient_relationship_to_subscriber":"18"},"secondary_insurance":{},"tertiary_insurance":null,
        "auto_accident_insurance":{"auto_accident_still_under_care":false,"auto_accident_company":""},
        "workers_comp_insurance":{"workers_comp_company":""})")));
    EXPECT_EQ(ask("select count(*) from insurance"), "0");
    EXPECT_EQ(changes(), "1");
}

TEST_F(InsuranceTest, ChangesWithThePatient) {
    apply(fetched("patients", patient(1, primary("P"))));
    apply(fetched("patients", patient(2, primary("Q"))));
    EXPECT_EQ(live(), "primary=Q");
    EXPECT_EQ(ask("select old_values from change_log where table_name = 'insurance' and operation = 'UPDATE'"),
              R"({"drchrono_raw": {"insurance_company": "P"}, "insurance_company": "P"})");
    apply(fetched("patients", patient(3, R"("primary_insurance":{"insurance_payer_id":"1"})")));
    EXPECT_EQ(
        ask("select coalesce(insurance_company, '-') || insurance_payer_id || (drchrono_raw ? 'insurance_company') "
            "from insurance"),
        "-1false")
        << "the coverage is whole: what it lacks is gone";
    expect_whole();
}

TEST_F(InsuranceTest, TheSameAgainWritesNothing) {
    apply(fetched("patients", patient(1, primary("P"))));
    const auto before = changes();
    const auto version = ask("select xmin from insurance");
    for (int round = 0; round < 2; ++round) apply(fetched("patients", patient(1, primary("P"))));
    EXPECT_EQ(changes(), before);
    apply(fetched("patients", patient(2, primary("P"))));
    EXPECT_EQ(ask("select count(*) from change_log where table_name = 'insurance'"), "1") << "only the patient changed";
    EXPECT_EQ(ask("select xmin from insurance"), version) << "an unchanged row must not be touched at all";
}

TEST_F(InsuranceTest, APatientWhoIsKnownAlreadyStillBringsIt) {
    apply(fetched("patients", patient(1, primary("P"))));
    ask("delete from insurance");
    EXPECT_EQ(apply(fetched("patients", patient(1, primary("P")))), Outcome::unchanged);
    EXPECT_EQ(live(), "primary=P");
}

TEST_F(InsuranceTest, ABlankedOneIsATombstoneAndMayComeBack) {
    apply(fetched("patients", patient(1, primary("P"))));
    for (int day = 2; day < 5; ++day) apply(fetched("patients", patient(day, blank)));
    EXPECT_EQ(live(), "");
    EXPECT_EQ(ask("select insurance_company from insurance where deleted_at is not null"), "P")
        << "a tombstone keeps what was last known";
    EXPECT_EQ(operations(), "INSERT,DELETE");
    apply(fetched("patients", patient(5, primary("P"))));
    EXPECT_EQ(live(), "primary=P");
    apply(fetched("patients", patient(6, R"("primary_insurance":null)")));
    EXPECT_EQ(operations(), "INSERT,DELETE,INSERT,DELETE");
    EXPECT_EQ(ask("select count(*) from insurance"), "1");
    expect_whole();
}

TEST_F(InsuranceTest, AWebhookThatShowsItIsAsGood) {
    apply(state("patients", patient(1, primary("P"))));
    apply(state("patients", patient(2, blank)));
    EXPECT_EQ(live(), "");
    apply(state("patients", patient(3, primary("Q"))));
    EXPECT_EQ(live(), "primary=Q");
    EXPECT_EQ(ask("select origin || cause from insurance"), "webhookdelivery:test");
    EXPECT_EQ(operations(), "INSERT,DELETE,INSERT");
    expect_whole();
}

TEST_F(InsuranceTest, ABriefViewDoesNotTouchIt) {
    apply(fetched("patients", patient(1, primary("P"))));
    const auto version = ask("select xmin from insurance");
    EXPECT_EQ(apply(state("patients", patient(2))), Outcome::updated);
    EXPECT_EQ(ask("select xmin from insurance"), version);
    EXPECT_EQ(live(), "primary=P");
}

TEST_F(InsuranceTest, AStalePatientDoesNotTouchIt) {
    apply(fetched("patients", patient(5, primary("P"))));
    const auto before = changes();
    time_passes = false;  // what DrChrono still returned later would not be stale
    EXPECT_EQ(apply(fetched("patients", patient(4, primary("Old")))), Outcome::stale);
    EXPECT_EQ(apply(fetched("patients", patient(3, blank))), Outcome::stale);
    EXPECT_EQ(apply(state("patients", patient(2, R"("secondary_insurance":{"insurance_company":"Old"})"))),
              Outcome::stale);
    EXPECT_EQ(live(), "primary=P");
    EXPECT_EQ(changes(), before);
}

TEST_F(InsuranceTest, OneBatchMayHoldManyStatesOfOnePatient) {
    time_passes = false;
    apply(std::vector{fetched("patients", patient(1, primary("P"))), fetched("patients", patient(3, primary("R"))),
                      fetched("patients", patient(2, primary("Q"))), fetched("patients", patient(4, blank)),
                      fetched("patients", patient(5, primary("S")))});
    EXPECT_EQ(live(), "primary=S");
    EXPECT_EQ(operations(), "INSERT,UPDATE,DELETE,INSERT");
    expect_whole();
}

TEST_F(InsuranceTest, OneBatchMayHoldManyPatients) {
    std::vector<State> states;
    for (int id = 1; id <= 50; ++id)
        states.push_back(
            fetched("patients", fmt::format(R"({{"id":{0},"primary_insurance":{{"insurance_company":"P{0}"}},
            "secondary_insurance":{{"insurance_company":"S{0}"}},"tertiary_insurance":null,
            "auto_accident_insurance":{{}},"workers_comp_insurance":{{"workers_comp_company":"W{0}"}}}})",
                                            id)));
    apply(std::move(states));
    EXPECT_EQ(ask("select count(*) from insurance i join patients p on p.id = i.patient_id "
                  "where insurance_company = left(upper(rank), 1) || p.drchrono_id"),
              "150");
    expect_whole();
}

TEST_F(InsuranceTest, WhatCannotBeReadIsNamed) {
    const auto applied = apply(std::vector{
        fetched("patients", patient(1, R"("primary_insurance":{"insurance_company":7,"insurance_payer_id":"1"})"))});
    EXPECT_EQ(applied.front().outcome, Outcome::created);
    EXPECT_EQ(applied.front().malformed, (std::vector<std::string>{"insurance.insurance_company"}));
    EXPECT_EQ(ask("select insurance_company is null and insurance_payer_id = '1' from insurance"), "t");
}

TEST_F(InsuranceTest, OmittedFieldsAreOmittedInsideItToo) {
    store = Store{Options{"", {"subscriber_social_security", "rank"}}};
    apply(fetched("patients", patient(1, R"("primary_insurance":{"insurance_company":"P",
        "subscriber_social_security":"000-00-0000"})")));
    EXPECT_EQ(
        ask("select bool_or(row::text like '%social%') from (select to_jsonb(i) as row "
            "from insurance i union all select new_values from change_log union all select drchrono_raw from patients) r"),
        "f");
    EXPECT_EQ(live(), "primary=P") << "the rank is ours";
}

TEST_F(InsuranceTest, AnImpossibleRankIsRefused) {
    apply(state("patients", patient(1)));
    EXPECT_ANY_THROW(ask("insert into insurance (coverage_key, drchrono_patient_id, rank, drchrono_raw, origin) "
                         "values ('5:fourth', 5, 'fourth', '{}', 'api')"));
}

}  // namespace
}  // namespace dcs::store
