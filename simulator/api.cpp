#include "simulator/api.hpp"

#include "simulator/replies.hpp"

#include <fmt/format.h>

namespace dcs::simulator {
namespace {

constexpr std::size_t most_served = 1'000;

std::string query_text(const net::Query& query, bool encoded) {
    std::string line;
    for (const auto& [name, value] : query)
        line += fmt::format("{}{}={}", line.empty() ? "" : "&", encoded ? net::percent_encode(name) : name,
                            encoded ? net::percent_encode(value) : value);
    return line;
}

/// The two parts of "/api/patients/123": resource and id. A slash at the end is allowed.
struct Place {
    std::string_view resource;
    std::string_view id;
    bool known = false;
};

Place place_of(std::string_view path) {
    constexpr std::string_view root = "/api/";
    if (!path.starts_with(root)) return {};
    path.remove_prefix(root.size());
    if (path.ends_with('/')) path.remove_suffix(1);
    const auto slash = path.find('/');
    Place place{path.substr(0, slash), {}, false};
    if (slash != std::string_view::npos) place.id = path.substr(slash + 1);
    auto plain = place.resource;
    if (plain.ends_with("_list")) plain.remove_suffix(5);
    place.known = find_route(plain) != nullptr || plain == "line_item_deletions";
    return place;
}

std::string pattern_of(std::string_view path) {
    if (path.starts_with("/o/")) return std::string{path.substr(0, 32)};
    const auto place = place_of(path);
    if (!place.known) return "other";
    return fmt::format("/api/{}{}", place.resource, place.id.empty() ? "" : "/{id}");
}

Outcome outcome_of(const std::optional<FaultRule>& fault) {
    if (!fault) return Outcome::complete;
    switch (fault->kind) {
    case FaultKind::bulk_failed: return Outcome::failed;
    case FaultKind::bulk_canceled: return Outcome::canceled;
    case FaultKind::bulk_error: return Outcome::error;
    default: return Outcome::complete;
    }
}

/// Whether the fault alters the true answer instead of replacing it.
bool lets_through(const FaultRule& fault) {
    return fault.kind == FaultKind::slow || fault.kind == FaultKind::truncated || fault.kind >= FaultKind::bulk_failed;
}

}  // namespace

Api::Api(const Clinic& clinic, const Options& options, const Switches& switches, const Limits& limits,
         const SimClock& clock, const std::string& base_url)
    : options_{options},
      switches_{switches},
      clock_{clock},
      base_url_{base_url},
      lists_{clinic, options, switches, clock, base_url},
      bulk_{clinic, lists_, switches, clock, base_url},
      oauth_{options, switches, clock.paced()},
      throttle_{limits, switches},
      faults_{options.seed} {}

Async<net::Response> Api::answer(net::Request request) {
    const auto fault = faults_.strike(request);
    net::Response response;
    if (fault && !lets_through(*fault)) {
        response = faulty(*fault, request);
    } else {
        if (fault && fault->kind == FaultKind::slow) co_await sleep_for(fault->wait);
        response = usual(request, outcome_of(fault));
        if (fault && fault->kind == FaultKind::truncated) response.body.resize(response.body.size() / 2);
    }
    count(request, response.status);
    co_return response;
}

net::Response Api::faulty(const FaultRule& fault, const net::Request& request) {
    const auto authorization = request.headers.get("Authorization");
    switch (fault.kind) {
    case FaultKind::throttled: return throttled(static_cast<double>(fault.wait.count()), switches_);
    case FaultKind::html:
        return {200, "<html><body><h1>Please wait</h1></body></html>", "text/html; charset=utf-8", {}};
    case FaultKind::cut: return {0, "", "", {}};
    case FaultKind::revoked: oauth_.kill_access(authorization); return detail(401, "Invalid token.");
    case FaultKind::unauthorized: return detail(401, "Invalid token.");
    case FaultKind::forbidden: return detail(403, "You do not have permission to perform this action.");
    case FaultKind::redirect: {
        const auto query = query_text(request.query, true);
        const auto here = fmt::format("{}{}{}{}", base_url_, request.path, query.empty() ? "" : "?", query);
        return redirect(fault.location.empty() ? here : fault.location);
    }
    default: return detail(500, "Internal server error.");
    }
}

net::Response Api::usual(const net::Request& request, Outcome bulk_outcome) {
    const auto now = clock_.paced();
    const auto posts = request.method == "POST";
    if (request.path == "/o/authorize/" && request.method == "GET") return oauth_.authorize(request.query, now);
    if (request.path == "/o/authorize/" && posts) return oauth_.decide(request.body, now);
    if (request.path == "/o/token/" && posts) return oauth_.token(request.body, now);
    if (request.path == "/o/revoke_token/" && posts) return oauth_.revoke(request.body);
    if (!request.path.starts_with("/api/")) return {404, "<html><body>Not Found</body></html>", "text/html", {}};
    if (!oauth_.accepts(request.headers.get("Authorization"), now))
        return detail(401, "Authentication credentials were not provided or are invalid.");
    const bool bulk = place_of(request.path).resource.ends_with("_list");
    if (!bulk || switches_.bulk_counts)
        if (const auto wait = throttle_.admit(now)) return throttled(*wait, switches_);
    return resource(request, bulk_outcome);
}

net::Response Api::resource(const net::Request& request, Outcome bulk_outcome) {
    const auto place = place_of(request.path);
    auto name = place.resource;
    const bool bulk = name.ends_with("_list");
    if (bulk) name.remove_suffix(5);
    const auto* route = find_route(name);
    if (!place.known || (bulk && (route == nullptr || !route->bulk || !place.id.empty())))
        return detail(404, "Not found.");
    const auto scope = route != nullptr ? route->scope : "billing";
    if (!oauth_.allows(request.headers.get("Authorization"), scope)) {
        if (route != nullptr && route->denied == Denied::empty && !bulk && place.id.empty()) return lists_.empty_list();
        return detail(403, "You do not have permission to perform this action.");
    }
    if (bulk && request.method == "POST") return bulk_.submit(*route, request.query, bulk_outcome);
    if (request.method != "GET") return detail(405, fmt::format("Method \"{}\" not allowed.", request.method));
    if (bulk) return bulk_.poll(*route, request.query);
    if (route == nullptr) return place.id.empty() ? lists_.deletions(request.query) : detail(404, "Not found.");
    return read(*route, place.id, request.query);
}

net::Response Api::read(const Route& route, std::string_view id, const net::Query& query) {
    if (id.empty()) return lists_.list(route, query);
    if (route.kind == Kind::users && id == "current")
        return redirect(fmt::format("{}/api/users/{}", base_url_, World::first_id(Kind::users)));
    return lists_.item(route, id, query);
}

void Api::count(const net::Request& request, int status) {
    ++tally_.requests;
    ++tally_.by_path[pattern_of(request.path)];
    ++tally_.by_status[status];
    if (status == 429) ++tally_.throttled;
    if (tally_.latest.size() >= most_served) tally_.latest.pop_front();
    tally_.latest.push_back({request.method, request.path, query_text(request.query, false), status});
}

}  // namespace dcs::simulator
