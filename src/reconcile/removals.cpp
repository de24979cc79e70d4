// What a run removes: by a tombstone list, and by absence from a whole listing.
#include "base/counted.hpp"
#include "base/log.hpp"
#include "reconcile/run.hpp"
#include "resources/mapping.hpp"

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

Run::Deletions Run::deletions_of(const upstream::Page& page) const {
    Deletions deletions;
    for (std::size_t at = 0; at < page.items.size(); ++at) {
        const auto item = Document::parse(page.items[at]);
        const auto* id = item ? item->value.find(wanted_.listing->tombstone_key) : nullptr;
        auto key = id ? id->as_id() : std::string{};
        if (!valid_key(resource_, key)) {
            deletions.unusable.push_back(
                keep_failure({}, "a deletion that names no record", std::string{page.items[at]}));
            continue;
        }
        const auto* time = item->value.find(wanted_.listing->tombstone_time);
        deletions.of.push_back({std::move(key), naive_time(time ? time->string().value_or("") : "").value_or("")});
    }
    return deletions;
}

/// The deletions that contradict what DrChrono has shown: of records that are here, and that this run has listed or that were
/// observed after the deletion. Its time has no zone: it is taken as early as it can be.
Async<Result<std::set<std::string>>> Run::contradicted(const std::vector<Deletion>& deletions) const {
    pg::ArrayBuilder keys;
    pg::ArrayBuilder times;
    for (const auto& deletion : deletions) {
        keys.add(deletion.key);
        times.add(deletion.time.empty() ? std::nullopt : std::optional{deletion.time});
    }
    auto question = pg::sql(
        fmt::format(
            "select d.key from unnest($2::text[], $3::timestamp[]) as d (key, at) join {0} t on t.{1} = d.key::{2} "
            "where t.deleted_at is null and (exists (select from sync_seen s where s.run_id = $1::uuid "
            "and s.key = d.key) or t.observed_at > (d.at - interval '14 hours') at time zone 'UTC')",
            resource_.table, resource_.key_column, sql_name(resource_.key_type)),
        at_.run_id, std::move(keys).take(), std::move(times).take());
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return rows.error();
    std::set<std::string> contradicted;
    for (int row = 0; row < rows->size(); ++row) contradicted.insert(rows->string(row, 0));
    co_return contradicted;
}

/// Records that are said to be deleted, though DrChrono has shown them since: some are asked for at once, the others are left to
/// fetches, so that a long list of them holds up no run.
Async<Result<>> Run::ask_for_contradicted(const std::set<std::string>& keys) {
    constexpr std::size_t most_asked = 50;
    std::vector<std::string> left_to_fetches;
    std::size_t asked = 0;
    for (const auto& key : keys) {
        if (parts_.ask_again && asked++ >= most_asked) {
            left_to_fetches.push_back(key);
            continue;
        }
        if (!goes_on_()) co_return Error{Fault::rate_limited, "out of time"};
        auto settling = settle_absence(key);
        const auto settled = co_await std::move(settling);
        if (!settled) co_return settled.error();
    }
    if (left_to_fetches.empty()) co_return Result<>{};
    std::vector<pg::Statement> statements{
        parts_.ask_again({.table = std::string{resource_.table}, .keys = std::move(left_to_fetches), .removal = true})};
    auto writing = fenced_.run(std::move(statements));
    co_return co_await std::move(writing);
}

/// The states of a page of deletions. A deletion that contradicts what DrChrono has shown counts only if it answers 404 for the
/// record. What names no record is kept as failed.
Async<Result<std::vector<store::State>>> Run::tombstones_of(const upstream::Page& page) {
    auto deletions = deletions_of(page);
    std::vector<store::State> states;
    if (!deletions.unusable.empty()) {
        at_.counts.failed += static_cast<int>(deletions.unusable.size());
        auto keeping = fenced_.run(std::move(deletions.unusable));
        const auto kept = co_await std::move(keeping);
        if (!kept) co_return kept.error();
    }
    if (deletions.of.empty()) co_return states;
    auto comparing = contradicted(deletions.of);
    const auto doubtful = co_await std::move(comparing);
    if (!doubtful) co_return doubtful.error();
    auto asking = ask_for_contradicted(*doubtful);
    const auto asked = co_await std::move(asking);
    if (!asked) co_return asked.error();
    if (!doubtful->empty())
        log::warning("deletions contradict what DrChrono has shown; the records themselves are asked for",
                     {{"table", std::string{resource_.table}}, {"count", doubtful->size()}});
    for (const auto& deletion : deletions.of) {
        if (doubtful->contains(deletion.key)) continue;
        states.push_back(gone(deletion.key, page.asked));
        states.back().listed = true;
    }
    co_return states;
}

/// A list of deletions that cannot be had holds up no listing: the run goes on without it. What is not permitted, or is not
/// there, is said and left to whole listings; any other trouble leaves the run partial, so that the next one reads the same time
/// again. An error: the list may be had soon.
Async<Result<>> Run::go_on_without_tombstones(Error error) {
    const bool refused = error.fault == Fault::forbidden || error.fault == Fault::not_found;
    const bool may_pass =
        retryable(error.fault) || error.fault == Fault::rate_limited || error.fault == Fault::unauthorized;
    if (!refused && may_pass && (error.fault != Fault::unavailable || !tombstones_failed_before_)) co_return error;
    log::warning("the list of deletions cannot be read; the run goes on without it",
                 {{"table", std::string{resource_.table}}, {"detail", error.detail}});
    unread_deletions_ = error.detail;
    if (!refused) {
        warning_ = "deletions were not read: " + error.detail;
        needs_person_ = true;
    }
    hopeless_ = false;
    at_.position.clear();
    at_.phase = Checkpoint::Phase::absences;
    std::vector<pg::Statement> statements{write_checkpoint()};
    auto writing = fenced_.run(std::move(statements));
    co_return co_await std::move(writing);
}

Async<Result<>> Run::list_tombstones() {
    while (at_.phase == Checkpoint::Phase::tombstones) {
        auto reading = read_tombstones();
        const auto read = co_await std::move(reading);
        if (read) continue;
        if (pg::fence_was_lost(read.error()) || at_.phase != Checkpoint::Phase::tombstones) co_return read.error();
        auto going_on = go_on_without_tombstones(read.error());
        const auto gone_on = co_await std::move(going_on);
        if (!gone_on) co_return gone_on.error();
    }
    co_return Result<>{};
}

/// One page of deletions, or the end of the phase.
Async<Result<>> Run::read_tombstones() {
    const auto& listing = *wanted_.listing;
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
            co_return co_await std::move(giving);
        }
        const auto leading = co_await leads_back(at_.position, page->next);
        if (!leading) co_return leading.error();
        if (auto empty = count_empty(*page)) co_return std::move(*empty);
        back = *leading;
        auto judging = tombstones_of(*page);
        auto judged = co_await std::move(judging);
        if (!judged) co_return judged.error();
        states = std::move(*judged);
        here_ = at_.position;
        at_.position = page->next;
    }
    if (at_.position.empty()) at_.phase = Checkpoint::Phase::absences;
    auto storing = store_states(std::move(states), Kind::other);
    const auto stored = co_await std::move(storing);
    if (!stored) co_return stored.error();
    if (!back && !repeated_) co_return Result<>{};
    at_.phase = Checkpoint::Phase::tombstones;
    co_return circle();
}

/// A record that a whole listing did not show: only DrChrono's 404 says that it is gone. Any answer that is not the record
/// keeps it, and is kept as a failed record; so is one that DrChrono has no answer for, unless it answers for none of several.
Async<Result<>> Run::settle_absence(std::string key) {
    constexpr int most_unanswered = 3;  // one after the other
    auto asking = ask_for(key);
    auto answered = co_await std::move(asking);
    if (answered) {
        unanswered_ = 0;
    } else {
        if (answered.error().fault != Fault::unavailable || ++unanswered_ >= most_unanswered)
            co_return answered.error();
        answered = Answered{.refused = answered.error()};
    }
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

/// SQL: of the records `t`, those whose date the run has read. Of the others no number tells that they have vanished.
std::string Run::of_read_dates() const {
    const auto column = wanted_.listing->date_column;
    if (!at_.chunked || column.empty()) return "true";
    const auto last = query().last_day;
    return fmt::format("t.{0} is not null{1}{2}", column,
                       at_.no_past ? fmt::format(" and left(t.{}, 10) >= '{}'", column, first_day) : "",
                       at_.no_future ? fmt::format(" and left(t.{}, 10) <= '{}'", column, last) : "");
}

/// More than may vanish by themselves: a lost permission more often than a deletion. Then the run says so and removes none.
Async<Result<bool>> Run::too_many_vanished() {
    auto question = pg::sql(
        fmt::format("select count(*) filter (where t.created_at < $2::timestamptz and {2} and not exists "
                    "(select from sync_seen s where s.run_id = $1::uuid and s.key = t.{0}::text)), count(*) from {1} t "
                    "where t.deleted_at is null",
                    resource_.key_column, resource_.table, of_read_dates()),
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
        fmt::format("{} of {} {} missing from a whole listing: none was removed; look at the account's "
                    "permissions, then run again; SYNC_MAX_VANISHED and SYNC_MAX_VANISHED_SHARE say how many may",
                    vanished, counted(alive, "record"), verb_for(vanished, "is", "are"));
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
            fmt::format("select t.{0}::text from {1} t where t.deleted_at is null and t.created_at < $2::timestamptz "
                        "and t.{0} > $3::{2} and not exists "
                        "(select from sync_seen s where s.run_id = $1::uuid and s.key = t.{0}::text) and not exists "
                        // What this run has kept as failed has its turns now.
                        "(select from sync_failures f where f.table_name = $5 and f.drchrono_id = t.{0}::text "
                        "and f.resolved_at is null and f.cause = $6) order by t.{0} limit $4",
                        resource_.key_column, resource_.table, sql_name(resource_.key_type)),
            at_.run_id, iso8601(at_.started_at), after, policy_.absences_at_once, resource_.table, "run:" + at_.run_id);
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
