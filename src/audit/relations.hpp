#pragma once
// Relations: whether change_log, access_log and audit_seals, with their partitions, are the plain tables that the migrations made.
//
// Promise    names what may show one reader other rows than another, or keep rows from being written: a relation that is not a
//            table, row security, a rule, a trigger that no migration made, a trigger of ours that is off.
// Limits     reads the catalog as it is now: what was there before and is gone leaves nothing to find.
// Errors     PostgreSQL's.

#include "base/async.hpp"
#include "pg/pool.hpp"

#include <string>
#include <vector>

namespace dcs::audit {

struct Strangeness {
    std::string problem;  // "not a table", "row security", "rule", "foreign trigger", "trigger off"
    std::string where;    // the relation, and the name of the rule or trigger
};
Async<Result<std::vector<Strangeness>>> strange_relations(pg::Pool& pool);

}  // namespace dcs::audit
