// What the doctor asks of the service itself, of Pub/Sub and of the issuer of tokens.
#include "app/doctor.hpp"

#include "auth/jwks.hpp"
#include "auth/shared_secret.hpp"
#include "base/counted.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>

namespace dcs::app {

namespace {

using namespace std::chrono_literals;

net::Call call_of(std::string url) {
    net::Call call{.url = std::move(url)};
    call.time_limit = 8s;
    call.max_body_bytes = 256 * 1024;
    return call;
}

/// The checks of /ready that are not ok.
std::string complaints(const std::string& body) {
    const auto parsed = Document::parse(body);
    const auto* checks = parsed ? parsed->value.find("checks") : nullptr;
    std::vector<std::string> names;
    if (checks)
        for (const auto& [name, check] : checks->members())
            if (const auto* status = check.find("status"); status && status->string() != "ok") names.push_back(name);
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Async<Finding> Doctor::service() {
    auto call = call_of(address_.url + "/ready");
    const auto answer = co_await client_.send(std::move(call));
    if (!answer && !address_.named)
        co_return Finding{.grade = Grade::skipped,
                          .found = fmt::format("nobody answers at {}", address_.url),
                          .advice = "start the service, or say with --url where it is"};
    if (!answer)
        co_return Finding{.grade = Grade::failed,
                          .found = fmt::format("nobody answers at {}: {}", address_.url, answer.error().detail),
                          .advice = "start the service; check its address, its certificate and the way to it"};
    const auto ill = complaints(answer->body);
    if (answer->status == 200 && ill.empty()) co_return Finding{.found = "ready at " + address_.url};
    if (ill.empty())
        co_return Finding{.grade = Grade::failed,
                          .found = fmt::format("{}/ready answers {}", address_.url, answer->status),
                          .advice = "is that address this service's?"};
    co_return Finding{.grade = answer->status == 200 ? Grade::warning : Grade::failed,
                      .found = "not well: " + ill,
                      .advice = fmt::format("see {}/ready, and what the other lines here say", address_.url)};
}

/// As DrChrono's console does it (fact sheet 5).
Async<Finding> Doctor::handshake() {
    const auth::SharedSecret secret{settings_.drchrono_webhook_secret};
    const auto msg = to_hex(crypto::random_bytes(16));
    auto call = call_of(fmt::format("{}/webhooks/drchrono?msg={}", address_.url, msg));
    const auto answer = co_await client_.send(std::move(call));
    if (!answer)
        co_return Finding{.grade = Grade::failed,
                          .found = answer.error().detail,
                          .advice = "let the way to the service pass /webhooks/drchrono on"};
    const auto parsed = Document::parse(answer->body);
    const auto* token = parsed ? parsed->value.find("secret_token") : nullptr;
    if (answer->status != 200 || !token)
        co_return Finding{.grade = Grade::failed,
                          .found = fmt::format("the service answers {} to it", answer->status),
                          .advice = "let the way to the service pass /webhooks/drchrono on as it is"};
    if (token->string() != secret.sign(msg))
        co_return Finding{.grade = Grade::failed,
                          .found = "the running service signs with another secret than DRCHRONO_WEBHOOK_SECRET here",
                          .advice = "start it with the same settings; DrChrono's console must have the same secret"};
    const auto target = net::Target::parse(address_.url);
    if (target && target->loopback())
        co_return Finding{.found = "it works on this machine; with --url https://… it is tried from outside"};
    co_return Finding{.found = "it works at " + address_.url};
}

Async<Finding> Doctor::pubsub() {
    if (!topic_.configured())
        co_return Finding{.grade = Grade::skipped, .found = "no GCP_PROJECT: events are offered in outbox_feed"};
    const auto seen = co_await topic_.look(std::chrono::steady_clock::now() + 20s);
    if (!seen) {
        Finding finding{.grade = Grade::failed, .found = seen.error().detail};
        finding.advice = seen.error().fault == Fault::not_found
                             ? "create the topic, or correct GCP_PROJECT and PUBSUB_TOPIC"
                         : seen.error().fault == Fault::forbidden
                             ? "give the service account roles/pubsub.publisher on the topic; check its key"
                             : "check the way to Pub/Sub, and PUBSUB_EMULATOR_HOST";
        co_return finding;
    }
    if (!seen->exists) co_return Finding{.found = "the emulator answers; the topic is made with the first event"};
    if (!seen->may_publish)
        co_return Finding{.grade = Grade::failed,
                          .found = "the service account may not publish",
                          .advice = "give it roles/pubsub.publisher on the topic"};
    if (!seen->unordered.empty())
        co_return Finding{
            .grade = Grade::warning,
            .found = fmt::format("subscriptions without message ordering: {}", fmt::join(seen->unordered, ", ")),
            .advice = "create them again with enableMessageOrdering, or let their readers order by version"};
    co_return Finding{.found = seen->subscriptions_seen
                                   ? "may publish; every subscription keeps the order"
                                   : "may publish; subscriptions cannot be seen with these rights"};
}

Async<Finding> Doctor::oidc_keys() {
    if (settings_.oidc_audience.empty())
        co_return Finding{.grade = Grade::skipped, .found = "no OIDC_AUDIENCE: nobody calls /sync from outside"};
    auto call = call_of(settings_.oidc_jwks_url);
    const auto answer = co_await client_.send(std::move(call));
    const auto advice = "check OIDC_JWKS_URL and the way to it: callers of /sync are refused without keys";
    if (!answer) co_return Finding{.grade = Grade::failed, .found = answer.error().detail, .advice = advice};
    const auto keys = auth::JwkSet::parse(answer->body);
    if (answer->status != 200 || !keys)
        co_return Finding{
            .grade = Grade::failed,
            .found = fmt::format("{} answers {} without usable keys", settings_.oidc_jwks_url, answer->status),
            .advice = advice};
    co_return Finding{.found = fmt::format("{} of {}", counted(keys->size(), "key"), settings_.oidc_issuer)};
}

}  // namespace dcs::app
