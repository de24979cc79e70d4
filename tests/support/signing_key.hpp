#pragma once
// SigningKey: an issuer's key pair, made for one test: the tokens it signs, the JWK it publishes.
//
// Independent of the code under test: OpenSSL signs here, cjose checks there.

#include <boost/json.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace dcs::test {

class SigningKey {
public:
    static SigningKey rsa(std::string kid, int bits = 2048);
    static SigningKey ec(std::string kid);  // P-256

    /// The public half.
    boost::json::object jwk() const;
    std::string public_pem() const;

    /// A compact JWS: `header` is {"alg","kid","typ"} of this key.
    std::string token(const boost::json::object& claims) const;
    /// The same under another header, which the signature covers.
    std::string token(const boost::json::object& claims, const boost::json::object& header) const;
    std::string signature(std::string_view message) const;

    /// What two parts look like in a token: base64url(header).base64url(claims).
    static std::string signing_input(const boost::json::object& claims, const boost::json::object& header);

private:
    struct Pair;
    SigningKey(std::string kid, std::shared_ptr<const Pair> pair) : kid_{std::move(kid)}, pair_{std::move(pair)} {}

    std::string kid_;
    std::shared_ptr<const Pair> pair_;
};

/// {"keys": […]}
std::string jwks_of(std::initializer_list<SigningKey> keys);

}  // namespace dcs::test
