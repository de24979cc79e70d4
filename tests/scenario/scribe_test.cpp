// A scribe of another make, as its sender sees it: signed plain JSON to the service's own binary; what was understood, and what
// later rules make of it.
#include "base/document.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "pg/embedded.hpp"
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <fstream>

namespace dcs {
namespace {

using namespace std::chrono_literals;

constexpr auto key = "a key of thirty-two bytes, or so.";

class Scribes : public test::WithService {
protected:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    static std::string scribe_secret() { return "whsec_" + to_base64(key); }
    void start_with_scribe() { start({{"SCRIBE_GENERIC_SECRET", scribe_secret()}}); }

    static Headers signature(const std::string& body, std::chrono::seconds ago = 0s,
                             const std::string& family = "webhook-", const std::string& with = key) {
        const auto now =
            std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch() - ago);
        const auto time = std::to_string(now.count());
        const auto digest = crypto::hmac_sha256(with, "msg_1." + time + "." + body);
        return {{family + "id", "msg_1"},
                {family + "timestamp", time},
                {family + "signature", "v1,AAAA v1," + to_base64(digest)}};
    }
    Answer send(const std::string& body, const std::string& path = "/webhooks/scribe/generic") {
        return post(path, body, signature(body));
    }
    std::string note_of(const Answer& answer) {
        const auto body = Document::parse(answer.body);
        const auto* id = body ? body->value.find("noteId") : nullptr;
        return id && id->string() ? std::string{*id->string()} : answer.body;
    }
    /// Exit status and output of a command with the service's database.
    std::pair<int, std::string> command(std::vector<std::string> words) {
        words.insert(words.begin(), SERVICE_BINARY);
        test::ChildProcess child{{.argv = std::move(words), .environment = environment(port)}};
        const auto status = child.wait(30s);
        return {status.value_or(-1), child.output()};
    }
};

TEST_F(Scribes, ASignedNoteIsFiledWithItsSource) {
    start_with_scribe();
    deliver("APPOINTMENT_CREATE", R"({"id":"900","patient":5,"doctor":1,"scheduled_time":"2026-10-05T09:00:00"})");
    deliver("CLINICAL_NOTE_LOCK", R"({"appointment":"900","patient":"5","clinical_note_sections":[]})");
    ASSERT_TRUE(becomes("select count(*) from clinical_notes where note_date is not null", "1"));
    const auto first = send(R"({"note_id":"n-1","appointment_id":900,"patient_id":5,"plan":"rest","attempt":1})");
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_NE(first.body.find(R"("linked":true)"), std::string::npos) << first.body;
    EXPECT_EQ(ask("select concat_ws('|', source, session_id, soap_plan, link_method) from deepcura_notes"),
              "generic|n-1|rest|appointment_id");
    EXPECT_EQ(ask("select source || ' ' || event || ' ' || state from inbox where source = 'generic'"),
              "generic note done");

    const auto retry = send(R"({"attempt":2,"note_id":"n-1","appointment_id":900,"plan":"rest","patient_id":5})");
    EXPECT_EQ(note_of(retry), note_of(first));
    EXPECT_NE(retry.body.find(R"("duplicate":true)"), std::string::npos);
    const auto edited = send(R"({"note_id":"n-1","appointment_id":900,"patient_id":5,"plan":"walk"})");
    EXPECT_EQ(ask("select replaces_id from deepcura_notes where id = '" + note_of(edited) + "'"), note_of(first));

    const std::string body = R"({"note_id":"n-2"})";
    EXPECT_EQ(post("/webhooks/scribe/generic", body, signature(body, 0s, "svix-")).status, 200);
    EXPECT_EQ(post("/webhooks/scribe/generic", body, {{"X-scribe-secret", scribe_secret()}}).status, 200);
    EXPECT_EQ(post("/webhooks/scribe/generic", body, {{"Authorization", "Bearer " + scribe_secret()}}).status, 200);
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "3");
    expect_whole();
    EXPECT_EQ(stop(), 0);
    EXPECT_EQ(log.find(to_base64(key)), std::string::npos);
}

TEST_F(Scribes, WhoCannotProveItIsRefused) {
    start_with_scribe();
    const std::string body = R"({"note_id":"n"})";
    const auto status = [&](const Headers& headers, const std::string& path = "/webhooks/scribe/generic") {
        return post(path, body, headers).status;
    };
    EXPECT_EQ(status({}), 401);
    EXPECT_EQ(status(signature(body, 301s)), 401) << "too old";
    EXPECT_EQ(status(signature(body, -302s)), 401) << "from the future";
    EXPECT_EQ(status(signature(body + " ")), 401) << "another body";
    EXPECT_EQ(status(signature(body, 0s, "webhook-", "another key")), 401);
    EXPECT_EQ(status({{"X-scribe-secret", gridhook_secret}}), 401) << "the secret of another source";
    EXPECT_EQ(status({{"X-deepcura-secret", gridhook_secret}}), 401);
    EXPECT_EQ(status(signature(body), "/webhooks/scribe/unheard-of"), 404);
    EXPECT_EQ(status(signature(body), "/webhooks/scribe"), 404);
    EXPECT_EQ(status({{"X-scribe-secret", scribe_secret()}}, "/webhooks/scribe/deepcura"), 401);
    EXPECT_EQ(status({{"X-scribe-secret", scribe_secret()}}, "/webhooks/deepcura"), 401);
    EXPECT_EQ(ask("select count(*) from inbox"), "0");
    EXPECT_EQ(stop(), 0);

    start();
    EXPECT_EQ(status(signature(body)), 401) << "no secret is set";
    EXPECT_EQ(status(signature(body, 0s, "webhook-", "")), 401);
    EXPECT_EQ(status({{"X-scribe-secret", ""}}), 401);
    EXPECT_EQ(post("/webhooks/scribe/deepcura", "{}", {{"X-deepcura-secret", gridhook_secret}}).status, 422);
}

TEST_F(Scribes, WhatIsNoObjectIsKeptAndTold) {
    start_with_scribe();
    EXPECT_EQ(send("not json").status, 400);
    const auto no_object = send("7");
    EXPECT_EQ(no_object.status, 400);
    EXPECT_NE(no_object.body.find("delivery_id"), std::string::npos);
    EXPECT_EQ(ask("select string_agg(source || ' ' || state, ', ' order by seq) from inbox"),
              "generic unreadable, generic dead");
    const auto [status, said] = command({"gridhook", "replay", "--all"});
    EXPECT_EQ(status, 0);
    EXPECT_NE(said.find("1 delivery "), std::string::npos) << said;
    EXPECT_TRUE(becomes("select count(*) from sync_log where source = 'generic' and status = 'failed'", "3"));
    EXPECT_EQ(ask("select state from inbox order by seq desc limit 1"), "dead");
}

TEST_F(Scribes, ReplayTakesTheBeginningOfAnIdWhereItMeansOneDelivery) {
    const auto failed = "select count(*) from sync_log where source = 'generic' and status = 'failed'";
    start_with_scribe();
    EXPECT_EQ(send("7").status, 400);
    ASSERT_TRUE(becomes(failed, "1"));
    const auto id = ask("select id from inbox");
    auto [status, said] = command({"gridhook", "replay", id.substr(0, 8)});
    EXPECT_EQ(status, 0) << said;
    EXPECT_NE(said.find("1 delivery will be tried again"), std::string::npos) << said;
    ASSERT_TRUE(becomes(failed, "2"));
    std::tie(status, said) = command({"gridhook", "replay", id.substr(0, 7)});
    EXPECT_EQ(status, 1) << "too little to be of one only";
    EXPECT_NE(said.find("at least the first 8 characters"), std::string::npos) << said;
    const auto other = id.substr(0, 24) + "000000000000";
    database.query("insert into inbox (id, source, body, body_sha256, state) values ('" + other +
                   "', 'generic', '7', '', 'dead')");
    std::tie(status, said) = command({"gridhook", "replay", id.substr(0, 8)});
    EXPECT_EQ(status, 1) << said;
    EXPECT_NE(said.find(id), std::string::npos) << said;
    EXPECT_NE(said.find(other), std::string::npos) << said;
    EXPECT_EQ(ask("select string_agg(distinct state, ',') from inbox"), "dead") << "none was tried again";
    std::tie(status, said) = command({"gridhook", "replay", "--reread", "01234567"});
    EXPECT_EQ(status, 1) << said;
    EXPECT_NE(said.find("there is no note whose ID begins with 01234567"), std::string::npos) << said;
}

TEST_F(Scribes, ReadTellsWhatEachMemberBecame) {
    const auto file = testing::TempDir() + "scribe-note.json";
    std::ofstream{file}
        << R"({"encounter_id":"e-1","soap":{"plan":"clinical words"},"weather":"more words","attempt":2})";
    const auto run = [&](std::vector<std::string> more) {
        std::vector<std::string> argv{SERVICE_BINARY, "gridhook", "read", file};
        argv.insert(argv.end(), more.begin(), more.end());
        test::ChildProcess child{{.argv = std::move(argv), .environment = {{"DATA_DIR", "/nowhere"}}}};
        const auto status = child.wait(30s);
        return std::pair{status.value_or(-1), child.output()};
    };
    const auto [status, said] = run({"--source", "generic"});
    EXPECT_EQ(status, 0) << said;
    EXPECT_NE(said.find("encounter_id  session_id"), std::string::npos) << said;
    EXPECT_NE(said.find("soap.plan     soap_plan"), std::string::npos) << said;
    EXPECT_NE(said.find("weather       left over"), std::string::npos) << said;
    EXPECT_NE(said.find("attempt       envelope"), std::string::npos) << said;
    EXPECT_EQ(said.find("words"), std::string::npos) << "values are for a terminal";
    EXPECT_EQ(said.find("access_log"), std::string::npos) << "nothing was shown that it would record";
    const auto [refused, nothing] = run({"--source", "generic", "--show"});
    EXPECT_EQ(refused, 2) << "a pipe can end in a log";
    EXPECT_EQ(nothing.find("clinical words"), std::string::npos) << nothing;
    const test::TemporaryDirectory directory;
    const auto out = directory.path() / "shown.txt";
    const auto shown = run({"--source", "generic", "--show", "--out", out.string()}).second;
    std::ifstream written{out};
    const std::string values{std::istreambuf_iterator<char>{written}, {}};
    EXPECT_NE(values.find("clinical words"), std::string::npos) << values;
    EXPECT_NE(shown.find("no DB_HOST is set, and there is no database in DATA_DIR: there is no access_log"),
              std::string::npos)
        << shown;
    EXPECT_NE(run({}).second.find("encounter_id  left over"), std::string::npos) << "no name of Deep Cura's";
    EXPECT_EQ(run({"--source", "unheard-of"}).first, 2);
    EXPECT_EQ(run({"--source", "generic", "--dev"}).first, 0) << "as other commands take it";
}

/// The service's own database counts, whether it was made by serve --dev or not.
TEST_F(Scribes, ReadIsRecordedWhereThereIsAnEmbeddedDatabase) {
    const test::TemporaryDirectory directory;
    const auto file = testing::TempDir() + "scribe-note-of-7.json";
    std::ofstream{file} << R"({"patient_id":70707,"soap":{"plan":"clinical words"}})";
    const auto run = [&](std::vector<std::string> words) {
        words.insert(words.begin(), SERVICE_BINARY);
        test::ChildProcess child{{.argv = std::move(words),
                                  .environment = {{"DB_HOST", ""}, {"DATA_DIR", (directory.path() / "own").string()}}}};
        const auto status = child.wait(120s);
        return std::pair{status.value_or(-1), child.output()};
    };
    pg::Settings place;
    ASSERT_TRUE(pg::Embedded::start(directory.path() / "own", place)) << "and ends again at once";
    const auto [made, how] = run({"migrate", "--dev"});
    ASSERT_EQ(made, 0) << how;
    const auto out = directory.path() / "shown.txt";
    const auto [status, said] = run({"gridhook", "read", file, "--show", "--out", out.string()});
    EXPECT_EQ(status, 0) << said;
    std::ifstream shown{out};
    const std::string values{std::istreambuf_iterator<char>{shown}, {}};
    EXPECT_NE(values.find("clinical words"), std::string::npos) << values;
    EXPECT_EQ(said.find("no access_log"), std::string::npos) << said;
    const auto list = (directory.path() / "who.csv").string();
    const auto [told, answer] =
        run({"accounting", "--dev", "--since", "2020-01-01", "--patient", "70707", "--format", "csv", "--out", list});
    EXPECT_EQ(told, 0) << answer;
    std::ifstream written{list};
    const std::string rows{std::istreambuf_iterator<char>{written}, {}};
    EXPECT_NE(rows.find("gridhook.read"), std::string::npos) << rows;
}

TEST_F(Scribes, RereadTellsFirstAndStoresWhenAsked) {
    start_with_scribe();
    const auto note = note_of(send(R"({"note_id":"n-1","patient_id":5,"plan":"clinical words"})"));
    database.query("set app.actor = 'test'; set app.cause = 'test'; update deepcura_notes set soap_plan = 'old words'");
    auto [status, said] = command({"gridhook", "replay", "--reread", "--all"});
    EXPECT_EQ(status, 0) << said;
    EXPECT_NE(said.find(note + ": soap_plan"), std::string::npos) << said;
    EXPECT_EQ(said.find("words"), std::string::npos) << said;
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "1");
    EXPECT_EQ(ask("select count(*) from access_log where action = 'gridhook.reread'"), "0");
    std::tie(status, said) = command({"gridhook", "replay", "--reread", note.substr(0, 8)});
    EXPECT_EQ(status, 0) << said;
    EXPECT_NE(said.find(note + ": soap_plan"), std::string::npos) << said;
    std::tie(status, said) = command({"gridhook", "replay", "--reread", note, "--show"});
    EXPECT_EQ(status, 2) << "a pipe is no place for it";
    EXPECT_EQ(said.find("clinical words"), std::string::npos) << said;
    const test::TemporaryDirectory directory;
    const auto file = directory.path() / "shown";
    std::tie(status, said) = command({"gridhook", "replay", "--reread", note, "--show", "--out", file.string()});
    std::ifstream written{file, std::ios::binary};
    const std::string shown{std::istreambuf_iterator<char>{written}, {}};
    EXPECT_NE(shown.find("clinical words"), std::string::npos) << said;
    EXPECT_EQ(ask("select drchrono_patient_id from access_log where action = 'gridhook.reread'"), "5");
    std::tie(status, said) = command({"gridhook", "replay", "--reread", "--all", "--apply"});
    EXPECT_EQ(status, 0) << said;
    EXPECT_EQ(ask("select soap_plan || ' ' || cause from deepcura_notes where replaces_id = '" + note + "'"),
              "clinical words reread:" + note);
    std::tie(status, said) = command({"gridhook", "replay", "--reread", "--all", "--apply"});
    EXPECT_NE(said.find("1 note read: 0 stored as new versions, 1 unchanged, 0 not read"), std::string::npos) << said;
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "2");
    expect_whole();
}

}  // namespace
}  // namespace dcs
