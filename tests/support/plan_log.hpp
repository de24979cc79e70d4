#pragma once
// PlanLog: the plans that PostgreSQL chose for every statement over a test database, those inside of triggers and functions included,
// and what in them would not bear a large clinic.
//
// Promise    While it is on, a sequential scan costs more than any index (enable_seqscan = off): one that is chosen all the same
//            means that no index can serve the statement. PostgreSQL is told that each page holds a million rows, so that it chooses
//            between indexes, and how it joins, as in a large clinic.
// Limits     What a test asks by TestDatabase is left out. It sees what the tests run. A statement that an index serves badly (a filter that hardly narrows) is not seen.
// Source     auto_explain, which comes with PostgreSQL.

#include "support/test_database.hpp"

#include <cstdint>
#include <string>

namespace dcs::test {

class PlanLog {
public:
    /// For connections to `database` that are opened from now on.
    explicit PlanLog(const TestDatabase& database);

    struct Verdict {
        std::size_t statements = 0;  // different ones that were seen
        /// What is wrong, a line for each: "reads all of inbox: select …", "compares each row of changed with each: …". Statements
        /// that are known to read a whole table, and say why (plan_log.cpp), are left out.
        std::string findings{};
    };
    Verdict verdict() const;

private:
    const TestDatabase& database_;
    std::uintmax_t begin_ = 0;
};

}  // namespace dcs::test
