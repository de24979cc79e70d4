#include "ingress/routes.hpp"

#include "auth/admin_gate.hpp"
#include "base/log.hpp"
#include "base/log_seldom.hpp"
#include "ingress/admin_routes.hpp"
#include "ingress/deepcura.hpp"
#include "ingress/drchrono.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>

namespace dcs::ingress {

namespace {

constexpr std::size_t no_body = 0;
constexpr std::size_t stranger_body = 1024 * 1024;
constexpr std::size_t small_body = 64 * 1024;  // a scheduler may send one; nobody reads it

/// The first segment of `path`, which starts with '/'; taken off `path`.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

bool matches(std::string_view pattern, std::string_view path) {
    while (!pattern.empty() && !path.empty()) {
        const auto expected = take_segment(pattern);
        if (expected == "*" && pattern.empty()) return true;
        const auto segment = take_segment(path);
        const bool any = expected.starts_with('{') && !segment.empty();
        if (!any && segment != expected) return false;
    }
    return pattern.empty() && path.empty();
}

constexpr std::string_view webhooks = "/webhooks/";

/// A webhook's address with one slash at its end is the same route: senders' consoles are filled in by hand.
std::string_view without_last_slash(std::string_view path) {
    if (path.starts_with(webhooks) && path.size() > webhooks.size() && path.ends_with('/')) path.remove_suffix(1);
    return path;
}

/// A sender that posts to a wrong address may never come again; nothing of it is kept. The path is not shown: it may be anything.
void tell_unknown_webhook(const net::RequestHead& head) {
    static thread_local log::Seldom seldom;
    if (!head.path.starts_with(webhooks)) return;
    if (const auto times = seldom.count())
        log::warning("a request to an address below /webhooks/ that there is not: is the sender's URL right?",
                     {{"request_id", head.request_id}, {"times", *times}});
}

/// Keeps table and gates alive as long as the door or a request under way needs them.
struct House {
    RouteTable table;
    Gates gates;
};

net::Response refused(const auth::Refusal& refusal, std::string_view request_id) {
    auto response = net::json_error(refusal.status, refusal.error, request_id);
    response.headers = refusal.headers;
    return response;
}

net::Response no_route(const RouteTable& table, const net::RequestHead& head) {
    std::string allowed;
    for (const auto& route : table) {
        if (!matches(route.path, without_last_slash(head.path))) continue;
        allowed += (allowed.empty() ? "" : ", ") + (route.method == "GET" ? "GET, HEAD" : route.method);
    }
    auto response = allowed.empty() ? net::json_error(404, "Not found", head.request_id)
                                    : net::json_error(405, "Method not allowed", head.request_id);
    if (!allowed.empty()) response.headers.add("Allow", allowed);
    else tell_unknown_webhook(head);
    if (head.path.starts_with("/admin")) auth::add_api_headers(response.headers);
    return response;
}

/// `proves` becomes true where the caller may.
Async<net::Response> judge_then_handle(std::shared_ptr<const Route> route, auth::Later judge,
                                       std::shared_ptr<bool> proves, net::Request request) {
    auto judgement = co_await judge(request);
    if (const auto* refusal = std::get_if<auth::Refusal>(&judgement)) co_return refused(*refusal, request.request_id);
    *proves = true;
    auto work = route->handle(std::move(request), std::move(std::get<auth::Caller>(judgement)));
    co_return co_await std::move(work);
}

Async<std::optional<net::Response>> judge_then_stream(std::shared_ptr<const Route> route, auth::Verdict verdict,
                                                      net::Request request, net::BodyStream& stream) {
    if (const auto* later = std::get_if<auth::Later>(&verdict)) {
        auto judging = (*later)(request);
        auto judgement = co_await std::move(judging);
        if (const auto* refusal = std::get_if<auth::Refusal>(&judgement))
            co_return refused(*refusal, request.request_id);
        verdict = std::move(std::get<auth::Caller>(judgement));
    }
    auto work = route->stream(std::move(request), std::move(std::get<auth::Caller>(verdict)), stream);
    co_return co_await std::move(work);
}

net::Admission admit(std::shared_ptr<const Route> route, auth::Verdict verdict) {
    // A signature is only known to be right when the whole body is there. DrChrono sends its secret itself, and little.
    const bool later_known = std::holds_alternative<auth::Later>(verdict) && route->who != Who::scribe_proof;
    const auto limit = later_known ? std::min(route->max_body_bytes, stranger_body) : route->max_body_bytes;
    if (route->stream) {
        net::Admission admission{.max_body_bytes = limit};
        admission.proven = false;
        admission.stream = [route = std::move(route), verdict = std::move(verdict)](net::Request request,
                                                                                    net::BodyStream& stream) {
            return judge_then_stream(route, verdict, std::move(request), stream);
        };
        return admission;
    }
    if (auto* later = std::get_if<auth::Later>(&verdict)) {
        net::Admission admission{.max_body_bytes = limit};
        const auto proves = std::make_shared<bool>(false);
        admission.handle = [route = std::move(route), judge = std::move(*later), proves](net::Request request) {
            return judge_then_handle(route, judge, proves, std::move(request));
        };
        admission.proves = proves;
        admission.proven = false;
        return admission;
    }
    auto& caller = std::get<auth::Caller>(verdict);
    net::Admission admission{.max_body_bytes = limit};
    admission.proven = !caller.name.empty();
    admission.handle = [route = std::move(route), caller = std::move(caller)](net::Request request) {
        return route->handle(std::move(request), caller);
    };
    return admission;
}

std::variant<net::Response, net::Admission> knock(const std::shared_ptr<const House>& house,
                                                  const net::RequestHead& head) {
    const auto* found = find_route(house->table, head.method, head.path);
    if (found == nullptr) return no_route(house->table, head);
    auto verdict = house->gates.at(found->who)(head);
    if (const auto* refusal = std::get_if<auth::Refusal>(&verdict)) return refused(*refusal, head.request_id);
    return admit(std::shared_ptr<const Route>{house, found}, std::move(verdict));
}

std::string text_of_size(std::size_t bytes) {
    constexpr std::size_t kilo = 1024;
    if (bytes == 0) return "no body";
    if (bytes % (kilo * kilo) == 0) return fmt::format("{} MiB", bytes / kilo / kilo);
    return bytes % kilo == 0 ? fmt::format("{} KiB", bytes / kilo) : fmt::format("{} B", bytes);
}

}  // namespace

std::string_view text_of(Who who) noexcept {
    switch (who) {
    case Who::anybody: return "anyone";
    case Who::drchrono_signature: return "X-drchrono-signature";
    case Who::deepcura_secret: return "X-deepcura-secret";
    case Who::scribe_proof: return "signature or secret";
    case Who::oidc: return "OIDC token";
    case Who::own_page: return "our own page";
    case Who::signed_in:
    case Who::viewer: return "signed in";
    case Who::operates: return "operator";
    case Who::phi_reader: return "phi-reader";
    case Who::filer: return "operator+phi-reader";
    case Who::administrator: return "admin";
    case Who::emergency: return "emergency";
    }
    return "nobody";
}

RouteTable route_table(Handlers handlers) {
    RouteTable table{
        {"GET", "/health", Who::anybody, no_body, "liveness; touches nothing", std::move(handlers.health)},
        {"GET", "/ready", Who::anybody, no_body, "whether deliveries can be accepted", std::move(handlers.ready)},
        {"GET", "/webhooks/drchrono", Who::anybody, no_body, "DrChrono's verification of this address (?msg=…)",
         std::move(handlers.drchrono_verify)},
        {"POST", "/webhooks/drchrono", Who::drchrono_signature, max_drchrono_body_bytes, "a DrChrono webhook delivery",
         std::move(handlers.drchrono_receive)},
        {"POST", "/webhooks/deepcura", Who::deepcura_secret, max_deepcura_body_bytes, "a Deep Cura gridhook: one note",
         std::move(handlers.deepcura_receive)},
        {"POST", "/webhooks/scribe/{source}", Who::scribe_proof, max_deepcura_body_bytes,
         "one note of a scribe, by its source: deepcura (as above) or generic (plain JSON; Standard Webhooks signature, or "
         "X-scribe-secret)",
         std::move(handlers.scribe_receive)},
        {"POST", "/sync/all", Who::oidc, small_body,
         "reconcile all resources, parents first (?mode=, ?restart=true, ?repair=true)", std::move(handlers.sync_all)},
        {"POST", "/sync/{resource}", Who::oidc, small_body,
         "reconcile one resource (?mode= incremental or full, ?since=…, ?restart=true, ?repair=true): patients, appointments, clinical-notes, medications, "
         "problems, allergies, insurance, line-items, doctors, offices",
         std::move(handlers.sync_one)},
        {"POST", "/maintenance/cleanup", Who::oidc, small_body, "remove what RETAIN_* no longer keeps (?dry_run=true)",
         std::move(handlers.clean_up)},
    };
    auto admin = admin_routes(handlers.admin);
    std::ranges::move(admin, std::back_inserter(table));
    return table;
}

RouteTable metrics_table(Handler metrics) {
    return {{"GET", "/metrics", Who::anybody, no_body, "numbers for Prometheus", std::move(metrics)}};
}

const Route* find_route(const RouteTable& table, std::string_view method, std::string_view path) {
    const auto asked = method == "HEAD" ? std::string_view{"GET"} : method;
    path = without_last_slash(path);
    const auto found = std::ranges::find_if(
        table, [&](const Route& route) { return route.method == asked && matches(route.path, path); });
    return found == table.end() ? nullptr : &*found;
}

std::vector<std::string> rows(const RouteTable& table) {
    std::size_t path_width = 0;
    for (const auto& route : table) path_width = std::max(path_width, route.path.size());
    std::vector<std::string> lines;
    lines.reserve(table.size());
    for (const auto& route : table)
        lines.push_back(fmt::format("{:<6} {:<{}}  {:<20}  {:>8}  {}", route.method, route.path, path_width,
                                    text_of(route.who), text_of_size(route.max_body_bytes), route.about));
    return lines;
}

net::Door make_door(RouteTable table, Gates gates) {
    for (const auto& route : table)
        if ((!route.handle && !route.stream) || !gates.contains(route.who) || !gates.at(route.who))
            throw std::logic_error{fmt::format("{} {} has no handler or no gate", route.method, route.path)};
    auto house = std::make_shared<const House>(House{std::move(table), std::move(gates)});
    return [house = std::move(house)](const net::RequestHead& head) { return knock(house, head); };
}

}  // namespace dcs::ingress
