#pragma once
// AdminFixture: the admin page's API behind its real gates, over a database of its own; requests go through the door itself.

#include "admin/overview.hpp"
#include "auth/admin_users.hpp"
#include "crypto/password.hpp"
#include "ingress/admin_routes.hpp"
#include "support/notes.hpp"

#include <fmt/format.h>

#include <map>

namespace dcs::admin {

/// What a browser keeps of a session.
struct Signed {
    std::string cookie{};  // "name=value"; empty: not signed in
    std::string csrf{};
};

/// Gathers what is streamed; ends after `pieces` of them.
class Gathering : public net::BodyStream {
public:
    explicit Gathering(int pieces = 1'000'000) : left_{pieces} {}
    Async<bool> begin(net::Response head) override {
        text += head.body;
        answer = std::move(head);
        co_return true;
    }
    Async<bool> send(std::string piece) override {
        text += piece;
        co_return --left_ > 0;
    }
    Async<bool> pause(std::chrono::milliseconds) override {
        co_await sleep_for(std::chrono::milliseconds{1});
        co_return left_ > 0;
    }
    net::Response answer{.status = 0};
    std::string text{};

private:
    int left_;
};

class WithAdmin : public test::WithNotes {
protected:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    static constexpr auto password = "correct horse battery";

    /// One for all users of a process: making one takes a quarter of a second.
    static const std::string& password_hash() {
        static const std::string hash = crypto::hash_password(password);
        return hash;
    }
    void add_user(const std::string& name, const std::string& roles) {
        auth::AdminUser user{.name = name, .roles = *auth::roles_of(roles), .email = name + "@clinic.example"};
        user.password_hash = password_hash();
        auto statement = auth::add_user(user);
        ASSERT_TRUE(test::run_async(io, pool.run(std::move(statement))));
    }

    net::Request request(const std::string& method, const std::string& target, const std::string& body,
                         const Signed& who, const Fields& more = {}) const {
        net::Request made;
        made.method = method;
        const auto split = target.find('?');
        made.path = target.substr(0, split);
        if (split != std::string::npos) made.query = net::Query::parse(target.substr(split + 1));
        made.remote = "192.0.2.1";
        made.request_id = new_uuid();
        made.body = body;
        made.headers.add("Host", "localhost:8080");
        if (!who.cookie.empty()) made.headers.add("Cookie", who.cookie);
        if (!who.csrf.empty() && method != "GET") made.headers.add("X-CSRF-Token", who.csrf);
        if (!body.empty()) made.headers.add("Content-Type", "application/json");
        for (const auto& [name, value] : more) made.headers.add(name, value);
        return made;
    }
    net::Response send(net::Request made, Gathering* stream = nullptr) {
        auto decision = door(made);
        if (auto* refused = std::get_if<net::Response>(&decision)) return std::move(*refused);
        auto admission = std::get<net::Admission>(std::move(decision));
        if (!admission.stream) return test::run_async(io, admission.handle(std::move(made)));
        Gathering own{1};
        auto& used = stream ? *stream : own;
        auto whole = test::run_async(io, admission.stream(std::move(made), used));
        return whole ? std::move(*whole) : used.answer;
    }
    net::Response get(const std::string& path, const Signed& who, const Fields& more = {}) {
        return send(request("GET", "/admin/api" + path, "", who, more));
    }
    net::Response post(const std::string& path, const std::string& body, const Signed& who, const Fields& more = {}) {
        return send(request("POST", "/admin/api" + path, body, who, more));
    }
    static Document read(const net::Response& response) {
        auto parsed = Document::parse(response.body);
        return parsed ? std::move(parsed->value) : Document{};
    }
    static std::string text_at(const Document& object, std::string_view name) {
        const auto* member = object.find(name);
        return member == nullptr ? "(absent)" : std::string{member->string().value_or(member->text())};
    }

    net::Response try_sign_in(const std::string& name, const std::string& with, const Fields& more = {}) {
        return post("/session", fmt::format(R"({{"user":{},"password":{}}})", json_quoted(name), json_quoted(with)), {},
                    more);
    }
    Signed signed_by(const net::Response& response) {
        const auto cookie = response.headers.get("Set-Cookie");
        return {std::string{cookie.substr(0, cookie.find(';'))}, text_at(read(response), "csrf")};
    }
    Signed sign_in(const std::string& name) {
        const auto response = try_sign_in(name, password);
        EXPECT_EQ(response.status, 200) << response.body;
        return signed_by(response);
    }
    Signed sign_in_as(const std::string& roles) {
        const auto name = "user-" + std::to_string(++users);
        add_user(name, roles);
        return sign_in(name);
    }
    /// What access_log holds of an action: "actor reason drchrono_patient_id", one a line.
    std::string accesses(const std::string& action) const {
        return ask(fmt::format(
            "select coalesce(string_agg(concat_ws(' ', actor, reason, drchrono_patient_id), E'\\n' order by id), '') "
            "from access_log where action = '{}'",
            action));
    }

    int users = 0;
    int runs_started = 0;
    bool away = false;  // no database
    net::Client client{io.get_executor(), "tests"};
    auth::IapSettings iap_settings{};
    auth::Jwks keys{io.get_executor(), client, system_now, "http://127.0.0.1:1/keys"};
    auth::Iap iap{keys, system_now, iap_settings};
    std::vector<std::string> secrets_of_cursors{"a key of the service's own"};
    const auth::SecondFactorKeys keys_of_second_factors = auth::second_factor_keys({"a key of the service's own"});
    auth::AdminSessions sessions{
        [this] { return away ? nullptr : &pool; }, {}, {.keys = [this] { return keys_of_second_factors; }}};
    Backend backend{.sessions = sessions,
                    .iap = iap,
                    .hooks = {.pool = [this] { return away ? nullptr : &pool; },
                              .situation = [] { return Situation{}; },
                              .budget = []() -> Async<Result<upstream::BudgetState>> {
                                  co_return Error{Fault::unavailable, "none in tests"};
                              },
                              .start_run = [this](reconcile::Wanted) { return ++runs_started > 0; },
                              .deliveries_wanted = [] {},
                              .fetches_wanted = [] {},
                              .changed = [] {}},
                    .about = {"1.2.3", "America/New_York", false},
                    .cursors = Cursors{[this] { return secrets_of_cursors; }},
                    .overview = std::make_shared<Overview>(io.get_executor())};
    ingress::RouteTable routes = ingress::admin_routes(&backend);
    net::Door door = make_door();

private:
    net::Door make_door() {
        auto gates = ingress::admin_gates({sessions, iap});
        gates.emplace(ingress::Who::anybody, auth::anybody());
        return ingress::make_door(routes, std::move(gates));
    }
};

}  // namespace dcs::admin
