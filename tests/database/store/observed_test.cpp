// Which of two states is newer where no clock says so: by when they were observed, whatever path they took.
#include "support/mirror.hpp"

namespace dcs::store {

namespace {

using namespace std::chrono_literals;

class ObservedTest : public test::WithStore {
protected:
    ObservedTest() { time_passes = false; }
    /// As it arrived so long ago.
    static State arrived(std::string_view table, std::string_view json, std::chrono::milliseconds ago) {
        auto made = state(table, json);
        made.observed.here -= ago;
        return made;
    }
    /// As it was asked for so long ago.
    static State answered(std::string_view table, std::string_view json, std::chrono::milliseconds ago,
                          bool listed = false) {
        auto made = fetched(table, json);
        made.observed.here -= ago;
        made.listed = listed;
        return made;
    }
    std::string status() const { return ask("select status from problems"); }
};

constexpr auto* first = R"({"id":1,"status":"active"})";
constexpr auto* second = R"({"id":1,"status":"resolved"})";

TEST_F(ObservedTest, AFetchThatWasUnderWayDoesNotReplaceADeliveryThatArrivedMeanwhile) {
    apply(arrived("problems", first, 20s));
    apply(arrived("problems", second, 1s));
    std::vector<State> states;
    states.push_back(answered("problems", first, 3s));
    const auto applied = WithStore::apply(std::move(states));
    EXPECT_EQ(applied.front().outcome, Outcome::stale);
    ASSERT_TRUE(applied.front().ask_again);
    EXPECT_GT(*applied.front().ask_again, 0ms);
    EXPECT_LE(*applied.front().ask_again, 12s);
    EXPECT_EQ(status(), "resolved");
    EXPECT_EQ(ask("select count(*) from change_log"), "2") << "what is dropped leaves no audit row";
}

TEST_F(ObservedTest, AReplicaThatLagsDoesNotReplaceADelivery) {
    apply(arrived("problems", first, 20s));
    apply(arrived("problems", second, 1s));
    EXPECT_EQ(apply(answered("problems", first, 0s)), Outcome::stale);
    EXPECT_EQ(apply(answered("problems", first, 0s, true)), Outcome::stale);
    EXPECT_EQ(status(), "resolved");
}

TEST_F(ObservedTest, APageStagedHoursAgoDoesNotReplaceWhatCameSince) {
    apply(answered("problems", first, 2h, true));
    apply(arrived("problems", second, 60s));
    EXPECT_EQ(apply(answered("problems", first, 1h, true)), Outcome::stale);
    EXPECT_EQ(status(), "resolved");
    EXPECT_EQ(apply(answered("problems", first, 0s, true)), Outcome::updated) << "asked for after the lag, it is news";
}

TEST_F(ObservedTest, AStateThatSaysWhatIsStoredMakesItAsNewAsItself) {
    apply(arrived("problems", first, 3h));
    EXPECT_EQ(apply(arrived("problems", first, 60s)), Outcome::unchanged);
    EXPECT_EQ(apply(answered("problems", second, 1h, true)), Outcome::stale)
        << "resolved for a while, and active again before the page was stored";
    EXPECT_EQ(status(), "active");
}

TEST_F(ObservedTest, ADeliveryThatWaitedInTheInboxDoesNotReplaceALaterAnswer) {
    apply(answered("problems", second, 1min));
    EXPECT_EQ(apply(arrived("problems", first, 1h)), Outcome::stale);
    EXPECT_EQ(status(), "resolved");
}

TEST_F(ObservedTest, AnAnswerFromBeforeALockDoesNotUnlockTheNote) {
    apply(answered("appointments", R"({"id":"7","updated_at":"2026-07-01T10:00:00","clinical_note":{"locked":false}})",
                   1h));
    apply(arrived("clinical_notes", R"({"appointment":"7","locked":true})", 10s));
    std::vector<State> states;
    states.push_back(answered(
        "appointments",
        R"({"id":"7","updated_at":"2026-07-01T10:00:01","clinical_note":{"locked":false},"reason":"x"})", 20s));
    const auto applied = WithStore::apply(std::move(states));
    EXPECT_EQ(ask("select locked from clinical_notes"), "t");
    EXPECT_TRUE(applied.front().ask_again) << "the appointment is what can be asked for";
}

TEST_F(ObservedTest, ObservationIsNoChangeOfTheRecord) {
    apply(arrived("problems", first, 1h));
    apply(arrived("problems", first, 0s));
    EXPECT_EQ(ask("select count(*) from change_log"), "1");
    EXPECT_EQ(ask("select count(*) from outbox"), "1");
    EXPECT_EQ(ask("select (now() - observed_at < interval '10 seconds')::text || observed_by from problems"),
              "truewebhook");
    apply(answered("problems", first, 0s, true));  // a view that was not seen before is remembered
    const auto version = ask("select xmin from problems");
    apply(answered("problems", first, 0s, true));
    EXPECT_EQ(ask("select xmin from problems"), version) << "what a listing confirms is not written";
}

TEST_F(ObservedTest, ComparingTellsWhatDrchronoStillReturnsOfAClockThatWentBack) {
    apply(arrived("patients", R"({"id":1,"first_name":"A","updated_at":"2026-11-01T01:55:00"})", 1h));
    std::vector<State> states;
    states.push_back(fetched("patients", R"({"id":1,"first_name":"B","updated_at":"2026-11-01T01:05:00"})"));
    const auto compared = test::run_async(io, store.compare(pool, states)).value();
    EXPECT_EQ(compared.front().outcome, Outcome::updated);
    EXPECT_EQ(apply(std::move(states.front())), Outcome::updated);
    EXPECT_EQ(ask("select first_name from patients"), "B");
}

}  // namespace
}  // namespace dcs::store
