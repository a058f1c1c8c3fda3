// Only unlocking, where it is on offer; and how far a new password has come. Not the reset itself: see wizard.test.js.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { binds } from "./support/directory.js";
import { eventually } from "./support/eventually.js";
import { NEW_PASSWORD, SCREENS, Wizard } from "./support/wizard.js";

const LOCKED = "B.Smits";
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

const unlock = (wizard) => wizard.button("Alleen ontgrendelen");
const unlocked = (page) => page.getByRole("heading", { level: 1, name: "Je account is ontgrendeld", exact: true });

test("Nobody who is not locked out is offered to unlock; where that came too late, the visit goes on where it stands.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "G.Oezdemir");
        assert.equal(await unlock(wizard).count(), 0);

        // As after an administrator's unlocking: the page still offers it, and the server knows better.
        const step = await (await page.request.get(`${demo.origin}/api/reset/current`)).json();
        const offered = { ...step, unlock: true };
        await wizard.answer("current", 200, offered);
        await wizard.reload();
        await unlock(wizard).waitFor();
        await wizard.typePassword(NEW_PASSWORD);
        await unlock(wizard).click();
        await wizard.isTold("Je account is niet meer vergrendeld", "Log in met het wachtwoord dat je al had, of kies hier een nieuw wachtwoord.");
        await wizard.isFocused(wizard.summary, "the focus on the notice");
        assert.equal(await unlock(wizard).count(), 0);
        assert.equal(await wizard.field("password").inputValue(), NEW_PASSWORD);

        await wizard.answer("current", 200, offered);
        await wizard.reload();
        await unlock(wizard).waitFor();
        await context.clearCookies();
        await unlock(wizard).click();
        await wizard.isAt(SCREENS.username);
        await wizard.isTold("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
    }));

test("Whoever remembers the password just unlocks, and it opens the account as before.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const person = demo.person(LOCKED);
        assert.equal(await binds(demo, person, demo.details.first_password), false, "locked out");
        await wizard.open();
        await wizard.walkTo(SCREENS.password, LOCKED);
        await wizard.sees("Weet je je wachtwoord toch nog?");
        await wizard.sees("Je account is vergrendeld door te veel verkeerde pogingen. Je kunt het hier ontgrendelen. Je wachtwoord blijft dan hetzelfde.");
        await unlock(wizard).click();
        await unlocked(page).waitFor();
        await wizard.isFocused(unlocked(page), "the focus on the heading");
        await wizard.sees("Je wachtwoord is niet veranderd. Log in met het wachtwoord dat je al had.");
        await wizard.sees("Je bent nu klaar en mag het scherm sluiten.");
        assert.equal(await page.getByText("Hier geldt je nieuwe wachtwoord").count(), 0);
        assert.match(await page.title(), /^Je account is ontgrendeld/);
        assert.equal(await binds(demo, person, demo.details.first_password), true, "with the password as it was");
        await wizard.reload();
        await unlocked(page).waitFor();
    }));

const REACHED = "Je nieuwe wachtwoord is nu overal bekend.";
const NOT_YET = "Het kan nog enkele minuten duren voordat je nieuwe wachtwoord overal bekend is.";

test("While a new password is not known everywhere, the last screen asks now and then and changes its sentence alone.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "F.Vermeulen");
        const done = { step: "done", applications: APPLICATIONS, everywhere: false };
        let asked = 0;
        let everywhere = false;
        await page.route("**/api/reset/current", (route) => {
            asked += 1;
            return route.fulfill({ json: { ...done, everywhere } });
        });
        await wizard.answer("password", 200, done);
        await wizard.givePassword(NEW_PASSWORD);
        await wizard.sees(NOT_YET);
        await wizard.isFocused(wizard.heading(SCREENS.done), "the focus on the heading");
        const button = wizard.button("Opnieuw beginnen");
        const place = await button.boundingBox();

        // The clock goes on by itself as well: it may have been asked already.
        const untilAsked = async (times, time) => {
            await page.clock.runFor(time);
            await eventually(() => asked >= times, { says: `question ${times}` });
        };
        await untilAsked(1, "00:04");
        await untilAsked(2, "00:07");
        await wizard.sees(NOT_YET);
        everywhere = true;
        await untilAsked(3, "00:21");
        await wizard.sees(REACHED);
        assert.deepEqual(await button.boundingBox(), place, "nothing has moved");
        await wizard.isFocused(wizard.heading(SCREENS.done), "the focus where it was");
        await page.clock.runFor("00:02");
        assert.equal(await page.getByRole("status").innerText(), REACHED);
        const before = asked;
        await page.clock.runFor("10:00");
        assert.equal(asked, before, "nothing is left to ask");
    }));

test("A browser that is away asks nothing, and an answer that does not come is not told of.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "A.Janssen");
        await wizard.answer("password", 200, { step: "done", applications: APPLICATIONS, everywhere: false });
        await wizard.givePassword(NEW_PASSWORD);
        await wizard.sees(NOT_YET);
        let asked = 0;
        await page.route("**/api/reset/current", (route) => {
            asked += 1;
            return route.fulfill({ status: 503, json: { refusal: "unavailable", reference: "K7Q2-9F4M", retry_after: 5 } });
        });
        await page.evaluate(() => Object.defineProperty(document, "hidden", { value: true, configurable: true }));
        await page.clock.runFor("00:15");
        assert.equal(asked, 0);
        const answered = page.waitForResponse("**/api/reset/current");
        await page.evaluate(() => delete document.hidden);
        await page.clock.runFor("00:02");
        await answered;
        await page.clock.runFor("00:05");
        assert.equal(asked, 1, "what was missed is one question");
        assert.equal(await wizard.summary.count(), 0);
        await wizard.sees(NOT_YET);
    }));
