#pragma once
// Connection: one libpq connection on the event loop, always in pipeline mode between two calls.
//
// Promise    run() sends everything at once, waits once, and reports the first statement that was refused.
// Broken     a run that is cut off (limit, cancellation, lost peer, close()) leaves the connection broken: it is never used
//            again, and the server ends what it still does for it within `orphan_limit` (PostgreSQL 14 and later; before,
//            at statement_timeout).
// Loop       nothing here blocks: names are resolved outside, the socket is only read and written when it is ready. The
//            loop watches a duplicate of libpq's socket, so that libpq may close its own at any time.
// Threads    the executor's single thread; one run at a time.

#include "base/async.hpp"
#include "pg/pipeline.hpp"
#include "pg/pool.hpp"
#include "pg/prepared.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

namespace dcs::pg {

class Connection : public std::enable_shared_from_this<Connection> {
public:
    static constexpr std::size_t max_prepared = 500;
    static constexpr std::chrono::seconds orphan_limit{2};

    /// Takes at most settings.connect_limit. unauthorized, rejected: the server said no; unavailable: all else.
    static Async<Result<std::shared_ptr<Connection>>> open(asio::any_io_executor executor, Settings settings);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One transaction of its own, unless one is open.
    Async<Result<std::vector<Rows>>> run(std::vector<Statement> statements, std::chrono::milliseconds limit);
    /// Any number of statements in one text, without values, by the simple protocol.
    Async<Result<>> run_script(std::string text, std::chrono::milliseconds limit);

    TransactionState transaction() const noexcept;
    /// Between two runs: whether it can be used as far as can be told without asking the server.
    bool usable() noexcept;
    /// Ends it now. A run under way answers unavailable.
    void close() noexcept;

private:
    class Busy;
    struct Finish {
        void operator()(PGconn* raw) const noexcept { PQfinish(raw); }
    };
    struct Outcome {
        std::vector<Rows> rows{};
        std::optional<Error> error{};
        bool finished = false;
    };
    struct Plan;

    explicit Connection(asio::any_io_executor executor);
    Async<Result<>> connect(Settings settings);
    Async<Result<>> poll_until_connected();
    Async<Result<>> settle_in();
    static void hear(void* self, const PGresult* notice) noexcept;

    Plan plan(const std::vector<Statement>& statements);
    bool send(const std::vector<Statement>& statements, const Plan& plan);
    void remember(Plan& plan);
    Async<> exchange(Plan& plan, Outcome& outcome);
    bool read_answers(Plan& plan, Outcome& outcome);
    void take_refusal(PGresult* result, const Plan& plan, Outcome& outcome);
    Async<> exchange_script(Outcome& outcome);
    bool read_script_answers(Outcome& outcome);
    Error cut_off() const;

    /// True when the socket is ready in the wanted direction; false: the limit passed, or the wait was cut off.
    Async<bool> ready(bool to_read, bool to_write);
    bool watch() noexcept;
    bool take_input() noexcept;
    void start_limit(std::chrono::milliseconds limit);

    std::unique_ptr<PGconn, Finish> raw_;
    asio::posix::stream_descriptor socket_;
    asio::steady_timer limit_;
    Prepared prepared_{max_prepared};
    std::uint64_t runs_ = 0;  // tells a timer of an earlier run from this one's
    bool busy_ = false;
    bool broken_ = false;
    bool late_ = false;
};

}  // namespace dcs::pg
