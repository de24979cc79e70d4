#include "audit/relations.hpp"

namespace dcs::audit {

namespace {

// Operators stand between values of one built-in type, for which the server's own are found first.
constexpr std::string_view strange_sql = R"(
    with recursive audited (oid, name) as (
        select pg_catalog.to_regclass(n)::oid, n
        from pg_catalog.unnest('{change_log,access_log,audit_seals}'::text[]) n
        union
        select i.inhrelid, i.inhrelid::pg_catalog.regclass::text
        from pg_catalog.pg_inherits i join audited a on i.inhparent = a.oid
    ), relations as (
        select a.oid, a.name, c.relkind::text as kind, c.relrowsecurity or c.relforcerowsecurity as secured
        from audited a left join pg_catalog.pg_class c on c.oid = a.oid
    ), triggers as (
        select r.name, t.tgname::text as trigger, t.tgenabled::text as enabled,
               coalesce((t.tgname::text, p.proname::text) in (('append_only', 'refuse_alteration'), ('append_only_whole', 'refuse_alteration'))
               or (r.name = 'audit_seals'::text and t.tgname::text = 'in_order'::text
                   and p.proname::text = 'refuse_seal_out_of_order'::text), false)
               and p.pronamespace = pg_catalog.current_schema()::pg_catalog.regnamespace::oid as ours
        from relations r join pg_catalog.pg_trigger t on t.tgrelid = r.oid
        join pg_catalog.pg_proc p on p.oid = t.tgfoid
        where not t.tgisinternal
    )
    select 'not a table', name from relations where kind is null or kind not in ('r'::text, 'p'::text)
    union all
    select 'row security', r.name from relations r
    where r.secured or exists (select from pg_catalog.pg_policy p where p.polrelid = r.oid)
    union all
    select 'rule', pg_catalog.concat(r.name, ' ', w.rulename) from relations r
    join pg_catalog.pg_rewrite w on w.ev_class = r.oid where r.kind in ('r'::text, 'p'::text)
    union all
    select 'foreign trigger', pg_catalog.concat(name, ' ', trigger) from triggers where not ours
    union all
    select 'trigger off', pg_catalog.concat(name, ' ', trigger) from triggers
    where ours and enabled not in ('O'::text, 'A'::text)
    order by 1, 2)";

}  // namespace

Async<Result<std::vector<Strangeness>>> strange_relations(pg::Pool& pool) {
    pg::Statement asking{std::string{strange_sql}};
    const auto rows = co_await pool.run(std::move(asking));
    if (!rows) co_return rows.error();
    std::vector<Strangeness> found;
    for (int row = 0; row < rows->size(); ++row) found.push_back({rows->string(row, 0), rows->string(row, 1)});
    co_return found;
}

}  // namespace dcs::audit
