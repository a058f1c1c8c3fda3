// What must hold in every engine, in the order in which it is run: over https, with the real product in the middle of
// its demo. Not the engines: see engines.js.

import { after, before, describe, test } from "node:test";
import { writeFile } from "node:fs/promises";
import assert from "node:assert/strict";
import { join } from "node:path";
import { startDemo } from "../support/demo.js";
import { startDriver } from "./driver.js";
import { atADesk, onAPhone } from "./journey.js";
import { openSession } from "./session.js";

const HTTPS = ["--https"];

/** Registers all scenarios for an engine. */
export function everyScenario(engine) {
    describe(engine.name, () => {
        const house = { spent: new Map() };
        before(async () => {
            house.demo = await startDemo(undefined, {}, HTTPS);
            house.driver = await startDriver(engine);
        });
        after(async () => {
            await house.driver?.stop();
            await house.demo?.stop();
        });
        inABrowser(engine, house, "on a phone", { phone: true }, [onAPhone]);
        inABrowser(engine, house, "at a desk", {}, [atADesk]);
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
                await show(engine, house, name);
                throw error;
            }
        });
        for (const group of groups) group(scenario);
    });
}

/** What there was to see when it failed: a picture, and the engine's last words. */
async function show(engine, { driver, session }, name) {
    const picture = join(driver.folder, `${engine.name}-${name.replaceAll(/\W+/g, "-")}.png`);
    try {
        await writeFile(picture, await session.browser.takeScreenshot(), "base64");
        console.error(`${picture}\n${await driver.lastWords()}`);
    } catch (error) {
        console.error(`no picture: ${error}\n${await driver.lastWords()}`);
    }
}
