#pragma once
// TokenRow: the grant as table `oauth_tokens` keeps it, opened and sealed on the way.
//
// Keys       the first of a vault's keys seals; all of them open, so that a key can be replaced without losing the grant.

#include "base/clock.hpp"
#include "pg/pool.hpp"

namespace dcs::upstream {

struct TokenRow {
    std::string access_token{};
    std::string refresh_token{};
    std::optional<Time> expires_at{};
    std::string scope{};
    std::int64_t version = 0;  // 0: no tokens were ever stored
    std::string seeded_from{};
    std::optional<Time> refreshed_at{};
    std::string dead_reason{};
    std::optional<Time> updated_at{};
    bool after_refusal = false;  // what it holds replaces tokens that were new and were refused
    bool old_key = false;        // it took another key than the one that seals
};

/// dead_reason of a row that opens with none of our keys. It stands in no table: with the right key the row is good.
inline constexpr std::string_view unreadable = "stored tokens do not open with this key";

/// The keys that these secrets stand for, the one that seals first.
std::vector<std::string> token_keys(std::string_view sealing, const std::vector<std::string>& opening);

class TokenVault {
public:
    /// pre: at least one key; each has 32 bytes.
    explicit TokenVault(std::vector<std::string> keys) : keys_{std::move(keys)} {}

    /// From here on `keys` are the keys; those until now still open, the latest eight of all.
    void renew(std::vector<std::string> keys);

    Async<Result<TokenRow>> read(pg::Pool& pool) const;
    /// Locks the row until the transaction ends; waits for it at most `limit`.
    Async<Result<TokenRow>> lock(pg::Transaction& transaction, std::chrono::milliseconds limit) const;
    /// False: the row's version is no longer `expected`, nothing was written.
    Async<Result<bool>> write(pg::Transaction& transaction, const TokenRow& row, std::int64_t expected) const;

private:
    TokenRow opened(const pg::Rows& rows) const;
    /// False: none of the keys opens it.
    bool open(std::string_view sealed, std::string_view context, std::string& into, bool& old_key) const;

    std::vector<std::string> keys_;
};

}  // namespace dcs::upstream
