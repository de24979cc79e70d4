#include "pg/as_uuid.hpp"

#include <fmt/format.h>

namespace dcs::pg {

std::string as_uuid(std::string_view parameter) {
    return fmt::format(
        "(case when {0}::text ~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' then {0}::text::uuid end)",
        parameter);
}

}  // namespace dcs::pg
