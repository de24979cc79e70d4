// The one place that talks to the service: addresses relative to the page, the session's CSRF token, errors as values of
// one class. A 401 tells whoever listens that the session is over.

import { parseExact } from './exact';

/** The API beside the page, whatever path prefix a proxy puts before it. */
export function apiAddress(path: string, page: string = document.baseURI): string {
    return new URL(`./api/${path}`, page).href;
}

export class ApiError extends Error {
    readonly status: number;
    readonly requestId: string | null;
    readonly body: Record<string, unknown>;

    constructor(status: number, message: string, requestId: string | null, body: Record<string, unknown> = {}) {
        super(message);
        this.name = 'ApiError';
        this.status = status;
        this.requestId = requestId;
        this.body = body;
    }
}

let csrfToken = '';
let onSignedOut: () => void = () => undefined;

export function keepCsrfToken(token: string): void {
    csrfToken = token;
}

export function listenForSignOut(listener: () => void): void {
    onSignedOut = listener;
}

export type Filters = Record<string, string | number | null | undefined>;

/** `?a=1&b=2` of the filters that are set; empty without any. */
export function queryOf(filters: Filters): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filters)) {
        if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
    }
    const text = query.toString();
    return text ? `?${text}` : '';
}

function membersOf(value: unknown): Record<string, unknown> {
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

async function errorOf(response: Response): Promise<ApiError> {
    const body = membersOf(await response.json().catch(() => null));
    const message = typeof body.error === 'string' ? body.error : `The service answered ${response.status}`;
    const id = typeof body.request_id === 'string' ? body.request_id : response.headers.get('x-request-id');
    return new ApiError(response.status, message, id, body);
}

async function answer(method: string, path: string, body: unknown, options: CallOptions): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (method !== 'GET') headers['x-csrf-token'] = csrfToken;
    if (options.background) headers['x-background'] = '1';
    let response: Response;
    try {
        response = await fetch(apiAddress(path), {
            method,
            headers,
            body: body === undefined ? null : JSON.stringify(body),
            credentials: 'same-origin',
            cache: 'no-store',
            signal: options.signal ?? null,
        });
    } catch (cause) {
        if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
        throw new ApiError(0, 'The service cannot be reached', null);
    }
    if (!response.ok) {
        const error = await errorOf(response);
        if (error.status === 401 && path !== 'session') onSignedOut();
        throw error;
    }
    return response;
}

async function send<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
    const response = await answer(method, path, body, options);
    if (response.status === 204) return undefined as T;
    return (options.exact ? parseExact(await response.text()) : await response.json()) as T;
}

export interface CallOptions {
    signal?: AbortSignal;
    /** Nobody asked for it just now: it does not prolong the session. */
    background?: boolean;
    /** The answer holds values of records: see exact.ts. */
    exact?: boolean;
}

/** Saves what a POST answers as a file: what it asks for is in no address. */
async function download(path: string, body: unknown, name: string): Promise<void> {
    const response = await answer('POST', path, body, {});
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export const api = {
    download,
    get: <T>(path: string, options?: CallOptions) => send<T>('GET', path, undefined, options),
    post: <T>(path: string, body: unknown, options?: CallOptions) => send<T>('POST', path, body, options),
    remove: (path: string) => send<void>('DELETE', path),
};
