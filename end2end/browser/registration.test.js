// The registration: from an unregistered employee to a real reset, a thief who knows the password, and access from
// outside the allowed networks.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { binds } from "./support/directory.js";
import { eventually } from "./support/eventually.js";
import { Registration } from "./support/registration.js";
import { NEW_PASSWORD, SCREENS, Wizard } from "./support/wizard.js";

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

/** Waits for a message on the user's phone or in their mailbox for which `matches` returns true. */
const receivedMessage = (username, matches) =>
    eventually(
        async () => {
            const answer = await fetch(`${demo.person(username).phone}/berichten`);
            return (await answer.json()).find(matches);
        },
        { timeout: 40_000, description: `a message to ${username}` },
    );

/** Opens the activation link on the simulated phone, without `withPage`, because it is not a page of the product. */
async function activateOnPhone(link, username) {
    const context = await browser.newContext({ locale: "nl-NL", ...PHONE });
    try {
        const phone = await context.newPage();
        await phone.goto(link);
        await phone.getByRole("button").first().tap();
        await phone.waitForURL(`**/telefoon/${username}`);
    } finally {
        await context.close();
    }
}

test("An unregistered employee registers, activates the app, does a practice run and then resets the password.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const username = "E.Hendriks";
        const registration = new Registration(page, demo);
        await registration.open();
        await registration.signIn(username, demo.details.first_password);
        await registration.isAt("overview");
        for (const [point, state] of Object.entries({ birthdate: "open", mobile: "open", app: "open" })) {
            assert.equal(await registration.point(point), state, point);
        }

        await registration.submitBirthdate("24-12-1990");
        await registration.isAt("overview");
        await registration.submitMobile("06-12 34 56 05");
        await registration.isAt("overview");
        await registration.sees("06-•• •• •• 05");

        // The link that the QR code contains.
        const link = await registration.activationLink();
        assert.ok(await page.locator("[role=img] path").first().isVisible(), "the QR code is visible");
        await activateOnPhone(link, username);
        await registration.isLinked();
        for (const point of ["birthdate", "mobile", "app"]) {
            assert.equal(await registration.point(point), "met", point);
        }
        await receivedMessage(username, (message) => message.subject?.includes("geregistreerd"));
        await receivedMessage(username, (message) => message.subject?.includes("Entrust Identity"));

        await registration.practise();
        const wizard = new Wizard(page, demo);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.submitBirthdate("24-12-1990");
        await wizard.isAt(SCREENS.code);
        await wizard.submitCode(await demo.code(username));
        await wizard.isAt(SCREENS.password);
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.sees("Je wachtwoord is niet veranderd.");
        assert.equal(await binds(demo, demo.person(username), demo.details.first_password), true);

        await page.getByRole("link", { name: "Terug naar 06-nummer registratie" }).click();
        await registration.isAt("overview");
        await registration.signOut();

        await wizard.open();
        await wizard.advanceTo(SCREENS.code, username);
        await wizard.submitCode(await demo.code(username));
        await wizard.isAt(SCREENS.password);
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.isAt(SCREENS.done);
        assert.equal(await binds(demo, demo.person(username), NEW_PASSWORD), true, "the directory accepts the new password");
        assert.equal(await binds(demo, demo.person(username), demo.details.first_password), false, "the directory refuses the old password");
        for (const channel of ["mail", "sms"]) {
            await receivedMessage(username, (message) => message.way === channel && message.text.includes("opnieuw ingesteld"));
        }
    }));

test("A number changed by a thief with the password cannot be used that day, and the account owner is notified.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const username = "A.Janssen";
        const registration = new Registration(page, demo);
        await registration.open();
        await registration.signIn(username, demo.details.first_password);
        // With an active app the password alone is not enough: its code is required too.
        await registration.isAt("code");
        await registration.submitCode(await demo.code(username));
        await registration.isAt("overview");
        await registration.submitMobile("06-87654321");
        await registration.isAt("overview");
        await registration.sees("06-•• •• •• 21");
        for (const channel of ["mail", "sms"]) {
            const notice = await receivedMessage(username, (message) => message.way === channel);
            assert.match(notice.text, /nummer/, channel);
        }

        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, username);
        await wizard.submitCode(await demo.code(username));
        await wizard.seesNotice("We weten nog niet zeker dat jij het bent");
        assert.equal(await binds(demo, demo.person(username), demo.details.first_password), true);
    }));

test("Outside the allowed networks the page says where to register and has no form.", async () => {
    const answer = await fetch(`${demo.origin}/registratie`, { headers: { "x-forwarded-for": "192.0.2.1" } });
    const html = await answer.text();
    assert.equal(answer.status, 200);
    assert.ok(!html.includes("<input"), "the page has no field");
    assert.match(html, /op het netwerk van Pantein/);
    const call = await fetch(`${demo.origin}/api/registration/current`, { headers: { "x-forwarded-for": "192.0.2.1" } });
    assert.equal(call.status, 404);
});
