// What is the same note, what is a version of it, what belongs to another source, and what reading anew makes.
#include "deepcura/reread.hpp"
#include "support/notes.hpp"

namespace dcs::deepcura {
namespace {

class Versions : public test::WithNotes {
protected:
    Reread read_anew(const std::string& note, bool apply) {
        const RereadSettings settings{"America/New_York", {}, "cli:tester", apply};
        return test::run_async(io, reread(pool, note, settings)).value();
    }
    static std::string columns(const Reread& read) {
        std::string names;
        for (const auto& change : read.changes) names += (names.empty() ? "" : " ") + change.column;
        return names;
    }
    std::string column(const std::string& name, const std::string& note) const {
        return ask(fmt::format("select {}::text from deepcura_notes where id = '{}'", name, note));
    }
};

TEST_F(Versions, ARetryIsOneNoteWhateverItsEnvelopeSays) {
    const auto first = file(R"({"session_id":"s","soap_plan":"p","attempt":1,"timestamp":"2026-10-05T10:00:00Z"})");
    const auto retry = file(R"({"timestamp":"2026-10-05T10:05:00Z","attempt":2,"soap_plan":"p","session_id":"s"})");
    EXPECT_TRUE(retry.duplicate);
    EXPECT_EQ(retry.note_id, first.note_id);
    const auto changed = file(R"({"session_id":"s","soap_plan":"q","attempt":3})");
    EXPECT_FALSE(changed.duplicate);
    EXPECT_EQ(column("replaces_id", changed.note_id), first.note_id);
    EXPECT_EQ(ask("select count(*) from inbox"), "3") << "each delivery is kept";
}

TEST_F(Versions, RetriesAtTheSameMomentAreOneNote) {
    std::vector<std::shared_ptr<test::Ended<Result<Filed>>>> running;
    for (int attempt = 0; attempt < 12; ++attempt) {
        const auto payload = fmt::format(R"({{"session_id":"s-{}","attempt":{}}})", attempt % 3, attempt);
        inbox::Arrival arrival{.source = "deepcura", .event = "gridhook", .body = payload};
        running.push_back(
            test::spawn(io, filing.receive(std::move(arrival), read_gridhook(plain, payload, {}).value())));
    }
    ASSERT_TRUE(test::turn_until(
        io, [&] { return std::ranges::all_of(running, [](const auto& each) { return each->done; }); }));
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "3");
    EXPECT_EQ(ask("select count(*) from inbox where state = 'done'"), "12");
}

TEST_F(Versions, ANoteThatWasTakenBeforeEnvelopesWereLeftOutIsStillTheSame) {
    const auto* payload = R"({"session_id":"s","attempt":1})";
    const auto first = file(payload);
    const auto before = read_gridhook(plain, payload, {})->payload_sha256;
    database.query("update deepcura_notes set content_sha256 = decode('" + before + "', 'hex')");
    const auto again = file(payload);
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.note_id, first.note_id);
}

TEST_F(Versions, SourcesHaveSessionsAndContentsOfTheirOwn) {
    const auto* payload = R"({"session_id":"s","patient_id":5})";
    const auto one = file(payload);
    const auto other = file(payload, "generic");
    EXPECT_FALSE(other.duplicate);
    EXPECT_NE(one.note_id, other.note_id);
    EXPECT_EQ(column("(replaces_id is null and source = 'generic')", other.note_id), "true");
    const auto next = file(R"({"session_id":"s","patient_id":5,"soap_plan":"p"})", "generic");
    EXPECT_EQ(column("replaces_id", next.note_id), other.note_id);
    EXPECT_TRUE(file(payload, "generic").duplicate);
    EXPECT_EQ(
        ask("select string_agg(distinct source || ' ' || event, ', ' order by source || ' ' || event) from inbox"),
        "deepcura gridhook, generic note");
    EXPECT_EQ(
        ask("select string_agg(distinct actor, ' ' order by actor) from change_log where table_name = 'deepcura_notes'"),
        "deepcura-gridhook scribe:generic");
    EXPECT_EQ(ask("select count(*) from sync_log where source = 'generic' and sync_type = 'gridhook'"), "3");
    expect_whole();
}

TEST_F(Versions, APendingDeliveryOfAnotherSourceIsWorked) {
    database.query("insert into inbox (source, event, body, body_sha256) "
                   "values ('generic', 'note', '{\"note_id\":\"n-1\"}', sha256('x'))");
    Tasks tasks{io.get_executor(),
                [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
    filing.start(tasks);
    EXPECT_TRUE(test::turn_until(io, [&] { return ask("select state from inbox") == "done"; }));
    filing.stop();
    EXPECT_TRUE(test::run_async(io, tasks.join(std::chrono::seconds{5})));
    EXPECT_EQ(ask("select source || ' ' || session_id from deepcura_notes"), "generic n-1");
}

// A note as an older reading left it.
TEST_F(Versions, ReadingAnewTellsFirstAndThenStoresANewVersion) {
    visit("900", 5, "2026-10-05");
    const auto note = file(R"({"session_id":"s","appointment_id":900,"patient_id":5,"soap":{"plan":"p"}})").note_id;
    ASSERT_EQ(link_of(note), "900 appointment_id");
    EXPECT_EQ(read_anew(note, true).outcome, RereadOutcome::unchanged);
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "1") << "what does not change makes nothing";

    database.query("set app.actor = 'test'; set app.cause = 'test'; "
                   "update deepcura_notes set soap_plan = null, soap_assessment = 'p'");
    const auto changes = ask("select count(*) from change_log");
    const auto told = read_anew(note, false);
    EXPECT_EQ(told.outcome, RereadOutcome::changed);
    EXPECT_EQ(columns(told), "soap_assessment soap_plan");
    EXPECT_EQ(told.changes.back().before + " " + told.changes.back().after, "null \"p\"");
    EXPECT_EQ(ask("select count(*) from deepcura_notes"), "1") << "nothing was stored";
    EXPECT_EQ(ask("select count(*) from change_log"), changes);

    const auto stored = read_anew(note, true);
    EXPECT_EQ(columns(stored), columns(told));
    EXPECT_EQ(column("replaces_id", stored.new_id), note);
    EXPECT_EQ(column("reread_of", stored.new_id), note);
    EXPECT_EQ(column("cause", stored.new_id), "reread:" + note);
    EXPECT_EQ(column("soap_plan", stored.new_id), "p");
    EXPECT_EQ(link_of(stored.new_id), "900 appointment_id");
    EXPECT_EQ(ask("select actor || ' ' || cause from change_log order by seq desc limit 1"),
              "cli:tester reread:" + note);
    EXPECT_EQ(column("soap_assessment", note), "p") << "the version before stays as it was";
    EXPECT_EQ(read_anew(note, true).outcome, RereadOutcome::replaced);
    EXPECT_EQ(read_anew(stored.new_id, true).outcome, RereadOutcome::unchanged);
    const auto again = file(R"({"session_id":"s","appointment_id":900,"patient_id":5,"soap":{"plan":"p"}})");
    EXPECT_TRUE(again.duplicate) << "the sender's retry is still the same note";
    EXPECT_EQ(again.note_id, note);
    EXPECT_EQ(test::run_async(io, notes_to_reread(pool, "", 10)).value(), std::vector{stored.new_id});
    expect_whole();
}

TEST_F(Versions, ReadingAnewKeepsWhatAPersonDecided) {
    visit("900", 5, "2026-10-05");
    visit("901", 5, "2026-10-05");
    const auto linked =
        file(R"({"session_id":"a","patient_id":5,"session_date":"2026-10-05","soap":{"plan":"p"}})").note_id;
    const auto unlinked = file(R"({"session_id":"b","appointment_id":900,"soap":{"plan":"p"}})").note_id;
    const auto unlinkable = file(R"({"session_id":"c","appointment_id":900,"soap":{"plan":"q"}})").note_id;
    ASSERT_TRUE(link(linked, "901").has_value());
    ASSERT_TRUE(unlink(unlinked).has_value());
    ASSERT_TRUE(decided([&](pg::Transaction& transaction) {
                    return call_unlinkable(transaction, {unlinkable, version_of(unlinkable)}, "a phone call");
                }).has_value());
    database.query("set app.actor = 'test'; set app.cause = 'test'; update deepcura_notes set soap_plan = null");
    const auto anew = [&](const std::string& note) { return read_anew(note, true).new_id; };
    const auto a = anew(linked);
    const auto b = anew(unlinked);
    const auto c = anew(unlinkable);
    relink_all();
    EXPECT_EQ(link_of(a), "901 manual");
    EXPECT_EQ(suggestions_of(a), "");
    EXPECT_EQ(link_of(b), "-");
    EXPECT_EQ(column("link_method", b), "manual");
    EXPECT_TRUE(suggestions_of(b).starts_with("900 +same_appointment")) << suggestions_of(b);
    EXPECT_EQ(column("unlinkable_reason", c), "a phone call");
    EXPECT_EQ(suggestions_of(c), "");
}

TEST_F(Versions, ReadingAnewSaysWhyItCannot) {
    EXPECT_EQ(read_anew(new_uuid(), true).outcome, RereadOutcome::unknown);
    EXPECT_EQ(read_anew("no uuid", true).outcome, RereadOutcome::unknown);
    const auto note = file(R"({"session_id":"s","transcript":"t"})").note_id;
    database.query("delete from deepcura_payloads");
    EXPECT_EQ(read_anew(note, true).outcome, RereadOutcome::not_kept);
}

}  // namespace
}  // namespace dcs::deepcura
