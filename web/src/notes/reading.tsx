// How a note's payload was understood, member by member. Asked for only when somebody opens it: each look is logged.
import { useState } from 'react';

import { useThing } from '../api/queries';
import type { NoteReading, ReadMember } from '../api/types';
import { Failure, Loading, Panel, css } from '../components/parts';
import { plural } from '../format';
import { plain } from '../words';
import own from './notes.module.css';

/** What became of the member, in words. */
export function outcome({ became, not_taken, envelope }: ReadMember): string {
    const said = [];
    if (became.length > 0) said.push(became.map(plain).join(', '));
    if (not_taken.length > 0) said.push(`not taken, another member says it: ${not_taken.map(plain).join(', ')}`);
    if (envelope) said.push('tells of the sending, not of the note');
    return said.length > 0 ? said.join('; ') : 'left over: kept in the payload only';
}

function Members({ noteId }: { noteId: string }) {
    const reading = useThing<NoteReading>(`notes/${encodeURIComponent(noteId)}/reading`, { exact: true });
    if (reading.error) return <Failure error={reading.error} onRetry={() => void reading.refetch()} />;
    if (!reading.data) return <Loading lines={4} />;
    const { members, complete, bytes } = reading.data;
    return (
        <>
            <p className={`${css.small} ${css.quiet}`}>{plural(bytes, 'byte')}, {plural(members.length, 'member')}{!complete && '; further members are not shown'}</p>
            <div className={own.reading}>
                <table>
                    <thead><tr><th scope="col">Member</th><th scope="col">Became</th><th scope="col">Value</th></tr></thead>
                    <tbody>
                        {members.map((member) => (
                            <tr key={member.path}>
                                <th scope="row">{member.path}</th>
                                <td>{outcome(member)}</td>
                                <td className={own.value}>{member.value}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </>
    );
}

export function Reading({ noteId }: { noteId: string }) {
    const [asked, setAsked] = useState(false);
    return (
        <Panel title="The payload">
            <details className={own.details} onToggle={(event) => { if (event.currentTarget.open) setAsked(true); }}>
                <summary>How it was understood, member by member</summary>
                {asked && <Members noteId={noteId} />}
            </details>
        </Panel>
    );
}
