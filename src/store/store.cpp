#include "store/store.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "resources/mapping.hpp"
#include "store/locks.hpp"
#include "store/merge.hpp"
#include "store/wave.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

namespace dcs::store {

namespace {

constexpr int max_lost_races = 8;

/// The database's clock. What this machine's steady clock showed `before` it was asked is then that time by it.
pg::Statement ask_the_time() { return pg::sql("select (extract(epoch from clock_timestamp()) * 1000000)::bigint"); }

/// Those of the keys that no stored record of this kind has.
pg::Statement unknown_parents(const Resource& parent, const std::set<std::string>& keys) {
    pg::ArrayBuilder array;
    for (const auto& key : keys) array.add(key);
    return pg::sql(fmt::format("select k.key from unnest($1::text[]) as k (key) "
                               "where not exists (select from {} p where p.{} = k.key::{})",
                               parent.table, parent.key_column, sql_name(parent.key_type)),
                   std::move(array).take());
}

void settle_observed(State& state, Time now, std::chrono::steady_clock::time_point before) {
    if (state.observed.database) return;
    state.observed.database = now - std::chrono::ceil<Time::duration>(before - state.observed.here);
}

std::vector<std::string> differing_members(const Document& stored, const Document& incoming) {
    std::vector<std::string> names;
    for (const auto& [name, value] : incoming.members())
        if (const auto* before = stored.find(name); !before || *before != value) names.push_back(name);
    for (const auto& [name, value] : stored.members())
        if (!incoming.find(name)) names.push_back(name);
    return names;
}

bool refused(Outcome outcome) { return outcome == Outcome::stale || outcome == Outcome::unordered; }

/// What other records are told of by this state.
std::vector<Projected> brought_along(const State& state) {
    const auto& resource = *state.resource;
    if (resource.gone_with && says_removed(state)) return resource.gone_with(state.key);
    return resource.project ? resource.project(state.raw) : std::vector<Projected>{};
}

/// What `owner` brings along, as a state of its own.
State projected_state(const State& owner, Projected projected) {
    return {.resource = find_resource(projected.table),
            .key = std::move(projected.key),
            .raw = std::move(projected.raw),
            .view = projected.tells == Projected::Tells::whole ? View::full : View::partial,
            .origin = owner.origin,
            .observed = owner.observed,
            .listed = owner.listed,
            .removed = projected.tells == Projected::Tells::gone,
            .needs_record = true,
            .cause = owner.cause,
            .projected = true,
            .looked_into = owner.looked_into};
}

/// Those of `waiting` whose key comes first in it; they are taken out.
std::vector<Item*> next_wave(std::vector<Item*>& waiting) {
    std::set<std::string_view> keys;
    std::vector<Item*> wave;
    std::vector<Item*> rest;
    for (auto* item : waiting) (keys.insert(item->state.key).second ? wave : rest).push_back(item);
    waiting = std::move(rest);
    return wave;
}

}  // namespace

std::string_view name_of(Outcome outcome) noexcept {
    switch (outcome) {
    case Outcome::created: return "created";
    case Outcome::updated: return "updated";
    case Outcome::removed: return "removed";
    case Outcome::revived: return "revived";
    case Outcome::unchanged: return "unchanged";
    case Outcome::stale: return "stale";
    case Outcome::unordered: return "unordered";
    }
    return "unchanged";
}

bool is_change(Outcome outcome) noexcept {
    switch (outcome) {
    case Outcome::created:
    case Outcome::updated:
    case Outcome::removed:
    case Outcome::revived: return true;
    case Outcome::unchanged:
    case Outcome::stale:
    case Outcome::unordered: return false;
    }
    return false;
}

Async<Result<std::vector<Applied>>> Store::apply(pg::Transaction& transaction, std::vector<State> states) const {
    std::vector<Applied> results(states.size());
    std::deque<Item> items;  // others keep pointers to them
    std::vector<std::vector<Item*>> waiting(all_resources().size());
    std::vector<Locks> locks;  // of each resource as a parent
    for (const auto& resource : all_resources()) locks.emplace_back(resource);
    std::vector<std::set<std::string>> named(
        all_resources().size());  // keys of parents whose id is all that is derived

    const auto enter = [&](State state, std::size_t result) -> Item& {
        // What a projection was taken from is without them already; its own members stay.
        const std::span<const std::string> omitted{options_.omit_fields.data(),
                                                   state.projected ? 0 : options_.omit_fields.size()};
        strip_unstored(*state.resource, omitted, state.raw);
        for (const auto& derived : state.resource->derived) {
            const auto& parent = *find_resource(derived.parent);
            auto key = parent_key(state, derived);
            if (!valid_key(parent, key)) continue;
            // A parent that may change what is derived from it can be missed also where it is stored.
            if (!derived.watches.empty()) locks[position_of(parent)].share(key);
            else named[position_of(parent)].insert(std::move(key));
        }
        auto hash = to_hex(crypto::sha256(state.raw.canonical()));
        auto& list = waiting[position_of(*state.resource)];
        items.push_back({std::move(state), std::move(hash), result});
        list.push_back(&items.back());
        return items.back();
    };
    for (std::size_t at = 0; at < states.size(); ++at) {
        auto& item = enter(std::move(states[at]), at);
        for (auto& projected : brought_along(item.state))
            item.projections.push_back(&enter(projected_state(item.state, std::move(projected)), at));
    }
    const bool asks_time = std::ranges::any_of(items, [](const Item& item) { return !item.state.observed.database; });
    std::vector<pg::Statement> questions;
    if (asks_time) questions.push_back(ask_the_time());
    std::vector<std::size_t> asked_parents;
    for (std::size_t at = 0; at < named.size(); ++at) {
        if (named[at].empty()) continue;
        asked_parents.push_back(at);
        questions.push_back(unknown_parents(all_resources()[at], named[at]));
    }
    if (!questions.empty()) {
        const auto asked = std::chrono::steady_clock::now();
        const auto told = co_await transaction.run(std::move(questions));
        if (!told) co_return told.error();
        if (asks_time)
            for (auto& item : items)
                settle_observed(item.state, Time{Time::duration{told->front().integer(0, 0)}}, asked);
        for (std::size_t at = 0; at < asked_parents.size(); ++at) {
            const auto& unknown = (*told)[at + (asks_time ? 1 : 0)];
            for (int row = 0; row < unknown.size(); ++row) locks[asked_parents[at]].share(*unknown.text(row, 0));
        }
    }

    std::vector<pg::Statement> first;  // locks of parents that this call does not write itself
    for (const auto& resource : all_resources()) {
        auto& list = waiting[position_of(resource)];
        std::erase_if(list, [](const Item* item) { return item->cancelled; });
        auto& parents = locks[position_of(resource)];
        if (list.empty()) {
            if (auto locking = parents.statement()) first.push_back(std::move(*locking));
            continue;
        }
        Wave wave{transaction, resource, options_, parents, first};
        for (int races = 0; !list.empty();) {
            auto turn = next_wave(list);
            const auto lost = co_await wave.run(turn, results);
            if (!lost) co_return lost.error();
            if (!lost->empty() && ++races > max_lost_races) co_return Error{Fault::unavailable, "lost too many races"};
            list.insert(list.begin(), lost->begin(), lost->end());
        }
        for (const auto& item : items)
            if (item.state.resource == &resource && refused(results[item.result].outcome))
                for (auto* projection : item.projections) projection->cancelled = true;
    }
    co_return results;
}

pg::Statement share_parent(const Resource& parent, std::string_view key) {
    Locks locks{parent};
    if (key.empty()) locks.whole();
    else locks.share(key);
    return *locks.statement();
}

Async<Result<>> Store::lock_whole(pg::Transaction& transaction, const Resource& resource) const {
    std::vector<pg::Statement> statements;
    for (const auto& parent : all_resources()) {
        Locks locks{parent};
        const bool is_its_parent =
            std::ranges::any_of(resource.derived, [&](const auto& each) { return each.parent == parent.table; });
        if (is_its_parent || (&parent == &resource && is_parent(resource))) locks.whole();
        if (auto statement = locks.statement()) statements.push_back(std::move(*statement));
    }
    if (statements.empty()) co_return Result<>{};
    const auto locked = co_await transaction.run(std::move(statements));
    if (!locked) co_return locked.error();
    co_return Result<>{};
}

Async<Result<std::vector<Compared>>> Store::compare(pg::Pool& pool, std::vector<State> states) const {
    std::vector<Compared> results(states.size());
    if (states.empty()) co_return results;
    const auto& resource = *states.front().resource;
    std::deque<Item> items;
    std::vector<Turn> turns;
    for (auto& state : states) {
        strip_unstored(resource, options_.omit_fields, state.raw);
        // Without a hash the stored JSON itself is read: what was altered behind our back has its old hash still.
        items.push_back({std::move(state), {}, items.size()});
        turns.push_back({.item = &items.back()});
    }
    std::vector<pg::Statement> questions;
    questions.push_back(ask_the_time());
    questions.push_back(read_statement(resource, turns));
    const auto asked = std::chrono::steady_clock::now();
    const auto rows = co_await pool.run(std::move(questions));
    if (!rows) co_return rows.error();
    if (const auto taken = take_current(rows->back(), turns); !taken) co_return taken.error();
    const Time now{Time::duration{rows->front().integer(0, 0)}};
    std::vector<Turn*> same;
    for (auto& turn : turns) {
        settle_observed(turn.item->state, now, asked);
        auto& result = results[turn.item->result];
        auto decision = decide(turn.item->state, turn.current ? &*turn.current : nullptr, options_.replica_lag);
        result.outcome = decision.outcome;
        if (!turn.current || !turn.current->raw) continue;
        const auto& stored = *turn.current->raw;
        if (decision.merged) result.members = differing_members(stored, *decision.merged);
        else if (decision.outcome == Outcome::stale)
            result.members =
                differing_members(stored, merge(resource, stored, turn.item->state.raw, turn.item->state.view));
        if (!decision.merged && result.members.empty()) same.push_back(&turn);
    }
    if (same.empty()) co_return results;
    auto question = ask_wrong_columns(resource, same, options_.practice_timezone);
    const auto wrong_rows = co_await pool.run(std::move(question));
    if (!wrong_rows) co_return wrong_rows.error();
    const auto wrong = wrong_columns_of(*wrong_rows);
    for (const auto* turn : same) {
        const auto found = wrong.find(turn->item->state.key);
        if (found == wrong.end()) continue;
        auto& result = results[turn->item->result];
        result.outcome = Outcome::updated;
        for (const auto& name : found->second) result.members.push_back(name + " (column)");
    }
    co_return results;
}

}  // namespace dcs::store
