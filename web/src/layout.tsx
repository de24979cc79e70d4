// The frame of every page: where one can go, who is signed in, in which zone times are shown.
import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link, NavLink, NavigationType, Outlet, useLocation, useNavigate, useNavigationType } from 'react-router-dom';

import { api } from './api/client';
import type { Role } from './api/types';
import { Boundary } from './components/boundary';
import { EmergencyBanner, OpenEmergency } from './emergency';
import { zone } from './format';
import css from './layout.module.css';
import { useLive } from './live';
import { forget, useMay, useSession } from './session';
import { ShortcutHelp, useShortcuts } from './shortcuts';

function Icon({ d }: { d: string }) {
    return <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true"><path d={d} /></svg>;
}

const icons = {
    overview: 'M3 11a7 7 0 0 1 14 0M10 11l3-4M4 15h12',
    notes: 'M5 2.5h7l3.5 3.5v11.5h-10.500zM8 9h5M8 12h5M12 2.500V6h3.500',
    deliveries: 'M2.500 11.500 5 4h10l2.500 7.500v4.500h-15zM2.500 11.500H7l1 2h4l1-2h4.500',
    runs: 'M16.500 7A7 7 0 0 0 4 6M3.500 3v3.500H7M3.500 13A7 7 0 0 0 16 14M16.500 17v-3.500H13',
    records: 'M10 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c0-3.500 2.500-5 6-5s6 1.500 6 5',
    audit: 'M10 2.500l6 2v5c0 4-2.500 6.500-6 8-3.500-1.500-6-4-6-8v-5zM7.500 10l2 2 3.500-4',
    users: 'M7.500 9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM2.500 16c0-3 2-4.500 5-4.500s5 1.500 5 4.500M13 9a2.200 2.200 0 1 0-.5-4.300M14 11.700c2.200.2 3.500 1.600 3.500 4.300',
    sun: 'M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.500 4.500l1 1M14.500 14.500l1 1M15.500 4.500l-1 1M5.500 14.500l-1 1',
    moon: 'M16 12.500A7 7 0 0 1 7.500 4a6.500 6.500 0 1 0 8.500 8.500z',
};

const places: { to: string; label: string; icon: string; roles: Role[] }[] = [
    { to: '/', label: 'Overview', icon: icons.overview, roles: ['viewer'] },
    { to: '/notes', label: 'Notes', icon: icons.notes, roles: ['phi-reader'] },
    { to: '/deliveries', label: 'Deliveries', icon: icons.deliveries, roles: ['viewer'] },
    { to: '/runs', label: 'Runs', icon: icons.runs, roles: ['viewer'] },
    { to: '/records', label: 'Records', icon: icons.records, roles: ['phi-reader'] },
    { to: '/audit', label: 'Audit', icon: icons.audit, roles: ['admin'] },
    { to: '/users', label: 'Users', icon: icons.users, roles: ['admin'] },
];

function Navigation() {
    const may = useMay();
    const { overview } = useLive();
    const waiting: Record<string, number> = {
        '/notes': overview?.needs_a_person?.unlinked_notes ?? 0,
        '/deliveries': overview?.needs_a_person?.dead_deliveries ?? 0,
        '/runs': overview?.needs_a_person?.failed_records ?? 0,
    };
    return (
        <nav aria-label="Pages" className={css.bar}>
            <ul className={css.nav}>
                {places.filter((place) => may(...place.roles)).map(({ to, label, icon }) => (
                    <li key={to}>
                        <NavLink to={to} end={to === '/'} className={css.link}>
                            <Icon d={icon} />
                            {label}
                            {(waiting[to] ?? 0) > 0 && (
                                <span className={css.count} aria-label={`, ${waiting[to]} need a person`}>{waiting[to]}</span>
                            )}
                        </NavLink>
                    </li>
                ))}
            </ul>
        </nav>
    );
}

export function SchemeButton(): ReactNode {
    const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
    const dark = useComputedColorScheme('light') === 'dark';
    return (
        <ActionIcon variant="subtle" color="cyan" aria-label={dark ? 'Light colours' : 'Dark colours'} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
            <svg width="18" height="18" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
                <path d={dark ? icons.sun : icons.moon} />
            </svg>
        </ActionIcon>
    );
}

export function Logo() {
    return (
        <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" fill="#0b7285" />
            <path d="M7 13a10 10 0 0 1 17-3m1-4v5h-5M25 19a10 10 0 0 1-17 3m-1 4v-5h5" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
    );
}

function Foot({ onHelp }: { onHelp: () => void }) {
    const session = useSession();
    const client = useQueryClient();
    const leave = useMutation({
        mutationFn: () => api.remove('session'),
        onSettled: () => forget(client),
    });
    return (
        <div className={css.foot}>
            <span className={css.zone}>Times in {zone.replaceAll('_', ' ')} (this browser){session.time_zone && `; visits in ${session.time_zone.replaceAll('_', ' ')} (clinic)`}</span>
            <div className={css.row}>
                <Link to="/account" className={css.user} title={session.roles.join(', ')} aria-label={`Your account, ${session.user}`}>{session.user}</Link>
                <span>
                    <SchemeButton />
                    <ActionIcon variant="subtle" color="cyan" aria-label="Keyboard help" onClick={onHelp}>?</ActionIcon>
                </span>
            </div>
            <OpenEmergency />
            {session.via === 'password' && (
                <Button variant="default" size="xs" loading={leave.isPending} onClick={() => leave.mutate()}>Sign out</Button>
            )}
        </div>
    );
}

export function Layout() {
    const main = useRef<HTMLElement>(null);
    const navigate = useNavigate();
    const [helping, setHelping] = useState(false);
    const { pathname } = useLocation();
    const kind = useNavigationType();
    // A page begins at its top; going back returns to where one was.
    useEffect(() => { if (kind !== NavigationType.Pop) window.scrollTo(0, 0); }, [pathname, kind]);
    useShortcuts({ '?': () => setHelping(true), g: () => void navigate('/') });
    return (
        <>
            <button type="button" className={css.skip} onClick={() => main.current?.focus()}>Skip to the content</button>
            <div className={css.frame}>
                <header className={css.side}>
                    <div className={css.brand}><Logo /><span>drchrono-sync</span></div>
                    <Navigation />
                    <Foot onHelp={() => setHelping(true)} />
                </header>
                <main ref={main} tabIndex={-1} className={css.main}><div className={css.inner}><EmergencyBanner /><Boundary what="page"><Outlet /></Boundary></div></main>
            </div>
            <ShortcutHelp opened={helping} onClose={() => setHelping(false)} />
        </>
    );
}
