// The figures that only a browser can measure, of the release build. Not a test: nothing here can fail for being slow.
// `cargo figures` runs it and says where the binaries are.

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
