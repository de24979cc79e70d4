// The service and a simulated DrChrono as child processes, with a database of their own in a directory that goes away.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const scribeSecret = 'test-secret-not-real-0123456789';
const clientSecret = 'simulated-secret';
const root = resolve(__dirname, '../..');

/** What a test must know of the running service. */
export interface Place {
    url: string;
    drchrono: string;
    password: string;  // of every user
    database: { host: string; port: string };
}

export interface Running extends Place {
    stop: () => Promise<void>;
}

/** Those who may not do everything; the name says the roles. */
export const users: Record<string, string[]> = { viewer: ['viewer'], operator: ['operator'], reader: ['phi-reader'], filer: ['operator', 'phi-reader'] };

/** What the service's own database answers; for what no sender could bring about, and to look behind the page. */
export function sql({ database: { host, port } }: Pick<Place, 'database'>, text: string): string {
    return execFileSync('psql', ['--host', host, '--port', port, '--username', 'app_user', '--dbname', 'clinical', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', text],
        { encoding: 'utf8' }).trim();
}

function addUsers(binary: string, { database: { host, port }, password }: Pick<Place, 'database' | 'password'>): void {
    for (const [name, roles] of Object.entries(users)) {
        execFileSync(binary, ['admin', 'add-user', name, ...roles.flatMap((role) => ['--role', role])], {
            input: `${password}\n`,
            stdio: ['pipe', 'ignore', 'inherit'],
            env: { PATH: process.env.PATH, DB_HOST: host, DB_PORT: port, LOG_LEVEL: 'warning', DRCHRONO_WEBHOOK_SECRET: 'a-webhook-secret-of-32-characters', DEEPCURA_SHARED_SECRET: scribeSecret },
        });
    }
}

/** Gives the user a second factor, as at the command line; its recovery codes. */
export function addSecondFactor({ database: { host, port } }: Pick<Place, 'database'>, name: string): string[] {
    const binary = resolve(root, process.env.BUILD ?? 'build/dev', 'drchrono-sync');
    const directory = mkdtempSync(join(tmpdir(), 'web-tests-factor-'));
    const file = join(directory, 'codes');
    try {
        execFileSync(binary, ['admin', 'second-factor', name, '--out', file], {
            env: { PATH: process.env.PATH, DB_HOST: host, DB_PORT: port, LOG_LEVEL: 'warning', DRCHRONO_WEBHOOK_SECRET: 'a-webhook-secret-of-32-characters', DRCHRONO_CLIENT_ID: 'simulated-client', DRCHRONO_CLIENT_SECRET: clientSecret, DEEPCURA_SHARED_SECRET: scribeSecret },
        });
        return readFileSync(file, 'utf8').match(/\b(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\b/g) ?? [];
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}

function freePort(): Promise<number> {
    return new Promise((done, failed) => {
        const server = createServer();
        server.once('error', failed);
        server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            server.close(() => done(typeof address === 'object' && address ? address.port : 0));
        });
    });
}

function start(binary: string, args: string[], environment: Record<string, string>) {
    const child = spawn(binary, args, { cwd: root, env: { PATH: process.env.PATH ?? '', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { text: '' };
    child.stdout.on('data', (data: Buffer) => { output.text += data.toString(); });
    child.stderr.on('data', (data: Buffer) => { output.text += data.toString(); });
    return { child, output };
}

function ended(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((done) => {
        const last = setTimeout(() => child.kill('SIGKILL'), 30_000);
        child.once('exit', () => { clearTimeout(last); done(); });
        child.kill('SIGTERM');
    });
}

export async function until<T>(what: string, ask: () => Promise<T | null | undefined | false>, seconds = 60): Promise<T> {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
        const answer = await ask().catch(() => null);
        if (answer) return answer;
        await new Promise((done) => setTimeout(done, 300));
    }
    throw new Error(`gave up waiting for ${what}`);
}

export async function startService(): Promise<Running> {
    const binary = resolve(root, process.env.BUILD ?? 'build/dev', 'drchrono-sync');
    const directory = mkdtempSync(join(tmpdir(), 'web-tests-'));
    const [port, drchronoPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    const drchrono = `http://127.0.0.1:${drchronoPort}`;
    const simulator = start(binary, ['simulate', '--port', String(drchronoPort), '--patients', '30', '--no-limits', '--seed', '7',
        '--callback-url', `${url}/webhooks/drchrono`, '--secret', 'dev'], {});
    const service = start(binary, ['serve', '--dev'], {
        PORT: String(port),
        DATA_DIR: directory,
        LOG_FORMAT: 'text',
        DRCHRONO_BASE_URL: drchrono,
        DRCHRONO_CLIENT_ID: 'simulated-client',
        DRCHRONO_CLIENT_SECRET: clientSecret,
        DRCHRONO_ACCESS_TOKEN: 'simulated-access',
        DRCHRONO_REFRESH_TOKEN: 'simulated-refresh',
        DEEPCURA_SHARED_SECRET: scribeSecret,
        DEEPCURA_CIPHER: 'none',
        PRACTICE_TIMEZONE: 'America/New_York',
    });
    const stop = async () => {
        await ended(service.child);
        await ended(simulator.child);
        rmSync(directory, { recursive: true, force: true });
    };
    try {
        await until('the service', async () => (await fetch(`${url}/ready`)).status === 200, 90);
        const password = await until('the ready user', () => Promise.resolve(/password (\S+)/.exec(service.output.text)?.[1]));
        const said = await until('the database', () => Promise.resolve(/embedded database is running.*/.exec(service.output.text)?.[0]));
        const [host = '', port = ''] = ['socket', 'port'].map((name) => new RegExp(`${name}[=:"\\s]+([^\\s",}]+)`).exec(said)?.[1] ?? '');
        const database = { host, port };
        addUsers(binary, { database, password });
        return { url, drchrono, password, database, stop };
    } catch (error) {
        await stop();
        throw new Error(`${String(error)}\n${service.output.text}\n${simulator.output.text}`);
    }
}
