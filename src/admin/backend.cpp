#include "admin/backend.hpp"

#include "deepcura/decisions.hpp"

namespace dcs::admin {

namespace {

Error no_database() { return {Fault::unavailable, "the service is starting or stopping"}; }

// A plan for any value would have to do for the rarest and the commonest alike.
pg::Statement plan_for_values() { return {"select set_config('plan_cache_mode', 'force_custom_plan', true)"}; }

}  // namespace

Async<Result<pg::Rows>> read(Backend& backend, pg::Statement statement) {
    auto* pool = backend.hooks.pool();
    if (!pool) co_return no_database();
    std::vector<pg::Statement> statements;
    statements.push_back(plan_for_values());
    statements.push_back(std::move(statement));
    auto rows = co_await pool->run(std::move(statements));
    if (!rows) co_return rows.error();
    co_return std::move(rows->back());
}

Async<Result<pg::Transaction>> begin(Backend& backend, const auth::Caller& caller) {
    auto* pool = backend.hooks.pool();
    if (!pool) co_return no_database();
    auto author = deepcura::author_of(caller.name);
    auto transaction = co_await pg::Transaction::begin(*pool, std::move(author));
    if (!transaction) co_return transaction.error();
    auto planning = plan_for_values();
    const auto planned = co_await transaction->run(std::move(planning));
    if (!planned) co_return planned.error();
    co_return transaction;
}

}  // namespace dcs::admin
