#include "app/doctor.hpp"

#include "net/target.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace dcs::app {

namespace {

using namespace std::chrono_literals;

constexpr auto check_limit = 30s;

/// What the checks themselves use: a person waits for them.
pg::Settings short_waits(pg::Settings database) {
    database.pool_size = 3;
    database.application_name = "drchrono-sync-doctor";
    database.connect_limit = 5s;
    database.statement_limit = 10s;
    return database;
}

upstream::SharedBudgetSettings no_waiting(upstream::SharedBudgetSettings budget) {
    budget.longest_wait = 3s;
    return budget;
}

upstream::DrchronoSettings short_waits(upstream::DrchronoSettings drchrono) {
    drchrono.time_limit = 10s;
    drchrono.retry = {100ms, 500ms};
    return drchrono;
}

}  // namespace

std::string_view name_of(Grade grade) noexcept {
    switch (grade) {
    case Grade::ok: return "ok";
    case Grade::warning: return "warning";
    case Grade::failed: return "failed";
    case Grade::skipped: return "skipped";
    }
    return "failed";
}

const std::vector<Doctor::Check> Doctor::checks{
    {"settings", "", &Doctor::settings_make_sense},
    {"database", "", &Doctor::database},
    {"database encryption", "database", &Doctor::encryption},
    {"database schema", "database", &Doctor::schema},
    {"time zones", "database schema", &Doctor::time_zones},
    {"database roles", "database schema", &Doctor::roles},
    {"database audit", "database schema", &Doctor::audit},
    {"second factor", "database schema", &Doctor::second_factor},
    {"clock", "database", &Doctor::clock},
    {"drchrono tokens", "database schema", &Doctor::tokens},
    {"drchrono allowance", "database schema", &Doctor::allowance},
    {"drchrono account", "drchrono tokens, drchrono allowance", &Doctor::account},
    {"drchrono scopes", "drchrono account", &Doctor::scopes},
    {"service", "", &Doctor::service},
    {"webhook handshake", "service", &Doctor::handshake},
    {"pubsub", "", &Doctor::pubsub},
    {"oidc keys", "", &Doctor::oidc_keys},
};

Doctor::Doctor(asio::any_io_executor executor, const Settings& settings, pg::Settings database, Address address)
    : settings_{settings},
      where_{short_waits(std::move(database))},
      address_{std::move(address)},
      pool_{executor, where_},
      client_{executor, "drchrono-sync"},
      budget_{executor, pool_, no_waiting(budget_settings(settings))},
      tokens_{executor, pool_, client_, budget_, system_now, token_settings(settings)},
      drchrono_{client_, tokens_, budget_, system_now, short_waits(drchrono_settings(settings))},
      google_token_{executor, client_, system_now, google_settings(settings)},
      topic_{client_, &google_token_, topic_settings(settings)} {}

std::string Doctor::missing_need(const Check& check) const {
    std::string_view left = check.needs;
    while (!left.empty()) {
        const auto comma = std::min(left.find(", "), left.size());
        const auto need = left.substr(0, comma);
        if (std::ranges::find(not_ok_, need) != not_ok_.end()) return std::string{need};
        left.remove_prefix(std::min(comma + 2, left.size()));
    }
    return {};
}

Async<Finding> Doctor::in_time(const Check& check) {
    using namespace asio::experimental::awaitable_operators;
    auto looking = (this->*check.look)();
    auto waiting = sleep_for(check_limit);
    auto first = std::move(looking) || std::move(waiting);
    auto outcome = co_await std::move(first);
    if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
    co_return Finding{.grade = Grade::failed,
                      .found = "no answer within 30 s",
                      .advice = "look at the network between here and there"};
}

Async<bool> Doctor::examine(std::function<void(const Finding&)> tell, std::span<const std::string_view> only) {
    bool well = true;
    for (const auto& check : checks) {
        if (!only.empty() && std::ranges::find(only, check.name) == only.end()) continue;
        Finding finding;
        if (const auto need = missing_need(check); need.empty()) {
            auto looking = in_time(check);
            finding = co_await std::move(looking);
        } else {
            finding = {.grade = Grade::skipped, .found = fmt::format("needs {}", need)};
        }
        finding.check = check.name;
        // What was skipped because it is not set up hinders nothing but what stands on it.
        if (finding.grade == Grade::failed || finding.grade == Grade::skipped) not_ok_.emplace_back(check.name);
        if (finding.grade == Grade::failed) well = false;
        tell(finding);
    }
    co_await tokens_.stop(1s);
    co_await budget_.stop(1s);
    co_await pool_.close(1s);
    co_return well;
}

/// Each setting for itself was found good before; this is what is missing, or weak, together.
Async<Finding> Doctor::settings_make_sense() {
    std::vector<std::string> found;
    std::vector<std::string> advice;
    const auto remark = [&](bool applies, std::string_view what, std::string_view todo) {
        if (!applies) return;
        found.emplace_back(what);
        advice.emplace_back(todo);
    };
    const auto& set = settings_;
    const auto drchrono = net::Target::parse(set.drchrono_base_url);
    remark(!asks_drchrono(set), "no credentials for DrChrono: deliveries are applied, nothing is fetched or reconciled",
           "set DRCHRONO_CLIENT_ID and DRCHRONO_CLIENT_SECRET, and authorize");
    remark(drchrono && !drchrono->encrypted() && !drchrono->loopback(), "DRCHRONO_BASE_URL is not https",
           "use https: tokens and records would travel in the clear");
    remark(!set.drchrono_client_id.empty() && set.drchrono_client_secret.empty(),
           "DRCHRONO_CLIENT_ID without DRCHRONO_CLIENT_SECRET", "set both or neither: tokens cannot be refreshed");
    remark(set.drchrono_client_id.empty() && !set.drchrono_client_secret.empty(),
           "DRCHRONO_CLIENT_SECRET without DRCHRONO_CLIENT_ID", "set both or neither: tokens cannot be refreshed");
    remark(!set.dev && !asks_drchrono(set) && set.drchrono_practice_group_id.empty(),
           "it is not known which practice this is: deliveries that name one wait",
           "set DRCHRONO_PRACTICE_GROUP_ID, or credentials for DrChrono");
    remark(asks_drchrono(set) && set.drchrono_client_id.empty() && set.drchrono_client_secret.empty() &&
               !set.drchrono_refresh_token.empty(),
           "a refresh token without DRCHRONO_CLIENT_ID", "set DRCHRONO_CLIENT_ID: tokens cannot be refreshed");
    remark(!set.oidc_audience.empty() && set.oidc_allowed_emails.empty(), "OIDC_AUDIENCE without OIDC_ALLOWED_EMAILS",
           "name the service accounts that may call /sync, or nobody may");
    remark(set.oidc_audience.empty() && set.sync_schedule.empty() && !set.dev, "nothing starts reconciliations",
           "set SYNC_SCHEDULE, or OIDC_AUDIENCE for a scheduler of yours");
    for (const auto name : short_secrets(set))
        remark(true, fmt::format("{} has fewer than 32 characters", name), "use 32 random characters");
    remark(!set.dev && asks_drchrono(set) && set.token_key.empty(),
           "no TOKEN_KEY: stored tokens are sealed with the client secret, and are lost when it changes",
           "set TOKEN_KEY to 32 random characters of its own");
    if (found.empty())
        co_return Finding{.found = set.dev ? "they fit together, for trying out (--dev)" : "they fit together"};
    co_return Finding{.grade = Grade::warning,
                      .found = fmt::format("{}", fmt::join(found, "; ")),
                      .advice = fmt::format("{}", fmt::join(advice, "; "))};
}

}  // namespace dcs::app
