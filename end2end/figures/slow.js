// How long somebody on a bad line waits: 400 kbit/s, 400 ms there and back, a processor a quarter as fast.

import { PHONE } from "../browser/support/browser.js";

const NETWORK = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const PROCESSOR = 4;
const RUNS = 3;

/** The medians. */
export async function slow(browser, demo) {
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await once(browser, demo));
    const median = (pick) => Math.round(runs.map(pick).sort((a, b) => a - b)[Math.floor(RUNS / 2)]);
    return [
        "",
        `400 kbit/s, 400 ms, 4 × slower processor, empty cache; median of ${RUNS}:`,
        `${String(median((run) => run.painted)).padStart(9)} ms    first paint, with the field to type in`,
        `${String(median((run) => run.largest)).padStart(9)} ms    largest paint`,
        `${String(median((run) => run.live)).padStart(9)} ms    the program has taken over`,
    ];
}

async function once(browser, demo) {
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", NETWORK);
    await session.send("Emulation.setCPUThrottlingRate", { rate: PROCESSOR });
    await page.addInitScript(() => {
        const seen = (globalThis.seen = {});
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) seen.largest = entry.startTime;
        }).observe({ type: "largest-contentful-paint", buffered: true });
        new MutationObserver(() => {
            if (document.documentElement?.hasAttribute("data-live")) seen.live ??= performance.now();
        }).observe(document, { attributes: true, subtree: true });
    });
    await page.goto(demo.url, { waitUntil: "commit" });
    await page.waitForFunction(() => globalThis.seen.live && globalThis.seen.largest);
    const measured = await page.evaluate(() => ({
        ...globalThis.seen,
        painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    }));
    await context.close();
    return measured;
}
