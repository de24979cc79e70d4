#include "database/upstream/upstream_fixture.hpp"

#include "upstream/authorization.hpp"
#include <algorithm>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace dcs::upstream {
namespace {

class TokensTest : public UpstreamTest {
protected:
    std::string row(const std::string& column) { return database.query("select " + column + " from oauth_tokens"); }
};

TEST_F(TokensTest, BeginWithTheSettingsTokens) {
    auto tokens = make_tokens(settings());
    EXPECT_EQ(current(*tokens).value().text, "access-1");
    EXPECT_EQ(row("version"), "1");
    EXPECT_EQ(trades, 0);
}

TEST_F(TokensTest, BeginWithARefreshTokenAlone) {
    auto only_refresh = settings();
    only_refresh.access_token.clear();
    auto tokens = make_tokens(std::move(only_refresh));
    EXPECT_EQ(current(*tokens).value().text, "access-2");
}

TEST_F(TokensTest, OfTheSettingsAreTriedAgainWhenTheFirstRefreshFails) {
    script = [](const Asked&) { return Reply{.status = 503}; };
    auto only_refresh = settings();
    only_refresh.access_token.clear();
    auto tokens = make_tokens(std::move(only_refresh));
    EXPECT_EQ(current(*tokens).error().fault, Fault::unavailable);
    script = [this](const Asked& asked) { return serve(asked); };
    now += 2min;
    EXPECT_EQ(current(*tokens).value().text, "access-2");
}

TEST_F(TokensTest, SayThatThereAreNone) {
    auto none = settings();
    none.access_token.clear();
    none.refresh_token.clear();
    auto tokens = make_tokens(std::move(none));
    EXPECT_EQ(current(*tokens).error().fault, Fault::unauthorized);
    EXPECT_FALSE(tokens->status().present);
}

TEST_F(TokensTest, KeepNoPlainTextInTheDatabase) {
    auto tokens = make_tokens(settings());
    ASSERT_TRUE(current(*tokens));
    EXPECT_EQ(
        database.query("select count(*) from oauth_tokens t where position('access-1'::bytea in access_token) > 0 "
                       "or position('refresh-1'::bytea in refresh_token) > 0 or t::text like '%access-1%'"),
        "0");
}

TEST_F(TokensTest, RefreshARefusedToken) {
    auto tokens = make_tokens(settings());
    const auto next = refused(*tokens, current(*tokens).value());
    EXPECT_EQ(next.value().text, "access-2");
    EXPECT_EQ(row("version"), "2");
    EXPECT_EQ(server.asked().back().body,
              "grant_type=refresh_token&refresh_token=refresh-1&client_id=id&client_secret=secret%26%3D");
}

TEST_F(TokensTest, InTheDatabaseWinOverTheSettings) {
    auto first = make_tokens(settings());
    ASSERT_TRUE(refused(*first, current(*first).value()));
    auto restarted = make_tokens(settings());
    EXPECT_EQ(current(*restarted).value().text, "access-2");
    EXPECT_EQ(trades, 1);
}

TEST_F(TokensTest, KeepTheOldRefreshTokenWhereNoneIsReturned) {
    rotates = false;
    auto tokens = make_tokens(settings());
    const auto second = refused(*tokens, current(*tokens).value()).value();
    now += 1h;
    EXPECT_EQ(refused(*tokens, second).value().text, "access-3");
}

TEST_F(TokensTest, AreRefreshedAheadOfTheirEnd) {
    auto tokens = make_tokens(settings());
    ASSERT_TRUE(refused(*tokens, current(*tokens).value()));
    now += 48h - 11min;
    EXPECT_EQ(current(*tokens).value().text, "access-2");
    now += 2min;
    EXPECT_EQ(current(*tokens).value().text, "access-3");
}

TEST_F(TokensTest, ThatLiveShortlyAreNotRefreshedAtEveryUse) {
    life = 300;
    auto tokens = make_tokens(settings());
    ASSERT_TRUE(refused(*tokens, current(*tokens).value()));
    now += 3min;
    EXPECT_EQ(current(*tokens).value().text, "access-2");
    now += 1min;
    EXPECT_EQ(current(*tokens).value().text, "access-3");
}

TEST_F(TokensTest, StayInUseWhenTheEarlyRefreshFails) {
    auto tokens = make_tokens(settings());
    ASSERT_TRUE(refused(*tokens, current(*tokens).value()));
    script = [](const Asked&) { return Reply{.status = 503}; };
    now += 48h - 5min;
    EXPECT_EQ(current(*tokens).value().text, "access-2");
    now += 6min;
    EXPECT_EQ(current(*tokens).error().fault, Fault::unavailable);
}

TEST_F(TokensTest, AreRefreshedOnceForTwentyCallersOnTwoInstances) {
    trade_delay = 50ms;
    auto one = make_tokens(settings());
    auto other = make_tokens(settings());
    const auto old = current(*one).value();
    ASSERT_TRUE(current(*other));

    std::vector<std::shared_ptr<test::Ended<Result<AccessToken>>>> asked;
    for (int caller = 0; caller < 10; ++caller) {
        asked.push_back(test::spawn(io, one->after_refusal(old, 1)));
        asked.push_back(test::spawn(io, other->after_refusal(old, 1)));
    }
    for (const auto& caller : asked) {
        ASSERT_TRUE(test::turn_until(io, [&] { return caller->done; }));
        EXPECT_EQ(caller->value.value().value().text, "access-2");
    }
    EXPECT_EQ(trades, 1);
    EXPECT_EQ(row("version"), "2");
}

TEST_F(TokensTest, ThatAnotherInstanceRotatedAreFoundWithoutARefresh) {
    auto one = make_tokens(settings());
    auto other = make_tokens(settings());
    const auto old = current(*other).value();
    ASSERT_TRUE(refused(*one, current(*one).value()));
    EXPECT_EQ(refused(*other, old).value().text, "access-2");
    EXPECT_EQ(trades, 1);
}

TEST_F(TokensTest, OfADeadGrantAreReportedAndNotAskedForAgain) {
    good = "another";
    auto tokens = make_tokens(settings());
    const auto old = current(*tokens).value();
    EXPECT_EQ(refused(*tokens, old).error().fault, Fault::unauthorized);
    EXPECT_EQ(row("dead_reason"), "invalid_grant");
    EXPECT_EQ(tokens->status().dead_reason, "invalid_grant");
    for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(current(*tokens).error().fault, Fault::unauthorized);
        now += 1h;
    }
    auto restarted = make_tokens(settings());
    EXPECT_EQ(current(*restarted).error().fault, Fault::unauthorized);
    EXPECT_EQ(trades, 1);
}

TEST_F(TokensTest, OfADeadGrantAreReplacedByNewOnesInTheSettings) {
    good = "refresh-new";
    {
        auto tokens = make_tokens(settings());
        EXPECT_FALSE(refused(*tokens, current(*tokens).value()));
    }
    auto renewed = settings();
    renewed.access_token.clear();
    renewed.refresh_token = "refresh-new";
    auto tokens = make_tokens(std::move(renewed));
    EXPECT_EQ(current(*tokens).value().text, "access-2");
    EXPECT_EQ(row("dead_reason"), "");
}

TEST_F(TokensTest, NewInTheSettingsAreTakenTheMomentTheStoredGrantTurnsOutDead) {
    {
        auto tokens = make_tokens(settings());
        ASSERT_TRUE(current(*tokens));
    }
    good = "refresh-new";
    access = "access-new";
    auto renewed = settings();
    renewed.access_token = "access-new";
    renewed.refresh_token = "refresh-new";
    auto tokens = make_tokens(std::move(renewed));
    const auto stored = current(*tokens).value();
    EXPECT_EQ(stored.text, "access-1");  // nothing says yet that it is dead
    EXPECT_EQ(refused(*tokens, stored).value().text, "access-new");
}

TEST_F(TokensTest, NewInTheSettingsDoNotReplaceAWorkingGrant) {
    {
        auto tokens = make_tokens(settings());
        ASSERT_TRUE(refused(*tokens, current(*tokens).value()));
    }
    auto other = settings();
    other.refresh_token = "refresh-of-an-old-deployment";
    auto tokens = make_tokens(std::move(other));
    now += 47h + 55min;
    EXPECT_EQ(current(*tokens).value().text, "access-3");
}

TEST_F(TokensTest, SealedWithAnotherKeyAreReportedAndReplacedByTheSettings) {
    {
        auto tokens = make_tokens(settings());
        ASSERT_TRUE(refused(*tokens, current(*tokens).value()));
    }
    auto none = settings();
    none.sealing_secret = "another";
    none.access_token.clear();
    none.refresh_token.clear();
    auto blind = make_tokens(none);
    EXPECT_EQ(current(*blind).error().fault, Fault::unauthorized);
    EXPECT_NE(blind->status().dead_reason, "");
    none.refresh_token = good;
    auto seeded = make_tokens(none);
    EXPECT_EQ(current(*seeded).value().text, "access-3");
}

TEST_F(TokensTest, SealedWithAnotherKeyAreNotLost) {
    {
        auto tokens = make_tokens(settings());
        ASSERT_TRUE(refused(*tokens, current(*tokens).value()));
    }
    const auto sealed = row("encode(access_token || refresh_token, 'hex')");
    auto mistaken = settings();  // with the first tokens, long since rotated away
    mistaken.sealing_secret = "another";
    auto blind = make_tokens(mistaken);
    for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(current(*blind).error().fault, Fault::unauthorized);
        now += 10min;
    }
    EXPECT_EQ(trades, 2) << "the first refresh token was tried once";
    EXPECT_EQ(row("encode(access_token || refresh_token, 'hex')"), sealed);
    EXPECT_EQ(row("dead_reason"), "");
    auto right = make_tokens(settings());
    EXPECT_EQ(current(*right).value().text, "access-2");
}

TEST_F(TokensTest, OpenWithThePreviousKeyAndAreSealedAgain) {
    {
        auto tokens = make_tokens(settings());
        ASSERT_TRUE(refused(*tokens, current(*tokens).value()));
    }
    auto rotated = settings();
    rotated.sealing_secret = "next";
    rotated.opening_secrets = {"unrelated", "sealing"};
    auto tokens = make_tokens(rotated);
    EXPECT_EQ(current(*tokens).value().text, "access-2");
    EXPECT_TRUE(test::run_async(io, tokens->reseal()).value());
    EXPECT_FALSE(test::run_async(io, tokens->reseal()).value()) << "once";
    rotated.opening_secrets.clear();
    auto later = make_tokens(rotated);
    EXPECT_EQ(current(*later).value().text, "access-2");
    EXPECT_EQ(row("version"), "2");
}

TEST_F(TokensTest, GoOnWhenTheKeyChangesUnderThem) {
    auto tokens = make_tokens(settings());
    ASSERT_TRUE(current(*tokens));
    auto other = make_tokens(settings());  // an instance that does not know the new key yet
    const auto in_use = current(*other).value();
    auto rotated = settings();
    rotated.sealing_secret = "next";
    tokens->renew(rotated);
    EXPECT_TRUE(test::run_async(io, tokens->reseal()).value()) << "the key until now still opens";
    EXPECT_EQ(refused(*tokens, current(*tokens).value()).value().text, "access-2");
    now += 2min;
    EXPECT_EQ(current(*other).value().text, in_use.text) << "what it has is used on";
    other->renew(rotated);
    now += 2min;
    EXPECT_EQ(current(*other).value().text, "access-2");
}

TEST_F(TokensTest, OfAClientThatWasRefusedWorkAgainWithItsNewSecret) {
    script = [this](const Asked& asked) {
        if (asked.body.find("client_secret=renewed") != std::string::npos) return serve(asked);
        return Reply{.status = 401, .body = R"({"error": "invalid_client"})"};
    };
    auto tokens = make_tokens(settings());
    const auto old = current(*tokens).value();
    EXPECT_FALSE(refused(*tokens, old));
    EXPECT_EQ(row("dead_reason"), "invalid_client");
    now += 1min;
    EXPECT_FALSE(current(*tokens));
    EXPECT_EQ(server.asked().size(), 1U) << "not asked for again at once";
    auto renewed = settings();
    renewed.client_secret = "renewed";
    tokens->renew(renewed);
    EXPECT_EQ(current(*tokens).value().text, "access-2");
    EXPECT_EQ(row("dead_reason"), "");
}

TEST_F(TokensTest, ThatAPersonAuthorizedAreTakenUpWithinAMinute) {
    auto tokens = make_tokens(settings());
    EXPECT_EQ(current(*tokens).value().text, "access-1");
    const Granted granted{.access_token = "access-new", .refresh_token = "refresh-new", .expires_at = now + 48h};
    EXPECT_EQ(test::run_async(io, store_grant(pool, settings(), granted, clock)).value(), 2);
    EXPECT_EQ(current(*tokens).value().text, "access-1");
    now += 61s;
    EXPECT_EQ(current(*tokens).value().text, "access-new");
    good = "another";  // it dies: the settings' tokens are older and are not gone back to
    EXPECT_FALSE(refused(*tokens, current(*tokens).value()));
    auto restarted = make_tokens(settings());
    EXPECT_FALSE(current(*restarted));
    EXPECT_EQ(trades, 1);
}

TEST_F(TokensTest, OfADeadGrantAreReplacedByWhatAPersonAuthorized) {
    good = "another";
    auto tokens = make_tokens(settings());
    EXPECT_FALSE(refused(*tokens, current(*tokens).value()));
    EXPECT_TRUE(test::run_async(io, stored_grant_opens(pool, settings())).value());
    auto other_key = settings();
    other_key.sealing_secret = "another";
    EXPECT_FALSE(test::run_async(io, stored_grant_opens(pool, other_key)).value());
    const Granted granted{.access_token = "access-new", .refresh_token = "refresh-new", .expires_at = now + 48h};
    ASSERT_TRUE(test::run_async(io, store_grant(pool, settings(), granted, clock)));
    now += 31s;
    EXPECT_EQ(current(*tokens).value().text, "access-new");
}

TEST_F(TokensTest, WaitAsLongAsAThrottledEndpointAsks) {
    script = [](const Asked&) {
        return Reply{.status = 429,
                     .body = R"({"detail": "Request was throttled. Expected available in 90.0 seconds."})"};
    };
    auto tokens = make_tokens(settings());
    const auto old = current(*tokens).value();
    const auto throttled = refused(*tokens, old);
    EXPECT_EQ(throttled.error().fault, Fault::rate_limited);
    EXPECT_EQ(throttled.error().retry_after, 90s);
    EXPECT_EQ(budget.waits, std::vector<std::chrono::milliseconds>{90s});
    EXPECT_EQ(refused(*tokens, old).error().fault, Fault::rate_limited);
    EXPECT_EQ(server.asked().size(), 1U);
    now += 91s;
    script = [this](const Asked& asked) { return serve(asked); };
    EXPECT_EQ(refused(*tokens, old).value().text, "access-2");
}

TEST_F(TokensTest, FreshOnesThatAreRefusedGetTimeToSpread) {
    auto tokens = make_tokens(settings());
    const auto fresh = refused(*tokens, current(*tokens).value()).value();
    EXPECT_EQ(refused(*tokens, fresh, 1).value().version, fresh.version);
    EXPECT_EQ(refused(*tokens, fresh, 2).value().version, fresh.version);
    EXPECT_EQ(trades, 1);
    const auto second = refused(*tokens, fresh, 3).value();
    EXPECT_EQ(second.text, "access-3") << "the refresh token may be good where the access token is not";
    EXPECT_EQ(row("dead_reason"), "");
    EXPECT_EQ(refused(*tokens, second, 1).value().version, second.version);
    EXPECT_EQ(refused(*tokens, second, 3).error().fault, Fault::unauthorized);
    EXPECT_EQ(row("dead_reason"), "access token refused");
    EXPECT_EQ(trades, 2);
    EXPECT_EQ(current(*tokens).error().fault, Fault::unauthorized);
    EXPECT_EQ(trades, 2) << "no refresh after refresh";
    now += 5min;  // nothing said that the grant is revoked: another chance
    const auto third = current(*tokens).value();
    EXPECT_EQ(third.text, "access-4");
    EXPECT_EQ(row("dead_reason"), "");
    EXPECT_EQ(refused(*tokens, third, 3).error().fault, Fault::unauthorized) << "one refresh each five minutes";
    EXPECT_EQ(trades, 3);
}

TEST_F(TokensTest, ThatDrchronoTookOnceAreNoSignOfADeadGrant) {
    auto tokens = make_tokens(settings());
    const auto fresh = refused(*tokens, current(*tokens).value()).value();
    const auto second = refused(*tokens, fresh, 3).value();
    tokens->taken(second);
    EXPECT_EQ(refused(*tokens, second, 3).value().text, "access-4");
    EXPECT_EQ(row("dead_reason"), "");
}

TEST_F(TokensTest, FreshOnesThatStayRefusedAreDeadWhereTheEndpointSaysSo) {
    auto tokens = make_tokens(settings());
    const auto fresh = refused(*tokens, current(*tokens).value()).value();
    good = "another";
    EXPECT_EQ(refused(*tokens, fresh, 3).error().fault, Fault::unauthorized);
    EXPECT_EQ(row("dead_reason"), "invalid_grant");
    EXPECT_EQ(trades, 2);
}

TEST_F(TokensTest, FreshOnesThatStayRefusedAreRefreshedOnceForAllInstances) {
    auto first = make_tokens(settings());
    auto second = make_tokens(settings());
    const auto fresh = refused(*first, current(*first).value()).value();
    EXPECT_EQ(current(*second).value().version, fresh.version);
    trade_delay = 50ms;
    std::vector<std::shared_ptr<test::Ended<Result<AccessToken>>>> running;
    for (int caller = 0; caller < 10; ++caller) {
        running.push_back(test::spawn(io, first->after_refusal(fresh, 3)));
        running.push_back(test::spawn(io, second->after_refusal(fresh, 3)));
    }
    ASSERT_TRUE(
        test::turn_until(io, [&] { return std::ranges::all_of(running, [](const auto& one) { return one->done; }); }));
    for (const auto& one : running) EXPECT_EQ(one->value->value().text, "access-3");
    EXPECT_EQ(trades, 2);
}

TEST_F(TokensTest, AreNotLostWhenTheDatabaseFailsAtTheWrongMoment) {
    auto tokens = make_tokens(settings());
    const auto old = current(*tokens).value();
    // The first storing of rotated tokens fails; the transaction that holds the lock is gone with it.
    database.query("create sequence storings; grant usage on sequence storings to clinical_service; "
                   "create function fail_once() returns trigger language plpgsql as $$ begin "
                   "if nextval('storings') = 1 then raise exception 'disk full' using errcode = '53100'; end if; "
                   "return new; end $$; create trigger fail_once before update on oauth_tokens for each row "
                   "execute function fail_once()");
    EXPECT_EQ(refused(*tokens, old).value().text, "access-2");
    EXPECT_EQ(row("version"), "2");
    EXPECT_EQ(trades, 1);
    auto restarted = make_tokens(settings());
    EXPECT_EQ(current(*restarted).value().text, "access-2");
}

Async<bool> abandoned(Tokens& tokens, AccessToken old) {
    using namespace asio::experimental::awaitable_operators;
    auto first = co_await (tokens.after_refusal(std::move(old), 1) || sleep_for(20ms));
    co_return first.index() == 1;
}

TEST_F(TokensTest, ReachTheDatabaseAlsoWhenTheCallerIsGone) {
    trade_delay = 100ms;
    auto tokens = make_tokens(settings());
    EXPECT_TRUE(test::run_async(io, abandoned(*tokens, current(*tokens).value())));
    test::run_async(io, tokens->stop(10s));
    EXPECT_EQ(row("version"), "2");
}

}  // namespace
}  // namespace dcs::upstream
