// Back and Forward, a changed birthdate, two tabs, and Cancel.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { SCREENS, Wizard } from "./support/wizard.js";

let demo;
let browser;
before(async () => {
    demo = await startDemo();
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

test("Back shows the previous screen, Forward the next one, and both keep the session.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "G.Oezdemir");
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
        await page.goBack();
        await wizard.isAt(SCREENS.username);
        await page.goForward();
        await wizard.isAt(SCREENS.birthdate);
        await page.goForward();
        await wizard.isAt(SCREENS.code);
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
        await wizard.submitBirthdate("05-05-1995");
        await wizard.isAt(SCREENS.code);
        await wizard.complete(SCREENS.code, "G.Oezdemir");
        await wizard.isAt(SCREENS.password);
        await page.goBack();
        await wizard.isAt(SCREENS.password);
        await wizard.complete(SCREENS.password, "G.Oezdemir");
        await wizard.isAt(SCREENS.done);
        await page.goBack();
        await wizard.isAt(SCREENS.done);
    }));

test("The birthdate can be changed from the code screen.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "B.Smits");
        await wizard.submitBirthdate("28-02-1992");
        await wizard.isAt(SCREENS.code);
        await wizard.button("Geboortedatum wijzigen").click();
        await wizard.isAt(SCREENS.birthdate);
        await wizard.isFocused(wizard.heading(SCREENS.birthdate), "the focus on the heading");
        assert.equal(await wizard.field("birthdate").inputValue(), "28-02-1992", "the value is kept");
        await wizard.submitBirthdate("29-02-1992");
        await wizard.isAt(SCREENS.code);
        await wizard.complete(SCREENS.code, "B.Smits");
        await wizard.isAt(SCREENS.password);
    }));

test("While the birthdate is changed, and on the code screen after it, Back and Forward lead to the neighbouring screens.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "D.Willems");
        await wizard.button("Geboortedatum wijzigen").click();
        await wizard.isAt(SCREENS.birthdate);
        await page.goBack();
        await wizard.isAt(SCREENS.username);
        await page.goForward();
        await wizard.isAt(SCREENS.birthdate);
        await page.goForward();
        await wizard.isAt(SCREENS.code);
        // A double tap goes one step back.
        await wizard.button("Geboortedatum wijzigen").evaluate((button) => [button, button].forEach((target) => target.click()));
        await wizard.isAt(SCREENS.birthdate);
        await page.waitForFunction(() => history.state === 2);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.submitBirthdate(demo.person("D.Willems").typedBirthdate);
        await wizard.isAt(SCREENS.code);
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
    }));

test("A notice belongs to the screen on which it appeared.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "G.Oezdemir");
        await wizard.next.click();
        await wizard.seesNotice("Er klopt iets niet", "Vul de code in.");
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
        await wizard.summary.waitFor({ state: "detached" });
    }));

test("A tab opened at the code screen returns to the birthdate, by Back and by the button.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        const first = new Wizard(page, demo);
        await first.open();
        await first.advanceTo(SCREENS.code, "D.Willems");
        const second = new Wizard(await context.newPage(), demo);
        await second.open();
        await second.isAt(SCREENS.code);
        await second.page.goBack();
        await second.isAt(SCREENS.birthdate);
        await second.page.goForward();
        await second.isAt(SCREENS.code);
        await second.button("Geboortedatum wijzigen").click();
        await second.isAt(SCREENS.birthdate);
    }));

test("Two tabs share one session: the tab left behind catches up, or starts again after a verification in the other.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        const first = new Wizard(page, demo);
        await first.open();
        await first.advanceTo(SCREENS.birthdate, "F.Vermeulen");
        const second = new Wizard(await context.newPage(), demo);
        await second.open();
        await second.isAt(SCREENS.birthdate);
        await second.complete(SCREENS.birthdate, "F.Vermeulen");
        await second.isAt(SCREENS.code);

        await first.submitBirthdate("11-11-1988");
        await first.isAt(SCREENS.code);
        await first.complete(SCREENS.code, "F.Vermeulen");
        await first.isAt(SCREENS.password);

        await second.submitCode("12345678");
        await second.isAt(SCREENS.username);
        await second.seesNotice("Begin opnieuw", "De tijd is om, of je bent in een ander venster verdergegaan.");
    }));

test("A user name submitted in a second tab is shown on the birthdate screen of the first.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        const first = new Wizard(page, demo);
        await first.open();
        await first.advanceTo(SCREENS.birthdate, "G.Oezdemir");
        const second = new Wizard(await context.newPage(), demo);
        await second.open();
        await second.isAt(SCREENS.birthdate);
        await second.cancel.click();
        await second.isAt(SCREENS.username);
        await second.submitUsername("C.Peters");
        await second.isAt(SCREENS.birthdate);
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await eventually(async () => (await first.field("username").inputValue()) === "C.Peters", { description: "the name of the session" });
    }));

test("Annuleren ends the session and removes the cookie on every screen that has it.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (const screen of [SCREENS.birthdate, SCREENS.code]) {
            await wizard.advanceTo(screen, "C.Peters");
            await wizard.cancel.tap();
            await wizard.isAt(SCREENS.username);
            assert.equal(await wizard.field("username").inputValue(), "");
            assert.deepEqual(await context.cookies(), []);
        }
        await page.reload();
        await wizard.isAt(SCREENS.username);
    }));
