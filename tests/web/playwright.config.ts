// The page in Debian's Chromium against the real service, its database and a simulated DrChrono.
import { defineConfig } from '@playwright/test';

const build = process.env.BUILD ?? 'build/dev';

export default defineConfig({
    testDir: '.',
    outputDir: `../../${build}/test-logs/web`,
    globalSetup: './global-setup.ts',
    workers: 1,          // the tests share one service
    fullyParallel: false,
    timeout: 180_000,     // a busy machine is no fault of the page
    expect: { timeout: 45_000 },
    reporter: [['list'], ['json', { outputFile: `../../${build}/test-logs/web.json` }]],
    use: {
        browserName: 'chromium',
        viewport: { width: 1360, height: 900 },
        locale: 'en-US',
        timezoneId: 'America/New_York',
        contextOptions: { reducedMotion: 'reduce' },
        launchOptions: {
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
            args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
                '--disable-component-update', '--disable-sync'],
        },
        trace: 'off',
    },
});
