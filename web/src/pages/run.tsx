// One run: how far it is or how it ended.
import { Link, useParams } from 'react-router-dom';

import { useThing } from '../api/queries';
import type { RunDetail } from '../api/types';
import { JsonText } from '../components/json';
import { Facts, Failure, Loading, Page, Panel, StateBadge, css } from '../components/parts';
import { At } from '../components/time';
import { count } from '../format';
import { plain } from '../words';
import { RunProgress } from './overview';

export function RunPage() {
    const { id = '' } = useParams();
    const run = useThing<RunDetail>(`runs/${encodeURIComponent(id)}`, { refreshSeconds: 3 });
    const data = run.data;
    return (
        <Page title={data ? `Run of ${data.resource ? plain(data.resource).toLowerCase() : 'all'}` : 'Run'} lead={<Link to="/runs">All runs</Link>}>
            {run.error && !data && <Failure error={run.error} onRetry={() => void run.refetch()} />}
            {run.isPending && <Panel><Loading /></Panel>}
            {data?.progress && <Panel title="Under way"><RunProgress progress={data.progress} /></Panel>}
            {data && (
                <div className={`${css.columns} ${css.two}`}>
                    <Panel title="What it did">
                        <Facts of={[
                            ['Status', <StateBadge key="status" state={data.status} />],
                            ['Type', plain(data.type)], ['Source', plain(data.source)],
                            ['Started', <At key="start" time={data.started_at} seconds />], ['Ended', <At key="end" time={data.completed_at} seconds />],
                            ['Read', count(data.total)], ['Created', count(data.created)], ['Updated', count(data.updated)],
                            ['Unchanged', count(data.unchanged)], ['Deleted', count(data.deleted)], ['Failed', count(data.failed)],
                            ['Error', data.error],
                        ]} />
                    </Panel>
                    <Panel title="Details"><JsonText label="Details of the run" text={JSON.stringify(data.details ?? {})} /></Panel>
                </div>
            )}
        </Page>
    );
}
