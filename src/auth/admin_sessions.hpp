#pragma once
// AdminSessions: who is signed in to the admin page: sessions on the server, a random id in the cookie.
//
// Promise    every sign-in makes a new id; only its hash is stored. A session ends 15 minutes after it was last used, 12
//            hours after it began, or when its user is changed or signs out.
// Throttle   5 wrong passwords for a name, or 30 from an address, and each further try waits twice as long, up to 5
//            minutes. A try is counted before it is checked: trying side by side gains nothing. An unknown name takes as
//            long as a wrong password and is told the same.
// Errors     unauthorized: no such session, or wrong name or password. rate_limited with `retry_after`. unavailable: the
//            database is away, or too many sign in at once.
// Threads    the executor's single thread; passwords are hashed on one of its own, so that nobody else waits for them.

#include "auth/roles.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>
#include <string>

namespace dcs::auth {

struct AdminSession {
    std::string id{};  // as in the cookie
    std::string user{};
    std::string via{};    // "password", "iap"
    std::string email{};  // of the user; empty: none
    Roles roles{};
    std::string idle_expires_at{};  // ISO 8601
    std::string expires_at{};
};

struct SessionLimits {
    std::chrono::seconds idle{std::chrono::minutes{15}};
    std::chrono::seconds whole{std::chrono::hours{12}};
    int tries_of_a_name = 5;
    int tries_of_an_address = 30;
    std::chrono::seconds longest_block{std::chrono::minutes{5}};
    int waiting = 8;  // sign-ins whose password is being checked, or waits for that
};

class AdminSessions {
public:
    /// `pool` gives nullptr while there is no database.
    AdminSessions(std::function<pg::Pool*()> pool, SessionLimits limits);
    ~AdminSessions();

    Async<Result<AdminSession>> sign_in(std::string name, std::string password, std::string address);
    /// For an address that Google IAP has vouched for.
    Async<Result<AdminSession>> sign_in_by_email(std::string email);
    /// `used`: a person did something, the session lives on.
    Async<Result<AdminSession>> find(std::string id, bool used);
    Async<Result<>> sign_out(std::string id);

    const SessionLimits& limits() const noexcept { return limits_; }

private:
    Async<Result<>> count_try(std::string name, std::string address);
    Async<Result<bool>> check(std::string name, std::string password);
    Async<Result<AdminSession>> begin(std::string user, std::string via);

    std::function<pg::Pool*()> pool_;
    SessionLimits limits_;
    std::unique_ptr<asio::thread_pool> threads_;
    int waiting_ = 0;
};

/// What requests of the session that change something must show.
std::string csrf_token(std::string_view session_id);

}  // namespace dcs::auth
