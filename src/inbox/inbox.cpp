#include "inbox/inbox.hpp"

#include "base/encoding.hpp"
#include "base/fault_point.hpp"
#include "base/ids.hpp"
#include "base/repair.hpp"
#include "crypto/crypto.hpp"
#include "inbox/practices.hpp"
#include "inbox/straight.hpp"

#include <unordered_map>

namespace dcs::inbox {

namespace {

// $12 and $13 name the lease of those that are stored as taken; see Claims for what a claim writes.
constexpr std::string_view insertion =
    "insert into inbox (id, source, sender_id, event, object_key, practice_group_id, body, body_sha256, request_id, state, "
    "reason, finished_at, lease_owner, lease_until, fence, attempts) "
    "select id, source, sender_id, event, object_key, practice_group_id, body, decode(sha256, 'hex'), request_id, state, "
    "reason, case when state not in ('pending', 'processing') then now() end, case when taken then $12 end, "
    "case when taken then clock_timestamp() + $13::bigint * interval '1 ms' end, taken::int, taken::int "
    "from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[], "
    "$9::text[], $10::text[], $11::text[]) with ordinality "
    "as a (id, source, sender_id, event, object_key, practice_group_id, body, sha256, request_id, state, reason, place), "
    "lateral (select state = 'processing') as t (taken) "
    "order by place on conflict (source, sender_id, body_sha256) where sender_id is not null do nothing";

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{repair_text(text)};
}

/// One delivery as it is to be stored.
struct Entry {
    const Arrival* arrival;
    State state;
};

/// The values that `insertion` binds.
std::vector<pg::Param> values_of(std::span<const Entry> entries, std::string_view owner,
                                 std::chrono::milliseconds lease) {
    std::vector<pg::ArrayBuilder> columns(11);
    for (const auto& [arrival, state] : entries) {
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
        columns[at++].add(name_of(state));
        columns[at++].add(or_null(arrival->reason));
    }
    std::vector<pg::Param> values;
    for (auto& column : columns) values.emplace_back(std::move(column).take());
    values.emplace_back(std::string{owner});
    values.emplace_back(std::int64_t{lease.count()});
    return values;
}

/// Inserts what is new; rows: id, seq and time of arrival of each.
pg::Statement append_statement(std::span<const Entry> entries, std::string_view owner,
                               std::chrono::milliseconds lease) {
    return {
        "with stored as (" + std::string{insertion} +
            " returning seq, id, source, event, object_key, state, reason, received_at), told as ("
            "insert into sync_log (source, sync_type, table_name, status, started_at, completed_at, records_total, "
            "records_unchanged, records_failed, error, details) "
            "select source, case source when 'drchrono' then 'webhook' else 'gridhook' end, "
            "nullif(split_part(object_key, ':', 1), ''), case when failed then 'failed' else 'completed' end, now(), "
            "clock_timestamp(), 1, (not failed)::int, failed::int, case when failed then reason end, "
            "jsonb_strip_nulls(jsonb_build_object('delivery_id', id, 'event', event, 'outcome', state, 'reason', reason)) "
            "from stored, lateral (select state in ('unreadable', 'dead')) as f (failed) "
            "where state not in ('pending', 'processing')) "
            "select id, seq, to_char(received_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from stored",
        values_of(entries, owner, lease)};
}

/// Rows: the id of a delivery that was not inserted, and of the one that stands for it.
pg::Statement earlier_statement(std::span<Arrival* const> repeated) {
    std::vector<pg::ArrayBuilder> keys(4);
    for (const auto* arrival : repeated) {
        keys[0].add(arrival->id);
        keys[1].add(arrival->source);
        keys[2].add(or_null(arrival->sender_id));
        keys[3].add(to_hex(crypto::sha256(arrival->body)));
    }
    return pg::sql(
        "select a.id, i.id from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as a (id, source, sender_id, "
        "sha256) join inbox i on i.source = a.source and i.sender_id = a.sender_id "
        "and i.body_sha256 = decode(a.sha256, 'hex')",
        std::move(keys[0]).take(), std::move(keys[1]).take(), std::move(keys[2]).take(), std::move(keys[3]).take());
}

/// Room that was made for deliveries; what is not handed over is given back.
class Reserved {
public:
    explicit Reserved(Straight* straight) : straight_{straight} {}
    Reserved(const Reserved&) = delete;
    Reserved& operator=(const Reserved&) = delete;
    ~Reserved() {
        for (const auto& [id, arrival] : arrivals_) straight_->release(*arrival);
    }

    /// The state in which the delivery is stored.
    State place(const Arrival& arrival) {
        if (!straight_ || !straight_->reserve(arrival)) return arrival.state;
        arrivals_.emplace(arrival.id, &arrival);
        return State::processing;
    }
    /// Hands over what was stored as taken; others are nothing to it.
    void committed(Arrival& arrival, std::int64_t seq, std::string received_at) {
        if (arrivals_.erase(arrival.id) == 0) return;
        straight_->hand_over({.seq = seq,
                              .id = arrival.id,
                              .source = arrival.source,
                              .event = repair_text(arrival.event),
                              .object_key = repair_text(arrival.object_key),
                              .practice_group_id = repair_text(arrival.practice_group_id),
                              .body = std::move(arrival.body),
                              .received_at = std::move(received_at),
                              .fence = 1,
                              .attempts = 1,
                              .read = std::move(arrival.read)});
    }

private:
    Straight* straight_;
    std::unordered_map<std::string, const Arrival*> arrivals_{};
};

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

Inbox::Inbox(asio::any_io_executor executor, pg::Pool& pool, GroupLimits limits, std::function<void()> arrived,
             Straight* straight)
    : pool_{pool},
      straight_{straight},
      arrived_{std::move(arrived)},
      group_{std::move(executor), limits, [](const Arrival& arrival) { return arrival.body.size(); },
             [this](std::vector<Arrival*> batch) { return store(std::move(batch)); }} {}

Async<Result<std::vector<Stored>>> Inbox::store(std::vector<Arrival*> batch) {
    Reserved reserved{straight_};
    std::vector<Entry> entries;
    bool queued = false;
    for (const auto* arrival : batch) {
        entries.push_back({arrival, reserved.place(*arrival)});
        queued = queued || entries.back().state == State::pending;
    }
    const auto lease = straight_ ? straight_->settings().lease : std::chrono::milliseconds{0};
    auto statement = append_statement(entries, straight_ ? straight_->settings().owner : "", lease);
    fault_point("inbox.before_append");
    const auto done = co_await pool_.run(std::move(statement));
    if (!done) co_return done.error();
    fault_point("inbox.after_append");
    std::unordered_map<std::string_view, int> rows;
    for (int row = 0; row < done->size(); ++row) rows.emplace(*done->text(row, 0), row);
    std::vector<Arrival*> repeated;
    for (auto* arrival : batch) {
        if (const auto row = rows.find(arrival->id); row == rows.end()) repeated.push_back(arrival);
        else reserved.committed(*arrival, done->integer(row->second, 1), done->string(row->second, 2));
    }
    std::unordered_map<std::string, std::string> earlier;
    if (!repeated.empty()) {
        auto asking = repeats_of(std::move(repeated));
        const auto found = co_await std::move(asking);
        if (!found) co_return found.error();
        for (const auto& repeat : *found) earlier.emplace(repeat.id, repeat.earlier);
    }
    std::vector<Stored> stored;
    stored.reserve(batch.size());
    for (const auto* arrival : batch) {
        const auto repeat = earlier.find(arrival->id);
        stored.push_back(repeat == earlier.end() ? Stored{arrival->id, false} : Stored{repeat->second, true});
    }
    if (queued || !earlier.empty()) arrived_();
    co_return stored;
}

/// Which deliveries stand for these. One that is dead, or was put aside, is tried again.
Async<Result<std::vector<Inbox::Repeat>>> Inbox::repeats_of(std::vector<Arrival*> repeated) {
    auto question = earlier_statement(repeated);
    const auto rows = co_await pool_.run(std::move(question));
    if (!rows) co_return rows.error();
    std::vector<Repeat> repeats;
    std::vector<std::string> ids;
    for (int row = 0; row < rows->size(); ++row) {
        repeats.push_back({rows->string(row, 0), rows->string(row, 1)});
        ids.push_back(repeats.back().earlier);
    }
    auto again = try_again(ids);
    const auto tried = co_await pool_.run(std::move(again));
    if (!tried) co_return tried.error();
    co_return repeats;
}

Async<Result<Stored>> Inbox::append(Arrival arrival) {
    if (arrival.id.empty()) arrival.id = new_uuid();
    auto stored = co_await group_.add(std::move(arrival));
    // Whatever refused it, the sender can only come again.
    if (!stored) co_return Error{Fault::unavailable, stored.error().detail};
    co_return stored;
}

pg::Statement insert_arrivals(std::span<Arrival* const> arrivals) {
    std::vector<Entry> entries;
    for (const auto* arrival : arrivals) entries.push_back({arrival, arrival->state});
    return {std::string{insertion}, values_of(entries, "", std::chrono::milliseconds{0})};
}

}  // namespace dcs::inbox
