#include "admin/patients.hpp"

#include "admin/access.hpp"
#include "admin/listing.hpp"
#include "admin/record_tables.hpp"
#include "admin/reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs::admin {

namespace {

constexpr std::size_t longest_search = 100;

constexpr auto patient_members =
    "'id', p.id, 'drchrono_id', p.drchrono_id::text, 'first_name', p.first_name, 'middle_name', p.middle_name,"
    " 'last_name', p.last_name, 'date_of_birth', p.date_of_birth, 'gender', p.gender, 'chart_id', p.chart_id,"
    " 'deleted_at', p.deleted_at";

// As the indexes of migrations 0040 and 0085 say them.
constexpr auto last_name = "(search_key(p.last_name)) collate \"C\"";
constexpr auto first_name = "(search_key(p.first_name)) collate \"C\"";
constexpr auto chart_id = "(lower(left(coalesce(p.chart_id, ''), 100))) collate \"C\"";

/// What was typed: the words of a name in either order, or one word.
struct Search {
    std::string whole{};
    std::string last{};   // before the comma, or the only word, or the second
    std::string first{};  // behind the comma, or the first of two
    bool number = false;
};

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return std::string{text.substr(begin, text.find_last_not_of(' ') - begin + 1)};
}

Search search_of(std::string_view text) {
    Search search{.whole = trimmed(text)};
    search.number = !search.whole.empty() && search.whole.size() <= 18 &&
                    std::ranges::all_of(search.whole, [](char letter) { return letter >= '0' && letter <= '9'; });
    const auto comma = search.whole.find(',');
    const auto blank = search.whole.rfind(' ');
    if (comma != std::string::npos) {
        search.last = trimmed(std::string_view{search.whole}.substr(0, comma));
        search.first = trimmed(std::string_view{search.whole}.substr(comma + 1));
    } else if (blank != std::string::npos) {
        search.first = trimmed(std::string_view{search.whole}.substr(0, blank));
        search.last = trimmed(std::string_view{search.whole}.substr(blank + 1));
    } else {
        search.last = search.whole;
    }
    return search;
}

/// One way to search: which rows, in which order. The ways are gone through one after another, and none shows again what one
/// before it has shown.
struct Way {
    std::string condition;
    std::string order;
};

/// `form`: the function that brings the value into the form in which the column is indexed.
std::string begins(std::string_view column, std::string_view form, int value) {
    return fmt::format(
        "{0} >= {1}(${2}::text) collate \"C\" and {0} < ({1}(${2}::text) || U&'\\+10FFFF') collate \"C\" and "
        "{1}(${2}::text) <> ''",
        column, form, value);
}

// $1: what was typed, $2: the last name, $3: the first name.
std::vector<Way> ways_of(const Search& search) {
    std::vector<Way> ways;
    const std::string by_number = search.number ? "p.drchrono_id = ($1::text)::bigint" : "false";
    const auto by_chart = begins(chart_id, "lower", 1);
    const auto by_last = begins(last_name, "search_key", 2);
    const auto by_first = begins(first_name, "search_key", search.first.empty() ? 2 : 3);
    if (search.number) ways.push_back({by_number, "''::text collate \"C\", ''::text collate \"C\""});
    ways.push_back(
        {fmt::format("{} and not ({})", by_chart, by_number), fmt::format("{}, ''::text collate \"C\"", chart_id)});
    const auto fresh = fmt::format("not ({}) and not ({})", by_number, by_chart);
    if (!search.first.empty()) {
        ways.push_back(
            {fmt::format("{} and {} and {}", by_last, by_first, fresh), fmt::format("{}, {}", last_name, first_name)});
        return ways;
    }
    ways.push_back({fmt::format("{} and {}", by_last, fresh), fmt::format("{}, {}", last_name, first_name)});
    ways.push_back({fmt::format("{} and not ({}) and {}", by_first, by_last, fresh),
                    fmt::format("{}, {}", first_name, last_name)});
    return ways;
}

pg::Statement search_statement(const Way& way, const Search& search, const std::vector<std::string>& after, int limit) {
    // All three are named in the text, whichever way this is: the values need their types.
    auto text =
        fmt::format("select json_build_object({}), {}, p.id, p.id, p.id, p.drchrono_id from patients p "
                    "where ({}) and ($1::text, $2::text, $3::text) is not null{} order by {}, p.id limit {}",
                    patient_members, way.order, way.condition,
                    after.empty() ? "" : fmt::format(" and ({}, p.id) > ($4::text, $5::text, $6::uuid)", way.order),
                    way.order, limit);
    pg::Statement statement = pg::sql(std::move(text), search.whole, search.last, search.first);
    for (const auto& part : after) statement.params.emplace_back(part);
    return statement;
}

/// What a page has gathered so far.
struct Gathered {
    std::string items{};
    int count = 0;
    std::vector<Target> targets{};
    std::vector<std::string> last{};  // the way, then the key of the last row
    bool more = false;
};

void gather(Gathered& page, const pg::Rows& rows, std::size_t way, int limit) {
    for (int row = 0; row < rows.size(); ++row) {
        if (page.count == limit) {
            page.more = true;
            return;
        }
        page.items.append(page.count > 0 ? "," : "").append(rows.text(row, 0).value_or("null"));
        page.targets.push_back({rows.string(row, 4), rows.string(row, 5), rows.string(row, 6)});
        page.last = {std::to_string(way), rows.string(row, 1), rows.string(row, 2), rows.string(row, 3)};
        ++page.count;
    }
}

}  // namespace

namespace {

Async<net::Response> answer_search(Backend& backend, net::Request request, auth::Caller caller, net::Query query) {
    auto page = page_of(backend, request, query, 4, {"q"});
    if (!page) co_return refuse(400, page.error().detail, request);
    const auto search = search_of(query.get("q"));
    if (search.last.empty() || search.whole.size() > longest_search)
        co_return refuse(400, "q must be a name, a chart id or a DrChrono id, of at most 100 characters", request);
    const auto ways = ways_of(search);
    std::size_t way = 0;
    if (!page->after.empty()) {
        const auto& place = page->after.front();
        if (place.size() != 1 || place[0] < '0' || static_cast<std::size_t>(place[0] - '0') >= ways.size())
            co_return refuse(400, "after must be the next of a page before", request);
        way = static_cast<std::size_t>(place[0] - '0');
        page->after.erase(page->after.begin());
    }
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    Gathered gathered;
    for (; way < ways.size() && !gathered.more; ++way) {
        auto statement = search_statement(ways[way], search, page->after, page->limit - gathered.count + 1);
        page->after.clear();
        const auto rows = co_await transaction->run(std::move(statement));
        if (!rows) co_return failed(rows.error(), request);
        gather(gathered, *rows, way, page->limit);
    }
    auto logging =
        log_access(caller, request,
                   {.action = "patients.search", .table_name = "patients", .targets = std::move(gathered.targets)});
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    co_return json(fmt::format(R"({{"items":[{}],"next":{}}})", gathered.items,
                               gathered.more ? page->next(gathered.last) : "null"));
}

}  // namespace

Async<net::Response> find_patients(Backend& backend, net::Request request, auth::Caller caller) {
    auto query = request.query;
    auto answering = answer_search(backend, std::move(request), std::move(caller), std::move(query));
    co_return co_await std::move(answering);
}

Async<net::Response> search_patients(Backend& backend, net::Request request, auth::Caller caller) {
    auto query = query_in_body(request);
    if (!query) co_return refuse(400, query.error().detail, request);
    auto answering = answer_search(backend, std::move(request), std::move(caller), std::move(*query));
    co_return co_await std::move(answering);
}

Async<net::Response> show_patient(Backend& backend, net::Request request, auth::Caller caller) {
    const auto id = segment_behind(request, "patients");
    if (!is_uuid(id)) co_return refuse(404, "There is no such patient", request);
    std::string counts;
    for (const auto& table : record_tables()) {
        if (table.of_patient == "false" || table.name == "patients") continue;
        counts += fmt::format("{}'{}', (select count(*) from {} r where {})", counts.empty() ? "" : ", ", table.name,
                              table.name, table.of_patient);
    }
    auto query =
        pg::sql(fmt::format("select json_build_object({}, 'counts', json_build_object({})), p.id, p.id, p.drchrono_id "
                            "from patients p where p.id = $1::uuid",
                            patient_members, counts),
                id, std::nullopt);
    auto numbering = pg::sql("select drchrono_id from patients where id = $1::uuid", id);
    const auto number = co_await read(backend, std::move(numbering));
    if (!number) co_return failed(number.error(), request);
    if (number->empty()) co_return refuse(404, "There is no such patient", request);
    query.params[1] = pg::Param{number->string(0, 0)};
    std::function<Access(const pg::Rows&)> seen = [](const pg::Rows& rows) {
        return Access{.action = "patients.read", .table_name = "patients", .targets = targets_of(rows, 1, 1)};
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such patient", request);
    co_return json(rows->string(0, 0));
}

}  // namespace dcs::admin
