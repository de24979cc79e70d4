// What a run removes: by a tombstone list, and by absence from a whole listing.
#include "base/log.hpp"
#include "reconcile/run.hpp"

#include <fmt/format.h>

namespace dcs::reconcile {

Async<Result<>> Run::list_tombstones() {
    const auto& listing = *wanted_.listing;
    while (at_.phase == Checkpoint::Phase::tombstones) {
        std::vector<store::State> states;
        if (!listing.tombstones.empty()) {
            if (!goes_on_()) co_return Error{Fault::rate_limited, "out of time"};
            upstream::ListQuery list{.path = std::string{listing.tombstones},
                                     .query = at_.since.empty() ? "" : "since=" + at_.since};
            auto asking = parts_.lister.page(std::move(list), at_.position, priority(), &meter_);
            auto page = co_await std::move(asking);
            if (!page) co_return page.error();
            for (std::size_t at = 0; at < page->items.size(); ++at) {
                const auto item = Document::parse(page->items[at]);
                const auto* id = item ? item->value.find(listing.tombstone_key) : nullptr;
                const auto key = id ? id->as_id() : std::string{};
                if (!valid_key(resource_, key)) continue;
                auto state = state_of(identity(resource_, key), key);
                state.view = store::View::partial;
                state.removed = true;
                state.needs_record = true;
                states.push_back(std::move(state));
            }
            at_.position = page->next;
        }
        if (at_.position.empty()) at_.phase = Checkpoint::Phase::absences;
        const auto stored = co_await store_states(std::move(states), false);
        if (!stored) co_return stored.error();
    }
    co_return Result<>{};
}

/// A record that a whole listing did not show: only DrChrono's 404 says that it is gone.
Async<Result<>> Run::settle_absence(std::string key) {
    std::string path{resource_.path};
    auto fetched = co_await parts_.drchrono.get_item(std::move(path), key, true, priority(), &meter_);
    if (!fetched && fetched.error().fault != Fault::not_found) co_return fetched.error();
    auto state = state_of(fetched ? std::move(fetched->value) : identity(resource_, key), key);
    if (!fetched) {
        state.view = store::View::partial;
        state.removed = true;
    } else if (fetched->altered) {
        state.exact_bytes = std::move(fetched->bytes);
    }
    std::vector<store::State> states{std::move(state)};
    auto stored = co_await store_states(std::move(states), true);
    co_return stored;
}

Async<Result<>> Run::confirm_absences() {
    if (!at_.full || !wanted_.listing->absence_counts) co_return Result<>{};
    auto question = pg::sql(
        fmt::format(
            "select t.{0}::text, count(*) over (), (select count(*) from {1} where deleted_at is null) from {1} t "
            "where t.deleted_at is null and t.created_at < $2::timestamptz and not exists "
            "(select from sync_seen s where s.run_id = $1::uuid and s.key = t.{0}::text) limit 1000",
            resource_.key_column, resource_.table),
        at_.run_id, iso8601(at_.started_at));
    const auto absent = co_await parts_.pool.run(std::move(question));
    if (!absent) co_return absent.error();
    if (absent->empty()) co_return Result<>{};
    const auto vanished = absent->integer(0, 1);
    const auto alive = absent->integer(0, 2);
    if (vanished > policy_.always_vanish &&
        static_cast<double>(vanished) > policy_.most_vanished * static_cast<double>(alive)) {
        warning_ =
            fmt::format("{} of {} records are missing from a whole listing: none was removed; look at the account's "
                        "permissions, then run again",
                        vanished, alive);
        log::error("too many records vanished at once; none was removed",
                   {{"table", std::string{resource_.table}}, {"vanished", vanished}, {"alive", alive}});
        co_return Result<>{};
    }
    for (int row = 0; row < absent->size(); ++row) {
        if (!goes_on_()) co_return Error{Fault::rate_limited, "out of time"};
        const auto settled = co_await settle_absence(absent->string(row, 0));
        if (!settled) co_return settled.error();
    }
    co_return Result<>{};
}

}  // namespace dcs::reconcile
