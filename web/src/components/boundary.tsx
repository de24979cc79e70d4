// What stands in the place of a part that could not be drawn: the rest of the page lives on. A part is tried again when
// what it shows changes, or somebody asks for it.
import { Button } from '@mantine/core';
import { Component, useState, type ReactNode } from 'react';

import css from './parts.module.css';

interface Props {
    /** What it is, as people call it. */
    what?: 'panel' | 'page';
    children: ReactNode;
}

async function copied(text: string): Promise<boolean> {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;  // not allowed here, as on a page without TLS
    }
}

function Broken({ what, error, onReload }: { what: string; error: Error; onReload: () => void }) {
    const [said, setSaid] = useState<'copied' | 'shown' | null>(null);
    const details = `${error.name}: ${error.message}\n${error.stack ?? ''}`;
    return (
        <div role="alert" className={css.failure} data-broken={what}>
            <div>This {what} could not be drawn.</div>
            <div className={css.actions}>
                <Button variant="default" size="xs" onClick={onReload}>Reload</Button>
                <Button variant="default" size="xs" onClick={() => void copied(details).then((done) => setSaid(done ? 'copied' : 'shown'))}>
                    {said === 'copied' ? 'Copied' : 'Copy details'}
                </Button>
            </div>
            {said === 'shown' && <pre className={css.code}>{details}</pre>}
        </div>
    );
}

export class Boundary extends Component<Props, { error: Error | null }> {
    override state: { error: Error | null } = { error: null };

    static getDerivedStateFromError(error: unknown): { error: Error } {
        return { error: error instanceof Error ? error : new Error(String(error)) };
    }

    override componentDidUpdate(before: Props): void {
        if (this.state.error && before.children !== this.props.children) this.setState({ error: null });
    }

    override render(): ReactNode {
        const { what = 'panel', children } = this.props;
        if (!this.state.error) return children;
        return <Broken what={what} error={this.state.error} onReload={() => this.setState({ error: null })} />;
    }
}
