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
    : parts_{std::move(parts)}, reconciler_{reconciler}, settings_{std::move(settings)}, wake_{parts_.executor} {}

void Schedule::start(Tasks& tasks) {
    if (!settings_.entries.empty()) tasks.keep("schedule", [this] { return loop(); });
}

void Schedule::stop() {
    stopping_ = true;
    wake_.notify();
}

const ScheduleEntry* Schedule::entry_of(std::string_view name) const {
    const auto found = std::ranges::find(settings_.entries, name, &ScheduleEntry::name);
    return found == settings_.entries.end() ? nullptr : &*found;
}

bool Schedule::reads_drchrono() const {
    return std::ranges::any_of(settings_.entries, [](const auto& entry) { return entry.name != clean_up_entry; });
}

/// Owes what is due, and begins what is owed. The tick is marked as begun first: whoever leads next does not begin it again.
Async<Result<>> Schedule::look(const Fenced& fenced) {
    auto reading = read_ticks(parts_.pool, settings_.entries,
                              settings_.practice_timezone.empty() ? std::string{"UTC"} : settings_.practice_timezone);
    const auto ticks = co_await std::move(reading);
    if (!ticks) co_return ticks.error();
    next_.clear();
    std::vector<pg::Statement> statements;
    for (std::size_t at = 0; at < ticks->size(); ++at) {
        const auto& entry = settings_.entries[at];
        next_.emplace_back(entry.name, iso8601((*ticks)[at].next).substr(0, 19) + "Z");
        if (!(*ticks)[at].due || playing_.contains(entry.name)) continue;
        for (auto& each : owe_tick(entry.name, (*ticks)[at])) statements.push_back(std::move(each));
    }
    if (reads_drchrono()) statements.push_back(owe_open_checkpoints(settings_.idle));
    auto writing = fenced.run(std::move(statements));
    const auto written = co_await std::move(writing);
    if (!written) co_return written.error();
    auto beginning = begin_due(fenced);
    co_return co_await std::move(beginning);
}

Async<Result<>> Schedule::begin_due(const Fenced& fenced) {
    auto reading = read_owed(parts_.pool, true);
    auto owed = co_await std::move(reading);
    if (!owed) co_return owed.error();
    std::vector<pg::Statement> written;
    std::vector<Owed> begun;
    const bool reads = reads_drchrono();
    for (auto& each : *owed) {
        if (playing_.contains(each.name)) continue;
        // What an earlier schedule owed: the checkpoint of a resource is still gone on with, where this one reads at all.
        each.open |= entry_of(each.name) == nullptr;
        if (each.open && (!reads || find_listing(each.name) == nullptr)) {
            written.push_back(settle_owed(each));
            continue;
        }
        written.push_back(count_beginning(each));
        begun.push_back(std::move(each));
    }
    if (written.empty()) co_return Result<>{};
    auto writing = fenced.run(std::move(written));
    if (const auto done = co_await std::move(writing); !done) co_return done.error();
    for (auto& each : begun) {
        playing_.insert(each.name);
        const auto name = "schedule-" + each.name;
        parts_.tasks.spawn(name, play(std::move(each)));
    }
    co_return Result<>{};
}

/// A run whose process dies writes no end, and would be begun again at once, for ever. So the wait after its failure is written
/// before it begins; its end, whatever it is, replaces that.
pg::Statement Schedule::count_beginning(const Owed& owed) const {
    auto failed = owed;
    const auto wait = wait_after_end(failed, {.end = End::early});
    return postpone_owed(failed, wait);
}

void Schedule::add(Outcome& outcome, const Result<Report>& report) {
    if (!report && report.error().fault == Fault::conflict) {
        if (outcome.end == End::complete) outcome.end = End::held;
        return;
    }
    if (report) outcome.progressed |= report->progressed && report->status == "partial";
    if (report && (report->status == "completed" || report->needs_person)) return;
    outcome.end = End::early;
    outcome.why = report ? report->error : report.error().detail;
    if (report && report->again_in) outcome.again_in = std::max(outcome.again_in.value_or(0ms), *report->again_in);
}

Async<Schedule::Outcome> Schedule::run_once(const Owed& owed) {
    Outcome outcome;
    if (owed.name == clean_up_entry) {
        auto cleaning = settings_.clean_up();
        const auto more = co_await std::move(cleaning);
        if (!more) outcome = {.end = End::early, .why = more.error().detail};
        else if (*more) outcome = {.end = End::early, .again_in = 1s};
        co_return outcome;
    }
    if (owed.name == all_entry || owed.name == full_entry) {
        const bool full = owed.name == full_entry;
        auto running = reconciler_.run_all({.full = full, .began = full ? std::nullopt : std::optional{owed.began}},
                                           settings_.longest_run);
        const auto reports = co_await std::move(running);
        for (const auto& [name, report] : reports)
            if (!report || !report->not_permitted) add(outcome, report);
        co_return outcome;
    }
    const auto* listing = find_listing(owed.name);
    if (owed.open) {
        auto looking = reconciler_.checkpoint({.listing = listing});
        const auto open = co_await std::move(looking);
        if (!open) co_return outcome;
    }
    auto running = reconciler_.run({.listing = listing}, settings_.longest_run);
    const auto report = co_await std::move(running);
    add(outcome, report);
    co_return outcome;
}

std::chrono::milliseconds Schedule::wait_after_end(Owed& owed, const Outcome& outcome) const {
    if (outcome.end == End::held) return settings_.held;
    if (outcome.again_in) return *outcome.again_in;
    owed.tries = outcome.progressed ? 1 : owed.tries + 1;
    auto backoff = settings_.retry;
    if (const auto* entry = entry_of(owed.name))
        backoff.longest = std::min<std::chrono::milliseconds>(backoff.longest, entry->every);
    return wait_after(owed.tries, backoff);
}

/// One try. What did not come to its end is begun again by look(), here or wherever the leader is by then.
Async<> Schedule::play(Owed owed) {
    auto running = run_once(owed);
    const auto outcome = co_await std::move(running);
    std::vector<pg::Statement> end;
    if (outcome.end == End::complete) {
        end.push_back(settle_owed(owed));
    } else if (stopping_) {
        // The next leader begins with it.
        end.push_back(postpone_owed(owed, 0ms));
    } else {
        const auto wait = wait_after_end(owed, outcome);
        end.push_back(postpone_owed(owed, wait));
        if (outcome.end == End::early)
            log::warning("a scheduled run goes on later", {{"entry", owed.name},
                                                           {"seconds", wait.count() / 1000},
                                                           {"tries", owed.tries},
                                                           {"detail", outcome.why}});
    }
    const auto written = co_await parts_.pool.run(std::move(end));
    if (!written)
        log::error("the end of a scheduled run could not be written; it is tried again",
                   {{"entry", owed.name}, {"detail", written.error().detail}});
    playing_.erase(owed.name);
}

Async<> Schedule::loop() {
    while (!stopping_) {
        auto taken = co_await pg::take_lease(parts_.pool, "schedule", settings_.instance, lease_length);
        if (taken && *taken) {
            const Fenced fenced{parts_.pool, **taken};
            pg::Hold hold{parts_.executor, parts_.pool, std::move(**taken), lease_length};
            leading_ = true;
            while (!stopping_ && hold.held()) {
                auto looking = look(fenced);
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
