// What goes over the network at each step of the main job: as it is transferred, with headers, by Chromium's own count.

import { PHONE } from "../browser/support/browser.js";
import { SCREENS, Wizard } from "../browser/support/wizard.js";

const STEPS = ["the first screen works", "user name", "birthdate", "code", "new password"];

/** A line per step, as rows of a table. */
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
    // The estimate's worker has a network of its own.
    const late = [];
    page.on("worker", (worker) => late.push(worker));
    const lines = ["| step | requests | transferred |", "|---|---|---|"];
    const tell = (step) => {
        lines.push(`| ${step} | ${count} | ${(sum / 1000).toFixed(1)} kB |`);
        [count, sum] = [0, 0];
    };
    const wizard = new Wizard(page, demo);
    await wizard.open();
    await page.waitForLoadState("networkidle");
    tell(STEPS[0]);
    for (let screen = SCREENS.username; screen < SCREENS.done; screen += 1) {
        await wizard.pass(screen, "A.Janssen");
        await wizard.isAt(screen + 1);
        await page.waitForLoadState("networkidle");
        tell(STEPS[screen]);
    }
    await wizard.open();
    await page.waitForLoadState("networkidle");
    tell("coming back another day");
    await context.close();
    return ["", ...lines];
}
