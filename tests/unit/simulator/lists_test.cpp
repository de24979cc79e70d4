#include "unit/simulator/simulated.hpp"

#include <set>

namespace dcs::simulator {
namespace {

class SimulatedList : public Simulated {
protected:
    static std::vector<std::int64_t> ids_of(const json::array& rows) {
        std::vector<std::int64_t> ids;
        for (const auto& row : rows) ids.push_back(row.at("id").as_int64());
        return ids;
    }
};

TEST_F(SimulatedList, HasTheEnvelopeOfTheFactSheet) {
    const auto page = json_of("/api/patients");
    EXPECT_EQ(page.as_object().size(), 3U);
    EXPECT_TRUE(page.at("previous").is_null());
    EXPECT_TRUE(page.at("next").is_null());
    EXPECT_GT(page.at("results").as_array().size(), 20U);
    simulator().switches().next_missing_at_end = true;
    EXPECT_FALSE(json_of("/api/patients").as_object().contains("next"));
}

TEST_F(SimulatedList, GivesEveryRowOnceOverItsPages) {
    for (const auto* list : {"/api/patients?show_inactive=true&page_size=7", "/api/medications?page_size=7",
                             "/api/line_items?page_size=7&doctor=100001"}) {
        const auto ids = ids_of(crawl(list));
        EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size()) << list;
        EXPECT_TRUE(std::ranges::is_sorted(ids)) << list;
        EXPECT_GT(ids.size(), 7U);
    }
    EXPECT_EQ(crawl("/api/patients?show_inactive=true&page_size=7").size(), 40U);
}

TEST_F(SimulatedList, GoesBackByThePreviousLink) {
    const auto one = json_of("/api/patients?page_size=6");
    const auto two = follow(one.at("next"));
    const auto three = follow(two.at("next"));
    EXPECT_EQ(follow(three.at("previous")).at("results"), two.at("results"));
    const auto again = follow(two.at("previous"));
    EXPECT_EQ(again.at("results"), one.at("results"));
    EXPECT_TRUE(again.at("previous").is_null());
    EXPECT_EQ(follow(again.at("next")).at("results"), two.at("results"));
}

TEST_F(SimulatedList, KeepsItsPlaceWhenRecordsComeAndGo) {
    const auto one = json_of("/api/medications?page_size=10");
    ASSERT_TRUE(simulator().remove("medications", first("medications")));
    ASSERT_TRUE(simulator().create("medications", {}));
    const auto rest = crawl(std::string_view{one.at("next").as_string()}.substr(options.base_url.size()));
    EXPECT_EQ(rest.size() + 9, simulator().count("medications"));
}

TEST_F(SimulatedList, RefusesAForeignCursor) { EXPECT_EQ(get("/api/patients?cursor=bm9uc2Vuc2U").status, 404); }

TEST_F(SimulatedList, ShowsVerboseFieldsOnlyOnDemand) {
    const auto id = first("patients");
    EXPECT_FALSE(json_of("/api/patients/" + id).as_object().contains("primary_insurance"));
    const auto rich = json_of("/api/patients/" + id + "?verbose=true");
    EXPECT_TRUE(rich.at("primary_insurance").as_object().contains("insurance_payer_id"));
    EXPECT_EQ(rich.at("auto_accident_insurance").as_object().size(), 42U);
    EXPECT_EQ(rich.at("workers_comp_insurance").as_object().size(), 16U);
    const auto allergy = "/api/allergies/" + first("allergies");
    EXPECT_FALSE(json_of(allergy).as_object().contains("description"));
    EXPECT_TRUE(json_of(allergy + "?verbose=true").as_object().contains("description"));
    EXPECT_FALSE(results("/api/appointments?since=2020-01-01")[0].as_object().contains("clinical_note"));
    EXPECT_TRUE(results("/api/appointments?since=2020-01-01&verbose=true")[0].as_object().contains("vitals"));
}

TEST_F(SimulatedList, CapsItsPagesByResource) {
    options.patients = 600;
    EXPECT_EQ(results("/api/patients?page_size=1000").size(), 250U);
    EXPECT_EQ(results("/api/patients?page_size=1000&verbose=true").size(), 50U);
    EXPECT_EQ(results("/api/patients_summary?page_size=1000").size(), 50U);
    EXPECT_EQ(results("/api/appointments?since=2020-01-01&page_size=100").size(), 20U);
    EXPECT_EQ(results("/api/clinical_notes?since=2020-01-01").size(), 5U);
    EXPECT_EQ(results("/api/clinical_notes?since=2020-01-01&page_size=100").size(), 20U);
    EXPECT_EQ(results("/api/medications?page_size=3").size(), 3U);
    simulator().switches().page_caps = false;
    EXPECT_EQ(results("/api/appointments?since=2020-01-01").size(), 250U);
}

TEST_F(SimulatedList, HidesInactivePatientsUnlessAsked) {
    options.patients = 300;
    for (const auto& row : crawl("/api/patients")) {
        EXPECT_EQ(row.at("patient_status"), json::value("A"));
        EXPECT_FALSE(row.as_object().contains("date_of_death"));
    }
    std::set<std::string> statuses;
    for (const auto& row : crawl("/api/patients?show_inactive=true")) {
        statuses.insert(std::string{row.at("patient_status").as_string()});
        EXPECT_TRUE(row.as_object().contains("date_of_death"));
    }
    EXPECT_EQ(statuses, (std::set<std::string>{"A", "I", "D"}));
}

TEST_F(SimulatedList, HidesArchivedAppointmentsUnlessAsked) {
    const auto id = first("appointments");
    const auto listed = [&](std::string_view more) {
        for (const auto& row : crawl(fmt::format("/api/appointments?since=2020-01-01{}", more)))
            if (row.at("id") == json::value(id)) return true;
        return false;
    };
    ASSERT_TRUE(listed(""));
    ASSERT_TRUE(simulator().remove("appointments", id));
    EXPECT_FALSE(listed(""));
    EXPECT_TRUE(listed("&show_archived=true"));
    EXPECT_EQ(get("/api/appointments/" + id).status, 404);
    EXPECT_EQ(get("/api/appointments/" + id + "?show_archived=true").status, 404);
    simulator().switches().archived_items_found = true;
    EXPECT_EQ(get("/api/appointments/" + id + "?show_archived=true").status, 200);
    EXPECT_EQ(simulator().item("appointments", id, false)->at("deleted_flag"), json::value(true));
}

TEST_F(SimulatedList, DemandsTheFiltersThatAreRequired) {
    EXPECT_EQ(get("/api/appointments").status, 400);
    EXPECT_EQ(get("/api/appointments?doctor=100001").status, 400);
    EXPECT_EQ(get("/api/appointments?date=2026-10-06").status, 200);
    EXPECT_EQ(get("/api/clinical_notes").status, 400);
    EXPECT_EQ(get("/api/insurances").status, 400);
    EXPECT_EQ(get("/api/insurances?payer_type=other").status, 400);
    EXPECT_EQ(get("/api/insurances?payer_type=emdeon").status, 200);
}

TEST_F(SimulatedList, RefusesASinceWithAZone) {
    for (const auto* since : {"2026-10-01T00:00:00Z", "2026-10-01T00:00:00%2B00:00", "yesterday", "2026-13-01", ""}) {
        const auto answer = get(fmt::format("/api/patients?since={}", since));
        EXPECT_EQ(answer.status, 400) << since;
        EXPECT_TRUE(json::parse(answer.body).as_object().contains("since"));
    }
    EXPECT_EQ(get("/api/patients?since=2026-10-01").status, 200);
    EXPECT_EQ(get("/api/patients?since=2026-10-01T12:00:00").status, 200);
}

TEST_F(SimulatedList, RefusesSinceWhereItIsNotDeclared) {
    for (const auto* resource : {"medications", "problems", "allergies", "doctors", "offices", "users"})
        EXPECT_EQ(get(fmt::format("/api/{}?since=2026-10-01", resource)).status, 400) << resource;
}

TEST_F(SimulatedList, TakesSinceAsAnInclusiveBound) {
    const auto id = first("patients");
    ASSERT_TRUE(simulator().change("patients", id, {{"city", "Testville"}}));
    EXPECT_EQ(results("/api/patients?show_inactive=true&since=2026-10-06T08:00:00").size(), 1U);
    EXPECT_EQ(results("/api/patients?show_inactive=true&since=2026-10-06T08:00:01").size(), 0U);
}

TEST_F(SimulatedList, FindsTheUneditedBySinceToo) {
    options.patients = 500;
    const auto check = [&](std::string_view resource, std::string_view since) {
        const auto limit = std::string{since};
        std::set<std::string> expected;
        for (const auto& id : simulator().ids(resource)) {
            const auto item = *simulator().item(resource, id, true);
            if (std::string{item.at("updated_at").as_string()} >= limit) expected.insert(id);
        }
        std::set<std::string> found;
        for (const auto& row :
             crawl(fmt::format("/api/{}?since={}&show_inactive=1&show_archived=1", resource, since))) {
            const auto& id = row.at("id");
            found.insert(id.is_string() ? std::string{id.get_string()} : std::to_string(id.as_int64()));
        }
        EXPECT_EQ(found, expected) << resource;
        EXPECT_GT(found.size(), 0U) << resource;
        EXPECT_LT(found.size(), simulator().count(resource)) << resource;
    };
    check("patients", "2025-06-01T00:00:00");
    check("appointments", "2026-08-01T00:00:00");
    check("line_items", "2026-08-01T00:00:00");
}

TEST_F(SimulatedList, OrdersAppointmentsByTheirScheduledTime) {
    const auto last = simulator().ids("appointments").back();
    ASSERT_TRUE(simulator().change("appointments", last, {{"scheduled_time", "2024-01-01T08:00:00"}}));
    ASSERT_TRUE(simulator().create("appointments", {{"scheduled_time", "2025-11-11T11:11:00"}}));
    std::vector<std::string> times;
    for (const auto& row : crawl("/api/appointments?since=2020-01-01&page_size=9"))
        times.emplace_back(row.at("scheduled_time").as_string());
    EXPECT_TRUE(std::ranges::is_sorted(times));
    EXPECT_EQ(times.front(), "2024-01-01T08:00:00");
    EXPECT_NE(std::ranges::find(times, "2025-11-11T11:11:00"), times.end());
}

TEST_F(SimulatedList, FiltersAppointmentsByDateAndRange) {
    ASSERT_TRUE(
        simulator().create("appointments", {{"patient", 60'000'003}, {"scheduled_time", "2026-10-17T23:59:59"}}));
    EXPECT_EQ(results("/api/appointments?date=2026-10-17").size(), 1U);
    EXPECT_EQ(results("/api/appointments?date_range=2026-10-17/2026-10-17").size(), 1U);
    EXPECT_EQ(results("/api/appointments?date_range=2026-10-17/2026-10-18&patient=60000003").size(), 1U);
    EXPECT_EQ(results("/api/appointments?date_range=2026-10-17/2026-10-18&patient=60000004").size(), 0U);
    EXPECT_EQ(get("/api/appointments?date_range=2026-10-17").status, 400);
    for (const auto& row : crawl("/api/appointments?occurred_since=2026-10-17"))
        EXPECT_GE(row.at("scheduled_time").as_string(), "2026-10-17");
}

TEST_F(SimulatedList, AnswersAWideRangeWithNothing) {
    EXPECT_GT(results("/api/appointments?date_range=2026-04-20/2026-10-20").size(), 0U);
    EXPECT_EQ(results("/api/appointments?date_range=2026-01-01/2026-10-20").size(), 0U);
    EXPECT_EQ(results("/api/appointments?date_range=2026-01-01/2026-10-06").size(), 0U) << "ends today";
    EXPECT_EQ(results("/api/appointments?date_range=2026-01-01/2026-10-05").size(), 0U) << "ends yesterday";
    EXPECT_GT(results("/api/appointments?date_range=2026-01-01/2026-10-04").size(), 0U) << "wholly past";
    simulator().switches().wide_range_is_empty = false;
    EXPECT_GT(results("/api/appointments?date_range=2026-01-01/2026-10-20").size(), 0U);
}

TEST_F(SimulatedList, MatchesNamesByPrefixWithoutCase) {
    ASSERT_TRUE(simulator().create("patients", {{"last_name", "Quuxington"}, {"patient_status", "A"}}));
    EXPECT_EQ(results("/api/patients?last_name=qUUx").size(), 1U);
    EXPECT_EQ(results("/api/patients?last_name=uux").size(), 0U);
}

TEST_F(SimulatedList, FiltersChartsByPatient) {
    for (const auto* resource : {"medications", "problems", "allergies", "line_items"}) {
        std::size_t total = 0;
        for (const auto& id : simulator().ids("patients")) {
            for (const auto& row : crawl(fmt::format("/api/{}?patient={}", resource, id)))
                EXPECT_EQ(row.at("patient").as_int64(), std::stoll(id));
            total += crawl(fmt::format("/api/{}?patient={}", resource, id)).size();
        }
        EXPECT_EQ(total, simulator().count(resource)) << resource;
    }
}

TEST_F(SimulatedList, KeysClinicalNotesByAppointment) {
    const auto rows = crawl("/api/clinical_notes?since=2020-01-01");
    EXPECT_EQ(rows.size(), simulator().count("clinical_notes"));
    const auto& note = rows[0].as_object();
    EXPECT_FALSE(note.contains("id"));
    EXPECT_FALSE(note.contains("locked"));
    EXPECT_FALSE(note.contains("updated_at"));
    EXPECT_FALSE(note.contains("_locked"));
    const auto visit = std::string{note.at("appointment").as_string()};
    EXPECT_EQ(json_of("/api/clinical_notes/" + visit).at("patient"), note.at("patient"));
    simulator().switches().note_id = NoteId::appointment;
    EXPECT_EQ(json_of("/api/clinical_notes/" + visit).at("id"), json::value(std::stoll(visit)));
}

TEST_F(SimulatedList, LeavesOutVirtualAppointmentsOnDemand) {
    options.patients = 400;
    options.per_patient.virtual_visits = 0.3;
    const auto is_number = [](const json::value& row) {
        return row.at("id").as_string().find('_') == json::string::npos;
    };
    const auto all = crawl("/api/appointments?occurred_since=2026-10-06");
    const auto real_ones = crawl("/api/appointments?occurred_since=2026-10-06&ignore_virtual=true");
    EXPECT_LT(real_ones.size(), all.size());
    EXPECT_TRUE(std::ranges::all_of(real_ones, is_number));
    const auto odd = std::ranges::find_if_not(all, is_number);
    ASSERT_NE(odd, all.end());
    EXPECT_EQ(get("/api/appointments/" + std::string{odd->at("id").as_string()}).status, 200);
}

TEST_F(SimulatedList, SelectsFieldsOfAppointments) {
    const auto row = results("/api/appointments?since=2020-01-01&fields=id,status")[0].as_object();
    EXPECT_EQ(row.size(), 2U);
}

TEST_F(SimulatedList, KeepsTombstonesOfLineItems) {
    const auto id = first("line_items");
    const auto visit = simulator().item("line_items", id, false)->at("appointment");
    ASSERT_TRUE(simulator().remove("line_items", id));
    EXPECT_EQ(get("/api/line_items/" + id).status, 404);
    const auto rows = results("/api/line_item_deletions?since=2026-10-06T08:00:00");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].at("billing_line_item_id"), json::value(std::stoll(id)));
    EXPECT_EQ(rows[0].at("appointment_id"), visit);
    EXPECT_EQ(results("/api/line_item_deletions?since=2026-10-06T08:00:01").size(), 0U);
    EXPECT_EQ(results(fmt::format("/api/line_item_deletions?appointment_id={}", visit.as_int64())).size(), 1U);
}

TEST_F(SimulatedList, RedirectsToTheOwnUser) {
    const auto answer = get("/api/users/current");
    EXPECT_EQ(answer.status, 302);
    EXPECT_EQ(answer.headers.get("Location"), "http://drchrono.test/api/users/120001");
    const auto user = json_of("/api/users/120001");
    EXPECT_EQ(user.at("practice_group"), json::value(4242));
    EXPECT_EQ(user.at("id"), json::value(120'001));
    simulator().switches().user_ids_as_text = true;
    EXPECT_EQ(json_of("/api/users/120001").at("id"), json::value("120001"));
}

TEST_F(SimulatedList, OnlyReads) {
    for (const auto* method : {"POST", "PUT", "PATCH", "DELETE"}) {
        EXPECT_EQ(ask(method, "/api/patients/" + first("patients")).status, 405);
        EXPECT_EQ(ask(method, "/api/patients").status, 405);
    }
    EXPECT_EQ(get("/api/unicorns").status, 404);
    EXPECT_EQ(get("/api/patients/1").status, 404);
    EXPECT_EQ(get("/").status, 404);
}

TEST_F(SimulatedList, ListsPayersByDirectory) {
    const auto rows = crawl("/api/insurances?payer_type=gateway");
    EXPECT_EQ(rows.size(), 200U);
    const auto id = std::string{rows[5].at("payer_id").as_string()};
    EXPECT_EQ(json_of("/api/insurances/" + id + "?payer_type=gateway").at("payer_name"), rows[5].at("payer_name"));
    EXPECT_EQ(results("/api/insurances?payer_type=gateway&term=payer%20199").size(), 1U);
}

}  // namespace
}  // namespace dcs::simulator
