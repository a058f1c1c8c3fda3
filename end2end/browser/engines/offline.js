// A lost connection in every engine, with a real network failure: what the page shows and keeps, and that it retries.
// An outage behind the server is in refusals.js.

import assert from "node:assert/strict";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { withHttpsProxy } from "./proxy.js";
import { Wizard } from "./wizard.js";

const OFFLINE = "Geen verbinding";
const RETRYING = "We proberen het vanzelf opnieuw. Wat je hebt ingevuld, blijft staan.";

export function offline(scenario) {
    scenario("Without a connection the page says so, keeps the typed text and continues the step automatically.", (fixture) => withHttpsProxy(fixture.demo, async (proxy) => {
        const wizard = new Wizard(fixture, proxy.url);
        const username = "A.Janssen";
        // Differs from the other scenarios, because the directory keeps a password history.
        const password = `${NEW_PASSWORD}-2`;
        const survivesOutage = async (screen, typed, next) => {
            for (const [name, text] of Object.entries(typed)) await wizard.type(name, text);
            await proxy.close();
            await wizard.next();
            await wizard.sees(OFFLINE);
            await wizard.sees(RETRYING);
            for (const [name, text] of Object.entries(typed)) assert.equal(await wizard.value(name), text);
            await proxy.open();
            // If the engine keeps waiting on a dead connection, the attempt ends at the page's own timeout of 45 s, and so may
            // the next one.
            await wizard.isAt(next, { timeout: 120_000 });
            await wizard.seesNoLonger(OFFLINE);
        };
        await wizard.open();
        await survivesOutage(SCREENS.username, { username }, SCREENS.birthdate);
        await survivesOutage(SCREENS.birthdate, { birthdate: fixture.demo.person(username).typedBirthdate }, SCREENS.code);
        await survivesOutage(SCREENS.code, { code: await fixture.demo.code(username) }, SCREENS.password);
        await survivesOutage(SCREENS.password, { password, repeat: password }, SCREENS.done);
    }));
}
