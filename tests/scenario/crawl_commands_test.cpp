// The crawl of the command line: every command that --help names, with ids that exist. Whoever is shown anything of a patient leaves
// a row of access_log that names that patient.
//
// A command that is added fails the test until `calls` says how it is called, or why it is not.
#include "simulator/scribe_cipher.hpp"
#include "support/marked_patients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

namespace dcs {
namespace {

using Words = std::vector<std::string>;

/// How a command is called; `into_file`: with --out, and what it wrote counts as shown.
struct Called {
    Words words;
    bool into_file = false;
};

class CommandCrawl : public test::WithMarkedPatients {
protected:
    /// The names below "Subcommands:".
    Words subcommands(Words of) {
        of.emplace_back("--help");
        std::string said;
        EXPECT_EQ(run(of, said), 0) << said;
        Words names;
        auto at = said.find("ubcommands:\n");
        while (at != std::string::npos && (at = said.find("\n  ", at)) != std::string::npos) {
            at += 3;
            if (said[at] != ' ') names.push_back(said.substr(at, said.find_first_of(" \n", at) - at));
        }
        return names;
    }
    /// "verify", "gridhook read", …: those that have none below them. Of a group that nobody has named here `calls` knows nothing.
    Words commands() {
        Words all;
        for (const auto& name : subcommands({})) {
            const bool group = name == "admin" || name == "audit" || name == "gridhook" || name == "help";
            if (group)
                for (const auto& each : subcommands({name})) all.push_back(name + " " + each);
            if (!group || name == "help") all.push_back(name);
        }
        return all;
    }
    std::optional<std::vector<Called>> calls(const std::string& command);
    std::vector<Called> explanations();
    std::string ids(const std::string& sql) const {
        return ask("select coalesce(string_agg(i::text, ' '), '') from (" + sql + ") t (i)");
    }
    /// What a call shows: what it printed, and the file it wrote.
    std::string shown_by(const Called& called) {
        auto words = called.words;
        const auto file = directory.path() / std::to_string(++files);
        if (called.into_file) words.insert(words.end(), {"--out", file.string()});
        std::string said;
        status = run(words, said, {{"BACKUP_DIR", (directory.path() / "backups").string()}});
        std::ifstream written{file, std::ios::binary};
        return said.append(std::istreambuf_iterator<char>{written}, {});
    }
    std::string file_with(const std::string& content) {
        const auto path = directory.path() / ("given-" + std::to_string(++files));
        std::ofstream{path} << content;
        return path.string();
    }
    test::TemporaryDirectory directory{};
    int files = 0;
    int status = 0;
};

/// Of each kind of record, of deliveries and of events.
std::vector<Called> CommandCrawl::explanations() {
    std::vector<Called> all;
    const auto add = [&](const std::string& kind, const std::string& found, const Words& more = {}) {
        for (std::size_t at = 0; at + 36 <= found.size(); at += 37) {
            Words words{"explain", kind, found.substr(at, 36)};
            words.insert(words.end(), more.begin(), more.end());
            all.push_back({words, true});
        }
    };
    add("patient", ids("select id from patients limit 1"), {"--reason", "a complaint", "--json"});
    add("appointment", ids("select id from appointments order by reason desc limit 2"), {"--json"});
    for (const auto* kind : {"clinical-notes", "line-items"}) {
        std::string table{kind};
        std::ranges::replace(table, '-', '_');
        add(kind, ids(fmt::format("select id from {} limit 1", table)));
    }
    add("delivery", ids("select id from inbox where source <> 'drchrono' order by seq limit 5"));
    add("delivery", ids("select id from inbox where object_key = 'appointments:720042000099' order by seq"));
    add("event",
        ids("select event_id from change_log where table_name in ('deepcura_notes', 'appointments') order by seq desc limit 6"));
    all.push_back({{"explain", "patient", patients[0].number}, false});
    all.push_back({{"explain", "delivery", "00000000-0000-4000-8000-000000000000"}, true});
    return all;
}

/// Commands that are not called here, and why.
const std::map<std::string, std::string_view> quiet{
    {"serve", "runs until it is stopped: the other crawl reads its log"},
    {"authorize", "waits for a person"},
    {"simulate", "shows a clinic of its own"},
    {"demo", "shows a clinic of its own"},
    {"restore-drill", "counts rows: restore_drill_test.cpp"},
    {"admin add-user", "is about users alone"},
    {"admin set-password", "is about users alone"},
    {"admin set-roles", "is about users alone"},
    {"admin disable-user", "is about users alone"},
    {"admin enable-user", "is about users alone"},
    {"admin second-factor", "is about users alone"},
    {"admin remove-second-factor", "is about users alone"},
};

/// Those that need no more than words.
const std::map<std::string, std::vector<Called>> plain{
    {"admin unblock", {{{"admin", "unblock", "--all"}}}},
    {"admin emergencies", {{{"admin", "emergencies"}}}},
    {"admin list-users", {{{"admin", "list-users"}}}},
    {"migrate", {{{"migrate"}}}},
    {"doctor", {{{"doctor"}}, {{"doctor", "--json"}}}},
    {"help", {{{"help"}}}},
    {"help settings", {{{"help", "settings"}}}},
    {"help routes", {{{"help", "routes"}}}},
    {"help admin-api", {{{"help", "admin-api"}}}},
    {"backup", {{{"backup", "--json"}}}},
    {"evidence", {{{"evidence"}, true}}},
    {"cleanup", {{{"cleanup", "--dry-run", "--json"}}, {{"cleanup"}}}},
    {"audit verify", {{{"audit", "verify"}}, {{"audit", "verify", "--json"}}}},
    {"audit take-over", {{{"audit", "take-over", "--as", "ada", "--reason", "nothing is wrong with it"}}}},
    {"verify",
     {{{"verify", "--json"}},
      {{"verify", "patients", "appointments", "medications"}},
      {{"verify", "--full", "patients", "appointments"}}}},
    {"sync", {{{"sync", "--plan"}}, {{"sync", "--json", "medications"}}, {{"sync", "--full", "problems"}}}},
};

/// nullopt: nobody has said how it is called.
std::optional<std::vector<Called>> CommandCrawl::calls(const std::string& command) {
    if (quiet.contains(command)) return std::vector<Called>{};
    if (const auto found = plain.find(command); found != plain.end()) return found->second;
    if (command == "explain") return explanations();
    if (command == "accounting") {
        std::vector<Called> all{{{"accounting", "--since", "2020-01-01", "--patient", patients[2].id}, true}};
        for (const auto* format : {"table", "csv", "json", "fhir"})
            all.push_back({{"accounting", "--since", "2020-01-01", "--format", format}, true});
        return all;
    }
    const auto payload =
        fmt::format(R"({{"session_id":"s","patient_id":{},"soap":{{"plan":"{}"}},"earlier":{{"patientId":"{}"}}}})",
                    patients[0].number, patients[0].word, patients[1].number);
    if (command == "gridhook read") {
        const auto file = file_with(payload);
        const auto by_visit = file_with(fmt::format(
            R"({{"session_id":"s","appointment_id":"{}","soap":{{"plan":"{}"}}}})",
            ids("select drchrono_id from appointments where drchrono_patient_id = " + patients[0].number + " limit 1"),
            patients[0].word));
        const auto by_another_name = file_with(
            fmt::format(R"({{"Patient No":"{}","soap":{{"plan":"{}"}}}})", patients[0].number, patients[0].word));
        return std::vector<Called>{{{"gridhook", "read", file}},
                                   {{"gridhook", "read", file, "--show"}, true},
                                   {{"gridhook", "read", by_visit, "--show"}, true},
                                   {{"gridhook", "read", by_another_name, "--show"}, true}};
    }
    if (command == "gridhook probe") {
        const auto body = simulator::encrypt(simulator::Scheme::sha256_iv_prefix, gridhook_secret, payload);
        const auto file = file_with(fmt::format(R"({{"encrypted_payload":"{}"}})", body));
        return std::vector<Called>{{{"gridhook", "probe", file}}, {{"gridhook", "probe", file, "--show"}, true}};
    }
    if (command != "gridhook replay") return std::nullopt;
    database.query("set app.actor = 'test'; set app.cause = 'test'; update deepcura_notes set soap_plan = 'other'");
    return std::vector<Called>{{{"gridhook", "replay", "--all"}},
                               {{"gridhook", "replay", "--reread", "--all"}},
                               {{"gridhook", "replay", "--reread", "--all", "--show"}, true},
                               {{"gridhook", "replay", "--reread", "--all", "--apply", "--show"}, true}};
}

TEST_F(CommandCrawl, WhoeverIsShownAPatientLeavesARowThatNamesThePatient) {
    fill();
    const auto all = commands();
    EXPECT_GT(all.size(), 25U) << "the help is understood";
    std::ifstream file{std::string{SOURCE_DIR} + "/README.md"};
    const std::string readme{std::istreambuf_iterator<char>{file}, {}};
    for (const auto& command : all) {
        const auto last = command.substr(command.rfind(' ') + 1);
        const bool named =
            readme.find(command) != std::string::npos || readme.find('`' + last + '`') != std::string::npos;
        EXPECT_TRUE(named) << "the README does not name " << command;
    }
    std::set<std::string> showing;
    for (const auto& command : all) {
        const auto called = calls(command);
        EXPECT_TRUE(called) << command << ": say in `calls` how it is called, or why it shows nothing";
        if (!called) continue;
        for (const auto& each : *called) {
            auto begun = latest_row();
            const auto text = shown_by(each);
            EXPECT_GE(status, 0) << fmt::format("{}", fmt::join(each.words, " ")) << text;
            if (!shown_in(text).empty()) showing.insert(command);
            EXPECT_EQ(missing_rows(text, "cli:%", begun), "") << fmt::format("{}", fmt::join(each.words, " ")) << "\n"
                                                              << text.substr(0, 3'000);
        }
    }
    for (const auto* command :
         {"explain", "accounting", "gridhook probe", "gridhook read", "gridhook replay", "verify"})
        EXPECT_TRUE(showing.contains(command)) << command << " shows somebody, or this test looks at nothing";
    const auto verdict = plans->verdict();
    EXPECT_GT(verdict.statements, 100U);
    EXPECT_EQ(verdict.findings, "");
}

TEST_F(CommandCrawl, NothingIsShownWhereItCannotBeWrittenDown) {
    fill();
    const auto file = file_with(fmt::format(R"({{"session_id":"s","patient_id":{}}})", patients[0].number));
    std::string said;
    const auto out = directory.path() / "shown.txt";
    EXPECT_EQ(run({"gridhook", "read", file, "--show", "--out", out.string()}, said, {{"DB_PORT", "1"}}), 0) << said;
    std::ifstream written{out};
    said.append(std::istreambuf_iterator<char>{written}, {});
    EXPECT_TRUE(shown_in(said).empty()) << said;
    EXPECT_NE(said.find("values are not shown"), std::string::npos) << said;
}

}  // namespace
}  // namespace dcs
