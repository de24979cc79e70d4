// One record: as it is or as it was at any time, and each change of it.
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useParams } from 'react-router-dom';

import { api, queryOf, type ApiError } from '../api/client';
import { useList, useThing } from '../api/queries';
import type { Change, RecordState } from '../api/types';
import { ChangeEntry } from '../components/changes';
import { FilterTime } from '../components/fields';
import { JsonText, Value } from '../components/json';
import { isHidden } from '../components/outline';
import { ReasonDialog } from '../components/reason';
import { Badge, Empty, Facts, Failure, ListFrame, Loading, Page, Panel, css } from '../components/parts';
import { At } from '../components/time';
import { useFilters } from '../filters';
import { bytes } from '../format';
import { plain } from '../words';

const names = ['at'] as const;

function Fields({ state }: { state: RecordState }) {
    if (!state.existed) return <Empty title="Not there at that time">The record was not mirrored yet.</Empty>;
    return (
        <>
            {!state.complete && <Badge tone="warn">The history does not reach back so far: what is shown may be newer</Badge>}
            {state.deleted && <Badge tone="bad">Removed</Badge>}
            <dl className={css.facts} style={{ marginTop: 8 }}>
                {Object.entries(state.fields ?? {}).map(([name, value]) => [<dt key={`${name} name`}>{plain(name)}</dt>, <dd key={name}><Value value={value} /></dd>])}
            </dl>
        </>
    );
}

/** Everything about the record that takes a reason to see, as of the moment shown. */
function Reasoned({ path, state }: { path: string; state: RecordState }) {
    const [asking, setAsking] = useState(false);
    const reveal = useMutation<RecordState, ApiError, string>({
        mutationFn: (reason) => api.post<RecordState>(`${path}/reveal`, { reason, ...(state.at ? { at: state.at } : {}) }, { exact: true }),
        onSuccess: () => setAsking(false),
    });
    const hidden = Object.entries(state.fields ?? {}).filter(([, value]) => isHidden(value)).map(([name]) => name);
    if (hidden.length === 0 && typeof state.raw_bytes !== 'number') return null;
    if (!reveal.data) {
        return (
            <div style={{ marginTop: 16 }}>
                <p className={`${css.quiet} ${css.small}`}>
                    Hidden: {[...hidden.map((name) => plain(name).toLowerCase()), ...(typeof state.raw_bytes === 'number' ? [`DrChrono’s JSON (${bytes(state.raw_bytes)})`] : [])].join(', ')}.
                </p>
                <Button variant="default" onClick={() => setAsking(true)}>Reveal what is hidden…</Button>
                <ReasonDialog opened={asking} title="Reveal what is hidden" action="Reveal" busy={reveal.isPending} error={reveal.error}
                    explain="Your name, the time and your reason are kept in the access log, with this patient." onClose={() => setAsking(false)}
                    onReason={(reason) => reveal.mutate(reason)} />
            </div>
        );
    }
    return (
        <div className={css.stack} style={{ marginTop: 16 }}>
            {hidden.length > 0 && <Facts of={hidden.map((name) => [plain(name), <Value key={name} value={reveal.data.fields[name]} />])} />}
            {reveal.data.raw !== null && <JsonText label="DrChrono’s JSON" text={reveal.data.raw} />}
        </div>
    );
}

export function RecordPage() {
    const { table = '', id = '' } = useParams();
    const { values, set } = useFilters(names);
    const path = `records/${encodeURIComponent(table)}/${encodeURIComponent(id)}`;
    const state = useThing<RecordState>(`${path}${queryOf({ at: values.at })}`, { exact: true });
    const list = useList<Change>(`${path}/changes`, {}, { exact: true });
    const patient = table === 'patients' ? id : state.data?.fields?.patient_id;
    const shown = useRef<HTMLDivElement>(null);
    const show = (at: string) => {
        set('at', at);
        // Beside the changes it stays in sight; above them, on a narrow screen, it is gone to.
        if (shown.current && getComputedStyle(shown.current).position !== 'sticky') shown.current.scrollIntoView();
    };
    return (
        <Page title={`Record of ${plain(table).toLowerCase()}`} lead={typeof patient === 'string' ? <Link to={`/patients/${patient}`}>The patient</Link> : <Link to="/records">Search a patient</Link>}>
            <div className={`${css.columns} ${css.two}`} style={{ alignItems: 'start' }}>
                <div className={css.sticky} ref={shown}>
                <Panel title={values.at ? 'As it was' : 'As it is'}>
                    <div className={css.actions} style={{ alignItems: 'flex-end', marginBottom: 12 }}>
                        <FilterTime label="As of" value={values.at} onValue={(value) => set('at', value)} />
                        {values.at && <Button variant="default" size="sm" onClick={() => set('at', '')}>Now</Button>}
                    </div>
                    {values.at && <p className={`${css.quiet} ${css.small}`}>Shown as of <At time={values.at} seconds />.</p>}
                    {state.error && <Failure error={state.error} onRetry={() => void state.refetch()} />}
                    {state.isPending && <Loading />}
                    {state.data && <Fields state={state.data} />}
                    {state.data?.existed && <Reasoned key={`${id}${values.at}`} path={path} state={state.data} />}
                </Panel>
                </div>
                <Panel title="Changes" flush>
                    <ListFrame list={list} empty={<Empty title="No change is kept">The history of this record was cut, or it has none.</Empty>}>
                        {list.items.map((change) => (
                            <div key={change.seq} className={values.at === change.at ? css.marked : undefined} aria-current={values.at === change.at ? 'true' : undefined}>
                                <ChangeEntry change={change} />
                                <div style={{ padding: '0 16px 8px' }}><Button size="compact-xs" variant="subtle" onClick={() => show(change.at)}>The record after this change</Button></div>
                            </div>
                        ))}
                    </ListFrame>
                </Panel>
            </div>
        </Page>
    );
}
