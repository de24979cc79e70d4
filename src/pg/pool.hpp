#pragma once
// Pool: a bounded number of PostgreSQL connections, lent to one coroutine at a time; statements run in pipeline mode.
//
// Promise    run() sends all its statements at once and waits once. What one run() sends stands or falls together: either
//            an explicit transaction is open, or the statements of one run() form one (implicit) transaction.
// Waiting    acquire() waits at most `Settings::wait_limit`, first come first served; then Fault::unavailable.
// Deadlines  every run() ends within `Settings::statement_limit`; past it the statement is cancelled, the connection
//            dropped and the answer is Fault::unavailable (whether it took effect is then unknown).
// Losing     a broken connection is replaced at the next acquire(); the pool itself never breaks. Connecting takes at
//            most `connect_limit`. Statements are prepared once per connection and SQL text.
// Threads    the executor's single thread.

#include "base/async.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dcs::pg {

class Connection;

struct Settings {
    std::string host;  // a name, an address, or a directory with a socket
    std::uint16_t port = 5432;
    std::string database = "clinical";
    std::string user = "app_user";
    std::string password{};
    std::string sslmode{};  // empty: libpq's default
    std::string application_name = "drchrono-sync";
    /// Each statement is planned once on a connection, whatever its values are: for those that are run all the time, whose plan
    /// depends on no value. Else PostgreSQL plans many of them anew for each run.
    bool plans_once = false;
    int pool_size = 10;
    std::chrono::milliseconds connect_limit{5'000};
    std::chrono::milliseconds wait_limit{10'000};
    std::chrono::milliseconds statement_limit{60'000};
};

/// The explicit transaction of a session: none, open, or open and aborted by a refused statement.
enum class TransactionState { none, open, aborted };

/// A borrowed connection; goes back to the pool when destroyed. An open transaction is rolled back then.
class Session {
public:
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    Async<Result<Rows>> run(Statement statement);
    /// One round trip for all. On failure the first statement's Error; nothing of this call took effect, and an
    /// explicit transaction is aborted.
    Async<Result<std::vector<Rows>>> run(std::vector<Statement> statements);
    /// A text of any number of statements without values, one transaction unless it says otherwise (simple protocol).
    Async<Result<>> run_script(std::string text, std::chrono::milliseconds limit);
    TransactionState transaction() const noexcept;
    /// The connection will be closed instead of lent again: for locks and settings that outlive a transaction.
    void retire() noexcept;

private:
    friend class Pool;
    struct Loan;
    explicit Session(std::unique_ptr<Loan> loan);
    std::unique_ptr<Loan> loan_;
};

/// Who changes something, and why: written to change_log by the database's own triggers.
struct Author {
    std::string actor;  // "drchrono-webhook", "reconcile", "admin:<user>", …
    std::string cause;  // "delivery:<uuid>", "run:<uuid>", "person:<user>"
};

class Pool;

/// BEGIN … COMMIT on one session. Destroyed without commit(): rolled back.
/// BEGIN and the author travel with the first run(): they cost no round trip, and the transaction's now() is that of the
/// first run().
class Transaction {
public:
    /// `author` holds for this transaction alone (set_config with is_local). Waits for a connection only.
    static Async<Result<Transaction>> begin(Pool& pool, Author author);

    Async<Result<Rows>> run(Statement statement);
    Async<Result<std::vector<Rows>>> run(std::vector<Statement> statements);
    /// A statement that travels right before COMMIT: where it fails, nothing of the transaction is kept.
    void guard(Statement statement) { guards_.push_back(std::move(statement)); }
    /// A different author for the statements that follow; sent with the next of them.
    Async<Result<>> set_author(Author author);
    /// A value means committed. Fault::unavailable: it may or may not have been. Fault::bug: a statement was refused
    /// before, so that there is nothing to commit. The session goes back to the pool.
    Async<Result<>> commit();

private:
    explicit Transaction(Session session) : session_{std::move(session)} {}
    Session session_;
    std::vector<Statement> unsent_{};  // travel before the next statements
    std::vector<Statement> guards_{};  // travel before COMMIT
    bool begun_ = false;               // something was sent
    bool over_ = false;                // committed, or not to be committed any more
};

class Pool {
public:
    Pool(asio::any_io_executor executor, Settings settings);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    Async<Result<Session>> acquire();
    /// acquire(), run(), give back.
    Async<Result<Rows>> run(Statement statement);
    Async<Result<std::vector<Rows>>> run(std::vector<Statement> statements);

    struct Use {
        int open, busy, waiting, limit;
    };
    Use use() const noexcept;

    /// Refuses new acquires, waits (at most `grace`) for borrowed sessions, closes all. May be called twice.
    Async<> close(std::chrono::milliseconds grace);

private:
    friend class Session;
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dcs::pg
