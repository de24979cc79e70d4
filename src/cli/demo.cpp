#include "app/app.hpp"
#include "base/counted.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/demo_report.hpp"
#include "cli/demo_subscriber.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"
#include "simulator/morning.hpp"
#include "simulator/pubsub_emulator.hpp"
#include "simulator/scribe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace dcs::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view project = "demo";
constexpr std::string_view topic = "change-events";
constexpr std::string_view secret = "demo-webhook-secret";
constexpr std::string_view scribe_secret = "demo-gridhook-secret-of-the-scribe";

simulator::Options clinic() {
    simulator::Options options;
    options.seed = 7;
    options.patients = 40;
    options.zones = {"America/New_York"};
    options.start = std::chrono::sys_days{std::chrono::October / 5 / 2026} + 12h;  // eight in the morning there
    options.webhook.secret = secret;
    return options;
}

using Values = std::map<std::string, std::string>;

Values settings_for(const simulator::Simulator& simulated, const simulator::Options& options,
                    const std::filesystem::path& data_dir, const std::string& emulator) {
    Values values{{"PORT", "0"},
                  {"DATA_DIR", data_dir.string()},
                  {"DRCHRONO_BASE_URL", simulated.base_url()},
                  {"DRCHRONO_CLIENT_ID", options.client_id},
                  {"DRCHRONO_CLIENT_SECRET", options.client_secret},
                  {"DRCHRONO_ACCESS_TOKEN", options.access_token},
                  {"DRCHRONO_REFRESH_TOKEN", options.refresh_token},
                  {"DRCHRONO_WEBHOOK_SECRET", std::string{secret}},
                  {"DEEPCURA_SHARED_SECRET", std::string{scribe_secret}},
                  {"PRACTICE_TIMEZONE", options.zones.front()}};
    if (!emulator.empty()) {
        values["GCP_PROJECT"] = project;
        values["PUBSUB_TOPIC"] = topic;
        values["PUBSUB_EMULATOR_HOST"] = emulator;
    }
    return values;
}

app::Lookup lookup_in(const Values& values) {
    return [&values](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional{found->second};
    };
}

/// A shell script that sets them, so that the other commands can be tried on the demo.
void write_settings(const std::filesystem::path& file, Values values, std::uint16_t port) {
    values["PORT"] = std::to_string(port);
    std::ofstream script{file};
    for (const auto& [name, value] : values) script << "export " << name << "='" << value << "'\n";
}

std::string clock_of(std::chrono::minutes since) {
    const auto at = 8h + since;
    return fmt::format("{:02}:{:02}", std::chrono::duration_cast<std::chrono::hours>(at).count(), at.count() % 60);
}

/// One demo, from an empty database to the end.
class Demo {
public:
    Demo(asio::io_context& io, const DemoOptions& options, simulator::Simulator& simulated, app::App& app,
         DemoSubscriber* subscriber, const Values& values)
        : executor_{io.get_executor()},
          options_{options},
          simulated_{simulated},
          app_{app},
          subscriber_{subscriber},
          values_{values},
          stop_{executor_} {}

    void request_stop() {
        stopping_ = true;
        stop_.notify();
    }

    Async<int> run() {
        std::optional<Result<>> served;
        asio::co_spawn(executor_, app_.run(), [&](const std::exception_ptr&, Result<> result) {
            served = std::move(result);
            request_stop();
        });
        while (!app_.accepting() && !stopping_) co_await sleep_for(20ms);
        int status = 1;
        if (app_.accepting()) status = co_await morning();
        if (subscriber_) subscriber_->stop();
        app_.request_stop();
        while (!served) co_await sleep_for(20ms);
        co_await simulated_.stop();
        if (!*served) fmt::print(stderr, "drchrono-sync: {}\n", served->error().detail);
        co_return *served ? status : 1;
    }

private:
    Async<int> morning() {
        pg::Pool pool{executor_, app_.database()};
        DemoReport report{pool};
        if (subscriber_) {
            const auto subscribed = co_await subscriber_->subscribe();
            if (!subscribed) fmt::print("  the emulator accepts no subscription: {}\n", subscribed.error().detail);
            asio::co_spawn(executor_, subscriber_->run(), asio::detached);
        }
        const int status = co_await play(report);
        if (!options_.once && !stopping_) {
            fmt::print("\nThe demo keeps running; Ctrl-C ends it.\n");
            std::fflush(stdout);
            while (!stopping_) co_await stop_.wait(1h);
        }
        co_await pool.close(1s);
        co_return status;
    }

    Async<int> play(DemoReport& report) {
        auto webhook = clinic().webhook;
        webhook.callback_url = fmt::format("http://127.0.0.1:{}/webhooks/drchrono", app_.port());
        simulated_.register_webhook(std::move(webhook));
        simulator::ScribeOptions account;
        account.url = fmt::format("http://127.0.0.1:{}/webhooks/deepcura", app_.port());
        account.secret = scribe_secret;
        simulated_.hire_scribe(std::move(account));
        const bool verified = co_await simulated_.verify_webhook();
        fmt::print("  DrChrono's console verified our address: {}\n\n", verified ? "yes" : "NO");
        fmt::print("  {:<6} {:<52} {:>10} {:>8} {:>8} {:>7} {:>8}\n", "clock", "at the clinic", "deliveries", "records",
                   "changes", "events", "lag");

        simulator::Morning script{simulated_};
        while (script.played() < script.size() && !stopping_) {
            const auto step = script.play();
            if (!step) {
                fmt::print("  the script failed: {}\n", step.error().detail);
                co_return 1;
            }
            const auto pause = std::chrono::milliseconds{static_cast<int>(700 / options_.pace)};
            co_await stop_.wait(pause);
            co_await show(report, clock_of(step->at), step->what);
        }
        if (stopping_) co_return 1;
        co_return co_await conclude(report);
    }

    Async<> show(DemoReport& report, std::string clock, std::string what) {
        const auto counts = co_await report.counts();
        if (!counts) co_return;
        const auto events = subscriber_ ? std::int64_t{subscriber_->received()} : counts->changes;
        fmt::print("  {:<6} {:<52.52} {:>10} {:>8} {:>8} {:>7} {:>5} ms\n", clock, what, counts->deliveries,
                   counts->records, counts->changes, events, counts->lag_ms);
        std::fflush(stdout);
    }

    /// Waits until nothing is under way any more, then shows the rows and says whether everything arrived.
    Async<int> conclude(DemoReport& report) {
        fmt::print(
            "\n  The morning is over; what is late is fetched once DrChrono's replicas have caught up (up to 15 s) …\n");
        std::fflush(stdout);
        for (int tries = 0; tries < 450 && !stopping_; ++tries) {
            const auto counts = co_await report.counts();
            const bool received = !subscriber_ || (counts && subscriber_->received() >= counts->changes);
            if (counts && counts->unfinished == 0 && (!subscriber_ || counts->unpublished == 0) && received &&
                simulated_.delivery_counts().open == 0)
                break;
            co_await sleep_for(200ms);
        }
        co_await show(report, "", "");
        const auto rows = co_await report.rows();
        if (rows) fmt::print("{}", *rows);
        if (subscriber_) fmt::print("\nThe last event, as a subscriber received it\n  {}\n", subscriber_->last());

        const auto missing = co_await report.missing(subscriber_ != nullptr);
        if (!missing) co_return 1;
        const auto sent = simulated_.delivery_counts();
        const auto notes = simulated_.scribe()->log();
        const bool filed = std::ranges::all_of(notes, [](const auto& note) { return note.status == 200; });
        const bool all = missing->empty() && filed && sent.failed == 0 && sent.dropped == 0 && sent.open == 0;
        fmt::print("\n{}, sent in {}, and {}. {}\n", counted(sent.created, "webhook"),
                   counted(sent.attempts, "request"), counted(notes.size(), "gridhook"),
                   all ? "Every delivery became a record, an audit row and an event." : "NOT everything arrived:");
        for (const auto& line : *missing) fmt::print("  {}\n", line);
        if (!options_.once) {
            begin_full_sync();
            look_further();
        }
        co_return all ? 0 : 1;
    }

    /// So that the page soon says what it says of a clinic that is in sync.
    void begin_full_sync() {
        if (app_.start_run({.full = true}))
            fmt::print("\nA full sync of all data types has begun; the overview of the page shows how far it is.\n");
    }

    void look_further() const {
        const auto& database = app_.database();
        const auto file = std::filesystem::absolute(values_.at("DATA_DIR")) / "settings.sh";
        write_settings(file, values_, app_.port());
        fmt::print(
            "\nLook further\n"
            "  the mirror       psql -h {0} -p {1} -U {2} {3}\n"
            "    the day's visits                 select scheduled_time, status, reason from appointments order by scheduled_time;\n"
            "    scribe notes and where they are  select session_date, link_method, link_reasons from deepcura_notes;\n"
            "    the latest changes               select changed_at, table_name, operation, actor, cause from change_log order by seq desc limit 20;\n"
            "  the service      curl http://127.0.0.1:{4}/ready\n"
            "  other commands   . {5} && drchrono-sync doctor --dev\n"
            "  the simulator    curl {6}/control/state\n"
            "  change something curl -X POST {6}/control/events -d '{{\"event\":\"PATIENT_MODIFY\",\"id\":\"{7}\",\"fields\":{{\"city\":\"Elsewhere\"}}}}'\n",
            database.host, database.port, database.user, database.database, app_.port(), file.string(),
            simulated_.base_url(), simulated_.ids("patients").front());
        std::fflush(stdout);
    }

    asio::any_io_executor executor_;
    const DemoOptions& options_;
    simulator::Simulator& simulated_;
    app::App& app_;
    DemoSubscriber* subscriber_;
    const Values& values_;
    Wake stop_;
    bool stopping_ = false;
};

/// A directory of the demo's own, or the one it was given.
class DataDir {
public:
    explicit DataDir(const std::string& given) : path_{given}, own_{given.empty()} {
        if (!own_) return;
        std::string name = (std::filesystem::temp_directory_path() / "drchrono-sync-demo-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary directory can be made"};
        path_ = name;
    }
    ~DataDir() {
        std::error_code ignored;
        if (own_) std::filesystem::remove_all(path_, ignored);
    }
    DataDir(const DataDir&) = delete;
    DataDir& operator=(const DataDir&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
    bool own_;
};

}  // namespace

int demo(const DemoOptions& options) {
    log::configure(log::Level::error, log::Format::text);
    fmt::print(
        "A morning at a simulated clinic: DrChrono and the Deep Cura scribe (simulated) → drchrono-sync → PostgreSQL (embedded) → Pub/Sub\n");
    const DataDir data_dir{options.data_dir};
    std::optional<simulator::PubsubEmulator> emulator;
    if (simulator::find_pubsub_emulator()) {
        fmt::print("  starting the Pub/Sub emulator …\n");
        std::fflush(stdout);
        emulator.emplace();
    } else {
        fmt::print(
            "  SKIPPED: the Pub/Sub emulator is not installed; events stay in the database (view outbox_feed)\n");
    }

    asio::io_context io{1};
    const auto world = clinic();
    simulator::Simulator simulated{io.get_executor(), world};
    if (const auto listening = simulated.listen("127.0.0.1", 0); !listening) {
        fmt::print(stderr, "drchrono-sync: the simulator cannot listen: {}\n", listening.error().detail);
        return 1;
    }
    const auto values = settings_for(simulated, world, data_dir.path(), emulator ? emulator->host() : "");
    auto settings = app::read_settings(lookup_in(values), true);
    if (!settings) {
        fmt::print(stderr, "drchrono-sync: {}\n", settings.error().detail);
        return 2;
    }
    make_up_dev_user(*settings);
    const auto password = settings->admin_dev_password;
    app::App app{io.get_executor(), std::move(*settings)};
    if (const auto opened = app.open(); !opened) {
        fmt::print(stderr, "drchrono-sync: cannot listen: {}\n", opened.error().detail);
        return 1;
    }
    fmt::print("  the service listens on http://127.0.0.1:{}, the simulator on {}\n", app.port(), simulated.base_url());
    print_dev_user(app.port(), password);
    std::optional<DemoSubscriber> subscriber;
    if (emulator) subscriber.emplace(io.get_executor(), emulator->host(), std::string{project}, std::string{topic});
    Demo demo{io, options, simulated, app, subscriber ? &*subscriber : nullptr, values};
    return run_loop(io, demo.run(), [&demo] { demo.request_stop(); });
}

}  // namespace dcs::cli
