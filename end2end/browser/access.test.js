// What colours leave to see, and what time, memory and motion are asked for. The numbers are WCAG 2.2's, H1 is the
// HTML's own. Not what axe and a ruler find: see looks.test.js; not what is read out: see reading.test.js.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { announced, listen } from "./support/announced.js";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { differing, place, plain, seen } from "./support/contrast.js";
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
    test(`1.4.1, 1.4.11, 2.4.7 In ${colours} colours marks, bars, notices, buttons and the focus can be told apart.`, () =>
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

            const part = async (locator) => {
                const { x, y, height } = await place(locator);
                return seen(page, { x, y, width: 28, height: Math.min(height, 28) });
            };
            const differs = (one, other, least, what) => {
                const difference = differing(one, other);
                assert.ok(difference >= least, `${what}: only ${(difference * 100).toFixed(1)} % of it differs`);
            };
            const mark = (text) => part(page.getByRole("listitem").filter({ hasText: text }));
            const [met, unmet, said] = [
                await mark("Je eigen naam staat er niet in"), await mark("Moeilijk te raden"), await mark("Anders dan je laatste"),
            ];
            differs(met, unmet, 0.15, "met and unmet");
            differs(met, said, 0.15, "met and said");
            differs(unmet, said, 0.1, "unmet and said");
            for (const bar of [".progress .bar i", ".meter .bar i"]) {
                const [first, last] = [await part(page.locator(bar).first()), await part(page.locator(bar).last())];
                differs(first, last, 0.4, `a full and an empty part of ${bar}`);
            }
            const main = await seen(page, await place(wizard.next));
            differs(main, await seen(page, await place(wizard.cancel)), 0.5, "the main button and the other one");

            const around = async (locator) => seen(page, await place(locator), 10);
            const notice = await around(page.locator(".notice"));
            differs(notice, plain(notice), 0.02, "a notice and what is around it");
            for (const locator of [
                wizard.field("password"), wizard.button("Toon wachtwoord"), wizard.next, wizard.cancel,
                page.getByRole("link", { name: "0485 – 845 900" }), wizard.button("English"),
            ]) {
                await page.evaluate(() => document.activeElement.blur());
                const without = await around(locator);
                // By a key, or the ring is not shown.
                await page.keyboard.press("Shift");
                await locator.focus();
                differs(await around(locator), without, 0.03, `the focus on ${locator}`);
            }
        }));
}

test("2.2.1 Two minutes before the end there is a warning; one tap gives the time again, as often as the server gives it.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await listen(context);
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
        const more = wizard.button("Geef me meer tijd");
        for (let times = 0; times < 11; times += 1) {
            await page.clock.fastForward("12:50");
            assert.equal(await more.count(), 0, "not before it is needed");
            await announced(page);
            await page.clock.fastForward("00:11");
            await wizard.sees("Je hebt nog 2 minuten.");
            await page.clock.runFor("00:02");
            assert.deepEqual(await announced(page), [{ how: "polite", text: "Je hebt nog 2 minuten." }]);
            await wizard.answer("extend", 200, { step: "birthdate", username: "C.Peters", expires_in: 900 });
            await more.tap();
            await more.waitFor({ state: "detached" });
            await wizard.isAt(SCREENS.birthdate);
        }
    }));

test("2.2.1 After the proof the time is fixed for safety: the screen says so from the start, and again before the end.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "G.Oezdemir");
        await wizard.sees("Voor je veiligheid heb je hier een kwartier de tijd.");
        await page.clock.fastForward("13:01");
        await wizard.sees("Je hebt nog 2 minuten.");
        await wizard.sees("Voor je veiligheid kan er geen tijd bij. Is de tijd om? Dan begin je opnieuw.");
        assert.equal(await wizard.button("Geef me meer tijd").count(), 0);
    }));

test("3.3.8, H1 Whatever is asked can be pasted, in one field each; nothing has to be remembered or copied by eye.", () =>
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

test("3.3.7 What was given is not asked again: it stands there, also after a mistake and after going back.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "B.Smits");
        assert.equal(await wizard.field("username").inputValue(), "B.Smits");
        await wizard.giveBirthdate("29-02-1992");
        await wizard.isAt(SCREENS.code);
        await wizard.sees("29 februari 1992");
        await page.goBack();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("birthdate").inputValue(), "29-02-1992");
        await page.goBack();
        await wizard.isAt(SCREENS.username);
        assert.equal(await wizard.field("username").inputValue(), "B.Smits");
    }));

test("Under reduced motion nothing moves, and without it the last screen may.", async () => {
    for (const [reducedMotion, moves] of [["reduce", false], ["no-preference", true]]) {
        await withPage(browser, demo, { ...DESKTOP, reducedMotion }, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await page.route("**/api/reset/current", (route) =>
                route.fulfill({ json: { step: "done", applications: ["Visma", "HiX"], everywhere: true } }));
            // Kept from the first frame on: an animation that has ended is gone.
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
