// Third-party software that changes the page, in every engine: a translator that replaces its text, and a password
// manager that fills in fields without an event.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { eventually } from "../support/eventually.js";
import { FILL, MARK, TRANSLATE } from "../support/translator.js";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { WORDS } from "../support/registration.js";
import { Wizard } from "./wizard.js";

const { By } = createRequire(import.meta.url)("selenium-webdriver");

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

    scenario("Values filled in by a password manager are submitted in the registration.", async (fixture) => {
        const page = new Wizard(fixture, `${fixture.demo.origin}/registratie`);
        const fill = async (id, text, event) => page.evaluate(FILL, await fixture.session.browser.findElement(By.id(id)), text, event);
        await page.open();
        await fill("username", "E.Hendriks", "change");
        await fill("password", fixture.demo.details.first_password);
        await page.press(WORDS.next);
        await page.sees(WORDS.headings.overview);
        await page.press("Geboortedatum invullen");
        await page.sees(WORDS.headings.birthdate);
        await fill("birthdate", "24-12-1990");
        await page.press(WORDS.save);
        await page.sees("24 december 1990");
        await page.press(WORDS.saveChecked);
        await page.sees("Je geboortedatum is opgeslagen.");
        await page.press("Nummer invullen");
        await page.sees(WORDS.headings.mobile);
        await fill("mobile", "0612345605", "change");
        await page.press(WORDS.save);
        await page.sees("06-12 34 56 05");
        // Back returns to the field, which keeps its text.
        await fixture.session.browser.navigate().back();
        await page.sees(WORDS.headings.mobile);
        await fill("mobile", "0612345608");
        await page.press(WORDS.save);
        await page.sees("06-12 34 56 08");
        await page.press(WORDS.saveChecked);
        await page.sees("Je nummer is opgeslagen.");
        await page.press("Uitloggen");
        await page.sees("Je bent uitgelogd.");
        // An employee with an active app also enters a code; the scenario above has set this password.
        await fill("username", "G.Oezdemir");
        await fill("password", PASSWORD, "change");
        await page.press(WORDS.next);
        await page.sees(WORDS.headings.code);
        await fill("code", await fixture.demo.code("G.Oezdemir"));
        await page.press(WORDS.next);
        await page.sees(WORDS.headings.overview);
        await page.press("Uitloggen");
        await page.sees("Je bent uitgelogd.");
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
