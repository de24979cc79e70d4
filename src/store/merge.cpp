#include "store/merge.hpp"

#include "resources/mapping.hpp"

#include <algorithm>

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
        for (const auto field : resource.conditional_fields)
            if (const auto* kept = stored.find(field); kept && !incoming.find(field)) merged.set(field, *kept);
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

Decision decide(const State& state, const Current* current) {
    const bool removed = says_removed(state);
    if (!current && removed && state.needs_record) return {};
    if (!current) return {.outcome = removed ? Outcome::removed : Outcome::created, .merged = state.raw};
    if (!current->raw) return {};

    const auto clock = clock_of(*state.resource, state.raw);
    const auto stored_clock = clock_of(*state.resource, *current->raw);
    const bool comparable = !clock.empty() && !stored_clock.empty();
    if (comparable && clock < stored_clock) return {.outcome = Outcome::stale};
    const bool newer = comparable && clock > stored_clock;

    const bool revives = current->deleted && !removed && state.view != View::partial;
    if (revives && state.origin == Origin::webhook && !newer && !state.projected)
        return {.outcome = Outcome::unordered};
    const bool deleted = state.view == View::partial && !removed ? current->deleted : removed;

    auto merged = merge(*state.resource, *current->raw, state.raw, state.view);
    const bool same = merged == *current->raw;
    if (same && deleted == current->deleted) return {.remember_view = true};

    Decision decision;
    decision.outcome = deleted && !current->deleted ? Outcome::removed : revives ? Outcome::revived : Outcome::updated;
    decision.tied = comparable && !newer && !same && state.origin == Origin::webhook;
    decision.merged = std::move(merged);
    return decision;
}

}  // namespace dcs::store
