// Who may sign in, as what, and when they last did; for admins. Each change asks for a reason.
import { Button, Checkbox, Group, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';

import { api, type ApiError } from '../api/client';
import { useThing } from '../api/queries';
import { enumerations, type Role, type User, type Users } from '../api/types';
import { Badge, Failure, Loading, Page, Panel, Table, css } from '../components/parts';
import { ReasonDialog } from '../components/reason';
import { At } from '../components/time';
import { useSession } from '../session';
import { Emergencies } from './emergencies';

interface Wanted {
    path: 'roles' | 'disable' | 'enable' | 'end-sessions' | 'reset-second-factor';
    roles?: Role[];
}

function Manage({ user, onClose }: { user: User; onClose: () => void }) {
    const client = useQueryClient();
    const hint = useId();
    const [roles, setRoles] = useState<Role[]>(user.roles);
    const [reason, setReason] = useState('');
    const [tried, setTried] = useState(false);
    const tooShort = reason.trim().length < 3;
    const change = useMutation<unknown, ApiError, Wanted>({
        mutationFn: ({ path, ...more }) => api.post(`users/${path}`, { user: user.name, reason: reason.trim(), ...more }),
        onSuccess: () => {
            void client.invalidateQueries({ queryKey: ['users'] });
            onClose();
        },
    });
    const want = (wanted: Wanted) => {
        setTried(true);
        if (!tooShort) change.mutate(wanted);
    };
    const same = roles.length === user.roles.length && roles.every((role) => user.roles.includes(role));
    return (
        <div className={css.stack}>
            <Textarea label="Reason" required maxLength={500} rows={2} data-autofocus aria-describedby={hint} value={reason} onChange={(event) => setReason(event.currentTarget.value)}
                error={tried && tooShort ? 'Please give a reason of at least 3 characters' : undefined} />
            <p id={hint} className={`${css.text} ${css.small} ${css.quiet}`}>It is kept in the access log. All but enabling ends the user’s sessions.</p>
            <fieldset className={css.choices}>
                <legend>Roles</legend>
                {enumerations.Role.map((role) => (
                    <Checkbox key={role} label={role} checked={roles.includes(role)}
                        onChange={(event) => setRoles(event.currentTarget.checked ? [...roles, role] : roles.filter((other) => other !== role))} />
                ))}
            </fieldset>
            {change.error && <Failure error={change.error} />}
            <Group gap="xs">
                <Button size="xs" disabled={same || roles.length === 0} loading={change.isPending} onClick={() => want({ path: 'roles', roles })}>Save the roles</Button>
                {user.disabled
                    ? <Button size="xs" variant="default" onClick={() => want({ path: 'enable' })}>Let sign in again</Button>
                    : <Button size="xs" variant="default" onClick={() => want({ path: 'disable' })}>Let sign in no more</Button>}
                {user.sessions > 0 && <Button size="xs" variant="default" onClick={() => want({ path: 'end-sessions' })}>End the sessions</Button>}
                {user.second_factor && <Button size="xs" variant="default" onClick={() => want({ path: 'reset-second-factor' })}>Reset the second factor</Button>}
            </Group>
        </div>
    );
}

function Row({ user, self, onManage }: { user: User; self: boolean; onManage: () => void }) {
    return (
        <tr>
            <td data-label="Name"><span>{user.name}{user.email && <span className={`${css.small} ${css.quiet}`}> {user.email}</span>}</span></td>
            <td data-label="Roles">{(user.roles ?? []).join(', ')}</td>
            <td data-label="State">{user.disabled ? <Badge tone="bad">Disabled</Badge> : <Badge tone="good">{user.has_password ? 'Password' : 'Google only'}</Badge>}</td>
            <td data-label="Second factor">{user.second_factor ? <span>Yes, used <At time={user.second_factor_used_at} empty="never" /></span> : 'No'}</td>
            <td data-label="Sessions" className={css.number}>{user.sessions}</td>
            <td data-label="Last use" className={css.nowrap}><At time={user.last_used_at} empty="never" /></td>
            <td data-label="Change">{self ? <span className={css.quiet}>You</span> : <Button size="xs" variant="default" aria-label={`Change ${user.name}`} onClick={onManage}>Change…</Button>}</td>
        </tr>
    );
}

function Review({ of }: { of: Users }) {
    const client = useQueryClient();
    const [asks, setAsks] = useState(false);
    const review = useMutation<unknown, ApiError, string>({
        mutationFn: (reason) => api.post('users/review', { reason }),
        onSuccess: () => {
            setAsks(false);
            void client.invalidateQueries({ queryKey: ['users'] });
        },
    });
    const last = of.last_review;
    return (
        <Panel title="Review" actions={<Button size="xs" variant="default" onClick={() => setAsks(true)}>I have reviewed them…</Button>}>
            <p className={css.text}>{last ? <>Reviewed on <At time={last.at} /> by {last.by}, {last.users} active users: {last.note}</> : 'Nobody has reviewed users and roles yet.'}</p>
            <ReasonDialog opened={asks} title="Users and roles are reviewed" explain="What you found, for the evidence pack: “all as they should be”, or what was changed." action="Note it"
                busy={review.isPending} error={review.error} onClose={() => setAsks(false)} onReason={(reason) => review.mutate(reason)} />
        </Panel>
    );
}

export function UsersPage() {
    const session = useSession();
    const users = useThing<Users>('users');
    const [managed, setManaged] = useState<User | null>(null);
    return (
        <Page title="Users" lead="Who may sign in, and as what. Users are added at the command line: drchrono-sync admin add-user.">
            <Panel flush>
                {users.error ? <div className={css.panelBody}><Failure error={users.error} onRetry={() => void users.refetch()} /></div>
                    : !users.data ? <div className={css.panelBody}><Loading /></div>
                    : (
                        <Table label="Users" columns={['Name', 'Roles', 'State', 'Second factor', ['Sessions', 'number'], 'Last use', 'Change']}>
                            {(users.data.items ?? []).map((user) => <Row key={user.name} user={user} self={user.name === session.user} onManage={() => setManaged(user)} />)}
                        </Table>
                    )}
            </Panel>
            {users.data && <Review of={users.data} />}
            <Emergencies />
            <Modal opened={managed !== null} onClose={() => setManaged(null)} title={`Change ${managed?.name ?? ''}`}>
                {managed && <Manage user={managed} onClose={() => setManaged(null)} />}
            </Modal>
        </Page>
    );
}
