#pragma once
// Contradiction: whether what was answered for a record, without its key, is another record's.
//
// Source     fact sheet section 8: the item of a clinical note may come without `appointment`, by which it is asked for.

#include "base/document.hpp"
#include "pg/statement.hpp"
#include "resources/resource.hpp"

#include <optional>
#include <string>

namespace dcs::store {

/// Rows: the item's id or patient is not that of the record that is stored under `key`, or of its appointment. nullopt: the item
/// has its key, which says all.
std::optional<pg::Statement> contradiction(const Resource& resource, const std::string& key, const Document& item);

}  // namespace dcs::store
