// Signing in with a name and a password. Behind Google IAP nobody comes here: the service signs in by itself.
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';

import { api, keepCsrfToken, type ApiError } from '../api/client';
import type { Session } from '../api/types';
import { Failure } from '../components/parts';
import { Logo, SchemeButton } from '../layout';
import css from './sign-in.module.css';

export function SignInPage() {
    const client = useQueryClient();
    const [user, setUser] = useState('');
    const [password, setPassword] = useState('');
    const [code, setCode] = useState('');
    const [asksCode, setAsksCode] = useState(false);
    const first = useRef<HTMLInputElement>(null);
    const second = useRef<HTMLInputElement>(null);
    useEffect(() => { first.current?.focus(); }, []);
    useEffect(() => { second.current?.focus(); }, [asksCode]);
    useEffect(() => { document.title = 'Sign in – drchrono-sync'; }, []);
    const signIn = useMutation<Session, ApiError>({
        mutationFn: () => api.post<Session>('session', { user: user.trim(), password, ...(asksCode && { code: code.trim() }) }),
        onError: (error) => { if (error.body.second_factor === true) setAsksCode(true); },
        onSuccess: (session) => {
            keepCsrfToken(session.csrf);
            client.setQueryData(['session'], session);
        },
    });
    const submit = (event: FormEvent) => {
        event.preventDefault();
        signIn.mutate();
    };
    return (
        <main className={css.page}>
            <div className={css.corner}><SchemeButton /></div>
            <form className={css.card} onSubmit={submit}>
                <div className={css.brand}><Logo /><h1>drchrono-sync</h1></div>
                <p className={css.lead}>Sign in to drchrono-sync</p>
                <TextInput label="Name" required withAsterisk={false} autoComplete="username" autoCapitalize="none" ref={first}
                    value={user} onChange={(event) => setUser(event.currentTarget.value)} />
                <PasswordInput label="Password" required withAsterisk={false} autoComplete="current-password"
                    visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
                    value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
                {asksCode && <TextInput label="Code of your second factor" required withAsterisk={false} ref={second}
                    autoComplete="one-time-code" description="Six digits from your authenticator app, or a recovery code"
                    value={code} onChange={(event) => setCode(event.currentTarget.value)} />}
                {signIn.error && <Failure error={signIn.error} />}
                <Button type="submit" fullWidth loading={signIn.isPending}>Sign in</Button>
            </form>
        </main>
    );
}
