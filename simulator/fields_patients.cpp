// The fields of a patient, coverage objects included.
#include "simulator/fields.hpp"

#include <fmt/format.h>

namespace dcs::simulator {
namespace {

std::string_view first_name(const Subject& s) {
    return s.one_of({"Test", "Sample", "Demo", "Mock", "Trial", "Example", "Pilot", "Draft", "Proof", "Model", "Dummy",
                     "Specimen"});
}

std::string last_name(const World& world, Index patient) {
    const Subject s{world, Kind::patients, patient, salt_of("last_name")};
    return fmt::format(
        "{}{}", s.one_of({"Alpha",   "Bravo", "Charlie", "Delta",  "Echo",     "Foxtrot", "Golf",   "Hotel",  "India",
                          "Juliett", "Kilo",  "Lima",    "Mike",   "November", "Oscar",   "Papa",   "Quebec", "Romeo",
                          "Sierra",  "Tango", "Uniform", "Victor", "Whiskey",  "Xray",    "Yankee", "Zulu"}),
        patient % 1000);
}

std::string_view status_of(const World& world, Index patient) {
    if (patient >= world.count(Kind::patients)) return "A";
    const auto share = share_of(world.draw(Kind::patients, patient, salt_of("patient_status")));
    return share < 0.94 ? "A" : share < 0.99 ? "I" : "D";
}

json::value phone(const Subject& s) { return text(fmt::format("(555) 555-01{:02}", s.below(100))); }
json::value phone_of_some(const Subject& s) { return s.chance(0.3, 1) ? phone(s) : text(""); }
json::value state(const Subject& s) { return text(s.one_of({"CA", "NY", "TX", "AZ", "CO", "IL"})); }

json::value birth_date(const Subject& s) {
    return text(date_text(s.world.anchor() - std::chrono::days{365 + s.below(365 * 88)}));
}

json::value visit_date(const Subject& s, bool last) {
    const auto visits = s.world.of_patient(Kind::appointments, s.index);
    if (visits.empty()) return nullptr;
    return text(date_text(s.world.scheduled(last ? visits.back() : visits.front())));
}

json::value auto_accident(const Subject& s) {
    json::object accident;
    for (const auto name : {"case_number",
                            "claim_rep_address",
                            "claim_rep_city",
                            "claim_rep_name",
                            "claim_rep_state",
                            "claim_rep_zip",
                            "company",
                            "date_of_accident",
                            "disabled_from_date",
                            "disabled_to_date",
                            "notes",
                            "patient_relationship_to_subscriber",
                            "payer_address",
                            "payer_city",
                            "payer_id",
                            "payer_state",
                            "payer_zip",
                            "policy_number",
                            "return_to_work_date",
                            "significant_injury",
                            "significant_injury_notes",
                            "similar_condition_date",
                            "similar_condition_notes",
                            "state_of_occurrence",
                            "subscriber_address",
                            "subscriber_city",
                            "subscriber_date_of_birth",
                            "subscriber_first_name",
                            "subscriber_last_name",
                            "subscriber_middle_name",
                            "subscriber_phone_number",
                            "subscriber_social_security",
                            "subscriber_state",
                            "subscriber_suffix",
                            "subscriber_zip_code",
                            "treatment_duration",
                            "will_require_therapy_rec"})
        accident[fmt::format("auto_accident_{}", name)] = "";
    for (const auto name :
         {"claim_rep_is_insurer", "had_similar_condition", "still_under_care", "will_require_therapy"})
        accident[fmt::format("auto_accident_{}", name)] = false;
    accident["auto_accident_is_subscriber_the_patient"] = true;
    if (s.chance(0.02)) {
        accident["auto_accident_case_number"] = fmt::format("AA-{:06}", s.index % 1'000'000);
        accident["auto_accident_company"] = "Sample Auto Insurance";
        accident["auto_accident_policy_number"] = fmt::format("POL{:07}", s.below(10'000'000));
        accident["auto_accident_significant_injury"] = "NO";
    }
    return accident;
}

json::value workers_comp(const Subject& s) {
    json::object claim{{"property_and_casualty_agency_claim_number", ""}};
    for (const auto name : {"carrier_code", "case_number", "company", "date_of_accident", "group_name", "group_number",
                            "notes", "payer_address", "payer_city", "payer_id", "payer_state", "payer_zip",
                            "state_of_occurrence", "wcb", "wcb_rating_code"})
        claim[fmt::format("workers_comp_{}", name)] = "";
    if (s.chance(0.02)) {
        claim["workers_comp_case_number"] = fmt::format("WC-{:06}", s.index % 1'000'000);
        claim["workers_comp_company"] = "Sample Workers Fund";
    }
    return claim;
}

json::value referring_doctor(const Subject& s) {
    json::object doctor;
    for (const auto name : {"first_name", "middle_name", "last_name", "suffix", "npi", "email", "phone", "fax",
                            "address", "specialty", "provider_number", "provider_qualifier"})
        doctor[name] = "";
    if (s.chance(0.2)) {
        doctor["first_name"] = "Referring";
        doctor["last_name"] = fmt::format("Sample{}", s.below(20));
        doctor["npi"] = fmt::format("10000010{:02}", s.below(20));
    }
    return doctor;
}

json::value flags_attached(const Subject& s) {
    if (!s.chance(0.05)) return json::array{};
    const auto made = s.stamp(s.world.created(Kind::patients, s.index));
    return json::array{json::object{{"id", 5'000'001 + static_cast<std::int64_t>(s.index)},
                                    {"flag_type", 501},
                                    {"flag_text", "Sample flag"},
                                    {"archived", false},
                                    {"created_at", made},
                                    {"updated_at", made}}};
}

json::value flag_types(const Subject& s) {
    const auto made = s.stamp(s.world.created(Kind::patients, 0));
    return json::array{json::object{{"id", 501},
                                    {"name", "Sample flag type"},
                                    {"color", "#AABBCC"},
                                    {"doctor", World::first_id(Kind::doctors)},
                                    {"priority", 1},
                                    {"archived", false},
                                    {"created_at", made},
                                    {"updated_at", made}}};
}

constexpr std::array table{
    Field{"id", Wire::integer, own_id},
    Field{"chart_id", Wire::text,
          [](const Subject& s) {
              auto letters = last_name(s.world, s.index).substr(0, 4);
              for (auto& c : letters) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
              for (auto& c : letters) c = c >= 'A' ? c : 'X';
              return text(fmt::format("{:X<4}{:06}", letters, s.index % 1'000'000));
          }},
    Field{"first_name", Wire::text, [](const Subject& s) { return text(first_name(s)); }},
    Field{"middle_name", Wire::text, [](const Subject& s) { return text(s.one_of({"", "", "", "Q", "X"})); }},
    Field{"last_name", Wire::text, [](const Subject& s) { return text(last_name(s.world, s.index)); }},
    blank("nick_name"),
    Field{"date_of_birth", Wire::date, birth_date},
    Field{"date_of_death", Wire::date,
          [](const Subject& s) {
              if (status_of(s.world, s.index) != "D") return json::value(nullptr);
              return text(date_text(s.world.anchor() - std::chrono::days{1 + s.below(300)}));
          },
          false, true},
    Field{"gender", Wire::text,
          [](const Subject& s) { return text(s.one_of({"Male", "Female", "Male", "Female", "Other", "UNK", ""})); }},
    blank("gender_identity_code"),
    blank("gender_identity_description"),
    blank("pronouns"),
    Field{"social_security_number", Wire::text,
          [](const Subject& s) { return text(s.chance(0.5) ? fmt::format("000-00-{:04}", s.below(10'000, 1)) : ""); }},
    Field{"race", Wire::text,
          [](const Subject& s) { return text(s.one_of({"blank", "white", "black", "asian", "other", "declined"})); }},
    empty_list("race_subcategories"),
    Field{"ethnicity", Wire::text,
          [](const Subject& s) { return text(s.one_of({"blank", "hispanic", "not_hispanic", "declined"})); }},
    Field{"preferred_language", Wire::text,
          [](const Subject& s) { return text(s.one_of({"blank", "eng", "eng", "spa", "zho"})); }},
    blank("preferred_language_code"),
    blank("preferred_language_description"),
    Field{"patient_status", Wire::text, [](const Subject& s) { return text(status_of(s.world, s.index)); }},
    Field{"email", Wire::text,
          [](const Subject& s) { return text(s.chance(0.8) ? fmt::format("patient{}@example.com", s.index) : ""); }},
    Field{"cell_phone", Wire::text, phone},
    Field{"home_phone", Wire::text, phone_of_some},
    Field{"office_phone", Wire::text, phone_of_some},
    Field{"address", Wire::text,
          [](const Subject& s) { return text(fmt::format("{} Sample Street", 1 + s.below(999))); }},
    Field{"city", Wire::text, [](const Subject& s) { return text(s.one_of({"Testville", "Sampleton", "Demo City"})); }},
    Field{"state", Wire::text, state},
    Field{"zip_code", Wire::text, [](const Subject& s) { return text(fmt::format("00{:03}", s.below(1000))); }},
    Field{"emergency_contact_name", Wire::text,
          [](const Subject& s) {
              return text(s.chance(0.7) ? fmt::format("Contact {}", last_name(s.world, s.index)) : "");
          }},
    Field{"emergency_contact_phone", Wire::text, phone_of_some},
    Field{"emergency_contact_relation", Wire::text,
          [](const Subject& s) { return text(s.one_of({"", "Spouse", "Parent", "Friend"})); }},
    blank("responsible_party_name"),
    blank("responsible_party_email"),
    blank("responsible_party_phone"),
    blank("responsible_party_relation"),
    blank("employer"),
    blank("employer_address"),
    blank("employer_city"),
    blank("employer_state"),
    blank("employer_zip_code"),
    Field{"copay", Wire::money, [](const Subject& s) { return text(money(s.below(12) * 500)); }},
    blank("default_pharmacy"),
    empty_list("preferred_pharmacies"),
    Field{"disable_sms_messages", Wire::boolean, [](const Subject& s) { return json::value(s.chance(0.1)); }},
    blank("medication_history_consent"),
    Field{"patient_payment_profile", Wire::text,
          [](const Subject& s) { return text(s.one_of({"", "Cash", "Insurance", "Insurance"})); }},
    absent("patient_photo", Wire::text),
    absent("patient_photo_date", Wire::date),
    blank("primary_care_physician"),
    Field{"referring_source", Wire::text,
          [](const Subject& s) { return text(s.one_of({"", "", "Web search", "Sample referral"})); }},
    Field{"date_of_first_appointment", Wire::date, [](const Subject& s) { return visit_date(s, false); }},
    Field{"date_of_last_appointment", Wire::date, [](const Subject& s) { return visit_date(s, true); }},
    Field{"doctor", Wire::integer, doctor_id},
    Field{"offices", Wire::list,
          [](const Subject& s) {
              return json::value(json::array{World::id(Kind::offices, s.below(s.world.count(Kind::offices)))});
          }},
    Field{"created_at", Wire::timestamp, created_stamp},
    Field{"updated_at", Wire::timestamp, changed_stamp},
    verbose({"primary_insurance", Wire::object,
             [](const Subject& s) { return json::value(coverage(s.world, s.index, 0)); }}),
    verbose({"secondary_insurance", Wire::object,
             [](const Subject& s) { return json::value(coverage(s.world, s.index, 1)); }}),
    verbose({"tertiary_insurance", Wire::object,
             [](const Subject& s) { return json::value(coverage(s.world, s.index, 2)); }}),
    verbose({"auto_accident_insurance", Wire::object, auto_accident}),
    verbose({"workers_comp_insurance", Wire::object, workers_comp}),
    verbose({"referring_doctor", Wire::object, referring_doctor}),
    verbose(empty_list("custom_demographics")),
    verbose({"patient_flags", Wire::list, flag_types}),
    verbose({"patient_flags_attached", Wire::list, flags_attached}),
};

}  // namespace

json::object coverage(const World& world, Index patient, int rank) {
    json::object insurance;
    for (const auto name : {"insurance_company",
                            "insurance_payer_id",
                            "insurance_plan_name",
                            "insurance_plan_type",
                            "insurance_id_number",
                            "insurance_group_number",
                            "insurance_group_name",
                            "insurance_claim_office_number",
                            "patient_relationship_to_subscriber",
                            "subscriber_first_name",
                            "subscriber_middle_name",
                            "subscriber_last_name",
                            "subscriber_suffix",
                            "subscriber_date_of_birth",
                            "subscriber_gender",
                            "subscriber_social_security",
                            "subscriber_address",
                            "subscriber_city",
                            "subscriber_state",
                            "subscriber_zip_code",
                            "subscriber_country",
                            "photo_front",
                            "photo_back"})
        insurance[name] = "";
    insurance["is_subscriber_the_patient"] = true;
    const Subject s{world, Kind::patients, patient, salt_of("coverage")};
    constexpr std::array shares{0.75, 0.15, 0.02};
    const auto turn = static_cast<std::uint64_t>(rank) * 10;
    if (!s.chance(shares[static_cast<std::size_t>(rank)], turn)) return insurance;
    const auto payer = s.below(200, turn + 1);
    insurance["insurance_company"] = fmt::format("Sample Payer {}", payer);
    insurance["insurance_payer_id"] = fmt::format("{:05}", 10'000 + payer);
    insurance["insurance_plan_name"] = s.one_of({"Sample PPO", "Sample HMO", "Sample Choice"}, turn + 2);
    insurance["insurance_plan_type"] = s.one_of({"CI", "HM", "MB", "MC", "BL"}, turn + 3);
    insurance["insurance_id_number"] = fmt::format("TST{:09}", s.below(1'000'000'000, turn + 4));
    insurance["insurance_group_number"] = fmt::format("G{:05}", s.below(100'000, turn + 5));
    insurance["patient_relationship_to_subscriber"] = "";
    if (s.chance(0.2, turn + 6)) {
        insurance["is_subscriber_the_patient"] = false;
        insurance["patient_relationship_to_subscriber"] = "01";
        insurance["subscriber_first_name"] = "Subscriber";
        insurance["subscriber_last_name"] = last_name(world, patient);
        insurance["subscriber_date_of_birth"] =
            date_text(world.anchor() - std::chrono::days{12'000 + s.below(9'000, turn + 7)});
    }
    return insurance;
}

std::span<const Field> patient_fields() { return table; }

}  // namespace dcs::simulator
