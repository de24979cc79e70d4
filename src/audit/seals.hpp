#pragma once
// Seals: change_log and access_log hashed in batches into one chain (table audit_seals), each link confirmed by a key that is not
// in the database.
//
// Promise    seal() covers every row that was committed before it began. It waits for transactions under way then, and
//            nobody waits for it.
// Keys       seals of before there were keys, or whose key the program does not have, are taken over as they are; the seal that
//            does so says it, and audit::verify tells.
// Anchor     who owns the database can take seals away from the end of the chain: the last hash, kept elsewhere, tells. The
//            sealer logs number and hash of each seal, and gives them to whoever keeps anchors.
// Errors     unavailable: no database, or a transaction under way for too long; the next try seals.
// Threads    the executor's single thread.

#include "audit/seal_key.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

#include <functional>
#include <optional>
#include <string>

namespace dcs::audit {

/// How many rows were sealed.
Async<Result<std::int64_t>> seal(pg::Pool& pool, SealKeys keys);

/// The end of the chain.
struct Head {
    std::int64_t seal = 0;
    std::string hash{};  // hex
    std::string at{};    // ISO 8601
};

/// Seals again and again beside the service.
class Sealer {
public:
    struct Settings {
        std::function<SealKeys()> keys;
        std::function<Async<bool>(Head)> keep{};  // false: the same end, or a later one, is given again
        std::chrono::milliseconds pause = std::chrono::minutes{1};
    };
    Sealer(asio::any_io_executor executor, pg::Pool& pool, Settings settings);

    void start(Tasks& tasks);
    void stop();

private:
    Async<> loop();
    Async<> tell_head();
    Async<> keep_head();

    pg::Pool& pool_;
    Settings settings_;
    Wake wake_;
    std::optional<Head> to_keep_{};
    bool stopping_ = false;
};

}  // namespace dcs::audit
