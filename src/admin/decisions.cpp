#include "deepcura/decisions.hpp"

#include "admin/access.hpp"
#include "admin/notes.hpp"
#include "admin/reply.hpp"

#include <fmt/format.h>

#include <charconv>

namespace dcs::admin {

namespace {

/// How things stood before a decision.
struct Before {
    std::string clinical_note_id{};
    std::string method{};
    std::string unlinkable_reason{};
    std::string patient_id{};
    std::string drchrono_patient_id{};
    std::string patients{};  // all whom the note shows: a reason that was given for it may tell of any
};

struct Decision {
    std::string action;  // "link", as in the path
    std::function<Async<Result<int>>(pg::Transaction&, deepcura::Seen)> decide;
    std::string reason{};
    std::string clinical_note_id{};  // of a link across patients: whose patient is concerned, too
};

/// The patients whom a decision concerns, for the access log.
Async<Result<std::vector<Target>>> concerned(pg::Transaction& transaction, std::string note_id, Before before,
                                             std::string clinical_note_id) {
    std::vector<Target> targets{{note_id, before.patient_id, before.drchrono_patient_id}};
    name_also(targets, note_id, before.patients);
    if (clinical_note_id.empty()) co_return targets;
    auto question = pg::sql("select coalesce(c.drchrono_patient_id, a.drchrono_patient_id) from clinical_notes c "
                            "left join appointments a on a.drchrono_id = c.drchrono_appt_id where c.id = $1::uuid",
                            clinical_note_id);
    const auto rows = co_await transaction.run(std::move(question));
    if (!rows) co_return rows.error();
    if (!rows->empty()) name_also(targets, note_id, rows->string(0, 0));
    co_return targets;
}

Result<int> version_of(const Document& body) {
    const auto* member = body.find("link_version");
    const auto digits = member == nullptr ? std::nullopt : member->number();
    int version = 0;
    if (digits) {
        const auto read = std::from_chars(digits->data(), digits->data() + digits->size(), version);
        if (read.ec == std::errc{} && read.ptr == digits->data() + digits->size()) return version;
    }
    return Error{Fault::bad_input, "link_version must be the number that the note was shown with"};
}

Async<Result<Before>> look(pg::Transaction& transaction, std::string note_id) {
    auto question =
        pg::sql("select n.clinical_note_id, n.link_method, n.unlinkable_reason, p.id, n.drchrono_patient_id, " +
                    std::string{patients_of_note} +
                    " from deepcura_notes n left join patients p on p.drchrono_id = n.drchrono_patient_id "
                    "where n.id = $1::uuid for update of n",
                note_id);
    const auto rows = co_await transaction.run(std::move(question));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Error{Fault::not_found, "no such note"};
    co_return Before{rows->string(0, 0), rows->string(0, 1), rows->string(0, 2),
                     rows->string(0, 3), rows->string(0, 4), rows->string(0, 5)};
}

/// {"action":…,"body":…}: what brings back how things stood.
std::string undo_of(const Before& before, int version) {
    if (!before.unlinkable_reason.empty())
        return fmt::format(R"({{"action":"unlinkable","body":{{"link_version":{},"reason":{}}}}})", version,
                           json_quoted(before.unlinkable_reason));
    if (before.method != "manual")
        return fmt::format(R"({{"action":"hand-back","body":{{"link_version":{}}}}})", version);
    if (before.clinical_note_id.empty())
        return fmt::format(R"({{"action":"unlink","body":{{"link_version":{}}}}})", version);
    return fmt::format(R"({{"action":"link","body":{{"link_version":{},"clinical_note_id":{}}}}})", version,
                       json_quoted(before.clinical_note_id));
}

/// What was decided meanwhile, and by whom, for the one who comes too late. A reason that somebody gave may tell of a patient.
Async<net::Response> conflict(pg::Transaction& transaction, const net::RequestHead& request, const auth::Caller& caller,
                              std::string note_id) {
    auto question = pg::sql(
        "select json_build_object('link_version', n.link_version, 'state', case when n.clinical_note_id is not null then 'linked'"
        " when n.unlinkable_reason is not null then 'unlinkable' else 'unlinked' end, 'clinical_note_id', n.clinical_note_id,"
        " 'unlinkable_reason', n.unlinkable_reason, 'reasons', to_json(n.link_reasons), 'decided_by', h.actor,"
        " 'decided_at', h.changed_at), " +
            std::string{patients_of_note} +
            " "
            "from deepcura_notes n left join lateral (select actor, changed_at from change_log where record_id = n.id"
            " and jsonb_exists_any(new_values, array['clinical_note_id', 'link_method', 'unlinkable_reason'])"
            " order by seq desc limit 1) h on true where n.id = $1::uuid",
        note_id);
    const auto rows = co_await transaction.run(std::move(question));
    if (!rows) co_return failed(rows.error(), request);
    Access access{.action = "notes.conflict",
                  .table_name = "deepcura_notes",
                  .targets = note_targets(note_id, rows->string(0, 1))};
    auto logging = log_access(caller, request, std::move(access));
    const auto logged = co_await transaction.run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    if (const auto committed = co_await transaction.commit(); !committed) co_return failed(committed.error(), request);
    co_return refuse(409, "The note was decided about meanwhile", request,
                     fmt::format(R"("current":{})", rows->string(0, 0)));
}

net::Response refused(const Error& error, const net::RequestHead& request) {
    if (error.fault == Fault::not_found && error.detail == "no such clinical note")
        return refuse(404, "There is no such clinical note", request);
    if (error.fault == Fault::not_found) return refuse(404, "There is no such note", request);
    if (error.fault == Fault::rejected) return refuse(422, "The clinical note is another patient's", request);
    return failed(error, request);
}

/// Decides, writes it down and commits, or says who was faster.
Async<net::Response> settle(Backend& backend, net::Request request, auth::Caller caller, int version,
                            Decision decision) {
    const auto id = segment_behind(request, "notes");
    if (!is_uuid(id)) co_return refuse(404, "There is no such note", request);
    auto transaction = co_await begin(backend, caller);
    if (!transaction) co_return failed(transaction.error(), request);
    const auto before = co_await look(*transaction, id);
    if (!before) co_return refused(before.error(), request);
    auto deciding = decision.decide(*transaction, {id, version});
    const auto decided = co_await std::move(deciding);
    if (!decided && decided.error().fault == Fault::conflict) {
        auto answering = conflict(*transaction, request, caller, id);
        co_return co_await std::move(answering);
    }
    if (!decided) co_return refused(decided.error(), request);
    auto asking = concerned(*transaction, id, *before, decision.clinical_note_id);
    auto targets = co_await std::move(asking);
    if (!targets) co_return failed(targets.error(), request);
    Access access{.action = "notes." + decision.action,
                  .table_name = "deepcura_notes",
                  .reason = std::move(decision.reason),
                  .targets = std::move(*targets)};
    auto logging = log_access(caller, request, std::move(access));
    const auto logged = co_await transaction->run(std::move(logging));
    if (!logged) co_return failed(logged.error(), request);
    const auto committed = co_await transaction->commit();
    if (!committed) co_return failed(committed.error(), request);
    backend.hooks.changed();
    co_return json(
        fmt::format(R"({{"id":"{}","link_version":{},"undo":{}}})", id, *decided, undo_of(*before, *decided)));
}

/// The common part of all four: the body, the version that was seen.
struct Asked {
    Document body;
    int version = 0;
};
Result<Asked> asked(const net::Request& request) {
    auto body = body_of(request);
    if (!body) return body.error();
    const auto version = version_of(*body);
    if (!version) return version.error();
    return Asked{std::move(*body), *version};
}

/// A decision that needs nothing but the version that was seen.
Async<net::Response> settle_plain(Backend& backend, net::Request request, auth::Caller caller, Decision decision) {
    const auto wanted = asked(request);
    if (!wanted) co_return refuse(400, wanted.error().detail, request);
    auto settling = settle(backend, std::move(request), std::move(caller), wanted->version, std::move(decision));
    co_return co_await std::move(settling);
}

}  // namespace

Async<net::Response> link_note(Backend& backend, net::Request request, auth::Caller caller) {
    const auto wanted = asked(request);
    if (!wanted) co_return refuse(400, wanted.error().detail, request);
    const auto target = text_at(wanted->body, "clinical_note_id");
    if (!is_uuid(target)) co_return refuse(400, "clinical_note_id must be the id of a clinical note", request);
    std::string why;
    if (wanted->body.find("reason") != nullptr) {
        auto reason = reason_of(wanted->body);
        if (!reason) co_return refuse(400, reason.error().detail, request);
        why = std::move(*reason);
    }
    const auto patients = why.empty() ? deepcura::Patients::same : deepcura::Patients::may_differ;
    Decision decision{.action = "link",
                      .decide =
                          [target, patients](pg::Transaction& transaction, deepcura::Seen seen) {
                              return deepcura::link_note(transaction, std::move(seen), target, patients);
                          },
                      .reason = why,
                      .clinical_note_id = why.empty() ? "" : target};
    auto settling = settle(backend, std::move(request), std::move(caller), wanted->version, std::move(decision));
    co_return co_await std::move(settling);
}

Async<net::Response> unlink_note(Backend& backend, net::Request request, auth::Caller caller) {
    return settle_plain(backend, std::move(request), std::move(caller),
                        {.action = "unlink", .decide = deepcura::unlink_note});
}

Async<net::Response> hand_note_back(Backend& backend, net::Request request, auth::Caller caller) {
    return settle_plain(backend, std::move(request), std::move(caller),
                        {.action = "hand-back", .decide = deepcura::hand_back});
}

Async<net::Response> call_note_unlinkable(Backend& backend, net::Request request, auth::Caller caller) {
    const auto wanted = asked(request);
    if (!wanted) co_return refuse(400, wanted.error().detail, request);
    auto reason = reason_of(wanted->body);
    if (!reason) co_return refuse(400, reason.error().detail, request);
    Decision decision{.action = "unlinkable",
                      .decide =
                          [why = *reason](pg::Transaction& transaction, deepcura::Seen seen) {
                              return deepcura::call_unlinkable(transaction, std::move(seen), why);
                          },
                      .reason = std::move(*reason)};
    auto settling = settle(backend, std::move(request), std::move(caller), wanted->version, std::move(decision));
    co_return co_await std::move(settling);
}

}  // namespace dcs::admin
