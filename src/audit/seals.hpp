#pragma once
// Seals: change_log and access_log hashed in batches into one chain (table audit_seals), and the chain checked.
//
// Promise    seal() covers every row that was committed before it began. It waits for transactions under way then, and
//            nobody waits for it. verify() names the rows that were altered, removed or inserted since they were sealed, and
//            the seals that were: a thousand at most. It computes digests and chain itself and trusts no function of the
//            database. Rows may be missing only where retention has dropped their whole partition, six years old.
// Anchor     whoever may do anything in the database can make a chain anew: the last hash, kept elsewhere, tells. The sealer logs
//            number and hash of each seal.
// Errors     unavailable: no database, or a transaction under way for too long; the next try seals.
// Threads    the executor's single thread.

#include "base/async.hpp"
#include "pg/pool.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dcs::audit {

/// How many rows were sealed.
Async<Result<std::int64_t>> seal(pg::Pool& pool);

struct Finding {
    std::string problem;  // "row altered", "row missing", "row inserted", "seal altered", "seal missing"
    std::string log;      // change_log or access_log; empty: of the chain
    std::int64_t seq;     // of the row, or the seal's number
    std::int64_t seal;    // the seal that tells
};

struct Verification {
    std::int64_t seals = 0;
    std::int64_t rows = 0;      // that they cover, with those dropped since
    std::int64_t unsealed = 0;  // rows behind the last seals
    std::string last_hash{};    // hex; empty: no seal
    bool anchor_found = true;   // whether the given hash is in the chain
    std::vector<Finding> findings{};
};
/// `anchor`: a hash of this chain that was kept elsewhere, in hex; empty: none.
Async<Result<Verification>> verify(pg::Pool& pool, std::string anchor);

/// Seals again and again beside the service.
class Sealer {
public:
    Sealer(asio::any_io_executor executor, pg::Pool& pool, std::chrono::milliseconds pause = std::chrono::minutes{1});

    void start(Tasks& tasks);
    void stop();

private:
    Async<> loop();
    Async<> tell_head();

    pg::Pool& pool_;
    std::chrono::milliseconds pause_;
    Wake wake_;
    bool stopping_ = false;
};

}  // namespace dcs::audit
