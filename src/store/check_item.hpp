#pragma once
// CheckItem: whether what DrChrono answered to a request for one record is that record, judged with what is stored.
//
// Source     fact sheet section 8: the item of a clinical note may come without `appointment`, by which it is asked for. Such an
//            item must not name another note or another patient than the stored note, or than its appointment.

#include "base/async.hpp"
#include "base/document.hpp"
#include "pg/pool.hpp"
#include "resources/resource.hpp"

#include <string>

namespace dcs::store {

/// The key of `item`. rejected: it is not the record that was asked for (resources/item_check.hpp), or contradicts what is stored of
/// it. Else PostgreSQL's errors. pre: `item` outlives the call.
Async<Result<std::string>> check_item(pg::Pool& pool, const Resource& resource, const Document& item,
                                      std::string asked);

}  // namespace dcs::store
