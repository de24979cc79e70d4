#include "ops/metrics.hpp"

#include "ops/process.hpp"
#include "ops/scrape.hpp"
#include "support/run.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dcs::ops {
namespace {

using namespace std::chrono_literals;
using testing::Test;

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, CountsRequestsByRouteMethodAndStatus) {
    Metrics metrics;
    metrics.request_answered("POST", "/webhooks/drchrono", 200, 3ms);
    metrics.request_answered("POST", "/webhooks/drchrono", 200, 40ms);
    metrics.request_answered("other", "other", 404, 1ms);
    const auto text = metrics.text({});
    EXPECT_TRUE(
        has_line(text, R"(drchrono_sync_http_requests_total{method="POST",route="/webhooks/drchrono",status="200"} 2)"))
        << text;
    EXPECT_TRUE(has_line(text, R"(drchrono_sync_http_requests_total{method="other",route="other",status="404"} 1)"))
        << text;
    EXPECT_TRUE(has_line(text, R"(drchrono_sync_http_request_seconds_bucket{route="/webhooks/drchrono",le="0.005"} 1)"))
        << text;
    EXPECT_TRUE(has_line(text, R"(drchrono_sync_http_request_seconds_count{route="/webhooks/drchrono"} 2)")) << text;
}

TEST(Metrics, MeasuresBothLags) {
    Metrics metrics;
    metrics.delivery_applied("drchrono", "created", 7ms);
    metrics.event_published(2s);
    const auto text = metrics.text({});
    EXPECT_TRUE(has_line(text, R"(drchrono_sync_delivery_to_record_seconds_sum{source="drchrono"} 0.007)")) << text;
    EXPECT_TRUE(has_line(text, R"(drchrono_sync_deliveries_applied_total{outcome="created",source="drchrono"} 1)") ||
                has_line(text, R"(drchrono_sync_deliveries_applied_total{source="drchrono",outcome="created"} 1)"))
        << text;
    EXPECT_TRUE(has_line(text, R"(drchrono_sync_delivery_to_event_seconds_bucket{le="1"} 0)")) << text;
    EXPECT_TRUE(has_line(text, R"(drchrono_sync_delivery_to_event_seconds_bucket{le="2.5"} 1)")) << text;
}

TEST(Metrics, WritesReadingsWithTheirKind) {
    const std::vector<Reading> readings{{"depth", "How deep", {{{{"state", "a"}}, 3}, {{{"state", "b"}}, 0}}},
                                        {"done_total", "How many", {{{}, 5}}, true}};
    const auto text = Metrics{}.text(readings);
    for (const auto* line : {"# HELP depth How deep", "# TYPE depth gauge", R"(depth{state="a"} 3)",
                             R"(depth{state="b"} 0)", "# TYPE done_total counter", "done_total 5"})
        EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
}

TEST(ProcessReadings, KnowMemoryTimeAndFiles) {
    const auto text = Metrics{}.text(process_readings(system_now()));
    for (const auto* name : {"process_start_time_seconds ", "process_resident_memory_bytes ",
                             "process_cpu_seconds_total ", "process_open_fds "})
        EXPECT_NE(text.find(fmt::format("\n{}", name)), std::string::npos) << text;
}

class Scraping : public Test {
protected:
    asio::io_context io;
    Metrics metrics{};
    int asked = 0;
    Scrape::Limits limits{1h, 5s, 1h};
    Result<std::vector<Reading>> stored = std::vector<Reading>{{"stored", "From the database", {{{}, 7}}}};
    std::chrono::milliseconds takes = 0ms;

    Scrape scrape() {
        return {io.get_executor(), metrics, [] { return std::vector<Reading>{{"known", "From here", {{{}, 1}}}}; },
                [this] { return ask(this); }, limits};
    }
    std::string text(Scrape& from) { return test::run_async(io, from.answer()).body; }

private:
    static Async<Result<std::vector<Reading>>> ask(Scraping* test) {
        ++test->asked;
        if (test->takes > 0ms) co_await sleep_for(test->takes);
        co_return test->stored;
    }
};

TEST_F(Scraping, AnswersWhatIsKnownAndWhatIsStored) {
    auto page = scrape();
    const auto answer = test::run_async(io, page.answer());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (const auto* line : {"known 1", "stored 7", "drchrono_sync_database_up 1"})
        EXPECT_TRUE(has_line(answer.body, line)) << answer.body;
}

TEST_F(Scraping, ReadsTheDatabaseOnceForAllWhoAsk) {
    takes = 20ms;
    auto page = scrape();
    int answered = 0;
    for (int at = 0; at < 20; ++at)
        asio::co_spawn(io.get_executor(), page.answer(), [&](const std::exception_ptr&, const net::Response& response) {
            EXPECT_TRUE(has_line(response.body, "stored 7"));
            ++answered;
        });
    ASSERT_TRUE(test::turn_until(io, [&] { return answered == 20; }));
    text(page);
    EXPECT_EQ(asked, 1);
}

TEST_F(Scraping, SaysWithoutTheDatabaseWhatItKnows) {
    stored = Error{Fault::unavailable, "gone"};
    auto page = scrape();
    const auto first = text(page);
    EXPECT_TRUE(has_line(first, "known 1")) << first;
    EXPECT_TRUE(has_line(first, "drchrono_sync_database_up 0")) << first;
    EXPECT_EQ(first.find("stored"), std::string::npos);
    text(page);
    EXPECT_EQ(asked, 1) << "a database that is away is not hammered either";
}

TEST_F(Scraping, DoesNotWaitForADatabaseThatHangs) {
    takes = 1h;
    limits.patience = 20ms;
    auto page = scrape();
    const auto answer = text(page);
    EXPECT_TRUE(has_line(answer, "known 1")) << answer;
    EXPECT_TRUE(has_line(answer, "drchrono_sync_database_up 0")) << answer;
    text(page);
    EXPECT_EQ(asked, 1) << "a reading that does not end is not begun a second time";
    test::run_async(io, page.stop(10s));
}

TEST_F(Scraping, LeavesOutWhatIsTooOld) {
    limits = {0ms, 5s, 0ms};
    auto page = scrape();
    const auto answer = text(page);
    EXPECT_EQ(answer.find("stored"), std::string::npos) << answer;
}

}  // namespace
}  // namespace dcs::ops
