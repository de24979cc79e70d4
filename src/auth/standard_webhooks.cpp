#include "auth/standard_webhooks.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>

namespace dcs::auth {

namespace {

using namespace std::chrono_literals;

constexpr auto tolerance = 5min;
constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view version = "v1,";
constexpr std::size_t longest_id = 512;
constexpr std::size_t digest_bytes = 32;
constexpr std::array<std::string_view, 2> families{"webhook-", "svix-"};

/// The value of a header; empty when it is not there, or came twice.
std::string only(const net::RequestHead& head, const std::string& name) {
    return head.headers.count(name) == 1 ? std::string{head.headers.get(name)} : std::string{};
}

/// The digests of the version that is known.
std::vector<std::string> digests_of(std::string_view signatures) {
    std::vector<std::string> digests;
    while (!signatures.empty()) {
        const auto word = signatures.substr(0, signatures.find(' '));
        signatures.remove_prefix(std::min(signatures.size(), word.size() + 1));
        if (!word.starts_with(version)) continue;
        auto digest = from_base64(word.substr(version.size()));
        if (digest && digest->size() == digest_bytes) digests.push_back(std::move(*digest));
    }
    return digests;
}

Async<Judgement> judge_signature(SignedMessage message, SharedSecret secret, std::string caller, std::string error,
                                 const net::Request& request) {
    if (!is_signed(message, request.body, secret)) co_return Judgement{Refusal{401, error}};
    co_return Judgement{Caller{caller, "hmac"}};
}

}  // namespace

std::optional<SignedMessage> signed_message(const net::RequestHead& head) {
    for (const auto family : families) {
        const std::string prefix{family};
        const bool any = std::ranges::any_of(std::array{"id", "timestamp", "signature"},
                                             [&](const char* part) { return head.headers.count(prefix + part) > 0; });
        if (any)
            return SignedMessage{only(head, prefix + "id"), only(head, prefix + "timestamp"),
                                 only(head, prefix + "signature")};
    }
    return std::nullopt;
}

bool is_timely(const SignedMessage& message, Time now) {
    std::int64_t seconds = 0;
    const auto& text = message.timestamp;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr std::int64_t largest = 100'000'000'000;  // the year 5138
    if (failed != std::errc{} || end != text.data() + text.size() || seconds <= 0 || seconds > largest) return false;
    const auto sent = std::chrono::sys_seconds{std::chrono::seconds{seconds}};
    return sent >= now - tolerance && sent <= now + tolerance;
}

bool is_signed(const SignedMessage& message, std::string_view body, const SharedSecret& secret) {
    const auto digests = digests_of(message.signatures);
    if (message.id.empty() || message.id.size() > longest_id || digests.empty() || !secret.is_set()) return false;
    auto text = message.id + "." + message.timestamp + ".";
    text += body;
    return secret.matches_digests(text, digests, signing_keys);
}

std::vector<std::string> signing_keys(std::string_view secret) {
    std::vector<std::string> keys;
    const bool prefixed = secret.starts_with(secret_prefix);
    if (prefixed) secret.remove_prefix(secret_prefix.size());
    else if (!secret.empty()) keys.emplace_back(secret);
    auto decoded = from_base64(secret);
    if (decoded && !decoded->empty()) keys.push_back(std::move(*decoded));
    return keys;
}

Gate signature_or_header(std::vector<std::string> headers, SharedSecret secret, Clock clock, std::string caller,
                         std::string error) {
    auto by_header = bearer_header(std::move(headers), secret, caller, error);
    return [by_header = std::move(by_header), secret = std::move(secret), clock = std::move(clock),
            caller = std::move(caller), error = std::move(error)](const net::RequestHead& head) -> Verdict {
        auto message = signed_message(head);
        if (!message) return by_header(head);
        const bool plausible = secret.is_set() && !message->id.empty() && !digests_of(message->signatures).empty();
        if (!plausible || !is_timely(*message, clock())) return Refusal{401, error};
        return Later{[message = std::move(*message), secret, caller, error](const net::Request& request) {
            return judge_signature(message, secret, caller, error, request);
        }};
    };
}

}  // namespace dcs::auth
