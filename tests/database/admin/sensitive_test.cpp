// What takes a reason to see is in no answer of the API that was not given one; and who saw it is written down.
#include "admin/vocabulary.hpp"
#include "database/admin/admin_fixture.hpp"
#include "ingress/admin_shapes.hpp"

#include <regex>
#include <set>

namespace dcs::admin {
namespace {

constexpr std::array<std::string_view, 6> canaries{"000-00-1942",  "MEMBER-7261", "GROUP-8812",
                                                   "LICENSE-3355", "CARD-4111",   "SUBSCRIBER-000-11"};

class AdminSensitive : public WithAdmin {
protected:
    /// A patient with all of it, at several depths.
    static std::string patient(int id, const std::string& phone) {
        return fmt::format(
            R"({{"id":{},"first_name":"Ann","last_name":"Sample","cell_phone":"{}","social_security_number":"000-00-1942",)"
            R"("primary_insurance":{{"insurance_company":"Acme","insurance_id_number":"MEMBER-7261",)"
            R"("insurance_group_number":"GROUP-8812","subscriber_social_security":"SUBSCRIBER-000-11"}},)"
            R"("custom_demographics":[{{"name":"Driver's license","value":"LICENSE-3355"}},{{"deep":{{"cardNumber":"CARD-4111"}}}}],)"
            R"("updated_at":"2026-10-{}T09:00:00"}})",
            id, phone, phone);
    }
    void SetUp() override {
        WithAdmin::SetUp();
        apply(fetched("patients", patient(5, "05")));
        apply(fetched("patients", patient(5, "06")));
        apply(state("doctors", R"({"id":1,"first_name":"Dana"})"));
        visit("900", 5, "2026-10-05");
        visit("901", 5, "2026-10-05");
        note = file(R"({"session_id":"s-1","patient_id":5,"session_date":"2026-10-05",)"
                    R"("billing_summary":{"member_id":"MEMBER-7261","copay":"20.00"}})")
                   .note_id;
        relink_all();
        failure = ask(fmt::format("insert into sync_failures (table_name, drchrono_id, cause, reason, raw) values "
                                  "('appointments', '77', 'run:x', 'x', '{}') returning id",
                                  R"({"id":77,"patient":5,"ssn":"000-00-1942"})"));
        delivery = ask("insert into inbox (source, event, object_key, body, body_sha256, state) values "
                       "('drchrono', 'APPOINTMENT_MODIFY', 'appointments:77', '{\"object\":{\"id\":77,\"patient\":5,"
                       "\"ssn\":\"000-00-1942\"}}', sha256('x'), 'dead') returning id");
        ask("insert into sync_log (source, sync_type, table_name, status, started_at) values "
            "('drchrono', 'full_sync', 'patients', 'completed', now()) returning id");
    }
    std::string id_of(int number) { return ask(fmt::format("select id from patients where drchrono_id = {}", number)); }
    static std::string found_in(const std::string& text) {
        std::string found;
        for (const auto canary : canaries)
            if (text.find(canary) != std::string::npos) found.append(canary).append(" ");
        return found;
    }
    /// The addresses that a GET route stands for here.
    std::vector<std::string> addresses_of(const std::string& path) {
        std::vector<std::string> all;
        std::set<std::string> ids{note, failure, delivery, id_of(5)};
        for (const auto* table : {"appointments", "clinical_notes", "insurance", "sync_log", "doctors"})
            ids.insert(ask(fmt::format("select id from {} limit 1", table)));
        const std::set<std::string> tables{"patients", "appointments", "clinical_notes", "insurance", "deepcura_notes"};
        for (const auto& id : ids) {
            const auto one = std::regex_replace(path, std::regex{R"(\{id\})"}, id);
            if (one.find("{table}") == std::string::npos) all.push_back(one);
            else
                for (const auto& table : tables)
                    all.push_back(std::regex_replace(one, std::regex{R"(\{table\})"}, table));
            if (one == path) break;
        }
        return all;
    }

    std::string note;
    std::string failure;
    std::string delivery;
};

TEST_F(AdminSensitive, IsInNoAnswerWithoutAReasonWhateverTheRole) {
    constexpr std::string_view root = "/admin/api";
    const auto before =
        ask("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    int answered = 0;
    for (const auto* roles : {"viewer", "operator", "phi-reader", "operator,phi-reader", "admin"}) {
        const auto who = sign_in_as(roles);
        for (const auto& route : routes) {
            if (route.method != "GET" || !route.path.starts_with(root)) continue;
            for (const auto& path : addresses_of(route.path.substr(root.size()))) {
                for (const auto* query : {"", "?q=sample", "?state=linked", "?resolved=false"}) {
                    Gathering stream{1};  // the overview, once
                    const auto answer = send(request("GET", std::string{root} + path + query, "", who), &stream);
                    if (answer.status == 200) ++answered;
                    EXPECT_EQ(found_in(answer.body + stream.text), "") << roles << ' ' << path << query;
                }
                const auto then = get(path + "?at=" + before, who);
                EXPECT_EQ(found_in(then.body), "") << roles << ' ' << path << " as of " << before;
            }
        }
        EXPECT_EQ(found_in(post("/patients/search", R"({"q":"sample"})", who).body), "");
    }
    EXPECT_GT(answered, 100) << "the crawl reaches what there is";
}

TEST_F(AdminSensitive, IsHiddenInARecordAndShownForAReasonThatIsKept) {
    const auto reader = sign_in_as("phi-reader");
    const auto path = "/records/patients/" + id_of(5);
    const auto shown = read(get(path, reader));
    EXPECT_TRUE(shown.find("raw")->is_null());
    EXPECT_GT(std::stoi(shown.find("raw_bytes")->text()), 100);
    EXPECT_EQ(post(path + "/reveal", R"({})", reader).status, 400);
    EXPECT_EQ(post(path + "/reveal", R"({"reason":"x"})", reader).status, 400);
    EXPECT_EQ(post(path + "/reveal", R"({"reason":"a test"})", sign_in_as("operator")).status, 403);
    EXPECT_EQ(accesses("records.reveal"), "");
    const auto revealed = post(path + "/reveal", R"({"reason":"a claim was refused"})", reader);
    for (const auto canary : canaries) EXPECT_NE(revealed.body.find(canary), std::string::npos) << canary;
    EXPECT_EQ(accesses("records.reveal"), "admin:user-1 a claim was refused 5");
    const auto coverage = "/records/insurance/" + ask("select id from insurance");
    EXPECT_EQ(read(get(coverage, reader)).find({"fields", "insurance_id_number"})->text(), R"({"hidden":true})");
    EXPECT_EQ(read(post(coverage + "/reveal", R"({"reason":"a test"})", reader))
                  .find({"fields", "insurance_id_number"})
                  ->string(),
              "MEMBER-7261");
}

TEST_F(AdminSensitive, IsHiddenBeforeAndAfterAChange) {
    const auto reader = sign_in_as("phi-reader");
    const auto answer = get("/records/patients/" + id_of(5) + "/changes", reader);
    EXPECT_EQ(found_in(answer.body), "");
    EXPECT_NE(answer.body.find(R"({"field":"drchrono_raw.social_security_number","old":null,"new":{"hidden":true}})"),
              std::string::npos);
    EXPECT_NE(answer.body.find(R"("field":"phone","old":"05","new":"06")"), std::string::npos) << "the rest is shown";
}

TEST_F(AdminSensitive, NamesThePatientWhomAPayloadOrAFailureIsAbout) {
    const auto reader = sign_in_as("phi-reader");
    EXPECT_EQ(post("/deliveries/" + delivery + "/payload", R"({"reason":"one"})", reader).status, 200);
    EXPECT_EQ(post("/failures/" + failure + "/raw", R"({"reason":"two"})", reader).status, 200);
    EXPECT_EQ(accesses("deliveries.payload"), "admin:user-1 one 5") << "of an appointment that is not mirrored";
    EXPECT_EQ(accesses("failures.raw"), "admin:user-1 two 5");
}

TEST_F(AdminSensitive, NamesThePatientOfARecordThatIsGone) {
    const auto reader = sign_in_as("phi-reader");
    const auto appointment = ask("select id from appointments where drchrono_id = '900'");
    ask("delete from deepcura_notes returning 1");
    ask("delete from clinical_notes returning 1");
    ask("delete from appointments returning 1");
    EXPECT_EQ(get("/records/appointments/" + appointment, reader).status, 200);
    EXPECT_EQ(get("/records/appointments/" + appointment + "/changes", reader).status, 200);
    EXPECT_EQ(accesses("records.read"), "admin:user-1 5");
    EXPECT_EQ(accesses("records.changes"), "admin:user-1 5");
}

/// The words in 'x', 'y' of a table's check.
std::set<std::string> words_in(const std::string& check) {
    std::set<std::string> words;
    const std::regex quoted{"'([a-zA-Z_-]+)'::text"};
    for (auto at = std::sregex_iterator{check.begin(), check.end(), quoted}; at != std::sregex_iterator{}; ++at)
        words.insert((*at)[1].str());
    return words;
}

TEST_F(AdminSensitive, TheVocabularyHasEveryWordThatTheTablesAllow) {
    const std::vector<std::tuple<std::string, std::string, std::string>> columns{
        {"inbox", "state", "DeliveryState"},
        {"sync_log", "status", "RunStatus"},
        {"change_log", "operation", "Operation"},
        {"deepcura_notes", "link_method", "LinkMethod"},
        {"admin_sessions", "via", "SignIn"}};
    for (const auto& [table, column, name] : columns) {
        const auto check = ask(fmt::format(
            "select pg_get_constraintdef(oid) from pg_constraint where conrelid = '{}'::regclass and contype = 'c' and "
            "pg_get_constraintdef(oid) like '%({} = ANY%'",
            table, column));
        std::set<std::string> known;
        for (const auto& enumeration : ingress::enumerations())
            if (enumeration.name == name) known.insert(enumeration.values.begin(), enumeration.values.end());
        EXPECT_EQ(words_in(check), known) << table << '.' << column << ' ' << check;
    }
}

TEST_F(AdminSensitive, APhaseThatARunIsInHasItsNameOnTheOverviewAndOnItsPage) {
    const auto viewer = sign_in_as("viewer");
    const auto run = ask("select id from sync_log limit 1");
    ask("insert into leases (name, owner, fence, until) values ('sync:line_items', 'me', 1, now() + interval '1 hour') "
        "returning 1");
    const auto names = reconcile::phase_names();
    ASSERT_EQ(names.size(), 4U);
    for (std::size_t phase = 0; phase <= names.size(); ++phase) {
        ask(fmt::format("insert into sync_state (name, value) values ('sync:line_items', "
                        "'{{\"checkpoint\":{{\"run_id\":\"{}\",\"full\":false,\"phase\":{},\"total\":1}}}}') "
                        "on conflict (name) do update set value = excluded.value returning 1",
                        run, phase));
        const auto expected = phase < names.size() ? std::string{names[phase]} : "unknown";
        const auto shown = read(get("/runs/" + run, viewer));
        EXPECT_EQ(shown.find({"progress", "phase"})->string(), expected);
    }
    Overview fresh{io.get_executor()};
    const auto overview = test::run_async(io, fresh.current(backend)).value().text();
    EXPECT_NE(overview.find(R"("phase" : "unknown")"), std::string::npos) << overview;
}

}  // namespace
}  // namespace dcs::admin
