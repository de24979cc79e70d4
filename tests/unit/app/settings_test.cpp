#include "app/settings.hpp"

#include "deepcura/sources.hpp"

#include "ingress/routes.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

namespace dcs::app {
namespace {

Lookup from(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional{found->second};
    };
}

/// What must be set without --dev, and `more`.
Lookup in_earnest(std::map<std::string, std::string> more = {}) {
    more.merge(std::map<std::string, std::string>{{"DRCHRONO_WEBHOOK_SECRET", "s0-of-32-random-characters-000000"},
                                                  {"DEEPCURA_SHARED_SECRET", "t0-of-32-random-characters-000000"}});
    return from(std::move(more));
}

TEST(Settings, HaveDefaults) {
    const auto settings = read_settings(in_earnest(), false).value();
    EXPECT_EQ(settings.port, 8080);
    EXPECT_EQ(settings.host, "0.0.0.0");
    EXPECT_EQ(settings.db_name, "clinical");
    EXPECT_EQ(settings.drchrono_base_url, "https://app.drchrono.com");
    EXPECT_EQ(settings.drchrono_rate_per_hour, 500);
    EXPECT_EQ(settings.pubsub_topic, "change-events");
}

TEST(Settings, RefuseToStartWithoutASecretThatSendersMustShow) {
    EXPECT_NE(read_settings(from({}), false).error().detail.find("DRCHRONO_WEBHOOK_SECRET"), std::string::npos);
    EXPECT_NE(read_settings(from({{"DRCHRONO_WEBHOOK_SECRET", "s0-of-32-random-characters-000000"}}), false)
                  .error()
                  .detail.find("DEEPCURA_SHARED_SECRET"),
              std::string::npos);
    EXPECT_TRUE(read_settings(from({}), true).has_value());
    EXPECT_EQ(read_settings(from({}), true).value().deepcura_shared_secret, "") << "unset refuses all";
}

TEST(Settings, TakeTheClientsIdAndItsSecretTogetherOrNotAtAll) {
    const auto refused = [](std::map<std::string, std::string> given, bool dev) {
        const auto read = read_settings(in_earnest(std::move(given)), dev);
        return read ? std::string{} : read.error().detail;
    };
    EXPECT_TRUE(refused({{"DRCHRONO_CLIENT_ID", "i"}}, false).starts_with("DRCHRONO_CLIENT_SECRET: is missing"));
    const auto without_id = refused({{"DRCHRONO_CLIENT_SECRET", "marked-value-of-a-vendor"}}, false);
    EXPECT_TRUE(without_id.starts_with("DRCHRONO_CLIENT_ID: is missing")) << without_id;
    EXPECT_EQ(without_id.find("marked-value"), std::string::npos);
    EXPECT_EQ(refused({{"DRCHRONO_CLIENT_ID", "i"}, {"DRCHRONO_CLIENT_SECRET", "kV9c7Qx2Lm4Rt8Zw"}}, false), "");
    EXPECT_EQ(refused({}, false), "");
    EXPECT_EQ(refused({{"DRCHRONO_CLIENT_ID", "i"}}, true), "") << "--dev";
    EXPECT_EQ(refused({{"DRCHRONO_CLIENT_SECRET", "s"}}, true), "") << "--dev";
}

TEST(Settings, PlainNotesAreForDevOnly) {
    EXPECT_FALSE(read_settings(in_earnest({{"DEEPCURA_CIPHER", "none"}}), false).has_value());
    EXPECT_TRUE(read_settings(in_earnest({{"DEEPCURA_CIPHER", "none"}}), true).has_value());
    EXPECT_EQ(read_settings(in_earnest(), false).value().deepcura_cipher, "scrypt-zero-iv");
}

TEST(Settings, DevServesOnLoopbackOnly) {
    EXPECT_EQ(read_settings(from({}), true).value().host, "127.0.0.1");
    EXPECT_FALSE(read_settings(from({{"HOST", "0.0.0.0"}}), true).has_value());
}

TEST(Settings, NameWhatIsWrongButNotItsValue) {
    for (const auto* name : {"PORT", "DB_PORT", "LOG_LEVEL", "LOG_FORMAT", "DRCHRONO_WEBHOOK_APPLY",
                             "DRCHRONO_BASE_URL", "DRCHRONO_RATE_PER_HOUR", "DEEPCURA_CIPHER"}) {
        const auto read = read_settings(in_earnest({{name, "nonsense-value"}}), false);
        ASSERT_FALSE(read.has_value()) << name;
        EXPECT_NE(read.error().detail.find(name), std::string::npos);
        EXPECT_EQ(read.error().detail.find("nonsense-value"), std::string::npos);
    }
}

TEST(Settings, WhatCannotBeMeantRefusesTheStart) {
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"OIDC_JWKS_URL", "http://127.0.0.1@evil.example/keys"},
                                                          {"OIDC_JWKS_URL", "https://google.com@evil.example/keys"},
                                                          {"OIDC_JWKS_URL", "http://127.evil.example/keys"},
                                                          {"DB_SSLMODE", "foo"}}) {
        const auto read = read_settings(in_earnest({{name, value}}), false);
        EXPECT_TRUE(!read && read.error().detail.starts_with(name)) << name << " " << value;
    }
    EXPECT_TRUE(
        read_settings(in_earnest({{"OIDC_JWKS_URL", "http://127.0.0.1:9/keys"}, {"DB_SSLMODE", "verify-ca"}}), false));
}

TEST(Settings, SecretsOfSendersAreNotGuessed) {
    constexpr auto vendor_made = "mXq0T7vG2pWbY5sKd9LrHfZc4JtN8uEaRiVo1PyQxBwSgUkMhCeDlAzO3nF6jI"
                                 "mXq1T7vG2pWbY5sKd9LrHfZc4JtN8uEaRiVo1PyQxBwSgUkMhCeDlAzO3nF6jI";
    const auto refusal = [](const std::string& secret, bool dev) {
        const auto read = read_settings(in_earnest({{"DEEPCURA_SHARED_SECRET", secret}}), dev);
        return read ? std::string{} : read.error().detail;
    };
    for (const auto* weak :
         {"b", "fifteen-letters", "aaaaaaaaaaaaaaaaaaaa", "changemechangeme", "secretsecretsecret", "1234567812345678",
          "0123456789abcdef", "abcdefghijklmnopqrst", "aaaaaaaaaaaaaaab", "passwordpassword1", "Changeme-Changeme-2026",
          "a-secret-for-trying-it-out", "P@ssw0rd-is-secret-1", "MyTestSecretKey!!", "ABCDEFGHIJKLMNOPQRST",
          "clinic-clinic-clinic-7", "A-Secret-For-Trying-It-Out-1"}) {
        EXPECT_NE(refusal(weak, false).find("DEEPCURA_SHARED_SECRET"), std::string::npos) << weak;
        EXPECT_EQ(refusal(weak, false).find(weak), std::string::npos) << "its value is not told";
        EXPECT_EQ(refusal(weak, true), "") << "--dev";
    }
    for (const auto* name :
         {"DRCHRONO_WEBHOOK_SECRET", "DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "DEEPCURA_SHARED_SECRET_PREVIOUS",
          "SCRIBE_GENERIC_SECRET", "SCRIBE_GENERIC_SECRET_PREVIOUS", "TOKEN_KEY", "TOKEN_KEY_PREVIOUS",
          "DRCHRONO_CLIENT_SECRET"})
        for (const auto* weak : {"a", "passwordpassword1"}) {
            std::map<std::string, std::string> given{{"DRCHRONO_CLIENT_ID", "i"},
                                                     {"DRCHRONO_CLIENT_SECRET", vendor_made}};
            given[name] = weak;
            const auto read = read_settings(in_earnest(given), false);
            EXPECT_TRUE(!read && read.error().detail.starts_with(name)) << name;
        }
    for (const auto* strong : {vendor_made, "0b5c6f5d-9b1e-4e0f-8a57-3d2d9f6f1c11", "9f86d081884c7d659a2feaa0c55ad015",
                               "correct-horse-7-of-a-clinic", "hunter-river-window-lamp"})
        EXPECT_EQ(refusal(strong, false), "") << strong;
    EXPECT_FALSE(read_settings(in_earnest({{"SCRIBE_GENERIC_SECRET", "whsec_YWFhYWFhYQ=="}}), false)) << "seven bytes";
    EXPECT_EQ(refusal("kV9c7Qx2Lm4Rt8Zw", false), "");
    const auto read = read_settings(in_earnest({{"DEEPCURA_SHARED_SECRET", "kV9c7Qx2Lm4Rt8Zw"}}), false).value();
    EXPECT_EQ(short_secrets(read), std::vector<std::string_view>{"DEEPCURA_SHARED_SECRET"}) << "16 are few";
}

TEST(Settings, TheAdminPageIsOffOrHasOneDoor) {
    const auto door = [](std::map<std::string, std::string> given) {
        const auto read = read_settings(in_earnest(std::move(given)), false);
        return read ? read->admin : read.error().detail;
    };
    EXPECT_EQ(door({}), "password");
    EXPECT_EQ(door({{"ADMIN_IAP_AUDIENCE", "/projects/1/x"}}), "iap");
    EXPECT_EQ(door({{"ADMIN", "iap"}, {"ADMIN_IAP_AUDIENCE", "/projects/1/x"}}), "iap");
    EXPECT_EQ(door({{"ADMIN", "off"}}), "off");
    EXPECT_EQ(door({{"ADMIN", "off"}, {"ADMIN_IAP_AUDIENCE", "/projects/1/x"}}), "off");
    for (const auto& wrong : {std::map<std::string, std::string>{{"ADMIN", "iap"}},
                              {{"ADMIN", "password"}, {"ADMIN_IAP_AUDIENCE", "/projects/1/x"}},
                              {{"ADMIN", "on"}}})
        EXPECT_TRUE(door(wrong).starts_with("ADMIN: ")) << door(wrong);
}

TEST(Settings, ProxiesAreAddressesAndRanges) {
    EXPECT_TRUE(read_settings(in_earnest({}), false)->trusted_proxies.empty());
    EXPECT_TRUE(read_settings(in_earnest({{"TRUSTED_PROXIES", "10.0.0.0/8, ::1,192.0.2.7 fd00::/8"}}), false));
    for (const auto* wrong : {"proxy.example", "10.0.0.0/33", "10.0.0", "fd00::/129", "10.0.0.1,x", "/8"})
        EXPECT_FALSE(read_settings(in_earnest({{"TRUSTED_PROXIES", wrong}}), false)) << wrong;
}

TEST(Settings, KeysComeEncryptedOrFromThisMachine) {
    for (const auto* name : {"OIDC_JWKS_URL", "ADMIN_IAP_JWKS_URL"}) {
        EXPECT_FALSE(read_settings(in_earnest({{name, "http://keys.example.org/certs"}}), false)) << name;
        EXPECT_FALSE(read_settings(in_earnest({{name, "http://localhost.example.org/certs"}}), true)) << name;
        EXPECT_TRUE(read_settings(in_earnest({{name, "http://127.0.0.1:8080/certs"}}), false)) << name;
        EXPECT_TRUE(read_settings(in_earnest({{name, "https://keys.example.org/certs"}}), false)) << name;
    }
}

TEST(Settings, TakeASecretFromAFile) {
    const auto path = testing::TempDir() + "webhook-secret";
    std::ofstream{path} << "from-file-with-a-secret\n";
    EXPECT_EQ(read_settings(from({{"DRCHRONO_WEBHOOK_SECRET_FILE", path},
                                  {"DEEPCURA_SHARED_SECRET", "t0-of-32-random-characters-000000"}}),
                            false)
                  .value()
                  .drchrono_webhook_secret,
              "from-file-with-a-secret");
    EXPECT_FALSE(read_settings(from({{"DRCHRONO_WEBHOOK_SECRET_FILE", path},
                                     {"DRCHRONO_WEBHOOK_SECRET", "x0-of-32-random-characters-000000"}}),
                               false)
                     .has_value());
    EXPECT_FALSE(read_settings(from({{"DRCHRONO_WEBHOOK_SECRET_FILE", path + "-missing"}}), false).has_value());
}

TEST(Settings, TheSecretOfAnotherScribeIsAKeyWhereItSaysSo) {
    const auto with = [](const std::string& secret, bool dev = false) {
        return read_settings(in_earnest({{"SCRIBE_GENERIC_SECRET", secret}}), dev);
    };
    EXPECT_TRUE(with("").has_value()) << "there need not be one";
    EXPECT_EQ(with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value().scribe_generic_secret,
              "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    EXPECT_TRUE(with("a secret without a prefix").has_value());
    EXPECT_FALSE(with("whsec_this is no base64 at all").has_value());
    EXPECT_FALSE(with("too short").has_value());
    EXPECT_TRUE(with("too short", true).has_value());
    EXPECT_FALSE(with("a secret of two lines,\nthe second").has_value());
    const auto read = with("a secret without a prefix").value();
    EXPECT_EQ(secrets_of(read, "SCRIBE_GENERIC_SECRET").current, "a secret without a prefix");
    for (const auto& source : deepcura::sources()) EXPECT_NO_THROW(secrets_of(read, source.secret_setting));
}

TEST(Settings, OmitFieldsIsAList) {
    const std::vector<std::string> expected{"a", "b"};
    for (const auto* text : {"a,b", " a , b ", R"(["a", "b"])"})
        EXPECT_EQ(read_settings(from({{"OMIT_FIELDS", text}}), true).value().omit_fields, expected) << text;
}

std::string readme() {
    std::ifstream file{std::string{SOURCE_DIR} + "/README.md"};
    return {std::istreambuf_iterator<char>{file}, {}};
}

TEST(Readme, NamesEverySettingWithItsDefault) {
    const auto text = readme();
    for (const auto& row : setting_rows()) {
        const auto line = fmt::format("| `{}`{} | {} | {} |", row.name, row.secret ? " *" : "",
                                      row.fallback.empty() ? "" : fmt::format("`{}`", row.fallback), row.about);
        EXPECT_NE(text.find(line), std::string::npos) << line;
    }
}

TEST(Readme, NamesEveryRoute) {
    const auto text = readme();
    for (const auto& route : ingress::route_table({})) {
        if (route.path.starts_with("/admin/api/")) continue;  // they stand in docs/admin-api.json
        EXPECT_NE(text.find(fmt::format("| `{} {}` |", route.method, route.path)), std::string::npos) << route.path;
    }
}

}  // namespace
}  // namespace dcs::app
