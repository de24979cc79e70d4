#pragma once
// Notes: a mirror with the scribe's notes beside it, and short words for what tests do with them.

#include "base/ids.hpp"
#include "deepcura/decisions.hpp"
#include "deepcura/filing.hpp"
#include "deepcura/linker.hpp"
#include "support/mirror.hpp"

#include <fmt/format.h>

namespace dcs::test {

class WithNotes : public WithStore {
protected:
    Result<deepcura::Filed> try_file(const std::string& payload, std::string_view source = "deepcura") {
        const auto& sender = *deepcura::find_source(source);
        auto gridhook = deepcura::read_gridhook(plain, payload, {}, sender);
        if (!gridhook) return gridhook.error();
        inbox::Arrival arrival{.source = std::string{sender.name}, .event = std::string{sender.event}, .body = payload};
        return run_async(io, filing.receive(std::move(arrival), std::move(*gridhook)));
    }
    deepcura::Filed file(const std::string& payload, std::string_view source = "deepcura") {
        return try_file(payload, source).value();
    }

    /// Judges anew until nothing is queued.
    deepcura::Relinked relink_all() {
        deepcura::Relinked all;
        for (;;) {
            const auto round = run_async(io, deepcura::relink(pool)).value();
            if (round.changes_seen == 0) return all;
            all.changes_seen += round.changes_seen;
            all.linked += round.linked;
            all.unlinked += round.unlinked;
        }
    }

    /// An appointment, and (`with_note`) its clinical note.
    void visit(const std::string& id, int patient, const std::string& day, int doctor = 1, bool with_note = true) {
        apply(state("appointments",
                    fmt::format(R"({{"id":"{}","patient":{},"doctor":{},"scheduled_time":"{}T09:00:00"}})", id, patient,
                                doctor, day)));
        if (with_note) clinical_note(id, patient);
    }
    void clinical_note(const std::string& appointment, int patient) {
        apply(state("clinical_notes", fmt::format(R"({{"appointment":"{}","patient":{},"clinical_note_sections":[]}})",
                                                  appointment, patient)));
    }
    /// One that only its appointment, or an event, has told of.
    void announced_note(const std::string& appointment, int patient) {
        apply(state("clinical_notes", fmt::format(R"({{"appointment":"{}","patient":{}}})", appointment, patient)));
    }
    /// The appointment that the note is linked to, and how: "900 appointment_id"; "-": none.
    std::string link_of(const std::string& note_id) const {
        return ask(
            fmt::format("select coalesce((select c.drchrono_appt_id || ' ' || n.link_method from clinical_notes c "
                        "where c.id = n.clinical_note_id), '-') from deepcura_notes n where n.id = '{}'",
                        note_id));
    }
    std::string reasons_of(const std::string& note_id) const {
        return ask(
            fmt::format("select array_to_string(link_reasons, ' ') from deepcura_notes where id = '{}'", note_id));
    }
    /// "900 +same_patient +same_date -several_candidates", one a line.
    std::string suggestions_of(const std::string& note_id) const {
        return ask(fmt::format(
            "select coalesce(string_agg(c.drchrono_appt_id || ' +' || array_to_string(reasons_for, ' +') || "
            "case when reasons_against = '{{}}' then '' else ' -' || array_to_string(reasons_against, ' -') end, E'\\n' "
            "order by c.drchrono_appt_id), '') from deepcura_suggestions s join clinical_notes c on c.id = s.clinical_note_id "
            "where s.note_id = '{}'",
            note_id));
    }
    int version_of(const std::string& note_id) const {
        return std::stoi(ask(fmt::format("select link_version from deepcura_notes where id = '{}'", note_id)));
    }
    std::string clinical_note_id(const std::string& appointment) const {
        return ask(fmt::format("select id from clinical_notes where drchrono_appt_id = '{}'", appointment));
    }

    /// A person's decision in a transaction of its own.
    template <class Decide>
    Result<int> decided(Decide decide) {
        return run_async(io, in_a_persons_transaction(pool, std::move(decide)));
    }
    Result<int> link(const std::string& note, const std::string& appointment) {
        return link(note, appointment, version_of(note));
    }
    Result<int> link(const std::string& note, const std::string& appointment, int version) {
        return decided([&](pg::Transaction& transaction) {
            return deepcura::link_note(transaction, {note, version}, clinical_note_id(appointment));
        });
    }
    Result<int> unlink(const std::string& note) {
        return decided(
            [&](pg::Transaction& transaction) { return deepcura::unlink_note(transaction, {note, version_of(note)}); });
    }

    template <class Decide>
    static Async<Result<int>> in_a_persons_transaction(pg::Pool& where, Decide decide) {
        auto author = deepcura::author_of("tester");
        auto transaction = co_await pg::Transaction::begin(where, std::move(author));
        if (!transaction) co_return transaction.error();
        auto deciding = decide(*transaction);
        auto version = co_await std::move(deciding);
        if (!version) co_return version.error();
        const auto committed = co_await transaction->commit();
        if (!committed) co_return committed.error();
        co_return version;
    }

    static deepcura::CipherInUse in_use(const deepcura::Cipher& cipher) {
        deepcura::CipherInUse used;
        used.replace(std::make_shared<deepcura::Cipher>(cipher));
        return used;
    }
    const deepcura::Cipher plain{deepcura::Scheme::none, "", ""};
    const deepcura::CipherInUse cipher_in_use = in_use(plain);
    deepcura::Filing filing{io.get_executor(), pool, cipher_in_use, new_uuid(), {"America/New_York", {}}, [] {}};
};

}  // namespace dcs::test
