#include "admin/deliveries.hpp"

#include "admin/access.hpp"
#include "admin/delivery_filter.hpp"
#include "admin/reply.hpp"
#include "audit/patients_named.hpp"
#include "base/encoding.hpp"
#include "base/repair.hpp"
#include "inbox/claims.hpp"
#include "resources/resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace dcs::admin {

namespace {

constexpr int most_counted = 100'000;
constexpr int most_retried = 10'000;

/// What can be tried again with a chance to succeed; SQL over inbox i. A delivery of DrChrono that names no record never can.
constexpr auto retryable = "(i.state = 'dead' and (i.source <> 'drchrono' or i.object_key is not null))";

// A scribe's webhook is tried before it is stored: its first try is no attempt of the queue.
// {}: the object, as far as the caller may see whose it is.
constexpr std::string_view delivery_row =
    "json_build_object('id', i.id, 'source', i.source, 'event', i.event, 'object', {}, 'state', i.state,"
    " 'reason', i.reason, 'attempts', case when i.state in ('done', 'dead') then greatest(i.attempts, 1)"
    " else i.attempts end, 'bytes', length(i.body), 'received_at', i.received_at,"
    " 'finished_at', i.finished_at, 'next_try_at', case when i.state = 'pending' then i.next_try_at end,"
    " 'sender_id', i.sender_id, 'retryable', (i.state = 'dead' and (i.source <> 'drchrono' or i.object_key is not null)))";

std::string row_for(const auth::Caller& caller) {
    return fmt::format(fmt::runtime(delivery_row),
                       sees_patient_ids(caller) ? "i.object_key" : "split_part(i.object_key, ':', 1)");
}

Error needs_phi_reader() { return {Fault::forbidden, "Whose record it is, is shown with the role phi-reader"}; }

constexpr auto delivery_rest = R"sql(
json_build_object(
    'practice_group_id', i.practice_group_id, 'request_id', i.request_id, 'sha256', encode(i.body_sha256, 'hex'),
    'timeline', (
        select coalesce(json_agg(json_build_object('at', at, 'what', what, 'status', status, 'text', words,
                                                   'table', table_name, 'record_id', record_id) order by at, place), '[]')
        from (
            select i.received_at as at, 1 as place, 'received' as what, null as status, null as words,
                   null as table_name, null::uuid as record_id
            union all
            select t.at, 2, 'attempt', 'failed', t.error, null, null from inbox_tries t where t.seq = i.seq
            union all
            (select c.changed_at, 3, 'changed', 'completed', c.operation, c.table_name, c.record_id
             from change_log c where c.cause = 'delivery:' || i.id order by c.seq limit 50)
            union all
            (select o.published_at, 4, 'published', 'completed', null, o.table_name, o.record_id
             from (select event_id from change_log where cause = 'delivery:' || i.id order by seq limit 50) c
             join outbox o on o.event_id = c.event_id where o.published_at is not null)
            union all
            select i.finished_at, 5, 'finished',
                   case when i.state in ('done', 'ignored') then 'completed' else 'failed' end, coalesce(i.reason, i.state), null, null
            where i.finished_at is not null
            union all
            select now(), 6, 'waiting', 'running', coalesce(i.reason, 'a fetch is queued'), null, null where i.state = 'waiting'
            union all
            select i.next_try_at, 7, 'next_try', null, null, null, null where i.state = 'pending'
        ) steps))
)sql";

/// Which record it was is as much as whose.
std::string rest_for(const auth::Caller& caller) {
    std::string rest{delivery_rest};
    constexpr std::string_view shown = "'record_id', record_id";
    if (!sees_patient_ids(caller)) rest.replace(rest.find(shown), shown.size(), "'record_id', null");
    return rest;
}

/// Whom delivery i shows: the patients of its object, of what it has changed and of the note that it brought; SQL over inbox i.
std::string patients_of_inbox() {
    return fmt::format("(select string_agg(distinct w::text, ',') from (select {} as w"
                       " union select patients_of_delivery(i.id)) whom)",
                       patient_of_object("i.object_key"));
}

Result<std::int64_t> number_at(const Document& body, std::string_view name) {
    const auto* member = body.find(name);
    const auto digits = member == nullptr ? std::nullopt : member->number();
    std::int64_t number = 0;
    if (digits) {
        const auto read = std::from_chars(digits->data(), digits->data() + digits->size(), number);
        if (read.ec == std::errc{} && read.ptr == digits->data() + digits->size()) return number;
    }
    return Error{Fault::bad_input, fmt::format("{} must be a whole number", name)};
}

/// Puts these back, one statement a source.
std::vector<pg::Statement> replays(const pg::Rows& dead) {
    std::map<std::string, std::vector<std::string>> by_source;
    for (int row = 0; row < dead.size(); ++row) by_source[dead.string(row, 1)].push_back(dead.string(row, 0));
    std::vector<pg::Statement> statements;
    for (const auto& [source, ids] : by_source) statements.push_back(inbox::replay(source, ids));
    return statements;
}

/// Puts back what of `which` can be tried again, when it is as much as `expected`. The answer says how many.
Async<net::Response> retry(Backend& backend, net::Request request, auth::Caller caller, Conditions which,
                           std::int64_t expected, std::string details) {
    which.add(retryable);
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    auto question = which.statement(fmt::format(
        "select i.id, i.source from inbox i{} order by i.seq limit {} for update", which.where(), most_retried + 1));
    const auto dead = co_await transaction->run(std::move(question));
    if (!dead) co_return failed(dead.error(), request);
    if (dead->size() != expected)
        co_return refuse(409, "Another number of deliveries can be tried again now", request,
                         fmt::format(R"("retryable":{})", dead->size()));
    auto statements = replays(*dead);
    statements.push_back(log_access(
        caller, request, {.action = "deliveries.retry", .table_name = "inbox", .details = std::move(details)}));
    const auto done = co_await transaction->run(std::move(statements));
    if (!done) co_return failed(done.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    backend.hooks.deliveries_wanted();
    co_return json(fmt::format(R"({{"retried":{}}})", dead->size()));
}

}  // namespace

std::string patient_of_object(std::string_view key) {
    std::string cases;
    for (const auto& resource : all_resources()) {
        if (resource.table == "doctors" || resource.table == "offices") continue;
        const bool itself = resource.table == "patients";
        const auto id = fmt::format("substring({} from position(':' in {}) + 1)", key, key);
        const auto typed =
            sql_name(resource.key_type) == "text"
                ? id
                : fmt::format("case when {0} ~ '^[0-9]{{1,18}}$' then ({0})::{1} end", id, sql_name(resource.key_type));
        // A patient who is not mirrored has a number all the same.
        cases +=
            itself
                ? fmt::format(" when 'patients' then case when {0} ~ '^[0-9]{{1,18}}$' then ({0})::bigint end", id)
                : fmt::format(
                      " when '{0}' then (select mirrored.drchrono_patient_id from {0} mirrored where mirrored.{1} = {2})",
                      resource.table, resource.key_column, typed);
    }
    return fmt::format("case split_part({}, ':', 1){} end", key, cases);
}

std::string patients_named_in(std::string_view bytes, std::string_view table) {
    const auto parsed = Document::parse(bytes);
    if (!parsed) return {};
    auto numbers = audit::patients_named_in(parsed->value);
    const auto* object = parsed->value.find("object");
    const auto* id = (object != nullptr && object->is_object() ? *object : parsed->value).find("id");
    if (table == "patients" && id != nullptr) numbers.push_back(id->as_id());
    std::erase_if(numbers, [](const std::string& number) { return !audit::is_patient_number(number); });
    return fmt::format("{}", fmt::join(numbers, ","));
}

std::string shown_bytes(const std::string& bytes) {
    const auto parsed = Document::parse(bytes);
    const bool text = is_utf8(bytes) && bytes.find('\0') == std::string::npos;
    const std::string_view encoding = !text ? "base64" : parsed ? "json" : "text";
    return fmt::format(R"({{"encoding":"{}","body":{},"bytes":{})", encoding,
                       json_quoted(text ? bytes : to_base64(bytes)), bytes.size());
}

Async<net::Response> list_deliveries(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page =
        page_of(backend, request, request.query, 1, {"state", "source", "event", "object", "from", "to", "id"});
    if (!page) co_return refuse(400, page.error().detail, request);
    const auto filter = DeliveryFilter::from_query(request.query);
    if (!filter) co_return refuse(400, filter.error().detail, request);
    if (filter->names_record() && !sees_patient_ids(caller)) co_return refuse(403, needs_phi_reader().detail, request);
    auto which = filter->conditions();
    if (!page->after.empty()) which.add_all("i.seq < ?::bigint", page->after);
    // The page first, then whom its rows tell of.
    auto query = which.statement(
        fmt::format("with i as materialized (select * from inbox i{} order by i.seq desc limit {}) "
                    "select {}, i.seq, i.id, {} from i order by i.seq desc",
                    which.where(), page->limit + 1, row_for(caller),
                    sees_patient_ids(caller) ? fmt::format("({})::text", patient_of_object("i.object_key")) : "null"));
    auto reading = read_naming(backend, caller, request, std::move(query),
                               {.action = "deliveries.list", .table_name = "inbox", .first = 2, .count = page->limit});
    const auto rows = co_await std::move(reading);
    if (!rows) co_return failed(rows.error(), request);
    co_return json(list_of(*rows, *page, 1));
}

Async<net::Response> count_deliveries(Backend& backend, net::Request request, auth::Caller caller) {
    const auto known = only_known(request.query, {"state", "source", "event", "object", "from", "to", "id"});
    if (!known) co_return refuse(400, known.error().detail, request);
    const auto filter = DeliveryFilter::from_query(request.query);
    if (!filter) co_return refuse(400, filter.error().detail, request);
    if (filter->names_record() && !sees_patient_ids(caller)) co_return refuse(403, needs_phi_reader().detail, request);
    auto which = filter->conditions();
    auto counting = which.statement(
        fmt::format("select count(*) from (select from inbox i{} limit {}) c", which.where(), most_counted + 1));
    const auto matching = co_await read(backend, std::move(counting));
    if (!matching) co_return failed(matching.error(), request);
    which.add(retryable);
    auto counting_dead = which.statement(
        fmt::format("select count(*) from (select from inbox i{} limit {}) c", which.where(), most_counted + 1));
    const auto dead = co_await read(backend, std::move(counting_dead));
    if (!dead) co_return failed(dead.error(), request);
    co_return json(fmt::format(R"({{"matching":{},"retryable":{},"at_least":{}}})", matching->integer(0, 0),
                               dead->integer(0, 0), json_of(matching->integer(0, 0) > most_counted)));
}

Async<net::Response> show_delivery(Backend& backend, net::Request request, auth::Caller caller) {
    const auto id = segment_behind(request, "deliveries");
    if (!is_uuid(id)) co_return refuse(404, "There is no such delivery", request);
    auto query =
        pg::sql(fmt::format("select (({})::jsonb || ({})::jsonb)::text, i.id, {} from inbox i where i.id = $1::uuid",
                            row_for(caller), rest_for(caller), sees_patient_ids(caller) ? patients_of_inbox() : "null"),
                id);
    auto reading = read_naming(backend, caller, request, std::move(query),
                               {.action = "deliveries.read", .table_name = "inbox", .first = 1, .count = 1});
    const auto rows = co_await std::move(reading);
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such delivery", request);
    co_return json(rows->string(0, 0));
}

Async<net::Response> reveal_payload(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    auto reason = reason_of(*body);
    if (!reason) co_return refuse(400, reason.error().detail, request);
    const auto id = segment_behind(request, "deliveries");
    if (!is_uuid(id)) co_return refuse(404, "There is no such delivery", request);
    auto query = pg::sql(
        fmt::format(
            "select i.body, y.bytes, i.id, {}, split_part(i.object_key, ':', 1) "
            "from inbox i "
            "left join lateral (select record_id from change_log where cause = 'delivery:' || i.id"
            " and table_name = 'deepcura_notes' limit 1) c on i.source <> 'drchrono' "
            "left join deepcura_notes n on n.id = c.record_id left join deepcura_payloads y on y.note_id = n.id "
            "where i.id = $1::uuid",
            patients_of_inbox()),
        id);
    std::function<Access(const pg::Rows&)> seen = [why = *reason, id](const pg::Rows& rows) {
        std::vector<Target> targets;
        if (!rows.empty()) {
            targets = note_targets(id, rows.string(0, 3));
            name_also(targets, id, patients_named_in(rows.bytes(0, 0), rows.string(0, 4)));
            name_also(targets, id, patients_named_in(rows.bytes(0, 1), ""));
        }
        return Access{
            .action = "deliveries.payload", .table_name = "inbox", .reason = why, .targets = std::move(targets)};
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such delivery", request);
    const auto decrypted = rows->null(0, 1) ? "null" : json_quoted(repair_text(rows->bytes(0, 1)));
    co_return json(fmt::format(R"({},"decrypted":{}}})", shown_bytes(rows->bytes(0, 0)), decrypted));
}

Async<net::Response> retry_delivery(Backend& backend, net::Request request, auth::Caller caller) {
    const auto id = segment_behind(request, "deliveries");
    if (!is_uuid(id)) co_return refuse(404, "There is no such delivery", request);
    auto question = pg::sql(fmt::format("select i.state, {} from inbox i where i.id = $1::uuid", retryable), id);
    const auto rows = co_await read(backend, std::move(question));
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such delivery", request);
    if (rows->string(0, 0) != "dead") co_return refuse(409, "Only a dead delivery can be tried again", request);
    if (!rows->boolean(0, 1))
        co_return refuse(422, "The webhook names no record: trying it again cannot succeed", request);
    Conditions which;
    which.add("i.id = ?::uuid", id);
    auto retrying = retry(backend, std::move(request), std::move(caller), std::move(which), 1,
                          fmt::format(R"({{"delivery_id":"{}"}})", id));
    co_return co_await std::move(retrying);
}

Async<net::Response> retry_deliveries(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    const auto* wanted = body->find("filter");
    if (wanted == nullptr || !wanted->is_object()) co_return refuse(400, "filter must be an object", request);
    const auto filter = DeliveryFilter::from_json(*wanted);
    if (!filter) co_return refuse(400, filter.error().detail, request);
    if (filter->names_record() && !sees_patient_ids(caller)) co_return refuse(403, needs_phi_reader().detail, request);
    const auto expected = number_at(*body, "expect");
    if (!expected) co_return refuse(400, expected.error().detail, request);
    if (*expected > most_retried) co_return refuse(422, "At most 10000 deliveries are tried again at once", request);
    auto details = fmt::format(R"({{"filter":{},"count":{}}})", wanted->text(), *expected);
    auto retrying =
        retry(backend, std::move(request), std::move(caller), filter->conditions(), *expected, std::move(details));
    co_return co_await std::move(retrying);
}

}  // namespace dcs::admin
