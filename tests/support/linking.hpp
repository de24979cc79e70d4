#pragma once
// Linking: a mirror with notes, in which things arrive in every order.

#include "support/notes.hpp"

#include <algorithm>
#include <numeric>

namespace dcs::test {

class WithLinking : public WithNotes {
protected:
    using Arrivals = std::vector<std::function<void()>>;

    /// Lets things arrive in every order, each in an emptied mirror, with the linker at work after each arrival or only at the
    /// end; `expect` is asked what became of it.
    void in_every_order(const Arrivals& arrivals, const std::function<void()>& expect) {
        std::vector<std::size_t> order(arrivals.size());
        std::iota(order.begin(), order.end(), 0);
        do {
            for (const bool eager : {true, false}) {
                database.query_as_superuser(
                    "set session_replication_role = replica; delete from deepcura_suggestions; delete from deepcura_payloads; delete from deepcura_notes;"
                    "delete from clinical_notes; delete from appointments; delete from patients; delete from relinks");
                std::string told;
                for (const auto at : order) {
                    arrivals[at]();
                    if (eager) relink_all();
                    told += std::to_string(at) + " ";
                }
                relink_all();
                SCOPED_TRACE("order " + told + (eager ? "eager" : "at the end"));
                expect();
            }
        } while (std::ranges::next_permutation(order).found && !HasFailure());
    }
    std::function<void()> arrival_of_note(const std::string& payload) {
        return [this, payload] { note = file(payload).note_id; };
    }
    std::function<void()> arrival_of_appointment(const std::string& id, int patient, const std::string& day,
                                                 int doctor = 1) {
        return [=, this] { visit(id, patient, day, doctor, false); };
    }
    std::function<void()> arrival_of_clinical_note(const std::string& id, int patient) {
        return [=, this] { clinical_note(id, patient); };
    }

    std::string note;
};

}  // namespace dcs::test
