#include "auth/gate.hpp"

#include <memory>
#include <utility>

namespace dcs::auth {

namespace {

/// What both header gates know.
struct Lock {
    std::string header;
    SharedSecret secret;
    std::string caller;
    std::string error;

    /// The header's value; empty when it is missing or came twice.
    std::string_view presented(const net::RequestHead& head) const {
        return head.headers.count(header) == 1 ? head.headers.get(header) : std::string_view{};
    }
    Refusal refusal() const { return Refusal{401, error}; }
};

Async<Judgement> judge_hmac(std::shared_ptr<const Lock> lock, std::string presented, const net::Request& request) {
    if (!lock->secret.matches_hmac(presented, request.body)) co_return Judgement{lock->refusal()};
    co_return Judgement{Caller{lock->caller, "hmac"}};
}

Verdict judge_header(const std::shared_ptr<const Lock>& lock, const net::RequestHead& head, bool hmac_counts) {
    const auto presented = lock->presented(head);
    if (lock->secret.matches(presented)) return Caller{lock->caller, "secret"};
    if (!hmac_counts || !lock->secret.is_set() || !SharedSecret::looks_like_hmac(presented)) return lock->refusal();
    return Later{
        [lock, hmac = std::string{presented}](const net::Request& request) { return judge_hmac(lock, hmac, request); }};
}

Gate header_gate(Lock lock, bool hmac_counts) {
    return [lock = std::make_shared<const Lock>(std::move(lock)), hmac_counts](const net::RequestHead& head) {
        return judge_header(lock, head, hmac_counts);
    };
}

}  // namespace

Gate anybody() {
    return [](const net::RequestHead&) -> Verdict { return Caller{}; };
}

Gate secret_header(std::string header, SharedSecret secret, std::string caller, std::string error) {
    return header_gate({std::move(header), std::move(secret), std::move(caller), std::move(error)}, false);
}

Gate secret_or_hmac_header(std::string header, SharedSecret secret, std::string caller, std::string error) {
    return header_gate({std::move(header), std::move(secret), std::move(caller), std::move(error)}, true);
}

}  // namespace dcs::auth
