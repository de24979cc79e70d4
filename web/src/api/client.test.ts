import { afterEach, expect, it, vi } from 'vitest';

import { ApiError, api, apiAddress, keepCsrfToken, listenForSignOut, queryOf } from './client';

function answer(status: number, body: unknown) {
    const fetched = vi.fn(() => Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status })));
    vi.stubGlobal('fetch', fetched);
    return fetched;
}

afterEach(() => vi.unstubAllGlobals());

it('finds the API beside the page under any prefix', () => {
    expect(apiAddress('notes', 'https://a.example/admin/')).toBe('https://a.example/admin/api/notes');
    expect(apiAddress('notes', 'https://a.example/clinic/sync/admin/#/notes/1?state=linked')).toBe('https://a.example/clinic/sync/admin/api/notes');
});

it('leaves out filters that are not set, and escapes the others', () => {
    expect(queryOf({ a: '', b: null, c: undefined })).toBe('');
    expect(queryOf({ state: 'dead', id: 'a&b=c' })).toBe('?state=dead&id=a%26b%3Dc');
});

it('sends the CSRF token with what changes something, and only then', async () => {
    keepCsrfToken('token');
    const fetched = answer(200, {});
    await api.get('overview');
    await api.post('runs', {});
    const headers = fetched.mock.calls.map((call) => (call as unknown as [string, { headers: Record<string, string> }])[1].headers);
    expect(headers[0]).not.toHaveProperty('x-csrf-token');
    expect(headers[1]?.['x-csrf-token']).toBe('token');
});

it('makes an error of an answer, with the request id', async () => {
    answer(422, { error: 'Another patient’s', request_id: 'r-1', current: { link_version: 5 } });
    const error = await api.post('notes/1/link', {}).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, message: 'Another patient’s', requestId: 'r-1', body: { current: { link_version: 5 } } });
});

it('says so when what came back is no JSON, or nothing came back', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 502 })));
    await expect(api.get('overview')).rejects.toMatchObject({ status: 502, message: 'The service answered 502' });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
    await expect(api.get('overview')).rejects.toMatchObject({ status: 0, message: 'The service cannot be reached' });
});

it('tells that the session is over on a 401, but not when asked whether there is one', async () => {
    const over = vi.fn();
    listenForSignOut(over);
    answer(401, { error: 'Not signed in' });
    await api.get('session').catch(() => undefined);
    expect(over).not.toHaveBeenCalled();
    await api.get('overview').catch(() => undefined);
    expect(over).toHaveBeenCalledOnce();
});
