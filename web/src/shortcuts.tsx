// Single keys that act on the page. They rest while somebody types, and while a dialog is open.
import { Kbd, Modal } from '@mantine/core';
import { useEffect, useRef } from 'react';

import { css } from './components/parts';

export type Shortcuts = Record<string, () => void>;

function isTyping(target: EventTarget | null): boolean {
    if (target instanceof HTMLInputElement && ['radio', 'checkbox', 'button'].includes(target.type)) return false;
    return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}

export function useShortcuts(keys: Shortcuts): void {
    const latest = useRef(keys);
    useEffect(() => { latest.current = keys; });
    useEffect(() => {
        const onKey = (event: KeyboardEvent) => {
            if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
            if (isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
            const act = latest.current[event.key];
            if (!act) return;
            event.preventDefault();
            act();
        };
        document.addEventListener('keydown', onKey);
        return () => document.removeEventListener('keydown', onKey);
    }, []);
}

const help: [string, string][] = [
    ['?', 'This help'],
    ['g', 'Back to the overview'],
    ['j', 'Next unlinked note'],
    ['k', 'Previous unlinked note'],
    ['1 … 9', 'Choose a candidate'],
    ['l', 'Link the note to the chosen candidate'],
    ['x', 'Mark the note as not linkable'],
    ['u', 'Undo the last decision'],
];

export function ShortcutHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
    return (
        <Modal opened={opened} onClose={onClose} title="Keyboard">
            <table className={css.table}>
                <thead><tr><th scope="col">Key</th><th scope="col">What it does</th></tr></thead>
                <tbody>{help.map(([key, text]) => <tr key={key}><td><Kbd>{key}</Kbd></td><td>{text}</td></tr>)}</tbody>
            </table>
        </Modal>
    );
}
