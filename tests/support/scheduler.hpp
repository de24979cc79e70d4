#pragma once
// Scheduler: who calls /sync and /maintenance from outside, with an issuer of its own that vouches for it.

#include "support/scripted_server.hpp"
#include "support/signing_key.hpp"

#include "base/clock.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dcs::test {

class Scheduler {
public:
    explicit Scheduler(asio::any_io_executor executor)
        : issuer_{std::move(executor), [this](const Asked&) { return Reply{.body = jwks_of({key_})}; }} {}

    /// With which the service knows it.
    std::map<std::string, std::string> settings() const {
        return {{"OIDC_AUDIENCE", audience},
                {"OIDC_ALLOWED_EMAILS", address},
                {"OIDC_ISSUER", issuer_name},
                {"OIDC_JWKS_URL", issuer_.url() + "/certs"}};
    }
    std::vector<std::pair<std::string, std::string>> headers(std::string_view email = address) const {
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(system_now().time_since_epoch()).count();
        const auto token = key_.token({{"iss", issuer_name},
                                       {"aud", audience},
                                       {"email", email},
                                       {"email_verified", true},
                                       {"iat", now},
                                       {"exp", now + 3'600}});
        return {{"Authorization", "Bearer " + token}};
    }

private:
    static constexpr auto audience = "https://sync.example.test";
    static constexpr auto issuer_name = "https://issuer.example.test";
    static constexpr auto address = "scheduler@example.test";

    SigningKey key_ = SigningKey::ec("k1");
    ScriptedServer issuer_;
};

}  // namespace dcs::test
