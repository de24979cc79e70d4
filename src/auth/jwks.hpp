#pragma once
// Jwks: the public keys of the issuer of tokens, fetched when they are needed and kept for as long as the issuer says.
//
// Kept       for the max-age of the answer, between 5 minutes and 24 hours (1 hour without one); fetched again behind the
//            callers' backs in the last quarter of that time. When that fails, the old keys serve for 24 hours more.
// Unknown    a kid that is not among the keys causes one fetch, at most one a minute: forged tokens cannot make us
//            hammer the issuer. After a failed fetch there is a pause too, of up to a minute.
// Limits     5 s and 256 KB an answer; no redirects. One fetch at a time, whoever needs it.
// Errors     unavailable: there are no keys; rejected: the answer holds none that could be used.
// Threads    the executor's single thread. stop() before the client goes away.

#include "auth/jwt.hpp"
#include "base/clock.hpp"
#include "net/client.hpp"

#include <vector>

namespace dcs::auth {

/// One answer of the issuer. Keys of other types and without kid are left out; a single key without kid serves the
/// tokens that name none.
class JwkSet {
public:
    /// Fault::rejected: no JSON object, or no key that could be used.
    static Result<JwkSet> parse(std::string_view json);

    /// The key of that kid, one for `algorithm` rather than another; nullptr: there is none.
    const PublicKey* find(std::string_view kid, Algorithm algorithm) const noexcept;
    bool has(std::string_view kid) const noexcept;
    std::size_t size() const noexcept { return keys_.size(); }

private:
    explicit JwkSet(std::vector<PublicKey> keys) : keys_{std::move(keys)} {}

    std::vector<PublicKey> keys_;
};
using Keys = std::shared_ptr<const JwkSet>;

class Jwks {
public:
    Jwks(asio::any_io_executor executor, net::Client& client, Clock clock, std::string url);

    /// The keys to look for `kid` in, or that there are none. nullopt: something should be fetched first, wait for it.
    std::optional<Result<Keys>> at_once(std::string_view kid);
    /// The same, after a fetch where one is due.
    Async<Result<Keys>> wait_for(std::string kid);

    /// Fetches nothing more, and returns when no fetch is under way.
    Async<> stop();

private:
    class Keeper;
    std::shared_ptr<Keeper> keeper_;
};

/// How long an answer with these headers is kept.
std::chrono::seconds life_of(const net::Headers& headers);

}  // namespace dcs::auth
