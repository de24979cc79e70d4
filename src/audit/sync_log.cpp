#include "audit/sync_log.hpp"

namespace dcs::audit {

pg::Statement insert_runs(const std::vector<Run>& runs) {
    std::vector<pg::ArrayBuilder> columns(14);
    for (const auto& run : runs) {
        std::size_t at = 0;
        columns[at++].add(run.id);
        columns[at++].add(run.source);
        columns[at++].add(run.sync_type);
        columns[at++].add(run.table_name.empty() ? std::nullopt : std::optional{run.table_name});
        columns[at++].add(run.status);
        columns[at++].add(run.started_at);
        columns[at++].add(std::int64_t{run.counts.total});
        columns[at++].add(std::int64_t{run.counts.created});
        columns[at++].add(std::int64_t{run.counts.updated});
        columns[at++].add(std::int64_t{run.counts.unchanged});
        columns[at++].add(std::int64_t{run.counts.deleted});
        columns[at++].add(std::int64_t{run.counts.failed});
        columns[at++].add(run.error.empty() ? std::nullopt : std::optional{run.error});
        columns[at++].add(run.details);
    }
    pg::Statement statement{
        "insert into sync_log (id, source, sync_type, table_name, status, started_at, records_total, records_created,"
        " records_updated, records_unchanged, records_deleted, records_failed, error, details, completed_at) "
        "select r.*, case when r.status <> 'running' then clock_timestamp() end "
        "from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int[], $8::int[],"
        " $9::int[], $10::int[], $11::int[], $12::int[], $13::text[], $14::jsonb[]) "
        "as r (id, source, sync_type, table_name, status, started_at, total, created, updated, unchanged, deleted, failed,"
        " error, details)",
        {}};
    for (auto& column : columns) statement.params.emplace_back(std::move(column).take());
    return statement;
}

}  // namespace dcs::audit
