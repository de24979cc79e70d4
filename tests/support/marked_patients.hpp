#pragma once
// MarkedPatients: the service over a mirror whose patients can be told apart in whatever it answers: each has marks of its own in
// every value, so that an answer shows by itself whom it tells of.
//
// Patients   one by one all that can go wrong with whose a record is: an appointment that was another patient's before; notes
//            that name nobody, two patients, an id that cannot be read, or that are linked by an appointment alone; reasons
//            that persons gave; failures, payloads and deliveries of them.

#include "support/plan_log.hpp"
#include "support/running_service.hpp"

#include <optional>

namespace dcs::test {

struct MarkedPatient {
    std::string word;                  // in every text of the patient
    std::string number;                // DrChrono's
    std::string id{};                  // ours
    std::vector<std::string> marks{};  // these, and all ids of the records
};

class WithMarkedPatients : public WithService {
protected:
    /// Starts the service with `more` settings and fills the mirror.
    void fill(Environment more = {});

    /// The patients whom a text shows, by any mark.
    std::vector<const MarkedPatient*> shown_in(std::string_view text) const;
    /// What is missing of access_log's rows behind `begun` (an id): for each patient shown in `text` one that names the patient both
    /// ways, with an actor like `actor`, of this time. Empty: nothing. Moves `begun` to the latest row.
    std::string missing_rows(std::string_view text, const std::string& actor, std::string& begun) const;
    std::string latest_row() const { return ask("select coalesce(max(id), 0) from access_log"); }

    /// Runs `drchrono-sync …` with `input`: its exit status, `said`: what it printed.
    int run(const std::vector<std::string>& words, std::string& said, const Environment& more = {},
            const std::string& input = {});

    std::vector<MarkedPatient> patients{{"Qanaqua", "710042000001"},
                                        {"Qborbok", "710042000002"},
                                        {"Qcelcit", "710042000003"},
                                        {"Qdandun", "710042000004"},
                                        {"Qesteve", "710042000005"}};
    static constexpr auto generic_secret = "a-scribe-secret-of-32-bytes-0000";
    std::optional<PlanLog> plans{};  // of all that is asked of the database from fill() on
    std::string lone_note{};         // linked by its appointment alone, to the second patient's visit
    std::string
        reason_note{};  // names nobody; a person called it unlinkable, with a reason that tells of the fourth patient

private:
    bool applied();
    void add_records(std::size_t place);
    void add_notes();
    void add_work();
    void find_marks();
    std::string note(const std::string& payload);
    std::string encrypted_note(const std::string& payload);
};

}  // namespace dcs::test
