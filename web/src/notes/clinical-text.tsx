// Clinical text to be read: SOAP sections, a transcript by speaker, and whatever JSON a clinical note has as sections.
import type { Json } from '../api/types';
import { Outline, isEmpty } from '../components/outline';
import { plain } from '../words';
import own from './notes.module.css';

export function TextSection({ title, text }: { title: string; text: string | null | undefined }) {
    if (!text) return null;
    return (
        <section className={own.section}>
            <h4>{title}</h4>
            <p className={own.text}>{text}</p>
        </section>
    );
}

interface Turn {
    speaker: string;
    text: string;
}

/** `clinician: …` lines as turns; a text without speakers is one turn of nobody. */
export function turnsOf(transcript: string): Turn[] {
    const turns: Turn[] = [];
    for (const line of transcript.split('\n')) {
        const match = /^\s*([A-Za-z][\w .'-]{0,30}):\s+(.*)$/.exec(line);
        const last = turns.at(-1);
        if (match) turns.push({ speaker: match[1] ?? '', text: match[2] ?? '' });
        else if (last) last.text += `\n${line}`;
        else if (line.trim()) turns.push({ speaker: '', text: line });
    }
    return turns;
}

export function Transcript({ text }: { text: string | null }) {
    if (!text) return null;
    return (
        <details className={own.details}>
            <summary>Transcript</summary>
            <div className={own.transcript}>
                {turnsOf(text).map((turn, at) => (
                    <p key={at}>{turn.speaker && <strong>{plain(turn.speaker)}: </strong>}{turn.text}</p>
                ))}
            </div>
        </details>
    );
}

/** Codes with what they mean, on a line each. */
export function Codes({ title, value }: { title: string; value: Json | undefined }) {
    if (value === undefined || isEmpty(value)) return null;
    const items = Array.isArray(value) ? value : [value];
    return (
        <section className={own.section}>
            <h4>{title}</h4>
            <ul className={own.codes}>
                {items.map((item, at) => {
                    if (item === null || typeof item !== 'object' || Array.isArray(item) || typeof item.code !== 'string') return <li key={at}><Outline value={item} /></li>;
                    return <li key={at}><strong className="mono">{item.code}</strong>{typeof item.description === 'string' ? ` ${item.description}` : ''}</li>;
                })}
            </ul>
        </section>
    );
}
