#include "auth/admin_gate.hpp"

#include "base/log.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dcs::auth {

namespace {

constexpr std::string_view session_name = "drchrono_sync_admin";
constexpr std::string_view device_name = "drchrono_sync_device";
constexpr std::chrono::seconds device_lives = std::chrono::days{180};
constexpr std::size_t id_length = 43;  // 32 bytes in base64url

Refusal refusal(int status, std::string error) {
    Refusal made{status, std::move(error)};
    add_api_headers(made.headers);
    return made;
}

bool reads_only(const net::RequestHead& head) { return head.method == "GET" || head.method == "HEAD"; }

/// "localhost:8080" → whether that is this very machine.
bool on_loopback(std::string_view host) {
    if (host.starts_with("[::1]")) return true;
    const auto name = host.substr(0, host.find(':'));
    return name == "localhost" || name.ends_with(".localhost") || name == "127.0.0.1";
}

/// What the browser itself says of who sent this; clients that are no browsers say nothing.
bool sent_by_another_site(const net::RequestHead& head) {
    const auto site = head.headers.get("Sec-Fetch-Site");
    if (!site.empty()) return site != "same-origin" && site != "none";
    auto origin = head.headers.get("Origin");
    if (origin.empty()) return false;
    const auto scheme = origin.find("://");
    return scheme == std::string_view::npos || origin.substr(scheme + 3) != head.headers.get("Host");
}

/// Browsers keep a __Host- cookie to https and to this very host; they do not take one from this machine's plain http.
std::string name_of_cookie(const net::RequestHead& head, std::string_view name) {
    return (on_loopback(head.headers.get("Host")) ? "" : "__Host-") + std::string{name};
}

/// The id in the cookie of that name; empty: none that could be one.
std::string id_in_cookie(const net::RequestHead& head, std::string_view cookie) {
    const auto name = name_of_cookie(head, cookie);
    if (head.headers.count("Cookie") != 1) return {};
    auto rest = head.headers.get("Cookie");
    std::string found;
    while (!rest.empty()) {
        auto pair = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        if (!pair.starts_with(name) || pair.substr(name.size(), 1) != "=") continue;
        if (!found.empty()) return {};  // two of one name: somebody tries to slip one in
        found = pair.substr(name.size() + 1);
    }
    const bool shaped = found.size() == id_length && std::ranges::all_of(found, [](char letter) {
                            return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                                   (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
                        });
    return shaped ? found : std::string{};
}

std::string cookie_of(const net::RequestHead& head, std::string_view name, std::string_view id,
                      std::chrono::seconds lives) {
    const bool bare = on_loopback(head.headers.get("Host"));
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", name_of_cookie(head, name), id,
                       bare ? "" : "; Secure",
                       id.empty()          ? "; Max-Age=0"
                       : lives.count() > 0 ? fmt::format("; Max-Age={}", lives.count())
                                           : std::string{});
}

Async<Judgement> judge(AdminDoor door, Need need, std::string id, const net::Request& request) {
    const bool used = request.headers.get("X-Background").empty();
    const auto session = co_await door.sessions.find(std::move(id), used);
    if (!session && session.error().fault == Fault::unauthorized) co_return refusal(401, "Not signed in");
    if (!session) co_return refusal(503, "The database is away or too slow; please try again");
    if (door.iap.in_use()) {
        const auto email = co_await door.iap.email_of(request.headers);
        if (!email || session->email.empty() || *email != session->email) {
            log::warning(
                "a caller of the admin page was refused",
                {{"reason", email ? "another_user" : email.error().detail}, {"request_id", request.request_id}});
            co_return refusal(401, "Not signed in");
        }
    }
    if (!reads_only(request) && !crypto::same_secret(request.headers.get("X-CSRF-Token"), csrf_token(session->id)))
        co_return refusal(403, "Missing or wrong CSRF token");
    if (session->must_enroll && need != Need::signed_in) co_return refusal(403, "Set up your second factor first");
    if (!session->emergency.empty() && need == Need::operates_and_reads_phi)
        co_return refusal(403, "Emergency access lets one see, and decide nothing");
    if (!allows(session->roles, need)) co_return refusal(403, fmt::format("This needs the role {}", name_of(need)));
    co_return Caller{session->user, "session", session->roles, session->id, session->emergency};
}

}  // namespace

Gate admin_gate(AdminDoor door, Need need) {
    return [door, need](const net::RequestHead& head) -> Verdict {
        if (!reads_only(head) && sent_by_another_site(head)) return refusal(403, "Sent by another site");
        auto id = session_id(head);
        if (id.empty()) return refusal(401, "Not signed in");
        return Later{[door, need, id](const net::Request& request) { return judge(door, need, id, request); }};
    };
}

Gate own_page() {
    return [](const net::RequestHead& head) -> Verdict {
        if (!reads_only(head) && sent_by_another_site(head)) return refusal(403, "Sent by another site");
        return Caller{};
    };
}

void add_api_headers(net::Headers& headers) {
    headers.add("Cache-Control", "no-store");
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    headers.add("Cross-Origin-Resource-Policy", "same-origin");
    headers.add("Referrer-Policy", "no-referrer");
    headers.add("Strict-Transport-Security", std::string{https_only});
}

std::string session_id(const net::RequestHead& head) { return id_in_cookie(head, session_name); }

std::string session_cookie(const net::RequestHead& head, std::string_view id) {
    return cookie_of(head, session_name, id, {});
}

std::string device_id(const net::RequestHead& head) { return id_in_cookie(head, device_name); }

std::string device_cookie(const net::RequestHead& head, std::string_view id) {
    return cookie_of(head, device_name, id, device_lives);
}

}  // namespace dcs::auth
