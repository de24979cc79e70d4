#include "audit/seals.hpp"

#include "audit/append_seal.hpp"
#include "audit/sealed_rows.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace dcs::audit {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::array logs{"change_log", "access_log"};
constexpr std::int64_t batch_rows = 1'000;
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

/// The end of the last batch of a log that one of the keys confirms: what somebody else put there moves nothing. Where none does,
/// the last batch of all.
Async<Result<std::int64_t>> sealed_upto(pg::Transaction& transaction, const char* log, const SealKeys& keys) {
    auto asking =
        pg::sql("select upto_seq, coalesce(key_id, ''), mac, hash from audit_seals where log = $1 and kind = 'rows' "
                "order by number desc limit 1000",
                log);
    const auto rows = co_await transaction.run(std::move(asking));
    if (!rows) co_return rows.error();
    for (int row = 0; row < rows->size(); ++row)
        if (is_confirmed(keys, rows->string(row, 1), rows->bytes(row, 2), rows->bytes(row, 3)).value_or(false))
            co_return rows->integer(row, 0);
    co_return rows->empty() ? std::numeric_limits<std::int64_t>::min() : rows->integer(0, 0);
}

/// The rows of a page up to the first of another partition, as a seal.
NewSeal seal_of(const char* log, std::int64_t after, std::int64_t settled, const RowPage& page) {
    NewSeal seal{.log = log, .kind = "rows", .part = log, .after = after, .upto = settled};
    if (!page.rows.empty()) seal.part = page.rows.front().part;
    for (const auto& row : page.rows) {
        if (row.part != seal.part) {
            seal.upto = row.seq - 1;
            return seal;
        }
        seal.seqs.push_back(row.seq);
        seal.digests += row.digest;
        if (!seal.newest || *seal.newest < row.at) seal.newest = row.at;
    }
    if (!page.complete) seal.upto = page.rows.back().seq;
    return seal;
}

struct Sealed {
    std::size_t rows = 0;
    std::int64_t number = 0;  // of the seal; 0: none was made
};

/// Seals the next batch of a log, in one transaction. `settled`: no transaction that has a number up to this one is under way any
/// more. `adopter`: takes over an end that no key confirms, also where there is no row to seal; nullptr: nobody does.
Async<Result<Sealed>> seal_batch(pg::Pool& pool, const char* log, std::int64_t settled, const SealKeys& keys,
                                 const Access* adopter = nullptr) {
    auto beginning = pg::Transaction::begin(pool, {"sealer", "seal"});
    auto transaction = co_await std::move(beginning);
    if (!transaction) co_return transaction.error();
    auto locking = lock_chain_end(*transaction, keys, adopter == nullptr ? Behind::confirmed : Behind::any);
    const auto end = co_await std::move(locking);
    if (!end) co_return end.error();
    if (adopter != nullptr) {
        if (end->confirmed)
            co_return Error{Fault::conflict, "a key of this service confirms the end of the audit chain: there is "
                                             "nothing to take over"};
        auto access = *adopter;
        access.details = fmt::format(R"({{"seal":{}}})", end->number + 1);
        auto writing = insert_access(access);
        const auto written = co_await transaction->run(std::move(writing));
        if (!written) co_return written.error();
    }
    auto asking = sealed_upto(*transaction, log, keys);
    const auto after = co_await std::move(asking);
    if (!after) co_return after.error();
    auto reading = select_rows(log, {*after}, settled, batch_rows);
    const auto rows = co_await transaction->run(std::move(reading));
    if (!rows) co_return rows.error();
    const auto page = read_rows(*rows, batch_rows);
    if (page.rows.empty() && adopter == nullptr) co_return Sealed{};
    auto seal = seal_of(log, *after, std::max(*after, settled), page);
    const Sealed sealed{seal.seqs.size(), end->number + 1};
    auto appending = append_seal(*transaction, keys, *end, std::move(seal));
    const auto appended = co_await std::move(appending);
    if (!appended) co_return appended.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    co_return sealed;
}

Async<Result<std::int64_t>> seal_log(pg::Pool& pool, const char* log, const SealKeys& keys) {
    const auto settled = co_await settled_upto(pool, log);
    if (!settled) co_return settled.error();
    std::int64_t sealed = 0;
    for (;;) {
        auto working = seal_batch(pool, log, *settled, keys);
        const auto rows = co_await std::move(working);
        if (!rows) co_return rows.error();
        if (rows->rows == 0) co_return sealed;
        sealed += static_cast<std::int64_t>(rows->rows);
    }
}

}  // namespace

Async<Result<std::int64_t>> seal(pg::Pool& pool, SealKeys keys) {
    std::int64_t sealed = 0;
    for (const auto* log : logs) {
        auto working = seal_log(pool, log, keys);
        const auto more = co_await std::move(working);
        if (!more) co_return more.error();
        sealed += *more;
    }
    co_return sealed;
}

Async<Result<std::int64_t>> take_over(pg::Pool& pool, SealKeys keys, Access access) {
    const auto settled = co_await settled_upto(pool, logs.front());
    if (!settled) co_return settled.error();
    auto working = seal_batch(pool, logs.front(), *settled, keys, &access);
    const auto sealed = co_await std::move(working);
    if (!sealed) co_return sealed.error();
    co_return sealed->number;
}

Sealer::Sealer(asio::any_io_executor executor, pg::Pool& pool, Settings settings)
    : pool_{pool}, settings_{std::move(settings)}, wake_{executor} {}

void Sealer::start(Tasks& tasks) {
    tasks.keep("sealer", [this] { return loop(); });
}

void Sealer::stop() {
    stopping_ = true;
    wake_.notify();
}

/// The end of the chain, in places that whoever owns the database does not: audit verify --anchors takes them.
Async<> Sealer::tell_head() {
    pg::Statement question{"select number, encode(hash, 'hex'), to_json(sealed_at at time zone 'UTC') #>> '{}' || 'Z' "
                           "from audit_seals order by number desc limit 1",
                           {}};
    const auto rows = co_await pool_.run(std::move(question));
    if (!rows || rows->empty()) co_return;
    to_keep_ = Head{rows->integer(0, 0), rows->string(0, 1), rows->string(0, 2)};
    log::info("what was audited is sealed", {{"seal", to_keep_->seal}, {"hash", to_keep_->hash}});
}

Async<> Sealer::keep_head() {
    if (!to_keep_ || !settings_.keep) co_return;
    auto keeping = settings_.keep(*to_keep_);
    if (co_await std::move(keeping)) to_keep_.reset();
}

Async<> Sealer::loop() {
    while (!stopping_) {
        auto sealing = seal(pool_, settings_.keys());
        const auto sealed = co_await std::move(sealing);
        refuses_ = !sealed && sealed.error().fault == Fault::rejected;
        if (refuses_) log::error("what is audited is not sealed any more", {{"detail", sealed.error().detail}});
        else if (!sealed) log::warning("what was audited is not sealed yet", {{"detail", sealed.error().detail}});
        else if (*sealed > 0) co_await tell_head();
        co_await keep_head();
        if (!stopping_) co_await wake_.wait(settings_.pause);
    }
}

}  // namespace dcs::audit
