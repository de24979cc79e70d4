#include "deepcura/linker.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "deepcura/link_sql.hpp"

#include <fmt/format.h>

namespace dcs::deepcura {

namespace {

using namespace std::chrono_literals;

std::string relinking() {
    return fmt::format(
        R"sql(
with recursive taken as (
    delete from relinks where seq in (select seq from relinks order by seq limit $1 for update skip locked)
    returning seq, drchrono_appt_id, drchrono_patient_id, note_id, cause
), named_or_of_patient as (
    select d.id, t.seq, t.cause from taken t join deepcura_notes d on d.drchrono_appt_id = t.drchrono_appt_id
    union all
    select d.id, t.seq, t.cause from taken t join deepcura_notes d on d.drchrono_patient_id = t.drchrono_patient_id
    union all
    select t.note_id, t.seq, t.cause from taken t where t.note_id is not null
), concerned (id, seq, cause) as (
    select id, seq, cause from named_or_of_patient
    union
    select d.id, c.seq, c.cause from concerned c join deepcura_notes d on d.replaces_id = c.id
), n as materialized (
    select {1}, coalesce(d.link_method = 'manual', false) as held, c.cause
    from (select distinct on (id) id, cause from concerned order by id, seq desc) c join deepcura_notes d on d.id = c.id
    where not coalesce(d.link_method = 'manual' and (d.clinical_note_id is not null or d.unlinkable_reason is not null), false)
), {0},
changed as (
    update deepcura_notes d
    set clinical_note_id = v.clinical_note_id, link_method = v.method, link_reasons = v.reasons,
        linked_at = case when v.clinical_note_id is null then null
                         when d.clinical_note_id is distinct from v.clinical_note_id then now() else d.linked_at end,
        link_version = d.link_version + (d.clinical_note_id is distinct from v.clinical_note_id)::int,
        cause = coalesce(n.cause, 'link'), updated_at = now()
    from verdict v join n on n.id = v.id
    where d.id = v.id and d.link_method is distinct from 'manual'
      and (d.clinical_note_id, d.link_method, d.link_reasons) is distinct from (v.clinical_note_id, v.method, v.reasons)
    returning d.clinical_note_id, d.linked_at = now() as just_linked
), gone as (
    delete from deepcura_suggestions s using n
    where s.note_id = n.id
      and not exists (select from candidates c where c.id = s.note_id and c.clinical_note_id = s.clinical_note_id)
), kept as (
    insert into deepcura_suggestions as s (note_id, clinical_note_id, reasons_for, reasons_against)
    select id, clinical_note_id, reasons_for, reasons_against from candidates
    on conflict (note_id, clinical_note_id) do update
    set reasons_for = excluded.reasons_for, reasons_against = excluded.reasons_against
    where (s.reasons_for, s.reasons_against) is distinct from (excluded.reasons_for, excluded.reasons_against)
)
select (select count(*) from taken), (select count(*) from changed where just_linked),
       (select count(*) from changed where clinical_note_id is null))sql",
        verdicts(), columns_to_judge("d"));
}

}  // namespace

Async<Result<Relinked>> relink(pg::Pool& pool, int most) {
    static const std::string text = relinking();
    pg::Author author{"deepcura-linker", "row"};
    auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
    if (!transaction) co_return transaction.error();
    std::vector<pg::Statement> statements{{lock_alone()}, pg::sql(text, most)};
    const auto done = co_await transaction->run(std::move(statements));
    if (!done) co_return done.error();
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    const auto& counts = done->back();
    co_return Relinked{counts.integer(0, 0), counts.integer(0, 1), counts.integer(0, 2)};
}

Linker::Linker(asio::any_io_executor executor, pg::Pool& pool, std::function<void()> changed)
    : pool_{pool}, changed_{std::move(changed)}, wake_{std::move(executor)} {}

void Linker::start(Tasks& tasks) {
    tasks.keep("linker", [this] { return loop(); });
}

void Linker::stop() {
    stopping_ = true;
    wake_.notify();
}

Async<> Linker::loop() {
    int failures = 0;
    while (!stopping_) {
        auto question = pg::sql("select exists (select from relinks)");
        const auto due = co_await pool_.run(std::move(question));
        if (due && !due->boolean(0, 0)) {
            failures = 0;
            co_await wake_.wait(2s);
            continue;
        }
        auto relinked = Result<Relinked>{Error{Fault::unavailable, due ? "" : due.error().detail}};
        if (due) relinked = co_await relink(pool_);
        if (!relinked) {
            if (failures++ == 0) log::error("notes cannot be linked", {{"detail", relinked.error().detail}});
            co_await wake_.wait(wait_after(failures, {200ms, 30s}));
            continue;
        }
        failures = 0;
        if (relinked->linked + relinked->unlinked == 0) continue;
        log::info("notes were judged anew", {{"linked", relinked->linked}, {"unlinked", relinked->unlinked}});
        changed_();
    }
}

}  // namespace dcs::deepcura
