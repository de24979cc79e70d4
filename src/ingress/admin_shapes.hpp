#pragma once
// AdminShapes: what the API takes and gives, as data.
//
// Written    "name:type" apart by blanks; a type is a JSON type, a shape, an enumeration, or one of these with "[]" for a list;
//            "?" behind it: may be null; "!" behind the name: a body must hold it.

#include "admin/vocabulary.hpp"
#include "reconcile/checkpoint.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace dcs::ingress {

struct Shape {
    std::string_view name;
    std::string_view members;
};

/// A member that holds one of these words.
struct Enumeration {
    std::string_view name;
    std::vector<std::string_view> values;
};

inline std::vector<Enumeration> enumerations() {
    const auto list = [](const auto& all) { return std::vector<std::string_view>(all.begin(), all.end()); };
    return {{"Role", list(admin::words::roles)},
            {"SignIn", list(admin::words::ways_to_sign_in)},
            {"SyncState", list(admin::words::sync_states)},
            {"RunStatus", list(admin::words::run_statuses)},
            {"RunMode", list(admin::words::run_modes)},
            {"Phase", reconcile::phase_names()},
            {"DeliveryState", list(admin::words::delivery_states)},
            {"TimelineStep", list(admin::words::timeline_steps)},
            {"StepStatus", list(admin::words::step_statuses)},
            {"NoteState", list(admin::words::note_states)},
            {"LinkMethod", list(admin::words::link_methods)},
            {"DecisionKind", list(admin::words::decisions)},
            {"Operation", list(admin::words::operations)},
            {"Encoding", list(admin::words::encodings)}};
}

inline constexpr std::array shapes{
    Shape{"Session",
          "user:string roles:Role[] csrf:string via:SignIn idle_expires_at:string expires_at:string now:string "
          "time_zone:string version:string dev:boolean must_enroll:boolean "
          "emergency_ends_at:string?"},
    Shape{"OpenedEmergency", "id:string ends_at:string"},
    Shape{"Emergency", "id:string user:string reason:string opened_at:string ends_at:string closed_at:string? "
                       "patients:integer reviewed_at:string? reviewed_by:string? review:string?"},
    Shape{"SecondFactor", "enrolled:boolean required:boolean created_at:string? used_at:string? "
                          "recovery_codes_left:integer"},
    Shape{"OfferedSecondFactor", "key:string uri:string ticket:string"},
    Shape{"RecoveryCodes", "recovery_codes:string[]"},
    Shape{"Overview",
          "now:string in_sync:Verdict lag:Lag deliveries:Backlog resources:ResourceState[] running:Progress[] "
          "budget:object? not_permitted:NotPermitted[] outbox:object needs_a_person:object"},
    Shape{"NotPermitted", "resource:string since:string next_probe_at:string single_records_only:boolean"},
    Shape{"Verdict", "state:SyncState because:string[]"},
    Shape{"Lag", "now_seconds:number day:LagHour[]"},
    Shape{"LagHour", "at:string count:integer p50_seconds:number? p95_seconds:number? max_seconds:number?"},
    Shape{"Backlog", "pending:integer processing:integer waiting:integer dead:integer last_day:object"},
    Shape{"ResourceState", "resource:string endpoint:string running:boolean last_run:LastRun? complete_since:string? "
                           "next_at:string? spark:Spark[]"},
    Shape{"LastRun", "id:string status:RunStatus mode:RunMode started_at:string completed_at:string? total:integer "
                     "created:integer updated:integer unchanged:integer deleted:integer failed:integer "
                     "requests:integer? error:string?"},
    Shape{"Spark", "at:string status:RunStatus seconds:number? changed:integer failed:integer"},
    Shape{"Progress",
          "resource:string run_id:string mode:RunMode phase:Phase expected:integer? total:integer created:integer "
          "updated:integer unchanged:integer deleted:integer failed:integer requests:integer started_at:string "
          "updated_at:string"},
    Shape{"Patient", "id:string? drchrono_id:string name:string? date_of_birth:string?"},
    Shape{"Doctor", "drchrono_id:string name:string?"},
    Shape{"NoteRow", "id:string link_version:integer received_at:string age_seconds:integer session_date:string? "
                     "session_at:string? patient:Patient? doctor:Doctor? candidates:integer reasons:string[] "
                     "unlinkable_reason:string? clinical_note_id:string? link_method:LinkMethod? linked_at:string?"},
    Shape{"Note",
          "id:string link_version:integer received_at:string age_seconds:integer session_date:string? "
          "session_at:string? patient:Patient? doctor:Doctor? candidates:integer reasons:string[] "
          "unlinkable_reason:string? clinical_note_id:string? link_method:LinkMethod? linked_at:string? "
          "source:string reread_of:string? session_days:string[] "
          "drchrono_appt_id:string? session_id:string? event_type:string? duration_minutes:integer? soap:object "
          "note_text:string? transcript:string? icd10_codes:any cpt_codes:any medication_mentions:any "
          "billing_summary:any risk_assessment:any flags:string[] replaces_id:string? replaced_by_id:string? "
          "decisions:Decision[] linked_to:ClinicalNote? named_visit:ClinicalNote? candidates_list:Candidate[]"},
    Shape{"ClinicalNote",
          "id:string drchrono_appt_id:string note_date:string? locked:boolean? locked_at:string? "
          "deleted_at:string? patient:Patient? doctor:Doctor? scheduled_at:string? scheduled_time:string? "
          "appointment_status:string? appointment_reason:string? sections:any "
          "only_announced:boolean scribe_notes:integer"},
    Shape{"Reading", "id:string source:string bytes:integer complete:boolean members:object[] columns:object[] "
                     "flags:string[]"},
    Shape{
        "Candidate",
        "id:string drchrono_appt_id:string note_date:string? locked:boolean? locked_at:string? "
        "deleted_at:string? patient:Patient? doctor:Doctor? scheduled_at:string? scheduled_time:string? "
        "appointment_status:string? appointment_reason:string? sections:any only_announced:boolean scribe_notes:integer "
        "reasons_for:string[] reasons_against:string[]"},
    Shape{"Decision", "at:string actor:string what:DecisionKind clinical_note_id:string? reason:string?"},
    Shape{"Decided", "id:string link_version:integer undo:object"},
    Shape{"Delivery",
          "id:string source:string event:string object:string? state:DeliveryState reason:string? attempts:integer "
          "bytes:integer received_at:string finished_at:string? next_try_at:string? sender_id:string? "
          "retryable:boolean"},
    Shape{"DeliveryStory",
          "id:string source:string event:string object:string? state:DeliveryState reason:string? "
          "attempts:integer bytes:integer received_at:string finished_at:string? next_try_at:string? "
          "sender_id:string? retryable:boolean practice_group_id:string? request_id:string? sha256:string "
          "timeline:TimelineEntry[]"},
    Shape{"TimelineEntry",
          "at:string what:TimelineStep status:StepStatus? text:string? table:string? record_id:string?"},
    Shape{"Count", "matching:integer retryable:integer at_least:boolean"},
    Shape{"Bytes", "encoding:Encoding body:string bytes:integer"},
    Shape{"Payload", "encoding:Encoding body:string bytes:integer decrypted:string?"},
    Shape{"Retried", "retried:integer"},
    Shape{
        "Run",
        "id:string source:string type:string resource:string? status:RunStatus started_at:string completed_at:string? "
        "total:integer created:integer updated:integer unchanged:integer deleted:integer failed:integer "
        "error:string? details:object"},
    Shape{"RunProgress", "id:string source:string type:string resource:string? status:RunStatus started_at:string "
                         "completed_at:string? total:integer created:integer updated:integer unchanged:integer "
                         "deleted:integer failed:integer error:string? details:object progress:Progress?"},
    Shape{"Started", "started:boolean resource:string"},
    Shape{"Failure",
          "id:string resource:string drchrono_id:string? cause:string reason:string attempts:integer bytes:integer "
          "retryable:boolean first_seen_at:string last_seen_at:string resolved_at:string?"},
    Shape{"Queued", "queued:boolean"},
    Shape{"PatientRow", "id:string drchrono_id:string first_name:string? middle_name:string? last_name:string? "
                        "date_of_birth:string? gender:string? chart_id:string? deleted_at:string?"},
    Shape{"PatientPage", "id:string drchrono_id:string first_name:string? middle_name:string? last_name:string? "
                         "date_of_birth:string? gender:string? chart_id:string? deleted_at:string? counts:object"},
    Shape{"RecordRow", "table:string id:string drchrono_id:string? title:string? at:string? deleted_at:string? "
                       "synced_at:string?"},
    Shape{
        "Record",
        "table:string id:string at:string? existed:boolean deleted:boolean complete:boolean fields:object raw:string? "
        "raw_bytes:integer?"},
    Shape{"Change", "seq:string at:string table:string record_id:string operation:Operation actor:string cause:string "
                    "fields:ChangedField[]"},
    Shape{"ChangedField", "field:string old:any new:any"},
    Shape{"Access", "id:string at:string actor:string role:string? action:string table:string? record_id:string? "
                    "patient_id:string? drchrono_patient_id:string? reason:string? request_id:string? details:object"},
    Shape{"Users", "items:User[] last_review:AccessReview?"},
    Shape{"User", "name:string roles:Role[] email:string? disabled:boolean has_password:boolean second_factor:boolean "
                  "second_factor_used_at:string? sessions:integer last_used_at:string? created_at:string"},
    Shape{"AccessReview", "at:string by:string users:integer note:string"},
    Shape{"AccountingRow", "person:string roles:string[] drchrono_patient_id:string first:string last:string "
                           "times:integer actions:string[] addresses:string[]"},
};

/// A row of the API beside its route: parameters of its query, what its body holds, and what it answers.
struct Detail {
    std::string_view route;  // "GET /notes", below /admin/api
    std::string_view query;  // names apart by blanks
    std::string_view body;   // members as above
    int status;
    std::string_view answer;  // a shape; "Shape*": a page of them; "text/…": no JSON; empty: nothing
};

inline constexpr std::array details{
    Detail{"POST /session", "", "user!:string password!:string code:string", 200, "Session"},
    Detail{"GET /session", "", "", 200, "Session"},
    Detail{"DELETE /session", "", "", 204, ""},
    Detail{"GET /second-factor", "", "", 200, "SecondFactor"},
    Detail{"POST /second-factor/offer", "", "", 200, "OfferedSecondFactor"},
    Detail{"POST /second-factor", "", "ticket!:string code!:string", 201, "RecoveryCodes"},
    Detail{"POST /second-factor/remove", "", "password!:string code!:string", 204, ""},
    Detail{"GET /overview", "", "", 200, "Overview"},
    Detail{"GET /events", "", "", 200, "text/event-stream"},
    Detail{"GET /notes", "state patient after limit", "", 200, "NoteRow*"},
    Detail{"GET /notes/{id}", "", "", 200, "Note"},
    Detail{"GET /notes/{id}/reading", "", "", 200, "Reading"},
    Detail{"GET /notes/{id}/clinical-notes", "patient after limit", "", 200, "ClinicalNote*"},
    Detail{"POST /notes/{id}/link", "", "link_version!:integer clinical_note_id!:string reason:string", 200, "Decided"},
    Detail{"POST /notes/{id}/unlink", "", "link_version!:integer", 200, "Decided"},
    Detail{"POST /notes/{id}/unlinkable", "", "link_version!:integer reason!:string", 200, "Decided"},
    Detail{"POST /notes/{id}/hand-back", "", "link_version!:integer", 200, "Decided"},
    Detail{"GET /deliveries", "state source event object from to id after limit", "", 200, "Delivery*"},
    Detail{"GET /deliveries/count", "state source event object from to id", "", 200, "Count"},
    Detail{"POST /deliveries/retry", "", "filter!:object expect!:integer", 200, "Retried"},
    Detail{"GET /deliveries/{id}", "", "", 200, "DeliveryStory"},
    Detail{"POST /deliveries/{id}/payload", "", "reason!:string", 200, "Payload"},
    Detail{"POST /deliveries/{id}/retry", "", "", 200, "Retried"},
    Detail{"GET /runs", "resource status type after limit", "", 200, "Run*"},
    Detail{"POST /runs", "", "resource!:string mode!:string since:string", 202, "Started"},
    Detail{"GET /runs/{id}", "", "", 200, "RunProgress"},
    Detail{"GET /failures", "resource resolved after limit", "", 200, "Failure*"},
    Detail{"POST /failures/{id}/raw", "", "reason!:string", 200, "Bytes"},
    Detail{"POST /failures/{id}/retry", "", "", 202, "Queued"},
    Detail{"GET /patients", "q after limit", "", 200, "PatientRow*"},
    Detail{"POST /patients/search", "", "q!:string after:string limit:integer", 200, "PatientRow*"},
    Detail{"GET /patients/{id}", "", "", 200, "PatientPage"},
    Detail{"GET /patients/{id}/records", "table after limit", "", 200, "RecordRow*"},
    Detail{"GET /patients/{id}/changes", "table after limit", "", 200, "Change*"},
    Detail{"GET /records/{table}/{id}", "at", "", 200, "Record"},
    Detail{"POST /records/{table}/{id}/reveal", "", "reason!:string at:string", 200, "Record"},
    Detail{"GET /records/{table}/{id}/changes", "after limit", "", 200, "Change*"},
    Detail{"GET /audit", "actor action patient from to after limit", "", 200, "Access*"},
    Detail{"GET /audit.csv", "actor action patient from to", "", 200, "text/csv"},
    Detail{"POST /emergency", "", "reason!:string", 201, "OpenedEmergency"},
    Detail{"DELETE /emergency", "", "", 204, ""},
    Detail{"GET /emergencies", "state after limit", "", 200, "Emergency*"},
    Detail{"POST /emergencies/{id}/review", "", "reason!:string", 204, ""},
    Detail{"GET /users", "", "", 200, "Users"},
    Detail{"POST /users/roles", "", "user!:string roles!:Role[] reason!:string", 204, ""},
    Detail{"POST /users/disable", "", "user!:string reason!:string", 204, ""},
    Detail{"POST /users/enable", "", "user!:string reason!:string", 204, ""},
    Detail{"POST /users/end-sessions", "", "user!:string reason!:string", 204, ""},
    Detail{"POST /users/reset-second-factor", "", "user!:string reason!:string", 204, ""},
    Detail{"POST /users/review", "", "reason!:string", 204, ""},
    Detail{"POST /accounting", "", "since!:string until:string patient:string person:string after:string limit:integer",
           200, "AccountingRow*"},
    Detail{"POST /accounting.csv", "", "since!:string until:string patient:string person:string", 200, "text/csv"},
    Detail{"GET /patients/{id}/disclosures", "after limit", "", 200, "Access*"},
    Detail{"GET /patients/{id}/disclosures.csv", "", "", 200, "text/csv"},
};

/// What a parameter means wherever it occurs.
struct Parameter {
    std::string_view name;
    std::string_view about;
};
inline constexpr std::array parameters{
    Parameter{"action", "what was done, e.g. notes.read"},
    Parameter{"actor", "who did it, e.g. admin:anna"},
    Parameter{"after", "the next of the page before"},
    Parameter{"at", "a time: the record as it was then"},
    Parameter{"event", "the sender's name for it, exactly"},
    Parameter{"from", "not before this time, or date"},
    Parameter{"id", "the beginning of its id, of 4 hex digits at least, or the sender's id"},
    Parameter{"limit", "rows a page: 1 to 200, 50 without it"},
    Parameter{"object", "a record (patients:123), or all of a table (patients)"},
    Parameter{"patient", "a patient, by DrChrono id (in the access log also by ours)"},
    Parameter{"q", "DrChrono id, beginning of a chart id, or beginnings of a name"},
    Parameter{"resolved", "true: those that were stored meanwhile"},
    Parameter{"resource", "a table"},
    Parameter{"source", "drchrono or deepcura"},
    Parameter{"state",
              "of notes: unlinked, unlinkable, linked; of deliveries: their state; of emergency accesses: open"},
    Parameter{"status", "running, completed, partial or failed"},
    Parameter{"table", "of the records"},
    Parameter{"to", "before this time, or date"},
    Parameter{"type", "full_sync, incremental, webhook, …; without it all but those of single deliveries"},
};

}  // namespace dcs::ingress
