// Which page stands under which address. Addresses are in the hash: filters and ids in them never reach a server's log.
import { HashRouter, Route, Routes } from 'react-router-dom';

import type { ReactNode } from 'react';

import { Failure, Loading, Page, Empty, Panel, css } from './components/parts';
import type { Role } from './api/types';
import { Layout } from './layout';
import { LiveProvider } from './live';
import { AccountPage, MustEnrollPage } from './pages/account';
import { AccountingPage } from './pages/accounting';
import { AuditPage } from './pages/audit';
import { DeliveriesPage } from './pages/deliveries';
import { DeliveryPage } from './pages/delivery';
import { FailuresPage } from './pages/failures';
import { NotesPage } from './pages/notes';
import { OverviewPage } from './pages/overview';
import { PatientPage } from './pages/patient';
import { PatientsPage } from './pages/patients';
import { RecordPage } from './pages/record';
import { RunPage } from './pages/run';
import { RunsPage } from './pages/runs';
import { SignInPage } from './pages/sign-in';
import { UsersPage } from './pages/users';
import { SessionProvider, useMay, useSessionQuery } from './session';

const refusals: Partial<Record<Role, string>> = {
    'phi-reader': 'This needs the role phi-reader, which lets one see data of patients.',
    admin: 'This needs the role admin.',
};

/** A page for those who have the role; the others are told so, and nothing is asked of the service. */
function For({ needs, title, children }: { needs: Role; title: string; children: ReactNode }) {
    const may = useMay();
    if (may(needs)) return <>{children}</>;
    return <Page title={title}><Panel><div role="alert" className={css.empty}><strong>You do not have access to this page</strong>{refusals[needs]} Ask whoever administers drchrono-sync for it.</div></Panel></Page>;
}

export function App() {
    const session = useSessionQuery();
    if (session.isPending) return <main style={{ padding: 32 }}><Loading lines={3} /></main>;
    if (session.error) return <main style={{ padding: 32 }}><Failure error={session.error} onRetry={() => void session.refetch()} /></main>;
    if (!session.data) return <SignInPage />;
    if (session.data.must_enroll) return <SessionProvider session={session.data}><MustEnrollPage /></SessionProvider>;
    return (
        <SessionProvider session={session.data}>
            <LiveProvider>
                <HashRouter>
                    <Routes>
                        <Route element={<Layout />}>
                            <Route index element={<OverviewPage />} />
                            <Route path="notes" element={<For needs="phi-reader" title="Notes"><NotesPage /></For>} />
                            <Route path="notes/:id" element={<For needs="phi-reader" title="Notes"><NotesPage /></For>} />
                            <Route path="deliveries" element={<DeliveriesPage />} />
                            <Route path="deliveries/:id" element={<DeliveryPage />} />
                            <Route path="runs" element={<RunsPage />} />
                            <Route path="runs/:id" element={<RunPage />} />
                            <Route path="failures" element={<FailuresPage />} />
                            <Route path="records" element={<For needs="phi-reader" title="Records"><PatientsPage /></For>} />
                            <Route path="patients/:id" element={<For needs="phi-reader" title="Patient"><PatientPage /></For>} />
                            <Route path="records/:table/:id" element={<For needs="phi-reader" title="Record"><RecordPage /></For>} />
                            <Route path="audit" element={<For needs="admin" title="Audit"><AuditPage /></For>} />
                            <Route path="accounting" element={<For needs="admin" title="Who saw whom"><AccountingPage /></For>} />
                            <Route path="users" element={<For needs="admin" title="Users"><UsersPage /></For>} />
                            <Route path="account" element={<AccountPage />} />
                            <Route path="*" element={<Page title="Nothing here"><Empty title="There is no such page">Choose one from the menu.</Empty></Page>} />
                        </Route>
                    </Routes>
                </HashRouter>
            </LiveProvider>
        </SessionProvider>
    );
}
