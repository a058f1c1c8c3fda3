// The scenarios that every engine must pass, in the order in which they run: over HTTPS, with the real product and the
// simulators of the demo.

import { after, before, describe, test } from "node:test";
import { readFile, writeFile } from "node:fs/promises";
import assert from "node:assert/strict";
import { join } from "node:path";
import { startDemo } from "../support/demo.js";
import { startDriver } from "./driver.js";
import { TcpProxy } from "./proxy.js";
import { history } from "./history.js";
import { onDesktop, onPhone } from "./journey.js";
import { offline } from "./offline.js";
import { passwords } from "./password.js";
import { outage, refusals } from "./refusals.js";
import { robustness } from "./robustness.js";
import { openSession } from "./session.js";
import { takeover } from "./takeover.js";

// A driver that hangs must fail the test, not stop the run.
const SESSION_START = { timeout: 120_000 };

const HTTPS = ["--https"];

/** Registers all scenarios for an engine. */
export function registerScenarios(engine) {
    describe(engine.name, () => {
        const fixture = {};
        before(async () => {
            fixture.entrust = new TcpProxy();
            await fixture.entrust.open();
            fixture.demo = await startDemo(undefined, { RESET__ENTRUST__URL: fixture.entrust.url }, HTTPS);
            fixture.entrust.upstream = await entrustUrl(fixture.demo);
            fixture.driver = await startDriver(engine);
        });
        after(async () => {
            await fixture.driver?.stop();
            await fixture.demo?.stop();
            await fixture.entrust?.close();
        });
        describeInBrowser(engine, fixture, "on a phone", { phone: true }, [onPhone]);
        describeInBrowser(engine, fixture, "on a desktop", {}, [onDesktop, refusals, takeover, history, offline, passwords, robustness, outage]);
    });
}

// One browser for all scenarios, because starting one takes longer than a scenario. A driver runs one at a time.
function describeInBrowser(engine, fixture, where, options, groups) {
    describe(where, () => {
        before(async () => (fixture.session = await openSession(engine, fixture.driver, options)), SESSION_START);
        after(() => fixture.session?.close());
        const scenario = (name, act) => test(name, async () => {
            await fixture.session.clearSiteData(fixture.demo.origin);
            try {
                await act(fixture);
                assert.deepEqual(await fixture.session.problems(), [], "the browser reported no problems");
            } catch (error) {
                await reportFailure(fixture, name);
                throw error;
            }
        });
        for (const group of groups) group(scenario);
    });
}

/** Reads the URL of the Entrust simulator from the settings file of the demo. */
async function entrustUrl(demo) {
    const settings = await readFile(demo.details.settings, "utf8");
    return new URL(/^\[entrust\]\nurl = "([^"]+)"/m.exec(settings)[1]);
}

// In the page: its state, the focused element, and the loaded resources.
const STATE = `
    const { readyState, visibilityState, activeElement } = document;
    const loaded = performance.getEntriesByType("resource").map(({ name, responseEnd }) => [name, Math.round(responseEnd)]);
    const { id, tagName } = activeElement ?? {};
    return JSON.stringify({ address: location.href, readyState, visibilityState, focused: document.hasFocus(), id, tagName, loaded });
`;

/** Prints what helps to explain a failure: a screenshot, the state of the page, and the end of the driver's log. */
async function reportFailure({ driver, session }, name) {
    const screenshot = join(driver.folder, `${name.replaceAll(/\W+/g, "-")}.png`);
    try {
        console.error(await session.browser.executeScript(STATE));
        await writeFile(screenshot, await session.browser.takeScreenshot(), "base64");
        console.error(screenshot);
    } catch (error) {
        console.error(`no screenshot: ${error}`);
    }
    console.error(await driver.logTail());
}
