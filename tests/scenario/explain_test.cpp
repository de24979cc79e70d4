// Explain: the whole story of a record, from its delivery to its event, and a row that tells who has read it.
#include "base/document.hpp"
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class Explain : public test::WithService {
protected:
    /// `said`: what it wrote, with values, which go into a file; or what it printed into a pipe.
    int explain(std::vector<std::string> arguments, bool into_file = true) {
        const auto file = directory.path() / std::to_string(++files);
        arguments.insert(arguments.begin(), "explain");
        if (into_file) arguments.insert(arguments.end(), {"--out", file.string()});
        const int status = command(std::move(arguments), said);
        if (!into_file || !std::filesystem::exists(file)) return status;
        EXPECT_EQ(std::filesystem::status(file).permissions(),
                  std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        std::ifstream written{file, std::ios::binary};
        said.append(std::istreambuf_iterator<char>{written}, {});
        return status;
    }
    std::vector<std::string> kinds() const {
        const auto parsed = Document::parse(std::string_view{said}.substr(said.find(R"({"subject")"))).value().value;
        std::vector<std::string> all;
        for (const auto& each : parsed.find("moments")->items()) all.emplace_back(*each.find("kind")->string());
        return all;
    }
    std::string said{};
    int files = 0;
    test::TemporaryDirectory directory{};
};

TEST_F(Explain, TellsTheStoryOfARecordADeliveryAndAnEvent) {
    start();
    const auto patient = drchrono->ids("patients").front();
    ASSERT_TRUE(drchrono->change("patients", patient, {{"middle_name", "Alpha"}}));
    ASSERT_TRUE(becomes("select count(*) from patients", "1"));
    ASSERT_TRUE(settled());
    ASSERT_TRUE(drchrono->change("patients", patient, {{"middle_name", "Beta"}}));
    ASSERT_TRUE(becomes("select middle_name from patients", "Beta"));
    ASSERT_TRUE(settled());
    const auto seen = [&] { return ask("select count(*) from access_log where action = 'explain'"); };

    ASSERT_EQ(explain({"patient", patient, "--reason", "a call of the patient's"}), 0) << said;
    EXPECT_NE(said.find(R"(middle_name: "Alpha" → "Beta")"), std::string::npos) << said;
    EXPECT_NE(said.find("PATIENT_MODIFY of patients:" + patient + " from drchrono arrived; done"), std::string::npos)
        << said;
    EXPECT_EQ(said.find(" drchrono_raw"), std::string::npos) << said;
    EXPECT_EQ(seen(), "1");
    EXPECT_EQ(ask("select reason || ' ' || drchrono_patient_id || ' ' || (patient_id = record_id) from access_log "
                  "where action = 'explain' and actor like 'cli:_%'"),
              "a call of the patient's " + patient + " true");

    for (const auto& more : {std::vector<std::string>{}, {"--json"}, {"--reason", "a call"}}) {
        std::vector<std::string> arguments{"patient", patient, "--as", "anna"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        ASSERT_EQ(explain(arguments, false), 0) << said;
        EXPECT_NE(said.find("middle_name"), std::string::npos) << said;
        for (const auto* value : {"Alpha", "Beta"})
            EXPECT_EQ(said.find(value), std::string::npos) << "what a pipe takes can end in a log: " << said;
    }
    EXPECT_EQ(ask("select count(*) from access_log where actor like 'cli:% as anna'"), "3");
    const auto taken = (directory.path() / "1").string();
    EXPECT_EQ(explain({"patient", patient, "--out", taken}, false), 2) << "no file is written over";
    EXPECT_EQ(explain({"patient", patient, "--as", "An na"}, false), 2) << said;

    ASSERT_EQ(explain({"patients", ask("select id from patients"), "--json"}), 0) << said;
    const std::vector<std::string> story = kinds();
    EXPECT_EQ(std::ranges::count(story, "delivery"), 2);
    EXPECT_EQ(std::ranges::count(story, "change"),
              std::stol(ask("select count(*) from change_log where table_name = 'patients'")));
    EXPECT_EQ(std::ranges::count(story, "event"), std::ranges::count(story, "change"));
    EXPECT_EQ(story.front(), "delivery") << "in the order in which it came";
    EXPECT_EQ(std::to_string(std::ranges::count(story, "fetch")),
              ask("select count(*) from sync_log where sync_type = 'fetch'"));
    EXPECT_GE(std::ranges::count(story, "fetch"), 1) << "what was asked of DrChrono, though it is done";

    const auto latest = ask("select id from inbox order by seq desc limit 1");
    ASSERT_EQ(explain({"delivery", latest, "--json"}), 0) << said;
    EXPECT_EQ(std::ranges::count(kinds(), "delivery"), 1);
    EXPECT_GE(std::ranges::count(kinds(), "change"), 1);
    const auto event = ask("select event_id from change_log where cause = 'delivery:" + latest + "' limit 1");
    ASSERT_EQ(explain({"event", event, "--json"}), 0) << said;
    auto parts = kinds();
    std::erase(parts, "fetch");  // of the record that the event tells of
    EXPECT_EQ(parts, (std::vector<std::string>{"delivery", "change", "event"}));
    EXPECT_EQ(seen(), "7");
    EXPECT_EQ(ask("select count(*) from access_log where action = 'explain' and drchrono_patient_id = " + patient),
              "7");
}

TEST_F(Explain, TakesTheBeginningOfAnIdAndHidesSensitiveValuesWithoutAReason) {
    start();
    const auto patient = drchrono->ids("patients").front();
    ASSERT_TRUE(drchrono->change("patients", patient, {{"social_security_number", "000-00-4711"}}));
    ASSERT_TRUE(becomes("select count(*) from patients", "1"));
    ASSERT_TRUE(settled());
    const auto delivery = ask("select id from inbox where source = 'drchrono' order by seq desc limit 1");
    ASSERT_EQ(explain({"delivery", delivery.substr(0, 8), "--json"}), 0) << said;
    EXPECT_NE(said.find(R"({"hidden":true})"), std::string::npos) << said;
    EXPECT_EQ(said.find("000-00-4711"), std::string::npos) << said;
    EXPECT_EQ(explain({"delivery", delivery.substr(0, 7)}), 1) << "too little to be of one only";
    EXPECT_EQ(explain({"delivery", "ffffffff"}), 1) << said;
    ASSERT_EQ(explain({"patient", patient, "--json", "--reason", "a claim was refused"}), 0) << said;
    EXPECT_NE(said.find("000-00-4711"), std::string::npos) << said;
}

TEST_F(Explain, SaysWhatIsSoOfItsEventsAndWhatItLeavesOut) {
    start();
    const auto patient = drchrono->ids("patients").front();
    ASSERT_TRUE(drchrono->change("patients", patient, {{"social_security_number", "000-00-4711"}}));
    ASSERT_TRUE(becomes("select count(*) from patients", "1"));
    ASSERT_TRUE(settled());
    ASSERT_EQ(explain({"patient", patient}), 0) << said;
    EXPECT_EQ(said.find("waits to be published"), std::string::npos) << "no topic is configured: " << said;
    EXPECT_NE(said.find("is kept for view outbox_feed"), std::string::npos) << said;
    const auto last = said.substr(said.rfind('\n', said.size() - 2) + 1);
    EXPECT_NE(last.find(" (use --reason WHY); "), std::string::npos) << said;
    EXPECT_TRUE(last.starts_with("Not shown: ")) << said;
    EXPECT_NE(last.find("in DrChrono's JSON outside the columns (use --json)"), std::string::npos) << said;
    ASSERT_EQ(explain({"patient", patient, "--reason", "a claim was refused"}), 0) << said;
    EXPECT_EQ(said.find("sensitive value"), std::string::npos) << said;
    ASSERT_EQ(explain({"patient", patient}, false), 0) << said;
    EXPECT_NE(said.find("Not shown: values (use a terminal, or --out FILE)"), std::string::npos) << said;
    EXPECT_EQ(ask("select count(*) from outbox where published_at is not null"), "0");

    ASSERT_EQ(command({"explain", "patient", patient}, said, {{"GCP_PROJECT", "a-project"}}), 0) << said;
    EXPECT_NE(said.find("waits to be published"), std::string::npos) << said;
}

TEST_F(Explain, NamesTheIdsThatAnAmbiguousBeginningMayMean) {
    start();
    const std::string first = "abcdef01-0000-4000-8000-000000000001", second = "abcdef01-0000-4000-8000-000000000002";
    for (const auto& id : {first, second})
        database.query("insert into inbox (id, source, body, body_sha256, state) values ('" + id +
                       "', 'drchrono', '{}', '', 'ignored')");
    EXPECT_EQ(explain({"delivery", "abcdef01"}), 1);
    EXPECT_NE(said.find("more than one delivery begins with abcdef01: " + first + ", " + second), std::string::npos)
        << said;
    EXPECT_EQ(explain({"delivery", first}), 0) << said;
    EXPECT_EQ(explain({"delivery", "ABCDEF01000040008000000000000002"}), 0) << said;
}

/// A scribe's delivery names no record of DrChrono's, and what it shows is of the patient whom the note was filed with.
TEST_F(Explain, WritesDownThePatientsOfAScribesDelivery) {
    start({{"SCRIBE_GENERIC_SECRET", "a-scribe-secret-of-32-bytes-0000"}});
    deliver("APPOINTMENT_CREATE", R"({"id":"900","patient":5,"doctor":1,"scheduled_time":"2026-10-05T09:00:00"})");
    deliver("CLINICAL_NOTE_LOCK", R"({"appointment":"900","patient":"5","clinical_note_sections":[]})");
    ASSERT_TRUE(becomes("select count(*) from clinical_notes where note_date is not null", "1"));
    const auto filed = post("/webhooks/scribe/generic", R"({"note_id":"n-1","appointment_id":900,"plan":"rest"})",
                            {{"X-scribe-secret", "a-scribe-secret-of-32-bytes-0000"}});
    ASSERT_EQ(filed.status, 200) << filed.body;
    ASSERT_EQ(ask("select drchrono_patient_id is null from deepcura_notes"), "t") << "the note names none";
    const auto who = "select string_agg(drchrono_patient_id::text, ',') from access_log where action = 'explain'";
    ASSERT_EQ(explain({"delivery", ask("select id from inbox where source = 'generic'")}), 0) << said;
    EXPECT_NE(said.find("rest"), std::string::npos) << said;
    EXPECT_EQ(ask(who), "5");
    ASSERT_EQ(explain({"event", ask("select event_id from change_log where table_name = 'deepcura_notes' limit 1")}),
              0);
    EXPECT_EQ(ask(who), "5,5");
}

TEST_F(Explain, SaysThatThereIsNone) {
    start();
    for (const auto* kind : {"delivery", "event", "patient"})
        EXPECT_EQ(explain({kind, "00000000-0000-4000-8000-000000000000"}), 1) << said;
    EXPECT_EQ(explain({"patient", "12345"}), 1);
    EXPECT_NE(said.find("there is no patient 12345"), std::string::npos) << said;
    EXPECT_EQ(explain({"delivery", "' or 1=1"}), 1);
    EXPECT_EQ(explain({"nonsense", "1"}), 2);
    EXPECT_EQ(ask("select count(*) from access_log where action = 'explain'"), "0");
}

}  // namespace
}  // namespace dcs
