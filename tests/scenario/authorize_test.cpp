// A person authorizes the service: the command, a browser, DrChrono's consent, and the running service that goes on with it.
#include "support/running_service.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class Authorize : public test::WithService {
protected:
    ~Authorize() override {
        if (pasting >= 0) ::close(pasting);
        std::filesystem::remove(fifo);
    }

    /// Begins the command; standard input is what paste() writes. The address it prints, once it does.
    std::string begin(const std::string& options = {}, Environment more = {}) {
        if (pasting < 0) {
            EXPECT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
            pasting = ::open(fifo.c_str(), O_RDWR | O_CLOEXEC);  // both ends: opening it blocks nobody
        }
        auto settings = environment(0);
        for (auto& [name, value] : more) settings[name] = value;
        test::ChildProcess::Options child;
        const auto shell = fmt::format("exec \"$0\" authorize --redirect-uri {} {} <\"$1\"", redirect_uri(), options);
        child.argv = {"/bin/sh", "-c", shell, SERVICE_BINARY, fifo.string()};
        child.environment = std::move(settings);
        command = std::make_unique<test::ChildProcess>(std::move(child));
        std::string url;
        test::turn_until(io, [&] { return !(url = printed_address()).empty() || !command->running(); }, 180s);
        return url;
    }
    std::string printed_address() const {
        std::smatch found;
        const auto text = command->output();
        const std::regex address{"(http://[^ \n]+/o/authorize/[^ \n]+)\n(?:.|\n)*here:\n"};
        return std::regex_search(text, found, address) ? found[1].str() : std::string{};
    }
    std::string redirect_uri() const { return fmt::format("http://localhost:{}/back", back_port); }
    void paste(const std::string& line) const {
        const auto text = line + "\n";
        EXPECT_EQ(::write(pasting, text.data(), text.size()), std::ssize(text));
    }
    /// What the browser does at the address: the page's answer, from our own command after the redirect.
    Answer browse(const std::string& url) {
        net::Call call{.url = url, .time_limit = 20s, .redirect_hosts = {fmt::format("localhost:{}", back_port)}};
        const auto answer = test::run_async(io, client.send(std::move(call)), 180s);
        return answer ? Answer{answer->status, answer->body} : Answer{};
    }
    /// Where DrChrono sends the browser back to, without going there.
    std::string consent(const std::string& url) {
        const auto question = url.find('?');
        net::Request request;
        request.method = "GET";
        request.path = "/o/authorize/";
        request.query = net::Query::parse(std::string_view{url}.substr(question + 1));
        const auto answer = test::run_async(io, drchrono->answer(std::move(request)));
        return std::string{answer.headers.get("Location")};
    }
    int ended() {
        std::optional<int> status;
        test::turn_until(io, [&] { return (status = command->wait(0ms)).has_value(); }, 180s);
        return status.value_or(-1000);
    }
    bool says(const std::string& words) const { return command->output().find(words) != std::string::npos; }
    void expect_nothing_stored() {
        EXPECT_EQ(ask("select count(*) from oauth_tokens where access_token is not null"), "0");
    }

    std::uint16_t back_port = test::free_port();
    std::filesystem::path fifo =
        std::filesystem::path{testing::TempDir()} / fmt::format("paste-{}-{}", ::getpid(), back_port);
    int pasting = -1;
    std::unique_ptr<test::ChildProcess> command;
};

/// On any machine with a browser, where the database is out of reach.
TEST_F(Authorize, WritesTheTokensAsFilesWhereAsked) {
    const test::TemporaryDirectory directory;
    const auto read = [&](const std::string& name) {
        std::ifstream file{directory.path() / name};
        return std::string{std::istreambuf_iterator<char>{file}, {}};
    };
    const Environment away{{"DB_HOST", "127.0.0.1"}, {"DB_PORT", "1"}};
    begin("--to /no/such/directory", away);
    EXPECT_EQ(ended(), 2) << command->output();
    const auto url = begin("--to " + directory.path().string(), away);
    ASSERT_FALSE(url.empty()) << command->output();
    EXPECT_EQ(browse(url).status, 200);
    EXPECT_EQ(ended(), 0) << command->output();
    for (const auto* name : {"DRCHRONO_ACCESS_TOKEN", "DRCHRONO_REFRESH_TOKEN"}) {
        EXPECT_FALSE(read(name).empty());
        EXPECT_EQ(command->output().find(read(name)), std::string::npos);
        EXPECT_EQ(std::filesystem::status(directory.path() / name).permissions(), std::filesystem::perms{0600});
    }
    expect_nothing_stored();
    start({{"DRCHRONO_ACCESS_TOKEN", read("DRCHRONO_ACCESS_TOKEN")},
           {"DRCHRONO_REFRESH_TOKEN", read("DRCHRONO_REFRESH_TOKEN")}});
    const auto patient = drchrono->ids("patients").front();
    ASSERT_TRUE(drchrono->change("patients", patient, {{"first_name", "Testa"}}));
    EXPECT_TRUE(becomes("select first_name from patients", "Testa"));
    EXPECT_TRUE(settled());
}

TEST_F(Authorize, ARunningServiceWithADeadGrantGoesOn) {
    start({{"DRCHRONO_ACCESS_TOKEN", ""}, {"DRCHRONO_REFRESH_TOKEN", "worthless"}});
    ASSERT_TRUE(becomes("select coalesce(dead_reason, '') from oauth_tokens", "invalid_grant"));
    const auto patient = drchrono->ids("patients").front();
    EXPECT_EQ(post("/webhooks/drchrono", fmt::format(R"({{"event":"PATIENT_MODIFY","object_id":{}}})", patient),
                   {{"X-drchrono-signature", secret}})
                  .status,
              200);

    const auto url = begin({}, {{"DRCHRONO_REFRESH_TOKEN", "worthless"}});
    ASSERT_FALSE(url.empty()) << command->output();
    EXPECT_NE(url.find("scope=user%3Aread%20calendar%3Aread"), std::string::npos);
    const auto page = browse(url);
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("has arrived"), std::string::npos);
    EXPECT_EQ(ended(), 0) << command->output();
    EXPECT_TRUE(says("Authorized."));
    const std::regex token{"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}"};  // the form of the simulator's tokens and codes
    EXPECT_FALSE(std::regex_search(command->output(), token)) << command->output();
    EXPECT_EQ(ask("select coalesce(dead_reason, '-') || ' ' || (scope like '%billing:read%') from oauth_tokens"),
              "- true");

    EXPECT_TRUE(becomes("select count(*) from patients", "1", 180s)) << "fetched with the new grant, without a restart";
    EXPECT_EQ(stop(), 0);
}

TEST_F(Authorize, TakesAPastedAddressOrCode) {
    auto back = consent(begin());
    ASSERT_NE(back.find("code="), std::string::npos);
    paste("  " + back);
    EXPECT_EQ(ended(), 0) << command->output();
    EXPECT_EQ(ask("select version from oauth_tokens"), "1");

    back = consent(begin("--no-scope"));
    const auto code = back.substr(back.find("code=") + 5);
    paste(code.substr(0, code.find('&')));
    EXPECT_EQ(ended(), 0) << command->output();
    EXPECT_EQ(ask("select version from oauth_tokens"), "2");
}

TEST_F(Authorize, SaysThatThePersonRefused) {
    drchrono->switches().consent = simulator::Consent::refused;
    EXPECT_EQ(browse(begin()).status, 200);
    EXPECT_EQ(ended(), 1);
    EXPECT_TRUE(says("access_denied")) << command->output();
    drchrono->switches().named_scopes = simulator::NamedScopes::none;
    browse(begin());
    EXPECT_EQ(ended(), 1);
    EXPECT_TRUE(says("--no-scope")) << command->output();
    expect_nothing_stored();
}

TEST_F(Authorize, AnAnswerWithAnotherStateIsNotTaken) {
    auto back = consent(begin());
    auto forged = back;
    forged.replace(forged.find("state=") + 6, 5, "AAAAA");
    EXPECT_EQ(browse(forged).status, 400);
    EXPECT_EQ(browse(redirect_uri() + "?code=x").status, 400);
    EXPECT_EQ(browse(fmt::format("http://localhost:{}/elsewhere", back_port)).status, 404);
    EXPECT_TRUE(command->running()) << "anybody can reach the port: it waits on";
    expect_nothing_stored();
    paste(forged);
    EXPECT_EQ(ended(), 1);
    EXPECT_TRUE(says("its state differs")) << command->output();
    expect_nothing_stored();
}

TEST_F(Authorize, ACodeThatHasExpiredIsRefused) {
    const auto back = consent(begin());
    drchrono->advance(31s);
    paste(back);
    EXPECT_EQ(ended(), 1);
    EXPECT_TRUE(says("invalid_grant")) << command->output();
    expect_nothing_stored();
}

TEST_F(Authorize, AWrongClientSecretIsNamedButNotPrinted) {
    paste(consent(begin({}, {{"DRCHRONO_CLIENT_SECRET", "marked-wrong-secret"}})));
    EXPECT_EQ(ended(), 1);
    EXPECT_TRUE(says("invalid_client") && says("DRCHRONO_CLIENT_SECRET")) << command->output();
    EXPECT_FALSE(says("marked-wrong-secret"));
    expect_nothing_stored();
}

TEST_F(Authorize, MissingScopesAreNamedAndNotStoredUnasked) {
    const auto with_one_scope = [](std::string url) {
        return url.substr(0, url.find("&scope=")) + "&scope=user%3Aread%20patients%3Aread";
    };
    paste(consent(with_one_scope(begin())));
    EXPECT_EQ(ended(), 3);
    EXPECT_TRUE(says("calendar:read") && says("lists none") && says("billing:read")) << command->output();
    EXPECT_FALSE(says("patients:read ")) << "that one was granted";
    expect_nothing_stored();
    paste(consent(with_one_scope(begin("--allow-missing"))));
    EXPECT_EQ(ended(), 0);
    EXPECT_EQ(ask("select scope from oauth_tokens"), "user:read patients:read");
}

TEST_F(Authorize, EndsWhenNobodyAnswersAndWhenItIsInterrupted) {
    begin("--wait 1");
    EXPECT_EQ(ended(), 4);
    EXPECT_TRUE(says("nobody answered in time")) << command->output();
    begin();
    command->signal(SIGINT);
    EXPECT_EQ(ended(), 4);
    EXPECT_TRUE(says("interrupted")) << command->output();
    expect_nothing_stored();
}

TEST_F(Authorize, WithoutTheServicesKeyItStoresNothing) {
    paste(consent(begin({}, {{"TOKEN_KEY", "key-one-seals-the-tokens"}})));
    ASSERT_EQ(ended(), 0) << command->output();
    EXPECT_EQ(begin({}, {{"TOKEN_KEY", "key-two-seals-the-tokens"}}), "") << "nobody is troubled";
    EXPECT_EQ(ended(), 2);
    EXPECT_TRUE(says("TOKEN_KEY")) << command->output();
    paste(consent(begin("--new-key", {{"TOKEN_KEY", "key-two-seals-the-tokens"}})));
    EXPECT_EQ(ended(), 0) << command->output();
    EXPECT_EQ(ask("select version from oauth_tokens"), "2");
}

}  // namespace
}  // namespace dcs
