#include "app/service.hpp"

#include "app/part_settings.hpp"
#include "base/backoff.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "inbox/backlog.hpp"
#include "inbox/practices.hpp"
#include "upstream/token_row.hpp"

#include <boost/json.hpp>

namespace dcs::app {

namespace {

using namespace std::chrono_literals;

apply::Worker::Settings worker_settings(const Settings& settings) {
    apply::Worker::Settings worker;
    worker.refetch = settings.drchrono_webhook_apply == "refetch";
    // Tried out alone, it never learns whose practice it is, and only its own machine can send.
    worker.any_practice = settings.dev && !asks_drchrono(settings);
    return worker;
}

outbox::PublisherSettings publisher_settings(const std::string& instance,
                                             std::function<void(const std::vector<std::int64_t>&)> published) {
    outbox::PublisherSettings publisher;
    publisher.owner = instance;
    publisher.published = std::move(published);
    return publisher;
}

constexpr int tries_until_degraded = 3;  // of a scheduled run in a row

reconcile::Policy policy_of(const Settings& settings) {
    reconcile::Policy policy;
    policy.overlap = settings.sync_lookback;
    policy.always_vanish = settings.sync_max_vanished;
    policy.most_vanished = settings.sync_max_vanished_share;
    return policy;
}

/// Records of which a run read a state that may be older than what is stored.
pg::Statement fetches_of(const reconcile::AskAgain& doubtful) {
    std::vector<apply::FetchRequest> requests;
    for (const auto& key : doubtful.keys)
        requests.push_back({.table = doubtful.table,
                            .drchrono_id = key,
                            .reason = "a listing may have shown an older state",
                            .removal = doubtful.removal,
                            .delay = doubtful.wait});
    return apply::request_fetches(requests);
}

void add_window(ops::CheckResult& result, const std::string& name, const upstream::BudgetWindow& window) {
    result.facts.emplace_back("spent_in_" + name, std::int64_t{window.spent});
    result.facts.emplace_back("limit_of_" + name, std::int64_t{window.limit});
}

void add_budget(ops::CheckResult& result, const upstream::BudgetState& budget) {
    add_window(result, "second", budget.second);
    add_window(result, "ten_minutes", budget.ten_minutes);
    add_window(result, "hour", budget.hour);
    if (budget.braked_until) result.facts.emplace_back("braked_until", iso8601(*budget.braked_until));
}

/// Few connections and short limits: people wait for these, and deliveries must not wait for people.
pg::Settings admin_database(pg::Settings database) {
    database.pool_size = 3;
    database.application_name = "drchrono-sync-admin";
    database.wait_limit = 3s;
    database.statement_limit = 5s;
    return database;
}

/// Its statements are few, run all the time, and are planned alike for all values.
pg::Settings working_database(pg::Settings database) {
    database.plans_once = true;
    return database;
}

constexpr auto longest_run = 12h;

/// Without DrChrono there is nothing to read.
std::vector<reconcile::ScheduleEntry> scheduled(const Settings& settings) {
    auto entries = settings.sync_schedule;
    if (!asks_drchrono(settings))
        std::erase_if(entries, [](const auto& entry) { return entry.name != reconcile::clean_up_entry; });
    return entries;
}

/// Seconds. The allowance is renewed every hour: what waits longer is stuck.
constexpr double longest_wait_for_a_fetch = 2 * 3600;

/// Named here because a coroutine that is a capturing lambda must not outlive the lambda.
Async<Result<apply::Item>> ask(upstream::Drchrono& drchrono, std::string path, std::string id) {
    auto fetched = co_await drchrono.get_item(std::move(path), std::move(id), true, upstream::Priority::webhook_fetch);
    if (!fetched) co_return fetched.error();
    apply::Item item{.value = std::move(fetched->value), .asked = fetched->asked};
    if (fetched->altered) item.exact_bytes = std::move(fetched->bytes);
    co_return item;
}

}  // namespace

Service::Service(asio::any_io_executor executor, const Settings& settings, pg::Settings database,
                 const deepcura::CipherInUse& cipher, Tasks::Failed failed)
    : settings_{settings},
      instance_{new_uuid()},
      asks_drchrono_{asks_drchrono(settings)},
      executor_{executor},
      database_{std::move(database)},
      pool_{executor, working_database(database_)},
      admin_pool_{executor, admin_database(database_)},
      client_{executor, "drchrono-sync"},
      budget_{executor, pool_, budget_settings(settings)},
      tokens_{executor, pool_, client_, budget_, system_now, token_settings(settings)},
      permissions_{pool_},
      drchrono_{client_, tokens_, budget_, system_now, drchrono_settings(settings), &permissions_},
      store_{{settings.practice_timezone, settings.omit_fields}},
      rewriter_{executor, pool_, settings.practice_timezone,
                [this] {
                    publisher_.notify();
                    linker_.wake();
                }},
      google_token_{executor, client_, system_now, google_settings(settings)},
      topic_{client_, &google_token_, topic_settings(settings)},
      publisher_{executor, pool_, topic_, system_now,
                 publisher_settings(instance_, [this](const auto& seqs) { count_published(seqs); })},
      local_feed_{executor, pool_},
      linker_{executor, pool_, [this] { events_added(); }},
      filing_{executor,
              pool_,
              cipher,
              instance_,
              {settings.practice_timezone, settings.omit_fields},
              [this] { events_added(); }},
      fetcher_{executor,
               pool_,
               store_,
               [this](std::string path, std::string id) { return ask(drchrono_, std::move(path), std::move(id)); },
               instance_,
               {},
               {.changed = [this] { changed(); },
                .applied = [this](std::chrono::microseconds took) { count_applied("fetched", took); },
                .upstream_works = [this] { return drchrono_.answered_lately(); }}},
      worker_{executor,
              pool_,
              store_,
              instance_,
              worker_settings(settings),
              {.practice_group = [this] { return practice_group_; },
               .changed = [this] { changed(); },
               .fetches_wanted = [this] { fetcher_.wake(); },
               .applied = [this](std::string_view outcome,
                                 std::chrono::microseconds took) { count_applied(outcome, took); }}},
      inbox_{executor, pool_, {}, [this] { worker_.wake(); }, &worker_.straight()},
      tasks_{executor, std::move(failed)},
      lister_{drchrono_},
      reconciler_{parts(executor), policy_of(settings), instance_},
      schedule_{parts(executor),
                reconciler_,
                {.entries = scheduled(settings),
                 .clean_up = [this] { return clean_up_as_scheduled(); },
                 .practice_timezone = settings.practice_timezone,
                 .instance = instance_}},
      anchors_{executor, client_, google_settings(settings), anchor_settings(settings, instance_)},
      sealer_{executor,
              pool_,
              {.keys = [this] { return seal_keys(settings_); },
               .keep = [this](audit::Head head) { return anchors_.keep(std::move(head)); }}},
      practice_tried_{executor},
      practice_pause_{executor},
      token_pause_{executor},
      practice_group_{settings.drchrono_practice_group_id} {}

reconcile::Parts Service::parts(asio::any_io_executor executor) {
    return {.pool = pool_,
            .store = store_,
            .drchrono = drchrono_,
            .lister = lister_,
            .tasks = tasks_,
            .executor = std::move(executor),
            .clock = system_now,
            .changed = [this] { changed(); },
            .ask_again = fetches_of};
}

void Service::events_added() {
    publisher_.notify();
    local_feed_.notify();
}

void Service::changed() {
    events_added();
    linker_.wake();
    rewriter_.wake();
}

admin::Situation Service::situation() const {
    admin::Situation situation{.has_topic = topic_.configured(), .next_ticks = schedule_.next_ticks()};
    const auto publisher = publisher_.status();
    if (!publisher.stopped.empty()) situation.publisher_problem = "Events cannot be published: " + publisher.stopped;
    if (!asks_drchrono_) situation.drchrono_problem = "No credentials for DrChrono are set: nothing is fetched.";
    else if (tokens_.status().dead_reason == upstream::unreadable)
        situation.drchrono_problem = "The stored tokens do not open: TOKEN_KEY is another than it was.";
    else if (!tokens_.status().dead_reason.empty())
        situation.drchrono_problem = "DrChrono refuses our grant: authorize again.";
    return situation;
}

bool Service::start_run(reconcile::Wanted wanted) {
    if (!asks_drchrono_ || stopping_) return false;
    tasks_.spawn("sync by hand", run_by_itself(std::move(wanted)));
    return true;
}

Async<> Service::run_by_itself(reconcile::Wanted wanted) {
    if (wanted.listing == nullptr) {
        auto running = reconciler_.run_all({.full = wanted.full}, longest_run);
        co_await std::move(running);
        co_return;
    }
    auto running = reconciler_.run(std::move(wanted), longest_run);
    const auto report = co_await std::move(running);
    if (!report) log::warning("a run that a person began did not run", {{"detail", report.error().detail}});
}

void Service::wake_deliveries() {
    worker_.wake();
    filing_.wake();
}

Async<Result<retention::Outcome>> Service::clean_up(bool dry_run) {
    if (dry_run) {
        auto counted = co_await retention::count_expired(pool_, settings_.retention);
        co_return counted;
    }
    const auto sealed =
        co_await audit::seal(pool_, seal_keys(settings_));  // changes that no seal covers are not dropped
    if (!sealed) log::warning("what was audited is not sealed yet", {{"detail", sealed.error().detail}});
    auto cleaning = retention::clean_up(executor_, pool_, settings_.retention, seal_keys(settings_),
                                        settings_.request_deadline, stopping_);
    auto outcome = co_await std::move(cleaning);
    co_return outcome;
}

Async<Result<bool>> Service::clean_up_as_scheduled() {
    auto cleaning = clean_up(false);
    const auto outcome = co_await std::move(cleaning);
    if (!outcome) co_return outcome.error();
    if (outcome->status == "failed") co_return Error{Fault::unavailable, outcome->error};
    co_return outcome->status == "partial";
}

Async<> Service::start() {
    tasks_.keep("practice", [this] { return keep_practice(); });
    // What names a practice waits until ours is known; that DrChrono is away must not hold up the rest.
    if (practice_group_.empty() && asks_drchrono_) co_await practice_tried_.wait(5s);
    worker_.start(tasks_);
    filing_.start(tasks_);
    linker_.start(tasks_);
    rewriter_.start(tasks_);
    publisher_.start(tasks_);
    if (!topic_.configured()) local_feed_.start(tasks_);
    sealer_.start(tasks_);
    if (!settings_.db_host.empty()) tasks_.spawn("database user", warn_if_owner());
    schedule_.start(tasks_);
    if (asks_drchrono_) {
        tasks_.keep("token key", [this] { return seal_tokens_anew(); });
        fetcher_.start(tasks_);
    } else {
        log::warning("no DrChrono credentials are set: deliveries are applied, nothing is fetched");
    }
}

void Service::renew_secrets() {
    tokens_.renew(token_settings(settings_));
    if (asks_drchrono_ && !sealing_ && !stopping_) tasks_.keep("token key", [this] { return seal_tokens_anew(); });
    if (!asks_drchrono_ && !(settings_.drchrono_client_secret.empty() && settings_.drchrono_access_token.empty()))
        log::warning("credentials for DrChrono are set now; asking it needs a restart");
    fetcher_.wake();
}

/// Until the stored tokens are sealed under the key that seals now.
Async<> Service::seal_tokens_anew() {
    sealing_ = true;
    for (int failures = 1; !stopping_; ++failures) {
        const auto sealed = co_await tokens_.reseal();
        if (sealed && *sealed)
            log::info("The stored DrChrono tokens are sealed under the present key now; an older one may go.");
        if (sealed) break;
        log::warning("The stored DrChrono tokens are not sealed anew yet.", {{"detail", sealed.error().detail}});
        co_await token_pause_.wait(wait_after(failures, {1s, 60s}));
    }
    sealing_ = false;
}

Async<bool> Service::stop(std::chrono::milliseconds grace) {
    stopping_ = true;
    practice_pause_.notify();
    token_pause_.notify();
    worker_.stop();
    filing_.stop();
    linker_.stop();
    rewriter_.stop();
    sealer_.stop();
    schedule_.stop();
    reconciler_.stop();
    fetcher_.stop();
    local_feed_.stop();
    co_await publisher_.stop();
    bool ended = co_await tasks_.join(grace);
    if (!ended) {
        log::info("what still waits for others is interrupted", {{"tasks", tasks_.running()}});
        tasks_.cancel();
        ended = co_await tasks_.join(2s);
    }
    co_await worker_.give_back();
    co_await filing_.give_back();
    co_await fetcher_.give_back();
    co_await tokens_.stop(1s);
    co_await budget_.stop(1s);
    co_await admin_pool_.close(1s);
    co_await pool_.close(1s);
    co_return ended;
}

Async<ops::CheckResult> Service::check_deliveries() {
    auto statement = inbox::count_backlog();
    const auto rows = co_await pool_.run(std::move(statement));
    ops::CheckResult result;
    if (!rows) {
        result.status = ops::Status::degraded;
        co_return result;
    }
    const auto backlog = inbox::backlog_of(*rows);
    auto counting = inbox::count_held();
    const auto held = co_await pool_.run(std::move(counting));
    const auto oldest = static_cast<std::int64_t>(backlog.oldest_seconds);
    result.facts.emplace_back("unfinished", backlog.pending + backlog.processing);
    result.facts.emplace_back("waiting_for_fetch", backlog.waiting);
    if (held && held->integer(0, 0) > 0) {
        result.status = ops::Status::degraded;
        result.facts.emplace_back("waiting_for_practice", held->integer(0, 0));
    }
    result.facts.emplace_back("dead", backlog.dead);
    result.facts.emplace_back("oldest_seconds", oldest);
    result.facts.emplace_back("oldest_waiting_seconds", static_cast<std::int64_t>(backlog.oldest_waiting_seconds));
    if (backlog.dead > 0 || oldest > 300 || backlog.oldest_waiting_seconds > longest_wait_for_a_fetch)
        result.status = ops::Status::degraded;
    co_return result;
}

Async<ops::CheckResult> Service::check_notes() {
    auto statement = pg::sql(
        "select (select count(*) from deepcura_notes n where clinical_note_id is null and unlinkable_reason is null"
        "        and not exists (select from deepcura_notes s where s.replaces_id = n.id)),"
        " (select count(*) from relinks)");
    const auto rows = co_await pool_.run(std::move(statement));
    ops::CheckResult result;
    if (!rows) {
        result.status = ops::Status::degraded;
        co_return result;
    }
    result.facts.emplace_back("unlinked", rows->integer(0, 0));
    result.facts.emplace_back("to_be_judged", rows->integer(0, 1));
    co_return result;
}

Async<ops::CheckResult> Service::check_drchrono() {
    ops::CheckResult result;
    const auto status = tokens_.status();
    if (!asks_drchrono_) {
        result.status = ops::Status::degraded;
        result.facts.emplace_back("problem", std::string{"no credentials are set"});
    } else if (!status.dead_reason.empty()) {
        result.status = ops::Status::degraded;
        result.facts.emplace_back("problem", std::string{"the grant is dead: authorize again"});
    }
    const auto budget = co_await budget_.state();
    // Another instance may have heard of a brake that this one has not met yet.
    const auto wait = std::max(budget_.last_known_wait(), budget ? budget->waits[1] : 0ms);
    if (wait > 60s) result.status = ops::Status::degraded;
    result.facts.emplace_back("next_request_in_ms", std::int64_t{wait.count()});
    if (budget) add_budget(result, *budget);
    const auto closed = co_await upstream::not_permitted(pool_);
    if (closed && !closed->empty()) {
        result.status = ops::Status::degraded;
        result.facts.emplace_back("not_permitted", upstream::names_of(*closed));
    }
    result.facts.emplace_back("practice_known", !practice_group_.empty());
    co_return result;
}

Async<ops::CheckResult> Service::check_publisher() {
    auto statement =
        pg::sql("select count(*), coalesce(extract(epoch from now() - min(occurred_at)), 0)::bigint "
                "from (select occurred_at from outbox where published_at is null order by seq limit 10001) o");
    const auto rows = co_await pool_.run(std::move(statement));
    ops::CheckResult result;
    const auto status = publisher_.status();
    if (rows) {
        result.facts.emplace_back("unpublished", rows->integer(0, 0));
        result.facts.emplace_back("oldest_seconds", rows->integer(0, 1));
    }
    if (!topic_.configured()) {
        result.facts.emplace_back("topic", std::string{"none: events are offered in outbox_feed"});
        co_return result;
    }
    result.facts.emplace_back("leading", status.leading);
    if (!status.stopped.empty()) result.facts.emplace_back("problem", status.stopped);
    if (!status.stopped.empty() || (rows && rows->integer(0, 1) > 300)) result.status = ops::Status::degraded;
    co_return result;
}

Async<ops::CheckResult> Service::check_schedule() {
    ops::CheckResult result;
    result.facts.emplace_back("leading", schedule_.leading());
    for (const auto& [name, next] : schedule_.next_ticks()) result.facts.emplace_back(name, next);
    auto statement = pg::sql("select count(*) from sync_failures where resolved_at is null");
    const auto rows = co_await pool_.run(std::move(statement));
    if (rows) result.facts.emplace_back("records_failed", rows->integer(0, 0));
    auto open = schedule_.unfinished();
    const auto unfinished = co_await std::move(open);
    if (!unfinished) co_return result;
    for (const auto& each : *unfinished) {
        result.facts.emplace_back(each.name + "_failed_in_a_row", std::int64_t{each.tries});
        if (each.tries >= tries_until_degraded) result.status = ops::Status::degraded;
    }
    co_return result;
}

}  // namespace dcs::app
