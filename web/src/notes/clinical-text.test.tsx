import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';

import { Outline } from '../components/outline';
import { TextSection, turnsOf } from './clinical-text';

afterEach(cleanup);

it('tells the speakers of a transcript apart', () => {
    expect(turnsOf('clinician: Hello.\npatient: Hello:\nhow are you?')).toEqual([
        { speaker: 'clinician', text: 'Hello.' },
        { speaker: 'patient', text: 'Hello:\nhow are you?' },
    ]);
    expect(turnsOf('no speaker at all')).toEqual([{ speaker: '', text: 'no speaker at all' }]);
});

it('shows markup in clinical text as text', () => {
    const hostile = '<img src=x onerror=alert(1)>';
    render(<><TextSection title="Plan" text={hostile} /><Outline value={{ [hostile]: [hostile, { deep: '<script>1</script>' }] }} /></>);
    expect(document.querySelector('img, script')).toBeNull();
    expect(screen.getAllByText(hostile).length).toBeGreaterThan(1);
});

it('leaves out what is empty', () => {
    render(<Outline value={{ kept: 0, no: false, gone: null, empty: [], blank: '' }} />);
    expect(screen.getByText('Kept')).toBeTruthy();
    expect(screen.getByText('no')).toBeTruthy();
    expect(screen.queryByText('Gone')).toBeNull();
});
