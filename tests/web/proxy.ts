// A reverse proxy that serves the admin page under a prefix of its own, as a clinic's front door would.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Proxy {
    url: string;
    strangers: string[];  // what was asked of it outside the prefix
    stop: () => Promise<void>;
}

export async function startProxy(target: string, prefix: string): Promise<Proxy> {
    const strangers: string[] = [];
    const server: Server = createServer((asked, answer) => {
        const path = asked.url ?? '';
        if (!path.startsWith(`${prefix}/`)) {
            strangers.push(path);
            answer.writeHead(404).end();
            return;
        }
        const passed = request(`${target}${path.slice(prefix.length)}`, { method: asked.method, headers: asked.headers }, (said) => {
            answer.writeHead(said.statusCode ?? 502, said.rawHeaders);
            said.pipe(answer);
        });
        passed.on('error', () => answer.destroy());
        answer.on('close', () => passed.destroy());
        asked.pipe(passed);
    });
    await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
    const stop = () => new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`, strangers, stop };
}
