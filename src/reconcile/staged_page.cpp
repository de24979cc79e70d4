#include "reconcile/staged_page.hpp"

namespace dcs::reconcile {

namespace {

constexpr std::size_t part_bytes = 512 * 1024;

/// Items from `at` on, which moves behind them, with commas between them.
std::string next_part(const JsonList& items, std::size_t& at) {
    std::string part;
    for (; at < items.size() && part.size() < part_bytes; ++at) {
        if (!part.empty()) part += ',';
        part += items[at];
    }
    return part;
}

}  // namespace

Async<Result<>> stage_page(const Fenced& fenced, const std::string& run_id, const std::string& position,
                           const upstream::Page& page) {
    pg::Author author{"drchrono-sync", {}};
    auto beginning = fenced.begin(std::move(author));
    auto transaction = co_await std::move(beginning);
    if (!transaction) co_return transaction.error();
    int parts = 0;
    const auto age = std::chrono::steady_clock::now() - page.asked;
    std::vector<pg::Statement> statements{
        forget_page(run_id),
        pg::sql("insert into sync_pages (run_id, position, items, next, count, pages, parts, asked_at) "
                "values ($1, $2, '', $3, $4, $5, 0, clock_timestamp() - $6::bigint * interval '1 microsecond')",
                run_id, position, page.next, page.count, page.pages,
                std::chrono::duration_cast<std::chrono::microseconds>(age).count())};
    auto done = co_await transaction->run(std::move(statements));
    for (std::size_t at = 0; done && at < page.items.size(); ++parts) {
        std::vector<pg::Statement> part{pg::sql("insert into sync_page_parts (run_id, part, items) values ($1, $2, $3)",
                                                run_id, parts, pg::Param::bytes(next_part(page.items, at)))};
        done = co_await transaction->run(std::move(part));
    }
    if (!done) co_return done.error();
    std::vector<pg::Statement> last{pg::sql("update sync_pages set parts = $2 where run_id = $1", run_id, parts)};
    done = co_await transaction->run(std::move(last));
    if (!done) co_return done.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    co_return Result<>{};
}

pg::Statement forget_page(const std::string& run_id) {
    return pg::sql("delete from sync_pages where run_id = $1::uuid", run_id);
}

Async<Result<std::optional<StagedPage>>> staged_page(pg::Pool& pool, std::string run_id, std::string position,
                                                     std::chrono::milliseconds oldest) {
    auto question = pg::sql("select next, count, pages, parts, "
                            "to_char(asked_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), "
                            "(extract(epoch from clock_timestamp() - asked_at) * 1000000)::bigint from sync_pages "
                            "where run_id = $1::uuid and position = $2 and parts is not null "
                            "and asked_at > clock_timestamp() - $3::bigint * interval '1 millisecond'",
                            run_id, position, oldest.count());
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::nullopt;
    std::string text = R"({"results":[)";
    for (int part = 0; part < rows->integer(0, 3); ++part) {
        auto wanted = pg::sql("select items from sync_page_parts where run_id = $1::uuid and part = $2", run_id, part);
        const auto found = co_await pool.run(std::move(wanted));
        if (!found) co_return found.error();
        if (found->empty()) co_return std::nullopt;
        if (part > 0) text += ',';
        text += found->bytes(0, 0);
    }
    text += "]}";
    auto items = JsonList::split(std::move(text), {"results"});
    if (!items) co_return std::nullopt;
    const auto asked = parse_iso8601(rows->string(0, 4));
    if (!asked) co_return std::nullopt;
    StagedPage staged{.page = {.items = std::move(*items)}, .asked = *asked};
    staged.page.next = rows->string(0, 0);
    staged.page.count = rows->maybe_integer(0, 1);
    staged.page.pages = static_cast<int>(rows->integer(0, 2));
    staged.page.asked = std::chrono::steady_clock::now() - std::chrono::microseconds{rows->integer(0, 5)};
    co_return staged;
}

}  // namespace dcs::reconcile
