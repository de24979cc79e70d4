#include "upstream/token_row.hpp"

#include "crypto/crypto.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::upstream {

namespace {

constexpr std::string_view access_context = "oauth_tokens/drchrono/access";
constexpr std::string_view refresh_context = "oauth_tokens/drchrono/refresh";

constexpr std::string_view select_row = R"(
    select access_token, refresh_token, scope, version, seeded_from, dead_reason,
           to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           to_char(refreshed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), after_refusal
    from oauth_tokens where provider = 'drchrono')";

std::optional<Time> time_of(const pg::Rows& rows, int column) {
    const auto text = rows.text(0, column);
    return text ? parse_iso8601(*text) : std::nullopt;
}

std::optional<std::string> text_of(const std::optional<Time>& time) {
    return time ? std::optional{iso8601(*time)} : std::nullopt;
}

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

pg::Param bytes_or_null(std::string bytes) {
    return bytes.empty() ? pg::Param{std::nullopt} : pg::Param::bytes(std::move(bytes));
}

constexpr std::size_t most_keys = 8;

}  // namespace

std::vector<std::string> token_keys(std::string_view sealing, const std::vector<std::string>& opening) {
    constexpr std::string_view purpose = "oauth_tokens";
    std::vector<std::string> keys{crypto::derive_key(sealing, purpose)};
    for (const auto& secret : opening) keys.push_back(crypto::derive_key(secret, purpose));
    return keys;
}

void TokenVault::renew(std::vector<std::string> keys) {
    for (auto& old : keys_)
        if (std::ranges::find(keys, old) == keys.end() && keys.size() < most_keys) keys.push_back(std::move(old));
    keys_ = std::move(keys);
}

bool TokenVault::open(std::string_view sealed, std::string_view context, std::string& into, bool& old_key) const {
    for (const auto& key : keys_) {
        auto plain = crypto::open(key, sealed, context);
        if (!plain) continue;
        into = std::move(*plain);
        old_key = old_key || &key != &keys_.front();
        return true;
    }
    return false;
}

TokenRow TokenVault::opened(const pg::Rows& rows) const {
    if (rows.empty()) return {};
    TokenRow row;
    row.scope = rows.string(0, 2);
    row.version = rows.integer(0, 3);
    row.seeded_from = rows.bytes(0, 4);
    row.dead_reason = rows.string(0, 5);
    row.expires_at = time_of(rows, 6);
    row.refreshed_at = time_of(rows, 7);
    row.updated_at = time_of(rows, 8);
    row.after_refusal = rows.boolean(0, 9);
    const auto open_into = [&](int column, std::string_view context, std::string& into) {
        if (rows.null(0, column)) return;
        if (!open(rows.bytes(0, column), context, into, row.old_key)) row.dead_reason = unreadable;
    };
    open_into(0, access_context, row.access_token);
    open_into(1, refresh_context, row.refresh_token);
    return row;
}

Async<Result<TokenRow>> TokenVault::read(pg::Pool& pool) const {
    auto statement = pg::sql(std::string{select_row});
    const auto rows = co_await pool.run(std::move(statement));
    if (!rows) co_return rows.error();
    co_return opened(*rows);
}

Async<Result<TokenRow>> TokenVault::lock(pg::Transaction& transaction, std::chrono::milliseconds limit) const {
    std::vector<pg::Statement> statements;
    statements.push_back(pg::sql("select set_config('lock_timeout', $1, true)", fmt::format("{}ms", limit.count())));
    statements.push_back(pg::sql("insert into oauth_tokens (provider) values ('drchrono') on conflict do nothing"));
    statements.push_back(pg::sql(std::string{select_row} + " for update"));
    const auto results = co_await transaction.run(std::move(statements));
    if (!results) co_return results.error();
    co_return opened(results->back());
}

Async<Result<bool>> TokenVault::write(pg::Transaction& transaction, const TokenRow& row, std::int64_t expected) const {
    const auto sealed = [&](const std::string& plain, std::string_view context) {
        return bytes_or_null(plain.empty() ? std::string{} : crypto::seal(keys_.front(), plain, context));
    };
    auto statement = pg::sql(
        "update oauth_tokens set access_token = $1, refresh_token = $2, expires_at = $3::timestamptz, scope = $4, "
        "version = $5::bigint, seeded_from = $6, refreshed_at = $7::timestamptz, dead_reason = $8, "
        "updated_at = coalesce($9::timestamptz, now()), after_refusal = $11::boolean "
        "where provider = 'drchrono' and version = $10::bigint",
        sealed(row.access_token, access_context), sealed(row.refresh_token, refresh_context), text_of(row.expires_at),
        row.scope, row.version, bytes_or_null(row.seeded_from), text_of(row.refreshed_at),
        unless_empty(row.dead_reason), text_of(row.updated_at), expected, row.after_refusal);
    const auto written = co_await transaction.run(std::move(statement));
    if (!written) co_return written.error();
    co_return written->affected() == 1;
}

}  // namespace dcs::upstream
