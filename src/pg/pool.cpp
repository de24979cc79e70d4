#include "pg/pool.hpp"

#include "base/log.hpp"
#include "pg/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>

namespace dcs::pg {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds rollback_limit{5'000};

Error closed_pool() { return Error{Fault::unavailable, "the database pool is closed"}; }

}  // namespace

/// What outlives the Pool for as long as a session, an acquire or a rollback is under way.
struct Pool::State {
    /// One of `pool_size` permits: to connect, to hold a connection, or to roll one back.
    class Place {
    public:
        explicit Place(std::shared_ptr<State> state) : state_{std::move(state)} {}
        Place(Place&&) noexcept = default;
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (state_) state_->pass_on_place();
        }

    private:
        std::shared_ptr<State> state_;
    };
    /// One acquire that waits for a place; lives in its coroutine's frame.
    struct Waiter {
        explicit Waiter(State& the_state, milliseconds limit) : state{the_state}, timer{the_state.executor, limit} {
            state.waiters.push_back(this);
        }
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        ~Waiter() {
            if (granted) state.pass_on_place();  // given while the coroutine was being cancelled
            std::erase(state.waiters, this);
        }
        State& state;
        asio::steady_timer timer;
        bool granted = false;
    };

    State(asio::any_io_executor the_executor, Settings the_settings)
        : executor{the_executor}, settings{std::move(the_settings)}, drained{executor} {}

    static Async<Result<Session>> acquire(std::shared_ptr<State> state);
    static Async<Result<Place>> take_place(std::shared_ptr<State> state);
    static Async<Result<std::vector<Rows>>> run(std::shared_ptr<State> state, std::vector<Statement> statements);
    static Async<> roll_back(std::shared_ptr<State> state, std::shared_ptr<Connection> connection, Place place);
    static Async<> close(std::shared_ptr<State> state, milliseconds grace);

    void pass_on_place() noexcept;
    std::shared_ptr<Connection> take_idle() noexcept;
    void keep(std::shared_ptr<Connection> connection);
    void refuse_all() noexcept;

    asio::any_io_executor executor;
    Settings settings;
    std::vector<std::shared_ptr<Connection>> idle;  // the last one back is the first to go out: caches stay warm
    std::vector<std::weak_ptr<Connection>> open;    // idle or lent
    std::deque<Waiter*> waiters;
    int places_taken = 0;
    bool closed = false;
    asio::steady_timer drained;  // ends when a closed pool has got all places back, or at the end of its grace
};

void Pool::State::pass_on_place() noexcept {
    if (!waiters.empty()) {
        auto* next = waiters.front();
        waiters.pop_front();
        next->granted = true;
        next->timer.cancel();
        return;
    }
    --places_taken;
    if (closed && places_taken == 0) drained.cancel();
}

std::shared_ptr<Connection> Pool::State::take_idle() noexcept {
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        if (connection->usable()) return connection;
    }
    return nullptr;
}

void Pool::State::keep(std::shared_ptr<Connection> connection) {
    if (!closed && connection->usable()) idle.push_back(std::move(connection));
}

void Pool::State::refuse_all() noexcept {
    closed = true;
    idle.clear();
    for (auto* waiter : waiters) waiter->timer.cancel();
}

Async<Result<Pool::State::Place>> Pool::State::take_place(std::shared_ptr<State> state) {
    if (state->closed) co_return closed_pool();
    if (state->places_taken < state->settings.pool_size) {
        ++state->places_taken;
        co_return Place{state};
    }
    Waiter waiter{*state, state->settings.wait_limit};
    boost::system::error_code ignored;
    co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (std::exchange(waiter.granted, false)) co_return Place{state};
    if (state->closed) co_return closed_pool();
    co_return Error{Fault::unavailable, "no database connection became free within the limit"};
}

Async<Result<Session>> Pool::State::acquire(std::shared_ptr<State> state) {
    auto place = co_await take_place(state);
    if (!place) co_return place.error();
    if (state->closed) co_return closed_pool();
    auto connection = state->take_idle();
    if (!connection) {
        auto opened = co_await Connection::open(state->executor, state->settings);
        if (!opened) co_return opened.error();
        connection = std::move(*opened);
        std::erase_if(state->open, [](const auto& known) { return known.expired(); });
        state->open.push_back(connection);
    }
    if (state->closed) co_return closed_pool();
    auto loan = std::make_unique<Session::Loan>(state, std::move(connection), std::move(*place));
    co_return Session{std::move(loan)};
}

Async<> Pool::State::roll_back(std::shared_ptr<State> state, std::shared_ptr<Connection> connection, Place place) {
    const auto held = std::move(place);
    std::vector<Statement> statements;
    statements.push_back(Statement{"rollback"});
    const auto rolled_back = co_await connection->run(std::move(statements), rollback_limit);
    if (rolled_back) state->keep(std::move(connection));
}

Async<> Pool::State::close(std::shared_ptr<State> state, milliseconds grace) {
    const auto until = steady_clock::now() + grace;
    if (!state->closed || until < state->drained.expiry()) state->drained.expires_at(until);
    state->refuse_all();
    while (state->places_taken > 0 && steady_clock::now() < state->drained.expiry()) {
        boost::system::error_code ignored;
        co_await state->drained.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    for (const auto& known : state->open)
        if (const auto connection = known.lock()) connection->close();
}

/// A lent connection and the place it takes. Order: the connection is back before its place is passed on.
struct Session::Loan {
    Loan(std::shared_ptr<Pool::State> the_state, std::shared_ptr<Connection> the_connection,
         Pool::State::Place the_place)
        : state{std::move(the_state)}, place{std::move(the_place)}, connection{std::move(the_connection)} {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan();

    std::shared_ptr<Pool::State> state;
    Pool::State::Place place;
    std::shared_ptr<Connection> connection;
    bool retired = false;
};

Session::Loan::~Loan() {
    if (retired || state->closed) {
        connection->close();
        return;
    }
    if (connection->transaction() == TransactionState::none) {
        state->keep(std::move(connection));
        return;
    }
    auto rolled_back = Pool::State::roll_back(state, std::move(connection), std::move(place));
    asio::co_spawn(state->executor, std::move(rolled_back), [](const std::exception_ptr& thrown) {
        if (thrown) log::error("rolling back an abandoned transaction failed; its connection was dropped");
    });
}

Session::Session(std::unique_ptr<Loan> loan) : loan_{std::move(loan)} {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Async<Result<std::vector<Rows>>> Session::run(std::vector<Statement> statements) {
    if (!loan_) co_return Error{Fault::bug, "a database session was used after it was given back"};
    const auto limit = loan_->state->settings.statement_limit;
    auto rows = co_await loan_->connection->run(std::move(statements), limit);
    co_return rows;
}

Async<Result<Rows>> Session::run(Statement statement) {
    std::vector<Statement> statements;
    statements.push_back(std::move(statement));
    auto rows = co_await run(std::move(statements));
    if (!rows) co_return rows.error();
    co_return std::move(rows->front());
}

Async<Result<>> Session::run_script(std::string text, milliseconds limit) {
    if (!loan_) co_return Error{Fault::bug, "a database session was used after it was given back"};
    const auto done = co_await loan_->connection->run_script(std::move(text), limit);
    co_return done;
}

TransactionState Session::transaction() const noexcept {
    return loan_ ? loan_->connection->transaction() : TransactionState::none;
}

void Session::retire() noexcept {
    if (loan_) loan_->retired = true;
}

Pool::Pool(asio::any_io_executor executor, Settings settings)
    : state_{std::make_shared<State>(executor, std::move(settings))} {}

Pool::~Pool() { state_->refuse_all(); }

Async<Result<Session>> Pool::acquire() { return State::acquire(state_); }

Async<Result<std::vector<Rows>>> Pool::State::run(std::shared_ptr<State> state, std::vector<Statement> statements) {
    auto session = co_await acquire(state);
    if (!session) co_return session.error();
    auto rows = co_await session->run(std::move(statements));
    co_return rows;
}

Async<Result<std::vector<Rows>>> Pool::run(std::vector<Statement> statements) {
    return State::run(state_, std::move(statements));
}

Async<Result<Rows>> Pool::run(Statement statement) {
    std::vector<Statement> statements;
    statements.push_back(std::move(statement));
    auto rows = co_await State::run(state_, std::move(statements));
    if (!rows) co_return rows.error();
    co_return std::move(rows->front());
}

Pool::Use Pool::use() const noexcept {
    const auto open = std::ranges::count_if(state_->open, [](const auto& known) { return !known.expired(); });
    return {static_cast<int>(open), state_->places_taken, static_cast<int>(state_->waiters.size()),
            state_->settings.pool_size};
}

Async<> Pool::close(milliseconds grace) { return State::close(state_, grace); }

}  // namespace dcs::pg
