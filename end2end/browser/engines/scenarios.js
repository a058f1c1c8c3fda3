// What must hold in every engine, in the order in which it is run: over https, with the real product in the middle of
// its demo. Not the engines: see engines.js.

import { after, before, describe, test } from "node:test";
import { readFile, writeFile } from "node:fs/promises";
import assert from "node:assert/strict";
import { join } from "node:path";
import { startDemo } from "../support/demo.js";
import { startDriver } from "./driver.js";
import { Relay } from "./gate.js";
import { history } from "./history.js";
import { atADesk, onAPhone } from "./journey.js";
import { offline } from "./offline.js";
import { passwords } from "./password.js";
import { outage, refusals } from "./refusals.js";
import { robustness } from "./robustness.js";
import { openSession } from "./session.js";
import { takeover } from "./takeover.js";

const HTTPS = ["--https"];

/** Registers all scenarios for an engine. */
export function everyScenario(engine) {
    describe(engine.name, () => {
        const house = {};
        before(async () => {
            house.entrust = new Relay();
            await house.entrust.open();
            house.demo = await startDemo(undefined, { RESET__ENTRUST__URL: house.entrust.url }, HTTPS);
            house.entrust.to = await whereEntrustIs(house.demo);
            house.driver = await startDriver(engine);
        });
        after(async () => {
            await house.driver?.stop();
            await house.demo?.stop();
            await house.entrust?.shut();
        });
        inABrowser(engine, house, "on a phone", { phone: true }, [onAPhone]);
        inABrowser(engine, house, "at a desk", {}, [atADesk, refusals, takeover, history, offline, passwords, robustness, outage]);
    });
}

// One browser for all of them: starting one takes longer than a scenario. A driver has one at a time.
function inABrowser(engine, house, where, options, groups) {
    describe(where, () => {
        before(async () => (house.session = await openSession(engine, house.driver, options)));
        after(() => house.session?.close());
        const scenario = (name, act) => test(name, async () => {
            await house.session.forget(house.demo.origin);
            try {
                await act(house);
                assert.deepEqual(await house.session.complaints(), [], "the browser had nothing to complain about");
            } catch (error) {
                await show(house, name);
                throw error;
            }
        });
        for (const group of groups) group(scenario);
    });
}

async function whereEntrustIs(demo) {
    const settings = await readFile(demo.details.settings, "utf8");
    return new URL(/^\[entrust\]\nurl = "([^"]+)"/m.exec(settings)[1]);
}

// In the page: what it is, who has the focus, and what it loaded.
const STATE = `
    const { readyState, visibilityState, activeElement } = document;
    const loaded = performance.getEntriesByType("resource").map(({ name, responseEnd }) => [name, Math.round(responseEnd)]);
    const { id, tagName } = activeElement ?? {};
    return JSON.stringify({ address: location.href, readyState, visibilityState, focused: document.hasFocus(), id, tagName, loaded });
`;

/** What there was to see when it failed: a picture, what the page says of itself, and the engine's last words. */
async function show({ driver, session }, name) {
    const picture = join(driver.folder, `${name.replaceAll(/\W+/g, "-")}.png`);
    try {
        console.error(await session.browser.executeScript(STATE));
        await writeFile(picture, await session.browser.takeScreenshot(), "base64");
        console.error(picture);
    } catch (error) {
        console.error(`no picture: ${error}`);
    }
    console.error(await driver.lastWords());
}
