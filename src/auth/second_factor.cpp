#include "auth/second_factor.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "crypto/totp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dcs::auth {

namespace {

constexpr std::size_t key_bytes = 20;  // RFC 4226 section 4, R6
constexpr std::size_t recovery_codes = 10;
constexpr std::size_t recovery_bytes = 10;
constexpr std::int64_t offer_lives = 600;  // seconds
constexpr std::int64_t drift = 1;          // steps; RFC 6238 section 5.2

std::string context_of(std::string_view user) { return "second factor of " + std::string{user}; }

/// As it is typed: without blanks and hyphens, in capitals.
std::string typed(std::string_view code) {
    std::string plain;
    for (const char letter : code.substr(0, 64))
        if (letter != ' ' && letter != '-')
            plain += letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    return plain;
}

struct Opened {
    std::string key;
    bool by_an_older_key = false;
};
std::optional<Opened> opened(std::string_view sealed, std::string_view user, const SecondFactorKeys& keys) {
    for (std::size_t at = 0; at < keys.size(); ++at)
        if (auto plain = crypto::open(keys[at], sealed, context_of(user))) return Opened{std::move(*plain), at > 0};
    return std::nullopt;
}

/// The step whose code it is, the present one or a neighbor; nullopt: of none that may still be taken.
std::optional<std::int64_t> step_of(std::string_view key, std::string_view code, std::int64_t now, std::int64_t last) {
    const auto present = now / crypto::totp_seconds;
    std::optional<std::int64_t> found;
    for (auto step = present - drift; step <= present + drift; ++step)
        if (crypto::same_secret(crypto::totp_code(key, step), code) && step > last) found = step;
    return found;
}

std::string uri_of(std::string_view user, std::string_view key) {
    return fmt::format("otpauth://totp/drchrono-sync:{0}?secret={1}&issuer=drchrono-sync", user, key);
}

std::string offer_context(std::string_view user, std::string_view session) {
    return "offered second factor of " + std::string{user} + " in " + to_hex(crypto::sha256(session));
}

Error no_offer() { return {Fault::bad_input, "no offer of this session, or one that is too old"}; }

/// Ten of them; their hashes go into `hashes`.
std::vector<std::string> new_recovery_codes(pg::ArrayBuilder& hashes) {
    std::vector<std::string> codes;
    for (std::size_t number = 0; number < recovery_codes; ++number) {
        auto code = crypto::to_base32(crypto::random_bytes(recovery_bytes));
        hashes.add(to_hex(crypto::sha256(code)));
        for (std::size_t at = 4; at < code.size(); at += 5) code.insert(at, "-");
        codes.push_back(std::move(code));
    }
    return codes;
}

/// `step`: of the last code that was taken. `on_conflict`: what is done to the one that the user has.
NewSecondFactor new_factor(std::string_view user, const std::string& key, std::int64_t step,
                           const SecondFactorKeys& keys, std::string_view on_conflict) {
    NewSecondFactor made{.key = crypto::to_base32(key), .uri = {}, .recovery = {}, .store = {}};
    made.uri = uri_of(user, made.key);
    pg::ArrayBuilder hashes;
    made.recovery = new_recovery_codes(hashes);
    made.store = pg::sql(
        fmt::format(
            "insert into admin_second_factors (user_name, sealed_key, last_step, recovery) select u.name, $2, $4, "
            "array(select decode(h, 'hex') from unnest($3::text[]) as h) from admin_users u where u.name = $1 "
            "on conflict (user_name) do {}",
            on_conflict),
        user, pg::Param::bytes(crypto::seal(keys.front(), key, context_of(user))), std::move(hashes).take(), step);
    return made;
}

}  // namespace

bool needs_second_factor(SecondFactorFor setting, const Roles& roles) {
    if (setting == SecondFactorFor::all) return true;
    return setting == SecondFactorFor::clinical && (allows(roles, Need::reads_phi) || roles.emergency);
}

SecondFactorKeys second_factor_keys(const std::vector<std::string>& secrets) {
    SecondFactorKeys keys;
    for (const auto& secret : secrets)
        if (!secret.empty()) keys.push_back(crypto::derive_key(secret, "second factors of the admin page"));
    return keys;
}

NewSecondFactor make_second_factor(std::string_view user, const SecondFactorKeys& keys) {
    return new_factor(
        user, crypto::random_bytes(key_bytes), 0, keys,
        "update set sealed_key = excluded.sealed_key, recovery = excluded.recovery, last_step = excluded.last_step, "
        "created_at = now(), used_at = null");
}

OfferedSecondFactor offer_second_factor(std::string_view user, std::string_view session, const SecondFactorKeys& keys,
                                        std::int64_t now) {
    const auto key = crypto::random_bytes(key_bytes);
    OfferedSecondFactor offer{.key = crypto::to_base32(key), .uri = {}, .ticket = {}};
    offer.uri = uri_of(user, offer.key);
    const auto plain = key + std::to_string(now + offer_lives);
    offer.ticket = to_base64url(crypto::seal(keys.front(), plain, offer_context(user, session)));
    return offer;
}

Result<NewSecondFactor> accept_second_factor(std::string_view user, std::string_view session, std::string_view ticket,
                                             std::string_view code, const SecondFactorKeys& keys, std::int64_t now) {
    const auto sealed = from_base64url(ticket);
    if (!sealed) return no_offer();
    const auto plain = crypto::open(keys.front(), *sealed, offer_context(user, session));
    if (!plain || plain->size() <= key_bytes) return no_offer();
    std::int64_t until = 0;
    std::from_chars(plain->data() + key_bytes, plain->data() + plain->size(), until);
    if (now >= until) return no_offer();
    const auto key = plain->substr(0, key_bytes);
    const auto step = step_of(key, typed(code), now, 0);
    if (!step) return Error{Fault::unauthorized, "the code is not the key's"};
    return new_factor(user, key, *step, keys, "nothing");
}

pg::Statement remove_second_factor(std::string_view user) {
    return pg::sql("delete from admin_second_factors where user_name = $1", user);
}

Async<Result<SecondFactorAnswer>> check_second_factor(pg::Pool& pool, std::string user, std::string code,
                                                      SecondFactorKeys keys, std::int64_t now) {
    auto question = pg::sql("select sealed_key, last_step from admin_second_factors where user_name = $1", user);
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return SecondFactorAnswer::not_enrolled;
    if (code.empty()) co_return SecondFactorAnswer::code_missing;
    const auto plain = typed(code);
    constexpr std::size_t digits = 6;
    pg::Statement taking;
    if (plain.size() == digits && plain.find_first_not_of("0123456789") == std::string::npos) {
        const auto key = opened(rows->bytes(0, 0), user, keys);
        if (!key) co_return Error{Fault::bug, "the stored second factor does not open with TOKEN_KEY"};
        const auto step = step_of(key->key, plain, now, rows->integer(0, 1));
        if (!step) co_return SecondFactorAnswer::wrong;
        // Two at once with one code: one of them takes it.
        // What an older key opened is sealed anew, as the stored tokens are.
        const auto sealed =
            key->by_an_older_key ? crypto::seal(keys.front(), key->key, context_of(user)) : std::string{};
        taking = pg::sql("update admin_second_factors set last_step = $2, used_at = now(), "
                         "sealed_key = coalesce(nullif($3::bytea, ''::bytea), sealed_key) "
                         "where user_name = $1 and last_step < $2",
                         user, *step, pg::Param::bytes(sealed));
    } else {
        taking =
            pg::sql("update admin_second_factors set recovery = array_remove(recovery, $2::bytea), used_at = now() "
                    "where user_name = $1 and $2::bytea = any (recovery)",
                    user, pg::Param::bytes(crypto::sha256(plain)));
    }
    pg::Author author{"admin:" + user, "second factor"};
    auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
    if (!transaction) co_return transaction.error();
    const auto taken = co_await transaction->run(std::move(taking));
    if (!taken) co_return taken.error();
    if (const auto committed = co_await transaction->commit(); !committed) co_return committed.error();
    co_return taken->affected() == 1 ? SecondFactorAnswer::right : SecondFactorAnswer::wrong;
}

}  // namespace dcs::auth
