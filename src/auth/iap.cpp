#include "auth/iap.hpp"

#include "auth/oidc.hpp"

#include <algorithm>

namespace dcs::auth {

namespace {

constexpr std::string_view header = "x-goog-iap-jwt-assertion";

Error refused(std::string why) { return {Fault::unauthorized, std::move(why)}; }

std::string lower_case(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    return result;
}

}  // namespace

Async<Result<std::string>> Iap::email_of(net::Headers headers) const {
    if (!in_use()) co_return refused("not_configured");
    if (headers.count(header) != 1) co_return refused(headers.count(header) == 0 ? "no_token" : "repeated_header");
    const auto jwt = Jwt::parse(headers.get(header));
    if (!jwt) co_return jwt.error();
    if (jwt->algorithm != Algorithm::es256) co_return refused("algorithm");
    const auto keys = co_await keys_.wait_for(jwt->kid);
    if (!keys) co_return keys.error();
    const auto* key = (*keys)->find(jwt->kid, jwt->algorithm);
    if (key == nullptr) co_return refused("unknown_kid");
    const auto claims = key->claims(*jwt);
    if (!claims) co_return claims.error();
    OidcSettings settings;
    settings.audience = settings_.audience;
    settings.issuer = settings_.issuer;
    const auto fault = fault_of_claims(*claims, settings, clock_());
    if (!fault.empty()) co_return refused(std::string{fault});
    const auto* email = claims->find("email");
    auto address = email == nullptr ? std::string{} : lower_case(email->string().value_or(""));
    if (address.empty()) co_return refused("no_email");
    co_return address;
}

}  // namespace dcs::auth
