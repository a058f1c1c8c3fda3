// The password screen in every engine: the live checklist, and the strength estimate in a module worker.

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.js";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { withHttpsProxy } from "./proxy.js";
import { Wizard } from "./wizard.js";

const WORKER = /worker/;
// Differs from the other scenarios, because the directory keeps a password history.
const PASSWORD = `${NEW_PASSWORD}-3`;

export function passwords(scenario) {
    scenario("Typing updates the checklist and the strength estimate.", async (fixture) => {
        const wizard = new Wizard(fixture);
        const strengthOf = (strength) => ({ description: `a strength of ${strength}` });
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "F.Vermeulen");
        await wizard.type("password", "qwerty");
        await wizard.hasCheck("Minstens 16 tekens", "unmet");
        await wizard.type("password", "Qwertyuiop-123456");
        await wizard.hasCheck("Minstens 16 tekens", "met");
        await eventually(async () => (await wizard.strength()) <= 1, strengthOf("0 or 1"));
        await wizard.hasCheck("Moeilijk te raden", "unmet");
        await wizard.type("password", PASSWORD);
        await eventually(async () => (await wizard.strength()) === 4, strengthOf(4));
        for (const line of ["Minstens 16 tekens", "Drie van deze vier", "Je eigen naam", "Het woord «pantein»", "Moeilijk te raden"]) {
            await wizard.hasCheck(line, "met");
        }
        await wizard.hasCheck("Twee keer hetzelfde ingevuld", "unmet");
        await wizard.type("repeat", PASSWORD);
        await wizard.hasCheck("Twee keer hetzelfde ingevuld", "met");
    });

    scenario("A missing strength estimate does not block the user: the server estimates the password.", (fixture) => withHttpsProxy(fixture.demo, async (proxy) => {
        const wizard = new Wizard(fixture, proxy.url);
        const release = proxy.holdRequests(WORKER);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "G.Oezdemir");
        // The estimate is delayed.
        await wizard.typePassword("Password-1234");
        await wizard.next();
        await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", "Het is te makkelijk te raden.");
        // The worker is missing.
        proxy.missing = WORKER;
        release();
        await wizard.typePassword(PASSWORD);
        await wizard.next();
        await wizard.isAt(SCREENS.done);
        for (const problem of await fixture.session.problems()) assert.match(problem, WORKER);
    }));
}
