#pragma once
// AsUuid: ids that come as text from outside, compared by their type, so that an index serves the comparison.

#include <string>
#include <string_view>

namespace dcs::pg {

/// SQL: the value of `parameter` ("$1") as a uuid; NULL where it is none, so that no row has it.
std::string as_uuid(std::string_view parameter);

}  // namespace dcs::pg
