import { expect, it } from 'vitest';

import type { Role, Session } from './api/types';
import { conflictOf } from './notes/decisions';
import { ApiError } from './api/client';
import { may } from './session';

const of = (...roles: Role[]): Session => ({
    user: 'anna', roles, csrf: '', via: 'password', idle_expires_at: '', expires_at: '', now: '', time_zone: '', version: '', dev: false, must_enroll: false, emergency_ends_at: null,
});

it('lets an admin do all, others what their roles say', () => {
    expect(may(of('admin'), ['operator', 'phi-reader'])).toBe(true);
    expect(may(of('operator'), ['operator', 'phi-reader'])).toBe(false);
    expect(may(of('operator', 'phi-reader'), ['operator', 'phi-reader'])).toBe(true);
    expect(may(of('operator'), ['viewer'])).toBe(true);
});

it('tells a conflict from any other refusal', () => {
    const current = { link_version: 5, state: 'linked' };
    expect(conflictOf(new ApiError(409, 'meanwhile', null, { current }))).toEqual(current);
    expect(conflictOf(new ApiError(409, 'other', null, {}))).toBeNull();
    expect(conflictOf(new ApiError(422, 'refused', null, { current }))).toBeNull();
    expect(conflictOf(new Error('x'))).toBeNull();
});
