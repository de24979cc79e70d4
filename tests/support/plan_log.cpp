#include "support/plan_log.hpp"

#include "base/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace dcs::test {

namespace {

/// Tables whose number of rows has nothing to do with the size of a clinic, or that hold only what is being worked at.
constexpr std::array<std::string_view, 20> small{"relinks",
                                                 "rewrites",
                                                 "doctors",
                                                 "offices",
                                                 "leases",
                                                 "oauth_tokens",
                                                 "request_budget",
                                                 "spent_requests",
                                                 "sync_state",
                                                 "time_zones",
                                                 "forbidden_kinds",
                                                 "admin_users",
                                                 "admin_second_factors",
                                                 "local_feed",
                                                 "restore_drills",
                                                 "admin_failed_sign_ins",
                                                 "admin_sessions",
                                                 "emergency_accesses",
                                                 "access_reviews",
                                                 "schema_migrations"};
/// What PostgreSQL is told of all others. It multiplies them by the pages that there are.
constexpr auto rows_a_page = 1'000'000;
/// The planner's cost of reading an index of so many rows is far above, that of a look into it far below.
constexpr double whole_index_cost = 5'000;

/// Statements that read a whole table because that is what they are for, by a part of their text.
struct WholeReader {
    std::string_view part;
    std::string_view why;
};
constexpr std::array<WholeReader, 11> whole_readers{{
    {"select count(*) from deepcura_notes n where n.",
     "the page says how many notes are filed, and how many cannot be"},
    {"with recursive taken as ( delete from relinks",
     "in the test only: PostgreSQL has no statistics of the columns, and assumes 5,000 notes for each visit"},
    {"count(*) from public.", "a backup counts what it holds"},
    {"coalesce(pg_catalog.sum(pg_catalog.cardinality(seqs)), 0)", "evidence sums up all seals"},
    {"where event_id = $4::uuid limit 1) ), arrived as materialized",
     "an event of which outbox keeps nothing any more"},
    {"select distinct on (p.patient) c.record_id::text, p.patient::text from ( select * from change_log",
     "whose event it is"},
    {"select table_name, record_id::text from change_log where event_id = $1::uuid", "whose event it is"},
    {"from audit_seals s where s.kind operator(pg_catalog.=)", "a chain is verified seal by seal"},

    {"select count(*) filter (where deleted_at is null)", "a comparison counts the records of a kind"},
    {"select count(*) filter (where t.created_at < $2::timestamptz and true and not exists (select from sync_seen",
     "a complete listing is compared with all that is here"},
    {"where run_id not in (select (s.value #>> array[c.name, 'run_id'])::uuid",
     "a clean-up removes what runs have left"},
}};

bool may_read_all(const std::string& statement) {
    return std::ranges::any_of(whole_readers,
                               [&](const auto& reader) { return statement.find(reader.part) != std::string::npos; });
}

std::string folded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!blank) out += c;
        else if (!out.empty() && out.back() != ' ') out += ' ';
    }
    return out;
}

std::string member(const Document& node, std::string_view name) {
    const auto* found = node.find(name);
    const auto text = found ? found->string() : std::nullopt;
    return text ? std::string{*text} : std::string{};
}

/// A sequence is a table of one row.
bool is_small(const std::string& table) {
    return std::ranges::find(small, table) != small.end() || table.starts_with("pg_") || table.ends_with("_seq");
}

double cost_of(const Document& node) {
    const auto* cost = node.find("Total Cost");
    return cost && cost->number() ? std::stod(std::string{*cost->number()}) : 0;
}

/// A transition table (or another one without an index) that is read anew for each row of the other side.
const Document* tuplestore_below(const Document& node) {
    const auto type = member(node, "Node Type");
    if (type == "Named Tuplestore Scan") return &node;
    // What is hashed, sorted or looked up is read once.
    if (type != "Materialize" && type != "Subquery Scan") return nullptr;
    const auto* below = node.find("Plans");
    return below && !below->items().empty() ? tuplestore_below(below->items().front()) : nullptr;
}

void judge(const Document& node, bool limited, std::set<std::string>& wrong) {
    const auto type = member(node, "Node Type");
    const auto table = member(node, "Relation Name");
    const bool whole_index =
        type.starts_with("Index") && node.find("Index Cond") == nullptr && !limited && cost_of(node) > whole_index_cost;
    if ((type == "Seq Scan" || whole_index) && !is_small(table)) wrong.insert("reads all of " + table);
    const auto* below = node.find("Plans");
    if (below == nullptr) return;
    if (type == "Nested Loop" && below->items().size() == 2)
        if (const auto* inner = tuplestore_below(below->items()[1]))
            wrong.insert("compares each row of " + member(*inner, "Tuplestore Name") + " with each");
    for (const auto& each : below->items()) judge(each, limited || type == "Limit", wrong);
}

}  // namespace

PlanLog::PlanLog(const TestDatabase& database) : database_{database} {
    const auto name = database.settings().database;
    for (const auto* setting :
         {"session_preload_libraries = 'auto_explain'", "auto_explain.log_min_duration = 0",
          "auto_explain.log_format = 'json'", "auto_explain.log_nested_statements = on", "enable_seqscan = off"})
        database.query_as_superuser(fmt::format("alter database {} set {}", name, setting));
    database.query_as_superuser(
        fmt::format("update pg_class set reltuples = {}, relpages = 1 where relkind = 'r' and relnamespace = "
                    "'public'::regnamespace and relname <> all ('{{{}}}')",
                    rows_a_page, fmt::join(small, ",")));
    database.query_as_superuser("alter system set autovacuum = off");  // it would count the rows
    database.query_as_superuser("alter system set log_line_prefix = '%m [%p] %a '");
    database.query_as_superuser("select pg_reload_conf()");
    begin_ = std::stoull(database.query_as_superuser("select size from pg_stat_file(pg_current_logfile())"));
}

PlanLog::Verdict PlanLog::verdict() const {
    const auto path = database_.query_as_superuser("select pg_current_logfile()");
    std::ifstream file{path, std::ios::binary};
    if (!file) throw std::runtime_error{"the log of the test cluster cannot be read"};
    file.seekg(static_cast<std::streamoff>(begin_));

    std::set<std::string> looked_at;  // plans without their numbers: most come thousands of times
    std::set<std::string> statements;
    std::set<std::string> lines;
    std::string plan;
    const auto take = [&] {
        std::string shape;
        std::ranges::copy_if(plan, std::back_inserter(shape), [](char c) { return c < '0' || c > '9'; });
        if (shape.empty() || !looked_at.insert(std::move(shape)).second) return;
        const auto parsed = Document::parse(plan);
        const auto* root = parsed ? parsed->value.find("Plan") : nullptr;
        if (root == nullptr) return;
        const auto statement = folded(member(parsed->value, "Query Text"));
        statements.insert(statement);
        std::set<std::string> wrong;
        judge(*root, false, wrong);
        if (!wrong.empty() && !may_read_all(statement))
            lines.insert(fmt::format("{}: {}\n", fmt::join(wrong, ", "), statement));
    };
    // A message of the log begins with a time; the lines that go on with it begin with a tab.
    bool of_plan = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('\t')) {
            if (of_plan) plan.append(line, 1).append("\n");
            continue;
        }
        take();
        plan.clear();
        of_plan = line.find("  plan:") != std::string::npos && line.find("] tests LOG:") == std::string::npos;
    }
    take();
    return {statements.size(), fmt::format("{}", fmt::join(lines, ""))};
}

}  // namespace dcs::test
