// The first screen before the program has loaded: it can be read and filled in, and the program keeps all input when it
// takes over.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { eventually } from "../support/eventually.js";
import { SCREENS } from "../support/wizard.js";
import { withHttpsProxy } from "./proxy.js";
import { Wizard } from "./wizard.js";

const { Key } = createRequire(import.meta.url)("selenium-webdriver");

export function takeover(scenario) {
    scenario("Text typed and details opened before the program loads are kept, with focus and caret.", (fixture) => withHttpsProxy(fixture.demo, async (proxy) => {
        const wizard = new Wizard(fixture, proxy.url);
        const release = proxy.holdRequests(/\.wasm$/);
        await startLoading(wizard, proxy);
        // First checks that the page reacts to clicks.
        await focusByClick(wizard, "username");
        await wizard.summaryOf("Wachtwoordeisen").click();
        await focusByClick(wizard, "username");
        await wizard.sendKeys("A.Jansen");
        await wizard.sendKeys(Key.ARROW_LEFT.repeat(2));
        assert.equal(await wizard.evaluate("return document.documentElement.hasAttribute('data-live')"), false);
        assert.equal(await wizard.value("username"), "A.Jansen");
        release();
        await wizard.isLive();
        await wizard.isFocused(() => wizard.field("username"), "the focus still on the field");
        assert.equal(await wizard.value("username"), "A.Jansen");
        await eventually(() => wizard.evaluate("return document.activeElement.selectionStart === 6"), { description: "the caret in its previous position" });
        assert.equal(await wizard.evaluate("return document.getElementById('rules').open"), true);
        await wizard.sendKeys("s");
        await wizard.sendKeys(Key.ENTER);
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.value("username"), "A.Janssen");
    }));
    scenario("A submit before the program loads is carried out once it has loaded.", (fixture) => withHttpsProxy(fixture.demo, async (proxy) => {
        const wizard = new Wizard(fixture, proxy.url);
        const release = proxy.holdRequests(/\.wasm$/);
        await startLoading(wizard, proxy);
        await focusByClick(wizard, "username");
        await wizard.sendKeys("A.Janssen");
        // The start script loads before the program; a submit before that has no effect.
        await eventually(async () => {
            await wizard.sendKeys(Key.ENTER);
            return wizard.evaluate("return document.querySelector('button[type=submit]').hasAttribute('aria-disabled')");
        }, { description: "the submit registered" });
        release();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.value("username"), "A.Janssen");
    }));
}

/** Shows the first screen of a page that is still loading; the driver must not wait for the load event. */
async function startLoading(wizard, proxy) {
    // COOP gives every new origin its own process, and the engine moves the focus there with a delay. The driver waits
    // for that here; later navigation within the origin stays in the process.
    await wizard.browser.get(`${proxy.origin}/robots.txt`);
    await wizard.evaluate("location.href = arguments[0]", proxy.url);
    await eventually(() => wizard.heading(SCREENS.username).isDisplayed(), { description: "the first screen" });
}

/** Clicks a field until it has the focus, because a page that has just appeared may ignore the first clicks. */
async function focusByClick(wizard, name) {
    await eventually(async () => {
        const field = await wizard.field(name);
        await field.click();
        return wizard.evaluate("return document.hasFocus() && document.activeElement === arguments[0]", field);
    }, { description: `the focus on ${name}` });
}
