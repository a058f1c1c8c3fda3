// Leaving and resuming: reload, Back, two tabs, a second click, Cancel, a lost connection, expiry.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { recordAnnouncements, takeAnnouncements } from "./support/announcements.js";
import { NEW_PASSWORD, PASSWORD_STEP, SCREENS, Wizard } from "./support/wizard.js";

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

/** Records the paths of all POST requests from now on. */
function recordPosts(page) {
    const calls = [];
    page.on("request", (request) => {
        if (request.method() === "POST") calls.push(new URL(request.url()).pathname);
    });
    return calls;
}

test("A reload in any step resumes that step.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (let screen = SCREENS.username; screen < SCREENS.done; screen += 1) {
            await wizard.reload();
            await wizard.isAt(screen);
            await wizard.complete(screen, "A.Janssen");
            await wizard.isAt(screen + 1);
        }
        await wizard.reload();
        await wizard.isAt(SCREENS.done);
    }));

const CURRENT_STEP_UNKNOWN = [
    ["while the step is still being done", "Een ogenblik, we zijn nog bezig.",
        (route) => route.fulfill({ status: 409, json: { refusal: "in_progress" }, headers: { "retry-after": "1" } })],
    ["during an outage", "Het lukt nu even niet",
        (route) => route.fulfill({ status: 503, json: { refusal: "unavailable", reference: "K7Q2-9F4M", retry_after: 1 } })],
    ["without a connection", "Geen verbinding", (route) => route.abort("connectionfailed")],
];

for (const [when, message, answer] of CURRENT_STEP_UNKNOWN) {
    test(`A reload ${when} says so, sends nothing, and resumes the step once it is known.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.advanceTo(SCREENS.code, "G.Oezdemir");
            await page.route("**/api/reset/current", answer);
            await wizard.reload();
            await wizard.sees(message);
            const calls = recordPosts(page);
            await wizard.field("username").fill("G.Oezdemir");
            await page.keyboard.press("Enter");
            await wizard.next.click({ force: true });
            // The page polls again, and the step is still unknown.
            await page.waitForRequest("**/api/reset/current");
            await wizard.sees(message);
            await page.unroute("**/api/reset/current");
            await wizard.isAt(SCREENS.code);
            await page.getByText(message, { exact: true }).waitFor({ state: "detached" });
            assert.equal(await wizard.summary.count(), 0);
            assert.deepEqual(calls, []);
        }));
}

test("A reload during a request that ends the session starts again and says so.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "G.Oezdemir");
        await page.route("**/api/reset/current", (route) => route.fulfill({ status: 409, json: { refusal: "in_progress" } }));
        await wizard.reload();
        await wizard.sees("Een ogenblik, we zijn nog bezig.");
        // Without unrouting the other response first, because the page polls every second.
        await wizard.stub("current", 200, { step: "identify" });
        await wizard.seesNotice("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
        await page.unroute("**/api/reset/current");
        await wizard.advanceTo(SCREENS.birthdate, "G.Oezdemir");
    }));

test("Returning from the app on the same phone keeps the typed text.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "G.Oezdemir");
        await wizard.field("code").fill("1234");
        const app = await context.newPage();
        await app.bringToFront();
        const polled = page.waitForResponse((response) => response.url().endsWith("/api/reset/current"));
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await page.bringToFront();
        await polled;
        await wizard.isAt(SCREENS.code);
        assert.equal(await wizard.field("code").inputValue(), "1234");
    }));

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

test("A double click, or a second click while the response is pending, sends one request.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        const calls = recordPosts(page);
        await wizard.open();
        await wizard.field("username").fill("A.Janssen");
        await wizard.next.dblclick();
        await wizard.isAt(SCREENS.birthdate);
        assert.deepEqual(calls, ["/api/reset/identify"]);

        let release;
        const released = new Promise((resolve) => (release = resolve));
        await page.route("**/api/reset/birthdate", async (route) => {
            await released;
            await route.continue();
        });
        await wizard.field("birthdate").fill("01-10-1984");
        await wizard.next.click();
        await eventually(async () => (await wizard.next.getAttribute("aria-disabled")) === "true", { description: "a busy button" });
        // Playwright clicks a disabled button only with `force`.
        await wizard.next.click({ force: true });
        await page.keyboard.press("Enter");
        await wizard.cancel.click({ force: true });
        release();
        await wizard.isAt(SCREENS.code);
        assert.deepEqual(calls, ["/api/reset/identify", "/api/reset/birthdate"]);
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

test("After a lost connection the typed text is kept, and the step continues automatically.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "A.Janssen");
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

test("During an outage the page waits for the server's retry time, even if the connection changes meanwhile.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        await page.clock.install();
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "G.Oezdemir");
        const polls = [];
        await page.route("**/api/reset/current", (route) => {
            polls.push(route.request().url());
            return route.fulfill({ status: 503, json: { refusal: "unavailable", reference: "K7Q2-9F4M", retry_after: 30 }, headers: { "retry-after": "30" } });
        });
        await wizard.reload();
        await wizard.seesNotice("Het lukt nu even niet");
        await page.evaluate(() => dispatchEvent(new Event("online")));
        await page.clock.runFor(29_000);
        assert.equal(polls.length, 1, "not before the server's retry time");
        await page.clock.runFor(2_000);
        await eventually(() => polls.length === 2, { description: "the next poll" });
    }));

test("A lost response is requested again until it arrives.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "A.Janssen");
        // The server processes the request, but the browser receives no response.
        await page.route("**/api/reset/birthdate", async (route) => {
            await route.fetch();
            await route.abort("connectionreset");
        }, { times: 1 });
        await wizard.submitBirthdate("01-10-1984");
        await wizard.sees("Geen verbinding");
        await wizard.isAt(SCREENS.code);
    }));

test("A code that waited too long for the connection is not sent automatically.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "C.Peters");
        const calls = recordPosts(page);
        await context.setOffline(true);
        await wizard.submitCode("12345678");
        await wizard.sees("Geen verbinding");
        await page.clock.fastForward("00:40");
        await context.setOffline(false);
        await wizard.seesNotice("De verbinding is terug", "Kijk of je code nog klopt en kies Volgende.");
        assert.equal(await wizard.field("code").inputValue(), "12345678");
        assert.equal(calls.length <= 2, true, `${calls.length} requests instead of the first and one retry offline`);
    }));

test("Before expiry there is a warning and a button for more time.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "E.Hendriks");
        await wizard.field("birthdate").fill("24-12");
        await page.clock.fastForward("13:30");
        await wizard.sees("Je hebt nog 2 minuten.");
        await wizard.button("Geef me meer tijd").click();
        await page.getByText("Je hebt nog 2 minuten.").waitFor({ state: "detached" });
        assert.equal(await wizard.field("birthdate").inputValue(), "24-12-");
    }));

test("Input that waits for the network cannot be edited, but the session can be cancelled.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "B.Smits");
        await context.setOffline(true);
        const calls = recordPosts(page);
        await wizard.field("password").fill(NEW_PASSWORD);
        await wizard.field("repeat").fill(NEW_PASSWORD);
        await wizard.next.tap();
        await wizard.sees("Geen verbinding");
        for (const name of ["password", "repeat"]) {
            assert.equal(await wizard.field(name).isEditable(), false, `${name} cannot be edited while it is being sent`);
        }
        await wizard.cancel.tap();
        // The page clears its state before the server receives the cancellation.
        await wizard.isAt(SCREENS.username);
        await wizard.sees("Geen verbinding");
        assert.equal(await wizard.field("username").inputValue(), "");
        calls.length = 0;
        await context.setOffline(false);
        await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
        assert.deepEqual([...new Set(calls)], ["/api/reset/cancel"], "the password is no longer sent");
        await wizard.submitUsername("B.Smits");
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("birthdate").isEditable(), true);
    }));

/** Returns a function that returns all announcements from now on. */
function collectAnnouncements(page) {
    const texts = [];
    return async () => {
        for (const { text } of await takeAnnouncements(page)) texts.push(text);
        return texts;
    };
}

test("A lost connection is announced to screen readers once.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await recordAnnouncements(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const announcements = collectAnnouncements(page);
        await wizard.field("username").fill("G.Oezdemir");
        await context.setOffline(true);
        await wizard.next.tap();
        const message = "Geen verbinding. We proberen het vanzelf opnieuw. Wat je hebt ingevuld, blijft staan.";
        const times = async () => (await announcements()).filter((text) => text === message).length;
        await eventually(times, { description: "the announcement" });
        // Two more attempts fail.
        for (let attempt = 0; attempt < 2; attempt += 1) await page.waitForEvent("requestfailed");
        assert.equal(await times(), 1);
        await context.setOffline(false);
        await wizard.isAt(SCREENS.birthdate);
    }));

test("A submit right after a reload waits until the session state is known and does not end the session.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "G.Oezdemir");
        let release;
        const released = new Promise((resolve) => (release = resolve));
        await page.route("**/api/reset/current", async (route) => {
            await released;
            await route.continue();
        });
        await wizard.reload();
        const calls = recordPosts(page);
        await wizard.submitUsername("G.Oezdemir");
        release();
        await wizard.isAt(SCREENS.code);
        assert.deepEqual(calls, []);
        // Without a session the submit is carried out once the response is there.
        await page.unroute("**/api/reset/current");
        const noSession = new Promise((resolve) => (release = resolve));
        await page.context().clearCookies();
        await page.route("**/api/reset/current", async (route) => {
            await noSession;
            await route.continue();
        });
        await wizard.reload();
        await wizard.submitUsername("G.Oezdemir");
        release();
        await wizard.isAt(SCREENS.birthdate);
        // Without a response the submit is not carried out either, because a session may exist.
        await page.unroute("**/api/reset/current");
        const failed = new Promise((resolve) => (release = resolve));
        await page.route("**/api/reset/current", async (route) => {
            await failed;
            await route.abort("connectionfailed");
        });
        await wizard.reload();
        calls.length = 0;
        await wizard.submitUsername("G.Oezdemir");
        release();
        await wizard.sees("Geen verbinding");
        const polled = page.waitForRequest("**/api/reset/current");
        await page.evaluate(() => dispatchEvent(new Event("online")));
        await polled;
        assert.deepEqual(calls, []);
    }));

test("A name being typed after going back is kept when the tab is hidden and shown again.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "G.Oezdemir");
        await page.goBack();
        await wizard.isAt(SCREENS.username);
        await wizard.field("username").fill("C.Peters");
        const polled = page.waitForResponse("**/api/reset/current");
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await polled;
        // The response is rendered in the same task; one more task proves that it was.
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
        assert.equal(await wizard.field("username").inputValue(), "C.Peters");
        await wizard.next.click();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("username").inputValue(), "C.Peters");
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

test("An extension that adds no time is not announced as more time.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await recordAnnouncements(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const step = { step: "birthdate", username: "G.Oezdemir", expires_in: 100 };
        await wizard.stub("identify", 200, step);
        await wizard.submitUsername("G.Oezdemir");
        await wizard.sees("Je hebt nog 2 minuten.");
        const announcements = collectAnnouncements(page);
        await wizard.stub("extend", 200, step);
        await page.getByRole("button", { name: "Geef me meer tijd" }).tap();
        await wizard.sees("Voor je veiligheid kan er geen tijd bij. Is de tijd om? Dan begin je opnieuw.");
        assert.equal(await page.getByRole("button", { name: "Geef me meer tijd" }).count(), 0);
        await eventually(async () => (await announcements()).some((text) => text.includes("kan er geen tijd bij")), { description: "the announcement" });
        assert.ok(!(await announcements()).some((text) => text.includes("genoeg tijd")));
        await wizard.isFocused(wizard.heading(SCREENS.birthdate), "the focus on the heading, because the button was removed");
    }));

test("A browser without cookies gets a message about cookies, not about expiry.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false }));
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.submitUsername("G.Oezdemir");
        await wizard.isAt(SCREENS.birthdate);
        await context.clearCookies();
        await wizard.submitBirthdate("05-05-1995");
        await wizard.seesNotice("Je browser bewaart geen cookies", "Zet cookies aan voor deze website, of gebruik een andere browser.");
    }));

test("A response that is not from the server asks to reload the page and is not retried.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (const answer of [
            { status: 403, contentType: "text/html", body: "<h1>Blocked</h1>" },
            { status: 200, contentType: "application/json", body: '{"step":"of another version"}' },
        ]) {
            await page.route("**/api/reset/identify", (route) => route.fulfill(answer), { times: 1 });
            await wizard.submitUsername("G.Oezdemir");
            await wizard.seesNotice("Deze pagina werkt niet goed", "Laad de pagina opnieuw");
        }
        // A gateway without its server counts as a lost connection.
        await page.route("**/api/reset/identify", (route) => route.fulfill({ status: 502, body: "Bad Gateway" }), { times: 1 });
        await wizard.submitUsername("G.Oezdemir");
        await wizard.sees("Geen verbinding");
        await wizard.isAt(SCREENS.birthdate);
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

test("A connection that returns before anything was sent leaves no notice on the first screen.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await page.route("**/api/reset/current", (route) => route.abort("connectionfailed"), { times: 1 });
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await wizard.sees("Geen verbinding");
        await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
        assert.equal(await wizard.summary.count(), 0);
    }));

test("A name typed after cancelling without a connection is kept while the cancellation is retried.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "G.Oezdemir");
        await context.setOffline(true);
        await wizard.cancel.tap();
        await wizard.isAt(SCREENS.username);
        await wizard.field("username").fill("C.Peters");
        for (let attempt = 0; attempt < 2; attempt += 1) await page.waitForEvent("requestfailed");
        assert.equal(await wizard.field("username").inputValue(), "C.Peters");
        await context.setOffline(false);
        await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
        assert.equal(await wizard.field("username").inputValue(), "C.Peters");
    }));

test("2.2.1 The button for more time keeps the focus while the remaining time is updated.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "E.Hendriks");
        await page.clock.fastForward("13:30");
        await wizard.sees("Je hebt nog 2 minuten.");
        await wizard.button("Geef me meer tijd").focus();
        await page.clock.fastForward("00:40");
        await wizard.sees("Je hebt nog 1 minuut.");
        await wizard.isFocused(wizard.button("Geef me meer tijd"), "the focus on the button");
    }));
