#include "simulator/events.hpp"
#include "simulator/morning.hpp"
#include "unit/simulator/simulated.hpp"

#include <set>

namespace dcs::simulator {
namespace {

class SimulatedWebhook : public Simulated {
protected:
    std::string change(std::string_view city, Announce how = {}) {
        const auto changed = simulator().change("patients", first("patients"), {{"city", city}}, how);
        EXPECT_TRUE(changed);
        return changed ? changed->delivery_id : "";
    }
    std::string city(std::size_t nth) { return std::string{receiver.body(nth).at("object").at("city").as_string()}; }
};

TEST_F(SimulatedWebhook, CarriesItsEventInTheHeadersAndTheRecordInTheBody) {
    const auto id = change("Testville");
    settle();
    ASSERT_EQ(receiver.posts.size(), 1U);
    EXPECT_EQ(receiver.header(0, "X-drchrono-event"), "PATIENT_MODIFY");
    EXPECT_EQ(receiver.header(0, "X-drchrono-signature"), receiver.secret) << "the secret itself, not an HMAC";
    EXPECT_EQ(receiver.header(0, "X-drchrono-delivery"), id);
    const auto body = receiver.body(0);
    EXPECT_EQ(body.at("receiver").at("callback_url"), json::value(options.webhook.callback_url));
    EXPECT_EQ(body.at("practice_group_id"), json::value(4242));
    EXPECT_EQ(body.at("object"), json::value(json_of("/api/patients/" + first("patients"))));
    EXPECT_EQ(simulator().delivery_counts().delivered, 1U);
}

TEST_F(SimulatedWebhook, ProvesTheReceiverFirst) {
    receiver.proves_itself = false;
    change("Testville");
    settle();
    EXPECT_EQ(receiver.posts.size(), 0U);
    EXPECT_GE(receiver.handshakes, 1);
    receiver.proves_itself = true;
    pass(hours{1});
    settle();
    EXPECT_EQ(receiver.posts.size(), 1U);
    EXPECT_TRUE(run_async(io, simulator().verify_webhook()));
}

TEST_F(SimulatedWebhook, ComesAgainAfterOneThreeAndSevenHoursAndThenNever) {
    receiver.statuses = {500, 302, 0, 404};
    change("Testville");
    settle();
    EXPECT_EQ(receiver.posts.size(), 1U);
    pass(seconds{3599});
    settle();
    EXPECT_EQ(receiver.posts.size(), 1U);
    pass(seconds{1});
    settle();
    EXPECT_EQ(receiver.posts.size(), 2U);
    pass(hours{2});
    settle();
    EXPECT_EQ(receiver.posts.size(), 3U);
    pass(hours{4});
    settle();
    EXPECT_EQ(receiver.posts.size(), 4U);
    pass(hours{24});
    settle();
    EXPECT_EQ(receiver.posts.size(), 4U);
    EXPECT_EQ(simulator().deliveries().front().state, DeliveryState::failed);
    EXPECT_EQ(simulator().delivery_counts().failed, 1U);
    EXPECT_EQ(simulator().delivery_counts().open, 0U);
}

TEST_F(SimulatedWebhook, TakesAnyTwoHundredForSuccess) {
    receiver.statuses = {204};
    change("Testville");
    settle();
    pass(hours{24});
    settle();
    EXPECT_EQ(receiver.posts.size(), 1U);
}

TEST_F(SimulatedWebhook, SendsTheStoredBodyAgainUnderItsId) {
    receiver.statuses = {500};
    change("Old Town");
    settle();
    change("New Town");
    settle();
    pass(hours{1});
    settle();
    ASSERT_EQ(receiver.posts.size(), 3U);
    EXPECT_EQ(city(1), "New Town");
    EXPECT_EQ(city(2), "Old Town") << "a retry brings an old state after a newer one";
    EXPECT_EQ(receiver.header(0, "X-drchrono-delivery"), receiver.header(2, "X-drchrono-delivery"));
}

TEST_F(SimulatedWebhook, CanSendTheCurrentBodyUnderANewId) {
    simulator().switches().retry_body = RetryBody::current;
    simulator().switches().retry_new_id = true;
    receiver.statuses = {500};
    change("Old Town");
    settle();
    change("New Town", {.silent = true});
    pass(hours{1});
    settle();
    EXPECT_EQ(city(1), "New Town");
    EXPECT_NE(receiver.header(0, "X-drchrono-delivery"), receiver.header(1, "X-drchrono-delivery"));
}

TEST_F(SimulatedWebhook, StaysSilentWhenTold) {
    EXPECT_EQ(change("Testville", {.silent = true}), "");
    settle();
    EXPECT_EQ(receiver.posts.size(), 0U);
}

TEST_F(SimulatedWebhook, IsSentForRegisteredEventsOnly) {
    options.webhook.events = {"PATIENT_CREATE"};
    change("Testville");
    ASSERT_TRUE(simulator().create("patients", {}));
    settle();
    ASSERT_EQ(receiver.posts.size(), 1U);
    EXPECT_EQ(receiver.header(0, "X-drchrono-event"), "PATIENT_CREATE");
}

TEST_F(SimulatedWebhook, KnowsEveryEventAndTellsNoOther) {
    for (const auto& event : events()) {
        const auto id = event.action == Action::other    ? "77"
                        : event.action == Action::create ? ""
                                                         : first(event.kind == Kind::clinical_notes ? "clinical_notes"
                                                                 : event.kind == Kind::patients     ? "patients"
                                                                 : event.kind == Kind::problems     ? "problems"
                                                                 : event.kind == Kind::allergies    ? "allergies"
                                                                 : event.kind == Kind::medications  ? "medications"
                                                                 : event.kind == Kind::line_items   ? "line_items"
                                                                                                    : "appointments");
        EXPECT_TRUE(simulator().event(event.name, id, {})) << event.name;
    }
    settle();
    EXPECT_EQ(receiver.posts.size(), events().size());
    EXPECT_FALSE(simulator().event("appointment.created", "1", {}));
    EXPECT_TRUE(simulator().remove("patients", first("patients")));
    EXPECT_TRUE(simulator().remove("medications", first("medications")));
    EXPECT_TRUE(simulator().change("clinical_notes", first("clinical_notes"), {{"archived", true}}));
    settle();
    EXPECT_EQ(receiver.posts.size(), events().size()) << "DrChrono has no event for these";
}

TEST_F(SimulatedWebhook, CarriesTheArchivedAppointmentWhenItIsDeleted) {
    ASSERT_TRUE(simulator().event("APPOINTMENT_DELETE", first("appointments"), {}));
    ASSERT_TRUE(simulator().event("LINE_ITEM_DELETE", first("line_items"), {}));
    settle();
    EXPECT_EQ(receiver.body(0).at("object").at("deleted_flag"), json::value(true));
    EXPECT_TRUE(receiver.body(1).at("object").as_object().contains("price"));
}

TEST_F(SimulatedWebhook, HasNoIdInANoteUnlessSwitched) {
    const auto id = first("clinical_notes");
    ASSERT_TRUE(simulator().unlock_note(id));
    settle();
    EXPECT_EQ(receiver.header(0, "X-drchrono-event"), "CLINICAL_NOTE_UNLOCK");
    EXPECT_FALSE(receiver.body(0).at("object").as_object().contains("id"));
    EXPECT_EQ(receiver.body(0).at("object").at("appointment"), json::value(id));
    simulator().switches().note_id = NoteId::own;
    ASSERT_TRUE(simulator().lock_note(id));
    settle();
    EXPECT_TRUE(receiver.body(1).at("object").as_object().contains("id"));
}

TEST_F(SimulatedWebhook, IsVerboseOnlyOnDemand) {
    change("One");
    simulator().switches().webhook_verbose = true;
    simulator().switches().practice_group = false;
    change("Two");
    settle();
    EXPECT_FALSE(receiver.body(0).at("object").as_object().contains("primary_insurance"));
    EXPECT_TRUE(receiver.body(1).at("object").as_object().contains("primary_insurance"));
    EXPECT_FALSE(receiver.body(1).contains("practice_group_id"));
}

TEST_F(SimulatedWebhook, CanComeTwice) {
    simulator().switches().duplicate_share = 1;
    change("Testville");
    settle();
    pass(seconds{2});
    settle();
    ASSERT_EQ(receiver.posts.size(), 2U);
    EXPECT_EQ(receiver.header(0, "X-drchrono-delivery"), receiver.header(1, "X-drchrono-delivery"));
    EXPECT_EQ(receiver.posts[0].body, receiver.posts[1].body);
}

TEST_F(SimulatedWebhook, CanGetLost) {
    simulator().switches().drop_share = 1;
    change("Testville");
    pass(hours{24});
    settle();
    EXPECT_EQ(receiver.posts.size(), 0U);
    EXPECT_EQ(simulator().delivery_counts().dropped, 1U);
}

TEST_F(SimulatedWebhook, CanComeInAnotherOrder) {
    simulator().switches().shuffle_window = seconds{60};
    std::vector<std::string> sent;
    for (int turn = 0; turn < 12; ++turn) sent.push_back(change(fmt::format("City {}", turn)));
    for (int second = 0; second <= 60; ++second) {
        settle();
        pass(seconds{1});
    }
    settle();
    std::vector<std::string> came;
    for (std::size_t nth = 0; nth < receiver.posts.size(); ++nth)
        came.push_back(receiver.header(nth, "X-drchrono-delivery"));
    EXPECT_NE(came, sent);
    EXPECT_EQ(std::set(came.begin(), came.end()), std::set(sent.begin(), sent.end()));
}

TEST_F(SimulatedWebhook, CanBeHeldAndSentByHand) {
    const auto held = change("Old Town", {.held = true});
    change("New Town");
    settle();
    ASSERT_EQ(receiver.posts.size(), 1U);
    ASSERT_TRUE(simulator().deliver(held));
    settle();
    EXPECT_EQ(city(1), "Old Town");
    ASSERT_TRUE(simulator().deliver(held));
    settle();
    EXPECT_EQ(receiver.posts.size(), 3U);
    EXPECT_EQ(receiver.header(2, "X-drchrono-delivery"), held);
    EXPECT_EQ(simulator().deliver("nonsense").error().fault, Fault::not_found);
}

TEST_F(SimulatedWebhook, RedeliveryByHandLeavesTheScheduleAlone) {
    receiver.statuses = {500, 500};
    const auto id = change("Testville");
    settle();
    ASSERT_TRUE(simulator().deliver(id));
    settle();
    EXPECT_EQ(receiver.posts.size(), 2U);
    pass(hours{1});
    settle();
    EXPECT_EQ(receiver.posts.size(), 3U);
    EXPECT_EQ(simulator().deliveries().front().state, DeliveryState::delivered);
}

TEST_F(SimulatedWebhook, PingsWithAndWithoutSignature) {
    simulator().ping();
    simulator().switches().ping_signed = false;
    simulator().switches().ping_object = true;
    simulator().ping();
    settle();
    EXPECT_EQ(receiver.header(0, "X-drchrono-event"), "PING");
    EXPECT_EQ(receiver.header(0, "X-drchrono-signature"), receiver.secret);
    EXPECT_FALSE(receiver.body(0).contains("object"));
    EXPECT_EQ(receiver.header(1, "X-drchrono-signature"), "");
    EXPECT_TRUE(receiver.body(1).contains("object"));
}

TEST_F(SimulatedWebhook, LetsSevenHoursPassInSeconds) {
    options.speed = 3600;
    receiver.statuses = {500, 500, 500};
    change("Testville");
    for (int second = 0; second < 8; ++second) {
        settle();
        real += seconds{1};
    }
    EXPECT_EQ(receiver.posts.size(), 4U);
}

class SimulatedControl : public Simulated {};

TEST_F(SimulatedControl, MakesAChangeAndSendsItsWebhook) {
    const auto id = first("patients");
    const auto told =
        control("/control/events", {{"event", "PATIENT_MODIFY"}, {"id", id}, {"fields", {{"city", "Testville"}}}});
    EXPECT_EQ(told.at("id"), json::value(id));
    settle();
    EXPECT_EQ(receiver.posts.size(), 1U);
    EXPECT_EQ(json_of("/api/patients/" + id).at("city"), json::value("Testville"));
    control("/control/events",
            {{"event", "PATIENT_MODIFY"}, {"id", id}, {"fields", {{"city", "Quiet"}}}, {"silent", true}});
    settle();
    EXPECT_EQ(receiver.posts.size(), 1U);
    const auto item = json_of("/control/item?resource=patients&verbose=true&id=" + id);
    EXPECT_EQ(item.at("city"), json::value("Quiet"));
    EXPECT_EQ(control("/control/deliver", {{"delivery_id", told.at("delivery_id")}}).at("status"), json::value("ok"));
    settle();
    EXPECT_EQ(receiver.posts.size(), 2U);
}

TEST_F(SimulatedControl, TellsItsState) {
    get("/api/doctors");
    get("/api/patients/1");
    const auto state = json_of("/control/state");
    EXPECT_EQ(state.at("records").at("patients"), json::value(40));
    EXPECT_EQ(state.at("requests").at("total"), json::value(2));
    EXPECT_EQ(state.at("requests").at("by_path").at("/api/patients/{id}"), json::value(1));
    EXPECT_EQ(state.at("requests").at("by_status").at("404"), json::value(1));
    EXPECT_EQ(state.at("deliveries").at("created"), json::value(0));
    EXPECT_EQ(json_of("/control/requests").as_array().size(), 2U);
    EXPECT_EQ(json_of("/control/ids?resource=doctors").as_array().size(), 3U);
}

TEST_F(SimulatedControl, SetsSwitchesFaultsLimitsAndTheClock) {
    EXPECT_EQ(control("/control/switches", {{"read_lag", 2.5}, {"note_id", "own"}}).at("read_lag"), json::value(2.5));
    EXPECT_EQ(simulator().switches().note_id, NoteId::own);
    EXPECT_TRUE(control("/control/switches", {{"read_lag", 1}, {"no_such", 1}}).as_object().contains("error"));
    EXPECT_EQ(simulator().switches().read_lag, milliseconds{2500}) << "all or none";
    control("/control/faults", {{"kind", "html"}, {"path", "/api/doctors"}, {"count", 2}});
    EXPECT_EQ(get("/api/doctors").content_type, "text/html; charset=utf-8");
    control("/control/faults", {{"clear", true}});
    EXPECT_EQ(get("/api/doctors").content_type, "application/json");
    const auto before = simulator().now();
    control("/control/clock", {{"advance_seconds", 3600}});
    EXPECT_EQ(simulator().now() - before, hours{1});
    control("/control/limits", {{"per_second", 1}});
    get("/api/doctors");
    EXPECT_EQ(get("/api/doctors").status, 429);
}

TEST_F(SimulatedControl, AnswersNonsenseAsSuch) {
    EXPECT_EQ(ask("POST", "/control/events", "{").status, 400);
    EXPECT_EQ(ask("POST", "/control/events", "[]").status, 400);
    EXPECT_EQ(ask("POST", "/control/events", R"({"event":"PATIENT_MODIFY","id":"1"})").status, 404);
    EXPECT_EQ(ask("GET", "/control/nothing").status, 404);
    EXPECT_EQ(ask("POST", "/control/faults", R"({"kind":"earthquake"})").status, 400);
}

class SimulatedMorning : public Simulated {
protected:
    std::vector<std::string> play() {
        Morning morning{simulator()};
        std::vector<std::string> steps;
        while (morning.played() < morning.size()) {
            const auto step = morning.play();
            EXPECT_TRUE(step) << morning.played();
            if (!step) break;
            steps.push_back(step->what);
            settle();
        }
        EXPECT_EQ(static_cast<int>(receiver.posts.size()), morning.webhooks());
        return steps;
    }
};

TEST_F(SimulatedMorning, SendsAboutSixtyWebhooksInFourAndAHalfHours) {
    const auto began = simulator().now();
    play();
    EXPECT_GE(receiver.posts.size(), 55U);
    EXPECT_LE(receiver.posts.size(), 65U);
    EXPECT_EQ(simulator().now() - began, std::chrono::minutes{270});
    EXPECT_EQ(simulator().delivery_counts().open, 0U);
}

TEST_F(SimulatedMorning, HasWhatMakesMirrorsStumble) {
    play();
    std::set<std::string> patients_told;
    std::set<std::string> deliveries;
    std::map<std::string, std::string> newest;
    int children_before_parents = 0;
    int repeated = 0;
    int out_of_order = 0;
    std::map<std::string, int> events_seen;
    for (std::size_t nth = 0; nth < receiver.posts.size(); ++nth) {
        const auto event = receiver.header(nth, "X-drchrono-event");
        ++events_seen[event];
        if (!deliveries.insert(receiver.header(nth, "X-drchrono-delivery")).second) {
            ++repeated;
            continue;
        }
        const auto object = receiver.body(nth).at("object").as_object();
        if (event == "PATIENT_CREATE") patients_told.insert(json::serialize(object.at("id")));
        if (event == "APPOINTMENT_CREATE" && object.at("patient").as_int64() > 60'000'040)
            children_before_parents += patients_told.contains(json::serialize(object.at("patient"))) ? 0 : 1;
        if (event == "PATIENT_MODIFY") {
            auto& last = newest[json::serialize(object.at("id"))];
            const std::string updated{object.at("updated_at").as_string()};
            out_of_order += updated < last ? 1 : 0;
            last = std::max(last, updated);
        }
    }
    EXPECT_EQ(children_before_parents, 1);
    EXPECT_EQ(repeated, 2);
    EXPECT_EQ(out_of_order, 1);
    EXPECT_EQ(events_seen["APPOINTMENT_DELETE"], 1);
    EXPECT_EQ(events_seen["CLINICAL_NOTE_UNLOCK"], 1);
    EXPECT_EQ(events_seen["CLINICAL_NOTE_LOCK"], 9);
}

TEST_F(SimulatedMorning, IsTheSameForTheSameSeed) {
    const auto first_time = play();
    receiver.posts.clear();
    Simulator again{io.get_executor(), options};
    again.start();
    Morning morning{again};
    std::vector<std::string> steps;
    while (morning.played() < morning.size()) steps.push_back(morning.play()->what);
    EXPECT_EQ(steps, first_time);
    run_async(io, again.stop());
}

}  // namespace
}  // namespace dcs::simulator
