// The admin page over the service's own binary: a user made on the command line signs in, files a note, watches, and leaves.
#include "support/raw_client.hpp"
#include "support/running_service.hpp"

#include "base/document.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace dcs::test {
namespace {

using namespace std::chrono_literals;

class Admin : public WithService {
protected:
    static constexpr auto password = "correct horse battery";

    /// Runs `drchrono-sync admin …` with `input`; its exit status.
    int command(const std::string& arguments, const std::string& input = password) {
        const auto settings = database.settings();
        ChildProcess::Options options;
        options.argv = {"/bin/sh", "-c", fmt::format("echo '{}' | {} admin {}", input, SERVICE_BINARY, arguments)};
        options.environment = {{"DB_HOST", settings.host},
                               {"DB_PORT", std::to_string(settings.port)},
                               {"DB_NAME", settings.database},
                               {"DB_USER", settings.user},
                               {"DB_PASSWORD", settings.password},
                               {"DRCHRONO_WEBHOOK_SECRET", secret},
                               {"DEEPCURA_SHARED_SECRET", gridhook_secret}};
        ChildProcess process{std::move(options)};
        const auto ended = process.wait(60s);
        said = process.output();
        return ended.value_or(-1);
    }
    net::Answer send(const std::string& method, const std::string& path, const std::string& body = {}) {
        net::Call call{.method = method,
                       .url = fmt::format("http://127.0.0.1:{}/admin{}", port, path),
                       .body = body,
                       .time_limit = 20s};
        if (!cookie.empty()) call.headers.add("Cookie", cookie);
        if (!csrf.empty()) call.headers.add("X-CSRF-Token", csrf);
        if (!body.empty()) call.headers.add("Content-Type", "application/json");
        return run_async(io, client.send(std::move(call)), 180s).value();
    }
    int sign_in(const std::string& name, const std::string& with) {
        cookie.clear();
        csrf.clear();
        const auto answer = send("POST", "/api/session", fmt::format(R"({{"user":"{}","password":"{}"}})", name, with));
        if (answer.status != 200) return answer.status;
        const auto set = answer.headers.get("Set-Cookie");
        cookie = std::string{set.substr(0, set.find(';'))};
        csrf = std::string{*Document::parse(answer.body)->value.find("csrf")->string()};
        return 200;
    }
    std::string said;
    std::string cookie;
    std::string csrf;
};

TEST_F(Admin, IsUsedByWhomTheCommandLineLetsIn) {
    start();
    EXPECT_EQ(command("add-user anna --role operator --role phi-reader", "too short"), 2);
    EXPECT_EQ(command("add-user Anna --role operator"), 2);
    EXPECT_EQ(command("add-user anna --role boss"), 2);
    EXPECT_EQ(command("add-user anna --role operator --role phi-reader"), 0) << said;
    EXPECT_EQ(command("add-user anna --role viewer"), 1) << "the name is taken";
    EXPECT_EQ(said.find(password), std::string::npos);
    EXPECT_EQ(sign_in("anna", "not the password"), 401);
    ASSERT_EQ(sign_in("anna", password), 200);
    EXPECT_EQ(send("GET", "/api/notes").status, 200);
    EXPECT_EQ(send("GET", "/api/audit").status, 403);
    EXPECT_EQ(send("POST", "/api/patients/search", R"({"q":"test"})").status, 200);
    EXPECT_EQ(
        ask("select distinct details ->> 'address' from access_log where actor = 'admin:anna' and action like 'patients.%'"),
        "127.0.0.1")
        << "from where she sought";
    const auto started = send("POST", "/api/runs", R"({"resource":"doctors","mode":"full"})");
    EXPECT_EQ(started.status, 202) << started.body;
    EXPECT_TRUE(becomes(
        "select count(*) from sync_log where sync_type = 'full_sync' and table_name = 'doctors' and status = 'completed'",
        "1"));
    EXPECT_EQ(command("set-password anna", "another horse entirely"), 0);
    EXPECT_EQ(send("GET", "/api/notes").status, 401) << "the session of the old password has ended";
    ASSERT_EQ(sign_in("anna", "another horse entirely"), 200);
    EXPECT_EQ(command("disable-user anna"), 0);
    EXPECT_EQ(send("GET", "/api/notes").status, 401);
    EXPECT_EQ(sign_in("anna", "another horse entirely"), 401);
    EXPECT_EQ(command("list-users"), 0);
    EXPECT_NE(said.find("disabled"), std::string::npos) << said;
    EXPECT_EQ(command("set-password anna", "a horse of the third kind"), 0);
    EXPECT_EQ(sign_in("anna", "a horse of the third kind"), 401) << "a new password alone enables nobody";
    EXPECT_EQ(command("enable-user anna"), 0);
    EXPECT_EQ(sign_in("anna", "a horse of the third kind"), 200);
    EXPECT_EQ(command("set-roles anna --role admin"), 0);
    ask("update admin_users set roles = '{viewer}' where name = 'anna'; delete from admin_users where name = 'anna'");
    EXPECT_EQ(
        ask("select string_agg(concat_ws(' ', split_part(action, '.', 2), details ->> 'roles_before', details ->> 'roles',"
            " case when (details ->> 'password_changed')::boolean then 'password' end), '; ' order by id) "
            "from access_log where table_name = 'admin_users' and details ->> 'user' = 'anna'"),
        R"(add ["operator", "phi-reader"] password; )"
        R"(change ["operator", "phi-reader"] ["operator", "phi-reader"] password; )"
        R"(change ["operator", "phi-reader"] ["operator", "phi-reader"]; )"
        R"(change ["operator", "phi-reader"] ["operator", "phi-reader"] password; )"
        R"(change ["operator", "phi-reader"] ["operator", "phi-reader"]; )"
        R"(change ["operator", "phi-reader"] ["admin"]; )"
        R"(change ["admin"] ["viewer"]; remove ["viewer"] password)");
    EXPECT_EQ(ask("select count(distinct actor) from access_log where table_name = 'admin_users'"), "2")
        << "the command's person, and whoever wrote SQL";
}

TEST_F(Admin, ASecondFactorIsMadeAtTheCommandLineAndAskedFor) {
    start({{"ADMIN_SECOND_FACTOR", "clinical"}});
    ASSERT_EQ(command("add-user anna --role phi-reader"), 0) << said;
    EXPECT_EQ(sign_in("anna", password), 200);
    EXPECT_EQ(send("GET", "/api/overview").status, 403) << "her role needs one, and nothing opens before";
    EXPECT_EQ(send("GET", "/api/second-factor").status, 200) << "but what makes one";
    EXPECT_EQ(command("second-factor anna"), 2) << "its key goes to no pipe";
    const test::TemporaryDirectory directory;
    const auto file = (directory.path() / "anna").string();
    ASSERT_EQ(command("second-factor anna --out " + file), 0) << said;
    std::ifstream written{file};
    const std::string told{std::istreambuf_iterator<char>{written}, {}};
    EXPECT_NE(told.find("otpauth://totp/drchrono-sync:anna?secret="), std::string::npos);
    const auto codes = told.find("works once");
    ASSERT_NE(codes, std::string::npos);
    const auto code = told.substr(told.find_first_not_of(" \n", codes + 10), 19);
    EXPECT_EQ(sign_in("anna", password), 401);
    const auto with = [&](const std::string& given) {
        cookie.clear();
        csrf.clear();
        return send("POST", "/api/session",
                    fmt::format(R"({{"user":"anna","password":"{}","code":"{}"}})", password, given))
            .status;
    };
    EXPECT_EQ(with("000000"), 401);
    EXPECT_EQ(with(code), 200) << code;
    EXPECT_EQ(with(code), 401) << "once";
    EXPECT_EQ(command("list-users"), 0);
    EXPECT_NE(said.find("second factor"), std::string::npos) << said;
    EXPECT_EQ(command("remove-second-factor anna"), 0) << said;
    EXPECT_EQ(command("remove-second-factor anna"), 1) << said;
}

TEST_F(Admin, EmergencyAccessLastsAsSetAndIsListedUntilItIsReviewed) {
    start({{"EMERGENCY_ACCESS", "2s"}});
    ASSERT_EQ(command("add-user emma --role emergency"), 0) << said;
    ASSERT_EQ(sign_in("emma", password), 200);
    const auto looked = [&] { return send("POST", "/api/patients/search", R"({"q":"Q"})").status; };
    EXPECT_EQ(looked(), 403);
    ASSERT_EQ(send("POST", "/api/emergency", R"({"reason":"nobody else is there"})").status, 201);
    EXPECT_EQ(looked(), 200);
    EXPECT_TRUE(becomes("select count(*) from emergency_accesses where ends_at <= now()", "1"));
    EXPECT_EQ(looked(), 403) << "it has ended by the clock";
    ASSERT_EQ(command("emergencies"), 0) << said;
    EXPECT_NE(said.find("  emma "), std::string::npos) << said;
    EXPECT_NE(said.find("1 emergency accesses wait"), std::string::npos) << said;
    EXPECT_EQ(said.find("nobody else"), std::string::npos) << "reasons are on the page alone";
    ask("update emergency_accesses set reviewed_at = now(), reviewed_by = 'anna', review = 'all is well' returning 1");
    ASSERT_EQ(command("emergencies"), 0) << said;
    EXPECT_NE(said.find("0 emergency accesses wait"), std::string::npos) << said;
    EXPECT_EQ(stop(), 0);
    EXPECT_NE(log.find("emergency access was opened"), std::string::npos) << log;
}

TEST_F(Admin, ServesThePageBehindAStrictPolicy) {
    start();
    const auto root = send("GET", "");
    EXPECT_EQ(root.status, 308);
    EXPECT_EQ(root.headers.get("Location"), "admin/");
    const auto page = send("GET", "/");
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.headers.get("Content-Security-Policy").starts_with("default-src 'none'"));
    EXPECT_EQ(send("GET", "/api/no-such-thing").status, 404);
    EXPECT_EQ(send("GET", "/api/no-such-thing").headers.get("X-Content-Type-Options"), "nosniff");
}

TEST_F(Admin, WatchesLiveUntilTheServiceStops) {
    start();
    ASSERT_EQ(command("add-user anna --role viewer"), 0) << said;
    ASSERT_EQ(sign_in("anna", password), 200);
    RawClient stream{port, 30s};
    stream.send(
        fmt::format("GET /admin/api/events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\n\r\n", port, cookie));
    EXPECT_EQ(get("/health").status, 200);
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":77,"first_name":"Ann","updated_at":"2026-10-05T09:00:00"})").status,
              200);
    ASSERT_TRUE(becomes("select count(*) from patients where drchrono_id = 77", "1"));
    turn_until(io, [] { return false; }, 5s);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s) << "an open stream holds up no stop";
    const auto answer = stream.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body.starts_with("retry: 3000\n\nevent: overview\ndata: {"));
    EXPECT_NE(answer.body.find("event: overview", answer.body.find("event: overview") + 1), std::string::npos)
        << "the delivery has changed it";
    EXPECT_EQ(answer.body.find("Ann"), std::string::npos) << "nothing clinical";
}

TEST_F(Admin, IsNotThereWhereItIsOff) {
    start({{"ADMIN", "off"}});
    for (const auto* path : {"/", "/admin", "/admin/", "/admin/api/session", "/admin/api/overview"})
        EXPECT_EQ(get(path).status, 404) << path;
    EXPECT_EQ(sign_in("anna", password), 404);
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1})").status, 200) << "the rest is";
}

TEST_F(Admin, GuessersBehindAProxyAreToldApartAndUnblocked) {
    start({{"TRUSTED_PROXIES", "127.0.0.1"}});
    ASSERT_EQ(command("add-user anna --role admin"), 0) << said;
    const auto try_from = [&](const std::string& forwarded, const std::string& with) {
        net::Call call{.method = "POST",
                       .url = fmt::format("http://127.0.0.1:{}/admin/api/session", port),
                       .body = fmt::format(R"({{"user":"anna","password":"{}"}})", with)};
        call.headers.add("Content-Type", "application/json");
        call.headers.add("X-Forwarded-For", forwarded);
        return run_async(io, client.send(std::move(call)), 180s).value().status;
    };
    for (int tries = 0; tries < 5; ++tries)
        EXPECT_EQ(try_from("198.51.100." + std::to_string(tries) + ", 203.0.113.9", "a guess of mine"), 401)
            << "what the guesser writes himself makes no other of him";
    EXPECT_EQ(try_from("203.0.113.9", password), 429);
    EXPECT_EQ(try_from("203.0.113.10", password), 200) << "she comes from elsewhere";
    EXPECT_EQ(ask("select distinct details ->> 'address' from access_log where action = 'session.refused'"),
              "203.0.113.9");
    EXPECT_EQ(command("unblock"), 2) << "whom?";
    EXPECT_EQ(command("unblock 203.0.113.11"), 1) << said;
    EXPECT_EQ(command("unblock 203.0.113.9"), 0) << said;
    EXPECT_EQ(try_from("203.0.113.9", password), 200);
    EXPECT_EQ(
        ask("select string_agg(details ->> 'whom', ' ' order by id) from access_log where action = 'session.unblock'"),
        "203.0.113.11 203.0.113.9");
}

}  // namespace
}  // namespace dcs::test
