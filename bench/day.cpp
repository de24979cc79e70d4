// A day of a ten-provider clinic under DrChrono's limits: 500 requests an hour, 290 in ten minutes, 10 a second.
//
// Clock      a simulated hour takes 3600/speed seconds, for the simulator's limits and for the service's budget alike. What the
//            service does in between takes real time: its delays are told in real seconds.
// Day        250 visits and 1,500 webhooks between 8 and 18 o'clock, 300 of them in ten minutes at 11; the schedule on. The
//            account is mirrored before the day begins, without limits.
// Told       429 answers; requests in each hour; how long after its delivery each webhook's record was there.

#include "app/prepare.hpp"
#include "bench.hpp"

#include "simulator/simulator.hpp"

#include <boost/asio/use_future.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <random>
#include <thread>

namespace dcs::bench {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr int visits = 250;
constexpr int ordinary_acts = 1'310;  // a note that is locked already tells nothing: some 1,500 webhooks in all
constexpr int burst_acts = 300;

/// Since 1970 `speed` times as fast: both sides then agree on where an hour begins.
Clock faster(int speed) {
    return [speed] { return Time{system_now().time_since_epoch() * speed}; };
}

simulator::Options options_of(int patients, int speed) {
    simulator::Options options;
    options.patients = static_cast<std::uint64_t>(patients);
    options.doctors = 10;
    options.limits = {0, 0, 0};
    options.start = system_now();  // the service asks for changes since a time of its own clock
    options.real = faster(speed);
    options.access_token_life = std::chrono::hours{10'000};
    options.per_patient = {
        .appointments = 0.2, .medications = 0.2, .problems = 0, .allergies = 0, .line_items = 0.2, .notes = 0.5};
    options.switches.bulk_polls = 0;
    return options;
}

/// The simulator on a thread of its own.
class Clinic {
public:
    Clinic(int patients, int speed)
        : drchrono_{io_.get_executor(), options_of(patients, speed)}, listening_{drchrono_.listen("127.0.0.1", 0)} {
        thread_ = std::thread{[this] { io_.run(); }};
    }
    ~Clinic() {
        asio::co_spawn(io_, drchrono_.stop(), asio::use_future).wait();
        work_.reset();
        thread_.join();
    }
    /// `act` on the simulator's thread.
    template <class Act>
    auto with(Act act) {
        std::packaged_task<decltype(act(drchrono_))()> task{[this, &act] { return act(drchrono_); }};
        auto outcome = task.get_future();
        asio::post(io_, [&task] { task(); });
        return outcome.get();
    }
    std::string url() const { return drchrono_.base_url(); }

private:
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    simulator::Simulator drchrono_;
    Result<> listening_;
    std::thread thread_;
};

/// What people at the clinic do, drawn at random: each act is one webhook.
class People {
public:
    explicit People(Clinic& clinic) : clinic_{clinic} {
        patients_ = clinic_.with([](auto& drchrono) { return drchrono.ids("patients"); });
    }
    void act() {
        const int draw = draw_(random_);
        const auto patient = patients_[random_() % patients_.size()];
        clinic_.with([&](auto& drchrono) {
            if (static_cast<int>(booked_.size()) < visits && (booked_.empty() || draw < 20)) {
                if (const auto made = drchrono.create("appointments", {{"patient", std::stoll(patient)}}))
                    booked_.push_back(made->id);
            } else if (const auto& visit = booked_[random_() % booked_.size()]; draw < 65) {
                drchrono.change("appointments", visit, {{"status", states_[random_() % states_.size()]}});
            } else if (draw < 80) {
                drchrono.change("patients", patient,
                                {{"cell_phone", fmt::format("(555) 555-{:04}", random_() % 10'000)}});
            } else if (draw < 88) {
                drchrono.lock_note(visit);
            } else if (draw < 94) {
                drchrono.create("medications", {{"patient", std::stoll(patient)}});
            } else {
                drchrono.create("line_items", {{"appointment", visit}});
            }
            return true;
        });
    }

private:
    Clinic& clinic_;
    std::mt19937 random_{5};
    std::uniform_int_distribution<int> draw_{0, 99};
    std::vector<std::string> patients_;
    std::vector<std::string> booked_;
    std::array<std::string, 4> states_{"Arrived", "In Session", "Complete", "Confirmed"};
};

std::map<std::string, std::string> settings_for(const std::string& upstream) {
    const simulator::Options defaults;
    return {{"DRCHRONO_BASE_URL", upstream},
            {"DRCHRONO_CLIENT_ID", defaults.client_id},
            {"DRCHRONO_CLIENT_SECRET", defaults.client_secret},
            {"DRCHRONO_ACCESS_TOKEN", defaults.access_token},
            {"DRCHRONO_REFRESH_TOKEN", defaults.refresh_token},
            {"SYNC_SCHEDULE", "patients=15m,appointments=5m,clinical-notes=15m,line-items=1h"}};
}

}  // namespace

void measure_day(int patients, int speed) {
    asio::io_context io{1};
    Clinic clinic{patients, speed};
    const test::TestDatabase database;
    {
        auto free = settings_for(clinic.url());
        for (const auto* limit : {"DRCHRONO_RATE_PER_SECOND", "DRCHRONO_RATE_PER_10MIN", "DRCHRONO_RATE_PER_HOUR"})
            free[limit] = "0";
        free.erase("SYNC_SCHEDULE");
        asio::io_context first{1};
        app::Settings settings = RunningApp::settings(database.settings(), free);
        const bool stopping = false;
        auto preparing = app::prepare_database(first.get_executor(), settings, database.settings(), stopping);
        settings.practice_timezone = test::run_async(first, std::move(preparing), 1min).value().practice_timezone;
        const deepcura::CipherInUse nothing;
        app::Service service{first.get_executor(), settings, database.settings(), nothing,
                             [](const std::string&, const std::string&) {}};
        for (const auto* kind : {"doctors", "offices", "patients", "appointments", "clinical_notes", "line_items"}) {
            auto running = service.reconciler().run({.listing = find_listing(kind), .full = true}, 60min);
            const auto report = test::run_async(first, std::move(running), 60min).value();
            fmt::print("mirrored before the day: {} {} ({}{})\n", report.counts.total, kind, report.status,
                       report.error);
            std::fflush(stdout);
        }
        test::run_async(first, service.stop(10s), 30s);
    }
    const RunningApp app{io, database.settings(), settings_for(clinic.url()), static_cast<double>(speed)};
    People people{clinic};
    const auto url = app.url("/webhooks/drchrono");
    clinic.with([&](auto& drchrono) {
        drchrono.limits() = {};
        simulator::Webhook webhook;
        webhook.callback_url = url;
        webhook.secret = "dev";
        webhook.handshake = false;
        webhook.parallel = 4;
        drchrono.register_webhook(std::move(webhook));
        return true;
    });

    // From one of DrChrono's hours to the next, so that what was spent in each can be told.
    const auto hour = std::chrono::duration_cast<steady_clock::duration>(1h) / speed;
    const auto until_hour = 3'600s - (faster(speed)().time_since_epoch() % std::chrono::microseconds{1h});
    test::turn_until(
        io, [] { return false; }, std::chrono::duration_cast<std::chrono::milliseconds>(until_hour / speed));
    const auto begun = steady_clock::now();
    const auto requests = [&] { return clinic.with([](auto& drchrono) { return drchrono.requests(); }); };
    std::vector<std::uint64_t> spent;
    auto before = requests();
    int sent = 0;
    for (int at = 0; at < 24; ++at) {
        const auto hour_begun = begun + at * hour;
        const int usual = at >= 8 && at < 18 ? ordinary_acts / 10 : 0;
        const int burst = at == 11 ? burst_acts : 0;
        for (int act = 0; act < usual + burst; ++act) {
            // The burst comes in the hour's first ten minutes.
            const auto when = act < burst ? hour / 6 * act / burst : hour / 6 + hour * 5 / 6 * (act - burst) / usual;
            test::turn_until(io, [&] { return steady_clock::now() >= hour_begun + when; }, 10min);
            people.act();
            ++sent;
        }
        test::turn_until(io, [&] { return steady_clock::now() >= hour_begun + hour; }, 10min);
        const auto now = requests();
        spent.push_back(now - before);
        before = now;
        fmt::print("hour {:2}: {:3} requests\n", at, spent.back());
        std::fflush(stdout);
    }
    test::turn_until(
        io,
        [&] {
            return database.query("select count(*) from inbox where state in ('pending', 'processing', 'waiting')") ==
                   "0";
        },
        1min);
    const auto throttled = clinic.with([](auto& drchrono) { return drchrono.throttled(); });
    const auto lag = [&](double share) {
        return database.query(fmt::format(
            "select round(1000 * extract(epoch from percentile_disc({}) within group (order by s.completed_at - i.received_at))) "
            "from inbox i join sync_log s on s.details ->> 'delivery_id' = i.id::text where s.status = 'completed'",
            share));
    };
    std::ranges::sort(spent);
    fmt::print("{} acts, {} deliveries, {} done; 429 answers: {}\n", sent, database.query("select count(*) from inbox"),
               database.query("select count(*) from inbox where state = 'done'"), throttled);
    fmt::print("delivery to record: median {} ms, 99 of 100 {} ms, longest {} ms\n", lag(0.5), lag(0.99), lag(1));
    fmt::print("the longest in the clinic's time, were all of it waiting for the allowance: {:.1f} s\n",
               std::atof(lag(1).c_str()) * speed / 1000);
    fmt::print("requests an hour: median {}, most {}, of 500\n", spent[spent.size() / 2], spent.back());
}

}  // namespace dcs::bench
