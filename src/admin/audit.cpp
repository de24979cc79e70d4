#include "admin/audit.hpp"

#include "admin/access.hpp"
#include "admin/listing.hpp"
#include "admin/reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dcs::admin {

namespace {

constexpr int csv_page = 1'000;
constexpr int most_rows = 100'000;

constexpr auto access_row =
    "json_build_object('id', l.id::text, 'at', l.at, 'actor', l.actor, 'role', l.role, 'action', l.action,"
    " 'table', l.table_name, 'record_id', l.record_id, 'patient_id', l.patient_id,"
    " 'drchrono_patient_id', l.drchrono_patient_id::text, 'reason', l.reason, 'request_id', l.request_id,"
    " 'details', l.details)";

constexpr auto csv_columns =
    "l.id, to_json(l.at) #>> '{}', l.actor, l.role, l.action, l.table_name, l.record_id, l.patient_id,"
    " l.drchrono_patient_id, l.reason, l.request_id, l.details::text";
constexpr std::string_view csv_head =
    "id,at,actor,role,action,table,record_id,patient_id,drchrono_patient_id,reason,request_id,details\r\n";
constexpr int csv_width = 12;
constexpr int csv_patient = 7;  // the column of patient_id; the next one is DrChrono's number

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 18 &&
           std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

/// What the query asks for. bad_input: a sentence.
Result<Conditions> conditions_of(const net::Query& query) {
    Conditions which;
    if (const auto actor = query.get("actor"); !actor.empty())
        which.add_all("l.actor in (?, 'admin:' || ?, 'person:' || ?, 'cli:' || ?)",
                      std::vector<std::string>(4, std::string{actor}));
    if (const auto action = query.get("action"); !action.empty()) which.add("l.action = ?", action);
    if (const auto patient = query.get("patient"); is_uuid(patient)) {
        which.add("l.patient_id = ?::uuid", patient);
    } else if (is_number(patient)) {
        which.add("l.drchrono_patient_id = ?::bigint", patient);
    } else if (!patient.empty()) {
        return Error{Fault::bad_input, "patient must be an id of ours or of DrChrono's"};
    }
    for (const auto& [name, condition] :
         {std::pair{"from", "l.at >= ?::timestamptz"}, {"to", "l.at < ?::timestamptz"}}) {
        const auto time = query.get(name);
        if (time.empty()) continue;
        if (!is_time(time)) return Error{Fault::bad_input, "from and to must be ISO 8601 times, or dates"};
        which.add(condition, time);
    }
    return which;
}

/// What was filtered by, for the row that says that somebody looked.
std::string details_of(const net::Query& query) {
    std::string members;
    for (const auto& [name, value] : query)
        if (name != "after" && name != "limit")
            members += fmt::format("{}{}:{}", members.empty() ? "" : ",", json_quoted(name),
                                   json_quoted(value.substr(0, 200)));
    return "{" + members + "}";
}

/// Everything about one patient; rows that name it by its number alone are about it too.
Conditions about(const std::string& patient_id, const std::string& number) {
    Conditions which;
    which.add_all("(l.patient_id = ?::uuid or l.drchrono_patient_id = ?::bigint)", {patient_id, number});
    return which;
}

/// Who saw whom is told of patients as well: those of `rows` whom `told` does not hold yet, and holds from here on. Columns from
/// `first` on: patient_id, drchrono_patient_id.
std::vector<Target> further_patients(const pg::Rows& rows, int first, int count, std::set<std::string>& told) {
    std::vector<Target> targets;
    for (int row = 0; row < std::min(rows.size(), count); ++row) {
        Target target{.patient_id = rows.string(row, first), .drchrono_patient_id = rows.string(row, first + 1)};
        const auto is_told = [&](const std::string& name) { return !name.empty() && told.contains(name); };
        if (is_told(target.patient_id) || is_told(target.drchrono_patient_id)) continue;
        for (const auto& name : {target.patient_id, target.drchrono_patient_id})
            if (!name.empty()) told.insert(name);
        if (!target.patient_id.empty() || !target.drchrono_patient_id.empty()) targets.push_back(std::move(target));
    }
    return targets;
}

std::set<std::string> told_by(const Access& access) {
    std::set<std::string> told;
    for (const auto& target : access.targets) told.insert({target.patient_id, target.drchrono_patient_id});
    return told;
}

/// The row that says what was looked for, which names nobody but whom the question names; then one for each other patient shown.
Access with_patients_of(Access access, const pg::Rows& rows, int first, int count) {
    auto told = told_by(access);
    if (access.targets.empty()) access.targets.emplace_back();
    const auto further = further_patients(rows, first, count, told);
    access.targets.insert(access.targets.end(), further.begin(), further.end());
    return access;
}

Async<net::Response> list(Backend& backend, net::Request request, auth::Caller caller, Conditions which,
                          Access access) {
    const auto page = page_of(backend, request, request.query, 1, {"actor", "action", "patient", "from", "to"});
    if (!page) co_return refuse(400, page.error().detail, request);
    if (!page->after.empty()) which.add_all("l.id < ?::bigint", page->after);
    auto query = which.statement(fmt::format("select {}, l.id, l.patient_id, l.drchrono_patient_id from access_log l{} "
                                             "order by l.id desc limit {}",
                                             access_row, which.where(), page->limit + 1));
    std::function<Access(const pg::Rows&)> seen = [access, limit = page->limit](const pg::Rows& rows) {
        return with_patients_of(access, rows, 2, limit);
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    co_return json(list_of(*rows, *page, 1));
}

net::Response csv_answer(std::string_view name) {
    net::Response response;
    response.content_type = "text/csv; charset=utf-8";
    auth::add_api_headers(response.headers);
    response.headers.add("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
    response.body = std::string{csv_head};
    return response;
}

std::string csv_lines(const pg::Rows& rows) {
    std::string lines;
    for (int row = 0; row < rows.size(); ++row) {
        for (int column = 0; column < csv_width; ++column)
            lines.append(column > 0 ? "," : "").append(csv_cell(rows.text(row, column).value_or("")));
        lines += "\r\n";
    }
    return lines;
}

/// Says first that somebody takes it away, then sends page after page, and before each whom it names.
Async<std::optional<net::Response>> send_csv(Backend& backend, net::Request request, auth::Caller caller,
                                             Conditions which, Access access, std::string name,
                                             net::BodyStream& stream) {
    auto told = told_by(access);
    auto logging = log_access(caller, request, access);
    const auto logged = co_await read(backend, std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    std::string last = "9223372036854775807";
    auto beginning = stream.begin(csv_answer(name));
    bool open = co_await std::move(beginning);
    for (int sent = 0; open && sent < most_rows; sent += csv_page) {
        auto further = which;
        further.add("l.id < ?::bigint", last);
        auto query = further.statement(fmt::format("select {} from access_log l{} order by l.id desc limit {}",
                                                   csv_columns, further.where(), csv_page));
        const auto rows = co_await read(backend, std::move(query));
        if (!rows) {
            auto saying = stream.send("The export ends here: the database is away or too slow\r\n");
            co_await std::move(saying);
            co_return std::nullopt;
        }
        if (rows->empty()) co_return std::nullopt;
        last = rows->string(rows->size() - 1, 0);
        access.targets = further_patients(*rows, csv_patient, csv_page, told);
        if (!access.targets.empty()) {
            auto naming = log_access(caller, request, access);
            if (const auto named = co_await read(backend, std::move(naming)); !named) {
                auto saying = stream.send("The export ends here: who is shown could not be written down\r\n");
                co_await std::move(saying);
                co_return std::nullopt;
            }
        }
        auto sending = stream.send(csv_lines(*rows));
        open = co_await std::move(sending);
        if (rows->size() < csv_page) co_return std::nullopt;
    }
    if (open) {
        auto saying = stream.send("The export ends here: narrow it by from and to\r\n");
        co_await std::move(saying);
    }
    co_return std::nullopt;
}

Async<Result<std::string>> number_of_patient(Backend& backend, std::string id) {
    if (!is_uuid(id)) co_return Error{Fault::not_found, "no such patient"};
    auto question = pg::sql("select drchrono_id from patients where id = $1::uuid", id);
    const auto rows = co_await read(backend, std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Error{Fault::not_found, "no such patient"};
    co_return rows->string(0, 0);
}

Access disclosure(std::string action, const std::string& id, const std::string& number) {
    return {.action = std::move(action), .table_name = "access_log", .targets = {{{}, id, number}}};
}

}  // namespace

std::string csv_cell(std::string_view text) {
    constexpr std::string_view formula = "=+-@\t\r\n";
    std::string cell;
    if (!text.empty() && formula.find(text.front()) != std::string_view::npos) cell = "'";
    cell.append(text);
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
    std::string quoted = "\"";
    for (const char letter : cell) quoted.append(letter == '"' ? 2 : 1, letter);
    return quoted + "\"";
}

Async<net::Response> list_accesses(Backend& backend, net::Request request, auth::Caller caller) {
    const auto which = conditions_of(request.query);
    if (!which) co_return refuse(400, which.error().detail, request);
    // Reading the log names everybody on the page: unless these rows are asked for, the one that tells of the reading stands for them.
    auto rows = *which;
    if (request.query.get("action").empty() && request.query.get("patient").empty())
        rows.add(
            "not (l.action = 'audit.read' and coalesce(l.patient_id::text, l.drchrono_patient_id::text) is not null)");
    Access access{.action = "audit.read", .table_name = "access_log", .details = details_of(request.query)};
    auto listing = list(backend, std::move(request), std::move(caller), std::move(rows), std::move(access));
    co_return co_await std::move(listing);
}

Async<net::Response> list_disclosures(Backend& backend, net::Request request, auth::Caller caller) {
    const auto known = only_known(request.query, {"after", "limit"});
    if (!known) co_return refuse(400, known.error().detail, request);
    const auto id = segment_behind(request, "patients");
    const auto number = co_await number_of_patient(backend, id);
    if (!number) co_return failed(number.error(), request);
    auto listing = list(backend, std::move(request), std::move(caller), about(id, *number),
                        disclosure("audit.disclosures", id, *number));
    co_return co_await std::move(listing);
}

Async<std::optional<net::Response>> export_accesses(Backend& backend, net::Request request, auth::Caller caller,
                                                    net::BodyStream& stream) {
    const auto known = only_known(request.query, {"actor", "action", "patient", "from", "to"});
    if (!known) co_return refuse(400, known.error().detail, request);
    const auto which = conditions_of(request.query);
    if (!which) co_return refuse(400, which.error().detail, request);
    Access access{.action = "audit.export", .table_name = "access_log", .details = details_of(request.query)};
    auto sending =
        send_csv(backend, std::move(request), std::move(caller), *which, std::move(access), "access-log.csv", stream);
    co_return co_await std::move(sending);
}

Async<std::optional<net::Response>> export_disclosures(Backend& backend, net::Request request, auth::Caller caller,
                                                       net::BodyStream& stream) {
    const auto id = segment_behind(request, "patients");
    const auto number = co_await number_of_patient(backend, id);
    if (!number) co_return failed(number.error(), request);
    auto sending = send_csv(backend, std::move(request), std::move(caller), about(id, *number),
                            disclosure("audit.export", id, *number), "disclosures.csv", stream);
    co_return co_await std::move(sending);
}

}  // namespace dcs::admin
