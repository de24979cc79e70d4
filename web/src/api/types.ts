// What the service's JSON API takes and gives. Every id is a string; what is not known is null.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

// The words of the API where it answers with one of a few; docs/admin-api.json lists the same (api/types.test.ts compares).
export const enumerations = {
    Role: ['viewer', 'operator', 'phi-reader', 'admin', 'emergency'],
    SignIn: ['password', 'iap'],
    SyncState: ['yes', 'behind', 'incomplete', 'unknown'],
    RunStatus: ['running', 'completed', 'partial', 'failed'],
    RunMode: ['full', 'incremental'],
    Phase: ['pages', 'tombstones', 'absences', 'shown'],
    DeliveryState: ['pending', 'processing', 'waiting', 'done', 'dead', 'ignored', 'unreadable'],
    TimelineStep: ['received', 'attempt', 'changed', 'published', 'finished', 'waiting', 'next_try'],
    StepStatus: ['running', 'completed', 'failed'],
    NoteState: ['unlinked', 'unlinkable', 'linked'],
    LinkMethod: ['appointment_id', 'patient_date', 'previous_version', 'manual'],
    DecisionKind: ['linked', 'called_unlinkable', 'handed_back', 'unlinked', 'changed'],
    Operation: ['INSERT', 'UPDATE', 'DELETE'],
    Encoding: ['json', 'text', 'base64'],
} as const;

type Word<Name extends keyof typeof enumerations> = (typeof enumerations)[Name][number];

export type Role = Word<'Role'>;
export type DeliveryState = Word<'DeliveryState'>;

export interface Session {
    user: string;
    roles: Role[];
    csrf: string;
    via: Word<'SignIn'>;
    idle_expires_at: string;
    expires_at: string;
    now: string;
    time_zone: string;
    version: string;
    dev: boolean;
    /** The role needs a second factor, and there is none: nothing else is answered before. */
    must_enroll: boolean;
    /** Emergency access is open, and `roles` says so. */
    emergency_ends_at: string | null;
}

export interface Emergency {
    id: string;
    user: string;
    reason: string;
    opened_at: string;
    ends_at: string;
    closed_at: string | null;
    patients: number;
    reviewed_at: string | null;
    reviewed_by: string | null;
    review: string | null;
}

export interface SecondFactor {
    enrolled: boolean;
    required: boolean;
    created_at: string | null;
    used_at: string | null;
    recovery_codes_left: number;
}

export interface OfferedSecondFactor {
    key: string;
    uri: string;
    ticket: string;
}

export interface List<T> {
    items: T[];
    next: string | null;
    total?: number | null;
}

export type RunStatus = Word<'RunStatus'>;

/** What a run has read and written. */
export interface RunCounts {
    total: number;
    created: number;
    updated: number;
    unchanged: number;
    deleted: number;
    failed: number;
}

export interface Progress extends RunCounts {
    resource: string;
    run_id: string;
    mode: Word<'RunMode'>;
    phase: Word<'Phase'>;
    expected: number | null;
    requests: number;
    started_at: string;
    updated_at: string;
}

export interface LastRun extends RunCounts {
    id: string;
    status: RunStatus;
    mode: Word<'RunMode'>;
    started_at: string;
    completed_at: string | null;
    requests: number;
    error: string | null;
}

export interface Spark {
    at: string;
    status: RunStatus;
    seconds: number | null;
    changed: number;
    failed: number;
}

export interface ResourceState {
    resource: string;
    endpoint: string;
    running: boolean;
    last_run: LastRun | null;
    complete_since: string | null;
    next_at: string | null;
    spark: Spark[];
}

export interface LagHour {
    at: string;
    count: number;
    p50_seconds: number | null;
    p95_seconds: number | null;
    max_seconds: number | null;
}

export interface Allowance {
    spent: number;
    limit: number;
    configured: number;
    room: number | null;
}

export interface Overview {
    now: string;
    in_sync: { state: Word<'SyncState'>; because: string[] };
    lag: { now_seconds: number; day: LagHour[] };
    deliveries: {
        pending: number;
        processing: number;
        waiting: number;
        dead: number;
        last_day: { done: number; ignored: number; unreadable: number; dead: number };
    };
    resources: ResourceState[];
    running: Progress[];
    budget: {
        second: Allowance;
        ten_minutes: Allowance;
        hour: Allowance;
        braked_until: string | null;
    } | null;
    outbox: {
        topic: boolean;
        unpublished: number;
        at_least: boolean;
        oldest_seconds: number | null;
        problem: string | null;
    };
    needs_a_person: {
        unlinked_notes: number;
        dead_deliveries: number;
        unreadable_deliveries: number;
        dead_fetches: number;
        failed_records: number;
        problems: string[];
    };
}

export interface PatientName {
    id: string | null;
    drchrono_id: string;
    name: string | null;
    date_of_birth: string | null;
}

export interface DoctorName {
    drchrono_id: string;
    name: string | null;
}

export type NoteState = Word<'NoteState'>;

export interface NoteRow {
    id: string;
    link_version: number;
    received_at: string;
    age_seconds: number;
    session_date: string | null;
    session_at: string | null;
    patient: PatientName | null;
    doctor: DoctorName | null;
    candidates: number;
    reasons: string[];
    unlinkable_reason: string | null;
    clinical_note_id: string | null;
    link_method: Word<'LinkMethod'> | null;
    linked_at: string | null;
}

export interface ClinicalNote {
    id: string;
    drchrono_appt_id: string;
    note_date: string | null;
    locked: boolean | null;
    locked_at: string | null;
    deleted_at: string | null;
    patient: PatientName | null;
    doctor: DoctorName | null;
    scheduled_at: string | null;
    scheduled_time: string | null;
    appointment_status: string | null;
    appointment_reason: string | null;
    sections: Json;
    scribe_notes: number;
}

export interface Candidate extends ClinicalNote {
    reasons_for: string[];
    reasons_against: string[];
}

export interface Decision {
    at: string;
    actor: string;
    what: Word<'DecisionKind'>;
    clinical_note_id: string | null;
    reason: string | null;
}

export interface ReadMember {
    path: string;
    /** Columns that it fills, or helps to fill. */
    became: string[];
    /** Columns that it would fill, had not another member. */
    not_taken: string[];
    envelope: boolean;
    value: string;
}

/** A note's payload, member by member. */
export interface NoteReading {
    id: string;
    source: string;
    bytes: number;
    /** False: further members are not told of. */
    complete: boolean;
    members: ReadMember[];
    columns: { name: string; value: string }[];
    flags: string[];
}

export interface Note extends NoteRow {
    /** All days that the session may have been on; two: the payload does not settle it. */
    session_days: string[] | null;
    drchrono_appt_id: string | null;
    session_id: string | null;
    event_type: string | null;
    duration_minutes: number | null;
    soap: { subjective: string | null; objective: string | null; assessment: string | null; plan: string | null };
    note_text: string | null;
    transcript: string | null;
    icd10_codes: Json;
    cpt_codes: Json;
    medication_mentions: Json;
    billing_summary: Json;
    risk_assessment: Json;
    flags: string[];
    linked_to: ClinicalNote | null;
    /** Of the appointment that the note names, where that is another patient's. */
    named_visit: ClinicalNote | null;
    candidates_list: Candidate[];
    decisions: Decision[];
    replaces_id: string | null;
    replaced_by_id: string | null;
}

export type NoteAction = 'link' | 'unlink' | 'unlinkable' | 'hand-back';

export interface DecisionBody {
    link_version: number;
    clinical_note_id?: string;
    reason?: string;
}

export interface DecisionResult {
    id: string;
    link_version: number;
    undo: { action: NoteAction; body: DecisionBody };
}

export interface NoteConflict {
    link_version: number;
    state: NoteState;
    clinical_note_id: string | null;
    unlinkable_reason: string | null;
    reasons: string[];
    decided_by: string | null;
    decided_at: string | null;
}

export interface Delivery {
    id: string;
    source: string;
    event: string;
    object: string | null;
    state: DeliveryState;
    reason: string | null;
    attempts: number;
    bytes: number;
    received_at: string;
    finished_at: string | null;
    next_try_at: string | null;
    sender_id: string | null;
    /** It failed, and another try may succeed. */
    retryable: boolean;
}

export interface TimelineEntry {
    at: string;
    what: Word<'TimelineStep'>;
    status: Word<'StepStatus'> | null;
    text: string | null;
    table: string | null;
    record_id: string | null;
}

export interface DeliveryDetail extends Delivery {
    timeline: TimelineEntry[];
    practice_group_id: string | null;
    request_id: string | null;
    sha256: string;
}

export interface DeliveryCount {
    matching: number;
    retryable: number;
    at_least: boolean;
}

export interface RawBody {
    encoding: Word<'Encoding'>;
    body: string;
    bytes: number;
    decrypted?: string | null;
}

export interface RunRow extends RunCounts {
    id: string;
    source: string;
    type: string;
    resource: string | null;
    status: RunStatus;
    started_at: string;
    completed_at: string | null;
    error: string | null;
    details: Json;
}

export interface RunDetail extends RunRow {
    progress: Progress | null;
}

export interface FailedRecord {
    id: string;
    resource: string;
    drchrono_id: string | null;
    cause: string;
    reason: string;
    attempts: number;
    bytes: number;
    retryable: boolean;
    first_seen_at: string;
    last_seen_at: string;
    resolved_at: string | null;
}

export interface PatientRow {
    id: string;
    drchrono_id: string;
    first_name: string | null;
    middle_name: string | null;
    last_name: string | null;
    date_of_birth: string | null;
    gender: string | null;
    chart_id: string | null;
    deleted_at: string | null;
}

export interface Patient extends PatientRow {
    counts: Record<string, number>;
}

export interface RecordRow {
    table: string;
    id: string;
    drchrono_id: string | null;
    title: string;
    at: string | null;
    deleted_at: string | null;
    synced_at: string | null;
}

export interface RecordState {
    table: string;
    id: string;
    at: string | null;
    existed: boolean;
    deleted: boolean;
    complete: boolean;
    fields: Record<string, Json>;
    /** DrChrono’s JSON as text, digit for digit: only for a reason. */
    raw: string | null;
    raw_bytes: number | null;
}

export interface ChangedField {
    field: string;
    old: Json;
    new: Json;
}

export interface Change {
    seq: string;
    at: string;
    table: string;
    record_id: string;
    operation: Word<'Operation'>;
    actor: string;
    cause: string;
    fields: ChangedField[];
}

export interface AuditRow {
    id: string;
    at: string;
    actor: string;
    role: string | null;
    action: string;
    table: string | null;
    record_id: string | null;
    patient_id: string | null;
    drchrono_patient_id: string | null;
    reason: string | null;
    request_id: string | null;
    details: Json;
}

/** Who saw whom, and how often, within a time. */
export interface AccountingRow {
    person: string;
    roles: string[];
    drchrono_patient_id: string;
    first: string;
    last: string;
    times: number;
    actions: string[];
    addresses: string[];
}

export interface User {
    name: string;
    roles: Role[];
    email: string | null;
    disabled: boolean;
    has_password: boolean;
    second_factor: boolean;
    second_factor_used_at: string | null;
    /** Those that still stand. */
    sessions: number;
    last_used_at: string | null;
    created_at: string;
}

export interface Users {
    items: User[];
    last_review: { at: string; by: string; users: number; note: string } | null;
}
