// Accounting on the admin page: who saw whom, page by page, and what is written down of the answer.
#include "database/admin/admin_fixture.hpp"

namespace dcs::admin {
namespace {

class AdminAccounting : public WithAdmin {
protected:
    /// Accesses of 2026-03, one a minute; the person's own of patient 501 is the last.
    void fill() {
        ask("insert into patients (drchrono_id, drchrono_raw, origin) values (501, '{}', 'api') returning 1");
        ask(R"(insert into access_log (at, actor, role, action, drchrono_patient_id, details)
               select timestamptz '2026-03-01' + i * interval '1 minute', 'admin:' || (array['anna', '=bert'])[1 + i % 2], 'phi-reader',
                      'notes.read', 600 + i, '{"address":"192.0.2.7"}' from generate_series(1, 5) i returning 1)");
        ask(R"(insert into access_log (at, actor, action, patient_id) select '2026-03-02', 'admin:anna', 'patients.read', id
               from patients returning 1)");
    }
    static std::string told(const Document& list) {
        std::string text;
        for (const auto& item : list.find("items")->items())
            text += text_at(item, "person") + " " + text_at(item, "drchrono_patient_id") + "; ";
        return text;
    }
    Signed admin = sign_in_as("admin");
};

TEST_F(AdminAccounting, TellsPageByPageAndLeavesItsOwnReadingOut) {
    fill();
    auto body = std::string{R"({"since":"2026-03-01","limit":2)"};
    auto page = read(post("/accounting", body + "}", admin));
    EXPECT_EQ(told(page), "admin:anna 501; admin:=bert 605; ");
    EXPECT_EQ(accesses("audit.accounting"), "admin:user-1\nadmin:user-1 501\nadmin:user-1 605")
        << "the question, and whom the answer names, each once";
    std::string all;
    int pages = 0;
    for (auto next = text_at(page, "next"); next != "null" && pages < 9; next = text_at(page, "next"), ++pages) {
        page = read(post("/accounting", body + R"(,"after":")" + next + "\"}", admin));
        all += told(page);
    }
    EXPECT_EQ(all, "admin:anna 604; admin:=bert 603; admin:anna 602; admin:=bert 601; ")
        << "nothing twice, nothing lost, and nothing of what was read meanwhile";
    const auto again = read(post("/accounting", R"({"since":"2026-11-01","person":"user-1"})", admin));
    EXPECT_NE(told(again).find("admin:user-1 603; "), std::string::npos) << "who asked before has seen them too";
}

TEST_F(AdminAccounting, NarrowsToAPersonAndToAPatientByEitherId) {
    fill();
    const auto asked = [&](const std::string& more) {
        return told(read(post("/accounting", R"({"since":"2026-03-01","until":"2026-04-01")" + more + "}", admin)));
    };
    EXPECT_EQ(asked(R"(,"person":"anna")"), "admin:anna 501; admin:anna 604; admin:anna 602; ");
    EXPECT_EQ(asked(R"(,"patient":"603")"), "admin:=bert 603; ");
    const auto id = ask("select id from patients");
    EXPECT_EQ(asked(R"(,"patient":")" + id + "\""), "admin:anna 501; ");
    EXPECT_EQ(asked(R"(,"patient":"501","person":"=bert")"), "");
    EXPECT_EQ(ask("select count(*) from access_log where action = 'audit.accounting' and patient_id = '" + id + "'"),
              "3")
        << "also where nobody is named in the answer";
}

TEST_F(AdminAccounting, RefusesWhatItCannotRead) {
    for (const auto* body : {"{}", R"({"since":"yesterday"})", R"({"since":"2026-03-01","until":"soon"})",
                             R"({"since":"2026-03-01","patient":"Lopez"})", R"({"since":"2026-03-01","after":"x"})",
                             R"({"since":"2026-03-01","limit":0})", R"({"since":"2026-03-01","name":"x"})"})
        EXPECT_EQ(post("/accounting", body, admin).status, 400) << body;
    for (const auto* body : {"{}", R"({"since":"2026-03-01","limit":5})"})
        EXPECT_EQ(post("/accounting.csv", body, admin).status, 400) << body;
    EXPECT_EQ(accesses("audit.accounting"), "");
}

TEST_F(AdminAccounting, GoesOutAsCsvAfterItIsWrittenDown) {
    fill();
    Gathering whole;
    send(request("POST", "/admin/api/accounting.csv", R"({"since":"2026-03-01","until":"2026-04-01"})", admin), &whole);
    EXPECT_EQ(whole.answer.headers.get("Content-Disposition"), "attachment; filename=\"accounting.csv\"");
    EXPECT_EQ(whole.text.substr(0, whole.text.find('\n') + 1),
              "person,roles,drchrono_patient_id,first,last,times,actions,addresses\r\n");
    EXPECT_NE(whole.text.find("admin:=bert,phi-reader,605,2026-03-01T00:05:00.000000Z,2026-03-01T00:05:00.000000Z,1,"
                              "notes.read,192.0.2.7\r\n"),
              std::string::npos)
        << whole.text;
    EXPECT_EQ(ask("select count(*) filter (where drchrono_patient_id is null) || ' ' || "
                  "count(distinct drchrono_patient_id) from access_log where action = 'audit.export'"),
              "1 6");
}

}  // namespace
}  // namespace dcs::admin
