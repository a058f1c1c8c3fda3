// The bytes transferred in each step of a reset, including headers, as counted by Chromium.

import { PHONE } from "../browser/support/browser.js";
import { SCREENS, Wizard } from "../browser/support/wizard.js";

const STEPS = ["the first screen works", "user name", "birthdate", "code", "new password"];

/** Returns a Markdown table with one row per step. */
export async function bytes(browser, demo) {
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    let [count, sum] = [0, 0];
    session.on("Network.loadingFinished", ({ encodedDataLength }) => {
        count += 1;
        sum += encodedDataLength;
    });
    // The estimator's worker has its own network session.
    const workers = [];
    page.on("worker", (worker) => workers.push(worker));
    const lines = ["| step | requests | transferred |", "|---|---|---|"];
    const addRow = (step) => {
        lines.push(`| ${step} | ${count} | ${(sum / 1000).toFixed(1)} kB |`);
        [count, sum] = [0, 0];
    };
    const wizard = new Wizard(page, demo);
    await wizard.open();
    await page.waitForLoadState("networkidle");
    addRow(STEPS[0]);
    for (let screen = SCREENS.username; screen < SCREENS.done; screen += 1) {
        await wizard.complete(screen, "A.Janssen");
        await wizard.isAt(screen + 1);
        await page.waitForLoadState("networkidle");
        addRow(STEPS[screen]);
    }
    await wizard.open();
    await page.waitForLoadState("networkidle");
    addRow("second visit on another day");
    await context.close();
    return ["", ...lines];
}
