#include "admin/access.hpp"
#include "admin/history.hpp"
#include "admin/listing.hpp"
#include "admin/patients.hpp"
#include "admin/record_tables.hpp"
#include "admin/reply.hpp"
#include "audit/patients_named.hpp"

#include <fmt/format.h>

namespace dcs::admin {

namespace {

constexpr int most_unwound = 10'000;

/// The patient that a path names.
struct Person {
    std::string id;
    std::string drchrono_id;
};

Async<Result<Person>> person_of(Backend& backend, const net::RequestHead& request) {
    auto id = segment_behind(request, "patients");
    if (!is_uuid(id)) co_return Error{Fault::not_found, "no such patient"};
    auto question = pg::sql("select drchrono_id from patients where id = $1::uuid", id);
    const auto rows = co_await read(backend, std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Error{Fault::not_found, "no such patient"};
    co_return Person{std::move(id), rows->string(0, 0)};
}

/// Whether ?table= names a table of patients' records, or is not there.
bool names_table(std::string_view name) {
    const auto* table = find_record_table(name);
    return name.empty() || (table != nullptr && table->of_patient != "false");
}

/// One branch for each table, joined by union; `select` is formatted with the table. `itself`: with the patient's own row.
template <class Format>
std::string union_of(std::string_view only, bool itself, Format format) {
    std::string text;
    for (const auto& table : record_tables())
        if (table.of_patient != "false" && (only.empty() ? itself || table.name != "patients" : only == table.name))
            text += (text.empty() ? "" : " union all ") + format(table);
    return text;
}

Document document_at(const pg::Rows& rows, int row, int column) {
    const auto text = rows.text(row, column);
    auto parsed = text ? Document::parse(*text) : Result<Document::Parsed>{Document::Parsed{}};
    return parsed ? std::move(parsed->value) : Document{};
}

constexpr auto change_columns =
    "c.seq, to_json(c.changed_at) #>> '{}', c.table_name, c.record_id, c.operation, c.actor, c.cause,"
    " c.old_values::text, c.new_values::text,"
    " (select string_agg(p::text, ',') from patients_of_change(c.table_name, c.record_id, c.old_values, c.new_values) p)";
constexpr int patients_of_change = 9;  // the column

/// Rows as in change_columns, from column `first` on.
std::string change_json(const pg::Rows& rows, int row, int first) {
    const ChangeRow change{rows.string(row, first + 4), document_at(rows, row, first + 7),
                           document_at(rows, row, first + 8)};
    return fmt::format(
        R"({{"seq":"{}","at":{},"table":{},"record_id":{},"operation":{},"actor":{},"cause":{},"fields":{}}})",
        rows.string(row, first), json_quoted(rows.string(row, first + 1)), json_quoted(rows.string(row, first + 2)),
        json_quoted(rows.string(row, first + 3)), json_quoted(change.operation),
        json_quoted(rows.string(row, first + 5)), json_quoted(rows.string(row, first + 6)), diff_of(change));
}

/// A record may have been another patient's before: whoever sees what it was then, sees them both.
void name_patients_of(std::vector<Target>& targets, const pg::Rows& changes, int shown) {
    for (int row = 0; row < std::min(changes.size(), shown); ++row) {
        name_also(targets, changes.string(row, 3), changes.string(row, patients_of_change));
        // DrChrono's JSON and a scribe's payload may name further ones, under which nothing was filed.
        for (const int values : {7, 8})
            for (const auto& number : audit::patients_named_in(changes.text(row, values).value_or("")))
                name_also(targets, changes.string(row, 3), number);
    }
}

std::string change_list(const pg::Rows& rows, const Page& page) {
    const int shown = std::min(rows.size(), page.limit);
    std::string items;
    for (int row = 0; row < shown; ++row) items += (row > 0 ? "," : "") + change_json(rows, row, 0);
    return fmt::format(R"({{"items":[{}],"next":{}}})", items,
                       rows.size() > page.limit ? page.next({rows.string(shown - 1, 0)}) : "null");
}

}  // namespace

Async<net::Response> list_records(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page = page_of(backend, request, request.query, 3, {"table"});
    if (!page) co_return refuse(400, page.error().detail, request);
    const std::string only{request.query.get("table")};
    if (!names_table(only)) co_return refuse(400, "There is no such table", request);
    const auto person = co_await person_of(backend, request);
    if (!person) co_return failed(person.error(), request);
    const auto rows_of_all = union_of(only, false, [](const RecordTable& table) {
        return fmt::format(
            "select '{0}' as name, r.id, {1} as drchrono_id, {2} as title, {3} as at, {4} as deleted_at, {5} as synced_at "
            "from {0} r where {6}",
            table.name, table.drchrono_id, table.title, table.at,
            table.name == "deepcura_notes" ? "null::timestamptz" : "r.deleted_at",
            table.name == "deepcura_notes" ? "r.updated_at" : "r.synced_at", table.of_patient);
    });
    auto query = pg::sql(
        fmt::format(
            "select json_build_object('table', r.name, 'id', r.id, 'drchrono_id', r.drchrono_id, 'title',"
            " left(r.title, 300), 'at', r.at, 'deleted_at', r.deleted_at, 'synced_at', r.synced_at),"
            " coalesce(r.at, ''), r.name, r.id from ({}) r where ($1::uuid, $2::bigint) is not null{} "
            "order by coalesce(r.at, '') desc, r.name desc, r.id desc limit {}",
            rows_of_all,
            page->after.empty() ? "" : " and (coalesce(r.at, ''), r.name, r.id) < ($3::text, $4::text, $5::uuid)",
            page->limit + 1),
        person->id, person->drchrono_id);
    for (const auto& part : page->after) query.params.emplace_back(part);
    const Target target{{}, person->id, person->drchrono_id};
    std::function<Access(const pg::Rows&)> seen = [only, target](const pg::Rows&) {
        return Access{.action = "patients.records", .table_name = only, .targets = {target}};
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    co_return json(list_of(*rows, *page, 3));
}

Async<net::Response> list_patient_changes(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page = page_of(backend, request, request.query, 1, {"table"});
    if (!page) co_return refuse(400, page.error().detail, request);
    const std::string only{request.query.get("table")};
    if (!names_table(only)) co_return refuse(400, "There is no such table", request);
    const auto person = co_await person_of(backend, request);
    if (!person) co_return failed(person.error(), request);
    const auto ids = union_of(only, true, [](const RecordTable& table) {
        return fmt::format("select r.id from {0} r where {1}", table.name, table.of_patient);
    });
    // The latest of each record, then of all: no record's history is read further than a page.
    auto query = pg::sql(
        fmt::format(
            "select {0} from ({1}) r, lateral (select * from change_log h where h.record_id = r.id{2} "
            "order by h.seq desc limit {3}) c where ($1::uuid, $2::bigint) is not null order by c.seq desc limit {3}",
            change_columns, ids, page->after.empty() ? "" : " and h.seq < $3::bigint", page->limit + 1),
        person->id, person->drchrono_id);
    for (const auto& part : page->after) query.params.emplace_back(part);
    const Target target{{}, person->id, person->drchrono_id};
    std::function<Access(const pg::Rows&)> seen = [only, target, limit = page->limit](const pg::Rows& rows) {
        std::vector<Target> targets{target};
        name_patients_of(targets, rows, limit);
        return Access{.action = "patients.changes", .table_name = only, .targets = std::move(targets)};
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    co_return json(change_list(*rows, *page));
}

namespace {

/// The record that a path names, and whose it is.
struct Record {
    const RecordTable* table = nullptr;
    std::string id{};
};

std::optional<Record> record_of(const net::RequestHead& request) {
    Record record{.table = find_record_table(segment_behind(request, "records"))};
    if (record.table == nullptr) return std::nullopt;
    record.id = segment_behind(request, fmt::format("records/{}", record.table->name));
    return is_uuid(record.id) ? std::optional{std::move(record)} : std::nullopt;
}

/// Rows: the record as JSON, or NULL; whose it is; and all whom it shows, separated by commas.
pg::Statement stored(const Record& record) {
    return pg::sql(
        fmt::format("select (to_jsonb(r) - bookkeeping())::text, r.id, {}, {},"
                    " (select string_agg(p::text, ',') from patients_of('{}', r.id) p) from {} r where r.id = $1::uuid",
                    record.table->patient_id, record.table->drchrono_patient_id, record.table->name,
                    record.table->name),
        record.id);
}

/// One row: the patients whom `values`, a JSON object, name as a record's columns do, separated by commas.
pg::Statement named_by(std::string values) {
    return pg::sql("select string_agg(p::text, ',') from patients_named($1::jsonb) p", std::move(values));
}

/// What a record was at a time, and whether that is certain.
struct Shown {
    AsOf then;
    bool complete = true;
    std::vector<Target> targets{};
};

/// Whose the record is, from the row as stored or, once that is gone, from what it held last.
std::vector<Target> targets_of_record(const Record& record, const pg::Rows& now, const Document& fields) {
    if (!now.empty()) {
        auto targets = targets_of(now, 1, 1);
        name_also(targets, record.id, now.string(0, 4));
        return targets;
    }
    const auto id_at = [&](std::string_view name) {
        const auto* member = fields.find(name);
        return member == nullptr ? std::string{} : member->as_id();
    };
    const bool itself = record.table->name == "patients";
    Target target{.record_id = record.id,
                  .patient_id = itself ? record.id : id_at("patient_id"),
                  .drchrono_patient_id = id_at(itself ? "drchrono_id" : "drchrono_patient_id")};
    if (!is_uuid(target.patient_id)) target.patient_id.clear();
    return {std::move(target)};
}

/// `at` empty: now. not_found: there never was such a record.
Async<Result<Shown>> read_record(pg::Transaction& transaction, const Record& record, std::string at) {
    std::vector<pg::Statement> statements{
        stored(record),
        pg::sql(
            fmt::format("select operation, old_values::text, new_values::text from change_log "
                        "where record_id = $1::uuid and table_name = $2 and changed_at > nullif($3, '')::timestamptz "
                        "order by seq desc limit {}",
                        most_unwound + 1),
            record.id, record.table->name, at),
        pg::sql(
            "select exists (select from change_log where record_id = $1::uuid and operation = 'INSERT' and old_values is "
            "null), (select old_values::text from change_log where record_id = $1::uuid and table_name = $2"
            " and operation = 'DELETE' order by seq desc limit 1)",
            record.id, record.table->name)};
    const auto rows = co_await transaction.run(std::move(statements));
    if (!rows) co_return rows.error();
    const auto& now = rows->front();
    const auto& since = (*rows)[1];
    const auto& log = rows->back();
    if (now.empty() && !log.boolean(0, 0)) co_return Error{Fault::not_found, "no such record"};
    std::vector<ChangeRow> changes;
    for (int row = 0; row < since.size(); ++row)
        changes.push_back({since.string(row, 0), document_at(since, row, 1), document_at(since, row, 2)});
    Shown shown{.then = unwound(now.empty() ? Document{} : document_at(now, 0, 0), changes),
                .complete = at.empty() || (log.boolean(0, 0) && since.size() <= most_unwound)};
    shown.targets = targets_of_record(record, now, document_at(log, 0, 1));
    // Whose it was at that time, and whom DrChrono's JSON names.
    auto asking = named_by(shown.then.fields.is_object() ? shown.then.fields.text() : "{}");
    const auto named = co_await transaction.run(std::move(asking));
    if (!named) co_return named.error();
    name_also(shown.targets, record.id, named->string(0, 0));
    for (const auto& number : audit::patients_named_in(shown.then.fields)) name_also(shown.targets, record.id, number);
    co_return shown;
}

/// `revealed`: with DrChrono's JSON, digit for digit; else only how long it is.
std::string record_json(const Record& record, const std::string& at, Shown shown, bool revealed) {
    auto& fields = shown.then.fields;
    const auto* raw = fields.find("drchrono_raw");
    const auto raw_text = raw == nullptr || raw->is_null() ? std::string{} : raw->text();
    fields.remove("drchrono_raw");
    const auto* deleted = fields.find("deleted_at");
    return fmt::format(
        R"({{"table":"{}","id":"{}","at":{},"existed":{},"deleted":{},"complete":{},"fields":{},"raw":{},"raw_bytes":{}}})",
        record.table->name, record.id, json_or_null(at), json_of(shown.then.existed),
        json_of(deleted != nullptr && !deleted->is_null()), json_of(shown.complete), fields.text(),
        json_or_null(revealed ? raw_text : ""), raw_text.empty() ? "null" : std::to_string(raw_text.size()));
}

/// Reads it, writes down that it was read, and answers. `reason` empty: without what takes one.
Async<net::Response> answer_record(Backend& backend, net::Request request, auth::Caller caller, std::string at,
                                   std::string reason) {
    const auto record = record_of(request);
    if (!record) co_return refuse(404, "There is no such record", request);
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    auto reading = read_record(*transaction, *record, at);
    auto shown = co_await std::move(reading);
    if (!shown && shown.error().fault == Fault::not_found) co_return refuse(404, "There is no such record", request);
    if (!shown) co_return failed(shown.error(), request);
    const bool revealed = !reason.empty();
    auto logging = log_access(caller, request,
                              {.action = revealed ? "records.reveal" : "records.read",
                               .table_name = std::string{record->table->name},
                               .reason = std::move(reason),
                               .details = fmt::format(R"({{"as_of":{}}})", json_or_null(at)),
                               .targets = shown->targets});
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    co_return json(record_json(*record, at, std::move(*shown), revealed));
}

constexpr auto at_is_wrong = "at must be an ISO 8601 time, or a date";

}  // namespace

Async<net::Response> show_record(Backend& backend, net::Request request, auth::Caller caller) {
    const auto known = only_known(request.query, {"at"});
    if (!known) co_return refuse(400, known.error().detail, request);
    std::string at{request.query.get("at")};
    if (!at.empty() && !is_time(at)) co_return refuse(400, at_is_wrong, request);
    auto answering = answer_record(backend, std::move(request), std::move(caller), std::move(at), "");
    co_return co_await std::move(answering);
}

Async<net::Response> reveal_record(Backend& backend, net::Request request, auth::Caller caller) {
    const auto body = body_of(request);
    if (!body) co_return refuse(400, body.error().detail, request);
    auto reason = reason_of(*body);
    if (!reason) co_return refuse(400, reason.error().detail, request);
    auto at = text_at(*body, "at");
    if (!at.empty() && !is_time(at)) co_return refuse(400, at_is_wrong, request);
    auto answering = answer_record(backend, std::move(request), std::move(caller), std::move(at), std::move(*reason));
    co_return co_await std::move(answering);
}

Async<net::Response> list_record_changes(Backend& backend, net::Request request, auth::Caller caller) {
    const auto page = page_of(backend, request, request.query, 1, {});
    if (!page) co_return refuse(400, page.error().detail, request);
    const auto record = record_of(request);
    if (!record) co_return refuse(404, "There is no such record", request);
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    Conditions which;
    which.add("c.record_id = ?::uuid", record->id);
    which.add("c.table_name = ?", record->table->name);
    if (!page->after.empty()) which.add_all("c.seq < ?::bigint", page->after);
    std::vector<pg::Statement> statements{
        stored(*record), which.statement(fmt::format("select {} from change_log c{} order by c.seq desc limit {}",
                                                     change_columns, which.where(), page->limit + 1))};
    const auto rows = co_await transaction->run(std::move(statements));
    if (!rows) co_return failed(rows.error(), request);
    if (rows->front().empty() && rows->back().empty()) co_return refuse(404, "There is no such record", request);
    const Document last = rows->back().empty() ? Document{} : document_at(rows->back(), 0, 7);
    auto targets = targets_of_record(*record, rows->front(), last);
    name_patients_of(targets, rows->back(), page->limit);
    auto logging = log_access(
        caller, request,
        {.action = "records.changes", .table_name = std::string{record->table->name}, .targets = std::move(targets)});
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    co_return json(change_list(rows->back(), *page));
}

}  // namespace dcs::admin
