// Whether typing waits: how long a key keeps the page busy on the password screen, on a processor a sixth as fast, and
// when the verdict stands. What the page itself does with the key: the browser's drawing comes on top.

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
    await wizard.field("password").fill("x");
    await wizard.strength();
    await page.evaluate(watch);
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: PROCESSOR });
    const verdicts = [];
    for (const password of TYPED) {
        await wizard.field("password").fill("");
        await wizard.field("password").pressSequentially(password, { delay: BETWEEN_KEYS });
        await page.waitForTimeout(1000);
        verdicts.push(await page.evaluate(() => globalThis.measured.verdict - globalThis.measured.key));
    }
    const keys = await page.evaluate(() => globalThis.measured.keys);
    await context.close();
    keys.sort((a, b) => a - b);
    const at = (part) => keys[Math.min(keys.length - 1, Math.floor(keys.length * part))].toFixed(1).padStart(9);
    return [
        "",
        `typing a password, 6 × slower processor, ${keys.length} keys:`,
        `${at(0.5)} ms    a key keeps the page busy, median`,
        `${at(0.99)} ms    99th percentile`,
        `${Math.max(0, ...verdicts).toFixed(1).padStart(9)} ms    from the last key to the verdict, the slowest of ${TYPED.length}`,
    ];
}

/** In the page: from a key's event to the first task after all that it set going. */
function watch() {
    const measured = (globalThis.measured = { keys: [], key: 0, verdict: 0 });
    const turn = new MessageChannel();
    let begun = 0;
    turn.port1.onmessage = () => measured.keys.push(performance.now() - begun);
    addEventListener("input", () => {
        begun = measured.key = performance.now();
        turn.port2.postMessage(null);
    }, { capture: true });
    new MutationObserver(() => (measured.verdict = performance.now())).observe(
        document.querySelector("form"),
        { subtree: true, childList: true, attributes: true, characterData: true },
    );
}
