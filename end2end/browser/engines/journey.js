// The main job in every engine: at a desk with the keyboard alone, and on a phone by touch. Not what goes wrong on the
// way: see refusals.js.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { binds } from "../support/directory.js";
import { eventually } from "../support/eventually.js";
import { NEW_PASSWORD, SCREENS, WORDS } from "../support/wizard.js";
import { Wizard } from "./wizard.js";

const { Key } = createRequire(import.meta.url)("selenium-webdriver");

// From a screen's heading to any of its fields.
const TABS = 12;

export function onAPhone(scenario) {
    scenario("An employee sets a new password, touching, and only the new one opens the account.", async (house) => {
        const wizard = new Wizard(house);
        const username = "F.Vermeulen";
        await house.session.narrow();
        await wizard.open();
        const give = async (screen, name, typed) => {
            await wizard.isAt(screen);
            await fits(wizard);
            await wizard.tap(await wizard.field(name));
            await wizard.isFocused(() => wizard.field(name), `the focus on ${name}, by touching it`);
            await wizard.keys(typed);
        };
        const goOn = async () => wizard.tap(await wizard.button(WORDS.nl.next));
        await give(SCREENS.username, "username", username);
        await goOn();
        await give(SCREENS.birthdate, "birthdate", wizard.demo.person(username).typedBirthdate);
        await goOn();
        await give(SCREENS.code, "code", await house.demo.code(username));
        await goOn();
        await give(SCREENS.password, "password", NEW_PASSWORD);
        await give(SCREENS.password, "repeat", NEW_PASSWORD);
        await goOn();
        await wizard.isAt(SCREENS.done);
        await fits(wizard);
        await opensOnlyWith(house.demo, username, NEW_PASSWORD);
    });
}

export function atADesk(scenario) {
    scenario("An employee sets a new password with the keyboard alone, and only the new one opens the account.", async (house) => {
        const wizard = new Wizard(house);
        const username = "A.Janssen";
        await wizard.open();
        await holds(wizard, []);
        const give = async (screen, name, typed) => {
            await wizard.isAt(screen);
            if (screen > SCREENS.username) await wizard.isFocused(() => wizard.heading(screen), "the focus on the heading");
            await tabTo(wizard, () => wizard.field(name));
            await wizard.keys(typed);
        };
        await give(SCREENS.username, "username", username);
        await wizard.keys(Key.ENTER);
        await give(SCREENS.birthdate, "birthdate", wizard.demo.person(username).typedBirthdate);
        await holds(wizard, ["__Host-visit"]);
        await wizard.keys(Key.ENTER);
        await give(SCREENS.code, "code", await house.demo.code(username));
        await wizard.keys(Key.ENTER);
        await give(SCREENS.password, "password", NEW_PASSWORD);
        await tabTo(wizard, () => wizard.button("Toon wachtwoord"));
        await wizard.keys(Key.SPACE);
        assert.equal(await wizard.field("password").getAttribute("type"), "text");
        await wizard.isFocused(() => wizard.button("Verberg wachtwoord"), "the focus still on the button that was pressed");
        await tabTo(wizard, () => wizard.field("repeat"));
        await wizard.keys(NEW_PASSWORD);
        await wizard.keys(Key.ENTER);
        await wizard.isAt(SCREENS.done);
        await wizard.isFocused(() => wizard.heading(SCREENS.done), "the focus on the heading");
        await wizard.sees("Je bent nu klaar en mag het scherm sluiten.");
        await holds(wizard, ["__Host-device", "__Host-visit"]);
        await opensOnlyWith(house.demo, username, NEW_PASSWORD);
    });
}

/** The browser holds these cookies and no other, all of them out of scripts' and other sites' reach. */
async function holds(wizard, names) {
    const cookies = await wizard.cookies();
    assert.deepEqual(cookies.map(({ name }) => name).sort(), names);
    for (const { name, secure, httpOnly, sameSite, path } of cookies) {
        assert.deepEqual({ secure, httpOnly, sameSite, path }, { secure: true, httpOnly: true, sameSite: "Strict", path: "/" }, name);
    }
    assert.equal(await wizard.ask("return document.cookie"), "");
}

/** Nothing has to be scrolled to sideways. */
async function fits(wizard) {
    const [wide, screen] = await wizard.ask("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]");
    assert.ok(wide <= screen, `${wide} px wide on a screen of ${screen}`);
}

async function tabTo(wizard, find) {
    for (let presses = 0; presses < TABS; presses += 1) {
        if (await wizard.ask("return document.activeElement === arguments[0]", await find())) return;
        await wizard.keys(Key.TAB);
    }
    assert.fail("the Tab key does not lead there");
}

async function opensOnlyWith(demo, username, password) {
    const person = demo.person(username);
    await eventually(() => binds(demo, person, password), { says: "an account that the new password opens" });
    assert.equal(await binds(demo, person, demo.details.first_password), false, "the old one does not");
}
