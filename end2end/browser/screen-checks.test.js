// Checks every screen and state with all rules of axe and with measurements: nothing off screen, cut off or
// overlapping, targets of at least 44 px. The numbers are those of WCAG 2.2.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DESKTOP, startBrowser } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { OPEN_TO_LOOPBACK } from "./support/service-desk.js";
import { pinnedFonts } from "./support/fonts.js";
import { checkScreen } from "./support/screen-checks.js";
import { measureScreen } from "./support/measure.js";
import { FLOWS } from "./support/screens.js";
import { runFlow } from "./support/flow.js";

let demo;
let browser;
before(async () => {
    demo = await startDemo(undefined, OPEN_TO_LOOPBACK);
    browser = await startBrowser(await pinnedFonts());
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

// Two at a time: one is checked while the other waits for the server.
describe("Every flow", { concurrency: 2 }, () => {
    for (const flow of FLOWS) {
        test(`1.4.3, 1.4.4, 1.4.10, 2.5.8 ${flow.name}: in light, dark and forced colours, at 1280 and 320 px, with text of 200 %.`, () =>
            runFlow(browser, demo, flow, checkScreen));
    }
});

// Proves that the measurements detect defects.
test("The measurements find content that is off screen, cut off or overlapping, and targets that are too small.", async () => {
    const context = await browser.newContext(DESKTOP);
    const page = await context.newPage();
    const defectsOf = async (body) => {
        await page.setContent(`<!doctype html><title>Broken</title><body style="margin:0">${body}`);
        return (await measureScreen(page)).map((defect) => defect.split(":")[0]);
    };
    assert.deepEqual(await defectsOf("<p>All is well, <a href='#'>here</a> too.</p><button style='padding:1rem'>Go</button>"), []);
    assert.deepEqual(await defectsOf("<p style='width:2000px'>Wide</p>"), ["2000 px wide in a viewport of 1280", "off screen"]);
    assert.deepEqual(await defectsOf("<p style='width:3ch;overflow:hidden;white-space:nowrap'>Geboortedatum</p>"), ["cut off"]);
    assert.deepEqual(await defectsOf("<input readonly value='A.van-den-Broek' size='3' style='height:44px'>"), ["cut off"]);
    assert.deepEqual(await defectsOf("<p>One</p><p style='margin-top:-30px'>Other</p>"), ["overlapping"]);
    assert.deepEqual(await defectsOf("<p>One</p><button style='display:block;margin-top:-30px;padding:1rem'>Go</button>"), ["overlapping"]);
    assert.deepEqual(await defectsOf("<p><a href='#'>All of its line</a></p>"), ["91 × 20 px target is too small"]);
    await context.close();
});
