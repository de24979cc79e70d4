// The day of a session: both, where what the scribe sent may mean either.
import { day } from '../format';

export function days(possible: string[] | null | undefined, chosen: string | null): string {
    if (possible && possible.length > 1) return `${possible.map(day).join(' or ')} (uncertain)`;
    return chosen ? day(chosen) : 'day unknown';
}
