#include "admin/runs.hpp"

#include "admin/access.hpp"
#include "admin/deliveries.hpp"
#include "admin/listing.hpp"
#include "admin/overview.hpp"
#include "admin/reply.hpp"
#include "admin/vocabulary.hpp"
#include "apply/fetch_queue.hpp"
#include "resources/listing.hpp"
#include "resources/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs::admin {

namespace {

// {}: what is left out of the details.
constexpr std::string_view run_members =
    "'id', r.id, 'source', r.source, 'type', r.sync_type, 'resource', r.table_name, 'status', r.status,"
    " 'started_at', r.started_at, 'completed_at', r.completed_at, 'total', r.records_total, 'created', r.records_created,"
    " 'updated', r.records_updated, 'unchanged', r.records_unchanged, 'deleted', r.records_deleted,"
    " 'failed', r.records_failed, 'error', r.error, 'details', r.details{}";

constexpr std::string_view failure_row =
    "json_build_object('id', f.id, 'resource', f.table_name, 'drchrono_id', {}, 'cause', f.cause,"
    " 'reason', f.reason, 'attempts', f.attempts, 'bytes', length(f.raw), 'retryable', f.drchrono_id is not null and f.resolved_at is null, 'first_seen_at', f.first_seen_at,"
    " 'last_seen_at', f.last_seen_at, 'resolved_at', f.resolved_at)";

/// The patient of a failed record or of what a run brought, as DrChrono numbers it; SQL. `seen`: the caller may see whose it is.
std::string patient_of_failure(bool seen = true) {
    return seen ? fmt::format("({})::text", patient_of_object("(f.table_name || ':' || f.drchrono_id)")) : "null";
}
std::string patient_of_run(bool seen) {
    if (!seen) return "null";
    return fmt::format("(select string_agg(distinct w::text, ',') from (select {} as w union select {}"
                       " from jsonb_object_keys(case jsonb_typeof(r.details -> 'malformed') when 'object'"
                       " then r.details -> 'malformed' else '{{}}' end) as m (key)) whom)",
                       patient_of_object("(r.details ->> 'object')"),
                       patient_of_object("(r.table_name || ':' || m.key)"));
}

std::string run_for(const auth::Caller& caller) {
    // What names a record: the object of a webhook or fetch, and the keys under which a run lists what it could not read.
    return fmt::format(
        fmt::runtime(run_members),
        sees_patient_ids(caller)
            ? ""
            : " - 'object' - case jsonb_typeof(r.details -> 'malformed') when 'object' then 'malformed' else '' end");
}

std::string failure_for(const auth::Caller& caller) {
    return fmt::format(fmt::runtime(failure_row), sees_patient_ids(caller) ? "f.drchrono_id" : "null");
}

/// The table whose run brings that resource; empty: there is no such resource.
std::string table_of_run(std::string_view name) {
    const auto* listing = find_listing(name);
    if (listing == nullptr) return {};
    return std::string{listing->comes_with.empty() ? listing->table : listing->comes_with};
}

}  // namespace

Async<net::Response> list_runs(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page = page_of(backend, request, request.query, 2, {"resource", "status", "type"});
    if (!page) co_return refuse(400, page.error().detail, request);
    const auto resource = request.query.get("resource");
    const auto status = request.query.get("status");
    const auto type = request.query.get("type");
    if (!status.empty() && std::ranges::find(words::run_statuses, status) == words::run_statuses.end())
        co_return refuse(400, "status must be running, completed, partial or failed", request);
    Conditions which;
    if (type.empty()) which.add("r.sync_type not in ('webhook', 'fetch', 'gridhook')");
    if (!type.empty()) which.add("r.sync_type = ?", type);
    if (!resource.empty()) which.add("r.table_name = ?", resource);
    if (!status.empty()) which.add("r.status = ?", status);
    if (!page->after.empty()) which.add_all("(r.started_at, r.id) < (?::timestamptz, ?::uuid)", page->after);
    auto query = which.statement(fmt::format(
        "with r as materialized (select * from sync_log r{} order by r.started_at desc, r.id desc limit {}) "
        "select json_build_object({}), r.started_at, r.id, r.id, {} from r order by r.started_at desc, r.id desc",
        which.where(), page->limit + 1, run_for(caller), patient_of_run(sees_patient_ids(caller))));
    auto reading = read_naming(backend, caller, request, std::move(query),
                               {.action = "runs.list", .table_name = "sync_log", .first = 3, .count = page->limit});
    const auto rows = co_await std::move(reading);
    if (!rows) co_return failed(rows.error(), request);
    co_return json(list_of(*rows, *page, 2));
}

Async<net::Response> show_run(Backend& backend, net::Request request, auth::Caller caller) {
    const auto id = segment_behind(request, "runs");
    if (!is_uuid(id)) co_return refuse(404, "There is no such run", request);
    auto query = pg::sql(
        fmt::format(
            "select json_build_object({}, 'progress', ({}) -> 0), r.id, {} from sync_log r where r.id = $1::uuid",
            run_for(caller), progress_sql("c ->> 'run_id' = r.id::text"), patient_of_run(sees_patient_ids(caller))),
        id);
    auto reading = read_naming(backend, caller, request, std::move(query),
                               {.action = "runs.read", .table_name = "sync_log", .first = 1, .count = 1});
    const auto rows = co_await std::move(reading);
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such run", request);
    co_return json(rows->string(0, 0));
}

Async<net::Response> start_run(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    const auto name = text_at(*body, "resource");
    const auto mode = text_at(*body, "mode");
    const auto since = text_at(*body, "since");
    const auto table = table_of_run(name);
    const bool all = name == "all";
    if (!all && table.empty()) co_return refuse(400, "There is no such resource", request);
    if (mode != "full" && mode != "incremental") co_return refuse(400, "mode must be incremental or full", request);
    const auto naive = since.empty() ? std::optional{std::string{}} : naive_time(since);
    if (!naive || (!since.empty() && (all || mode == "full")))
        co_return refuse(400, "since is a date or a time without zone, of an incremental run of one resource", request);

    auto question = pg::sql("select from leases where until > now() and case when $1 = '' then name like 'sync:%' "
                            "else name = 'sync:' || $1 end limit 1",
                            table);
    const auto held = co_await read(backend, std::move(question));
    if (!held) co_return failed(held.error(), request);
    if (!held->empty()) co_return refuse(409, "A run is under way", request);
    auto logging =
        log_access(caller, request,
                   {.action = "runs.start",
                    .details = fmt::format(R"({{"resource":{},"mode":{}}})", json_quoted(name), json_quoted(mode))});
    const auto logged = co_await read(backend, std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    reconcile::Wanted wanted{.listing = all ? nullptr : find_listing(name), .full = mode == "full", .since = *naive};
    if (!backend.hooks.start_run(std::move(wanted)))
        co_return refuse(503, "The service is starting or stopping, or has no credentials for DrChrono", request);
    co_return json(fmt::format(R"({{"started":true,"resource":{}}})", json_quoted(all ? name : table)), 202);
}

Async<net::Response> list_failures(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page = page_of(backend, request, request.query, 2, {"resource", "resolved"});
    if (!page) co_return refuse(400, page.error().detail, request);
    const auto resource = request.query.get("resource");
    const auto resolved = request.query.get("resolved");
    if (!resolved.empty() && resolved != "true" && resolved != "false")
        co_return refuse(400, "resolved must be true or false", request);
    Conditions which;
    which.add(resolved == "true" ? "f.resolved_at is not null" : "f.resolved_at is null");
    if (!resource.empty()) which.add("f.table_name = ?", resource);
    if (!page->after.empty()) which.add_all("(f.last_seen_at, f.id) < (?::timestamptz, ?::uuid)", page->after);
    auto query = which.statement(fmt::format(
        "with f as materialized (select * from sync_failures f{} order by f.last_seen_at desc, f.id desc limit {}) "
        "select {}, f.last_seen_at, f.id, f.id, {} from f order by f.last_seen_at desc, f.id desc",
        which.where(), page->limit + 1, failure_for(caller), patient_of_failure(sees_patient_ids(caller))));
    auto reading =
        read_naming(backend, caller, request, std::move(query),
                    {.action = "failures.list", .table_name = "sync_failures", .first = 3, .count = page->limit});
    const auto rows = co_await std::move(reading);
    if (!rows) co_return failed(rows.error(), request);
    co_return json(list_of(*rows, *page, 2));
}

Async<net::Response> reveal_failure(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    auto reason = reason_of(*body);
    if (!reason) co_return refuse(400, reason.error().detail, request);
    const auto id = segment_behind(request, "failures");
    if (!is_uuid(id)) co_return refuse(404, "There is no such failure", request);
    auto query = pg::sql(fmt::format("select f.raw, f.table_name, f.id, {} from sync_failures f where f.id = $1::uuid",
                                     patient_of_failure()),
                         id);
    std::function<Access(const pg::Rows&)> seen = [why = *reason, id](const pg::Rows& rows) {
        std::vector<Target> targets;
        if (!rows.empty()) {
            targets = note_targets(id, rows.string(0, 3));
            name_also(targets, id, patients_named_in(rows.bytes(0, 0), rows.string(0, 1)));
        }
        return Access{
            .action = "failures.raw", .table_name = "sync_failures", .reason = why, .targets = std::move(targets)};
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such failure", request);
    co_return json(shown_bytes(rows->bytes(0, 0)) + "}");
}

Async<net::Response> retry_failure(Backend& backend, net::Request request, auth::Caller caller) {
    const auto id = segment_behind(request, "failures");
    if (!is_uuid(id)) co_return refuse(404, "There is no such failure", request);
    auto question =
        pg::sql("select table_name, drchrono_id, resolved_at is not null from sync_failures where id = $1::uuid", id);
    const auto rows = co_await read(backend, std::move(question));
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such failure", request);
    if (rows->boolean(0, 2)) co_return refuse(409, "It was stored meanwhile", request);
    const auto* resource = find_resource(rows->string(0, 0));
    if (rows->null(0, 1) || resource == nullptr || resource->path.empty())
        co_return refuse(422, "There is no id to ask DrChrono for: the next run tries it again", request);
    const apply::FetchRequest fetch{
        .table = rows->string(0, 0), .drchrono_id = rows->string(0, 1), .reason = "a person asks again"};
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    std::vector<pg::Statement> statements{
        apply::request_fetches(std::span{&fetch, 1}),
        log_access(caller, request,
                   {.action = "failures.retry", .table_name = "sync_failures", .targets = {{.record_id = id}}})};
    const auto queued = co_await transaction->run(std::move(statements));
    if (!queued) co_return failed(queued.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    backend.hooks.fetches_wanted();
    co_return json(R"({"queued":true})", 202);
}

}  // namespace dcs::admin
