#include "reconcile/staged_page.hpp"

namespace dcs::reconcile {

pg::Statement stage_page(const std::string& run_id, const std::string& position, const upstream::Page& page) {
    std::string items = "[";
    for (const auto& item : page.items) {
        if (items.size() > 1) items += ',';
        items += item.text();
    }
    items += ']';
    return pg::sql(
        "insert into sync_pages (run_id, position, items, bytes, next, count, pages) values ($1, $2, $3, $4, $5, $6, $7) "
        "on conflict (run_id) do update set position = excluded.position, items = excluded.items, "
        "bytes = excluded.bytes, next = excluded.next, count = excluded.count, pages = excluded.pages",
        run_id, position, std::move(items), page.bytes.empty() ? pg::Param{std::nullopt} : pg::Param::bytes(page.bytes),
        page.next, page.count, page.pages);
}

pg::Statement forget_page(const std::string& run_id) {
    return pg::sql("delete from sync_pages where run_id = $1::uuid", run_id);
}

Async<Result<std::optional<upstream::Page>>> staged_page(pg::Pool& pool, std::string run_id, std::string position) {
    auto question = pg::sql("select items, bytes, next, count, pages from sync_pages "
                            "where run_id = $1::uuid and position = $2",
                            run_id, position);
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::nullopt;
    auto items = Document::parse(*rows->text(0, 0));
    if (!items) co_return std::nullopt;
    upstream::Page page{.items = items->value.items()};
    page.bytes = rows->bytes(0, 1);
    page.next = rows->string(0, 2);
    page.count = rows->maybe_integer(0, 3);
    page.pages = static_cast<int>(rows->integer(0, 4));
    co_return page;
}

}  // namespace dcs::reconcile
