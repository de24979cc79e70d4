#include "apply/fetcher.hpp"

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/fault_point.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "store/check_item.hpp"
#include "store/tally.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>
#include <map>
#include <unordered_map>

namespace dcs::apply {

namespace {

using namespace std::chrono_literals;

constexpr int beats_a_sweep = 10;
constexpr std::size_t most_answers = 64;  // of a transaction

std::string object_key(const ClaimedFetch& fetch) { return fetch.table + ":" + fetch.drchrono_id; }

/// How long after `states` were asked for the lag behind the newest announcement is over: until then they may be from before
/// the change, whatever they have changed here. zero: it is, or the answer is the removal that was announced.
std::chrono::milliseconds left_of_lag(const ClaimedFetch& fetch, const std::vector<store::State>& states,
                                      std::chrono::milliseconds lag) {
    if (!fetch.announced) return 0ms;
    auto left = 0ms;
    for (const auto& state : states)
        if (!state.announced)
            left = std::max(left,
                            std::chrono::ceil<std::chrono::milliseconds>(*fetch.announced + lag - state.observed.here));
    return left;
}

/// After how long the record deserves to be asked for again: some state may be older than what is stored, or than what a
/// delivery announced. nullopt: the answer settles it.
struct Again {
    std::chrono::milliseconds wait{};
    Tried tried = Tried::own;
};
std::optional<Again> again_in(const ClaimedFetch& fetch, const std::vector<store::Applied>& applied,
                              std::chrono::milliseconds of_lag, int tries) {
    std::optional<Again> again;
    for (const auto& each : applied)
        if (each.ask_again) again = Again{std::max(again.value_or(Again{}).wait, *each.ask_again), Tried::no};
    if (again && again->wait < of_lag) again->wait = of_lag;
    // It counts as a try, so that a clock that was set back cannot have the record asked for without end.
    if (!again && of_lag > 0ms && fetch.own_tries + 1 < tries) return Again{of_lag};
    return again;
}

audit::Counts counts_of(const std::vector<store::Applied>& applied) {
    audit::Counts counts;
    for (const auto& each : applied) store::count(counts, each.outcome);
    return counts;
}

audit::Run run_of(const ClaimedFetch& fetch, const std::string& run_id, const std::string& started_at,
                  const std::vector<store::Applied>& applied) {
    boost::json::object details{{"object", object_key(fetch)}, {"reason", fetch.reason}, {"attempts", fetch.attempts}};
    boost::json::array malformed;
    boost::json::array outcomes;
    for (const auto& each : applied) {
        outcomes.emplace_back(store::name_of(each.outcome));
        for (const auto& column : each.malformed) malformed.emplace_back(column);
    }
    details["outcomes"] = std::move(outcomes);
    if (!malformed.empty()) details["malformed"] = std::move(malformed);
    return {.id = run_id,
            .source = "drchrono",
            .sync_type = "fetch",
            .table_name = fetch.table,
            .status = "completed",
            .started_at = started_at,
            .counts = counts_of(applied),
            .error = {},
            .details = boost::json::serialize(details)};
}

/// Deliveries that waited for a fetch and have ended: rows of inbox::finish_waiting(), by their object.
using EndedByObject = std::unordered_map<std::string, std::vector<int>>;
EndedByObject by_object(const pg::Rows& ended) {
    EndedByObject rows;
    for (int row = 0; row < ended.size(); ++row) rows[ended.string(row, 3)].push_back(row);
    return rows;
}

/// The rows of the deliveries that waited for the fetch.
std::vector<audit::Run> runs_of_deliveries(const ClaimedFetch& fetch, const pg::Rows& ended, std::span<const int> rows,
                                           const std::string& status, const std::string& error,
                                           const audit::Counts& counts) {
    std::vector<audit::Run> runs;
    for (const int row : rows) {
        boost::json::object details{{"delivery_id", ended.string(row, 0)},
                                    {"event", ended.string(row, 1)},
                                    {"object", object_key(fetch)},
                                    {"fetched", true}};
        runs.push_back({.id = new_uuid(),
                        .source = "drchrono",
                        .sync_type = "webhook",
                        .table_name = fetch.table,
                        .status = status,
                        .started_at = ended.string(row, 2),
                        .counts = counts,
                        .error = error,
                        .details = boost::json::serialize(details)});
    }
    return runs;
}

std::vector<std::chrono::microseconds> times_since_received(const pg::Rows& ended, std::span<const int> rows) {
    std::vector<std::chrono::microseconds> times;
    for (const int row : rows)
        if (const auto received = parse_iso8601(ended.string(row, 2))) times.push_back(system_now() - *received);
    return times;
}

/// What became of one answer of several.
struct End {
    const ClaimedFetch* fetch;
    std::vector<store::Applied> applied;
    std::optional<Again> again;
};

/// Ends the deliveries that waited for those that are settled, and takes these out of the queue.
std::vector<pg::Statement> end_statements(std::span<const End> ends) {
    std::vector<inbox::Waiting> waiting;
    std::vector<const ClaimedFetch*> settled;
    for (const auto& end : ends) {
        if (end.again) continue;
        settled.push_back(end.fetch);
        waiting.push_back({object_key(*end.fetch), end.fetch->last_seq});
    }
    std::vector<pg::Statement> statements;
    statements.push_back(inbox::finish_waiting(waiting, inbox::State::done, "fetched"));
    statements.push_back(finish_fetches(settled));
    return statements;
}

store::State state_of(const Resource& resource, const std::string& key, Item item, const std::string& cause) {
    store::State state{
        .resource = &resource, .key = key, .raw = std::move(item.value), .exact_bytes = std::move(item.exact_bytes)};
    state.observed.here = item.asked;
    state.view = store::View::full;
    state.origin = store::Origin::api;
    state.cause = cause;
    return state;
}

/// Ends in dead after some tries; everything else is tried for as long as the other side is away. `is_own`: the trouble may be
/// this record's, for DrChrono is there and answers others.
bool final_error(const Error& error, bool is_own) {
    switch (error.fault) {
    case Fault::rate_limited:
    case Fault::unauthorized: return false;
    case Fault::unavailable:
    case Fault::forbidden: return is_own && !error.retry_after;
    case Fault::bad_input:
    case Fault::not_found:
    case Fault::conflict:
    case Fault::rejected:
    case Fault::bug: return true;
    }
    return true;
}

/// A refusal does not pass within seconds, nor does trouble that has lasted for some tries.
std::chrono::milliseconds wait_after_try(const ClaimedFetch& fetch, const Error& error) {
    const int failures = error.fault == Fault::forbidden                           ? 3 * fetch.attempts + 1
                         : error.fault == Fault::unavailable && fetch.attempts > 3 ? 3 * fetch.attempts - 5
                                                                                   : fetch.attempts;
    return std::max(wait_after(failures, {1s, 15min}), error.retry_after.value_or(0ms));
}

/// Asks whether the record is a tombstone: then 404 is what was expected.
pg::Statement tombstoned(const Resource& resource, const std::string& key) {
    return pg::sql(fmt::format("select 1 from {} where {} = $1::{} and deleted_at is not null", resource.table,
                               resource.key_column, sql_name(resource.key_type)),
                   key);
}

}  // namespace

Fetcher::Fetcher(asio::any_io_executor executor, pg::Pool& pool, const store::Store& store, Ask ask,
                 std::string instance, Settings settings, Hooks hooks)
    : executor_{executor},
      pool_{pool},
      store_{store},
      ask_{std::move(ask)},
      settings_{settings},
      hooks_{std::move(hooks)},
      queue_{pool, std::move(instance), settings.lease},
      answers_{executor,
               {.batch = most_answers},
               [](const Answer&) { return std::size_t{1}; },
               [this](std::vector<Answer*> answers) { return write_or_fail(std::move(answers)); }},
      wake_{executor},
      beat_{executor} {}

void Fetcher::start(Tasks& tasks) {
    tasks_ = &tasks;
    tasks.keep("fetch", [this] { return loop(); });
    tasks.keep("fetch-heartbeat", [this] { return heartbeat(); });
}

void Fetcher::wake() { wake_.notify(); }

void Fetcher::stop() {
    stopping_ = true;
    wake_.notify();
    beat_.notify();
}

Async<> Fetcher::give_back() {
    if (const auto done = co_await queue_.give_back(); !done)
        log::warning("leases of fetches could not be given back; they run out by themselves",
                     {{"detail", done.error().detail}});
}

Async<> Fetcher::heartbeat() {
    bool failing = false;
    for (int beats = 0; !stopping_; ++beats) {
        const auto recovered = co_await queue_.recover();
        if (beats % beats_a_sweep == 0) co_await sweep();
        std::vector<FetchQueue::Key> under_way{under_way_.begin(), under_way_.end()};
        auto renewing = queue_.renew(std::move(under_way));
        const auto renewed = co_await std::move(renewing);
        if (recovered && *recovered > 0) wake();
        const bool failed = !recovered || !renewed;
        if (failed && !std::exchange(failing, failed)) log::error("the heartbeat of fetches failed");
        failing = failed;
        co_await beat_.wait(settings_.lease / 5);
    }
}

Async<> Fetcher::sweep() {
    const auto adopted = co_await queue_.adopt_waiting();
    if (!adopted || *adopted == 0) co_return;
    log::warning("deliveries waited for a fetch that nobody was going to make", {{"records", *adopted}});
    wake();
}

Async<> Fetcher::loop() {
    int failures = 0;
    while (!stopping_) {
        const int free = settings_.at_once - running_;
        if (free <= 0) {
            co_await wake_.wait(settings_.poll);
            continue;
        }
        auto claimed = co_await queue_.claim(free);
        if (!claimed) {
            if (failures++ == 0) log::error("fetches cannot be claimed", {{"detail", claimed.error().detail}});
            co_await wake_.wait(wait_after(failures, {200ms, 10s}));
            continue;
        }
        failures = 0;
        for (auto& fetch : *claimed) {
            ++running_;
            tasks_->spawn("fetch-one", one(std::move(fetch)));
        }
        if (static_cast<int>(claimed->size()) < free) co_await wake_.wait(settings_.poll);
    }
}

Async<> Fetcher::one(ClaimedFetch fetch) {
    const auto held = under_way_.emplace(fetch.table, fetch.drchrono_id);
    std::optional<Error> failed;
    bool answered = false;
    try {
        const auto settled = co_await ask_and_settle(fetch, answered);
        if (!settled) failed = settled.error();
    } catch (const std::exception&) {
        // What it says may hold what was answered.
        failed = Error{Fault::bug, "an exception while the answer was worked"};
    }
    if (failed) co_await put_back(fetch, *failed, !answered && hooks_.upstream_works());
    under_way_.erase(held);
    --running_;
    wake();
}

/// `answered`: DrChrono gave the record, whatever became of it then.
Async<Result<>> Fetcher::ask_and_settle(const ClaimedFetch& fetch, bool& answered) {
    auto states = co_await states_of(fetch);
    fault_point("fetch.after_answer");
    if (!states) co_return states.error();
    answered = true;
    co_return co_await settle(fetch, std::move(*states));
}

/// The record's own state and, where its resource says so, that of the record which knows the rest of it.
Async<Result<std::vector<store::State>>> Fetcher::states_of(const ClaimedFetch& fetch) {
    const auto* resource = find_resource(fetch.table);
    if (!resource || resource->path.empty() || !valid_key(*resource, fetch.drchrono_id))
        co_return Error{Fault::rejected, "no such record can be asked for"};
    const auto began = std::chrono::steady_clock::now();
    std::vector<store::State> states;
    std::optional<Error> missing;
    for (const auto* asked : {resource, find_resource(resource->fetched_with)}) {
        if (!asked) continue;
        auto item = co_await ask_(std::string{asked->path}, fetch.drchrono_id);
        if (!item && item.error().fault == Fault::not_found) {
            missing = item.error();
            continue;
        }
        if (!item) co_return item.error();
        auto checking = store::check_item(pool_, *asked, item->value, fetch.drchrono_id);
        const auto key = co_await std::move(checking);
        if (!key) co_return key.error();
        states.push_back(state_of(*asked, *key, std::move(*item), {}));
    }
    if (states.empty() && !fetch.removal) co_return *missing;
    if (states.empty()) {
        Item nothing{.value = identity(*resource, fetch.drchrono_id), .asked = began};
        auto gone = state_of(*resource, fetch.drchrono_id, std::move(nothing), {});
        gone.view = store::View::partial;
        gone.removed = true;
        gone.announced = true;
        states.push_back(std::move(gone));
    }
    co_return states;
}

Async<Result<>> Fetcher::settle(const ClaimedFetch& fetch, std::vector<store::State> states) {
    Answer answer{
        .fetch = &fetch, .states = std::move(states), .run_id = new_uuid(), .started_at = iso8601(system_now())};
    const auto cause = fetch.first_delivery.empty() ? "run:" + answer.run_id : "delivery:" + fetch.first_delivery;
    for (auto& state : answer.states) state.cause = cause;
    auto writing = answers_.add(std::move(answer));
    const auto settled = co_await std::move(writing);
    if (!settled) co_return settled.error();
    hooks_.changed();
    for (const auto& since_received : settled->waited) hooks_.applied(since_received);
    log::info("record fetched", {{"table", fetch.table},
                                 {"reason", fetch.reason},
                                 {"attempts", fetch.attempts},
                                 {"asked_again", settled->asked_again}});
    co_return Result<>{};
}

/// An exception is a refusal like any other: what it says may hold what was answered.
Async<Result<std::vector<Fetcher::Settled>>> Fetcher::write_or_fail(std::vector<Answer*> answers) {
    try {
        auto writing = write(std::move(answers));
        co_return co_await std::move(writing);
    } catch (const std::exception&) {
        co_return Error{Fault::bug, "an exception while the answer was worked"};
    }
}

/// All of them in one transaction. conflict: somebody else holds one of several by now, so that each is to be written alone.
Async<Result<std::vector<Fetcher::Settled>>> Fetcher::write(std::vector<Answer*> answers) {
    pg::Author author{"drchrono-api", std::string{store::by_row}};
    auto transaction = co_await pg::Transaction::begin(pool_, std::move(author));
    if (!transaction) co_return transaction.error();
    std::vector<store::State> states;
    for (const auto* answer : answers) states.insert(states.end(), answer->states.begin(), answer->states.end());
    auto applying = store_.apply(*transaction, std::move(states));
    const auto applied = co_await std::move(applying);
    if (!applied) co_return applied.error();

    std::vector<End> ends;
    std::ptrdiff_t settled_for_good = 0;
    auto from = applied->begin();
    for (const auto* answer : answers) {
        const auto to = from + std::ssize(answer->states);
        ends.push_back({.fetch = answer->fetch, .applied = {from, to}, .again = {}});
        const auto of_lag = left_of_lag(*answer->fetch, answer->states, store_.replica_lag());
        ends.back().again = again_in(*answer->fetch, ends.back().applied, of_lag, settings_.tries);
        settled_for_good += ends.back().again ? 0 : 1;
        from = to;
    }
    auto ending = end_statements(ends);
    const auto done = co_await transaction->run(std::move(ending));
    if (!done) co_return done.error();
    std::vector<Settled> settled(answers.size());
    // Somebody else holds one by now: what they store is as good, and ours rolls back.
    if ((*done)[1].size() < settled_for_good) {
        if (answers.size() > 1) co_return Error{Fault::conflict, "a fetch is in other hands"};
        co_return settled;
    }
    const auto& ended = (*done)[0];
    auto rows = by_object(ended);
    std::vector<audit::Run> runs;
    std::map<const Resource*, std::vector<std::string>> keys;
    for (std::size_t at = 0; at < answers.size(); ++at) {
        const auto& fetch = *answers[at]->fetch;
        const auto& own = rows[object_key(fetch)];
        runs.push_back(run_of(fetch, answers[at]->run_id, answers[at]->started_at, ends[at].applied));
        for (auto& run : runs_of_deliveries(fetch, ended, own, "completed", {}, counts_of(ends[at].applied)))
            runs.push_back(std::move(run));
        settled[at] = {ends[at].again.has_value(), times_since_received(ended, own)};
        keys[find_resource(fetch.table)].push_back(fetch.drchrono_id);
        if (const auto& again = ends[at].again)
            transaction->guard(
                retry_fetch(fetch, again->wait, "the answer may be from before the change", again->tried));
    }
    transaction->guard(audit::insert_runs(runs));
    for (const auto& [resource, of] : keys)
        if (auto unknown = request_unknown_parents(*resource, of)) transaction->guard(std::move(*unknown));
    if (const auto committed = co_await transaction->commit(); !committed) co_return committed.error();
    fault_point("fetch.after_commit");
    co_return settled;
}

Async<> Fetcher::put_back(const ClaimedFetch& fetch, const Error& error, bool is_own) {
    const auto* resource = find_resource(fetch.table);
    bool confirmed = false;
    if (resource && error.fault == Fault::not_found && valid_key(*resource, fetch.drchrono_id)) {
        auto question = tombstoned(*resource, fetch.drchrono_id);
        const auto rows = co_await pool_.run(std::move(question));
        confirmed = rows && !rows->empty();
    }
    const int tries = error.fault == Fault::forbidden ? settings_.tries_refused : settings_.tries;
    const bool dead = !confirmed && final_error(error, is_own) && fetch.own_tries + 1 >= tries;
    const bool closed = error.fault == Fault::forbidden && error.retry_after;
    const auto said = fmt::format("{}: {}", name_of(error.fault), error.detail);
    if (!confirmed && !closed)
        log::warning(dead ? "a fetch is dead" : "a fetch is tried again later", {{"table", fetch.table},
                                                                                 {"attempts", fetch.attempts},
                                                                                 {"fault", name_of(error.fault)},
                                                                                 {"detail", error.detail}});
    if (!confirmed && !dead) {
        // Waiting for the allowance is no try; nor is it one of the record's own where nobody could be asked for it.
        const auto tried = error.fault == Fault::rate_limited ? Tried::no
                           : final_error(error, is_own)       ? Tried::own
                                                              : Tried::elsewhere;
        const auto wait = closed ? *error.retry_after : wait_after_try(fetch, error);
        auto statement = closed ? hold_fetch(fetch, wait, said) : retry_fetch(fetch, wait, said, tried);
        co_await pool_.run(std::move(statement));
        co_return;
    }
    if (const auto ended = co_await end_without_state(fetch, confirmed, said); !ended)
        log::error("the end of a fetch could not be written; its lease runs out", {{"detail", ended.error().detail}});
}

/// The fetch and the deliveries that waited for it end together: confirmed gone, or dead.
Async<Result<>> Fetcher::end_without_state(const ClaimedFetch& fetch, bool confirmed, const std::string& said) {
    pg::Author author{"drchrono-api", std::string{store::by_row}};
    auto transaction = co_await pg::Transaction::begin(pool_, std::move(author));
    if (!transaction) co_return transaction.error();
    const std::array fetches{&fetch};
    auto statement = confirmed ? finish_fetches(fetches) : bury_fetch(fetch, said);
    const auto held = co_await transaction->run(std::move(statement));
    if (!held) co_return held.error();
    if (held->empty()) co_return Result<>{};
    // Asked for again meanwhile: it has its tries before it, and all that wait for it go on waiting.
    if (held->string(0, 0) == "again") co_return co_await transaction->commit();
    const std::array waiting{inbox::Waiting{object_key(fetch), fetch.last_seq}};
    auto ending = inbox::finish_waiting(waiting, confirmed ? inbox::State::done : inbox::State::dead,
                                        confirmed ? "gone upstream" : said);
    const auto ended = co_await transaction->run(std::move(ending));
    if (!ended) co_return ended.error();
    const auto rows = by_object(*ended);
    const auto own = rows.find(object_key(fetch));
    const auto runs = runs_of_deliveries(fetch, *ended, own == rows.end() ? std::vector<int>{} : own->second,
                                         confirmed ? "completed" : "failed", confirmed ? "" : said,
                                         {.total = 1, .unchanged = confirmed ? 1 : 0, .failed = confirmed ? 0 : 1});
    if (!runs.empty()) {
        auto telling = audit::insert_runs(runs);
        if (const auto written = co_await transaction->run(std::move(telling)); !written) co_return written.error();
    }
    co_return co_await transaction->commit();
}

}  // namespace dcs::apply
