#include "auth/oidc.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <charconv>

namespace dcs::auth {

namespace {

using namespace std::chrono_literals;

constexpr auto leeway = 60s;
constexpr auto longest_life = 24h;
constexpr double latest = 253'402'300'799.0;  // the end of the year 9999
constexpr std::string_view google = "https://accounts.google.com";
constexpr std::string_view google_without_scheme = "accounts.google.com";

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

std::string lower_case(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string_view text_at(const Document& claims, std::string_view name) {
    const auto* claim = claims.find(name);
    return claim == nullptr ? std::string_view{} : claim->string().value_or("");
}

/// A NumericDate: seconds since 1970, with or without fraction. nullopt: absent, or something else.
std::optional<Time> time_at(const Document& claims, std::string_view name) {
    const auto* claim = claims.find(name);
    const auto digits = claim == nullptr ? std::nullopt : claim->number();
    if (!digits) return std::nullopt;
    double seconds = 0;
    const auto read = std::from_chars(digits->data(), digits->data() + digits->size(), seconds);
    if (read.ec != std::errc{} || !(seconds >= 0 && seconds <= latest)) return std::nullopt;
    return Time{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
}

bool issued_by(const Document& claims, const std::string& issuer) {
    const auto said = text_at(claims, "iss");
    return said == issuer || (issuer == google && said == google_without_scheme);
}

bool made_for(const Document& claims, const std::string& audience) {
    if (text_at(claims, "aud") == audience) return true;
    const auto* list = claims.find("aud");
    return list != nullptr &&
           std::ranges::any_of(list->items(), [&](const Document& item) { return item.string() == audience; });
}

std::string_view fault_of_times(const Document& claims, Time now) {
    const auto expires = time_at(claims, "exp");
    const auto issued = time_at(claims, "iat");
    const auto starts = time_at(claims, "nbf");
    if (!expires) return "no_exp";
    if (!issued) return "no_iat";
    if (!starts && claims.find("nbf") != nullptr) return "nbf";
    if (now >= *expires + leeway) return "expired";
    if (*issued > now + leeway) return "issued_in_the_future";
    if (starts && *starts > now + leeway) return "not_yet_valid";
    const bool sound = *issued < *expires && *expires - *issued <= longest_life;
    return sound ? "" : "life";
}

bool is_verified(const Document& claims) {
    const auto* claim = claims.find("email_verified");
    return claim != nullptr && (claim->boolean() == true || claim->string() == "true");
}

/// What one gate knows.
struct Policy {
    OidcSettings settings;  // allowed_emails in lower case, none empty
    Jwks& keys;
    Clock clock;

    bool is_set() const {
        return !settings.audience.empty() && !settings.issuer.empty() && !settings.allowed_emails.empty();
    }
    bool allows(const std::string& email) const {
        return std::ranges::find(settings.allowed_emails, email) != settings.allowed_emails.end();
    }
};

void note(int status, std::string_view reason, std::string_view request_id) {
    log::warning("a caller was refused", {{"reason", reason}, {"status", status}, {"request_id", request_id}});
}

Refusal unauthorized(std::string_view reason, std::string_view request_id) {
    note(401, reason, request_id);
    Refusal refusal{401, "Unauthorized"};
    refusal.headers.add("WWW-Authenticate", "Bearer");
    return refusal;
}

Refusal forbidden(std::string_view reason, std::string_view request_id) {
    note(403, reason, request_id);
    return {403, "Forbidden"};
}

Refusal without_keys(const Error& error, std::string_view request_id) {
    note(503, "no_keys", request_id);
    Refusal refusal{503, "Keys of the issuer cannot be read"};
    const auto pause = std::chrono::ceil<std::chrono::seconds>(error.retry_after.value_or(1s));
    refusal.headers.add("Retry-After", std::to_string(pause.count()));
    return refusal;
}

/// The token of the one Authorization header. unauthorized: the detail says in one word why there is none.
Result<Jwt> presented(const net::RequestHead& head) {
    constexpr std::string_view scheme = "bearer ";
    const auto count = head.headers.count("Authorization");
    if (count == 0) return Error{Fault::unauthorized, "no_token"};
    if (count > 1) return Error{Fault::unauthorized, "repeated_header"};
    const auto value = head.headers.get("Authorization");
    if (!std::ranges::equal(value.substr(0, scheme.size()), scheme, {}, lower))
        return Error{Fault::unauthorized, "not_bearer"};
    return Jwt::parse(value.substr(scheme.size()));
}

Judgement judge_email(const Policy& policy, const Document& claims, std::string_view request_id) {
    auto email = lower_case(text_at(claims, "email"));
    if (email.empty()) return forbidden("no_email", request_id);
    if (!is_verified(claims)) return forbidden("email_not_verified", request_id);
    if (!policy.allows(email)) return forbidden("email_not_allowed", request_id);
    return Caller{std::move(email), "oidc"};
}

Judgement judge_token(const Policy& policy, const Jwt& jwt, const Result<Keys>& keys, std::string_view request_id) {
    if (!keys) return without_keys(keys.error(), request_id);
    const auto* key = (*keys)->find(jwt.kid, jwt.algorithm);
    if (key == nullptr) return unauthorized(jwt.kid.empty() ? "no_kid" : "unknown_kid", request_id);
    const auto claims = key->claims(jwt);
    if (!claims) return unauthorized(claims.error().detail, request_id);
    const auto fault = fault_of_claims(*claims, policy.settings, policy.clock());
    if (!fault.empty()) return unauthorized(fault, request_id);
    return judge_email(policy, *claims, request_id);
}

Async<Judgement> judge_later(std::shared_ptr<const Policy> policy, Jwt jwt, std::string request_id) {
    auto kid = jwt.kid;
    const auto keys = co_await policy->keys.wait_for(std::move(kid));
    co_return judge_token(*policy, jwt, keys, request_id);
}

Verdict judge(const std::shared_ptr<const Policy>& policy, const net::RequestHead& head) {
    if (!policy->is_set()) return unauthorized("not_configured", head.request_id);
    const auto jwt = presented(head);
    if (!jwt) return unauthorized(jwt.error().detail, head.request_id);
    if (const auto keys = policy->keys.at_once(jwt->kid)) {
        auto judgement = judge_token(*policy, *jwt, *keys, head.request_id);
        return std::visit([](auto& decided) -> Verdict { return std::move(decided); }, judgement);
    }
    return Later{
        [policy, token = *jwt](const net::Request& request) { return judge_later(policy, token, request.request_id); }};
}

}  // namespace

std::string_view fault_of_claims(const Document& claims, const OidcSettings& settings, Time now) {
    if (!issued_by(claims, settings.issuer)) return "issuer";
    if (!made_for(claims, settings.audience)) return "audience";
    return fault_of_times(claims, now);
}

Gate oidc(OidcSettings settings, Jwks& keys, Clock clock) {
    for (auto& email : settings.allowed_emails) email = lower_case(email);
    std::erase(settings.allowed_emails, "");
    const auto policy = std::make_shared<const Policy>(Policy{std::move(settings), keys, std::move(clock)});
    return [policy](const net::RequestHead& head) { return judge(policy, head); };
}

}  // namespace dcs::auth
