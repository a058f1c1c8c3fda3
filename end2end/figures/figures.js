// Measures the figures that need a browser, with the release build. `cargo figures` runs it and passes the paths of the
// binaries. It has no limits, so slowness does not fail it.

import { startBrowser } from "../browser/support/browser.js";
import { startDemo } from "../browser/support/demo.js";
import { bytes } from "./bytes.js";
import { lighthouse } from "./lighthouse.js";
import { slow } from "./slow.js";
import { typing } from "./typing.js";

const demo = await startDemo();
const browser = await startBrowser();
try {
    for (const measure of [bytes, slow, typing]) {
        for (const line of await measure(browser, demo)) console.log(line);
    }
    for (const line of await lighthouse(demo.url)) console.log(line);
} finally {
    await browser.close();
    await demo.stop();
}
