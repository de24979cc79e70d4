// Positions of a listing: refused ones are given up once, and pages that lead in a circle end the run.
#include "support/fake_listing.hpp"

namespace dcs::reconcile {
namespace {

class Positions : public test::WithFakeListing {
protected:
    Positions() {
        medications(1, 600);
        instead = [this](const Question& question) -> std::optional<test::Reply> {
            ++seen;
            if (question.path.ends_with("_list")) return refuse(403);
            if (refused > 0 && question.at > 0 && seen > refused_after) return refuse(refused);
            return std::nullopt;
        };
    }
    /// A run of medications that stops behind its first page.
    Report stopped() {
        int asked = 0;
        return execute(faked(), {.listing = find_listing("medications"), .full = true}, [&] { return asked++ > 99; })
            .value();
    }
    int refused = 0;  // status of all pages but the first
    int refused_after = 0;
    int seen = 0;
};

TEST_F(Positions, ThatAreRefusedAreGivenUpAndTheListingIsBegunAnewInTheSameRun) {
    for (const int status : {400, 404, 410}) {
        const auto begun = stopped();
        ASSERT_EQ(begun.status, "partial");
        bool first = true;
        instead = [&](const Question& question) -> std::optional<test::Reply> {
            if (question.at > 0 && std::exchange(first, false)) return refuse(status);
            return std::nullopt;
        };
        const auto rest = fake("medications");
        EXPECT_EQ(rest.status, "completed") << status << rest.error;
        EXPECT_EQ(rest.run_id, begun.run_id);
        EXPECT_EQ(live("medications"), "600");
        EXPECT_EQ(rest.counts.total, 600) << "what was read twice counts once";
        EXPECT_NE(ask("select details ->> 'begun_anew' from sync_log where id = '" + rest.run_id + "'")
                      .find(std::to_string(status)),
                  std::string::npos);
        database.query("delete from sync_state");
        instead = nullptr;
    }
}

TEST_F(Positions, ThatAreRefusedAgainFailTheRunAndTheNextOneBeginsAnew) {
    ASSERT_EQ(stopped().status, "partial");
    refused = 404;
    const auto before = times_asked("/api/medications");
    const auto failed = fake("medications");
    EXPECT_EQ(failed.status, "failed");
    EXPECT_EQ(times_asked("/api/medications") - before, 3) << "position, first page, second page";
    EXPECT_EQ(ask("select value ? 'checkpoint' from sync_state where name = 'sync:medications'"), "f");
    EXPECT_EQ(ask("select count(*) from sync_seen"), "0");
    refused = 0;
    const auto next = fake("medications");
    EXPECT_EQ(next.status, "completed") << next.error;
    EXPECT_NE(next.run_id, failed.run_id);
    EXPECT_EQ(live("medications"), "600");
}

TEST_F(Positions, OfAnotherHostAreGivenUp) {
    bool first = true;
    next_instead = [&](const Question& question, std::string next) {
        return question.at == 250 && std::exchange(first, false) ? "http://elsewhere.test/api/medications?cursor=500"
                                                                 : next;
    };
    const auto report = fake("medications", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(live("medications"), "600");
}

TEST_F(Positions, OfATombstoneListAreGivenUpToo) {
    rows("/api/line_items", 1, 3, R"("code":"99213","updated_at":"2026-11-01T12:00:00")");
    for (int id = 1; id <= 400; ++id)
        records["/api/line_item_deletions"][std::to_string(id)] =
            fmt::format(R"({{"id":{},"billing_line_item_id":{}}})", id, id + 2);
    bool first = true;
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.path.ends_with("_list")) return refuse(403);
        if (question.path == "/api/line_item_deletions" && question.at > 0 && std::exchange(first, false))
            return refuse(404);
        if (question.path == "/api/line_items/3") return refuse(404);  // it was listed, too
        return std::nullopt;
    };
    const auto report = fake("line_items", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(live("line_items"), "2");
    EXPECT_EQ(times_asked("/api/line_item_deletions"), 4);
    EXPECT_EQ(times_asked("/api/line_items?"), 1) << "the listing itself had been read";
}

TEST_F(Positions, OfDateRangesAreGivenUpToo) {
    rows("/api/appointments", 1, 3, R"("scheduled_time":"2026-11-01T12:00:00","updated_at":"2026-11-01T12:00:00")");
    bool first = true;
    int asked = 0;
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.path.ends_with("_list")) return refuse(403);
        if (question.path != "/api/appointments") return std::nullopt;
        if (++asked == 5 && std::exchange(first, false)) return refuse(400);
        if (question.query.find("date_range=2009-01-01") == std::string::npos)
            return test::Reply{.body = R"({"results":[]})"};
        return std::nullopt;
    };
    const auto report = fake("appointments", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(ask("select count(*) from appointments"), "3");
}

TEST_F(Positions, OfBulkPagesAreGivenUpToo) {
    patients(1, 3, "L", "2026-11-01T12:00:00");
    std::string job;
    bool first = true;
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.path != "/api/patients_list") return std::nullopt;
        if (question.asked.method == "POST") {
            job = question.query.find("&page=2&") != std::string::npos ? "2" : "1";
            if (job == "2" && std::exchange(first, false)) return refuse(400);
            return test::Reply{.body = R"({"uuid":"j)" + job + "\"}"};
        }
        return test::Reply{
            .body = fmt::format(
                R"({{"status":"Complete","pagination":{{"pages":2,"count":2}},"results":[{{"id":{},"first_name":"F"}}]}})",
                job)};
    };
    const auto report = fake("patients", true);
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(live("patients"), "2");
}

TEST_F(Positions, ABulkListThatShowsOnePageForAllIsReadPageByPage) {
    patients(1, 4, "L", "2026-11-01T12:00:00");
    for (const auto* said : {R"("page":1,)", ""}) {
        instead = [&](const Question& question) -> std::optional<test::Reply> {
            if (question.path != "/api/patients_list") return std::nullopt;
            if (question.asked.method == "POST") return test::Reply{.body = R"({"uuid":"j"})"};
            return test::Reply{
                .body = fmt::format(R"({{"status":"Complete","pagination":{{{}"pages":2,"count":4}},"results":[)"
                                    R"({{"id":1,"first_name":"F"}},{{"id":2,"first_name":"F"}}]}})",
                                    said)};
        };
        database.query("delete from sync_state");
        const auto report = fake("patients", true);
        EXPECT_EQ(report.status, "completed") << report.error;
        EXPECT_EQ(live("patients"), "4") << said;
        EXPECT_GE(times_asked("/api/patients?"), 1);
    }
}

/// A bulk list that counts more than its pages can show would end the listing before its end, and move the read point.
TEST_F(Positions, OfBulkListsThatDoNotAddUpAreNotBelieved) {
    patients(1, 3, "L", "2026-11-01T12:00:00");
    for (const std::string around :
         {R"("pagination":{"count":3})", R"("pagination":null)", R"("page":1)",
          R"("pagination":{"pages":"x","count":3})", R"("pagination":{"pages":0,"count":3})",
          R"("pagination":{"pages":1,"count":3500})", R"("pagination":{"pages":1000000000000,"count":3})",
          R"("pagination":{"pages":-1})", R"("pagination":[])"}) {
        int polled = 0;
        instead = [&](const Question& question) -> std::optional<test::Reply> {
            if (question.path != "/api/patients_list") return std::nullopt;
            if (question.asked.method == "POST") return test::Reply{.body = R"({"uuid":"j"})"};
            ++polled;
            return test::Reply{.body =
                                   R"({"status":"Complete",)" + around + R"(,"results":[{"id":1,"first_name":"A"}]})"};
        };
        const auto report = fake("patients", true);
        EXPECT_LE(polled, 4) << around;
        const bool whole = report.status == "completed";
        EXPECT_TRUE(!whole || live("patients") == "3") << around << live("patients");
        EXPECT_TRUE(whole ||
                    ask("select value ->> 'complete_since' from sync_state where name = 'sync:patients'").empty());
        database.query_as_superuser(
            "set session_replication_role = replica; delete from patients; delete from sync_state");
    }
    // Page 2 of 4 shows nothing.
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.path != "/api/patients_list") return std::nullopt;
        const bool second = question.query.find("page=2") != std::string::npos;
        if (question.asked.method == "POST") return test::Reply{.body = second ? R"({"uuid":"b"})" : R"({"uuid":"a"})"};
        const bool empty = question.query.find("uuid=b") != std::string::npos;
        return test::Reply{
            .body = fmt::format(R"({{"status":"Complete","pagination":{{"pages":4,"count":4}},"results":[{}]}})",
                                empty ? "" : R"({"id":1,"first_name":"A"})")};
    };
    const auto report = fake("patients", true);
    EXPECT_TRUE(report.status != "completed" || live("patients") == "3") << report.status;
}

TEST_F(Positions, ABulkJobWithoutAStatusIsNotWaitedFor) {
    patients(1, 3, "L", "2026-11-01T12:00:00");
    for (const std::string_view answer : {R"({})", R"({"status":null})", R"({"status":7,"results":[]})",
                                          R"({"status":{"text":"Complete"},"results":[]})", R"({"results":[]})"}) {
        int polled = 0;
        instead = [&](const Question& question) -> std::optional<test::Reply> {
            if (question.path != "/api/patients_list") return std::nullopt;
            if (question.asked.method == "POST") return test::Reply{.body = R"({"uuid":"j"})"};
            ++polled;
            return test::Reply{.body = std::string{answer}};
        };
        const auto report = fake("patients", true);
        EXPECT_EQ(report.status, "completed") << answer << report.error;
        EXPECT_EQ(live("patients"), "3") << answer << ": read page by page";
        EXPECT_LE(polled, 2) << answer;
        database.query_as_superuser(
            "set session_replication_role = replica; delete from patients; delete from sync_state");
    }
}

TEST_F(Positions, AServiceThatIsAwayCostsNoPosition) {
    ASSERT_EQ(stopped().status, "partial");
    const auto position = standing("medications", "checkpoint,position");
    for (const int status : {500, 503, 429}) {
        refused = status;
        EXPECT_EQ(fake("medications").status, "partial") << status;
        EXPECT_EQ(standing("medications", "checkpoint,position"), position) << status;
    }
}

TEST_F(Positions, ThatLeadInACircleEndTheRunAtTheFirstRepetition) {
    // The page at 500 leads back to: the one before it, the first of all, itself.
    for (const std::size_t back : {250, 0, 500}) {
        next_instead = [&](const Question& question, std::string next) {
            return question.at == 500 ? position(question, back) : next;
        };
        const auto before = times_asked("/api/medications");
        const auto report = fake("medications", true);
        EXPECT_EQ(report.status, "failed") << back;
        EXPECT_NE(report.error.find("circle"), std::string::npos) << report.error;
        EXPECT_LE(times_asked("/api/medications") - before, back == 0 ? 4 : 3) << back;
        EXPECT_LE(report.counts.total, 850);
        EXPECT_EQ(live("medications"), "600") << "what the pages showed is stored";
    }
    next_instead = nullptr;
    const auto mended = fake("medications");
    EXPECT_EQ(mended.status, "completed");
    EXPECT_EQ(mended.counts.total, 600) << "begun anew";
    EXPECT_EQ(ask("select count(*) from sync_trail"), "0");
}

/// Each restart has read one page only.
TEST_F(Positions, ThatLeadInACircleAreKnownAfterARestart) {
    next_instead = [&](const Question& question, std::string next) {
        return question.at == 500 ? position(question, 250) : next;
    };
    Report report;
    int runs = 0;
    do report = stopped();
    while (report.status == "partial" && ++runs < 10);
    EXPECT_EQ(report.status, "failed");
    EXPECT_LE(runs, 3);
}

TEST_F(Positions, PagesThatShowTheSameUnderEverNewPositionsAreACircleToo) {
    int asked = 0;
    next_instead = [&](const Question& question, const std::string&) {
        return position(question, 0) + std::to_string(++asked * 1'000'000);
    };
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.at == 0) return std::nullopt;
        const int first = ++asked % 2 + 1;  // the same two, in another order each time
        return test::Reply{
            .body = fmt::format(R"({{"next":"{}","results":[{{"id":{},"name":"N"}},{{"id":{},"name":"N"}}]}})",
                                position(question, 1'000'000 + static_cast<std::size_t>(asked)), first, 3 - first)};
    };
    const auto report = fake("medications", true);
    EXPECT_EQ(report.status, "failed");
    EXPECT_NE(report.error.find("circle"), std::string::npos) << report.error;
    EXPECT_LE(asked, 5);
    EXPECT_EQ(ask("select count(*) from medications where deleted_at is not null"), "0");
}

/// A list that turns out long is read in bulk; where that is refused, page by page from the beginning: no circle.
TEST_F(Positions, OfAListThatIsBegunInAnotherWayAreNew) {
    patients(1, 1'100, "L", "2026-11-01T12:00:00");
    const auto report = fake("patients", false, "2026-01-01T00:00:00");
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(live("patients"), "1100");
    EXPECT_EQ(times_asked("/api/patients?"), 3 + 5);
}

/// What the pages of the list have shown is shown again by the bulk listing.
TEST_F(Positions, OfAListThatGoesOnInBulkAreCountedOnce) {
    patients(1, 1'100, "L", "2026-11-01T12:00:00");
    std::string all;
    for (const auto& [id, json] : records["/api/patients"]) all += (all.empty() ? "" : ",") + json;
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.path != "/api/patients_list") return std::nullopt;
        if (question.asked.method == "POST") return test::Reply{.body = R"({"uuid":"j"})"};
        return test::Reply{
            .body =
                fmt::format(R"({{"status":"Complete","pagination":{{"pages":1,"count":1100}},"results":[{}]}})", all)};
    };
    const auto report = fake("patients", false, "2026-01-01T00:00:00");
    EXPECT_EQ(report.status, "completed") << report.error;
    EXPECT_EQ(times_asked("/api/patients?"), 3) << "then it went on in bulk";
    EXPECT_EQ(report.counts.total, 1'100);
    EXPECT_EQ(report.counts.created, 1'100);
    EXPECT_EQ(ask("select records_total from sync_log order by started_at desc limit 1"), "1100");
}

TEST_F(Positions, OfBulkJobsThatAlwaysFailAreHadPageByPage) {
    patients(1, 1'100, "L", "2026-11-01T12:00:00");
    instead = [](const Question& question) -> std::optional<test::Reply> {
        if (question.path != "/api/patients_list") return std::nullopt;
        return test::Reply{.body = question.asked.method == "POST" ? R"({"uuid":"j"})" : R"({"status":"Failed"})"};
    };
    EXPECT_EQ(fake("patients", true).status, "partial") << "it may pass";
    EXPECT_EQ(fake("patients", true).status, "partial");
    const auto third = fake("patients", true);
    EXPECT_EQ(third.status, "completed") << third.error;
    EXPECT_EQ(live("patients"), "1100");
}

TEST_F(Positions, OneThatIsNeverAnsweredIsGivenUpUnlessNothingIsAnswered) {
    patients(1, 600, "L", "2026-11-01T12:00:00");
    bool away = false;
    bool broken = true;
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        if (question.path != "/api/patients") return std::nullopt;
        if (away || (broken && question.at == 250)) return refuse(500);
        return std::nullopt;
    };
    for (int runs = 0; runs < 5; ++runs) {
        EXPECT_EQ(fake("patients", false, "2026-01-01T00:00:00").status, "partial");
        EXPECT_EQ(live("patients"), "250");
        EXPECT_NE(standing("patients", "window,position"), "") << "DrChrono is away: the position is kept";
        away = true;
    }
    away = false;
    const auto before = times_asked("/api/patients?");
    EXPECT_EQ(fake("patients", false, "2026-01-01T00:00:00").status, "partial");
    EXPECT_GE(times_asked("/api/patients?") - before, 3) << "the position, the first page, and that one again";
    broken = false;
    EXPECT_EQ(fake("patients", false, "2026-01-01T00:00:00").status, "completed");
    EXPECT_EQ(live("patients"), "600");
}

TEST_F(Positions, EmptyPagesWithoutEndEndTheRun) {
    int asked = 0;
    instead = [&](const Question& question) -> std::optional<test::Reply> {
        return test::Reply{.body = fmt::format(R"({{"next":"{}","results":[]}})",
                                               position(question, static_cast<std::size_t>(++asked)))};
    };
    EXPECT_EQ(fake("medications", true).status, "failed");
    EXPECT_LT(asked, 200);
}

}  // namespace
}  // namespace dcs::reconcile
