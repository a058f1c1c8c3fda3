// Whether typing waits: how long a key keeps the page busy on the password screen, on a processor a sixth as fast, and
// when the verdict stands. By the browser's own recorder: a key's event, and the tasks that the page puts off until it is
// drawn. Between two of them the next key is taken.

import { PHONE } from "../browser/support/browser.js";
import { SCREENS, Wizard } from "../browser/support/wizard.js";

const PROCESSOR = 6;
const BETWEEN_KEYS = 60;
// Every kind: a strong one, a weak one, a name, the organisation, many look-alikes, a long one.
const TYPED = [
    "Vlieger-Kastanje-7-Tuba",
    "qwerty123456",
    "Janssen-Anna-1984",
    "P@nte1n-Welkom-2026!",
    "l33t5p34k-$3cr3t-p@55w0rd-1337",
    "een heel lange zin die niemand ooit zal raden, met 3 getallen: 12, 7 en 90",
];

/** Percentiles over all keys, and the slowest verdict. */
export async function typing(browser, demo) {
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    const page = await context.newPage();
    const wizard = new Wizard(page, demo);
    await wizard.open();
    await wizard.walkTo(SCREENS.password, "B.Smits");
    // One that breaks no rule: for others no strength is shown.
    await wizard.field("password").fill(TYPED[0]);
    await wizard.strength();
    await page.evaluate(watch);
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: PROCESSOR });
    const verdicts = [];
    const traced = await tracing(browser, async () => {
        for (const password of TYPED) {
            await wizard.field("password").fill("");
            await wizard.field("password").pressSequentially(password, { delay: BETWEEN_KEYS });
            await page.waitForTimeout(1000);
            verdicts.push(await page.evaluate(() => globalThis.measured.verdict - globalThis.measured.key));
        }
    });
    await context.close();
    const all = traced.filter(({ ph }) => ph === "X").sort((a, b) => a.ts - b.ts);
    const events = (type) => all.filter(({ name, args }) => name === "EventDispatch" && args.data.type === type);
    const keys = events("input");
    // Those of the worker are another thread's.
    const tasks = all.filter(({ name, tid, args }) => tid === keys[0].tid
        && (name === "TimerFire" || (name === "EventDispatch" && ["input", "message"].includes(args.data.type))));
    const ofAKey = keys.map(({ ts }, at) => tasks
        .filter((task) => task.ts >= ts && task.ts < (keys[at + 1]?.ts ?? Infinity))
        .map(({ dur }) => dur / 1000));
    const sorted = (values) => values.sort((a, b) => a - b);
    const longest = sorted(ofAKey.map((tasks) => Math.max(...tasks)));
    const together = sorted(ofAKey.map((tasks) => tasks.reduce((sum, took) => sum + took, 0)));
    const whole = sorted(events("keypress").map(({ dur }) => dur / 1000));
    const at = (all, part) => all[Math.min(all.length - 1, Math.floor(all.length * part))].toFixed(1);
    return [
        "",
        `typing a password, ${PROCESSOR} × slower processor, ${keys.length} keys, median and 99th percentile:`,
        `${at(longest, 0.5).padStart(9)} ms    ${at(longest, 0.99)} ms: the longest that the page keeps the next key waiting`,
        `${at(together, 0.5).padStart(9)} ms    ${at(together, 0.99)} ms: all that the page does with a key, in parts`,
        `${at(whole, 0.5).padStart(9)} ms    ${at(whole, 0.99)} ms: the key's own event, with the browser's editing and layout`,
        `${Math.max(0, ...verdicts).toFixed(1).padStart(9)} ms    from the last key to the verdict, the slowest of ${TYPED.length}`,
    ];
}

/** What the browser's own recorder saw meanwhile. */
async function tracing(browser, act) {
    const session = await browser.newBrowserCDPSession();
    const seen = [];
    session.on("Tracing.dataCollected", ({ value }) => seen.push(...value));
    await session.send("Tracing.start", { traceConfig: { includedCategories: ["devtools.timeline"] } });
    await act();
    const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
    await session.send("Tracing.end");
    await complete;
    return seen;
}

/** In the page: when the last key came, and when anything on the screen changed last. */
function watch() {
    const measured = (globalThis.measured = { key: 0, verdict: 0 });
    addEventListener("input", () => (measured.key = performance.now()), { capture: true });
    new MutationObserver(() => (measured.verdict = performance.now())).observe(
        document.querySelector("form"),
        { subtree: true, childList: true, attributes: true, characterData: true },
    );
}
