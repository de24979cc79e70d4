// Patients, their records, how they were, and who looked.
#include "database/admin/admin_fixture.hpp"

#include "admin/audit.hpp"

namespace dcs::admin {
namespace {

class AdminHistory : public WithAdmin {
protected:
    void patient(int id, const std::string& first, const std::string& last, const std::string& chart = "") {
        apply(state(
            "patients",
            fmt::format(
                R"({{"id":{},"first_name":"{}","last_name":"{}","chart_id":"{}","updated_at":"2026-10-05T09:00:00"}})",
                id, first, last, chart)));
    }
    std::string id_of(int patient) const {
        return ask(fmt::format("select id from patients where drchrono_id = {}", patient));
    }
    std::string found(const std::string& query, const Signed& who) {
        std::string names;
        const auto answer = read(get("/patients?q=" + net::percent_encode(query), who));
        if (answer.find("items") == nullptr) return answer.text();
        for (const auto& item : answer.find("items")->items()) names += text_at(item, "drchrono_id") + " ";
        return names;
    }
    Signed reader = sign_in_as("phi-reader");
    Signed auditor = sign_in_as("admin");
};

TEST_F(AdminHistory, FindsPatientsByNumberChartAndName) {
    patient(11, "Ann", "Smith", "SMAN01");
    patient(12, "Annabel", "Smithson", "SMAN02");
    patient(13, "Smitty", "Jones", "11");
    patient(111, "Åsa", "O'Neil", "x");
    EXPECT_EQ(found("11", reader), "11 13 ") << "its number, then charts that begin so";
    EXPECT_EQ(found("sman", reader), "11 12 ");
    EXPECT_EQ(found("smit", reader), "11 12 13 ") << "last names, then first names";
    EXPECT_EQ(found("Smith, ann", reader), "11 12 ");
    EXPECT_EQ(found("ann smiths", reader), "12 ");
    EXPECT_EQ(found("smith,", reader), "11 12 ");
    for (const auto* name :
         {"o'neil", "O’Neil", "o‘neil", "oneil", "OʼNEIL", "o`neil", "Asa", "åsa", "Asa O’Neil", "oneil, Åsa"})
        EXPECT_EQ(found(name, reader), "111 ") << name;
    patient(112, "Zoë", "Müller-Łukasz");
    for (const auto* name : {"Müller", "muller", "MULLER-LUKASZ", "zoe", "zoë muller"})
        EXPECT_EQ(found(name, reader), "112 ") << name;
    for (const auto* name : {"%", "'", "’’"}) EXPECT_EQ(found(name, reader), "") << name;
    EXPECT_EQ(found("99999999999999999999999", reader), "");
    EXPECT_EQ(get("/patients?q=", reader).status, 400);
    EXPECT_EQ(get("/patients", reader).status, 400);
    EXPECT_EQ(get("/patients?q=" + std::string(101, 'a'), reader).status, 400);
    EXPECT_EQ(ask("select count(*) from access_log where action = 'patients.search' and drchrono_patient_id = 12"),
              "5");
}

TEST_F(AdminHistory, PagesThroughAllWaysOfFinding) {
    std::string expected;
    for (int number = 0; number < 5; ++number) patient(20 + number, fmt::format("A{}", number), "Maple");
    for (int number = 0; number < 5; ++number) patient(30 + number, "Maple", fmt::format("B{}", number));
    for (const int base : {20, 30})
        for (int number = 0; number < 5; ++number) expected += fmt::format("{} ", base + number);
    std::string seen;
    std::string after;
    for (int pages = 0; pages < 20; ++pages) {
        const auto list = read(get("/patients?q=map&limit=2" + after, reader));
        for (const auto& item : list.find("items")->items()) seen += text_at(item, "drchrono_id") + " ";
        if (list.find("next")->is_null()) break;
        after = "&after=" + text_at(list, "next");
    }
    EXPECT_EQ(seen, expected);
}

TEST_F(AdminHistory, SearchesWithoutANameInTheAddress) {
    for (int number = 0; number < 3; ++number) patient(20 + number, fmt::format("A{}", number), "Maple");
    const auto first = read(post("/patients/search", R"({"q":"map","limit":2})", reader));
    ASSERT_EQ(first.find("items")->items().size(), 2U);
    const auto rest = read(post(
        "/patients/search", fmt::format(R"({{"q":"map","limit":2,"after":"{}"}})", text_at(first, "next")), reader));
    ASSERT_EQ(rest.find("items")->items().size(), 1U);
    EXPECT_EQ(text_at(rest.find("items")->items()[0], "drchrono_id"), "22");
    for (const auto* wrong :
         {R"({"q":""})", R"({})", R"({"q":"a","limit":0})", R"({"q":["a"]})", R"({"q":"a","odd":"b"})"})
        EXPECT_EQ(post("/patients/search", wrong, reader).status, 400) << wrong;
    EXPECT_EQ(post("/patients/search", R"({"q":"map"})", sign_in_as("operator")).status, 403);
}

TEST_F(AdminHistory, NamesARecordWithoutEmptyParts) {
    patient(5, "Ann", "Smith");
    apply(state("problems", R"({"id":196,"patient":5,"name":"Sample problem","icd_code":"","status":"active"})"));
    const auto records = read(get("/patients/" + id_of(5) + "/records?table=problems", reader));
    EXPECT_EQ(text_at(records.find("items")->items()[0], "title"), "Sample problem, active");
}

TEST_F(AdminHistory, ListsThePatientsRecords) {
    patient(5, "Ann", "Smith");
    visit("900", 5, "2026-10-05");
    visit("901", 6, "2026-10-05");
    file(R"({"session_id":"s-1","patient_id":5,"session_date":"2026-10-07"})");
    const auto one = read(get("/patients/" + id_of(5), reader));
    EXPECT_EQ(one.find({"counts", "appointments"})->text(), "1");
    EXPECT_EQ(one.find({"counts", "deepcura_notes"})->text(), "1");
    std::string tables;
    const auto records = read(get("/patients/" + id_of(5) + "/records", reader));
    for (const auto& item : records.find("items")->items()) tables += text_at(item, "table") + " ";
    EXPECT_EQ(tables, "deepcura_notes appointments clinical_notes ") << "the patient is none of its own records";
    EXPECT_EQ(read(get("/patients/" + id_of(5) + "/records?table=appointments", reader)).find("items")->items().size(),
              1U);
    const auto first = read(get("/patients/" + id_of(5) + "/records?limit=2", reader));
    const auto rest = read(get("/patients/" + id_of(5) + "/records?limit=2&after=" + text_at(first, "next"), reader));
    EXPECT_EQ(rest.find("items")->items().size(), 1U);
    EXPECT_EQ(get("/patients/" + id_of(5) + "/records?table=oauth_tokens", reader).status, 400);
    EXPECT_EQ(get("/records/oauth_tokens/" + id_of(5), reader).status, 404);
    EXPECT_EQ(get("/records/patients/" + new_uuid(), reader).status, 404);
}

TEST_F(AdminHistory, ShowsChangesAsADiffAndTheRecordAsItWas) {
    const auto write = [&](const std::string& phone, const std::string& day) {
        apply(state("patients",
                    fmt::format(R"({{"id":5,"first_name":"Ann","cell_phone":"{}","updated_at":"2026-10-{}T09:00:00"}})",
                                phone, day),
                    store::View::brief, store::Origin::webhook, "delivery:d-" + day));
    };
    write("111", "05");
    const auto between =
        ask("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    write("222", "06");
    const auto id = id_of(5);
    const auto changes = read(get("/records/patients/" + id + "/changes", reader)).find("items")->items();
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(text_at(changes[0], "operation"), "UPDATE");
    EXPECT_EQ(text_at(changes[0], "cause"), "delivery:d-06");
    EXPECT_EQ(text_at(changes[0], "fields"),
              R"([{"field":"drchrono_raw.cell_phone","old":"111","new":"222"},)"
              R"({"field":"drchrono_raw.updated_at","old":"2026-10-05T09:00:00","new":"2026-10-06T09:00:00"},)"
              R"({"field":"phone","old":"111","new":"222"}])");
    EXPECT_EQ(text_at(changes[1], "operation"), "INSERT");

    const auto now = read(get("/records/patients/" + id, reader));
    EXPECT_EQ(now.find({"fields", "phone"})->string(), "222");
    const auto then = read(get("/records/patients/" + id + "?at=" + between, reader));
    EXPECT_EQ(then.find({"fields", "phone"})->string(), "111");
    const auto revealed = read(post("/records/patients/" + id + "/reveal",
                                    fmt::format(R"({{"reason":"a test","at":"{}"}})", between), reader));
    EXPECT_NE(revealed.find("raw")->string()->find(R"("cell_phone":"111")"), std::string::npos)
        << "as DrChrono gave it then";
    EXPECT_EQ(then.find({"fields", "drchrono_raw"}), nullptr);
    EXPECT_EQ(text_at(then, "complete"), "true");
    const auto before = read(get("/records/patients/" + id + "?at=2020-01-01", reader));
    EXPECT_EQ(text_at(before, "existed"), "false");
    EXPECT_EQ(text_at(before, "fields"), "{}");
    EXPECT_EQ(get("/records/patients/" + id + "?at=then", reader).status, 400);
    EXPECT_EQ(accesses("records.read"), "admin:user-1 5\nadmin:user-1 5\nadmin:user-1 5");
}

TEST_F(AdminHistory, GathersTheChangesOfAllRecordsOfAPatient) {
    patient(5, "Ann", "Smith");
    visit("900", 5, "2026-10-05");
    visit("901", 6, "2026-10-05");
    std::string tables;
    std::string after;
    for (int pages = 0; pages < 10; ++pages) {
        const auto list = read(get("/patients/" + id_of(5) + "/changes?limit=1" + after, reader));
        for (const auto& item : list.find("items")->items()) tables += text_at(item, "table") + " ";
        if (list.find("next")->is_null()) break;
        after = "&after=" + text_at(list, "next");
    }
    EXPECT_EQ(tables, "clinical_notes appointments patients ");
}

TEST_F(AdminHistory, TellsOfADeletedRecordToo) {
    patient(5, "Ann", "Smith");
    const auto id = id_of(5);
    const auto before =
        ask("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    ask("delete from patients returning 1");
    EXPECT_EQ(text_at(read(get("/records/patients/" + id, reader)), "existed"), "false");
    EXPECT_EQ(read(get("/records/patients/" + id + "?at=" + before, reader)).find({"fields", "last_name"})->string(),
              "Smith");
    EXPECT_EQ(read(get("/records/patients/" + id + "/changes", reader)).find("items")->items().size(), 2U);
}

TEST_F(AdminHistory, AccountsForWhoSawAPatient) {
    patient(5, "Ann", "Smith");
    patient(6, "Bert", "Jones");
    get("/patients/" + id_of(5), reader);
    get("/patients/" + id_of(6), reader);
    const auto of_five = read(get("/patients/" + id_of(5) + "/disclosures", auditor)).find("items")->items();
    ASSERT_EQ(of_five.size(), 1U);
    EXPECT_EQ(text_at(of_five[0], "actor"), "admin:user-1");
    EXPECT_EQ(text_at(of_five[0], "role"), "phi-reader");
    EXPECT_EQ(text_at(of_five[0], "action"), "patients.read");
    EXPECT_EQ(read(get("/audit?patient=6", auditor)).find("items")->items().size(), 1U);
    EXPECT_EQ(read(get("/audit?action=patients.read", auditor)).find("items")->items().size(), 2U);
    EXPECT_EQ(read(get("/audit?actor=user-1&action=patients.read", auditor)).find("items")->items().size(), 2U)
        << "by the name that the page shows";
    EXPECT_EQ(read(get("/audit?actor=admin:user-1&action=patients.read", auditor)).find("items")->items().size(), 2U);
    EXPECT_EQ(read(get("/audit?actor=nobody", auditor)).find("items")->items().size(), 0U);
    EXPECT_EQ(get("/audit?patient=x", auditor).status, 400);
    EXPECT_EQ(get("/audit?from=x", auditor).status, 400);
    EXPECT_EQ(accesses("audit.disclosures"), "admin:user-2 5") << "who asks who saw is written down";
}

TEST_F(AdminHistory, ExportsTheAccessLogAsCsv) {
    patient(5, "Ann", "Smith");
    ask("insert into access_log (actor, action, reason) select '=HYPERLINK(1)', 'x', E'two\\nlines, and \"words\"' from generate_series(1, 1500) "
        "returning 1");
    Gathering stream;
    send(request("GET", "/admin/api/audit.csv?action=x", "", auditor), &stream);
    EXPECT_EQ(stream.answer.content_type, "text/csv; charset=utf-8");
    EXPECT_EQ(stream.answer.headers.get("Content-Disposition"), "attachment; filename=\"access-log.csv\"");
    std::size_t rows = 0;
    for (auto at = stream.text.find("'=HYPERLINK(1)"); at != std::string::npos;
         at = stream.text.find("'=HYPERLINK(1)", at + 1))
        ++rows;
    EXPECT_EQ(rows, 1'500U) << "over several pages";
    EXPECT_NE(stream.text.find("\"two\nlines, and \"\"words\"\"\""), std::string::npos);
    EXPECT_EQ(accesses("audit.export"), "admin:user-2");
    Gathering of_one;
    send(request("GET", "/admin/api/patients/" + id_of(5) + "/disclosures.csv", "", auditor), &of_one);
    EXPECT_NE(of_one.text.find("audit.export"), std::string::npos) << "this very export is one";
    EXPECT_EQ(get("/audit.csv?odd=1", auditor).status, 400);
}

TEST(AdminCsv, QuotesWhatASpreadsheetWouldMisread) {
    EXPECT_EQ(csv_cell("plain"), "plain");
    EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
    EXPECT_EQ(csv_cell("a\"b"), "\"a\"\"b\"");
    for (const auto* formula : {"=1+1", "+1", "-1", "@x"}) EXPECT_EQ(csv_cell(formula), std::string{"'"} + formula);
}

}  // namespace
}  // namespace dcs::admin
