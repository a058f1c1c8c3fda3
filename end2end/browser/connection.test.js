// Requests over a bad connection: a second click, a lost connection or response, an outage, a foreign response.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { collectAnnouncements, recordAnnouncements } from "./support/announcements.js";
import { recordPosts } from "./support/requests.js";
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

test("A user name that is submitted while the first screen waits for the connection is sent when it returns.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const query = "**/api/reset/current";
        await page.route(query, (route) => route.abort("connectionfailed"));
        await wizard.open();
        await wizard.sees("Geen verbinding");
        await wizard.field("username").fill("G.Oezdemir");
        await page.keyboard.press("Enter");
        await page.unroute(query);
        await wizard.isAt(SCREENS.birthdate);
        await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
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
