#pragma once
// RecordSql: the statements that read and write one resource's table, made once from its data.
// Identifiers come from the constexpr tables of resources/ only; every value is bound.

#include "resources/resource.hpp"

#include <string>
#include <vector>

namespace dcs::store {

struct RecordSql {
    /// $1 text[] keys, $2 text[] hashes (hex), $3 int[] views, $4 bool[] removed, $5 bool[] looked into. Rows: key, id, xmin,
    /// deleted, verbose, observed_at (microseconds), observed_by, drchrono_raw (NULL: the same state was the last seen in its
    /// view, and the record is not looked into), whether that state was the last seen.
    std::string read;
    /// Binds what update binds. Rows of those records whose columns are not what they would be written as: key, names of the
    /// columns with commas between them.
    std::string wrong_columns;
    /// Writes new records; a key that somebody else has written meanwhile is left out of the answer. Rows: key, id.
    std::string insert;
    /// Writes known records; one that somebody else has written meanwhile is left out of the answer. Rows: key, id.
    std::string update;
    /// Notes that the stored state was observed once more: $1 text[] ids, $2 text[] versions, $3 text[] hashes, $4 int[]
    /// views, $5 text[] observed_at, $6 text[] observed_by.
    std::string remember_view;

    struct Relink {
        std::string_view watches;  // this resource's column whose change makes it necessary; empty: only its arrival
        std::string sql;           // $1 uuid[] of this resource's records, $2 the practice's zone
    };
    // Each writes at most `written_at_once` rows; what more rows derive is queued for the rewriter (rewriter.hpp).
    std::vector<Relink> relinks;  // fills what other resources derive from this one
    /// A uuid[] of this resource's records for each of `relinks`. One row: for each, whether there is a row that derives from one
    /// of them. Most new records have none yet, and to ask for all at once costs less than one of the relinks.
    std::string any_children;
};

/// So many rows that derive from the records of one statement are written with them; the others later.
inline constexpr int written_at_once = 1'000;

// A portion of the rows that derive `derived` from one record, in the order of their ids. $1 the practice's zone, $2 uuid: the
// last one that is done, $3 how many, $4 uuid: the record. Rows: how many were looked at, the last one's id, how many had
// another value.
std::string children_sql(const Resource& child, const Derived& derived);
/// The same for rows whose record is not stored; without $4.
std::string orphans_sql(const Resource& child, const Derived& derived);
/// $1 uuid: a record that others derive `derived` from. Rows: the key that they name it by.
std::string parent_key_sql(const Derived& derived);
/// $1 uuid[] of records. Rows: the keys of those whose time zone cannot be used. pre: the resource has a zone_column.
std::string unusable_zones_sql(const Resource& resource);

/// The values that insert and update bind beside the columns: one array each, in this order, before the columns'.
enum class Bound {
    key,
    id,
    version,
    raw,
    raw_bytes,
    origin,
    cause,
    hash,
    view,
    clock,
    deleted,
    brought_clock,
    observed,
    seen,
    count
};

const RecordSql& sql_of(const Resource& resource);

}  // namespace dcs::store
