// What is visible above the open keyboard of a phone, scroll positions, and layout shifts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { Registration } from "./support/registration.js";
import { NEW_PASSWORD, SCREENS, Wizard } from "./support/wizard.js";

// The viewport of a phone of 360 × 740 px with an open keyboard.
const ABOVE_KEYBOARD = { ...PHONE, viewport: { width: 360, height: 420 } };
// Cumulative layout shift.
const MAX_LAYOUT_SHIFT = 0.05;

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

/** Returns whether an element is completely in the visual viewport and nothing covers its centre. */
const isInView = (locator) =>
    locator.evaluate((element) => {
        const box = element.getBoundingClientRect();
        const { offsetTop, height } = visualViewport;
        const found = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return box.top >= offsetTop && box.bottom <= offsetTop + height && (found === element || element.contains(found));
    });

async function areInView(...locators) {
    for (const locator of locators) await eventually(() => isInView(locator), { description: `${locator} in view` });
}

test("Above an open keyboard the field, the next requirement and the button Volgende are visible in every step.", () =>
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
            await areInView(wizard.field(name), wizard.next);
            await wizard.next.tap();
        }
        await wizard.isAt(SCREENS.password);
        await wizard.field("password").tap();
        await wizard.field("password").pressSequentially("Ei-7");
        const requirement = page.locator(".meter p");
        await page.getByText(/Kan nog niet: minstens 12 tekens\. Nog/).first().waitFor();
        await areInView(wizard.field("password"), requirement, wizard.next);
        await wizard.field("password").fill(NEW_PASSWORD);
        await wizard.field("repeat").tap();
        await wizard.field("repeat").fill(NEW_PASSWORD);
        await areInView(wizard.field("repeat"), wizard.next);
        await wizard.next.tap();
        await wizard.isAt(SCREENS.done);
    }));

test("The next requirement stays visible if the keyboard opens after the tap.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "B.Smits");
        await wizard.field("password").tap();
        await page.setViewportSize(ABOVE_KEYBOARD.viewport);
        await wizard.field("password").fill("abc");
        await page.getByText(/Kan nog niet: minstens 12 tekens\. Nog/).first().waitFor();
        await areInView(wizard.field("password"), page.locator(".meter p"), wizard.next);
    }));

test("A screen that the user returns to is shown from its heading, whatever its scroll position was.", () =>
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
        await areInView(heading);
        // Otherwise the browser would restore the scroll position of this history entry later.
        assert.equal(await page.evaluate(() => history.scrollRestoration), "manual");
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        await areInView(heading);
    }));

test("A complete reset causes no unexpected layout shift.", () =>
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
            await wizard.complete(screen, "G.Oezdemir");
        }
        await wizard.isAt(SCREENS.done);
        // Layout shifts are reported with the next frame.
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        const shifts = await page.evaluate(() => globalThis.shifts);
        const sum = shifts.reduce((sum, [value]) => sum + value, 0);
        assert.ok(sum <= MAX_LAYOUT_SHIFT, `layout shift of ${sum}: ${JSON.stringify(shifts)}`);
    }));
