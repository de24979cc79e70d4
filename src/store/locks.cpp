#include "store/locks.hpp"

#include "resources/mapping.hpp"

namespace dcs::store {

namespace {

constexpr std::int32_t lock_space = 0x64637300;  // our classes of advisory locks: one a resource
constexpr std::size_t lock_buckets = 64;

std::int32_t bucket_of(std::string_view key) {
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a: the same on every instance
    for (const char character : key) hash = (hash ^ static_cast<unsigned char>(character)) * 1099511628211ULL;
    return static_cast<std::int32_t>(hash % lock_buckets);
}

std::int32_t place(const Resource& resource) { return lock_space + static_cast<std::int32_t>(position_of(resource)); }

/// The DrChrono id of the parent that `derived` follows; empty: none named.
std::string parent_key(const State& state, const Mapped& mapped, const Derived& derived) {
    if (derived.child_key == state.resource->key_column) return state.key;
    for (std::size_t at = 0; at < mapped.values.size(); ++at)
        if (state.resource->columns[at].name == derived.child_key) return mapped.values[at].value_or("");
    return {};
}

}  // namespace

void Locks::add(const State& state) {
    const auto& resource = *state.resource;
    if (is_parent(resource)) needed_[{place(resource), bucket_of(state.key)}] = true;
    if (resource.derived.empty()) return;
    const auto mapped = map_columns(resource, state.raw);
    for (const auto& derived : resource.derived)
        if (const auto key = parent_key(state, mapped, derived); !key.empty())
            needed_.try_emplace({place(*find_resource(derived.parent)), bucket_of(key)}, false);
}

void Locks::add_all(const Resource& resource) {
    for (std::int32_t bucket = 0; bucket < static_cast<std::int32_t>(lock_buckets); ++bucket) {
        if (is_parent(resource)) needed_[{place(resource), bucket}] = true;
        for (const auto& derived : resource.derived)
            needed_.try_emplace({place(*find_resource(derived.parent)), bucket}, false);
    }
}

void Locks::share(const Resource& parent, std::string_view key) {
    if (!key.empty()) needed_.try_emplace({place(parent), bucket_of(key)}, false);
    for (std::int32_t bucket = 0; key.empty() && bucket < static_cast<std::int32_t>(lock_buckets); ++bucket)
        needed_.try_emplace({place(parent), bucket}, false);
}

pg::Statement Locks::statement() const {
    pg::ArrayBuilder classes;
    pg::ArrayBuilder buckets;
    pg::ArrayBuilder alone;
    for (const auto& [where, exclusive] : needed_) {
        classes.add(std::int64_t{where.first});
        buckets.add(std::int64_t{where.second});
        alone.add(exclusive ? std::string_view{"t"} : std::string_view{"f"});
    }
    return pg::sql("select case when alone then pg_advisory_xact_lock(class, bucket) "
                   "else pg_advisory_xact_lock_shared(class, bucket) end "
                   "from unnest($1::int[], $2::int[], $3::bool[]) as l (class, bucket, alone)",
                   std::move(classes).take(), std::move(buckets).take(), std::move(alone).take());
}

}  // namespace dcs::store
