#pragma once
// Seals: change_log and access_log hashed in batches into one chain (table audit_seals), each link confirmed by a key that is not
// in the database.
//
// Promise    seal() covers every row that was committed before it began. It waits for transactions under way then, and
//            nobody waits for it.
// Keys       where no key of ours confirms the end of the chain, nothing is sealed until a person takes the chain over
//            (take_over()); the seal that does so says it, and audit::verify tells it for ever.
// Anchor     who owns the database can take seals away from the end of the chain: the last hash, kept elsewhere, tells. The
//            sealer logs number and hash of each seal, and gives them to whoever keeps anchors.
// Errors     unavailable: no database, or a transaction under way for too long; the next try seals. rejected: no key of ours
//            confirms the end of the chain.
// Threads    the executor's single thread.

#include "audit/access_log.hpp"
#include "audit/seal_key.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

#include <functional>
#include <optional>
#include <string>

namespace dcs::audit {

/// How many rows were sealed.
Async<Result<std::int64_t>> seal(pg::Pool& pool, SealKeys keys);

/// Seals behind an end that no key of ours confirms, as `access` wants it, who is written down with the seal's number: that number.
/// conflict: a key of ours confirms the end.
Async<Result<std::int64_t>> take_over(pg::Pool& pool, SealKeys keys, Access access);

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
    /// No key of ours confirms the end of the chain: nothing is sealed until a person takes it over.
    bool refuses() const noexcept { return refuses_; }

private:
    Async<> loop();
    Async<> tell_head();
    Async<> keep_head();

    pg::Pool& pool_;
    Settings settings_;
    Wake wake_;
    std::optional<Head> to_keep_{};
    bool refuses_ = false;
    bool stopping_ = false;
};

}  // namespace dcs::audit
