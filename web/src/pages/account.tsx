// The user's own second factor: made by scanning a key and giving a code of it, taken away by password and code. Who must have one
// and has none sees this and nothing else.
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { QRCodeSVG } from 'qrcode.react';
import { useEffect, useRef, useState, type FormEvent } from 'react';

import { api, type ApiError } from '../api/client';
import { useThing } from '../api/queries';
import type { OfferedSecondFactor, SecondFactor } from '../api/types';
import { Facts, Failure, Loading, Page, Panel, css } from '../components/parts';
import { At } from '../components/time';
import { Logo, SchemeButton } from '../layout';
import { forget, useSession } from '../session';
import own from './account.module.css';

/** A key that is typed by hand, in groups of four. */
export function inGroups(key: string): string {
    return key.match(/.{1,4}/g)?.join(' ') ?? '';
}

function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => { heading.current?.focus(); }, []);
    return (
        <div className={css.stack}>
            <h2 className={own.title} ref={heading} tabIndex={-1}>Keep your recovery codes</h2>
            <p className={css.text}>Each works once in place of a code, when the app is lost. They are shown now and never again.</p>
            <ul className={own.codes} aria-label="Recovery codes">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
            <div className={css.actions}>
                <Button variant="default" onClick={() => window.print()}>Print</Button>
                <Button onClick={onKept}>I have kept them</Button>
            </div>
        </div>
    );
}

function Confirm({ offer, onCodes }: { offer: OfferedSecondFactor; onCodes: (codes: string[]) => void }) {
    const [code, setCode] = useState('');
    const field = useRef<HTMLInputElement>(null);
    useEffect(() => { field.current?.focus(); }, []);
    const confirm = useMutation<{ recovery_codes: string[] }, ApiError>({
        mutationFn: () => api.post('second-factor', { ticket: offer.ticket, code: code.trim() }),
        onSuccess: ({ recovery_codes: codes }) => onCodes(codes),
    });
    const submit = (event: FormEvent) => {
        event.preventDefault();
        confirm.mutate();
    };
    return (
        <form className={own.confirm} onSubmit={submit}>
            <div className={own.square}><QRCodeSVG value={offer.uri} size={184} level="M" marginSize={2} title="The key as a QR code" /></div>
            <div className={css.stack}>
                <p className={css.text}>Scan this with an authenticator app, or type the key into it:</p>
                <code className={own.key} aria-label="Key">{inGroups(offer.key)}</code>
                <TextInput label="Code that the app shows" required withAsterisk={false} inputMode="numeric" autoComplete="one-time-code" ref={field}
                    value={code} onChange={(event) => setCode(event.currentTarget.value)} />
                {confirm.error && <Failure error={confirm.error} />}
                <div className={css.actions}><Button type="submit" loading={confirm.isPending}>Confirm</Button></div>
            </div>
        </form>
    );
}

/** `onBegun`: from here on nothing else may take its place, or the codes would never be read. */
function Enroll({ onBegun, onDone }: { onBegun?: () => void; onDone: () => void }) {
    const [codes, setCodes] = useState<string[] | null>(null);
    const begin = useMutation<OfferedSecondFactor, ApiError>({ mutationFn: () => api.post('second-factor/offer', {}), onSuccess: () => onBegun?.() });
    if (codes) return <RecoveryCodes codes={codes} onKept={onDone} />;
    if (begin.data) return <Confirm offer={begin.data} onCodes={setCodes} />;
    return (
        <div className={css.stack}>
            <p className={css.text}>Beside your password, a code of an authenticator app on your phone: who finds out the password alone cannot sign in.</p>
            {begin.error && <Failure error={begin.error} />}
            <div className={css.actions}><Button loading={begin.isPending} onClick={() => begin.mutate()}>Set up a second factor</Button></div>
        </div>
    );
}

function Remove({ required, onDone }: { required: boolean; onDone: () => void }) {
    const [asks, setAsks] = useState(false);
    const [password, setPassword] = useState('');
    const [code, setCode] = useState('');
    const remove = useMutation<unknown, ApiError>({ mutationFn: () => api.post('second-factor/remove', { password, code: code.trim() }), onSuccess: onDone });
    const submit = (event: FormEvent) => {
        event.preventDefault();
        remove.mutate();
    };
    if (!asks) return <div className={css.actions}><Button variant="default" onClick={() => setAsks(true)}>Take it away…</Button></div>;
    return (
        <form className={own.remove} onSubmit={submit}>
            {required && <p className={css.text}>Your role needs one: you are asked to set up another at once.</p>}
            <PasswordInput label="Password" required withAsterisk={false} autoComplete="current-password" visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
                value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
            <TextInput label="Code of your second factor" required withAsterisk={false} autoComplete="one-time-code" description="Or a recovery code"
                value={code} onChange={(event) => setCode(event.currentTarget.value)} />
            {remove.error && <Failure error={remove.error} />}
            <div className={css.actions}>
                <Button variant="default" onClick={() => setAsks(false)}>Cancel</Button>
                <Button type="submit" color="red" loading={remove.isPending}>Take it away</Button>
            </div>
        </form>
    );
}

export function AccountPage() {
    const session = useSession();
    const client = useQueryClient();
    const factor = useThing<SecondFactor>(session.via === 'password' ? 'second-factor' : null);
    const [enrolling, setEnrolling] = useState(false);
    const changed = () => {
        setEnrolling(false);
        void client.invalidateQueries({ queryKey: ['second-factor'] });
        void client.invalidateQueries({ queryKey: ['session'] });
    };
    const data = factor.data;
    return (
        <Page title="Your account" lead={`${session.user}, ${session.roles.join(', ')}`}>
            <Panel title="Second factor">
                {session.via !== 'password' ? <p className={css.text}>You sign in through Google, which has second factors of its own.</p>
                    : factor.error ? <Failure error={factor.error} onRetry={() => void factor.refetch()} />
                    : !data ? <Loading lines={2} />
                    : !data.enrolled || enrolling ? <Enroll onBegun={() => setEnrolling(true)} onDone={changed} />
                    : (
                        <div className={css.stack}>
                            <Facts of={[['Since', <At key="since" time={data.created_at} />], ['Last used', <At key="used" time={data.used_at} empty="never" />], ['Recovery codes left', data.recovery_codes_left]]} />
                            <Remove required={data.required} onDone={changed} />
                        </div>
                    )}
            </Panel>
        </Page>
    );
}

/** In place of the whole page, until there is a second factor. */
export function MustEnrollPage() {
    const client = useQueryClient();
    const leave = useMutation({ mutationFn: () => api.remove('session'), onSettled: () => forget(client) });
    useEffect(() => { document.title = 'Second factor – drchrono-sync'; }, []);
    return (
        <main className={own.page}>
            <div className={own.card}>
                <div className={own.head}><Logo /><h1>Your role needs a second factor</h1><SchemeButton /></div>
                <Enroll onDone={() => void client.invalidateQueries({ queryKey: ['session'] })} />
                <div className={css.actions}><Button variant="default" size="xs" loading={leave.isPending} onClick={() => leave.mutate()}>Sign out</Button></div>
            </div>
        </main>
    );
}
