// What is in sight while a phone's keyboard is open, and that nothing moves by itself.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { Registration } from "./support/registration.js";
import { NEW_PASSWORD, SCREENS, Wizard } from "./support/wizard.js";

// What a phone of 360 × 740 leaves of the page above its keyboard.
const ABOVE_KEYBOARD = { ...PHONE, viewport: { width: 360, height: 420 } };
const MOST_SHIFT = 0.05;

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

/** Whether all of an element is in the visual viewport, and nothing covers its middle. */
const isInSight = (locator) =>
    locator.evaluate((element) => {
        const box = element.getBoundingClientRect();
        const { offsetTop, height } = visualViewport;
        const found = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return box.top >= offsetTop && box.bottom <= offsetTop + height && (found === element || element.contains(found));
    });

async function areInSight(...locators) {
    for (const locator of locators) await eventually(() => isInSight(locator), { says: `${locator} in sight` });
}

test("Above an open keyboard the field, the next requirement and the way on are in sight at every step.", () =>
    withPage(browser, demo, ABOVE_KEYBOARD, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (const [screen, name, typed] of [
            [SCREENS.username, "username", "A.Janssen"],
            [SCREENS.birthdate, "birthdate", demo.person("A.Janssen").typedBirthdate],
            [SCREENS.code, "code", await demo.code("A.Janssen")],
        ]) {
            await wizard.isAt(screen);
            await wizard.field(name).tap();
            await wizard.field(name).pressSequentially(typed);
            await areInSight(wizard.field(name), wizard.next);
            await wizard.next.tap();
        }
        await wizard.isAt(SCREENS.password);
        await wizard.field("password").tap();
        await wizard.field("password").pressSequentially("Ei-7");
        const next = page.locator(".meter p");
        await page.getByText(/Kan nog niet: minstens 12 tekens\. Nog/).first().waitFor();
        await areInSight(wizard.field("password"), next, wizard.next);
        await wizard.field("password").fill(NEW_PASSWORD);
        await wizard.field("repeat").tap();
        await wizard.field("repeat").fill(NEW_PASSWORD);
        await areInSight(wizard.field("repeat"), wizard.next);
        await wizard.next.tap();
        await wizard.isAt(SCREENS.done);
    }));

test("A keyboard that opens after the tap leaves the next requirement in sight.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "B.Smits");
        await wizard.field("password").tap();
        await page.setViewportSize(ABOVE_KEYBOARD.viewport);
        await wizard.field("password").fill("abc");
        await page.getByText(/Kan nog niet: minstens 12 tekens\. Nog/).first().waitFor();
        await areInSight(wizard.field("password"), page.locator(".meter p"), wizard.next);
    }));

test("A screen that Back leads to is shown from its heading, however far it was scrolled.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const registration = new Registration(page, demo);
        await registration.open();
        await registration.signIn("E.Hendriks", demo.details.first_password);
        await registration.isAt("overview");
        const change = registration.button("Nummer invullen");
        await change.scrollIntoViewIfNeeded();
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
        await change.evaluate((button) => button.click());
        await registration.isAt("mobile");
        await registration.button("Annuleren").click();
        await registration.isAt("overview");
        const heading = page.getByRole("heading", { level: 1 });
        await areInSight(heading);
        // The browser would restore the position of this history entry later.
        assert.equal(await page.evaluate(() => history.scrollRestoration), "manual");
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        await areInSight(heading);
    }));

test("Over the whole way nothing moves by itself.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        await page.addInitScript(() => {
            globalThis.shifts = [];
            new PerformanceObserver((list) => {
                for (const { value, hadRecentInput, sources } of list.getEntries()) {
                    if (!hadRecentInput) globalThis.shifts.push([value, sources.map(({ node }) => node?.className ?? node?.nodeName)]);
                }
            }).observe({ type: "layout-shift", buffered: true });
        });
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (let screen = SCREENS.username; screen < SCREENS.done; screen += 1) {
            await wizard.isAt(screen);
            await wizard.pass(screen, "G.Oezdemir");
        }
        await wizard.isAt(SCREENS.done);
        // A shift is reported with the next frame.
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        const shifts = await page.evaluate(() => globalThis.shifts);
        const sum = shifts.reduce((sum, [value]) => sum + value, 0);
        assert.ok(sum <= MOST_SHIFT, `moved by ${sum}: ${JSON.stringify(shifts)}`);
    }));
