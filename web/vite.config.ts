// How the page is built: to web/dist, with addresses relative to the page, so that it works under any path prefix.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Where `npm run dev` finds a running service.
const service = process.env.SERVICE ?? 'http://127.0.0.1:8080';

export default defineConfig({
    base: './',
    plugins: [react()],
    build: {
        target: 'es2022',
        assetsInlineLimit: 0,        // no data: addresses in scripts and styles
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 1000,
    },
    server: {
        port: 5173,
        proxy: {
            '/admin/api': { target: service, changeOrigin: false },
            '/api': { target: service, changeOrigin: false, rewrite: (path) => `/admin${path}` },
        },
    },
    test: {
        environment: 'jsdom',
        include: ['src/**/*.test.{ts,tsx}'],
        restoreMocks: true,
    },
    logLevel: 'warn',
});
