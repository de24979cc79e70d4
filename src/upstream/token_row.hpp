#pragma once
// TokenRow: the grant as table `oauth_tokens` keeps it, opened and sealed on the way.

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
};

/// dead_reason of a row that does not open with our key.
inline constexpr std::string_view unreadable = "stored tokens do not open with this key";

class TokenVault {
public:
    /// pre: `key` has 32 bytes.
    explicit TokenVault(std::string key) : key_{std::move(key)} {}

    Async<Result<TokenRow>> read(pg::Pool& pool) const;
    /// Locks the row until the transaction ends; waits for it at most `limit`.
    Async<Result<TokenRow>> lock(pg::Transaction& transaction, std::chrono::milliseconds limit) const;
    /// False: the row's version is no longer `expected`, nothing was written.
    Async<Result<bool>> write(pg::Transaction& transaction, const TokenRow& row, std::int64_t expected) const;

private:
    TokenRow opened(const pg::Rows& rows) const;

    std::string key_;
};

}  // namespace dcs::upstream
