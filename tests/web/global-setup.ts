import { prepare } from './clinic';
import { startService } from './service';

/** WEB_TEST_PLACE, a Place as JSON, names a service that runs already and was prepared. */
export default async function setUp(): Promise<() => Promise<void>> {
    if (process.env.WEB_TEST_PLACE) return () => Promise.resolve();
    const running = await startService();
    const { stop, ...place } = running;
    process.env.WEB_TEST_PLACE = JSON.stringify(place);
    try {
        await prepare(place);
    } catch (error) {
        await stop();
        throw error;
    }
    return stop;
}
