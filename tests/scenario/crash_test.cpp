// Kill -9 between any two steps, then start again: nothing acknowledged is lost, nothing is doubled.
#include "base/document.hpp"
#include "support/pubsub_reply.hpp"
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class KilledAt : public test::WithService, public testing::WithParamInterface<const char*> {};

TEST_P(KilledAt, LosesAndDoublesNothing) {
    start({{"SYNC_KILL_AT", GetParam()}});
    // What an overload has left in the queue.
    ask(R"(insert into inbox (source, event, object_key, body, body_sha256) values ('drchrono', 'PATIENT_CREATE',
        'patients:1000', '{"object":{"id":1000,"first_name":"P1000","updated_at":"2026-10-05T09:00:00"}}', '') returning 1)");
    std::set<int> acknowledged;
    int id = 1000;
    const auto send = [&] {
        ++id;
        const auto patient =
            fmt::format(R"({{"id":{},"first_name":"P{}","updated_at":"2026-10-05T09:00:00"}})", id, id);
        if (deliver("PATIENT_CREATE", patient, fmt::format("d-{}", id)).status == 200) acknowledged.insert(id);
    };
    for (int at = 0; at < 12 && running(); ++at) send();
    const auto truth = drchrono->ids("patients").front();
    if (running())
        post("/webhooks/drchrono", fmt::format(R"({{"event":"PATIENT_MODIFY","object_id":{}}})", truth),
             {{"X-drchrono-signature", secret}});
    ASSERT_TRUE(test::turn_until(io, [&] { return !running(); })) << "the fault point was not passed";
    ASSERT_EQ(service->wait(1s), std::optional{-SIGKILL});

    start();
    for (int at = 0; at < 5; ++at) send();
    for (int again = 1001; again <= id; ++again)  // the sender tries again what was not acknowledged
        if (!acknowledged.contains(again)) {
            const auto patient =
                fmt::format(R"({{"id":{},"first_name":"P{}","updated_at":"2026-10-05T09:00:00"}})", again, again);
            ASSERT_EQ(deliver("PATIENT_CREATE", patient, fmt::format("d-{}", again)).status, 200);
        }
    // The patients of this test exist nowhere upstream: what wants them fetched ends as dead, visibly.
    ASSERT_TRUE(becomes("select count(*) from inbox where state in ('pending', 'processing', 'waiting')", "0"));
    EXPECT_EQ(
        ask(fmt::format(
            "select count(*) from patients where drchrono_id between 1000 and {0} and first_name = 'P' || drchrono_id",
            id)),
        std::to_string(id - 999));
    EXPECT_EQ(ask("select count(*) from change_log c where operation = 'INSERT' and table_name = 'patients'"),
              ask("select count(*) from patients"))
        << "each record was created once";
    expect_whole();
    EXPECT_EQ(stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(FaultPoints, KilledAt,
                         testing::Values("inbox.before_append:3", "inbox.after_append:3", "apply.after_taken:2",
                                         "apply.after_claim", "apply.after_store:2", "apply.before_commit:2",
                                         "apply.after_commit:2", "fetch.after_answer", "fetch.after_commit"),
                         [](const auto& point) {
                             std::string name{point.param};
                             std::ranges::replace_if(name, [](char each) { return each == '.' || each == ':'; }, '_');
                             return name;
                         });

class Publishing : public test::WithService {};

TEST_F(Publishing, KilledBetweenPublishingAndMarkingItPublishesAgain) {
    std::map<std::string, int> received;  // event_id → how often
    const auto pubsub = [&](const test::Asked& asked) {
        const auto body = Document::parse(asked.body);
        const auto* messages = body ? body->value.find("messages") : nullptr;
        if (messages != nullptr)
            for (const auto& message : messages->items())
                ++received[std::string{message.find({"attributes", "event_id"})->string().value()}];
        return test::take_all(asked);
    };
    test::ScriptedServer topic{io.get_executor(), pubsub};
    const Environment publishing{{"GCP_PROJECT", "clinic"}, {"PUBSUB_EMULATOR_HOST", topic.host()}};
    auto dying = publishing;
    dying["SYNC_KILL_AT"] = "outbox.published";
    start(dying);
    const auto create = [this](int id) {
        return deliver("PATIENT_CREATE", fmt::format(R"({{"id":{},"first_name":"A"}})", id));
    };
    for (int id = 1; id <= 5; ++id) create(id);
    ASSERT_TRUE(test::turn_until(io, [&] { return !running(); })) << "the fault point was not passed";
    start(publishing);
    for (int id = 1; id <= 5; ++id) ASSERT_EQ(create(id).status, 200);
    ASSERT_TRUE(becomes("select count(*) from patients", "5"));
    ASSERT_TRUE(becomes("select count(*) from outbox where published_at is null", "0"));
    EXPECT_EQ(std::to_string(received.size()), ask("select count(*) from outbox")) << "each event at least once";
    EXPECT_EQ(ask("select count(*) from change_log where operation = 'INSERT'"), "5");
}

class Refreshing : public test::WithService {
protected:
    /// Killed after DrChrono has answered a refresh and before its tokens are stored, with a record to be fetched; started again.
    void kill_between_answer_and_store() {
        start();
        ASSERT_TRUE(becomes("select count(*) from oauth_tokens", "1"));
        ASSERT_EQ(stop(), 0);
        ask("update oauth_tokens set expires_at = now() returning 1");
        start({{"SYNC_KILL_AT", "tokens.received"}});
        const auto told = fmt::format(R"({{"event":"PATIENT_MODIFY","object_id":{}}})", patient);
        ASSERT_EQ(post("/webhooks/drchrono", told, {{"X-drchrono-signature", secret}}).status, 200);
        ASSERT_TRUE(test::turn_until(io, [&] { return !running(); })) << "the fault point was not passed";
        ASSERT_EQ(service->wait(1s), std::optional{-SIGKILL});
        start();
    }
    const std::string patient = drchrono->ids("patients").front();
    const std::string fetched = "select count(*) from patients where drchrono_id = " + patient;
};

TEST_F(Refreshing, KilledBeforeTheNewTokensAreStoredGoesOnWhereTheOldOnesStillWork) {
    drchrono->switches().old_refresh_grace = std::chrono::hours{1};
    kill_between_answer_and_store();
    EXPECT_TRUE(becomes(fetched, "1"));
    EXPECT_EQ(ask("select coalesce(dead_reason, '') from oauth_tokens"), "");
    EXPECT_EQ(stop(), 0);
}

/// Where rotation leaves no grace (fact sheet section 1), the new tokens died with the process.
TEST_F(Refreshing, KilledBeforeTheNewTokensAreStoredKeepsTheWorkUntilAPersonConsentsAgain) {
    kill_between_answer_and_store();
    ASSERT_TRUE(becomes("select count(*) from oauth_tokens where dead_reason <> ''", "1"));
    EXPECT_TRUE(test::turn_until(
        io, [&] { return get("/ready").body.find("the grant is dead: authorize again") != std::string::npos; }));
    EXPECT_EQ(get("/ready").status, 200) << "deliveries are still accepted";
    EXPECT_EQ(ask(fetched), "0");
    EXPECT_EQ(ask("select count(*) from inbox where state = 'dead'"), "0") << "they wait";
    ASSERT_EQ(stop(), 0);

    const auto consented = drchrono->issue_tokens();
    start({{"DRCHRONO_ACCESS_TOKEN", consented.access}, {"DRCHRONO_REFRESH_TOKEN", consented.refresh}});
    EXPECT_TRUE(becomes(fetched, "1"));
    ASSERT_TRUE(settled());
    EXPECT_EQ(stop(), 0);
}

class Chaos : public test::WithService {};

/// Design section 8, invariants 1, 2, 4, 5 and 7, under shuffled, repeated and lost webhooks and a read lag.
TEST_F(Chaos, AnyOrderRepetitionAndLossLeavesAWholeMirror) {
    drchrono->switches().duplicate_share = 0.3;
    drchrono->switches().drop_share = 0.1;
    drchrono->switches().shuffle_window = std::chrono::minutes{30};
    drchrono->switches().read_lag = std::chrono::minutes{30};
    start();
    const auto patients = drchrono->ids("patients");
    for (int round = 0; round < 12; ++round) {
        for (std::size_t at = 0; at < 6; ++at)
            ASSERT_TRUE(drchrono->change("patients", patients[at], {{"first_name", fmt::format("Round{}", round)}})
                            .has_value());
        drchrono->advance(std::chrono::seconds{90});
    }
    const auto appointment = drchrono->create("appointments", {{"patient", std::stoll(patients[0])}}).value();
    ASSERT_TRUE(drchrono->lock_note(appointment.id).has_value());
    ASSERT_TRUE(drchrono->unlock_note(appointment.id).has_value());
    ASSERT_TRUE(drchrono->lock_note(appointment.id).has_value());
    ASSERT_TRUE(test::run_async(io, drchrono->delivered(60s), 180s));
    drchrono->switches().drop_share = 0;
    // One last change of each whose webhook is not lost: what came before it must not win over it.
    for (std::size_t at = 0; at < 6; ++at)
        ASSERT_TRUE(drchrono->change("patients", patients[at], {{"first_name", "Last"}}).has_value());
    ASSERT_TRUE(test::run_async(io, drchrono->delivered(60s), 180s));
    ASSERT_TRUE(settled(90s));
    for (std::size_t at = 0; at < 6; ++at)
        EXPECT_EQ(ask(fmt::format("select first_name from patients where drchrono_id = {}", patients[at])), "Last");
    EXPECT_EQ(
        ask(fmt::format("select coalesce(bool_and(locked), true) from clinical_notes where drchrono_appt_id = '{}'",
                        appointment.id)),
        "t");
    expect_whole();
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(log.find("Round"), std::string::npos) << "clinical content in the log";
    EXPECT_EQ(log.find(secret), std::string::npos);
    EXPECT_EQ(ask("select count(*) from outbox where (to_jsonb(outbox))::text like '%Round%'"), "0");
}

}  // namespace
}  // namespace dcs
