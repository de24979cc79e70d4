#include "audit/accounting.hpp"
#include "audit/access_log.hpp"
#include "base/counted.hpp"
#include "base/document.hpp"
#include "base/said_time.hpp"
#include "cli/commands.hpp"
#include "cli/person.hpp"
#include "cli/start_settings.hpp"
#include "cli/values.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

#include <set>

namespace dcs::cli {

namespace {

constexpr int most_lines = 1'000'000;
constexpr int page = 1'000;

class Accounting {
public:
    Accounting(pg::Pool& pool, const AccountingOptions& options)
        : pool_{pool}, options_{options}, of_{options.since, options.until, options.patient, options.user} {}

    /// That it was asked for is an access of its own, written before anything is shown.
    Async<int> run() {
        auto asking = log_question();
        const auto logged = co_await std::move(asking);
        if (!logged) co_return complain(logged.error());
        if (options_.format == "fhir") {
            auto sending = send_events();
            co_return co_await std::move(sending);
        }
        auto statement = audit::count_accesses(of_, most_lines);
        const auto rows = co_await pool_.run(std::move(statement));
        if (!rows) co_return complain(rows.error());
        auto naming = log_patients(*rows, 2);
        const auto named = co_await std::move(naming);
        if (!named) co_return complain(named.error());
        if (options_.format == "csv") show_csv(*rows);
        else if (options_.format == "json") show_json(*rows);
        else show(*rows);
        if (rows->size() == most_lines) {
            fmt::print(stderr, "drchrono-sync: more than {}: ask for a shorter time\n", counted(most_lines, "line"));
            co_return 1;
        }
        co_return 0;
    }

private:
    static int complain(const Error& error) {
        fmt::print(stderr, "drchrono-sync: {}\n", error.detail);
        return 1;
    }

    audit::Access access() const {
        return {.actor = person(),
                .role = "cli",
                .action = "accounting",
                .details =
                    fmt::format(R"({{"since":{},"until":{},"user":{},"format":{}}})", json_quoted(options_.since),
                                json_quoted(options_.until), json_quoted(options_.user), json_quoted(options_.format))};
    }

    Async<Result<>> log_question() {
        const bool uuid = options_.patient.find('-') != std::string::npos;
        const std::vector<audit::Target> targets{
            {.patient_id = uuid ? options_.patient : "", .drchrono_patient_id = uuid ? "" : options_.patient}};
        if (!uuid && !options_.patient.empty()) told_.insert(options_.patient);
        auto statement = audit::insert_accesses(access(), targets);
        const auto logged = co_await pool_.run(std::move(statement));
        if (!logged) co_return logged.error();
        if (!of_.until.empty()) co_return Result<>{};
        // What is written down of this answer is no part of it.
        auto asking = pg::sql("select clock_timestamp()::text");
        const auto now = co_await pool_.run(std::move(asking));
        if (!now) co_return now.error();
        of_.until = now->string(0, 0);
        co_return Result<>{};
    }

    /// Who saw whom is told of patients as well: those in this column, who are written down before they are shown, each once.
    Async<Result<>> log_patients(const pg::Rows& rows, int column) {
        std::vector<audit::Target> targets;
        for (int row = 0; row < rows.size(); ++row)
            if (const auto number = rows.string(row, column); !number.empty() && told_.insert(number).second)
                targets.push_back({.drchrono_patient_id = number});
        if (targets.empty()) co_return Result<>{};
        auto statement = audit::insert_accesses(access(), targets);
        const auto logged = co_await pool_.run(std::move(statement));
        if (!logged) co_return logged.error();
        co_return Result<>{};
    }

    Async<int> send_events() {
        std::string at;
        std::string id;
        for (;;) {
            auto statement = audit::read_accesses(of_, at, id, page);
            const auto rows = co_await pool_.run(std::move(statement));
            if (!rows) co_return complain(rows.error());
            auto naming = log_patients(*rows, 7);
            const auto named = co_await std::move(naming);
            if (!named) co_return complain(named.error());
            for (int row = 0; row < rows->size(); ++row) fmt::print("{}\n", audit::audit_event(*rows, row));
            if (rows->size() < page) co_return 0;
            at = rows->string(rows->size() - 1, 1);
            id = rows->string(rows->size() - 1, 0);
        }
    }

    void show(const pg::Rows& rows) const {
        std::set<std::string> persons;
        std::set<std::string> patients;
        for (int row = 0; row < rows.size(); ++row) {
            persons.insert(rows.string(row, 0));
            patients.insert(rows.string(row, 2));
        }
        fmt::print("{} saw {} since {}{}\n", counted(persons.size(), "person"), counted(patients.size(), "patient"),
                   options_.since, options_.until.empty() ? "" : " and before " + options_.until);
        for (int row = 0; row < rows.size(); ++row)
            fmt::print("  {:<24} patient {:<12} {} to {}  {}  {}{}\n", rows.string(row, 0), rows.string(row, 2),
                       rows.string(row, 3), rows.string(row, 4), counted(rows.string(row, 5), "time"),
                       rows.string(row, 6), rows.string(row, 7).empty() ? "" : "  from " + rows.string(row, 7));
    }
    static void show_csv(const pg::Rows& rows) {
        fmt::print("person,roles,drchrono_patient_id,first,last,times,actions,addresses\r\n");
        for (int row = 0; row < rows.size(); ++row) {
            std::string line;
            for (int column = 0; column < 8; ++column) {
                std::string cell;
                for (const char letter : rows.string(row, column))
                    cell += letter == '"' ? "\"\"" : std::string(1, letter);
                // A program that opens the file must not take a name for a formula.
                const bool formula =
                    !cell.empty() && std::string_view{"=+-@"}.find(cell.front()) != std::string_view::npos;
                line += fmt::format("{}\"{}{}\"", column > 0 ? "," : "", formula ? "'" : "", cell);
            }
            fmt::print("{}\r\n", line);
        }
    }
    static void show_json(const pg::Rows& rows) {
        for (int row = 0; row < rows.size(); ++row)
            fmt::print(
                R"({{"person":{},"roles":{},"drchrono_patient_id":{},"first":{},"last":{},"times":{},"actions":{},)"
                R"("addresses":{}}})"
                "\n",
                json_quoted(rows.string(row, 0)), json_quoted(rows.string(row, 1)), json_quoted(rows.string(row, 2)),
                json_quoted(rows.string(row, 3)), json_quoted(rows.string(row, 4)), rows.string(row, 5),
                json_quoted(rows.string(row, 6)), json_quoted(rows.string(row, 7)));
    }

    pg::Pool& pool_;
    const AccountingOptions& options_;
    audit::AccountingOf of_;
    std::set<std::string> told_{};  // patients of whom a row says that they were shown
};

/// A day as it was written, which PostgreSQL reads as its start in UTC; any other spelling as the time that it means.
std::string in_utc(const std::string& said, Time now) {
    constexpr std::size_t day_length = 10;
    const auto time = said_time_in_utc(said, now);
    if (!time || (said.size() == day_length && said.front() >= '0' && said.front() <= '9')) return said;
    auto text = iso8601(*time);
    constexpr std::string_view whole_second = ".000000Z";
    if (text.ends_with(whole_second)) text.replace(text.size() - whole_second.size(), std::string::npos, "Z");
    return text;
}

Async<int> account(pg::Pool& pool, AccountingOptions options) {
    Accounting accounting{pool, options};
    auto running = accounting.run();
    co_return co_await std::move(running);
}

}  // namespace

int accounting(bool dev, AccountingOptions options) {
    const auto now = system_now();
    options.since = in_utc(options.since, now);
    options.until = in_utc(options.until, now);
    const auto settings = start_settings(dev);
    if (!settings || (!options.out.empty() && !print_into(options.out))) return 2;
    if (!may_print_values()) {
        fmt::print(stderr,
                   "drchrono-sync: who saw whom is shown on a terminal, or written into a new file: --out FILE\n");
        return 2;
    }
    const int status = with_database(*settings, [&](pg::Pool& pool) { return account(pool, options); });
    return keep_what_was_printed(options.out, status);
}

}  // namespace dcs::cli
