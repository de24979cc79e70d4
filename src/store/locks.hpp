#pragma once
// Locks: what one call of the store locks, so that a child never misses a parent that is written at the same moment, nor the
// parent the child.
//
// Rule       who writes a parent holds its key alone where children could miss it: the parent is new, or a column that they
//            derive from has another value. Who writes a child shares the keys of its parents where it could miss one: the
//            parent is not stored yet, or may change what is derived. Everything else runs side by side.
// Order      what a call needs of one kind of parent is locked by one statement, in one order, kinds in the order of the resources:
//            no deadlock. Only what a call writes again (a second state of one record, a lost race) may come out of order;
//            the database then finds a deadlock, and one of the two runs again.
// Bound      a call that needs many keys of a kind locks the kind.
// Keys       are locked by their hash, which is the same on every instance.

#include "pg/statement.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace dcs::store {

/// The locks of one kind of parent.
class Locks {
public:
    explicit Locks(const Resource& parent);

    /// For who writes a child of this parent.
    void share(std::string_view key);
    /// For who writes this parent, when children could miss it.
    void alone(std::string_view key);
    /// For who writes in several calls, or children of any parent: nobody else locks a key of this kind meanwhile.
    void whole();

    /// Locks what was added since the last statement; nullopt: nothing was.
    std::optional<pg::Statement> statement();

private:
    std::int32_t place_;
    std::map<std::int32_t, bool> needed_{};  // hash of a key → alone
    std::map<std::int32_t, bool> held_{};
    bool whole_needed_ = false;
    bool whole_held_ = false;
};

/// The DrChrono id of the parent that `derived` follows, as the state names it; empty: it names none.
std::string parent_key(const State& state, const Derived& derived);

}  // namespace dcs::store
