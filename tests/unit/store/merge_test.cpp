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

}  // namespace
}  // namespace dcs::store
