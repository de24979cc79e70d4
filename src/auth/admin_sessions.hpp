#pragma once
// AdminSessions: who is signed in to the admin page: sessions on the server, a random id in the cookie.
//
// Promise    every sign-in makes a new id; only its hash is stored. A session ends 15 minutes after it was last used, 12
//            hours after it began, or when its user is changed or signs out.
// Throttle   5 wrong passwords for a name from an address, and each further try from there waits twice as long, up to 5 minutes.
//            After 300 for a name from anywhere, an address has 2 tries of that name every 5 minutes: the right password from an
//            address that has not guessed is always tried. After 30 from an address, wrong ones from there are told to wait, whatever the name; the
//            right one is let in. A browser that the user has signed in with before is counted by itself: nobody else's
//            tries slow it down. A try is counted before it is checked: trying side by side gains nothing. An unknown name
//            takes as long as a wrong password and is told the same.
// Turns      one password is checked at a time; sign_in_queue.hpp says whose is next.
// Codes      after the right password, who has a second factor gives a code of it; who must have one and has none gets a session
//            in which it can be set up, and nothing else. A wrong code counts as a wrong password.
// Errors     unauthorized: no such session, or wrong name, password or code (code_needed, code_wrong). rate_limited with
//            `retry_after`. unavailable: the database is away, or too many sign in at once.
// Threads    the executor's single thread; passwords are hashed on one of its own, so that nobody else waits for them.

#include "auth/roles.hpp"
#include "auth/second_factor.hpp"
#include "auth/sign_in_queue.hpp"
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
    std::string emergency{};  // the id of the emergency access that is open, which `roles` holds already; empty: none
    std::string emergency_ends_at{};
    bool must_enroll = false;  // its role needs a second factor, and the user has none yet
    std::string device{};      // for the browser to keep, after a sign-in with a password
};

struct SignIn {
    std::string name;
    std::string password;
    std::string address{};
    std::string device{};  // what the browser kept; empty: nothing
    std::string code{};    // of a second factor
};

/// What second factors are checked by, and who must have one.
struct SecondFactorPolicy {
    SecondFactorFor needed = SecondFactorFor::nobody;
    std::function<SecondFactorKeys()> keys = [] { return SecondFactorKeys{}; };
};

/// Error::detail of a sign-in whose password was right.
inline constexpr std::string_view code_needed = "a code of the second factor is needed";
inline constexpr std::string_view code_wrong = "wrong code";
/// Of prove(): there is no second factor that could be shown.
inline constexpr std::string_view not_enrolled = "there is no second factor";

struct SessionLimits {
    std::chrono::seconds idle{std::chrono::minutes{15}};
    std::chrono::seconds whole{std::chrono::hours{12}};
    std::chrono::seconds emergency{std::chrono::hours{1}};  // how long an emergency access lasts
    int tries_of_a_name = 5;                                // from one address, or with one browser
    int tries_of_a_name_anywhere = 300;
    int tries_of_an_address = 30;
    std::chrono::seconds longest_block{std::chrono::minutes{5}};
    SignInQueueLimits waiting{};
};

class AdminSessions {
public:
    /// `pool` gives nullptr while there is no database.
    AdminSessions(std::function<pg::Pool*()> pool, SessionLimits limits, SecondFactorPolicy second_factor = {});
    ~AdminSessions();

    Async<Result<AdminSession>> sign_in(SignIn wanted);
    /// Password and code of somebody who is signed in already, counted as a sign-in is. unauthorized, forbidden (not_enrolled),
    /// rate_limited, unavailable.
    Async<Result<>> prove(SignIn wanted);
    /// For an address that Google IAP has vouched for.
    Async<Result<AdminSession>> sign_in_by_email(std::string email);
    /// `used`: a person did something, the session lives on.
    Async<Result<AdminSession>> find(std::string id, bool used);
    Async<Result<>> sign_out(std::string id);

    const SessionLimits& limits() const noexcept { return limits_; }
    const SecondFactorPolicy& second_factor() const noexcept { return second_factor_; }

private:
    enum class Device { unknown, of_others, known };
    struct Try;
    Async<Result<Device>> device_of(const SignIn& wanted);
    Async<Result<Try>> count_try(const SignIn& wanted, bool known_device);
    Async<Result<bool>> check(std::string name, std::string password);
    Async<Result<std::string>> forget_tries(SignIn wanted, Device device);
    Async<Result<std::string>> check_all(SignIn wanted, bool only_with_factor);
    Async<Result<>> check_code(std::string user, std::string code, bool only_with_factor);
    Async<Result<AdminSession>> begin(std::string user, std::string via);

    std::function<pg::Pool*()> pool_;
    SessionLimits limits_;
    SecondFactorPolicy second_factor_;
    std::unique_ptr<asio::thread_pool> threads_;
    SignInQueue queue_;
};

/// What requests of the session that change something must show.
std::string csrf_token(std::string_view session_id);

}  // namespace dcs::auth
