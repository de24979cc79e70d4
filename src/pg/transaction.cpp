#include "pg/pool.hpp"

#include <iterator>
#include <utility>

namespace dcs::pg {

namespace {

Error over() { return Error{Fault::bug, "the transaction is over, or has failed"}; }

Statement author_statement(Author author) {
    return sql("select set_config('app.actor', $1, true), set_config('app.cause', $2, true)", std::move(author.actor),
               std::move(author.cause));
}

/// A prepared statement keeps the plan of its first executions until the statistics of its tables are renewed: one that was made
/// while a table was empty would read all of it for each row long after. What a transaction here asks for is found by an index.
Statement avoid_scans() { return Statement{"set local enable_seqscan = off"}; }

}  // namespace

Async<Result<Transaction>> Transaction::begin(Pool& pool, Author author) {
    auto session = co_await pool.acquire();
    if (!session) co_return session.error();
    Transaction transaction{std::move(*session)};
    transaction.unsent_.push_back(Statement{"begin"});
    transaction.unsent_.push_back(avoid_scans());
    transaction.unsent_.push_back(author_statement(std::move(author)));
    co_return transaction;
}

Async<Result<std::vector<Rows>>> Transaction::run(std::vector<Statement> statements) {
    if (over_) co_return over();
    auto all = std::exchange(unsent_, {});
    const auto ours = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), std::make_move_iterator(statements.begin()), std::make_move_iterator(statements.end()));
    begun_ = true;
    auto rows = co_await session_.run(std::move(all));
    if (!rows) {
        // Refused by the server, the transaction is aborted, and a savepoint may still save it. Refused before it was
        // sent, or lost: what is missing must not be committed without it.
        over_ = session_.transaction() != TransactionState::aborted;
        co_return rows.error();
    }
    rows->erase(rows->begin(), rows->begin() + ours);
    co_return rows;
}

Async<Result<Rows>> Transaction::run(Statement statement) {
    std::vector<Statement> statements;
    statements.push_back(std::move(statement));
    auto rows = co_await run(std::move(statements));
    if (!rows) co_return rows.error();
    co_return std::move(rows->front());
}

Async<Result<>> Transaction::set_author(Author author) {
    if (over_) co_return over();
    unsent_.push_back(author_statement(std::move(author)));
    co_return Result<>{};
}

Async<Result<>> Transaction::commit() {
    if (std::exchange(over_, true)) co_return over();
    auto session = std::move(session_);
    if (!begun_) co_return Result<>{};
    auto last = std::exchange(guards_, {});
    last.emplace_back(Statement{"commit"});
    const auto done = co_await session.run(std::move(last));
    if (!done) co_return done.error();
    if (done->back().command() != "COMMIT")
        co_return over();  // the server answers COMMIT of an aborted one with ROLLBACK
    co_return Result<>{};
}

}  // namespace dcs::pg
