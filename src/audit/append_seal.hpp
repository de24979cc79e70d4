#pragma once
// AppendSeal: one more seal at the end of the chain, by one instance at a time.
//
// Use        lock_chain_end() first, then what the seal tells of, then append_seal(), in one transaction.
// Promise    nothing is sealed behind an end that no key of ours confirms, unless a person takes the chain over.
// Errors     PostgreSQL's; rejected: no key of ours confirms the end; unavailable: the database's clock stands before the last
//            seal's time by more than a minute.

#include "audit/seal_key.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dcs::audit {

struct ChainEnd {
    std::int64_t number = 0;  // of the last seal; 0: there is none
    std::string hash{};       // its bytes
    std::string next_at{};    // the time of the next seal: now, and not before the last, unless that is of the future
    bool confirmed = true;    // the last seal is confirmed by one of the keys, or there is none
};

/// Behind which end of the chain a seal may come.
enum class Behind { confirmed, any };

/// Waits for the seal that another instance is making. pre: the transaction has sent nothing yet.
Async<Result<ChainEnd>> lock_chain_end(pg::Transaction& transaction, const SealKeys& keys,
                                       Behind behind = Behind::confirmed);

struct NewSeal {
    std::string log;
    std::string kind;  // rows, dropped
    std::string part;
    std::int64_t after = 0;
    std::int64_t upto = 0;
    std::optional<std::string> newest{};
    std::vector<std::int64_t> seqs{};
    std::string digests{};
};
/// pre: keys is not empty.
Async<Result<>> append_seal(pg::Transaction& transaction, const SealKeys& keys, ChainEnd end, NewSeal seal);

/// The end as it is, without waiting for anybody; next_at is left empty.
Async<Result<ChainEnd>> end_of_chain(pg::Pool& pool, SealKeys keys);

/// What is wrong with an end that no key of ours confirms, and what to do.
std::string unconfirmed_end(std::int64_t number);

/// Whether `mac` is that of `hash` under the key of this id; nullopt: none of `keys` has it.
std::optional<bool> is_confirmed(const SealKeys& keys, std::string_view key_id, std::string_view mac,
                                 std::string_view hash);

}  // namespace dcs::audit
