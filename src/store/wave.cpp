#include "store/wave.hpp"

#include "base/encoding.hpp"
#include "resources/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace dcs::store {

namespace {

/// {key → id} of what was written.
using Written = std::unordered_map<std::string, std::string>;

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
        put(Bound::raw).add(turn->decision.merged ? std::optional{turn->decision.merged->text()} : std::nullopt);
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

/// Whether a column that others derive from has another value now.
bool watched_changed(const Resource& resource, const Turn& turn, std::string_view column) {
    if (!turn.current || !turn.current->raw) return true;
    const auto before = map_column(resource, column, *turn.current->raw);
    for (std::size_t at = 0; at < resource.columns.size(); ++at)
        if (resource.columns[at].name == column) return before != turn.mapped.values[at];
    return false;
}

/// Whether what derives from this record is to be filled once it is written.
bool concerns_children(const Resource& resource, const Turn& turn, const RecordSql::Relink& relink) {
    return !turn.current || (!relink.watches.empty() && watched_changed(resource, turn, relink.watches));
}

/// Of each relink of the resource, the ids of those just written ({key → id}) that it is for.
std::vector<std::vector<std::string>> relinked(const Resource& resource, const std::vector<Turn>& turns,
                                               const Written& written) {
    std::vector<std::vector<std::string>> ids;
    for (const auto& relink : sql_of(resource).relinks) {
        auto& of_relink = ids.emplace_back();
        for (const auto& turn : turns) {
            const auto found = written.find(turn.item->state.key);
            if (found == written.end()) continue;
            if (concerns_children(resource, turn, relink)) of_relink.push_back(found->second);
        }
    }
    return ids;
}

pg::Statement ask_for_children(const Resource& resource, const std::vector<std::vector<std::string>>& ids) {
    pg::Statement question{sql_of(resource).any_children, {}};
    for (const auto& of_relink : ids) question.params.emplace_back(pg::text_array(of_relink));
    return question;
}

/// Which of the records just written name a time zone that cannot be used.
pg::Statement ask_zones(const Resource& resource, const Written& written) {
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

/// That a record is as it was is worth writing only where its own clock cannot say so; and not of a listing, which confirms
/// thousands at once and whose answers are compared with each other as they were asked for.
bool worth_noting(const Turn& turn) {
    const auto& state = turn.item->state;
    return turn.decision.confirms && turn.current && !state.listed && !state.projected;
}

void note(const Turn& turn, Applied& result) {
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

/// Notes the results; returns the items whose write found another writer's instead.
std::vector<Item*> settle(const std::vector<Turn>& turns, const Written& written, std::vector<Applied>& results) {
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

}  // namespace

pg::Statement read_statement(const Resource& resource, std::span<const Turn> turns) {
    pg::ArrayBuilder keys;
    pg::ArrayBuilder hashes;
    pg::ArrayBuilder views;
    pg::ArrayBuilder removed;
    pg::ArrayBuilder looked_into;
    for (const auto& turn : turns) {
        looked_into.add(turn.item->state.looked_into ? std::string_view{"t"} : std::string_view{"f"});
        keys.add(turn.item->state.key);
        hashes.add(turn.item->hash);
        views.add(static_cast<std::int64_t>(turn.item->state.view));
        removed.add(says_removed(turn.item->state) ? std::string_view{"t"} : std::string_view{"f"});
    }
    return pg::sql(sql_of(resource).read, std::move(keys).take(), std::move(hashes).take(), std::move(views).take(),
                   std::move(removed).take(), std::move(looked_into).take());
}

pg::Statement ask_wrong_columns(const Resource& resource, const std::vector<Turn*>& turns, const std::string& zone) {
    for (auto* turn : turns) {
        turn->mapped = map_columns(resource, *turn->current->raw);
        turn->clock = clock_of(resource, *turn->current->raw);
    }
    return write_statement(resource, sql_of(resource).wrong_columns, turns, zone);
}

std::unordered_map<std::string, std::vector<std::string>> wrong_columns_of(const pg::Rows& rows) {
    std::unordered_map<std::string, std::vector<std::string>> wrong;
    for (int row = 0; row < rows.size(); ++row) {
        const auto names = rows.string(row, 1);
        auto& of = wrong[rows.string(row, 0)];
        for (std::size_t from = 0; from < names.size();) {
            const auto comma = std::min(names.find(',', from), names.size());
            of.push_back(names.substr(from, comma - from));
            from = comma + 1;
        }
    }
    return wrong;
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
        current.known = rows.boolean(row, 8);
        if (const auto raw = rows.text(row, 7)) {
            auto parsed = Document::parse(*raw);
            if (!parsed) return Error{Fault::bug, "stored JSON cannot be read"};
            current.raw = std::move(parsed->value);
        }
        found->second->current = std::move(current);
    }
    return {};
}

Wave::Wave(pg::Transaction& transaction, const Resource& resource, const Options& options, Locks& locks,
           std::vector<pg::Statement>& first)
    : transaction_{transaction},
      resource_{resource},
      locks_{locks},
      first_{first},
      zone_{options.practice_timezone},
      replica_lag_{options.replica_lag} {}

Async<Result<std::vector<Item*>>> Wave::run(std::vector<Item*> items, std::vector<Applied>& results) {
    std::vector<Turn> turns;
    std::ranges::sort(items, {}, [](const Item* item) -> const std::string& { return item->state.key; });
    for (auto* item : items) turns.push_back({.item = item});
    auto question = read_statement(resource_, turns);
    const auto rows = co_await transaction_.run(std::move(question));
    if (!rows) co_return rows.error();
    if (const auto taken = take_current(*rows, turns); !taken) co_return taken.error();
    for (auto& turn : turns) decide_turn(turn);
    if (const auto done = co_await look_into(turns); !done) co_return done.error();
    Written written;
    if (const auto done = co_await write(turns, written); !done) co_return done.error();
    if (const auto done = co_await fill_what_derives(turns, written); !done) co_return done.error();
    co_return settle(turns, written, results);
}

void Wave::decide_turn(Turn& turn) {
    const auto& state = turn.item->state;
    const bool answer = seen_by(state) != Seen::webhook;
    if (const auto before = before_.find(state.key);
        turn.current && answer && state.projected && before != before_.end())
        std::tie(turn.current->observed, turn.current->seen) = before->second;
    turn.decision = decide(state, turn.current ? &*turn.current : nullptr, replica_lag_);
    if (answer && !state.projected && (turn.decision.merged || worth_noting(turn)))
        before_.try_emplace(state.key, turn.current ? turn.current->observed : std::nullopt,
                            turn.current ? turn.current->seen : Seen::item);
    if (turn.decision.newer)
        for (auto* projection : turn.item->projections)
            projection->state.settled = projection->state.view != View::partial || projection->state.removed;
    if (!turn.decision.merged) return;
    turn.mapped = map_columns(resource_, *turn.decision.merged);
    turn.clock = clock_of(resource_, *turn.decision.merged);
}

/// Records that are as the state says but for their columns are written once more.
Async<Result<>> Wave::look_into(std::vector<Turn>& turns) {
    std::vector<Turn*> same;
    for (auto& turn : turns)
        if (turn.item->state.looked_into && turn.current && turn.current->raw &&
            turn.decision.outcome == Outcome::unchanged)
            same.push_back(&turn);
    if (same.empty()) co_return Result<>{};
    auto question = ask_wrong_columns(resource_, same, zone_);
    const auto rows = co_await transaction_.run(std::move(question));
    if (!rows) co_return rows.error();
    const auto wrong = wrong_columns_of(*rows);
    for (auto* turn : same) {
        if (wrong.contains(turn->item->state.key))
            turn->decision = {.outcome = Outcome::updated, .merged = turn->current->raw};
        else turn->mapped = {};
    }
    co_return Result<>{};
}

void Wave::lock_out_children(const Turn& turn) {
    if (std::ranges::any_of(sql_of(resource_).relinks,
                            [&](const auto& relink) { return concerns_children(resource_, turn, relink); }))
        locks_.alone(turn.item->state.key);
}

Async<Result<>> Wave::write(std::vector<Turn>& turns, Written& written) {
    std::vector<Turn*> inserts;
    std::vector<Turn*> updates;
    std::vector<Turn*> remembered;
    for (auto& turn : turns) {
        if (turn.decision.merged) {
            lock_out_children(turn);
            (turn.current ? updates : inserts).push_back(&turn);
        } else if (turn.decision.remember_view || worth_noting(turn)) {
            remembered.push_back(&turn);
        }
    }
    auto statements = std::exchange(first_, {});
    if (auto locking = locks_.statement()) statements.push_back(std::move(*locking));
    const auto begin = statements.size();
    if (!inserts.empty()) statements.push_back(write_statement(resource_, sql_of(resource_).insert, inserts, zone_));
    if (!updates.empty()) statements.push_back(write_statement(resource_, sql_of(resource_).update, updates, zone_));
    const auto end = statements.size();
    if (!remembered.empty()) statements.push_back(remember_statement(resource_, remembered));
    if (statements.empty()) co_return Result<>{};
    const auto done = co_await transaction_.run(std::move(statements));
    if (!done) co_return done.error();
    for (std::size_t at = begin; at < end; ++at)
        for (int row = 0; row < (*done)[at].size(); ++row)
            written.emplace((*done)[at].string(row, 0), (*done)[at].string(row, 1));
    co_return Result<>{};
}

Async<Result<>> Wave::fill_what_derives(std::vector<Turn>& turns, const Written& written) {
    const auto ids = relinked(resource_, turns, written);
    const bool asks_children = std::ranges::any_of(ids, [](const auto& each) { return !each.empty(); });
    const bool asks_zones = !resource_.zone_column.empty() && !written.empty();
    std::vector<pg::Statement> questions;
    if (asks_children) questions.push_back(ask_for_children(resource_, ids));
    if (asks_zones) questions.push_back(ask_zones(resource_, written));
    if (questions.empty()) co_return Result<>{};
    const auto told = co_await transaction_.run(std::move(questions));
    if (!told) co_return told.error();
    if (asks_zones) note_zones(resource_, told->back(), turns);
    if (!asks_children) co_return Result<>{};
    std::vector<pg::Statement> statements;
    for (std::size_t at = 0; at < ids.size(); ++at)
        if (told->front().boolean(0, static_cast<int>(at)))
            statements.push_back(pg::sql(sql_of(resource_).relinks[at].sql, pg::text_array(ids[at]), zone_));
    if (statements.empty()) co_return Result<>{};
    const auto done = co_await transaction_.run(std::move(statements));
    if (!done) co_return done.error();
    co_return Result<>{};
}

}  // namespace dcs::store
