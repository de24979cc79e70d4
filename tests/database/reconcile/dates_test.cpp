// Listings by date ranges: what is dated long ago, far ahead or not at all.
#include "support/fake_listing.hpp"

namespace dcs::reconcile {
namespace {

class Dates : public test::WithUpstream {
protected:
    Dates() {
        drchrono.fault({.kind = simulator::FaultKind::forbidden, .path = "/api/appointments_list", .count = -1});
    }
    std::string appointment_at(boost::json::value scheduled_time) {
        return drchrono.create("appointments", {{"scheduled_time", std::move(scheduled_time)}}, {.silent = true})
            .value()
            .id;
    }
    std::string detail(const std::string& name) const {
        return ask(fmt::format("select details ->> '{}' from sync_log order by started_at desc limit 1", name));
    }
    static boost::json::value in_years(int years) {
        const auto time = iso8601(system_now() + std::chrono::hours{24} * 366 * years);
        return boost::json::value(std::string_view{time}.substr(0, 19));
    }
    std::string mirrored(const std::string& id) const {
        return ask("select count(*) from appointments where deleted_at is null and drchrono_id = '" + id + "'");
    }
};

TEST_F(Dates, RecordsOfAnyDateAreRead) {
    const std::vector<std::string> ids{appointment_at("1998-05-04T09:00:00"), appointment_at("2008-12-31T23:59:59"),
                                       appointment_at("2009-01-01T00:00:00"), appointment_at(in_years(5)),
                                       appointment_at(in_years(8)),           appointment_at(in_years(30))};
    const auto report = run("appointments", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(detail("how"), "date ranges");
    EXPECT_EQ(detail("dates_not_read"), "records without a date");
    for (const auto& id : ids) EXPECT_EQ(mirrored(id), "1") << id;
    EXPECT_EQ(ask("select count(*) from appointments"), std::to_string(drchrono.ids("appointments").size()));
}

TEST_F(Dates, AStoppedRunReadsThePastAndWhatIsFarAheadOnceEach) {
    for (int nth = 0; nth < 45; ++nth) {
        appointment_at("1998-05-04T09:00:00");
        appointment_at(in_years(8));
    }
    const auto all = drchrono.ids("appointments").size();
    Report report;
    int runs = 0;
    do report = run("appointments", true, 1);
    while (report.status == "partial" && ++runs < 200);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(report.counts.total, static_cast<int>(all)) << "no page twice";
    EXPECT_EQ(ask("select count(*) from appointments"), std::to_string(all));
}

/// No range shows one without a date: it is asked for by its id, however many there are, and never counted as vanished.
TEST_F(Dates, RecordsWithoutADateDoNotVanish) {
    std::vector<std::string> ids;
    for (int nth = 0; nth < 30; ++nth) ids.push_back(appointment_at(nullptr));
    for (const auto& id : ids)
        apply(fetched("appointments",
                      R"({"id":")" + id + R"(","scheduled_time":null,"updated_at":"2020-01-01T00:00:00"})"));
    database.query("update appointments set created_at = now() - interval '1 hour'");
    policy.always_vanish = 20;
    policy.most_vanished = 0.01;
    const auto report = run("appointments", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    for (const auto& id : ids) EXPECT_EQ(mirrored(id), "1") << id;
}

class OpenEnds : public test::WithFakeListing {
protected:
    /// Bulk jobs are refused, and each listing answers what `shows` says of its query.
    void by_ranges(std::string path, std::function<std::optional<test::Reply>(const std::string& query)> shows) {
        instead = [path = std::move(path),
                   shows = std::move(shows)](const Question& question) -> std::optional<test::Reply> {
            if (question.path.ends_with("_list")) return refuse(403);
            if (question.path != path) return std::nullopt;
            if (auto reply = shows(question.query)) return reply;
            return test::Reply{.body = R"({"results":[]})"};
        };
    }
    static bool is_wide(const std::string& query) {
        return query.find("date_range=1900-01-01/2008-12-31") != std::string::npos ||
               query.find("occurred_since=") != std::string::npos || query.find("/2199-12-31") != std::string::npos;
    }
};

TEST_F(OpenEnds, ThatDrChronoRefusesAreSaidAndHoldUpNothing) {
    rows("/api/appointments", 1, 30, R"("scheduled_time":"1998-05-04T09:00:00","updated_at":"1998-11-01T12:00:00")");
    for (const auto& [id, json] : records["/api/appointments"]) apply(fetched("appointments", json));
    database.query("update appointments set created_at = now() - interval '1 hour'");
    policy.most_vanished = 0.01;
    by_ranges("/api/appointments", [](const std::string& query) -> std::optional<test::Reply> {
        if (is_wide(query)) return refuse(400);
        return std::nullopt;
    });
    const auto report = fake("appointments", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(ask("select details ->> 'dates_not_read' from sync_log order by started_at desc limit 1"),
              "the past before 2009, more than five years ahead, records without a date");
    EXPECT_EQ(live("appointments"), "30") << "each was asked for by its id";
    EXPECT_EQ(times_asked("/api/appointments/"), 30);
}

TEST_F(OpenEnds, ThatAreNeverAnsweredArePassedOverInTime) {
    by_ranges("/api/appointments", [](const std::string& query) -> std::optional<test::Reply> {
        if (is_wide(query)) return test::Reply{.status = 500, .body = "{}"};
        if (query.find("date_range=2009-01-01") == std::string::npos) return std::nullopt;
        return test::Reply{.body = R"({"results":[{"id":"1","scheduled_time":"2009-01-02T09:00:00"}]})"};
    });
    auto report = fake("appointments", true);
    EXPECT_EQ(report.status, "partial");
    for (int runs = 1; report.status == "partial" && runs < 20; ++runs) report = fake("appointments", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(live("appointments"), "1");
}

TEST_F(OpenEnds, OfClinicalNotesAreRangesToo) {
    std::set<std::string> wide;
    by_ranges("/api/clinical_notes", [&wide](const std::string& query) -> std::optional<test::Reply> {
        if (!is_wide(query)) return std::nullopt;
        wide.insert(query);
        return test::Reply{
            .body = fmt::format(R"({{"results":[{{"appointment":"{}","patient":"7","clinical_note_sections":[]}}]}})",
                                wide.size())};
    });
    const auto report = fake("clinical_notes", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(wide.size(), 2U);
    EXPECT_EQ(live("clinical_notes"), "2");
}

}  // namespace
}  // namespace dcs::reconcile
