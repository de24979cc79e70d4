#include "admin/users.hpp"

#include "admin/access.hpp"
#include "admin/reply.hpp"
#include "auth/admin_users.hpp"

#include <fmt/format.h>

namespace dcs::admin {

namespace {

/// What is asked of one user.
struct AskedOfUser {
    Document body;
    std::string user;
    std::string reason;
};
Result<AskedOfUser> asked_of(const net::Request& request) {
    auto body = body_of(request);
    if (!body) return body.error();
    auto user = text_at(*body, "user");
    if (!auth::fault_of_name(user).empty()) return Error{Fault::bad_input, "user is a user's name"};
    auto reason = reason_of(*body);
    if (!reason) return reason.error();
    return AskedOfUser{std::move(*body), std::move(user), std::move(*reason)};
}

/// A user is changed by the first statement; the others follow. `nobody`: told where the first concerns nobody.
struct UserChange {
    std::string action;
    std::vector<pg::Statement> statements;
    std::string_view nobody = "There is no such user";
    std::string details{};  // further members, as JSON text
};
Async<net::Response> change_user(Backend& backend, net::Request request, auth::Caller caller,
                                 Result<UserChange> (*change_of)(const AskedOfUser&)) {
    auto asked = asked_of(request);
    if (!asked) co_return refuse(400, asked.error().detail, request);
    auto change = change_of(*asked);
    if (!change) co_return refuse(400, change.error().detail, request);
    if (asked->user == caller.name) co_return refuse(409, "Another admin must do that for you", request);
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    bool first = true;
    for (auto& statement : change->statements) {
        const auto done = co_await transaction->run(std::move(statement));
        if (!done) co_return failed(done.error(), request);
        if (first && done->affected() == 0) co_return refuse(404, change->nobody, request);
        first = false;
    }
    Access access{.action = std::move(change->action), .table_name = "admin_users", .reason = std::move(asked->reason)};
    access.details = fmt::format(R"({{"user":{}{}{}}})", json_quoted(asked->user), change->details.empty() ? "" : ",",
                                 change->details);
    auto logging = log_access(caller, request, std::move(access));
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    co_return json("", 204);
}

std::string words_of(std::string_view commas) {
    std::string list;
    while (!commas.empty()) {
        const auto comma = std::min(commas.find(','), commas.size());
        list.append(list.empty() ? "" : ",").append(json_quoted(commas.substr(0, comma)));
        commas.remove_prefix(std::min(comma + 1, commas.size()));
    }
    return "[" + list + "]";
}

std::string item_of(const pg::Rows& users, int row) {
    return fmt::format(R"({{"name":{},"roles":{},"email":{},"disabled":{},"has_password":{},"second_factor":{},)"
                       R"("second_factor_used_at":{},"sessions":{},"last_used_at":{},"created_at":{}}})",
                       json_quoted(users.string(row, 0)), words_of(users.string(row, 1)),
                       json_or_null(users.string(row, 2)), json_of(users.boolean(row, 3)),
                       json_of(users.boolean(row, 4)), json_of(users.boolean(row, 6)),
                       json_or_null(users.string(row, 7)), users.integer(row, 8), json_or_null(users.string(row, 9)),
                       json_quoted(users.string(row, 10)));
}

/// nullopt: not all are roles, or there is none.
std::optional<auth::Roles> roles_in(const Document& body) {
    const auto* given = body.find("roles");
    if (given == nullptr || given->items().empty()) return std::nullopt;
    auth::Roles roles;
    for (const auto& role : given->items())
        if (!role.string() || !auth::add_role(roles, *role.string())) return std::nullopt;
    return roles;
}

}  // namespace

Async<net::Response> list_users(Backend& backend, net::Request request, auth::Caller caller) {
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    auto listing = auth::list_users(backend.sessions.limits().idle);
    const auto users = co_await transaction->run(std::move(listing));
    if (!users) co_return failed(users.error(), request);
    auto asking =
        pg::sql("select json_build_object('at', at, 'by', by, 'users', users, 'note', note) from access_reviews "
                "order by at desc, id desc limit 1");
    const auto review = co_await transaction->run(std::move(asking));
    if (!review) co_return failed(review.error(), request);
    auto logging = log_access(caller, request, {.action = "users.list", .table_name = "admin_users"});
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    std::string items;
    for (int row = 0; row < users->size(); ++row) items.append(row > 0 ? "," : "").append(item_of(*users, row));
    co_return json(
        fmt::format(R"({{"items":[{}],"last_review":{}}})", items, review->empty() ? "null" : review->string(0, 0)));
}

Async<net::Response> set_roles(Backend& backend, net::Request request, auth::Caller caller) {
    return change_user(
        backend, std::move(request), std::move(caller), [](const AskedOfUser& asked) -> Result<UserChange> {
            const auto roles = roles_in(asked.body);
            if (!roles) return Error{Fault::bad_input, "roles is a list of roles, and holds one at least"};
            return UserChange{.action = "users.roles",
                              .statements = {auth::set_roles(asked.user, *roles), auth::end_sessions(asked.user)},
                              .details = fmt::format(R"("roles":{})", words_of(auth::text_of(*roles)))};
        });
}

Async<net::Response> disable_user(Backend& backend, net::Request request, auth::Caller caller) {
    return change_user(
        backend, std::move(request), std::move(caller), [](const AskedOfUser& asked) -> Result<UserChange> {
            return UserChange{.action = "users.disable",
                              .statements = {auth::disable_user(asked.user), auth::end_sessions(asked.user)}};
        });
}

Async<net::Response> enable_user(Backend& backend, net::Request request, auth::Caller caller) {
    return change_user(backend, std::move(request), std::move(caller),
                       [](const AskedOfUser& asked) -> Result<UserChange> {
                           return UserChange{.action = "users.enable", .statements = {auth::enable_user(asked.user)}};
                       });
}

Async<net::Response> end_sessions(Backend& backend, net::Request request, auth::Caller caller) {
    return change_user(backend, std::move(request), std::move(caller),
                       [](const AskedOfUser& asked) -> Result<UserChange> {
                           return UserChange{.action = "users.sessions.end",
                                             .statements = {auth::end_sessions(asked.user)},
                                             .nobody = "That user has no session"};
                       });
}

Async<net::Response> reset_second_factor(Backend& backend, net::Request request, auth::Caller caller) {
    return change_user(
        backend, std::move(request), std::move(caller), [](const AskedOfUser& asked) -> Result<UserChange> {
            return UserChange{.action = "users.second_factor.reset",
                              .statements = {auth::remove_second_factor(asked.user), auth::end_sessions(asked.user)},
                              .nobody = "That user has no second factor"};
        });
}

Async<net::Response> review_users(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    const auto note = reason_of(*body);
    if (!note) co_return refuse(400, note.error().detail, request);
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    auto noting = pg::sql("insert into access_reviews (by, users, note) "
                          "select $1, count(*), $2 from admin_users where disabled_at is null",
                          caller.name, *note);
    const auto noted = co_await transaction->run(std::move(noting));
    if (!noted) co_return failed(noted.error(), request);
    auto logging =
        log_access(caller, request, {.action = "users.review", .table_name = "access_reviews", .reason = *note});
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    co_return json("", 204);
}

}  // namespace dcs::admin
