#pragma once
// GroupCommit: many callers each want one thing on disk; what comes while one commit is under way shares the next one.
//
// Promise    add() returns when the batch that holds its item has been settled. No timer: a lone item waits for nobody.
//            Batches are worked one after another, items in the order they came.
// Harm       a batch that is refused for what it holds is done again one by one, so that no item harms another.
// Bound      at most `max_waiting` items of `max_waiting_bytes` wait; beyond: unavailable.
// Errors     those of the work; bug: the work threw.
// Threads    the executor's single thread. What the work refers to must outlive every add().

#include "base/async.hpp"
#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace dcs {

struct GroupLimits {
    std::size_t max_waiting = 5'000;
    std::size_t max_waiting_bytes = 64 * 1024 * 1024;
    std::size_t batch = 500;
    std::size_t batch_bytes = 16 * 1024 * 1024;
};

template <class Item, class Out>
class GroupCommit {
public:
    using Items = std::vector<Item*>;
    /// Settles a batch: one Out an item, in their order.
    using Work = std::function<Async<Result<std::vector<Out>>>(Items items)>;
    using Size = std::function<std::size_t(const Item&)>;

    GroupCommit(asio::any_io_executor executor, GroupLimits limits, Size size, Work work)
        : queue_{std::make_shared<Queue>(std::move(executor), limits, std::move(size), std::move(work))} {}

    Async<Result<Out>> add(Item item) {
        const auto queue = queue_;
        const auto bytes = queue->size(item);
        if (queue->waiting.size() >= queue->limits.max_waiting ||
            queue->waiting_bytes + bytes > queue->limits.max_waiting_bytes)
            co_return Error{Fault::unavailable, "too much waits for the database"};
        const auto waiting = std::make_shared<Waiting>(std::move(item), bytes, queue->executor);
        queue->waiting.push_back(waiting);
        queue->waiting_bytes += bytes;
        if (!std::exchange(queue->flushing, true))
            asio::co_spawn(queue->executor, flush(queue), [queue](const std::exception_ptr& thrown) {
                if (!thrown) return;
                queue->flushing = false;
                log::critical("a group commit ended by a bug");
            });
        // The pool's own limits end every attempt; this one only guards against a bug there.
        co_await waiting->done.wait(std::chrono::minutes{3});
        co_return std::move(waiting->result);
    }

private:
    struct Waiting {
        Waiting(Item the_item, std::size_t the_bytes, const asio::any_io_executor& executor)
            : item{std::move(the_item)}, bytes{the_bytes}, done{executor} {}
        Item item;
        std::size_t bytes;
        Result<Out> result{Error{Fault::unavailable, "not stored in time"}};
        Wake done;
    };
    using Batch = std::vector<std::shared_ptr<Waiting>>;

    struct Queue {
        Queue(asio::any_io_executor the_executor, GroupLimits the_limits, Size the_size, Work the_work)
            : executor{std::move(the_executor)},
              limits{the_limits},
              size{std::move(the_size)},
              work{std::move(the_work)} {}

        asio::any_io_executor executor;
        GroupLimits limits;
        Size size;
        Work work;
        std::deque<std::shared_ptr<Waiting>> waiting{};
        std::size_t waiting_bytes = 0;
        bool flushing = false;

        Batch take_batch() {
            Batch batch;
            std::size_t bytes = 0;
            while (!waiting.empty() && batch.size() < limits.batch) {
                if (!batch.empty() && bytes + waiting.front()->bytes > limits.batch_bytes) break;
                bytes += waiting.front()->bytes;
                waiting_bytes -= waiting.front()->bytes;
                batch.push_back(std::move(waiting.front()));
                waiting.pop_front();
            }
            return batch;
        }
    };

    static Async<> settle(std::shared_ptr<Queue> queue, Batch batch) {
        Items items;
        for (const auto& each : batch) items.push_back(&each->item);
        auto working = queue->work(std::move(items));
        auto outs = co_await std::move(working);
        if (!outs && batch.size() > 1 && !retryable(outs.error().fault)) {
            for (auto& each : batch) {
                Batch alone{each};
                co_await settle(queue, std::move(alone));
            }
            co_return;
        }
        for (std::size_t at = 0; at < batch.size(); ++at) {
            batch[at]->result = outs ? Result<Out>{std::move((*outs)[at])} : Result<Out>{outs.error()};
            batch[at]->done.notify();
        }
    }

    static Async<> flush(std::shared_ptr<Queue> queue) {
        while (!queue->waiting.empty()) {
            auto batch = queue->take_batch();
            co_await settle(queue, std::move(batch));
        }
        queue->flushing = false;
    }

    std::shared_ptr<Queue> queue_;
};

}  // namespace dcs
