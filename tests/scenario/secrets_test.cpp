// Secrets of the running service: replaced under requests, refused when they are wrong, and nowhere to be read.
#include "support/running_service.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace dcs {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

class SecretsScenario : public test::WithService {
protected:
    SecretsScenario() { fs::create_directories(place); }
    ~SecretsScenario() override { fs::remove_all(place); }

    /// Mounts these files anew, all at once, as Kubernetes does: "..data" is turned to a new folder.
    void mount(const std::map<std::string, std::string>& files) {
        const auto folder = fmt::format("..{}", ++mounts);
        fs::create_directories(place / folder);
        for (const auto& [name, text] : files) {
            std::ofstream{place / folder / name} << text;
            if (!fs::is_symlink(place / name)) fs::create_symlink(fs::path{"..data"} / name, place / name);
        }
        fs::create_directory_symlink(folder, place / "..data_tmp");
        fs::rename(place / "..data_tmp", place / "..data");
    }
    /// Settings with the mounted files in the place of the variables.
    Environment mounted(std::initializer_list<std::string> names) const {
        Environment settings;
        for (const auto& name : names) {
            settings[name] = "";
            settings[name + "_FILE"] = place / name;
        }
        return settings;
    }
    int knock(const std::string& signature) {
        return post("/webhooks/drchrono", R"({"object":{"id":1}})",
                    {{"X-drchrono-signature", signature}, {"X-drchrono-event", "PING"}})
            .status;
    }
    int knock_as_scribe(const std::string& shown) {
        return post("/webhooks/deepcura", "{}", {{"X-deepcura-secret", shown}}).status;
    }
    bool says(const std::string& words) const { return service->output().find(words) != std::string::npos; }
    /// Turns until the service's log has these words.
    bool comes_to_say(const std::string& words) {
        return test::turn_until(io, [&] { return says(words); }, 90s);
    }

    fs::path place = fs::path{testing::TempDir()} / fmt::format("mounted-{}", ::getpid());
    int mounts = 0;
};

TEST_F(SecretsScenario, AreReplacedWhileRequestsRunAndNoneIsRefused) {
    mount({{"DRCHRONO_WEBHOOK_SECRET", "first-webhook-secret\n"},
           {"DRCHRONO_WEBHOOK_SECRET_PREVIOUS", ""},
           {"DEEPCURA_SHARED_SECRET", "scribe-secret-first"},
           {"DEEPCURA_SHARED_SECRET_PREVIOUS", ""}});
    start(mounted({"DRCHRONO_WEBHOOK_SECRET", "DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "DEEPCURA_SHARED_SECRET",
                   "DEEPCURA_SHARED_SECRET_PREVIOUS"}));
    EXPECT_EQ(knock("second-webhook-secret"), 401);
    EXPECT_EQ(knock_as_scribe("scribe-secret-second"), 401);

    mount({{"DRCHRONO_WEBHOOK_SECRET", "second-webhook-secret"},
           {"DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "first-webhook-secret"},
           {"DEEPCURA_SHARED_SECRET", "scribe-secret-second"},
           {"DEEPCURA_SHARED_SECRET_PREVIOUS", "scribe-secret-first"}});
    int sent = 0;
    const auto until = std::chrono::steady_clock::now() + 40s;
    while (knock("second-webhook-secret") != 200 && std::chrono::steady_clock::now() < until) {
        ASSERT_EQ(knock("first-webhook-secret"), 200) << "after " << sent << " deliveries";
        ASSERT_NE(knock_as_scribe("scribe-secret-first"), 401);
        ++sent;
    }
    EXPECT_GT(sent, 0);
    EXPECT_EQ(knock("first-webhook-secret"), 200) << "the one before is accepted while it is named";
    EXPECT_NE(knock_as_scribe("scribe-secret-second"), 401);
    EXPECT_NE(knock_as_scribe("scribe-secret-first"), 401);

    mount({{"DRCHRONO_WEBHOOK_SECRET", "second-webhook-secret"},
           {"DRCHRONO_WEBHOOK_SECRET_PREVIOUS", ""},
           {"DEEPCURA_SHARED_SECRET", "scribe-secret-second"},
           {"DEEPCURA_SHARED_SECRET_PREVIOUS", ""}});
    while (knock("first-webhook-secret") != 401 && std::chrono::steady_clock::now() < until + 40s)
        ASSERT_EQ(knock("second-webhook-secret"), 200);
    EXPECT_EQ(knock("first-webhook-secret"), 401);
    EXPECT_EQ(knock("second-webhook-secret"), 200);
    EXPECT_EQ(knock_as_scribe("scribe-secret-first"), 401);
    EXPECT_EQ(stop(), 0);
    EXPECT_NE(log.find("a new secret is in use"), std::string::npos);
    EXPECT_EQ(log.find("second-webhook-secret"), std::string::npos) << "names, not values";
}

TEST_F(SecretsScenario, ThatAreWrongAreRefusedAndThoseInUseWorkOn) {
    mount({{"DRCHRONO_WEBHOOK_SECRET", "first-webhook-secret"}, {"DB_PASSWORD", database.settings().password}});
    start(mounted({"DRCHRONO_WEBHOOK_SECRET", "DB_PASSWORD"}));
    mount({{"DRCHRONO_WEBHOOK_SECRET", ""}, {"DB_PASSWORD", "marked-password"}});
    service->signal(SIGHUP);
    EXPECT_TRUE(comes_to_say("DRCHRONO_WEBHOOK_SECRET: is empty"));
    EXPECT_TRUE(comes_to_say("a new secret needs a restart"));
    EXPECT_TRUE(says("DB_PASSWORD"));
    EXPECT_EQ(knock("first-webhook-secret"), 200);
    EXPECT_EQ(knock(""), 401);
    fs::remove(place / "..data");
    EXPECT_TRUE(comes_to_say("DRCHRONO_WEBHOOK_SECRET: its file cannot be read"));
    EXPECT_EQ(knock("first-webhook-secret"), 200);
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(log.find("marked-password"), std::string::npos);
}

TEST_F(SecretsScenario, AHangUpReadsThemAgainAndEndsNothing) {
    start();
    service->signal(SIGHUP);
    EXPECT_TRUE(comes_to_say("none has changed"));
    EXPECT_EQ(knock(secret), 200);
    EXPECT_EQ(stop(), 0);
}

TEST_F(SecretsScenario, TheTokenKeyChangesWithoutLosingTheTokens) {
    mount({{"TOKEN_KEY", "key-one-seals-the-tokens"}});
    start(mounted({"TOKEN_KEY"}));
    ASSERT_TRUE(becomes("select count(*) from oauth_tokens where access_token is not null", "1"));
    mount({{"TOKEN_KEY", "key-two-seals-the-tokens"}});
    EXPECT_TRUE(comes_to_say("sealed under the present key now"));
    EXPECT_EQ(stop(), 0);

    // With nothing but the new key; then with a third one beside it; then with the third alone.
    const Environment no_first_tokens{{"DRCHRONO_ACCESS_TOKEN", ""}, {"DRCHRONO_REFRESH_TOKEN", ""}};
    auto settings = no_first_tokens;
    settings["TOKEN_KEY"] = "key-three-seals-the-tokens";
    settings["TOKEN_KEY_PREVIOUS"] = "key-two-seals-the-tokens";
    start(settings);
    EXPECT_TRUE(comes_to_say("sealed under the present key now"));
    EXPECT_EQ(stop(), 0);
    settings.erase("TOKEN_KEY_PREVIOUS");
    start(settings);
    const auto patient = drchrono->ids("patients").front();
    EXPECT_EQ(post("/webhooks/drchrono", fmt::format(R"({{"event":"PATIENT_MODIFY","object_id":{}}})", patient),
                   {{"X-drchrono-signature", secret}})
                  .status,
              200);
    EXPECT_TRUE(becomes("select count(*) from patients", "1"));
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(ask("select coalesce(dead_reason, '') from oauth_tokens"), "");
}

TEST_F(SecretsScenario, AWrongTokenKeyLosesNothing) {
    start({{"TOKEN_KEY", "the-right-key-of-tokens"}});
    ASSERT_TRUE(becomes("select count(*) from oauth_tokens where access_token is not null", "1"));
    EXPECT_EQ(stop(), 0);
    const auto sealed = ask("select encode(access_token, 'hex') from oauth_tokens");
    start({{"TOKEN_KEY", "a-mistaken-key-of-tokens"}, {"DRCHRONO_REFRESH_TOKEN", "of-long-ago"}});
    const auto patient = drchrono->ids("patients").front();
    post("/webhooks/drchrono", fmt::format(R"({{"event":"PATIENT_MODIFY","object_id":{}}})", patient),
         {{"X-drchrono-signature", secret}});
    EXPECT_TRUE(comes_to_say("No DrChrono access token could be obtained."));
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(ask("select encode(access_token, 'hex') from oauth_tokens"), sealed);
    start({{"TOKEN_KEY", "the-right-key-of-tokens"}, {"DRCHRONO_REFRESH_TOKEN", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}});
    EXPECT_TRUE(becomes("select count(*) from patients", "1", 180s));
    EXPECT_EQ(stop(), 0);
}

/// The processes below `pid`, itself included.
std::vector<std::string> family_of(pid_t pid) {
    std::vector<std::string> family{std::to_string(pid)};
    for (std::size_t at = 0; at < family.size(); ++at) {
        std::error_code ended;
        const fs::directory_iterator threads{fs::path{"/proc"} / family[at] / "task", ended};
        if (ended) continue;
        for (const auto& thread : threads) {
            std::ifstream children{thread.path() / "children"};
            for (std::string child; children >> child;) family.push_back(child);
        }
    }
    return family;
}

/// Every secret has a mark of its own; whatever can be made to go wrong does; nothing that others see has a mark in it.
TEST_F(SecretsScenario, StandInNoLogNoAnswerNoMetricAndNoCommandLine) {
    const auto metrics_port = test::free_port();
    const auto data = place / "data";
    Environment marks;
    for (const auto* name : {"DRCHRONO_CLIENT_SECRET", "DRCHRONO_ACCESS_TOKEN", "DRCHRONO_REFRESH_TOKEN", "TOKEN_KEY",
                             "TOKEN_KEY_PREVIOUS", "DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "DEEPCURA_SHARED_SECRET",
                             "DEEPCURA_SHARED_SECRET_PREVIOUS", "DB_PASSWORD", "DB_MIGRATE_PASSWORD"})
        marks[name] = fmt::format("mark{}mark-of-a-secret", marks.size());
    auto settings = marks;
    settings.insert(
        {{"DB_HOST", ""}, {"DATA_DIR", data}, {"LOG_LEVEL", "debug"}, {"METRICS_PORT", std::to_string(metrics_port)}});
    start(settings);  // on an embedded database: with child processes

    std::string seen;
    const auto note = [&](const Answer& answer) { seen += answer.body; };
    note(post("/webhooks/drchrono", "{}", {{"X-drchrono-signature", "wrong"}}));
    note(post("/webhooks/drchrono", "{", {{"X-drchrono-signature", marks["DRCHRONO_WEBHOOK_SECRET_PREVIOUS"]}}));
    note(post("/webhooks/drchrono", R"({"event":"PATIENT_MODIFY","object_id":1})",
              {{"X-drchrono-signature", marks["DRCHRONO_WEBHOOK_SECRET_PREVIOUS"]}}));
    for (const auto* name : {"DEEPCURA_SHARED_SECRET", "DEEPCURA_SHARED_SECRET_PREVIOUS"})
        for (const auto* body : {"{", "{}", R"({"encrypted_payload":"AAAA"})"})
            note(post("/webhooks/deepcura", body, {{"X-deepcura-secret", marks[name]}}));
    note(post("/sync/patients?since=" + marks["TOKEN_KEY"], "",
              {{"Authorization", "Bearer " + marks["DRCHRONO_ACCESS_TOKEN"]}}));
    note(get("/webhooks/drchrono?msg=x"));
    note(get("/" + marks["DB_PASSWORD"]));
    note(get("/ready"));
    // DrChrono refuses the marked tokens and the marked client: the grant dies while this is watched.
    EXPECT_TRUE(comes_to_say("No DrChrono access token could be obtained."));
    service->signal(SIGHUP);
    EXPECT_TRUE(comes_to_say("none has changed"));
    note(get("/ready"));
    net::Call scrape{.url = fmt::format("http://127.0.0.1:{}/metrics", metrics_port), .time_limit = 20s};
    const auto page = test::run_async(io, client.send(std::move(scrape)), 180s);
    ASSERT_TRUE(page && page->status == 200);
    seen += page->body;

    const auto family = family_of(service->pid());
    EXPECT_GT(family.size(), 2U) << "the embedded database is there";
    for (const auto& process : family) {
        seen += content_of(fs::path{"/proc"} / process / "cmdline");
        const auto limits = content_of(fs::path{"/proc"} / process / "limits");
        if (limits.empty()) continue;  // it has ended meanwhile
        const auto line = limits.substr(limits.find("Max core file size"), 60);
        EXPECT_NE(line.find(" 0 "), std::string::npos) << line;
    }
    EXPECT_EQ(stop(), 0);
    seen += log;
    EXPECT_GT(seen.size(), 5'000U);
    for (const auto& [name, mark] : marks) EXPECT_EQ(seen.find(mark), std::string::npos) << name << " can be read";
}

}  // namespace
}  // namespace dcs
