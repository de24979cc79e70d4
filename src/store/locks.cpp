#include "store/locks.hpp"

#include "resources/mapping.hpp"

namespace dcs::store {

namespace {

constexpr std::int32_t lock_space = 0x64637300;  // our classes of advisory locks: one a resource for its keys,
constexpr std::int32_t whole_kinds = 0x80;       // and one, that far behind, for the kind as a whole
constexpr std::size_t most_keys = 128;           // of one kind that a call locks one by one

std::int32_t hash_of(std::string_view key) {
    std::uint32_t hash = 2166136261U;  // FNV-1a
    for (const char character : key) hash = (hash ^ static_cast<unsigned char>(character)) * 16777619U;
    return static_cast<std::int32_t>(hash);
}

}  // namespace

Locks::Locks(const Resource& parent) : place_{lock_space + static_cast<std::int32_t>(position_of(parent))} {}

void Locks::share(std::string_view key) { needed_.try_emplace(hash_of(key), false); }

void Locks::alone(std::string_view key) { needed_[hash_of(key)] = true; }

void Locks::whole() { whole_needed_ = true; }

std::optional<pg::Statement> Locks::statement() {
    std::erase_if(needed_, [this](const auto& lock) {
        const auto held = held_.find(lock.first);
        return held != held_.end() && (held->second || !lock.second);
    });
    whole_needed_ = whole_needed_ || needed_.size() > most_keys;
    if (whole_held_ || (needed_.empty() && !whole_needed_)) return std::nullopt;
    pg::ArrayBuilder classes;
    pg::ArrayBuilder keys;
    pg::ArrayBuilder alone;
    const auto add = [&](std::int32_t space, std::int32_t key, bool exclusive) {
        classes.add(std::int64_t{space});
        keys.add(std::int64_t{key});
        alone.add(exclusive ? std::string_view{"t"} : std::string_view{"f"});
    };
    whole_held_ = whole_needed_;
    add(place_ + whole_kinds, 0, whole_needed_);
    if (!whole_held_)
        for (const auto& [key, exclusive] : needed_) {
            add(place_, key, exclusive);
            held_[key] = exclusive;
        }
    needed_.clear();
    return pg::sql("select case when alone then pg_advisory_xact_lock(class, key) "
                   "else pg_advisory_xact_lock_shared(class, key) end "
                   "from unnest($1::int[], $2::int[], $3::bool[]) as l (class, key, alone)",
                   std::move(classes).take(), std::move(keys).take(), std::move(alone).take());
}

std::string parent_key(const State& state, const Derived& derived) {
    if (derived.child_key == state.resource->key_column) return state.key;
    return map_column(*state.resource, derived.child_key, state.raw).value_or("");
}

}  // namespace dcs::store
