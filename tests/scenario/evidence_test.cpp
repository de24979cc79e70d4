// The evidence pack, as an auditor gets it: nothing of a patient, no secret, the same bytes for the same state, no pass without
// evidence.
#include "base/document.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace dcs {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string content(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

class Evidence : public test::WithService {
protected:
    Evidence() {
        start(secrets);
        EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":77123456,"first_name":"Zephyrina","last_name":"Quillfeather",
            "social_security_number":"987-65-4321","email":"zeph@canary.example","date_of_birth":"1931-04-05"})")
                      .status,
                  200);
        EXPECT_TRUE(becomes("select count(*) from patients", "1"));
        plant();
        stop();
        seal();
    }
    void seal() {
        std::string said;
        EXPECT_EQ(command({"cleanup"}, said, secrets), 0) << said;
    }
    /// Wherever the service keeps what others wrote.
    void plant() const {
        ask("insert into access_log (actor, action, table_name, record_id, patient_id, drchrono_patient_id, reason, details) "
            "select 'admin:anna', 'patients.view', 'patients', id, id, drchrono_id, 'Quillfeather asked for it', "
            "'{\"q\":\"Zephyrina\"}' from patients;"
            "insert into access_log (actor, action) values ('Zephyrina Quillfeather', 'Quillfeather relapsed');"
            "insert into sync_failures (table_name, drchrono_id, cause, reason, raw) values ('patients', '77123456', 'x', "
            "'Quillfeather cannot be read', '{\"last_name\":\"Quillfeather\"}');"
            "insert into sync_log (source, sync_type, table_name, status, started_at, error) values ('drchrono', 'incremental', "
            "'patients', 'failed', now() - interval '1 hour', 'Quillfeather: suicidal ideation denied');"
            "insert into inbox (source, body, body_sha256, received_at, state, reason) values ('deepcura', 'Quillfeather', '', "
            "now() - interval '1 hour', 'dead', 'suicidal ideation denied');"
            "insert into doctors (drchrono_id, first_name, last_name, timezone, drchrono_raw, origin) values (9, 'A', 'Doctor', 'Zephyrina/Quillfeather', '{}', 'api');"
            "insert into admin_users (name, roles, password_hash) values ('anna', '{admin}', 'scrypt$canary-hash'), "
            "('bert', '{viewer}', 'scrypt$canary-hash');"
            "insert into admin_second_factors (user_name, sealed_key, recovery) values ('bert', 'canary-sealed-key', "
            "'{canary-recovery-code}')");
    }
    int pack(const std::string& name, std::string& said, std::vector<std::string> more = {},
             Environment settings = {}) {
        std::vector<std::string> arguments{"evidence", "--out", (directory.path() / name).string(), "--at", at};
        arguments.insert(arguments.end(), more.begin(), more.end());
        settings.insert(secrets.begin(), secrets.end());
        settings.insert({{"PORT", "8080"},  // it is shown; a test's own differs each time
                         {"BACKUP_DIR", (directory.path() / "backups").string()},
                         {"DATA_DIR", (directory.path() / "data").string()}});
        return command(std::move(arguments), said, settings);
    }
    /// The pack's files, taken out of it by a program that is not ours.
    std::map<std::string, std::string> files_of(const std::string& name) {
        const auto into = directory.path() / (name + ".d");
        test::ChildProcess child{
            {.argv = {"python3", "-m", "zipfile", "-e", (directory.path() / name).string(), into.string()}}};
        EXPECT_EQ(child.wait(30s).value_or(-1), 0) << child.output();
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::directory_iterator{into})
            files[entry.path().filename().string()] = content(entry.path());
        return files;
    }
    /// What evidence.json says of a line, or of a section: `list` is "duties" or "evidence".
    static std::string said_of(const std::string& json, const char* list, const std::string& name) {
        const auto parsed = Document::parse(json);
        for (const auto& one : parsed.value().value.find(list)->items())
            for (const auto* member : {"id", "key"})
                if (const auto* found = one.find(member); found != nullptr && found->string() == name)
                    return one.text();
        return {};
    }
    std::string write(const std::string& name, const std::string& text) const {
        const auto path = directory.path() / name;
        std::ofstream{path} << text;
        return path.string();
    }

    const Environment secrets{
        {"DRCHRONO_WEBHOOK_SECRET", secret},
        {"DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "canary-previous-webhook-secret-value"},
        {"DEEPCURA_SHARED_SECRET_PREVIOUS", "canary-previous-gridhook-secret-value"},
        {"SCRIBE_GENERIC_SECRET", "canary-generic-scribe-secret-value-32b"},
        {"TOKEN_KEY", "canary-token-key-of-some-forty-characters"},
        {"AUDIT_ANCHOR_AUTHORIZATION", "Bearer canary-anchor-authorization"},
        {"AUDIT_ANCHOR", "https://127.0.0.1:9/canary-path-of-anchors/1?signature=canary-signature"}};
    const std::string at = iso8601(std::chrono::floor<std::chrono::seconds>(system_now()) + 10min);
    test::TemporaryDirectory directory{};
};

TEST_F(Evidence, HasNothingOfAPatientAndNoSecret) {
    std::string said;
    ASSERT_EQ(pack("pack.zip", said), 0) << said;
    const auto files = files_of("pack.zip");
    ASSERT_TRUE(files.contains("index.html") && files.contains("evidence.json") && files.contains("manifest.json"));
    std::vector<std::string> canaries{"Zephyrina",
                                      "Quillfeather",
                                      "77123456",
                                      "987-65-4321",
                                      "zeph@",
                                      "1931-04-05",
                                      "suicidal",
                                      ask("select id from patients"),
                                      "canary",
                                      gridhook_secret,
                                      secret,
                                      environment(1)["DRCHRONO_CLIENT_SECRET"],
                                      environment(1)["DRCHRONO_REFRESH_TOKEN"]};
    for (const auto& [name, value] : secrets)
        if (name != "AUDIT_ANCHOR") canaries.push_back(to_hex(crypto::sha256(value)));
    for (const auto& [name, text] : files)
        for (const auto& canary : canaries)
            EXPECT_EQ(text.find(canary), std::string::npos) << name << " has " << canary;
    EXPECT_EQ(said.find("canary"), std::string::npos);
    const auto settings = said_of(files.at("evidence.json"), "evidence", "settings");
    EXPECT_NE(settings.find("secret of 41 bytes"), std::string::npos) << "present, by length: " << settings;
    EXPECT_NE(said_of(files.at("evidence.json"), "evidence", "access_review").find("admin:anna"), std::string::npos);
    const auto users = said_of(files.at("evidence.json"), "evidence", "users");
    EXPECT_NE(users.find(R"("active users without second factor":"1")"), std::string::npos) << "anna alone: " << users;
    EXPECT_EQ(files.at("index.html").find("<script"), std::string::npos);
    for (const auto* outside : {"src=", "url(", "@import", "<link"})
        EXPECT_EQ(files.at("index.html").find(outside), std::string::npos) << "it needs " << outside;
}

TEST_F(Evidence, IsTheSameBytesForTheSameStateAndTime) {
    std::string said;
    ASSERT_EQ(pack("one.zip", said), 0) << said;
    test::turn_until(io, [] { return false; }, 2100ms);  // a ZIP has times of two seconds
    ASSERT_EQ(pack("two.zip", said), 0) << said;
    const auto one = files_of("one.zip");
    for (const auto& [name, text] : files_of("two.zip")) EXPECT_EQ(text, one.at(name)) << name;
    EXPECT_TRUE(content(directory.path() / "one.zip") == content(directory.path() / "two.zip"));
    EXPECT_EQ(pack("two.zip", said), 2) << "a file that is there stays";
    ask("insert into admin_users (name, roles) values ('carl', '{viewer}')");
    ASSERT_EQ(pack("three.zip", said), 0) << said;
    EXPECT_FALSE(content(directory.path() / "one.zip") == content(directory.path() / "three.zip"));
}

TEST_F(Evidence, AnswersEachLineAndItsManifestNamesEachFile) {
    std::string said;
    const auto bill = write(
        "bill.json",
        R"({"bomFormat":"CycloneDX","serialNumber":"urn:x","components":[{"name":"a","properties":[{"name":"u","value":"linked"}]}]})");
    const auto known =
        write("known.json",
              fmt::format(R"({{"at":"{}","sbom":"urn:x","findings":[{{"id":"CVE-2026-1","component":"<b>a"}}]}})", at));
    ASSERT_EQ(pack("pack.zip", said, {"--sbom", bill, "--vulnerabilities", known}), 0) << said;
    auto files = files_of("pack.zip");
    for (const auto* line :
         {"164.308(a)(1)(ii)(D)", "164.312(a)(1)", "164.312(a)(2)(i)", "164.312(a)(2)(ii)", "164.312(a)(2)(iii)",
          "164.312(a)(2)(iv)", "164.312(b)", "164.312(c)(1)", "164.312(c)(2)", "164.312(d)", "164.312(e)(1)",
          "164.312(e)(2)(i)", "164.312(e)(2)(ii)", "2.13", "2.16", "2.25", "2.32"}) {
        EXPECT_FALSE(said_of(files.at("evidence.json"), "duties", line).empty()) << line;
        EXPECT_NE(files.at("index.html").find(fmt::format("<td>{}</td>", line)), std::string::npos) << line;
    }
    EXPECT_NE(said_of(files.at("evidence.json"), "duties", "164.312(b)").find(R"("verdict":"shown")"),
              std::string::npos);
    EXPECT_NE(files.at("index.html").find("&lt;b&gt;a"), std::string::npos) << "foreign text is text";
    EXPECT_EQ(files.at("sbom.cdx.json"), content(bill));
    EXPECT_EQ(files.at("vulnerabilities.json"), content(known));
    const auto manifest = Document::parse(files.at("manifest.json")).value().value;
    files.erase("manifest.json");
    EXPECT_EQ(manifest.find("sha256")->members().size(), files.size());
    for (const auto& [name, text] : files)
        EXPECT_EQ(manifest.find({"sha256", name})->string(), to_hex(crypto::sha256(text))) << name;
}

/// A list of vulnerabilities proves something of the program that was asked for, where everybody answered.
TEST_F(Evidence, AListOfAnotherProgramOrWithHolesIsNoneOfThisOne) {
    std::string said;
    const auto bill = write("bill.json", R"({"bomFormat":"CycloneDX","serialNumber":"urn:x","components":[]})");
    const auto shown_of = [&](const std::string& members) {
        const auto list = write("known.json", fmt::format(R"({{"at":"{}","findings":[],{}}})", at, members));
        EXPECT_EQ(pack("list.zip", said, {"--sbom", bill, "--vulnerabilities", list}), 0) << said;
        auto section = said_of(files_of("list.zip").at("evidence.json"), "evidence", "vulnerabilities");
        std::filesystem::remove(directory.path() / "list.zip");
        return section;
    };
    const auto whole =
        shown_of(R"("sbom":"urn:x","asked":{"osv":40,"npm":12},"not_asked":["gcc-12 12: nobody to ask"])");
    EXPECT_NE(whole.find(R"("shown":true)"), std::string::npos) << whole;
    EXPECT_NE(whole.find("osv 40, npm 12"), std::string::npos) << whole;
    EXPECT_NE(whole.find("nobody to ask"), std::string::npos) << whole;
    const auto foreign = shown_of(R"("sbom":"urn:y","asked":{"osv":40,"npm":12},"not_asked":[])");
    EXPECT_NE(foreign.find("another bill of materials"), std::string::npos) << foreign;
    const auto holes = shown_of(R"("sbom":"urn:x","asked":{"osv":0,"npm":12},"not_asked":["osv: fetch failed"])");
    EXPECT_NE(holes.find("osv did not answer"), std::string::npos) << holes;
    for (const auto& wrong : {foreign, holes}) EXPECT_NE(wrong.find(R"("shown":false)"), std::string::npos) << wrong;
}

TEST_F(Evidence, SaysNotShownWhereThereIsNoEvidence) {
    std::string said;
    const auto old = write("old.json", R"({"at":"2026-01-01T00:00:00Z","findings":[]})");
    ASSERT_EQ(pack("without.zip", said, {"--vulnerabilities", old, "--sbom", "/nowhere"}), 0) << said;
    const auto json = files_of("without.zip").at("evidence.json");
    for (const auto* key : {"backups", "restore_drill", "sbom", "vulnerabilities"})
        EXPECT_NE(said_of(json, "evidence", key).find(R"("shown":false)"), std::string::npos) << key;
    EXPECT_NE(said_of(json, "evidence", "vulnerabilities").find("more than 30 days"), std::string::npos);
    EXPECT_NE(said_of(json, "duties", "2.32").find(R"("verdict":"not shown")"), std::string::npos);

    const Environment place{{"BACKUP_DIR", (directory.path() / "backups").string()},
                            {"DATA_DIR", (directory.path() / "data").string()},
                            {"TOKEN_KEY", secrets.at("TOKEN_KEY")}};
    ASSERT_EQ(command({"backup"}, said, place), 0) << said;
    ASSERT_EQ(command({"restore-drill"}, said, place), 0) << said;
    seal();
    ASSERT_EQ(pack("with.zip", said), 0) << said;
    const auto better = files_of("with.zip").at("evidence.json");
    for (const auto* key : {"backups", "restore_drill"})
        EXPECT_NE(said_of(better, "evidence", key).find(R"("shown":true,"not_shown_because":null)"), std::string::npos)
            << key;
    EXPECT_NE(said_of(better, "duties", "164.312(c)(1)").find(R"("verdict":"shown")"), std::string::npos);

    database.query_as_superuser("set session_replication_role = replica; update change_log set actor = 'nobody' "
                                "where seq = (select min(seq) from change_log)");
    ASSERT_EQ(pack("tampered.zip", said), 0) << said;
    const auto worse = files_of("tampered.zip").at("evidence.json");
    EXPECT_NE(said_of(worse, "evidence", "chain").find("row altered"), std::string::npos);
    EXPECT_EQ(said_of(worse, "duties", "164.312(b)").find(R"("verdict":"shown")"), std::string::npos);
    EXPECT_EQ(said_of(worse, "duties", "164.312(c)(2)").find(R"("verdict":"shown")"), std::string::npos);
}

}  // namespace
}  // namespace dcs
