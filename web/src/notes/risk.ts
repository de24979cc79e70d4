// What a note says about risk: what it states outright, and what nobody can be sure of.
import type { Json } from '../api/types';

export interface Risk {
    /** Names of the risks that the note states to be there. */
    stated: string[];
    /** Statements contradict each other, or could not be read. */
    unclear: boolean;
    /** The scribe's own words on what could not be read. */
    texts: string[];
}

// Answers that are good news, or no risk by themselves.
const protective = ['safety_plan_discussed'];

export function riskOf(assessment: Json | undefined, flags: string[] | null | undefined): Risk {
    const members = typeof assessment === 'object' && assessment !== null && !Array.isArray(assessment) ? Object.entries(assessment) : [];
    const unclear = (flags ?? []).some((flag) => flag.startsWith('risk_'));
    return {
        stated: members.filter(([name, value]) => value === true && !protective.includes(name)).map(([name]) => name),
        unclear,
        texts: unclear ? members.flatMap(([name, value]) => (name.endsWith('_text') && typeof value === 'string' ? [value] : [])) : [],
    };
}
