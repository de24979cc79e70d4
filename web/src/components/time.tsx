// Moments: short to read, whole and with their zone on hover and for screen readers.
import { useEffect, useState } from 'react';

import { fullTime, relative, shortTime } from '../format';

/** The present time, anew every `seconds`. */
export function useNow(seconds = 15): Date {
    const [now, setNow] = useState(() => new Date());
    useEffect(() => {
        const timer = setInterval(() => setNow(new Date()), seconds * 1000);
        return () => clearInterval(timer);
    }, [seconds]);
    return now;
}

export function At({ time, empty = '–' }: { time: string | null; empty?: string }) {
    if (!time) return <>{empty}</>;
    return <time dateTime={time} title={fullTime(time)}>{shortTime(time)}</time>;
}

export function Ago({ time, empty = 'never' }: { time: string | null; empty?: string }) {
    const now = useNow();
    if (!time) return <>{empty}</>;
    return <time dateTime={time} title={fullTime(time)}>{relative(time, now)}</time>;
}
