#include "simulator/clinic.hpp"
#include "unit/simulator/simulated.hpp"

#include <regex>
#include <set>

namespace dcs::simulator {
namespace {

class SimulatedClinic : public Simulated {};

class SimulatedWorld : public testing::Test {
protected:
    SimulatedWorld() { options.patients = 97; }
    World world() const { return World{options, switches, *parse_iso8601("2026-10-06T15:00:00Z")}; }
    Options options;
    Switches switches;
};

TEST_F(SimulatedWorld, FindsAPatientsRecordsWithoutAScan) {
    const auto clinic = world();
    for (const auto kind : {Kind::appointments, Kind::medications, Kind::problems, Kind::allergies, Kind::line_items}) {
        std::uint64_t found = 0;
        for (Index patient = 0; patient < options.patients; ++patient)
            for (const auto index : clinic.of_patient(kind, patient)) {
                const auto owner = clinic.patient_of(kind, index);
                EXPECT_TRUE(!owner || *owner == patient);
                ++found;
            }
        EXPECT_EQ(found, clinic.count(kind)) << static_cast<int>(kind);
    }
}

TEST_F(SimulatedWorld, NumbersAppointmentsInTheOrderOfTheirTime) {
    const auto clinic = world();
    for (Index visit = 1; visit < clinic.count(Kind::appointments); ++visit)
        EXPECT_LE(clinic.scheduled(visit - 1), clinic.scheduled(visit));
}

TEST_F(SimulatedWorld, NeverBooksAWeekend) {
    const auto clinic = world();
    for (Index visit = 0; visit < clinic.count(Kind::appointments); ++visit) {
        const std::chrono::weekday day{
            std::chrono::sys_days{std::chrono::floor<std::chrono::days>(clinic.scheduled(visit))}};
        EXPECT_LT(day.iso_encoding(), 6U);
    }
}

TEST_F(SimulatedWorld, ReadsEveryIdItWrites) {
    options.per_patient.virtual_visits = 0.5;
    const auto clinic = world();
    std::set<std::string> seen;
    for (Index visit = 0; visit < clinic.count(Kind::appointments); ++visit) {
        const auto id = clinic.id_text(Kind::appointments, visit);
        EXPECT_TRUE(seen.insert(id).second) << id;
        EXPECT_EQ(clinic.index_of(Kind::appointments, id), visit);
    }
    EXPECT_FALSE(clinic.index_of(Kind::appointments, "nonsense"));
    EXPECT_FALSE(clinic.index_of(Kind::appointments, ""));
}

TEST_F(SimulatedWorld, LetsEveryChangeTimeLieInThePast) {
    const auto clinic = world();
    const Time anchor = utc_of(clinic.anchor(), "America/Los_Angeles");
    for (const auto kind : {Kind::patients, Kind::appointments, Kind::clinical_notes, Kind::line_items})
        for (Index index = 0; index < clinic.count(kind); ++index) {
            if (kind == Kind::clinical_notes && !clinic.has_note(index)) continue;
            EXPECT_LT(clinic.changed(kind, index), anchor);
            EXPECT_LE(clinic.created(kind, index), clinic.changed(kind, index));
        }
}

TEST_F(SimulatedClinic, IsTheSameForTheSameSeed) {
    const auto patients = simulator().ids("patients");
    Simulator other{io.get_executor(), options};
    EXPECT_EQ(patients, other.ids("patients"));
    for (const auto* resource : {"patients", "appointments", "clinical_notes", "medications", "line_items"})
        EXPECT_EQ(simulator().item(resource, first(resource), true), other.item(resource, first(resource), true));
    options.seed = 8;
    Simulator another{io.get_executor(), options};
    EXPECT_NE(simulator().item("patients", first("patients"), true), another.item("patients", first("patients"), true));
}

TEST_F(SimulatedClinic, HoldsAMillionPatientsWithoutKeepingThem) {
    options.patients = 1'000'000;
    EXPECT_EQ(simulator().count("patients"), 1'000'000U);
    EXPECT_TRUE(simulator().item("patients", "61000000", true).has_value());
    EXPECT_FALSE(simulator().item("patients", "61000001", true).has_value());
    EXPECT_LE(results("/api/medications?patient=60500000").size(), 2U);
    EXPECT_EQ(results("/api/appointments?date=2026-10-06&page_size=5").size(), 5U);
}

TEST_F(SimulatedClinic, WritesTheTypesOfTheWire) {
    const auto visit = *simulator().item("appointments", first("appointments"), false);
    EXPECT_TRUE(visit.at("id").is_string());
    EXPECT_TRUE(visit.at("patient").is_int64());
    EXPECT_TRUE(visit.at("doctor").is_int64());
    const std::regex naive{R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"};
    EXPECT_TRUE(std::regex_match(std::string{visit.at("scheduled_time").as_string()}, naive));
    EXPECT_TRUE(std::regex_match(std::string{visit.at("updated_at").as_string()}, naive));
    const auto item = *simulator().item("line_items", first("line_items"), true);
    for (const auto* amount : {"price", "billed", "allowed", "balance_total", "ins1_paid", "quantity"})
        EXPECT_TRUE(std::regex_match(std::string{item.at(amount).as_string()}, std::regex{R"(\d+\.\d\d)"})) << amount;
    EXPECT_TRUE(item.at("appointment").is_int64());
    EXPECT_EQ(item.at("modifiers").as_array().size(), 4U);
    const auto patient = *simulator().item("patients", first("patients"), false);
    EXPECT_TRUE(patient.at("id").is_int64());
    EXPECT_EQ(patient.at("nick_name"), json::value(""));
    EXPECT_TRUE(patient.at("copay").is_string());
    EXPECT_TRUE(std::regex_match(std::string{patient.at("chart_id").as_string()}, std::regex{"[A-Z]{4}[0-9]{6}"}));
}

TEST_F(SimulatedClinic, HasBreaksWithoutPatientAndExamRoomsByIndex) {
    options.patients = 400;
    int breaks = 0;
    for (const auto& row : crawl("/api/appointments?since=2020-01-01&show_archived=true&page_size=20")) {
        const auto& visit = row.as_object();
        EXPECT_GE(visit.at("exam_room").as_int64(), 1);
        EXPECT_LE(visit.at("exam_room").as_int64(), options.exam_rooms);
        if (visit.at("appt_is_break").as_bool()) {
            EXPECT_TRUE(visit.at("patient").is_null());
            ++breaks;
        }
    }
    EXPECT_GT(breaks, 0);
}

TEST_F(SimulatedClinic, WritesTimesOnTheDoctorsWallClock) {
    options.zones = {"America/Los_Angeles", "America/New_York"};
    const auto made = simulator().create("patients", {{"doctor", 100'001}});
    const auto east = simulator().create("patients", {{"doctor", 100'002}});
    EXPECT_EQ(simulator().item("patients", made->id, false)->at("updated_at"), json::value("2026-10-06T08:00:00"));
    EXPECT_EQ(simulator().item("patients", east->id, false)->at("updated_at"), json::value("2026-10-06T11:00:00"));
    EXPECT_EQ(simulator().item("doctors", "100002", false)->at("timezone"), json::value("America/New_York"));
}

TEST_F(SimulatedClinic, MovesTheChangeTimeWithAChange) {
    const auto id = first("patients");
    pass(seconds{90});
    ASSERT_TRUE(simulator().change("patients", id, {{"email", "new@example.com"}}));
    const auto patient = *simulator().item("patients", id, false);
    EXPECT_EQ(patient.at("email"), json::value("new@example.com"));
    EXPECT_EQ(patient.at("updated_at"), json::value("2026-10-06T08:01:30"));
}

TEST_F(SimulatedClinic, CanChangeARecordWithoutMovingItsTime) {
    const auto id = first("appointments");
    const auto before = *simulator().item("appointments", id, true);
    ASSERT_TRUE(
        simulator().change("appointments", id, {{"vitals", json::object{{"pulse", 61}}}}, {.keeps_updated_at = true}));
    const auto after = *simulator().item("appointments", id, true);
    EXPECT_EQ(before.at("updated_at"), after.at("updated_at"));
    EXPECT_EQ(after.at("extended_updated_at"), json::value("2026-10-06T08:00:00"));
}

TEST_F(SimulatedClinic, RefusesFieldsThatAreNotThere) {
    EXPECT_EQ(simulator().change("patients", first("patients"), {{"shoe_size", 43}}).error().fault, Fault::bad_input);
    EXPECT_EQ(simulator().change("patients", first("patients"), {{"doctor", "one"}}).error().fault, Fault::bad_input);
    EXPECT_EQ(simulator().change("patients", "1", {}).error().fault, Fault::not_found);
    EXPECT_EQ(simulator().create("unicorns", {}).error().fault, Fault::not_found);
}

TEST_F(SimulatedClinic, GivesNewRecordsTheNextIdsAndTheirParentsDoctor) {
    const auto patient = simulator().create("patients", {{"doctor", 100'002}});
    ASSERT_TRUE(patient);
    EXPECT_EQ(patient->id, "60000041");
    const auto visit =
        simulator().create("appointments", {{"patient", 60'000'041}, {"scheduled_time", "2026-10-07T09:00:00"}});
    ASSERT_TRUE(visit);
    EXPECT_EQ(simulator().item("appointments", visit->id, false)->at("doctor"), json::value(100'002));
    const auto item = simulator().create("line_items", {{"appointment", std::stoll(visit->id)}, {"price", 12.5}});
    ASSERT_TRUE(item);
    const auto billed = *simulator().item("line_items", item->id, false);
    EXPECT_EQ(billed.at("patient"), json::value(60'000'041));
    EXPECT_EQ(billed.at("service_date"), json::value("2026-10-07"));
    EXPECT_EQ(billed.at("price"), json::value("12.50"));
}

TEST_F(SimulatedClinic, KeepsTheNotesLockOnTheAppointment) {
    const auto visit = simulator().create("appointments", {{"patient", 60'000'001}});
    ASSERT_TRUE(visit);
    EXPECT_TRUE(simulator().item("appointments", visit->id, true)->at("clinical_note").is_null());
    ASSERT_TRUE(simulator().lock_note(visit->id));
    auto note = simulator().item("appointments", visit->id, true)->at("clinical_note").as_object();
    EXPECT_EQ(note.at("locked"), json::value(true));
    EXPECT_EQ(note.at("updated_at"), json::value("2026-10-06T08:00:00"));
    ASSERT_TRUE(simulator().unlock_note(visit->id));
    EXPECT_EQ(simulator().item("appointments", visit->id, true)->at("clinical_note").at("locked"), json::value(false));
}

TEST_F(SimulatedClinic, ChangesThePdfLinkEveryHour) {
    const auto id = first("clinical_notes");
    const auto link = [&] {
        return simulator().item("appointments", id, true)->at("clinical_note").at("pdf").as_string();
    };
    const auto before = link();
    pass(seconds{30});
    EXPECT_EQ(before, link());
    pass(hours{1});
    EXPECT_NE(before, link());
}

TEST_F(SimulatedClinic, ShowsThePreviousStateUntilTheReadLagHasPassed) {
    simulator().switches().read_lag = seconds{8};
    const auto id = first("patients");
    const auto path = "/api/patients/" + id;
    const auto before = json_of(path);
    ASSERT_TRUE(simulator().change("patients", id, {{"city", "Lagville"}}));
    const auto made = simulator().create("patients", {});
    EXPECT_EQ(json_of(path), before);
    EXPECT_EQ(get("/api/patients/" + made->id).status, 404);
    EXPECT_EQ(results("/api/patients?show_inactive=true&since=2026-10-06T08:00:00").size(), 0U);
    pass(seconds{8});
    EXPECT_EQ(json_of(path).at("city"), json::value("Lagville"));
    EXPECT_EQ(get("/api/patients/" + made->id).status, 200);
    EXPECT_EQ(results("/api/patients?show_inactive=true&since=2026-10-06T08:00:00").size(), 2U);
}

TEST_F(SimulatedClinic, CountsWhatWasMadeAndRemoved) {
    const auto before = simulator().count("medications");
    const auto made = simulator().create("medications", {});
    EXPECT_EQ(simulator().count("medications"), before + 1);
    ASSERT_TRUE(simulator().remove("medications", made->id));
    ASSERT_TRUE(simulator().remove("medications", first("medications")));
    EXPECT_EQ(simulator().count("medications"), before - 1);
    EXPECT_EQ(simulator().count("medications"), simulator().ids("medications").size());
    EXPECT_EQ(simulator().count("clinical_notes"), simulator().ids("clinical_notes").size());
}

TEST(SimulatedZone, FollowsDaylightSaving) {
    const auto wall = [](std::string_view utc) {
        return timestamp_text(wall_clock(*parse_iso8601(utc), "America/New_York"));
    };
    EXPECT_EQ(wall("2026-03-08T06:59:59Z"), "2026-03-08T01:59:59");
    EXPECT_EQ(wall("2026-03-08T07:00:00Z"), "2026-03-08T03:00:00");
    EXPECT_EQ(wall("2026-11-01T05:59:59Z"), "2026-11-01T01:59:59");
    EXPECT_EQ(wall("2026-11-01T06:00:00Z"), "2026-11-01T01:00:00");
    EXPECT_EQ(utc_of(*parse_naive("2026-07-01T12:00:00"), "America/New_York"), *parse_iso8601("2026-07-01T16:00:00Z"));
    EXPECT_EQ(utc_of(*parse_naive("2026-11-01T01:30:00"), "America/New_York"), *parse_iso8601("2026-11-01T05:30:00Z"));
}

}  // namespace
}  // namespace dcs::simulator
