#include "apply/worker.hpp"

#include "base/clock.hpp"
#include "base/fault_point.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "inbox/practices.hpp"
#include "store/merge.hpp"
#include "store/tally.hpp"

#include <boost/json.hpp>

#include <map>
#include <unordered_map>

namespace dcs::apply {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds settle_soon = 2s;

/// What one delivery came to, inside the transaction.
struct Work {
    const inbox::Claimed* delivery;
    Meaning meaning;
    std::optional<store::Applied> applied{};
};

/// Whether, and why, the record must be asked of DrChrono after this snapshot.
std::optional<FetchRequest> follow_up(const Work& work, std::chrono::milliseconds lag) {
    const auto& meaning = work.meaning;
    const auto request = [&](std::string reason, std::chrono::milliseconds delay) {
        return FetchRequest{std::string{meaning.resource->table}, meaning.key, std::move(reason),
                            meaning.action == EventAction::remove, delay};
    };
    if (meaning.kind == Meaning::Kind::fetch) return request(meaning.reason, 0ms);
    if (!work.applied) return std::nullopt;
    const auto& applied = *work.applied;
    // Without a time in the state, an answer counts only once the replicas have caught up (store/merge.hpp).
    const bool timeless = store::clock_of(*meaning.resource, meaning.state->raw).empty();
    const auto soon = timeless ? lag : settle_soon;
    if (applied.outcome == store::Outcome::unordered) return request("nothing tells whether it came back", soon);
    if (applied.outcome == store::Outcome::stale) {
        if (meaning.action == EventAction::remove) return request("an old state says that it is gone", soon);
        if (applied.ask_again)
            return request("an older state arrived late: a clock may have gone back", *applied.ask_again);
        return std::nullopt;
    }
    if (applied.tied) return request("two states have one time", lag);
    if (is_change(applied.outcome) && timeless) return request("the state has no time", lag);
    if (timeless && meaning.action == EventAction::upsert) return request("it announces a change and shows none", lag);
    if (!applied.verbose && !meaning.resource->verbose_fields.empty())
        return request("verbose fields are missing", soon);
    if (applied.outcome == store::Outcome::revived && !meaning.resource->verbose_fields.empty())
        return request("it came back, and verbose fields may be out of date", soon);
    return std::nullopt;
}

audit::Run run_of(const Work& work, const std::string& started_at, const std::optional<FetchRequest>& fetch) {
    boost::json::object details{
        {"delivery_id", work.delivery->id}, {"event", work.delivery->event}, {"object", work.delivery->object_key}};
    if (work.applied) {
        details["outcome"] = store::name_of(work.applied->outcome);
        if (!work.applied->malformed.empty()) details["malformed"] = boost::json::value_from(work.applied->malformed);
    }
    if (fetch) details["fetch"] = fetch->reason;
    if (!work.meaning.reason.empty() && !fetch) details["reason"] = work.meaning.reason;
    audit::Run run{.id = new_uuid(),
                   .source = "drchrono",
                   .sync_type = "webhook",
                   .table_name = work.meaning.resource ? std::string{work.meaning.resource->table} : "",
                   .status = work.meaning.kind == Meaning::Kind::unreadable ? "failed" : "completed",
                   .started_at = started_at,
                   .counts = {},
                   .error = {},
                   .details = boost::json::serialize(details)};
    if (work.applied) store::count(run.counts, work.applied->outcome);
    if (work.meaning.kind == Meaning::Kind::unreadable) {
        run.counts = {.total = 1, .failed = 1};
        run.error = work.meaning.reason;
    }
    return run;
}

inbox::Ending ending_of(const Work& work) {
    inbox::Ending ending{work.delivery->seq, work.delivery->fence};
    switch (work.meaning.kind) {
    case Meaning::Kind::state: ending.reason = store::name_of(work.applied->outcome); break;
    case Meaning::Kind::fetch: ending.state = inbox::State::waiting; break;
    case Meaning::Kind::held: ending.state = inbox::State::pending; break;
    case Meaning::Kind::ignored: ending.state = inbox::State::ignored; break;
    case Meaning::Kind::unreadable: ending.state = inbox::State::dead; break;
    }
    if (ending.reason.empty()) ending.reason = work.meaning.reason;
    return ending;
}

/// Those of `claimed` that are still ours, by the answer to inbox::hold().
struct Held {
    std::vector<Work> works{};
    std::vector<const inbox::Claimed*> out_of_turn{};
};
Held still_held(const std::vector<inbox::Claimed>& claimed, const pg::Rows& held, const Policy& policy) {
    std::unordered_map<std::int64_t, bool> seqs;
    for (int row = 0; row < held.size(); ++row) seqs.emplace(held.integer(row, 0), held.text(row, 1) == "t");
    Held ours;
    for (const auto& delivery : claimed) {
        const auto found = seqs.find(delivery.seq);
        if (found == seqs.end()) continue;
        if (found->second) ours.out_of_turn.push_back(&delivery);
        else ours.works.push_back({.delivery = &delivery, .meaning = interpret(delivery, policy)});
    }
    return ours;
}

}  // namespace

Worker::Worker(asio::any_io_executor executor, pg::Pool& pool, const store::Store& store, std::string instance,
               Settings settings, Hooks hooks)
    : pool_{pool},
      store_{store},
      settings_{settings},
      hooks_{std::move(hooks)},
      runner_{std::move(executor),
              pool,
              std::move(instance),
              {.source = "drchrono", .sync_type = "webhook"},
              [this](const std::vector<inbox::Claimed>& claimed) { return apply(claimed); }} {}

/// What fails here is released when the service looks again.
Async<> Worker::release_held() {
    constexpr int most = 1'000;
    auto statement = inbox::release_held(most);
    co_await pool_.run(std::move(statement));
    wake();
}

Async<Result<>> Worker::apply(const std::vector<inbox::Claimed>& claimed) {
    const auto started_at = iso8601(system_now());
    pg::Author author{"drchrono-webhook", std::string{store::by_row}};
    auto transaction = co_await pg::Transaction::begin(pool_, std::move(author));
    if (!transaction) co_return transaction.error();
    auto question = inbox::hold(claimed);
    const auto held = co_await transaction->run(std::move(question));
    if (!held) co_return held.error();

    auto [works, out_of_turn] =
        still_held(claimed, *held, {settings_.refetch, hooks_.practice_group(), settings_.any_practice});
    std::vector<store::State> states;
    std::vector<std::size_t> owners;
    for (std::size_t at = 0; at < works.size(); ++at) {
        if (!works[at].meaning.state) continue;
        states.push_back(*works[at].meaning.state);
        owners.push_back(at);
    }
    auto applied = co_await store_.apply(*transaction, std::move(states));
    if (!applied) co_return applied.error();
    for (std::size_t at = 0; at < owners.size(); ++at) works[owners[at]].applied = std::move((*applied)[at]);
    fault_point("apply.after_store");

    std::vector<FetchQueue::Key> heard_of;  // that need no fetch
    std::vector<FetchRequest> fetches;
    std::map<const Resource*, std::vector<std::string>> changed;
    std::vector<inbox::Ending> endings;
    std::vector<audit::Run> runs;
    std::vector<const inbox::Claimed*> waiting_for_practice;
    for (const auto& work : works) {
        if (work.meaning.kind == Meaning::Kind::held) {
            waiting_for_practice.push_back(work.delivery);
            continue;
        }
        auto fetch = follow_up(work, store_.replica_lag());
        endings.push_back(ending_of(work));
        if (work.meaning.kind != Meaning::Kind::fetch) runs.push_back(run_of(work, started_at, fetch));
        if (fetch) fetches.push_back(std::move(*fetch));
        else if (work.applied) heard_of.push_back({std::string{work.meaning.resource->table}, work.meaning.key});
        if (work.applied && is_change(work.applied->outcome))
            changed[work.meaning.resource].push_back(work.meaning.key);
    }
    std::vector<pg::Statement> statements;
    if (!endings.empty()) statements.push_back(inbox::finish(endings));
    if (!out_of_turn.empty()) statements.push_back(inbox::put_back(out_of_turn));
    if (!waiting_for_practice.empty()) statements.push_back(inbox::hold_for_practice(waiting_for_practice));
    if (!runs.empty()) statements.push_back(audit::insert_runs(runs));
    if (!fetches.empty()) statements.push_back(request_fetches(fetches));
    if (!heard_of.empty()) statements.push_back(revive_fetches(heard_of));
    for (const auto& [resource, keys] : changed)
        if (auto unknown = request_unknown_parents(*resource, keys)) statements.push_back(std::move(*unknown));
    for (auto& statement : statements) transaction->guard(std::move(statement));
    fault_point("apply.before_commit");
    if (const auto committed = co_await transaction->commit(); !committed) co_return committed.error();
    fault_point("apply.after_commit");

    hooks_.changed();
    hooks_.fetches_wanted();
    if (!waiting_for_practice.empty()) {
        log::info("deliveries wait until our practice is known", {{"count", waiting_for_practice.size()}});
        // Who released those that waited, when it became known, did not see these yet.
        if (!hooks_.practice_group().empty()) co_await release_held();
    }
    for (const auto& work : works) {
        if (work.meaning.kind == Meaning::Kind::held) continue;
        const auto received = parse_iso8601(work.delivery->received_at);
        const auto took = received ? system_now() - *received : std::chrono::microseconds{0};
        if (work.applied) hooks_.applied(store::name_of(work.applied->outcome), took);
        log::info("delivery applied", {{"delivery_id", work.delivery->id},
                                       {"event", work.delivery->event},
                                       {"outcome", ending_of(work).reason},
                                       {"malformed", work.applied ? work.applied->malformed.size() : 0},
                                       {"lag_ms", took.count() / 1000}});
    }
    co_return Result<>{};
}

}  // namespace dcs::apply
