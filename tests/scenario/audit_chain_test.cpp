// The audit chain from outside: the service seals and keeps anchors, and others than the service check it.
#include "support/metrics_text.hpp"
#include "support/running_service.hpp"
#include "support/scripted_server.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class AuditChain : public test::WithService {
protected:
    AuditChain() {
        start();
        EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1,"first_name":"Testa","last_name":"Zürich \"1\""})").status, 200);
        EXPECT_TRUE(becomes("select count(*) from patients", "1"));
        ask("insert into access_log (actor, action, details) values ('cli:a', 'notes.read', '{\"b\":1.50,\"aa\":null}')");
        stop();
    }
    ~AuditChain() override {
        if (service) stop();
    }
    std::string anchors() const { return (directory.path() / "anchors").string(); }
    static std::string content(const std::filesystem::path& path) {
        std::ifstream file{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    /// What somebody else's program says of the chain; `secrets` separated by blanks.
    int python(std::string& said, const std::string& secrets) {
        const auto at = database.settings();
        test::ChildProcess::Options options;
        options.argv = {"python3", std::string{SOURCE_DIR} + "/tests/support/verify_audit.py",
                        fmt::format("host={} port={} dbname={} user={} password={}", at.host, at.port, at.database,
                                    at.user, at.password.empty() ? "none" : at.password)};
        if (std::filesystem::exists(anchors())) options.argv.push_back(anchors());
        options.environment = {{"AUDIT_SECRETS", secrets}};
        test::ChildProcess child{std::move(options)};
        EXPECT_TRUE(test::turn_until(io, [&] { return !child.running(); }, 1min));
        said = child.output();
        return child.wait(1s).value_or(-1);
    }
    /// Until the metric has this value; what was read of the database may be some seconds old.
    bool shows(const std::string& metric, const std::function<bool(double)>& fits) {
        return test::turn_until(
            io,
            [&] {
                net::Call call{.url = fmt::format("http://127.0.0.1:{}/metrics", metrics_port), .time_limit = 20s};
                const auto answer = test::run_async(io, client.send(std::move(call)), 180s);
                const auto value =
                    answer ? test::value_of(answer->body, "drchrono_sync_audit_" + metric) : std::nullopt;
                return value && fits(*value);
            },
            30s);
    }
    void start_with(Environment more) {
        more.emplace("METRICS_PORT", std::to_string(metrics_port));
        start(std::move(more));
    }
    void tamper(const std::string& sql) {
        database.query_as_superuser("set session_replication_role = replica; " + sql);
    }

    std::uint16_t metrics_port = test::free_port();
    test::TemporaryDirectory directory{};
};

TEST_F(AuditChain, IsKeptInAFileAndCheckedByTheServiceAndByAProgramOfSomebodyElse) {
    start_with({{"AUDIT_ANCHOR", anchors()}});
    ASSERT_TRUE(test::turn_until(io, [&] { return !content(anchors()).empty(); }, 90s));
    EXPECT_TRUE(becomes("select count(distinct log) from audit_seals", "2"));
    const auto number = std::stod(ask("select max(number) from audit_seals"));
    EXPECT_TRUE(shows("seal_number", [&](double value) { return value == number; }));
    EXPECT_TRUE(shows("seal_hash", [](double value) { return value > 0; }));
    EXPECT_TRUE(shows("unsealed_rows", [](double value) { return value == 0; }));
    EXPECT_TRUE(shows("anchor_waiting_seconds", [](double value) { return value == 0; }));
    stop();

    const auto secret_of_client = environment(1)["DRCHRONO_CLIENT_SECRET"];
    std::string said;
    EXPECT_EQ(command({"audit", "verify", "--anchors", anchors()}, said), 0) << said;
    EXPECT_EQ(python(said, secret_of_client), 0) << said;

    tamper("update access_log set details = '{\"b\": 1.5}' where action = 'notes.read'");
    EXPECT_EQ(command({"audit", "verify"}, said), 3);
    EXPECT_NE(said.find("row altered: access_log"), std::string::npos) << said;
    EXPECT_EQ(python(said, secret_of_client), 3);
    EXPECT_NE(said.find("row altered access_log"), std::string::npos) << said;

    // A chain made anew by the service itself, over what the thief has left.
    tamper("truncate audit_seals");
    EXPECT_EQ(command({"cleanup"}, said), 0) << said;
    EXPECT_EQ(command({"audit", "verify"}, said), 0) << said;
    EXPECT_EQ(command({"audit", "verify", "--anchors", anchors()}, said), 3) << said;
    EXPECT_NE(said.find("anchor not in the chain"), std::string::npos) << said;
    EXPECT_EQ(python(said, secret_of_client), 3);
    EXPECT_NE(said.find("anchor not in the chain"), std::string::npos) << said;
    EXPECT_EQ(python(said, "another secret"), 3);
    EXPECT_NE(said.find("chain not confirmed"), std::string::npos) << said;
    EXPECT_EQ(command({"audit", "verify"}, said, {{"TOKEN_KEY", "a key that it was never sealed with"}}), 0)
        << "the client's secret still opens: " << said;
}

TEST_F(AuditChain, BehindAnEndThatNoKeyConfirmsNothingIsSealedUntilAPersonTakesItOver) {
    std::string said;
    EXPECT_EQ(command({"cleanup"}, said), 0) << said;
    const auto seals = ask("select max(number) from audit_seals");
    const Environment other{{"DRCHRONO_CLIENT_SECRET", "another secret of the client"},
                            {"DRCHRONO_WEBHOOK_SECRET", "another secret of the webhook"}};
    start_with(other);
    EXPECT_TRUE(shows("sealing_refused", [](double value) { return value == 1; }));
    stop();
    EXPECT_NE(log.find("what is audited is not sealed any more"), std::string::npos);
    EXPECT_EQ(ask("select max(number) from audit_seals"), seals);
    EXPECT_EQ(command({"audit", "take-over", "--reason", "the key is lost"}, said, other), 2)
        << "it has no name: " << said;
    EXPECT_EQ(command({"audit", "take-over", "--as", "anna", "--reason", "the key is lost"}, said, other), 0) << said;
    EXPECT_NE(ask("select actor from access_log where action = 'audit.take_over' and reason = 'the key is lost'")
                  .find("anna"),
              std::string::npos);
    EXPECT_EQ(command({"audit", "take-over", "--as", "anna", "--reason", "once more"}, said, other), 2) << said;
    EXPECT_EQ(command({"audit", "verify"}, said, other), 3) << said;
    EXPECT_NE(said.find("chain taken over"), std::string::npos) << said;
    EXPECT_EQ(python(said, "another"), 3);
    EXPECT_NE(said.find("chain taken over"), std::string::npos) << said;
}

TEST_F(AuditChain, IsPutAsAnObjectAtAnAddress) {
    std::atomic<bool> refuses{true};
    test::ScriptedServer bucket{io.get_executor(),
                                [&](const test::Asked&) { return test::Reply{.status = refuses ? 403 : 200}; }};
    const test::WithService::Environment there{{"AUDIT_ANCHOR", bucket.url() + "/chains"},
                                               {"AUDIT_ANCHOR_AUTHORIZATION", "Bearer synthetic"}};
    start_with(there);
    ASSERT_TRUE(test::turn_until(io, [&] { return !bucket.asked().empty(); }, 90s));
    EXPECT_TRUE(shows("anchor_waiting_seconds", [](double value) { return value > 0; }))
        << "that it is not kept is told";
    stop();
    EXPECT_NE(log.find("not kept outside yet"), std::string::npos);
    refuses = false;
    ask("insert into access_log (actor, action) values ('cli:a', 'notes.read')");
    const auto before = bucket.asked().size();
    start_with(there);
    ASSERT_TRUE(test::turn_until(io, [&] { return bucket.asked().size() > before; }, 90s));
    const auto& put = bucket.asked().back();
    EXPECT_EQ(put.method, "PUT");
    EXPECT_TRUE(put.target.starts_with("/chains/seal-0000")) << put.target;
    EXPECT_EQ(put.headers.get("Authorization"), "Bearer synthetic");
    std::ofstream{anchors()} << put.body << '\n';
    stop();
    std::string said;
    EXPECT_EQ(command({"audit", "verify", "--anchors", anchors()}, said), 0) << said;
    EXPECT_EQ(command({"audit", "verify", "--anchors", "/nowhere"}, said), 2) << said;
    EXPECT_EQ(command({"audit", "verify"}, said, {{"AUDIT_ANCHOR", "http://example.com/chains"}}), 2) << said;
}

}  // namespace
}  // namespace dcs
