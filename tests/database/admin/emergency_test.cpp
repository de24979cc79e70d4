// Emergency access: who opens it, how long it lasts, what is marked, and who signs it off.
#include "auth/emergency.hpp"
#include "database/admin/admin_fixture.hpp"

namespace dcs::admin {
namespace {

class EmergencyAccess : public WithAdmin {
protected:
    EmergencyAccess() {
        apply(state("patients", R"({"id":5,"first_name":"Ann","last_name":"Quebec"})"));
        add_user("emma", "emergency");
    }
    net::Response open(const Signed& who, const std::string& body = R"({"reason":"nobody else is there"})") {
        return post("/emergency", body, who);
    }
    int look(const Signed& who) { return post("/patients/search", R"({"q":"Q"})", who).status; }
    /// What the rows of an action say of the emergency access: its id, or "-".
    std::string marks(const std::string& action) const {
        return ask(
            "select coalesce(string_agg(coalesce(details ->> 'emergency', '-'), ' ' order by id), '') from access_log "
            "where action = '" +
            action + "'");
    }
    void let_time_pass() const {
        ask("update emergency_accesses set opened_at = opened_at - interval '1 hour', ends_at = ends_at - interval '1 hour' "
            "returning 1");
    }
    net::Response review(const std::string& id, const Signed& who,
                         const std::string& body = R"({"reason":"there was a fire"})") {
        return post("/emergencies/" + id + "/review", body, who);
    }
};

TEST_F(EmergencyAccess, OpensForAReasonAloneAndEachReadIsMarked) {
    const auto emma = sign_in("emma");
    EXPECT_EQ(look(emma), 403);
    for (const auto* body : {"{}", R"({"reason":""})", R"({"reason":"ab"})", R"({"reason":7})"})
        EXPECT_EQ(open(emma, body).status, 400) << body;
    EXPECT_EQ(look(emma), 403);
    EXPECT_EQ(ask("select count(*) from emergency_accesses"), "0");
    const auto opened = open(emma);
    ASSERT_EQ(opened.status, 201) << opened.body;
    const auto id = text_at(read(opened), "id");
    EXPECT_EQ(look(emma), 200);
    EXPECT_EQ(get("/patients/" + ask("select id from patients"), emma).status, 200);
    EXPECT_EQ(marks("patients.search"), id);
    EXPECT_EQ(marks("patients.read"), id);
    EXPECT_EQ(ask("select distinct role from access_log where action like 'patients.%'"), "phi-reader,emergency");
    EXPECT_EQ(text_at(read(get("/session", emma)), "roles"), R"(["phi-reader","emergency"])");
    EXPECT_EQ(post("/runs", "{}", emma).status, 403) << "it lets her see, and do nothing more";
    EXPECT_EQ(open(emma).status, 409) << "it is open already";
    const auto reader = sign_in_as("phi-reader");
    EXPECT_EQ(look(reader), 200);
    EXPECT_EQ(marks("patients.search"), id + " -") << "others' rows are none of it";
    EXPECT_EQ(ask("select string_agg(action || ' ' || reason, '; ' order by id) from access_log where action like "
                  "'emergency.%' and details ->> 'emergency' = '" +
                  id + "'"),
              "emergency.open nobody else is there; emergency.begin nobody else is there")
        << "by the database, and by the page with its request and address";
}

TEST_F(EmergencyAccess, EndsByTheClockOrWhenItIsEnded) {
    const auto emma = sign_in("emma");
    ASSERT_EQ(open(emma).status, 201);
    EXPECT_EQ(ask("select ends_at - opened_at from emergency_accesses"), "01:00:00");
    EXPECT_EQ(look(emma), 200);
    let_time_pass();
    EXPECT_EQ(look(emma), 403);
    EXPECT_EQ(text_at(read(get("/session", emma)), "emergency_ends_at"), "null");
    ASSERT_EQ(open(emma).status, 201) << "another one, for another reason";
    EXPECT_EQ(look(emma), 200);
    EXPECT_EQ(send(request("DELETE", "/admin/api/emergency", "", emma)).status, 204);
    EXPECT_EQ(look(emma), 403);
    EXPECT_EQ(send(request("DELETE", "/admin/api/emergency", "", emma)).status, 409);
    EXPECT_EQ(accesses("emergency.end"), "admin:emma nobody else is there");
}

TEST_F(EmergencyAccess, IsForEnabledUsersOfTheRoleAlone) {
    EXPECT_EQ(open(sign_in_as("viewer")).status, 403);
    EXPECT_EQ(open(sign_in_as("operator")).status, 403);
    EXPECT_EQ(open(sign_in_as("admin")).status, 409) << "who sees it all already";
    EXPECT_EQ(open(sign_in_as("phi-reader,emergency")).status, 409);
    const auto emma = sign_in("emma");
    ASSERT_EQ(open(emma).status, 201);
    ask("update admin_users set disabled_at = now() where name = 'emma' returning 1");
    EXPECT_EQ(look(emma), 401) << "at once";
    ask("update emergency_accesses set closed_at = now() returning 1");
    auto opening = auth::open_emergency("emma", "from elsewhere", std::chrono::hours{1});
    EXPECT_TRUE(test::run_async(io, pool.run(std::move(opening))).value().empty()) << "a disabled user opens none";
    ask("update admin_users set disabled_at = null, roles = '{viewer}' where name = 'emma' returning 1");
    ask("update emergency_accesses set closed_at = null returning 1");
    EXPECT_EQ(look(sign_in("emma")), 403) << "who has lost the role has lost what it opened";
}

TEST_F(EmergencyAccess, LetsOneSeeAndDecideNothing) {
    const auto both = sign_in_as("operator,emergency");
    ASSERT_EQ(open(both).status, 201);
    EXPECT_EQ(look(both), 200);
    EXPECT_EQ(get("/notes", both).status, 200);
    for (const auto* what : {"link", "unlink", "unlinkable", "hand-back"})
        EXPECT_EQ(post("/notes/" + new_uuid() + "/" + what, R"({"link_version":0,"reason":"a test"})", both).status,
                  403)
            << what;
    ask("update admin_users set roles = '{operator,phi-reader,emergency}' where name = 'user-1' returning 1");
    EXPECT_EQ(post("/notes/" + new_uuid() + "/unlink", R"({"link_version":0})", both).status, 404)
        << "by an own role, as ever";
}

TEST_F(EmergencyAccess, WaitsForAnotherPersonsReview) {
    const auto emma = sign_in("emma");
    const auto id = text_at(read(open(emma)), "id");
    EXPECT_EQ(look(emma), 200);
    const auto admin = sign_in_as("admin");
    const auto waiting = [&] { return read(get("/emergencies?state=open", admin)).find("items")->items().size(); };
    EXPECT_EQ(waiting(), 1U);
    EXPECT_EQ(text_at(read(get("/emergencies", admin)).find("items")->items()[0], "patients"), "1");
    EXPECT_EQ(review(id, admin).status, 409) << "it is still open";
    let_time_pass();
    EXPECT_EQ(review(id, emma).status, 403);
    EXPECT_EQ(review(id, admin, "{}").status, 400) << "not without a note";
    EXPECT_EQ(review(new_uuid(), admin).status, 409);
    auto own = auth::review_emergency(id, "emma", "all is well");
    EXPECT_EQ(test::run_async(io, pool.run(std::move(own))).value().affected(), 0) << "nobody reviews the own one";
    EXPECT_EQ(waiting(), 1U);
    EXPECT_EQ(review(id, admin).status, 204);
    EXPECT_EQ(waiting(), 0U);
    EXPECT_EQ(review(id, admin).status, 409) << "once";
    EXPECT_EQ(text_at(read(get("/emergencies", admin)).find("items")->items()[0], "reviewed_by"), "user-1");
    EXPECT_EQ(accesses("emergency.review"), "admin:user-1 there was a fire");
}

}  // namespace
}  // namespace dcs::admin
