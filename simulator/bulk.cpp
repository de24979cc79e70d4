#include "simulator/bulk.hpp"

#include "base/ids.hpp"
#include "simulator/replies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace dcs::simulator {
namespace {

constexpr std::size_t most_jobs = 10'000;
constexpr hours kept{1};

/// 1 to `most`; `otherwise` when absent; nullopt: anything else.
std::optional<std::size_t> counted(const net::Query& query, std::string_view param, std::size_t most,
                                   std::size_t otherwise) {
    if (!query.has(param)) return otherwise;
    const auto given = query.get(param);
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
    if (error != std::errc{} || end != given.data() + given.size() || number < 1 || number > most) return std::nullopt;
    return number;
}

/// What tells two queries apart, the page aside.
std::string key_of(const Route& route, const net::Query& query, std::uint64_t revision, Time as_of) {
    auto key = fmt::format("{} {} {}", route.path, revision, as_of.time_since_epoch() / seconds{1});
    for (const auto& [name, value] : query)
        if (name != "page" && name != "page_size") key += fmt::format("&{}={}", name, value);
    return key;
}

}  // namespace

net::Response Bulk::submit(const Route& route, const net::Query& query, Outcome outcome) {
    if (auto refusal = lists_.refused(route, query, true)) return std::move(*refusal);
    const auto page = counted(query, "page", 1000, 1);
    const auto page_size = counted(query, "page_size", 1000, 1000);
    if (!page) return invalid("page", "Ensure this value is between 1 and 1000.");
    if (!page_size) return invalid("page_size", "Ensure this value is between 1 and 1000.");
    const auto usual = route.kind == Kind::appointments ? "scheduled_time" : "id";
    const auto order = query.get("order_by");
    if (!order.empty() && order != usual && order != "updated_at")
        return invalid("order_by", fmt::format("\"{}\" is not a valid choice.", order));
    if (jobs_.size() >= most_jobs) jobs_.pop_front();
    jobs_.push_back({new_uuid(), &route, query, outcome, clock_.now(), switches_.bulk_polls, *page, *page_size});
    const auto& uuid = jobs_.back().uuid;
    const auto description = fmt::format("Call {}/api/{}_list?uuid={} to get the list", base_url_, route.path, uuid);
    return reply(201, json::object{{"status", "In progress"}, {"uuid", uuid}, {"description", description}});
}

net::Response Bulk::poll(const Route& route, const net::Query& query) {
    const auto wanted = query.get("uuid");
    const auto job = std::ranges::find_if(
        jobs_, [&](const Job& candidate) { return candidate.uuid == wanted && candidate.route == &route; });
    if (job == jobs_.end() || clock_.now() - job->submitted >= kept) return detail(404, "Invalid uuid specified");
    const bool cooking = std::chrono::steady_clock::now() - job->made < switches_.bulk_time;
    if (cooking || job->polls_left > 0) {
        if (!cooking) --job->polls_left;
        return reply(200, json::object{{"status", "In progress"}, {"uuid", job->uuid}});
    }
    switch (job->outcome) {
    case Outcome::failed: return reply(200, json::object{{"status", "Failed"}, {"uuid", job->uuid}});
    case Outcome::canceled: return reply(200, json::object{{"status", "Canceled"}, {"uuid", job->uuid}});
    case Outcome::error:
        return reply(500,
                     json::object{{"status", "Error"}, {"uuid", job->uuid}, {"detail", "The list could not be made."}});
    case Outcome::complete: break;
    }
    if (!job->done) finish(*job);
    const auto pages = (job->count + job->page_size - 1) / job->page_size;
    return reply(
        200,
        json::object{
            {"status", "Complete"},
            {"pagination",
             json::object{{"count", job->count}, {"pages", pages}, {"page_size", job->page_size}, {"page", job->page}}},
            {"uuid", job->uuid},
            {"results", lists_.objects(route.kind, job->indexes, lists_.view(route, job->query))}});
}

void Bulk::finish(Job& job) {
    const auto& all = rows(*job.route, job.query);
    const auto first = std::min((job.page - 1) * job.page_size, all.size());
    const auto last = std::min(first + job.page_size, all.size());
    job.indexes.assign(all.begin() + static_cast<std::ptrdiff_t>(first),
                       all.begin() + static_cast<std::ptrdiff_t>(last));
    job.count = all.size();
    job.done = true;
}

void Bulk::sort_by_change(Kind kind, std::vector<Index>& indexes, Time as_of) const {
    std::vector<std::pair<Naive, std::size_t>> changes;  // and the place in list order, which decides among equals
    changes.reserve(indexes.size());
    for (const auto index : indexes) {
        const auto record = clinic_.find(kind, index, as_of);
        changes.emplace_back(record ? record->changed() : Naive{0}, changes.size());
    }
    std::ranges::sort(changes);
    std::vector<Index> sorted;
    sorted.reserve(indexes.size());
    for (const auto& [time, place] : changes) sorted.push_back(indexes[place]);
    indexes = std::move(sorted);
}

const std::vector<Index>& Bulk::rows(const Route& route, const net::Query& query) {
    const auto as_of = clinic_.readable();
    // With a read lag, what is readable moves by itself; without, only changes move it.
    auto key = key_of(route, query, clinic_.revision(), switches_.read_lag.count() > 0 ? as_of : Time{});
    if (key == key_) return rows_;
    const auto chosen = lists_.selection(route, query, true);
    rows_ = chosen ? walk(clinic_, *chosen, {.limit = std::numeric_limits<std::size_t>::max()}, as_of)
                   : std::vector<Index>{};
    if (query.get("order_by") == "updated_at") sort_by_change(route.kind, rows_, as_of);
    key_ = std::move(key);
    return rows_;
}

}  // namespace dcs::simulator
