#pragma once
// History: changes as a readable diff, and a record as it was: what is stored now, unwound.

#include "base/document.hpp"

#include <string>
#include <vector>

namespace dcs::admin {

/// One row of change_log, as far as it says what changed. Null documents: NULL.
struct ChangeRow {
    std::string operation;
    Document old_values{};
    Document new_values{};
};

/// [{"field","old","new"}, …] as JSON text, ordered by field; the members of drchrono_raw one by one, as "drchrono_raw.name".
std::string diff_of(const ChangeRow& change);

struct AsOf {
    bool existed = true;
    Document fields{Document::Object{}};
};
/// `now`: the record as stored (null: there is no row any more). `since`: the changes after the moment, the latest first.
AsOf unwound(Document now, const std::vector<ChangeRow>& since);

}  // namespace dcs::admin
