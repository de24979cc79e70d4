#include "store/merge.hpp"

#include <gtest/gtest.h>

namespace dcs::store {
namespace {

Document read(std::string_view json) { return Document::parse(json).value().value; }

State state(std::string_view table, std::string_view json, View view = View::brief, Origin origin = Origin::webhook) {
    State made{.resource = find_resource(table), .key = "1", .raw = read(json)};
    made.view = view;
    made.origin = origin;
    return made;
}

Current current(std::string_view json, bool deleted = false) {
    return {.id = "i", .version = "1", .deleted = deleted, .raw = read(json)};
}

TEST(Decide, CreatesWhatIsNotThere) {
    EXPECT_EQ(decide(state("patients", R"({"id":1})"), nullptr).outcome, Outcome::created);
}

TEST(Decide, RefusesAnOlderState) {
    const auto now = current(R"({"id":1,"updated_at":"2026-01-02T00:00:00"})");
    EXPECT_EQ(decide(state("patients", R"({"id":1,"updated_at":"2026-01-01T00:00:00","a":1})"), &now).outcome,
              Outcome::stale);
}

TEST(Decide, TheSameAgainIsNoChange) {
    const auto now = current(R"({"id":1,"a":1,"b":2})");
    const auto decision = decide(state("patients", R"({"a":1,"id":1})"), &now);
    EXPECT_EQ(decision.outcome, Outcome::unchanged);
    EXPECT_FALSE(decision.merged);
    EXPECT_TRUE(decision.remember_view);
}

TEST(Decide, APoorViewErasesNothing) {
    const auto now =
        current(R"({"id":1,"first_name":"A","primary_insurance":{"x":1},"updated_at":"2026-01-01T00:00:00"})");
    const auto decision =
        decide(state("patients", R"({"id":1,"first_name":"B","updated_at":"2026-01-02T00:00:00"})"), &now);
    EXPECT_EQ(decision.outcome, Outcome::updated);
    EXPECT_EQ(*decision.merged,
              read(R"({"id":1,"first_name":"B","primary_insurance":{"x":1},"updated_at":"2026-01-02T00:00:00"})"));
}

TEST(Decide, ACompleteViewReplacesButForWhatComesOnlyAtTimes) {
    const auto now = current(R"({"id":1,"gone":"x","date_of_death":"2026-01-01"})");
    const auto decision = decide(state("patients", R"({"id":1,"first_name":"B"})", View::full, Origin::api), &now);
    EXPECT_EQ(*decision.merged, read(R"({"id":1,"first_name":"B","date_of_death":"2026-01-01"})"));
}

TEST(Decide, AnAnswerThatIgnoresVerboseErasesNoVerboseMember) {
    const auto now = current(R"({"id":1,"status":"active","description":"Rash"})");
    const auto decision = decide(state("allergies", R"({"id":1,"status":"inactive"})", View::full, Origin::api), &now);
    EXPECT_EQ(*decision.merged, read(R"({"id":1,"status":"inactive","description":"Rash"})"));
}

TEST(Decide, ASnapshotRevivesATombstoneOnlyWhenItIsNewer) {
    const auto now = current(R"({"id":"1","updated_at":"2026-01-02T00:00:00","deleted_flag":true})", true);
    const auto at = [&](std::string_view time, Origin origin) {
        return decide(state("appointments", fmt::format(R"({{"id":"1","updated_at":"{}","deleted_flag":false}})", time),
                            View::brief, origin),
                      &now)
            .outcome;
    };
    EXPECT_EQ(at("2026-01-01T00:00:00", Origin::webhook), Outcome::stale);
    EXPECT_EQ(at("2026-01-02T00:00:00", Origin::webhook), Outcome::unordered);
    EXPECT_EQ(at("2026-01-03T00:00:00", Origin::webhook), Outcome::revived);
    EXPECT_EQ(at("2026-01-02T00:00:00", Origin::api), Outcome::revived);
}

TEST(Decide, AnEventOrAFlagRemoves) {
    const auto now = current(R"({"id":"1"})");
    EXPECT_EQ(decide(state("appointments", R"({"id":"1","deleted_flag":true})"), &now).outcome, Outcome::removed);
    auto by_event = state("appointments", R"({"id":"1"})", View::partial);
    by_event.removed = true;
    EXPECT_EQ(decide(by_event, &now).outcome, Outcome::removed);
    EXPECT_EQ(decide(by_event, nullptr).outcome, Outcome::removed);
}

TEST(Decide, TwoStatesOfOneTimeAreTied) {
    const auto now = current(R"({"id":1,"updated_at":"2026-01-02T00:00:00","a":1})");
    EXPECT_TRUE(decide(state("patients", R"({"id":1,"updated_at":"2026-01-02T00:00:00","a":2})"), &now).tied);
    EXPECT_FALSE(decide(state("patients", R"({"id":1,"updated_at":"2026-01-03T00:00:00","a":2})"), &now).tied);
}

TEST(Decide, AProjectionDoesNotTurnNumbersIntoTexts) {
    const auto now = current(R"({"appointment":5,"patient":7,"locked":false})");
    const auto same =
        decide(state("clinical_notes", R"({"appointment":"5","patient":"7","locked":false})", View::partial), &now);
    EXPECT_EQ(same.outcome, Outcome::unchanged);
    const auto locked = decide(state("clinical_notes", R"({"appointment":"5","locked":true})", View::partial), &now);
    EXPECT_EQ(*locked.merged, read(R"({"appointment":5,"patient":7,"locked":true})"));
}

TEST(Decide, AnUnreadableTimeDoesNotDisarmTheOrder) {
    const auto now = current(R"({"id":1,"updated_at":"2026-05-05T00:00:00"})");
    for (const auto* clock : {"null", R"("garbage")", "5", R"("2026-06-01T00:00:00Z")"}) {
        const auto odd = state("patients", fmt::format(R"({{"id":1,"a":1,"updated_at":{}}})", clock));
        const auto decision = decide(odd, &now);
        EXPECT_EQ(decision.outcome, Outcome::updated) << clock;
        EXPECT_EQ(decision.merged->find("updated_at")->string(), "2026-05-05T00:00:00") << clock;
        EXPECT_EQ(unreadable_clock(*odd.resource, odd.raw), std::string_view{clock} != "null") << clock;
    }
}

TEST(Decide, AProjectionDoesNotRevive) {
    const auto now = current(R"({"appointment":"5","archived":true,"locked":false})", true);
    EXPECT_EQ(decide(state("clinical_notes", R"({"appointment":"5","locked":true})", View::partial), &now).outcome,
              Outcome::updated);
}

/// When states are observed, in seconds from some moment.
Time second(int seconds) { return Time{std::chrono::seconds{1'000'000 + seconds}}; }

Current seen(std::string_view json, Seen by, int at) {
    auto made = current(json);
    made.seen = by;
    made.observed = second(at);
    return made;
}

State observed(std::string_view table, std::string_view json, Seen by, int at) {
    auto made = by == Seen::webhook ? state(table, json) : state(table, json, View::full, Origin::api);
    made.listed = by == Seen::list;
    made.observed.database = second(at);
    return made;
}

constexpr std::chrono::milliseconds lag = std::chrono::seconds{12};

struct Rivals {
    const char* what;
    Seen stored_by;
    int stored_at;
    Seen by;
    int at;
    Outcome outcome;
    std::optional<std::chrono::milliseconds> ask_again{};
};

TEST(Decide, WithoutAClockTheOneObservedLaterIsNewer) {
    using std::chrono::seconds;
    const std::vector<Rivals> rows{
        {"a later delivery", Seen::webhook, 0, Seen::webhook, 1, Outcome::updated},
        {"deliveries of one moment go by their order", Seen::webhook, 0, Seen::webhook, 0, Outcome::updated},
        {"an earlier delivery", Seen::webhook, 5, Seen::webhook, 4, Outcome::stale},
        {"a fetch asked before the delivery", Seen::webhook, 5, Seen::item, 4, Outcome::stale, seconds{12}},
        {"a fetch that a lagging replica may have answered", Seen::webhook, 5, Seen::item, 6, Outcome::stale,
         seconds{11}},
        {"a fetch after the lag", Seen::webhook, 5, Seen::item, 17, Outcome::updated},
        {"a page asked before the delivery", Seen::webhook, 5, Seen::list, -600, Outcome::stale, seconds{12}},
        {"a page within the lag", Seen::webhook, 5, Seen::list, 16, Outcome::stale, seconds{1}},
        {"a page after the lag", Seen::webhook, 5, Seen::list, 17, Outcome::updated},
        {"a page within the lag of a fetch", Seen::item, 5, Seen::list, 6, Outcome::stale, seconds{11}},
        {"a page after another page", Seen::list, 5, Seen::list, 6, Outcome::updated},
        {"a page asked before another page", Seen::list, 5, Seen::list, 4, Outcome::stale, seconds{12}},
        {"a fetch within the lag of a page", Seen::list, 5, Seen::item, 6, Outcome::stale, seconds{11}},
        {"a delivery before a fetch that may have missed it", Seen::item, 5, Seen::webhook, 4, Outcome::updated},
        {"a delivery long before a fetch", Seen::item, 20, Seen::webhook, 4, Outcome::stale},
    };
    for (const auto& row : rows) {
        const auto now = seen(R"({"id":1,"status":"b"})", row.stored_by, row.stored_at);
        const auto decision = decide(observed("problems", R"({"id":1,"status":"a"})", row.by, row.at), &now, lag);
        EXPECT_EQ(name_of(decision.outcome), name_of(row.outcome)) << row.what;
        EXPECT_EQ(decision.ask_again, row.ask_again) << row.what;
    }
}

TEST(Decide, WhatSaysTheSameIsNeverStale) {
    const auto now = seen(R"({"id":1,"status":"b"})", Seen::webhook, 5);
    const auto decision = decide(observed("problems", R"({"id":1,"status":"b"})", Seen::list, 1), &now, lag);
    EXPECT_EQ(decision.outcome, Outcome::unchanged);
    EXPECT_FALSE(decision.ask_again);
}

TEST(Decide, AClockDecidesWheneverTheStatesWereObserved) {
    const auto now = seen(R"({"id":1,"a":1,"updated_at":"2026-01-02T00:00:00"})", Seen::webhook, 5);
    const auto* const newer = R"({"id":1,"a":2,"updated_at":"2026-01-02T00:00:01"})";
    EXPECT_EQ(decide(observed("patients", newer, Seen::item, 1), &now, lag).outcome, Outcome::updated);
    EXPECT_EQ(decide(observed("patients", newer, Seen::webhook, 1), &now, lag).outcome, Outcome::updated);
    const auto* const equal = R"({"id":1,"a":2,"updated_at":"2026-01-02T00:00:00"})";
    EXPECT_EQ(decide(observed("patients", equal, Seen::item, 6), &now, lag).outcome, Outcome::updated)
        << "a complete view of the same moment";
    EXPECT_EQ(decide(observed("patients", equal, Seen::item, 4), &now, lag).outcome, Outcome::stale);
}

TEST(Decide, WhatDrchronoStillReturnsAfterTheLagWinsOverAClockThatWentBack) {
    // 2026-11-01, 1:55 in the summer and, ten minutes later, 1:05 in the winter.
    const auto now = seen(R"({"id":1,"a":1,"updated_at":"2026-11-01T01:55:00"})", Seen::webhook, 0);
    const auto* const later = R"({"id":1,"a":2,"updated_at":"2026-11-01T01:05:00"})";
    const auto delivery = decide(observed("patients", later, Seen::webhook, 600), &now, lag);
    EXPECT_EQ(delivery.outcome, Outcome::stale);
    EXPECT_EQ(delivery.ask_again, lag) << "whether the clock went back can only be asked";
    EXPECT_FALSE(decide(observed("patients", later, Seen::webhook, 3), &now, lag).ask_again)
        << "deliveries that overtake each other are not worth a request";
    for (const auto by : {Seen::item, Seen::list}) {
        EXPECT_EQ(decide(observed("patients", later, by, 600), &now, lag).outcome, Outcome::updated);
        const auto early = decide(observed("patients", later, by, 5), &now, lag);
        EXPECT_EQ(early.outcome, Outcome::stale);
        EXPECT_EQ(early.ask_again, std::chrono::seconds{7});
    }
}

TEST(Decide, WhatAnAnswerStillSaysOfAnotherRecordAfterTheLagWinsToo) {
    const auto now = seen(R"({"appointment":"1","locked":true,"updated_at":"2026-11-01T01:55:00"})", Seen::webhook, 4);
    auto projected = observed(
        "clinical_notes", R"({"appointment":"1","locked":false,"updated_at":"2026-11-01T01:05:00"})", Seen::item, 5);
    projected.view = View::partial;
    projected.projected = true;
    EXPECT_EQ(decide(projected, &now, lag).outcome, Outcome::stale);
    EXPECT_EQ(decide(projected, &now, lag).ask_again, lag);
    projected.observed.database = *projected.observed.database + std::chrono::minutes{10};
    EXPECT_EQ(decide(projected, &now, lag).outcome, Outcome::updated);
}

TEST(Decide, APageAskedBeforeARemovalDoesNotBringTheRecordBack) {
    auto gone = seen(R"({"id":1,"status":"b"})", Seen::webhook, 5);
    gone.deleted = true;
    EXPECT_EQ(decide(observed("problems", R"({"id":1,"status":"b"})", Seen::list, 4), &gone, lag).outcome,
              Outcome::stale);
    EXPECT_EQ(decide(observed("problems", R"({"id":1,"status":"b"})", Seen::list, 17), &gone, lag).outcome,
              Outcome::revived);
}

TEST(Decide, ANotFoundAskedBeforeTheRecordCameBackRemovesNothing) {
    const auto now = seen(R"({"id":1,"status":"b"})", Seen::webhook, 5);
    auto gone = observed("problems", R"({"id":1})", Seen::item, 4);
    gone.view = View::partial;
    gone.removed = true;
    EXPECT_EQ(decide(gone, &now, lag).outcome, Outcome::stale);
    gone.observed.database = second(6);
    EXPECT_EQ(decide(gone, &now, lag).outcome, Outcome::stale) << "a replica may not know the record yet";
    const auto listed = seen(R"({"id":1,"status":"b"})", Seen::list, 5);
    EXPECT_EQ(decide(gone, &listed, lag).outcome, Outcome::removed) << "DrChrono itself had shown it";
    gone.announced = true;
    EXPECT_EQ(decide(gone, &now, lag).outcome, Outcome::removed) << "an event had said so";
}

}  // namespace
}  // namespace dcs::store
