#include "pg/embedded.hpp"

#include "pg/program.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace dcs::pg {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

bool until(auto reached, std::chrono::milliseconds limit = 15s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!reached() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(20ms);
    return reached();
}

class AnEmbedded : public testing::Test {
protected:
    Result<std::unique_ptr<Embedded>> start() { return Embedded::start(data_dir, settings, {.durable = false}); }
    std::string query(std::string text) {
        asio::io_context io;
        Pool pool{io.get_executor(), settings};
        Statement statement{std::move(text)};
        const auto rows = test::run_async(io, pool.run(std::move(statement)));
        return rows ? (rows->empty() ? "" : rows->string(0, 0)) : "failed: " + rows.error().detail;
    }
    fs::path postgres() const { return data_dir / "postgres"; }
    pid_t postmaster() const {
        std::ifstream file{postgres() / "data" / "postmaster.pid"};
        pid_t pid = 0;
        return file >> pid ? pid : 0;
    }
    /// Another process that starts the cluster, and is killed as soon as `reached` is true.
    void start_elsewhere_and_kill(auto reached) {
        const auto starter = ::fork();
        if (starter == 0) {
            const auto embedded = start();
            std::ofstream{directory.path() / "started"} << (embedded ? "" : embedded.error().detail);
            for (;;) ::pause();
        }
        const bool in_time = until(reached, 60s);
        ::kill(starter, SIGKILL);
        ::waitpid(starter, nullptr, 0);
        ASSERT_TRUE(in_time);
    }
    static bool runs(pid_t pid) { return pid > 0 && ::kill(pid, 0) == 0; }
    static mode_t mode_of(const fs::path& path) {
        struct stat found{};
        return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
    }

    test::TemporaryDirectory directory;
    fs::path data_dir = directory.path() / "var";
    Settings settings;
};

TEST_F(AnEmbedded, MakesItsClusterRoleAndDatabaseAndStopsCleanly) {
    auto embedded = start().value();
    EXPECT_TRUE(embedded->owned());
    EXPECT_EQ(query("select current_user || ' ' || current_database()"), "app_user clinical");
    EXPECT_EQ(query("select rolsuper from pg_roles where rolname = current_user"), "f");
    EXPECT_EQ(query("create table t (id int)"), "");
    EXPECT_EQ(query("select string_agg(setting, '|' order by name) from pg_settings "
                    "where name in ('listen_addresses', 'data_checksums', 'server_encoding')"),
              "on||UTF8");
    EXPECT_EQ(mode_of(postgres()), 0700U);
    EXPECT_EQ(mode_of(settings.host), 0700U);

    const auto pid = postmaster();
    embedded->stop();
    embedded->stop();
    EXPECT_FALSE(runs(pid));
    EXPECT_FALSE(fs::exists(postgres() / "data" / "postmaster.pid"));

    embedded = start().value();
    EXPECT_EQ(query("select count(*) from t"), "0");
}

TEST_F(AnEmbedded, StartsAgainAfterItsPostmasterWasKilled) {
    auto embedded = start().value();
    query("create table t as select 1 as id");
    ::kill(postmaster(), SIGKILL);
    embedded.reset();
    embedded = start().value();
    EXPECT_TRUE(embedded->owned());
    EXPECT_EQ(query("select id from t"), "1");
}

TEST_F(AnEmbedded, StartsOverThePidFileOfADeadOrAnotherProcess) {
    start().value().reset();
    for (const pid_t pid : {pid_t{999'999'99}, ::getpid()}) {
        std::ofstream{postgres() / "data" / "postmaster.pid"} << pid << '\n'
                                                              << (postgres() / "data").string() << "\n0\n5432\n";
        const auto embedded = start().value();
        EXPECT_TRUE(embedded->owned());
        EXPECT_EQ(query("select 1"), "1");
    }
}

TEST_F(AnEmbedded, IsJoinedByASecondStarterWhoDoesNotStopIt) {
    const auto first = start().value();
    auto second = start().value();
    EXPECT_TRUE(first->owned());
    EXPECT_FALSE(second->owned());
    second->stop();
    second.reset();
    EXPECT_EQ(query("select 1"), "1");
}

TEST_F(AnEmbedded, EndsWithTheProcessThatStartedItAndStartsAgain) {
    start_elsewhere_and_kill([&] { return fs::exists(directory.path() / "started"); });
    const auto embedded = start().value();  // at once, while the first one is still shutting down
    EXPECT_TRUE(embedded->owned());
    EXPECT_EQ(query("select 1"), "1");
}

TEST_F(AnEmbedded, LivesBelowADirectoryThatIsClosedToItsUser) {
    ::chmod(directory.path().c_str(), 0700);
    const auto embedded = start().value();
    EXPECT_EQ(query("select 1"), "1");
    EXPECT_EQ(mode_of(directory.path()), 0700U);
}

TEST_F(AnEmbedded, LivesInADirectoryWhosePathIsTooLongForASocket) {
    data_dir = directory.path() / std::string(120, 'x') / "with 'odd', \"names\"";
    const auto embedded = start().value();
    EXPECT_EQ(query("select 1"), "1");
    EXPECT_EQ(mode_of(settings.host), 0700U);
    std::error_code ignored;
    fs::remove_all(settings.host, ignored);
}

TEST_F(AnEmbedded, MakesAClusterAnewWhoseMakingWasKilled) {
    start_elsewhere_and_kill([&] { return fs::exists(postgres() / "data.new" / "base"); });
    ASSERT_FALSE(fs::exists(postgres() / "data"));
    const auto embedded = start().value();
    EXPECT_EQ(query("select 1"), "1");
    EXPECT_FALSE(fs::exists(postgres() / "data.new"));
}

TEST_F(AnEmbedded, RefusesAClusterOfAVersionThatIsNotInstalledAndSaysWhatToDo) {
    fs::create_directories(postgres() / "data");
    std::ofstream{postgres() / "data" / "PG_VERSION"} << "9\n";
    const auto refused = start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::rejected);
    EXPECT_NE(refused.error().detail.find("pg_dump"), std::string::npos) << refused.error().detail;
}

TEST_F(AnEmbedded, RefusesToStartWithoutPostgresAndSaysWhatToDo) {
    ::setenv("PG_BINDIR", "/nonexistent", 1);
    const auto refused = start();
    ::unsetenv("PG_BINDIR");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::rejected);
    EXPECT_NE(refused.error().detail.find("PG_BINDIR"), std::string::npos);
}

TEST_F(AnEmbedded, LeavesFilesAloneThatAreNoCluster) {
    fs::create_directories(postgres() / "data");
    std::ofstream{postgres() / "data" / "precious"} << "text";
    const auto refused = start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::rejected);
    EXPECT_TRUE(fs::exists(postgres() / "data" / "precious"));
}

TEST_F(AnEmbedded, KeepsValuesOutOfItsLog) {
    auto embedded = start().value();
    query("select 'clinical-content'::int");
    query("create table t (name text unique)");
    query("insert into t values ('clinical-content'), ('clinical-content')");
    query("do $$ begin raise warning 'clinical-content'; end $$");
    embedded.reset();
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator{postgres() / "log"}) {
        std::ifstream file{entry.path()};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        EXPECT_EQ(text.find("clinical-content"), std::string::npos) << entry.path();
        files += text.find("shut down") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(files, 1);
}

/// In a child that has become the ordinary user nobody.
TEST_F(AnEmbedded, IsStartedByAnOrdinaryUserToo) {
    if (::geteuid() != 0) GTEST_SKIP() << "all other tests are run by an ordinary user already";
    const auto user = user_named("nobody").value();
    fs::create_directory(data_dir);
    ASSERT_EQ(::chown(data_dir.c_str(), user.uid, user.gid), 0);
    const auto child = ::fork();
    if (child == 0) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(user.gid) != 0 || ::setuid(user.uid) != 0) ::_exit(2);
        const auto embedded = start();
        if (!embedded) ::_exit(3);
        const bool answers = query("select 1") == "1";
        (*embedded)->stop();
        ::_exit(answers ? 0 : 4);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    const auto as_root = start().value();  // and then by root, as the same user
    EXPECT_EQ(query("select 1"), "1");
}

}  // namespace
}  // namespace dcs::pg
