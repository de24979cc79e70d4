// What a run removes: by a tombstone list, and by absence from a whole listing.
#include "base/log.hpp"
#include "reconcile/run.hpp"

#include <fmt/format.h>

namespace dcs::reconcile {

store::State Run::gone(const std::string& key, std::chrono::steady_clock::time_point asked) const {
    auto state = state_of(identity(resource_, key), key);
    state.observed.here = asked;
    state.view = store::View::partial;
    state.listed = false;
    state.removed = true;
    state.needs_record = true;
    return state;
}

std::vector<store::State> Run::tombstones_of(const upstream::Page& page) const {
    std::vector<store::State> states;
    for (std::size_t at = 0; at < page.items.size(); ++at) {
        const auto item = Document::parse(page.items[at]);
        const auto* id = item ? item->value.find(wanted_.listing->tombstone_key) : nullptr;
        const auto key = id ? id->as_id() : std::string{};
        if (!valid_key(resource_, key)) continue;
        states.push_back(gone(key, page.asked));
        states.back().listed = true;
    }
    return states;
}

Async<Result<>> Run::list_tombstones() {
    const auto& listing = *wanted_.listing;
    while (at_.phase == Checkpoint::Phase::tombstones) {
        std::vector<store::State> states;
        bool back = false;
        if (!listing.tombstones.empty()) {
            if (!goes_on_()) co_return Error{Fault::rate_limited, "out of time"};
            upstream::ListQuery list{.path = std::string{listing.tombstones},
                                     .query = at_.since.empty() ? "" : "since=" + at_.since};
            auto asking = parts_.lister.page(std::move(list), at_.position, priority(), meter_.get());
            auto page = co_await std::move(asking);
            if (!page) {
                auto giving = give_up_position(page.error());
                const auto given = co_await std::move(giving);
                if (!given) co_return given.error();
                continue;
            }
            const auto leading = co_await leads_back(at_.position, page->next);
            if (!leading) co_return leading.error();
            if (auto empty = count_empty(*page)) co_return std::move(*empty);
            back = *leading;
            states = tombstones_of(*page);
            here_ = at_.position;
            at_.position = page->next;
        }
        if (at_.position.empty()) at_.phase = Checkpoint::Phase::absences;
        auto storing = store_states(std::move(states), Kind::other);
        const auto stored = co_await std::move(storing);
        if (!stored) co_return stored.error();
        if (back || repeated_) {
            at_.phase = Checkpoint::Phase::tombstones;
            co_return circle();
        }
    }
    co_return Result<>{};
}

/// A record that a whole listing did not show: only DrChrono's 404 says that it is gone. Any answer that is not the record
/// keeps it, and is kept as a failed record.
Async<Result<>> Run::settle_absence(std::string key) {
    auto asking = ask_for(key);
    auto answered = co_await std::move(asking);
    if (!answered) co_return answered.error();
    std::vector<store::State> states;
    if (answered->state) states.push_back(std::move(*answered->state));
    else if (answered->gone) states.push_back(gone(key, answered->asked));
    if (states.empty()) {
        ++at_.counts.failed;
        std::vector<pg::Statement> statements{keep_failure(key, answered->refused->detail, std::move(answered->bytes)),
                                              write_checkpoint()};
        auto keeping = fenced_.run(std::move(statements));
        co_return co_await std::move(keeping);
    }
    auto storing = store_states(std::move(states), Kind::shown);
    co_return co_await std::move(storing);
}

/// More than may vanish by themselves: a lost permission more often than a deletion. Then the run says so and removes none.
Async<Result<bool>> Run::too_many_vanished() {
    auto question = pg::sql(
        fmt::format("select count(*) filter (where t.created_at < $2::timestamptz and not exists "
                    "(select from sync_seen s where s.run_id = $1::uuid and s.key = t.{0}::text)), count(*) from {1} t "
                    "where t.deleted_at is null",
                    resource_.key_column, resource_.table),
        at_.run_id, iso8601(at_.started_at));
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return rows.error();
    const auto vanished = rows->integer(0, 0);
    const auto alive = rows->integer(0, 1);
    const bool reference = wanted_.listing->reference;
    const bool share = static_cast<double>(vanished) > policy_.most_vanished * static_cast<double>(alive);
    if (vanished == 0 ||
        !((reference && vanished == alive) || (share && (reference || vanished > policy_.always_vanish))))
        co_return false;
    warning_ =
        fmt::format("{} of {} records are missing from a whole listing: none was removed; look at the account's "
                    "permissions, then run again; SYNC_MAX_VANISHED and SYNC_MAX_VANISHED_SHARE say how many may",
                    vanished, alive);
    needs_person_ = true;
    log::error("too many records vanished at once; none was removed",
               {{"table", std::string{resource_.table}}, {"vanished", vanished}, {"alive", alive}});
    co_return true;
}

Async<Result<>> Run::confirm_absences() {
    if (!at_.full || !wanted_.listing->absence_counts) co_return Result<>{};
    const auto too_many = co_await too_many_vanished();
    if (!too_many) co_return too_many.error();
    if (*too_many) co_return Result<>{};
    // By key, so that one which stays what it is cannot be met again.
    const auto least = resource_.key_type == SqlType::bigint ? "-9223372036854775808" : "";
    std::string after{least};
    for (bool more = true; more;) {
        auto question = pg::sql(
            fmt::format(
                "select t.{0}::text from {1} t where t.deleted_at is null and t.created_at < $2::timestamptz "
                "and t.{0} > $3::{2} and not exists "
                "(select from sync_seen s where s.run_id = $1::uuid and s.key = t.{0}::text) order by t.{0} limit $4",
                resource_.key_column, resource_.table, sql_name(resource_.key_type)),
            at_.run_id, iso8601(at_.started_at), after, policy_.absences_at_once);
        const auto absent = co_await parts_.pool.run(std::move(question));
        if (!absent) co_return absent.error();
        for (int row = 0; row < absent->size(); ++row) {
            if (!goes_on_()) co_return Error{Fault::rate_limited, "out of time"};
            after = absent->string(row, 0);
            auto settling = settle_absence(after);
            const auto settled = co_await std::move(settling);
            if (!settled) co_return settled.error();
        }
        more = absent->size() == policy_.absences_at_once;
    }
    co_return Result<>{};
}

}  // namespace dcs::reconcile
