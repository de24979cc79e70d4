// The API's document says what the API answers.
#include "database/admin/admin_fixture.hpp"
#include "ingress/admin_doc.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace dcs::admin {
namespace {

class AdminDoc : public WithAdmin {
protected:
    static std::vector<std::string> names_of(const Document& object) {
        std::vector<std::string> names;
        for (const auto& [name, value] : object.members()) names.push_back(name);
        std::ranges::sort(names);
        return names;
    }
    static void expect_shape(const Document* object, std::string_view shape) {
        ASSERT_NE(object, nullptr) << shape;
        auto members = ingress::members_of_shape(shape);
        ASSERT_FALSE(members.empty()) << shape;
        std::ranges::sort(members);
        EXPECT_EQ(names_of(*object), members) << shape;
    }
    void expect_item(const std::string& path, std::string_view shape) {
        const auto list = read(get(path, admin));
        ASSERT_NE(list.find("items"), nullptr) << path << ' ' << list.text();
        ASSERT_FALSE(list.find("items")->items().empty()) << path;
        expect_shape(&list.find("items")->items()[0], shape);
    }
    void expect_answer(const net::Response& response, std::string_view shape) {
        EXPECT_LT(response.status, 300) << shape << ' ' << response.body;
        const auto answer = read(response);
        expect_shape(&answer, shape);
    }
    Signed admin = sign_in_as("admin");
};

TEST(AdminDocument, IsWhatTheProgramPrints) {
    std::ifstream file{std::string{SOURCE_DIR} + "/docs/admin-api.json"};
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>{file}, {}), ingress::admin_doc())
        << "drchrono-sync help admin-api > docs/admin-api.json";
}

TEST_F(AdminDoc, NamesTheMembersOfEveryAnswer) {
    apply(state("patients", R"({"id":5,"first_name":"Ann"})"));
    apply(state("doctors", R"({"id":1,"first_name":"Dana"})"));
    visit("900", 5, "2026-10-05");
    visit("901", 5, "2026-10-05");
    const auto note = file(R"({"session_id":"s-1","patient_id":5,"doctor_id":1,"session_date":"2026-10-05"})").note_id;
    relink_all();
    const auto patient = ask("select id from patients");
    const auto run = ask("insert into sync_log (source, sync_type, table_name, status, started_at) values "
                         "('drchrono', 'full_sync', 'patients', 'completed', now()) returning id");
    const auto failure = ask("insert into sync_failures (table_name, drchrono_id, cause, reason, raw) values "
                             "('patients', '5', 'run:x', 'x', '{}') returning id");
    const auto dead = ask("insert into inbox (source, event, object_key, body, body_sha256, state) values "
                          "('drchrono', 'x', 'patients:5', '{}', sha256('x'), 'dead') returning id");

    expect_answer(get("/session", admin), "Session");
    expect_answer(get("/second-factor", admin), "SecondFactor");
    expect_answer(post("/second-factor/offer", "{}", admin), "OfferedSecondFactor");
    expect_answer(post("/emergency", R"({"reason":"nobody else is there"})", sign_in_as("emergency")),
                  "OpenedEmergency");
    expect_item("/emergencies", "Emergency");
    EXPECT_EQ(post("/users/review", R"({"reason":"as every quarter"})", admin).status, 204);
    const auto known = read(get("/users", admin));
    expect_shape(&known, "Users");
    expect_shape(known.find("last_review"), "AccessReview");
    expect_shape(&known.find("items")->items()[0], "User");
    expect_answer(get("/overview", admin), "Overview");
    expect_item("/notes", "NoteRow");
    const auto shown = read(get("/notes/" + note, admin));
    expect_shape(&shown, "Note");
    expect_shape(shown.find("patient"), "Patient");
    expect_shape(shown.find("doctor"), "Doctor");
    expect_item("/notes/" + note + "/clinical-notes", "ClinicalNote");
    expect_answer(post("/notes/" + note + "/unlink", R"({"link_version":0})", admin), "Decided");
    expect_item("/deliveries", "Delivery");
    expect_answer(get("/deliveries/count", admin), "Count");
    expect_answer(get("/deliveries/" + dead, admin), "DeliveryStory");
    expect_answer(post("/deliveries/" + dead + "/payload", R"({"reason":"a test"})", admin), "Payload");
    expect_answer(post("/deliveries/" + dead + "/retry", "{}", admin), "Retried");
    expect_item("/runs", "Run");
    expect_answer(get("/runs/" + run, admin), "RunProgress");
    expect_answer(post("/runs", R"({"resource":"patients","mode":"full"})", admin), "Started");
    expect_item("/failures", "Failure");
    expect_answer(post("/failures/" + failure + "/raw", R"({"reason":"a test"})", admin), "Bytes");
    expect_answer(post("/failures/" + failure + "/retry", "{}", admin), "Queued");
    expect_item("/patients?q=5", "PatientRow");
    expect_answer(get("/patients/" + patient, admin), "PatientPage");
    expect_item("/patients/" + patient + "/records", "RecordRow");
    expect_item("/patients/" + patient + "/changes", "Change");
    expect_answer(get("/records/patients/" + patient, admin), "Record");
    expect_item("/records/patients/" + patient + "/changes", "Change");
    expect_item("/audit", "Access");
    expect_item("/patients/" + patient + "/disclosures", "Access");
    const auto accounting = read(post("/accounting", R"({"since":"2026-01-01"})", admin));
    ASSERT_FALSE(accounting.find("items")->items().empty()) << accounting.text();
    expect_shape(&accounting.find("items")->items()[0], "AccountingRow");
}

}  // namespace
}  // namespace dcs::admin
