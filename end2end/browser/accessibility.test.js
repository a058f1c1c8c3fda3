// Contrast, time limits, pasting, repeated entry and motion. The numbers are those of WCAG 2.2; H1 concerns the HTML
// attributes. axe and measurements are in screen-checks.test.js, screen reader output in screen-reader.test.js.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recordAnnouncements, takeAnnouncements } from "./support/announcements.js";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { boxOf, contrastingShare, filledWithCornerColour, screenshot } from "./support/contrast.js";
import { startDemo } from "./support/demo.js";
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

const COLOURS = {
    light: { colorScheme: "light", forcedColors: "none" },
    dark: { colorScheme: "dark", forcedColors: "none" },
    "forced dark": { colorScheme: "dark", forcedColors: "active" },
    "forced light": { colorScheme: "light", forcedColors: "active" },
};

for (const [colours, media] of Object.entries(COLOURS)) {
    test(`1.4.1, 1.4.11, 2.4.7 In ${colours} colours, marks, bars, notices, buttons and the focus are distinguishable.`, () =>
        withPage(browser, demo, DESKTOP, async (page) => {
            await page.emulateMedia({ ...media, reducedMotion: "reduce" });
            const wizard = new Wizard(page, demo);
            const rules = { min_length: 12, max_length: 127, complexity: true, min_score: 3, banned_words: ["pantein"], history: 24 };
            await page.route("**/api/reset/current", (route) => route.fulfill({
                json: { step: "password", username: "A.Janssen", rules, personal: ["janssen"], expires_in: 120 },
            }));
            await wizard.open();
            await wizard.isAt(SCREENS.password);
            await wizard.typePassword("Qwerty-123456");
            await wizard.strength();

            const leftPart = async (locator) => {
                const { x, y, height } = await boxOf(locator);
                return screenshot(page, { x, y, width: 28, height: Math.min(height, 28) });
            };
            const differs = (one, other, minShare, what) => {
                const share = contrastingShare(one, other);
                assert.ok(share >= minShare, `${what}: only ${(share * 100).toFixed(1)} % of the pixels contrast`);
            };
            const mark = (text) => leftPart(page.getByRole("listitem").filter({ hasText: text }));
            const [met, unmet, said] = [
                await mark("Je eigen naam staat er niet in"), await mark("Moeilijk te raden"), await mark("Anders dan je laatste"),
            ];
            differs(met, unmet, 0.15, "met and unmet");
            differs(met, said, 0.15, "met and said");
            differs(unmet, said, 0.1, "unmet and said");
            for (const bar of [".progress .bar i", ".meter .bar i"]) {
                const [first, last] = [await leftPart(page.locator(bar).first()), await leftPart(page.locator(bar).last())];
                differs(first, last, 0.4, `a full and an empty part of ${bar}`);
            }
            const primary = await screenshot(page, await boxOf(wizard.next));
            differs(primary, await screenshot(page, await boxOf(wizard.cancel)), 0.5, "the primary and the secondary button");

            const withMargin = async (locator) => screenshot(page, await boxOf(locator), 10);
            const notice = await withMargin(page.locator(".notice"));
            differs(notice, filledWithCornerColour(notice), 0.02, "a notice and its background");
            for (const locator of [
                wizard.field("password"), wizard.button("Toon wachtwoord"), wizard.next, wizard.cancel,
                page.getByRole("link", { name: "0485 – 845 900" }), wizard.button("English"),
            ]) {
                await page.evaluate(() => document.activeElement.blur());
                const unfocused = await withMargin(locator);
                // A key press first, because the focus ring is shown only for keyboard use.
                await page.keyboard.press("Shift");
                await locator.focus();
                differs(await withMargin(locator), unfocused, 0.03, `the focus on ${locator}`);
            }
        }));
}

test("2.2.1 A warning appears two minutes before expiry; one tap extends the session, as often as the server allows.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await recordAnnouncements(context);
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
        const moreTime = wizard.button("Geef me meer tijd");
        for (let times = 0; times < 11; times += 1) {
            await page.clock.fastForward("12:50");
            assert.equal(await moreTime.count(), 0, "not before the warning");
            await takeAnnouncements(page);
            await page.clock.fastForward("00:11");
            await wizard.sees("Je hebt nog 2 minuten.");
            await page.clock.runFor("00:02");
            assert.deepEqual(await takeAnnouncements(page), [{ how: "polite", text: "Je hebt nog 2 minuten." }]);
            await wizard.stub("extend", 200, { step: "birthdate", username: "C.Peters", expires_in: 900 });
            await moreTime.tap();
            await moreTime.waitFor({ state: "detached" });
            await wizard.isAt(SCREENS.birthdate);
        }
    }));

test("2.2.1 After verification the time is fixed: the screen says so from the start and again before expiry.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "G.Oezdemir");
        await wizard.sees("Voor je veiligheid heb je hier een kwartier de tijd.");
        await page.clock.fastForward("13:01");
        await wizard.sees("Je hebt nog 2 minuten.");
        await wizard.sees("Voor je veiligheid kan er geen tijd bij. Is de tijd om? Dan begin je opnieuw.");
        assert.equal(await wizard.button("Geef me meer tijd").count(), 0);
    }));

test("3.3.8, H1 Every value can be pasted into a single field; nothing has to be memorized or transcribed.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        await context.grantPermissions(["clipboard-read", "clipboard-write"]);
        const wizard = new Wizard(page, demo);
        const username = "F.Vermeulen";
        const paste = async (name, text) => {
            await page.evaluate((text) => navigator.clipboard.writeText(text), text);
            await wizard.field(name).focus();
            await page.keyboard.press("Control+V");
            assert.equal(await wizard.field(name).inputValue(), text, name);
        };
        await wizard.open();
        await paste("username", username);
        await wizard.next.click();
        await wizard.isAt(SCREENS.birthdate);
        await paste("birthdate", "11-11-1988");
        await wizard.next.click();
        await wizard.isAt(SCREENS.code);
        await paste("code", await demo.code(username));
        await wizard.next.click();
        await wizard.isAt(SCREENS.password);
        await paste("password", NEW_PASSWORD);
        await paste("repeat", NEW_PASSWORD);
        await wizard.next.click();
        await wizard.isAt(SCREENS.done);
    }));

test("3.3.7 Entered values are kept, also after an error and after going back, and need not be entered again.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "B.Smits");
        assert.equal(await wizard.field("username").inputValue(), "B.Smits");
        await wizard.submitBirthdate("29-02-1992");
        await wizard.isAt(SCREENS.code);
        await wizard.sees("29 februari 1992");
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("birthdate").inputValue(), "29-02-1992");
        await page.goBack();
        await wizard.isAt(SCREENS.username);
        assert.equal(await wizard.field("username").inputValue(), "B.Smits");
    }));

test("Under reduced motion nothing is animated, and without it the last screen is.", async () => {
    for (const [reducedMotion, moves] of [["reduce", false], ["no-preference", true]]) {
        await withPage(browser, demo, { ...DESKTOP, reducedMotion }, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await page.route("**/api/reset/current", (route) =>
                route.fulfill({ json: { step: "done", applications: ["Visma", "HiX"], everywhere: true } }));
            // Recorded from the first frame on, because finished animations cannot be queried.
            await page.addInitScript(() => {
                globalThis.moved = false;
                addEventListener("animationstart", () => (globalThis.moved = true), true);
                addEventListener("transitionrun", () => (globalThis.moved = true), true);
            });
            await wizard.reload();
            await wizard.isAt(SCREENS.done);
            if (moves) await page.waitForFunction(() => globalThis.moved);
            await wizard.button("Opnieuw beginnen").hover();
            await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
            assert.equal(await page.evaluate(() => globalThis.moved), moves, reducedMotion);
        });
    }
});
