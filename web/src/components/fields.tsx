// Filter fields: a text is taken over when Enter is pressed or the field is left, so that the list is not asked for every letter.
import { NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';

import { fromLocalField, toLocalField } from '../format';
import { plain } from '../words';
import { css } from './parts';

interface FieldProps {
    label: string;
    value: string;
    onValue: (value: string) => void;
    placeholder?: string;
}

export function FilterText({ label, value, onValue, placeholder }: FieldProps) {
    const [text, setText] = useState(value);
    useEffect(() => setText(value), [value]);
    const take = () => { if (text.trim() !== value) onValue(text.trim()); };
    return (
        <TextInput size="sm" label={label} placeholder={placeholder} value={text} onChange={(event) => setText(event.currentTarget.value)}
            onBlur={take} onKeyDown={(event) => { if (event.key === 'Enter') take(); }} />
    );
}

export function FilterChoice({ label, value, onValue, of, every = 'All' }: FieldProps & { of: readonly string[]; every?: string }) {
    return (
        <NativeSelect size="sm" label={label} value={value} onChange={(event) => onValue(event.currentTarget.value)}
            data={[{ value: '', label: every }, ...of.map((word) => ({ value: word, label: plain(word) }))]} />
    );
}

/** A moment in the viewer's zone; the address holds it in UTC. */
export function FilterTime({ label, value, onValue }: FieldProps) {
    return (
        <TextInput size="sm" type="datetime-local" step={1} className={css.moment} label={label} value={toLocalField(value)}
            onChange={(event) => onValue(fromLocalField(event.currentTarget.value))} />
    );
}
