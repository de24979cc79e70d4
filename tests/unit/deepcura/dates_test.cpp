#include "deepcura/dates.hpp"

#include "base/document.hpp"
#include "deepcura/parse.hpp"

#include <gtest/gtest.h>

namespace dcs::deepcura {
namespace {

When of_text(const std::string& text) { return read_when(Document{text}); }
When of_number(const std::string& digits) { return read_when(Document{Document::Number{digits}}); }

TEST(DeepCuraDates, ReadsTheDaysThatPeopleWrite) {
    for (const auto* text : {"2026-10-05",
                             "2026-10-5",
                             "2026/10/05",
                             "20261005",
                             " 2026-10-05 ",
                             "10/05/2026",
                             "10/5/2026",
                             "October 5, 2026",
                             "october 5 2026",
                             "Oct 5 2026",
                             "Oct. 5, 2026",
                             "OCT 5, 2026",
                             "October 5th, 2026",
                             "5 Oct 2026",
                             "5 October 2026",
                             "5th of October, 2026",
                             "5th Oct 2026",
                             "05-Oct-2026",
                             "Monday, October 5, 2026",
                             "Mon Oct 5 2026",
                             "Mon, 5 Oct 2026"}) {
        const auto when = of_text(text);
        EXPECT_EQ(when.date, "2026-10-05") << text;
        EXPECT_EQ(when.time + when.at, "") << text;
        EXPECT_FALSE(when.two_digit_year) << text;
    }
    EXPECT_EQ(of_text("Sept 3, 2026").date, "2026-09-03");
    EXPECT_EQ(of_number("20261005").date, "2026-10-05");
}

TEST(DeepCuraDates, ReadsADayWithATimeOnTheWritersClock) {
    for (const auto* text :
         {"2026-10-05T14:30", "2026-10-05 14:30", "2026-10-05T14:30:00", "2026-10-05t14:30:00.123456789",
          "10/5/2026 2:30 PM", "10/05/2026, 2:30 pm", "10/5/2026 2:30PM", "10/5/2026 2:30 p.m.",
          "October 5, 2026 at 2:30 PM", "Oct 5 2026 14:30"}) {
        const auto when = of_text(text);
        EXPECT_EQ(when.date, "2026-10-05") << text;
        EXPECT_EQ(when.time, "14:30:00") << text;
        EXPECT_EQ(when.at, "") << text;
    }
    EXPECT_EQ(of_text("10/5/2026 12:05 AM").time, "00:05:00");
    EXPECT_EQ(of_text("10/5/2026 12:05 PM").time, "12:05:00");
}

TEST(DeepCuraDates, ReadsAMomentWhereAZoneIsGiven) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"2026-10-05T14:30:00Z", "2026-10-05T14:30:00Z"},
        {"2026-10-05T14:30Z", "2026-10-05T14:30:00Z"},
        {"2026-10-05T14:30:15.123z", "2026-10-05T14:30:15.123Z"},
        {"2026-10-05T14:30:00.123456789Z", "2026-10-05T14:30:00.123456Z"},
        {"2026-10-05T14:30:00-04:00", "2026-10-05T14:30:00-04:00"},
        {"2026-10-05 14:30:00 -0400", "2026-10-05T14:30:00-04:00"},
        {"2026-10-05 14:30:00+05", "2026-10-05T14:30:00+05:00"},
        {"2026-10-05 14:30 UTC", "2026-10-05T14:30:00Z"},
        {"Mon Oct 05 2026 14:30:00 GMT-0400", "2026-10-05T14:30:00-04:00"},
        {"Mon, 05 Oct 2026 14:30:00 GMT", "2026-10-05T14:30:00Z"},
        {"1791210600", "2026-10-05T14:30:00Z"},
    };
    for (const auto& [text, at] : cases) {
        const auto when = of_text(text);
        EXPECT_EQ(when.at, at) << text;
        EXPECT_EQ(when.date + when.time, "") << text;
    }
}

TEST(DeepCuraDates, ReadsSecondsAndMillisecondsSince1970) {
    EXPECT_EQ(of_number("1791210600").at, "2026-10-05T14:30:00Z");
    EXPECT_EQ(of_number("1791210600.75").at, "2026-10-05T14:30:00Z");
    EXPECT_EQ(of_number("1791210600000").at, "2026-10-05T14:30:00Z");
    EXPECT_EQ(of_number("1791210600123").at, "2026-10-05T14:30:00.123Z");
    for (const auto* digits :
         {"0", "5", "-1791210600", "2026", "17912106000", "1.79e9", "99999999999999999999", "99999999"})
        EXPECT_TRUE(of_number(digits).empty()) << digits;
}

TEST(DeepCuraDates, ChecksTheCalendar) {
    for (const auto* text : {"2026-02-30", "2026-13-01", "2026-00-10", "2026-10-00", "02/30/2026", "25/13/2026",
                             "20260230", "February 29, 2026", "31 Nov 2026", "1899-12-31", "2201-01-01"})
        EXPECT_TRUE(of_text(text).empty()) << text;
    EXPECT_EQ(of_text("2024-02-29").date, "2024-02-29");
    EXPECT_EQ(of_text("1900-01-01").date, "1900-01-01");
    EXPECT_EQ(of_text("2200-12-31").date, "2200-12-31");
}

TEST(DeepCuraDates, SaysThatAYearHasTwoDigitsAndDoesNotGuessIt) {
    for (const auto* text : {"10/5/26", "10/05/26 2:30 PM", "Oct 5, 26", "5 Oct 26"}) {
        const auto when = of_text(text);
        EXPECT_TRUE(when.two_digit_year) << text;
        EXPECT_TRUE(when.empty()) << text;
    }
}

TEST(DeepCuraDates, ReadsNothingIntoOtherTexts) {
    for (const auto* text : {"", " ", "tomorrow", "2026-10", "2026-10-05x", "2026-10-05T", "10/5/226",
                             "Octember 5 2026", "Oct 2026", "2026-10-05, 2026-10-06", "10/5", "ma 5 2026"}) {
        const auto when = of_text(text);
        EXPECT_TRUE(when.empty()) << text;
        EXPECT_FALSE(when.two_digit_year) << text;
    }
    EXPECT_TRUE(of_text(std::string(100'000, '1')).empty());
    EXPECT_TRUE(read_when(Document{true}).empty());
    EXPECT_TRUE(read_when(Document{}).empty());
    EXPECT_TRUE(read_when(Document{Document::Array{}}).empty());
}

TEST(DeepCuraDates, NeverGuessesMonthOrDayFirstSilently) {
    for (const auto* text : {"10/05/2026", "10-05-2026", "10/05/2026 14:30", "10/05/2026 2:30 PM", "10/5/2026 2:30 PM",
                             "10/5/2026, 2:30 PM"}) {
        const auto when = of_text(text);
        EXPECT_EQ(when.date + " " + when.other_date, "2026-10-05 2026-05-10") << text;
        EXPECT_FALSE(when.no_preference) << text;
    }
    EXPECT_TRUE(of_text("5.10.2026").no_preference);
    for (const auto* text :
         {"10/5/2026, 2:30:00 PM", "Monday 10/05/2026", "10/05/2026 14:30 PDT", "2026-10-05", "October 5, 2026"})
        EXPECT_EQ(of_text(text).other_date, "") << text;
    EXPECT_EQ(of_text("05/10/2026, 2:30:00 pm").other_date, "2026-10-05") << "Australia writes so";
    EXPECT_EQ(of_text("25/12/2026").date, "2026-12-25");
    EXPECT_EQ(of_text("12/25/2026").date, "2026-12-25");
    EXPECT_TRUE(of_text("Tuesday, October 5, 2026").weekday_differs);
    const auto zoned = read_note(Document::parse(R"({"session_date":"Tue 4 Mar 2026, 09:15 CST"})").value().value);
    EXPECT_EQ(zoned.session_days, (std::vector<std::string>{"2026-03-04", "2026-03-03"}));
    EXPECT_EQ(zoned.flags, std::vector<std::string>{"session_date_weekday_differs"});
}

TEST(DeepCuraDates, AWeekdaySettlesAYearOfTwoDigits) {
    for (const auto* text : {"Mon 10/5/26", "Monday, 10/05/26", "10/5/26 (Mon)", "Mon 5/10/26 at 2:30 PM"})
        EXPECT_EQ(of_text(text).date + of_text(text).other_date, "2026-10-05") << text;
    EXPECT_EQ(of_text("Sun 10/5/26").date, "2026-05-10");
    EXPECT_TRUE(of_text("Tue 10/5/26").two_digit_year);
    EXPECT_TRUE(of_text("10/5/26").two_digit_year);
}

TEST(DeepCuraDates, ReadsTheBeginningOfARange) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"October 5, 2026 (2:30-3:15 PM)", "14:30:00"},
        {"Oct 5, 2026 2:30 PM \xE2\x80\x93 3:15 PM", "14:30:00"},
        {"October 5, 2026, 11:30-12:15 PM", "11:30:00"},
        {"October 5, 2026 12:30-1:15 PM", "12:30:00"},
        {"October 5, 2026 from 2:30 to 3:15 PM", "14:30:00"},
        {"October 5, 2026 2-3 PM", "14:00:00"},
        {"October 5, 2026 2:30PM-3:15PM (45 min)", "14:30:00"},
        {"2026-10-05 14:30\xE2\x80\x93"
         "15:15",
         "14:30:00"},
        {"October 5, 2026 (14:30-15:15)", "14:30:00"},
        {"October 5, 2026 9:00 through 1:00 PM", "09:00:00"}};
    for (const auto& [text, time] : cases) {
        const auto when = of_text(text);
        EXPECT_EQ(when.date + " " + when.time, "2026-10-05 " + time) << text;
        EXPECT_FALSE(when.time_unreadable) << text;
    }
}

TEST(DeepCuraDates, KeepsTheDayWhereZoneOrClockCannotBeRead) {
    for (const auto* text : {"2026-10-05T14:30 IST", "2026-10-05T14:30 EST", "2026-10-05T14:30+99:00"}) {
        const auto when = of_text(text);
        EXPECT_EQ(when.date + " " + when.time, "2026-10-05 14:30:00") << text;
        EXPECT_TRUE(when.zone_unreadable) << text;
    }
    for (const auto* text : {"2026-10-05T25:00", "2026-10-05T14:60", "2026-10-05T14:30:61", "2026-10-05 14:30 AM"}) {
        const auto when = of_text(text);
        EXPECT_EQ(when.date + when.time, "2026-10-05") << text;
        EXPECT_TRUE(when.time_unreadable) << text;
    }
}

TEST(DeepCuraDates, KnowsTheZonesOfTheUnitedStates) {
    EXPECT_EQ(of_text("2026-10-05 14:30 PDT").at, "2026-10-05T14:30:00-07:00");
    EXPECT_EQ(of_text("2026-12-05 14:30 PST").at, "2026-12-05T14:30:00-08:00");
    EXPECT_EQ(of_text("2026-10-05 14:30 ET").at, "2026-10-05T14:30:00-04:00");
    EXPECT_EQ(of_text("2026-03-08 01:30 [America/New_York]").at, "2026-03-08T01:30:00-05:00");
    EXPECT_EQ(of_text("2026-03-08 03:30 [America/New_York]").at, "2026-03-08T03:30:00-04:00");
    EXPECT_EQ(of_text("2026-07-05 14:30 (Arizona)").at, "2026-07-05T14:30:00-07:00");
}

TEST(DeepCuraDates, ReadsATimeAlone) {
    EXPECT_EQ(of_text("14:30").time, "14:30:00");
    EXPECT_EQ(of_text("14:30:15").time, "14:30:15");
    EXPECT_EQ(of_text("9:05").time, "09:05:00");
    EXPECT_EQ(of_text("2:30 PM").time, "14:30:00");
    EXPECT_EQ(of_text("2 PM").time, "14:00:00");
    EXPECT_EQ(of_text("12am").time, "00:00:00");
    EXPECT_EQ(of_text("2:30 PM").date, "");
    for (const auto* text : {"24:00", "14:30Z", "14", "0:30 PM", "14:3"}) EXPECT_TRUE(of_text(text).empty()) << text;
}

TEST(DeepCuraDates, ReadsMinutes) {
    const auto minutes = [](const std::string& text, bool unit_needed = false) {
        return read_minutes(Document{text}, unit_needed);
    };
    EXPECT_EQ(read_minutes(Document{Document::Number{"50"}}, false), 50);
    EXPECT_EQ(read_minutes(Document{Document::Number{"52.6"}}, false), 53);
    EXPECT_EQ(minutes("50"), 50);
    EXPECT_EQ(minutes("50 min"), 50);
    EXPECT_EQ(minutes("50 Minutes", true), 50);
    EXPECT_EQ(minutes("50", true), std::nullopt);
    for (const auto* text :
         {"", "-5", "long", "99999", "nan", "inf", "1e3", "50 60", "12:30", "1:75", "45-50 min", "5m 1h", "1:5"})
        EXPECT_EQ(minutes(text), std::nullopt) << text;
    EXPECT_EQ(read_minutes(Document{true}, false), std::nullopt);
    for (const auto* text : {"1h 5m", "1 hr 5 min", "1hr5min", "01:05:00", "1:05", "PT1H5M", "PT65M", "1h05", "65m",
                             "65 mins", "1 hour and 5 minutes", "1 Hour, 5 Minutes", "65:00", "1:05 hrs", "65-minute",
                             "~65 min", "PT1H4M59S", "3900 s"})
        EXPECT_EQ(minutes(text, true), 65) << text;
    for (const auto* text : {"00:50:00", "0:50", "50m", "50 mins", "PT50M", "0h 50m", "50 min."})
        EXPECT_EQ(minutes(text, true), 50) << text;
    EXPECT_EQ(minutes("1.5 hours", true), 90);
}

}  // namespace
}  // namespace dcs::deepcura
