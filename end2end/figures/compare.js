// Loads first pages with an empty cache, as `cargo compare` asks: node compare.js ADDRESS... Prints for each address, as
// JSON: requests, bytes with headers as Chromium counts them, and times in ms on a slow line.

import { PHONE, startBrowser } from "../browser/support/browser.js";

// As in slow.js.
const NETWORK = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const CPU_SLOWDOWN = 4;
const RUNS = 3;

const browser = await startBrowser();
try {
    const results = [];
    for (const url of process.argv.slice(2)) {
        const { requests, bytes } = await load(url, false);
        const slow = [];
        for (let run = 0; run < RUNS; run += 1) slow.push(await load(url, true));
        const median = (name) => Math.round(slow.map((run) => run[name]).sort((a, b) => a - b)[Math.floor(RUNS / 2)]);
        results.push({ requests, bytes, painted: median("painted"), loaded: median("loaded") });
    }
    console.log(JSON.stringify(results));
} finally {
    await browser.close();
}

/** One visit. `painted` is the first paint with a field to type in, `loaded` the end of the last transfer. */
async function load(url, isSlow) {
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    if (isSlow) {
        await session.send("Network.emulateNetworkConditions", NETWORK);
        await session.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    }
    let [requests, bytes, first, last] = [0, 0, undefined, 0];
    session.on("Network.requestWillBeSent", ({ timestamp }) => (first ??= timestamp));
    session.on("Network.loadingFinished", ({ encodedDataLength, timestamp }) => {
        requests += 1;
        bytes += encodedDataLength;
        last = timestamp;
    });
    await page.addInitScript(() => {
        const note = () => {
            if (document.querySelector("input:not([type=hidden])")) globalThis.field ??= performance.now();
        };
        new MutationObserver(note).observe(document, { childList: true, subtree: true });
    });
    await page.goto(url, { waitUntil: "networkidle", timeout: 120_000 });
    const painted = await page.evaluate(() => Math.max(
        globalThis.field,
        performance.getEntriesByName("first-contentful-paint")[0].startTime,
    ));
    await context.close();
    return { requests, bytes, painted, loaded: (last - first) * 1000 };
}
