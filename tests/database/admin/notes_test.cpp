// The queue of unlinked notes: what a person sees, decides, undoes; and who was faster.
#include "base/encoding.hpp"
#include "database/admin/admin_fixture.hpp"

namespace dcs::admin {
namespace {

class AdminNotes : public WithAdmin {
protected:
    /// Two visits of patient 5 on one day, and a note that may belong to either.
    std::string two_candidates() {
        apply(state(
            "patients",
            R"({"id":5,"first_name":"<script>alert(1)</script>","last_name":"O\"Neil","date_of_birth":"1980-01-02"})"));
        apply(state("doctors", R"({"id":1,"first_name":"Dana","last_name":"Docent"})"));
        visit("900", 5, "2026-10-05");
        visit("901", 5, "2026-10-05");
        const auto note = file(note_of("s-1", 5)).note_id;
        relink_all();
        return note;
    }
    static std::string note_of(const std::string& session, int patient) {
        return fmt::format(
            R"({{"session_id":"{}","patient_id":{},"doctor_id":1,"session_date":"2026-10-05","transcript":"They said </script>.",)"
            R"("soap":{{"subjective":"sub","objective":"obj","assessment":"ass","plan":"pla"}}}})",
            session, patient);
    }
    net::Response decide(const std::string& note, const std::string& action, int version, const Signed& who,
                         const std::string& more = "") {
        return post("/notes/" + note + "/" + action, fmt::format(R"({{"link_version":{}{}}})", version, more), who);
    }
    std::string target(const std::string& appointment) const {
        return fmt::format(R"(,"clinical_note_id":"{}")", clinical_note_id(appointment));
    }
    Signed filer = sign_in_as("operator,phi-reader");
};

TEST_F(AdminNotes, ListsWhatNothingLinksOldestFirst) {
    const auto note = two_candidates();
    const auto other = file(note_of("s-2", 6)).note_id;
    const auto list = read(get("/notes", filer));
    const auto& items = list.find("items")->items();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(text_at(list, "total"), "2");
    EXPECT_EQ(text_at(items[0], "id"), note);
    EXPECT_EQ(text_at(items[0], "candidates"), "2");
    EXPECT_EQ(text_at(items[0], "reasons"), R"(["several_candidates"])");
    EXPECT_EQ(text_at(*items[0].find("patient"), "drchrono_id"), "5");
    EXPECT_EQ(text_at(*items[0].find("doctor"), "name"), "Dana Docent");
    EXPECT_EQ(text_at(items[1], "id"), other);
    EXPECT_EQ(accesses("notes.list"), "admin:user-1 5\nadmin:user-1 6") << "one row a patient";
}

TEST_F(AdminNotes, GivesTextThatLooksLikeAPageAsText) {
    two_candidates();
    const auto answer = get("/notes", filer);
    EXPECT_EQ(answer.content_type, "application/json");
    EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(text_at(*read(answer).find("items")->items()[0].find("patient"), "name"),
              R"(<script>alert(1)</script> O"Neil)");
}

TEST_F(AdminNotes, PagesByTheLastRowSeen) {
    std::vector<std::string> filed;
    for (int number = 0; number < 7; ++number)
        filed.push_back(file(note_of(fmt::format("s-{}", number), 10 + number)).note_id);
    std::vector<std::string> seen;
    std::string after;
    for (int pages = 0; pages < 10; ++pages) {
        const auto list = read(get("/notes?limit=3" + after, filer));
        for (const auto& item : list.find("items")->items()) seen.push_back(text_at(item, "id"));
        if (list.find("next")->is_null()) break;
        after = "&after=" + text_at(list, "next");
    }
    EXPECT_EQ(seen, filed);
    for (const auto* wrong :
         {"?limit=0", "?limit=201", "?limit=x", "?after=x", "?after=W10", "?stat=linked", "?state=lost", "?patient=x"})
        EXPECT_EQ(get(std::string{"/notes"} + wrong, filer).status, 400) << wrong;
}

TEST_F(AdminNotes, RefusesAPlaceThatSomebodyMadeUp) {
    for (const auto* made_up : {R"(["2026-10-05","e86125a8-0000-4000-8000-000000000000"])", R"(["now","x"])", "[]"})
        EXPECT_EQ(get("/notes?after=" + to_base64url(made_up), filer).status, 400) << made_up;
}

TEST_F(AdminNotes, ShowsOneBesideItsCandidates) {
    const auto note = two_candidates();
    const auto shown = read(get("/notes/" + note, filer));
    EXPECT_EQ(text_at(*shown.find("soap"), "plan"), "pla");
    EXPECT_EQ(text_at(shown, "transcript"), "They said </script>.");
    const auto& candidates = shown.find("candidates_list")->items();
    ASSERT_EQ(candidates.size(), 2U);
    EXPECT_EQ(text_at(candidates[0], "reasons_for"), R"(["same_patient","same_date","same_doctor"])");
    EXPECT_EQ(text_at(candidates[0], "reasons_against"), R"(["several_candidates"])");
    EXPECT_EQ(text_at(candidates[0], "note_date"), "2026-10-05");
    EXPECT_EQ(accesses("notes.read"), "admin:user-1 5");
    EXPECT_EQ(get("/notes/" + new_uuid(), filer).status, 404);
    EXPECT_EQ(get("/notes/7", filer).status, 404);
}

TEST_F(AdminNotes, OffersOtherNotesOfThePatientNearestFirst) {
    const auto note = two_candidates();
    visit("910", 5, "2026-10-01");
    visit("911", 5, "2026-09-01");
    visit("920", 6, "2026-10-05");
    const auto list = read(get("/notes/" + note + "/clinical-notes", filer));
    std::string appointments;
    for (const auto& item : list.find("items")->items()) appointments += text_at(item, "drchrono_appt_id") + " ";
    EXPECT_TRUE(appointments == "900 901 910 911 " || appointments == "901 900 910 911 ") << appointments;
    const auto first = read(get("/notes/" + note + "/clinical-notes?limit=3", filer));
    const auto rest = read(get("/notes/" + note + "/clinical-notes?limit=3&after=" + text_at(first, "next"), filer));
    EXPECT_EQ(text_at(rest.find("items")->items().at(0), "drchrono_appt_id"), "911");
}

TEST_F(AdminNotes, LinksAndUndoes) {
    const auto note = two_candidates();
    const int version = version_of(note);
    const auto linked = decide(note, "link", version, filer, target("900"));
    ASSERT_EQ(linked.status, 200) << linked.body;
    EXPECT_EQ(link_of(note), "900 manual");
    EXPECT_EQ(accesses("notes.link"), "admin:user-1 5");
    EXPECT_EQ(
        ask("select actor || ' ' || cause from change_log where operation = 'UPDATE' and table_name = 'deepcura_notes'"),
        "admin:user-1 person:user-1");
    const auto answer = read(linked);
    const auto* undo = answer.find("undo");
    EXPECT_EQ(text_at(*undo, "action"), "hand-back");
    const auto undone = post("/notes/" + note + "/hand-back", undo->find("body")->text(), filer);
    ASSERT_EQ(undone.status, 200) << undone.body;
    relink_all();
    EXPECT_EQ(link_of(note), "-");
    EXPECT_EQ(ask("select count(*) from deepcura_suggestions"), "2") << "its candidates are back";
    const auto redo = read(undone);
    EXPECT_EQ(text_at(*redo.find("undo"), "action"), "link") << "an undo can be undone";
}

TEST_F(AdminNotes, UndoesEachDecisionToWhatWasBefore) {
    const auto note = two_candidates();
    const auto undo_of = [&](const net::Response& response) {
        EXPECT_EQ(response.status, 200) << response.body;
        return read(response).find("undo")->text();
    };
    EXPECT_EQ(undo_of(decide(note, "unlinkable", 0, filer, R"(,"reason":"a test call")")),
              R"({"action":"hand-back","body":{"link_version":1}})");
    EXPECT_EQ(text_at(read(get("/notes?state=unlinkable", filer)).find("items")->items().at(0), "unlinkable_reason"),
              "a test call");
    EXPECT_EQ(undo_of(decide(note, "link", 1, filer, target("901"))),
              R"({"action":"unlinkable","body":{"link_version":2,"reason":"a test call"}})");
    EXPECT_EQ(text_at(read(get("/notes?state=linked", filer)).find("items")->items().at(0), "id"), note);
    EXPECT_EQ(undo_of(decide(note, "unlink", 2, filer)),
              fmt::format(R"({{"action":"link","body":{{"link_version":3,"clinical_note_id":"{}"}}}})",
                          clinical_note_id("901")));
    EXPECT_EQ(undo_of(decide(note, "hand-back", 3, filer)), R"({"action":"unlink","body":{"link_version":4}})");
    std::string decisions;
    const auto shown = read(get("/notes/" + note, filer));
    for (const auto& each : shown.find("decisions")->items()) decisions += text_at(each, "what") + " ";
    EXPECT_EQ(decisions, "handed_back unlinked linked called_unlinkable ");
}

TEST_F(AdminNotes, ShowsWhatSomebodyElseDecidedInsteadOfOverwritingIt) {
    const auto note = two_candidates();
    const auto bert = sign_in_as("operator,phi-reader");
    ASSERT_EQ(decide(note, "link", 0, bert, target("900")).status, 200);
    const auto late = decide(note, "unlinkable", 0, filer, R"(,"reason":"a test call")");
    EXPECT_EQ(late.status, 409);
    const auto answer = read(late);
    const auto* current = answer.find("current");
    ASSERT_NE(current, nullptr) << late.body;
    EXPECT_EQ(text_at(*current, "state"), "linked");
    EXPECT_EQ(text_at(*current, "decided_by"), "admin:user-2");
    EXPECT_EQ(text_at(*current, "link_version"), "1");
    EXPECT_EQ(text_at(*current, "clinical_note_id"), clinical_note_id("900"));
    EXPECT_EQ(link_of(note), "900 manual");
    EXPECT_EQ(accesses("notes.unlinkable"), "") << "what was not done is not written down as done";
    EXPECT_EQ(accesses("notes.conflict"), "admin:user-1 5") << "the other one's reason may tell of the patient";
}

TEST_F(AdminNotes, EveryPatientWhomItShowsIsWrittenDown) {
    apply(state("patients", R"({"id":5,"first_name":"Ann"})"));
    apply(state("patients", R"({"id":6,"first_name":"Bert"})"));
    visit("900", 5, "2026-10-05");
    visit("920", 6, "2026-10-05");
    const auto linked = file(R"({"session_id":"s-1","appointment_id":"920","session_date":"2026-10-05"})").note_id;
    relink_all();
    ASSERT_EQ(link_of(linked), "920 appointment_id") << "by its appointment alone: it names no patient";
    EXPECT_EQ(text_at(*read(get("/notes/" + linked, filer)).find({"linked_to", "patient"}), "name"), "Bert");
    EXPECT_EQ(accesses("notes.read"), "admin:user-1 6");

    const auto doubtful =
        file(R"({"session_id":"s-2","patient_id":"#5","appointment_id":"920","session_date":"2026-10-05"})").note_id;
    relink_all();
    ASSERT_EQ(link_of(doubtful), "-");
    const auto shown = get("/notes/" + doubtful, filer);
    EXPECT_NE(shown.body.find("Bert"), std::string::npos) << "as a candidate: " << shown.body;
    EXPECT_EQ(accesses("notes.read"), "admin:user-1 6\nadmin:user-1 6\nadmin:user-1 5") << "5 by the note's own words";

    const auto nobodys = file(R"({"session_id":"s-3","session_date":"2026-10-05"})").note_id;
    ASSERT_EQ(get("/notes/" + nobodys, filer).status, 200);
    EXPECT_EQ(accesses("notes.read"), "admin:user-1 6\nadmin:user-1 6\nadmin:user-1 5\nadmin:user-1")
        << "the note alone";
}

TEST_F(AdminNotes, NeverLinksAcrossPatients) {
    const auto note = two_candidates();
    visit("920", 6, "2026-10-05");
    const auto answer = decide(note, "link", version_of(note), filer, target("920"));
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(link_of(note), "-");
    EXPECT_EQ(
        decide(note, "link", version_of(note), filer, fmt::format(R"(,"clinical_note_id":"{}")", new_uuid())).status,
        404);
}

TEST_F(AdminNotes, APersonWithAReasonFilesWithTheAppointmentThatTheNoteNamesThoughItsPatientIsAnother) {
    apply(state("patients", R"({"id":5,"first_name":"Ann"})"));
    apply(state("patients", R"({"id":6,"first_name":"Bert"})"));
    visit("900", 5, "2026-10-05");
    visit("920", 6, "2026-10-05");
    visit("921", 6, "2026-10-05");
    const auto note =
        file(R"({"session_id":"s-1","patient_id":5,"appointment_id":"920","session_date":"2026-10-05"})").note_id;
    relink_all();
    ASSERT_EQ(link_of(note), "-");
    const auto shown = read(get("/notes/" + note, filer));
    EXPECT_EQ(text_at(*shown.find({"named_visit", "patient"}), "name"), "Bert") << "both patients are shown";
    EXPECT_EQ(accesses("notes.read"), "admin:user-1 5\nadmin:user-1 6") << "and written down";

    constexpr auto reason = R"(,"reason":"the scribe had the wrong patient")";
    EXPECT_EQ(decide(note, "link", version_of(note), filer, target("920")).status, 422) << "without a reason";
    EXPECT_EQ(decide(note, "link", version_of(note), filer, target("920") + R"(,"reason":"x")").status, 400);
    EXPECT_EQ(decide(note, "link", version_of(note), filer, target("921") + reason).status, 422)
        << "of an appointment that the note does not name";
    EXPECT_EQ(decide(note, "link", version_of(note), filer, target("920") + reason).status, 200);
    EXPECT_EQ(link_of(note), "920 manual");
    EXPECT_EQ(accesses("notes.link"), "admin:user-1 the scribe had the wrong patient 5\n"
                                      "admin:user-1 the scribe had the wrong patient 6");
    relink_all();
    EXPECT_EQ(link_of(note), "920 manual") << "nothing takes it back";
}

TEST_F(AdminNotes, RefusesDecisionsThatSayTooLittle) {
    const auto note = two_candidates();
    for (const auto* body : {"{}", "[]", R"({"link_version":"0"})", R"({"link_version":0})",
                             R"({"link_version":0,"clinical_note_id":"7"})"})
        EXPECT_EQ(post("/notes/" + note + "/link", body, filer).status, 400) << body;
    EXPECT_EQ(decide(note, "unlinkable", 0, filer).status, 400);
    EXPECT_EQ(decide(note, "unlinkable", 0, filer, R"(,"reason":"  x "})").status, 400);
    EXPECT_EQ(decide(new_uuid(), "unlink", 0, filer).status, 404);
}

TEST_F(AdminNotes, ShowsNothingThatIsNotWrittenDown) {
    const auto note = two_candidates();
    database.query_as_superuser(
        "alter table access_log add constraint nobody check (action not like 'notes.%') not valid; select 1");
    for (const auto& path : {std::string{"/notes"}, "/notes/" + note, "/notes/" + note + "/clinical-notes"}) {
        const auto answer = get(path, filer);
        EXPECT_GE(answer.status, 400) << path;
        EXPECT_EQ(answer.body.find("Neil"), std::string::npos) << path;
    }
    EXPECT_GE(decide(note, "link", 0, filer, target("900")).status, 400);
    EXPECT_EQ(link_of(note), "-") << "a decision that cannot be written down is not made";
}

TEST_F(AdminNotes, TellsHowItsPayloadIsUnderstoodAndWritesDownWhoSawIt) {
    visit("900", 6, "2026-10-05");
    const auto note =
        file(R"({"session_id":"s-9","appointment_id":900,"soap":{"plan":"pla"},"mood":"fair","attempt":2})").note_id;
    const auto reading = read(get("/notes/" + note + "/reading", filer));
    EXPECT_EQ(text_at(reading, "source"), "deepcura");
    std::string told;
    for (const auto& member : reading.find("members")->items())
        told += text_at(member, "path") + text_at(member, "became") + text_at(member, "value") + " ";
    EXPECT_EQ(told, R"(session_id["session_id"]s-9 appointment_id["drchrono_appt_id"]900 soap.plan["soap_plan"]pla )"
                    R"(mood["note_text"]fair attempt[]2 )");
    EXPECT_EQ(accesses("notes.reading"), "admin:user-1 6") << "the patient it is linked to";
    EXPECT_EQ(get("/notes/" + new_uuid() + "/reading", filer).status, 404);
    EXPECT_EQ(get("/notes/" + note + "/reading", sign_in_as("viewer")).status, 403);
}

TEST_F(AdminNotes, TellsAClinicalNoteThatIsOnlyAnnouncedApart) {
    visit("900", 5, "2026-10-05");
    visit("901", 5, "2026-10-05", 1, false);
    announced_note("901", 5);
    const auto note = file(note_of("s-1", 5)).note_id;
    std::string told;
    const auto shown = read(get("/notes/" + note, filer));
    for (const auto& candidate : shown.find("candidates_list")->items())
        told += text_at(candidate, "drchrono_appt_id") + " " + text_at(candidate, "only_announced") + " ";
    EXPECT_EQ(told, "900 false 901 true ");
}

}  // namespace
}  // namespace dcs::admin
