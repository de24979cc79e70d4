// What a monitor sees of the service: its own binary, scraped on METRICS_PORT.
#include "base/document.hpp"
#include "support/metrics_text.hpp"
#include "support/pubsub_reply.hpp"
#include "support/running_service.hpp"
#include "support/scripted_server.hpp"

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <set>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class MetricsPage : public test::WithService {
protected:
    std::uint16_t metrics_port = test::free_port();

    void start_measured(Environment more = {}) {
        more.emplace("METRICS_PORT", std::to_string(metrics_port));
        start(std::move(more));
    }
    Answer ask_metrics(const std::string& path, const std::string& method = "GET") {
        net::Call call{
            .method = method, .url = fmt::format("http://127.0.0.1:{}{}", metrics_port, path), .time_limit = 20s};
        const auto answer = test::run_async(io, client.send(std::move(call)), 180s);
        return answer ? Answer{answer->status, answer->body} : Answer{};
    }
    static bool is_documented(std::string name) {
        std::ifstream stream{fmt::format("{}/docs/operate.md", SOURCE_DIR)};
        const std::string page{std::istreambuf_iterator<char>{stream}, {}};
        const auto bucket = name.rfind("_bucket");
        const auto bare = bucket == std::string::npos ? name : name.substr(0, bucket);
        return page.find("`" + name + "`") != std::string::npos || page.find("`" + bare + "`") != std::string::npos;
    }
    std::optional<double> value(const std::string& series) {
        return test::value_of(ask_metrics("/metrics").body, series);
    }
    /// Until the page says `fits` of that series; what is kept for some seconds may be behind.
    bool shows(const std::string& series, const std::function<bool(double)>& fits) {
        std::string page;
        for (int tries = 0; tries < 60; ++tries) {
            page = ask_metrics("/metrics").body;
            const auto found = test::value_of(page, series);
            if (found && fits(*found)) return true;
            test::turn_until(io, [] { return false; }, 500ms);
        }
        std::fputs(page.c_str(), stderr);
        return false;
    }
    bool shows(const std::string& series, double expected) {
        return shows(series, [expected](double value) { return value == expected; });
    }
    bool has_risen(const std::string& series) {
        return shows(series, [](double value) { return value >= 1; });
    }
};

TEST_F(MetricsPage, IsServedOnAPortOfItsOwnAndOnlyThere) {
    start_measured();
    const auto page = ask_metrics("/metrics");
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("# TYPE drchrono_sync_deliveries gauge"), std::string::npos) << page.body;
    EXPECT_EQ(get("/metrics").status, 404);
    for (const auto* path : {"/", "/health", "/ready", "/metrics/", "/webhooks/drchrono"})
        EXPECT_EQ(ask_metrics(path).status, 404) << path;
    EXPECT_EQ(ask_metrics("/metrics", "POST").status, 405);
    EXPECT_EQ(stop(), 0);
}

TEST_F(MetricsPage, IsOffWhereNoPortIsSet) {
    start();
    EXPECT_EQ(ask_metrics("/metrics").status, 0);
}

TEST_F(MetricsPage, FollowsADeliveryToItsRecord) {
    start_measured({{"DRCHRONO_CLIENT_ID", ""}, {"DRCHRONO_CLIENT_SECRET", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}});
    ASSERT_EQ(deliver("PATIENT_CREATE", R"({"id":5,"first_name":"Testa"})").status, 200);
    ASSERT_EQ(deliver("PATIENT_CREATE", R"({"id":true})").status, 200);
    ASSERT_EQ(deliver("SOMETHING_NEW", R"({"id":5})").status, 200);
    ASSERT_TRUE(becomes("select string_agg(state, ' ' order by seq) from inbox", "done dead ignored"));
    EXPECT_TRUE(shows(R"(drchrono_sync_delivery_to_record_seconds_count{source="drchrono"})", 1));
    EXPECT_TRUE(shows(R"(drchrono_sync_deliveries_applied_total{outcome="created",source="drchrono"})", 1));
    EXPECT_TRUE(shows(R"(drchrono_sync_deliveries{source="drchrono",state="dead"})", 1));
    EXPECT_TRUE(shows(R"(drchrono_sync_deliveries{source="drchrono",state="pending"})", 0));
    EXPECT_TRUE(shows(R"(drchrono_sync_deliveries_recent{source="drchrono",state="done"})", 1));
    EXPECT_TRUE(
        shows(R"(drchrono_sync_http_requests_total{method="POST",route="/webhooks/drchrono",status="200"})", 3));
    EXPECT_TRUE(shows("drchrono_sync_outbox_depth", 1));
    EXPECT_TRUE(shows("drchrono_sync_database_up", 1));
    EXPECT_TRUE(shows("drchrono_sync_accepting", 1));
    EXPECT_TRUE(shows(R"(drchrono_sync_pool_connections{use="limit"})", 10));
    EXPECT_TRUE(shows("drchrono_sync_schema_version", std::stod(ask("select max(number) from schema_migrations"))));
}

TEST_F(MetricsPage, MeasuresTheWayToTheEvent) {
    const test::ScriptedServer pubsub{io.get_executor(), test::take_all};
    start_measured({{"GCP_PROJECT", "test"}, {"PUBSUB_EMULATOR_HOST", pubsub.host()}});
    ASSERT_EQ(deliver("PATIENT_CREATE", R"({"id":5,"first_name":"Testa"})").status, 200);
    EXPECT_TRUE(has_risen("drchrono_sync_delivery_to_event_seconds_count"));
    EXPECT_TRUE(has_risen("drchrono_sync_events_published_total"));
    EXPECT_TRUE(shows("drchrono_sync_outbox_depth", 0));
    EXPECT_TRUE(shows("drchrono_sync_publisher_leading", 1));
}

TEST_F(MetricsPage, CountsRunsAndTheBudget) {
    start_measured({{"DRCHRONO_RATE_PER_HOUR", "500"}});
    ask("insert into sync_log (source, sync_type, table_name, status, started_at) values "
        "('drchrono', 'full_sync', 'doctors', 'completed', now() - interval '2 days'),"
        "('drchrono', 'incremental', 'doctors', 'failed', now()), ('drchrono', 'webhook', 'doctors', 'failed', now())");
    ask("insert into sync_state (name, value) values ('sync:doctors', '{\"complete_since\": \"2023-11-14T22:13:20.000000Z\"}')");
    EXPECT_TRUE(shows(R"(drchrono_sync_runs_last_day{resource="doctors",status="failed"})", 1));
    EXPECT_TRUE(shows(R"(drchrono_sync_runs_last_day{resource="doctors",status="completed"})", 0)) << "too long ago";
    EXPECT_TRUE(shows(R"(drchrono_sync_last_complete_run_timestamp_seconds{resource="doctors"})", 1'700'000'000));
    EXPECT_EQ(value(R"(drchrono_sync_last_complete_run_timestamp_seconds{resource="offices"})"),
              std::stod(ask("select extract(epoch from min(applied_at))::bigint from schema_migrations")))
        << "none yet: it is overdue some days after the database was made";
    const auto drilled = "drchrono_sync_last_good_restore_drill_timestamp_seconds";
    EXPECT_EQ(value(drilled),
              std::stod(ask("select extract(epoch from min(applied_at))::bigint from schema_migrations")))
        << "likewise";
    ask("insert into restore_drills (drilled_at, backup, milliseconds, ok, failure) values "
        "('2023-11-14T22:13:20Z', 'a', 1, true, ''), (now(), 'b', 1, false, 'a table is not there') returning 1");
    EXPECT_TRUE(shows(drilled, 1'700'000'000)) << "one that failed since is none";
    EXPECT_TRUE(shows("drchrono_sync_restore_drill_ok", 0));
    EXPECT_TRUE(has_risen(R"(drchrono_sync_budget_spent{window="hour"})")) << "whose practice ours is, was asked";
    EXPECT_EQ(value(R"(drchrono_sync_budget_limit{window="hour"})"), 500);
    EXPECT_LT(value(R"(drchrono_sync_budget_left{priority="backfill"})").value_or(1e9), 500);
    EXPECT_EQ(value(R"(drchrono_sync_budget_limit{window="second"})"), std::nullopt) << "no limit is set there";
}

/// What alerts, dashboard and page of metrics name, the service shows.
TEST_F(MetricsPage, HasEverythingThatAlertsDashboardAndDocumentsName) {
    const test::ScriptedServer pubsub{io.get_executor(), test::take_all};
    start_measured(
        {{"DRCHRONO_RATE_PER_HOUR", "500"}, {"GCP_PROJECT", "test"}, {"PUBSUB_EMULATOR_HOST", pubsub.host()}});
    ask("insert into sync_log (source, sync_type, table_name, status, started_at) values "
        "('drchrono', 'full_sync', 'doctors', 'completed', now());"
        "insert into sync_state (name, value) values ('sync:doctors', '{\"complete_since\": \"2023-11-14T22:13:20.000000Z\"}')");
    ASSERT_EQ(deliver("PATIENT_CREATE", R"({"id":5,"first_name":"Testa"})").status, 200);
    ASSERT_TRUE(has_risen("drchrono_sync_delivery_to_event_seconds_count"));
    ASSERT_TRUE(has_risen(R"(drchrono_sync_runs_last_day{resource="doctors",status="completed"})"));
    auto shown = test::names_of(ask_metrics("/metrics").body);
    for (const auto* histogram :
         {"drchrono_sync_delivery_to_record_seconds", "drchrono_sync_delivery_to_event_seconds"})
        if (shown.contains(fmt::format("{}_bucket", histogram))) shown.insert(histogram);
    for (const auto* file : {"deploy/prometheus/alerts.yml", "deploy/grafana/dashboard.json", "docs/operate.md"}) {
        std::ifstream stream{fmt::format("{}/{}", SOURCE_DIR, file)};
        const std::string text{std::istreambuf_iterator<char>{stream}, {}};
        const std::regex name{R"(\b(drchrono_sync|process)_[a-z_]*[a-z]\b)"};
        std::set<std::string> named;
        for (std::sregex_iterator at{text.begin(), text.end(), name}, end; at != end; ++at) named.insert(at->str());
        EXPECT_GT(named.size(), 10u) << file;
        for (const auto& each : named) EXPECT_TRUE(shown.contains(each)) << file << " names " << each;
    }
    for (const auto& each : shown) {
        const bool part = each.ends_with("_sum") || each.ends_with("_count");
        if (part || !each.starts_with("drchrono_sync_")) continue;
        EXPECT_TRUE(is_documented(each)) << "docs/operate.md says nothing of " << each;
    }
}

/// Whatever a stranger sends, the page grows by no series and repeats nothing of it.
TEST_F(MetricsPage, TakesNoWordFromOutside) {
    start_measured();
    ASSERT_EQ(get("/health").status, 200);
    ASSERT_EQ(get("/nowhere").status, 404);
    ASSERT_EQ(deliver("PATIENT_CREATE", R"({"id":5,"first_name":"Zebedee"})").status, 200);
    post("/sync/patients", "{}", {});
    post("/sync/zebedee", "{}", {});
    ask_metrics("/metrics");
    const auto before = test::series_of(ask_metrics("/metrics").body);
    for (int at = 0; at < 30; ++at) {
        get(fmt::format("/zebedee/{}", at));
        post(fmt::format("/sync/zebedee{}", at), "{}", {});
        deliver(fmt::format("ZEBEDEE_{}", at), R"({"id":5,"first_name":"Zebedee"})");
    }
    ASSERT_TRUE(becomes("select count(*) from inbox where state = 'ignored'", "30"));
    const auto page = ask_metrics("/metrics").body;
    EXPECT_EQ(page.find("ebedee"), std::string::npos);
    EXPECT_EQ(page.find("EBEDEE"), std::string::npos);
    EXPECT_LE(test::series_of(page).size(), before.size() + 25) << "outcomes and statuses may be new, nothing else";
}

}  // namespace
}  // namespace dcs
