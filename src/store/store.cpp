#include "store/store.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "resources/mapping.hpp"
#include "store/locks.hpp"
#include "store/merge.hpp"
#include "store/record_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <set>
#include <unordered_map>

namespace dcs::store {

namespace {

constexpr int max_lost_races = 8;

/// A state on its way through one call.
struct Item {
    State state;
    std::string hash;                  // hex
    std::size_t result;                // its place among the caller's results; of a projection: its owner's
    std::vector<Item*> projections{};  // written only if this one is not refused
    bool cancelled = false;            // the state that it was projected from was refused
};

/// One record's turn: what was read and what was decided.
struct Turn {
    Item* item;
    std::optional<Current> current{};
    Decision decision{};
    Mapped mapped{};
    std::string clock{};
};

std::string_view name_of(Origin origin) {
    switch (origin) {
    case Origin::webhook: return "webhook";
    case Origin::api: return "api";
    case Origin::gridhook: return "gridhook";
    }
    return "api";
}

std::string_view name_of(Seen seen) {
    switch (seen) {
    case Seen::webhook: return "webhook";
    case Seen::item: return "item";
    case Seen::list: return "list";
    }
    return "item";
}

Seen seen_named(std::string_view name) {
    return name == "webhook" ? Seen::webhook : name == "list" ? Seen::list : Seen::item;
}

/// The database's clock. What this machine's steady clock showed `before` it was asked is then that time by it.
pg::Statement ask_the_time() { return pg::sql("select (extract(epoch from clock_timestamp()) * 1000000)::bigint"); }

void settle_observed(State& state, Time now, std::chrono::steady_clock::time_point before) {
    if (state.observed.database) return;
    state.observed.database = now - std::chrono::ceil<Time::duration>(before - state.observed.here);
}

pg::Statement read_statement(const Resource& resource, const std::vector<Turn>& turns) {
    pg::ArrayBuilder keys;
    pg::ArrayBuilder hashes;
    pg::ArrayBuilder views;
    pg::ArrayBuilder removed;
    for (const auto& turn : turns) {
        keys.add(turn.item->state.key);
        hashes.add(turn.item->hash);
        views.add(static_cast<std::int64_t>(turn.item->state.view));
        removed.add(says_removed(turn.item->state) ? std::string_view{"t"} : std::string_view{"f"});
    }
    return pg::sql(sql_of(resource).read, std::move(keys).take(), std::move(hashes).take(), std::move(views).take(),
                   std::move(removed).take());
}

/// Binds one array for each value of Bound, one for each column, and the practice's zone.
pg::Statement write_statement(const Resource& resource, const std::string& text, const std::vector<Turn*>& turns,
                              const std::string& zone) {
    std::vector<pg::ArrayBuilder> common(static_cast<std::size_t>(Bound::count));
    std::vector<pg::ArrayBuilder> columns(resource.columns.size());
    for (const auto* turn : turns) {
        const auto& state = turn->item->state;
        const auto put = [&](Bound bound) -> pg::ArrayBuilder& { return common[static_cast<std::size_t>(bound)]; };
        put(Bound::key).add(state.key);
        put(Bound::id).add(turn->current ? std::optional{turn->current->id} : std::nullopt);
        put(Bound::version).add(turn->current ? std::optional{turn->current->version} : std::nullopt);
        put(Bound::raw).add(turn->decision.merged->text());
        put(Bound::raw_bytes).add(state.exact_bytes.empty() ? std::nullopt : std::optional{to_hex(state.exact_bytes)});
        put(Bound::origin).add(name_of(state.origin));
        put(Bound::cause).add(state.cause);
        put(Bound::hash).add(turn->item->hash);
        put(Bound::view).add(static_cast<std::int64_t>(state.view));
        put(Bound::clock).add(turn->clock.empty() ? std::nullopt : std::optional{turn->clock});
        const bool deleted = turn->decision.outcome == Outcome::removed ||
                             (turn->decision.outcome == Outcome::updated && turn->current && turn->current->deleted);
        put(Bound::deleted).add(deleted ? std::string_view{"t"} : std::string_view{"f"});
        const auto brought = clock_of(resource, state.raw);
        put(Bound::brought_clock).add(brought.empty() ? std::nullopt : std::optional{brought});
        put(Bound::observed).add(iso8601(*state.observed.database));
        put(Bound::seen).add(name_of(seen_by(state)));
        for (std::size_t at = 0; at < columns.size(); ++at) columns[at].add(turn->mapped.values[at]);
    }
    pg::Statement statement{text, {}};
    for (auto& array : common) statement.params.emplace_back(std::move(array).take());
    for (auto& array : columns) statement.params.emplace_back(std::move(array).take());
    statement.params.emplace_back(zone);
    return statement;
}

pg::Statement remember_statement(const Resource& resource, const std::vector<Turn*>& turns) {
    pg::ArrayBuilder ids;
    pg::ArrayBuilder versions;
    pg::ArrayBuilder hashes;
    pg::ArrayBuilder views;
    pg::ArrayBuilder observed;
    pg::ArrayBuilder seen;
    for (const auto* turn : turns) {
        const auto& state = turn->item->state;
        ids.add(turn->current->id);
        versions.add(turn->current->version);
        hashes.add(turn->item->hash);
        views.add(static_cast<std::int64_t>(state.view));
        observed.add(iso8601(*state.observed.database));
        seen.add(name_of(seen_by(state)));
    }
    return pg::sql(sql_of(resource).remember_view, std::move(ids).take(), std::move(versions).take(),
                   std::move(hashes).take(), std::move(views).take(), std::move(observed).take(),
                   std::move(seen).take());
}

Result<> take_current(const pg::Rows& rows, std::vector<Turn>& turns) {
    std::unordered_map<std::string, Turn*> by_key;
    for (auto& turn : turns) by_key.emplace(turn.item->state.key, &turn);
    for (int row = 0; row < rows.size(); ++row) {
        const auto found = by_key.find(rows.string(row, 0));
        if (found == by_key.end()) return Error{Fault::bug, "a record was read that nobody asked for"};
        Current current{.id = rows.string(row, 1),
                        .version = rows.string(row, 2),
                        .deleted = rows.boolean(row, 3),
                        .verbose = rows.boolean(row, 4),
                        .seen = seen_named(rows.string(row, 6))};
        if (const auto observed = rows.maybe_integer(row, 5)) current.observed = Time{Time::duration{*observed}};
        if (const auto raw = rows.text(row, 7)) {
            auto parsed = Document::parse(*raw);
            if (!parsed) return Error{Fault::bug, "stored JSON cannot be read"};
            current.raw = std::move(parsed->value);
        }
        found->second->current = std::move(current);
    }
    return {};
}

/// Whether a column that others derive from has another value now.
bool watched_changed(const Resource& resource, const Turn& turn, std::string_view column) {
    if (!turn.current || !turn.current->raw) return true;
    const auto before = map_columns(resource, *turn.current->raw);
    for (std::size_t at = 0; at < resource.columns.size(); ++at)
        if (resource.columns[at].name == column) return before.values[at] != turn.mapped.values[at];
    return false;
}

/// The statements that fill what other records derive from those just written: {key → id}.
std::vector<pg::Statement> relink_statements(const Resource& resource, const std::vector<Turn>& turns,
                                             const std::unordered_map<std::string, std::string>& written,
                                             const std::string& zone) {
    std::vector<pg::Statement> statements;
    for (const auto& relink : sql_of(resource).relinks) {
        std::vector<std::string> ids;
        for (const auto& turn : turns) {
            const auto found = written.find(turn.item->state.key);
            if (found == written.end()) continue;
            if (!turn.current || (!relink.watches.empty() && watched_changed(resource, turn, relink.watches)))
                ids.push_back(found->second);
        }
        if (!ids.empty()) statements.push_back(pg::sql(relink.sql, pg::text_array(ids), zone));
    }
    return statements;
}

/// Which of the records just written name a time zone that cannot be used.
pg::Statement ask_zones(const Resource& resource, const std::unordered_map<std::string, std::string>& written) {
    std::vector<std::string> ids;
    for (const auto& [key, id] : written) ids.push_back(id);
    return pg::sql(unusable_zones_sql(resource), pg::text_array(ids));
}

void note_zones(const Resource& resource, const pg::Rows& unusable, std::vector<Turn>& turns) {
    std::set<std::string> keys;
    for (int row = 0; row < unusable.size(); ++row) keys.insert(unusable.string(row, 0));
    for (auto& turn : turns)
        if (keys.contains(turn.item->state.key)) turn.mapped.malformed.emplace_back(resource.zone_column);
}

/// One wave: every key at most once. Turns that lost a race against another writer are returned to be tried again.
class Wave {
public:
    Wave(pg::Transaction& transaction, const Resource& resource, const Options& options)
        : transaction_{transaction},
          resource_{resource},
          zone_{options.practice_timezone},
          replica_lag_{options.replica_lag} {}

    Async<Result<std::vector<Item*>>> run(std::vector<Item*> items, std::vector<Applied>& results) {
        std::vector<Turn> turns;
        for (auto* item : items) turns.push_back({.item = item});
        auto question = read_statement(resource_, turns);
        const auto rows = co_await transaction_.run(std::move(question));
        if (!rows) co_return rows.error();
        if (const auto taken = take_current(*rows, turns); !taken) co_return taken.error();

        std::vector<Turn*> inserts;
        std::vector<Turn*> updates;
        std::vector<Turn*> remembered;
        for (auto& turn : turns) {
            turn.decision = decide(turn.item->state, turn.current ? &*turn.current : nullptr, replica_lag_);
            if (turn.decision.newer)
                for (auto* projection : turn.item->projections)
                    projection->state.settled = projection->state.view != View::partial || projection->state.removed;
            if (turn.decision.merged) {
                turn.mapped = map_columns(resource_, *turn.decision.merged);
                turn.clock = clock_of(resource_, *turn.decision.merged);
                (turn.current ? updates : inserts).push_back(&turn);
            } else if (turn.decision.remember_view || worth_noting(turn)) {
                remembered.push_back(&turn);
            }
        }

        std::vector<pg::Statement> statements;
        if (!inserts.empty())
            statements.push_back(write_statement(resource_, sql_of(resource_).insert, inserts, zone_));
        if (!updates.empty())
            statements.push_back(write_statement(resource_, sql_of(resource_).update, updates, zone_));
        const auto writes = statements.size();
        if (!remembered.empty()) statements.push_back(remember_statement(resource_, remembered));
        std::unordered_map<std::string, std::string> written;
        if (!statements.empty()) {
            const auto done = co_await transaction_.run(std::move(statements));
            if (!done) co_return done.error();
            for (std::size_t at = 0; at < writes; ++at)
                for (int row = 0; row < (*done)[at].size(); ++row)
                    written.emplace((*done)[at].string(row, 0), (*done)[at].string(row, 1));
        }
        auto relinks = relink_statements(resource_, turns, written, zone_);
        const bool asks_zones = !resource_.zone_column.empty() && !written.empty();
        if (asks_zones) relinks.push_back(ask_zones(resource_, written));
        if (!relinks.empty()) {
            const auto done = co_await transaction_.run(std::move(relinks));
            if (!done) co_return done.error();
            if (asks_zones) note_zones(resource_, done->back(), turns);
        }

        co_return settle(turns, written, results);
    }

private:
    /// That a record is as it was is worth writing only where its own clock cannot say so; and not of a listing, which confirms
    /// thousands at once and whose answers are compared with each other as they were asked for.
    static bool worth_noting(const Turn& turn) {
        const auto& state = turn.item->state;
        return turn.decision.confirms && turn.current && !state.listed && !state.projected;
    }

    /// Notes the results; returns the items whose write found another writer's instead.
    static std::vector<Item*> settle(const std::vector<Turn>& turns,
                                     const std::unordered_map<std::string, std::string>& written,
                                     std::vector<Applied>& results) {
        std::vector<Item*> lost;
        for (const auto& turn : turns) {
            if (turn.decision.merged && !written.contains(turn.item->state.key)) {
                lost.push_back(turn.item);
            } else {
                note(turn, results[turn.item->result]);
            }
        }
        return lost;
    }

    static void note(const Turn& turn, Applied& result) {
        const auto& state = turn.item->state;
        if (state.projected) {
            for (const auto& column : turn.mapped.malformed)
                result.malformed.push_back(fmt::format("{}.{}", state.resource->table, column));
            // Its owner is what can be asked for.
            if (turn.decision.ask_again && !result.ask_again) result.ask_again = turn.decision.ask_again;
            return;
        }
        result.outcome = turn.decision.outcome;
        result.tied = turn.decision.tied;
        result.ask_again = turn.decision.ask_again;
        result.said_removed = says_removed(state);
        result.verbose = state.view == View::full || (turn.current && turn.current->verbose);
        result.malformed = turn.mapped.malformed;
        if (unreadable_clock(*state.resource, state.raw)) result.malformed.emplace_back(state.resource->clock_field);
    }

    pg::Transaction& transaction_;
    const Resource& resource_;
    const std::string& zone_;
    std::chrono::milliseconds replica_lag_;
};

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
            .projected = true};
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
    Locks locks;

    const auto enter = [&](State state, std::size_t result) -> Item& {
        // What a projection was taken from is without them already; its own members stay.
        const std::span<const std::string> omitted{options_.omit_fields.data(),
                                                   state.projected ? 0 : options_.omit_fields.size()};
        strip_unstored(*state.resource, omitted, state.raw);
        locks.add(state);
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
    std::vector<pg::Statement> before;
    before.push_back(ask_the_time());
    if (!locks.empty()) before.push_back(locks.statement());
    const auto asked = std::chrono::steady_clock::now();
    const auto told = co_await transaction.run(std::move(before));
    if (!told) co_return told.error();
    for (auto& item : items) settle_observed(item.state, Time{Time::duration{told->front().integer(0, 0)}}, asked);

    for (const auto& resource : all_resources()) {
        auto& list = waiting[position_of(resource)];
        std::erase_if(list, [](const Item* item) { return item->cancelled; });
        Wave wave{transaction, resource, options_};
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
    Locks locks;
    locks.share(parent, key);
    return locks.statement();
}

Async<Result<>> Store::lock_whole(pg::Transaction& transaction, const Resource& resource) const {
    Locks locks;
    locks.add_all(resource);
    if (locks.empty()) co_return Result<>{};
    auto statement = locks.statement();
    const auto locked = co_await transaction.run(std::move(statement));
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
    }
    co_return results;
}

}  // namespace dcs::store
