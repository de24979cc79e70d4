#pragma once
// Locks: what one call of the store locks, so that a child never misses a parent that is written at the same moment, nor the
// parent the child.
//
// Rule       who writes a parent holds its bucket alone; who writes a child shares its parents' buckets.
// Order      all of them are taken by one statement, in one order: no deadlock.
// Buckets    64 a resource: the hash of a key is the same on every instance.

#include "pg/statement.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <utility>

namespace dcs::store {

class Locks {
public:
    /// What the record of `state` needs, as a parent and as a child.
    void add(const State& state);
    /// All buckets that any record of the resource could need.
    void add_all(const Resource& resource);
    /// One bucket of `parent`, shared; without a key all of them.
    void share(const Resource& parent, std::string_view key);

    pg::Statement statement() const;
    bool empty() const { return needed_.empty(); }

private:
    std::map<std::pair<std::int32_t, std::int32_t>, bool> needed_;  // (class, bucket) → alone
};

}  // namespace dcs::store
