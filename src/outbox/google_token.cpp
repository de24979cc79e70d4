#include "outbox/google_token.hpp"

#include "base/document.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>

namespace dcs::outbox {

namespace {

using namespace std::chrono_literals;

constexpr auto spare = 5min;
constexpr auto jwt_life = 1h;
constexpr auto time_limit = 10s;

std::string text_at(const Document& document, std::string_view name) {
    const auto* member = document.find(name);
    return member == nullptr ? std::string{} : std::string{member->string().value_or("")};
}

Result<std::string> file_content(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return Error{Fault::forbidden, "GOOGLE_APPLICATION_CREDENTIALS cannot be read"};
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

Result<net::Call> exchange_call(const GoogleSettings& settings, Time now) {
    const auto content = file_content(settings.credentials_file);
    if (!content) return content.error();
    const auto assertion = service_account_assertion(*content, settings.scope, now);
    if (!assertion) return assertion.error();
    net::Call call;
    call.method = "POST";
    call.url = assertion->token_url;
    call.headers.add("Content-Type", "application/x-www-form-urlencoded");
    call.body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + assertion->jwt;
    return call;
}

net::Call metadata_call(const GoogleSettings& settings) {
    net::Call call;
    call.url = fmt::format("http://{}/computeMetadata/v1/instance/service-accounts/default/token?scopes={}",
                           settings.metadata_host, net::percent_encode(settings.scope));
    call.headers.add("Metadata-Flavor", "Google");
    return call;
}

}  // namespace

Result<Assertion> service_account_assertion(std::string_view credentials_json, std::string_view scope, Time now) {
    const auto credentials = Document::parse(credentials_json);
    if (!credentials) return Error{Fault::forbidden, "GOOGLE_APPLICATION_CREDENTIALS is not JSON"};
    const auto type = text_at(credentials->value, "type");
    if (type != "service_account")
        return Error{Fault::forbidden, "GOOGLE_APPLICATION_CREDENTIALS must be a service account's key file"};
    auto token_url = text_at(credentials->value, "token_uri");
    if (token_url.empty()) token_url = "https://oauth2.googleapis.com/token";

    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const auto header = fmt::format(R"({{"alg":"RS256","typ":"JWT","kid":{}}})",
                                    json_quoted(text_at(credentials->value, "private_key_id")));
    const auto claims = fmt::format(R"({{"iss":{},"scope":{},"aud":{},"iat":{},"exp":{}}})",
                                    json_quoted(text_at(credentials->value, "client_email")), json_quoted(scope),
                                    json_quoted(token_url), seconds, seconds + std::chrono::seconds{jwt_life}.count());
    const auto signed_part = to_base64url(header) + '.' + to_base64url(claims);
    const auto signature = crypto::sign_rs256(text_at(credentials->value, "private_key"), signed_part);
    if (!signature) return Error{Fault::forbidden, "GOOGLE_APPLICATION_CREDENTIALS: " + signature.error().detail};
    return Assertion{std::move(token_url), signed_part + '.' + to_base64url(*signature)};
}

GoogleToken::GoogleToken(asio::any_io_executor executor, net::Client& client, Clock clock, GoogleSettings settings)
    : source_{std::make_shared<Source>(Source{client, std::move(clock), std::move(settings)})},
      cache_{std::make_shared<Cache>()},
      flight_{std::move(executor)} {}

Async<Result<std::string>> GoogleToken::current() {
    if (!cache_->token.empty() && source_->clock() < cache_->good_until) co_return cache_->token;
    std::function<Async<Result<std::string>>()> begin = [source = source_, cache = cache_] {
        return fetch(source, cache);
    };
    auto token = co_await flight_.join(std::move(begin), 2 * time_limit);
    co_return token;
}

void GoogleToken::refused() { cache_->token.clear(); }

Async<Result<std::string>> GoogleToken::fetch(std::shared_ptr<Source> source, std::shared_ptr<Cache> cache) {
    const auto& settings = source->settings;
    Result<net::Call> call = metadata_call(settings);
    if (!settings.credentials_file.empty()) call = exchange_call(settings, source->clock());
    if (!call) co_return call.error();
    call->time_limit = time_limit;
    call->max_body_bytes = 1024 * 1024;
    const auto answer = co_await source->client.send(std::move(*call));
    if (!answer) co_return Error{Fault::unavailable, "Google token: " + answer.error().detail};

    const auto seen = fmt::format("Google's token endpoint answered {}", answer->status);
    if (answer->status != 200) co_return Error{Fault::unavailable, seen};
    const auto parsed = Document::parse(answer->body);
    auto token = parsed ? text_at(parsed->value, "access_token") : std::string{};
    if (token.empty()) co_return Error{Fault::unavailable, seen + " without a token"};
    const auto* life = parsed->value.find("expires_in");
    const auto digits = life == nullptr ? std::string{} : life->as_id();
    long seconds = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    cache->token = token;
    cache->good_until = source->clock() + std::chrono::seconds{seconds} - spare;
    co_return token;
}

}  // namespace dcs::outbox
