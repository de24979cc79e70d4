#include "auth/gate.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace dcs::auth {

namespace {

/// What both header gates know.
struct Lock {
    std::vector<std::string> headers;
    SharedSecret secret;
    std::string caller;
    std::string error;

    /// The value of the first header that is there; empty when none is, or it came twice.
    std::string_view presented(const net::RequestHead& head) const {
        for (const auto& header : headers)
            if (const auto count = head.headers.count(header); count > 0)
                return count == 1 ? head.headers.get(header) : std::string_view{};
        return {};
    }
    Refusal refusal() const { return Refusal{401, error}; }
};

Async<Judgement> judge_hmac(std::shared_ptr<const Lock> lock, std::string presented, const net::Request& request) {
    if (!lock->secret.matches_hmac(presented, request.body)) co_return Judgement{lock->refusal()};
    co_return Judgement{Caller{lock->caller, "hmac"}};
}

Verdict judge_secret_or_hmac(const std::shared_ptr<const Lock>& lock, const net::RequestHead& head) {
    const auto presented = lock->presented(head);
    if (lock->secret.matches(presented)) return Caller{lock->caller, "secret"};
    if (!lock->secret.is_set() || !SharedSecret::looks_like_hmac(presented)) return lock->refusal();
    return Later{
        [lock, hmac = std::string{presented}](const net::Request& request) { return judge_hmac(lock, hmac, request); }};
}

Verdict judge_bearer(const Lock& lock, const net::RequestHead& head) {
    constexpr std::string_view scheme = "bearer ";
    const auto presented = lock.presented(head);
    const bool has_scheme = std::ranges::equal(presented.substr(0, scheme.size()), scheme, {}, [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter;
    });
    const bool bare = lock.secret.matches(presented);
    const bool behind = lock.secret.matches(has_scheme ? presented.substr(scheme.size()) : std::string_view{});
    if (bare || behind) return Caller{lock.caller, "secret"};
    return lock.refusal();
}

}  // namespace

Gate anybody() {
    return [](const net::RequestHead&) -> Verdict { return Caller{}; };
}

Gate nobody(std::string error) {
    return [error = std::move(error)](const net::RequestHead&) -> Verdict { return Refusal{401, error}; };
}

Gate bearer_header(std::vector<std::string> headers, SharedSecret secret, std::string caller, std::string error) {
    return [lock = std::make_shared<const Lock>(std::move(headers), std::move(secret), std::move(caller),
                                                std::move(error))](const net::RequestHead& head) {
        return judge_bearer(*lock, head);
    };
}

Gate secret_or_hmac_header(std::string header, SharedSecret secret, std::string caller, std::string error) {
    return [lock = std::make_shared<const Lock>(std::vector{std::move(header)}, std::move(secret), std::move(caller),
                                                std::move(error))](const net::RequestHead& head) {
        return judge_secret_or_hmac(lock, head);
    };
}

}  // namespace dcs::auth
