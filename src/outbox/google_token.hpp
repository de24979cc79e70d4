#pragma once
// GoogleToken: an access token for Google's APIs: from a service account's key file, else from the metadata server.
//
// Promise    one request for a token at a time; what it brought is used until five minutes before it expires.
// Errors     forbidden: no such file, or a kind of credentials that is not supported: the detail says what to do.
//            unavailable: no token now.
// Source     developers.google.com/identity/protocols/oauth2/service-account (JWT, RS256);
//            cloud.google.com/compute/docs/metadata (Metadata-Flavor).

#include "base/clock.hpp"
#include "base/single_flight.hpp"
#include "net/client.hpp"

namespace dcs::outbox {

struct GoogleSettings {
    std::string credentials_file{};  // GOOGLE_APPLICATION_CREDENTIALS; empty: the metadata server
    std::string metadata_host = "metadata.google.internal";  // GCE_METADATA_HOST
    std::string scope = "https://www.googleapis.com/auth/pubsub";
};

class GoogleToken {
public:
    GoogleToken(asio::any_io_executor executor, net::Client& client, Clock clock, GoogleSettings settings);

    Async<Result<std::string>> current();
    /// The token was answered with 401: the next current() gets a new one.
    void refused();

private:
    struct Cache {
        std::string token;
        Time good_until{};
    };
    struct Source {
        net::Client& client;
        Clock clock;
        GoogleSettings settings;
    };
    static Async<Result<std::string>> fetch(std::shared_ptr<Source> source, std::shared_ptr<Cache> cache);

    std::shared_ptr<Source> source_;
    std::shared_ptr<Cache> cache_;
    SingleFlight<std::string> flight_;
};

/// The signed JWT (RFC 7523) that is traded for a token, and where. Fault::forbidden: not a service account's key.
struct Assertion {
    std::string token_url;
    std::string jwt;
};
Result<Assertion> service_account_assertion(std::string_view credentials_json, std::string_view scope, Time now);

}  // namespace dcs::outbox
