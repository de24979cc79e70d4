#include "reconcile/verify.hpp"

#include "base/ahead.hpp"
#include "base/counted.hpp"
#include "store/check_item.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace dcs::reconcile {

namespace {

constexpr std::size_t most_examples = 20;
constexpr std::size_t asked_for_alone = 20;  // records that a listing did not show, or shows as older ones
constexpr int keys_at_once = 10'000;
constexpr int pages_of_a_sample = 20;  // a listing that has no more is read whole

std::uint64_t number_for(std::string_view key, std::uint64_t hash = 14695981039346656037ULL) {
    for (const char character : key)
        hash = (hash ^ static_cast<unsigned char>(character)) * 1099511628211ULL;  // FNV-1a
    return hash;
}

class Comparison {
public:
    Comparison(Parts parts, const Listing& listing, Extent extent, std::function<bool()> goes_on)
        : parts_{std::move(parts)},
          listing_{listing.comes_with.empty() ? listing : *find_listing(listing.comes_with)},
          asked_{*find_resource(listing_.table)},
          resource_{*find_resource(listing.table)},
          extent_{extent},
          goes_on_{std::move(goes_on)} {}

    Async<Result<Drift>> run() {
        auto counting = count_here();
        const auto counted = co_await std::move(counting);
        if (!counted) co_return counted.error();
        auto work = extent_.full ? whole() : sample();
        const auto done = co_await std::move(work);
        drift_.requests = meter_.requests;
        if (!done && database_gone_) co_return done.error();
        if (!done) fail(done.error());
        co_return std::move(drift_);
    }

private:
    static constexpr auto priority = upstream::Priority::backfill;

    bool projected() const { return &asked_ != &resource_; }

    void fail(const Error& error) {
        if (!drift_.error.empty()) return;
        drift_.error = error.detail;
        drift_.interrupted =
            retryable(error.fault) || error.fault == Fault::rate_limited || error.fault == Fault::unauthorized;
    }

    Error from_database(Error error) {
        database_gone_ = true;
        return error;
    }

    /// Live ones, and, of the tombstones, those that the listing still shows: with their flag.
    Async<Result<>> count_here() {
        const auto flagged =
            resource_.removed_flag.empty()
                ? std::string{"0"}
                : fmt::format("count(*) filter (where deleted_at is not null and drchrono_raw ->> '{}' = 'true')",
                              resource_.removed_flag);
        auto question = pg::sql(
            fmt::format("select count(*) filter (where deleted_at is null), {} from {}", flagged, resource_.table));
        const auto rows = co_await parts_.pool.run(std::move(question));
        if (!rows) co_return from_database(rows.error());
        drift_.here = rows->integer(0, 0);
        known_ = drift_.here + rows->integer(0, 1);
        co_return Result<>{};
    }

    /// What a state of the asked-for resource says of ours: itself, or what it brings along.
    std::vector<store::State> states_of(Document item, std::string key, std::chrono::steady_clock::time_point asked,
                                        bool listed) const {
        store::State state{.resource = &resource_, .key = std::move(key), .raw = std::move(item)};
        state.view = store::View::full;
        state.origin = store::Origin::api;
        state.observed.here = asked;
        state.listed = listed;
        std::vector<store::State> states;
        if (!projected()) {
            states.push_back(std::move(state));
            return states;
        }
        for (auto& brought : asked_.project(state.raw)) {
            if (brought.table != resource_.table) continue;
            auto one = state;
            one.key = std::move(brought.key);
            one.raw = std::move(brought.raw);
            one.removed = one.needs_record = brought.tells == Projected::Tells::gone;
            if (brought.tells != Projected::Tells::whole) one.view = store::View::partial;
            one.projected = true;
            states.push_back(std::move(one));
        }
        return states;
    }

    void note(Difference::Kind kind, std::string key, std::vector<std::string> members = {}) {
        ++(kind == Difference::Kind::missing   ? drift_.missing
           : kind == Difference::Kind::differs ? drift_.differs
           : kind == Difference::Kind::stale   ? drift_.stale
                                               : drift_.gone);
        if (drift_.examples.size() < most_examples)
            drift_.examples.push_back({kind, std::move(key), std::move(members)});
    }

    /// Of a listing's states, what counts as older is kept for a second look: the listing may be behind.
    Async<Result<>> compare(std::vector<store::State> states, bool listed) {
        std::vector<std::string> keys;
        std::vector<bool> removed;
        for (const auto& state : states) {
            keys.push_back(state.key);
            removed.push_back(state.removed);
        }
        auto comparing = parts_.store.compare(parts_.pool, std::move(states));
        auto compared = co_await std::move(comparing);
        if (!compared) co_return from_database(compared.error());
        for (std::size_t at = 0; at < keys.size(); ++at) {
            auto& each = (*compared)[at];
            if (each.outcome == store::Outcome::stale && listed && !each.members.empty() && !projected()) {
                if (doubtful_.size() < asked_for_alone) doubtful_.push_back(keys[at]);
                else note(Difference::Kind::stale, keys[at], std::move(each.members));
                continue;
            }
            ++drift_.compared;
            if (each.outcome != store::Outcome::created && (!removed[at] || store::is_change(each.outcome))) ++judged_;
            if (each.outcome == store::Outcome::created) note(Difference::Kind::missing, keys[at]);
            else if (store::is_change(each.outcome))
                note(each.outcome == store::Outcome::removed && each.members.empty() ? Difference::Kind::gone
                                                                                     : Difference::Kind::differs,
                     keys[at], std::move(each.members));
            else if (!each.members.empty()) note(Difference::Kind::stale, keys[at], std::move(each.members));
        }
        co_return Result<>{};
    }

    /// One record, by its id. `ours`: the records of ours that hang on it, which are gone where it is.
    Async<Result<>> ask_for(std::string key, std::vector<std::string> ours) {
        std::string path{asked_.path};
        auto asking = parts_.drchrono.get_item(std::move(path), key, true, priority, &meter_);
        auto fetched = co_await std::move(asking);
        if (!fetched && fetched.error().fault == Fault::not_found) {
            for (auto& one : ours) {
                ++drift_.compared;
                ++judged_;
                note(Difference::Kind::gone, std::move(one));
            }
            co_return Result<>{};
        }
        if (!fetched) co_return fetched.error();
        auto checking = store::check_item(parts_.pool, asked_, fetched->value, key);
        const auto checked = co_await std::move(checking);
        if (!checked) co_return checked.error();
        auto comparing = compare(states_of(std::move(fetched->value), std::move(key), fetched->asked, false), false);
        co_return co_await std::move(comparing);
    }

    /// The record of the asked-for resource that `key` of ours hangs on.
    std::string asked_key(const std::string& key) const { return projected() ? key.substr(0, key.find(':')) : key; }

    /// What refuses one record alone is told, and the others are asked for all the same.
    Async<Result<>> ask_for_all(std::vector<std::string> keys) {
        std::unordered_map<std::string, std::vector<std::string>> ours;
        std::vector<std::string> order;
        for (auto& key : keys) {
            auto& of = ours[asked_key(key)];
            if (of.empty()) order.push_back(asked_key(key));
            of.push_back(std::move(key));
        }
        for (auto& key : order) {
            if (!goes_on_()) co_return Error{Fault::rate_limited, "stopped"};
            auto asking = ask_for(key, std::move(ours[key]));
            const auto asked = co_await std::move(asking);
            if (asked) continue;
            fail(asked.error());
            if (database_gone_ || drift_.interrupted) co_return asked.error();
        }
        co_return Result<>{};
    }

    upstream::ListQuery query(bool bulk, int page_size) const {
        return {.path = std::string{bulk ? listing_.bulk_path : listing_.path},
                .query = listing_query(listing_, {}),
                .page_size = page_size,
                .bulk = bulk};
    }

    Async<Result<>> compare_page(const upstream::Page& page) {
        std::vector<store::State> states;
        std::unordered_map<std::string, std::size_t> place;  // a record that comes twice counts once, as it came last
        auto content = number_for("shown");
        for (std::size_t at = 0; at < page.items.size(); ++at) {
            auto read = Document::parse(page.items[at]);
            auto key = read ? key_of(asked_, read->value) : std::string{};
            if (key.empty()) {
                ++drift_.unreadable;
                continue;
            }
            content += number_for(key + "\x1f");  // in whatever order
            shown_.push_back(number_for(key));
            for (auto& state : states_of(std::move(read->value), std::move(key), page.asked, true)) {
                brought_ += state.removed ? 0 : 1;
                const auto [found, is_new] = place.try_emplace(state.key, states.size());
                if (is_new) states.push_back(std::move(state));
                else states[found->second] = std::move(state);
            }
        }
        if (page.items.size() > 0 && !trail_.insert(content).second)
            co_return Error{Fault::rejected, "the pages of the listing lead in a circle"};
        if (states.empty()) co_return Result<>{};
        auto comparing = compare(std::move(states), true);
        co_return co_await std::move(comparing);
    }

    /// Reads `most` pages of the listing at most. True: that was all of it.
    Async<Result<bool>> read_pages(bool bulk, int most) {
        const auto ask = [this, bulk](std::string position) {
            return Ahead<Result<upstream::Page>>{parts_.executor, parts_.tasks, "page",
                                                 parts_.lister.page(query(bulk, bulk ? bulk_page : listing_.page),
                                                                    std::move(position), priority, &meter_)};
        };
        auto coming = ask({});
        for (int pages = 1;; ++pages) {
            auto waiting = coming.get();
            auto page = co_await std::move(waiting);
            if (!page) co_return page.error();
            if (page->count && !projected()) drift_.there = page->count;
            const bool last = page->next.empty();
            if (!last && !trail_.insert(number_for(page->next, number_for("position "))).second)
                co_return Error{Fault::rejected, "the pages of the listing lead in a circle"};
            const bool goes_on = !last && pages < most && goes_on_();
            if (goes_on) coming = ask(page->next);
            auto comparing = compare_page(*page);
            const auto compared = co_await std::move(comparing);
            if (goes_on && !compared) {
                auto dropped = coming.get();
                co_await std::move(dropped);
            }
            if (!compared) co_return compared.error();
            if (last) co_return true;
            if (pages >= most) co_return false;
            if (!goes_on) co_return Error{Fault::rate_limited, "stopped"};
        }
    }

    /// A second look at what the listing showed as older than what is stored.
    Async<Result<>> look_again() {
        auto asking = ask_for_all(std::exchange(doubtful_, {}));
        co_return co_await std::move(asking);
    }

    Async<Result<>> ask_count() {
        auto asking = parts_.lister.page(query(true, 1), {}, priority, &meter_);
        const auto page = co_await std::move(asking);
        if (page) drift_.there = page->count;
        else if (page.error().fault == Fault::rate_limited || page.error().fault == Fault::unauthorized)
            co_return page.error();
        co_return Result<>{};
    }

    Async<Result<>> sample() {
        if (!listing_.bulk_path.empty() && !projected()) {
            auto counting = ask_count();
            const auto counted = co_await std::move(counting);
            if (!counted) co_return counted.error();
        }
        const bool is_long = drift_.there && *drift_.there > std::int64_t{pages_of_a_sample} * listing_.page;
        const int pages = is_long ? 1 : pages_of_a_sample;
        auto reading = read_pages(false, pages);
        const auto all = co_await std::move(reading);
        if (!all) {
            fail(all.error());
            if (database_gone_ || drift_.interrupted) co_return all.error();
        }
        auto looking = look_again();
        const auto looked = co_await std::move(looking);
        if (!looked) co_return looked.error();
        if (all && *all) {
            auto ending = end_of_listing();
            co_return co_await std::move(ending);
        }
        auto asking = ask_for_some();
        const auto asked = co_await std::move(asking);
        if (!asked) co_return asked.error();
        drift_.sampled = true;
        if (drift_.there) count_differences();
        else if (all)
            fail({Fault::rejected, fmt::format("the listing has no count and more than {}: compare it with --full",
                                               counted(pages, "page"))});
        co_return Result<>{};
    }

    /// Some of ours that no page has shown.
    Async<Result<>> ask_for_some() {
        auto question =
            pg::sql(fmt::format("select {}::text from {} where deleted_at is null order by random() limit $1",
                                resource_.key_column, resource_.table),
                    extent_.sample);
        const auto rows = co_await parts_.pool.run(std::move(question));
        if (!rows) co_return from_database(rows.error());
        std::ranges::sort(shown_);
        std::vector<std::string> keys;
        for (int row = 0; row < rows->size(); ++row)
            if (!std::ranges::binary_search(shown_, number_for(asked_key(rows->string(row, 0)))))
                keys.push_back(rows->string(row, 0));
        auto asking = ask_for_all(std::move(keys));
        co_return co_await std::move(asking);
    }

    /// What the numbers alone say: ours that are not gone, and those that are missing, must be as many as there are.
    void count_differences() {
        const auto missing = *drift_.there - (known_ - drift_.gone);
        if (listing_.absence_counts) drift_.not_shown += std::max<std::int64_t>(0, drift_.missing - missing);
        drift_.missing = std::max(drift_.missing, missing);
    }

    Async<Result<>> whole() {
        const bool bulk = bulk_pays(listing_, std::max<std::int64_t>(drift_.here, 1));
        auto reading = read_pages(bulk, std::numeric_limits<int>::max());
        auto all = co_await std::move(reading);
        if (!all && bulk && shown_.empty() &&
            (all.error().fault == Fault::forbidden || all.error().fault == Fault::not_found)) {
            auto listing = read_pages(false, std::numeric_limits<int>::max());
            all = co_await std::move(listing);
        }
        if (!all) co_return all.error();
        auto looking = look_again();
        const auto looked = co_await std::move(looking);
        if (!looked) co_return looked.error();
        auto ending = end_of_listing();
        co_return co_await std::move(ending);
    }

    /// The listing has shown all that it shows.
    Async<Result<>> end_of_listing() {
        std::ranges::sort(shown_);
        const auto repeated = std::ranges::unique(shown_);
        shown_.erase(repeated.begin(), repeated.end());
        const auto shown = static_cast<std::int64_t>(shown_.size()) + drift_.unreadable;
        if (drift_.there && shown < *drift_.there)
            fail({Fault::rejected,
                  fmt::format("the listing counts {} and showed {}", counted(*drift_.there, "record"), shown)});
        if (!drift_.there) drift_.there = projected() ? brought_ : shown;
        auto looking = look_for_hidden();
        const auto looked = co_await std::move(looking);
        if (!looked) co_return looked.error();
        if (projected()) compare_numbers();
        co_return Result<>{};
    }

    /// Of what comes along with others: live ones of ours of which nothing was said cannot be called the same, and one that was
    /// judged beyond those that are live here is a tombstone of a record that is alive there.
    void compare_numbers() {
        const auto live = drift_.here - drift_.not_shown;
        if (judged_ < live)
            fail({Fault::rejected, fmt::format("the listing says nothing of {}", counted(live - judged_, "record"))});
        else drift_.missing += std::max<std::int64_t>(0, judged_ - live - drift_.differs);
    }

    /// Ours that the listing did not show: asked for themselves when they are few, else counted, unless it may hide them.
    Async<Result<>> look_for_hidden() {
        std::vector<std::string> few;
        std::int64_t count = 0;
        std::string after;
        for (bool more = true; more;) {
            auto question = pg::sql(
                fmt::format(
                    "select {0}::text from {1} where deleted_at is null and {0} > $1::{2} order by {0} limit $2",
                    resource_.key_column, resource_.table, sql_name(resource_.key_type)),
                after.empty() && resource_.key_type == SqlType::bigint ? std::string{"-9223372036854775808"} : after,
                keys_at_once);
            const auto rows = co_await parts_.pool.run(std::move(question));
            if (!rows) co_return from_database(rows.error());
            for (int row = 0; row < rows->size(); ++row) {
                after = rows->string(row, 0);
                if (std::ranges::binary_search(shown_, number_for(asked_key(after)))) continue;
                ++count;
                if (few.size() < asked_for_alone) few.push_back(after);
            }
            more = rows->size() == keys_at_once;
        }
        if (listing_.absence_counts) drift_.not_shown = count - static_cast<std::int64_t>(few.size());
        auto asking = ask_for_all(std::move(few));
        co_return co_await std::move(asking);
    }

    Parts parts_;
    const Listing& listing_;    // that is read
    const Resource& asked_;     // whose records it shows
    const Resource& resource_;  // that is compared: the same, or one that it brings along
    Extent extent_;
    std::function<bool()> goes_on_;
    upstream::Meter meter_{};
    std::vector<std::uint64_t> shown_{};
    std::unordered_set<std::uint64_t> trail_{};  // positions, and what the pages showed
    std::vector<std::string> doubtful_{};        // shown as older than what is stored
    std::int64_t known_ = 0;                     // ours that the listing should show
    std::int64_t brought_ = 0;                   // records that those shown bring along
    std::int64_t judged_ = 0;                    // records of ours of which something was said
    Drift drift_{};
    bool database_gone_ = false;
};

}  // namespace

Async<Result<Drift>> verify(Parts parts, const Listing& listing, Extent extent, std::function<bool()> goes_on) {
    Comparison comparison{std::move(parts), listing, extent, std::move(goes_on)};
    co_return co_await comparison.run();
}

}  // namespace dcs::reconcile
