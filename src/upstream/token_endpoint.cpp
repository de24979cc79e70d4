#include "upstream/token_endpoint.hpp"

#include "upstream/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;

constexpr auto time_limit = 15s;
constexpr auto usual_life = 48h;  // where the answer does not say

std::string text_at(const Document& document, std::string_view name) {
    const auto* member = document.find(name);
    return member == nullptr ? std::string{} : std::string{member->string().value_or("")};
}

std::chrono::seconds life_of(const Document& answer) {
    const auto* member = answer.find("expires_in");
    const auto digits = member == nullptr ? std::string{} : member->as_id();  // 172800 or "172800"
    long long seconds = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc{} || seconds <= 0 || seconds > 10LL * 365 * 86'400) return usual_life;
    return std::chrono::seconds{seconds};
}

/// The error codes of RFC 6749, 5.2 that no repetition of the same request can heal.
bool kills_grant(std::string_view code) {
    constexpr std::array<std::string_view, 3> codes{"invalid_grant", "invalid_client", "unauthorized_client"};
    return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

Result<Granted> read_grant(const net::Answer& answer, Time now) {
    const auto seen = fmt::format("the token endpoint answered {}", answer.status);
    if (answer.status == 429) return Error{Fault::rate_limited, seen, throttle_wait(answer, now)};

    const auto parsed = Document::parse(answer.body);
    if (answer.status == 400 || answer.status == 401) {
        const auto code = parsed ? text_at(parsed->value, "error") : std::string{};
        if (kills_grant(code)) return Error{Fault::unauthorized, code};
    }
    if (answer.status < 200 || answer.status >= 300) return Error{Fault::unavailable, seen};
    if (!parsed || !parsed->value.is_object())
        return Error{Fault::unavailable, seen + " with something else than a JSON object"};

    Granted granted{.access_token = text_at(parsed->value, "access_token")};
    if (granted.access_token.empty()) return Error{Fault::unavailable, seen + " without an access token"};
    granted.refresh_token = text_at(parsed->value, "refresh_token");
    granted.scope = text_at(parsed->value, "scope");
    granted.expires_at = now + life_of(parsed->value);
    return granted;
}

namespace {

Async<Result<Granted>> post_form(net::Client& client, std::string base_url, std::string form, Clock clock) {
    net::Call call;
    call.method = "POST";
    call.url = base_url + "/o/token/";
    call.headers.add("Content-Type", "application/x-www-form-urlencoded");
    call.headers.add("Accept", "application/json");
    call.body = std::move(form);
    call.time_limit = time_limit;
    call.max_body_bytes = 1024 * 1024;
    const auto answer = co_await client.send(std::move(call));
    if (!answer) co_return Error{Fault::unavailable, answer.error().detail};
    co_return read_grant(*answer, clock());
}

}  // namespace

Async<Result<Granted>> refresh_grant(net::Client& client, RefreshRequest request, Clock clock) {
    auto form = fmt::format("grant_type=refresh_token&refresh_token={}&client_id={}&client_secret={}",
                            net::percent_encode(request.refresh_token), net::percent_encode(request.client_id),
                            net::percent_encode(request.client_secret));
    return post_form(client, std::move(request.base_url), std::move(form), std::move(clock));
}

Async<Result<Granted>> exchange_code(net::Client& client, CodeRequest request, Clock clock) {
    auto form = fmt::format("grant_type=authorization_code&code={}&redirect_uri={}&client_id={}&client_secret={}",
                            net::percent_encode(request.code), net::percent_encode(request.redirect_uri),
                            net::percent_encode(request.client_id), net::percent_encode(request.client_secret));
    return post_form(client, std::move(request.base_url), std::move(form), std::move(clock));
}

}  // namespace dcs::upstream
