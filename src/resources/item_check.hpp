#pragma once
// ItemCheck: whether what DrChrono answered to a request for one record is that record.
//
// Why        an error body, a list or another record under status 200 must never become a record's state: a complete view
//            without members would empty every column.
// Source     fact sheet sections 7 and 8. The item of a clinical note may come without `appointment`, its key.

#include "base/error.hpp"
#include "resources/resource.hpp"

#include <string>
#include <string_view>

namespace dcs {

/// The key of `item`, which is the one that was asked for. rejected: it is no object, it has no key or another record's, or it
/// shows nothing besides. The item of a clinical note may lack its key where it has what every note has, its patient and its
/// list of sections: whether it is the note that was asked for, store::check_item() tells.
Result<std::string> checked_key(const Resource& resource, const Document& item, std::string_view asked);

/// Whether it has a member of the record, beside its key and its clock, that is not null: an object that has none says nothing
/// of the record. pre: `item` is an object.
bool shows_a_member(const Resource& resource, const Document& item);

}  // namespace dcs
