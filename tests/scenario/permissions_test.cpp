// A user who may not read medications, and records that DrChrono never gives: what they cost, and that all else goes on.
#include "support/running_service.hpp"
#include "support/scripted_server.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs {
namespace {

using namespace std::chrono_literals;
using test::Asked;
using test::Reply;

class Refused : public test::WithService {
protected:
    void start_with(Environment more = {}) {
        more["DRCHRONO_BASE_URL"] = fake.url();
        more.try_emplace("DRCHRONO_PRACTICE_GROUP_ID", "77");
        start(std::move(more));
    }
    void deliver_medications(int count) {
        for (int id = 1; id <= count; ++id) {
            const auto answer = deliver("PATIENT_MEDICATION_MODIFY",
                                        fmt::format(R"({{"id":{},"patient":1,"doctor":1,"name":"N"}})", id));
            ASSERT_EQ(answer.status, 200);
        }
    }
    long asked_for(std::string_view path) const {
        return std::ranges::count_if(fake.asked(), [&](const Asked& asked) { return asked.target.starts_with(path); });
    }
    Reply reply(const Asked& asked) const {
        if (asked.target.starts_with("/api/medications/") && asked.target.starts_with(broken))
            return Reply{.status = 500};
        if (asked.target.starts_with("/api/medications") && forbidden)
            return Reply{.status = 403, .body = R"({"detail":"You do not have permission to perform this action."})"};
        if (asked.target.starts_with("/api/medications/")) {
            const auto id = asked.target.substr(17, asked.target.find('?') - 17);
            return Reply{.body = fmt::format(R"({{"id":{},"patient":1,"doctor":1,"name":"N","status":"active"}})", id)};
        }
        return Reply{.body = R"({"results":[],"next":null})"};
    }

    bool forbidden = false;
    std::string broken = "nothing";
    test::ScriptedServer fake{io.get_executor(), [this](const Asked& asked) { return reply(asked); }};
};

TEST_F(Refused, AKindThatIsNotPermittedCostsAHandfulOfRequestsAndStopsNothingElse) {
    forbidden = true;
    start_with();
    deliver_medications(120);
    ASSERT_TRUE(
        becomes("select count(*) from forbidden_kinds where table_name = 'medications' and since is not null", "1"));
    EXPECT_TRUE(becomes("select count(*) from fetches where state = 'running'", "0"));
    EXPECT_LE(asked_for("/api/medications"), 9) << "those under way at once, and the list";
    EXPECT_EQ(ask("select count(*) from fetches where state = 'dead'"), "0");
    EXPECT_EQ(ask("select count(*) from medications"), "120") << "what the webhooks brought is there";
    const auto ready = get("/ready");
    EXPECT_EQ(ready.status, 200);
    EXPECT_NE(ready.body.find(R"("not_permitted":"medications")"), std::string::npos) << ready.body;
    const auto spent = asked_for("/api/medications");
    ask("update fetches set next_try_at = now()");
    EXPECT_EQ(get("/ready").status, 200);
    EXPECT_TRUE(becomes("select count(*) from fetches where state = 'running'", "0"));
    EXPECT_EQ(asked_for("/api/medications"), spent);

    forbidden = false;
    ask("update forbidden_kinds set next_probe_at = now()");
    EXPECT_TRUE(becomes("select count(*) from fetches", "0", 180s))
        << "the first answer opens the kind for all of them";
    EXPECT_EQ(ask("select count(*) from inbox where state <> 'done'"), "0");
    EXPECT_EQ(get("/ready").body.find("not_permitted"), std::string::npos);
}

TEST_F(Refused, ARecordThatIsNeverGivenIsDeadAfterAHandfulOfRequestsAndTheOthersAreRead) {
    broken = "/api/medications/7?";
    start_with();
    deliver_medications(12);
    ASSERT_TRUE(becomes("select count(*) from fetches", "1"));
    for (int tries = 0; tries < 12 && ask("select state from fetches") != "dead"; ++tries) {
        ask("update fetches set next_try_at = now() where state = 'queued'");
        becomes("select count(*) from fetches where state = 'running'", "0", 5s);
        becomes("select count(*) from fetches where state = 'dead'", "1", 2s);
    }
    EXPECT_EQ(ask("select drchrono_id || ' ' || state from fetches"), "7 dead");
    // One more where it was the first to be asked for: without any answer before, that says nothing of the record.
    EXPECT_LE(asked_for("/api/medications/7?"), 7);
    EXPECT_EQ(ask("select count(*) from inbox where state <> 'done'"), "0") << "what the webhooks brought is applied";
    EXPECT_EQ(ask("select count(*) from medications"), "12");
}

}  // namespace
}  // namespace dcs
