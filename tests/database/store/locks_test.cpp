// Who waits for whom: only a parent that children could miss holds them up.
#include "support/mirror.hpp"

namespace dcs::store {
namespace {

using namespace std::chrono_literals;

class LocksTest : public test::WithStore {
protected:
    /// Applies the states in a transaction that stays open.
    pg::Transaction open(std::vector<State> states) {
        pg::Author author{"test", std::string{by_row}};
        auto transaction = test::run_async(io, pg::Transaction::begin(pool, std::move(author))).value();
        const auto applied = test::run_async(io, store.apply(transaction, std::move(states))).value();
        EXPECT_TRUE(is_change(applied.front().outcome));
        return transaction;
    }
    /// Newer than all that came before.
    static std::vector<State> one(State state) {
        std::vector<State> states;
        state.observed.here = std::chrono::steady_clock::now() + 24h;
        states.push_back(std::move(state));
        return states;
    }
    /// Whether these states are written while `other` is open; if not, they are once it has been committed.
    bool waits_for(pg::Transaction other, State state) {
        const auto applying = test::spawn(io, in_transaction(one(std::move(state))));
        const bool went_by = test::turn_until(io, [&] { return applying->done; }, 700ms);
        EXPECT_TRUE(test::run_async(io, other.commit()));
        EXPECT_TRUE(test::turn_until(io, [&] { return applying->done; }, 90s));
        EXPECT_TRUE(applying->value && applying->value->has_value() && is_change((*applying->value)->front().outcome));
        return !went_by;
    }
};

TEST_F(LocksTest, KnownPatientsAreWrittenSideBySide) {
    apply(state("patients", R"({"id":1,"first_name":"A"})"));
    apply(state("patients", R"({"id":2,"first_name":"A"})"));
    EXPECT_FALSE(waits_for(open(one(state("patients", R"({"id":1,"first_name":"B"})"))),
                           state("patients", R"({"id":2,"first_name":"B"})")));
}

TEST_F(LocksTest, NewPatientsAreWrittenSideBySide) {
    EXPECT_FALSE(waits_for(open(one(state("patients", R"({"id":1,"first_name":"B"})"))),
                           state("patients", R"({"id":2,"first_name":"B"})")));
}

TEST_F(LocksTest, AKnownPatientHoldsUpNoneOfItsAppointments) {
    apply(state("patients", R"({"id":1,"first_name":"A"})"));
    EXPECT_FALSE(waits_for(open(one(state("patients", R"({"id":1,"first_name":"B"})"))),
                           state("appointments", R"({"id":"7","patient":1})")));
    EXPECT_EQ(ask("select a.patient_id = p.id from appointments a, patients p"), "t");
}

TEST_F(LocksTest, AnAppointmentWaitsForItsNewPatient) {
    EXPECT_TRUE(
        waits_for(open(one(state("patients", R"({"id":1})"))), state("appointments", R"({"id":"7","patient":1})")));
    EXPECT_EQ(ask("select a.patient_id = p.id from appointments a, patients p"), "t");
}

TEST_F(LocksTest, ANewPatientWaitsForAnAppointmentThatDoesNotKnowIt) {
    EXPECT_TRUE(
        waits_for(open(one(state("appointments", R"({"id":"7","patient":1})"))), state("patients", R"({"id":1})")));
    EXPECT_EQ(ask("select a.patient_id = p.id from appointments a, patients p"), "t");
}

TEST_F(LocksTest, AnAppointmentWaitsForADoctorWhoseTimeZoneChanges) {
    apply(state("doctors", R"({"id":3,"timezone":"US/Eastern"})"));
    EXPECT_TRUE(waits_for(
        open(one(state("doctors", R"({"id":3,"timezone":"US/Pacific"})"))),
        state("appointments", R"({"id":"7","patient":1,"doctor":3,"scheduled_time":"2026-07-01T09:00:00"})")));
    EXPECT_EQ(ask("select scheduled_at from appointments"), "2026-07-01 16:00:00+00");
}

TEST_F(LocksTest, ADoctorWhoseTimeZoneStaysHoldsUpNobody) {
    apply(state("doctors", R"({"id":3,"timezone":"US/Eastern"})"));
    EXPECT_FALSE(waits_for(open(one(state("doctors", R"({"id":3,"timezone":"US/Eastern","specialty":"None"})"))),
                           state("appointments", R"({"id":"7","patient":1,"doctor":3})")));
}

TEST_F(LocksTest, TwoBatchesOfTheSameRecordsDoNotLockEachOtherOut) {
    std::vector<State> forth;
    std::vector<State> back;
    for (int id = 1; id <= 300; ++id) {
        apply(state("patients", fmt::format(R"({{"id":{}}})", id)));
        forth.push_back(state("patients", fmt::format(R"({{"id":{},"first_name":"Forth"}})", id)));
        back.push_back(state("patients", fmt::format(R"({{"id":{},"first_name":"Back"}})", 301 - id)));
    }
    for (auto* states : {&forth, &back})
        for (auto& each : *states) each.observed.here = std::chrono::steady_clock::now() + 24h;
    const auto one_way = test::spawn(io, in_transaction(std::move(forth)));
    const auto the_other = test::spawn(io, in_transaction(std::move(back)));
    ASSERT_TRUE(test::turn_until(io, [&] { return one_way->done && the_other->done; }));
    EXPECT_TRUE(one_way->value->has_value());
    EXPECT_TRUE(the_other->value->has_value());
    EXPECT_EQ(ask("select deadlocks from pg_stat_database where datname = current_database()"), "0");
}

}  // namespace
}  // namespace dcs::store
