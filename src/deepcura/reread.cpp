#include "deepcura/reread.hpp"

#include "audit/sync_log.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "deepcura/link_sql.hpp"
#include "deepcura/note_sql.hpp"
#include "pg/as_uuid.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

/// What a version has of its own, or what follows from its being one.
constexpr std::string_view not_compared =
    "{id,content_sha256,replaces_id,reread_of,cause,origin,received_at,created_at,updated_at,linked_at,link_reasons,link_version}";
constexpr std::array<std::string_view, 3> link_columns{"clinical_note_id", "link_method", "unlinkable_reason"};

struct Kept {
    const Source* source = nullptr;
    std::string bytes;
    std::string received_at;
};

/// The outcome, where there is nothing to read.
struct Found {
    RereadOutcome outcome = RereadOutcome::changed;
    Kept kept{};
};

Async<Result<Found>> find(pg::Transaction& transaction, std::string note_id) {
    auto question = pg::sql(
        "select n.source, y.bytes, to_char(n.received_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), "
        "exists (select from deepcura_notes s where s.replaces_id = n.id), y.note_id is not null "
        "from deepcura_notes n left join deepcura_payloads y on y.note_id = n.id where n.id = " +
            pg::as_uuid("$1") + " for update of n",
        std::move(note_id));
    const auto rows = co_await transaction.run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Found{RereadOutcome::unknown};
    if (rows->boolean(0, 3)) co_return Found{RereadOutcome::replaced};
    if (!rows->boolean(0, 4)) co_return Found{RereadOutcome::not_kept};
    const auto* source = find_source(rows->string(0, 0));
    if (source == nullptr) co_return Found{RereadOutcome::unreadable};
    co_return Found{RereadOutcome::changed, {source, rows->bytes(0, 1), rows->string(0, 2)}};
}

bool is_of_the_link(std::string_view column) { return std::ranges::find(link_columns, column) != link_columns.end(); }

pg::Statement difference(const std::string& before, const std::string& after) {
    return pg::sql("select b.key, b.value::text, a.value::text "
                   "from jsonb_each((select to_jsonb(n) - $3::text[] from deepcura_notes n where n.id = $1::uuid)) b "
                   "join jsonb_each((select to_jsonb(n) - $3::text[] from deepcura_notes n where n.id = $2::uuid)) a "
                   "on a.key = b.key where a.value is distinct from b.value order by b.key",
                   before, after, not_compared);
}

audit::Run run_of(const Kept& kept, const std::string& note_id, const std::string& new_id) {
    return {.id = new_uuid(),
            .source = std::string{kept.source->name},
            .sync_type = "gridhook",
            .table_name = "deepcura_notes",
            .status = "completed",
            .started_at = iso8601(system_now()),
            .counts = {.total = 1, .created = 1},
            .details = boost::json::serialize(boost::json::object{{"noteId", new_id}, {"reread_of", note_id}})};
}

/// Inserts the new version; what is different about it.
Async<Result<std::vector<ColumnChange>>> insert(pg::Transaction& transaction, const Draft& draft,
                                                const std::string& zone) {
    std::vector<pg::Statement> statements{{lock_shared()}};
    statements.push_back(insert_notes({draft}, zone));
    statements.push_back(difference(draft.rereads, draft.delivery_id));
    const auto done = co_await transaction.run(std::move(statements));
    if (!done) co_return done.error();
    std::vector<ColumnChange> changes;
    const auto& rows = done->back();
    for (int row = 0; row < rows.size(); ++row)
        changes.push_back({rows.string(row, 0), rows.string(row, 1), rows.string(row, 2)});
    std::ranges::stable_partition(changes, [](const ColumnChange& each) { return !is_of_the_link(each.column); });
    co_return changes;
}

}  // namespace

Async<Result<Reread>> reread(pg::Pool& pool, std::string note_id, const RereadSettings& settings) {
    pg::Author author{settings.actor, "row"};
    auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
    if (!transaction) co_return transaction.error();
    auto finding = find(*transaction, note_id);
    const auto found = co_await std::move(finding);
    if (!found) co_return found.error();
    if (found->outcome != RereadOutcome::changed) co_return Reread{found->outcome};
    const auto& kept = found->kept;
    const auto gridhook = read_opened(kept.bytes, settings.omit_fields, *kept.source);
    if (!gridhook) co_return Reread{RereadOutcome::unreadable};

    const Draft draft{new_uuid(), kept.received_at, &*gridhook, note_id};
    auto inserting = insert(*transaction, draft, settings.practice_timezone);
    auto changes = co_await std::move(inserting);
    if (!changes) co_return changes.error();
    // Without a commit the transaction is taken back.
    if (changes->empty() || is_of_the_link(changes->front().column)) co_return Reread{};
    if (!settings.apply) co_return Reread{RereadOutcome::changed, std::move(*changes)};
    std::vector<audit::Run> runs{run_of(kept, note_id, draft.delivery_id)};
    auto statement = audit::insert_runs(runs);
    const auto logged = co_await transaction->run(std::move(statement));
    if (!logged) co_return logged.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    co_return Reread{RereadOutcome::changed, std::move(*changes), draft.delivery_id};
}

Async<Result<std::vector<std::string>>> notes_to_reread(pg::Pool& pool, std::string after, int most) {
    auto question =
        pg::sql("select n.id::text from deepcura_notes n where ($1 = '' or n.id > nullif($1, '')::uuid) "
                "and not exists (select from deepcura_notes s where s.replaces_id = n.id) order by n.id limit $2",
                std::move(after), most);
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    std::vector<std::string> ids;
    for (int row = 0; row < rows->size(); ++row) ids.push_back(rows->string(row, 0));
    co_return ids;
}

}  // namespace dcs::deepcura
