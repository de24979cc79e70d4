#include "auth/admin_sessions.hpp"

#include "base/encoding.hpp"
#include "base/offload.hpp"
#include "crypto/crypto.hpp"
#include "crypto/password.hpp"

#include <utility>

namespace dcs::auth {

namespace {

constexpr std::size_t id_bytes = 32;
constexpr int write_seen_after = 30;  // seconds: a page full of requests is one write

Error no_database() { return {Fault::unavailable, "the service is starting or stopping"}; }

pg::Param hash_of(std::string_view text) { return pg::Param::bytes(crypto::sha256(text)); }

/// Counts up while one lives.
class Counted {
public:
    explicit Counted(int& count) : count_{count} { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    int& count_;
};

// The block that a further failure brings: nothing below `allowed`, then 2, 4, 8 … seconds.
constexpr auto count_text =
    "insert into admin_failed_sign_ins as f (key_sha256, failures, last_at, blocked_until) "
    "values ($1, 1, now(), now()) on conflict (key_sha256) do update set last_at = now(),"
    " failures = case when f.last_at < now() - interval '1 day' then 1 else f.failures + 1 end,"
    " blocked_until = case when f.last_at < now() - interval '1 day' or f.failures + 1 < $2::int then now() else now() + "
    "   least(interval '1 second' * power(2, least(20, f.failures + 2 - $2::int)), interval '1 second' * $3::int) end "
    "where f.blocked_until <= now() returning 1";

}  // namespace

AdminSessions::AdminSessions(std::function<pg::Pool*()> pool, SessionLimits limits)
    : pool_{std::move(pool)}, limits_{limits}, threads_{std::make_unique<asio::thread_pool>(1)} {}

AdminSessions::~AdminSessions() = default;

Async<Result<>> AdminSessions::count_try(std::string name, std::string address) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    const auto longest = limits_.longest_block.count();
    std::vector<pg::Statement> statements{
        pg::sql("delete from admin_failed_sign_ins where last_at < now() - interval '1 day'"),
        pg::sql(count_text, hash_of("user:" + name), limits_.tries_of_a_name, longest),
        pg::sql(count_text, hash_of("address:" + address), limits_.tries_of_an_address, longest),
        pg::sql("select ceil(extract(epoch from max(blocked_until) - now()))::bigint from admin_failed_sign_ins "
                "where key_sha256 in ($1, $2)",
                hash_of("user:" + name), hash_of("address:" + address))};
    const auto counted = co_await pool->run(std::move(statements));
    if (!counted) co_return counted.error();
    if (!(*counted)[1].empty() && !(*counted)[2].empty()) co_return Result<>{};
    const auto wait = std::max<std::int64_t>(1, counted->back().maybe_integer(0, 0).value_or(1));
    co_return Error{Fault::rate_limited, "too many wrong passwords", std::chrono::seconds{wait}};
}

Async<Result<bool>> AdminSessions::check(std::string name, std::string password) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    auto question = pg::sql("select password_hash from admin_users where name = $1 and disabled_at is null", name);
    const auto rows = co_await pool->run(std::move(question));
    if (!rows) co_return rows.error();
    const auto hash = rows->empty() ? std::string{} : rows->string(0, 0);
    const auto compare = [&] {
        return hash.empty() ? crypto::no_password(password) : crypto::is_password(password, hash);
    };
    const bool right = co_await offload(*threads_, compare);
    co_return right;
}

Async<Result<AdminSession>> AdminSessions::sign_in(std::string name, std::string password, std::string address) {
    if (waiting_ >= limits_.waiting) co_return Error{Fault::unavailable, "too many sign in at once"};
    const Counted counted{waiting_};
    const auto allowed = co_await count_try(name, address);
    if (!allowed) co_return allowed.error();
    const auto right = co_await check(name, std::move(password));
    if (!right) co_return right.error();
    if (!*right) co_return Error{Fault::unauthorized, "wrong name or password"};
    auto* pool = pool_();
    if (!pool) co_return no_database();
    // The address keeps the count of what others tried from there, less this one.
    std::vector<pg::Statement> statements{
        pg::sql("delete from admin_failed_sign_ins where key_sha256 = $1", hash_of("user:" + name)),
        pg::sql("update admin_failed_sign_ins set failures = greatest(0, failures - 1) where key_sha256 = $1",
                hash_of("address:" + address))};
    const auto forgotten = co_await pool->run(std::move(statements));
    if (!forgotten) co_return forgotten.error();
    auto beginning = begin(std::move(name), "password");
    auto session = co_await std::move(beginning);
    co_return session;
}

Async<Result<AdminSession>> AdminSessions::sign_in_by_email(std::string email) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    auto question = pg::sql("select name from admin_users where email = $1 and disabled_at is null", email);
    const auto rows = co_await pool->run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Error{Fault::forbidden, "no user has this address"};
    auto beginning = begin(rows->string(0, 0), "iap");
    auto session = co_await std::move(beginning);
    co_return session;
}

Async<Result<AdminSession>> AdminSessions::begin(std::string user, std::string via) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    auto id = to_base64url(crypto::random_bytes(id_bytes));
    std::vector<pg::Statement> statements{
        pg::sql(
            "delete from admin_sessions where expires_at <= now() or last_seen_at <= now() - interval '1 second' * $1::int",
            limits_.idle.count()),
        pg::sql("insert into admin_sessions (id_sha256, user_name, via, expires_at) "
                "values ($1, $2, $3, now() + interval '1 second' * $4::int)",
                hash_of(id), user, via, limits_.whole.count())};
    const auto done = co_await pool->run(std::move(statements));
    if (!done) co_return done.error();
    auto session = co_await find(std::move(id), false);
    co_return session;
}

Async<Result<AdminSession>> AdminSessions::find(std::string id, bool used) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    auto question = pg::sql(
        "select u.name, s.via, coalesce(u.email, ''), array_to_string(u.roles, ','),"
        " to_char(s.expires_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
        " to_char(least(s.expires_at, case when $3 then now() else s.last_seen_at end + interval '1 second' * $2::int)"
        "         at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
        " s.last_seen_at < now() - interval '1 second' * $4::int "
        "from admin_sessions s join admin_users u on u.name = s.user_name "
        "where s.id_sha256 = $1 and s.expires_at > now() and s.last_seen_at > now() - interval '1 second' * $2::int"
        " and u.disabled_at is null",
        hash_of(id), limits_.idle.count(), used, write_seen_after);
    const auto rows = co_await pool->run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Error{Fault::unauthorized, "no such session"};
    AdminSession session{.id = std::move(id),
                         .user = rows->string(0, 0),
                         .via = rows->string(0, 1),
                         .email = rows->string(0, 2),
                         .roles = roles_of(rows->string(0, 3)).value_or(Roles{}),
                         .idle_expires_at = rows->string(0, 5),
                         .expires_at = rows->string(0, 4)};
    if (used && rows->boolean(0, 6)) {
        auto touch =
            pg::sql("update admin_sessions set last_seen_at = now() where id_sha256 = $1", hash_of(session.id));
        const auto touched = co_await pool->run(std::move(touch));
        if (!touched) co_return touched.error();
    }
    co_return session;
}

Async<Result<>> AdminSessions::sign_out(std::string id) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    auto statement = pg::sql("delete from admin_sessions where id_sha256 = $1", hash_of(id));
    const auto done = co_await pool->run(std::move(statement));
    if (!done) co_return done.error();
    co_return Result<>{};
}

std::string csrf_token(std::string_view session_id) {
    return to_base64url(crypto::hmac_sha256(session_id, "csrf token of the admin page"));
}

}  // namespace dcs::auth
