// Resuming a session: after a reload, after the tab was hidden, with more time before expiry, and without cookies.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { collectAnnouncements, recordAnnouncements } from "./support/announcements.js";
import { recordPosts } from "./support/requests.js";
import { Registration } from "./support/registration.js";
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

/** Makes the page's requests arrive without cookies, as in a browser that does not store them but says that it does. */
async function stripCookies(page) {
    await page.route("**/api/**", async (route) => {
        const { cookie, ...headers } = await route.request().allHeaders();
        const response = await route.fetch({ headers, maxRedirects: 0 });
        // Playwright has stored the cookie of the response.
        await page.context().clearCookies();
        const { "set-cookie": _, ...answer } = response.headers();
        await route.fulfill({ response, headers: answer });
    });
}

const COOKIE_HINT = ["Misschien bewaart je browser geen cookies.", "gebruik een andere browser", "0485\u00a0–\u00a0845\u00a0900"];

for (const [how, prepare, resume] of [
    ["at the next step", async () => {}, (wizard) => wizard.submitBirthdate("05-05-1995")],
    ["when the user returns to the page", async () => {}, (wizard) => wizard.page.evaluate(() => dispatchEvent(new Event("pageshow")))],
    ["at the next step after going back", async (wizard) => {
        await wizard.page.goBack();
        await wizard.isAt(SCREENS.username);
        await wizard.submitUsername("G.Oezdemir");
        await wizard.isAt(SCREENS.birthdate);
    }, (wizard) => wizard.submitBirthdate("05-05-1995")],
]) {
    test(`A browser that stores no cookies although it says so gets a message about cookies ${how}.`, () =>
        withPage(browser, demo, PHONE, async (page, context) => {
            await stripCookies(page);
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.submitUsername("G.Oezdemir");
            await wizard.isAt(SCREENS.birthdate);
            await prepare(wizard);
            assert.deepEqual(await context.cookies(), []);
            await resume(wizard);
            await wizard.seesNotice("Begin opnieuw", ...COOKIE_HINT);
            await wizard.isAt(SCREENS.username);
            assert.ok(!(await page.locator("body").innerText()).includes("De tijd is om"));
            // Again, from the screen with the message.
            await wizard.submitUsername("G.Oezdemir");
            await wizard.isAt(SCREENS.birthdate);
            await wizard.submitBirthdate("05-05-1995");
            await wizard.seesNotice("Begin opnieuw", ...COOKIE_HINT);
            await page.locator("#language").tap();
            await page.getByText("Maybe your browser does not keep cookies.", { exact: false }).waitFor();
        }));
}

test("A browser that stores no cookies gets a message about cookies in the registration too.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        await stripCookies(page);
        const registration = new Registration(page, demo);
        await registration.open();
        await registration.signIn("E.Hendriks", demo.details.first_password);
        await registration.isAt("overview");
        await registration.submitBirthdate("24-12-1990");
        await registration.seesNotice("Log opnieuw in");
        const notice = await registration.summary.innerText();
        for (const text of COOKIE_HINT) assert.ok(notice.includes(text), `«${text}» is not in ${notice}`);
        assert.ok(!notice.includes("Je bent een tijd weg geweest"));
    }));

test("A session that ends after the server has recognized it is not explained by cookies.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "G.Oezdemir");
        await context.clearCookies();
        await wizard.submitCode("12345678");
        await wizard.seesNotice("Begin opnieuw", "De tijd is om");
        assert.ok(!(await wizard.summary.innerText()).includes("cookies"));
    }));
