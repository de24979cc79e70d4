// Backups and the drill that restores them, as a person runs them beside the service.
#include "support/running_service.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace dcs {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class RestoreDrill : public test::WithService {
protected:
    RestoreDrill() {
        start();
        for (const int id : {1, 2, 3})
            EXPECT_EQ(deliver("PATIENT_CREATE", fmt::format(R"({{"id":{},"first_name":"Testa"}})", id)).status, 200);
        EXPECT_TRUE(becomes("select count(*) from patients", "3"));
        std::string said;
        EXPECT_EQ(command({"cleanup"}, said), 0) << said;  // seals at once
        EXPECT_EQ(
            ask("select max(upto_seq) >= (select max(seq) from change_log) from audit_seals where log = 'change_log'"),
            "t");
    }
    int run(std::vector<std::string> arguments, std::string& said, Environment more = {}) {
        more.insert({{"DATA_DIR", (directory.path() / "data").string()}, {"BACKUP_DIR", backups().string()}});
        return command(std::move(arguments), said, more);
    }
    fs::path backups() const { return directory.path() / "backups"; }
    std::vector<fs::path> made() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator{backups()})
            if (entry.is_directory()) found.push_back(entry.path());
        std::ranges::sort(found);
        return found;
    }
    /// One byte in the middle of it is another one.
    static void alter(const fs::path& path) {
        std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
        const auto middle = static_cast<std::streamoff>(fs::file_size(path) / 2);
        file.seekg(middle);
        const auto byte = static_cast<char>(file.get() ^ 1);
        file.seekp(middle);
        file.put(byte);
    }
    static unsigned mode_of(const fs::path& path) {
        struct stat found{};
        ::stat(path.c_str(), &found);
        return found.st_mode & 0777;
    }
    std::string last(const std::string& column) const {
        return ask("select " + column + " from restore_drills order by id desc limit 1");
    }

    test::TemporaryDirectory directory{};
};

TEST_F(RestoreDrill, RestoresAGoodBackupAndLeavesNothingBehind) {
    std::string said;
    ASSERT_EQ(run({"backup", "--as", "anna"}, said), 0) << said;
    ASSERT_EQ(made().size(), 1U);
    EXPECT_EQ(mode_of(made()[0]), 0700U);
    EXPECT_EQ(mode_of(made()[0] / "database.dump"), 0600U);
    EXPECT_EQ(mode_of(made()[0] / "manifest.json"), 0600U);
    EXPECT_EQ(ask("select actor like 'cli:% as anna' from access_log where action = 'backup.made'"), "t");

    ASSERT_EQ(run({"restore-drill"}, said), 0) << said;
    EXPECT_NE(said.find("the audit chain verifies"), std::string::npos) << said;
    EXPECT_EQ(last("ok"), "t");
    EXPECT_EQ(last("backup"), made()[0].filename().string());
    EXPECT_EQ(last("rows > 0 and tables > 20 and milliseconds > 0 and backup_made_at > now() - interval '10 minutes'"),
              "t");
    EXPECT_FALSE(fs::exists(directory.path() / "data/restore-drill")) << "the cluster is gone";
    EXPECT_FALSE(fs::exists(directory.path() / "data/restore-drill.lock"));
}

TEST_F(RestoreDrill, FailsOnADumpOrAManifestThatWasAltered) {
    std::string said;
    ASSERT_EQ(run({"backup"}, said), 0) << said;
    const auto dump = made()[0] / "database.dump";
    alter(dump);
    EXPECT_EQ(run({"restore-drill"}, said), 3) << said;
    EXPECT_NE(said.find("the dump is not the one that was made"), std::string::npos) << said;
    EXPECT_EQ(last("ok"), "f");
    EXPECT_EQ(last("failure like 'the dump is not%'"), "t");
    alter(dump);

    const auto manifest = made()[0] / "manifest.json";
    std::ifstream in{manifest};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    const std::string honest = R"("patients":3)";
    ASSERT_NE(text.find(honest), std::string::npos) << text;
    text.replace(text.find(honest), honest.size(), R"("patients":4)");
    std::ofstream{manifest} << text;
    EXPECT_EQ(run({"restore-drill"}, said), 3) << said;
    EXPECT_NE(said.find("the manifest was altered"), std::string::npos) << said;
    EXPECT_EQ(run({"restore-drill"}, said,
                  {{"TOKEN_KEY", "a key of somebody else, long enough for it"},
                   {"DRCHRONO_CLIENT_SECRET", "another-client-secret"}}),
              3)
        << said;
    EXPECT_NE(said.find("a key that is not the service's"), std::string::npos) << said;
}

TEST_F(RestoreDrill, FailsWhereWhatWasBackedUpHadBeenTamperedWith) {
    database.query_as_superuser("set session_replication_role = replica; update change_log set actor = 'nobody' "
                                "where seq = (select min(seq) from change_log)");
    std::string said;
    ASSERT_EQ(run({"backup"}, said), 0) << said;
    EXPECT_EQ(run({"restore-drill", "--json"}, said), 3) << said;
    EXPECT_NE(said.find("row altered change_log"), std::string::npos) << said;
    EXPECT_EQ(last("ok"), "f");
    EXPECT_FALSE(fs::exists(directory.path() / "data/restore-drill")) << "the cluster is gone";
}

TEST_F(RestoreDrill, KeepsSoManyBackupsAndSaysWhereThereIsNone) {
    std::string said;
    EXPECT_EQ(run({"restore-drill"}, said), 3) << said;
    EXPECT_NE(said.find("there is no backup in"), std::string::npos) << said;
    for (int count = 0; count < 3; ++count) {
        ASSERT_EQ(run({"backup", "--keep", "2"}, said), 0) << said;
        test::turn_until(io, [] { return false; }, 1100ms);  // names have seconds
    }
    EXPECT_EQ(made().size(), 2U);
    EXPECT_EQ(run({"backup"}, said, {{"DB_USER", "clinical_reader"}}), 1) << said;
    EXPECT_EQ(made().size(), 2U) << "nothing half made is left";
}

}  // namespace
}  // namespace dcs
