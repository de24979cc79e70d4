// Filters that live in the address, so that a page can be sent to somebody and Back goes back.
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';

export function useFilters<Name extends string>(names: readonly Name[]) {
    const [query, setQuery] = useSearchParams();
    const text = query.toString();
    const values = useMemo(() => {
        const given = new URLSearchParams(text);
        return Object.fromEntries(names.map((name) => [name, given.get(name) ?? ''])) as Record<Name, string>;
    }, [text, names]);
    const set = useCallback((name: Name, value: string) => {
        setQuery((old) => {
            const next = new URLSearchParams(old);
            if (value) next.set(name, value);
            else next.delete(name);
            return next;
        }, { replace: true });
    }, [setQuery]);
    const clear = useCallback(() => setQuery({}, { replace: true }), [setQuery]);
    const any = names.some((name) => values[name] !== '');
    return { values, set, clear, any };
}
