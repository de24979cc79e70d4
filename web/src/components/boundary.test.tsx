import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Boundary } from './boundary';

beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    vi.stubGlobal('matchMedia', (query: string) => ({ matches: false, media: query, onchange: null, addListener: () => undefined, removeListener: () => undefined, addEventListener: () => undefined, removeEventListener: () => undefined, dispatchEvent: () => false }));
});
afterEach(cleanup);

let broken = true;
function Part() {
    if (broken) throw new TypeError('nothing there');
    return <p>drawn</p>;
}

it('keeps the rest when a part cannot be drawn, and draws it when it can be', () => {
    broken = true;
    render(<MantineProvider><p>the rest</p><Boundary><Part /></Boundary></MantineProvider>);
    expect(screen.getByRole('alert').textContent).toContain('This panel could not be drawn.');
    expect(screen.getByText('the rest')).toBeTruthy();
    broken = false;
    fireEvent.click(screen.getByRole('button', { name: 'Reload' }));
    expect(screen.getByText('drawn')).toBeTruthy();
});

it('tries again when what it shows changes', () => {
    broken = true;
    const all = () => <MantineProvider><Boundary><Part /></Boundary></MantineProvider>;
    const shown = render(all());
    expect(screen.getByRole('alert')).toBeTruthy();
    broken = false;
    shown.rerender(all());
    expect(screen.getByText('drawn')).toBeTruthy();
});
