// What many records derive from another one is written in portions, whatever comes in between.
#include "store/rewriter.hpp"

#include "store/record_sql.hpp"
#include "support/mirror.hpp"

#include <fmt/format.h>

namespace dcs::store {
namespace {

using namespace std::chrono_literals;

class Rewriting : public test::WithStore {
protected:
    static constexpr int many = written_at_once + 700;
    /// Of the doctor, as they come from DrChrono, without going through the store one by one.
    void appointments(int doctor, int count) {
        ask(fmt::format(
            "set app.cause = 'row'; "
            "insert into appointments (drchrono_id, doctor_id, drchrono_patient_id, scheduled_time, drchrono_raw, origin, cause) "
            "select '{0}-' || n, {0}, {0}, '2026-07-01T09:00:00', '{{}}', 'api', 'run:before' from generate_series(1, {1}) n",
            doctor, count));
    }
    void doctor(int id, std::string_view zone) {
        apply(fetched("doctors", fmt::format(R"({{"id":{},"timezone":"{}"}})", id, zone)));
    }
    Rewritten some(int most = 500) { return test::run_async(io, rewrite_some(pool, "America/New_York", most)).value(); }
    void all() {
        while (some().any) {
        }
    }
    std::string at(std::string_view hour) {
        return ask(fmt::format("select count(*) from appointments where scheduled_at = '2026-07-01 {}Z'", hour));
    }
    std::string queued() { return ask("select count(*) from rewrites"); }
    using WithStore::apply;
};

TEST_F(Rewriting, FewRowsHaveTheirValueAtOnce) {
    appointments(3, 300);
    doctor(3, "America/Los_Angeles");
    EXPECT_EQ(at("16:00"), "300");
    EXPECT_EQ(queued(), "0");
}

TEST_F(Rewriting, ManyAreQueuedWithTheirDoctorAndWrittenInPortions) {
    appointments(3, many);
    doctor(3, "America/Los_Angeles");
    EXPECT_EQ(ask("select count(*) from doctors"), "1");
    EXPECT_EQ(at("16:00"), "0");
    EXPECT_EQ(queued(), "1");
    EXPECT_EQ(some().written, 500);
    EXPECT_EQ(at("16:00"), "500") << "no more than a portion at a time";
    EXPECT_EQ(queued(), "1") << "a crash now loses nothing";
    all();
    EXPECT_EQ(at("16:00"), std::to_string(many));
    EXPECT_EQ(queued(), "0");
    EXPECT_EQ(ask("select count(*) from change_log where table_name = 'appointments' and operation = 'UPDATE' "
                  "and actor = 'test' and cause = 'run:test'"),
              std::to_string(many))
        << "each has its audit row, by the doctor's author and cause";
    expect_whole();
}

TEST_F(Rewriting, AnotherDoctorOfTheSamePageIsStoredAndDone) {
    appointments(3, many);
    appointments(4, 10);
    ask("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$; "
        "create trigger refuse before update on appointments for each row when (new.doctor_id = 3) execute function refuse()");
    std::vector<State> page;
    page.push_back(fetched("doctors", R"({"id":3,"timezone":"America/Los_Angeles"})"));
    page.push_back(fetched("doctors", R"({"id":4,"timezone":"America/Chicago"})"));
    const auto applied = apply(std::move(page));
    EXPECT_EQ(applied[0].outcome, Outcome::created);
    EXPECT_EQ(applied[1].outcome, Outcome::created);
    EXPECT_EQ(at("14:00"), "10");
    EXPECT_TRUE(some().failed);
    EXPECT_EQ(ask("select attempts::text || (next_try_at > now())::text || last_error from rewrites"),
              "1trueSQLSTATE P0001");
    EXPECT_FALSE(some().any) << "it is not its turn yet";
    ask("drop trigger refuse on appointments; update rewrites set next_try_at = now()");
    all();
    EXPECT_EQ(at("16:00"), std::to_string(many));
}

TEST_F(Rewriting, BeginsAnewWhenTheDoctorChangesInBetween) {
    appointments(3, many);
    doctor(3, "America/Los_Angeles");
    some();
    doctor(3, "America/Chicago");
    EXPECT_EQ(ask("select done_to is null from rewrites"), "t");
    all();
    EXPECT_EQ(at("14:00"), std::to_string(many));
}

TEST_F(Rewriting, AnAppointmentWrittenMeanwhileHasTheNewValueAndKeepsIt) {
    appointments(3, many);
    doctor(3, "America/Los_Angeles");
    apply(state("appointments", R"({"id":"new","doctor":3,"scheduled_time":"2026-07-01T09:00:00"})"));
    EXPECT_EQ(at("16:00"), "1");
    some();
    apply(state("appointments", R"({"id":"3-1","doctor":3,"scheduled_time":"2026-07-01T10:00:00"})"));
    apply(state("appointments", R"({"id":"3-2","doctor":9,"scheduled_time":"2026-07-01T09:00:00"})"));
    all();
    EXPECT_EQ(at("17:00"), "1");
    EXPECT_EQ(at("13:00"), "1") << "another doctor's now: the practice's zone";
    EXPECT_EQ(at("16:00"), std::to_string(many - 1));
}

TEST_F(Rewriting, SeveralInstancesAndADoctorThatChangesMeanwhileAgreeInTheEnd) {
    appointments(3, many);
    appointments(4, many);
    doctor(3, "America/Los_Angeles");
    doctor(4, "America/Los_Angeles");
    bool stopping = false;
    std::vector<std::shared_ptr<test::Ended<void>>> running;
    const auto nothing = [] {};
    Rewriter first{io.get_executor(), pool, "America/New_York", nothing};
    Rewriter second{io.get_executor(), pool, "America/New_York", nothing};
    running.push_back(test::spawn(io, first.work_off(stopping)));
    running.push_back(test::spawn(io, second.work_off(stopping)));
    for (const auto* zone : {"America/Chicago", "America/Denver", "America/Chicago"}) {
        doctor(3, zone);
        test::turn_until(io, [] { return false; }, 50ms);
    }
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    all();
    EXPECT_EQ(at("14:00"), std::to_string(many));
    EXPECT_EQ(at("16:00"), std::to_string(many));
    EXPECT_EQ(queued(), "0");
    expect_whole();
}

TEST_F(Rewriting, ALinkToAPatientWithManyRecordsIsFilledToo) {
    appointments(3, many);
    ask("insert into medications (drchrono_id, drchrono_patient_id, drchrono_raw, origin, cause) "
        "select n, 3, '{}', 'api', 'run:before' from generate_series(1, 20) n");
    apply(fetched("patients", R"({"id":3})"));
    EXPECT_EQ(ask("select count(*) from medications where patient_id is not null"), "20") << "few: at once";
    EXPECT_EQ(ask("select child || column_name from rewrites"), "appointmentspatient_id");
    all();
    EXPECT_EQ(ask("select count(*) from appointments a join patients p on p.id = a.patient_id"), std::to_string(many));
}

TEST_F(Rewriting, AppointmentsWithoutAStoredDoctorFollowThePracticesZone) {
    appointments(8, many);
    appointments(3, 10);
    doctor(3, "America/Los_Angeles");
    ask("insert into rewrites (child, column_name, parent_id, actor) values "
        "('appointments', 'scheduled_at', '00000000-0000-0000-0000-000000000000', 'test')");
    all();
    EXPECT_EQ(at("13:00"), std::to_string(many));
    EXPECT_EQ(at("16:00"), "10") << "a stored doctor's are left alone";
}

TEST_F(Rewriting, WhatThisVersionDoesNotKnowWaitsForOneThatDoes) {
    ask("insert into rewrites (child, column_name, parent_id, actor) values ('appointments', 'color', gen_random_uuid(), 'test')");
    EXPECT_TRUE(some().failed);
    EXPECT_EQ(queued(), "1");
}

}  // namespace
}  // namespace dcs::store
