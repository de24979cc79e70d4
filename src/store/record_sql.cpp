#include "store/record_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dcs::store {

namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out{text};
    for (auto at = out.find(what); at != std::string::npos; at = out.find(what, at + by.size()))
        out.replace(at, what.size(), by);
    return out;
}

constexpr int bound_count = static_cast<int>(Bound::count);

/// The place of the practice's zone among the bound values: behind all arrays.
std::string zone_of(const Resource& resource) {
    return fmt::format("${}", bound_count + static_cast<int>(resource.columns.size()) + 1);
}

/// `c`: one row a record, its columns by name and typed; the common values as b_….
std::string incoming(const Resource& resource) {
    std::string arrays = "$1::text[]";
    std::string names = "b_key";
    constexpr std::string_view bound_names[] = {
        "b_key",  "b_id",   "b_version", "b_raw",     "b_raw_bytes",     "b_origin",   "b_cause",
        "b_hash", "b_view", "b_clock",   "b_deleted", "b_brought_clock", "b_observed", "b_seen"};
    static_assert(std::size(bound_names) == bound_count);
    for (int at = 1; at < bound_count; ++at) {
        arrays += fmt::format(", ${}::text[]", at + 1);
        names += fmt::format(", {}", bound_names[at]);
    }
    std::string typed;
    for (std::size_t at = 0; at < resource.columns.size(); ++at) {
        const auto& column = resource.columns[at];
        arrays += fmt::format(", ${}::text[]", bound_count + static_cast<int>(at) + 1);
        names += fmt::format(", v_{}", column.name);
        typed += fmt::format(", v_{0}::{1} as {0}", column.name, sql_name(column.type));
    }
    return fmt::format("with c as materialized (select b_key::{} as {}, u.*{} from unnest({}) as u ({}))",
                       sql_name(resource.key_type), resource.key_column, typed, arrays, names);
}

/// What every write sets beside the columns, as (column, value).
std::vector<std::pair<std::string, std::string>> common_values(const Resource& resource) {
    std::vector<std::pair<std::string, std::string>> values;
    const auto zone = zone_of(resource);
    for (const auto& derived : resource.derived) {
        auto value = fmt::format("(select {} from {} p where p.{} = c.{})", replaced(derived.value, ":zone", zone),
                                 derived.parent, derived.parent_key, derived.child_key);
        if (!derived.without.empty())
            value =
                fmt::format("case when exists (select from {} p where p.{} = c.{}) then {} else {} end", derived.parent,
                            derived.parent_key, derived.child_key, value, replaced(derived.without, ":zone", zone));
        values.emplace_back(derived.column, value);
    }
    values.emplace_back("drchrono_raw", "c.b_raw::jsonb");
    values.emplace_back("raw_bytes", "decode(c.b_raw_bytes, 'hex')");
    values.emplace_back("origin", "c.b_origin");
    values.emplace_back("cause", "c.b_cause");
    values.emplace_back("hash_full", "case c.b_view when '0' then decode(c.b_hash, 'hex') end");
    values.emplace_back("hash_brief", "case c.b_view when '1' then decode(c.b_hash, 'hex') end");
    values.emplace_back("hash_partial", "case c.b_view when '2' then decode(c.b_hash, 'hex') end");
    values.emplace_back("observed_by", "c.b_seen");
    values.emplace_back("drchrono_updated_at",
                        fmt::format("wall_clock(c.b_clock, null, coalesce(nullif({}, ''), 'UTC'))", zone));
    return values;
}

std::string insert_sql(const Resource& resource) {
    std::string names{resource.key_column};
    std::string values = fmt::format("c.{}", resource.key_column);
    const auto add = [&](std::string_view name, std::string_view value) {
        names += fmt::format(", {}", name);
        values += fmt::format(", {}", value);
    };
    for (const auto& column : resource.columns) add(column.name, fmt::format("c.{}", column.name));
    for (const auto& [name, value] : common_values(resource)) add(name, value);
    add("observed_at", "c.b_observed::timestamptz");
    add("verbose_at", "case c.b_view when '0' then now() end");
    add("deleted_at", "case c.b_deleted when 't' then now() end");
    if (!resource.stamp_column.empty())
        add(resource.stamp_column,
            fmt::format("case when c.{} then coalesce(wall_clock(c.b_brought_clock, null, {}), now()) end",
                        resource.stamp_while, zone_of(resource)));
    return fmt::format("{} insert into {} ({}) select {} from c on conflict ({}) do nothing returning {}::text, id",
                       incoming(resource), resource.table, names, values, resource.key_column, resource.key_column);
}

std::string update_sql(const Resource& resource) {
    std::string sets = "synced_at = now(), updated_at = now()";
    const auto add = [&](std::string_view name, std::string_view value) {
        sets += fmt::format(", {} = {}", name, value);
    };
    for (const auto& column : resource.columns) add(column.name, fmt::format("c.{}", column.name));
    for (const auto& [name, value] : common_values(resource)) add(name, value);
    add("observed_at", "greatest(t.observed_at, c.b_observed::timestamptz)");
    add("verbose_at", "case c.b_view when '0' then now() else t.verbose_at end");
    add("deleted_at", "case c.b_deleted when 't' then coalesce(t.deleted_at, now()) end");
    if (!resource.stamp_column.empty())
        add(resource.stamp_column,
            fmt::format("case when c.{0} then coalesce(wall_clock(c.b_brought_clock, null, {1}), "
                        "case when t.{0} then t.{2} end, now()) end",
                        resource.stamp_while, zone_of(resource), resource.stamp_column));
    return fmt::format("{} update {} t set {} from c where t.id = c.b_id::uuid and t.xmin::text = c.b_version "
                       "returning t.{}::text, t.id",
                       incoming(resource), resource.table, sets, resource.key_column);
}

std::string read_sql(const Resource& resource) {
    return fmt::format(
        "select t.{0}::text, t.id, t.xmin::text, t.deleted_at is not null, t.verbose_at is not null, "
        "(extract(epoch from t.observed_at) * 1000000)::bigint, t.observed_by, "
        "case when s.known and not i.looked_into then null else t.drchrono_raw::text end, s.known "
        "from unnest($1::text[], $2::text[], $3::int[], $4::bool[], $5::bool[]) "
        "as i (key, hash, view, removed, looked_into) join {1} t on t.{0} = i.key::{2}, "
        "lateral (select coalesce((case i.view when 0 then t.hash_full when 1 then t.hash_brief else t.hash_partial end) "
        "= decode(i.hash, 'hex') and (t.deleted_at is not null) = i.removed, false) as known) s",
        resource.key_column, resource.table, sql_name(resource.key_type));
}

/// What is to be rewritten because another record has changed is not wrong yet.
std::string wrong_columns_sql(const Resource& resource) {
    std::string wrong;
    for (const auto& column : resource.columns)
        wrong += fmt::format("case when t.{0} is distinct from c.{0} then '{0}' end, ", column.name);
    for (const auto& [name, value] : common_values(resource)) {
        const auto is_name = [&name = name](const Derived& derived) { return derived.column == name; };
        if (std::ranges::any_of(resource.derived, is_name))
            wrong += fmt::format("case when t.{0} is distinct from {1} and not exists (select from rewrites w where "
                                 "w.child = '{2}' and w.column_name = '{0}') then '{0}' end, ",
                                 name, value, resource.table);
        else if (name == "drchrono_updated_at")
            wrong += fmt::format("case when t.{0} is distinct from {1} then '{0}' end, ", name, value);
    }
    return fmt::format(
        "{} select w.key, w.names from (select t.{}::text as key, concat_ws(',', {}null) as names from c "
        "join {} t on t.id = c.b_id::uuid and t.xmin::text = c.b_version) w where w.names <> ''",
        incoming(resource), resource.key_column, wrong, resource.table);
}

std::string remember_view_sql(const Resource& resource) {
    return fmt::format(
        "update {} t set hash_full = case i.view when 0 then decode(i.hash, 'hex') else t.hash_full end, "
        "hash_brief = case i.view when 1 then decode(i.hash, 'hex') else t.hash_brief end, "
        "hash_partial = case i.view when 2 then decode(i.hash, 'hex') else t.hash_partial end, "
        "verbose_at = case i.view when 0 then now() else t.verbose_at end, "
        "observed_by = case when i.observed >= coalesce(t.observed_at, '-infinity') then i.seen else t.observed_by end, "
        "observed_at = greatest(t.observed_at, i.observed) "
        "from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::text[]) "
        "as i (id, version, hash, view, observed, seen) "
        "where t.id = i.id::uuid and t.xmin::text = i.version",
        resource.table);
}

std::vector<RecordSql::Relink> relinks_to(const Resource& parent) {
    std::vector<RecordSql::Relink> relinks;
    for (const auto& child : all_resources()) {
        for (const auto& derived : child.derived) {
            if (derived.parent != parent.table) continue;
            const auto value = replaced(derived.value, ":zone", "$2");
            relinks.push_back(
                {derived.watches,
                 fmt::format("with counted as materialized (select p.*, (select count(*) from (select from {0} c "
                             "where c.{4} = p.{5} limit {6} + 1) n) as children from {3} p where p.id = any($1::uuid[])"
                             "), parents as materialized ("
                             "select *, sum(children) over (order by children, id) <= {6} as at_once from counted"
                             "), queued as (insert into rewrites (child, column_name, parent_id, actor) "
                             "select '{0}', '{1}', id, coalesce(nullif(current_setting('app.actor', true), ''), "
                             "'drchrono-sync') from parents where not at_once order by id "
                             "on conflict (child, column_name, parent_id) do update set done_to = null, "
                             "actor = excluded.actor, requested_at = now(), next_try_at = now(), attempts = 0, "
                             "last_error = null) "
                             "update {0} c set {1} = {2}, cause = p.cause, updated_at = now() from parents p "
                             "where p.at_once and c.{4} = p.{5} "
                             "and c.{1} is distinct from {2} and $2::text is not null",
                             child.table, derived.column, value, parent.table, derived.child_key, derived.parent_key,
                             written_at_once)});
        }
    }
    return relinks;
}

std::string any_children_sql(const Resource& parent) {
    std::string questions;
    int at = 0;
    for (const auto& child : all_resources())
        for (const auto& derived : child.derived)
            if (derived.parent == parent.table)
                questions +=
                    fmt::format("{}exists (select from {} p join {} c on c.{} = p.{} where p.id = any(${}::uuid[]))",
                                questions.empty() ? "select " : ", ", parent.table, child.table, derived.child_key,
                                derived.parent_key, ++at);
    return questions;
}

/// The rows of a portion are `batch`; those of them that have another value than `value` are written.
std::string portion_sql(const Resource& child, const Derived& derived, std::string_view batch, std::string_view write) {
    return fmt::format(
        "with batch as materialized ({}), done as ({} returning c.id) "
        "select count(*), (select b.id from batch b order by b.id desc limit 1), "
        "(select count(*) from done) from batch",
        fmt::format("select c.id from {} c where c.id > $2::uuid {} order by c.id limit $3", child.table, batch),
        fmt::format("update {} c set {} = {}", child.table, derived.column, write));
}

}  // namespace

std::string children_sql(const Resource& child, const Derived& derived) {
    const auto value = replaced(derived.value, ":zone", "$1");
    return portion_sql(
        child, derived,
        fmt::format("and c.{} = (select p.{} from {} p where p.id = $4::uuid)", derived.child_key, derived.parent_key,
                    derived.parent),
        fmt::format("{0}, cause = p.cause, updated_at = now() from {1} p where p.id = $4::uuid "
                    "and c.id in (select b.id from batch b) and c.{2} = p.{3} and c.{4} is distinct from {0} "
                    "and $1::text is not null",
                    value, derived.parent, derived.child_key, derived.parent_key, derived.column));
}

std::string orphans_sql(const Resource& child, const Derived& derived) {
    const auto value = derived.without.empty() ? std::string{"null"} : replaced(derived.without, ":zone", "$1");
    return portion_sql(
        child, derived, "",
        fmt::format("{0}, cause = 'settings', updated_at = now() where c.id in (select b.id from batch b) "
                    "and not exists (select from {1} p where p.{2} = c.{3}) and c.{4} is distinct from {0} "
                    "and $1::text is not null",
                    value, derived.parent, derived.parent_key, derived.child_key, derived.column));
}

std::string parent_key_sql(const Derived& derived) {
    return fmt::format("select p.{}::text from {} p where p.id = $1::uuid", derived.parent_key, derived.parent);
}

std::string unusable_zones_sql(const Resource& resource) {
    return fmt::format(R"(select t.{0}::text from {1} t where t.id = any($1::uuid[]) )"
                       R"(and btrim(t.{2}, E' \t\r\n') <> '' and usable_zone(t.{2}) is null)",
                       resource.key_column, resource.table, resource.zone_column);
}

const RecordSql& sql_of(const Resource& resource) {
    static const auto all = [] {
        std::map<std::string_view, RecordSql> made;
        for (const auto& each : all_resources())
            made.emplace(each.table,
                         RecordSql{read_sql(each), wrong_columns_sql(each), insert_sql(each), update_sql(each),
                                   remember_view_sql(each), relinks_to(each), any_children_sql(each)});
        return made;
    }();
    return all.at(resource.table);
}

}  // namespace dcs::store
