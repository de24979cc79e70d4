#include "inbox/inbox.hpp"

#include "base/encoding.hpp"
#include "base/fault_point.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/repair.hpp"
#include "crypto/crypto.hpp"

#include <boost/asio/co_spawn.hpp>

#include <deque>
#include <unordered_map>

namespace dcs::inbox {

namespace {

/// An arrival that waits for the disk; lives in its append() call.
struct Waiting {
    Arrival arrival;
    std::string id;
    std::string sha256;  // hex, of the body
    Result<Stored> result;
    Wake done;
};

using Batch = std::vector<std::shared_ptr<Waiting>>;

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{repair_text(text)};
}

/// Inserts what is new, then tells for each arrival whose row stands for it: its own or an earlier one's.
std::vector<pg::Statement> statements_for(const Batch& batch) {
    std::vector<pg::ArrayBuilder> columns(11);
    for (const auto& each : batch) {
        const auto& arrival = each->arrival;
        std::size_t at = 0;
        columns[at++].add(each->id);
        columns[at++].add(arrival.source);
        columns[at++].add(or_null(arrival.sender_id));
        columns[at++].add(repair_text(arrival.event));
        columns[at++].add(or_null(arrival.object_key));
        columns[at++].add(or_null(arrival.practice_group_id));
        columns[at++].add_bytes(arrival.body);
        columns[at++].add(each->sha256);
        columns[at++].add(or_null(arrival.request_id));
        columns[at++].add(name_of(arrival.state));
        columns[at++].add(or_null(arrival.reason));
    }
    std::vector<pg::Param> values;
    for (auto& column : columns) values.emplace_back(std::move(column).take());
    const std::vector<pg::Param> keys{values[0], values[1], values[2], values[7]};
    return {
        {"insert into inbox (id, source, sender_id, event, object_key, practice_group_id, body, body_sha256, request_id, state, "
         "reason, finished_at) "
         "select id, source, sender_id, event, object_key, practice_group_id, body, decode(sha256, 'hex'), request_id, state, "
         "reason, case when state <> 'pending' then now() end "
         "from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[], "
         "$9::text[], $10::text[], $11::text[]) with ordinality "
         "as a (id, source, sender_id, event, object_key, practice_group_id, body, sha256, request_id, state, reason, place) "
         "order by place on conflict (source, sender_id, body_sha256) where sender_id is not null do nothing",
         std::move(values)},
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

struct Inbox::Queue {
    asio::any_io_executor executor;
    pg::Pool& pool;
    Limits limits;
    std::function<void()> arrived;
    std::deque<std::shared_ptr<Waiting>> waiting{};
    std::size_t waiting_bytes = 0;
    bool flushing = false;

    Batch take_batch() {
        Batch batch;
        std::size_t bytes = 0;
        while (!waiting.empty() && batch.size() < limits.batch) {
            const auto size = waiting.front()->arrival.body.size();
            if (!batch.empty() && bytes + size > limits.batch_bytes) break;
            bytes += size;
            waiting_bytes -= size;
            batch.push_back(std::move(waiting.front()));
            waiting.pop_front();
        }
        return batch;
    }

    Async<Result<>> store(const Batch& batch) {
        auto statements = statements_for(batch);
        fault_point("inbox.before_append");
        const auto done = co_await pool.run(std::move(statements));
        if (!done) co_return done.error();
        fault_point("inbox.after_append");
        std::unordered_map<std::string, std::string> earlier;
        const auto& repeats = (*done)[1];
        for (int row = 0; row < repeats.size(); ++row) earlier.emplace(repeats.string(row, 0), repeats.string(row, 1));
        for (const auto& each : batch) {
            const auto repeat = earlier.find(each->id);
            each->result = repeat == earlier.end() ? Stored{each->id, false} : Stored{repeat->second, true};
        }
        co_return Result<>{};
    }

    /// Stores one batch; when the database refuses it for what it holds, one by one, so that no arrival harms another.
    Async<> settle(Batch batch) {
        const auto stored = co_await store(batch);
        if (!stored && batch.size() > 1 && !retryable(stored.error().fault)) {
            for (auto& each : batch) {
                Batch alone{each};
                co_await settle(std::move(alone));
            }
            co_return;
        }
        if (!stored) {
            log::error(
                "deliveries were not stored",
                {{"count", batch.size()}, {"fault", name_of(stored.error().fault)}, {"detail", stored.error().detail}});
            for (const auto& each : batch) each->result = Error{Fault::unavailable, stored.error().detail};
        }
        for (const auto& each : batch) each->done.notify();
        if (stored) arrived();
    }

    static Async<> flush(std::shared_ptr<Queue> self) {
        while (!self->waiting.empty()) {
            auto batch = self->take_batch();
            co_await self->settle(std::move(batch));
        }
        self->flushing = false;
    }
};

Inbox::Inbox(asio::any_io_executor executor, pg::Pool& pool, Limits limits, std::function<void()> arrived)
    : queue_{std::make_shared<Queue>(executor, pool, limits, std::move(arrived))} {}

Inbox::~Inbox() = default;

Async<Result<Stored>> Inbox::append(Arrival arrival) {
    const auto queue = queue_;
    const auto size = arrival.body.size();
    if (queue->waiting.size() >= queue->limits.max_waiting ||
        queue->waiting_bytes + size > queue->limits.max_waiting_bytes)
        co_return Error{Fault::unavailable, "too many deliveries wait for the database"};

    auto sha256 = to_hex(crypto::sha256(arrival.body));
    auto unsettled = Result<Stored>{Error{Fault::unavailable, "not stored in time"}};
    const auto waiting = std::make_shared<Waiting>(std::move(arrival), new_uuid(), std::move(sha256),
                                                   std::move(unsettled), Wake{queue->executor});
    queue->waiting.push_back(waiting);
    queue->waiting_bytes += size;
    if (!std::exchange(queue->flushing, true))
        asio::co_spawn(queue->executor, Queue::flush(queue), [queue](const std::exception_ptr& thrown) {
            if (!thrown) return;
            queue->flushing = false;
            log::critical("storing deliveries ended by a bug");
        });
    // The pool's own limits end every attempt; this one only guards against a bug there.
    co_await waiting->done.wait(std::chrono::minutes{3});
    co_return waiting->result;
}

}  // namespace dcs::inbox
