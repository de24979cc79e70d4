// Moments: short to read, whole and with their zone on hover and for screen readers.
import { useEffect, useState } from 'react';

import { clinicClock, clinicTime, fullTime, nothing, relative, shortTime, wallTime, type Maybe } from '../format';
import { useSession } from '../session';

/** The present time, anew every `seconds`. */
export function useNow(seconds = 15): Date {
    const [now, setNow] = useState(() => new Date());
    useEffect(() => {
        const timer = setInterval(() => setNow(new Date()), seconds * 1000);
        return () => clearInterval(timer);
    }, [seconds]);
    return now;
}

/** `seconds`: where the order of moments matters. */
export function At({ time, empty = nothing, seconds = false }: { time: Maybe<string>; empty?: string; seconds?: boolean }) {
    if (!time) return <>{empty}</>;
    return <time dateTime={time} title={fullTime(time)}>{shortTime(time, new Date(), seconds)}</time>;
}

/** A visit or a session: in the clinic's zone, which is named. `wall`: the clock as DrChrono writes it, which is the doctor's. */
export function ClinicTime({ time, wall, empty = nothing }: { time: Maybe<string>; wall?: Maybe<string>; empty?: string }) {
    const { time_zone: clinic } = useSession();
    if (!time) return <>{wall ? `${wallTime(wall)} (doctor’s clock)` : empty}</>;
    const clock = clinicClock(time, clinic);
    const elsewhere = wall && clock && wall.slice(11, 16) !== clock ? ` (${wall.slice(11, 16)} on the doctor’s clock)` : '';
    return <><time dateTime={time} title={fullTime(time)}>{clinicTime(time, clinic)}</time>{elsewhere}</>;
}

export function Ago({ time, empty = 'never' }: { time: Maybe<string>; empty?: string }) {
    const now = useNow();
    if (!time) return <>{empty}</>;
    return <time dateTime={time} title={fullTime(time)}>{relative(time, now)}</time>;
}
