#include "auth/jwks.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/single_flight.hpp"

#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dcs::auth {

namespace {

using namespace std::chrono_literals;

constexpr auto time_limit = 5s;
constexpr auto join_limit = time_limit + 1s;
constexpr std::size_t max_answer_bytes = 256 * 1024;
constexpr std::chrono::seconds shortest_life = 5min;
constexpr std::chrono::seconds usual_life = 1h;
constexpr std::chrono::seconds longest_life = 24h;
constexpr auto grace = 24h;  // so much longer old keys serve when there are no new ones
constexpr auto pause_for_kids = 1min;
constexpr Backoff failure_backoff{1s, 60s};

/// Whether `then` was less than `span` ago. A clock that was set back counts as long ago.
bool recent(const std::optional<Time>& then, Time::duration span, Time now) {
    return then && now >= *then && now - *then < span;
}

bool same_name(std::string_view left, std::string_view right) {
    const auto lower = [](char letter) { return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter; };
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// The value of max-age; nullopt: none, or no number.
std::optional<std::int64_t> max_age(std::string_view cache_control) {
    while (!cache_control.empty()) {
        const auto directive = trimmed(cache_control.substr(0, cache_control.find(',')));
        cache_control.remove_prefix(std::min(cache_control.find(','), cache_control.size() - 1) + 1);
        const auto equals = directive.find('=');
        if (equals == directive.npos || !same_name(trimmed(directive.substr(0, equals)), "max-age")) continue;
        const auto digits = trimmed(directive.substr(equals + 1));
        std::int64_t seconds = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
        if (read.ec == std::errc{} && read.ptr == digits.data() + digits.size()) return seconds;
    }
    return std::nullopt;
}

}  // namespace

std::chrono::seconds life_of(const net::Headers& headers) {
    const auto said = max_age(headers.get("Cache-Control"));
    if (!said) return usual_life;
    return std::clamp(std::chrono::seconds{*said}, shortest_life, longest_life);
}

Result<JwkSet> JwkSet::parse(std::string_view json) {
    const auto parsed = Document::parse(json);
    const auto* listed = parsed ? parsed->value.find("keys") : nullptr;
    if (listed == nullptr) return Error{Fault::rejected, "no JSON object with keys"};
    std::vector<PublicKey> keys;
    for (const auto& jwk : listed->items())
        if (auto key = PublicKey::from_jwk(jwk)) keys.push_back(std::move(*key));
    if (keys.size() > 1) std::erase_if(keys, [](const PublicKey& key) { return key.kid().empty(); });
    if (keys.empty()) return Error{Fault::rejected, "none of the keys can be used"};
    return JwkSet{std::move(keys)};
}

const PublicKey* JwkSet::find(std::string_view kid, Algorithm algorithm) const noexcept {
    const PublicKey* other = nullptr;
    for (const auto& key : keys_) {
        if (key.kid() != kid) continue;
        if (key.algorithm() == algorithm) return &key;
        other = &key;
    }
    return other;
}

bool JwkSet::has(std::string_view kid) const noexcept {
    return std::ranges::any_of(keys_, [&](const PublicKey& key) { return key.kid() == kid; });
}

class Jwks::Keeper : public std::enable_shared_from_this<Keeper> {
public:
    Keeper(asio::any_io_executor executor, net::Client& client, Clock clock, std::string url)
        : executor_{executor}, client_{client}, clock_{std::move(clock)}, url_{std::move(url)}, flight_{executor} {}

    std::optional<Result<Keys>> at_once(std::string_view kid) {
        const auto now = clock_();
        forget_old(now);
        if (fresh(now) && keys_->has(kid)) {
            if (refresh_due(now)) asio::co_spawn(executor_, refresh(shared_from_this()), asio::detached);
            return Result<Keys>{keys_};
        }
        const bool too_soon = fresh(now) && recent(fetched_for_kid_at_, pause_for_kids, now);
        if (flight_.busy() || (may_fetch(now) && !too_soon)) return std::nullopt;
        return held();
    }

    static Async<Result<Keys>> wait_for(std::shared_ptr<Keeper> self, std::string kid) {
        // Another caller's fetch may have ended since the first look.
        auto ready = self->at_once(kid);
        if (ready) co_return std::move(*ready);
        const auto now = self->clock_();
        if (self->fresh(now) && !self->flight_.busy()) self->fetched_for_kid_at_ = now;
        co_await fetch_together(self);
        self->forget_old(self->clock_());
        co_return self->held();
    }

    Async<> stop() {
        stopped_ = true;
        co_await flight_.settle(join_limit);
    }

private:
    bool fresh(Time now) const { return keys_ && recent(fetched_at_, life_, now); }
    bool may_fetch(Time now) const { return !stopped_ && !recent(failed_at_, failure_pause_, now); }
    bool refresh_due(Time now) const {
        return !recent(fetched_at_, life_ * 3 / 4, now) && may_fetch(now) && !flight_.busy();
    }
    void forget_old(Time now) {
        if (keys_ && now - *fetched_at_ >= life_ + grace) keys_.reset();
    }
    Result<Keys> held() const {
        if (keys_) return keys_;
        return Error{Fault::unavailable, "no keys of the issuer", failure_pause_};
    }

    static Async<> refresh(std::shared_ptr<Keeper> self) {
        if (self->refresh_due(self->clock_())) co_await fetch_together(self);
    }

    static Async<> fetch_together(std::shared_ptr<Keeper> self) {
        std::function<Async<Result<Keys>>()> begin = [self] { return fetch(self); };
        static_cast<void>(co_await self->flight_.join(std::move(begin), join_limit));
    }

    static Async<Result<Keys>> fetch(std::shared_ptr<Keeper> self) {
        net::Call call;
        call.url = self->url_;
        call.headers.add("Accept", "application/json");
        call.time_limit = time_limit;
        call.max_body_bytes = max_answer_bytes;
        const auto answer = co_await self->client_.send(std::move(call));
        if (!answer) co_return self->failed(answer.error());
        if (answer->status != 200)
            co_return self->failed({Fault::unavailable, fmt::format("the issuer answered {}", answer->status)});
        auto read = JwkSet::parse(answer->body);
        if (!read) co_return self->failed(read.error());
        co_return self->keep(std::move(*read), life_of(answer->headers));
    }

    Keys keep(JwkSet read, std::chrono::seconds life) {
        keys_ = std::make_shared<const JwkSet>(std::move(read));
        fetched_at_ = clock_();
        life_ = life;
        failures_ = 0;
        failed_at_.reset();
        log::info("The keys of the issuer were read.", {{"keys", keys_->size()}, {"life_s", life.count()}});
        return keys_;
    }

    Error failed(Error error) {
        failed_at_ = clock_();
        failure_pause_ = wait_after(++failures_, failure_backoff);
        log::warning("The keys of the issuer cannot be read.",
                     {{"fault", name_of(error.fault)}, {"detail", error.detail}, {"old_keys", keys_ != nullptr}});
        return error;
    }

    asio::any_io_executor executor_;
    net::Client& client_;
    Clock clock_;
    std::string url_;
    Keys keys_{};
    std::optional<Time> fetched_at_{};  // keys_
    std::chrono::seconds life_{0};
    std::optional<Time> fetched_for_kid_at_{};
    std::optional<Time> failed_at_{};  // nullopt: the last fetch worked
    std::chrono::milliseconds failure_pause_{failure_backoff.first};
    int failures_ = 0;
    bool stopped_ = false;
    SingleFlight<Keys> flight_;
};

Jwks::Jwks(asio::any_io_executor executor, net::Client& client, Clock clock, std::string url)
    : keeper_{std::make_shared<Keeper>(std::move(executor), client, std::move(clock), std::move(url))} {}

std::optional<Result<Keys>> Jwks::at_once(std::string_view kid) { return keeper_->at_once(kid); }

Async<Result<Keys>> Jwks::wait_for(std::string kid) { return Keeper::wait_for(keeper_, std::move(kid)); }

Async<> Jwks::stop() { return keeper_->stop(); }

}  // namespace dcs::auth
