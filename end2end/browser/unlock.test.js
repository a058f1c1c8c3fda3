// Unlocking without a new password, and the replication state on the last screen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { binds } from "./support/directory.js";
import { eventually } from "./support/eventually.js";
import { NEW_PASSWORD, SCREENS, Wizard } from "./support/wizard.js";

const LOCKED_USER = "B.Smits";
const APPLICATIONS = ["Visma", "HiX"];

let demo;
let browser;
before(async () => {
    demo = await startDemo(undefined, { RESET__DIRECTORY__OFFER_UNLOCK: "true" });
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

const unlockButton = (wizard) => wizard.button("Alleen ontgrendelen");
const unlockedHeading = (page) => page.getByRole("heading", { level: 1, name: "Je account is ontgrendeld", exact: true });

test("Unlocking is offered only for a locked account; if the account was unlocked meanwhile, the session continues.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "G.Oezdemir");
        assert.equal(await unlockButton(wizard).count(), 0);

        // Simulates an administrator who unlocks the account while the page still offers it.
        const step = await (await page.request.get(`${demo.origin}/api/reset/current`)).json();
        const offered = { ...step, unlock: true };
        await wizard.stub("current", 200, offered);
        await wizard.reload();
        await unlockButton(wizard).waitFor();
        await wizard.typePassword(NEW_PASSWORD);
        await unlockButton(wizard).click();
        await wizard.seesNotice("Je account is niet meer vergrendeld", "Log in met het wachtwoord dat je al had, of kies hier een nieuw wachtwoord.");
        await wizard.isFocused(wizard.summary, "the focus on the notice");
        assert.equal(await unlockButton(wizard).count(), 0);
        assert.equal(await wizard.field("password").inputValue(), NEW_PASSWORD);

        await wizard.stub("current", 200, offered);
        await wizard.reload();
        await unlockButton(wizard).waitFor();
        await context.clearCookies();
        await unlockButton(wizard).click();
        await wizard.isAt(SCREENS.username);
        await wizard.seesNotice("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
    }));

test("An employee who remembers the password unlocks the account and keeps the password.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const person = demo.person(LOCKED_USER);
        assert.equal(await binds(demo, person, demo.details.first_password), false, "locked out");
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, LOCKED_USER);
        await wizard.sees("Weet je je wachtwoord toch nog?");
        await wizard.sees("Je account is vergrendeld door te veel verkeerde pogingen. Je kunt het hier ontgrendelen. Je wachtwoord blijft dan hetzelfde.");
        await unlockButton(wizard).click();
        await unlockedHeading(page).waitFor();
        await wizard.isFocused(unlockedHeading(page), "the focus on the heading");
        await wizard.sees("Je wachtwoord is niet veranderd. Log in met het wachtwoord dat je al had.");
        await wizard.sees("Je bent nu klaar en mag het scherm sluiten.");
        assert.equal(await page.getByText("Hier geldt je nieuwe wachtwoord").count(), 0);
        assert.match(await page.title(), /^Je account is ontgrendeld/);
        assert.equal(await binds(demo, person, demo.details.first_password), true, "the directory accepts the old password again");
        await wizard.reload();
        await unlockedHeading(page).waitFor();
    }));

const REPLICATED = "Je nieuwe wachtwoord is nu overal bekend.";
const NOT_YET = "Het kan nog enkele minuten duren voordat je nieuwe wachtwoord overal bekend is.";

test("Until a new password is replicated, the last screen polls and changes only its sentence.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "F.Vermeulen");
        const done = { step: "done", applications: APPLICATIONS, everywhere: false };
        let polls = 0;
        let everywhere = false;
        await page.route("**/api/reset/current", (route) => {
            polls += 1;
            return route.fulfill({ json: { ...done, everywhere } });
        });
        await wizard.stub("password", 200, done);
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.sees(NOT_YET);
        await wizard.isFocused(wizard.heading(SCREENS.done), "the focus on the heading");
        const button = wizard.button("Opnieuw beginnen");
        const place = await button.boundingBox();

        // The page clock also runs in real time, so the poll may already have happened.
        const advanceUntilPolled = async (times, time) => {
            await page.clock.runFor(time);
            await eventually(() => polls >= times, { description: `poll ${times}` });
        };
        await advanceUntilPolled(1, "00:04");
        await advanceUntilPolled(2, "00:07");
        await wizard.sees(NOT_YET);
        everywhere = true;
        await advanceUntilPolled(3, "00:21");
        await wizard.sees(REPLICATED);
        assert.deepEqual(await button.boundingBox(), place, "no layout shift");
        await wizard.isFocused(wizard.heading(SCREENS.done), "the focus unchanged");
        await page.clock.runFor("00:02");
        assert.equal(await page.getByRole("status").innerText(), REPLICATED);
        const pollsBefore = polls;
        await page.clock.runFor("10:00");
        assert.equal(polls, pollsBefore, "polling has stopped");
    }));

test("A hidden page does not poll, and a failed poll is not reported.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "A.Janssen");
        await wizard.stub("password", 200, { step: "done", applications: APPLICATIONS, everywhere: false });
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.sees(NOT_YET);
        let polls = 0;
        await page.route("**/api/reset/current", (route) => {
            polls += 1;
            return route.fulfill({ status: 503, json: { refusal: "unavailable", reference: "K7Q2-9F4M", retry_after: 5 } });
        });
        await page.evaluate(() => Object.defineProperty(document, "hidden", { value: true, configurable: true }));
        await page.clock.runFor("00:15");
        assert.equal(polls, 0);
        const answered = page.waitForResponse("**/api/reset/current");
        await page.evaluate(() => delete document.hidden);
        await page.clock.runFor("00:02");
        await answered;
        await page.clock.runFor("00:05");
        assert.equal(polls, 1, "one poll for all missed ones");
        assert.equal(await wizard.summary.count(), 0);
        await wizard.sees(NOT_YET);
    }));
