// Compares every screen and state with the reference pictures in pictures/, which are small and use pinned fonts.
// `cargo pictures` also saves them in full size in target/screenshots for review.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBrowser } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { OPEN_TO_LOOPBACK } from "./support/service-desk.js";
import { pinnedFonts } from "./support/fonts.js";
import { Pictures, acceptsPictures, writeIndex } from "./support/pictures.js";
import { FLOWS } from "./support/screens.js";
import { runFlow } from "./support/flow.js";

let demo;
let browser;
let pictures;
let completedFlows = 0;
before(async () => {
    demo = await startDemo(undefined, OPEN_TO_LOOPBACK);
    browser = await startBrowser(await pinnedFonts());
    pictures = await Pictures.open(browser);
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

// Two at a time: one is compared while the other waits for the server.
describe("Every flow", { concurrency: 2 }, () => {
    for (const flow of FLOWS) {
        test(`${flow.name}: in both languages and schemes, at 360, 768 and 1280 px.`, async () => {
            await runFlow(browser, demo, flow, (...state) => pictures.compare(...state));
            completedFlows += 1;
        });
    }
});

test("There is no picture of a state that no longer exists.", async (t) => {
    t.diagnostic(await writeIndex(pictures.sheets));
    // An incomplete flow does not show which pictures are obsolete.
    if (completedFlows < FLOWS.length) return;
    if (acceptsPictures) await pictures.removeObsoleteFiles();
    assert.deepEqual(await pictures.obsoleteFiles(), []);
});
