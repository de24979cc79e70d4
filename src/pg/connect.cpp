// How a Connection comes to be: addresses, libpq's start and poll, the session's settings.
#include "pg/address.hpp"
#include "pg/connection.hpp"
#include "pg/tls.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace dcs::pg {

namespace {

using std::chrono::milliseconds;

/// What our statements rely on, whatever the server's, the database's or the role's defaults are.
///   isolation      "take the lock, then look" needs a snapshot from after the lock: read committed. Under repeatable read a
///                  child would miss the parent that committed while it waited.
///   deferrable     a transaction that may wait for others before its first statement has no limit.
///   texts          how values are written and read: time zone, dates, intervals, bytea, floats, NULL in arrays and in `=`,
///                  backslashes in constants; index scans return everything that matches.
///   limits         the server gives up a little before we do, so that it is the server that says so and the connection lives
///                  on.
///   names          what a statement calls a table, a function or an operator is the server's own, else that of schema public:
///                  no schema that somebody puts before it, no temporary table.
///   cost           statements are short: the JIT compiler only delays them. Those whose plan depends on no value are planned
///                  once (Settings::plans_once).
/// Left alone: default_transaction_read_only (a fact that /ready tells) and row_security (who may see what), which are the
/// database's owner's to decide.
std::string session_options(const Settings& settings) {
    const auto statement_limit = settings.statement_limit - settings.statement_limit / 20;
    const auto lock_limit = std::min<milliseconds>(milliseconds{20'000}, statement_limit);
    return fmt::format("-c default_transaction_isolation=read\\ committed -c default_transaction_deferrable=off "
                       "-c TimeZone=UTC -c DateStyle=ISO,MDY -c IntervalStyle=iso_8601 -c bytea_output=hex "
                       "-c extra_float_digits=1 -c plan_cache_mode={} -c array_nulls=on -c transform_null_equals=off "
                       "-c standard_conforming_strings=on -c gin_fuzzy_search_limit=0 -c jit=off "
                       "-c search_path=public,pg_temp "
                       "-c client_min_messages=warning -c idle_in_transaction_session_timeout=60000 "
                       "-c statement_timeout={} -c lock_timeout={}",
                       settings.plans_once ? "force_generic_plan" : "auto", statement_limit.count(),
                       lock_limit.count());
}

struct Option {
    const char* name;
    std::string value;
};

std::vector<Option> connection_options(const Settings& settings, const std::vector<std::string>& addresses) {
    const auto once_each = [&](const std::string& value) {
        return fmt::format("{}",
                           fmt::join(std::vector<std::string>(std::max<std::size_t>(addresses.size(), 1), value), ","));
    };
    std::vector<Option> options{
        {"host", once_each(settings.host)},
        {"hostaddr", fmt::format("{}", fmt::join(addresses, ","))},
        {"port", std::to_string(settings.port)},
        {"dbname", settings.database},
        {"user", settings.user},
        {"password", settings.password},
        {"sslmode", settings.sslmode},
        {"application_name", settings.application_name},
        {"client_encoding", "UTF8"},
        {"options", session_options(settings)},
        {"gssencmode", "disable"},
        {"keepalives_idle", "30"},
        {"keepalives_interval", "10"},
        {"keepalives_count", "3"},
    };
    std::erase_if(options, [](const Option& option) { return option.value.empty(); });
    return options;
}

PGconn* start(const std::vector<Option>& options) {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& option : options) {
        names.push_back(option.name);
        values.push_back(option.value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    return PQconnectStartParams(names.data(), values.data(), 0);
}

/// The SQLSTATE at the end of "… FATAL:  28P01"; empty when the failure was not the server's.
std::string_view sqlstate_in(std::string_view message) {
    constexpr std::size_t length = 5;
    while (message.ends_with('\n')) message.remove_suffix(1);
    if (message.size() <= length || message[message.size() - length - 1] != ' ') return {};
    const auto state = message.substr(message.size() - length);
    const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    return std::ranges::all_of(state, fits) && std::ranges::any_of(state, [](char c) { return c <= '9'; })
               ? state
               : std::string_view{};
}

Error refusal_of(PGconn* raw) {
    const std::string_view message = PQerrorMessage(raw);
    if (const auto state = sqlstate_in(message); !state.empty()) {
        // In a statement 55000 is a bug of ours; here somebody has closed the database for a while.
        const auto fault = state == "55000" ? Fault::unavailable : fault_of(state);
        return Error{fault, fmt::format("no connection to the database: SQLSTATE {}", state)};
    }
    if (PQconnectionNeedsPassword(raw) == 1)
        return Error{Fault::unauthorized, "the database asks for a password and none is set"};
    // libpq's own words: hosts, ports and the system's reason.
    std::string detail{message.substr(0, 300)};
    std::ranges::replace(detail, '\n', ' ');
    detail += advice_on_tls(message);
    return Error{Fault::unavailable, "no connection to the database: " + detail};
}

/// Where the migrations have prepared it and the user may: a user that owns everything then cannot alter what was audited by
/// mistake. Migrate steps out of it.
constexpr auto take_service_role =
    "select set_config('role', rolname, false) from pg_roles "
    "where rolname = 'clinical_service' and to_regprocedure('grant_roles()') is not null and "
    "pg_has_role(oid, case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end)";

}  // namespace

Async<Result<std::shared_ptr<Connection>>> Connection::open(asio::any_io_executor executor, Settings settings) {
    const std::shared_ptr<Connection> connection{new Connection{executor}};
    const auto connected = co_await connection->connect(settings);
    if (!connected) co_return connected.error();
    co_return connection;
}

Async<Result<>> Connection::connect(Settings settings) {
    const auto until = std::chrono::steady_clock::now() + settings.connect_limit;
    auto addresses = co_await addresses_of(settings.host, settings.connect_limit);
    if (!addresses) co_return addresses.error();

    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    start_limit(std::max(left, milliseconds{1}));
    raw_.reset(start(connection_options(settings, *addresses)));
    if (!raw_) co_return Error{Fault::bug, "no memory for a database connection"};
    if (PQstatus(raw_.get()) == CONNECTION_BAD) co_return refusal_of(raw_.get());
    PQsetErrorVerbosity(raw_.get(), PQERRORS_SQLSTATE);
    PQsetNoticeReceiver(raw_.get(), hear, this);

    const auto connected = co_await poll_until_connected();
    if (!connected) co_return connected.error();
    const auto settled = co_await settle_in();
    co_return settled;
}

Async<Result<>> Connection::poll_until_connected() {
    auto wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        if (wanted == PGRES_POLLING_FAILED) co_return refusal_of(raw_.get());
        if (!watch()) co_return Error{Fault::unavailable, "no file descriptor for a database connection"};
        const bool in_time = co_await ready(wanted == PGRES_POLLING_READING, wanted == PGRES_POLLING_WRITING);
        if (!in_time) co_return Error{Fault::unavailable, "no connection to the database within the limit"};
        wanted = PQconnectPoll(raw_.get());
    }
    co_return Result<>{};
}

/// A notice's text may quote values: it is dropped. Between two runs libpq also gives a server's last words this way.
void Connection::hear(void* self, const PGresult* notice) noexcept {
    const char* field = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const std::string_view severity = field == nullptr ? "" : field;
    if (severity == "FATAL" || severity == "PANIC") static_cast<Connection*>(self)->broken_ = true;
}

/// libpq may have changed sockets since the last look.
bool Connection::watch() noexcept {
    boost::system::error_code failed;
    socket_.close(failed);
    const int copy = ::fcntl(PQsocket(raw_.get()), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return false;
    socket_.assign(copy, failed);
    if (failed) ::close(copy);
    return !failed;
}

Async<Result<>> Connection::settle_in() {
    if (!watch() || PQsetnonblocking(raw_.get(), 1) != 0 || PQenterPipelineMode(raw_.get()) != 1)
        co_return Error{Fault::unavailable, "connection to the database lost"};
    constexpr int first_with_check = 140'000;
    constexpr int first_with_transaction_limit = 170'000;
    std::vector<Statement> statements;
    // A weaker promise than "on disk" is no promise to a sender; a stronger one (a standby's disk) is left as it is.
    statements.push_back(Statement{"select set_config('synchronous_commit', 'on', false) "
                                   "where current_setting('synchronous_commit') = 'off'"});
    // Changes that no trigger sees would be neither audited nor published. Who may not correct this may not write.
    statements.push_back(Statement{"select set_config('session_replication_role', 'origin', false) "
                                   "where current_setting('session_replication_role') <> 'origin'"});
    if (PQserverVersion(raw_.get()) >= first_with_transaction_limit)
        statements.push_back(Statement{"select set_config('transaction_timeout', '0', false)"});
    if (PQserverVersion(raw_.get()) >= first_with_check)
        statements.push_back(sql("select set_config('client_connection_check_interval', $1, false)",
                                 std::to_string(milliseconds{orphan_limit}.count())));
    statements.push_back(Statement{take_service_role});
    const auto left = std::chrono::ceil<milliseconds>(limit_.expiry() - std::chrono::steady_clock::now());
    const auto set = co_await run(std::move(statements), std::max(left, milliseconds{1}));
    if (!set) co_return set.error();
    co_return Result<>{};
}

}  // namespace dcs::pg
