#include "upstream/lister.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dcs::upstream {

namespace {

using std::chrono::steady_clock;

std::string text_at(const Document& value, std::string_view name) {
    const auto* member = value.find(name);
    return std::string{member ? member->string().value_or(std::string_view{}) : std::string_view{}};
}

std::optional<std::int64_t> number_at(const Document& value, std::initializer_list<std::string_view> path) {
    const auto* member = value.find(path);
    const auto digits = member ? member->number() : std::nullopt;
    std::int64_t number = 0;
    if (!digits || std::from_chars(digits->data(), digits->data() + digits->size(), number).ec != std::errc{})
        return std::nullopt;
    return number;
}

/// Where the list goes on; empty: nowhere. A `next` of another kind would end a listing before its end.
Result<std::string> next_of(const Document& around) {
    const auto* next = around.find("next");
    if (next == nullptr || next->is_null()) return std::string{};
    const auto address = next->string();
    if (!address) return Error{Fault::rejected, "a list whose next page is no address"};
    return std::string{*address};
}

Result<Page> page_of(Fetched fetched) {
    if (!fetched.list.found()) return Error{Fault::rejected, "the answer is no list"};
    return Page{.items = std::move(fetched.list), .asked = fetched.asked};
}

/// The day `days` after "YYYY-MM-DD"; empty: that is no day.
std::string day_after(std::string_view day, int days) {
    const auto start = parse_iso8601(fmt::format("{}T00:00:00Z", day));
    return start ? iso8601(*start + std::chrono::hours{24} * days).substr(0, 10) : std::string{};
}

int number_of(const std::string& position) {
    int number = 1;
    std::from_chars(position.data(), position.data() + position.size(), number);
    return number;
}

/// Whether a page of a bulk list can be what it says: as many pages, of as many records, as its job counts. One that shows fewer
/// would end a listing before its end.
bool adds_up(std::int64_t items, std::int64_t page, std::int64_t page_size, std::optional<std::int64_t> pages,
             std::optional<std::int64_t> count) {
    constexpr std::int64_t most_pages = 1'000'000;
    if (!pages || *pages < 0 || *pages > std::max<std::int64_t>(1, count.value_or(most_pages))) return false;
    if (*pages == 0) return items == 0 && count.value_or(0) == 0;
    if (page > *pages) return items == 0;
    if (page < *pages) return items > 0 && items * *pages >= count.value_or(0);
    return items + (page - 1) * page_size >= count.value_or(0);
}

}  // namespace

Async<Result<Page>> Lister::page(ListQuery list, std::string position, Priority priority, Meter* meter) {
    auto asking = list.bulk               ? bulk_page(list, number_of(position), priority, meter)
                  : list.last_day.empty() ? cursor_page(list, position, priority, meter)
                                          : chunk_page(list, position, priority, meter);
    auto page = co_await std::move(asking);
    co_return page;
}

Async<Result<Page>> Lister::cursor_page(const ListQuery& list, const std::string& position, Priority priority,
                                        Meter* meter) {
    auto target =
        position.empty() ? fmt::format("{}?{}&page_size={}", list.path, list.query, list.page_size) : position;
    auto fetched = co_await drchrono_.get_list(std::move(target), priority, meter);
    if (!fetched) co_return fetched.error();
    auto next = next_of(fetched->list.around());
    if (!next) co_return next.error();
    auto page = page_of(std::move(*fetched));
    if (!page) co_return page.error();
    page->next = std::move(*next);
    co_return page;
}

Lister::OpenEnd Lister::open_end(const ListQuery& list, const std::string& position) {
    if (list.last_day.empty() || position.find(' ') != std::string::npos) return OpenEnd::none;
    const bool begins = position.empty() || position == list.earliest_day;
    if (begins && !list.earliest_day.empty()) return OpenEnd::before;
    return !list.behind.empty() && position > list.last_day ? OpenEnd::behind : OpenEnd::none;
}

std::string Lister::after_open_end(const ListQuery& list, OpenEnd end) {
    return end == OpenEnd::before ? list.first_day : std::string{};
}

/// Position: the part's first day, then, behind a space, the address of its next page, where it has begun.
Async<Result<Page>> Lister::chunk_page(const ListQuery& list, const std::string& position, Priority priority,
                                       Meter* meter) {
    const auto space = std::min(position.find(' '), position.size());
    const auto& begin = list.earliest_day.empty() ? list.first_day : list.earliest_day;
    const auto first = position.empty() ? begin : position.substr(0, space);
    const auto cursor = space < position.size() ? position.substr(space + 1) : std::string{};
    if (day_after(first, 0).empty()) co_return Error{Fault::bad_input, "a position that names no day"};
    const bool before = first < list.first_day;
    const bool behind = first > list.last_day;
    const auto after = before ? list.first_day : std::min(day_after(first, list.days), day_after(list.last_day, 1));
    auto part = list;
    part.query += behind ? "&" + list.behind : fmt::format("&date_range={}/{}", first, day_after(after, -1));
    auto asking = cursor_page(part, cursor, priority, meter);
    auto page = co_await std::move(asking);
    if (!page) co_return page.error();
    if (!page->next.empty()) page->next = fmt::format("{} {}", first, page->next);
    else if (!behind && (after <= list.last_day || !list.behind.empty())) page->next = after;
    co_return page;
}

JobTimes& Lister::times_of(const std::string& path) {
    return times_.try_emplace(path, settings_.first_look, settings_.shortest_look, settings_.longest_pause)
        .first->second;
}

Async<Result<BulkJob>> Lister::submit(ListQuery list, int number, Priority priority, Meter* meter) {
    auto target = fmt::format("{}?{}&page={}&page_size={}", list.path, list.query, number, list.page_size);
    const auto submitted = co_await drchrono_.post(std::move(target), priority, meter);
    if (!submitted) co_return submitted.error();
    BulkJob job{.page = number, .uuid = text_at(submitted->value, "uuid"), .submitted = submitted->asked};
    if (job.uuid.empty()) co_return Error{Fault::rejected, "a bulk job without a uuid"};
    co_return job;
}

/// The complete job's answer. unavailable: it failed, its list has expired, or it takes too long.
Async<Result<Fetched>> Lister::complete(const ListQuery& list, const BulkJob& job, Priority priority, Meter* meter) {
    const auto age = [&job] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - job.submitted);
    };
    auto next_look = times_of(list.path).usual();
    for (bool first = true; age() < settings_.job_limit; first = false) {
        if (const auto pause = next_look - age(); pause > pause.zero()) co_await sleep_for(pause);
        auto target = fmt::format("{}?uuid={}", list.path, net::percent_encode(job.uuid));
        const auto looked_at = age();
        auto polled = co_await drchrono_.get_list(std::move(target), priority, meter);
        // Unknown by now: its list has expired.
        if (!polled && polled.error().fault == Fault::not_found)
            co_return Error{Fault::unavailable, "a bulk list expired"};
        if (!polled) co_return polled.error();
        const auto status = text_at(polled->list.around(), "status");
        auto& times = times_of(list.path);
        if (status == "Complete") {
            first ? times.complete_at_first_look(looked_at) : times.complete_after(looked_at);
            polled->asked = job.submitted;
            co_return polled;
        }
        if (status == "Failed" || status == "Canceled" || status == "Error")
            co_return Error{Fault::unavailable, "a bulk job ended with " + status};
        if (status.empty()) co_return Error{Fault::rejected, "an answer to a bulk job without its status"};
        next_look = times.next_look(looked_at);
    }
    co_return Error{Fault::unavailable, "a bulk job takes too long"};
}

Async<Result<Page>> Lister::collect(ListQuery list, BulkJob job, Priority priority, Meter* meter) {
    auto looking = complete(list, job, priority, meter);
    auto finished = co_await std::move(looking);
    for (int tries = 1; !finished && finished.error().fault == Fault::unavailable && tries < settings_.job_tries;
         ++tries) {
        auto submitting = submit(list, job.page, priority, meter);
        auto again = co_await std::move(submitting);
        if (!again) {
            finished = again.error();
            continue;
        }
        job = std::move(*again);
        auto looking_again = complete(list, job, priority, meter);
        finished = co_await std::move(looking_again);
    }
    if (!finished) co_return finished.error();
    const auto pages = number_at(finished->list.around(), {"pagination", "pages"});
    const auto count = number_at(finished->list.around(), {"pagination", "count"});
    const auto shown = number_at(finished->list.around(), {"pagination", "page"});
    if (shown && *shown != job.page)
        co_return Error{Fault::rejected,
                        fmt::format("a bulk list shows page {} where {} was asked for", *shown, job.page)};
    auto page = page_of(std::move(*finished));
    if (!page) co_return page.error();
    if (!adds_up(std::ssize(page->items), job.page, list.page_size, pages, count))
        co_return Error{Fault::rejected, "a bulk list whose pages do not add up to what it counts"};
    page->count = count;
    page->pages = static_cast<int>(pages.value_or(1));
    if (job.page < pages) page->next = std::to_string(job.page + 1);
    co_return page;
}

Async<Result<Page>> Lister::bulk_page(const ListQuery& list, int number, Priority priority, Meter* meter) {
    Result<BulkJob> submitted{Error{Fault::unavailable, "not submitted"}};
    for (int tries = 0; !submitted && submitted.error().fault == Fault::unavailable && tries < settings_.job_tries;
         ++tries) {
        auto submitting = submit(list, number, priority, meter);
        submitted = co_await std::move(submitting);
    }
    if (!submitted) co_return submitted.error();
    auto collecting = collect(list, std::move(*submitted), priority, meter);
    auto page = co_await std::move(collecting);
    co_return page;
}

}  // namespace dcs::upstream
