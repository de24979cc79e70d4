// Every statement of the data path on an index: a clinic's full and incremental runs, webhooks with and without what a fetch must
// complete, notes of a scribe, published events, a comparison and a clean-up, with the plan of each statement looked at. The two
// crawls do the same for the admin page and for the command line.
#include "simulator/scribe_cipher.hpp"
#include "support/plan_log.hpp"
#include "support/pubsub_reply.hpp"
#include "support/running_service.hpp"
#include "support/scheduler.hpp"

#include <fmt/format.h>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class Plans : public test::WithService {
protected:
    void run_all(const std::string& query) {
        const auto answer = post("/sync/all" + query, "", scheduler.headers());
        EXPECT_EQ(answer.status, 200) << answer.body;
    }
    void live() {
        const auto patients = drchrono->ids("patients");
        const auto visits = drchrono->ids("appointments");
        for (std::size_t at = 0; at < 12; ++at) {
            drchrono->change("patients", patients[at], {{"first_name", "Ana"}});
            drchrono->change("appointments", visits[at], {{"status", "Complete"}});
            drchrono->create("medications", {{"patient", std::stoll(patients[at])}});
            drchrono->change("problems", drchrono->ids("problems")[at], {{"notes", "seen"}});
        }
        drchrono->remove("appointments", visits[20]);
        EXPECT_TRUE(test::run_async(io, drchrono->delivered(30s), 180s));
        deliver("PATIENT_MODIFY", R"({"id":424242,"first_name":"A"})");  // one that DrChrono does not show
        deliver("PATIENT_MODIFY", fmt::format(R"({{"id":{}}})", patients[5]));
        deliver("CLINICAL_NOTE_MODIFY", fmt::format(R"({{"appointment":"{}"}})", visits[3]));
        for (std::size_t at = 0; at < 3; ++at) {
            const auto payload = fmt::format(
                R"({{"session_id":"s-{}","appointment_id":"{}","soap":{{"plan":"rest"}}}})", at, visits[at]);
            const auto body = simulator::encrypt(simulator::Scheme::sha256_iv_prefix, gridhook_secret, payload);
            EXPECT_EQ(post("/webhooks/deepcura", fmt::format(R"({{"encrypted_payload":"{}"}})", body),
                           {{"X-deepcura-secret", gridhook_secret}})
                          .status,
                      200);
        }
        EXPECT_TRUE(settled());
    }

    test::PlanLog plans{database};
    test::Scheduler scheduler{io.get_executor()};
    test::ScriptedServer pubsub{io.get_executor(), test::take_all};
};

TEST_F(Plans, EveryStatementOfTheDataPathIsServedByAnIndex) {
    auto settings = scheduler.settings();
    settings["GCP_PROJECT"] = "clinic";
    settings["PUBSUB_EMULATOR_HOST"] = pubsub.host();
    settings["DEEPCURA_CIPHER"] = "sha256-iv-prefix";
    use_clinic(30);
    start(settings);
    run_all("?mode=full");
    live();
    run_all("");
    drchrono->change("patients", drchrono->ids("patients")[1], {{"last_name", "Bo"}});
    drchrono->change("doctors", drchrono->ids("doctors")[0], {{"timezone", "US/Pacific"}});
    run_all("?mode=full");
    EXPECT_TRUE(settled());
    EXPECT_TRUE(becomes("select count(*) from outbox where published_at is null", "0"));
    std::string said;
    EXPECT_EQ(command({"verify", "--full"}, said), 0) << said;
    EXPECT_EQ(post("/maintenance/cleanup", "", scheduler.headers()).status, 200);
    EXPECT_EQ(stop(), 0);
    const auto verdict = plans.verdict();
    EXPECT_GT(verdict.statements, 100U);
    EXPECT_EQ(verdict.findings, "");
}

/// The judge is one: what has no index is found, and what has one is not.
TEST_F(Plans, AStatementWithoutAnIndexIsFound) {
    database.query("create table visits (id bigint primary key, day date); insert into visits values (1); "
                   "grant select on visits to clinical_service");
    const test::PlanLog again{database};  // of this table, too
    pg::Pool pool{io.get_executor(), database.settings()};
    const auto say = [&](const std::string& sql) { EXPECT_TRUE(test::run_async(io, pool.run(pg::Statement{sql}))); };
    say("select count(*) from visits where id = 3");
    EXPECT_EQ(plans.verdict().findings, "");
    say("select id from visits where day = '2026-01-01'");
    EXPECT_EQ(plans.verdict().findings, "reads all of visits: select id from visits where day = '2026-01-01'\n");
    say("select id from visits where day < '2026-01-01' order by id");
    EXPECT_NE(plans.verdict().findings.find("reads all of visits: select id from visits where day < "),
              std::string::npos);
    test::run_async(io, pool.close(5s));
}

}  // namespace
}  // namespace dcs
