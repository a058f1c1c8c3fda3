// Every screen and every state of one, as it looks: compared with the pictures in pictures/, which are small and
// drawn in pinned fonts. `cargo pictures` also keeps them in full size in target/screenshots, for people to look
// at. Not whether a screen is good: see looks.test.js.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBrowser } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { pinnedFonts } from "./support/fonts.js";
import { Pictures, accepts, index } from "./support/pictures.js";
import { WALKS } from "./support/screens.js";
import { walked } from "./support/walk.js";

let demo;
let browser;
let pictures;
let ways = 0;
before(async () => {
    demo = await startDemo();
    browser = await startBrowser(await pinnedFonts());
    pictures = await Pictures.open(browser);
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

// Two at a time: while one waits for its server, the other is looked at.
describe("Every way", { concurrency: 2 }, () => {
    for (const walk of WALKS) {
        test(`${walk.name}: in both languages and schemes, at 360, 768 and 1280 px.`, async () => {
            await walked(browser, demo, walk, (...state) => pictures.look(...state));
            ways += 1;
        });
    }
});

test("There is no picture of a state that is gone.", async (t) => {
    t.diagnostic(await index(pictures.taken));
    // Of a way that was not gone to its end nobody can tell what is left of it.
    if (ways < WALKS.length) return;
    if (accepts) await pictures.removeLeft();
    assert.deepEqual(await pictures.left(), []);
});
