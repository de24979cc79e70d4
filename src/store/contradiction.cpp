#include "store/contradiction.hpp"

#include <fmt/format.h>

namespace dcs::store {

std::optional<pg::Statement> contradiction(const Resource& resource, const std::string& key, const Document& item) {
    if (item.find(resource.key_field) != nullptr) return std::nullopt;
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

}  // namespace dcs::store
