// Before the program is there: the first screen can be read and typed in, and nothing of that is lost when the program
// takes it over. Not what follows.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { eventually } from "../support/eventually.js";
import { SCREENS } from "../support/wizard.js";
import { withDoor } from "./gate.js";
import { Wizard } from "./wizard.js";

const { Key } = createRequire(import.meta.url)("selenium-webdriver");

export function takeover(scenario) {
    scenario("What was typed and opened before the program was there stays, with focus and caret.", (house) => withDoor(house.demo, async (door) => {
        const wizard = new Wizard(house, door.url);
        const release = door.hold(/\.wasm$/);
        await beginsToLoad(wizard, door);
        // First what shows that the page takes a click.
        await putsCursorIn(wizard, "username");
        await wizard.summaryOf("Wachtwoordeisen").click();
        await putsCursorIn(wizard, "username");
        await wizard.keys("A.Jansen");
        await wizard.keys(Key.ARROW_LEFT.repeat(2));
        assert.equal(await wizard.ask("return document.documentElement.hasAttribute('data-live')"), false);
        assert.equal(await wizard.value("username"), "A.Jansen");
        release();
        await wizard.live();
        await wizard.isFocused(() => wizard.field("username"), "the focus still on the field");
        assert.equal(await wizard.value("username"), "A.Jansen");
        await eventually(() => wizard.ask("return document.activeElement.selectionStart === 6"), { says: "the caret where it was" });
        assert.equal(await wizard.ask("return document.getElementById('rules').open"), true);
        await wizard.keys("s");
        await wizard.keys(Key.ENTER);
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.value("username"), "A.Janssen");
    }));
    scenario("What was pressed before the program was there comes when it is.", (house) => withDoor(house.demo, async (door) => {
        const wizard = new Wizard(house, door.url);
        const release = door.hold(/\.wasm$/);
        await beginsToLoad(wizard, door);
        await putsCursorIn(wizard, "username");
        await wizard.keys("A.Janssen");
        // Its script is there before the program is; until then a press is only a press.
        await eventually(async () => {
            await wizard.keys(Key.ENTER);
            return wizard.ask("return document.querySelector('button[type=submit]').hasAttribute('aria-disabled')");
        }, { says: "the press taken" });
        release();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.value("username"), "A.Janssen");
    }));
}

/** Shows the first screen of a page that is still loading: that is what is looked at, so the driver must not wait for it. */
async function beginsToLoad(wizard, door) {
    // Its rules (COOP) give every new origin a process of its own, and an engine moves the focus there in its own time.
    // Here the driver waits for that; within the origin the page stays in its process.
    await wizard.browser.get(`${door.origin}/robots.txt`);
    await wizard.ask("location.href = arguments[0]", door.url);
    await eventually(() => wizard.heading(SCREENS.username).isDisplayed(), { says: "the first screen" });
}

/** Clicks into a field until it has the focus, as one does where a page that has just appeared takes no click yet. */
async function putsCursorIn(wizard, name) {
    await eventually(async () => {
        const field = await wizard.field(name);
        await field.click();
        return wizard.ask("return document.hasFocus() && document.activeElement === arguments[0]", field);
    }, { says: `the focus on ${name}` });
}
