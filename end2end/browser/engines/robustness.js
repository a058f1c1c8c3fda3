// What other software does to the page in every engine: a translator that replaces its text, and a password manager that
// fills fields without an event.

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.js";
import { FILL, MARK, TRANSLATE } from "../support/translator.js";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { Wizard } from "./wizard.js";

// Another one than in the scenarios before: the directory remembers.
const PASSWORD = `${NEW_PASSWORD}-4`;

export function robustness(scenario) {
    scenario("What a password manager fills in is what is submitted, with a change event or with none.", async (house) => {
        const wizard = new Wizard(house);
        const username = "G.Oezdemir";
        const fill = async (name, text, event) => wizard.ask(FILL, await wizard.field(name), text, event);
        await wizard.open();
        await fill("username", username, "change");
        await wizard.next();
        await wizard.isAt(SCREENS.birthdate);
        await fill("birthdate", house.demo.person(username).typedBirthdate);
        await wizard.next();
        await wizard.isAt(SCREENS.code);
        await fill("code", await house.demo.code(username), "change");
        await wizard.next();
        await wizard.isAt(SCREENS.password);
        await fill("password", PASSWORD);
        await fill("repeat", PASSWORD, "change");
        await wizard.next();
        await wizard.isAt(SCREENS.done);
    });

    scenario("On a page whose text a translator has replaced, what changes is the current text.", async (house) => {
        const wizard = new Wizard(house);
        await wizard.open();
        assert.ok((await wizard.ask(TRANSLATE)) > 20, "the page is translated");
        // Its label is translated too.
        await wizard.ask("document.getElementById('username').focus()");
        await wizard.keys("C.Peters");
        await wizard.ask("document.getElementById('next').click()");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.seesNoMore("Stap 1 van 5");
        await wizard.ask(TRANSLATE);
        await wizard.ask("document.getElementById('birthdate').focus()");
        await wizard.keys("15-06-1979");
        await wizard.sees("15 juni 1979");
        await wizard.ask("document.getElementById('language').click()");
        await wizard.sees("15 June 1979");
        await eventually(async () => !(await wizard.text()).includes(MARK), { says: "no translated text" });
    });
}
