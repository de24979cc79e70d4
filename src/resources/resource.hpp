#pragma once
// Resource: a kind that is mirrored, as data: where it is asked for, how two states are ordered, which column comes from
// where, what follows from other records, what removes it. What differs between kinds stands here and nowhere else.
//
// Eleventh   a further kind is one row in resources.cpp, its columns in columns.hpp, and a migration.
// Source     fact sheet sections 2, 5, 7 and 8.

#include "base/document.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dcs {

/// wall_clock: DrChrono's naive timestamp, kept as the text that was sent once it is known to be one.
/// id: of another record, as text, whether it came as a number or as a text.
enum class SqlType { text, id, bigint, integer, boolean, date, wall_clock, numeric, json, text_array };
/// As PostgreSQL spells it, for casts.
std::string_view sql_name(SqlType type) noexcept;

/// Where a column's value comes from in DrChrono's JSON.
struct Column {
    std::string_view name;
    SqlType type;
    std::string_view source{};                    // a member; empty: the column's own name
    std::array<std::string_view, 2> otherwise{};  // taken in turn when `source` is absent, null or ""
    /// Makes one JSON object of several members: {column's key, DrChrono's member}.
    struct Part {
        std::string_view key;
        std::string_view source;
    };
    std::span<const Part> parts{};

    constexpr std::string_view from() const noexcept { return source.empty() ? name : source; }
};

/// A column whose value follows from another record, found by a DrChrono id; filled whenever that record arrives.
/// `value` is SQL over p (the other record), c (this one) and :zone (the practice's zone).
struct Derived {
    std::string_view column;
    std::string_view type;        // SQL type
    std::string_view parent;      // table of the other record
    std::string_view parent_key;  // its column
    std::string_view child_key;   // this record's column that names it
    std::string_view value;       // e.g. "p.id"
    std::string_view without{};   // value while the other record is not there; empty: NULL
    std::string_view watches{};   // the parent's column whose change alters `value`; empty: its arrival alone
    bool announced = true;        // false: no webhook tells of the other record, so an unknown one must be fetched
};

struct Resource;

/// A state of another resource that a state of this one brings along. It is as new as that state, and refused with it.
struct Projected {
    /// members: some of the record. whole: all of it, so it replaces, and brings back one that was removed. gone: the
    /// record is no more; nothing happens where there is none.
    enum class Tells { members, whole, gone };
    std::string_view table;
    std::string key;
    Document raw;
    Tells tells = Tells::members;
};

struct Resource {
    std::string_view table;
    std::string_view path;            // of the list; an item is path/<key>. Empty: only projected, never asked for
    std::string_view key_column;      // what identifies a record: unique in the table
    SqlType key_type;                 // bigint or text
    std::string_view key_field;       // the member of the object that holds the key
    std::string_view clock_field{};   // the member that says which state is newer; empty: none, so a fetch settles it
    std::string_view removed_flag{};  // the member that is true for a removed record; empty: none
    std::span<const Column> columns;
    std::span<const Derived> derived{};
    /// Members that come only with verbose=true: they survive a view without them.
    std::span<const std::string_view> verbose_fields{};
    /// Members that even a complete view lacks at times: their absence erases nothing.
    std::span<const std::string_view> conditional_fields{};
    /// Members that tell an item without `key_field` from an error body; empty: an item always has its key.
    std::span<const std::string_view> item_members{};
    /// Paths ("a" or "a.b") of addresses valid for an hour only: never stored.
    std::span<const std::string_view> volatile_fields{};
    /// A column that says since when `stamp_while` is true: the time the state itself gives, else the moment it was first
    /// seen true. Empty: none.
    std::string_view stamp_column{};
    std::string_view stamp_while{};
    /// A column that names a time zone: one that cannot be used is told as malformed. Empty: none.
    std::string_view zone_column{};
    /// What else has to be fetched with a record (same key): the lock state of a note stands on its appointment.
    std::string_view fetched_with{};
    std::vector<Projected> (*project)(const Document& raw) = nullptr;  // nullptr: nothing
    /// What is no more once the record with this key is removed, whatever its last state holds. nullptr: nothing.
    std::vector<Projected> (*gone_with)(const std::string& key) = nullptr;
};

/// Parents before children.
std::span<const Resource> all_resources() noexcept;
/// nullptr: not mirrored.
const Resource* find_resource(std::string_view table) noexcept;
/// Whether any other resource derives a column from this one.
bool is_parent(const Resource& resource) noexcept;
/// Its place in all_resources().
std::size_t position_of(const Resource& resource) noexcept;

/// The record's key in `object`, as it is compared: empty when it has none or one that cannot be a key (not an integer
/// where the key is one; longer than 128 bytes).
std::string key_of(const Resource& resource, const Document& object);
/// All that an id says of a record: an object with its key alone. pre: valid_key.
Document identity(const Resource& resource, const std::string& key);
/// Whether `key` can be a key of the resource.
bool valid_key(const Resource& resource, std::string_view key);

}  // namespace dcs
