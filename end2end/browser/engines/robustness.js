// Third-party software that changes the page, in every engine: a translator that replaces its text, and a password
// manager that fills in fields without an event.

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.js";
import { FILL, MARK, TRANSLATE } from "../support/translator.js";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { Wizard } from "./wizard.js";

// Differs from the other scenarios, because the directory keeps a password history.
const PASSWORD = `${NEW_PASSWORD}-4`;

export function robustness(scenario) {
    scenario("Values filled in by a password manager are submitted, with a change event or without any event.", async (fixture) => {
        const wizard = new Wizard(fixture);
        const username = "G.Oezdemir";
        const fill = async (name, text, event) => wizard.evaluate(FILL, await wizard.field(name), text, event);
        await wizard.open();
        await fill("username", username, "change");
        await wizard.next();
        await wizard.isAt(SCREENS.birthdate);
        await fill("birthdate", fixture.demo.person(username).typedBirthdate);
        await wizard.next();
        await wizard.isAt(SCREENS.code);
        await fill("code", await fixture.demo.code(username), "change");
        await wizard.next();
        await wizard.isAt(SCREENS.password);
        await fill("password", PASSWORD);
        await fill("repeat", PASSWORD, "change");
        await wizard.next();
        await wizard.isAt(SCREENS.done);
    });

    scenario("On a translated page, changed text shows the current state.", async (fixture) => {
        const wizard = new Wizard(fixture);
        await wizard.open();
        assert.ok((await wizard.evaluate(TRANSLATE)) > 20, "the page is translated");
        // By id, because the label is translated too.
        await wizard.evaluate("document.getElementById('username').focus()");
        await wizard.sendKeys("C.Peters");
        await wizard.evaluate("document.getElementById('next').click()");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.seesNoLonger("Stap 1 van 5");
        await wizard.evaluate(TRANSLATE);
        await wizard.evaluate("document.getElementById('birthdate').focus()");
        await wizard.sendKeys("15-06-1979");
        await wizard.sees("15 juni 1979");
        await wizard.evaluate("document.getElementById('language').click()");
        await wizard.sees("15 June 1979");
        await eventually(async () => !(await wizard.text()).includes(MARK), { description: "no translated text" });
    });
}
