#include "store/merge.hpp"

#include "resources/mapping.hpp"

#include <algorithm>
#include <span>

namespace dcs::store {

namespace {

/// The same id, be it a number here and a string there.
bool same_id(const Document* stored, const Document& incoming) {
    return stored && !incoming.as_id().empty() && stored->as_id() == incoming.as_id();
}

}  // namespace

bool says_removed(const State& state) {
    if (state.removed) return true;
    if (state.resource->removed_flag.empty()) return false;
    const auto* flag = state.raw.find(state.resource->removed_flag);
    return flag && flag->boolean() == true;
}

std::string clock_of(const Resource& resource, const Document& raw) {
    if (resource.clock_field.empty()) return {};
    const auto* clock = raw.find(resource.clock_field);
    const auto text = clock ? clock->string() : std::nullopt;
    return text ? naive_time(*text).value_or("") : std::string{};
}

namespace {

Document merge_members(const Resource& resource, const Document& stored, const Document& incoming, View view) {
    if (view == View::full) {
        auto merged = incoming;
        const auto keep_missing = [&](std::span<const std::string_view> fields) {
            for (const auto field : fields)
                if (const auto* kept = stored.find(field); kept && !incoming.find(field)) merged.set(field, *kept);
        };
        keep_missing(resource.conditional_fields);
        // An answer that shows none of them has ignored verbose=true: it says nothing of them.
        const auto shown = [&](std::string_view field) { return incoming.find(field) != nullptr; };
        if (std::ranges::none_of(resource.verbose_fields, shown)) keep_missing(resource.verbose_fields);
        return merged;
    }
    auto merged = stored;
    for (const auto& [name, value] : incoming.members())
        if (!same_id(stored.find(name), value)) merged.set(name, value);
    return merged;
}

}  // namespace

Document merge(const Resource& resource, const Document& stored, const Document& incoming, View view) {
    auto merged = merge_members(resource, stored, incoming, view);
    // A time that is missing or unreadable must not disarm the order: the last good one stays.
    if (clock_of(resource, merged).empty() && !clock_of(resource, stored).empty())
        merged.set(resource.clock_field, *stored.find(resource.clock_field));
    return merged;
}

bool unreadable_clock(const Resource& resource, const Document& raw) {
    const auto* clock = resource.clock_field.empty() ? nullptr : raw.find(resource.clock_field);
    return clock && !clock->is_null() && clock->string() != "" && clock_of(resource, raw).empty();
}

Seen seen_by(const State& state) noexcept {
    if (state.origin == Origin::webhook) return Seen::webhook;
    return state.listed ? Seen::list : Seen::item;
}

namespace {

using std::chrono::milliseconds;

/// How long after the stored state was observed one of this kind must have been, to be the newer one. Equal clocks say of an
/// answer that it does not lag.
milliseconds margin(const State& state, const Current& current, milliseconds lag, bool equal_clocks) {
    switch (seen_by(state)) {
    // An answer asked for shortly after the delivery had arrived may be from before it.
    case Seen::webhook: return current.seen == Seen::webhook ? milliseconds{0} : -lag;
    case Seen::list: return equal_clocks || current.seen == Seen::list ? milliseconds{0} : lag;
    case Seen::item: {
        // What DrChrono has shown itself is not missing because a replica does not know it yet.
        const bool shown = state.removed && current.seen != Seen::webhook;
        return equal_clocks || state.announced || shown ? milliseconds{0} : lag;
    }
    }
    return lag;
}

/// How long after the stored state this one was observed; absent: nobody noted when this one was. One that was stored before
/// such times were noted is as old as can be.
std::optional<milliseconds> observed_after(const State& state, const Current& current) {
    if (!state.observed.database) return std::nullopt;
    return std::chrono::floor<milliseconds>(*state.observed.database - current.observed.value_or(Time{}));
}

bool may_be_older(const State& state, const Current& current, milliseconds lag, bool equal_clocks) {
    const auto after = observed_after(state, current);
    return after && *after < margin(state, current, lag, equal_clocks);
}

/// Whether DrChrono still returns it later than the lag after the stored state was observed. What an answer says of another
/// record is all that DrChrono says of those members.
bool outlives(const State& state, const Current& current, milliseconds lag) {
    if (seen_by(state) == Seen::webhook || (state.view != View::full && !state.projected)) return false;
    const auto after = observed_after(state, current);
    return after && *after >= lag;
}

/// Dropped for now. An answer of DrChrono's is worth another one once the lag is over: for a projection the lag from now on,
/// since the record's own answer, of the same call, may have confirmed the stored state just now. A delivery that came long
/// after the stored state may tell of a clock that went back.
Decision stale(const State& state, const Current& current, milliseconds lag, bool by_clock) {
    Decision decision{.outcome = Outcome::stale};
    const auto after = observed_after(state, current).value_or(milliseconds{0});
    if (seen_by(state) != Seen::webhook)
        decision.ask_again = state.projected ? lag : std::clamp(lag - after, milliseconds{0}, lag);
    else if (by_clock && after >= lag) decision.ask_again = lag;
    return decision;
}

/// What a state comes to that is newer than the stored one, or as good.
Decision accept(const State& state, const Current& current, bool removed, bool newer) {
    const bool revives = current.deleted && !removed && state.view != View::partial;
    const bool deleted = state.view == View::partial && !removed ? current.deleted : removed;
    auto merged = merge(*state.resource, *current.raw, state.raw, state.view);
    const bool same = merged == *current.raw;
    if (same && deleted == current.deleted) return {.newer = newer, .remember_view = !current.known};

    const auto outcome = deleted && !current.deleted ? Outcome::removed : revives ? Outcome::revived : Outcome::updated;
    return {.outcome = outcome, .newer = newer, .merged = std::move(merged)};
}

}  // namespace

Decision decide(const State& state, const Current* current, milliseconds lag) {
    const bool removed = says_removed(state);
    if (!current && removed && state.needs_record) return {};
    if (!current) return {.outcome = removed ? Outcome::removed : Outcome::created, .newer = true, .merged = state.raw};
    const auto clock = clock_of(*state.resource, state.raw);
    if (!current->raw) return {.confirms = clock.empty()};
    const auto stored_clock = clock_of(*state.resource, *current->raw);
    const bool comparable = !clock.empty() && !stored_clock.empty();
    if (comparable && clock < stored_clock && !outlives(state, *current, lag)) return stale(state, *current, lag, true);
    const bool newer = comparable && clock > stored_clock;

    const bool revives = current->deleted && !removed && state.view != View::partial;
    if (revives && state.origin == Origin::webhook && !newer && !state.projected)
        return {.outcome = Outcome::unordered};

    auto decision = accept(state, *current, removed, newer);
    decision.confirms = !decision.merged && clock.empty();
    if (!decision.merged || newer) return decision;
    if (!state.settled && may_be_older(state, *current, lag, comparable))
        return stale(state, *current, lag, comparable);
    decision.tied = comparable && *decision.merged != *current->raw && state.origin == Origin::webhook;
    return decision;
}

}  // namespace dcs::store
