#include "store/check_item.hpp"

#include "resources/item_check.hpp"

#include <fmt/format.h>

namespace dcs::store {

namespace {

/// Rows: the item's id or patient is not that of the record that is stored under `key`, or of its appointment.
pg::Statement contradiction(const Resource& resource, const std::string& key, const Document& item) {
    const auto id_at = [&](std::string_view name) {
        const auto* member = item.find(name);
        return member == nullptr ? std::string{} : member->as_id();
    };
    return pg::sql(
        fmt::format("select from {} where {} = $1 and ((drchrono_id::text <> $2 and $2 <> '')"
                    " or (drchrono_patient_id::text <> $3 and $3 <> '')) "
                    "union all select from appointments where drchrono_id = $1 and drchrono_patient_id::text <> $3"
                    " and $3 <> ''",
                    resource.table, resource.key_column),
        key, id_at("id"), id_at("patient"));
}

}  // namespace

Async<Result<std::string>> check_item(pg::Pool& pool, const Resource& resource, const Document& item,
                                      std::string asked) {
    auto key = checked_key(resource, item, asked);
    if (!key || item.find(resource.key_field) != nullptr) co_return key;
    auto question = contradiction(resource, *key, item);
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    if (!rows->empty()) co_return Error{Fault::rejected, "the answer is another record"};
    co_return key;
}

}  // namespace dcs::store
