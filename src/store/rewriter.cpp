#include "store/rewriter.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "store/record_sql.hpp"
#include "store/store.hpp"

namespace dcs::store {

namespace {

using namespace std::chrono_literals;

constexpr int candidates = 8;  // looked at in one call: others may hold the first ones
constexpr std::string_view no_id = "00000000-0000-0000-0000-000000000000";

/// A queued rewrite.
struct Queued {
    std::string child;
    std::string column;
    std::string parent_id;  // no_id: the children whose parent is not stored
    std::string actor;
    int attempts = 0;
};

pg::Statement due() {
    return pg::sql("select child, column_name, parent_id, actor, attempts from rewrites where next_try_at <= now() "
                   "order by next_try_at, requested_at limit $1",
                   candidates);
}

/// Locks the row; none: it is done, or another instance works at it.
pg::Statement hold(const Queued& queued) {
    return pg::sql("select coalesce(done_to, $4::uuid) from rewrites "
                   "where child = $1 and column_name = $2 and parent_id = $3::uuid for update skip locked",
                   queued.child, queued.column, queued.parent_id, no_id);
}

pg::Statement advance(const Queued& queued, const std::string& done_to) {
    return pg::sql("update rewrites set done_to = $4::uuid, next_try_at = now(), attempts = 0, last_error = null "
                   "where child = $1 and column_name = $2 and parent_id = $3::uuid",
                   queued.child, queued.column, queued.parent_id, done_to);
}

pg::Statement finish(const Queued& queued) {
    return pg::sql("delete from rewrites where child = $1 and column_name = $2 and parent_id = $3::uuid", queued.child,
                   queued.column, queued.parent_id);
}

pg::Statement postpone(const Queued& queued, const std::string& why) {
    return pg::sql("update rewrites set attempts = attempts + 1, last_error = $4, "
                   "next_try_at = now() + $5::bigint * interval '1 ms' "
                   "where child = $1 and column_name = $2 and parent_id = $3::uuid",
                   queued.child, queued.column, queued.parent_id, why,
                   wait_after(queued.attempts + 1, {1s, 10min}).count());
}

const Derived* find_derived(const Queued& queued) {
    const auto* child = find_resource(queued.child);
    if (child == nullptr) return nullptr;
    for (const auto& derived : child->derived)
        if (derived.column == queued.column) return &derived;
    return nullptr;
}

/// Whom to keep from changing while the children are written: the key of the parent, empty for all of its kind. nullopt: the
/// parent is gone.
Async<Result<std::optional<std::string>>> parent_key(pg::Transaction& transaction, const Queued& queued,
                                                     const Derived& derived) {
    if (queued.parent_id == no_id) co_return std::optional{std::string{}};
    auto question = pg::sql(parent_key_sql(derived), queued.parent_id);
    const auto rows = co_await transaction.run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<std::string>{};
    co_return std::optional{rows->string(0, 0)};
}

/// nullopt: nothing was to be done here.
Async<Result<std::optional<std::int64_t>>> write_portion(pg::Pool& pool, const Queued& queued, const Derived& derived,
                                                         const std::string& zone, int most) {
    pg::Author author{queued.actor, std::string{by_row}};
    auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
    if (!transaction) co_return transaction.error();
    const auto key = co_await parent_key(*transaction, queued, derived);
    if (!key) co_return key.error();
    if (*key) {
        auto sharing = share_parent(*find_resource(derived.parent), **key);
        const auto shared = co_await transaction->run(std::move(sharing));
        if (!shared) co_return shared.error();
    }
    auto holding = hold(queued);
    const auto held = co_await transaction->run(std::move(holding));
    if (!held) co_return held.error();
    if (held->empty()) co_return std::optional<std::int64_t>{};

    std::int64_t written = 0;
    std::string done_to;
    if (*key) {
        const auto& child = *find_resource(queued.child);
        const bool orphans = queued.parent_id == no_id;
        auto writing = orphans
                           ? pg::sql(orphans_sql(child, derived), zone, held->string(0, 0), most)
                           : pg::sql(children_sql(child, derived), zone, held->string(0, 0), most, queued.parent_id);
        const auto portion = co_await transaction->run(std::move(writing));
        if (!portion) co_return portion.error();
        if (portion->integer(0, 0) >= most) done_to = portion->string(0, 1);
        written = portion->integer(0, 2);
    }
    auto noting = done_to.empty() ? finish(queued) : advance(queued, done_to);
    const auto noted = co_await transaction->run(std::move(noting));
    if (!noted) co_return noted.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    co_return std::optional{written};
}

}  // namespace

Async<Result<Rewritten>> rewrite_some(pg::Pool& pool, std::string zone, int most) {
    auto question = due();
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    for (int row = 0; row < rows->size(); ++row) {
        const Queued queued{rows->string(row, 0), rows->string(row, 1), rows->string(row, 2), rows->string(row, 3),
                            static_cast<int>(rows->integer(row, 4))};
        const auto* derived = find_derived(queued);
        auto written = Result<std::optional<std::int64_t>>{Error{Fault::bug, "this version derives no such column"}};
        if (derived != nullptr) {
            auto writing = write_portion(pool, queued, *derived, zone, most);
            written = co_await std::move(writing);
        }
        if (written && !*written) continue;
        if (written) co_return Rewritten{.any = true, .written = **written};
        log::warning("dependent rows are not written yet; tried again later", {{"table", queued.child},
                                                                               {"column", queued.column},
                                                                               {"attempts", queued.attempts + 1},
                                                                               {"detail", written.error().detail}});
        auto postponing = postpone(queued, written.error().detail);
        const auto postponed = co_await pool.run(std::move(postponing));
        if (!postponed) co_return postponed.error();
        co_return Rewritten{.any = true, .failed = true};
    }
    co_return Rewritten{};
}

Rewriter::Rewriter(asio::any_io_executor executor, pg::Pool& pool, std::string practice_timezone,
                   std::function<void()> changed)
    : pool_{pool}, zone_{std::move(practice_timezone)}, changed_{std::move(changed)}, wake_{std::move(executor)} {}

void Rewriter::start(Tasks& tasks) { tasks.spawn("rewriter", loop()); }

void Rewriter::stop() {
    stopping_ = true;
    wake_.notify();
}

Async<> Rewriter::loop() {
    int failures = 0;
    while (!stopping_) {
        auto working = rewrite_some(pool_, zone_);
        const auto done = co_await std::move(working);
        if (!done) {
            if (failures++ == 0) log::error("dependent rows cannot be written", {{"detail", done.error().detail}});
            co_await wake_.wait(wait_after(failures, {200ms, 30s}));
            continue;
        }
        failures = 0;
        if (done->written > 0) changed_();
        if (!done->any) co_await wake_.wait(2s);
    }
}

Async<> Rewriter::work_off(const bool& stopping) {
    while (!stopping) {
        auto working = rewrite_some(pool_, zone_);
        const auto done = co_await std::move(working);
        if (!done || done->failed || !done->any) co_return;  // the running service, or the next one, takes it up
    }
}

}  // namespace dcs::store
