// Which page stands under which address. Addresses are in the hash: filters and ids in them never reach a server's log.
import { HashRouter, Route, Routes } from 'react-router-dom';

import { Failure, Loading, Page, Empty } from './components/parts';
import { Layout } from './layout';
import { LiveProvider } from './live';
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
import { SessionProvider, useSessionQuery } from './session';

export function App() {
    const session = useSessionQuery();
    if (session.isPending) return <main style={{ padding: 32 }}><Loading lines={3} /></main>;
    if (session.error) return <main style={{ padding: 32 }}><Failure error={session.error} onRetry={() => void session.refetch()} /></main>;
    if (!session.data) return <SignInPage />;
    return (
        <SessionProvider session={session.data}>
            <LiveProvider>
                <HashRouter>
                    <Routes>
                        <Route element={<Layout />}>
                            <Route index element={<OverviewPage />} />
                            <Route path="notes" element={<NotesPage />} />
                            <Route path="notes/:id" element={<NotesPage />} />
                            <Route path="deliveries" element={<DeliveriesPage />} />
                            <Route path="deliveries/:id" element={<DeliveryPage />} />
                            <Route path="runs" element={<RunsPage />} />
                            <Route path="runs/:id" element={<RunPage />} />
                            <Route path="failures" element={<FailuresPage />} />
                            <Route path="records" element={<PatientsPage />} />
                            <Route path="patients/:id" element={<PatientPage />} />
                            <Route path="records/:table/:id" element={<RecordPage />} />
                            <Route path="audit" element={<AuditPage />} />
                            <Route path="*" element={<Page title="Nothing here"><Empty title="There is no such page">Choose one from the menu.</Empty></Page>} />
                        </Route>
                    </Routes>
                </HashRouter>
            </LiveProvider>
        </SessionProvider>
    );
}
