#include "reconcile/fenced.hpp"

namespace dcs::reconcile {

Async<Result<pg::Transaction>> Fenced::begin(pg::Author author) const {
    auto transaction = co_await pg::Transaction::begin(pool_, std::move(author));
    if (transaction) transaction->guard(pg::check_fence(lease_));
    co_return transaction;
}

Async<Result<>> Fenced::run(std::vector<pg::Statement> statements) const {
    statements.push_back(pg::check_fence(lease_));
    const auto done = co_await pool_.run(std::move(statements));
    if (!done) co_return done.error();
    co_return Result<>{};
}

}  // namespace dcs::reconcile
