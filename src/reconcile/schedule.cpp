#include "reconcile/schedule.hpp"

#include "base/log.hpp"
#include "pg/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dcs::reconcile {

namespace {

using namespace std::chrono_literals;

constexpr auto lease_length = 30s;
constexpr auto day = 24h;

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::optional<int> whole_number(std::string_view text) {
    int number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// "03:00".
std::optional<std::chrono::minutes> time_of_day(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto hour = whole_number(text.substr(0, colon));
    const auto minute = whole_number(text.substr(colon + 1));
    if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) return std::nullopt;
    return std::chrono::hours{*hour} + std::chrono::minutes{*minute};
}

Error wrong(std::string_view entry, std::string_view what) {
    return {Fault::bad_input, fmt::format("'{}': {}", entry, what)};
}

Result<ScheduleEntry> parse_entry(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return wrong(text, "must be like patients=15m or all=24h@03:00");
    ScheduleEntry entry{.name = std::string{trimmed(text.substr(0, equals))}};
    auto when = trimmed(text.substr(equals + 1));
    if (const auto at = when.find('@'); at != std::string_view::npos) {
        const auto time = time_of_day(trimmed(when.substr(at + 1)));
        if (!time) return wrong(text, "behind @ stands a time of day like 03:00");
        entry.at = *time;
        when = trimmed(when.substr(0, at));
    }
    const auto every = parse_duration(when);
    if (!every || *every < 1min) return wrong(text, "an interval is like 15m, 24h or 7d, and at least a minute");
    if (*every > day && *every % day != 0s) return wrong(text, "an interval of more than a day is of whole days");
    entry.every = *every;
    const auto listings = all_listings();
    const bool known = entry.name == all_entry || entry.name == full_entry || entry.name == clean_up_entry ||
                       std::ranges::find(listings, entry.name, &Listing::endpoint) != listings.end();
    if (!known) return wrong(text, "no such resource");
    return entry;
}

/// For each entry its latest tick, whether a run was begun for it or a later one, and its next tick. Days are counted from a Monday.
constexpr std::string_view ticks =
    "with entry as (select * from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as e (name, every, at, place)), "
    "today as (select (now() at time zone $4)::date as today), "
    "counted as (select e.*, ((today - (today - date '2000-01-03') % greatest(every / 86400, 1)::int)::timestamp"
    " at time zone $4) + e.at * interval '1 s' as anchor from entry e, today), "
    "latest as (select c.*, anchor + floor(extract(epoch from now() - anchor) / every) * every * interval '1 s' as tick from counted c) "
    "select l.place - 1, s.value is null or (s.value #>> '{}')::timestamptz < l.tick, l.tick, "
    "to_char((l.tick + l.every * interval '1 s') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
    "from latest l left join sync_state s on s.name = 'tick:' || l.name order by l.place";

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const bool bare = text.back() >= '0' && text.back() <= '9';
    const auto number = whole_number(bare ? text : text.substr(0, text.size() - 1));
    if (!number || *number <= 0 || *number > 100'000) return std::nullopt;
    if (bare) return std::chrono::seconds{*number};
    switch (text.back()) {
    case 's': return std::chrono::seconds{*number};
    case 'm': return std::chrono::minutes{*number};
    case 'h': return std::chrono::hours{*number};
    case 'd': return std::chrono::days{*number};
    default: return std::nullopt;
    }
}

Result<std::vector<ScheduleEntry>> parse_schedule(std::string_view text) {
    std::vector<ScheduleEntry> entries;
    while (!trimmed(text).empty()) {
        const auto comma = text.find(',');
        auto entry = parse_entry(trimmed(text.substr(0, comma)));
        if (!entry) return entry.error();
        if (std::ranges::find(entries, entry->name, &ScheduleEntry::name) != entries.end())
            return wrong(entry->name, "stands there twice");
        entries.push_back(std::move(*entry));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return entries;
}

Schedule::Schedule(Parts parts, Reconciler& reconciler, Settings settings)
    : parts_{std::move(parts)},
      reconciler_{reconciler},
      settings_{std::move(settings)},
      wake_{parts_.executor},
      playing_(settings_.entries.size(), false) {}

void Schedule::start(Tasks& tasks) {
    if (!settings_.entries.empty()) tasks.keep("schedule", [this] { return loop(); });
}

void Schedule::stop() {
    stopping_ = true;
    wake_.notify();
}

/// Begins what is due. The tick is marked as begun first: whoever leads next does not begin it again.
Async<Result<>> Schedule::look() {
    std::vector<std::string> names;
    std::vector<std::int64_t> every;
    std::vector<std::int64_t> at;
    for (const auto& entry : settings_.entries) {
        names.push_back(entry.name);
        every.push_back(entry.every.count());
        at.push_back(std::chrono::seconds{entry.at}.count());
    }
    const auto zone = settings_.practice_timezone.empty() ? std::string{"UTC"} : settings_.practice_timezone;
    auto question =
        pg::sql(std::string{ticks}, pg::text_array(names), pg::bigint_array(every), pg::bigint_array(at), zone);
    const auto rows = co_await parts_.pool.run(std::move(question));
    if (!rows) co_return rows.error();
    next_.clear();
    for (int row = 0; row < rows->size(); ++row) {
        const auto entry = static_cast<std::size_t>(rows->integer(row, 0));
        next_.emplace_back(settings_.entries[entry].name, rows->string(row, 3));
        if (!rows->boolean(row, 1) || playing_[entry]) continue;
        auto mark = pg::sql("insert into sync_state (name, value) values ('tick:' || $1, to_jsonb($2::timestamptz)) "
                            "on conflict (name) do update set value = excluded.value, updated_at = now()",
                            settings_.entries[entry].name, rows->string(row, 2));
        const auto marked = co_await parts_.pool.run(std::move(mark));
        if (!marked) co_return marked.error();
        playing_[entry] = true;
        parts_.tasks.spawn("schedule-" + settings_.entries[entry].name, play(entry));
    }
    co_return Result<>{};
}

/// When to go on, where a run did not come to its end, for want of requests or of time; nullopt: it is over.
Async<Result<std::optional<std::chrono::milliseconds>>> Schedule::run_once(const ScheduleEntry& entry) {
    std::optional<std::chrono::milliseconds> again;
    if (entry.name == clean_up_entry) {
        auto cleaning = settings_.clean_up();
        const auto more = co_await std::move(cleaning);
        if (!more) co_return more.error();
        if (*more) again = 1s;
        co_return again;
    }
    if (entry.name == all_entry || entry.name == full_entry) {
        auto running = reconciler_.run_all(entry.name == full_entry, settings_.longest_run);
        const auto reports = co_await std::move(running);
        for (const auto& [name, report] : reports)
            if (report && report->again_in) again = std::max(again.value_or(0ms), *report->again_in);
        co_return again;
    }
    auto running = reconciler_.run({.listing = find_listing(entry.name)}, settings_.longest_run);
    const auto report = co_await std::move(running);
    if (!report) co_return report.error();
    co_return report->again_in;
}

Async<> Schedule::play(std::size_t entry) {
    while (!stopping_) {
        auto running = run_once(settings_.entries[entry]);
        const auto again = co_await std::move(running);
        if (!again && again.error().fault != Fault::conflict)
            log::error("a scheduled run failed",
                       {{"entry", settings_.entries[entry].name}, {"detail", again.error().detail}});
        if (!again || !*again) break;
        log::info("a scheduled run goes on later",
                  {{"entry", settings_.entries[entry].name}, {"seconds", (*again)->count() / 1000}});
        for (auto left = **again; left > 0ms && !stopping_; left -= 1s)
            co_await sleep_for(std::min(left, std::chrono::milliseconds{1s}));
    }
    playing_[entry] = false;
}

Async<> Schedule::loop() {
    while (!stopping_) {
        auto taken = co_await pg::take_lease(parts_.pool, "schedule", settings_.instance, lease_length);
        if (taken && *taken) {
            pg::Hold hold{parts_.executor, parts_.pool, std::move(**taken), lease_length};
            leading_ = true;
            while (!stopping_ && hold.held()) {
                auto looking = look();
                const auto looked = co_await std::move(looking);
                if (!looked) log::error("the schedule cannot be read", {{"detail", looked.error().detail}});
                co_await wake_.wait(settings_.look);
            }
            leading_ = false;
            co_await hold.release();
        }
        if (!stopping_) co_await wake_.wait(settings_.look);
    }
}

}  // namespace dcs::reconcile
