// Signing in to the admin page, and everything that tries to get around it.
#include "database/admin/admin_fixture.hpp"

namespace dcs::admin {
namespace {

class AdminSession : public WithAdmin {};

TEST_F(AdminSession, BeginsWithNameAndPasswordAndEndsWhenAsked) {
    add_user("anna", "operator,phi-reader");
    const auto answer = try_sign_in("anna", password);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.headers.get("Cache-Control"), "no-store");
    EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff");
    const auto cookie = answer.headers.get("Set-Cookie");
    EXPECT_NE(cookie.find("; HttpOnly; SameSite=Strict"), std::string_view::npos) << cookie;
    EXPECT_EQ(text_at(read(answer), "roles"), R"(["operator","phi-reader"])");
    const auto who = signed_by(answer);
    EXPECT_EQ(get("/session", who).status, 200);
    EXPECT_EQ(get("/overview", who).status, 200);

    const auto out = send(request("DELETE", "/admin/api/session", "", who));
    EXPECT_EQ(out.status, 204);
    EXPECT_NE(out.headers.get("Set-Cookie").find("Max-Age=0"), std::string_view::npos);
    EXPECT_EQ(get("/overview", who).status, 401);
    EXPECT_EQ(get("/session", who).status, 401);
    EXPECT_EQ(accesses("session.begin"), "admin:anna");
    EXPECT_EQ(accesses("session.end"), "admin:anna");
}

TEST_F(AdminSession, IsSecureUnlessThePageIsCalledOnThisMachine) {
    add_user("anna", "viewer");
    auto made = request("POST", "/admin/api/session", R"({"user":"anna","password":"correct horse battery"})", {});
    net::Headers elsewhere;
    for (const auto& [name, value] : made.headers) elsewhere.add(name, name == "Host" ? "sync.clinic.example" : value);
    made.headers = elsewhere;
    const auto answer = send(std::move(made));
    ASSERT_EQ(answer.status, 200);
    const auto cookie = answer.headers.get("Set-Cookie");
    EXPECT_TRUE(cookie.starts_with("__Host-drchrono_sync_admin=")) << cookie;
    EXPECT_NE(cookie.find("; Secure"), std::string_view::npos) << cookie;
    EXPECT_NE(cookie.find("; Path=/;"), std::string_view::npos) << cookie;
}

TEST_F(AdminSession, StoresOnlyTheHashOfItsId) {
    const auto who = sign_in_as("viewer");
    const auto id = who.cookie.substr(who.cookie.find('=') + 1);
    EXPECT_EQ(ask("select count(*) from admin_sessions where id_sha256 = sha256('" + id + "')"), "1");
    EXPECT_EQ(ask("select count(*) from admin_sessions s where s::text like '%" + id + "%'"), "0");
}

TEST_F(AdminSession, NeverTakesOverAnIdThatCameAlong) {
    const auto planted = sign_in_as("viewer");
    add_user("anna", "admin");
    const auto answer = try_sign_in("anna", password, {{"Cookie", planted.cookie}});
    ASSERT_EQ(answer.status, 200);
    EXPECT_NE(signed_by(answer).cookie, planted.cookie);
    EXPECT_EQ(get("/overview", planted).status, 401) << "the planted session has ended";
    const auto invented = "drchrono_sync_admin=" + std::string(43, 'A');
    const auto other = try_sign_in("anna", password, {{"Cookie", invented}});
    ASSERT_EQ(other.status, 200);
    EXPECT_NE(signed_by(other).cookie, invented);
    EXPECT_EQ(get("/overview", {invented, {}}).status, 401);
}

TEST_F(AdminSession, RefusesTwoCookiesOfOneName) {
    const auto who = sign_in_as("viewer");
    EXPECT_EQ(get("/overview", {who.cookie + "; " + who.cookie, {}}).status, 401);
    EXPECT_EQ(get("/overview", {"theme=dark; " + who.cookie, {}}).status, 200);
    EXPECT_EQ(get("/overview", {who.cookie + "x", {}}).status, 401);
    EXPECT_EQ(get("/overview", {"drchrono_sync_admin=", {}}).status, 401);
}

TEST_F(AdminSession, EndsWhenItIsIdleAndWhenItIsOld) {
    const auto who = sign_in_as("viewer");
    ask("update admin_sessions set last_seen_at = now() - interval '14 minutes' returning 1");
    EXPECT_EQ(get("/overview", who, {{"X-Background", "1"}}).status, 200);
    EXPECT_EQ(ask("select last_seen_at < now() - interval '13 minutes' from admin_sessions"), "t")
        << "nobody did anything";
    EXPECT_EQ(get("/overview", who).status, 200);
    EXPECT_EQ(ask("select last_seen_at > now() - interval '1 minute' from admin_sessions"), "t");
    ask("update admin_sessions set last_seen_at = now() - interval '15 minutes 1 second' returning 1");
    EXPECT_EQ(get("/overview", who).status, 401);

    const auto other = sign_in("user-1");
    ask("update admin_sessions set expires_at = now() - interval '1 second' returning 1");
    EXPECT_EQ(get("/overview", other).status, 401);
}

TEST_F(AdminSession, FollowsItsUser) {
    const auto who = sign_in_as("admin");
    EXPECT_EQ(get("/audit", who).status, 200);
    ask("update admin_users set roles = '{viewer}' returning 1");
    EXPECT_EQ(get("/audit", who).status, 403);
    ask("update admin_users set disabled_at = now() returning 1");
    EXPECT_EQ(get("/overview", who).status, 401);
    EXPECT_EQ(try_sign_in("user-1", password).status, 401);
}

TEST_F(AdminSession, TellsNobodyWhetherANameExists) {
    add_user("anna", "viewer");
    const auto wrong = try_sign_in("anna", "not the password");
    const auto unknown = try_sign_in("nobody-here", "not the password");
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(unknown.status, 401);
    EXPECT_EQ(text_at(read(wrong), "error"), text_at(read(unknown), "error"));
    EXPECT_EQ(accesses("session.refused"), "nobody\nnobody");
    EXPECT_EQ(ask("select count(*) from access_log l where l::text like '%nobody-here%'"), "0");
    EXPECT_EQ(ask("select string_agg(coalesce(details ->> 'user', 'none'), ' ' order by id) from access_log "
                  "where action = 'session.refused'"),
              "anna none")
        << "only a name that a user has: people type passwords into the wrong field";
}

TEST_F(AdminSession, SlowsDownWhoGuesses) {
    add_user("anna", "viewer");
    for (int tries = 0; tries < 5; ++tries) EXPECT_EQ(try_sign_in("anna", "a guess of mine").status, 401) << tries;
    const auto throttled = try_sign_in("anna", password);
    EXPECT_EQ(throttled.status, 429) << "also with the right one";
    EXPECT_FALSE(throttled.headers.get("Retry-After").empty());
    add_user("bert", "viewer");
    EXPECT_EQ(try_sign_in("bert", password).status, 200) << "another name is not slowed down";
    ask("update admin_failed_sign_ins set blocked_until = now() returning 1");
    EXPECT_EQ(try_sign_in("anna", password).status, 200);
    for (int tries = 0; tries < 4; ++tries)
        EXPECT_EQ(try_sign_in("anna", "a guess of mine").status, 401) << "counted anew";
}

TEST_F(AdminSession, AnAddressThatTriesManyNamesSlowsDownWrongPasswordsAlone) {
    add_user("anna", "viewer");
    ask("insert into admin_failed_sign_ins values (sha256('address:192.0.2.1'), 36, now(), now()) returning 1");
    EXPECT_EQ(try_sign_in("name-1", "a guess of mine").status, 401);
    EXPECT_EQ(try_sign_in("name-2", "a guess of mine").status, 429);
    EXPECT_EQ(try_sign_in("anna", "a guess of mine").status, 429) << "which tells nobody that there is an anna";
    EXPECT_EQ(try_sign_in("anna", password).status, 200) << "she is not held up by what others try from there";
    ask("update admin_failed_sign_ins set blocked_until = now() + interval '1 hour' where failures >= 30 returning 1");
    EXPECT_EQ(try_sign_in("anna", password).status, 200);
}

TEST_F(AdminSession, WhatStrangersTryHoldsUpNobodyWhoseBrowserIsKnown) {
    add_user("anna", "viewer");
    const auto first = try_sign_in("anna", password);
    ASSERT_EQ(first.status, 200);
    std::string device;
    for (const auto& [name, value] : first.headers)
        if (name == "Set-Cookie" && value.starts_with("drchrono_sync_device="))
            device = value.substr(0, value.find(';'));
    ASSERT_FALSE(device.empty());
    const Fields known{{"Cookie", device}};
    for (int tries = 0; tries < 5; ++tries) EXPECT_EQ(try_sign_in("anna", "a guess of mine").status, 401);
    EXPECT_EQ(try_sign_in("anna", password).status, 429) << "from there, with a browser that nobody knows";
    EXPECT_EQ(try_sign_in("anna", password, known).status, 200);
    ask("insert into admin_failed_sign_ins values (sha256('user:anna'), 900, now(), now() + interval '5 minutes') "
        "on conflict (key_sha256) do update set blocked_until = excluded.blocked_until returning 1");
    EXPECT_EQ(try_sign_in("anna", password, known).status, 200) << "whole networks guess";

    for (int tries = 0; tries < 5; ++tries)
        EXPECT_EQ(try_sign_in("anna", "a guess of mine", known).status, 401) << tries;
    EXPECT_EQ(try_sign_in("anna", password, known).status, 429) << "a known browser may guess no longer than others";
    add_user("bert", "viewer");
    const auto berts = try_sign_in("bert", password, known);
    EXPECT_EQ(berts.status, 200);
    EXPECT_EQ(ask("select count(distinct device_sha256) from admin_devices"), "1") << "one browser for both";
    const auto made_up = try_sign_in("bert", password, {{"Cookie", "drchrono_sync_device=" + std::string(43, 'A')}});
    EXPECT_EQ(made_up.status, 200);
    EXPECT_EQ(ask("select count(*) from admin_devices where device_sha256 = sha256('" + std::string(43, 'A') + "')"),
              "0")
        << "an id that somebody made up is not taken over";
}

TEST_F(AdminSession, IsUnblockedByNameByAddressOrForAll) {
    add_user("anna", "viewer");
    const auto blocked = [&] {
        for (int tries = 0; tries < 6; ++tries) try_sign_in("anna", "a guess of mine");
        return try_sign_in("anna", password).status == 429;
    };
    for (const std::string whom : {"anna", "192.0.2.1", ""}) {
        EXPECT_TRUE(blocked()) << whom;
        auto another = auth::unblock("bert");
        EXPECT_EQ(test::run_async(io, pool.run(std::move(another))).value().affected(), 0);
        auto statement = auth::unblock(whom);
        EXPECT_GT(test::run_async(io, pool.run(std::move(statement))).value().affected(), 0);
        EXPECT_EQ(try_sign_in("anna", password).status, 200) << whom;
    }
    EXPECT_EQ(ask("select count(*) from admin_failed_sign_ins f where f::text like '%anna%'"), "0");
}

/// The check of a password is work: whoever has none right does not keep the door shut with it.
TEST_F(AdminSession, ManyTriesAtOnceFromOneAddressLeaveRoomForOthers) {
    add_user("anna", "viewer");
    std::vector<std::shared_ptr<test::Ended<Result<auth::AdminSession>>>> tries;
    for (int number = 0; number < 20; ++number)
        tries.push_back(test::spawn(io, sessions.sign_in({"name-" + std::to_string(number), "a guess", "192.0.2.9"})));
    const auto hers = test::spawn(io, sessions.sign_in({"anna", password, "192.0.2.1"}));
    ASSERT_TRUE(test::turn_until(
        io, [&] { return hers->done && std::ranges::all_of(tries, [](const auto& each) { return each->done; }); }));
    EXPECT_TRUE(hers->value->has_value());
    EXPECT_EQ(
        std::ranges::count_if(tries, [](const auto& each) { return each->value->error().fault == Fault::unavailable; }),
        11)
        << "eight wait beside the one whose password is checked";
}

/// A handful of addresses with made-up names, without end: whoever comes with the right password is next.
TEST_F(AdminSession, StrangersWhoGuessWithoutEndHoldUpNoNewcomer) {
    constexpr int addresses = 12;
    add_user("anna", "viewer");
    auth::AdminSessions small{[this] { return &pool; }, {.waiting = {.all = 16, .of_an_address = 4}}};
    std::vector<std::shared_ptr<test::Ended<Result<auth::AdminSession>>>> tries;
    const auto guess = [&](int times) {
        for (int each = 0; each < times; ++each) {
            const auto number = std::to_string(tries.size());
            const auto from = "198.51.100." + std::to_string(tries.size() % addresses);
            tries.push_back(test::spawn(io, small.sign_in({"name-" + number, "a guess", from})));
        }
    };
    const auto checked = [&] {
        return std::ranges::count_if(
            tries, [](const auto& each) { return each->done && each->value->error().fault == Fault::unauthorized; });
    };
    guess(16);
    ASSERT_TRUE(test::turn_until(io, [&] { return checked() >= 3; }, std::chrono::seconds{60}));
    for (const auto* address : {"192.0.2.1", "2001:db8::1"}) {
        guess(20);  // more than can wait
        const auto before = checked();
        const auto hers = test::spawn(io, small.sign_in({"anna", password, address}));
        ASSERT_TRUE(test::turn_until(io, [&] { return hers->done; }, std::chrono::seconds{60}));
        EXPECT_TRUE(hers->value->has_value()) << hers->value->error().detail;
        EXPECT_LE(checked() - before, addresses + 1) << "those that had not failed yet, at the most";
    }
    const auto all_ended = [&] { return std::ranges::all_of(tries, [](const auto& each) { return each->done; }); };
    ASSERT_TRUE(test::turn_until(io, all_ended, std::chrono::seconds{60}));
}

TEST_F(AdminSession, ManyWhoGuessAtOneNameHoldUpNobodyWhoHasNot) {
    add_user("anna", "viewer");
    const auto besiege = [&] {
        ask("insert into admin_failed_sign_ins values (sha256('user:anna'), 900, now(), now() + interval '5 minutes') "
            "on conflict (key_sha256) do update set failures = 900, blocked_until = excluded.blocked_until returning 1");
    };
    besiege();
    EXPECT_EQ(try_sign_in("anna", "a slip").status, 401) << "a slip is allowed";
    EXPECT_EQ(try_sign_in("anna", password).status, 200) << "her browser is new, her password right";
    besiege();
    for (int tries = 0; tries < 2; ++tries) EXPECT_EQ(try_sign_in("anna", "a guess").status, 401) << tries;
    const auto refused = try_sign_in("anna", password);
    EXPECT_EQ(refused.status, 429) << "who guesses from there is slowed down";
    EXPECT_FALSE(refused.headers.get("Retry-After").empty());
    ask("update admin_failed_sign_ins set last_at = now() - interval '6 minutes' returning 1");
    besiege();
    EXPECT_EQ(try_sign_in("anna", password).status, 200) << "not for ever";
}

TEST_F(AdminSession, CountsTriesThatComeSideBySide) {
    add_user("anna", "viewer");
    std::vector<std::shared_ptr<test::Ended<Result<auth::AdminSession>>>> tries;
    auth::AdminSessions wide{[this] { return &pool; }, {}};
    for (int number = 0; number < 8; ++number)
        tries.push_back(test::spawn(io, wide.sign_in({"anna", "a guess of mine", "192.0.2.1"})));
    ASSERT_TRUE(
        test::turn_until(io, [&] { return std::ranges::all_of(tries, [](const auto& each) { return each->done; }); }));
    const auto checked = std::ranges::count_if(
        tries, [](const auto& each) { return each->value->error().fault == Fault::unauthorized; });
    EXPECT_EQ(checked, 5);
}

TEST_F(AdminSession, ChangesNothingWithoutItsToken) {
    const auto who = sign_in_as("admin");
    EXPECT_EQ(post("/runs", R"({"resource":"patients","mode":"full"})", {who.cookie, {}}).status, 403);
    EXPECT_EQ(post("/runs", R"({"resource":"patients","mode":"full"})", {who.cookie, "x" + who.csrf}).status, 403);
    const auto other = sign_in_as("admin");
    EXPECT_EQ(post("/runs", R"({"resource":"patients","mode":"full"})", {who.cookie, other.csrf}).status, 403)
        << "the token of another session";
    for (const auto* site : {"cross-site", "same-site"})
        EXPECT_EQ(post("/runs", R"({"resource":"patients","mode":"full"})", who, {{"Sec-Fetch-Site", site}}).status,
                  403);
    EXPECT_EQ(
        post("/runs", R"({"resource":"patients","mode":"full"})", who, {{"Origin", "https://evil.example"}}).status,
        403);
    EXPECT_EQ(post("/runs", R"({"resource":"patients","mode":"full"})", who, {{"Origin", "null"}}).status, 403);
    EXPECT_EQ(try_sign_in("user-1", password, {{"Sec-Fetch-Site", "cross-site"}}).status, 403)
        << "nor signs anybody in";
    EXPECT_EQ(send(request("DELETE", "/admin/api/session", "", {who.cookie, {}})).status, 403);
    EXPECT_EQ(runs_started, 0);
    EXPECT_EQ(
        post("/runs", R"({"resource":"patients","mode":"full"})", who, {{"Origin", "http://localhost:8080"}}).status,
        202);
    EXPECT_EQ(runs_started, 1);
}

TEST_F(AdminSession, TakesNoFormAndNoOddBody) {
    add_user("anna", "viewer");
    auto form = request("POST", "/admin/api/session", "", {});
    form.body = "user=anna&password=correct+horse+battery";
    form.headers.add("Content-Type", "application/x-www-form-urlencoded");
    EXPECT_EQ(send(std::move(form)).status, 400);
    for (const auto* body :
         {"[]", "{}", R"({"user":"anna"})", R"({"user":7,"password":8})", "{", R"({"user":"","password":""})"})
        EXPECT_EQ(post("/session", body, {}).status, 400) << body;
    EXPECT_EQ(try_sign_in(std::string(201, 'a'), password).status, 400);
    EXPECT_EQ(try_sign_in("anna", std::string(1'001, 'a')).status, 400);
}

TEST_F(AdminSession, SaysThatTheDatabaseIsAway) {
    const auto who = sign_in_as("viewer");
    away = true;
    EXPECT_EQ(get("/overview", who).status, 503);
    EXPECT_EQ(get("/session", who).status, 503);
    EXPECT_EQ(try_sign_in("user-1", password).status, 503);
}

TEST_F(AdminSession, AsksForEachRoleThatARouteNames) {
    using ingress::Who;
    const std::vector<std::pair<std::string, Signed>> users_of_all{
        {"", {}},
        {"viewer", sign_in_as("viewer")},
        {"operator", sign_in_as("operator")},
        {"phi-reader", sign_in_as("phi-reader")},
        {"operator,phi-reader", sign_in_as("operator,phi-reader")},
        {"admin", sign_in_as("admin")},
        {"emergency", sign_in_as("emergency")},
    };
    const std::map<Who, std::string> allowed{
        {Who::signed_in, "viewer operator phi-reader operator,phi-reader admin emergency"},
        {Who::viewer, "viewer operator phi-reader operator,phi-reader admin emergency"},
        {Who::operates, "operator operator,phi-reader admin"},
        {Who::phi_reader, "phi-reader operator,phi-reader admin"},
        {Who::filer, "operator,phi-reader admin"},
        {Who::administrator, "admin"},
        {Who::emergency, "emergency admin"}};
    int checked = 0;
    for (const auto& route : routes) {
        if (!allowed.contains(route.who) || route.method == "DELETE") continue;
        auto path = route.path;
        for (const auto& [name, value] :
             std::map<std::string, std::string>{{"{id}", new_uuid()}, {"{table}", "patients"}})
            if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
        for (const auto& [roles, who] : users_of_all) {
            const auto response = send(request(route.method, path, route.method == "GET" ? "" : "{}", who));
            const bool in =
                (" " + allowed.at(route.who) + " ").find(" " + roles + " ") != std::string::npos && !roles.empty();
            if (roles.empty()) {
                EXPECT_EQ(response.status, 401) << route.method << ' ' << path;
            } else if (in) {
                EXPECT_TRUE(response.status != 401 && response.status != 403 && response.status < 500)
                    << route.method << ' ' << path << ' ' << roles << ' ' << response.status << ' ' << response.body;
            } else {
                EXPECT_EQ(response.status, 403) << route.method << ' ' << path << ' ' << roles;
            }
            EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff") << route.method << ' ' << path;
            EXPECT_EQ(response.headers.get("Cache-Control"), "no-store") << route.method << ' ' << path;
            EXPECT_EQ(response.headers.count("Cache-Control"), 1) << route.method << ' ' << path;
            ++checked;
        }
    }
    EXPECT_GT(checked, 6 * 30);
}

}  // namespace
}  // namespace dcs::admin
