#include "simulator/oauth.hpp"

#include "base/ids.hpp"
#include "simulator/replies.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace dcs::simulator {
namespace {

constexpr std::size_t most_codes = 100;
constexpr std::size_t most_tokens = 1'000;

std::string_view bearer(std::string_view authorization) {
    constexpr std::string_view scheme = "Bearer ";
    return authorization.starts_with(scheme) ? authorization.substr(scheme.size()) : std::string_view{};
}

template <class Kept, class Item>
void keep(Kept& kept, Item item, std::size_t most) {
    if (kept.size() >= most) kept.pop_front();
    kept.push_back(std::move(item));
}

}  // namespace

OAuth::OAuth(const Options& options, const Switches& switches, Time now) : options_{options}, switches_{switches} {
    if (!options.access_token.empty()) access_.push_back({options.access_token, now + options.access_token_life});
    if (!options.refresh_token.empty()) refresh_.push_back({options.refresh_token, std::nullopt, options.access_token});
}

/// The user consents at once.
net::Response OAuth::authorize(const net::Query& query, Time now) {
    const std::string target{query.get("redirect_uri")};
    const bool right_target = !target.empty() && (options_.redirect_uri.empty() || options_.redirect_uri == target);
    if (query.get("client_id") != options_.client_id || !right_target || query.get("response_type") != "code")
        return {400, "<html><body>Error: invalid_request</body></html>", "text/html", {}};
    keep(codes_, Code{new_uuid(), target, now + options_.code_life}, most_codes);
    auto location =
        fmt::format("{}{}code={}", target, target.find('?') == std::string::npos ? '?' : '&', codes_.back().text);
    if (query.has("state")) location += fmt::format("&state={}", net::percent_encode(query.get("state")));
    return redirect(std::move(location));
}

net::Response OAuth::token(std::string_view body, Time now) {
    const auto form = net::Query::parse(body);
    if (form.get("client_id") != options_.client_id || form.get("client_secret") != options_.client_secret)
        return failed("invalid_client");
    const auto type = form.get("grant_type");
    if (type == "authorization_code") return exchange(form, now);
    if (type == "refresh_token") return renew(form, now);
    return reply(400, json::object{{"error", "unsupported_grant_type"}});
}

net::Response OAuth::exchange(const net::Query& form, Time now) {
    const auto code = std::ranges::find(codes_, form.get("code"), &Code::text);
    if (code == codes_.end()) return failed("invalid_grant");
    const bool good = code->until > now && code->redirect_uri == form.get("redirect_uri");
    codes_.erase(code);  // a second use is refused
    if (!good) return failed("invalid_grant");
    if (switches_.second_authorization_revokes) revoke_all();
    return granted(issue(now));
}

net::Response OAuth::renew(const net::Query& form, Time now) {
    auto old = std::ranges::find(refresh_, form.get("refresh_token"), &Refresh::text);
    if (old == refresh_.end() || (old->until && *old->until <= now)) return failed("invalid_grant");
    std::erase_if(access_, [&](const Access& token) { return token.text == old->access; });
    if (!switches_.refresh_rotates) {
        old->access = issue_access(now);
        return granted({old->access, old->text});
    }
    if (!old->until) old->until = now + switches_.old_refresh_grace;
    return granted(issue(now));
}

net::Response OAuth::revoke(std::string_view body) {
    const auto form = net::Query::parse(body);
    if (form.get("client_id") != options_.client_id || form.get("client_secret") != options_.client_secret)
        return failed("invalid_client");
    const auto token = form.get("token");
    std::erase_if(access_, [&](const Access& known) { return known.text == token; });
    std::erase_if(refresh_, [&](const Refresh& known) { return known.text == token; });
    return {200, "", "application/json", {}};
}

net::Response OAuth::failed(std::string_view error) const {
    return reply(switches_.token_error_status, json::object{{"error", error}});
}

net::Response OAuth::granted(const Grant& grant) const {
    return reply(200, json::object{{"access_token", grant.access},
                                   {"token_type", "Bearer"},
                                   {"expires_in", options_.access_token_life.count()},
                                   {"refresh_token", grant.refresh},
                                   {"scope", options_.scope}});
}

std::string OAuth::issue_access(Time now) {
    keep(access_, Access{new_uuid(), now + options_.access_token_life}, most_tokens);
    return access_.back().text;
}

Grant OAuth::issue(Time now) {
    const auto access = issue_access(now);
    keep(refresh_, Refresh{new_uuid(), std::nullopt, access}, most_tokens);
    return {access, refresh_.back().text};
}

bool OAuth::accepts(std::string_view authorization, Time now) const {
    const auto token = bearer(authorization);
    if (token.empty()) return false;
    return std::ranges::any_of(access_, [&](const Access& known) { return known.text == token && known.until > now; });
}

bool OAuth::allows(std::string_view scope) const {
    if (scope.empty()) return true;
    std::vector<std::string> granted;
    boost::split(granted, options_.scope, boost::is_any_of(" "));
    return std::ranges::find(granted, fmt::format("{}:read", scope)) != granted.end();
}

void OAuth::kill_access(std::string_view authorization) {
    std::erase_if(access_, [&](const Access& known) { return known.text == bearer(authorization); });
}

void OAuth::revoke_all() {
    codes_.clear();
    access_.clear();
    refresh_.clear();
}

}  // namespace dcs::simulator
