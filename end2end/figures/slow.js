// Loading times on a slow connection: 400 kbit/s, 400 ms round trip time, a processor four times slower.

import { PHONE } from "../browser/support/browser.js";

const NETWORK = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const CPU_SLOWDOWN = 4;
const RUNS = 3;

/** Returns the medians of the loading times. */
export async function slow(browser, demo) {
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await measureOnce(browser, demo));
    const median = (metric) => Math.round(runs.map(metric).sort((a, b) => a - b)[Math.floor(RUNS / 2)]);
    return [
        "",
        `400 kbit/s, 400 ms, 4 × slower processor, empty cache; median of ${RUNS}:`,
        `${String(median((run) => run.painted)).padStart(9)} ms    first paint, with the field to type in`,
        `${String(median((run) => run.largest)).padStart(9)} ms    largest paint`,
        `${String(median((run) => run.live)).padStart(9)} ms    the program has taken over`,
    ];
}

async function measureOnce(browser, demo) {
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", NETWORK);
    await session.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    await page.addInitScript(() => {
        const times = (globalThis.times = {});
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) times.largest = entry.startTime;
        }).observe({ type: "largest-contentful-paint", buffered: true });
        new MutationObserver(() => {
            if (document.documentElement?.hasAttribute("data-live")) times.live ??= performance.now();
        }).observe(document, { attributes: true, subtree: true });
    });
    await page.goto(demo.url, { waitUntil: "commit" });
    await page.waitForFunction(() => globalThis.times.live && globalThis.times.largest);
    const measured = await page.evaluate(() => ({
        ...globalThis.times,
        painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    }));
    await context.close();
    return measured;
}
