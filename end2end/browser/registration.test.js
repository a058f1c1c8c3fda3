// Being ready before it is needed: the registration, from nothing to a real reset, and what a thief can do
// with a password.

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

/** What arrived on somebody's phone and in their mailbox, once something did that `is` looked for. */
const arrived = (username, is) =>
    eventually(
        async () => {
            const answer = await fetch(`${demo.person(username).phone}/berichten`);
            return (await answer.json()).find(is);
        },
        { within: 40_000, says: `a message to ${username}` },
    );

/** Opens the app's link on the demo phone, which is no page of the product: nobody watches it. */
async function linkOnThePhone(link, username) {
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

test("An employee with nothing registers, links the app, practises, and then really resets the password.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const username = "E.Hendriks";
        const registration = new Registration(page, demo);
        await registration.open();
        await registration.signIn(username, demo.details.first_password);
        await registration.isAt("overview");
        for (const [point, state] of Object.entries({ birthdate: "open", mobile: "open", app: "open" })) {
            assert.equal(await registration.point(point), state, point);
        }

        await registration.giveBirthdate("24-12-1990");
        await registration.isAt("overview");
        await registration.giveMobile("06-12 34 56 05");
        await registration.isAt("overview");
        await registration.sees("06-•• •• •• 05");

        // On the phone: the link that the QR code holds.
        const link = await registration.activationLink();
        assert.ok(await page.locator("[role=img] path").first().isVisible(), "the QR code is on the screen");
        await linkOnThePhone(link, username);
        await registration.isLinked();
        for (const point of ["birthdate", "mobile", "app"]) {
            assert.equal(await registration.point(point), "met", point);
        }
        await arrived(username, (message) => message.subject?.includes("geregistreerd"));
        await arrived(username, (message) => message.subject?.includes("Entrust Identity"));

        await registration.practise();
        const wizard = new Wizard(page, demo);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.giveBirthdate("24-12-1990");
        await wizard.isAt(SCREENS.code);
        await wizard.giveCode(await demo.code(username));
        await wizard.isAt(SCREENS.password);
        await wizard.givePassword(NEW_PASSWORD);
        await wizard.sees("Je wachtwoord is niet veranderd.");
        assert.equal(await binds(demo, demo.person(username), demo.details.first_password), true);

        await page.getByRole("link", { name: "Terug naar 06-nummer registratie" }).click();
        await registration.isAt("overview");
        await registration.signOut();

        await wizard.open();
        await wizard.walkTo(SCREENS.code, username);
        await wizard.giveCode(await demo.code(username));
        await wizard.isAt(SCREENS.password);
        await wizard.givePassword(NEW_PASSWORD);
        await wizard.isAt(SCREENS.done);
        assert.equal(await binds(demo, demo.person(username), NEW_PASSWORD), true, "the new password opens the account");
        assert.equal(await binds(demo, demo.person(username), demo.details.first_password), false, "the old one does not");
        for (const way of ["mail", "sms"]) {
            await arrived(username, (message) => message.way === way && message.text.includes("opnieuw ingesteld"));
        }
    }));

test("A number changed by a thief with the password cannot be used that day, and its owner is told.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const username = "A.Janssen";
        const registration = new Registration(page, demo);
        await registration.open();
        await registration.signIn(username, demo.details.first_password);
        // The password alone opens nothing: with an app there, its code is asked as well.
        await registration.isAt("code");
        await registration.giveCode(await demo.code(username));
        await registration.isAt("overview");
        await registration.giveMobile("06-87654321");
        await registration.isAt("overview");
        await registration.sees("06-•• •• •• 21");
        for (const way of ["mail", "sms"]) {
            const told = await arrived(username, (message) => message.way === way);
            assert.match(told.text, /nummer/, way);
        }

        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, username);
        await wizard.giveCode(await demo.code(username));
        await wizard.isTold("We weten nog niet zeker dat jij het bent");
        assert.equal(await binds(demo, demo.person(username), demo.details.first_password), true);
    }));

test("From elsewhere the page says where to register, and there is no form.", async () => {
    const answer = await fetch(`${demo.origin}/registratie`, { headers: { "x-forwarded-for": "192.0.2.1" } });
    const html = await answer.text();
    assert.equal(answer.status, 200);
    assert.ok(!html.includes("<input"), "no field is there");
    assert.match(html, /op het netwerk van Pantein/);
    const call = await fetch(`${demo.origin}/api/registration/current`, { headers: { "x-forwarded-for": "192.0.2.1" } });
    assert.equal(call.status, 404);
});
