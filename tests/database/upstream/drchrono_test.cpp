#include "database/upstream/upstream_fixture.hpp"

#include <algorithm>

namespace dcs::upstream {
namespace {

class DrchronoTest : public UpstreamTest {
protected:
    Drchrono make_drchrono(Budget& with) {
        DrchronoSettings made;
        made.base_url = server.url();
        made.time_limit = 5s;
        made.retry = Backoff{1ms, 5ms};
        return Drchrono{client, *tokens, with, clock, made};
    }
    Result<Fetched> get(const std::string& target) { return test::run_async(io, drchrono.get(target)); }
    long calls() const {
        return std::ranges::count_if(server.asked(), [](const Asked& asked) { return asked.target != "/o/token/"; });
    }
    /// The API answers so to a good token.
    void api_answers(std::function<Reply(const Asked&)> api) {
        script = [this, api = std::move(api)](const Asked& asked) {
            if (asked.target == "/o/token/") return trade(asked);
            const auto checked = answer(asked);
            return checked.status == 200 ? api(asked) : checked;
        };
    }

    std::unique_ptr<Tokens> tokens = make_tokens(settings());
    Drchrono drchrono = make_drchrono(budget);
};

TEST_F(DrchronoTest, SendsTokenAndVersionAndReturnsTheRecord) {
    api_answers([](const Asked&) { return Reply{.body = R"({"id":7,"copay":12.10})"}; });
    const auto before = std::chrono::steady_clock::now();
    const auto fetched = test::run_async(io, drchrono.get_item("/api/patients", "7", true));
    ASSERT_TRUE(fetched) << fetched.error().detail;
    EXPECT_EQ(fetched->value.find("copay")->number(), "12.10");
    EXPECT_EQ(fetched->bytes, R"({"id":7,"copay":12.10})");
    EXPECT_FALSE(fetched->altered);
    EXPECT_GE(fetched->asked, before);
    EXPECT_LE(fetched->asked, std::chrono::steady_clock::now());
    const auto& asked = server.asked().at(0);
    EXPECT_EQ(asked.target, "/api/patients/7?verbose=true");
    EXPECT_EQ(asked.headers.get("Authorization"), "Bearer access-1");
    EXPECT_EQ(asked.headers.get("X-DRC-API-Version"), "v4");
    EXPECT_EQ(budget.spent, std::vector{Priority::webhook_fetch});
}

TEST_F(DrchronoTest, EncodesOddIds) {
    ASSERT_TRUE(test::run_async(io, drchrono.get_item("/api/appointments", "12_2026/../x?y", false)));
    EXPECT_EQ(server.asked().at(0).target, "/api/appointments/12_2026%2F..%2Fx%3Fy");
}

TEST_F(DrchronoTest, RefreshesARefusedTokenAndAsksAgain) {
    access = "access-of-another-time";
    EXPECT_TRUE(get("/api/patients"));
    EXPECT_EQ(trades, 1);
    EXPECT_EQ(calls(), 3) << "with a look whether the token is taken for the user's own record";
}

TEST_F(DrchronoTest, UsesANewTokenOnlyOnceItIsInTheDatabase) {
    access = "access-of-another-time";
    std::string seen;
    api_answers([&](const Asked&) {
        seen = database.query("select version from oauth_tokens");
        return Reply{};
    });
    EXPECT_TRUE(get("/api/patients"));
    EXPECT_EQ(seen, "2");
}

TEST_F(DrchronoTest, BearsWithAFreshTokenThatIsNotKnownEverywhereYet) {
    access = "access-of-another-time";
    int refusals = 2;
    api_answers([&](const Asked&) { return Reply{.status = refusals-- > 0 ? 401 : 200}; });
    EXPECT_TRUE(get("/api/patients"));
    EXPECT_EQ(trades, 1);
}

TEST_F(DrchronoTest, CallsTheGrantDeadWhenAFreshTokenStaysRefused) {
    script = [this](const Asked& asked) { return asked.target == "/o/token/" ? trade(asked) : Reply{.status = 401}; };
    EXPECT_EQ(get("/api/patients").error().fault, Fault::unauthorized);
    EXPECT_EQ(trades, 2) << "a good refresh token is tried before the grant is called dead";
    // The old one; the new one and the one that replaced it, two more tries each; the user's own record with each.
    EXPECT_EQ(calls(), 10);
    EXPECT_EQ(get("/api/patients").error().fault, Fault::unauthorized);
    EXPECT_EQ(calls(), 10);
    EXPECT_EQ(trades, 2);
}

TEST_F(DrchronoTest, A401OfOneEndpointAloneSaysNothingOfTheGrant) {
    api_answers(
        [](const Asked& asked) { return Reply{.status = asked.target.starts_with("/api/medications") ? 401 : 200}; });
    for (int tries = 0; tries < 3; ++tries) {
        const auto refused = get("/api/medications/7");
        EXPECT_EQ(refused.error().fault, Fault::forbidden) << refused.error().detail;
    }
    EXPECT_TRUE(get("/api/patients/7"));
    EXPECT_EQ(trades, 0) << "the token is good";
    EXPECT_EQ(database.query("select dead_reason is null from oauth_tokens"), "t");
}

TEST_F(DrchronoTest, One401OfAnEndpointSaysNothingOfItEither) {
    int refusals = 0;
    api_answers([&](const Asked& asked) {
        return Reply{.status = asked.target.starts_with("/api/medications") && refusals++ == 0 ? 401 : 200};
    });
    EXPECT_TRUE(get("/api/medications/7"));
    EXPECT_EQ(trades, 0);
}

TEST_F(DrchronoTest, GoesOnWhereAnotherProgramHasRefreshedMeanwhile) {
    access = "access-of-another-time";
    int tokens_given = 0;
    script = [&](const Asked& asked) {
        if (asked.target != "/o/token/") return answer(asked);
        auto traded = trade(asked);
        if (++tokens_given == 1) access = "what another program was given";
        return traded;
    };
    EXPECT_TRUE(get("/api/patients"));
    EXPECT_EQ(trades, 2);
    EXPECT_EQ(database.query("select dead_reason is null from oauth_tokens"), "t");
}

TEST_F(DrchronoTest, TellsWhatTheAnswerMeans) {
    int status = 0;
    api_answers([&](const Asked&) { return Reply{.status = status, .body = R"({"detail":"x"})"}; });
    for (const auto& [code, fault] :
         {std::pair{403, Fault::forbidden}, {404, Fault::not_found}, {400, Fault::rejected}}) {
        status = code;
        const auto before = calls();
        EXPECT_EQ(get("/api/patients/1").error().fault, fault) << code;
        EXPECT_EQ(calls(), before + 1) << "nothing to repeat";
    }
}

class Passing : public DrchronoTest, public testing::WithParamInterface<int> {
protected:
    static Reply trouble(int kind) {
        if (kind == 0) return Reply{.status = 500};
        if (kind == 1) return Reply{.body = "<html>", .content_type = "text/html"};
        if (kind == 2) return Reply{.body = R"({"results":[{"id":1},)"};
        if (kind == 3)
            return Reply{.raw = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"};
        return Reply{.drop = true};
    }
};
TEST_P(Passing, TroubleIsTriedTwiceMoreAndEachTryIsPaidFor) {
    int troubles = 2;
    api_answers([&](const Asked&) { return troubles-- > 0 ? trouble(GetParam()) : Reply{}; });
    EXPECT_TRUE(get("/api/patients"));
    EXPECT_EQ(budget.spent.size(), 3U);
}
TEST_P(Passing, TroubleThatStaysIsUnavailable) {
    api_answers([&](const Asked&) { return trouble(GetParam()); });
    EXPECT_EQ(get("/api/patients").error().fault, Fault::unavailable);
    EXPECT_EQ(budget.spent.size(), 3U);
}
INSTANTIATE_TEST_SUITE_P(All, Passing, testing::Range(0, 5));

TEST_F(DrchronoTest, StopsAllOtherCallsAfterAThrottle) {
    LocalBudget real{clock, {.per_second = 0, .per_ten_minutes = 0, .per_hour = 0}, 0ms};
    auto limited = make_drchrono(real);
    api_answers([](const Asked&) {
        return Reply{.status = 429,
                     .body = R"({"detail": "Request was throttled. Expected available in 2710.0 seconds."})"};
    });
    const auto throttled = test::run_async(io, limited.get("/api/patients"));
    EXPECT_EQ(throttled.error().fault, Fault::rate_limited);
    EXPECT_EQ(throttled.error().retry_after, 2710s);
    EXPECT_EQ(test::run_async(io, limited.get("/api/doctors")).error().fault, Fault::rate_limited);
    EXPECT_EQ(calls(), 1);
    now += 2711s;
    api_answers([](const Asked&) { return Reply{}; });
    EXPECT_TRUE(test::run_async(io, limited.get("/api/doctors")));
}

TEST_F(DrchronoTest, RefusesAnswersThatAreNoRecord) {
    std::string body;
    api_answers([&](const Asked&) { return Reply{.body = body}; });
    for (const auto* odd : {"[]", "null", R"("x")", "7"}) {
        body = odd;
        const auto before = calls();
        const auto fetched = test::run_async(io, drchrono.get_item("/api/patients", "7", true));
        EXPECT_EQ(fetched.error().fault, Fault::rejected) << odd;
        EXPECT_EQ(calls(), before + 1);
    }
}

TEST_F(DrchronoTest, LeavesAWebhooksFetchToBeTriedAgainByItsQueue) {
    int status = 200;
    api_answers([&](const Asked&) { return Reply{.status = status}; });
    EXPECT_TRUE(get("/api/patients"));
    status = 500;
    const auto before = calls();
    const auto fetched = test::run_async(io, drchrono.get_item("/api/patients", "7", true));
    EXPECT_EQ(fetched.error().fault, Fault::unavailable);
    EXPECT_EQ(calls(), before + 1);
}

TEST_F(DrchronoTest, KnowsWhetherAnybodyIsAnswered) {
    int status = 500;
    api_answers([&](const Asked&) { return Reply{.status = status, .body = R"({"detail":"x"})"}; });
    const auto ask_one = [&] { test::run_async(io, drchrono.get_item("/api/patients", "7", true)); };
    EXPECT_FALSE(drchrono.answered_lately());
    ask_one();
    EXPECT_FALSE(drchrono.answered_lately()) << "500 says that DrChrono is there, and no more";
    status = 404;
    ask_one();
    EXPECT_TRUE(drchrono.answered_lately());
    status = 500;
    ask_one();
    EXPECT_TRUE(drchrono.answered_lately()) << "others were answered: it is this record's trouble";
}

TEST_F(DrchronoTest, WaitsUntilTheDateThatAThrottleNames) {
    api_answers([](const Asked&) {
        Reply reply{.status = 429};
        reply.headers.add("Date", "Wed, 21 Oct 2026 07:08:00 GMT");
        reply.headers.add("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT");
        return reply;
    });
    EXPECT_EQ(get("/api/patients").error().retry_after, 20min);
    EXPECT_EQ(budget.waits, std::vector<std::chrono::milliseconds>{20min});
}

TEST_F(DrchronoTest, NamesSchemeAndHostOfAUrlThatLeadsElsewhere) {
    const auto error = get("https://" + server.host() + "/api/patients?cursor=1").error();
    EXPECT_EQ(error.fault, Fault::rejected);
    EXPECT_NE(error.detail.find("https://" + server.host()), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find(server.url()), std::string::npos) << error.detail;
    EXPECT_EQ(error.detail.find("cursor"), std::string::npos) << error.detail;
    EXPECT_EQ(calls(), 0);
}

TEST_F(DrchronoTest, FollowsPlainHttpOfItsOwnHostOverHttps) {
    DrchronoSettings made;
    made.base_url = "https://" + server.host();  // which does not speak TLS
    made.retry = Backoff{1ms, 5ms};
    made.time_limit = 1s;  // the server waits for what it understands
    Drchrono encrypted{client, *tokens, budget, clock, made};
    const auto led = test::run_async(io, encrypted.get(server.url() + "/api/patients?cursor=1"));
    EXPECT_EQ(led.error().fault, Fault::unavailable) << "it went there, over TLS: " << led.error().detail;
    EXPECT_EQ(calls(), 0) << "and never in the clear";
    const auto elsewhere = test::run_async(io, encrypted.get("http://127.0.0.1:1/api/patients?cursor=1"));
    EXPECT_EQ(elsewhere.error().fault, Fault::rejected);
}

TEST_F(DrchronoTest, FollowsANextUrlVerbatim) {
    ASSERT_TRUE(get(server.url() + "/api/patients?cursor=a%2Bb&since=2026-01-01"));
    EXPECT_EQ(server.asked().at(0).target, "/api/patients?cursor=a%2Bb&since=2026-01-01");
}

TEST_F(DrchronoTest, SendsItsTokenToNoOtherHost) {
    test::ScriptedServer elsewhere{io.get_executor(), [](const Asked&) { return Reply{}; }};
    EXPECT_EQ(get(elsewhere.url() + "/api/patients?cursor=1").error().fault, Fault::rejected);
    api_answers([&](const Asked&) {
        Reply reply{.status = 302};
        reply.headers.add("Location", elsewhere.url() + "/api/users/1");
        return reply;
    });
    EXPECT_EQ(get("/api/users/current").error().fault, Fault::rejected);
    EXPECT_TRUE(elsewhere.asked().empty());
}

TEST_F(DrchronoTest, KnowsThePracticeOfItsUserByARedirect) {
    api_answers([](const Asked& asked) {
        if (asked.target != "/api/users/current") return Reply{.body = R"({"id":"12","practice_group":4711})"};
        Reply reply{.status = 302};
        reply.headers.add("Location", "/api/users/12");
        return reply;
    });
    const auto user = test::run_async(io, drchrono.current_user());
    ASSERT_TRUE(user) << user.error().detail;
    EXPECT_EQ(user->practice_group, "4711");
    EXPECT_EQ(user->id, "12");
    EXPECT_EQ(budget.spent.size(), 2U) << "the redirect is a request too";
}

}  // namespace
}  // namespace dcs::upstream
