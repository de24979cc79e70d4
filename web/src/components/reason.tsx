// A question that must be answered in words before something happens: why somebody wants to see a payload, why a note
// cannot be linked.
import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useId, useState, type FormEvent } from 'react';

import { Failure } from './parts';

interface Props {
    opened: boolean;
    title: string;
    explain: string;
    action: string;
    busy: boolean;
    error: Error | null;
    onClose: () => void;
    onReason: (reason: string) => void;
}

export function ReasonDialog(props: Props) {
    return (
        <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
            <ReasonForm {...props} />
        </Modal>
    );
}

function ReasonForm({ explain, action, busy, error, onClose, onReason }: Props) {
    const [reason, setReason] = useState('');
    const [tried, setTried] = useState(false);
    const hint = useId();
    const given = reason.trim();
    const tooShort = given.length < 3;
    const submit = (event: FormEvent) => {
        event.preventDefault();
        setTried(true);
        if (!tooShort) onReason(given);
    };
    return (
        <form onSubmit={submit} noValidate>
            <p id={hint} style={{ marginTop: 0 }}>{explain}</p>
            <Textarea label="Reason" required maxLength={500} minRows={3} rows={3} data-autofocus aria-describedby={hint} value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
                error={tried && tooShort ? 'Please give a reason of at least 3 characters' : undefined} />
            {error && <div style={{ marginTop: 12 }}><Failure error={error} /></div>}
            <Group justify="flex-end" mt="md">
                <Button variant="default" onClick={onClose}>Cancel</Button>
                <Button type="submit" loading={busy}>{action}</Button>
            </Group>
        </form>
    );
}
