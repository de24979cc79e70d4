// Tokens, limits, bulk lists and faults: everything between a client and the records.
#include "simulator/faults.hpp"
#include "unit/simulator/simulated.hpp"

#include <set>

namespace dcs::simulator {
namespace {

class SimulatedOAuth : public Simulated {
protected:
    net::Response post_token(const std::string& form, std::string_view secret = "simulated-secret") {
        return ask("POST", "/o/token/", fmt::format("{}&client_id=simulated-client&client_secret={}", form, secret));
    }
    json::object refreshed(std::string_view refresh_token) {
        const auto answer = post_token(fmt::format("grant_type=refresh_token&refresh_token={}", refresh_token));
        EXPECT_EQ(answer.status, 200);
        return json::parse(answer.body).as_object();
    }
    int refresh_status(std::string_view refresh_token) {
        return post_token(fmt::format("grant_type=refresh_token&refresh_token={}", refresh_token)).status;
    }
    int status_with(const json::value& access) {
        token = std::string{access.as_string()};
        return get("/api/doctors").status;
    }
};

TEST_F(SimulatedOAuth, ExchangesACodeOnce) {
    const auto consent =
        get("/o/authorize/?response_type=code&client_id=simulated-client&redirect_uri=http%3A%2F%2Fhere%2Fcb&state=x");
    ASSERT_EQ(consent.status, 302);
    const std::string location{consent.headers.get("Location")};
    ASSERT_TRUE(location.starts_with("http://here/cb?code="));
    const auto query = net::Query::parse(location.substr(location.find('?') + 1));
    EXPECT_EQ(query.get("state"), "x");
    const auto form =
        fmt::format("grant_type=authorization_code&redirect_uri=http%3A%2F%2Fhere%2Fcb&code={}", query.get("code"));
    const auto answer = post_token(form);
    ASSERT_EQ(answer.status, 200);
    const auto body = json::parse(answer.body).as_object();
    EXPECT_EQ(body.at("token_type"), json::value("Bearer"));
    EXPECT_EQ(body.at("expires_in"), json::value(172'800));
    EXPECT_EQ(status_with(body.at("access_token")), 200);
    EXPECT_EQ(post_token(form).status, 401);
}

TEST_F(SimulatedOAuth, GrantsTheScopesThatWereNamed) {
    const std::string ask_for =
        "/o/authorize/?response_type=code&client_id=simulated-client&redirect_uri=http%3A%2F%2Fhere";
    const auto sent_to = [&](const std::string& more) {
        return std::string{get(ask_for + more).headers.get("Location")};
    };
    const auto code = sent_to("&scope=user%3Aread").substr(17);
    const auto body =
        json::parse(post_token("grant_type=authorization_code&redirect_uri=http%3A%2F%2Fhere&code=" + code).body)
            .as_object();
    EXPECT_EQ(body.at("scope"), json::value("user:read"));
    EXPECT_EQ(status_with(body.at("access_token")), 200) << "doctors need user:read";
    EXPECT_EQ(get("/api/patients").status, 403);

    EXPECT_EQ(sent_to("&scope=labs%3Aread"), "http://here?error=invalid_scope");
    simulator().switches().named_scopes = NamedScopes::those_it_has;
    EXPECT_TRUE(sent_to("&scope=labs%3Aread%20user%3Aread").starts_with("http://here?code="));
    simulator().switches().named_scopes = NamedScopes::none;
    EXPECT_EQ(sent_to("&scope=user%3Aread&state=a%26b"), "http://here?error=invalid_scope&state=a%26b");
    EXPECT_TRUE(sent_to("").starts_with("http://here?code="));
}

TEST_F(SimulatedOAuth, SendsBackWhoRefusesAndAsksWhereItIsToldTo) {
    const std::string question =
        "response_type=code&client_id=simulated-client&redirect_uri=http%3A%2F%2Fhere&state=%22x";
    simulator().switches().consent = Consent::refused;
    EXPECT_EQ(get("/o/authorize/?" + question).headers.get("Location"), "http://here?error=access_denied&state=%22x");
    simulator().switches().consent = Consent::asked;
    const auto page = get("/o/authorize/?" + question);
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.body.find("\"x"), std::string::npos) << "what was sent is escaped in the page";
    EXPECT_EQ(ask("POST", "/o/authorize/", question).headers.get("Location"),
              "http://here?error=access_denied&state=%22x");
    EXPECT_TRUE(
        ask("POST", "/o/authorize/", question + "&allow=yes").headers.get("Location").starts_with("http://here?code="));
    EXPECT_EQ(ask("POST", "/o/authorize/", "allow=yes&redirect_uri=http%3A%2F%2Felsewhere").status, 400);
}

TEST_F(SimulatedOAuth, LetsACodeExpireQuickly) {
    const auto consent =
        get("/o/authorize/?response_type=code&client_id=simulated-client&redirect_uri=http%3A%2F%2Fhere");
    const auto code = std::string{consent.headers.get("Location")}.substr(17);
    pass(seconds{30});
    EXPECT_EQ(post_token("grant_type=authorization_code&redirect_uri=http%3A%2F%2Fhere&code=" + code).status, 401);
}

TEST_F(SimulatedOAuth, RefusesCallsWithoutAGoodToken) {
    token.clear();
    EXPECT_EQ(get("/api/doctors").status, 401);
    token = "other";
    EXPECT_EQ(get("/api/doctors").status, 401);
    token = "simulated-access";
    EXPECT_EQ(get("/api/doctors").status, 200);
    pass(hours{48});
    EXPECT_EQ(get("/api/doctors").status, 401);
}

TEST_F(SimulatedOAuth, RotatesTheRefreshToken) {
    const auto first_grant = refreshed("simulated-refresh");
    EXPECT_NE(first_grant.at("refresh_token"), json::value("simulated-refresh"));
    EXPECT_EQ(status_with(first_grant.at("access_token")), 200);
    EXPECT_EQ(status_with(json::value("simulated-access")), 401) << "the old access token dies with the refresh";
    const auto again = post_token("grant_type=refresh_token&refresh_token=simulated-refresh");
    EXPECT_EQ(again.status, 401);
    EXPECT_EQ(json::parse(again.body).at("error"), json::value("invalid_grant"));
}

TEST_F(SimulatedOAuth, CanGiveTheOldRefreshTokenAGraceTime) {
    simulator().switches().old_refresh_grace = seconds{60};
    refreshed("simulated-refresh");
    EXPECT_EQ(refresh_status("simulated-refresh"), 200);
    pass(seconds{60});
    EXPECT_EQ(refresh_status("simulated-refresh"), 401);
}

TEST_F(SimulatedOAuth, CanKeepTheRefreshToken) {
    simulator().switches().refresh_rotates = false;
    EXPECT_EQ(refreshed("simulated-refresh").at("refresh_token"), json::value("simulated-refresh"));
    EXPECT_EQ(refresh_status("simulated-refresh"), 200);
}

TEST_F(SimulatedOAuth, KnowsItsClient) {
    const auto answer = post_token("grant_type=refresh_token&refresh_token=simulated-refresh", "wrong");
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(json::parse(answer.body).at("error"), json::value("invalid_client"));
    simulator().switches().token_error_status = 400;
    EXPECT_EQ(post_token("grant_type=refresh_token&refresh_token=x").status, 400);
    EXPECT_EQ(ask("POST", "/o/token", "grant_type=refresh_token").status, 404) << "the slash at the end is required";
}

TEST_F(SimulatedOAuth, RevokesATokenOnDemand) {
    EXPECT_EQ(ask("POST", "/o/revoke_token/",
                  "token=simulated-access&client_id=simulated-client&client_secret=simulated-secret")
                  .status,
              200);
    EXPECT_EQ(get("/api/doctors").status, 401);
}

TEST_F(SimulatedOAuth, AnswersAMissingScopeWith403OrForAppointmentsWithNothing) {
    options.scope = "user:read clinical:read";
    EXPECT_EQ(get("/api/patients").status, 403);
    EXPECT_EQ(get("/api/line_items").status, 403);
    EXPECT_EQ(get("/api/medications").status, 200);
    EXPECT_EQ(results("/api/appointments?since=2020-01-01").size(), 0U);
}

class SimulatedLimit : public Simulated {
protected:
    int calls_until_429(int most, seconds between = seconds{0}) {
        for (int call = 1; call <= most; ++call) {
            if (get("/api/doctors").status == 429) return call;
            if (between.count() > 0) pass(between);
        }
        return 0;
    }
};

TEST_F(SimulatedLimit, AllowsTenCallsASecond) {
    options.limits = {10, 290, 500};
    EXPECT_EQ(calls_until_429(20), 11);
    pass(seconds{1});
    EXPECT_EQ(get("/api/doctors").status, 200);
}

TEST_F(SimulatedLimit, AllowsSoManyCallsInTenMinutes) {
    options.limits = {0, 29, 0};
    EXPECT_EQ(calls_until_429(40, seconds{10}), 30);
    EXPECT_EQ(json_of("/api/doctors").at("detail"),
              json::value("Request was throttled. Expected available in 310.0 seconds."));
    pass(seconds{309});
    EXPECT_EQ(get("/api/doctors").status, 429);
    pass(seconds{1});
    EXPECT_EQ(get("/api/doctors").status, 200);
}

TEST_F(SimulatedLimit, StartsAnewWithTheClockHour) {
    options.limits = {0, 0, 50};
    real = *parse_iso8601("2026-11-01T12:50:00Z");
    EXPECT_EQ(calls_until_429(60), 51);
    const auto answer = get("/api/doctors");
    EXPECT_EQ(json::parse(answer.body).at("detail"),
              json::value("Request was throttled. Expected available in 600.0 seconds."));
    EXPECT_EQ(answer.headers.count("Retry-After"), 0U);
    simulator().switches().retry_after_header = true;
    simulator().switches().throttle_whole_seconds = true;
    const auto told = get("/api/doctors");
    EXPECT_EQ(told.headers.get("Retry-After"), "600");
    EXPECT_EQ(json::parse(told.body).at("detail"),
              json::value("Request was throttled. Expected available in 600 seconds."));
    pass(seconds{600});
    EXPECT_EQ(get("/api/doctors").status, 200);
}

TEST_F(SimulatedLimit, CanBeKeptHotByCallsWhileThrottled) {
    options.limits = {0, 5, 0};
    simulator().switches().throttled_calls_count = true;
    EXPECT_EQ(calls_until_429(10), 6);
    pass(seconds{599});
    EXPECT_EQ(get("/api/doctors").status, 429);
    pass(seconds{1});
    EXPECT_EQ(calls_until_429(10), 5) << "the refused call of a second ago counts";
}

TEST_F(SimulatedLimit, CountsWhatItRefused) {
    options.limits = {3, 0, 0};
    calls_until_429(10);
    EXPECT_EQ(simulator().throttled(), 1U);
    EXPECT_EQ(simulator().requests("/api/doctors"), 4U);
    EXPECT_EQ(simulator().served().back().status, 429);
}

class SimulatedBulk : public Simulated {
protected:
    json::value submit(std::string_view target) {
        const auto answer = ask("POST", target);
        EXPECT_EQ(answer.status, 201) << answer.body;
        return json::parse(answer.body);
    }
    json::value poll(std::string_view list, const json::value& job) {
        return json_of(fmt::format("/api/{}?uuid={}", list, std::string_view{job.at("uuid").as_string()}));
    }
    json::value finished(std::string_view list, std::string_view query) {
        const auto job = submit(fmt::format("/api/{}?{}", list, query));
        for (int turn = 0; turn < 2; ++turn) {
            const auto running = poll(list, job);
            EXPECT_EQ(running.at("status"), json::value("In progress"));
            EXPECT_FALSE(running.as_object().contains("results"));
        }
        return poll(list, job);
    }
};

TEST_F(SimulatedBulk, GivesTheWholeListPageByPageInJobsOfTheirOwn) {
    std::set<std::int64_t> ids;
    for (int page = 1; page <= 4; ++page) {
        const auto done =
            finished("patients_list", fmt::format("show_inactive=true&verbose=true&page_size=10&page={}", page));
        EXPECT_EQ(done.at("status"), json::value("Complete"));
        EXPECT_EQ(done.at("pagination"),
                  json::value(json::object{{"count", 40}, {"pages", 4}, {"page_size", 10}, {"page", page}}));
        for (const auto& row : done.at("results").as_array()) {
            ids.insert(row.at("id").as_int64());
            EXPECT_TRUE(row.as_object().contains("primary_insurance"));
        }
    }
    EXPECT_EQ(ids.size(), 40U);
}

TEST_F(SimulatedBulk, SaysWhereToAsk) {
    const auto job = submit("/api/patients_list");
    EXPECT_EQ(job.at("status"), json::value("In progress"));
    EXPECT_EQ(job.at("description").as_string(),
              fmt::format("Call http://drchrono.test/api/patients_list?uuid={} to get the list",
                          std::string_view{job.at("uuid").as_string()}));
}

TEST_F(SimulatedBulk, OrdersByChangeOnDemand) {
    ASSERT_TRUE(simulator().change("appointments", first("appointments"), {{"status", "Complete"}}));
    const auto done = finished("appointments_list", "since=2020-01-01&order_by=updated_at&show_archived=true");
    std::vector<std::string> times;
    for (const auto& row : done.at("results").as_array()) times.emplace_back(row.at("updated_at").as_string());
    EXPECT_TRUE(std::ranges::is_sorted(times));
    EXPECT_EQ(times.back(), "2026-10-06T08:00:00");
    EXPECT_EQ(ask("POST", "/api/appointments_list?order_by=colour").status, 400);
}

TEST_F(SimulatedBulk, ForgetsAJobAfterAnHour) {
    const auto job = submit("/api/line_items_list");
    pass(hours{1});
    const auto answer = get("/api/line_items_list?uuid=" + std::string{job.at("uuid").as_string()});
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(json::parse(answer.body).at("detail"), json::value("Invalid uuid specified"));
}

TEST_F(SimulatedBulk, ExistsForFourResourcesOnly) {
    for (const auto* resource : {"patients", "appointments", "line_items", "clinical_notes"})
        EXPECT_EQ(ask("POST", fmt::format("/api/{}_list", resource)).status, 201) << resource;
    for (const auto* resource : {"medications", "problems", "allergies", "doctors", "offices", "users"})
        EXPECT_EQ(ask("POST", fmt::format("/api/{}_list", resource)).status, 404) << resource;
    EXPECT_EQ(ask("POST", "/api/patients_list?page_size=1001").status, 400);
    EXPECT_EQ(ask("POST", "/api/patients_list?since=2026-10-01T00:00:00Z").status, 400);
}

TEST_F(SimulatedBulk, CanFailInItsThreeWays) {
    simulator().switches().bulk_polls = 0;
    for (const auto& [kind, status, word] :
         {std::tuple{FaultKind::bulk_failed, 200, "Failed"}, std::tuple{FaultKind::bulk_canceled, 200, "Canceled"},
          std::tuple{FaultKind::bulk_error, 500, "Error"}}) {
        simulator().fault({.kind = kind, .path = "/api/line_items_list"});
        const auto job = submit("/api/line_items_list");
        const auto answer = get("/api/line_items_list?uuid=" + std::string{job.at("uuid").as_string()});
        EXPECT_EQ(answer.status, status);
        EXPECT_EQ(json::parse(answer.body).at("status"), json::value(word));
    }
    EXPECT_EQ(poll("line_items_list", submit("/api/line_items_list")).at("status"), json::value("Complete"));
}

class SimulatedFault : public Simulated {
protected:
    net::Response struck(FaultKind kind) {
        simulator().fault({.kind = kind, .path = "/api/doctors", .wait = seconds{77}});
        EXPECT_EQ(get("/api/offices").status, 200) << "another path is not concerned";
        return get("/api/doctors");
    }
};

TEST_F(SimulatedFault, AnswersWithWhatWasOrdered) {
    const auto throttled = struck(FaultKind::throttled);
    EXPECT_EQ(throttled.status, 429);
    EXPECT_NE(throttled.body.find("77.0 seconds"), std::string::npos);
    EXPECT_EQ(struck(FaultKind::error_500).status, 500);
    const auto page = struck(FaultKind::html);
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.content_type.starts_with("text/html"));
    EXPECT_EQ(struck(FaultKind::cut).status, 0);
    EXPECT_EQ(struck(FaultKind::forbidden).status, 403);
    EXPECT_EQ(struck(FaultKind::unauthorized).status, 401);
    EXPECT_EQ(struck(FaultKind::redirect).status, 302);
    EXPECT_EQ(get("/api/doctors").status, 200) << "once each";
}

TEST_F(SimulatedFault, CutsAnAnswerInItsMiddle) {
    const auto answer = struck(FaultKind::truncated);
    boost::system::error_code malformed;
    json::parse(answer.body, malformed);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(malformed);
}

TEST_F(SimulatedFault, KillsTheTokenWhenItRevokes) {
    EXPECT_EQ(struck(FaultKind::revoked).status, 401);
    EXPECT_EQ(get("/api/doctors").status, 401);
    token = simulator().issue_tokens().access;
    EXPECT_EQ(get("/api/doctors").status, 200);
}

TEST_F(SimulatedFault, RedirectsWhereItWasTold) {
    simulator().fault({.kind = FaultKind::redirect, .path = "/api/doctors", .location = "http://elsewhere.test/x"});
    EXPECT_EQ(get("/api/doctors").headers.get("Location"), "http://elsewhere.test/x");
    simulator().fault({.kind = FaultKind::redirect});
    EXPECT_EQ(get("/api/doctors?a=b%20c").headers.get("Location"), "http://drchrono.test/api/doctors?a=b%20c");
}

TEST_F(SimulatedFault, StrikesAShareOfTheRequests) {
    simulator().fault({.kind = FaultKind::error_500, .count = -1, .share = 0.3});
    int failed = 0;
    for (int call = 0; call < 300; ++call) failed += get("/api/doctors").status == 500 ? 1 : 0;
    EXPECT_GT(failed, 50);
    EXPECT_LT(failed, 140);
    simulator().clear_faults();
    EXPECT_EQ(get("/api/doctors").status, 200);
}

TEST(SimulatedFaultKind, HasANameOfItsOwn) {
    for (int nth = 0; nth <= static_cast<int>(FaultKind::bulk_error); ++nth)
        EXPECT_EQ(fault_kind(name_of(static_cast<FaultKind>(nth))), static_cast<FaultKind>(nth));
}

}  // namespace
}  // namespace dcs::simulator
