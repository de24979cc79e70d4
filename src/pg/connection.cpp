#include "pg/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>

namespace dcs::pg {

namespace {

constexpr std::size_t max_params = 65'535;  // the protocol counts them in 16 bits

/// What libpq would cut off or refuse halfway, told before anything is sent.
std::optional<Error> unsendable(const std::vector<Statement>& statements) {
    for (const auto& statement : statements) {
        if (statement.params.size() > max_params) return Error{Fault::bug, "a statement has too many parameters"};
        if (!std::ranges::all_of(statement.params, &Param::sendable))
            return Error{Fault::bad_input, "a text parameter holds a NUL byte"};
    }
    return std::nullopt;
}

bool send_prepared(PGconn* raw, const std::string& name, const std::vector<Param>& params) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
    for (const auto& param : params) {
        values.push_back(param.null() ? nullptr : param.text().c_str());
        lengths.push_back(param.null() ? 0 : static_cast<int>(param.text().size()));
        formats.push_back(param.binary() ? 1 : 0);
    }
    return PQsendQueryPrepared(raw, name.c_str(), static_cast<int>(params.size()), values.data(), lengths.data(),
                               formats.data(), 0) == 1;
}

bool send_prepare(PGconn* raw, const std::string& name, const Statement& statement) {
    std::vector<Oid> types;
    for (const auto& param : statement.params) types.push_back(static_cast<Oid>(param.type()));
    return PQsendPrepare(raw, name.c_str(), statement.sql.c_str(), static_cast<int>(types.size()), types.data()) == 1;
}

/// What it is prepared under: its text, and which of its values are arrays, for that is part of what the server prepares.
std::string key_of(const Statement& statement) {
    auto key = statement.sql;
    for (std::size_t at = 0; at < statement.params.size(); ++at)
        if (const auto type = statement.params[at].type(); type != Param::Type::follows)
            key += fmt::format("\n${}:{}", at + 1, static_cast<std::uint32_t>(type));
    return key;
}

/// Whether a refusal says that this connection, not the statement, is the matter: a plan from before a migration, a name
/// that the server does not know any more, or a primary that has become a standby.
bool spoils_connection(std::string_view state, bool prepared_before) {
    return state == "25006" || (prepared_before && (state == "0A000" || state == "26000"));
}

}  // namespace

/// A call under way. Unless finished() was said, its end leaves the connection broken: also when the coroutine is
/// cancelled or destroyed in the middle.
class Connection::Busy {
public:
    explicit Busy(Connection& connection) : connection_{connection} { connection_.busy_ = true; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() {
        ++connection_.runs_;
        connection_.limit_.cancel();
        connection_.busy_ = false;
        if (!finished_ || connection_.broken_) connection_.close();
    }
    void finished() noexcept { finished_ = true; }

private:
    Connection& connection_;
    bool finished_ = false;
};

struct Connection::Plan {
    struct Use {
        std::string name;
        bool prepare;
        std::string key;
    };
    Pipeline pipeline{};
    std::vector<Use> uses{};  // one a statement
};

Connection::Connection(asio::any_io_executor executor) : socket_{executor}, limit_{executor} {}

Connection::~Connection() = default;

Async<Result<std::vector<Rows>>> Connection::run(std::vector<Statement> statements, std::chrono::milliseconds limit) {
    const auto self = shared_from_this();
    if (broken_) co_return cut_off();
    if (busy_) co_return Error{Fault::bug, "two runs at once on one database connection"};
    if (statements.empty()) co_return std::vector<Rows>{};
    if (const auto refused = unsendable(statements)) co_return *refused;

    Busy busy{*this};
    auto todo = plan(statements);
    Outcome outcome;
    start_limit(limit);
    if (send(statements, todo)) co_await exchange(todo, outcome);
    remember(todo);
    if (outcome.finished) busy.finished();
    if (outcome.error) co_return std::move(*outcome.error);
    if (!outcome.finished) co_return cut_off();
    co_return std::move(outcome.rows);
}

Connection::Plan Connection::plan(const std::vector<Statement>& statements) {
    Plan plan;
    std::unordered_map<std::string, std::string> first_here;
    for (std::size_t at = 0; at < statements.size(); ++at) {
        auto key = key_of(statements[at]);
        const auto known = prepared_.find(key);
        const auto [here, first] = first_here.try_emplace(key, known ? *known : "");
        if (first && !known) here->second = prepared_.new_name();
        plan.uses.push_back({here->second, first && !known, std::move(key)});
        if (plan.uses.back().prepare) plan.pipeline.expect(Pipeline::Step::prepare, at);
        plan.pipeline.expect(Pipeline::Step::execute, at);
    }
    for (std::size_t at = 0; at < prepared_.evicted().size(); ++at) plan.pipeline.expect(Pipeline::Step::forget, at);
    return plan;
}

bool Connection::send(const std::vector<Statement>& statements, const Plan& plan) {
    for (std::size_t at = 0; at < statements.size(); ++at) {
        const auto& use = plan.uses[at];
        if (use.prepare && !send_prepare(raw_.get(), use.name, statements[at])) return false;
        if (!send_prepared(raw_.get(), use.name, statements[at].params)) return false;
    }
    // Last, so that a statement which must be the first of its transaction is.
    for (const auto& name : prepared_.evicted())
        if (PQsendQueryParams(raw_.get(), ("deallocate " + name).c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) !=
            1)
            return false;
    return PQpipelineSync(raw_.get()) == 1;
}

void Connection::remember(Plan& plan) {
    prepared_.dropped(plan.pipeline.forgotten().size());
    for (const auto at : plan.pipeline.prepared())
        prepared_.add(std::move(plan.uses[at].key), std::move(plan.uses[at].name));
}

Async<> Connection::exchange(Plan& plan, Outcome& outcome) {
    for (;;) {
        const int unsent = PQflush(raw_.get());
        if (read_answers(plan, outcome) || unsent < 0) co_return;
        const bool usable_socket = co_await ready(true, unsent > 0);
        if (!usable_socket) co_return;
        if (take_input()) continue;
        read_answers(plan, outcome);  // a lost server's last words may be in the buffer
        co_return;
    }
}

/// True when there is nothing more to read: finished, or broken.
bool Connection::read_answers(Plan& plan, Outcome& outcome) {
    while (PQisBusy(raw_.get()) == 0) {
        PGresult* result = PQgetResult(raw_.get());
        switch (plan.pipeline.take(answer_of(result))) {
        case Pipeline::Verdict::rows: outcome.rows.push_back(Rows::adopt(result).value()); continue;
        case Pipeline::Verdict::error: take_refusal(result, plan, outcome); break;
        case Pipeline::Verdict::nothing: PQclear(result); break;
        case Pipeline::Verdict::finished:
            PQclear(result);
            outcome.finished = true;
            return true;
        case Pipeline::Verdict::broken: PQclear(result); return true;
        }
        if (PQstatus(raw_.get()) == CONNECTION_BAD) return true;
    }
    return false;
}

void Connection::take_refusal(PGresult* result, const Plan& plan, Outcome& outcome) {
    const auto at = plan.pipeline.current();
    const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string state = field == nullptr ? "" : field;
    auto error = Rows::adopt(result).error();
    if (plan.uses.size() > 1) error.detail += fmt::format(" (statement {} of {})", at + 1, plan.uses.size());
    if (spoils_connection(state, !plan.uses[at].prepare)) {
        error.fault = Fault::unavailable;
        broken_ = true;
    }
    outcome.rows.clear();
    outcome.error = std::move(error);
}

Async<Result<>> Connection::run_script(std::string text, std::chrono::milliseconds limit) {
    const auto self = shared_from_this();
    if (broken_) co_return cut_off();
    if (busy_) co_return Error{Fault::bug, "two runs at once on one database connection"};

    Busy busy{*this};
    Outcome outcome;
    start_limit(limit);
    if (PQexitPipelineMode(raw_.get()) == 1 && PQsendQuery(raw_.get(), text.c_str()) == 1)
        co_await exchange_script(outcome);
    if (outcome.finished && PQenterPipelineMode(raw_.get()) == 1) busy.finished();
    if (outcome.error) co_return std::move(*outcome.error);
    if (!outcome.finished) co_return cut_off();
    co_return Result<>{};
}

Async<> Connection::exchange_script(Outcome& outcome) {
    for (;;) {
        const int unsent = PQflush(raw_.get());
        if (read_script_answers(outcome) || unsent < 0) co_return;
        const bool usable_socket = co_await ready(true, unsent > 0);
        if (!usable_socket) co_return;
        if (take_input()) continue;
        read_script_answers(outcome);
        co_return;
    }
}

bool Connection::read_script_answers(Outcome& outcome) {
    while (PQisBusy(raw_.get()) == 0) {
        PGresult* result = PQgetResult(raw_.get());
        const auto answer = answer_of(result);
        if (answer == Pipeline::Answer::end) {
            outcome.finished = PQstatus(raw_.get()) == CONNECTION_OK;
            return true;
        }
        auto rows = Rows::adopt(result);
        if (!rows && !outcome.error) outcome.error = rows.error();
        if (answer == Pipeline::Answer::foreign || PQstatus(raw_.get()) == CONNECTION_BAD) return true;
    }
    return false;
}

TransactionState Connection::transaction() const noexcept {
    if (!raw_) return TransactionState::none;
    switch (PQtransactionStatus(raw_.get())) {
    case PQTRANS_INTRANS: return TransactionState::open;
    case PQTRANS_INERROR: return TransactionState::aborted;
    case PQTRANS_IDLE:
    case PQTRANS_ACTIVE:
    case PQTRANS_UNKNOWN: return TransactionState::none;
    }
    return TransactionState::none;
}

bool Connection::usable() noexcept {
    if (broken_ || busy_) return false;
    constexpr int max_rounds = 8;  // notices and settings the server told of meanwhile
    for (int round = 0; round < max_rounds && !broken_; ++round) {
        char byte{};
        const auto seen = ::recv(PQsocket(raw_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        if (seen <= 0 || !take_input()) break;
        while (PGnotify* notify = PQnotifies(raw_.get())) PQfreemem(notify);
    }
    close();
    return false;
}

void Connection::close() noexcept {
    broken_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (!busy_) raw_.reset();  // else the run that still holds it does so at its end
}

Error Connection::cut_off() const {
    return Error{Fault::unavailable,
                 late_ ? "no answer from the database within the limit" : "connection to the database lost"};
}

Async<bool> Connection::ready(bool to_read, bool to_write) {
    using namespace asio::experimental::awaitable_operators;
    if (late_ || broken_) co_return false;
    boost::system::error_code failed;
    if (to_read && to_write) {
        auto readable =
            socket_.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
        auto writable =
            socket_.async_wait(asio::posix::stream_descriptor::wait_write, asio::as_tuple(asio::use_awaitable));
        const auto first = co_await (std::move(readable) || std::move(writable));
        failed = std::visit([](const auto& outcome) { return std::get<0>(outcome); }, first);
    } else {
        const auto direction =
            to_read ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write;
        co_await socket_.async_wait(direction, asio::redirect_error(asio::use_awaitable, failed));
    }
    co_return !failed && !late_ && !broken_;
}

bool Connection::take_input() noexcept {
    bool alive = PQconsumeInput(raw_.get()) == 1;
    // What TLS has already decrypted does not make the socket readable again.
    auto* tls = static_cast<SSL*>(PQsslStruct(raw_.get(), "OpenSSL"));
    while (alive && tls != nullptr && SSL_pending(tls) > 0) alive = PQconsumeInput(raw_.get()) == 1;
    return alive;
}

void Connection::start_limit(std::chrono::milliseconds limit) {
    late_ = false;
    limit_.expires_after(limit);
    limit_.async_wait([weak = weak_from_this(), number = ++runs_](const boost::system::error_code& stopped) {
        const auto self = weak.lock();
        if (stopped || !self || self->runs_ != number) return;
        self->late_ = true;
        boost::system::error_code ignored;
        self->socket_.cancel(ignored);
    });
}

}  // namespace dcs::pg
