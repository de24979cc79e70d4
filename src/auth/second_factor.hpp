#pragma once
// SecondFactor: codes by the clock (RFC 6238) beside the password of the admin page, and recovery codes for who has lost the device.
//
// Promise    a code is taken once, and within one step of 30 seconds of the present one; a recovery code is taken once. What is
//            stored is sealed under a key that is not in the database, recovery codes as hashes.
// Audit      making, replacing, removing one and using a recovery code are rows of access_log, by the database's trigger.
// Guessing   a wrong code counts as a wrong password does (admin_sessions.hpp); only who knows the password comes that far.

#include "auth/roles.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::auth {

/// Who must have one: setting ADMIN_SECOND_FACTOR.
enum class SecondFactorFor { nobody, clinical, all };
bool needs_second_factor(SecondFactorFor setting, const Roles& roles);

/// Keys under which the second factors are sealed: the first seals, any opens.
using SecondFactorKeys = std::vector<std::string>;
SecondFactorKeys second_factor_keys(const std::vector<std::string>& secrets);

/// What the user is shown once.
struct NewSecondFactor {
    std::string key;                    // base32
    std::string uri;                    // otpauth://, for a QR code
    std::vector<std::string> recovery;  // ten codes
    pg::Statement store;                // no row affected: there is no such user
};
/// Replaces the one that there is. pre: keys is not empty.
NewSecondFactor make_second_factor(std::string_view user, const SecondFactorKeys& keys);

/// What a user who makes one is shown first. Nothing is stored before a code shows that the authenticator app has the key.
struct OfferedSecondFactor {
    std::string key;     // base32
    std::string uri;     // otpauth://, for a QR code
    std::string ticket;  // to come back with the code: the key, sealed for this user, this session and ten minutes
};
/// pre: keys is not empty. `now`: seconds since 1970.
OfferedSecondFactor offer_second_factor(std::string_view user, std::string_view session, const SecondFactorKeys& keys,
                                        std::int64_t now);
/// The offered one, with its recovery codes; `store` affects no row where the user has one already. unauthorized: the code is not
/// the key's. bad_input: no ticket of this user and session, or one that is too old.
Result<NewSecondFactor> accept_second_factor(std::string_view user, std::string_view session, std::string_view ticket,
                                             std::string_view code, const SecondFactorKeys& keys, std::int64_t now);
/// No row affected: there was none.
pg::Statement remove_second_factor(std::string_view user);

enum class SecondFactorAnswer { not_enrolled, code_missing, wrong, right };
/// Checks, and takes, the code of a user. unavailable: the database. bug: none of the keys opens what is stored.
Async<Result<SecondFactorAnswer>> check_second_factor(pg::Pool& pool, std::string user, std::string code,
                                                      SecondFactorKeys keys, std::int64_t now);

}  // namespace dcs::auth
