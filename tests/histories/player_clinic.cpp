// The clinic's day: its records, their webhooks in every form, the scribe's notes.
#include "player.hpp"

#include "simulator/scribe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::histories {

namespace json = boost::json;

namespace {

/// The member of each kind that holds a mark.
std::string_view marked_member(std::string_view kind) {
    if (kind == "patients") return "first_name";
    if (kind == "appointments") return "reason";
    if (kind == "line_items") return "code";
    return "notes";
}

/// Names of doctors and offices are not clinical: their marks are of another kind, which a log may hold.
json::object marked_fields(std::string_view kind, const std::string& mark) {
    if (kind == "doctors") return {{"job_title", "D" + mark.substr(1)}};
    if (kind == "offices") return {{"name", "D" + mark.substr(1)}};
    if (kind == "clinical_notes")
        return {{"clinical_note_sections", json::array{json::object{{"id", 1}, {"name", "Plan"}, {"value", mark}}}}};
    return {{marked_member(kind), mark}};
}

std::string event_of(std::string_view kind) {
    if (kind == "patients") return "PATIENT_MODIFY";
    if (kind == "appointments") return "APPOINTMENT_MODIFY";
    if (kind == "medications") return "PATIENT_MEDICATION_MODIFY";
    if (kind == "problems") return "PATIENT_PROBLEM_MODIFY";
    if (kind == "allergies") return "PATIENT_ALLERGY_MODIFY";
    if (kind == "line_items") return "LINE_ITEM_MODIFY";
    return {};
}

}  // namespace

std::string Player::picked(std::string_view kind, const Step& step) const {
    auto ids = world_.drchrono->ids(kind);
    return ids.empty() ? std::string{} : ids[static_cast<std::size_t>(step.number("pick")) % ids.size()];
}

bool Player::edit(const Step& step) {
    const auto kind = step.text("kind");
    const auto id = picked(kind, step);
    if (id.empty()) return false;
    simulator::Announce how;
    how.silent = step.number("silent") > 0;
    how.held = step.number("held") > 0;
    how.keeps_updated_at = step.number("keeps_clock") > 0;
    for (int times = step.number("twice") > 0 ? 2 : 1; times > 0; --times) {
        const auto changed = world_.drchrono->change(kind, id, marked_fields(kind, world_.mark()), how);
        if (!changed) return false;
        if (how.held && !changed->delivery_id.empty()) held_.push_back(changed->delivery_id);
    }
    return true;
}

bool Player::create(const Step& step) {
    const auto kind = step.text("kind");
    json::object fields;
    if (kind == "clinical_notes") {
        fields["appointment"] = picked("appointments", step);
    } else {
        fields = marked_fields(kind, world_.mark());
        const auto visit = picked("appointments", step);
        const auto patient = picked("patients", step);
        // An instance of a recurring appointment has no number.
        const bool numbered = !visit.empty() && visit.find_first_not_of("0123456789") == std::string::npos;
        if (kind == "line_items" && numbered) fields["appointment"] = std::stoll(visit);
        else if (kind != "patients") {
            if (patient.empty()) return false;
            fields["patient"] = std::stoll(patient);
        }
    }
    simulator::Announce how;
    how.held = step.number("held") > 0;
    const auto created = world_.drchrono->create(kind, std::move(fields), how);
    if (!created) return false;
    if (how.held && !created->delivery_id.empty()) held_.push_back(created->delivery_id);
    return true;
}

bool Player::remove(const Step& step) {
    const auto kind = step.text("kind");
    const auto id = picked(kind, step);
    return !id.empty() && world_.drchrono->remove(kind, id).has_value();
}

bool Player::lock(const Step& step) {
    const auto id = picked("appointments", step);
    if (id.empty()) return false;
    return (step.act == "lock" ? world_.drchrono->lock_note(id) : world_.drchrono->unlock_note(id)).has_value();
}

/// Another day, another state: what links follow.
bool Player::move(const Step& step) {
    const auto id = picked("appointments", step);
    const auto visit = world_.drchrono->item("appointments", id, false);
    if (!visit || !visit->at("scheduled_time").is_string()) return false;
    const auto starts = simulator::parse_naive(visit->at("scheduled_time").get_string());
    if (!starts) return false;
    auto status = step.text("status");
    std::ranges::replace(status, '_', ' ');
    const auto moved = *starts + std::chrono::seconds{86'400 * step.number("days")};
    return world_.drchrono
        ->change("appointments", id,
                 {{"scheduled_time", simulator::timestamp_text(moved)}, {"status", status}, {"reason", world_.mark()}})
        .has_value();
}

bool Player::zone(const Step& step) {
    const auto id = picked("doctors", step);
    world_.moved_doctors.insert(id);
    return world_.drchrono->change("doctors", id, {{"timezone", step.text("zone")}}).has_value();
}

bool Player::advance(const Step& step) {
    world_.drchrono->advance(std::chrono::seconds{step.number("seconds", 60)});
    return true;
}

/// Made by hand: with an id only, as somebody else's, of an event that nobody knows, twice at once.
bool Player::hand(const Step& step) {
    const auto kind = step.text("kind");
    const auto id = picked(kind, step);
    const auto form = step.text("form");
    const auto object = world_.drchrono->item(kind, id, false);
    if (!object) return false;
    const auto event = event_of(kind);
    json::object body{{"receiver", json::object{{"id", 1}}}, {"object", *object}, {"practice_group_id", 4242}};
    if (form == "id_only") {
        const auto text = kind == "appointments" ? json::value{id} : json::value{std::stoll(id)};
        world_.post_webhook("", json::serialize(json::object{{"event", event}, {"object_id", text}}));
        return true;
    }
    if (form == "foreign") {
        body["practice_group_id"] = 77;
        body["object"] = json::object{
            {"id", object->at("id")}, {marked_member(kind), "Foreign"}, {"updated_at", "2099-01-01T00:00:00"}};
    }
    if (form == "ping") body.erase("object");
    const auto text = json::serialize(body);
    const auto name = form == "unknown" ? std::string{"TASK_NOBODY_KNOWS"}
                      : form == "ping"  ? std::string{"PING"}
                                        : event;
    world_.post_webhook(name, text);
    if (form == "twice") world_.post_webhook(name, text);
    return true;
}

/// An old webhook again, under an id of its own: an older state must not win. What removes a record, and what has no clock to be
/// ordered by, means now what it meant then: those are left out.
bool Player::stale(const Step& step) {
    std::vector<std::string> ordered;
    for (const auto& sent : world_.sent_bodies)
        for (const auto* event :
             {"PATIENT_MODIFY\n", "PATIENT_CREATE\n", "APPOINTMENT_MODIFY\n", "APPOINTMENT_CREATE\n"})
            if (sent.starts_with(event)) ordered.push_back(sent);
    if (ordered.empty()) return false;
    const auto& old = ordered[static_cast<std::size_t>(step.number("pick")) % ordered.size()];
    const auto split = old.find('\n');
    auto body = old.substr(split + 1);
    // The same bytes would be a repeat, which says nothing new.
    constexpr std::string_view receiver = R"("receiver":{"id":1)";
    if (const auto at = body.find(receiver); at != std::string::npos)
        body.insert(at + receiver.size(), step.text("pick"));
    world_.post_webhook(old.substr(0, split), body);
    return true;
}

bool Player::release(const Step& step) {
    if (held_.empty()) return false;
    const auto at = static_cast<std::size_t>(step.number("pick")) % held_.size();
    const bool sent = world_.drchrono->deliver(held_[at]).has_value();
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(at));
    return sent;
}

bool Player::webhooks(const Step& step) {
    auto& switches = world_.drchrono->switches();
    switches.drop_share = std::atof(step.text("drop").c_str());
    switches.duplicate_share = std::atof(step.text("duplicate").c_str());
    switches.shuffle_window = std::chrono::milliseconds{step.number("shuffle_ms")};
    switches.retry_body = step.number("current") > 0 ? simulator::RetryBody::current : simulator::RetryBody::stored;
    return true;
}

bool Player::note(const Step& step) {
    auto does = step.text("does");
    simulator::Play play;
    play.same_bytes = does == "repeat_bytes";
    if (play.same_bytes) does = "repeat";
    const auto act = simulator::scribe_act(does);
    if (!act) return false;
    play.act = *act;
    play.damage = static_cast<simulator::Damage>(step.number("pick") % 6);
    play.appointment_id = picked("appointments", step);
    if (does == "repeat" || does == "edit") {
        const auto log = world_.drchrono->scribe()->log();
        if (log.empty()) return false;
        play.session_id = log[static_cast<std::size_t>(step.number("pick")) % log.size()].session_id;
        play.appointment_id.clear();
    }
    if (does == "early") {
        const auto patient = picked("patients", step);
        if (patient.empty()) return false;
        simulator::Announce how;
        how.held = true;
        const auto visit =
            world_.drchrono->create("appointments", {{"patient", std::stoll(patient)}, {"reason", world_.mark()}}, how);
        if (!visit) return false;
        if (!visit->delivery_id.empty()) held_.push_back(visit->delivery_id);
        play.appointment_id = visit->id;
    }
    return world_.drchrono->scribe()->begin(play).has_value();
}

}  // namespace dcs::histories
