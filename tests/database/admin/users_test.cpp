// Users on the admin page: what an admin sees of them and changes, for a reason, and what is written down of it.
#include "auth/second_factor.hpp"
#include "database/admin/admin_fixture.hpp"

namespace dcs::admin {
namespace {

class AdminUsers : public WithAdmin {
protected:
    int change(const std::string& what, const std::string& user, const std::string& more = "") {
        return post("/users/" + what, fmt::format(R"({{"user":"{}","reason":"she asked for it"{}}})", user, more),
                    admin)
            .status;
    }
    Document user(const std::string& name) {
        const auto answer = get("/users", admin);
        EXPECT_EQ(answer.status, 200) << answer.body;
        const auto list = read(answer);
        for (const auto& item : list.find("items")->items())
            if (text_at(item, "name") == name) return Document::parse(item.text())->value;
        return {};
    }
    Signed admin = sign_in_as("admin");
};

TEST_F(AdminUsers, ListsRolesSessionsAndLastUse) {
    add_user("anna", "operator,phi-reader");
    sign_in("anna");
    sign_in("anna");
    const auto anna = user("anna");
    EXPECT_EQ(anna.find("roles")->text(), R"(["operator","phi-reader"])");
    EXPECT_EQ(text_at(anna, "sessions"), "2");
    EXPECT_EQ(text_at(anna, "second_factor"), "false");
    EXPECT_NE(text_at(anna, "last_used_at"), "null");
    ask("update admin_sessions set last_seen_at = now() - interval '16 minutes' where user_name = 'anna' returning 1");
    EXPECT_EQ(text_at(user("anna"), "sessions"), "0") << "they have ended by the clock";
    add_user("bert", "viewer");
    EXPECT_EQ(text_at(user("bert"), "last_used_at"), "null");
    EXPECT_EQ(get("/users", admin).body.find("scrypt"), std::string::npos) << "no hash of a password";
}

TEST_F(AdminUsers, ChangesEndSessionsAndAreWrittenDownWithTheirReason) {
    add_user("anna", "viewer");
    auto anna = sign_in("anna");
    EXPECT_EQ(change("roles", "anna", R"(,"roles":["operator","phi-reader"])"), 204);
    EXPECT_EQ(get("/overview", anna).status, 401);
    EXPECT_EQ(user("anna").find("roles")->text(), R"(["operator","phi-reader"])");
    anna = sign_in("anna");
    EXPECT_EQ(change("end-sessions", "anna"), 204);
    EXPECT_EQ(get("/overview", anna).status, 401);
    EXPECT_EQ(change("end-sessions", "anna"), 404);
    anna = sign_in("anna");
    EXPECT_EQ(change("disable", "anna"), 204);
    EXPECT_EQ(get("/overview", anna).status, 401);
    EXPECT_EQ(try_sign_in("anna", password).status, 401);
    EXPECT_EQ(change("enable", "anna"), 204);
    anna = sign_in("anna");
    EXPECT_EQ(change("reset-second-factor", "anna"), 404) << "there is none";
    auto making = auth::make_second_factor("anna", keys_of_second_factors).store;
    ASSERT_TRUE(test::run_async(io, pool.run(std::move(making))));
    EXPECT_EQ(change("reset-second-factor", "anna"), 204);
    EXPECT_EQ(get("/overview", anna).status, 401);
    EXPECT_EQ(try_sign_in("anna", password).status, 200) << "by the password alone";
    EXPECT_EQ(
        ask("select string_agg(action || coalesce(' ' || (details ->> 'user'), ''), '; ' order by id) from access_log "
            "where actor = 'admin:user-1' and reason = 'she asked for it'"),
        "users.roles anna; users.sessions.end anna; users.disable anna; users.enable anna; "
        "users.second_factor.reset anna");
    EXPECT_EQ(
        ask("select string_agg(action, '; ' order by id) from access_log where actor = 'admin:user-1' and role = '' "
            "and action <> 'users.add'"),
        "users.change; users.change; users.change; users.second_factor.remove")
        << "and by the database, whoever changes them";
}

TEST_F(AdminUsers, RefusesWhatHasNoReasonNoSuchUserOrIsOnesOwn) {
    add_user("anna", "viewer");
    for (const auto* what : {"disable", "enable", "end-sessions", "reset-second-factor", "roles"}) {
        const std::string roles = R"(,"roles":["viewer"])";
        EXPECT_EQ(post(std::string{"/users/"} + what, R"({"user":"anna")" + roles + "}", admin).status, 400) << what;
        EXPECT_EQ(change(what, "nobody", roles), 404) << what;
        EXPECT_EQ(change(what, "user-1", roles), 409) << what << ": there is always an admin left";
        EXPECT_EQ(change(what, "an' or 1", roles), 400) << what;
    }
    for (const auto* roles : {R"(,"roles":[])", R"(,"roles":["owner"])", R"(,"roles":"admin")", ""})
        EXPECT_EQ(change("roles", "anna", roles), 400) << roles;
    EXPECT_EQ(user("anna").find("roles")->text(), R"(["viewer"])");
    EXPECT_EQ(ask("select count(*) from access_log where reason is not null"), "0");
}

TEST_F(AdminUsers, AReviewIsNotedWithWhoMadeIt) {
    EXPECT_EQ(read(get("/users", admin)).find("last_review")->text(), "null");
    EXPECT_EQ(post("/users/review", "{}", admin).status, 400);
    EXPECT_EQ(post("/users/review", R"({"reason":"all as they should be"})", admin).status, 204);
    const auto answer = read(get("/users", admin));
    const auto* review = answer.find("last_review");
    EXPECT_EQ(text_at(*review, "by") + " " + text_at(*review, "users") + " " + text_at(*review, "note"),
              "user-1 1 all as they should be");
    EXPECT_EQ(accesses("users.review"), "admin:user-1 all as they should be");
}

}  // namespace
}  // namespace dcs::admin
