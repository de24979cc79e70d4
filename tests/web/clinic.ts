// A small clinic that tries to do harm: names, notes and errors that are markup.
import { request } from '@playwright/test';

import { scribeSecret, sql, until, type Place } from './service';

export const hostile = '<img src=x onerror="window.xss=1">';
export const hostileScript = '<script>window.xss=1</script>';

const json = { 'content-type': 'application/json' };

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
    const answer = await fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, unknown>;
}

export function placeOf(): Place {
    return JSON.parse(process.env.WEB_TEST_PLACE ?? '{}') as Place;
}

/** Someone signed in who calls the API without a browser. On a busy machine the database may be too slow: asked to, one tries again. */
export async function caller(place: Place, user = 'dev') {
    const context = await request.newContext({ baseURL: `${place.url}/admin/api/` });
    const signIn = () => context.post('session', { data: { user, password: place.password } });
    let answer = await signIn();
    for (let tries = 1; answer.status() === 503 && tries < 5; ++tries) answer = await signIn();
    if (!answer.ok()) throw new Error(`${user} cannot sign in: ${answer.status()} ${await answer.text()}`);
    const session = (await answer.json()) as { csrf: string };
    return {
        context,
        statusOf: async (method: 'GET' | 'POST', path: string, data?: unknown) =>
            (await context.fetch(path, { method, headers: { 'x-csrf-token': session.csrf }, ...(data === undefined ? {} : { data }) })).status(),
        get: async <T>(path: string) => (await (await context.get(path)).json()) as T,
        post: async <T>(path: string, data: unknown) => (await (await context.post(path, { data, headers: { 'x-csrf-token': session.csrf } })).json()) as T,
    };
}

async function madeId(drchrono: string, event: string, fields: Record<string, unknown>): Promise<string> {
    return String((await post(`${drchrono}/control/events`, { event, fields })).id);
}

/** An appointment with a clinical note; its number. */
export async function visit({ drchrono }: Place, patient: string, time: string): Promise<string> {
    const doctors = (await (await fetch(`${drchrono}/control/ids?resource=doctors`)).json()) as string[];
    const appointment = await madeId(drchrono, 'APPOINTMENT_CREATE', { patient: Number(patient), doctor: Number(doctors[0]), scheduled_time: time, reason: `${hostileScript} sore throat` });
    await post(`${drchrono}/control/records`, { action: 'create', resource: 'clinical_notes', fields: { appointment } });
    return appointment;
}

/** A patient with two visits on one day, both with a clinical note. */
export async function patientWithTwoVisits(place: Place, firstName: string, lastName: string): Promise<string> {
    const { drchrono } = place;
    const patient = await madeId(drchrono, 'PATIENT_CREATE', { first_name: firstName, last_name: lastName, date_of_birth: '1980-02-03' });
    for (const time of ['2026-10-05T09:00:00', '2026-10-05T14:00:00']) await visit(place, patient, time);
    return patient;
}

/** A note that names the patient and the day but no visit: a person must choose. `more`: other members, or others in their place. */
export async function scribeNote(place: Place, patient: string | null, session: string, more: Record<string, unknown> = {}): Promise<string> {
    const answer = await post(`${place.url}/webhooks/deepcura`, {
        session_id: session,
        patient_id: patient,
        session_date: '2026-10-05',
        subjective: `Reports a cough and a sore throat for four days. ${hostileScript}`,
        objective: 'Throat red, temperature 37.9 °C, lungs clear. Pulse 79.',
        assessment: `1. Common cold\n2. Cough ${hostile}`,
        plan: 'Rest, fluids; come back if the fever stays.',
        icd10_codes: ['J06.9', 'R05.1'],
        transcript: `clinician: What brings you here today?\npatient: I have had a cough for four days. ${hostile}\nclinician: Let me listen to your lungs.`,
        ...more,
    }, { 'x-deepcura-secret': scribeSecret });
    return String(answer.noteId);
}

/** A delivery that cannot be applied, because it names no record, and so dies for good. */
export async function deadDelivery(place: Place): Promise<string> {
    const answer = await post(`${place.url}/webhooks/drchrono`, { receiver: { id: 1 }, object: { first_name: hostile, nickname: `no id ${Date.now()}` } },
        { 'x-drchrono-signature': 'dev', 'x-drchrono-event': 'PATIENT_MODIFY' });
    return String(answer.delivery_id);
}

/** One that was given up, and that may succeed now: its record is one that DrChrono has. */
export async function givenUpDelivery(place: Place): Promise<string> {
    const patients = (await (await fetch(`${place.drchrono}/control/ids?resource=patients`)).json()) as string[];
    const id = patients[0] ?? '';
    return sql(place, `insert into inbox (source, event, object_key, body, body_sha256, state, reason, attempts, finished_at)
        values ('drchrono', 'PATIENT_MODIFY', 'patients:${id}', convert_to('{"receiver":{"id":1},"object":{"id":${id}}}', 'UTF8'), sha256(convert_to(gen_random_uuid()::text, 'UTF8')),
                'dead', 'the database was away too long', 8, now()) returning id`);
}

/** Errors that are markup, in every place that keeps one. */
export function hostileErrors(place: Place): { delivery: string; run: string } {
    const said = `upstream said ${hostile}${hostileScript}`.replaceAll("'", "''");
    const seq = sql(place, `insert into inbox (source, event, object_key, body, body_sha256, state, reason, attempts, finished_at)
        values ('drchrono', 'HOSTILE_ERROR', 'patients:0', '{}', sha256('{}'), 'dead', '${said}', 1, now()) returning seq`);
    sql(place, `insert into inbox_tries (seq, attempt, state, error) values (${seq}, 1, 'pending', '${said}')`);
    sql(place, `insert into sync_failures (table_name, drchrono_id, cause, reason, raw)
        values ('offices', '${hostile}', 'run:${hostile}', '${said}', convert_to('{"name":"${hostile}","price":55.50}', 'UTF8'))`);
    return {
        delivery: sql(place, `select id from inbox where seq = ${seq}`),
        run: sql(place, `insert into sync_log (source, sync_type, table_name, status, started_at, completed_at, error, details)
            values ('drchrono', 'full_sync', 'offices', 'failed', now(), now(), '${said}', json_build_object('said', '${said}'::text)) returning id`),
    };
}

/** DrChrono takes so many seconds for its next answer there. */
export async function slowOnce({ drchrono }: Place, path: string, seconds: number): Promise<void> {
    await post(`${drchrono}/control/faults`, { kind: 'slow', path, count: 1, wait: seconds });
}

/** What the tests start from: everything read once, hostile patients, notes to be filed, dead deliveries. */
export async function prepare(place: Place): Promise<void> {
    const patients = [
        await patientWithTwoVisits(place, hostile, 'Hostile'),
        await patientWithTwoVisits(place, 'Specimen', 'Quebec'),
        await patientWithTwoVisits(place, 'Sample', 'Romeo'),
    ];
    const api = await caller(place);
    await post(`${place.drchrono}/control/switches`, { bulk_polls: 0 });
    interface State { in_sync: { state: string; because: string[] }; running: unknown[] }
    let seen: State | null = null;
    await until('all to be read', async () => {
        seen = await api.get<State>('overview');
        if (seen.in_sync.state === 'yes' && seen.running.length === 0) return true;
        // Nothing happens while another run is under way.
        if (seen.running.length === 0) await api.post('runs', { resource: 'all', mode: 'full' });
        return false;
    }, 300).catch((error: unknown) => { throw new Error(`${String(error)}: ${JSON.stringify(seen)}`); });
    for (const [at, patient] of patients.entries()) {
        await scribeNote(place, patient, `session-${at}`);
        if (at > 0) await scribeNote(place, patient, `session-${at}-again`);
    }
    await deadDelivery(place);
    await deadDelivery(place);
    await until('the dead deliveries', async () => (await api.get<{ matching: number }>('deliveries/count?state=dead')).matching >= 2);
    await until('the notes', async () => (await api.get<{ items: { candidates: number }[] }>('notes')).items.filter((note) => note.candidates === 2).length >= 5);
    await api.context.dispose();
}
