// When a schedule ticks, at given moments: also on the two days of the year on which the clocks change.
#include "reconcile/schedule.hpp"
#include "support/mirror.hpp"

#include <set>

namespace dcs::reconcile {
namespace {

using namespace std::chrono_literals;

class Ticks : public test::WithStore {
protected:
    /// The ticks in (from, to], as UTC, found by looking every minute.
    std::vector<std::string> between(std::string_view entry, std::string_view from, std::string_view to) {
        const auto entries = parse_schedule(entry).value();
        std::vector<std::string> found;
        auto now = parse_iso8601(from).value();
        const auto end = parse_iso8601(to).value();
        while (now <= end) {
            const auto tick = test::run_async(io, read_ticks(pool, entries, "America/New_York", now)).value().front();
            const auto latest = iso8601(parse_iso8601(tick.latest).value()).substr(0, 16);
            if (latest > from.substr(0, 16) && (found.empty() || latest > found.back())) found.push_back(latest);
            EXPECT_GT(tick.next, now);
            now = std::max(now + 1min, tick.next);  // to the next one, which must be the latest then
        }
        return found;
    }
};

TEST_F(Ticks, AWeekTicksOnceAlsoWhereItsHourIsRepeated) {
    // November 1 is a Sunday: the clocks go back at 2:00. The entry ticks on Mondays.
    EXPECT_EQ(between("full=7d@01:00", "2026-10-25T12:00:00Z", "2026-11-10T00:00:00Z"),
              (std::vector<std::string>{"2026-10-26T05:00", "2026-11-02T06:00", "2026-11-09T06:00"}));
    EXPECT_EQ(between("full=7d@01:00", "2027-03-10T12:00:00Z", "2027-03-23T00:00:00Z"),
              (std::vector<std::string>{"2027-03-15T05:00", "2027-03-22T05:00"}));
}

TEST_F(Ticks, ADayTicksOnceOnEachLocalDay) {
    EXPECT_EQ(
        between("all=24h@03:00", "2026-10-30T12:00:00Z", "2026-11-03T12:00:00Z"),
        (std::vector<std::string>{"2026-10-31T07:00", "2026-11-01T08:00", "2026-11-02T08:00", "2026-11-03T08:00"}));
    EXPECT_EQ(between("all=24h@01:30", "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z").size(), 2U)
        << "1:30 comes twice";
    EXPECT_EQ(between("all=24h@03:00", "2027-03-12T12:00:00Z", "2027-03-15T12:00:00Z"),
              (std::vector<std::string>{"2027-03-13T08:00", "2027-03-14T07:00", "2027-03-15T07:00"}));
    EXPECT_EQ(between("all=24h@02:30", "2027-03-12T12:00:00Z", "2027-03-15T12:00:00Z").size(), 3U)
        << "2:30 does not come";
}

TEST_F(Ticks, PartsOfADayKeepTheirCount) {
    EXPECT_EQ(
        between("all=6h@03:00", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
        (std::vector<std::string>{"2026-11-01T08:00", "2026-11-01T14:00", "2026-11-01T20:00", "2026-11-02T02:00"}));
    EXPECT_EQ(between("all=6h", "2027-03-14T04:59:00Z", "2027-03-15T03:59:00Z").size(), 4U);
    EXPECT_EQ(between("all=5h", "2026-06-10T04:00:00Z", "2026-06-11T04:00:00Z"),
              (std::vector<std::string>{"2026-06-10T09:00", "2026-06-10T14:00", "2026-06-10T19:00", "2026-06-11T00:00",
                                        "2026-06-11T04:00"}));
}

TEST_F(Ticks, PartsOfAnHourKeepTheirDistance) {
    EXPECT_EQ(between("patients=15m", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z").size(), 25U * 4);
    EXPECT_EQ(between("patients=15m", "2027-03-14T05:00:00Z", "2027-03-15T04:00:00Z").size(), 23U * 4);
    EXPECT_EQ(
        between("patients=1h@00:10", "2026-11-01T04:00:00Z", "2026-11-01T08:00:00Z"),
        (std::vector<std::string>{"2026-11-01T04:10", "2026-11-01T05:10", "2026-11-01T06:10", "2026-11-01T07:10"}));
}

TEST_F(Ticks, SeveralDaysAreCountedFromAMonday) {
    EXPECT_EQ(between("all=2d@01:00", "2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z").size(), 4U);
    const auto tick = test::run_async(io, read_ticks(pool, parse_schedule("all=7d@01:00").value(), "America/New_York",
                                                     parse_iso8601("2026-06-08T04:30:00Z")))
                          .value()
                          .front();
    EXPECT_EQ(iso8601(parse_iso8601(tick.latest).value()), "2026-06-01T05:00:00.000000Z")
        << "it is half past midnight on Monday";
    EXPECT_EQ(iso8601(tick.next), "2026-06-08T05:00:00.000000Z");
    EXPECT_TRUE(tick.due);
}

}  // namespace
}  // namespace dcs::reconcile
