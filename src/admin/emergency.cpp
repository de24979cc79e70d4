#include "admin/emergency.hpp"

#include "admin/access.hpp"
#include "admin/listing.hpp"
#include "admin/reply.hpp"
#include "auth/emergency.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

namespace dcs::admin {

namespace {

constexpr auto emergency_row =
    "json_build_object('id', e.id, 'user', e.user_name, 'reason', e.reason, 'opened_at', e.opened_at, 'ends_at', e.ends_at,"
    " 'closed_at', e.closed_at, 'reviewed_at', e.reviewed_at, 'reviewed_by', e.reviewed_by, 'review', e.review,"
    " 'patients', (select count(distinct coalesce(l.patient_id::text, l.drchrono_patient_id::text)) from access_log l"
    "              where l.actor = 'admin:' || e.user_name and l.at >= e.opened_at and l.details ->> 'emergency' = e.id::text))";

}  // namespace

Async<net::Response> open_emergency(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    const auto reason = reason_of(*body);
    if (!reason) co_return refuse(400, reason.error().detail, request);
    const auto lasts = backend.sessions.limits().emergency;
    if (allows(caller.roles, auth::Need::reads_phi)) co_return refuse(409, "You see clinical content already", request);
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    auto opening = auth::open_emergency(caller.name, *reason, lasts);
    const auto opened = co_await transaction->run(std::move(opening));
    if (!opened) co_return failed(opened.error(), request);
    if (opened->empty()) co_return refuse(409, "It is open already, or no longer yours to open", request);
    const auto id = opened->string(0, 0);
    caller.emergency = id;
    auto logging = log_access(caller, request,
                              {.action = "emergency.begin", .table_name = "emergency_accesses", .reason = *reason});
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    log::warning("emergency access was opened", {{"emergency", id},
                                                 {"user", caller.name},
                                                 {"ends_at", opened->string(0, 1)},
                                                 {"request_id", request.request_id}});
    co_return json(fmt::format(R"({{"id":{},"ends_at":{}}})", json_quoted(id), json_quoted(opened->string(0, 1))), 201);
}

Async<net::Response> close_emergency(Backend& backend, net::Request request, auth::Caller caller) {
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    auto closing = auth::close_emergency(caller.name);
    const auto closed = co_await transaction->run(std::move(closing));
    if (!closed) co_return failed(closed.error(), request);
    if (closed->affected() == 0) co_return refuse(409, "It is not open", request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    co_return json("", 204);
}

Async<net::Response> list_emergencies(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page = page_of(backend, request, request.query, 2, {"state"});
    if (!page) co_return refuse(400, page.error().detail, request);
    Conditions which;
    const auto state = request.query.get("state");
    if (state == "open") which.add("e.reviewed_at is null");
    else if (!state.empty()) co_return refuse(400, "state is open, or not given", request);
    if (!page->after.empty()) which.add_all("(e.opened_at, e.id) < (?::timestamptz, ?::uuid)", page->after);
    auto query = which.statement(fmt::format(
        "select {}, to_json(e.opened_at) #>> '{{}}', e.id from emergency_accesses e{} order by e.opened_at desc, e.id desc limit {}",
        emergency_row, which.where(), page->limit + 1));
    std::function<Access(const pg::Rows&)> seen = [](const pg::Rows&) {
        return Access{.action = "emergency.list", .table_name = "emergency_accesses"};
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    co_return json(list_of(*rows, *page, 2));
}

Async<net::Response> review_emergency(Backend& backend, net::Request request, auth::Caller caller) {
    const auto id = segment_behind(request, "emergencies");
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    const auto note = reason_of(*body);
    if (!note) co_return refuse(400, note.error().detail, request);
    if (!is_uuid(id)) co_return refuse(404, "There is no such emergency access", request);
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    auto reviewing = auth::review_emergency(id, caller.name, *note);
    const auto reviewed = co_await transaction->run(std::move(reviewing));
    if (!reviewed) co_return failed(reviewed.error(), request);
    if (reviewed->affected() == 0)
        co_return refuse(409, "It is reviewed already, still open, your own, or not there", request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    co_return json("", 204);
}

}  // namespace dcs::admin
