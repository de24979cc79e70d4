// How a run stores what it was told: a page together with its checkpoint, or, where that is refused, in halves.
#include "base/ahead.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "reconcile/malformed.hpp"
#include "reconcile/run.hpp"
#include "reconcile/trail.hpp"
#include "resources/item_check.hpp"
#include "store/tally.hpp"

#include <algorithm>
#include <map>
#include <span>

namespace dcs::reconcile {

namespace {

/// So much text of a page becomes documents at a time: they take several times the room of the text.
constexpr std::size_t portion_bytes = 256 * 1024;

pg::Author author() { return {"drchrono-sync", std::string{store::by_row}}; }

void add(audit::Counts& counts, const std::vector<store::Applied>& applied) {
    for (const auto& each : applied) store::count(counts, each.outcome);
}

pg::Statement resolve_failures(const Resource& resource, const std::vector<std::string>& keys) {
    return pg::sql("update sync_failures set resolved_at = now() where table_name = $1 and resolved_at is null "
                   "and drchrono_id = any($2::text[])",
                   resource.table, pg::text_array(keys));
}

pg::Statement remember_seen(const std::string& run_id, const std::vector<std::string>& keys) {
    return pg::sql(
        "insert into sync_seen (run_id, key) select $1::uuid, k from unnest($2::text[]) k on conflict do nothing",
        run_id, pg::text_array(keys));
}

template <class Portion>
Async<Portion> read_ahead(const std::function<Portion(std::size_t)>& portions, std::size_t from) {
    co_return portions(from);
}

}  // namespace

/// A record that was refused is left alone for the longer, the more often that happened. One without an id is known by its bytes.
pg::Statement Run::keep_failure(const std::string& key, const std::string& reason, std::string raw) const {
    const auto& wait = policy_.failed_record;
    return pg::sql(
        std::string{
            key.empty()
                ? "insert into sync_failures as f (table_name, drchrono_id, cause, reason, raw, next_try_at, raw_sha256) "
                  "values ($1, $2, $3, $4, $5, now() + $6::bigint * interval '1 millisecond', sha256($5)) "
                  "on conflict (table_name, raw_sha256) where resolved_at is null and drchrono_id is null "
                : "insert into sync_failures as f (table_name, drchrono_id, cause, reason, raw, next_try_at) "
                  "values ($1, $2, $3, $4, $5, now() + $6::bigint * interval '1 millisecond') "
                  "on conflict (table_name, drchrono_id) where resolved_at is null "} +
            "do update set cause = excluded.cause, reason = excluded.reason,"
            " raw = coalesce(nullif(excluded.raw, ''), f.raw), attempts = f.attempts + 1,"
            " last_seen_at = now(), next_try_at = now() + least($6::bigint * power(2, least(f.attempts, 30)), $7::bigint)"
            " * interval '1 millisecond'",
        resource_.table, key.empty() ? std::nullopt : std::optional{key}, "run:" + at_.run_id, reason,
        pg::Param::bytes(std::move(raw)), wait.first.count(), wait.longest.count());
}

store::State Run::state_of(Document item, std::string key) const {
    store::State state{.resource = &resource_, .key = std::move(key), .raw = std::move(item)};
    state.view = store::View::full;
    state.origin = store::Origin::api;
    state.listed = true;
    state.looked_into = at_.repair;
    state.cause = "run:" + at_.run_id;
    return state;
}

/// False: the page has shown the record before. Two states of one record in one page are of the same time, so that neither is
/// newer: both are left out, and the record is asked for by itself.
bool Run::take_in(Portion& portion, store::State state, std::string_view text) {
    const auto hash = std::hash<std::string_view>{}(text);
    const auto [place, is_first] = shown_here_.try_emplace(state.key, hash);
    if (contradictory_.contains(state.key)) return false;
    if (is_first) {
        portion.states.push_back(std::move(state));
        return true;
    }
    if (place->second == hash) return false;
    contradictory_.insert(state.key);
    contradicted_late_ |= std::erase_if(portion.states, [&](const auto& each) { return each.key == state.key; }) == 0;
    return false;
}

Run::Portion Run::portion_of(const upstream::Page& page, std::size_t from) {
    if (from == 0) shown_here_.clear();
    Portion portion;
    std::size_t bytes = 0;
    auto at = from;
    for (; at < page.items.size() && bytes < portion_bytes; ++at) {
        const auto text = page.items[at];
        bytes += text.size();
        auto item = Document::parse(text);
        auto key = item ? key_of(resource_, item->value) : std::string{};
        if (key.empty()) {
            const auto* why = item ? "it has no usable id" : "it is malformed JSON";
            portion.unusable.push_back(keep_failure({}, why, std::string{text}));
            continue;
        }
        if (const auto checked = checked_key(resource_, item->value, key); !checked) {
            portion.unusable.push_back(keep_failure(key, checked.error().detail, std::string{text}));
            portion.refused.push_back(std::move(key));
            continue;
        }
        auto state = state_of(std::move(item->value), std::move(key));
        state.observed = {.database = staged_, .here = page.asked};
        if (item->altered) state.exact_bytes = text;
        take_in(portion, std::move(state), text);
    }
    if (at < page.items.size()) portion.next = at;
    return portion;
}

/// Records that their page could not be stored with, in one transaction. A value: why the database refuses one of them.
Async<Result<std::optional<std::string>>> Run::store_some(std::span<const store::State> some) {
    auto transaction = co_await fenced_.begin(author());
    if (!transaction) co_return transaction.error();
    std::vector<std::string> keys;
    for (const auto& state : some) keys.push_back(state.key);
    std::vector<store::State> states{some.begin(), some.end()};
    auto applied = co_await parts_.store.apply(*transaction, std::move(states));
    if (!applied) {
        if (retryable(applied.error().fault) && !pg::statement_cancelled(applied.error())) co_return applied.error();
        co_return std::optional{applied.error().detail};
    }
    auto beside = fetches_for(keys, *applied);
    beside.push_back(resolve_failures(resource_, keys));
    if (auto malformed = note_malformed(at_.run_id, keys, *applied)) beside.push_back(std::move(*malformed));
    const auto queued = co_await transaction->run(std::move(beside));
    if (!queued) co_return queued.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    add(at_.counts, *applied);
    co_return std::optional<std::string>{};
}

/// Stores what can be stored, and keeps each record that is refused with the reason. What holds one is halved until that is found,
/// so that one of a thousand costs some twenty transactions.
Async<Result<>> Run::store_halving(std::span<const store::State> states) {
    std::vector<std::span<const store::State>> left;
    if (!states.empty()) left.push_back(states);
    while (!left.empty()) {
        const auto some = left.back();
        left.pop_back();
        auto storing = store_some(some);
        const auto refused = co_await std::move(storing);
        if (!refused) co_return refused.error();
        if (!*refused) continue;
        if (some.size() > 1) {
            const auto half = some.size() / 2;
            left.push_back(some.subspan(half));
            left.push_back(some.first(half));
            continue;
        }
        const auto& state = some.front();
        ++at_.counts.total;
        ++at_.counts.failed;
        std::vector<pg::Statement> failures{keep_failure(
            state.key, **refused, state.exact_bytes.empty() ? state.raw.text() : std::string{state.exact_bytes})};
        auto keeping = fenced_.run(std::move(failures));
        const auto kept = co_await std::move(keeping);
        if (!kept) co_return kept.error();
    }
    co_return Result<>{};
}

/// Fetches of the records whose state was dropped because it may be older than what is stored.
std::vector<pg::Statement> Run::fetches_for(const std::vector<std::string>& keys,
                                            const std::vector<store::Applied>& applied) const {
    std::map<std::pair<std::chrono::milliseconds, bool>, std::vector<std::string>> doubtful;
    for (std::size_t at = 0; at < applied.size(); ++at)
        if (applied[at].ask_again) doubtful[{*applied[at].ask_again, applied[at].said_removed}].push_back(keys[at]);
    std::vector<pg::Statement> statements;
    if (!parts_.ask_again) return statements;
    for (auto& [when, of] : doubtful)
        statements.push_back(parts_.ask_again({std::string{resource_.table}, std::move(of), when.first, when.second}));
    return statements;
}

/// All of them in one transaction, which is still open; none: the database refuses what they hold.
Async<Result<std::optional<Run::Written>>> Run::store_together(const Portions& portions) {
    auto transaction = co_await fenced_.begin(author());
    if (!transaction) co_return transaction.error();
    Written written{.transaction = std::move(*transaction), .together = true};
    auto portion = portions(0);
    if (portion.next) {
        const auto locked = co_await parts_.store.lock_whole(written.transaction, resource_);
        if (!locked) co_return locked.error();
    }
    for (;;) {
        // The next portion is read while the database works on this one.
        std::optional<Ahead<Portion>> coming;
        if (portion.next) coming.emplace(parts_.executor, parts_.tasks, "portion", read_ahead(portions, *portion.next));
        std::vector<std::string> keys;
        for (const auto& state : portion.states) keys.push_back(state.key);
        const auto failed = static_cast<int>(portion.unusable.size());
        auto applied = co_await parts_.store.apply(written.transaction, std::move(portion.states));
        Result<> kept;
        auto beside = std::move(portion.unusable);
        if (applied) {
            for (auto& fetch : fetches_for(keys, *applied)) beside.push_back(std::move(fetch));
            if (auto malformed = note_malformed(at_.run_id, keys, *applied)) beside.push_back(std::move(*malformed));
        }
        if (applied && !beside.empty()) {
            auto keeping = co_await written.transaction.run(std::move(beside));
            if (!keeping) kept = keeping.error();
        }
        written.keys.insert(written.keys.end(), std::make_move_iterator(keys.begin()),
                            std::make_move_iterator(keys.end()));
        written.refused.insert(written.refused.end(), portion.refused.begin(), portion.refused.end());
        if (coming) {
            auto reading = coming->get();
            portion = co_await std::move(reading);
        }
        // A page that takes too long is split like one that is refused: it would take too long again.
        const bool refused =
            !applied && (!retryable(applied.error().fault) || pg::statement_cancelled(applied.error()));
        if (refused) co_return std::nullopt;
        if (!applied) co_return applied.error();
        if (!kept) co_return kept.error();
        add(at_.counts, *applied);
        at_.counts.total += failed;
        at_.counts.failed += failed;
        if (!coming) co_return written;
    }
}

/// In as many transactions as it takes; what comes behind them is written in one of its own.
Async<Result<Run::Written>> Run::store_apart(const Portions& portions) {
    std::vector<std::string> keys;
    std::vector<std::string> refused;
    for (std::optional<std::size_t> from = 0; from;) {
        auto portion = portions(*from);
        from = portion.next;
        refused.insert(refused.end(), portion.refused.begin(), portion.refused.end());
        for (const auto& state : portion.states) keys.push_back(state.key);
        auto storing = store_halving(portion.states);
        const auto stored = co_await std::move(storing);
        if (!stored) co_return stored.error();
        if (portion.unusable.empty()) continue;
        const auto failed = static_cast<int>(portion.unusable.size());
        auto keeping = fenced_.run(std::move(portion.unusable));
        const auto kept = co_await std::move(keeping);
        if (!kept) co_return kept.error();
        at_.counts.total += failed;
        at_.counts.failed += failed;
    }
    auto transaction = co_await fenced_.begin(author());
    if (!transaction) co_return transaction.error();
    co_return Written{.transaction = std::move(*transaction), .keys = std::move(keys), .refused = std::move(refused)};
}

/// What belongs to what was written: the checkpoint, and what the listing has shown.
std::vector<pg::Statement> Run::behind(const Written& written, Kind kind) {
    if (std::exchange(begins_bulk_, false)) forget_shown_counts();
    auto keys = written.keys;
    std::vector<pg::Statement> statements{write_checkpoint()};
    if (kind == Kind::page) statements.push_back(forget_page(at_.run_id));
    if (written.together && !keys.empty()) statements.push_back(resolve_failures(resource_, keys));
    keys.insert(keys.end(), written.refused.begin(), written.refused.end());
    if (kind == Kind::page && !contradictory_.empty()) {
        const std::vector<std::string> contradictory{contradictory_.begin(), contradictory_.end()};
        keys.insert(keys.end(), contradictory.begin(), contradictory.end());
        if (parts_.ask_again)
            statements.push_back(parts_.ask_again({.table = std::string{resource_.table}, .keys = contradictory}));
    }
    const bool compared = at_.full || !wanted_.listing->tombstones.empty();
    if (kind != Kind::other && compared && !keys.empty()) statements.push_back(remember_seen(at_.run_id, keys));
    if (here_)
        statements.push_back(remember_page(at_.run_id, trail_name(), *here_,
                                           at_.chunked ? std::string_view{*here_}.substr(0, 10) : std::string_view{},
                                           keys));
    return statements;
}

Async<Result<>> Run::store(const Portions& portions, Kind kind) {
    const auto before = at_.counts;
    Result<std::optional<Written>> written{std::nullopt};
    for (bool again = true; again; again = contradicted_late_) {
        at_.counts = before;
        contradicted_late_ = false;
        written = std::optional<Written>{};  // what the last try has locked would hold this one up
        auto storing = store_together(portions);
        written = co_await std::move(storing);
        if (!written) co_return written.error();
    }
    if (!*written) {
        at_.counts = before;
        auto storing_apart = store_apart(portions);
        auto apart = co_await std::move(storing_apart);
        if (!apart) co_return apart.error();
        written = std::optional{std::move(*apart)};
    }
    auto last = behind(**written, kind);
    const auto done = co_await (*written)->transaction.run(std::move(last));
    if (!done) co_return done.error();
    repeated_ = here_ && !done->back().boolean(0, 0);
    here_.reset();
    fault_point("reconcile.before_commit");
    const auto committed = co_await (*written)->transaction.commit();
    if (!committed) co_return committed.error();
    fault_point("reconcile.after_commit");
    progressed_ |= kind == Kind::page;
    parts_.changed();
    co_return Result<>{};
}

Async<Result<>> Run::store_states(std::vector<store::State> states, Kind kind) {
    const Portions portions = [&states](std::size_t) { return Portion{.states = states}; };
    const auto stored = co_await store(portions, kind);
    co_return stored;
}

Async<Result<>> Run::store_page(const upstream::Page& page) {
    contradictory_.clear();
    const Portions portions = [this, &page](std::size_t from) { return portion_of(page, from); };
    const auto stored = co_await store(portions, Kind::page);
    if (!contradictory_.empty())
        log::warning("a page shows records twice, in two ways; they are asked for by themselves",
                     {{"table", std::string{resource_.table}}, {"count", contradictory_.size()}});
    co_return stored;
}

}  // namespace dcs::reconcile
