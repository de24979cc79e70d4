#include "upstream/tokens.hpp"

#include "base/backoff.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "crypto/crypto.hpp"
#include "upstream/token_endpoint.hpp"
#include "upstream/token_row.hpp"

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view token_refused = "access token refused";
constexpr std::string_view client_refused = "invalid_client";
/// A grant whose fresh token was refused, or whose client was, gets another chance so much later: nothing said that it is
/// revoked.
constexpr auto second_chance = 5min;
constexpr int propagation_retries = 2;
constexpr Backoff refresh_backoff{1s, 60s};

AccessToken token_of(const TokenRow& row) {
    return {row.access_token, row.version, row.expires_at, row.refreshed_at, row.after_refusal};
}

/// What remembers which first tokens a grant began with.
std::string seed_mark(const TokenSettings& settings) {
    const auto& seed = settings.refresh_token.empty() ? settings.access_token : settings.refresh_token;
    return seed.empty() ? std::string{} : crypto::sha256(seed);
}

std::vector<std::string> keys_of(const TokenSettings& settings) {
    return token_keys(settings.sealing_secret, settings.opening_secrets);
}

}  // namespace

class Tokens::Keeper : public std::enable_shared_from_this<Keeper> {
public:
    Keeper(asio::any_io_executor executor, pg::Pool& pool, net::Client& client, Budget& budget, Clock clock,
           TokenSettings settings)
        : pool_{pool},
          client_{client},
          budget_{budget},
          clock_{std::move(clock)},
          settings_{std::move(settings)},
          vault_{keys_of(settings_)},
          seed_mark_{seed_mark(settings_)},
          flight_{std::move(executor)} {}

    Async<Result<AccessToken>> current() {
        if (usable(row_, settings_.ahead) && clock_() - looked_at_ < settings_.look_again) co_return token_of(row_);
        auto renewed = co_await renew_together();
        // An early refresh that failed has harmed nothing yet.
        if (!renewed && usable(row_, 0ms)) co_return token_of(row_);
        co_return renewed;
    }

    Async<Result<AccessToken>> after_refusal(AccessToken refused, int times) {
        if (row_.version > refused.version && usable(row_, 0ms)) co_return token_of(row_);
        const bool fresh = is_fresh(refused);
        if (fresh && times <= propagation_retries) {
            co_await sleep_for(settings_.propagation_pause * times);
            co_return row_.version > refused.version&& usable(row_, 0ms) ? token_of(row_) : refused;
        }
        const bool never_taken = refused.version != taken_version_;
        if (fresh && refused.after_refusal && never_taken) co_await call_refused(refused.version);
        else if (fresh) doubted_version_ = std::max(doubted_version_, refused.version);
        refused_version_ = std::max(refused_version_, refused.version);
        auto renewed = co_await renew_together();
        // Whoever began the work may have decided before this refusal was known.
        if (renewed && renewed->version <= refused.version) renewed = co_await renew_together();
        if (renewed && renewed->version <= refused.version) co_return Error{Fault::unauthorized, "token refused"};
        co_return renewed;
    }

    void taken(const AccessToken& token) { taken_version_ = token.version; }

    bool is_telling(const AccessToken& refused, int times) const {
        return row_.version <= refused.version && (times > propagation_retries || !is_fresh(refused));
    }

    TokenStatus status() const { return {usable(row_, 0ms), row_.dead_reason, row_.expires_at, row_.version}; }

    void renew(TokenSettings settings) {
        client_tried_ = client_tried_ && settings.client_secret == settings_.client_secret;
        settings_ = std::move(settings);
        vault_.renew(keys_of(settings_));
        const auto mark = seed_mark(settings_);
        seeded_ = seeded_ && mark == seed_mark_;
        seed_mark_ = mark;
        last_error_.reset();
    }

    Async<Result<bool>> reseal() {
        auto transaction = co_await begin();
        if (!transaction) co_return transaction.error();
        auto locked = co_await vault_.lock(*transaction, settings_.refresh_limit);
        if (!locked) co_return locked.error();
        if (!locked->old_key || locked->dead_reason == unreadable) co_return false;
        const auto written = co_await vault_.write(*transaction, *locked, locked->version);
        if (!written) co_return written.error();
        const auto committed = co_await transaction->commit();
        if (!committed) co_return committed.error();
        co_return true;
    }

    Async<> stop(std::chrono::milliseconds limit) {
        co_await flight_.settle(limit);
        if (unsaved_) static_cast<void>(co_await save());
    }

private:
    /// A rotated grant that DrChrono has given us and the database does not have yet.
    struct Unsaved {
        TokenRow row;
        std::int64_t expected;
    };

    bool is_fresh(const AccessToken& token) const {
        return token.refreshed_at && clock_() - *token.refreshed_at < settings_.propagation;
    }

    bool usable(const TokenRow& row, std::chrono::milliseconds ahead) const {
        if (row.access_token.empty() || !row.dead_reason.empty() || row.version <= refused_version_) return false;
        if (!row.expires_at) return true;
        Time::duration early = ahead;
        // A token that lives no longer than `ahead` would otherwise be refreshed at every use.
        if (row.refreshed_at) early = std::min(early, (*row.expires_at - *row.refreshed_at) / 4);
        return clock_() < *row.expires_at - early;
    }

    Async<Result<AccessToken>> renew_together() {
        if (!flight_.busy() && last_error_ && clock_() < retry_at_) {
            auto error = *last_error_;
            error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(retry_at_ - clock_());
            co_return error;
        }
        std::function<Async<Result<AccessToken>>()> begin = [self = shared_from_this()] { return renew(self); };
        co_return co_await flight_.join(std::move(begin), settings_.refresh_limit + 20s);
    }

    /// The work that all who need a token wait for.
    static Async<Result<AccessToken>> renew(std::shared_ptr<Keeper> self) {
        Result<> done{};
        // Twice at most: first tokens that are taken may have to be refreshed at once.
        for (int round = 0; round < 2; ++round) {
            done = co_await self->find_token();
            // With its lock given back: a rotated grant that could not be stored is stored now, or nothing is used.
            if (self->unsaved_) done = co_await self->save();
            if (!done || self->usable(self->row_, 0ms)) break;
        }
        if (!done) co_return self->failed(done.error());
        self->failures_ = 0;
        self->last_error_.reset();
        co_return token_of(self->row_);
    }

    Error failed(Error error) {
        ++failures_;
        const auto pause =
            error.fault == Fault::unavailable ? wait_after(failures_, refresh_backoff) : settings_.retry_pause;
        retry_at_ = clock_() + std::min(error.retry_after.value_or(pause), std::chrono::milliseconds{2h});
        last_error_ = error;
        log::warning("No DrChrono access token could be obtained.",
                     {{"fault", name_of(error.fault)}, {"detail", error.detail}});
        return error;
    }

    Async<Result<pg::Transaction>> begin() {
        pg::Author author{"tokens", "refresh"};
        auto transaction = co_await pg::Transaction::begin(pool_, std::move(author));
        co_return transaction;
    }

    /// A value: `row_` holds a usable token, or `unsaved_` one that must be stored first.
    Async<Result<>> find_token() {
        if (unsaved_) co_return Result<>{};
        auto stored = co_await vault_.read(pool_);
        if (!stored) co_return stored.error();
        looked_at_ = clock_();
        if (stored->dead_reason == unreadable && usable(row_, settings_.ahead)) {
            log::warning("The stored DrChrono tokens were sealed with a key that we do not have; ours are used on.");
            co_return Result<>{};
        }
        row_ = std::move(*stored);
        if (usable(row_, settings_.ahead)) co_return Result<>{};

        auto transaction = co_await begin();
        if (!transaction) co_return transaction.error();
        auto locked = co_await vault_.lock(*transaction, settings_.refresh_limit);
        if (!locked) co_return Error{Fault::unavailable, "oauth_tokens: " + locked.error().detail};
        row_ = std::move(*locked);
        if (usable(row_, settings_.ahead)) co_return Result<>{};  // somebody else was first
        co_return co_await replace_locked(*transaction);
    }

    Async<Result<>> replace_locked(pg::Transaction& transaction) {
        auto row = row_;
        if (row.dead_reason == unreadable) co_return co_await replace_unreadable(transaction);
        if (seed_due(row)) seed(row);
        if (!usable(row, settings_.ahead) && !dead_for_good(row)) {
            auto refreshed = co_await refresh(row);
            const bool refused = !refreshed && refreshed.error().fault == Fault::unauthorized;
            if (!refreshed && !refused) co_return refreshed;
        }
        if (seed_due(row)) seed(row);  // what was there has just turned out to be dead
        co_return co_await store(transaction, std::move(row));
    }

    /// What is stored is perhaps good, and only our key is not: others take its place once DrChrono has granted them.
    Async<Result<>> replace_unreadable(pg::Transaction& transaction) {
        if (!seeded_ && !settings_.refresh_token.empty()) {
            auto row = row_;
            seed(row);
            auto refreshed = co_await refresh(row);
            if (refreshed) co_return co_await store(transaction, std::move(row));
            if (refreshed.error().fault != Fault::unauthorized) co_return refreshed;
            seeded_ = true;  // not asked again
        }
        co_return Error{Fault::unauthorized,
                        "stored tokens do not open: set TOKEN_KEY_PREVIOUS to the key they were sealed with"};
    }

    bool dead_for_good(const TokenRow& row) const {
        if (row.dead_reason == client_refused && !client_tried_) return false;
        const bool perhaps = row.dead_reason == token_refused || row.dead_reason == client_refused;
        if (perhaps && row.updated_at) return clock_() - *row.updated_at < second_chance;
        return !row.dead_reason.empty();
    }

    /// The settings' tokens are taken when there are none, and when those at hand are dead and began with others; by this
    /// process once, so that two processes with different settings do not replace each other's for ever.
    bool seed_due(const TokenRow& row) const {
        if (seed_mark_.empty() || seeded_) return false;
        if (row.version == 0) return true;
        return !row.dead_reason.empty() && row.seeded_from != seed_mark_;
    }
    void seed(TokenRow& row) const {
        row = TokenRow{.access_token = settings_.access_token,
                       .refresh_token = settings_.refresh_token,
                       .version = row.version + 1,
                       .seeded_from = seed_mark_};
        log::info("The settings' first DrChrono tokens are taken.", {{"version", row.version}});
    }

    /// Trades the refresh token of `row` for new tokens in `row`, or notes in it that the grant is dead.
    Async<Result<>> refresh(TokenRow& row) {
        if (row.refresh_token.empty()) {
            row.dead_reason = "no refresh token";
            co_return Error{Fault::unauthorized, row.dead_reason};
        }
        const auto allowed = co_await budget_.spend(Priority::token);
        if (!allowed) co_return allowed.error();
        RefreshRequest request{settings_.base_url, settings_.client_id, settings_.client_secret, row.refresh_token};
        client_tried_ = true;
        auto granted = co_await refresh_grant(client_, std::move(request), clock_);
        row.updated_at = clock_();
        if (!granted) {
            const auto& error = granted.error();
            if (error.fault == Fault::rate_limited) budget_.throttled(error.retry_after.value_or(60s));
            if (error.fault == Fault::unauthorized) row.dead_reason = error.detail;
            co_return error;
        }
        row.access_token = std::move(granted->access_token);
        if (!granted->refresh_token.empty()) row.refresh_token = std::move(granted->refresh_token);
        row.scope = std::move(granted->scope);
        row.expires_at = granted->expires_at;
        row.refreshed_at = clock_();
        // Tokens that were called dead for a refusal get no second chance within their second chance.
        row.after_refusal = row.version == doubted_version_ || row.dead_reason == token_refused;
        row.dead_reason.clear();
        ++row.version;
        unsaved_ = Unsaved{row, row_.version};
        fault_point("tokens.received");
        co_return Result<>{};
    }

    /// Commits `row`; only then it becomes the one in use. unauthorized: it is committed, and it is dead.
    Async<Result<>> store(pg::Transaction& transaction, TokenRow row) {
        if (row.dead_reason != row_.dead_reason || row.dead_reason.empty()) row.updated_at = clock_();
        const auto written = co_await vault_.write(transaction, row, row_.version);
        if (!written) co_return written.error();
        if (!*written) co_return Error{Fault::unavailable, "oauth_tokens changed under its lock"};
        const auto committed = co_await transaction.commit();
        if (!committed) co_return committed.error();
        unsaved_.reset();
        row_ = std::move(row);
        seeded_ = seeded_ || row_.seeded_from == seed_mark_;
        if (!row_.dead_reason.empty()) co_return Error{Fault::unauthorized, "the grant is dead: " + row_.dead_reason};
        co_return Result<>{};
    }

    /// Stores `unsaved_` in a transaction of its own, trying for some seconds.
    Async<Result<>> save() {
        Result<> saved{};
        for (int tries = 1; tries <= 5; ++tries) {
            saved = co_await save_once();
            if (saved || !unsaved_) co_return saved;
            co_await sleep_for(wait_after(tries, Backoff{200ms, 3s}));
        }
        log::error("Rotated DrChrono tokens could not be stored yet.", {{"detail", saved.error().detail}});
        co_return saved;
    }
    Async<Result<>> save_once() {
        auto transaction = co_await begin();
        if (!transaction) co_return transaction.error();
        auto locked = co_await vault_.lock(*transaction, settings_.refresh_limit);
        if (!locked) co_return Error{Fault::unavailable, "oauth_tokens: " + locked.error().detail};
        const bool took_effect =
            locked->version == unsaved_->row.version && locked->access_token == unsaved_->row.access_token;
        if (took_effect ||
            locked->version != unsaved_->expected) {  // a lost COMMIT that held; or somebody stored newer ones
            unsaved_.reset();
            row_ = std::move(*locked);
            if (usable(row_, 0ms)) co_return Result<>{};
            co_return Error{Fault::unavailable, "oauth_tokens changed meanwhile"};
        }
        row_ = std::move(*locked);
        co_return co_await store(*transaction, unsaved_->row);
    }

    /// A new token that stays refused: visible as a dead grant.
    Async<> call_refused(std::int64_t version) {
        auto statement = pg::sql("update oauth_tokens set dead_reason = $1, updated_at = $2::timestamptz "
                                 "where provider = 'drchrono' and version = $3::bigint and dead_reason is null",
                                 token_refused, iso8601(clock_()), version);
        const auto noted = co_await pool_.run(std::move(statement));
        if (!noted) log::warning("A refused token could not be noted.", {{"detail", noted.error().detail}});
    }

    pg::Pool& pool_;
    net::Client& client_;
    Budget& budget_;
    Clock clock_;
    TokenSettings settings_;
    TokenVault vault_;
    std::string seed_mark_;
    bool seeded_ = false;
    bool client_tried_ = false;  // our client id and secret have been shown to DrChrono
    Time looked_at_{};           // when row_ was read
    SingleFlight<AccessToken> flight_;
    TokenRow row_;  // as last seen in the database
    std::optional<Unsaved> unsaved_;
    std::int64_t refused_version_ = 0;
    std::int64_t doubted_version_ = 0;  // of a token that was new and stayed refused
    std::int64_t taken_version_ = -1;   // of the token that DrChrono took last
    int failures_ = 0;
    std::optional<Error> last_error_;
    Time retry_at_{};
};

Tokens::Tokens(asio::any_io_executor executor, pg::Pool& pool, net::Client& client, Budget& budget, Clock clock,
               TokenSettings settings)
    : keeper_{
          std::make_shared<Keeper>(std::move(executor), pool, client, budget, std::move(clock), std::move(settings))} {}
Tokens::~Tokens() = default;

Async<Result<AccessToken>> Tokens::current() { return keeper_->current(); }
void Tokens::taken(const AccessToken& token) { keeper_->taken(token); }

Async<Result<AccessToken>> Tokens::after_refusal(AccessToken refused, int times) {
    return keeper_->after_refusal(std::move(refused), times);
}
bool Tokens::is_telling(const AccessToken& refused, int times) const { return keeper_->is_telling(refused, times); }
TokenStatus Tokens::status() const { return keeper_->status(); }
void Tokens::renew(TokenSettings settings) { keeper_->renew(std::move(settings)); }
Async<Result<bool>> Tokens::reseal() {
    auto keeper = keeper_;
    co_return co_await keeper->reseal();
}
Async<> Tokens::stop(std::chrono::milliseconds limit) { return keeper_->stop(limit); }

}  // namespace dcs::upstream
