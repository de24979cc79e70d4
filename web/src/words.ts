// The service's words in plain English. A word that is not known here is shown with blanks for underscores; none is a dash.

import { nothing, type Maybe } from './format';

const reasons: Record<string, string> = {
    same_patient: 'Same patient',
    same_date: 'Same day',
    same_doctor: 'Same doctor',
    same_appointment: 'The note names this appointment',
    only_candidate: 'The only note that fits',
    appointment_id: 'The note names this appointment',
    patient_date: 'Same patient and day',
    previous_version: 'As its earlier version',
    other_doctor: 'Another doctor',
    date_off_by_one: 'One day apart',
    several_candidates: 'Several clinical notes fit',
    no_candidate: 'No clinical note fits',
    no_patient: 'The note names no patient',
    no_date: 'The note names no day',
    doctor_unclear: 'The doctor is unclear',
    ids_differ: 'The note names different ids',
    id_unreadable: 'An id could not be read',
    clinical_note_not_there_yet: 'Its clinical note is not here yet',
    appointment_unknown: 'The appointment is unknown',
    appointment_of_another_patient: 'The appointment is another patient’s',
    linked_by_a_person: 'Linked by a person',
    unlinked_by_a_person: 'Unlinked by a person',
    previous_version_unlinked: 'A person unlinked its earlier version',
    date_differs: 'The appointment it names is on another day',
    doctor_differs: 'The appointment it names is another doctor’s',
    date_uncertain: 'Its day may be one of several',
    version_contradicts: 'It says something else than its earlier version',
    session_of_another_patient: 'Its earlier version is another patient’s',
    only_announced: 'DrChrono has not shown this clinical note yet',
};

const others: Record<string, string> = {
    appointment_id: 'by appointment number',
    changed: 'Changed',
    pages: 'Reading pages',
    shown: 'Comparing what both readings showed',
    tombstones: 'Reading deletions',
    absences: 'Looking for records that vanished',
    password: 'Password',
    iap: 'Google',
    patient_date: 'by patient and day',
    previous_version: 'as its earlier version was',
    manual: 'by a person',
    called_unlinkable: 'Marked as not linkable',
    handed_back: 'Handed back to the rules',
    linked: 'Linked',
    unlinked: 'Unlinked',
    unlinkable: 'Not linkable',
    drchrono: 'DrChrono',
    deepcura: 'Deep Cura',
    deepcura_notes: 'Scribe’s notes',
    full_sync: 'Full',
    incremental: 'Incremental',
    INSERT: 'Added',
    UPDATE: 'Changed',
    DELETE: 'Removed',
    next_try: 'Next try',
    true: 'Resolved',
};

function spaced(word: string): string {
    const text = word.replaceAll('_', ' ').replaceAll('-', ' ').trim();
    return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The text of a word that may be one nobody has heard of yet, or missing. */
function textOf(word: unknown, texts: Record<string, string>): string {
    if (typeof word !== 'string' || word === '') return nothing;
    return Object.hasOwn(texts, word) ? texts[word] ?? word : spaced(word);
}

/** A word of the linker. */
export function reason(word: Maybe<string>): string {
    return textOf(word, reasons);
}

/** Any other word of the service: a table, a state, an action. */
export function plain(word: Maybe<string>): string {
    return textOf(word, others);
}

/** Who did it: `admin:anna` is a person, the others are parts of the service. */
export function actor(name: Maybe<string>): string {
    if (typeof name !== 'string' || name === '') return nothing;
    for (const prefix of ['admin:', 'person:']) {
        if (name.startsWith(prefix)) return name.slice(prefix.length);
    }
    return Object.hasOwn(others, name) ? others[name] ?? name : name;
}
