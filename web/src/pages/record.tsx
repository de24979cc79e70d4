// One record: as it is or as it was at any time, and each change of it.
import { Button } from '@mantine/core';
import { useParams } from 'react-router-dom';

import { queryOf } from '../api/client';
import { useList, useThing } from '../api/queries';
import type { Change, RecordState } from '../api/types';
import { ChangeEntry } from '../components/changes';
import { FilterTime } from '../components/fields';
import { JsonText, Value } from '../components/json';
import { Badge, Empty, Failure, ListFrame, Loading, Page, Panel, css } from '../components/parts';
import { At } from '../components/time';
import { useFilters } from '../filters';
import { plain } from '../words';
import { Link } from 'react-router-dom';

const names = ['at'] as const;

function Fields({ state }: { state: RecordState }) {
    if (!state.existed) return <Empty title="Not there at that time">The record was not mirrored yet.</Empty>;
    return (
        <>
            {!state.complete && <Badge tone="warn">The history does not reach back so far: what is shown may be newer</Badge>}
            {state.deleted && <Badge tone="bad">Removed</Badge>}
            <dl className={css.facts} style={{ marginTop: 8 }}>
                {Object.entries(state.fields).map(([name, value]) => [<dt key={`${name} name`}>{plain(name)}</dt>, <dd key={name}><Value value={value} /></dd>])}
            </dl>
            {state.raw !== null && <details style={{ marginTop: 12 }}><summary>DrChrono’s JSON</summary><JsonText label="DrChrono’s JSON" text={state.raw} /></details>}
        </>
    );
}

export function RecordPage() {
    const { table = '', id = '' } = useParams();
    const { values, set } = useFilters(names);
    const path = `records/${encodeURIComponent(table)}/${encodeURIComponent(id)}`;
    const state = useThing<RecordState>(`${path}${queryOf({ at: values.at })}`, { exact: true });
    const list = useList<Change>(`${path}/changes`, {}, { exact: true });
    const patient = table === 'patients' ? id : state.data?.fields.patient_id;
    return (
        <Page title={`Record of ${plain(table).toLowerCase()}`} lead={typeof patient === 'string' ? <Link to={`/patients/${patient}`}>The patient</Link> : <Link to="/records">Search a patient</Link>}>
            <div className={`${css.columns} ${css.two}`} style={{ alignItems: 'start' }}>
                <Panel title={values.at ? 'As it was' : 'As it is'}>
                    <div className={css.actions} style={{ alignItems: 'flex-end', marginBottom: 12 }}>
                        <FilterTime label="As of" value={values.at} onValue={(value) => set('at', value)} />
                        {values.at && <Button variant="default" size="sm" onClick={() => set('at', '')}>Now</Button>}
                    </div>
                    {values.at && <p className={`${css.quiet} ${css.small}`}>Shown as of <At time={values.at} />.</p>}
                    {state.error && <Failure error={state.error} onRetry={() => void state.refetch()} />}
                    {state.isPending && <Loading />}
                    {state.data && <Fields state={state.data} />}
                </Panel>
                <Panel title="Changes" flush>
                    <ListFrame list={list} empty={<Empty title="No change is kept">The history of this record was cut, or it has none.</Empty>}>
                        {list.items.map((change) => (
                            <div key={change.seq}>
                                <ChangeEntry change={change} />
                                <div style={{ padding: '0 16px 8px' }}><Button size="compact-xs" variant="subtle" onClick={() => set('at', change.at)}>The record after this change</Button></div>
                            </div>
                        ))}
                    </ListFrame>
                </Panel>
            </div>
        </Page>
    );
}
