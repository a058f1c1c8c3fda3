// A session with a start code in the wizard, with simulated responses: the choice, the code, and linking the app on another
// phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { OPEN_TO_LOOPBACK } from "./support/service-desk.js";
import { SCREENS, Wizard } from "./support/wizard.js";

const BIRTHDATE = { step: "birthdate", username: "A.Janssen", expires_in: 900, purpose: "new_app" };
const CODE = {
    step: "code", username: "A.Janssen", ways: ["TOKEN"], way: "TOKEN", resend_after: null, expires_in: 900, purpose: "new_app",
};
const NEW_APP = { step: "new_app", activation: null, linked: false, from: null, expires_in: 900 };
const QR = { size: 45, path: "M4 4h7v7h-7zM34 4h7v7h-7zM4 34h7v7h-7zM14 14h17v3h-17z" };
const ACTIVATION = { link: "igmobileotp://?action=secactivate", qr: QR, password: "4821 7730" };
const LINKING = { ...NEW_APP, activation: ACTIVATION };
const LINKED = { ...LINKING, linked: true };
const IDENTIFY = { step: "identify" };

const CALL = "Ik bel met de servicedesk";
const STOP = "Toch zelf een nieuw wachtwoord instellen";
const START_CODE = "Ik heb een startcode";
const NO_START_CODE = "Ik heb geen startcode";
const BANNER = "Je koppelt de app op een andere telefoon. Je wachtwoord verandert nog niet.";
const LINK = "Koppel de app";

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

/** Opens the wizard at a simulated step. */
async function openAt(page, step) {
    const wizard = new Wizard(page, demo);
    await report(page, step);
    await wizard.open();
    return wizard;
}

/** Answers the next call instead of the server; returns the bodies of the calls. */
async function record(page, call, body) {
    const bodies = [];
    await page.route(`**/api/reset/${call}`, (route) => {
        bodies.push(route.request().postDataJSON());
        return route.fulfill({ json: body });
    });
    return bodies;
}

function heading(page, name) {
    return page.getByRole("heading", { level: 1, name, exact: true });
}

test("With the keyboard, an employee with a start code chooses it, and can leave the choice again.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = await openAt(page, IDENTIFY);
        assert.equal(await wizard.button(START_CODE).count(), 0, "the first screen stays calm");
        await wizard.button(CALL).focus();
        await page.keyboard.press("Enter");
        await wizard.isFocused(wizard.button(STOP), "the focus stays on the choice");
        await page.keyboard.press("Tab");
        await wizard.isFocused(wizard.button(START_CODE), "the start code is offered beside the call");
        await page.keyboard.press("Enter");
        await wizard.sees(BANNER);
        await wizard.sees("Stap 1 van 4");
        await wizard.isFocused(wizard.button(NO_START_CODE), "the focus stays on the choice");
        await page.keyboard.press("Enter");
        await wizard.sees("Je laat aan de servicedesk zien wie je bent. Je wachtwoord verandert niet.");
        await wizard.button(START_CODE).click();
        await wizard.button(STOP).click();
        await wizard.sees("Stap 1 van 5");
        assert.equal(await page.getByText(BANNER).count(), 0);
        assert.equal(await wizard.button(START_CODE).count(), 0);
    }));

test("An employee with a start code links the app on another phone, and may set a password later.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = await openAt(page, IDENTIFY);
        await wizard.button(CALL).click();
        await wizard.button(START_CODE).click();
        const names = await record(page, "identify", BIRTHDATE);
        await wizard.submitUsername("A.Janssen");
        await wizard.isAt(SCREENS.birthdate);
        assert.deepEqual(names, [{ username: "A.Janssen", purpose: "new_app" }]);
        await wizard.sees(BANNER);
        await wizard.stub("birthdate", 200, CODE);
        await wizard.submitBirthdate("01-10-1984");

        await heading(page, "Vul je startcode in").waitFor();
        await wizard.sees("Stap 3 van 4");
        const field = page.getByLabel("Startcode", { exact: true });
        await field.focus();
        await page.keyboard.type("k7q2-9f4p");
        assert.equal(await field.inputValue(), "K7Q2 9F4P");
        assert.equal(await field.getAttribute("autocomplete"), "off");
        const codes = await record(page, "code", NEW_APP);
        await page.keyboard.press("Enter");

        await heading(page, "Koppel de app op je nieuwe telefoon").waitFor();
        assert.deepEqual(codes, [{ code: "K7Q29F4P" }]);
        await wizard.isFocused(heading(page, "Koppel de app op je nieuwe telefoon"), "the new screen has the focus");
        await wizard.sees("Stap 4 van 4");
        await page.route("**/api/reset/app", (route) => route.fulfill({ json: LINKING }));
        const activations = await record(page, "activate", LINKING);
        await wizard.button(LINK).click();
        await page.getByRole("img", { name: "QR-code om de app te koppelen", exact: true }).waitFor();
        assert.equal(activations.length, 1);
        await wizard.isFocused(heading(page, "Koppel de app op je nieuwe telefoon"), "the button was removed");
        await wizard.sees("4821 7730");

        // Without unrouting the other response first, because the page polls every few seconds.
        const from = "2026-11-29T15:05:00+01:00";
        await page.route("**/api/reset/app", (route) => route.fulfill({ json: { ...LINKED, from } }));
        await heading(page, "Je app is gekoppeld").waitFor();
        await wizard.isFocused(heading(page, "Je app is gekoppeld"), "the end of linking has the focus");
        await wizard.sees("Je kunt een nieuw wachtwoord instellen vanaf 29 november 2026 om 15.05 uur.");
        await wizard.sees("Klaar");
        assert.equal(await page.getByText(BANNER).count(), 0);

        // The session has ended, and the text stays.
        await report(page, IDENTIFY);
        const current = page.waitForResponse("**/api/reset/current");
        await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
        await current;
        await heading(page, "Je app is gekoppeld").waitFor();
        await wizard.stub("cancel", 200, IDENTIFY);
        await wizard.button("Opnieuw beginnen").click();
        await wizard.isAt(SCREENS.username);
        await wizard.sees("Stap 1 van 5");
    }));

test("If a password can be set at once, a button starts the reset.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = await openAt(page, LINKED);
        await wizard.sees("Je kunt nu een nieuw wachtwoord instellen.");
        await wizard.stub("cancel", 200, IDENTIFY);
        await wizard.button("Stel een nieuw wachtwoord in").click();
        await wizard.isAt(SCREENS.username);
        const names = await record(page, "identify", { ...BIRTHDATE, purpose: undefined });
        await wizard.submitUsername("A.Janssen");
        await wizard.isAt(SCREENS.birthdate);
        assert.deepEqual(names, [{ username: "A.Janssen", purpose: null }]);
    }));

test("After a reload, the app can be linked further; on a phone the link comes first.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        await page.route("**/api/reset/app", (route) => route.fulfill({ json: LINKING }));
        const wizard = await openAt(page, LINKING);
        await wizard.button("De app staat op mijn telefoon").click();
        const link = page.getByRole("link", { name: "Open Entrust Identity", exact: true });
        assert.equal(await link.getAttribute("href"), ACTIVATION.link);
        assert.equal(await page.getByRole("img", { name: "QR-code om de app te koppelen" }).isVisible(), false);
    }));

test("A refused start code and a refused activation say what to do.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = await openAt(page, CODE);
        const sent = await record(page, "code", NEW_APP);
        await page.getByLabel("Startcode", { exact: true }).fill("K7Q2");
        await wizard.next.click();
        await wizard.seesNotice("Er klopt iets niet");
        await wizard.sees("Een startcode heeft acht tekens. Kijk of je alles hebt ingevuld.");
        assert.deepEqual(sent, []);
        await wizard.stub("code", 403, { refusal: "not_verified", reference: "K7Q2-9F4M", attempts_left: 2 });
        await page.getByLabel("Startcode", { exact: true }).fill("K7Q29F4P");
        await wizard.next.click();
        await wizard.seesNotice(
            "We weten nog niet zeker dat jij het bent",
            "Je geboortedatum (dd-mm-jjjj) of je startcode klopt misschien niet.",
        );
        assert.equal(await page.getByLabel("Startcode", { exact: true }).inputValue(), "");

        await page.getByLabel("Startcode", { exact: true }).fill("K7Q29F4P");
        await wizard.next.click();
        await wizard.stub("activate", 422, { refusal: "invalid", field: "app", reason: "not_offered" });
        await wizard.button(LINK).click();
        await wizard.seesNotice("De app koppelen lukt hier niet", "Bel de servicedesk.");
        await wizard.button(LINK).waitFor();
    }));
