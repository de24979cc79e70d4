#include "ingress/sync.hpp"

#include "support/run.hpp"

#include <gtest/gtest.h>

namespace dcs::ingress {
namespace {

class Sync : public testing::Test {
protected:
    Sync() {
        door.run = [this](reconcile::Wanted asked) { return ran(this, std::move(asked)); };
        door.run_all = [this](reconcile::Reconciler::All all) { return ran_all(this, all.full); };
    }
    static Async<Result<reconcile::Report>> ran(Sync* test, reconcile::Wanted asked) {
        test->wanted = std::move(asked);
        co_return test->report;
    }
    static Async<Result<std::map<std::string, Result<reconcile::Report>>>> ran_all(Sync* test, bool full) {
        test->all_full = full;
        co_return test->reports;
    }
    net::Response post(const std::string& path, const std::string& query = {}) {
        net::Request request;
        request.method = "POST";
        request.path = path;
        request.query = net::Query::parse(query);
        request.request_id = "r-1";
        auto answering = path == "/sync/all" ? sync_all(door, std::move(request)) : sync_one(door, std::move(request));
        return test::run_async(io, std::move(answering));
    }

    asio::io_context io;
    SyncDoor door;
    reconcile::Wanted wanted;
    bool all_full = false;
    Result<reconcile::Report> report{
        reconcile::Report{.status = "completed",
                          .run_id = "run-1",
                          .counts = {.total = 6, .created = 1, .updated = 2, .unchanged = 3},
                          .requests = 4}};
    std::map<std::string, Result<reconcile::Report>> reports;
};

TEST_F(Sync, AnswersWithTheRunsCounts) {
    const auto response = post("/sync/clinical-notes");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body,
              R"({"status":"completed","total":6,"created":1,"updated":2,"unchanged":3,"deleted":0,"failed":0,)"
              R"("requests":4,"run_id":"run-1","resumed":false})");
    EXPECT_EQ(wanted.listing->table, "clinical_notes");
    EXPECT_FALSE(wanted.full);
}

TEST_F(Sync, TakesModeAndSince) {
    post("/sync/patients", "mode=full");
    EXPECT_TRUE(wanted.full);
    post("/sync/patients", "mode=incremental&since=2026-10-05");
    EXPECT_FALSE(wanted.full);
    EXPECT_TRUE(wanted.since.starts_with("2026-10-05")) << wanted.since;
    EXPECT_FALSE(wanted.restart);
    post("/sync/patients", "restart=true");
    EXPECT_TRUE(wanted.restart);
    for (const auto* query : {"restart=", "restart=1", "mode=some", "since=tomorrow",
                              "since=", "mode=full&since=2026-10-05", "since=2026-13-05"})
        EXPECT_EQ(post("/sync/patients", query).status, 400) << query;
    EXPECT_EQ(post("/sync/nobody").status, 404);
    EXPECT_EQ(post("/sync/clinical_notes").status, 404) << "the contract's spelling";
}

/// As on the command line; the words are handed on, for they mean the same window an hour later.
TEST_F(Sync, TakesSinceInWords) {
    EXPECT_EQ(post("/sync/patients", "since=24h").status, 200);
    EXPECT_EQ(wanted.said, "24h");
    EXPECT_EQ(wanted.since.size(), std::string_view{"2026-10-05T00:00:00"}.size()) << wanted.since;
}

TEST_F(Sync, AKindThatIsNotPermittedMakesNoneOfTheOthersWorse) {
    reports.emplace("patients", report);
    reports.emplace("medications", reconcile::Report{.status = "failed", .error = "403", .not_permitted = true});
    const auto response = post("/sync/all", "mode=full");
    EXPECT_EQ(response.status, 200);
    EXPECT_NE(response.body.find(R"("medications":{"status":"failed")"), std::string::npos) << response.body;
    reports.erase("patients");
    EXPECT_EQ(post("/sync/all", "mode=full").status, 500);
}

TEST_F(Sync, SaysWhetherGoingOnMakesSense) {
    report->status = "partial";
    report->again_in = std::chrono::seconds{90};
    EXPECT_EQ(post("/sync/patients").status, 202);
    EXPECT_NE(post("/sync/patients").body.find(R"("again_in_seconds":90)"), std::string::npos);
    report = Error{Fault::conflict, "x"};
    EXPECT_EQ(post("/sync/patients").status, 409);
    report = Error{Fault::bug, "x"};
    const auto failed = post("/sync/patients");
    EXPECT_EQ(failed.status, 500);
    EXPECT_NE(failed.body.find(R"("error":"Sync failed")"), std::string::npos);
    report = Error{Fault::unavailable, "x"};
    EXPECT_EQ(post("/sync/patients").status, 503);
}

TEST_F(Sync, AllTellOfEachResource) {
    reports.emplace("patients", report);
    reports.emplace("doctors", Error{Fault::conflict, "x"});
    const auto response = post("/sync/all", "mode=full");
    EXPECT_TRUE(all_full);
    EXPECT_EQ(response.status, 202);
    EXPECT_TRUE(response.body.starts_with(R"({"status":"partial","resources":{"doctors":{)")) << response.body;
    EXPECT_NE(response.body.find(R"("patients":{"status":"completed")"), std::string::npos);
    EXPECT_EQ(post("/sync/all", "since=2026-10-05").status, 400);
}

}  // namespace
}  // namespace dcs::ingress
