#include "deepcura/decisions.hpp"

#include "pg/as_uuid.hpp"

#include <optional>
#include <utility>

namespace dcs::deepcura {

namespace {

struct Links {
    std::optional<std::string> clinical_note_id{};
    std::optional<std::string> method{};
    std::string reason{};  // the linker's word for it
    std::optional<std::string> unlinkable_reason{};
};

/// The note's patient; locks the note until the transaction ends, and makes sure that nobody has decided meanwhile.
Async<Result<std::optional<std::string>>> hold(pg::Transaction& transaction, const Seen& seen) {
    auto question = pg::sql(
        "select link_version, drchrono_patient_id from deepcura_notes where id = " + pg::as_uuid("$1") + " for update",
        seen.note_id);
    const auto note = co_await transaction.run(std::move(question));
    if (!note) co_return note.error();
    if (note->empty()) co_return Error{Fault::not_found, "no such note"};
    if (note->integer(0, 0) != seen.link_version)
        co_return Error{Fault::conflict, "the note's link was decided about meanwhile"};
    const auto patient = note->text(0, 1);
    co_return patient ? std::optional{std::string{*patient}} : std::nullopt;
}

Async<Result<int>> write(pg::Transaction& transaction, const Seen& seen, Links links) {
    std::vector<pg::Statement> statements;
    statements.push_back(pg::sql(
        "update deepcura_notes set clinical_note_id = $2::uuid, link_method = $3, link_reasons = array[$4::text],"
        " unlinkable_reason = $5, linked_at = case when $2::uuid is not null then now() end,"
        " link_version = link_version + 1, cause = current_setting('app.cause'), updated_at = now() "
        "where id = $1::uuid returning link_version",
        seen.note_id, links.clinical_note_id, links.method, std::move(links.reason), links.unlinkable_reason));
    if (links.clinical_note_id || links.unlinkable_reason)
        statements.push_back(pg::sql("delete from deepcura_suggestions where note_id = $1::uuid", seen.note_id));
    // Whatever is not linked now is judged again, for its candidates or by the rules; so are the versions behind it.
    statements.push_back(pg::sql("insert into relinks (note_id, cause) select id, cause from deepcura_notes"
                                 " where id = $1::uuid",
                                 seen.note_id));
    const auto done = co_await transaction.run(std::move(statements));
    if (!done) co_return done.error();
    co_return static_cast<int>(done->front().integer(0, 0));
}

Async<Result<int>> decide(pg::Transaction& transaction, Seen seen, Links links) {
    const auto held = co_await hold(transaction, seen);
    if (!held) co_return held.error();
    auto written = co_await write(transaction, seen, std::move(links));
    co_return written;
}

}  // namespace

pg::Author author_of(std::string_view person) {
    return {"admin:" + std::string{person}, "person:" + std::string{person}};
}

Async<Result<int>> link_note(pg::Transaction& transaction, Seen seen, std::string clinical_note_id, Patients patients) {
    const auto patient = co_await hold(transaction, seen);
    if (!patient) co_return patient.error();
    auto question = pg::sql(
        "select (c.drchrono_patient_id <> $2::bigint or a.drchrono_patient_id <> $2::bigint) is true,"
        " exists (select from deepcura_notes n where n.id = $3::uuid and n.drchrono_appt_id = c.drchrono_appt_id) "
        "from clinical_notes c left join appointments a on a.drchrono_id = c.drchrono_appt_id where c.id = " +
            pg::as_uuid("$1"),
        clinical_note_id, *patient, seen.note_id);
    const auto target = co_await transaction.run(std::move(question));
    if (!target) co_return target.error();
    if (target->empty()) co_return Error{Fault::not_found, "no such clinical note"};
    const bool named = patients == Patients::may_differ && target->boolean(0, 1);
    if (target->boolean(0, 0) && !named) co_return Error{Fault::rejected, "the clinical note is another patient's"};
    Links links{.clinical_note_id = std::move(clinical_note_id), .method = "manual", .reason = "linked_by_a_person"};
    auto written = co_await write(transaction, seen, std::move(links));
    co_return written;
}

Async<Result<int>> unlink_note(pg::Transaction& transaction, Seen seen) {
    Links links{.method = "manual", .reason = "unlinked_by_a_person"};
    auto written = co_await decide(transaction, std::move(seen), std::move(links));
    co_return written;
}

Async<Result<int>> call_unlinkable(pg::Transaction& transaction, Seen seen, std::string reason) {
    Links links{.method = "manual", .reason = "called_unlinkable_by_a_person", .unlinkable_reason = std::move(reason)};
    auto written = co_await decide(transaction, std::move(seen), std::move(links));
    co_return written;
}

Async<Result<int>> hand_back(pg::Transaction& transaction, Seen seen) {
    Links links{.reason = "handed_back_by_a_person"};
    auto written = co_await decide(transaction, std::move(seen), std::move(links));
    co_return written;
}

}  // namespace dcs::deepcura
