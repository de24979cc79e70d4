import { prepare } from './clinic';
import { startService } from './service';

/** WEB_TEST_PLACE, {"url","drchrono","password"}, names a service that runs already and was prepared. */
export default async function setUp(): Promise<() => Promise<void>> {
    if (process.env.WEB_TEST_PLACE) return () => Promise.resolve();
    const running = await startService();
    const { url, drchrono, password } = running;
    process.env.WEB_TEST_PLACE = JSON.stringify({ url, drchrono, password });
    try {
        await prepare({ url, drchrono, password });
    } catch (error) {
        await running.stop();
        throw error;
    }
    return () => running.stop();
}
