#include "audit/sealed_rows.hpp"

#include "crypto/crypto.hpp"

#include <fmt/format.h>

namespace dcs::audit {

namespace {

constexpr std::int64_t page_bytes = 4 * 1024 * 1024;

// A row's text is its values that are not NULL, so that columns added later change no old digest. Functions and operators are
// named with their schema: a search path of somebody else's choice finds no others.
constexpr std::string_view page_sql = R"(
    select seq, at::text, part, body, found
    from (select seq, at, part, body, pg_catalog.count(*) over () as found,
                 coalesce(pg_catalog.sum(pg_catalog.octet_length(body)) over (
                     order by seq, at rows between unbounded preceding and 1 preceding), 0) as before
          from (select {seq} as seq, {at} as at, r.tableoid::pg_catalog.regclass::text as part,
                       (select coalesce(pg_catalog.jsonb_object_agg(key, value), '{{}}')::text
                        from pg_catalog.jsonb_each(pg_catalog.to_jsonb(r))
                        where value operator(pg_catalog.<>) 'null'::pg_catalog.jsonb) as body
                from {log} r
                where {seq} >= $1::bigint and {seq} <= $3::bigint and ({seq}, {at}) > ($1::bigint, $2::timestamptz)
                order by {seq}, {at} limit $4::bigint) page) sized
    where before < $5::bigint order by seq, at)";

}  // namespace

pg::Statement fix_formats() {
    return {"select pg_catalog.set_config('TimeZone', 'UTC', true), pg_catalog.set_config('DateStyle', 'ISO', true)",
            {}};
}

pg::Statement select_rows(std::string_view log, const RowPlace& after, std::int64_t upto, std::int64_t most) {
    const bool changes = log == "change_log";
    auto text = fmt::format(fmt::runtime(page_sql), fmt::arg("log", changes ? "change_log" : "access_log"),
                            fmt::arg("seq", changes ? "seq" : "id"), fmt::arg("at", changes ? "changed_at" : "at"));
    return pg::sql(std::move(text), after.seq, after.at, upto, most, page_bytes);
}

RowPage read_rows(const pg::Rows& rows, std::int64_t most) {
    RowPage page{.complete = rows.empty()};
    for (int row = 0; row < rows.size(); ++row)
        page.rows.push_back({.seq = rows.integer(row, 0),
                             .at = rows.string(row, 1),
                             .part = rows.string(row, 2),
                             .digest = crypto::sha256(rows.text(row, 3).value_or(""))});
    if (!rows.empty()) page.complete = rows.integer(0, 4) == rows.size() && rows.size() < most;
    return page;
}

std::string_view seal_content_sql() {
    return "(pg_catalog.jsonb_build_array(s.number, s.log, s.kind, s.part, s.after_seq, s.upto_seq, s.newest, s.seqs, s.sealed_at)"
           " operator(pg_catalog.||) case when s.key_id is null then '[]'::pg_catalog.jsonb"
           " else pg_catalog.jsonb_build_array(s.key_id, s.takes_over) end)::text";
}

std::string seal_hash(std::string_view previous, std::string_view digests, std::string_view content) {
    std::string all;
    all.reserve(previous.size() + digests.size() + content.size());
    return crypto::sha256(all.append(previous).append(digests).append(content));
}

}  // namespace dcs::audit
