#include "admin/second_factor.hpp"

#include "admin/access.hpp"
#include "admin/reply.hpp"
#include "auth/admin_users.hpp"
#include "base/clock.hpp"

#include <fmt/format.h>

namespace dcs::admin {

namespace {

constexpr auto there_is_one = "You have a second factor already; take it away first";

/// Why the caller can have none here; empty: can.
std::string_view obstacle(const Backend& backend) {
    if (backend.iap.in_use()) return "You sign in through Google, which has second factors of its own";
    if (backend.sessions.second_factor().keys().empty())
        return "The service has no key to keep a second factor under: TOKEN_KEY is not set";
    return "";
}

std::int64_t seconds_now() { return std::chrono::floor<std::chrono::seconds>(system_now()).time_since_epoch().count(); }

/// Changes the caller's second factor and ends the other sessions. conflict: no row was concerned.
Async<Result<>> change(Backend& backend, auth::Caller caller, pg::Statement statement) {
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return transaction.error();
    const auto done = co_await transaction->run(std::move(statement));
    if (!done) co_return done.error();
    if (done->affected() == 0) co_return Error{Fault::conflict, "no row was concerned"};
    auto ending = auth::end_other_sessions(caller.name, caller.session);
    const auto ended = co_await transaction->run(std::move(ending));
    if (!ended) co_return ended.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    co_return Result<>{};
}

net::Response refused(const Error& error, const net::RequestHead& request) {
    if (error.fault == Fault::unavailable || error.fault == Fault::bug) return failed(error, request);
    if (error.detail == auth::not_enrolled) return refuse(409, "You have no second factor", request);
    if (error.fault != Fault::rate_limited) return refuse(403, "Wrong password or code", request);
    auto response = refuse(429, "Too many wrong passwords; please wait", request);
    const auto wait = std::chrono::ceil<std::chrono::seconds>(error.retry_after.value_or(std::chrono::seconds{1}));
    response.headers.add("Retry-After", std::to_string(wait.count()));
    return response;
}

}  // namespace

Async<net::Response> show_second_factor(Backend& backend, net::Request request, auth::Caller caller) {
    auto question = pg::sql("select to_json(created_at) #>> '{}', to_json(used_at) #>> '{}', cardinality(recovery) "
                            "from admin_second_factors where user_name = $1",
                            caller.name);
    const auto rows = co_await read(backend, std::move(question));
    if (!rows) co_return failed(rows.error(), request);
    const bool enrolled = !rows->empty();
    const bool required =
        !backend.iap.in_use() && auth::needs_second_factor(backend.sessions.second_factor().needed, caller.roles);
    co_return json(
        fmt::format(R"({{"enrolled":{},"required":{},"created_at":{},"used_at":{},"recovery_codes_left":{}}})",
                    json_of(enrolled), json_of(required), enrolled ? json_or_null(rows->string(0, 0)) : "null",
                    enrolled ? json_or_null(rows->string(0, 1)) : "null", enrolled ? rows->integer(0, 2) : 0));
}

Async<net::Response> offer_second_factor(Backend& backend, net::Request request, auth::Caller caller) {
    if (const auto why = obstacle(backend); !why.empty()) co_return refuse(409, why, request);
    auto question = pg::sql("select from admin_second_factors where user_name = $1", caller.name);
    const auto rows = co_await read(backend, std::move(question));
    if (!rows) co_return failed(rows.error(), request);
    if (!rows->empty()) co_return refuse(409, there_is_one, request);
    const auto keys = backend.sessions.second_factor().keys();
    const auto offer = auth::offer_second_factor(caller.name, caller.session, keys, seconds_now());
    co_return json(fmt::format(R"({{"key":{},"uri":{},"ticket":{}}})", json_quoted(offer.key), json_quoted(offer.uri),
                               json_quoted(offer.ticket)));
}

Async<net::Response> add_second_factor(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    const auto ticket = text_at(*body, "ticket");
    const auto code = text_at(*body, "code");
    if (ticket.empty() || code.empty()) co_return refuse(400, "ticket and code are needed", request);
    if (const auto why = obstacle(backend); !why.empty()) co_return refuse(409, why, request);
    const auto keys = backend.sessions.second_factor().keys();
    auto made = auth::accept_second_factor(caller.name, caller.session, ticket, code, keys, seconds_now());
    if (!made && made.error().fault == Fault::unauthorized)
        co_return refuse(422, "That is not the app's present code: is the clock of its device right?", request);
    if (!made) co_return refuse(409, "This key was offered too long ago; please begin anew", request);
    auto changing = change(backend, caller, made->store);
    const auto changed = co_await std::move(changing);
    if (!changed && changed.error().fault == Fault::conflict) co_return refuse(409, there_is_one, request);
    if (!changed) co_return failed(changed.error(), request);
    std::string codes;
    for (const auto& each : made->recovery) codes.append(codes.empty() ? "" : ",").append(json_quoted(each));
    co_return json(fmt::format(R"({{"recovery_codes":[{}]}})", codes), 201);
}

Async<net::Response> drop_second_factor(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    const auto* password = body->find("password");
    const auto code = text_at(*body, "code");
    constexpr std::size_t longest = 1'000;
    if (password == nullptr || !password->string() || password->string()->empty() ||
        password->string()->size() > longest || code.empty())
        co_return refuse(400, "password and code are needed", request);
    if (const auto why = obstacle(backend); !why.empty()) co_return refuse(409, why, request);
    auth::SignIn shown{caller.name, std::string{*password->string()}, request.remote, auth::device_id(request), code};
    auto proving = backend.sessions.prove(std::move(shown));
    const auto proven = co_await std::move(proving);
    if (!proven) {
        auto writing = log_access(caller, request, {.action = "users.second_factor.refused"});
        const auto written = co_await read(backend, std::move(writing));
        co_return written ? refused(proven.error(), request) : failed(written.error(), request);
    }
    auto changing = change(backend, caller, auth::remove_second_factor(caller.name));
    const auto changed = co_await std::move(changing);
    if (!changed && changed.error().fault == Fault::conflict)
        co_return refuse(409, "You have no second factor", request);
    if (!changed) co_return failed(changed.error(), request);
    co_return json("", 204);
}

}  // namespace dcs::admin
