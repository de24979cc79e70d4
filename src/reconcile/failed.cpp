// Records that could not be stored: asked for again by their ids, in turns.
#include "base/log.hpp"
#include "reconcile/run.hpp"
#include "store/check_item.hpp"

namespace dcs::reconcile {

/// What DrChrono says of one record now. An error: nobody can be asked at present.
Async<Result<Run::Answered>> Run::ask_for(std::string key) {
    std::string path{resource_.path};
    Answered answered{.asked = std::chrono::steady_clock::now()};
    auto asking = parts_.drchrono.get_item(std::move(path), key, true, priority(), meter_.get());
    auto fetched = co_await std::move(asking);
    if (!fetched) {
        switch (fetched.error().fault) {
        case Fault::not_found: answered.gone = true; break;
        case Fault::rate_limited:
        case Fault::unauthorized:
        case Fault::unavailable: co_return fetched.error();
        default: answered.refused = fetched.error();
        }
        co_return answered;
    }
    auto checking = store::check_item(parts_.pool, resource_, fetched->value, key);
    const auto checked = co_await std::move(checking);
    if (!checked && checked.error().fault != Fault::rejected) co_return checked.error();
    if (!checked) {
        answered.refused = checked.error();
        answered.bytes = std::move(fetched->bytes);
        co_return answered;
    }
    auto state = state_of(std::move(fetched->value), *checked);
    state.listed = false;
    state.observed.here = fetched->asked;
    if (fetched->altered) state.exact_bytes = std::move(fetched->bytes);
    answered.state = std::move(state);
    co_return answered;
}

/// 404: gone, as after an absence. A refusal counts as a try, and what is stored stays. A state is stored like any other.
Async<Result<>> Run::settle_failure(std::string key, Answered answered) {
    std::vector<store::State> states;
    if (answered.state) states.push_back(std::move(*answered.state));
    else if (answered.gone) states.push_back(gone(key, answered.asked));
    if (!states.empty()) {
        auto storing = store_states(std::move(states), Kind::other);
        co_return co_await std::move(storing);
    }
    std::vector<pg::Statement> statements{
        pg::sql("update sync_failures set attempts = attempts + 1, reason = $3, cause = $4 "
                "where table_name = $1 and drchrono_id = $2 and resolved_at is null",
                resource_.table, key, answered.refused->detail, "run:" + at_.run_id)};
    auto writing = fenced_.run(std::move(statements));
    co_return co_await std::move(writing);
}

/// Each takes its place behind the others before it is asked for, so that none can hold up the rest, not even by ending the
/// process. Where nobody can be asked, the round is over; the listing will say the same for itself.
Async<Result<>> Run::retry_failures() {
    auto question = pg::sql("select drchrono_id from sync_failures where table_name = $1 and resolved_at is null "
                            "and drchrono_id is not null and next_try_at <= now() order by next_try_at, id limit $2",
                            resource_.table, policy_.retried_failures);
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return rows.error();
    const auto& wait = policy_.failed_record;
    for (int row = 0; row < rows->size(); ++row) {
        if (!goes_on_()) co_return Error{Fault::rate_limited, "out of time"};
        const auto key = rows->string(row, 0);
        std::vector<pg::Statement> behind_others{pg::sql(
            "update sync_failures set next_try_at = now() + least($3::bigint * power(2, least(attempts, 30)), $4::bigint)"
            " * interval '1 millisecond' where table_name = $1 and drchrono_id = $2 and resolved_at is null",
            resource_.table, key, wait.first.count(), wait.longest.count())};
        auto moving = fenced_.run(std::move(behind_others));
        const auto moved = co_await std::move(moving);
        if (!moved) co_return moved.error();
        auto asking = ask_for(key);
        auto answered = co_await std::move(asking);
        if (!answered) {
            log::info("failed records are tried again later",
                      {{"table", std::string{resource_.table}}, {"detail", answered.error().detail}});
            co_return Result<>{};
        }
        auto settling = settle_failure(key, std::move(*answered));
        const auto settled = co_await std::move(settling);
        if (!settled) co_return settled.error();
    }
    co_return Result<>{};
}

}  // namespace dcs::reconcile
