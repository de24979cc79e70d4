#include "ingress/routes.hpp"

#include "ingress/drchrono.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcs::ingress {
namespace {

Async<net::Response> say(std::string text) {
    net::Response response;
    response.body = std::move(text);
    co_return response;
}
Handler saying(std::string text) {
    return [text](net::Request, auth::Caller caller) { return say(text + caller.name); };
}

class Routes : public testing::Test {
protected:
    RouteTable table{
        {"GET", "/health", Who::anybody, 0, "health", saying("health")},
        {"GET", "/things/{id}", Who::anybody, 0, "one", saying("one")},
        {"POST", "/things/{id}/link", Who::anybody, 100, "link", saying("link")},
        {"GET", "/webhooks/x", Who::anybody, 0, "verify", saying("verify")},
        {"POST", "/webhooks/x", Who::deepcura_secret, 1'000, "deliver", saying("deliver ")},
        {"GET", "/admin/*", Who::anybody, 0, "page", saying("page")},
    };
    Gates gates{{Who::anybody, auth::anybody()},
                {Who::deepcura_secret,
                 auth::bearer_header({"X-secret"}, auth::SharedSecret{"s"}, "deepcura", "Invalid secret")}};
    asio::io_context io;

    std::variant<net::Response, net::Admission> knock(const std::string& method, const std::string& path,
                                                      const std::string& secret = {}) {
        net::RequestHead head;
        head.method = method;
        head.path = path;
        head.request_id = "r-1";
        if (!secret.empty()) head.headers.add("X-secret", secret);
        return make_door(table, gates)(head);
    }
    /// The body of the answer, or its status when the door refused.
    std::string ask(const std::string& method, const std::string& path, const std::string& secret = {}) {
        auto decision = knock(method, path, secret);
        if (const auto* refused = std::get_if<net::Response>(&decision)) return std::to_string(refused->status);
        return test::run_async(io, std::get<net::Admission>(decision).handle(net::Request{})).body;
    }
};

TEST_F(Routes, FindTheHandlerOfAPath) {
    EXPECT_EQ(ask("GET", "/health"), "health");
    EXPECT_EQ(ask("GET", "/things/5"), "one");
    EXPECT_EQ(ask("POST", "/things/5/link"), "link");
}

TEST_F(Routes, AnswerHeadWhereTheyAnswerGet) {
    EXPECT_EQ(ask("HEAD", "/health"), "health");
    EXPECT_EQ(ask("HEAD", "/things/5/link"), "405");
}

TEST_F(Routes, AnswerUnknownPathsWith404) {
    for (const auto* path : {"/", "/healthy", "/health/", "//health", "/things", "/things/", "/things/5/",
                             "/things/5/link/6", "/things//link", "/HEALTH", "/webhooks"})
        EXPECT_EQ(ask("GET", path), "404") << path;
    EXPECT_EQ(std::get<net::Response>(knock("GET", "/nothing")).body, R"({"error":"Not found","request_id":"r-1"})");
}

TEST_F(Routes, TakeOneSlashAtTheEndOfAWebhooksAddress) {
    EXPECT_EQ(ask("GET", "/webhooks/x/"), "verify");
    EXPECT_EQ(ask("POST", "/webhooks/x/", "s"), "deliver deepcura");
    EXPECT_EQ(ask("POST", "/webhooks/x/"), "401") << "who is calling is asked there, too";
    EXPECT_EQ(ask("DELETE", "/webhooks/x/"), "405");
    for (const auto* path : {"/webhooks/x//", "/webhooks/", "/webhooks//", "/webhooks/y/", "/health/"})
        EXPECT_EQ(ask("POST", path, "s"), "404") << path;
}

TEST_F(Routes, TellOfAnAddressBelowWebhooksThatThereIsNot) {
    testing::internal::CaptureStderr();
    for (int times = 0; times < 3; ++times) EXPECT_EQ(ask("POST", "/webhooks/secret-in-the-path"), "404");
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_LE(std::ranges::count(said, '\n'), 1) << "at most one a minute";
    EXPECT_EQ(said.find("secret-in-the-path"), std::string::npos);
}

TEST_F(Routes, AnswerOtherMethodsWith405AndWhatIsAllowed) {
    const auto response = std::get<net::Response>(knock("DELETE", "/webhooks/x"));
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.headers.get("Allow"), "GET, HEAD, POST");
    EXPECT_EQ(std::get<net::Response>(knock("get", "/health")).headers.get("Allow"), "GET, HEAD");
}

TEST_F(Routes, MatchAnyRestBehindAStar) {
    EXPECT_EQ(ask("GET", "/admin/"), "page");
    EXPECT_EQ(ask("GET", "/admin/assets/a.js"), "page");
    EXPECT_EQ(ask("GET", "/admin"), "404");
    EXPECT_EQ(ask("GET", "/administration"), "404");
}

TEST_F(Routes, AskWhoIsCallingBeforeTheBodyIsRead) {
    EXPECT_EQ(ask("POST", "/webhooks/x"), "401");
    EXPECT_EQ(ask("POST", "/webhooks/x", "wrong"), "401");
    EXPECT_EQ(ask("POST", "/webhooks/x", "s"), "deliver deepcura");
    EXPECT_EQ(std::get<net::Response>(knock("POST", "/webhooks/x")).body,
              R"({"error":"Invalid secret","request_id":"r-1"})");
}

TEST_F(Routes, SayHowLargeABodyMayBe) {
    EXPECT_EQ(std::get<net::Admission>(knock("POST", "/webhooks/x", "s")).max_body_bytes, 1'000U);
}

TEST_F(Routes, WaitForAProofThatTakesTime) {
    gates[Who::deepcura_secret] = [](const net::RequestHead&) -> auth::Verdict {
        return auth::Later{[](const net::Request& request) -> Async<auth::Judgement> {
            co_await sleep_for(std::chrono::milliseconds{1});
            if (request.body == "good") co_return auth::Judgement{auth::Caller{"somebody", "oidc"}};
            co_return auth::Judgement{auth::Refusal{403, "Not you", {}}};
        }};
    };
    const auto say_body = [&](std::string body) {
        auto decision = knock("POST", "/webhooks/x");
        net::Request request;
        request.body = std::move(body);
        return test::run_async(io, std::get<net::Admission>(decision).handle(std::move(request)));
    };
    EXPECT_EQ(say_body("good").body, "deliver somebody");
    EXPECT_EQ(say_body("bad").status, 403);
}

TEST_F(Routes, CannotBeOpenedWithAPolicyThatNobodyChecks) {
    gates.erase(Who::deepcura_secret);
    EXPECT_THROW(make_door(table, gates), std::logic_error);
    gates[Who::deepcura_secret] = {};
    EXPECT_THROW(make_door(table, gates), std::logic_error);
}

TEST_F(Routes, CannotBeOpenedWithoutAHandler) {
    EXPECT_THROW(
        make_door(route_table({}), {{Who::anybody, auth::anybody()}, {Who::drchrono_signature, auth::anybody()}}),
        std::logic_error);
}

TEST(RouteTable, IsPrintedOneLineARoute) {
    const auto lines = rows(route_table({}));
    ASSERT_EQ(lines.size(), route_table({}).size());
    EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) {
        return line.starts_with("POST   /webhooks/drchrono  ") &&
               line.ends_with("  X-drchrono-signature    10 MiB  a DrChrono webhook delivery");
    })) << lines.back();
}

TEST(RouteTable, LetsOnlyTheHarmlessBeAskedByAnybody) {
    for (const auto& route : route_table({})) {
        if (route.who != Who::anybody) continue;
        EXPECT_EQ(route.method, "GET") << route.path;
        EXPECT_EQ(route.max_body_bytes, 0U) << route.path;
    }
}

}  // namespace
}  // namespace dcs::ingress
