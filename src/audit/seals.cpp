#include "audit/seals.hpp"

#include "base/log.hpp"

#include <array>

namespace dcs::audit {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::array logs{"change_log", "access_log"};
constexpr int batch_rows = 1'000;
constexpr auto settle_limit = 10s;
constexpr auto settle_pause = 100ms;

/// Every transaction that has taken a number of this log has its id by the time the second question is asked, and has ended
/// when all ids given out until then have.
Async<Result<std::int64_t>> settled_upto(pg::Pool& pool, const char* log) {
    auto asking = pg::sql("select audited_upto($1)", log);
    const auto upto = co_await pool.run(std::move(asking));
    if (!upto) co_return upto.error();
    co_await sleep_for(settle_pause);
    pg::Statement horizon{"select pg_snapshot_xmax(pg_current_snapshot())::text"};
    const auto given_out = co_await pool.run(std::move(horizon));
    if (!given_out) co_return given_out.error();
    const auto until = steady_clock::now() + settle_limit;
    for (;;) {
        auto ended = pg::sql("select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8", given_out->string(0, 0));
        const auto rows = co_await pool.run(std::move(ended));
        if (!rows) co_return rows.error();
        if (rows->boolean(0, 0)) co_return upto->integer(0, 0);
        if (steady_clock::now() >= until)
            co_return Error{Fault::unavailable, "a transaction has been under way for too long to seal behind it"};
        co_await sleep_for(settle_pause);
    }
}

Async<Result<std::int64_t>> seal_log(pg::Pool& pool, const char* log) {
    const auto settled = co_await settled_upto(pool, log);
    if (!settled) co_return settled.error();
    std::int64_t sealed = 0;
    for (;;) {
        auto statement = pg::sql("select seal_audited($1, $2, $3)", log, *settled, batch_rows);
        const auto rows = co_await pool.run(std::move(statement));
        if (!rows) co_return rows.error();
        if (rows->integer(0, 0) == 0) co_return sealed;
        sealed += rows->integer(0, 0);
    }
}

}  // namespace

Async<Result<std::int64_t>> seal(pg::Pool& pool) {
    std::int64_t sealed = 0;
    for (const auto* log : logs) {
        const auto more = co_await seal_log(pool, log);
        if (!more) co_return more.error();
        sealed += *more;
    }
    co_return sealed;
}

Sealer::Sealer(asio::any_io_executor executor, pg::Pool& pool, std::chrono::milliseconds pause)
    : pool_{pool}, pause_{pause}, wake_{executor} {}

void Sealer::start(Tasks& tasks) {
    tasks.keep("sealer", [this] { return loop(); });
}

void Sealer::stop() {
    stopping_ = true;
    wake_.notify();
}

/// The end of the chain, in a place that whoever owns the database does not: audit verify --anchor takes it.
Async<> Sealer::tell_head() {
    pg::Statement question{"select number, encode(hash, 'hex') from audit_seals order by number desc limit 1", {}};
    const auto head = co_await pool_.run(std::move(question));
    if (head && !head->empty())
        log::info("what was audited is sealed", {{"seal", head->integer(0, 0)}, {"hash", head->string(0, 1)}});
}

Async<> Sealer::loop() {
    while (!stopping_) {
        const auto sealed = co_await seal(pool_);
        if (!sealed) log::warning("what was audited is not sealed yet", {{"detail", sealed.error().detail}});
        else if (*sealed > 0) co_await tell_head();
        if (!stopping_) co_await wake_.wait(pause_);
    }
}

}  // namespace dcs::audit
