#include "ingress/admin_routes.hpp"

#include "admin/accounting.hpp"
#include "admin/audit.hpp"
#include "admin/deliveries.hpp"
#include "admin/emergency.hpp"
#include "admin/files.hpp"
#include "admin/notes.hpp"
#include "admin/overview.hpp"
#include "admin/patients.hpp"
#include "admin/reading.hpp"
#include "admin/runs.hpp"
#include "admin/second_factor.hpp"
#include "admin/session.hpp"
#include "admin/users.hpp"
#include "resources/sensitive.hpp"

namespace dcs::ingress {

namespace {

using admin::Backend;

constexpr std::size_t no_body = 0;
constexpr std::size_t small_body = 64 * 1024;

/// Whether an answer may hold what takes a reason to see.
enum class Sensitive { hidden, shown };

/// What a handler forgets to hide is hidden here, in whatever it answers.
void hide_sensitive(net::Response& response) {
    const auto parsed = Document::parse(response.body);
    if (!parsed) return;
    if (const auto instead = without_sensitive(parsed->value)) response.body = instead->text();
}

Async<net::Response> run(admin::Handler handler, Sensitive sensitive, Backend& backend, net::Request request,
                         auth::Caller caller) {
    auto work = handler(backend, std::move(request), std::move(caller));
    auto response = co_await std::move(work);
    if (sensitive == Sensitive::hidden) hide_sensitive(response);
    auth::add_api_headers(response.headers);
    co_return response;
}

Async<std::optional<net::Response>> run_stream(admin::StreamHandler handler, Backend& backend, net::Request request,
                                               auth::Caller caller, net::BodyStream& stream) {
    auto work = handler(backend, std::move(request), std::move(caller), stream);
    auto whole = co_await std::move(work);
    if (whole) auth::add_api_headers(whole->headers);
    co_return whole;
}

Async<net::Response> page(net::Request request, auth::Caller) {
    co_return admin::file_of(request, admin::embedded_files());
}

/// The address is relative, so that it holds behind whatever path prefix a proxy has.
Async<net::Response> to_page(net::Request, auth::Caller) {
    net::Response response;
    response.status = 302;
    response.headers.add("Location", "admin/");
    co_return response;
}

/// Makes the rows of one backend.
class Rows {
public:
    explicit Rows(Backend* backend) : backend_{backend} {}

    Route api(std::string_view method, std::string_view path, Who who, std::string_view about, admin::Handler handler,
              Sensitive sensitive = Sensitive::hidden) const {
        const auto most = method == "GET" ? no_body : small_body;
        Handler handle;
        if (backend_ != nullptr)
            handle = [handler, sensitive, backend = backend_](net::Request request, auth::Caller caller) {
                return run(handler, sensitive, *backend, std::move(request), std::move(caller));
            };
        return {method, std::string{"/admin/api"}.append(path), who, most, about, std::move(handle)};
    }

    Route live(std::string_view path, Who who, std::string_view about, admin::StreamHandler handler,
               std::string_view method = "GET") const {
        const auto most = method == "GET" ? no_body : small_body;
        Route route{method, std::string{"/admin/api"}.append(path), who, most, about, Handler{}};
        if (backend_ != nullptr)
            route.stream = [handler, backend = backend_](net::Request request, auth::Caller caller,
                                                         net::BodyStream& stream) {
                return run_stream(handler, *backend, std::move(request), std::move(caller), stream);
            };
        return route;
    }

private:
    Backend* backend_;
};

void add_session(RouteTable& table, const Rows& rows) {
    table.push_back(rows.api("POST", "/session", Who::own_page, "sign in", admin::sign_in));
    table.push_back(rows.api("GET", "/session", Who::own_page, "who is signed in", admin::show_session));
    table.push_back(rows.api("DELETE", "/session", Who::signed_in, "sign out", admin::sign_out));
    table.push_back(rows.api("GET", "/second-factor", Who::signed_in, "whether the user has a second factor",
                             admin::show_second_factor));
    table.push_back(rows.api("POST", "/second-factor/offer", Who::signed_in,
                             "a key for the authenticator app; nothing is stored yet", admin::offer_second_factor));
    table.push_back(rows.api("POST", "/second-factor", Who::signed_in,
                             "make it the second factor, once a code shows that the app has the key",
                             admin::add_second_factor));
    table.push_back(rows.api("POST", "/second-factor/remove", Who::signed_in, "take it away, by password and code",
                             admin::drop_second_factor));
    table.push_back(rows.api("GET", "/overview", Who::viewer, "whether the mirror is in sync, and how that is known",
                             admin::show_overview));
    table.push_back(
        rows.live("/events", Who::viewer, "the overview as it changes (server-sent events)", admin::stream_overview));
}

void add_notes(RouteTable& table, const Rows& rows) {
    table.push_back(rows.api("GET", "/notes", Who::phi_reader,
                             "the scribe's notes (?state= unlinked, unlinkable or linked, ?patient=)",
                             admin::list_notes));
    table.push_back(
        rows.api("GET", "/notes/{id}", Who::phi_reader, "one note beside its candidates", admin::show_note));
    table.push_back(rows.api("GET", "/notes/{id}/reading", Who::phi_reader,
                             "how its payload is understood, member by member", admin::show_reading));
    table.push_back(rows.api("GET", "/notes/{id}/clinical-notes", Who::phi_reader,
                             "clinical notes of its patient, the nearest day first (?patient=)",
                             admin::list_clinical_notes));
    table.push_back(rows.api("POST", "/notes/{id}/link", Who::filer, "link it", admin::link_note));
    table.push_back(rows.api("POST", "/notes/{id}/unlink", Who::filer, "take its link away", admin::unlink_note));
    table.push_back(rows.api("POST", "/notes/{id}/unlinkable", Who::filer, "there is no clinical note for it, and why",
                             admin::call_note_unlinkable));
    table.push_back(
        rows.api("POST", "/notes/{id}/hand-back", Who::filer, "let the rules decide again", admin::hand_note_back));
}

void add_deliveries(RouteTable& table, const Rows& rows) {
    table.push_back(rows.api("GET", "/deliveries", Who::viewer,
                             "deliveries, newest first (?state=, source, event, object, from, to, id)",
                             admin::list_deliveries));
    table.push_back(rows.api("GET", "/deliveries/count", Who::viewer, "how many match, and how many can be tried again",
                             admin::count_deliveries));
    table.push_back(
        rows.api("POST", "/deliveries/retry", Who::operates, "try all that match again", admin::retry_deliveries));
    table.push_back(
        rows.api("GET", "/deliveries/{id}", Who::viewer, "one delivery and what became of it", admin::show_delivery));
    table.push_back(rows.api("POST", "/deliveries/{id}/payload", Who::phi_reader, "what it brought, for a reason",
                             admin::reveal_payload, Sensitive::shown));
    table.push_back(rows.api("POST", "/deliveries/{id}/retry", Who::operates, "try it again", admin::retry_delivery));
}

void add_runs(RouteTable& table, const Rows& rows) {
    table.push_back(
        rows.api("GET", "/runs", Who::viewer, "runs, newest first (?resource=, status, type)", admin::list_runs));
    table.push_back(rows.api("POST", "/runs", Who::operates, "start one", admin::start_run));
    table.push_back(rows.api("GET", "/runs/{id}", Who::viewer, "one run and how far it is", admin::show_run));
    table.push_back(rows.api("GET", "/failures", Who::viewer, "records that could not be stored (?resource=, resolved)",
                             admin::list_failures));
    table.push_back(rows.api("POST", "/failures/{id}/raw", Who::phi_reader, "its JSON, for a reason",
                             admin::reveal_failure, Sensitive::shown));
    table.push_back(
        rows.api("POST", "/failures/{id}/retry", Who::operates, "ask DrChrono for it again", admin::retry_failure));
}

void add_patients(RouteTable& table, const Rows& rows) {
    table.push_back(rows.api("GET", "/patients", Who::phi_reader, "patients by name, chart id or DrChrono id (?q=)",
                             admin::find_patients));
    table.push_back(rows.api("POST", "/patients/search", Who::phi_reader, "the same, with what is sought in the body",
                             admin::search_patients));
    table.push_back(rows.api("GET", "/patients/{id}", Who::phi_reader, "one patient", admin::show_patient));
    table.push_back(
        rows.api("GET", "/patients/{id}/records", Who::phi_reader, "its records (?table=)", admin::list_records));
    table.push_back(rows.api("GET", "/patients/{id}/changes", Who::phi_reader,
                             "all changes of it and of its records (?table=)", admin::list_patient_changes));
    table.push_back(rows.api("GET", "/records/{table}/{id}", Who::phi_reader, "a record, as it was ?at= a time",
                             admin::show_record));
    table.push_back(rows.api("POST", "/records/{table}/{id}/reveal", Who::phi_reader,
                             "the same with its sensitive values and DrChrono's JSON, for a reason",
                             admin::reveal_record, Sensitive::shown));
    table.push_back(rows.api("GET", "/records/{table}/{id}/changes", Who::phi_reader, "its changes, the latest first",
                             admin::list_record_changes));
}

void add_audit(RouteTable& table, const Rows& rows) {
    table.push_back(rows.api("GET", "/audit", Who::administrator, "who saw what (?actor=, action, patient, from, to)",
                             admin::list_accesses));
    table.push_back(rows.live("/audit.csv", Who::administrator, "the same as CSV", admin::export_accesses));
    table.push_back(rows.api("POST", "/accounting", Who::administrator,
                             "who saw whom since a time, by person and patient, with what is asked for in the body",
                             admin::count_accesses));
    table.push_back(
        rows.live("/accounting.csv", Who::administrator, "the same as CSV", admin::export_accounting, "POST"));
    table.push_back(rows.api("GET", "/patients/{id}/disclosures", Who::administrator, "who saw anything of one patient",
                             admin::list_disclosures));
    table.push_back(
        rows.live("/patients/{id}/disclosures.csv", Who::administrator, "the same as CSV", admin::export_disclosures));
}

void add_emergency(RouteTable& table, const Rows& rows) {
    table.push_back(rows.api("POST", "/emergency", Who::emergency,
                             "see clinical content for a limited time, for a reason", admin::open_emergency));
    table.push_back(rows.api("DELETE", "/emergency", Who::emergency, "end that", admin::close_emergency));
    table.push_back(rows.api("GET", "/emergencies", Who::administrator,
                             "emergency accesses, newest first (?state=open: those that nobody has reviewed)",
                             admin::list_emergencies));
    table.push_back(rows.api("POST", "/emergencies/{id}/review", Who::administrator, "sign one off, with a note",
                             admin::review_emergency));
}

void add_users(RouteTable& table, const Rows& rows) {
    const auto add = [&](std::string_view path, std::string_view about, admin::Handler handler) {
        table.push_back(rows.api("POST", path, Who::administrator, about, handler));
    };
    table.push_back(rows.api("GET", "/users", Who::administrator, "who may sign in, as what, and the last review",
                             admin::list_users));
    add("/users/roles", "give a user these roles, for a reason", admin::set_roles);
    add("/users/disable", "let a user sign in no more, for a reason", admin::disable_user);
    add("/users/enable", "let a user sign in again, for a reason", admin::enable_user);
    add("/users/end-sessions", "end a user's sessions, for a reason", admin::end_sessions);
    add("/users/reset-second-factor", "take a user's second factor away, for a reason", admin::reset_second_factor);
    add("/users/review", "note that users and roles were looked through", admin::review_users);
}

}  // namespace

RouteTable admin_routes(Backend* backend) {
    const Rows rows{backend};
    RouteTable table;
    add_session(table, rows);
    add_notes(table, rows);
    add_deliveries(table, rows);
    add_runs(table, rows);
    add_patients(table, rows);
    add_audit(table, rows);
    add_users(table, rows);
    add_emergency(table, rows);
    table.emplace_back("GET", "/", Who::anybody, no_body, "leads to the admin page", to_page);
    table.emplace_back("GET", "/admin", Who::anybody, no_body, "the admin page", page);
    table.emplace_back("GET", "/admin/*", Who::anybody, no_body, "the admin page and its files", page);
    return table;
}

Gates admin_gates(auth::AdminDoor door) {
    return {{Who::own_page, auth::own_page()},
            {Who::signed_in, auth::admin_gate(door, auth::Need::signed_in)},
            {Who::viewer, auth::admin_gate(door, auth::Need::viewer)},
            {Who::operates, auth::admin_gate(door, auth::Need::operates)},
            {Who::phi_reader, auth::admin_gate(door, auth::Need::reads_phi)},
            {Who::filer, auth::admin_gate(door, auth::Need::operates_and_reads_phi)},
            {Who::administrator, auth::admin_gate(door, auth::Need::administers)},
            {Who::emergency, auth::admin_gate(door, auth::Need::emergency)}};
}

}  // namespace dcs::ingress
