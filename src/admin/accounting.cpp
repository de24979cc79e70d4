#include "admin/accounting.hpp"

#include "admin/access.hpp"
#include "admin/audit.hpp"
#include "admin/listing.hpp"
#include "admin/reply.hpp"
#include "audit/accounting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dcs::admin {

namespace {

constexpr int csv_page = 1'000;
constexpr int most_lines = 100'000;
constexpr std::size_t place_parts = 4;  // where the question ends, then last time, person and patient of the last line
constexpr std::size_t longest_name = 200;
constexpr int patient_column = 2;
constexpr int columns = 8;
constexpr std::string_view csv_head = "person,roles,drchrono_patient_id,first,last,times,actions,addresses\r\n";

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 18 &&
           std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

/// What the body asks for. bad_input: a sentence.
Result<audit::AccountingOf> question_of(const net::Query& asked) {
    audit::AccountingOf of{.since = std::string{asked.get("since")},
                           .until = std::string{asked.get("until")},
                           .patient = std::string{asked.get("patient")},
                           .person = std::string{asked.get("person")}};
    if (!is_time(of.since)) return Error{Fault::bad_input, "since must be an ISO 8601 time, or a date"};
    if (!of.until.empty() && !is_time(of.until))
        return Error{Fault::bad_input, "until must be an ISO 8601 time, or a date"};
    if (!of.patient.empty() && !is_uuid(of.patient) && !is_number(of.patient))
        return Error{Fault::bad_input, "patient must be an id of ours or of DrChrono's"};
    if (of.person.size() > longest_name) return Error{Fault::bad_input, "There is nobody of that name"};
    return of;
}

/// The row that says what was asked, which names the patient whom the question names.
Access access_of(const audit::AccountingOf& of, std::string action) {
    Access access{.action = std::move(action), .table_name = "access_log"};
    access.details = fmt::format(R"({{"since":{},"until":{},"person":{}}})", json_quoted(of.since),
                                 json_quoted(of.until), json_quoted(of.person));
    const bool ours = is_uuid(of.patient);
    access.targets.push_back(
        {.patient_id = ours ? of.patient : "", .drchrono_patient_id = ours ? std::string{} : of.patient});
    return access;
}

/// The patients of rows [first, end) whom `told` does not hold yet, and holds from here on; none where the question names the one
/// whom the answer is about.
std::vector<Target> further_patients(const audit::AccountingOf& of, const pg::Rows& rows, int first, int end,
                                     std::set<std::string>& told) {
    std::vector<Target> targets;
    if (!of.patient.empty()) return targets;
    for (int row = first; row < std::min(rows.size(), end); ++row)
        if (auto number = rows.string(row, patient_column); told.insert(number).second)
            targets.push_back({.drchrono_patient_id = std::move(number)});
    return targets;
}

/// "notes.read patients.read" as a list.
std::string json_words(std::string_view words) {
    std::string list;
    while (!words.empty()) {
        const auto blank = std::min(words.find(' '), words.size());
        if (blank > 0) list.append(list.empty() ? "" : ",").append(json_quoted(words.substr(0, blank)));
        words.remove_prefix(std::min(blank + 1, words.size()));
    }
    return "[" + list + "]";
}

std::string item_of(const pg::Rows& rows, int row) {
    return fmt::format(
        R"({{"person":{},"roles":{},"drchrono_patient_id":{},"first":{},"last":{},"times":{},"actions":{},"addresses":{}}})",
        json_quoted(rows.string(row, 0)), json_words(rows.string(row, 1)), json_quoted(rows.string(row, 2)),
        json_quoted(rows.string(row, 3)), json_quoted(rows.string(row, 4)), rows.string(row, 5),
        json_words(rows.string(row, 6)), json_words(rows.string(row, 7)));
}

net::Response answer_of(const pg::Rows& rows, const Page& page, const std::string& until) {
    const int shown = std::min(rows.size(), page.limit);
    std::string items;
    for (int row = 0; row < shown; ++row) items.append(row > 0 ? "," : "").append(item_of(rows, row));
    const auto next =
        rows.size() > page.limit
            ? page.next({until, rows.string(shown - 1, 4), rows.string(shown - 1, 0), rows.string(shown - 1, 2)})
            : std::string{"null"};
    return json(fmt::format(R"({{"items":[{}],"next":{}}})", items, next));
}

/// Where a question without an end stops: before what is written down of the answer itself. The transaction's own time, which
/// its rows of access_log bear too.
pg::Statement ask_time() {
    return pg::sql(R"(select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))");
}

std::string csv_lines(const pg::Rows& rows, int first, int end) {
    std::string lines;
    for (int row = first; row < std::min(rows.size(), end); ++row) {
        for (int column = 0; column < columns; ++column)
            lines.append(column > 0 ? "," : "").append(csv_cell(rows.text(row, column).value_or("")));
        lines += "\r\n";
    }
    return lines;
}

/// Sends the lines piece by piece, and before each piece writes down whom it names.
Async<> send_lines(Backend& backend, const net::Request& request, const auth::Caller& caller, const pg::Rows& rows,
                   audit::AccountingOf of, net::BodyStream& stream) {
    std::set<std::string> told;
    auto access = access_of(of, "audit.export");
    bool open = true;
    for (int first = 0; open && first < rows.size(); first += csv_page) {
        access.targets = further_patients(of, rows, first, first + csv_page, told);
        if (!access.targets.empty()) {
            auto naming = log_access(caller, request, access);
            const auto named = co_await read(backend, std::move(naming));
            if (!named) {
                auto saying = stream.send("The export ends here: who is shown could not be written down\r\n");
                co_await std::move(saying);
                co_return;
            }
        }
        auto sending = stream.send(csv_lines(rows, first, first + csv_page));
        open = co_await std::move(sending);
    }
    if (!open || rows.size() < most_lines) co_return;
    auto saying = stream.send("The export ends here: ask for a shorter time\r\n");
    co_await std::move(saying);
}

}  // namespace

Async<net::Response> count_accesses(Backend& backend, net::Request request, auth::Caller caller) {
    const auto asked = query_in_body(request);
    if (!asked) co_return refuse(400, asked.error().detail, request);
    const auto page = page_of(backend, request, *asked, place_parts, {"since", "until", "patient", "person"});
    if (!page) co_return refuse(400, page.error().detail, request);
    auto of = question_of(*asked);
    if (!of) co_return refuse(400, of.error().detail, request);
    const auto access = access_of(*of, "audit.accounting");
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    audit::CountedAfter after{};
    if (page->after.empty()) {
        auto asking = ask_time();
        const auto now = co_await transaction->run(std::move(asking));
        if (!now) co_return failed(now.error(), request);
        if (of->until.empty()) of->until = now->string(0, 0);
    } else {
        of->until = page->after[0];
        after = {page->after[1], page->after[2], page->after[3]};
    }
    auto counting = audit::count_accesses(*of, page->limit + 1, after);
    const auto rows = co_await transaction->run(std::move(counting));
    if (!rows) co_return failed(rows.error(), request);
    std::set<std::string> told;
    auto shown = access;
    const auto further = further_patients(*of, *rows, 0, page->limit, told);
    shown.targets.insert(shown.targets.end(), further.begin(), further.end());
    auto logging = log_access(caller, request, std::move(shown));
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    co_return answer_of(*rows, *page, of->until);
}

Async<std::optional<net::Response>> export_accounting(Backend& backend, net::Request request, auth::Caller caller,
                                                      net::BodyStream& stream) {
    const auto asked = query_in_body(request);
    if (!asked) co_return refuse(400, asked.error().detail, request);
    const auto known = only_known(*asked, {"since", "until", "patient", "person"});
    if (!known) co_return refuse(400, known.error().detail, request);
    auto of = question_of(*asked);
    if (!of) co_return refuse(400, of.error().detail, request);
    auto logging = log_access(caller, request, access_of(*of, "audit.export"));
    const auto logged = co_await read(backend, std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    auto counting = audit::count_accesses(*of, most_lines);
    const auto rows = co_await read(backend, std::move(counting));
    if (!rows) co_return failed(rows.error(), request);
    net::Response head;
    head.content_type = "text/csv; charset=utf-8";
    auth::add_api_headers(head.headers);
    head.headers.add("Content-Disposition", "attachment; filename=\"accounting.csv\"");
    head.body = std::string{csv_head};
    auto beginning = stream.begin(std::move(head));
    const bool open = co_await std::move(beginning);
    if (!open) co_return std::nullopt;
    auto sending = send_lines(backend, request, caller, *rows, *of, stream);
    co_await std::move(sending);
    co_return std::nullopt;
}

}  // namespace dcs::admin
