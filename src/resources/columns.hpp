#pragma once
// Columns: which member of DrChrono's JSON fills which column of each resource, and which members come only at times.
//
// Place      read by resources.cpp alone, whose rows they belong to.
// Source     fact sheet section 8.

#include "resources/resource.hpp"

#include <array>

namespace dcs::columns {

using enum SqlType;

inline constexpr std::array doctor_columns{
    Column{"first_name", text},
    Column{"last_name", text},
    Column{"suffix", text},
    Column{"job_title", text},
    Column{"specialty", text},
    Column{"email", text},
    Column{"office_phone", text},
    Column{"npi_number", text, "npi_number", {"npi"}},
    Column{"timezone", text},
    Column{"practice_group", bigint},
    Column{"practice_group_name", text},
    Column{"is_account_suspended", boolean},
};
inline constexpr std::array<std::string_view, 1> doctor_volatile{"profile_picture"};

inline constexpr std::array office_columns{
    Column{"doctor_id", bigint, "doctor"},
    Column{"name", text},
    Column{"address", text},
    Column{"city", text},
    Column{"state", text},
    Column{"zip_code", text},
    Column{"country", text},
    Column{"phone_number", text},
    Column{"fax_number", text},
    Column{"exam_rooms", json},
    Column{"archived", boolean},
};
inline constexpr std::array<std::string_view, 1> office_verbose{"online_timeslots"};

inline constexpr std::array patient_address{
    Column::Part{"address", "address"},
    Column::Part{"city", "city"},
    Column::Part{"state", "state"},
    Column::Part{"zip_code", "zip_code"},
};
inline constexpr std::array patient_emergency_contact{
    Column::Part{"name", "emergency_contact_name"},
    Column::Part{"phone", "emergency_contact_phone"},
    Column::Part{"relation", "emergency_contact_relation"},
};
inline constexpr std::array patient_columns{
    Column{"doctor_id", bigint, "doctor"},
    Column{"chart_id", text},
    Column{"first_name", text},
    Column{"middle_name", text},
    Column{"last_name", text},
    Column{"date_of_birth", date},
    Column{"gender", text},
    Column{"email", text},
    Column{"phone", text, "cell_phone", {"home_phone"}},
    Column{.name = "address", .type = json, .parts = patient_address},
    Column{.name = "emergency_contact", .type = json, .parts = patient_emergency_contact},
    Column{"primary_insurance", json},
    Column{"secondary_insurance", json},
    Column{"referring_source", text},
    Column{"patient_status", text},
};
inline constexpr std::array<std::string_view, 9> patient_verbose{
    "primary_insurance",       "secondary_insurance",    "tertiary_insurance",
    "auto_accident_insurance", "workers_comp_insurance", "custom_demographics",
    "patient_flags",           "patient_flags_attached", "referring_doctor",
};
// date_of_death comes only when show_inactive is passed (fact sheet 8).
inline constexpr std::array<std::string_view, 1> patient_conditional{"date_of_death"};
inline constexpr std::array<std::string_view, 7> patient_volatile{
    "patient_photo",
    "primary_insurance.photo_front",
    "primary_insurance.photo_back",
    "secondary_insurance.photo_front",
    "secondary_insurance.photo_back",
    "tertiary_insurance.photo_front",
    "tertiary_insurance.photo_back",
};

inline constexpr Derived patient_of{
    .column = "patient_id",
    .type = "uuid",
    .parent = "patients",
    .parent_key = "drchrono_id",
    .child_key = "drchrono_patient_id",
    .value = "p.id",
};
inline constexpr Derived appointment_of{
    .column = "appointment_id",
    .type = "uuid",
    .parent = "appointments",
    .parent_key = "drchrono_id",
    .child_key = "drchrono_appt_id",
    .value = "p.id",
};

inline constexpr std::array appointment_columns{
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"doctor_id", bigint, "doctor"},
    Column{"office_id", bigint, "office"},
    Column{"exam_room", integer},
    Column{"scheduled_time", wall_clock},
    Column{"duration", integer},
    Column{"status", text},
    Column{"reason", text},
    Column{"icd10_codes", text_array},
};
inline constexpr std::array appointment_derived{
    patient_of,
    // scheduled_time is the wall clock of the doctor's practice (fact sheet 7).
    Derived{.column = "scheduled_at",
            .type = "timestamptz",
            .parent = "doctors",
            .parent_key = "drchrono_id",
            .child_key = "doctor_id",
            .value = "wall_clock(c.scheduled_time, p.timezone, :zone)",
            .without = "wall_clock(c.scheduled_time, null, :zone)",
            .watches = "timezone",
            .announced = false},
};
inline constexpr std::array<std::string_view, 7> appointment_verbose{
    "clinical_note", "custom_fields",      "custom_vitals", "extended_updated_at",
    "reminders",     "status_transitions", "vitals",
};
// recurrence_instance_key comes only where a feature flag is on (fact sheet 8).
inline constexpr std::array<std::string_view, 1> appointment_conditional{"recurrence_instance_key"};
inline constexpr std::array<std::string_view, 1> appointment_volatile{"clinical_note.pdf"};

inline constexpr std::array note_columns{
    Column{"drchrono_id", bigint, "id"},
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"locked", boolean},
    Column{"sections", json, "clinical_note_sections"},
};
inline constexpr std::array note_derived{
    patient_of,
    appointment_of,
    // A note has no date of its own: it is its appointment's day (gridhook fact sheet 5).
    Derived{.column = "note_date",
            .type = "date",
            .parent = "appointments",
            .parent_key = "drchrono_id",
            .child_key = "drchrono_appt_id",
            .value = "wall_date(p.scheduled_time)",
            .watches = "scheduled_time"},
};
// A note's own object says nothing of these; its appointment and its events do.
inline constexpr std::array<std::string_view, 4> note_conditional{"id", "locked", "updated_at",
                                                                  "clinical_note_sections"};
inline constexpr std::array<std::string_view, 2> note_item{"patient", "clinical_note_sections"};

inline constexpr std::array of_patient{patient_of};
inline constexpr std::array of_patient_and_appointment{patient_of, appointment_of};

inline constexpr std::array medication_columns{
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"drchrono_appt_id", id, "appointment"},
    Column{"doctor_id", bigint, "doctor"},
    Column{"name", text},
    Column{"status", text},
    Column{"order_status", text},
    Column{"rxnorm", text},
    Column{"ndc", text},
    Column{"indication", text},
    Column{"route", text},
    Column{"frequency", text},
    Column{"dosage_quantity", text},
    Column{"dosage_units", text, "dosage_units", {"dosage_unit"}},
    Column{"dispense_quantity", numeric},
    Column{"number_refills", integer},
    Column{"daw", boolean},
    Column{"prn", boolean},
    Column{"date_prescribed", date},
    Column{"date_started_taking", date},
    Column{"date_stopped_taking", date},
    Column{"notes", text},
    Column{"pharmacy_note", text},
    Column{"signature_note", text},
};

inline constexpr std::array problem_columns{
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"drchrono_appt_id", id, "appointment"},
    Column{"doctor_id", bigint, "doctor"},
    Column{"name", text},
    Column{"description", text},
    Column{"status", text},
    Column{"verification_status", text},
    Column{"category", text},
    Column{"problem_type", text},
    Column{"icd_code", text},
    Column{"icd_version", text},
    Column{"snomed_ct_code", text},
    Column{"date_diagnosis", date},
    Column{"date_onset", date},
    Column{"date_changed", date},
    Column{"abatement_date", date},
    Column{"info_url", text},
    Column{"notes", text},
};

inline constexpr std::array allergy_columns{
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"doctor_id", bigint, "doctor"},
    Column{"description", text},
    Column{"reaction", text},
    Column{"status", text},
    Column{"verification_status", text},
    Column{"rxnorm", text},
    Column{"snomed_code", text},
    Column{"snomed_reaction", text},
    Column{"notes", text},
};
inline constexpr std::array<std::string_view, 1> allergy_verbose{"description"};

inline constexpr std::array line_item_columns{
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"drchrono_appt_id", id, "appointment"},
    Column{"doctor_id", bigint, "doctor"},
    Column{"code", text},
    Column{"procedure_type", text},
    Column{"description", text},
    Column{"modifiers", json},
    Column{"diagnosis_pointers", json},
    Column{"quantity", numeric},
    Column{"units", text},
    Column{"price", numeric},
    Column{"billed", numeric},
    Column{"allowed", numeric},
    Column{"adjustment", numeric},
    Column{"expected_reimbursement", numeric},
    Column{"ins1_paid", numeric},
    Column{"ins2_paid", numeric},
    Column{"ins3_paid", numeric},
    Column{"ins_total", numeric},
    Column{"pt_paid", numeric},
    Column{"paid_total", numeric},
    Column{"balance_ins", numeric},
    Column{"balance_pt", numeric},
    Column{"balance_total", numeric},
    Column{"billing_status", text},
    Column{"insurance_status", text},
    Column{"denied_flag", boolean},
    Column{"service_date", date},
    Column{"posted_date", date},
};
inline constexpr std::array<std::string_view, 1> line_item_verbose{"description"};

// The objects of auto accidents and workers' compensation name their members otherwise: the columns take those that
// mean the same, and drchrono_raw keeps them all. A social security number gets no column.
inline constexpr std::array insurance_columns{
    Column{"drchrono_patient_id", bigint, "patient"},
    Column{"rank", text},
    Column{"insurance_company", text, "insurance_company", {"auto_accident_company", "workers_comp_company"}},
    Column{"insurance_payer_id", text, "insurance_payer_id", {"auto_accident_payer_id", "workers_comp_payer_id"}},
    Column{"insurance_plan_name", text},
    Column{"insurance_plan_type", text},
    Column{"insurance_id_number", text},
    Column{"insurance_group_number", text, "insurance_group_number", {"workers_comp_group_number"}},
    Column{"insurance_group_name", text, "insurance_group_name", {"workers_comp_group_name"}},
    Column{"insurance_claim_office_number", text},
    Column{
        "is_subscriber_the_patient", boolean, "is_subscriber_the_patient", {"auto_accident_is_subscriber_the_patient"}},
    Column{"patient_relationship_to_subscriber",
           text,
           "patient_relationship_to_subscriber",
           {"auto_accident_patient_relationship_to_subscriber"}},
    Column{"subscriber_first_name", text, "subscriber_first_name", {"auto_accident_subscriber_first_name"}},
    Column{"subscriber_middle_name", text, "subscriber_middle_name", {"auto_accident_subscriber_middle_name"}},
    Column{"subscriber_last_name", text, "subscriber_last_name", {"auto_accident_subscriber_last_name"}},
    Column{"subscriber_suffix", text, "subscriber_suffix", {"auto_accident_subscriber_suffix"}},
    Column{"subscriber_date_of_birth", date, "subscriber_date_of_birth", {"auto_accident_subscriber_date_of_birth"}},
    Column{"subscriber_gender", text},
    Column{"subscriber_address", text, "subscriber_address", {"auto_accident_subscriber_address"}},
    Column{"subscriber_city", text, "subscriber_city", {"auto_accident_subscriber_city"}},
    Column{"subscriber_state", text, "subscriber_state", {"auto_accident_subscriber_state"}},
    Column{"subscriber_zip_code", text, "subscriber_zip_code", {"auto_accident_subscriber_zip_code"}},
    Column{"subscriber_country", text},
};
inline constexpr std::array<std::string_view, 2> insurance_volatile{"photo_front", "photo_back"};

}  // namespace dcs::columns
