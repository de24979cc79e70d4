// The sync command as an operator runs it: killed, resumed, complete; and the routes of a scheduler with real tokens.
#include "base/document.hpp"
#include "support/running_service.hpp"
#include "support/scripted_server.hpp"
#include "support/signing_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <random>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class WithClinic : public test::WithService {
protected:
    explicit WithClinic(std::uint64_t patients) { use_clinic(patients); }

    std::unique_ptr<test::ChildProcess> command(std::vector<std::string> arguments) {
        test::ChildProcess::Options options;
        options.argv = {SERVICE_BINARY};
        options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
        options.environment = environment(test::free_port());
        return std::make_unique<test::ChildProcess>(std::move(options));
    }
    /// Its exit status; `output` gets what it said.
    int finish(std::vector<std::string> arguments, std::string* output = nullptr) {
        const auto child = command(std::move(arguments));
        EXPECT_TRUE(test::turn_until(io, [&] { return !child->running(); }, 3min));
        if (output != nullptr) *output = child->output();
        return child->wait(1s).value_or(-1);
    }
};

class SyncCommand : public WithClinic {
protected:
    SyncCommand() : WithClinic{1'200} {}
};

TEST_F(SyncCommand, KilledTenTimesEndsCompleteAndFetchesAtMostOnePageTwiceAKill) {
    constexpr int kills = 10;
    const auto all = drchrono->ids("medications").size();
    const auto pages = (all + 49) / 50;
    ASSERT_GT(pages, 30U);
    std::mt19937 random{11};
    int killed = 0;
    for (int at = 0; at < kills; ++at) {
        const auto until =
            drchrono->requests("/api/medications") + std::uniform_int_distribution<std::uint64_t>{1, 4}(random);
        const auto child = command({"sync", "medications", "--full", "--json"});
        ASSERT_TRUE(test::turn_until(
            io, [&] { return !child->running() || drchrono->requests("/api/medications") >= until; }, 1min));
        const auto pause = std::chrono::milliseconds{std::uniform_int_distribution<int>{0, 40}(random)};
        test::turn_until(io, [] { return false; }, pause);
        if (child->running() && child->kill() == -SIGKILL) ++killed;
        database.query("update leases set until = now() where name = 'sync:medications'");  // instead of waiting for it
    }
    EXPECT_EQ(killed, kills) << "each was killed before its end";
    std::string said;
    EXPECT_EQ(finish({"sync", "medications", "--full", "--json"}, &said), 0) << said;
    EXPECT_NE(said.find(R"("resumed":true)"), std::string::npos) << said;
    EXPECT_EQ(ask("select count(*) from medications"), std::to_string(all));
    EXPECT_EQ(ask("select count(*) from change_log where table_name = 'medications'"), std::to_string(all))
        << "each record was written once";
    EXPECT_LE(drchrono->requests("/api/medications"), pages + static_cast<std::uint64_t>(killed));
    EXPECT_EQ(ask("select count(*) from sync_pages"), "0");
    expect_whole();
}

TEST_F(SyncCommand, CtrlCLeavesACheckpointFromWhichTheNextGoesOn) {
    {
        const auto child = command({"sync", "medications", "--full"});
        ASSERT_TRUE(test::turn_until(io, [&] { return drchrono->requests("/api/medications") >= 3; }, 1min));
        child->signal(SIGINT);
        ASSERT_TRUE(test::turn_until(io, [&] { return !child->running(); }, 1min));
        EXPECT_EQ(child->wait(1s), std::optional{3}) << child->output();
        EXPECT_NE(child->output().find("partial"), std::string::npos) << child->output();
    }
    std::string said;
    EXPECT_EQ(finish({"sync", "medications", "--full"}, &said), 0) << said;
    EXPECT_NE(said.find("completed (resumed)"), std::string::npos) << said;
    EXPECT_EQ(ask("select count(*) from medications"), std::to_string(drchrono->ids("medications").size()));
}

TEST_F(SyncCommand, PlanSaysWhatTheRunThenTakesAndVerifyFindsNoDifference) {
    std::string said;
    ASSERT_EQ(finish({"sync", "allergies", "--json"}, &said), 0) << said;
    const auto requests_before = drchrono->requests("/api/allergies");
    EXPECT_EQ(finish({"sync", "allergies", "--plan", "--full", "--json"}, &said), 0) << said;
    EXPECT_EQ(drchrono->requests("/api/allergies"), requests_before) << "a plan of a known listing asks nothing";
    const auto plan = Document::parse(said).value().value;
    const auto planned = *plan.find({"resources", "allergies", "requests"})->number();
    ASSERT_EQ(finish({"sync", "allergies", "--full", "--json"}, &said), 0) << said;
    EXPECT_EQ(std::to_string(drchrono->requests("/api/allergies") - requests_before), planned);
    EXPECT_EQ(finish({"verify", "allergies", "--full"}, &said), 0) << said;
    const auto id = drchrono->ids("allergies")[0];
    ASSERT_TRUE(drchrono->change("allergies", id, {{"notes", "changed"}}, {.silent = true}));
    EXPECT_EQ(finish({"verify", "allergies", "--full"}, &said), 3) << said;
    EXPECT_NE(said.find(id + " differs in notes"), std::string::npos) << said;
    EXPECT_EQ(finish({"sync", "nonsense"}, &said), 2);
}

TEST_F(SyncCommand, AWindowThatMakesNoSenseIsRefusedBeforeDrChronoIsAsked) {
    std::string said;
    for (const auto* since : {"tomorrow", "11/25/2026", "2026-02-30", "2y", "-2h"})
        EXPECT_EQ(finish({"sync", "patients", std::string{"--since="} + since}, &said), 2) << since << said;
    EXPECT_EQ(finish({"sync", "patients", "--full", "--since", "2026-11-25"}, &said), 2) << said;
    EXPECT_EQ(drchrono->requests(), 0U);
    EXPECT_EQ(finish({"sync", "patients", "--since", "yesterday"}, &said), 0) << said;
    EXPECT_EQ(ask("select value ? 'complete_since' from sync_state where name = 'sync:patients'"), "f");
}

TEST_F(SyncCommand, RestartBeginsAnew) {
    {
        const auto child = command({"sync", "medications", "--full"});
        ASSERT_TRUE(test::turn_until(io, [&] { return drchrono->requests("/api/medications") >= 3; }, 1min));
        child->signal(SIGINT);
        ASSERT_TRUE(test::turn_until(io, [&] { return !child->running(); }, 1min));
    }
    std::string said;
    EXPECT_EQ(finish({"sync", "medications", "--full", "--restart"}, &said), 0) << said;
    EXPECT_EQ(said.find("resumed"), std::string::npos) << said;
    EXPECT_EQ(ask("select count(*) from medications"), std::to_string(drchrono->ids("medications").size()));
    EXPECT_EQ(ask("select count(*) from sync_seen"), "0");
}

TEST_F(SyncCommand, VerifyOfWhatIsNotHereIsNotTheSame) {
    std::string said;
    EXPECT_EQ(finish({"verify", "offices", "patients", "medications", "--sample", "3", "--json"}, &said), 3) << said;
    const auto told = Document::parse(said).value().value;
    EXPECT_EQ(told.find("same")->boolean(), false);
    for (const auto* kind : {"offices", "patients", "medications"})
        EXPECT_EQ(told.find({"resources", kind, "same"})->boolean(), false) << kind << said;
}

/// /sync as Cloud Scheduler calls it.
class SyncRoutes : public WithClinic {
protected:
    SyncRoutes() : WithClinic{30} {}

    static constexpr auto audience = "https://sync.example.test";
    static constexpr auto robot = "scheduler@example.test";

    void start_with_issuer() {
        start({{"OIDC_AUDIENCE", audience},
               {"OIDC_ALLOWED_EMAILS", robot},
               {"OIDC_ISSUER", "https://issuer.example.test"},
               {"OIDC_JWKS_URL", issuer.url() + "/certs"}});
    }
    std::string token(std::string_view email) const {
        const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(system_now().time_since_epoch()).count();
        return key.token({{"iss", "https://issuer.example.test"},
                          {"aud", audience},
                          {"email", email},
                          {"email_verified", true},
                          {"iat", now_s},
                          {"exp", now_s + 3600}});
    }
    Answer call(const std::string& path, const std::string& bearer) {
        std::vector<std::pair<std::string, std::string>> headers;
        if (!bearer.empty()) headers.emplace_back("Authorization", "Bearer " + bearer);
        return post(path, "", headers);
    }

    test::SigningKey key = test::SigningKey::ec("k1");
    test::ScriptedServer issuer{io.get_executor(),
                                [this](const test::Asked&) { return test::Reply{.body = test::jwks_of({key})}; }};
};

TEST_F(SyncRoutes, LetTheSchedulerInAndNobodyElse) {
    start_with_issuer();
    EXPECT_EQ(call("/sync/doctors", "").status, 401);
    EXPECT_EQ(call("/sync/doctors", "nonsense").status, 401);
    EXPECT_EQ(call("/sync/doctors", test::SigningKey::ec("k1").token({{"aud", audience}})).status, 401);
    EXPECT_EQ(call("/sync/doctors", token("stranger@example.test")).status, 403);
    EXPECT_EQ(drchrono->requests("/api/doctors"), 0U);

    const auto done = call("/sync/doctors", token(robot));
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_NE(done.body.find(R"("status":"completed")"), std::string::npos) << done.body;
    EXPECT_EQ(ask("select count(*) from doctors"), "3");
    EXPECT_EQ(call("/sync/nonsense", token(robot)).status, 404);
    EXPECT_EQ(call("/sync/doctors?mode=sideways", token(robot)).status, 400);
    EXPECT_EQ(stop(), 0);
    for (const auto* word : {"no_token", "malformed", "signature", "email_not_allowed"})
        EXPECT_NE(log.find(word), std::string::npos) << word;
    EXPECT_EQ(log.find(token(robot).substr(0, 40)), std::string::npos) << "no token in the log";
    EXPECT_EQ(log.find("stranger@"), std::string::npos) << "nor an address";
}

TEST_F(SyncRoutes, AllBringsEveryKindAndASecondTimeWritesNothing) {
    start_with_issuer();
    const auto done = call("/sync/all?mode=full", token(robot));
    ASSERT_EQ(done.status, 200) << done.body;
    const auto parsed = Document::parse(done.body).value().value;
    for (const auto* kind : {"patients", "appointments", "clinical-notes", "medications", "problems", "allergies",
                             "insurance", "line-items", "doctors", "offices"})
        EXPECT_NE(parsed.find({"resources", kind, "status"}), nullptr) << kind;
    const auto written = [&] {
        return ask("select (select count(*) from change_log) || ' ' || (select count(*) from outbox)");
    };
    ASSERT_TRUE(settled());
    const auto before = written();
    EXPECT_EQ(call("/sync/all?mode=full", token(robot)).status, 200);
    EXPECT_EQ(call("/sync/all", token(robot)).status, 200);
    EXPECT_EQ(written(), before);
    expect_whole();
}

/// Invariant 2 of design section 8.
TEST_F(SyncRoutes, WhateverBecomesOfTheWebhooksReconciliationEndsInTheAccountsState) {
    auto& switches = drchrono->switches();
    switches.duplicate_share = 0.3;
    switches.drop_share = 0.3;
    switches.shuffle_window = 500ms;
    start_with_issuer();
    ASSERT_EQ(call("/sync/all?mode=full", token(robot)).status, 200);
    const auto patients = drchrono->ids("patients");
    const auto appointments = drchrono->ids("appointments");
    std::mt19937 random{3};
    const auto any = [&](const auto& ids) { return ids[random() % ids.size()]; };
    for (int act = 0; act < 150; ++act) {
        const auto patient = any(patients);
        switch (random() % 6) {
        case 0: drchrono->change("patients", patient, {{"first_name", fmt::format("Act{}", act)}}); break;
        case 1:
            drchrono->change("appointments", any(appointments), {{"status", act % 2 ? "Arrived" : "Complete"}});
            break;
        case 2: drchrono->create("appointments", {{"patient", std::stoll(patient)}}); break;
        case 3: drchrono->create("medications", {{"patient", std::stoll(patient)}}); break;
        case 4: drchrono->remove("appointments", any(appointments)); break;
        default: drchrono->change("problems", any(drchrono->ids("problems")), {{"notes", fmt::format("act {}", act)}});
        }
        if (act % 10 == 0) test::turn_until(io, [] { return false; }, 20ms);
    }
    ASSERT_TRUE(test::run_async(io, drchrono->delivered(30s), 180s));
    EXPECT_GT(drchrono->delivery_counts().dropped, 10U);
    ASSERT_TRUE(settled());
    ASSERT_EQ(call("/sync/all?mode=full", token(robot)).status, 200);
    ASSERT_TRUE(settled());
    std::string said;
    EXPECT_EQ(finish({"verify", "--full"}, &said), 0) << said;
    expect_whole();
}

}  // namespace
}  // namespace dcs
