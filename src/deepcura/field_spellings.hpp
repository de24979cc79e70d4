#pragma once
// FieldSpellings: under which names each field of a note is found. For fields.cpp.

#include "audit/patient_spellings.hpp"
#include "deepcura/fields.hpp"

#include <array>
#include <string_view>

namespace dcs::deepcura {

/// Normalised spellings, the best first. "a.b" is a member b of a; a '#' at the end: only where the value is a positive
/// integer or names a number, a '@': only where it is a time or a moment.
struct FieldSpellings {
    Field field;
    std::string_view spellings;
};
inline constexpr std::array field_spellings{
    FieldSpellings{Field::event_type, "eventtype event.type webhookevent eventname event triggertype"},
    FieldSpellings{Field::session_id, "sessionid session.id session.uuid sessionuuid sessionguid deepcurasessionid"},
    FieldSpellings{Field::appointment_id, audit::appointment_spellings},
    FieldSpellings{Field::patient_id, audit::patient_spellings},
    FieldSpellings{
        Field::doctor_id,
        "drchronodoctorid ehrdoctorid doctorid providerid clinicianid physicianid practitionerid doctor.id provider.id "
        "clinician.id physician.id practitioner.id doctor.drchronoid provider.drchronoid doctor.value provider.value "
        "appointment.doctorid appointment.providerid appointment.doctor.id appointment.provider.id appt.doctorid doctor# provider# appointment.doctor# appointment.provider# appt.doctor# drchronodoctor# "
        "ehrdoctor# drchronoproviderid ehrproviderid"},
    FieldSpellings{
        Field::session_date,
        "sessiondate session.date visitdate visit.date encounterdate encounter.date dateofservice dos servicedate "
        "appointmentdate appointment.date appointment.appointmentdate appointment.scheduleddate appointment.dateofservice "
        "appointment.visitdate appt.date scheduleddate fecha fechadelavisita fechadevisita fechadelasesion fechadesesion "
        "fechadelaconsulta fechadeconsulta fechadeservicio fechadeatencion"},
    FieldSpellings{Field::note_date, "notedate date"},
    FieldSpellings{
        Field::session_start,
        "sessionstart sessionstarttime sessionstartedat sessiondatetime sessiontimestamp sessionat session.start "
        "session.startedat session.starttime session.datetime encounterstart encounterdatetime visitstart "
        "visitdatetime appointmentstart appointmentdatetime appointment.scheduledtime appointment.scheduledat appointment.start "
        "appointment.startat appointment.startsat appointment.startdatetime appointment.datetime appointment.starttime scheduledtime scheduledat startedat starttime startdatetime datetime "
        "sessionbegin sessionbegintime sessionbeganat sessionstarted encounterstarttime encounterstartedat visitstarttime "
        "visitstartedat appointmentstarttime actualstart actualstarttime actualstartat startat startsat startson begintime beginat "
        "beginsat beganat started@ start@ begin@ began@ timein@ checkedinat@ period.start@"},
    FieldSpellings{
        Field::session_end,
        "sessionend sessionendtime sessionendedat sessionended session.end session.endedat session.endtime sessionfinish "
        "sessionfinishtime sessionfinishedat sessionstop sessionstoptime sessionstoppedat encounterend encounterendtime "
        "encounterendedat visitend visitendtime visitendedat actualend actualendtime actualendat endedat endtime enddatetime endat "
        "endsat finishedat finishtime finishat stoppedat stoptime ended@ end@ finish@ finished@ stop@ timeout@ period.end@"},
    FieldSpellings{Field::sent_at, "timestamp eventtimestamp completedat createdat generatedat sentat"},
    FieldSpellings{Field::session_time,
                   "sessiontime session.time visittime encountertime appointmenttime appointment.time time hora"},
    FieldSpellings{
        Field::duration_minutes,
        "durationminutes sessiondurationminutes durationinminutes durationmins durationmin sessionminutes totalminutes "
        "session.durationminutes lengthminutes lengthinminutes sessionlengthminutes"},
    FieldSpellings{
        Field::duration,
        "duration sessionduration session.duration sessionlength durationseconds durationinseconds durationsec "
        "durationsecs sessiondurationseconds durationms durationmillis durationmilliseconds"},
    FieldSpellings{
        Field::transcript,
        "transcript sessiontranscript fulltranscript transcripttext transcription rawtranscript conversation "
        "transcriptsegments utterances turns transcripcion transcripción"},
    FieldSpellings{Field::subjective,
                   "soapsubjective subjective soap.s soapnote.s subjectivesection subjectivenote subjetivo"},
    FieldSpellings{Field::objective,
                   "soapobjective objective soap.o soapnote.o objectivesection objectivenote objetivo"},
    FieldSpellings{
        Field::assessment,
        "soapassessment assessment soap.a soapnote.a assessmentsection assessmentnote evaluacion evaluación analisis análisis"},
    FieldSpellings{Field::plan, "soapplan plan soap.p soapnote.p plansection treatmentplan plannote plandetratamiento"},
    FieldSpellings{
        Field::assessment_and_plan,
        "soapassessmentandplan assessmentandplan assessmentplan soap.ap soapnote.ap assessmentandplansection"},
    FieldSpellings{Field::soap, "soap soapnote soapnotes soaptext soapnotetext"},
    FieldSpellings{
        Field::note,
        "note clinicalnote progressnote visitnote encounternote sessionnote notetext notecontent notebody notemarkdown "
        "fullnote generatednote ainote notes note.text note.content note.body note.note clinicalnote.text "
        "clinicalnote.content visitnote.content visitnote.text soap.text soap.content soap.note soapnote.text "
        "soapnote.content soapnote.note"},
    FieldSpellings{Field::any_text, "content text output result body"},
    FieldSpellings{Field::sections, "sections notesections soapsections clinicalnotesections visitnotesections"},
    FieldSpellings{
        Field::icd10_codes,
        "icd10codes icd10cmcodes icd10 icd10cm icdcodes icd icd10diagnoses diagnosiscodes dxcodes visitdiagnoses "
        "encounterdiagnoses diagnoses diagnosis diagnosislist dx suggestedicd10codes suggesteddiagnoses diagnosticos diagnósticos diagnostico diagnóstico"},
    FieldSpellings{
        Field::more_icd10_codes,
        "primaryicd10code primaryicd10 primarydiagnosis primarydiagnosiscode secondaryicd10codes secondarydiagnoses "
        "icd10code icdcode diagnosiscode"},
    FieldSpellings{
        Field::cpt_codes,
        "cptcodes cpt procedurecodes procedures billingcodes servicecodes suggestedcptcodes suggestedprocedures "
        "billing.codes"},
    FieldSpellings{
        Field::more_cpt_codes,
        "hcpcscodes hcpcs hcpcscode emcodes emcode evaluationandmanagementcode emlevel addoncodes addoncode cptcode "
        "procedurecode"},
    FieldSpellings{Field::codes, "codes medicalcodes clinicalcodes codings coding suggestedcodes"},
    FieldSpellings{
        Field::medication_mentions,
        "medicationmentions medicationsmentioned mentionedmedications medications medicationlist currentmedications "
        "meds prescriptions medication drugs rx medicamentos "
        "newmedications newmeds startedmedications startedmeds stoppedmedications stoppedmeds "
        "discontinuedmedications discontinuedmeds currentmeds activemedications activemeds pastmedications "
        "pastmeds previousmedications previousmeds priormedications priormeds formermedications formermeds "
        "homemedications homemeds changedmedications changedmeds increasedmedications increasedmeds "
        "decreasedmedications decreasedmeds addedmedications addedmeds heldmedications heldmeds "
        "continuedmedications continuedmeds prnmedications prnmeds otcmedications otcmeds inactivemedications "
        "inactivemeds medicationchanges medschanges medsstarted medsstopped medsdiscontinued medsadded "
        "psychiatricmedications psychotropicmedications psychmeds medicationsstarted medicationsstopped "
        "medicationsdiscontinued medicationsadded "
        "medicationschanged medicationscontinued medicationsheld medicationsprescribed prescribedmedications "
        "newprescriptions currentprescriptions activeprescriptions supplements"},
    FieldSpellings{Field::billing_summary,
                   "billingsummary billing billinginfo billinginformation billingdetails billingform"},
    FieldSpellings{
        Field::risk_assessment,
        "riskassessment risk risks riskscreening riskscreen riskevaluation safetyassessment suicideriskassessment"},
    FieldSpellings{
        Field::suicidal_ideation,
        "riskassessment.suicidalideation risk.suicidalideation suicidalideation suicidalideations suicideideation "
        "riskassessment.suicidal risk.suicidal riskassessment.suicidality risk.suicidality riskassessment.si "
        "risk.si suicidal suicidality si riskassessment.suicide suicidalthoughts riskassessment.suicidalthoughts "
        "hassuicidalideation suicidalideationpresent riskassessment.suicidalideationpresent sipresent sihi "
        "riskassessment.sihi suicidalhomicidalideation riskassessment.suicidalhomicidalideation suiciderisk "
        "riskassessment.suiciderisk suicide"},
    FieldSpellings{
        Field::homicidal_ideation,
        "riskassessment.homicidalideation risk.homicidalideation homicidalideation homicidalideations homicideideation "
        "riskassessment.homicidal risk.homicidal riskassessment.homicidality risk.homicidality riskassessment.hi "
        "risk.hi homicidal homicidality hi riskassessment.homicide homicidalthoughts riskassessment.homicidalthoughts "
        "hashomicidalideation homicidalideationpresent riskassessment.homicidalideationpresent hipresent sihi "
        "riskassessment.sihi suicidalhomicidalideation riskassessment.suicidalhomicidalideation"},
    FieldSpellings{
        Field::safety_plan_discussed,
        "riskassessment.safetyplandiscussed risk.safetyplandiscussed safetyplandiscussed riskassessment.safetyplan "
        "risk.safetyplan safetyplan safetyplanning safetyplanreviewed"},
};

}  // namespace dcs::deepcura
