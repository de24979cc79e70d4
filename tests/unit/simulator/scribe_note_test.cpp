// The notes that the simulated AI scribe writes: one content in many spellings and forms.
#include "simulator/scribe_note.hpp"

#include "unit/simulator/simulated.hpp"

#include <set>

namespace dcs::simulator {
namespace {

class ScribeNote : public Simulated {
protected:
    ScribeNote() {
        options.per_patient.virtual_visits = 1;
        session = {.id = "one-session", .seed = 5};
    }
    json::object written(NoteShape shape = {}) {
        if (session.visit.appointment_id.empty()) session.visit = visit_of(simulator(), first("appointments")).value();
        session.shape = shape;
        return write_note(session);
    }
    ScribeSession session;
};

TEST_F(ScribeNote, KnowsItsVisit) {
    written();
    const auto item = simulator().item("appointments", first("appointments"), false).value();
    const auto patient = simulator().item("patients", session.visit.patient_id, false).value();
    EXPECT_EQ(session.visit.patient_id, json::serialize(item.at("patient")));
    EXPECT_EQ(session.visit.doctor_id, json::serialize(item.at("doctor")));
    EXPECT_EQ(timestamp_text(session.visit.starts.value()), std::string{item.at("scheduled_time").as_string()});
    EXPECT_EQ(session.visit.zone, "America/Los_Angeles");
    EXPECT_TRUE(session.visit.patient_name.ends_with(std::string{patient.at("last_name").as_string()}));
    EXPECT_FALSE(visit_of(simulator(), "0"));
}

TEST_F(ScribeNote, IsTheSameForTheSameSession) {
    const auto one = written();
    EXPECT_EQ(written(), one);
    session.seed = 6;
    EXPECT_NE(written(), one);
}

TEST_F(ScribeNote, SaysTheSameInCamelCase) {
    const auto snake = written();
    const auto camel = written({.names = NoteShape::Names::camel, .turns = true, .ids_as_text = true});
    EXPECT_EQ(camel.at("appointmentId"), json::value(session.visit.appointment_id));
    EXPECT_EQ(camel.at("patientId"), json::value(session.visit.patient_id));
    EXPECT_EQ(camel.at("sessionDate"), snake.at("session_date"));
    EXPECT_EQ(camel.at("soap"), snake.at("soap"));
    EXPECT_EQ(camel.at("icd10Codes"), snake.at("icd10_codes"));
    EXPECT_EQ(camel.at("riskAssessment").at("suicidalIdeation"), snake.at("risk_assessment").at("suicidal_ideation"));
    EXPECT_EQ(camel.at("billingSummary").at("visitType"), snake.at("billing_summary").at("visit_type"));
    const auto& turns = camel.at("transcript").as_array();
    EXPECT_GT(turns.size(), 30U);
    for (const auto& turn : turns)
        EXPECT_NE(snake.at("transcript").as_string().find(turn.at("text").as_string()), std::string::npos);
}

TEST_F(ScribeNote, SaysTheSameNested) {
    const auto snake = written();
    const auto nested = written({.names = NoteShape::Names::nested});
    EXPECT_EQ(nested.at("event").at("type"), snake.at("event_type"));
    EXPECT_EQ(nested.at("session").at("id"), snake.at("session_id"));
    EXPECT_EQ(nested.at("session").at("date"), snake.at("session_date"));
    EXPECT_EQ(nested.at("session").at("time"), snake.at("session_time"));
    EXPECT_EQ(nested.at("appointment").at("id"), snake.at("appointment_id"));
    EXPECT_EQ(nested.at("patient").at("id"), snake.at("patient_id"));
    EXPECT_EQ(nested.at("doctor").at("id"), snake.at("doctor_id"));
    EXPECT_EQ(nested.at("note").at("transcript"), snake.at("transcript"));
    EXPECT_EQ(nested.at("codes").at("cpt_codes"), snake.at("cpt_codes"));
    EXPECT_EQ(nested.at("note").at("risk_assessment"), snake.at("risk_assessment"));
}

TEST_F(ScribeNote, HasItsSectionsInThreeForms) {
    const auto whole = written().at("soap").as_object();
    const auto apart = written({.soap = NoteShape::Soap::separate});
    const auto text = written({.soap = NoteShape::Soap::headings}).at("soap_note").as_string();
    EXPECT_FALSE(apart.contains("soap"));
    for (const std::string part : {"subjective", "objective", "assessment", "plan"}) {
        EXPECT_EQ(apart.at("soap_" + part), whole.at(part));
        auto heading = part;
        heading.front() = static_cast<char>(heading.front() - 'a' + 'A');
        EXPECT_NE(text.find(heading + ":\n" + std::string{whole.at(part).as_string()}), std::string::npos) << part;
    }
}

TEST_F(ScribeNote, HasItsCodesInFourForms) {
    const auto objects = written().at("icd10_codes").as_array();
    const auto code = std::string{objects.at(0).at("code").as_string()};
    const auto name = std::string{objects.at(0).at("description").as_string()};
    const auto second = std::string{objects.at(1).at("code").as_string()};
    const auto in = [&](NoteShape::Codes form) { return written({.codes = form}).at("icd10_codes"); };
    EXPECT_EQ(in(NoteShape::Codes::strings), (json::array{json::value(code), json::value(second)}));
    EXPECT_EQ(in(NoteShape::Codes::glued).at(0), json::value(code + " - " + name));
    EXPECT_EQ(in(NoteShape::Codes::one_text), json::value(code + ", " + second));
}

TEST_F(ScribeNote, LeavesOutWhatItIsTold) {
    const auto bare = written({.date = NoteShape::Date::absent,
                               .risk = NoteShape::Risk::absent,
                               .session_id = false,
                               .appointment_id = false,
                               .patient_id = false,
                               .doctor_id = false});
    for (const auto* name :
         {"session_date", "session_time", "risk_assessment", "session_id", "appointment_id", "patient_id", "doctor_id"})
        EXPECT_FALSE(bare.contains(name)) << name;
    const auto unsure = written({.risk = NoteShape::Risk::partly}).at("risk_assessment").as_object();
    EXPECT_TRUE(unsure.at("homicidal_ideation").is_null());
    EXPECT_FALSE(unsure.contains("safety_plan_discussed"));
    session.visit.starts.reset();
    EXPECT_FALSE(written().contains("session_date")) << "a visit without a readable time";
}

TEST_F(ScribeNote, KeepsAnIdThatIsNoNumberAsText) {
    session.visit = visit_of(simulator(), simulator().ids("appointments").back()).value();
    ASSERT_NE(session.visit.appointment_id.find('_'), std::string::npos);
    EXPECT_EQ(written().at("appointment_id"), json::value(session.visit.appointment_id));
}

TEST(NoteShapes, HaveEveryFormInTwelveInARow) {
    const auto seen = [](std::size_t from, auto form) {
        std::set<int> forms;
        for (auto nth = from; nth < from + 12; ++nth) forms.insert(static_cast<int>(nth_shape(nth).*form));
        return forms.size();
    };
    for (const std::size_t from : {0U, 5U, 31U}) {
        EXPECT_EQ(seen(from, &NoteShape::names), 3U) << from;
        EXPECT_EQ(seen(from, &NoteShape::soap), 3U) << from;
        EXPECT_EQ(seen(from, &NoteShape::codes), 4U) << from;
        EXPECT_EQ(seen(from, &NoteShape::date), 3U) << from;
        EXPECT_EQ(seen(from, &NoteShape::risk), 3U) << from;
        EXPECT_EQ(seen(from, &NoteShape::turns), 2U) << from;
        EXPECT_EQ(seen(from, &NoteShape::ids_as_text), 2U) << from;
        EXPECT_EQ(seen(from, &NoteShape::patient_id), 2U) << from;
        EXPECT_EQ(seen(from, &NoteShape::doctor_id), 2U) << from;
    }
}

TEST(NoteShapes, DrawnByChanceLeaveNothingOut) {
    std::set<NoteShape::Names> names;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto shape = drawn_shape(seed);
        names.insert(shape.names);
        EXPECT_TRUE(shape.session_id && shape.appointment_id && shape.patient_id && shape.doctor_id) << seed;
        EXPECT_NE(shape.date, NoteShape::Date::absent) << seed;
        EXPECT_EQ(drawn_shape(seed), shape);
    }
    EXPECT_EQ(names.size(), 3U);
}

}  // namespace
}  // namespace dcs::simulator
