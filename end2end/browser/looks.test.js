// Every screen and every state of one, looked at in every way: axe with all its rules, and by measure (nothing out
// of the screen, cut off or on top of something else, targets of 44 px). The numbers are WCAG 2.2's. Not what the
// screens say or do.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DESKTOP, startBrowser } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { pinnedFonts } from "./support/fonts.js";
import { look } from "./support/looks.js";
import { measured } from "./support/measure.js";
import { WALKS } from "./support/screens.js";
import { walked } from "./support/walk.js";

let demo;
let browser;
before(async () => {
    demo = await startDemo();
    browser = await startBrowser(await pinnedFonts());
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

// Two at a time: while one waits for its server, the other is looked at.
describe("Every way", { concurrency: 2 }, () => {
    for (const walk of WALKS) {
        test(`1.4.3, 1.4.4, 1.4.10, 2.5.8 ${walk.name}: in light, dark and forced colours, at 1280 and 320 px, with text of 200 %.`, () =>
            walked(browser, demo, walk, look));
    }
});

// A measure that finds nothing is worth nothing unless it would have found something.
test("What is out of the screen, cut off, on top of something else, or too small to hit, is found.", async () => {
    const context = await browser.newContext(DESKTOP);
    const page = await context.newPage();
    const found = async (body) => {
        await page.setContent(`<!doctype html><title>Broken</title><body style="margin:0">${body}`);
        return (await measured(page)).map((one) => one.split(":")[0]);
    };
    assert.deepEqual(await found("<p>All is well, <a href='#'>here</a> too.</p><button style='padding:1rem'>Go</button>"), []);
    assert.deepEqual(await found("<p style='width:2000px'>Wide</p>"), ["2000 px wide on a screen of 1280", "out of the screen"]);
    assert.deepEqual(await found("<p style='width:3ch;overflow:hidden;white-space:nowrap'>Geboortedatum</p>"), ["cut off"]);
    assert.deepEqual(await found("<input readonly value='A.van-den-Broek' size='3' style='height:44px'>"), ["cut off"]);
    assert.deepEqual(await found("<p>One</p><p style='margin-top:-30px'>Other</p>"), ["on top of each other"]);
    assert.deepEqual(await found("<p>One</p><button style='display:block;margin-top:-30px;padding:1rem'>Go</button>"), ["on top of each other"]);
    assert.deepEqual(await found("<p><a href='#'>All of its line</a></p>"), ["91 × 20 px is too small a target"]);
    await context.close();
});
