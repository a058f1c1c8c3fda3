// Typing latency on the password screen, on a processor six times slower: how long a key blocks the page, and when the
// strength estimate is shown. Taken from the browser's trace: the events of a key and the tasks that the page defers
// until after rendering. The next key is handled between two tasks.

import { PHONE } from "../browser/support/browser.js";
import { SCREENS, Wizard } from "../browser/support/wizard.js";

const CPU_SLOWDOWN = 6;
const KEY_DELAY_MS = 60;
// A strong and a weak password, a name, the organisation, many look-alike characters, a long sentence.
const PASSWORDS = [
    "Vlieger-Kastanje-7-Tuba",
    "qwerty123456",
    "Janssen-Anna-1984",
    "P@nte1n-Welkom-2026!",
    "l33t5p34k-$3cr3t-p@55w0rd-1337",
    "een heel lange zin die niemand ooit zal raden, met 3 getallen: 12, 7 en 90",
];

/** Returns percentiles over all keys, and the slowest strength estimate. */
export async function typing(browser, demo) {
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    const page = await context.newPage();
    const wizard = new Wizard(page, demo);
    await wizard.open();
    await wizard.advanceTo(SCREENS.password, "B.Smits");
    // A valid password, because no strength is shown for an invalid one.
    await wizard.field("password").fill(PASSWORDS[0]);
    await wizard.strength();
    await page.evaluate(recordTimes);
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    const estimateTimes = [];
    const trace = await recordTrace(browser, async () => {
        for (const password of PASSWORDS) {
            await wizard.field("password").fill("");
            await wizard.field("password").pressSequentially(password, { delay: KEY_DELAY_MS });
            await page.waitForTimeout(1000);
            estimateTimes.push(await page.evaluate(() => globalThis.times.estimate - globalThis.times.key));
        }
    });
    await context.close();
    const all = trace.filter(({ ph }) => ph === "X").sort((a, b) => a.ts - b.ts);
    const events = (type) => all.filter(({ name, args }) => name === "EventDispatch" && args.data.type === type);
    const keys = events("input");
    // Excludes the thread of the worker.
    const tasks = all.filter(({ name, tid, args }) => tid === keys[0].tid
        && (name === "TimerFire" || (name === "EventDispatch" && ["input", "message"].includes(args.data.type))));
    const tasksPerKey = keys.map(({ ts }, index) => tasks
        .filter((task) => task.ts >= ts && task.ts < (keys[index + 1]?.ts ?? Infinity))
        .map(({ dur }) => dur / 1000));
    const sorted = (values) => values.sort((a, b) => a - b);
    const longest = sorted(tasksPerKey.map((tasks) => Math.max(...tasks)));
    const total = sorted(tasksPerKey.map((tasks) => tasks.reduce((sum, duration) => sum + duration, 0)));
    const keyEvents = sorted(events("keypress").map(({ dur }) => dur / 1000));
    const percentile = (values, share) => values[Math.min(values.length - 1, Math.floor(values.length * share))].toFixed(1);
    return [
        "",
        `typing a password, ${CPU_SLOWDOWN} × slower processor, ${keys.length} keys, median and 99th percentile:`,
        `${percentile(longest, 0.5).padStart(9)} ms    ${percentile(longest, 0.99)} ms: the longest task, which delays the next key`,
        `${percentile(total, 0.5).padStart(9)} ms    ${percentile(total, 0.99)} ms: all tasks of a key`,
        `${percentile(keyEvents, 0.5).padStart(9)} ms    ${percentile(keyEvents, 0.99)} ms: the key event, with the browser's editing and layout`,
        `${Math.max(0, ...estimateTimes).toFixed(1).padStart(9)} ms    from the last key to the strength estimate, the slowest of ${PASSWORDS.length}`,
    ];
}

/** Records a trace of the browser while `act` runs. */
async function recordTrace(browser, act) {
    const session = await browser.newBrowserCDPSession();
    const events = [];
    session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
    await session.send("Tracing.start", { traceConfig: { includedCategories: ["devtools.timeline"] } });
    await act();
    const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
    await session.send("Tracing.end");
    await complete;
    return events;
}

/** In the page: records the time of the last key and of the last change on the screen. */
function recordTimes() {
    const times = (globalThis.times = { key: 0, estimate: 0 });
    addEventListener("input", () => (times.key = performance.now()), { capture: true });
    new MutationObserver(() => (times.estimate = performance.now())).observe(
        document.querySelector("form"),
        { subtree: true, childList: true, attributes: true, characterData: true },
    );
}
