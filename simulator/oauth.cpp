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

std::vector<std::string> parts_of(std::string_view scopes) {
    std::vector<std::string> parts;
    boost::split(parts, scopes, boost::is_any_of(" "));
    return parts;
}

/// To where the application waits, with one answer and its state.
net::Response back_to(const net::Query& question, std::string_view name, std::string_view value) {
    const std::string target{question.get("redirect_uri")};
    auto location = fmt::format("{}{}{}={}", target, target.find('?') == std::string::npos ? '?' : '&', name, value);
    if (question.has("state")) location += fmt::format("&state={}", net::percent_encode(question.get("state")));
    return redirect(std::move(location));
}

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char letter : text) safe += fmt::format("&#{};", static_cast<unsigned char>(letter));
    return safe;
}

std::string page_asking(const net::Query& question) {
    std::string page = "<html><body><h1>May this application read your practice?</h1>"
                       "<form method=\"post\" action=\"/o/authorize/\">";
    for (const auto& [name, value] : question)
        page += fmt::format(R"(<input type="hidden" name="{}" value="{}">)", escaped(name), escaped(value));
    return page + R"(<button name="allow" value="yes">Authorize</button><button>Cancel</button></form></body></html>)";
}

}  // namespace

OAuth::OAuth(const Options& options, const Switches& switches, Time now) : options_{options}, switches_{switches} {
    if (!options.access_token.empty())
        access_.push_back({options.access_token, options.scope, now + options.access_token_life});
    if (!options.refresh_token.empty())
        refresh_.push_back({options.refresh_token, std::nullopt, options.access_token, options.scope});
}

bool OAuth::asks_rightly(const net::Query& question) const {
    const auto target = question.get("redirect_uri");
    const bool right_target = !target.empty() && (options_.redirect_uri.empty() || options_.redirect_uri == target);
    return question.get("client_id") == options_.client_id && right_target && question.get("response_type") == "code";
}

/// nullopt: invalid_scope.
std::optional<std::string> OAuth::scope_for(const net::Query& question) const {
    if (question.get("scope").empty()) return options_.scope;
    if (switches_.named_scopes == NamedScopes::none) return std::nullopt;
    const auto owned = parts_of(options_.scope);
    std::string scope;
    for (const auto& name : parts_of(question.get("scope"))) {
        if (std::ranges::find(owned, name) != owned.end()) scope += (scope.empty() ? "" : " ") + name;
        else if (switches_.named_scopes == NamedScopes::all) return std::nullopt;
    }
    return scope;
}

net::Response OAuth::authorize(const net::Query& query, Time now) {
    if (!asks_rightly(query)) return {400, "<html><body>Error: invalid_request</body></html>", "text/html", {}};
    if (!scope_for(query)) return back_to(query, "error", "invalid_scope");
    if (switches_.consent == Consent::refused) return back_to(query, "error", "access_denied");
    if (switches_.consent == Consent::asked) return {200, page_asking(query), "text/html; charset=utf-8", {}};
    return consented(query, now);
}

net::Response OAuth::decide(std::string_view form, Time now) {
    const auto question = net::Query::parse(form);
    if (!asks_rightly(question)) return {400, "<html><body>Error: invalid_request</body></html>", "text/html", {}};
    return question.has("allow") ? consented(question, now) : back_to(question, "error", "access_denied");
}

net::Response OAuth::consented(const net::Query& question, Time now) {
    auto scope = scope_for(question);
    if (!scope) return back_to(question, "error", "invalid_scope");
    keep(codes_,
         Code{new_uuid(), std::string{question.get("redirect_uri")}, std::move(*scope), now + options_.code_life},
         most_codes);
    return back_to(question, "code", codes_.back().text);
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
    const auto scope = code->scope;
    codes_.erase(code);  // a second use is refused
    if (!good) return failed("invalid_grant");
    if (switches_.second_authorization_revokes) revoke_all();
    return granted(issue(scope, now), scope);
}

net::Response OAuth::renew(const net::Query& form, Time now) {
    auto old = std::ranges::find(refresh_, form.get("refresh_token"), &Refresh::text);
    if (old == refresh_.end() || (old->until && *old->until <= now)) return failed("invalid_grant");
    std::erase_if(access_, [&](const Access& token) { return token.text == old->access; });
    if (!switches_.refresh_rotates) {
        old->access = issue_access(old->scope, now);
        return granted({old->access, old->text}, old->scope);
    }
    if (!old->until) old->until = now + switches_.old_refresh_grace;
    const auto scope = old->scope;
    return granted(issue(scope, now), scope);
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

net::Response OAuth::granted(const Grant& grant, std::string_view scope) const {
    return reply(200, json::object{{"access_token", grant.access},
                                   {"token_type", "Bearer"},
                                   {"expires_in", options_.access_token_life.count()},
                                   {"refresh_token", grant.refresh},
                                   {"scope", scope}});
}

std::string OAuth::issue_access(const std::string& scope, Time now) {
    keep(access_, Access{new_uuid(), scope, now + options_.access_token_life}, most_tokens);
    return access_.back().text;
}

Grant OAuth::issue(const std::string& scope, Time now) {
    const auto access = issue_access(scope, now);
    keep(refresh_, Refresh{new_uuid(), std::nullopt, access, scope}, most_tokens);
    return {access, refresh_.back().text};
}

bool OAuth::accepts(std::string_view authorization, Time now) const {
    const auto token = bearer(authorization);
    if (token.empty()) return false;
    return std::ranges::any_of(access_, [&](const Access& known) { return known.text == token && known.until > now; });
}

bool OAuth::allows(std::string_view authorization, std::string_view scope) const {
    if (scope.empty()) return true;
    const auto token = std::ranges::find(access_, bearer(authorization), &Access::text);
    if (token == access_.end()) return false;
    const auto granted = parts_of(token->scope);
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
