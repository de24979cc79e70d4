// Secrets that are read again: files written in place, put in the place of others, and reached through a link that is turned.
#include "app/secrets.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace dcs::app {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class Secrets : public testing::Test {
protected:
    Secrets() {
        fs::remove_all(place);
        fs::create_directories(place);
    }
    ~Secrets() override { fs::remove_all(place); }

    void write(const std::string& name, std::string_view text) { std::ofstream{place / name} << text; }
    /// All these settings from files of their names.
    Settings from_files(const std::map<std::string, std::string>& values) {
        for (const auto& [name, value] : values) write(name, value);
        const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
            const auto bare = name.ends_with("_FILE") ? name.substr(0, name.size() - 5) : std::string{};
            if (values.contains(bare)) return (place / bare).string();
            return std::nullopt;
        };
        return read_settings(lookup, false).value();
    }
    Settings usual() {
        return from_files({{"DRCHRONO_WEBHOOK_SECRET", "one-of-the-webhook-secrets\n"},
                           {"DRCHRONO_WEBHOOK_SECRET_PREVIOUS", ""},
                           {"DEEPCURA_SHARED_SECRET", "two-is-the-scribe-secret"},
                           {"TOKEN_KEY", "key-that-seals-tokens"},
                           {"DB_PASSWORD", "pass"}});
    }

    fs::path place = fs::path{testing::TempDir()} / fmt::format("secrets-{}", ::getpid());
};

TEST_F(Secrets, ThatDidNotChangeAreNotTaken) {
    const auto read = read_secrets(usual());
    EXPECT_EQ(read.taken, Names{});
    EXPECT_EQ(read.refused, Names{});
    EXPECT_EQ(read.restart, Names{});
}

TEST_F(Secrets, AreTakenWhereTheirFilesChanged) {
    const auto settings = usual();
    write("DRCHRONO_WEBHOOK_SECRET", "new-webhook-secret-in-use\r\n");
    write("DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "one-of-the-webhook-secrets");
    const auto read = read_secrets(settings);
    EXPECT_EQ(read.taken, (Names{"DRCHRONO_WEBHOOK_SECRET", "DRCHRONO_WEBHOOK_SECRET_PREVIOUS"}));
    EXPECT_EQ(read.settings.drchrono_webhook_secret, "new-webhook-secret-in-use");
    EXPECT_EQ(read.settings.drchrono_webhook_secret_previous, "one-of-the-webhook-secrets");
    EXPECT_EQ(read.settings.deepcura_shared_secret, "two-is-the-scribe-secret");
}

TEST_F(Secrets, ThatCannotBeRightLeaveTheOldOnesInUse) {
    const auto settings = usual();
    write("DRCHRONO_WEBHOOK_SECRET", "");
    write("DEEPCURA_SHARED_SECRET", "marked\nvalue");
    fs::remove(place / "TOKEN_KEY");
    const auto read = read_secrets(settings);
    EXPECT_EQ(read.taken, Names{});
    ASSERT_EQ(read.refused.size(), 3U);
    for (const auto& what : read.refused) EXPECT_EQ(what.find("marked"), std::string::npos) << what;
    EXPECT_EQ(read.settings.drchrono_webhook_secret, "one-of-the-webhook-secrets");
    EXPECT_EQ(read.settings.deepcura_shared_secret, "two-is-the-scribe-secret");
    EXPECT_EQ(read.settings.token_key, "key-that-seals-tokens");
    write("TOKEN_KEY", std::string(100'000, 'x'));
    EXPECT_EQ(read_secrets(settings).refused.size(), 3U) << "too large";
}

TEST_F(Secrets, OfTheDatabaseNeedARestart) {
    const auto settings = usual();
    write("DB_PASSWORD", "other");
    const auto read = read_secrets(settings);
    EXPECT_EQ(read.restart, Names{"DB_PASSWORD"});
    EXPECT_EQ(read.taken, Names{});
    EXPECT_EQ(read.settings.db_password, "pass");
}

TEST_F(Secrets, ThatMayGoMayHaveNoFile) {
    auto settings = from_files({{"DRCHRONO_WEBHOOK_SECRET", "one-of-the-webhook-secrets"},
                                {"DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "zero-before-all-of-them"},
                                {"DEEPCURA_SHARED_SECRET", "two-is-the-scribe-secret"}});
    fs::remove(place / "DRCHRONO_WEBHOOK_SECRET_PREVIOUS");
    const auto read = read_secrets(settings);
    EXPECT_EQ(read.taken, Names{"DRCHRONO_WEBHOOK_SECRET_PREVIOUS"});
    EXPECT_EQ(read.settings.drchrono_webhook_secret_previous, "");
}

TEST_F(Secrets, EveryRowThatIsSecretCanBeReadAgainOrSaysThatItCannot) {
    for (const auto& row : setting_rows()) EXPECT_EQ(row.secret, row.member != nullptr) << row.name;
}

TEST_F(Secrets, FilesAreReadOnceAtTheFirstLook) {
    SecretFiles files{usual().secret_files};
    EXPECT_TRUE(files.changed());
    EXPECT_FALSE(files.changed());
    EXPECT_FALSE(files.changed());
}

TEST_F(Secrets, AFileIsReadWhenTwoLooksAgree) {
    SecretFiles files{usual().secret_files};
    files.changed();
    files.changed();
    write("TOKEN_KEY", "a-longer-key-for-tokens");
    EXPECT_FALSE(files.changed());
    write("TOKEN_KEY", "an-even-longer-key-for-tokens");
    EXPECT_FALSE(files.changed()) << "it still changes";
    EXPECT_TRUE(files.changed());
    EXPECT_FALSE(files.changed());
}

/// As Kubernetes replaces all files of a mounted Secret: "..data" is a link, and is turned to another folder.
TEST_F(Secrets, ALinkThatIsTurnedIsSeen) {
    const auto folder = [&](const std::string& name, std::string_view secret) {
        fs::create_directories(place / name);
        std::ofstream{place / name / "DRCHRONO_WEBHOOK_SECRET"} << secret;
    };
    folder("first", "one-of-the-webhook-secrets");
    folder("second", "six");
    fs::create_directory_symlink("first", place / "..data");
    fs::create_symlink("..data/DRCHRONO_WEBHOOK_SECRET", place / "secret");
    SecretFiles files{{{"DRCHRONO_WEBHOOK_SECRET", (place / "secret").string()}}};
    EXPECT_TRUE(files.changed());
    EXPECT_FALSE(files.changed());
    fs::create_directory_symlink("second", place / "..data_tmp");
    fs::rename(place / "..data_tmp", place / "..data");
    EXPECT_FALSE(files.changed());
    EXPECT_TRUE(files.changed());
}

TEST_F(Secrets, AFileThatIsGoneIsAChange) {
    SecretFiles files{usual().secret_files};
    files.changed();
    files.changed();
    fs::remove(place / "TOKEN_KEY");
    EXPECT_FALSE(files.changed());
    EXPECT_TRUE(files.changed());
}

}  // namespace
}  // namespace dcs::app
