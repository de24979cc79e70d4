#include "inbox/inbox.hpp"

#include "base/encoding.hpp"
#include "base/fault_point.hpp"
#include "base/ids.hpp"
#include "base/repair.hpp"
#include "crypto/crypto.hpp"
#include "inbox/practices.hpp"

#include <unordered_map>

namespace dcs::inbox {

namespace {

constexpr std::string_view insertion =
    "insert into inbox (id, source, sender_id, event, object_key, practice_group_id, body, body_sha256, request_id, state, "
    "reason, finished_at) "
    "select id, source, sender_id, event, object_key, practice_group_id, body, decode(sha256, 'hex'), request_id, state, "
    "reason, case when state <> 'pending' then now() end "
    "from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[], "
    "$9::text[], $10::text[], $11::text[]) with ordinality "
    "as a (id, source, sender_id, event, object_key, practice_group_id, body, sha256, request_id, state, reason, place) "
    "order by place on conflict (source, sender_id, body_sha256) where sender_id is not null do nothing";

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{repair_text(text)};
}

/// The values that `insertion` binds.
std::vector<pg::Param> values_of(std::span<Arrival* const> batch) {
    std::vector<pg::ArrayBuilder> columns(11);
    for (const auto* arrival : batch) {
        std::size_t at = 0;
        columns[at++].add(arrival->id);
        columns[at++].add(arrival->source);
        columns[at++].add(or_null(arrival->sender_id));
        columns[at++].add(repair_text(arrival->event));
        columns[at++].add(or_null(arrival->object_key));
        columns[at++].add(or_null(arrival->practice_group_id));
        columns[at++].add_bytes(arrival->body);
        columns[at++].add(to_hex(crypto::sha256(arrival->body)));
        columns[at++].add(or_null(arrival->request_id));
        columns[at++].add(name_of(arrival->state));
        columns[at++].add(or_null(arrival->reason));
    }
    std::vector<pg::Param> values;
    for (auto& column : columns) values.emplace_back(std::move(column).take());
    return values;
}

/// Inserts what is new, then tells for each arrival whose row stands for it: its own or an earlier one's.
std::vector<pg::Statement> statements_for(std::span<Arrival* const> batch) {
    auto values = values_of(batch);
    const std::vector<pg::Param> keys{values[0], values[1], values[2], values[7]};
    const auto settled_too =
        "with stored as (" + std::string{insertion} +
        " returning id, source, event, object_key, state, reason) "
        "insert into sync_log (source, sync_type, table_name, status, started_at, completed_at, records_total, "
        "records_unchanged, records_failed, error, details) "
        "select source, case source when 'drchrono' then 'webhook' else 'gridhook' end, "
        "nullif(split_part(object_key, ':', 1), ''), case when failed then 'failed' else 'completed' end, now(), "
        "clock_timestamp(), 1, (not failed)::int, failed::int, case when failed then reason end, "
        "jsonb_strip_nulls(jsonb_build_object('delivery_id', id, 'event', event, 'outcome', state, 'reason', reason)) "
        "from stored, lateral (select state in ('unreadable', 'dead')) as f (failed) where state <> 'pending'";
    return {
        {settled_too, std::move(values)},
        {"select a.id, i.id from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as a (id, source, sender_id, sha256) "
         "join inbox i on i.source = a.source and i.sender_id = a.sender_id and i.body_sha256 = decode(a.sha256, 'hex') "
         "where i.id <> a.id",
         keys},
    };
}

}  // namespace

std::string_view name_of(State state) noexcept {
    switch (state) {
    case State::pending: return "pending";
    case State::processing: return "processing";
    case State::waiting: return "waiting";
    case State::done: return "done";
    case State::dead: return "dead";
    case State::ignored: return "ignored";
    case State::unreadable: return "unreadable";
    }
    return "pending";
}

Inbox::Inbox(asio::any_io_executor executor, pg::Pool& pool, GroupLimits limits, std::function<void()> arrived)
    : pool_{pool},
      arrived_{std::move(arrived)},
      group_{std::move(executor), limits, [](const Arrival& arrival) { return arrival.body.size(); },
             [this](std::vector<Arrival*> batch) { return store(std::move(batch)); }} {}

Async<Result<std::vector<Stored>>> Inbox::store(std::vector<Arrival*> batch) {
    auto statements = statements_for(batch);
    fault_point("inbox.before_append");
    const auto done = co_await pool_.run(std::move(statements));
    if (!done) co_return done.error();
    fault_point("inbox.after_append");
    std::unordered_map<std::string, std::string> earlier;
    const auto& repeats = (*done)[1];
    for (int row = 0; row < repeats.size(); ++row) earlier.emplace(repeats.string(row, 0), repeats.string(row, 1));
    if (!earlier.empty()) {
        std::vector<std::string> ids;
        for (const auto& [arrival, id] : earlier) ids.push_back(id);
        auto again = try_again(ids);
        const auto tried = co_await pool_.run(std::move(again));
        if (!tried) co_return tried.error();
    }
    std::vector<Stored> stored;
    stored.reserve(batch.size());
    for (const auto* arrival : batch) {
        const auto repeat = earlier.find(arrival->id);
        stored.push_back(repeat == earlier.end() ? Stored{arrival->id, false} : Stored{repeat->second, true});
    }
    arrived_();
    co_return stored;
}

Async<Result<Stored>> Inbox::append(Arrival arrival) {
    if (arrival.id.empty()) arrival.id = new_uuid();
    auto stored = co_await group_.add(std::move(arrival));
    // Whatever refused it, the sender can only come again.
    if (!stored) co_return Error{Fault::unavailable, stored.error().detail};
    co_return stored;
}

pg::Statement insert_arrivals(std::span<Arrival* const> arrivals) {
    return {std::string{insertion}, values_of(arrivals)};
}

}  // namespace dcs::inbox
