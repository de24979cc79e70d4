// The cursors of every list: they lead through all of it, hold nothing that can be read, and are refused anywhere else.
#include "base/encoding.hpp"
#include "database/admin/admin_fixture.hpp"

#include <set>

namespace dcs::admin {
namespace {

/// A list with its filters; `body`: members of the object that is posted, empty: a GET.
struct Listed {
    std::string path;
    std::string body{};
};

class AdminCursors : public WithAdmin {
protected:
    AdminCursors() {
        for (int number = 5; number < 8; ++number)
            apply(state("patients",
                        fmt::format(R"({{"id":{},"first_name":"Lenaxia","last_name":"Lopezina{}"}})", number, number)));
        for (const auto* day : {"2026-10-05", "2026-10-06", "2026-10-07"}) visit(fmt::format("90{}", day[9]), 5, day);
        for (int number = 0; number < 3; ++number)
            file(fmt::format(R"({{"session_id":"s-{0}","patient_id":5,"session_date":"2026-11-1{0}"}})", number));
        for (const auto* phone : {"1", "2", "3"})
            apply(
                state("patients", fmt::format(R"({{"id":5,"first_name":"Lenaxia","last_name":"Lopezina5","cell_phone":)"
                                              R"("{0}","updated_at":"2026-10-0{0}T09:00:00"}})",
                                              phone)));
        ask(R"(with i as (insert into inbox (source, event, object_key, body, body_sha256, state, reason, finished_at)
                   select 'drchrono', 'PATIENT_MODIFY', 'patients:5', '{}', sha256('x'), 'dead', 'x', now()
                   from generate_series(1, 3)),
               f as (insert into sync_failures (table_name, drchrono_id, cause, reason, raw)
                   select 'patients', g::text, 'run:x', 'x', '{}' from generate_series(1, 3) g),
               l as (insert into sync_log (source, sync_type, table_name, status, started_at)
                   select 'drchrono', 'full', 'patients', 'completed', now() from generate_series(1, 3)),
               a as (insert into access_log (at, actor, role, action, drchrono_patient_id)
                   select timestamptz '2026-03-01' + g * interval '1 minute', 'admin:a' || g, 'phi-reader', 'notes.read', 5
                   from generate_series(1, 3) g)
               insert into emergency_accesses (user_name, reason, ends_at)
                   select 'a' || g, 'a reason', now() + interval '1 hour' from generate_series(1, 3) g returning 1)");
        const auto id = ask("select id from patients where drchrono_id = 5");
        const auto note = ask("select id from deepcura_notes limit 1");
        lists = {{"/notes"},
                 {"/notes?patient=5"},
                 {"/notes/" + note + "/clinical-notes"},
                 {"/deliveries?source=drchrono"},
                 {"/deliveries?state=dead"},
                 {"/runs?resource=patients"},
                 {"/failures"},
                 {"/patients?q=lopezina"},
                 {"/patients/search", R"("q":"lopezina")"},
                 {"/patients/" + id + "/records"},
                 {"/patients/" + id + "/changes"},
                 {"/records/patients/" + id + "/changes"},
                 {"/audit?action=notes.read"},
                 {"/patients/" + id + "/disclosures"},
                 {"/accounting", R"("since":"2026-03-01","until":"2026-04-01")"},
                 {"/emergencies"}};
    }

    net::Response page(const Listed& list, const std::string& after) {
        if (list.body.empty())
            return get(fmt::format("{}{}limit=1{}", list.path, list.path.find('?') == std::string::npos ? '?' : '&',
                                   after.empty() ? "" : "&after=" + after),
                       everybody);
        return post(list.path,
                    fmt::format(R"({{{},"limit":1{}}})", list.body,
                                after.empty() ? "" : fmt::format(R"(,"after":"{}")", after)),
                    everybody);
    }
    std::string cursor_of(const Listed& list) { return text_at(read(page(list, "")), "next"); }

    Signed everybody = sign_in_as("admin,operator,phi-reader");
    std::vector<Listed> lists{};
};

TEST_F(AdminCursors, LeadThroughEveryListAndHoldNothingReadable) {
    const auto id = ask("select id from patients where drchrono_id = 5");
    for (const auto& list : lists) {
        std::set<std::string> seen;
        std::size_t shown = 0;
        std::string after;
        for (int pages = 0; pages < 60; ++pages) {
            const auto answer = page(list, after);
            ASSERT_EQ(answer.status, 200) << list.path << answer.body;
            const auto told = read(answer);
            for (const auto& item : told.find("items")->items()) seen.insert(item.text()), ++shown;
            if (told.find("next")->is_null()) break;
            after = text_at(told, "next");
            const auto bytes = from_base64url(after);
            ASSERT_TRUE(bytes) << list.path;
            for (const auto& word :
                 {std::string{"opez"}, std::string{"enax"}, id, id.substr(0, 8), std::string{"2026-"}})
                for (const auto& text : {after, *bytes}) ASSERT_EQ(text.find(word), std::string::npos) << list.path;
        }
        EXPECT_GE(shown, 3U) << list.path;
        EXPECT_EQ(seen.size(), shown) << list.path << ": nothing twice";
    }
}

TEST_F(AdminCursors, AreRefusedByEveryOtherList) {
    std::vector<std::string> cursors;
    for (const auto& list : lists) cursors.push_back(cursor_of(list));
    for (std::size_t made = 0; made < lists.size(); ++made)
        for (std::size_t asked = 0; asked < lists.size(); ++asked)
            EXPECT_EQ(page(lists[asked], cursors[made]).status, made == asked ? 200 : 400)
                << "of " << lists[made].path << " at " << lists[asked].path;
}

TEST_F(AdminCursors, AreRefusedWhenAlteredCutForeignOrOfTheOldForm) {
    for (const auto& list : lists) {
        const auto cursor = cursor_of(list);
        auto altered = cursor;
        altered[altered.size() / 2] = altered[altered.size() / 2] == 'A' ? 'B' : 'A';
        secrets_of_cursors = {"another service's key"};
        const auto foreign = cursor_of(list);
        secrets_of_cursors = {"a key of the service's own"};
        for (const auto& wrong :
             {altered, cursor.substr(0, cursor.size() / 2), cursor + "AAAA", foreign, std::string(6'000, 'A'),
              std::string{"x"}, to_base64url(R"(["1"])"),
              to_base64url(R"(["1","lopezina5","lenaxia","e86125a8-0000-4000-8000-000000000000"])")}) {
            const auto answer = page(list, wrong);
            EXPECT_EQ(answer.status, 400) << list.path << " " << wrong.substr(0, 200);
            EXPECT_EQ(text_at(read(answer), "error"), "after must be the next of a page before");
            EXPECT_NE(text_at(read(answer), "request_id"), "(absent)");
        }
        EXPECT_EQ(page(list, cursor).status, 200) << list.path;
    }
}

TEST_F(AdminCursors, OutliveASecretThatIsReplaced) {
    const auto cursor = cursor_of(lists.front());
    secrets_of_cursors = {"a newer key", "a key of the service's own"};
    EXPECT_EQ(page(lists.front(), cursor).status, 200);
}

}  // namespace
}  // namespace dcs::admin
