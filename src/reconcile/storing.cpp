// How a run stores what it was told: a page together with its checkpoint, or, where that is refused, each record alone.
#include "base/ahead.hpp"
#include "base/fault_point.hpp"
#include "reconcile/run.hpp"
#include "reconcile/staged_page.hpp"
#include "store/tally.hpp"

namespace dcs::reconcile {

namespace {

/// So much text of a page becomes documents at a time: they take several times the room of the text.
constexpr std::size_t portion_bytes = 256 * 1024;

pg::Author author() { return {"drchrono-sync", std::string{store::by_row}}; }

void add(audit::Counts& counts, const std::vector<store::Applied>& applied) {
    for (const auto& each : applied) store::count(counts, each.outcome);
}

pg::Statement keep_failure(const Resource& resource, const std::string& key, const std::string& cause,
                           const std::string& reason, std::string raw) {
    return pg::sql(
        "insert into sync_failures as f (table_name, drchrono_id, cause, reason, raw) values ($1, $2, $3, $4, $5) "
        "on conflict (table_name, drchrono_id) where resolved_at is null do update set cause = excluded.cause, "
        "reason = excluded.reason, raw = excluded.raw, attempts = f.attempts + 1, last_seen_at = now()",
        resource.table, key.empty() ? std::nullopt : std::optional{key}, cause, reason,
        pg::Param::bytes(std::move(raw)));
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

store::State Run::state_of(Document item, std::string key) const {
    store::State state{.resource = &resource_, .key = std::move(key), .raw = std::move(item)};
    state.view = store::View::full;
    state.origin = store::Origin::api;
    state.cause = "run:" + at_.run_id;
    return state;
}

Run::Portion Run::portion_of(const upstream::Page& page, std::size_t from) const {
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
            portion.unusable.push_back(keep_failure(resource_, {}, "run:" + at_.run_id, why, std::string{text}));
            continue;
        }
        portion.states.push_back(state_of(std::move(item->value), std::move(key)));
        if (item->altered) portion.states.back().exact_bytes = text;
    }
    if (at < page.items.size()) portion.next = at;
    return portion;
}

/// One record that its page could not be stored with: alone, or kept with the reason.
Async<Result<>> Run::store_alone(store::State state) {
    auto transaction = co_await pg::Transaction::begin(parts_.pool, author());
    if (!transaction) co_return transaction.error();
    std::vector<store::State> one{state};
    auto applied = co_await parts_.store.apply(*transaction, std::move(one));
    if (applied) {
        const auto committed = co_await transaction->commit();
        if (committed) {
            add(at_.counts, *applied);
            co_return Result<>{};
        }
        co_return committed.error();
    }
    if (retryable(applied.error().fault)) co_return applied.error();
    ++at_.counts.total;
    ++at_.counts.failed;
    auto raw = state.exact_bytes.empty() ? state.raw.text() : std::move(state.exact_bytes);
    auto statement = keep_failure(resource_, state.key, "run:" + at_.run_id, applied.error().detail, std::move(raw));
    const auto kept = co_await parts_.pool.run(std::move(statement));
    if (!kept) co_return kept.error();
    co_return Result<>{};
}

/// All of them in one transaction, which is still open; none: the database refuses what they hold.
Async<Result<std::optional<Run::Written>>> Run::store_together(const Portions& portions) {
    auto transaction = co_await pg::Transaction::begin(parts_.pool, author());
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
        for (const auto& state : portion.states) written.keys.push_back(state.key);
        const auto failed = static_cast<int>(portion.unusable.size());
        auto applied = co_await parts_.store.apply(written.transaction, std::move(portion.states));
        Result<> kept;
        if (applied && failed > 0) {
            auto keeping = co_await written.transaction.run(std::move(portion.unusable));
            if (!keeping) kept = keeping.error();
        }
        if (coming) {
            auto reading = coming->get();
            portion = co_await std::move(reading);
        }
        if (!applied && retryable(applied.error().fault)) co_return applied.error();
        if (!applied) co_return std::nullopt;
        if (!kept) co_return kept.error();
        add(at_.counts, *applied);
        at_.counts.total += failed;
        at_.counts.failed += failed;
        if (!coming) co_return written;
    }
}

/// Each of them alone; what comes behind them is written in a transaction of its own.
Async<Result<Run::Written>> Run::store_each(const Portions& portions) {
    std::vector<std::string> keys;
    for (std::optional<std::size_t> from = 0; from;) {
        auto portion = portions(*from);
        from = portion.next;
        for (auto& state : portion.states) {
            keys.push_back(state.key);
            const auto stored = co_await store_alone(std::move(state));
            if (!stored) co_return stored.error();
        }
        if (portion.unusable.empty()) continue;
        const auto failed = static_cast<int>(portion.unusable.size());
        const auto kept = co_await parts_.pool.run(std::move(portion.unusable));
        if (!kept) co_return kept.error();
        at_.counts.total += failed;
        at_.counts.failed += failed;
    }
    auto transaction = co_await pg::Transaction::begin(parts_.pool, author());
    if (!transaction) co_return transaction.error();
    co_return Written{.transaction = std::move(*transaction), .keys = std::move(keys)};
}

Async<Result<>> Run::store(const Portions& portions, bool is_page) {
    const auto before = at_.counts;
    auto storing = store_together(portions);
    auto written = co_await std::move(storing);
    if (!written) co_return written.error();
    if (!*written) {
        at_.counts = before;
        auto one_by_one = store_each(portions);
        auto each = co_await std::move(one_by_one);
        if (!each) co_return each.error();
        written = std::optional{std::move(*each)};
    }
    auto& [transaction, keys, together] = **written;
    at_.requests = meter_.requests;
    standing_.checkpoint = at_;
    std::vector<pg::Statement> statements{write_standing(std::string{resource_.table}, standing_),
                                          forget_page(at_.run_id)};
    if (together && !keys.empty()) statements.push_back(resolve_failures(resource_, keys));
    if (is_page && at_.full && !keys.empty()) statements.push_back(remember_seen(at_.run_id, keys));
    const auto behind = co_await transaction.run(std::move(statements));
    if (!behind) co_return behind.error();
    fault_point("reconcile.before_commit");
    const auto committed = co_await transaction.commit();
    if (!committed) co_return committed.error();
    fault_point("reconcile.after_commit");
    parts_.changed();
    co_return Result<>{};
}

Async<Result<>> Run::store_states(std::vector<store::State> states, bool is_page) {
    const Portions portions = [&states](std::size_t) { return Portion{.states = states}; };
    const auto stored = co_await store(portions, is_page);
    co_return stored;
}

Async<Result<>> Run::store_page(const upstream::Page& page) {
    const Portions portions = [this, &page](std::size_t from) { return portion_of(page, from); };
    const auto stored = co_await store(portions, true);
    co_return stored;
}

}  // namespace dcs::reconcile
