// Is it in sync, and how do we know: the first thing to look at.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';

import type { Allowance, LastRun, Overview, Progress, ResourceState } from '../api/types';
import { LagDay, Meter, RunSparkline } from '../components/charts';
import { Boundary } from '../components/boundary';
import { Badge, Empty, Loading, Page, Panel, StateBadge, Table, css } from '../components/parts';
import { Ago, At } from '../components/time';
import { count, duration, plural } from '../format';
import { useLive, type LiveState } from '../live';
import { plain } from '../words';
import own from './overview.module.css';

type SyncState = Overview['in_sync']['state'];

const verdicts: Record<SyncState, { tone: string | undefined; mark: string; text: string }> = {
    yes: { tone: own.yes, mark: '✓', text: 'In sync' },
    behind: { tone: own.unknown, mark: '…', text: 'Catching up' },
    incomplete: { tone: own.no, mark: '!', text: 'Data is incomplete' },
    unknown: { tone: own.unknown, mark: '?', text: 'Not known yet' },
};

function Verdict({ overview }: { overview: Overview }) {
    const { state, because } = overview.in_sync;
    const verdict = (verdicts as Partial<typeof verdicts>)[state] ?? { ...verdicts.unknown, text: plain(state) };
    return (
        <section className={`${own.verdict} ${verdict.tone}`} aria-label="Is it in sync?">
            <span className={own.mark} aria-hidden="true">{verdict.mark}</span>
            <div>
                <h2>{verdict.text}</h2>
                <ul>{because.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
            </div>
        </section>
    );
}

function Wanted({ to, value, one, many }: { to: string; value: number; one: string; many: string }) {
    return <li><Link to={to}>{plural(value, one, many)}</Link></li>;
}

function NeedsAPerson({ needs }: { needs: Overview['needs_a_person'] }) {
    const nothing = needs.unlinked_notes + needs.dead_deliveries + needs.unreadable_deliveries + needs.dead_fetches + needs.failed_records === 0 && needs.problems.length === 0;
    return (
        <Panel title="Needs attention">
            {nothing ? <p className={own.plain}>Nothing to do.</p> : (
                <ul className={own.wanted}>
                    {needs.unlinked_notes > 0 && <Wanted to="/notes" value={needs.unlinked_notes} one="scribe note to file" many="scribe notes to file" />}
                    {needs.dead_deliveries > 0 && <Wanted to="/deliveries?state=dead" value={needs.dead_deliveries} one="failed webhook" many="failed webhooks" />}
                    {needs.unreadable_deliveries > 0 && <Wanted to="/deliveries?state=unreadable" value={needs.unreadable_deliveries} one="webhook that could not be read" many="webhooks that could not be read" />}
                    {needs.failed_records > 0 && <Wanted to="/failures" value={needs.failed_records} one="record that the database refused" many="records that the database refused" />}
                    {needs.dead_fetches > 0 && <li>{plural(needs.dead_fetches, 'record')} that DrChrono refused to return</li>}
                    {needs.problems.map((problem) => <li key={problem}>{problem}</li>)}
                </ul>
            )}
        </Panel>
    );
}

function Deliveries({ overview }: { overview: Overview }) {
    const { pending, processing, waiting, dead, last_day: lastDay } = overview.deliveries;
    const entries: [string, number][] = [['pending', pending], ['processing', processing], ['waiting', waiting], ['dead', dead]];
    return (
        <Panel title="Deliveries" actions={<Link className={css.small} to="/deliveries">All deliveries</Link>}>
            <ul className={own.states}>
                {entries.map(([state, value]) => (
                    <li key={state}>
                        <Link to={`/deliveries?state=${state}`} className={state === 'dead' && value > 0 ? own.alarm : undefined}>
                            <strong>{count(value)}</strong> {plain(state).toLowerCase()}
                        </Link>
                    </li>
                ))}
            </ul>
            <p className={own.under}>
                Last 24 hours: {count(lastDay.done)} done, {count(lastDay.ignored)} ignored, {count(lastDay.unreadable)} unreadable, {count(lastDay.dead)} dead.
            </p>
        </Panel>
    );
}

function Lag({ lag }: { lag: Overview['lag'] }) {
    return (
        <Panel title="Processing delay">
            <p className={own.big}>
                {lag.now_seconds > 0 ? duration(lag.now_seconds) : 'None'}
                <span>{lag.now_seconds > 0 ? 'is how long the oldest queued webhook has waited' : 'the queue is empty'}</span>
            </p>
            <LagDay hours={lag.day} />
        </Panel>
    );
}

function Window({ label, window }: { label: string; window: Allowance }) {
    const text = window.limit === 0 ? `${count(window.spent)} spent, no limit` : `${count(window.spent)} of ${count(window.limit)}`;
    return <Meter label={label} value={window.spent} limit={window.limit} text={text} />;
}

function Budget({ budget }: { budget: Overview['budget'] }) {
    return (
        <Panel title="Requests to DrChrono">
            {budget === null ? <p className={own.plain}>No DrChrono account is set: nothing is fetched.</p> : (
                <div className={css.stack}>
                    {budget.braked_until && <Badge tone="warn">DrChrono asked to wait until <At time={budget.braked_until} /></Badge>}
                    <Window label="This hour" window={budget.hour} />
                    <Window label="Ten minutes" window={budget.ten_minutes} />
                    <Window label="This second" window={budget.second} />
                </div>
            )}
        </Panel>
    );
}

function Outbox({ outbox }: { outbox: Overview['outbox'] }) {
    const depth = `${outbox.at_least ? 'more than ' : ''}${plural(outbox.unpublished, 'event')}`;
    return (
        <Panel title="Outbox">
            <p className={own.big}>{count(outbox.unpublished)}{outbox.at_least ? '+' : ''}<span>{outbox.topic ? 'to be published' : 'kept here'}</span></p>
            <p className={own.under}>
                {outbox.topic
                    ? (outbox.unpublished === 0 ? 'Every event is published.' : `${depth}; the oldest waits ${duration(outbox.oldest_seconds ?? 0)}.`)
                    : 'No Pub/Sub topic is set: events stay in the table outbox, in order.'}
            </p>
            {outbox.problem && <Badge tone="bad">{outbox.problem}</Badge>}
        </Panel>
    );
}

export function RunProgress({ progress }: { progress: Progress }) {
    const done = `${count(progress.total)}${typeof progress.expected !== 'number' ? '' : ` of about ${count(progress.expected)}`} read, ${count(progress.created + progress.updated)} written`;
    return (
        <div>
            <Meter label={`${plain(progress.resource)}, ${plain(progress.mode).toLowerCase()}`} value={progress.total ?? 0} limit={progress.expected ?? 0} text={done} />
            <p className={own.under}>{plain(progress.phase)} · {plural(progress.requests, 'request')} · started <Ago time={progress.started_at} /></p>
        </div>
    );
}

function Running({ running }: { running: Progress[] }) {
    if (running.length === 0) return null;
    return (
        <Panel title="Running now" actions={<Link className={css.small} to="/runs">All runs</Link>}>
            <div className={css.stack}>{running.map((progress) => <RunProgress key={progress.run_id} progress={progress} />)}</div>
        </Panel>
    );
}

function RunResult({ run }: { run: LastRun }) {
    const written = run.created + run.updated + run.deleted;
    return (
        <>
            <Link to={`/runs/${run.id}`}><StateBadge state={run.status} /></Link>{' '}
            <span className={css.small}>
                <Ago time={run.started_at} /> · {count(run.total)} read, {count(written)} written{run.failed > 0 ? `, ${count(run.failed)} failed` : ''}
            </span>
            {run.error && <div className={`${css.small} ${css.quiet}`}>{run.error}</div>}
        </>
    );
}

function Resource({ state }: { state: ResourceState }) {
    return (
        <tr>
            <td data-label=""><strong>{plain(state.resource)}</strong></td>
            <td data-label="Last run"><div>{state.running ? <StateBadge state="running" /> : state.last_run ? <RunResult run={state.last_run} /> : <span className={css.quiet}>never run</span>}</div></td>
            <td data-label="Complete to"><Ago time={state.complete_since} /></td>
            <td data-label="Next run"><Ago time={state.next_at} empty="not scheduled" /></td>
            <td data-label="Last runs"><RunSparkline runs={state.spark} /></td>
        </tr>
    );
}

function Resources({ states }: { states: ResourceState[] }) {
    return (
        <Panel title="Resources" flush>
            {states.length === 0 ? <Empty title="No resource is mirrored" /> : (
                <Table label="Resources" columns={['Resource', 'Last run', 'Complete to', 'Next run', 'Last runs']}>
                    {states.map((resource) => <Resource key={resource.resource} state={resource} />)}
                </Table>
            )}
        </Panel>
    );
}

const liveTexts: Record<LiveState, ReactNode> = {
    connecting: <Badge tone="busy">Connecting</Badge>,
    live: <Badge tone="good">Live</Badge>,
    broken: <Badge tone="warn">Connection lost, trying again</Badge>,
    paused: <Badge tone="none">Paused</Badge>,
};

function LiveSwitch() {
    const { state, pause, resume } = useLive();
    return (
        <>
            <span role="status">{liveTexts[state]}</span>
            <Button variant="default" size="xs" onClick={state === 'paused' ? resume : pause}>{state === 'paused' ? 'Resume' : 'Pause'}</Button>
        </>
    );
}

export function OverviewPage() {
    const { overview, state } = useLive();
    return (
        <Page title="Overview" actions={<LiveSwitch />}
            lead={overview && <>The clinic’s data as of <At time={overview.now} />{state === 'paused' && ', paused'}</>}>
            {overview === null ? <Panel><Loading lines={6} /></Panel> : (
                <>
                    <Boundary><Verdict overview={overview} /></Boundary>
                    <div className={own.grid}>
                        <Boundary><NeedsAPerson needs={overview.needs_a_person} /></Boundary>
                        <Boundary><Deliveries overview={overview} /></Boundary>
                        <Boundary><Lag lag={overview.lag} /></Boundary>
                        <Boundary><Budget budget={overview.budget} /></Boundary>
                        <Boundary><Outbox outbox={overview.outbox} /></Boundary>
                        <Boundary><Running running={overview.running} /></Boundary>
                    </div>
                    <Boundary><Resources states={overview.resources} /></Boundary>
                </>
            )}
        </Page>
    );
}
