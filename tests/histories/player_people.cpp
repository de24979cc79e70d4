// Who calls from outside, and what a person does on the admin page.
#include "player.hpp"

#include <fmt/format.h>

namespace dcs::histories {

bool Player::run(const Step& step) {
    const auto query = step.text("query");
    const int nth = instance(step);
    if (!world_.fleet->awake(nth)) return false;
    world_.call(nth, fmt::format("/sync/{}{}{}", step.text("kind"), query.empty() ? "" : "?", query));
    return true;
}

bool Player::person(const Step& step) {
    const int nth = instance(step);
    if (!world_.fleet->awake(nth)) return false;
    const auto does = step.text("does");
    if (does == "run") {
        world_.act_as_person(nth, "/runs", R"({"resource":"patients","mode":"full"})");
        return true;
    }
    if (does == "retry_all") {
        world_.act_as_person(nth, "/deliveries/retry", R"({"state":"dead"})");
        return true;
    }
    std::vector<std::vector<std::optional<std::string>>> rows;
    const auto wanted =
        does == "retry" ? "select id, '', '' from inbox where state = 'dead' order by seq"
        : does == "link"
            ? "select n.id, n.link_version, c.id from deepcura_notes n join clinical_notes c using (drchrono_patient_id)"
              " where n.clinical_note_id is null and c.deleted_at is null order by n.received_at, n.id, c.drchrono_appt_id"
        : does == "unlink"
            ? "select id, link_version, '' from deepcura_notes where clinical_note_id is not null order by received_at, id"
            : "select id, link_version, '' from deepcura_notes order by received_at, id";
    try {
        rows = world_.database.rows(wanted);
    } catch (const std::exception&) {
        return false;  // the database is away
    }
    if (rows.empty()) return false;
    const auto& row = rows[static_cast<std::size_t>(step.number("pick")) % rows.size()];
    const auto id = row[0].value_or("");
    const auto version = row[1].value_or("0");
    if (does == "retry") world_.act_as_person(nth, fmt::format("/deliveries/{}/retry", id), "{}");
    else if (does == "link")
        world_.act_as_person(
            nth, fmt::format("/notes/{}/link", id),
            fmt::format(R"({{"link_version":{},"clinical_note_id":"{}"}})", version, row[2].value_or("")));
    else if (does == "unlinkable")
        world_.act_as_person(nth, fmt::format("/notes/{}/unlinkable", id),
                             fmt::format(R"({{"link_version":{},"reason":"no visit"}})", version));
    else
        world_.act_as_person(nth, fmt::format("/notes/{}/{}", id, does == "unlink" ? "unlink" : "hand-back"),
                             fmt::format(R"({{"link_version":{}}})", version));
    return true;
}

}  // namespace dcs::histories
