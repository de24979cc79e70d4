#include "admin/session.hpp"

#include "admin/access.hpp"
#include "admin/reply.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

namespace dcs::admin {

namespace {

std::string text_of(const Backend& backend, const auth::AdminSession& session) {
    std::string roles;
    for (std::string rest = auth::text_of(session.roles); !rest.empty();) {
        const auto comma = rest.find(',');
        roles += (roles.empty() ? "" : ",") + json_quoted(rest.substr(0, comma));
        rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    }
    return fmt::format(
        R"({{"user":{},"roles":[{}],"csrf":{},"via":{},"idle_expires_at":{},"expires_at":{},"now":{},"time_zone":{},"version":{},"dev":{},"must_enroll":{},"emergency_ends_at":{}}})",
        json_quoted(session.user), roles, json_quoted(auth::csrf_token(session.id)), json_quoted(session.via),
        json_quoted(session.idle_expires_at), json_quoted(session.expires_at), json_quoted(iso8601(system_now())),
        json_quoted(backend.about.time_zone), json_quoted(backend.about.version), json_of(backend.about.dev),
        json_of(session.must_enroll), json_or_null(session.emergency_ends_at));
}

Async<Result<>> write_down(Backend& backend, auth::Caller caller, const net::RequestHead& request, std::string action,
                           std::string details) {
    auto statement = log_access(caller, request, {.action = std::move(action), .details = std::move(details)});
    const auto done = co_await read(backend, std::move(statement));
    if (!done) co_return done.error();
    co_return Result<>{};
}

/// The session, its cookie and the row that says so; without that row, no session.
Async<net::Response> begun(Backend& backend, const net::RequestHead& request, auth::AdminSession session) {
    auto writing = write_down(backend, {session.user, "session", session.roles, session.id}, request, "session.begin",
                              fmt::format(R"({{"via":{}}})", json_quoted(session.via)));
    const auto written = co_await std::move(writing);
    if (!written) {
        co_await backend.sessions.sign_out(session.id);
        co_return failed(written.error(), request);
    }
    auto response = json(text_of(backend, session));
    response.headers.add("Set-Cookie", auth::session_cookie(request, session.id));
    if (!session.device.empty()) response.headers.add("Set-Cookie", auth::device_cookie(request, session.device));
    co_return response;
}

/// The details of a refusal. A name is kept only where a user has it: people type passwords into the wrong field.
std::string refusal_of(const pg::Rows& known, const std::string& name, const net::RequestHead& request) {
    return fmt::format(R"({{"address":{},"user":{}}})", json_quoted(request.remote),
                       known.empty() ? "null" : json_quoted(name));
}

Async<net::Response> refused(Backend& backend, const net::RequestHead& request, std::string name, Error error) {
    if (error.fault == Fault::unavailable) co_return failed(error, request);
    const bool throttled = error.fault == Fault::rate_limited;
    if (!throttled && error.detail != auth::code_needed) {  // those are bounded by the throttle
        auto question = pg::sql("select from admin_users where name = $1", name);
        const auto known = co_await read(backend, std::move(question));
        if (!known) co_return failed(known.error(), request);
        auto writing = write_down(backend, {}, request, "session.refused", refusal_of(*known, name, request));
        const auto written = co_await std::move(writing);
        if (!written) co_return failed(written.error(), request);
    }
    log::warning("a sign-in to the admin page was refused",
                 {{"request_id", request.request_id}, {"throttled", throttled}, {"remote", request.remote}});
    if (error.detail == auth::code_needed || error.detail == auth::code_wrong)
        co_return refuse(401,
                         error.detail == auth::code_needed ? "Please give a code of your second factor"
                                                           : "Wrong code, or one that was used already",
                         request, R"("second_factor":true)");
    if (!throttled) co_return refuse(401, "Wrong name or password", request);
    auto response = refuse(429, "Too many wrong passwords; please wait", request);
    const auto wait = std::chrono::ceil<std::chrono::seconds>(error.retry_after.value_or(std::chrono::seconds{1}));
    response.headers.add("Retry-After", std::to_string(wait.count()));
    co_return response;
}

Async<net::Response> begin_by_iap(Backend& backend, const net::RequestHead& request) {
    const auto email = co_await backend.iap.email_of(request.headers);
    if (!email && email.error().fault == Fault::unavailable) co_return failed(email.error(), request);
    if (!email) {
        log::warning("a caller of the admin page was refused",
                     {{"reason", email.error().detail}, {"request_id", request.request_id}});
        co_return refuse(401, "Not signed in", request, R"("sign_in":"iap")");
    }
    auto session = co_await backend.sessions.sign_in_by_email(*email);
    if (!session && session.error().fault == Fault::forbidden)
        co_return refuse(403, "No user of this service has your address", request, R"("sign_in":"iap")");
    if (!session) co_return failed(session.error(), request);
    auto answering = begun(backend, request, std::move(*session));
    co_return co_await std::move(answering);
}

}  // namespace

Async<net::Response> sign_in(Backend& backend, net::Request request, auth::Caller) {
    if (backend.iap.in_use()) co_return refuse(403, "Sign in through Google", request, R"("sign_in":"iap")");
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    const auto* password = body->find("password");
    auto name = text_at(*body, "user");
    if (name.empty() || name.size() > 200 || password == nullptr || !password->string() ||
        password->string()->empty() || password->string()->size() > 1'000)
        co_return refuse(400, "user and password are needed", request);
    auth::SignIn wanted{name, std::string{*password->string()}, request.remote, auth::device_id(request),
                        text_at(*body, "code")};
    auto trying = backend.sessions.sign_in(std::move(wanted));
    auto session = co_await std::move(trying);
    // An id that came along is never taken over, and does not live on beside the new one.
    auto old = auth::session_id(request);
    if (session && !old.empty()) co_await backend.sessions.sign_out(std::move(old));
    auto answering = session ? begun(backend, request, std::move(*session))
                             : refused(backend, request, std::move(name), session.error());
    co_return co_await std::move(answering);
}

Async<net::Response> show_session(Backend& backend, net::Request request, auth::Caller) {
    const bool used = request.headers.get("X-Background").empty();
    std::optional<auth::AdminSession> known;
    if (auto id = auth::session_id(request); !id.empty()) {
        auto session = co_await backend.sessions.find(std::move(id), used);
        if (!session && session.error().fault != Fault::unauthorized) co_return failed(session.error(), request);
        if (session) known = std::move(*session);
    }
    if (!backend.iap.in_use()) {
        if (known) co_return json(text_of(backend, *known));
        co_return refuse(401, "Not signed in", request, R"("sign_in":"password")");
    }
    if (known) {
        const auto email = co_await backend.iap.email_of(request.headers);
        if (email && *email == known->email) co_return json(text_of(backend, *known));
    }
    auto beginning = begin_by_iap(backend, request);
    co_return co_await std::move(beginning);
}

Async<net::Response> sign_out(Backend& backend, net::Request request, auth::Caller caller) {
    const auto done = co_await backend.sessions.sign_out(caller.session);
    if (!done) co_return failed(done.error(), request);
    auto writing = write_down(backend, caller, request, "session.end", "{}");
    const auto written = co_await std::move(writing);
    if (!written) co_return failed(written.error(), request);
    auto response = json("", 204);
    response.headers.add("Set-Cookie", auth::session_cookie(request, ""));
    co_return response;
}

}  // namespace dcs::admin
