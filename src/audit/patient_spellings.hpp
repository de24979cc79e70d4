#pragma once
// PatientSpellings: the names under which JSON that others wrote gives the number of a patient, or of an appointment.
//
// One table   what reads a note (deepcura/field_spellings.hpp) and what writes down whom a payload names (patients_named.hpp) take the
//             same names: nobody can be filed by a name that access_log does not know.
// Form        normalised: lower case, letters and digits alone; the best first. "a.b" is a member b of a; a '#' at the end: only
//             where the value is a positive integer or names a number.

#include <string_view>

namespace dcs::audit {

inline constexpr std::string_view patient_spellings =
    "drchronopatientid ehrpatientid patientid patient.id patient.drchronoid patient.patientid patient.drchronopatientid "
    "patient.value appointment.patientid appointment.drchronopatientid appointment.patient.id appt.patientid patient# "
    "appointment.patient# appt.patient# ptid patid drchronoptid drchronopatid ehrptid ehrpatid patientnumber# patientno# "
    "ptnumber# ptno# pt.id pt# drchronopatient# ehrpatient# patient.ptid pt.patientid appointment.ptid appt.ptid "
    "appointment.patid";

/// What no note is filed by, but names a patient to whoever reads it.
inline constexpr std::string_view further_patient_spellings =
    "mrn medicalrecordnumber clientid clientnumber client.id chartpatient chartpatientid patientidentifier patientmrn "
    "patient.number patient.no patient.mrn patient.identifier";

inline constexpr std::string_view appointment_spellings =
    "drchronoappointmentid drchronoapptid ehrappointmentid appointmentid apptid appointment.id "
    "appointment.drchronoid appt.id appointment.appointmentid appointment.drchronoappointmentid appointment.value "
    "appointment# appt# apptnumber# apptno# appointmentnumber# appointmentno# drchronoappointment# drchronoappt# "
    "ehrapptid ehrappointment#";

}  // namespace dcs::audit
