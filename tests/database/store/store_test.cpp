#include "support/mirror.hpp"

#include <algorithm>
#include <random>

namespace dcs::store {

void PrintTo(const Outcome& outcome, std::ostream* out) { *out << name_of(outcome); }

namespace {

class StoreTest : public test::WithStore {};

TEST_F(StoreTest, WritesRecordAuditRowAndEventTogether) {
    EXPECT_EQ(
        apply(state("patients", R"({"id":1,"first_name":"A","cell_phone":"5","updated_at":"2026-01-01T00:00:00"})")),
        Outcome::created);
    EXPECT_EQ(ask("select first_name || phone || origin from patients where drchrono_id = 1"), "A5webhook");
    EXPECT_EQ(ask("select operation || actor || cause from change_log"), "INSERTtestdelivery:test");
    EXPECT_EQ(ask("select table_name || operation || drchrono_id from outbox"), "patientsINSERT1");
    EXPECT_EQ(ask("select o.record_id = p.id from outbox o, patients p"), "t");
    expect_whole();
}

TEST_F(StoreTest, AuditsOnlyTheFieldsThatChangedAlsoInsideTheRawJson) {
    apply(state("patients", R"({"id":1,"first_name":"A","last_name":"L","city":"X"})"));
    apply(state("patients", R"({"id":1,"first_name":"B","last_name":"L","city":"X"})"));
    EXPECT_EQ(ask("select old_values from change_log where operation = 'UPDATE'"),
              R"({"first_name": "A", "drchrono_raw": {"first_name": "A"}})");
    EXPECT_EQ(ask("select new_values from change_log where operation = 'UPDATE'"),
              R"({"first_name": "B", "drchrono_raw": {"first_name": "B"}})");
}

TEST_F(StoreTest, TheSameAgainWritesNothingInAnyView) {
    const auto* const poor = R"({"id":1,"first_name":"A","updated_at":"2026-01-01T00:00:00"})";
    const auto* const rich =
        R"({"id":1,"first_name":"A","updated_at":"2026-01-01T00:00:00","primary_insurance":{"insurance_company":"P"}})";
    apply(state("patients", poor));
    apply(fetched("patients", rich));
    const auto changes = ask("select count(*) from change_log");
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(apply(state("patients", poor)), Outcome::unchanged);
        EXPECT_EQ(apply(fetched("patients", rich)), Outcome::unchanged);
    }
    EXPECT_EQ(ask("select count(*) from change_log"), changes);
    EXPECT_EQ(ask("select primary_insurance ->> 'insurance_company' from patients"), "P");
    const auto version = ask("select xmin from patients");
    apply(fetched("patients", rich));
    apply(state("patients", poor));
    EXPECT_EQ(ask("select xmin from patients"), version) << "an unchanged row must not be touched at all";
}

TEST_F(StoreTest, FillsAForeignKeyWhenTheParentComesLate) {
    apply(state("appointments", R"({"id":"7","patient":1,"doctor":3,"scheduled_time":"2026-07-01T09:00:00"})"));
    EXPECT_EQ(ask("select patient_id from appointments"), "");
    EXPECT_EQ(ask("select scheduled_at from appointments"), "2026-07-01 13:00:00+00") << "by the practice's zone";
    apply(state("patients", R"({"id":1})", View::brief, Origin::webhook, "delivery:late"));
    EXPECT_EQ(ask("select a.patient_id = p.id from appointments a, patients p"), "t");
    EXPECT_EQ(ask("select cause from change_log where table_name = 'appointments' order by seq desc limit 1"),
              "delivery:late");
    apply(fetched("doctors", R"({"id":3,"timezone":"America/Los_Angeles"})"));
    EXPECT_EQ(ask("select scheduled_at from appointments"), "2026-07-01 16:00:00+00") << "by the doctor's zone";
    apply(fetched("doctors", R"({"id":3,"timezone":"Nowhere/Land"})"));
    EXPECT_EQ(ask("select scheduled_at from appointments"), "") << "an unknown zone is no zone, and not the practice's";
    apply(fetched("doctors", R"({"id":3,"timezone":" "})"));
    EXPECT_EQ(ask("select scheduled_at from appointments"), "2026-07-01 13:00:00+00") << "none: the practice's";
    expect_whole();
}

TEST_F(StoreTest, ANoteHasItsDayFromItsAppointment) {
    apply(state("clinical_notes",
                R"({"appointment":7,"patient":1,"locked":true,"clinical_note_sections":[{"name":"S"}]})"));
    EXPECT_EQ(
        ask("select locked::text || (locked_at is not null)::text || coalesce(note_date::text, '-') from clinical_notes"),
        "truetrue-");
    apply(state("appointments",
                R"({"id":"7","scheduled_time":"2026-07-01T23:30:00","updated_at":"2026-07-01T00:00:00"})"));
    EXPECT_EQ(ask("select note_date from clinical_notes"), "2026-07-01");
    EXPECT_EQ(ask("select appointment_id = (select id from appointments) from clinical_notes"), "t");
    apply(state("appointments",
                R"({"id":"7","scheduled_time":"2026-07-02T08:00:00","updated_at":"2026-07-01T01:00:00"})"));
    EXPECT_EQ(ask("select note_date from clinical_notes"), "2026-07-02") << "rescheduled";
}

TEST_F(StoreTest, AnAppointmentTellsTheLockStateOfItsNote) {
    apply(fetched("appointments",
                  R"({"id":"7","patient":1,"scheduled_time":"2026-07-01T09:00:00","updated_at":"2026-07-01T10:00:00",
        "clinical_note":{"locked":true,"updated_at":"2026-07-01T10:30:00","pdf":"https://x/1?token=a"}})"));
    EXPECT_EQ(
        ask("select drchrono_appt_id || locked::text || (locked_at at time zone 'UTC')::text || drchrono_patient_id from clinical_notes"),
        "7true2026-07-01 14:30:001");
    EXPECT_EQ(ask("select drchrono_raw -> 'clinical_note' ->> 'pdf' from appointments"), "")
        << "an address that expires is not stored";
    const auto changes = ask("select count(*) from change_log");
    apply(fetched("appointments",
                  R"({"id":"7","patient":1,"scheduled_time":"2026-07-01T09:00:00","updated_at":"2026-07-01T10:00:00",
        "clinical_note":{"locked":true,"updated_at":"2026-07-01T10:30:00","pdf":"https://x/1?token=b"}})"));
    EXPECT_EQ(ask("select count(*) from change_log"), changes);
}

TEST_F(StoreTest, ATombstoneIsAuditedAndPublishedAsDeleteAndAComebackAsInsert) {
    apply(state("appointments", R"({"id":"7","updated_at":"2026-01-01T00:00:00"})"));
    auto gone = state("appointments", R"({"id":"7","updated_at":"2026-01-02T00:00:00","deleted_flag":true})");
    gone.removed = true;
    EXPECT_EQ(apply(gone), Outcome::removed);
    EXPECT_EQ(apply(gone), Outcome::unchanged);
    EXPECT_EQ(apply(state("appointments", R"({"id":"7","updated_at":"2026-01-01T00:00:00"})")), Outcome::stale);
    EXPECT_EQ(apply(state("appointments", R"({"id":"7","updated_at":"2026-01-03T00:00:00","deleted_flag":false})")),
              Outcome::revived);
    EXPECT_EQ(ask("select string_agg(operation, ',' order by seq) from change_log"), "INSERT,DELETE,INSERT");
    EXPECT_EQ(ask("select string_agg(operation, ',' order by seq) from outbox"), "INSERT,DELETE,INSERT");
    EXPECT_EQ(ask("select deleted_at is null from appointments"), "t");
}

TEST_F(StoreTest, MalformedFieldsNeverLoseTheRecord) {
    const std::string huge(5 * 1024 * 1024, 'x');
    std::vector<State> states;
    states.push_back(state(
        "patients",
        fmt::format(
            R"({{"id":1,"first_name":42,"last_name":"{}","date_of_birth":"tomorrow","email":"a\u0000b","city":"\ud800"}})",
            huge)));
    const auto applied = apply(std::move(states));
    EXPECT_EQ(applied.front().outcome, Outcome::created);
    EXPECT_EQ(applied.front().malformed, (std::vector<std::string>{"first_name", "date_of_birth"}));
    EXPECT_EQ(ask("select length(last_name) from patients"), std::to_string(huge.size()));
    EXPECT_EQ(ask("select drchrono_raw ->> 'date_of_birth' from patients"), "tomorrow");
    EXPECT_EQ(ask("select email from patients"), "a\xEF\xBF\xBD"
                                                 "b");
    EXPECT_EQ(ask("select position('\\u0000' in convert_from(raw_bytes, 'UTF8')) > 0 from patients"), "t");
}

TEST_F(StoreTest, OneBatchMayHoldManyStatesOfOneRecord) {
    const auto applied =
        apply(std::vector{state("patients", R"({"id":1,"first_name":"A","updated_at":"2026-01-01T00:00:00"})"),
                          state("patients", R"({"id":1,"first_name":"C","updated_at":"2026-01-03T00:00:00"})"),
                          state("patients", R"({"id":1,"first_name":"B","updated_at":"2026-01-02T00:00:00"})"),
                          state("patients", R"({"id":2,"first_name":"Z"})")});
    const std::vector<Outcome> expected{Outcome::created, Outcome::updated, Outcome::stale, Outcome::created};
    for (std::size_t at = 0; at < expected.size(); ++at) EXPECT_EQ(applied[at].outcome, expected[at]);
    EXPECT_EQ(ask("select first_name from patients where drchrono_id = 1"), "C");
    EXPECT_EQ(ask("select count(*) from change_log"), "3");
}

TEST_F(StoreTest, ChangeLogCannotBeAltered) {
    apply(state("patients", R"({"id":1})"));
    for (const auto* sql : {"update change_log set actor = 'x'", "delete from change_log", "truncate change_log",
                            "delete from access_log; truncate access_log", "truncate patients cascade"})
        EXPECT_ANY_THROW(ask(sql)) << sql;
}

TEST_F(StoreTest, AChangeMadeByHandIsAuditedToo) {
    apply(state("patients", R"({"id":1,"first_name":"A"})"));
    ask("update patients set first_name = 'By hand'");
    EXPECT_EQ(ask("select actor || ' ' || cause from change_log order by seq desc limit 1"),
              "database:app_user statement");
    ask("update patients set synced_at = now(), updated_at = now()");
    EXPECT_EQ(ask("select count(*) from change_log"), "2") << "bookkeeping is no change";
}

TEST_F(StoreTest, OmittedFieldsAreStoredNowhere) {
    const Store omitting{Options{"", {"social_security_number"}}};
    auto with_secret =
        state("patients",
              R"({"id":1,"social_security_number":"123-45-6789","primary_insurance":{"social_security_number":"9"}})");
    const auto work = [&]() -> Async<Result<>> {
        pg::Author author{"test", std::string{by_row}};
        auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
        std::vector<State> states;
        states.push_back(with_secret);
        const auto applied = co_await omitting.apply(*transaction, std::move(states));
        if (!applied) co_return applied.error();
        co_return co_await transaction->commit();
    };
    ASSERT_TRUE(test::run_async(io, work()).has_value());
    EXPECT_EQ(ask("select (p.drchrono_raw::text || c.new_values::text) like '%social%' from patients p, change_log c"),
              "f");
}

/// Parents and children written at the same time by many: no foreign key is left open, nothing is lost.
TEST_F(StoreTest, ConcurrentParentsAndChildrenAlwaysFindEachOther) {
    constexpr int records = 40;
    std::vector<std::shared_ptr<test::Ended<Result<std::vector<Applied>>>>> running;
    for (int id = 1; id <= records; ++id) {
        std::vector<State> child;
        child.push_back(state(
            "appointments", fmt::format(R"({{"id":"{0}","patient":{0},"scheduled_time":"2026-07-01T09:00:00"}})", id)));
        std::vector<State> parent;
        parent.push_back(state("patients", fmt::format(R"({{"id":{}}})", id)));
        std::vector<State> twin;
        twin.push_back(state("patients", fmt::format(R"({{"id":{},"first_name":"T"}})", id)));
        running.push_back(test::spawn(io, in_transaction(std::move(child))));
        running.push_back(test::spawn(io, in_transaction(std::move(parent))));
        running.push_back(test::spawn(io, in_transaction(std::move(twin))));
    }
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    for (const auto& each : running) EXPECT_TRUE(each->value && each->value->has_value());
    EXPECT_EQ(ask("select count(*) from appointments where patient_id is null"), "0");
    EXPECT_EQ(ask("select count(*) from patients"), std::to_string(records));
    expect_whole();
}

/// Design section 8, invariant 2: any order, repetition and loss of snapshots, followed by the fetched states.
TEST_F(StoreTest, AnyOrderOfStatesFollowedByAFetchEndsInOneMirror) {
    std::mt19937 random{20261005};
    const auto contents =
        "select md5(string_agg(x, '|' order by x)) from ("
        "select to_jsonb(p) - '{id,created_at,updated_at,synced_at,cause,origin,hash_full,hash_brief,hash_partial,verbose_at,deleted_at,observed_at,observed_by}'::text[] || jsonb_build_object('gone', deleted_at is not null) from patients p union all "
        "select to_jsonb(a) - '{id,patient_id,created_at,updated_at,synced_at,cause,origin,hash_full,hash_brief,hash_partial,verbose_at,deleted_at,observed_at,observed_by}'::text[] || jsonb_build_object('gone', deleted_at is not null, 'linked', patient_id is not null) from appointments a union all "
        "select to_jsonb(n) - '{id,patient_id,appointment_id,created_at,updated_at,synced_at,cause,origin,hash_full,hash_brief,hash_partial,verbose_at,deleted_at,observed_at,observed_by}'::text[] || jsonb_build_object('gone', deleted_at is not null, 'linked', patient_id is not null) from clinical_notes n union all "
        "select to_jsonb(i) - '{id,patient_id,created_at,updated_at,synced_at,cause,origin,hash_full,hash_brief,hash_partial,verbose_at,deleted_at,observed_at,observed_by}'::text[] || jsonb_build_object('gone', deleted_at is not null, 'linked', patient_id is not null) from insurance i) as all_rows(j), lateral (select j::text) as t(x)";
    std::string expected;
    for (int round = 0; round < 6; ++round) {
        std::vector<State> snapshots;
        std::vector<State> truth;
        for (int id = 1; id <= 12; ++id) {
            const int versions = 4;
            for (int version = 1; version <= versions; ++version) {
                const auto patient = fmt::format(
                    R"({{"id":{},"first_name":"V{}","updated_at":"2026-01-0{}T00:00:00"}})", id, version, version);
                const auto appointment = fmt::format(
                    R"({{"id":"{0}","patient":{0},"scheduled_time":"2026-02-0{1}T10:00:00","deleted_flag":{2},"updated_at":"2026-01-0{1}T00:00:00"}})",
                    id, version, id % 4 == 0 && version >= 3 ? "true" : "false");
                const auto note = fmt::format(R"(,"clinical_note":{{"locked":{},"updated_at":"2026-01-0{}T00:00:00"}})",
                                              version % 2 == 0, version);
                const auto with = [](std::string text, const std::string& more) {
                    return text.insert(text.size() - 1, more);
                };
                snapshots.push_back(state("patients", patient));
                snapshots.push_back(state("appointments", appointment));
                snapshots.push_back(state(
                    "clinical_notes",
                    fmt::format(R"({{"appointment":"{}","patient":"{}","locked":{}}})", id, id, version % 2 == 0)));
                if (version == versions) {
                    truth.push_back(
                        fetched("patients", with(patient, R"(,"primary_insurance":{"insurance_company":"P"})")));
                    truth.push_back(fetched("appointments", with(appointment, note)));
                }
            }
        }
        std::ranges::shuffle(snapshots, random);
        std::vector<State> sent;
        for (const auto& each : snapshots) {
            if (random() % 5 == 0) continue;  // lost
            sent.push_back(each);
            if (random() % 4 == 0) sent.push_back(each);  // repeated
        }
        if (round > 0)
            ask("delete from insurance; delete from clinical_notes; delete from appointments; delete from patients");
        for (std::size_t at = 0; at < sent.size();) {
            std::vector<State> batch;
            for (const auto size = 1 + random() % 20; batch.size() < size && at < sent.size(); ++at)
                batch.push_back(sent[at]);
            ASSERT_TRUE(try_apply(std::move(batch)).has_value());
        }
        ASSERT_TRUE(try_apply(truth).has_value());
        const auto mirror = ask(contents);
        if (round == 0) expected = mirror;
        EXPECT_EQ(mirror, expected) << "round " << round;

        const auto changes = ask("select count(*) from change_log");
        for (const auto& applied : apply(truth)) EXPECT_EQ(applied.outcome, Outcome::unchanged);
        EXPECT_EQ(ask("select count(*) from change_log"), changes) << "invariant 3";
    }
    EXPECT_EQ(
        ask("select count(*) from change_log c full join outbox o using (event_id) where c.event_id is null or o.event_id is null"),
        "0");
}

class EveryResource : public test::WithStore, public testing::WithParamInterface<std::string_view> {
protected:
    std::string json(std::string_view more) const {
        const auto& resource = *find_resource(GetParam());
        if (GetParam() == "insurance")
            return fmt::format(R"({{"coverage_key":"5:primary","patient":5,"rank":"primary"{}}})", more);
        return fmt::format(R"({{"{}":{}{}}})", resource.key_field,
                           resource.key_type == SqlType::bigint ? "5" : R"("5")", more);
    }
};

TEST_P(EveryResource, IsWrittenOnceWhenTheSameStateComesTwice) {
    EXPECT_EQ(apply(state(GetParam(), json(R"(,"notes":"x")"))), Outcome::created);
    EXPECT_EQ(apply(state(GetParam(), json(R"(,"notes":"x")"))), Outcome::unchanged);
    EXPECT_EQ(ask("select count(*) from change_log"), "1");
}

TEST_P(EveryResource, HasItsColumnsAndKeepsTheRawJson) {
    EXPECT_EQ(apply(fetched(GetParam(), json(R"(,"future_field":{"a":[1.50]})"))), Outcome::created);
    EXPECT_EQ(ask(fmt::format("select drchrono_raw -> 'future_field' from {}", GetParam())), R"({"a": [1.50]})");
    for (const auto* column : {"id", "drchrono_id", "drchrono_raw", "origin", "synced_at", "created_at", "updated_at",
                               "drchrono_updated_at", "deleted_at"})
        EXPECT_EQ(ask(fmt::format(
                      "select count(*) from information_schema.columns where table_name = '{}' and column_name = '{}'",
                      GetParam(), column)),
                  "1")
            << column;
}

TEST_P(EveryResource, SurvivesTombstoneAndComeback) {
    apply(fetched(GetParam(), json("")));
    auto gone = state(GetParam(), json(""), View::partial);
    gone.removed = true;
    EXPECT_EQ(apply(gone), Outcome::removed);
    EXPECT_EQ(apply(state(GetParam(), json(R"(,"a":1)"))), Outcome::unordered) << "no time tells that it is newer";
    EXPECT_EQ(apply(fetched(GetParam(), json(R"(,"a":1)"))), Outcome::revived);
    expect_whole();
}

std::vector<std::string_view> tables() {
    std::vector<std::string_view> names;
    for (const auto& resource : all_resources()) names.push_back(resource.table);
    return names;
}
INSTANTIATE_TEST_SUITE_P(All, EveryResource, testing::ValuesIn(tables()),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace dcs::store
