// Whose practice ours is, and the deliveries that wait for the answer.
#include "app/service.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "inbox/practices.hpp"

namespace dcs::app {

namespace {

using namespace std::chrono_literals;

constexpr int batch = 1'000;
constexpr auto look_again = 1h;

}  // namespace

/// Learns the practice, and from then on takes up what waits for it or was put aside as another's: at once, and every hour, for
/// other instances may have known less.
Async<> Service::keep_practice() {
    auto finding = find_practice();
    co_await std::move(finding);
    practice_tried_.notify();
    for (int failures = 0; !stopping_;) {
        auto taking = take_up_deliveries();
        const bool taken = co_await std::move(taking);
        failures = taken ? 0 : failures + 1;
        co_await practice_pause_.wait(taken ? std::chrono::milliseconds{look_again} : wait_after(failures, {1s, 60s}));
    }
}

/// Asks until it is known, and remembers it for the next start and for other instances. Without credentials it can only be
/// learned from those.
Async<> Service::find_practice() {
    for (int failures = 1; !stopping_ && practice_group_.empty(); ++failures) {
        const auto known = co_await known_practice();
        if (known && !known->empty()) {
            practice_group_ = *known;
            break;
        }
        std::string why = "no credentials are set, and no DRCHRONO_PRACTICE_GROUP_ID";
        if (asks_drchrono_) {
            const auto user = co_await drchrono_.current_user();
            if (user && !user->practice_group.empty()) {
                practice_group_ = user->practice_group;
                auto statement =
                    pg::sql("insert into sync_state (name, value) values ('practice_group', to_jsonb($1::text)) "
                            "on conflict (name) do update set value = excluded.value, updated_at = now()",
                            practice_group_);
                co_await pool_.run(std::move(statement));
                break;
            }
            why = user ? "no practice_group" : user.error().detail;
        }
        if (failures == 1) log::warning("our practice is not known yet", {{"detail", why}});
        practice_tried_.notify();
        co_await practice_pause_.wait(wait_after(failures, {5s, 2min}));
    }
}

Async<Result<std::string>> Service::known_practice() {
    auto statement = pg::sql("select value #>> '{}' from sync_state where name = 'practice_group'");
    const auto rows = co_await pool_.run(std::move(statement));
    if (!rows) co_return rows.error();
    co_return rows->empty() ? std::string{} : rows->string(0, 0);
}

/// False: the database was away; again later.
Async<bool> Service::take_up_deliveries() {
    std::int64_t released = 0;
    std::int64_t taken_up = 0;
    while (!stopping_) {
        std::vector<pg::Statement> statements{inbox::release_held(batch),
                                              inbox::take_up_ignored(practice_group_, batch)};
        const auto done = co_await pool_.run(std::move(statements));
        if (!done) co_return false;
        released += done->front().affected();
        taken_up += done->back().affected();
        if (done->front().affected() + done->back().affected() == 0) break;
        worker_.wake();
    }
    if (released + taken_up > 0)
        log::info("deliveries that name our practice are taken up", {{"waited", released}, {"put_aside", taken_up}});
    co_return true;
}

}  // namespace dcs::app
