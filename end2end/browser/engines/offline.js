// Offline for a moment in every engine, with the network really gone: what is seen, what stays, and that it goes on by
// itself. Not an outage behind the server: see refusals.js.

import assert from "node:assert/strict";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { withDoor } from "./gate.js";
import { Wizard } from "./wizard.js";

const OFFLINE = "Geen verbinding";
const RETRYING = "We proberen het vanzelf opnieuw. Wat je hebt ingevuld, blijft staan.";

export function offline(scenario) {
    scenario("Without a connection the page says so, keeps what was typed, and the step goes on by itself.", (house) => withDoor(house.demo, async (door) => {
        const wizard = new Wizard(house, door.url);
        const username = "A.Janssen";
        // Another one than in the scenarios before: the directory remembers.
        const password = `${NEW_PASSWORD}-2`;
        const goesOn = async (screen, typed, next) => {
            for (const [name, text] of Object.entries(typed)) await wizard.type(name, text);
            await door.shut();
            await wizard.next();
            await wizard.sees(OFFLINE);
            await wizard.sees(RETRYING);
            for (const [name, text] of Object.entries(typed)) assert.equal(await wizard.value(name), text);
            await door.open();
            // An attempt that the engine keeps waiting for a dead connection ends at the page's own deadline of 45 s.
            await wizard.isAt(next, { within: 60_000 });
            await wizard.seesNoMore(OFFLINE);
        };
        await wizard.open();
        await goesOn(SCREENS.username, { username }, SCREENS.birthdate);
        await goesOn(SCREENS.birthdate, { birthdate: house.demo.person(username).typedBirthdate }, SCREENS.code);
        await goesOn(SCREENS.code, { code: await house.demo.code(username) }, SCREENS.password);
        await goesOn(SCREENS.password, { password, repeat: password }, SCREENS.done);
    }));
}
