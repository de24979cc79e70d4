#include "auth/admin_sessions.hpp"

#include "base/clock.hpp"
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

// The block that a further failure brings: nothing below `allowed`, then 2, 4, 8 … seconds.
constexpr auto count_text =
    "insert into admin_failed_sign_ins as f (key_sha256, failures, last_at, blocked_until, name_sha256, address_sha256) "
    "select $1, 1, now(), now(), $4, $5 where not exists (select from admin_failed_sign_ins b where b.key_sha256 = $6 and"
    " b.blocked_until > now()) on conflict (key_sha256) do update set last_at = now(),"
    " failures = case when f.last_at < now() - interval '1 day' then 1 else f.failures + 1 end,"
    " blocked_until = case when f.last_at < now() - interval '1 day' or f.failures + 1 < $2::int then now() else now() + "
    "   least(interval '1 second' * power(2, least(20, f.failures + 2 - $2::int)), interval '1 second' * $3::int) end "
    "where f.blocked_until <= now() returning 1";
constexpr int tries_of_a_name_besieged = 2;  // from one address, once too many guess at the name from anywhere
constexpr auto device_lives = "180 days";

std::string place_key(const SignIn& wanted) { return "place:" + wanted.name + "\n" + wanted.address; }
std::string device_key(const SignIn& wanted) { return "device:" + wanted.name + "\n" + wanted.device; }

}  // namespace

AdminSessions::AdminSessions(std::function<pg::Pool*()> pool, SessionLimits limits, SecondFactorPolicy second_factor)
    : pool_{std::move(pool)},
      limits_{limits},
      second_factor_{std::move(second_factor)},
      threads_{std::make_unique<asio::thread_pool>(1)},
      queue_{limits.waiting} {}

AdminSessions::~AdminSessions() = default;

/// What became of counting a try.
struct AdminSessions::Try {
    std::optional<std::chrono::seconds> blocked{};       // it is not checked
    std::optional<std::chrono::seconds> address_full{};  // it is checked; a wrong one is told to wait
};

Async<Result<AdminSessions::Device>> AdminSessions::device_of(const SignIn& wanted) {
    if (wanted.device.empty()) co_return Device::unknown;
    auto* pool = pool_();
    if (!pool) co_return no_database();
    auto question = pg::sql("select bool_or(user_name = $2) from admin_devices where device_sha256 = $1"
                            " and last_used_at > now() - $3::interval",
                            hash_of(wanted.device), wanted.name, device_lives);
    const auto rows = co_await pool->run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->null(0, 0)) co_return Device::unknown;
    co_return rows->boolean(0, 0) ? Device::known : Device::of_others;
}

Async<Result<AdminSessions::Try>> AdminSessions::count_try(const SignIn& wanted, bool known_device) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    const auto own = hash_of(known_device ? device_key(wanted) : place_key(wanted));
    const auto name = hash_of(wanted.name);
    const auto address = hash_of(wanted.address);
    const auto count = [&](const pg::Param& key, int allowed) {
        return pg::Statement{count_text, {key, allowed, limits_.longest_block.count(), name, address, own}};
    };
    const auto left = [](const pg::Param& key) {
        return pg::sql("select ceil(extract(epoch from blocked_until - now()))::bigint from admin_failed_sign_ins "
                       "where key_sha256 = $1 and blocked_until > now()",
                       key);
    };
    // Where many guess at a name: who has done so from this address may guess again when he has kept still for a while.
    const auto left_of_name = [&](const pg::Param& key) {
        return pg::sql(
            "select ceil(extract(epoch from least(a.blocked_until, p.last_at + interval '1 second' * $4::int) - now()))::bigint "
            "from admin_failed_sign_ins a join admin_failed_sign_ins p on p.key_sha256 = $2 and p.failures >= $3::int "
            "where a.key_sha256 = $1 and least(a.blocked_until, p.last_at + interval '1 second' * $4::int) > now()",
            key, own, tries_of_a_name_besieged, limits_.longest_block.count());
    };
    // A try that is blocked here counts nowhere: one who guesses in vain uses up nothing of others.
    std::vector<pg::Statement> statements{
        pg::sql("delete from admin_failed_sign_ins where last_at < now() - interval '1 day'"), left(own)};
    if (!known_device) {
        const auto anywhere = hash_of("user:" + wanted.name);
        const auto from_there = hash_of("address:" + wanted.address);
        statements.push_back(left_of_name(anywhere));
        statements.push_back(left(from_there));
        statements.push_back(count(anywhere, limits_.tries_of_a_name_anywhere));
        statements.push_back(count(from_there, limits_.tries_of_an_address));
    }
    statements.push_back(count(own, limits_.tries_of_a_name));
    const auto counted = co_await pool->run(std::move(statements));
    if (!counted) co_return counted.error();
    const auto wait_of = [&](std::size_t at) -> std::optional<std::chrono::seconds> {
        if ((*counted)[at].empty()) return std::nullopt;
        return std::chrono::seconds{std::max<std::int64_t>(1, (*counted)[at].integer(0, 0))};
    };
    constexpr std::size_t own_left = 1, anywhere_left = 2, address_left = 3;
    Try told{.blocked = wait_of(own_left)};
    // Two at once that both found it open: one of them has blocked it.
    if (!told.blocked && counted->back().empty()) told.blocked = std::chrono::seconds{1};
    if (known_device) co_return told;
    if (!told.blocked) told.blocked = wait_of(anywhere_left);
    told.address_full = wait_of(address_left);
    co_return told;
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

/// After the right password. Gives what the browser is to keep: an id of ours, never one that somebody made up.
Async<Result<std::string>> AdminSessions::forget_tries(SignIn wanted, Device known) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    auto device = known == Device::unknown ? to_base64url(crypto::random_bytes(id_bytes)) : wanted.device;
    // Address and name keep the count of what others tried, less this one.
    std::vector<pg::Statement> statements{
        pg::sql("delete from admin_failed_sign_ins where key_sha256 in ($1, $2)", hash_of(place_key(wanted)),
                hash_of(device_key(wanted))),
        pg::sql(
            "update admin_failed_sign_ins set failures = greatest(0, failures - 1) where not $3 and key_sha256 in ($1, $2)",
            hash_of("address:" + wanted.address), hash_of("user:" + wanted.name), known == Device::known),
        pg::sql("insert into admin_devices as d (device_sha256, user_name) values ($1, $2) "
                "on conflict (device_sha256, user_name) do update set last_used_at = now()",
                hash_of(device), wanted.name)};
    const auto done = co_await pool->run(std::move(statements));
    if (!done) co_return done.error();
    co_return device;
}

/// Password and code, counted. Gives what the browser is to keep.
Async<Result<std::string>> AdminSessions::check_all(SignIn wanted, bool only_with_factor) {
    const auto device = co_await device_of(wanted);
    if (!device) co_return device.error();
    const bool known = *device == Device::known;
    const auto executor = co_await asio::this_coro::executor;
    SignInQueue::Place place{queue_, executor, wanted.address, wanted.name, known};
    auto waiting = place.turn();
    const bool its_turn = co_await std::move(waiting);
    if (!its_turn) co_return Error{Fault::unavailable, "too many sign in at once"};
    const auto counted = co_await count_try(wanted, known);
    if (!counted) co_return counted.error();
    if (counted->blocked) co_return Error{Fault::rate_limited, "too many wrong passwords", *counted->blocked};
    const auto right = co_await check(wanted.name, std::exchange(wanted.password, {}));
    if (!right) co_return right.error();
    if (!*right) place.failed();
    place.leave();
    if (!*right && counted->address_full)
        co_return Error{Fault::rate_limited, "too many wrong passwords", *counted->address_full};
    if (!*right) co_return Error{Fault::unauthorized, "wrong name or password"};
    auto checking = check_code(wanted.name, std::exchange(wanted.code, {}), only_with_factor);
    const auto passed = co_await std::move(checking);
    if (!passed) co_return passed.error();
    auto forgetting = forget_tries(std::move(wanted), *device);
    co_return co_await std::move(forgetting);
}

Async<Result<>> AdminSessions::prove(SignIn wanted) {
    auto checking = check_all(std::move(wanted), true);
    const auto checked = co_await std::move(checking);
    if (!checked) co_return checked.error();
    co_return Result<>{};
}

Async<Result<AdminSession>> AdminSessions::sign_in(SignIn wanted) {
    auto name = wanted.name;
    auto checking = check_all(std::move(wanted), false);
    auto kept = co_await std::move(checking);
    if (!kept) co_return kept.error();
    auto beginning = begin(std::move(name), "password");
    auto session = co_await std::move(beginning);
    if (session) session->device = std::move(*kept);
    co_return session;
}

/// After the right password. What went before counts as a try until the code is right too.
Async<Result<>> AdminSessions::check_code(std::string user, std::string code, bool only_with_factor) {
    auto* pool = pool_();
    if (!pool) co_return no_database();
    const auto now = std::chrono::floor<std::chrono::seconds>(system_now()).time_since_epoch().count();
    auto keys = second_factor_.keys();
    auto checking = check_second_factor(*pool, user, std::move(code), std::move(keys), now);
    const auto answer = co_await std::move(checking);
    if (!answer) co_return answer.error();
    switch (*answer) {
    case SecondFactorAnswer::right: co_return Result<>{};
    case SecondFactorAnswer::code_missing: co_return Error{Fault::unauthorized, std::string{code_needed}};
    case SecondFactorAnswer::wrong: co_return Error{Fault::unauthorized, std::string{code_wrong}};
    case SecondFactorAnswer::not_enrolled: break;
    }
    if (only_with_factor) co_return Error{Fault::forbidden, std::string{not_enrolled}};
    co_return Result<>{};
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
        " s.last_seen_at < now() - interval '1 second' * $4::int,"
        " exists (select from admin_second_factors f where f.user_name = u.name),"
        " coalesce(e.id::text, ''), coalesce(to_json(e.ends_at) #>> '{}', '') "
        "from admin_sessions s join admin_users u on u.name = s.user_name "
        "left join lateral (select id, ends_at from emergency_accesses e where e.user_name = u.name and e.closed_at is null"
        " and e.ends_at > now() and 'emergency' = any (u.roles) order by e.ends_at desc limit 1) e on true "
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
                         .expires_at = rows->string(0, 4),
                         .emergency = rows->string(0, 8),
                         .emergency_ends_at = rows->string(0, 9)};
    // Who may see clinical content by an own role needs no emergency.
    if (allows(session.roles, Need::reads_phi)) session.emergency = session.emergency_ends_at = {};
    else if (!session.emergency.empty()) session.roles.reads_phi = true;
    session.must_enroll =
        session.via == "password" && !rows->boolean(0, 7) && needs_second_factor(second_factor_.needed, session.roles);
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
