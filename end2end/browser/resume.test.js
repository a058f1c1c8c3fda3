// Leaving and coming back: reload, Back, two tabs, a second click, Cancel, a lost connection, time running out.
// Not the refusals as such.

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

function posts(page) {
    const calls = [];
    page.on("request", (request) => {
        if (request.method() === "POST") calls.push(new URL(request.url()).pathname);
    });
    return calls;
}

test("A reload in any step goes on in that step.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (let screen = SCREENS.username; screen < SCREENS.done; screen += 1) {
            await wizard.reload();
            await wizard.isAt(screen);
            await wizard.pass(screen, "A.Janssen");
            await wizard.isAt(screen + 1);
        }
        await wizard.reload();
        await wizard.isAt(SCREENS.done);
    }));

const NO_STEP_YET = [
    ["while the step is still being done", "Een ogenblik, we zijn nog bezig.",
        (route) => route.fulfill({ status: 409, json: { refusal: "in_progress" }, headers: { "retry-after": "1" } })],
    ["during an outage", "Het lukt nu even niet",
        (route) => route.fulfill({ status: 503, json: { refusal: "unavailable", reference: "K7Q2-9F4M", retry_after: 1 } })],
    ["without a connection", "Geen verbinding", (route) => route.abort("connectionfailed")],
];

for (const [when, says, answer] of NO_STEP_YET) {
    test(`A reload ${when} says so, lets nothing be sent, and goes on in the step once it is known.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.walkTo(SCREENS.code, "G.Oezdemir");
            await page.route("**/api/reset/current", answer);
            await wizard.reload();
            await wizard.sees(says);
            const calls = posts(page);
            await wizard.field("username").fill("G.Oezdemir");
            await page.keyboard.press("Enter");
            await wizard.next.click({ force: true });
            // Asked once more, and still not known.
            await page.waitForRequest("**/api/reset/current");
            await wizard.sees(says);
            await page.unroute("**/api/reset/current");
            await wizard.isAt(SCREENS.code);
            await page.getByText(says, { exact: true }).waitFor({ state: "detached" });
            assert.equal(await wizard.summary.count(), 0);
            assert.deepEqual(calls, []);
        }));
}

test("A reload during what ends the visit begins again, and says so.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "G.Oezdemir");
        await page.route("**/api/reset/current", (route) => route.fulfill({ status: 409, json: { refusal: "in_progress" } }));
        await wizard.reload();
        await wizard.sees("Een ogenblik, we zijn nog bezig.");
        await page.unroute("**/api/reset/current");
        await wizard.answer("current", 200, { step: "identify" });
        await wizard.isTold("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
        await wizard.walkTo(SCREENS.birthdate, "G.Oezdemir");
    }));

test("Coming back from the app on the same phone, what was typed is still there.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "G.Oezdemir");
        await wizard.field("code").fill("1234");
        const app = await context.newPage();
        await app.bringToFront();
        const asked = page.waitForResponse((response) => response.url().endsWith("/api/reset/current"));
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await page.bringToFront();
        await asked;
        await wizard.isAt(SCREENS.code);
        assert.equal(await wizard.field("code").inputValue(), "1234");
    }));

test("Back shows the earlier screen, Forward the later one, and neither harms the visit.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "G.Oezdemir");
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
        await wizard.giveBirthdate("05-05-1995");
        await wizard.isAt(SCREENS.code);
        await wizard.pass(SCREENS.code, "G.Oezdemir");
        await wizard.isAt(SCREENS.password);
        await page.goBack();
        await wizard.isAt(SCREENS.password);
        await wizard.pass(SCREENS.password, "G.Oezdemir");
        await wizard.isAt(SCREENS.done);
        await page.goBack();
        await wizard.isAt(SCREENS.done);
    }));

test("The birthdate can be changed while the code is asked.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "B.Smits");
        await wizard.giveBirthdate("28-02-1992");
        await wizard.isAt(SCREENS.code);
        await wizard.button("Geboortedatum wijzigen").click();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("birthdate").inputValue(), "28-02-1992", "nothing is asked twice");
        await wizard.giveBirthdate("29-02-1992");
        await wizard.isAt(SCREENS.code);
        await wizard.pass(SCREENS.code, "B.Smits");
        await wizard.isAt(SCREENS.password);
    }));

test("Two tabs are one visit: the one left behind comes along, and another name in one ends the other's.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        const first = new Wizard(page, demo);
        await first.open();
        await first.walkTo(SCREENS.birthdate, "F.Vermeulen");
        const second = new Wizard(await context.newPage(), demo);
        await second.open();
        await second.isAt(SCREENS.birthdate);
        await second.pass(SCREENS.birthdate, "F.Vermeulen");
        await second.isAt(SCREENS.code);

        await first.giveBirthdate("11-11-1988");
        await first.isAt(SCREENS.code);
        await first.pass(SCREENS.code, "F.Vermeulen");
        await first.isAt(SCREENS.password);

        await second.giveCode("12345678");
        await second.isAt(SCREENS.username);
        await second.isTold("Begin opnieuw", "De tijd is om, of je bent in een ander venster verdergegaan.");
    }));

test("A double click, or a second one while the answer is on its way, sends one request.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        const calls = posts(page);
        await wizard.open();
        await wizard.field("username").fill("A.Janssen");
        await wizard.next.dblclick();
        await wizard.isAt(SCREENS.birthdate);
        assert.deepEqual(calls, ["/api/reset/identify"]);

        let answer;
        const held = new Promise((resolve) => (answer = resolve));
        await page.route("**/api/reset/birthdate", async (route) => {
            await held;
            await route.continue();
        });
        await wizard.field("birthdate").fill("01-10-1984");
        await wizard.next.click();
        await eventually(async () => (await wizard.next.getAttribute("aria-disabled")) === "true", { says: "a busy button" });
        // A button that says it is disabled is not clicked by Playwright unless it is made to.
        await wizard.next.click({ force: true });
        await page.keyboard.press("Enter");
        await wizard.cancel.click({ force: true });
        answer();
        await wizard.isAt(SCREENS.code);
        assert.deepEqual(calls, ["/api/reset/identify", "/api/reset/birthdate"]);
    }));

test("Annuleren ends the visit on every screen that has it, and the cookie with it.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (const screen of [SCREENS.birthdate, SCREENS.code]) {
            await wizard.walkTo(screen, "C.Peters");
            await wizard.cancel.tap();
            await wizard.isAt(SCREENS.username);
            assert.equal(await wizard.field("username").inputValue(), "");
            assert.deepEqual(await context.cookies(), []);
        }
        await page.reload();
        await wizard.isAt(SCREENS.username);
    }));

test("A lost connection is waited for: nothing typed is lost, and the step goes on by itself.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "A.Janssen");
        await wizard.field("birthdate").fill("01-10-1984");
        await context.setOffline(true);
        await wizard.next.tap();
        await wizard.sees("Geen verbinding");
        await wizard.sees("We proberen het vanzelf opnieuw. Wat je hebt ingevuld, blijft staan.");
        assert.equal(await wizard.field("birthdate").inputValue(), "01-10-1984");
        await context.setOffline(false);
        await wizard.isAt(SCREENS.code);
        await page.getByText("Geen verbinding").waitFor({ state: "detached" });
    }));

test("An answer that got lost on its way is asked for again until it is there.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "A.Janssen");
        // The server did it; the browser does not know.
        await page.route("**/api/reset/birthdate", async (route) => {
            await route.fetch();
            await route.abort("connectionreset");
        }, { times: 1 });
        await wizard.giveBirthdate("01-10-1984");
        await wizard.sees("Geen verbinding");
        await wizard.isAt(SCREENS.code);
    }));

test("A code that waited too long for the connection is not sent blindly.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "C.Peters");
        const calls = posts(page);
        await context.setOffline(true);
        await wizard.giveCode("12345678");
        await wizard.sees("Geen verbinding");
        await page.clock.fastForward("00:40");
        await context.setOffline(false);
        await wizard.isTold("Geen verbinding", "De verbinding is terug. Kijk of je code nog klopt en kies Volgende.");
        assert.equal(await wizard.field("code").inputValue(), "12345678");
        assert.equal(calls.length <= 2, true, `${calls.length} requests: the first, and one try offline`);
    }));

test("Before the time is over there is a warning, and more time for the asking.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "E.Hendriks");
        await wizard.field("birthdate").fill("24-12");
        await page.clock.fastForward("13:30");
        await wizard.sees("Je hebt nog 2 minuten.");
        await wizard.button("Geef me meer tijd").click();
        await page.getByText("Je hebt nog 2 minuten.").waitFor({ state: "detached" });
        assert.equal(await wizard.field("birthdate").inputValue(), "24-12");
    }));
