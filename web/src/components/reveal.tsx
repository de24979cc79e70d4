// Content of patients that stays hidden until somebody says why they want to see it; the service keeps that reason.
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api, type ApiError } from '../api/client';
import type { RawBody } from '../api/types';
import { bytes } from '../format';
import { useMay } from '../session';
import { JsonText } from './json';
import { css } from './parts';
import { ReasonDialog } from './reason';

function BodyText({ body }: { body: RawBody }) {
    return (
        <div className={css.stack}>
            {body.decrypted && <><h3 className={css.small}>Decrypted</h3><JsonText label="Decrypted payload" text={body.decrypted} /></>}
            {body.decrypted && <h3 className={css.small}>As it came</h3>}
            {body.encoding === 'json'
                ? <JsonText label="Payload" text={body.body} />
                // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
                : <pre className={css.code} role="region" aria-label="Payload" tabIndex={0}>{body.body}</pre>}
            {body.encoding === 'base64' && <p className={css.quiet}>Not text: shown in base64.</p>}
        </div>
    );
}

export function Reveal({ path, what, size }: { path: string; what: string; size: number }) {
    const may = useMay();
    const [asking, setAsking] = useState(false);
    const reveal = useMutation<RawBody, ApiError, string>({
        mutationFn: (reason) => api.post<RawBody>(path, { reason }),
        onSuccess: () => setAsking(false),
    });
    if (reveal.data) return <BodyText body={reveal.data} />;
    if (!may('phi-reader')) return <p className={css.quiet}>Hidden ({bytes(size)}). Only who may read patient data can reveal it.</p>;
    return (
        <>
            <p className={css.quiet} style={{ marginTop: 0 }}>Hidden, {bytes(size)}. It may hold data of patients.</p>
            <Button variant="default" onClick={() => setAsking(true)}>Reveal {what}…</Button>
            <ReasonDialog opened={asking} title={`Reveal ${what}`} action="Reveal" busy={reveal.isPending} error={reveal.error}
                explain="Your name, the time and your reason are kept in the access log." onClose={() => setAsking(false)}
                onReason={(reason) => reveal.mutate(reason)} />
        </>
    );
}
