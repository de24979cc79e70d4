// Wall clocks become moments by zones that the database knows by name, and by no others.
#include "app/time_zones.hpp"
#include "support/mirror.hpp"

#include <fmt/format.h>

namespace dcs::store {
namespace {

class TimeZones : public test::WithStore {
protected:
    std::string usable(const std::string& name) { return ask(fmt::format("select usable_zone($zone${}$zone$)", name)); }
    void appointment_of(int doctor, std::string_view time = "2026-07-01T09:00:00") {
        apply(state("appointments",
                    fmt::format(R"({{"id":"{}00","doctor":{},"scheduled_time":"{}"}})", doctor, doctor, time)));
    }
    std::string at(int doctor) {
        return ask(
            fmt::format("select scheduled_at at time zone 'UTC' from appointments where doctor_id = {}", doctor));
    }
    Applied doctor(int id, std::string_view zone) {
        std::vector<State> one;
        one.push_back(fetched("doctors", fmt::format(R"({{"id":{},"timezone":"{}"}})", id, zone)));
        return apply(std::move(one)).front();
    }
    std::string settle(std::string named) {
        const auto settled = test::run_async(io, app::settle_time_zones(pool, std::move(named)));
        return settled ? *settled : "refused: " + settled.error().detail;
    }
    using WithStore::apply;
};

TEST_F(TimeZones, AreTakenByTheirNamesHoweverTheseAreSpelled) {
    for (const auto& [given, meant] : {std::pair{"America/New_York", "America/New_York"},
                                       {"  america/new_york\t", "America/New_York"},
                                       {"AMERICA/LOS_ANGELES", "America/Los_Angeles"},
                                       {"UTC", "UTC"},
                                       {"Eastern Time (US & Canada)", "America/New_York"},
                                       {"Pacific Time (US & Canada)", "America/Los_Angeles"},
                                       {"US/Eastern", "America/New_York"},
                                       {"us/pacific", "America/Los_Angeles"},
                                       {"US/Central", "America/Chicago"},
                                       {"US/Mountain", "America/Denver"},
                                       {"Arizona", "America/Phoenix"},
                                       {"Hawaii", "Pacific/Honolulu"},
                                       {"EST5EDT", "America/New_York"}})
        EXPECT_EQ(usable(given), meant) << given;
}

TEST_F(TimeZones, OffsetsRulesAndAbbreviationsAreNone) {
    for (const auto* given : {"", " ", "EST", "MST", "HST", "PST", "EDT", "Foo5", "America/Foo5", "<+03>-3", "UTC+5",
                              "-08:00", "posix/America/New_York", "localtime", "Nowhere/Land", "America/NewYork"})
        EXPECT_EQ(usable(given), "") << given;
}

TEST_F(TimeZones, ADoctorsOtherNameForAZoneIsUsed) {
    apply(fetched("doctors", R"json({"id":2,"timezone":"Pacific Time (US & Canada)"})json"));
    appointment_of(2);
    EXPECT_EQ(at(2), "2026-07-01 16:00:00");
}

TEST_F(TimeZones, OneThatCannotBeUsedIsToldAndGivesNoMomentAtAll) {
    appointment_of(2);
    EXPECT_EQ(at(2), "2026-07-01 13:00:00") << "the doctor is not known: the practice's zone";
    EXPECT_EQ(doctor(2, "PST").malformed, std::vector<std::string>{"timezone"});
    EXPECT_EQ(at(2), "") << "not the practice's";
    appointment_of(2, "2026-07-01T10:00:00");
    EXPECT_EQ(at(2), "") << "nor for one that is written afterwards";
    EXPECT_TRUE(doctor(2, "").malformed.empty()) << "none is not malformed";
    EXPECT_EQ(at(2), "2026-07-01 14:00:00");
    EXPECT_TRUE(doctor(2, "America/Los_Angeles").malformed.empty());
    EXPECT_EQ(at(2), "2026-07-01 17:00:00");
}

TEST_F(TimeZones, ATimeThatIsSkippedOrComesTwiceHasOneMomentAlways) {
    for (const auto* before :
         {"set timezone = 'UTC'", "set timezone = 'America/New_York'", "set timezone = 'Asia/Kolkata'"})
        EXPECT_EQ(ask(fmt::format(
                      "{}; select (wall_clock('2026-03-08T02:30:00', 'America/New_York', '') at time zone 'UTC')::text "
                      "|| ' ' || (wall_clock('2026-11-01T01:30:00', 'America/New_York', '') at time zone 'UTC')::text",
                      before)),
                  "2026-03-08 07:30:00 2026-11-01 06:30:00")
            << before;
}

TEST_F(TimeZones, ADayIsNeverThatOfAnotherZone) {
    const auto day = [&](std::string_view zone, std::string_view practice) {
        return ask(fmt::format("select wall_day('2026-07-02T03:00:00Z', '{}', '{}')", zone, practice));
    };
    EXPECT_EQ(day("US/Pacific", "Asia/Kolkata"), "2026-07-01");
    EXPECT_EQ(day("", "America/New_York"), "2026-07-01");
    EXPECT_EQ(day("", ""), "2026-07-02");
    EXPECT_EQ(day("Nowhere/Land", "America/New_York"), "");
}

TEST_F(TimeZones, ThePracticesIsSettledAtTheStart) {
    EXPECT_EQ(settle(""), "");
    EXPECT_EQ(settle("  "), "");
    EXPECT_EQ(settle("us/eastern "), "America/New_York");
    EXPECT_NE(settle("America/NewYork").find("did you mean America/New_York?"), std::string::npos);
    for (const auto* refused : {"America/NewYork", "EST", "Foo5", "Nowhere/Land"})
        EXPECT_TRUE(settle(refused).starts_with("refused: PRACTICE_TIMEZONE: ")) << refused;
}

TEST_F(TimeZones, AppointmentsAreQueuedOnceTheirZoneIsAnother) {
    appointment_of(2);
    doctor(2, "Zone of tomorrow");
    settle("America/New_York");
    ask("delete from rewrites");
    settle("America/New_York");
    EXPECT_EQ(ask("select count(*) from rewrites"), "0") << "nothing is other than it was";
    ask("create or replace function zone_aliases() returns table (spelling text, name text) language sql as $$ "
        "values ('Zone of tomorrow', 'America/Chicago') $$");
    settle("America/New_York");
    EXPECT_EQ(ask("select string_agg(child || column_name, ',') from rewrites"), "appointmentsscheduled_at");
    EXPECT_EQ(ask("select parent_id = (select id from doctors) from rewrites"), "t");
    ask("delete from rewrites");
    settle("America/Denver");
    EXPECT_EQ(ask("select parent_id from rewrites"), "00000000-0000-0000-0000-000000000000")
        << "those whose doctor is not stored";
}

}  // namespace
}  // namespace dcs::store
