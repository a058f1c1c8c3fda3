// Leaving and coming back: reload, Back, two tabs, a second click, Cancel, a lost connection, time running out.
// Not the refusals as such.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { announced, listen } from "./support/announced.js";
import { NEW_PASSWORD, PROVEN, SCREENS, Wizard } from "./support/wizard.js";

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
        // Before the other answer is gone: the page asks every second.
        await wizard.answer("current", 200, { step: "identify" });
        await wizard.isTold("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
        await page.unroute("**/api/reset/current");
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
        await wizard.isFocused(wizard.heading(SCREENS.birthdate), "the focus on the heading");
        assert.equal(await wizard.field("birthdate").inputValue(), "28-02-1992", "nothing is asked twice");
        await wizard.giveBirthdate("29-02-1992");
        await wizard.isAt(SCREENS.code);
        await wizard.pass(SCREENS.code, "B.Smits");
        await wizard.isAt(SCREENS.password);
    }));

test("From the birthdate that is changed, Back and Forward lead to its neighbours, and so they do from the code after it.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "D.Willems");
        await wizard.button("Geboortedatum wijzigen").click();
        await wizard.isAt(SCREENS.birthdate);
        await page.goBack();
        await wizard.isAt(SCREENS.username);
        await page.goForward();
        await wizard.isAt(SCREENS.birthdate);
        await page.goForward();
        await wizard.isAt(SCREENS.code);
        // Twice in a moment, as fingers do: one step back.
        await wizard.button("Geboortedatum wijzigen").evaluate((button) => [button, button].forEach((one) => one.click()));
        await wizard.isAt(SCREENS.birthdate);
        await page.waitForFunction(() => history.state === 2);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.giveBirthdate(demo.person("D.Willems").typedBirthdate);
        await wizard.isAt(SCREENS.code);
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
    }));

test("A tab that comes in at the code looks back at the birthdate, by Back and by the button.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        const first = new Wizard(page, demo);
        await first.open();
        await first.walkTo(SCREENS.code, "D.Willems");
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
        await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
    }));

test("An outage is waited out as long as the server asks, also when the connection changes meanwhile.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        await page.clock.install();
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "G.Oezdemir");
        const asked = [];
        await page.route("**/api/reset/current", (route) => {
            asked.push(route.request().url());
            return route.fulfill({ status: 503, json: { refusal: "unavailable", reference: "K7Q2-9F4M", retry_after: 30 }, headers: { "retry-after": "30" } });
        });
        await wizard.reload();
        await wizard.isTold("Het lukt nu even niet");
        await page.evaluate(() => dispatchEvent(new Event("online")));
        await page.clock.runFor(29_000);
        assert.equal(asked.length, 1, "not before the server's time");
        await page.clock.runFor(2_000);
        await eventually(() => asked.length === 2, { says: "the next question" });
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
        await wizard.isTold("De verbinding is terug", "Kijk of je code nog klopt en kies Volgende.");
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
        assert.equal(await wizard.field("birthdate").inputValue(), "24-12-");
    }));

test("What waits for the network is what was sent: it can be changed only after leaving, and leaving is possible.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "B.Smits");
        await context.setOffline(true);
        const calls = posts(page);
        await wizard.field("password").fill(NEW_PASSWORD);
        await wizard.field("repeat").fill(NEW_PASSWORD);
        await wizard.next.tap();
        await wizard.sees("Geen verbinding");
        for (const name of ["password", "repeat"]) {
            assert.equal(await wizard.field(name).isEditable(), false, `${name} is what is sent`);
        }
        await wizard.cancel.tap();
        // Nothing of it is left before the server has heard of it.
        await wizard.isAt(SCREENS.username);
        await wizard.sees("Geen verbinding");
        assert.equal(await wizard.field("username").inputValue(), "");
        calls.length = 0;
        await context.setOffline(false);
        await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
        assert.deepEqual([...new Set(calls)], ["/api/reset/cancel"], "the password is not sent any more");
        await wizard.giveUsername("B.Smits");
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("birthdate").isEditable(), true);
    }));

/** All that a screen reader was told from now on. */
function hears(page) {
    const texts = [];
    return async () => {
        for (const { text } of await announced(page)) texts.push(text);
        return texts;
    };
}

test("Without a connection a screen reader is told, once.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await listen(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const heard = hears(page);
        await wizard.field("username").fill("G.Oezdemir");
        await context.setOffline(true);
        await wizard.next.tap();
        const told = "Geen verbinding. We proberen het vanzelf opnieuw. Wat je hebt ingevuld, blijft staan.";
        const times = async () => (await heard()).filter((text) => text === told).length;
        await eventually(times, { says: "told of it" });
        // Two more tries come to nothing.
        for (let tries = 0; tries < 2; tries += 1) await page.waitForEvent("requestfailed");
        assert.equal(await times(), 1);
        await context.setOffline(false);
        await wizard.isAt(SCREENS.birthdate);
    }));

test("A press right after a reload waits for the answer whether a visit goes on, and does not end it.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "G.Oezdemir");
        let answer;
        const held = new Promise((resolve) => (answer = resolve));
        await page.route("**/api/reset/current", async (route) => {
            await held;
            await route.continue();
        });
        await wizard.reload();
        const calls = posts(page);
        await wizard.giveUsername("G.Oezdemir");
        answer();
        await wizard.isAt(SCREENS.code);
        assert.deepEqual(calls, []);
        // Where none goes on, the press comes with the answer.
        await page.unroute("**/api/reset/current");
        const gone = new Promise((resolve) => (answer = resolve));
        await page.context().clearCookies();
        await page.route("**/api/reset/current", async (route) => {
            await gone;
            await route.continue();
        });
        await wizard.reload();
        await wizard.giveUsername("G.Oezdemir");
        answer();
        await wizard.isAt(SCREENS.birthdate);
        // Without an answer it does not come either: a visit may go on.
        await page.unroute("**/api/reset/current");
        const lost = new Promise((resolve) => (answer = resolve));
        await page.route("**/api/reset/current", async (route) => {
            await lost;
            await route.abort("connectionfailed");
        });
        await wizard.reload();
        calls.length = 0;
        await wizard.giveUsername("G.Oezdemir");
        answer();
        await wizard.sees("Geen verbinding");
        const asked = page.waitForRequest("**/api/reset/current");
        await page.evaluate(() => dispatchEvent(new Event("online")));
        await asked;
        assert.deepEqual(calls, []);
    }));

test("Another name that is being typed after going back stays when somebody looks away.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "G.Oezdemir");
        await page.goBack();
        await wizard.isAt(SCREENS.username);
        await wizard.field("username").fill("C.Peters");
        const asked = page.waitForResponse("**/api/reset/current");
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await asked;
        // The answer is drawn in the same turn; one more shows that it was.
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
        assert.equal(await wizard.field("username").inputValue(), "C.Peters");
        await wizard.next.click();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("username").inputValue(), "C.Peters");
    }));

test("A notice stays with the screen on which it came.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "G.Oezdemir");
        await wizard.next.click();
        await wizard.isTold("Er klopt iets niet", "Vul de code in.");
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
        await wizard.summary.waitFor({ state: "detached" });
    }));

test("More time that is none is not promised.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await listen(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const step = { step: "birthdate", username: "G.Oezdemir", expires_in: 100 };
        await wizard.answer("identify", 200, step);
        await wizard.giveUsername("G.Oezdemir");
        await wizard.sees("Je hebt nog 2 minuten.");
        const heard = hears(page);
        await wizard.answer("extend", 200, step);
        await page.getByRole("button", { name: "Geef me meer tijd" }).tap();
        await wizard.sees("Voor je veiligheid kan er geen tijd bij. Is de tijd om? Dan begin je opnieuw.");
        assert.equal(await page.getByRole("button", { name: "Geef me meer tijd" }).count(), 0);
        await eventually(async () => (await heard()).some((text) => text.includes("kan er geen tijd bij")), { says: "told of it" });
        assert.ok(!(await heard()).some((text) => text.includes("genoeg tijd")));
        await wizard.isFocused(wizard.heading(SCREENS.birthdate), "the focus on the heading, for its button is gone");
    }));

test("A browser that keeps no cookies is told so, and not that the time is over.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false }));
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.giveUsername("G.Oezdemir");
        await wizard.isAt(SCREENS.birthdate);
        await context.clearCookies();
        await wizard.giveBirthdate("05-05-1995");
        await wizard.isTold("Je browser bewaart geen cookies", "Zet cookies aan voor deze website, of gebruik een andere browser.");
    }));

test("An answer that is not the server's is no lost connection: it asks for the page to be loaded again, and is not sent again.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (const answer of [
            { status: 403, contentType: "text/html", body: "<h1>Blocked</h1>" },
            { status: 200, contentType: "application/json", body: '{"step":"of another version"}' },
        ]) {
            await page.route("**/api/reset/identify", (route) => route.fulfill(answer), { times: 1 });
            await wizard.giveUsername("G.Oezdemir");
            await wizard.isTold("Deze pagina werkt niet goed", "Laad de pagina opnieuw");
        }
        // A gateway with nobody behind it is.
        await page.route("**/api/reset/identify", (route) => route.fulfill({ status: 502, body: "Bad Gateway" }), { times: 1 });
        await wizard.giveUsername("G.Oezdemir");
        await wizard.sees("Geen verbinding");
        await wizard.isAt(SCREENS.birthdate);
    }));

test("Another name that was given in a second tab is the name on the birthdate screen of the first.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        const first = new Wizard(page, demo);
        await first.open();
        await first.walkTo(SCREENS.birthdate, "G.Oezdemir");
        const second = new Wizard(await context.newPage(), demo);
        await second.open();
        await second.isAt(SCREENS.birthdate);
        await second.cancel.click();
        await second.isAt(SCREENS.username);
        await second.giveUsername("C.Peters");
        await second.isAt(SCREENS.birthdate);
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await eventually(async () => (await first.field("username").inputValue()) === "C.Peters", { says: "the name of the session" });
    }));

test("A connection that is back before anything was sent leaves no problem on the first screen.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await page.route("**/api/reset/current", (route) => route.abort("connectionfailed"), { times: 1 });
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await wizard.sees("Geen verbinding");
        await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
        assert.equal(await wizard.summary.count(), 0);
    }));

test("A name typed after leaving without a connection stays while the cancellation is tried again.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "G.Oezdemir");
        await context.setOffline(true);
        await wizard.cancel.tap();
        await wizard.isAt(SCREENS.username);
        await wizard.field("username").fill("C.Peters");
        for (let tries = 0; tries < 2; tries += 1) await page.waitForEvent("requestfailed");
        assert.equal(await wizard.field("username").inputValue(), "C.Peters");
        await context.setOffline(false);
        await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
        assert.equal(await wizard.field("username").inputValue(), "C.Peters");
    }));

test("2.2.1 The button for more time keeps the focus while the time runs out.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "E.Hendriks");
        await page.clock.fastForward("13:30");
        await wizard.sees("Je hebt nog 2 minuten.");
        await wizard.button("Geef me meer tijd").focus();
        await page.clock.fastForward("00:40");
        await wizard.sees("Je hebt nog 1 minuut.");
        await wizard.isFocused(wizard.button("Geef me meer tijd"), "the focus on the button");
    }));
