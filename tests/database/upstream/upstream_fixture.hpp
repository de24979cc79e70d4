#pragma once
// What the tests of upstream/ share: a database, a scripted DrChrono, and tokens for it.

#include "support/run.hpp"
#include "support/scripted_server.hpp"
#include "support/test_database.hpp"
#include "upstream/drchrono.hpp"
#include "upstream/tokens.hpp"

#include <gtest/gtest.h>

namespace dcs::upstream {

using namespace std::chrono_literals;
using test::Asked;
using test::Reply;

/// Lets everything pass, unless told otherwise, and remembers what was told.
class OpenBudget : public Budget {
public:
    Async<Result<>> spend(Priority priority) override {
        spent.push_back(priority);
        co_return verdict;
    }
    void throttled(std::chrono::milliseconds wait) override { waits.push_back(wait); }

    Result<> verdict{};
    std::vector<Priority> spent;
    std::vector<std::chrono::milliseconds> waits;
};

class UpstreamTest : public testing::Test {
protected:
    /// The token endpoint: trades refresh token `good` for the next pair, "access-2"/"refresh-2" and so on.
    Reply trade(const Asked& asked) {
        ++trades;
        if (asked.body.find("refresh_token=" + good + "&") == std::string::npos)
            return Reply{.status = 401, .body = R"({"error": "invalid_grant"})"};
        ++generation;
        auto rotated = fmt::format("refresh-{}", generation);
        const auto returned = rotates ? fmt::format(R"(,"refresh_token":"{}")", rotated) : std::string{};
        if (rotates) good = rotated;
        access = fmt::format("access-{}", generation);
        return Reply{.body = fmt::format(R"({{"access_token":"{}","token_type":"Bearer","expires_in":{}{}}})", access,
                                         life, returned),
                     .delay = trade_delay};
    }
    /// The API: 200 for the access token of the present, else 401.
    Reply answer(const Asked& asked) const {
        if (asked.headers.get("Authorization") == "Bearer " + access) return Reply{.body = R"({"id":1})"};
        return Reply{.status = 401, .body = R"({"detail":"Invalid token."})"};
    }
    Reply serve(const Asked& asked) { return asked.target == "/o/token/" ? trade(asked) : answer(asked); }

    TokenSettings settings() const {
        TokenSettings made{.base_url = server.url(), .client_id = "id", .client_secret = "secret&="};
        made.access_token = "access-1";
        made.refresh_token = "refresh-1";
        made.sealing_secret = "sealing";
        made.propagation_pause = 5ms;
        return made;
    }
    std::unique_ptr<Tokens> make_tokens(TokenSettings with) {
        return std::make_unique<Tokens>(io.get_executor(), pool, client, budget, clock, std::move(with));
    }
    Result<AccessToken> current(Tokens& tokens) { return test::run_async(io, tokens.current()); }
    Result<AccessToken> refused(Tokens& tokens, AccessToken token, int times = 1) {
        return test::run_async(io, tokens.after_refusal(std::move(token), times));
    }

    // What the scripted DrChrono does.
    std::string good = "refresh-1";
    std::string access = "access-1";
    int generation = 1;
    int trades = 0;
    int life = 172'800;
    bool rotates = true;
    std::chrono::milliseconds trade_delay{0};
    std::function<Reply(const Asked&)> script = [this](const Asked& asked) { return serve(asked); };

    asio::io_context io;
    test::TestDatabase database;
    pg::Pool pool{io.get_executor(), database.settings()};
    net::Client client{io.get_executor(), "test"};
    OpenBudget budget;
    Time now = system_now();
    Clock clock = [this] { return now; };
    test::ScriptedServer server{io.get_executor(), [this](const Asked& asked) { return script(asked); }};
};

}  // namespace dcs::upstream
