// A complete reset in every engine: on a desktop with the keyboard alone, and on a phone by touch.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { binds } from "../support/directory.js";
import { eventually } from "../support/eventually.js";
import { NEW_PASSWORD, SCREENS, WORDS } from "../support/wizard.js";
import { Wizard } from "./wizard.js";

const { Key } = createRequire(import.meta.url)("selenium-webdriver");

// Enough from the heading of a screen to any of its fields.
const MAX_TAB_PRESSES = 12;

export function onPhone(scenario) {
    scenario("An employee sets a new password by touch, and the directory accepts only the new one.", async (fixture) => {
        const wizard = new Wizard(fixture);
        const username = "F.Vermeulen";
        await fixture.session.usePhoneViewport();
        await wizard.open();
        const fillIn = async (screen, name, typed) => {
            await wizard.isAt(screen);
            await fitsWidth(wizard);
            await wizard.tap(await wizard.field(name));
            await wizard.isFocused(() => wizard.field(name), `the focus on ${name} after a tap`);
            await wizard.sendKeys(typed);
        };
        const tapNext = async () => wizard.tap(await wizard.button(WORDS.nl.next));
        await fillIn(SCREENS.username, "username", username);
        await tapNext();
        await fillIn(SCREENS.birthdate, "birthdate", wizard.demo.person(username).typedBirthdate);
        await tapNext();
        await fillIn(SCREENS.code, "code", await fixture.demo.code(username));
        await tapNext();
        await fillIn(SCREENS.password, "password", NEW_PASSWORD);
        await fillIn(SCREENS.password, "repeat", NEW_PASSWORD);
        await tapNext();
        await wizard.isAt(SCREENS.done);
        await fitsWidth(wizard);
        await acceptsOnly(fixture.demo, username, NEW_PASSWORD);
    });
}

export function onDesktop(scenario) {
    scenario("An employee sets a new password with the keyboard alone, and the directory accepts only the new one.", async (fixture) => {
        const wizard = new Wizard(fixture);
        const username = "A.Janssen";
        await wizard.open();
        await hasCookies(wizard, []);
        const fillIn = async (screen, name, typed) => {
            await wizard.isAt(screen);
            if (screen > SCREENS.username) await wizard.isFocused(() => wizard.heading(screen), "the focus on the heading");
            await tabTo(wizard, () => wizard.field(name));
            await wizard.sendKeys(typed);
        };
        await fillIn(SCREENS.username, "username", username);
        await wizard.sendKeys(Key.ENTER);
        await fillIn(SCREENS.birthdate, "birthdate", wizard.demo.person(username).typedBirthdate);
        await hasCookies(wizard, ["__Host-visit"]);
        await wizard.sendKeys(Key.ENTER);
        await fillIn(SCREENS.code, "code", await fixture.demo.code(username));
        await wizard.sendKeys(Key.ENTER);
        await fillIn(SCREENS.password, "password", NEW_PASSWORD);
        await tabTo(wizard, () => wizard.button("Toon wachtwoord"));
        await wizard.sendKeys(Key.SPACE);
        assert.equal(await wizard.field("password").getAttribute("type"), "text");
        await wizard.isFocused(() => wizard.button("Verberg wachtwoord"), "the focus still on the button that was pressed");
        await tabTo(wizard, () => wizard.field("repeat"));
        await wizard.sendKeys(NEW_PASSWORD);
        await wizard.sendKeys(Key.ENTER);
        await wizard.isAt(SCREENS.done);
        await wizard.isFocused(() => wizard.heading(SCREENS.done), "the focus on the heading");
        await wizard.sees("Je bent nu klaar en mag het scherm sluiten.");
        await hasCookies(wizard, ["__Host-device", "__Host-visit"]);
        await acceptsOnly(fixture.demo, username, NEW_PASSWORD);
    });
}

/** Asserts that the browser has exactly these cookies, and that neither scripts nor other sites can use them. */
async function hasCookies(wizard, names) {
    const cookies = await wizard.cookies();
    assert.deepEqual(cookies.map(({ name }) => name).sort(), names);
    for (const { name, secure, httpOnly, sameSite, path } of cookies) {
        assert.deepEqual({ secure, httpOnly, sameSite, path }, { secure: true, httpOnly: true, sameSite: "Strict", path: "/" }, name);
    }
    assert.equal(await wizard.evaluate("return document.cookie"), "");
}

/** Asserts that the page needs no horizontal scrolling. */
async function fitsWidth(wizard) {
    const [pageWidth, viewportWidth] = await wizard.evaluate("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]");
    assert.ok(pageWidth <= viewportWidth, `${pageWidth} px wide in a viewport of ${viewportWidth} px`);
}

async function tabTo(wizard, find) {
    for (let presses = 0; presses < MAX_TAB_PRESSES; presses += 1) {
        if (await wizard.evaluate("return document.activeElement === arguments[0]", await find())) return;
        await wizard.sendKeys(Key.TAB);
    }
    assert.fail("the Tab key does not reach the element");
}

/** Asserts that the directory accepts the new password and no longer the first one. */
async function acceptsOnly(demo, username, password) {
    const person = demo.person(username);
    await eventually(() => binds(demo, person, password), { description: "a bind with the new password" });
    assert.equal(await binds(demo, person, demo.details.first_password), false, "the directory refuses the old password");
}
