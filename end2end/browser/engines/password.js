// The password screen in every engine: the rules are ticked off, and the strength estimate runs beside the page in a
// module worker. Not the judgement itself.

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.js";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { withDoor } from "./gate.js";
import { Wizard } from "./wizard.js";

const WORKER = /worker/;
// Another one than in the scenarios before: the directory remembers.
const PASSWORD = `${NEW_PASSWORD}-3`;

export function passwords(scenario) {
    scenario("Typing ticks off the rules, and tells how strong the password is.", async (house) => {
        const wizard = new Wizard(house);
        const says = (strength) => ({ says: `a strength of ${strength}` });
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "F.Vermeulen");
        await wizard.type("password", "qwerty");
        await wizard.hasCheck("Minstens 16 tekens", "unmet");
        await wizard.type("password", "Qwertyuiop-123456");
        await wizard.hasCheck("Minstens 16 tekens", "met");
        await eventually(async () => (await wizard.strength()) <= 1, says("0 or 1"));
        await wizard.hasCheck("Moeilijk te raden", "unmet");
        await wizard.type("password", PASSWORD);
        await eventually(async () => (await wizard.strength()) === 4, says(4));
        for (const line of ["Minstens 16 tekens", "Drie van deze vier", "Je eigen naam", "Het woord «pantein»", "Moeilijk te raden"]) {
            await wizard.hasCheck(line, "met");
        }
        await wizard.hasCheck("Twee keer hetzelfde ingevuld", "unmet");
        await wizard.type("repeat", PASSWORD);
        await wizard.hasCheck("Twee keer hetzelfde ingevuld", "met");
    });

    scenario("Without the strength estimate nobody is stopped: the server estimates anyway.", (house) => withDoor(house.demo, async (door) => {
        const wizard = new Wizard(house, door.url);
        const release = door.hold(WORKER);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "G.Oezdemir");
        // It does not come.
        await wizard.typePassword("Password-1234");
        await wizard.next();
        await wizard.isTold("Dit wachtwoord kun je niet gebruiken", "Het is te makkelijk te raden.");
        // There is none.
        door.missing = WORKER;
        release();
        await wizard.typePassword(PASSWORD);
        await wizard.next();
        await wizard.isAt(SCREENS.done);
        for (const complaint of await house.session.complaints()) assert.match(complaint, WORKER);
    }));
}
