// A call to the service desk in the wizard, with simulated responses: the choice, what is sent, and the call code.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { OPEN_TO_LOOPBACK } from "./support/service-desk.js";
import { SCREENS, Wizard } from "./support/wizard.js";

const BIRTHDATE = { step: "birthdate", username: "A.Janssen", expires_in: 900, purpose: "call" };
const CODE = { step: "code", username: "A.Janssen", ways: ["TOKEN"], way: "TOKEN", resend_after: null, expires_in: 900, purpose: "call" };
const CALL = { step: "call", call_code: "K7Q29F", until: "2026-11-20T11:05:00+01:00", expires_in: 300 };
const START = "Ik bel met de servicedesk";
const STOP = "Toch zelf een nieuw wachtwoord instellen";
const BANNER = "Je laat aan de servicedesk zien wie je bent. Je wachtwoord verandert niet.";

let demo;
let browser;
before(async () => {
    demo = await startDemo(undefined, OPEN_TO_LOOPBACK);
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

/** Makes the server report this step. */
async function report(page, step) {
    await page.unroute("**/api/reset/current");
    await page.route("**/api/reset/current", (route) => route.fulfill({ json: step }));
}

test("A caller chooses the call with the keyboard, and gets a code to read aloud instead of a new password.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await report(page, { step: "identify" });
        await wizard.open();
        const choice = wizard.button(START);
        await choice.focus();
        await page.keyboard.press("Enter");
        await wizard.sees(BANNER);
        await wizard.sees("Stap 1 van 4");
        await wizard.isFocused(wizard.button(STOP), "the focus stays on the choice");

        const sent = [];
        await page.route("**/api/reset/identify", (route) => {
            sent.push(route.request().postDataJSON());
            return route.fulfill({ json: BIRTHDATE });
        });
        await wizard.submitUsername("A.Janssen");
        await wizard.isAt(SCREENS.birthdate);
        assert.deepEqual(sent, [{ username: "A.Janssen", purpose: "call" }]);
        await wizard.sees(BANNER);
        await wizard.stub("birthdate", 200, CODE);
        await wizard.submitBirthdate("01-10-1984");
        await wizard.isAt(SCREENS.code);
        await wizard.sees("Stap 3 van 4");
        await wizard.stub("code", 200, CALL);
        await report(page, CALL);
        await wizard.submitCode("12345678");
        await page.getByRole("heading", { level: 1, name: "Lees deze code voor", exact: true }).waitFor();
        assert.equal(await page.locator(".call-code [aria-hidden]").textContent(), "K7Q 29F");
        assert.equal(await page.getByText(BANNER).count(), 0);

        await wizard.sees("De code werkt één keer, tot 11.05 uur.");

        // The next user of the device is not in a call.
        await wizard.stub("cancel", 200, { step: "identify" });
        await wizard.button("Opnieuw beginnen").click();
        await wizard.isAt(SCREENS.username);
        await wizard.sees("Stap 1 van 5");
        await wizard.button(START).waitFor();
    }));

test("After a reload in a call, Back shows the first screen with the choice still made.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await report(page, CODE);
        await wizard.open();
        await wizard.isAt(SCREENS.code);
        await wizard.reload();
        await wizard.isAt(SCREENS.code);
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
        await page.goBack();
        await wizard.isAt(SCREENS.username);
        await wizard.sees(BANNER);
        await wizard.button(STOP).click();
        assert.equal(await page.getByText(BANNER).count(), 0);
        await wizard.sees("Stap 1 van 5");
    }));

/** Whether the first screen is that of a call, and what the tab keeps about it. */
async function isCalling(page, wizard) {
    await wizard.isAt(SCREENS.username);
    await wizard.sees(BANNER);
    await wizard.sees("Stap 1 van 4");
    assert.deepEqual(await page.evaluate(() => ({ ...sessionStorage })), { purpose: "call" });
}

async function isResetting(page, wizard) {
    await wizard.isAt(SCREENS.username);
    await wizard.sees("Stap 1 van 5");
    assert.equal(await page.getByText(BANNER).count(), 0);
    assert.deepEqual(await page.evaluate(() => ({ ...sessionStorage })), {});
}

test("A reload keeps the chosen call, and «Toch zelf…» forgets it.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await report(page, { step: "identify" });
        await wizard.open();
        await wizard.button(START).click();
        await isCalling(page, wizard);
        await wizard.reload();
        await isCalling(page, wizard);
        const sent = [];
        await page.route("**/api/reset/identify", (route) => {
            sent.push(route.request().postDataJSON());
            return route.fulfill({ json: BIRTHDATE });
        });
        await wizard.submitUsername("A.Janssen");
        await wizard.isAt(SCREENS.birthdate);
        assert.deepEqual(sent, [{ username: "A.Janssen", purpose: "call" }]);

        // Another tab is not in the call.
        const other = await context.newPage();
        await report(other, { step: "identify" });
        const otherWizard = new Wizard(other, demo);
        await otherWizard.open();
        await isResetting(other, otherWizard);
        await other.close();

        await wizard.reload();
        await isCalling(page, wizard);
        await wizard.button(STOP).click();
        await isResetting(page, wizard);
        await wizard.reload();
        await isResetting(page, wizard);
    }));

test("After a reload, a call that expires or is cancelled does not become a reset of the next user.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await report(page, CALL);
        await wizard.open();
        const heading = page.getByRole("heading", { level: 1, name: "Lees deze code voor", exact: true });
        await heading.waitFor();
        await wizard.reload();
        await heading.waitFor();
        await report(page, { step: "identify" });
        await page.evaluate(() => dispatchEvent(new Event("pageshow")));
        await wizard.seesNotice("Begin opnieuw");
        await isCalling(page, wizard);
        await wizard.reload();
        await isCalling(page, wizard);

        await report(page, CALL);
        await wizard.reload();
        await heading.waitFor();
        await wizard.stub("cancel", 200, { step: "identify" });
        await report(page, { step: "identify" });
        await wizard.button("Opnieuw beginnen").click();
        await isResetting(page, wizard);
        await wizard.reload();
        await isResetting(page, wizard);
    }));

test("A call code that the service desk has used is not shown any more.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await report(page, CALL);
        await wizard.open();
        await page.locator(".call-code").waitFor();
        await report(page, { ...CALL, used: true, expires_in: 100 });
        await page.clock.fastForward("00:06");
        const heading = page.getByRole("heading", { level: 1, name: "Deze code is gebruikt", exact: true });
        await heading.waitFor();
        await wizard.isFocused(heading, "the focus on the heading");
        await wizard.sees("Weet de servicedesk wie je bent? Dan mag je het scherm sluiten.");
        assert.equal(await page.locator(".call-code").count(), 0);
        assert.equal(await page.getByText("Je hebt nog").count(), 0);
        assert.deepEqual(await page.evaluate(() => ({ ...sessionStorage })), {});
        // The end of the session changes nothing for the reader.
        await report(page, { step: "identify" });
        const queried = page.waitForResponse("**/api/reset/current");
        await page.evaluate(() => dispatchEvent(new Event("pageshow")));
        await queried;
        await heading.waitFor();
        assert.equal(await wizard.summary.count(), 0);
    }));
