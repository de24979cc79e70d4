#include "reconcile/verify.hpp"

#include "base/ahead.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace dcs::reconcile {

namespace {

constexpr std::size_t most_examples = 20;
constexpr int asked_for_alone = 20;  // records that a listing did not show
constexpr int keys_at_once = 10'000;

std::uint64_t number_for(std::string_view key) {
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
    for (const char character : key) hash = (hash ^ static_cast<unsigned char>(character)) * 1099511628211ULL;
    return hash;
}

class Comparison {
public:
    Comparison(Parts parts, const Listing& listing, Extent extent, std::function<bool()> goes_on)
        : parts_{std::move(parts)},
          listing_{listing},
          resource_{*find_resource(listing.table)},
          extent_{extent},
          goes_on_{std::move(goes_on)} {}

    Async<Result<Drift>> run() {
        auto question = pg::sql(fmt::format("select count(*) from {} where deleted_at is null", resource_.table));
        const auto rows = co_await parts_.pool.run(std::move(question));
        if (!rows) co_return rows.error();
        drift_.here = rows->integer(0, 0);
        auto work = extent_.full ? whole() : sample();
        const auto done = co_await std::move(work);
        drift_.requests = meter_.requests;
        if (!done && done.error().fault == Fault::unavailable && database_gone_) co_return done.error();
        if (!done) drift_.error = done.error().detail;
        co_return std::move(drift_);
    }

private:
    static constexpr auto priority = upstream::Priority::backfill;

    Error from_database(Error error) {
        database_gone_ = true;
        return error;
    }

    store::State state_of(Document item, std::string key) const {
        store::State state{.resource = &resource_, .key = std::move(key), .raw = item};
        state.view = store::View::full;
        state.origin = store::Origin::api;
        return state;
    }

    void note(Difference::Kind kind, std::string key, std::vector<std::string> members = {}) {
        ++(kind == Difference::Kind::missing   ? drift_.missing
           : kind == Difference::Kind::differs ? drift_.differs
                                               : drift_.gone);
        if (drift_.examples.size() < most_examples)
            drift_.examples.push_back({kind, std::move(key), std::move(members)});
    }

    Async<Result<>> compare(std::vector<store::State> states) {
        std::vector<std::string> keys;
        for (const auto& state : states) keys.push_back(state.key);
        auto comparing = parts_.store.compare(parts_.pool, std::move(states));
        auto compared = co_await std::move(comparing);
        if (!compared) co_return from_database(compared.error());
        for (std::size_t at = 0; at < keys.size(); ++at) {
            auto& each = (*compared)[at];
            ++drift_.compared;
            if (each.outcome == store::Outcome::created) note(Difference::Kind::missing, keys[at]);
            else if (store::is_change(each.outcome))
                note(each.outcome == store::Outcome::removed && each.members.empty() ? Difference::Kind::gone
                                                                                     : Difference::Kind::differs,
                     keys[at], std::move(each.members));
        }
        co_return Result<>{};
    }

    /// One record of ours, asked for by its id.
    Async<Result<>> ask_for(std::string key) {
        std::string path{resource_.path};
        auto fetched = co_await parts_.drchrono.get_item(std::move(path), key, true, priority, &meter_);
        if (!fetched && fetched.error().fault == Fault::not_found) {
            ++drift_.compared;
            note(Difference::Kind::gone, std::move(key));
            co_return Result<>{};
        }
        if (!fetched) co_return fetched.error();
        std::vector<store::State> one{state_of(fetched->value, std::move(key))};
        auto comparing = compare(std::move(one));
        co_return co_await std::move(comparing);
    }

    Async<Result<>> ask_for_all(std::vector<std::string> keys) {
        for (auto& key : keys) {
            if (!goes_on_()) co_return Error{Fault::rate_limited, "stopped"};
            auto asking = ask_for(std::move(key));
            const auto asked = co_await std::move(asking);
            if (!asked) co_return asked.error();
        }
        co_return Result<>{};
    }

    Async<Result<>> sample() {
        if (!listing_.bulk_path.empty()) {
            auto first = parts_.lister.page(query(true, 1), {}, priority, &meter_);
            const auto page = co_await std::move(first);
            if (page) drift_.there = page->count;
        }
        auto question =
            pg::sql(fmt::format("select {}::text from {} where deleted_at is null order by random() limit $1",
                                resource_.key_column, resource_.table),
                    extent_.sample);
        const auto rows = co_await parts_.pool.run(std::move(question));
        if (!rows) co_return from_database(rows.error());
        std::vector<std::string> keys;
        for (int row = 0; row < rows->size(); ++row) keys.push_back(rows->string(row, 0));
        auto asking = ask_for_all(std::move(keys));
        co_return co_await std::move(asking);
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
        for (std::size_t at = 0; at < page.items.size(); ++at) {
            auto read = Document::parse(page.items[at]);
            if (!read) continue;
            auto& item = read->value;
            auto key = key_of(resource_, item);
            if (key.empty()) continue;
            shown_.push_back(number_for(key));
            const auto [found, is_new] = place.try_emplace(key, states.size());
            if (is_new) states.push_back(state_of(std::move(item), std::move(key)));
            else states[found->second] = state_of(std::move(item), std::move(key));
        }
        auto comparing = compare(std::move(states));
        co_return co_await std::move(comparing);
    }

    Async<Result<>> whole() {
        const bool bulk = bulk_pays(listing_, drift_.here);
        const auto ask = [this, bulk](std::string position) {
            return Ahead<Result<upstream::Page>>{parts_.executor, parts_.tasks, "page",
                                                 parts_.lister.page(query(bulk, bulk ? bulk_page : listing_.page),
                                                                    std::move(position), priority, &meter_)};
        };
        auto coming = ask({});
        for (;;) {
            auto waiting = coming.get();
            auto page = co_await std::move(waiting);
            if (!page) co_return page.error();
            if (page->count) drift_.there = page->count;
            const bool last = page->next.empty();
            const bool goes_on = !last && goes_on_();
            if (goes_on) coming = ask(page->next);
            auto comparing = compare_page(*page);
            const auto compared = co_await std::move(comparing);
            if (goes_on && !compared) {
                auto dropped = coming.get();
                co_await std::move(dropped);
            }
            if (!compared) co_return compared.error();
            if (last) break;
            if (!goes_on) co_return Error{Fault::rate_limited, "stopped"};
        }
        if (!drift_.there) drift_.there = static_cast<std::int64_t>(shown_.size());
        auto looking = look_for_hidden();
        co_return co_await std::move(looking);
    }

    /// Ours that the listing did not show: asked for themselves when they are few, else counted.
    Async<Result<>> look_for_hidden() {
        if (!listing_.absence_counts) co_return Result<>{};
        std::ranges::sort(shown_);
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
                if (std::ranges::binary_search(shown_, number_for(after))) continue;
                ++count;
                if (few.size() < asked_for_alone) few.push_back(after);
            }
            more = rows->size() == keys_at_once;
        }
        drift_.not_shown = count - static_cast<std::int64_t>(few.size());
        auto asking = ask_for_all(std::move(few));
        co_return co_await std::move(asking);
    }

    Parts parts_;
    const Listing& listing_;
    const Resource& resource_;
    Extent extent_;
    std::function<bool()> goes_on_;
    upstream::Meter meter_{};
    std::vector<std::uint64_t> shown_{};
    Drift drift_{};
    bool database_gone_ = false;
};

}  // namespace

Async<Result<Drift>> verify(Parts parts, const Listing& listing, Extent extent, std::function<bool()> goes_on) {
    Comparison comparison{std::move(parts), listing, extent, std::move(goes_on)};
    co_return co_await comparison.run();
}

}  // namespace dcs::reconcile
