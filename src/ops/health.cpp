#include "ops/health.hpp"

#include "base/document.hpp"
#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>

namespace dcs::ops {

namespace {

using Instant = std::chrono::steady_clock::time_point;

/// One check and its last run.
struct Slot {
    Check check;
    std::shared_ptr<asio::cancellation_signal> cancel{};  // set while it runs
    std::optional<CheckResult> result{};                  // of this round
};

Document fact(const std::variant<std::string, std::int64_t, bool>& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return Document{*text};
    if (const auto* flag = std::get_if<bool>(&value)) return Document{*flag};
    return Document{Document::Number{std::to_string(std::get<std::int64_t>(value))}};
}

Document shown(const CheckResult& result) {
    Document document{Document::Object{}};
    document.set("status", Document{std::string{name_of(result.status)}});
    for (const auto& [name, value] : result.facts) document.set(name, fact(value));
    return document;
}

/// pre: each slot has a result.
net::Response report(const std::vector<Slot>& slots) {
    auto worst = Status::ok;
    Document checks{Document::Object{}};
    for (const auto& slot : slots) {
        worst = std::max(worst, slot.result->status);
        checks.set(slot.check.name, shown(*slot.result));
    }
    Document document{Document::Object{}};
    document.set("status", Document{std::string{name_of(worst)}});
    document.set("checks", std::move(checks));
    net::Response response;
    response.status = worst == Status::unavailable ? 503 : 200;
    response.body = document.text();
    return response;
}

}  // namespace

/// A round begins with begin(), ends with end(): when its last check is done, or its time is over.
struct Readiness::State : std::enable_shared_from_this<Readiness::State> {
    State(asio::any_io_executor on, std::vector<Check> checks, Limits bounds)
        : executor{on}, limits{bounds}, changed{on} {
        for (auto& check : checks) slots.push_back({std::move(check)});
    }

    static Async<CheckResult> run(std::shared_ptr<State> state, std::size_t index) {
        auto work = state->slots[index].check.run();
        co_return co_await std::move(work);
    }
    void begin();
    void start(std::size_t index);
    void done(std::size_t index, std::uint64_t of_round, const std::exception_ptr& thrown, CheckResult result);
    void end();
    bool complete() const {
        return std::ranges::all_of(slots, [](const Slot& slot) { return slot.result.has_value(); });
    }
    void cancel_all() {  // on the executor only: see net/server.cpp
        for (auto& slot : slots)
            if (const auto cancel = slot.cancel) cancel->emit(asio::cancellation_type::terminal);
    }

    asio::any_io_executor executor;
    Limits limits;
    std::vector<Slot> slots;
    asio::steady_timer changed;  // while a round runs: expires at its end; cancelled when it ends before
    bool running = false;
    std::uint64_t round = 0;
    Instant answered{};
    net::Response last{};
};

void Readiness::State::begin() {
    running = true;
    ++round;
    changed.expires_after(limits.check_time);
    for (auto& slot : slots) slot.result.reset();
    for (std::size_t index = 0; index < slots.size(); ++index)
        if (!slots[index].cancel) start(index);
    if (slots.empty()) end();
}

void Readiness::State::start(std::size_t index) {
    const auto cancel = std::make_shared<asio::cancellation_signal>();
    slots[index].cancel = cancel;
    auto ended = [self = shared_from_this(), index, cancel, of_round = round](const std::exception_ptr& thrown,
                                                                              CheckResult result) {
        self->done(index, of_round, thrown, std::move(result));
    };
    asio::co_spawn(executor, run(shared_from_this(), index),
                   asio::bind_cancellation_slot(cancel->slot(), std::move(ended)));
}

void Readiness::State::done(std::size_t index, std::uint64_t of_round, const std::exception_ptr& thrown,
                            CheckResult result) {
    auto& slot = slots[index];
    slot.cancel.reset();
    changed.cancel();                           // wakes stop() as well
    if (!running || of_round != round) return;  // too late: it counted as silent
    if (thrown) {
        log::error("A readiness check failed", {{"check", slot.check.name}, {"type", type_of(thrown)}});
        result = {slot.check.when_silent, {{"reason", std::string{"failed"}}}};
    }
    slot.result = std::move(result);
    if (complete()) end();
}

void Readiness::State::end() {
    running = false;
    for (auto& slot : slots)
        if (!slot.result)
            slot.result = CheckResult{slot.check.when_silent, {{"reason", std::string{"no answer in time"}}}};
    last = report(slots);
    answered = std::chrono::steady_clock::now();
    cancel_all();
    changed.cancel();
}

std::string_view name_of(Status status) noexcept {
    switch (status) {
    case Status::ok: return "ok";
    case Status::degraded: return "degraded";
    case Status::unavailable: return "unavailable";
    }
    return "unavailable";
}

net::Response alive() {
    net::Response response;
    response.body = R"({"status":"ok"})";
    return response;
}

Readiness::Readiness(asio::any_io_executor executor, std::vector<Check> checks, Limits limits)
    : state_{std::make_shared<State>(std::move(executor), std::move(checks), limits)} {}

Readiness::~Readiness() = default;

Async<net::Response> Readiness::answer() {
    const auto state = state_;
    const bool fresh = state->round > 0 && std::chrono::steady_clock::now() - state->answered < state->limits.keep;
    if (!state->running && !fresh) state->begin();
    const auto waited_for = state->round;
    while (state->running && state->round == waited_for) {
        if (std::chrono::steady_clock::now() >= state->changed.expiry()) {
            state->end();
            break;
        }
        boost::system::error_code ignored;
        co_await state->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return state->last;
}

Async<> Readiness::stop(std::chrono::milliseconds grace) {
    const auto state = state_;
    if (state->running) state->end();
    state->cancel_all();
    const auto until = std::chrono::steady_clock::now() + grace;
    const auto none_runs = [&] {
        return std::ranges::none_of(state->slots, [](const Slot& slot) { return slot.cancel != nullptr; });
    };
    while (!none_runs() && std::chrono::steady_clock::now() < until) {
        state->changed.expires_at(until);
        boost::system::error_code ignored;
        co_await state->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

}  // namespace dcs::ops
