// Accounting: who saw whom, as a table and as FHIR AuditEvents, and a row that tells who has asked.
#include "base/document.hpp"
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace dcs {
namespace {

class Accounting : public test::WithService {
protected:
    int accounting(std::vector<std::string> arguments) {
        const auto file = directory.path() / std::to_string(++files);
        arguments.insert(arguments.begin(), {"accounting", "--out", file.string()});
        const int status = command(std::move(arguments), said);
        std::ifstream written{file, std::ios::binary};
        said.append(std::istreambuf_iterator<char>{written}, {});
        return status;
    }
    std::vector<Document> lines() const {
        std::vector<Document> all;
        for (std::size_t at = said.find('{'); at != std::string::npos && at < said.size();) {
            const auto end = std::min(said.find('\n', at), said.size());
            all.push_back(Document::parse(std::string_view{said}.substr(at, end - at)).value().value);
            at = end + 1;
        }
        return all;
    }
    std::string said{};
    int files = 0;
    test::TemporaryDirectory directory{};
};

TEST_F(Accounting, TellsWhoSawWhomByPersonAndPatient) {
    start();
    ask("insert into patients (drchrono_id, drchrono_raw, origin) values (501, '{}', 'api'), (502, '{}', 'api') returning 1");
    ask(R"(insert into access_log (at, actor, role, action, patient_id, drchrono_patient_id, reason, details)
           select t, a, 'phi-reader', w, p.id, n, nullif(r, ''), d::jsonb from (values
             (timestamptz '2026-03-01T10:00Z', 'admin:anna', 'patients.read', 501, 'a call', '{"address":"192.0.2.7"}'),
             ('2026-03-02T10:00Z', 'admin:anna', 'notes.read', 501, '', '{"address":"192.0.2.9"}'),
             ('2026-03-02T11:00Z', 'cli:root as bert', 'explain', 501, '', '{}'),
             ('2026-03-03T10:00Z', 'admin:anna', 'patients.read', 502, '', '{}'),
             ('2026-02-01T10:00Z', 'admin:anna', 'patients.read', 501, '', '{}')) v (t, a, w, n, r, d)
           join patients p on p.drchrono_id = n returning 1)");
    ask("insert into access_log (at, actor, action, patient_id) "
        "select '2026-03-04T10:00Z', 'admin:clara', 'patients.read', id from patients where drchrono_id = 502 returning 1");

    ASSERT_EQ(accounting({"--since", "2026-03-01", "--until", "2026-04-01", "--format", "json"}), 0) << said;
    std::string told;
    for (const auto& each : lines())
        told +=
            fmt::format("{} {} {} {}; ", *each.find("person")->string(), *each.find("drchrono_patient_id")->string(),
                        *each.find("times")->number(), *each.find("actions")->string());
    EXPECT_EQ(told, "admin:clara 502 1 patients.read; admin:anna 502 1 patients.read; cli:root as bert 501 1 explain; "
                    "admin:anna 501 2 notes.read patients.read; ")
        << "also what names the patient by our id alone, and nothing from before";

    ASSERT_EQ(accounting({"--since", "2026-03-01", "--until", "2026-04-01", "--user", "anna", "--patient", "501"}), 0);
    EXPECT_NE(said.find("1 person saw 1 patient since 2026-03-01 and before 2026-04-01"), std::string::npos) << said;
    EXPECT_NE(said.find("2026-03-01T10:00:00.000000Z to 2026-03-02T10:00:00.000000Z  2 times"), std::string::npos)
        << said;
    EXPECT_NE(said.find("from 192.0.2.7 192.0.2.9"), std::string::npos) << said;
    ASSERT_EQ(accounting({"--since", "2026-03-01", "--user", "bert", "--format", "csv"}), 0);
    EXPECT_NE(said.find(R"("cli:root as bert")"), std::string::npos) << said;
    EXPECT_EQ(ask("select string_agg(coalesce(drchrono_patient_id::text, '-'), ' ' order by id) from access_log "
                  "where action = 'accounting' and actor like 'cli:%'"),
              "- 502 501 501 - 501")
        << "who asks is written down too, and whom the answer names";
    for (const auto* since : {"2026-03-01T00:00:00Z", "2026-03-01T00:00:00", "90000d", "10000w", "yesterday", "today"})
        EXPECT_EQ(accounting({"--since", since, "--until", "today", "--user", "nobody"}), 0) << since << said;
}

TEST_F(Accounting, GivesEachAccessAsAnAuditEvent) {
    start();
    ask("insert into patients (drchrono_id, drchrono_raw, origin) values (501, '{}', 'api') returning 1");
    ask(R"(insert into access_log (at, actor, role, action, table_name, record_id, drchrono_patient_id, reason, request_id, details)
           select timestamptz '2026-03-01T10:00Z' + i * interval '1 second', 'admin:an"na', 'phi-reader', 'notes.read', 'deepcura_notes',
                  gen_random_uuid(), 501, 'a "call"', 'r-' || i, '{"address":"192.0.2.7"}' from generate_series(1, 2500) i returning 1)");
    ASSERT_EQ(accounting({"--since", "2026-03-01", "--until", "2026-04-01", "--format", "fhir"}), 0) << said;
    const auto events = lines();
    ASSERT_EQ(events.size(), 2'500U) << "each once, over the pages";
    std::set<std::string> ids;
    for (const auto& event : events) {
        ids.insert(std::string{*event.find("id")->string()});
        ASSERT_EQ(event.find("resourceType")->string(), "AuditEvent");
        ASSERT_EQ(event.find({"type", "code"})->string(), "rest");
        ASSERT_EQ(event.find("action")->string(), "R");
        ASSERT_EQ(event.find("outcome")->string(), "0");
        ASSERT_TRUE(event.find("recorded")->string().value().starts_with("2026-03-01T10:"));
        ASSERT_TRUE(event.find({"source", "observer", "display"}));
        const auto& agents = event.find("agent")->items();
        ASSERT_EQ(agents.size(), 3U);
        ASSERT_EQ(agents[0].find({"network", "address"})->string(), "192.0.2.7");
        ASSERT_EQ(agents[2].find({"who", "display"})->string(), "admin:an\"na");
        ASSERT_EQ(agents[2].find("requestor")->boolean(), true);
        const auto& entities = event.find("entity")->items();
        ASSERT_EQ(entities.size(), 3U);
        ASSERT_EQ(entities[0].find({"what", "reference"})->string(), "Patient/501");
        ASSERT_EQ(entities[0].find({"role", "code"})->string(), "1");
        ASSERT_EQ(entities[1].find({"what", "display"})->string(), "deepcura_notes");
    }
    EXPECT_EQ(ids.size(), 2'500U);
}

TEST_F(Accounting, GoesToNoPipeAndTakesNoWrongQuestion) {
    start();
    EXPECT_EQ(command({"accounting", "--since", "2026-03-01"}, said), 2) << said;
    EXPECT_NE(said.find("--out FILE"), std::string::npos) << said;
    for (const auto& wrong : {std::vector<std::string>{},
                              {"--since", "soon"},
                              {"--since", "2026-03-01", "--patient", "x"},
                              {"--since", "2026-03-01", "--format", "xml"}})
        EXPECT_NE(accounting(wrong), 0);
    accounting({"--since", "soon"});
    EXPECT_NE(said.find("how long ago (90m, 24h, 90d, 2w)"), std::string::npos) << said;
    EXPECT_EQ(ask("select count(*) from access_log where action = 'accounting'"), "0");
}

}  // namespace
}  // namespace dcs
