#pragma once
// DemoReport: what the demo shows of the database: counts as they grow, then the rows, then whether all arrived.

#include "pg/pool.hpp"

#include <string>
#include <vector>

namespace dcs::cli {

struct DemoCounts {
    std::int64_t deliveries = 0;  // distinct ones in the inbox
    std::int64_t unfinished = 0;  // of them, fetches they asked for, and links to be judged anew
    std::int64_t dead = 0;
    std::int64_t records = 0;
    std::int64_t changes = 0;
    std::int64_t unpublished = 0;
    std::int64_t lag_ms = 0;  // from a delivery's arrival to its end, the median
};

class DemoReport {
public:
    explicit DemoReport(pg::Pool& pool) : pool_{pool} {}

    Async<Result<DemoCounts>> counts();
    /// Tables of text: a few rows each of the mirror, of change_log and of sync_log.
    Async<Result<std::string>> rows();
    /// What is missing of "every delivery became a record, an audit row and an event": one line each; empty: nothing.
    Async<Result<std::vector<std::string>>> missing(bool published);

private:
    pg::Pool& pool_;
};

}  // namespace dcs::cli
