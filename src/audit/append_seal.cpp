#include "audit/append_seal.hpp"

#include "audit/sealed_rows.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>

namespace dcs::audit {

namespace {

constexpr std::string_view lock_sql = "select pg_advisory_xact_lock(x'7365616c'::int)";
constexpr std::string_view end_sql =
    "select s.number, s.hash, s.key_id, s.mac, case when early then now else greatest(s.sealed_at, now) end::text, early,"
    " s.previous, s.digests, {}"
    " from (select *, sealed_at operator(pg_catalog.>) (now operator(pg_catalog.+) interval '1 minute') as early"
    "       from (select *, pg_catalog.clock_timestamp() as now from audit_seals order by number desc limit 1) last) s";
constexpr std::string_view content_sql =
    "select {} from (select $1::bigint as number, $2::text as log, $3::text as kind, $4::text as part,"
    " $5::bigint as after_seq, $6::bigint as upto_seq, $7::timestamptz as newest, $8::bigint[] as seqs,"
    " $9::timestamptz as sealed_at, $10::text as key_id, $11::boolean as takes_over) s";
constexpr std::string_view insert_sql =
    "insert into audit_seals (number, log, kind, part, after_seq, upto_seq, newest, seqs, sealed_at, key_id, takes_over,"
    " digests, previous, hash, mac) "
    "values ($1, $2, $3, $4, $5, $6, $7, $8::bigint[], $9, $10, $11, $12, $13, $14, $15)";

pg::Statement select_end() { return {fmt::format(fmt::runtime(end_sql), seal_content_sql()), {}}; }

/// pre: there is a last seal.
void read_end(const pg::Rows& last, const SealKeys& keys, ChainEnd& end) {
    end.number = last.integer(0, 0);
    end.hash = last.bytes(0, 1);
    end.confirmed = seal_hash(last.bytes(0, 6), last.bytes(0, 7), last.string(0, 8)) == end.hash &&
                    is_confirmed(keys, last.string(0, 2), last.bytes(0, 3), end.hash).value_or(false);
}

}  // namespace

std::optional<bool> is_confirmed(const SealKeys& keys, std::string_view key_id, std::string_view mac,
                                 std::string_view hash) {
    const auto* key = find_key(keys, key_id);
    if (key == nullptr) return std::nullopt;
    return crypto::same_secret(crypto::hmac_sha256(key->bytes, hash), mac);
}

Async<Result<ChainEnd>> end_of_chain(pg::Pool& pool, SealKeys keys) {
    std::vector<pg::Statement> statements{fix_formats(), select_end()};
    const auto answers = co_await pool.run(std::move(statements));
    if (!answers) co_return answers.error();
    ChainEnd end;
    if (!answers->back().empty()) read_end(answers->back(), keys, end);
    co_return end;
}

std::string unconfirmed_end(std::int64_t number) {
    return fmt::format(
        "no key of this service confirms the end of the audit chain (seal {}): nothing is sealed behind it; see `drchrono-sync "
        "audit verify`, name an earlier key (TOKEN_KEY_PREVIOUS), or take it over with `drchrono-sync audit take-over`",
        number);
}

Async<Result<ChainEnd>> lock_chain_end(pg::Transaction& transaction, const SealKeys& keys, Behind behind) {
    std::vector<pg::Statement> statements{
        fix_formats(), {std::string{lock_sql}, {}}, {"select pg_catalog.clock_timestamp()::text", {}}, select_end()};
    const auto answers = co_await transaction.run(std::move(statements));
    if (!answers) co_return answers.error();
    ChainEnd end{.next_at = (*answers)[2].string(0, 0)};
    const auto& last = answers->back();
    if (last.empty()) co_return end;
    read_end(last, keys, end);
    end.next_at = last.string(0, 4);
    if (!end.confirmed && behind == Behind::confirmed) co_return Error{Fault::rejected, unconfirmed_end(end.number)};
    if (end.confirmed && last.boolean(0, 5))
        co_return Error{Fault::unavailable, "the database's clock stands before the time of the last seal"};
    co_return end;
}

Async<Result<>> append_seal(pg::Transaction& transaction, const SealKeys& keys, ChainEnd end, NewSeal seal) {
    if (keys.empty()) co_return Error{Fault::bug, "no key confirms seals"};
    const auto& key = keys.front();
    std::vector<pg::Param> values{end.number + 1, seal.log,  seal.kind,     seal.part,
                                  seal.after,     seal.upto, seal.newest,   pg::bigint_array(seal.seqs),
                                  end.next_at,    key.id,    !end.confirmed};
    pg::Statement asking{fmt::format(fmt::runtime(content_sql), seal_content_sql()), values};
    const auto content = co_await transaction.run(std::move(asking));
    if (!content) co_return content.error();
    auto hash = seal_hash(end.hash, seal.digests, content->string(0, 0));
    auto mac = crypto::hmac_sha256(key.bytes, hash);
    for (auto* bytes : {&seal.digests, &end.hash, &hash, &mac}) values.push_back(pg::Param::bytes(std::move(*bytes)));
    pg::Statement inserting{std::string{insert_sql}, std::move(values)};
    const auto inserted = co_await transaction.run(std::move(inserting));
    if (!inserted) co_return inserted.error();
    co_return Result<>{};
}

}  // namespace dcs::audit
