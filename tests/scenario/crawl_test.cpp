// The crawl: every route of the admin page's API, asked by every role with ids that exist. Whoever is shown anything of a patient
// leaves a row of access_log that names that patient; who may see nobody is shown nobody.
//
// A route that is added fails the test until `calls` says how it is called.
#include "base/document.hpp"
#include "ingress/routes.hpp"
#include "support/marked_patients.hpp"
#include "support/raw_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace dcs::test {
namespace {

using namespace std::chrono_literals;

constexpr auto password = "correct horse battery";

struct Call {
    std::string path;  // below /admin/api
    std::string body{};
};

struct User {
    std::string name;
    std::vector<std::string> roles;
    bool sees_patients = false;
};
const std::vector<User> users{{"vera", {"viewer"}, false},
                              {"otto", {"operator"}, false},
                              {"rosa", {"phi-reader"}, true},
                              {"fred", {"operator", "phi-reader"}, true},
                              {"alma", {"admin"}, true}};

class Crawl : public WithMarkedPatients {
protected:
    net::Answer send(const std::string& method, const std::string& path, const std::string& body = {}) {
        net::Call call{.method = method,
                       .url = fmt::format("http://127.0.0.1:{}/admin/api{}", port, path),
                       .body = body,
                       .time_limit = 20s};
        if (!cookie.empty()) call.headers.add("Cookie", cookie);
        if (!csrf.empty()) call.headers.add("X-CSRF-Token", csrf);
        if (!body.empty()) call.headers.add("Content-Type", "application/json");
        auto answer = run_async(io, client.send(std::move(call)), 180s);
        return answer ? std::move(*answer) : net::Answer{};
    }
    void sign_in(const std::string& name) {
        cookie.clear();
        csrf.clear();
        const auto answer = send("POST", "/session", fmt::format(R"({{"user":"{}","password":"{}"}})", name, password));
        ASSERT_EQ(answer.status, 200) << answer.body;
        const auto set = answer.headers.get("Set-Cookie");
        cookie = std::string{set.substr(0, set.find(';'))};
        csrf = std::string{*Document::parse(answer.body)->value.find("csrf")->string()};
    }
    void add_users() {
        for (const auto& user : users) {
            std::vector<std::string> words{"admin", "add-user", user.name};
            for (const auto& role : user.roles) words.insert(words.end(), {"--role", role});
            std::string said;
            ASSERT_EQ(run(words, said, {}, password), 0) << said;
        }
    }
    std::vector<std::string> ids(const std::string& sql) const {
        std::vector<std::string> all;
        const auto text = ask("select coalesce(string_agg(i::text, ' '), '') from (" + sql + ") t (i)");
        for (std::size_t at = 0; at + 36 <= text.size(); at += 37) all.push_back(text.substr(at, 36));
        return all;
    }
    std::string version_of(const std::string& note) const {
        return ask("select link_version from deepcura_notes where id = '" + note + "'");
    }
    std::vector<Call> of_each(const std::vector<std::string>& all, std::string_view format,
                              const std::string& body = {}) const {
        std::vector<Call> calls;
        for (const auto& id : all) calls.push_back({fmt::format(fmt::runtime(format), id), body});
        return calls;
    }
    std::vector<Call> of_records(std::string_view behind, const std::string& body = {}) const {
        std::vector<Call> calls;
        for (const auto* table : {"patients", "appointments", "clinical_notes", "medications", "problems", "allergies",
                                  "line_items", "deepcura_notes"})
            for (const auto& id : ids(fmt::format("select id from {} order by id limit {}", table,
                                                  std::string_view{table} == "deepcura_notes" ? 20 : 1)))
                calls.push_back({fmt::format("/records/{}/{}{}", table, id, behind), body});
        return calls;
    }
    /// As seen now, and as nobody has seen it, which is answered with what was decided meanwhile.
    std::vector<Call> decisions(const std::string& note, const std::string& action,
                                const std::string& more = {}) const {
        const auto path = fmt::format("/notes/{}/{}", note, action);
        return {{path, fmt::format(R"({{"link_version":{}{}}})", version_of(note), more)},
                {path, fmt::format(R"({{"link_version":99999{}}})", more)}};
    }
    std::optional<std::vector<Call>> calls(const std::string& route) const;
    std::vector<Call> lists(const std::string& route) const;
    void check(const User& user, const std::string& what, const std::string& text);
    void crawl(const User& user, const ingress::Route& route);

    std::string cookie{};
    std::string csrf{};
    std::string begun{};
    int answered = 0;
};

constexpr auto why = R"({"reason":"a complaint"})";

/// Of users who do not exist: what the crawl does must change none of its own.
std::vector<Call> of_nobody(const std::string& path) {
    return {{path, R"({"user":"nobody","roles":["viewer"],"reason":"a complaint"})"}};
}

/// Lists, whole and narrowed.
std::vector<Call> Crawl::lists(const std::string& route) const {
    const auto& one = patients.front();
    if (route == "GET /notes")
        return {{"/notes"}, {"/notes?state=linked"}, {"/notes?state=unlinkable"}, {"/notes?patient=" + one.number}};
    if (route == "GET /deliveries")
        return {{"/deliveries?limit=200"}, {"/deliveries?state=dead"}, {"/deliveries?object=patients:" + one.number}};
    if (route == "GET /deliveries/count")
        return {{"/deliveries/count"}, {"/deliveries/count?object=patients:" + one.number}};
    if (route == "GET /runs")
        return {{"/runs"}, {"/runs?type=webhook&limit=200"}, {"/runs?type=gridhook"}, {"/runs?type=fetch&limit=200"}};
    if (route == "GET /failures") return {{"/failures"}, {"/failures?resource=patients"}, {"/failures?resolved=true"}};
    if (route == "GET /patients")
        return {{"/patients?q=Q"}, {"/patients?q=" + one.word}, {"/patients?q=" + one.number}};
    if (route == "POST /patients/search")
        return {{"/patients/search", R"({"q":"q","limit":2})"}, {"/patients/search", R"({"q":"Q"})"}};
    if (route == "GET /audit") return {{"/audit"}, {"/audit?action=notes.read"}, {"/audit?patient=" + one.number}};
    if (route == "GET /audit.csv") return {{"/audit.csv"}};
    if (route == "POST /accounting")
        return {{"/accounting", R"({"since":"2020-01-01","limit":2})"}, {"/accounting", R"({"since":"2020-01-01"})"}};
    if (route == "POST /accounting.csv") return {{"/accounting.csv", R"({"since":"2020-01-01"})"}};
    return {};
}

/// nullopt: nobody has said how it is called.
std::optional<std::vector<Call>> Crawl::calls(const std::string& route) const {
    if (auto listed = lists(route); !listed.empty()) return listed;
    const auto notes = [&] { return ids("select id from deepcura_notes"); };
    const auto deliveries = [&] {
        return ids("select distinct on (case when source = 'drchrono' then event else id::text end) id from inbox");
    };
    const auto failures = [&] { return ids("select id from sync_failures"); };
    const auto people = [&] { return ids("select id from patients"); };
    const auto of_each_note = [&](std::string_view behind) {
        return of_each(notes(), "/notes/{}" + std::string{behind});
    };
    const auto target = [&](std::size_t place) {
        return fmt::format(R"(,"clinical_note_id":"{}","reason":"it is this one")",
                           ask("select id from clinical_notes where drchrono_patient_id = " + patients[place].number));
    };
    const std::map<std::string, std::function<std::vector<Call>()>> known{
        {"POST /session",
         [] { return std::vector<Call>{{"/session", R"({"user":"nobody","password":"wrong, and long"})"}}; }},
        {"GET /session", [] { return std::vector<Call>{{"/session"}}; }},
        {"DELETE /session", [] { return std::vector<Call>{{"/session"}}; }},
        {"GET /second-factor", [] { return std::vector<Call>{{"/second-factor"}}; }},
        {"POST /second-factor/offer", [] { return std::vector<Call>{{"/second-factor/offer", "{}"}}; }},
        {"POST /second-factor",
         [] { return std::vector<Call>{{"/second-factor", R"({"ticket":"none","code":"123456"})"}}; }},
        {"POST /second-factor/remove",
         [] { return std::vector<Call>{{"/second-factor/remove", R"({"password":"wrong","code":"123456"})"}}; }},
        {"POST /emergency", [] { return std::vector<Call>{{"/emergency", why}}; }},
        {"DELETE /emergency", [] { return std::vector<Call>{{"/emergency"}}; }},
        {"GET /emergencies", [] { return std::vector<Call>{{"/emergencies"}, {"/emergencies?state=open"}}; }},
        {"POST /emergencies/{id}/review",
         [] { return std::vector<Call>{{"/emergencies/00000000-0000-4000-8000-000000000000/review", why}}; }},
        {"GET /users", [] { return std::vector<Call>{{"/users"}}; }},
        {"POST /users/roles", [] { return of_nobody("/users/roles"); }},
        {"POST /users/disable", [] { return of_nobody("/users/disable"); }},
        {"POST /users/enable", [] { return of_nobody("/users/enable"); }},
        {"POST /users/end-sessions", [] { return of_nobody("/users/end-sessions"); }},
        {"POST /users/reset-second-factor", [] { return of_nobody("/users/reset-second-factor"); }},
        {"POST /users/review", [] { return std::vector<Call>{{"/users/review", why}}; }},
        {"GET /overview", [] { return std::vector<Call>{{"/overview"}}; }},
        {"GET /events", [] { return std::vector<Call>{}; }},  // a stream: watched while all others are called
        {"GET /notes/{id}", [&] { return of_each_note(""); }},
        {"GET /notes/{id}/reading", [&] { return of_each_note("/reading"); }},
        {"GET /notes/{id}/clinical-notes",
         [&] { return of_each_note("/clinical-notes?patient=" + patients[4].number); }},
        {"POST /notes/{id}/unlinkable",
         [&] {
             return decisions(reason_note, "unlinkable", fmt::format(R"(,"reason":"{} relapsed")", patients[3].word));
         }},
        {"POST /notes/{id}/link", [&] { return decisions(reason_note, "link", target(0)); }},
        {"POST /notes/{id}/unlink", [&] { return decisions(reason_note, "unlink"); }},
        {"POST /notes/{id}/hand-back", [&] { return decisions(reason_note, "hand-back"); }},
        {"POST /deliveries/retry",
         [] { return std::vector<Call>{{"/deliveries/retry", R"({"filter":{"state":"dead"},"expect":99})"}}; }},
        {"GET /deliveries/{id}", [&] { return of_each(deliveries(), "/deliveries/{}"); }},
        {"POST /deliveries/{id}/payload", [&] { return of_each(deliveries(), "/deliveries/{}/payload", why); }},
        {"POST /deliveries/{id}/retry", [&] { return of_each(deliveries(), "/deliveries/{}/retry", "{}"); }},
        {"POST /runs", [] { return std::vector<Call>{{"/runs", R"({"resource":"nothing","mode":"full"})"}}; }},
        {"GET /runs/{id}",
         [&] {
             return of_each(ids("select distinct on (sync_type, table_name, details ? 'malformed') id from sync_log"),
                            "/runs/{}");
         }},
        {"POST /failures/{id}/raw", [&] { return of_each(failures(), "/failures/{}/raw", why); }},
        {"POST /failures/{id}/retry", [&] { return of_each(failures(), "/failures/{}/retry", "{}"); }},
        {"GET /patients/{id}", [&] { return of_each(people(), "/patients/{}"); }},
        {"GET /patients/{id}/records", [&] { return of_each(people(), "/patients/{}/records"); }},
        {"GET /patients/{id}/changes", [&] { return of_each(people(), "/patients/{}/changes?limit=200"); }},
        {"GET /records/{table}/{id}",
         [&] {
             auto all = of_records("");
             for (auto& then : of_records("?at=" + ask("select min(changed_at)::date::text from change_log")))
                 all.push_back(then);
             // Before the visit was moved to another patient.
             const auto moved = ask(
                 "select to_char(max(changed_at) at time zone 'UTC' - interval '1 ms', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
                 "from change_log where operation = 'UPDATE' and new_values ? 'drchrono_patient_id'");
             for (const auto& id : ids("select id from appointments where reason like 'moved%'"))
                 all.push_back({fmt::format("/records/appointments/{}?at={}", id, moved)});
             return all;
         }},
        {"POST /records/{table}/{id}/reveal", [&] { return of_records("/reveal", why); }},
        {"GET /records/{table}/{id}/changes", [&] { return of_records("/changes"); }},
        {"GET /patients/{id}/disclosures", [&] { return of_each(people(), "/patients/{}/disclosures"); }},
        {"GET /patients/{id}/disclosures.csv", [&] { return of_each(people(), "/patients/{}/disclosures.csv"); }},
    };
    const auto found = known.find(route);
    return found == known.end() ? std::nullopt : std::optional{found->second()};
}

/// A row of the log shows the reason that a person wrote; whom its words tell of, no program can find. `record`: one that is two
/// patients' by turns, whose id is told with the rows of either.
std::string without_reasons(std::string text, const std::string& record) {
    for (auto at = text.find(record); at != std::string::npos; at = text.find(record)) text.erase(at, record.size());
    constexpr std::string_view written = " relapsed";
    for (auto at = text.find(written); at != std::string::npos; at = text.find(written)) {
        const auto begin = text.find_last_of("\",:", at) + 1;
        text.erase(begin, at + written.size() - begin);
    }
    return text;
}

void Crawl::check(const User& user, const std::string& what, const std::string& given) {
    const bool of_log = what.find("/audit") != std::string::npos || what.find("/disclosures") != std::string::npos;
    const auto moved = ask("select id from appointments where reason like 'moved%'");
    const auto text = of_log ? without_reasons(given, moved) : given;
    if (user.sees_patients) {
        EXPECT_EQ(missing_rows(text, "admin:" + user.name, begun), "") << user.name << " " << what << "\n"
                                                                       << text.substr(0, 3'000);
        return;
    }
    for (const auto* one : shown_in(text))
        ADD_FAILURE() << user.name << " sees " << one->word << ": " << what << "\n" << text.substr(0, 3'000);
}

void Crawl::crawl(const User& user, const ingress::Route& route) {
    const auto name = route.method + " " + route.path.substr(std::string_view{"/admin/api"}.size());
    const auto all = calls(name);
    ASSERT_TRUE(all) << name << ": say in `calls` how it is called";
    for (const auto& call : *all) {
        const auto answer = send(route.method, call.path, call.body);
        EXPECT_NE(answer.status, 0) << name << " " << call.path;
        EXPECT_LT(answer.status, 500) << name << " " << call.path << answer.body;
        if (answer.status < 300) ++answered;
        check(user, fmt::format("{} {} -> {}", route.method, call.path, answer.status), answer.body);
    }
}

TEST_F(Crawl, WhoeverSeesAPatientLeavesARowThatNamesThePatient) {
    fill();
    add_users();
    const auto table = ingress::route_table({});
    std::vector<std::unique_ptr<RawClient>> streams;
    for (const auto& user : users) {
        sign_in(user.name);
        streams.push_back(std::make_unique<RawClient>(port, 30s));
        streams.back()->send(
            fmt::format("GET /admin/api/events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\n\r\n", port, cookie));
        begun = latest_row();
        answered = 0;
        const auto signs_out = [](const auto& route) {
            return route.method == "DELETE" && route.path == "/admin/api/session";
        };
        for (const bool last : {false, true})
            for (const auto& route : table)
                if (route.path.starts_with("/admin/api/") && signs_out(route) == last) crawl(user, route);
        EXPECT_GE(answered, user.sees_patients ? 60 : 20) << user.name << ": the crawl reaches what there is";
    }
    turn_until(io, [] { return false; }, 3s);
    EXPECT_EQ(stop(), 0);
    for (std::size_t place = 0; place < users.size(); ++place) {
        const auto answer = streams[place]->answer();
        EXPECT_EQ(answer.status, 200) << users[place].name;
        for (const auto* one : shown_in(answer.body))
            ADD_FAILURE() << users[place].name << " is streamed " << one->word;
    }
    for (const auto& one : patients) EXPECT_EQ(log.find(one.word), std::string::npos) << "in the service's log";
    const auto verdict = plans->verdict();
    EXPECT_GT(verdict.statements, 100U);
    EXPECT_EQ(verdict.findings, "");
}

TEST_F(Crawl, FindsARowThatIsNotThere) {
    fill();
    auto row = latest_row();
    EXPECT_EQ(missing_rows("nobody", "admin:rosa", row), "");
    EXPECT_EQ(missing_rows("of " + patients[1].word, "admin:rosa", row), patients[1].word + " ");
    ask(fmt::format(
        "insert into access_log (actor, action, patient_id, drchrono_patient_id) values ('admin:rosa', 'x', '{}', {})"
        " returning 1",
        patients[1].id, patients[1].number));
    EXPECT_EQ(missing_rows("of " + patients[1].number + patients[2].id, "admin:rosa", row), patients[2].word + " ");
    EXPECT_EQ(missing_rows("of " + patients[1].word, "admin:rosa", row), patients[1].word + " ") << "a row from before";
    EXPECT_FALSE(calls("GET /a-new-route"));
}

}  // namespace
}  // namespace dcs::test
