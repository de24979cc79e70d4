#pragma once
// Tokens: the access token for DrChrono: kept sealed in the database, refreshed once for everybody.
//
// Place      table `oauth_tokens`; no other folder writes it. drchrono.cpp uses the tokens.
// Promise    a rotated refresh token is committed before the access token that came with it is used. One refresh at a time
//            among all instances: the row is locked across the call, and who waited looks again first.
// First      the settings' tokens are only the first ones. A grant that DrChrono refuses is dead until the settings bring
//            another refresh token than the one it began with, or somebody authorizes again (authorization.hpp): what that
//            stores is found within a minute.
// Errors     unauthorized: the grant is dead, or there are no tokens. rate_limited, unavailable: later again.
// Secrets    AES-256-GCM under a key derived from TOKEN_KEY, else from the client secret. Tokens that do not open with our
//            keys are never written over, unless by others that DrChrono has just granted.
// Source     reference, section 1.

#include "base/clock.hpp"
#include "base/single_flight.hpp"
#include "net/client.hpp"
#include "pg/pool.hpp"
#include "upstream/budget.hpp"

namespace dcs::upstream {

struct AccessToken {
    std::string text;
    std::int64_t version = 0;          // grows with every new one
    std::optional<Time> expires_at{};  // nullopt: not known
    std::optional<Time> refreshed_at{};
    bool after_refusal = false;  // it replaces one that was new and was refused
};

struct TokenSettings {
    std::string base_url;  // of DrChrono, without slash at the end
    std::string client_id;
    std::string client_secret;
    std::string access_token{};  // the first ones; either may be empty
    std::string refresh_token{};
    std::string sealing_secret{};                                     // TOKEN_KEY, else the client secret
    std::vector<std::string> opening_secrets{};                       // what is stored may also be sealed under these
    std::chrono::milliseconds ahead{std::chrono::minutes{10}};        // refreshed so long before it expires
    std::chrono::milliseconds refresh_limit{20'000};                  // for one refresh, waiting for its turn included
    std::chrono::milliseconds propagation{std::chrono::seconds{60}};  // so long may a new token be refused
    std::chrono::milliseconds propagation_pause{1'000};
    std::chrono::milliseconds retry_pause{std::chrono::seconds{30}};  // after a failed refresh, or with a dead grant
    std::chrono::milliseconds look_again{std::chrono::minutes{1}};    // another process may have stored others
};

struct TokenStatus {
    bool present = false;       // there is an access token to use
    std::string dead_reason{};  // empty: the grant works, as far as is known
    std::optional<Time> expires_at{};
    std::int64_t version = 0;
};

class Tokens {
public:
    Tokens(asio::any_io_executor executor, pg::Pool& pool, net::Client& client, Budget& budget, Clock clock,
           TokenSettings settings);
    ~Tokens();
    Tokens(const Tokens&) = delete;
    Tokens& operator=(const Tokens&) = delete;

    /// The token to use now; refreshed first when it is about to expire.
    Async<Result<AccessToken>> current();
    /// What to use after DrChrono answered 401 to `refused`, for the `times`-th time (1, 2, …) with this very token:
    /// a newer one; the same after a pause, while it may still be spreading through DrChrono's servers; a refreshed one. A
    /// new token that stays refused is refreshed once more: another program may have refreshed meanwhile. Only when what
    /// that brings stays refused too, or the token endpoint says so, is the grant dead.
    Async<Result<AccessToken>> after_refusal(AccessToken refused, int times);
    /// DrChrono has taken this token: what refuses it later is no sign of a dead grant.
    void taken(const AccessToken& token);
    /// Whether that 401 says something of the token: it is the newest one, and it has had its time to spread.
    bool is_telling(const AccessToken& refused, int times) const;

    TokenStatus status() const;

    /// Other credentials or keys, from here on; the keys until now still open what is stored.
    void renew(TokenSettings settings);
    /// Seals what an older key opens under the one that seals now. True: there was such a thing.
    Async<Result<bool>> reseal();

    /// Waits for a refresh under way: what it was given must reach the database. Before the pool closes.
    Async<> stop(std::chrono::milliseconds limit);

private:
    class Keeper;
    std::shared_ptr<Keeper> keeper_;
};

}  // namespace dcs::upstream
