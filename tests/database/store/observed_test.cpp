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

/// Its own answer, which has no time of change, confirms the note; what the appointment says of it is older by the clock.
TEST_F(ObservedTest, ANoteThatIsConfirmedIsNotAskedForAgainForEverForWhatItsAppointmentSays) {
    constexpr auto* appointment =
        R"({"id":"7","updated_at":"2026-07-01T10:00:00","clinical_note":{"locked":false,"updated_at":"2026-11-01T01:05:00"}})";
    constexpr auto* note = R"({"appointment":"7","patient":1})";
    apply(answered("appointments", appointment, 2h));
    apply(answered("clinical_notes", note, 2h));
    apply(arrived("clinical_notes", R"({"appointment":"7","locked":true,"updated_at":"2026-11-01T01:55:00"})", 1h));
    const auto fetch = [&](std::chrono::milliseconds ago) {
        std::vector<State> states;
        states.push_back(answered("clinical_notes", note, ago));
        states.push_back(answered("appointments", appointment, ago - 10ms));
        return WithStore::apply(std::move(states));
    };
    // Each time as long after the one before as that one has asked for.
    auto ago = std::chrono::milliseconds{1h - 1s};
    int fetches = 0;
    for (bool again = true; again && fetches < 10; ++fetches) {
        const auto applied = fetch(ago);
        if (fetches == 0) {
            EXPECT_EQ(ask("select locked from clinical_notes"), "t") << "a replica may be behind";
        }
        const auto wait = std::max(applied.front().ask_again.value_or(0ms), applied.back().ask_again.value_or(0ms));
        again = wait > 0ms;
        ago -= wait + 20ms;
    }
    EXPECT_EQ(ask("select locked from clinical_notes"), "f") << "DrChrono still says so after the lag";
    EXPECT_EQ(fetches, 2);
}

/// What is asked for in one fetch tells of one moment: none of it is held against the other.
TEST_F(ObservedTest, ANoteAndWhatItsAppointmentSaysOfItAreTakenTogether) {
    const auto fetch = [&](std::string_view text, std::string_view locked, std::chrono::milliseconds ago) {
        std::vector<State> states;
        states.push_back(
            answered("clinical_notes", fmt::format(R"({{"appointment":"7","patient":1,"text":"{}"}})", text), ago));
        states.push_back(answered(
            "appointments",
            fmt::format(
                R"({{"id":"7","updated_at":"2026-07-01T10:00:00","clinical_note":{{"locked":{},"updated_at":null}}}})",
                locked),
            ago - 10ms));
        const auto applied = WithStore::apply(std::move(states));
        return applied.front().ask_again || applied.back().ask_again;
    };
    EXPECT_FALSE(fetch("a", "false", 2h));
    EXPECT_EQ(ask("select drchrono_raw ->> 'locked' from clinical_notes"), "false");
    EXPECT_FALSE(fetch("b", "true", 1h));
    EXPECT_EQ(ask("select drchrono_raw ->> 'locked' from clinical_notes"), "true");
    EXPECT_FALSE(fetch("b", "false", 30min));
    EXPECT_EQ(ask("select drchrono_raw ->> 'locked' from clinical_notes"), "false");
    apply(arrived("clinical_notes", R"({"appointment":"7","locked":true})", 10min));
    EXPECT_TRUE(fetch("c", "false", 10min - 1s)) << "a replica may be behind";
    EXPECT_EQ(ask("select drchrono_raw ->> 'locked' from clinical_notes"), "true");
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
