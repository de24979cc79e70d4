#pragma once
// WholeId: the id that a person means with its beginning, as the page and other commands show ids.
//
// Takes      a whole id, or at least its first 8 hexadecimal digits, with or without the dashes, in either case.
// Errors     not_found: there is none that begins so, or what was given is too short; conflict: several begin so, and the detail
//            names them. PostgreSQL's.

#include "pg/pool.hpp"

#include <string>
#include <vector>

namespace dcs::cli {

enum class IdOf { delivery, event, note };

/// "delivery", as messages say it.
std::string_view name_of(IdOf kind) noexcept;

/// A whole id is returned as it is, whether or not there is such a thing.
Async<Result<std::string>> whole_id(pg::Transaction& transaction, IdOf kind, std::string given);
Async<Result<std::string>> whole_id(pg::Pool& pool, IdOf kind, std::string given);

/// All of them, each once, or the error of the first that is none.
Async<Result<std::vector<std::string>>> whole_ids(pg::Pool& pool, IdOf kind, std::vector<std::string> given);

}  // namespace dcs::cli
