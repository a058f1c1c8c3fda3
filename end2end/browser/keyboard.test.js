// The wizard by keyboard alone: tab order, Enter and Space, and focus management. The numbers are those of WCAG 2.2.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { NEW_PASSWORD, PHONE_NUMBER, SCREENS, Wizard } from "./support/wizard.js";

// A phone in landscape with an open keyboard, where elements are most likely to overlap.
const LOW_SCREEN = { viewport: { width: 640, height: 320 } };

const HEAD = ["Ga naar de inhoud", "English"];
const HELP = [PHONE_NUMBER, "Hulp bij problemen", "ServiceDesk@Pantein.nl", "Privacyverklaring"];
const ORDER = {
    [SCREENS.username]: ["Gebruikersnaam", "Volgende", "Ik bel met de servicedesk", "Ik weet het niet meer", "Wachtwoordeisen"],
    [SCREENS.birthdate]: ["Gebruikersnaam", "Geboortedatum (bijv. 01-10-1984).", "Volgende", "Annuleren", "Ik weet het niet meer"],
    [SCREENS.code]: ["Wachtwoordcode", "Volgende", "Annuleren", "Geen code?", "Geboortedatum wijzigen"],
    [SCREENS.password]: ["Stel er een voor", "Nieuw wachtwoord", "Toon wachtwoord", "Herhaal nieuw wachtwoord", "Volgende", "Annuleren"],
    [SCREENS.done]: ["Hoe doe ik dat?", "Om welke gaat het?", "Opnieuw beginnen"],
};

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

/**
 * Returns the name of the focused element and whether its focus ring is visible; `undefined` if nothing has the focus.
 */
function focused(page) {
    return page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        const name = element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.textContent;
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const ring = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
        // The focus ring surrounds the element and must not be hidden.
        const spots = [[0.5, 0.5], [0.02, 0.1], [0.98, 0.1], [0.02, 0.9], [0.98, 0.9]];
        const isUncovered = spots.every(([across, down]) => {
            const found = document.elementFromPoint(box.left + box.width * across, box.top + box.height * down);
            return found === element || element.contains(found) || found?.contains(element);
        });
        return {
            name: name.trim(),
            hasFocusRing: element.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            isInView: box.top - ring >= 0 && box.bottom + ring <= innerHeight && box.left >= 0 && box.right <= innerWidth,
            isUncovered,
        };
    });
}

/** Moves the focus to the start of the page, without a click. */
async function resetFocus(page) {
    await page.evaluate(() => {
        document.body.tabIndex = -1;
        document.body.focus();
        document.body.removeAttribute("tabindex");
        scrollTo(0, 0);
    });
}

/**
 * Presses the key until the focus leaves the page or returns to the start; returns the names of the focused elements.
 */
async function focusOrder(page, key) {
    const start = (await focused(page))?.name;
    const names = [];
    for (;;) {
        await page.keyboard.press(key);
        const stop = await focused(page);
        if (!stop || [start, names[0]].includes(stop.name)) return names;
        // 2.4.7 and 2.4.11.
        assert.deepEqual({ ...stop, hasFocusRing: true, isInView: true, isUncovered: true }, stop, `after ${names.at(-1)}`);
        names.push(stop.name);
        assert.ok(names.length < 40, `keyboard trap: ${names}`);
    }
}

async function tabTo(page, name) {
    for (let presses = 0; presses < 15; presses += 1) {
        if ((await focused(page))?.name === name) return;
        await page.keyboard.press("Tab");
    }
    assert.fail(`Tab does not reach ${name}`);
}

for (const [where, options] of [["on a desktop", DESKTOP], ["on a low screen", LOW_SCREEN]]) {
    test(`2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11 The wizard works by keyboard ${where}: in reading order, with a visible focus, without a trap.`, () =>
        withPage(browser, demo, options, async (page) => {
            const wizard = new Wizard(page, demo);
            const username = where === "on a desktop" ? "A.Janssen" : "G.Oezdemir";
            await wizard.open();
            const checkScreen = async (screen) => {
                await wizard.isAt(screen);
                if (screen !== SCREENS.username) await wizard.isFocused(wizard.heading(screen), `the focus on heading ${screen}`);
                const all = [...HEAD, ...ORDER[screen], ...HELP];
                await resetFocus(page);
                assert.deepEqual(await focusOrder(page, "Tab"), all, `screen ${screen}, forwards`);
                await page.getByRole("link", { name: all.at(-1) }).focus();
                assert.deepEqual(await focusOrder(page, "Shift+Tab"), all.slice(0, -1).reverse(), `screen ${screen}, backwards`);
                await resetFocus(page);
            };
            const fill = async (name, text) => {
                await tabTo(page, name);
                await page.keyboard.type(text);
            };
            await checkScreen(SCREENS.username);
            await fill("Gebruikersnaam", username);
            await page.keyboard.press("Enter");
            await checkScreen(SCREENS.birthdate);
            await fill("Geboortedatum (bijv. 01-10-1984).", demo.person(username).typedBirthdate);
            await tabTo(page, "Volgende");
            await page.keyboard.press("Space");
            await checkScreen(SCREENS.code);
            await fill("Wachtwoordcode", await demo.code(username));
            await page.keyboard.press("Enter");
            await checkScreen(SCREENS.password);
            await fill("Nieuw wachtwoord", NEW_PASSWORD);
            await tabTo(page, "Toon wachtwoord");
            await page.keyboard.press("Space");
            assert.equal(await wizard.field("password").getAttribute("type"), "text", "Space shows the password");
            assert.equal((await focused(page)).name, "Verberg wachtwoord", "the focus stays on the button");
            await page.keyboard.press("Enter");
            assert.equal(await wizard.field("password").getAttribute("type"), "password", "Enter hides the password");
            await fill("Herhaal nieuw wachtwoord", NEW_PASSWORD);
            await page.keyboard.press("Enter");
            await checkScreen(SCREENS.done);
        }));
}

test("2.1.1, 3.3.1 After a refusal by keyboard the notice has the focus, its link leads to the field, and the value can be corrected.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await tabTo(page, "Gebruikersnaam");
        await page.keyboard.press("Enter");
        await wizard.seesNotice("Er klopt iets niet");
        await wizard.isFocused(wizard.summary, "the focus on the notice");
        await page.keyboard.press("Tab");
        assert.equal((await focused(page)).name, "Vul je gebruikersnaam in.");
        await page.keyboard.press("Enter");
        await wizard.isFocused(wizard.field("username"), "the focus on the field");
        const field = await focused(page);
        assert.ok(field.hasFocusRing && field.isInView && field.isUncovered, JSON.stringify(field));
        await page.keyboard.type("B.Smits");
        await page.keyboard.press("Enter");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.isFocused(wizard.heading(SCREENS.birthdate), "the focus on the heading");

        // An unchanged notice takes the focus again, because a submit without any reaction looks broken.
        for (let times = 0; times < 2; times += 1) {
            await tabTo(page, "Volgende");
            await page.keyboard.press("Space");
            await wizard.seesNotice("Er klopt iets niet");
            await wizard.isFocused(wizard.summary, "the focus on the notice");
        }
        await tabTo(page, "Annuleren");
        await page.keyboard.press("Space");
        await wizard.isAt(SCREENS.username);
        await wizard.isFocused(wizard.heading(SCREENS.username), "the focus on the first heading");
    }));

test("2.4.1 The first Tab shows a skip link, which leads to the content.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const skip = page.getByRole("link", { name: "Ga naar de inhoud" });
        await page.keyboard.press("Tab");
        await wizard.isFocused(skip, "the focus on the skip link");
        assert.ok((await focused(page)).isInView, "the skip link is visible");
        await page.keyboard.press("Enter");
        await wizard.isFocused(page.getByRole("main"), "the focus on the content");
        await page.keyboard.press("Tab");
        await wizard.isFocused(wizard.field("username"), "the focus on the first field");
        assert.equal(page.url(), demo.url, "no new history entry");
    }));

test("2.1.1, 2.5.7 Details, language, method and birthdate can be operated by keyboard.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const rules = page.getByText("Minstens 12 tekens", { exact: true });
        await tabTo(page, "Wachtwoordeisen");
        for (const [key, isOpen] of [["Space", true], ["Enter", false], ["Enter", true]]) {
            await page.keyboard.press(key);
            assert.equal(await rules.isVisible(), isOpen, key);
        }
        await resetFocus(page);
        await tabTo(page, "English");
        await page.keyboard.press("Space");
        await page.locator("html[lang=en]").waitFor();
        await wizard.isFocused(page.locator("#language"), "the focus on the language button");
        await page.keyboard.press("Enter");
        await page.locator("html[lang=nl]").waitFor();

        await wizard.submitUsername("C.Peters");
        await wizard.isAt(SCREENS.birthdate);
        const code = { step: "code", username: "C.Peters", ways: ["TOKEN", "OTP"], way: "TOKEN", resend_after: null, expires_in: 900 };
        await wizard.stub("birthdate", 200, code);
        await wizard.submitBirthdate("15-06-1979");
        await wizard.isAt(SCREENS.code);
        await wizard.isFocused(wizard.heading(SCREENS.code), "the focus on the heading");
        await tabTo(page, "Stuur me de code per sms of mail");
        await wizard.stub("resend", 200, { ...code, way: "OTP", resend_after: 30 });
        await page.keyboard.press("Enter");
        await wizard.sees("Kloppen je gegevens? Dan krijg je een code per sms of mail. Typ die hier over.");
        await wizard.isFocused(wizard.heading(SCREENS.code), "the focus on the heading");
        await tabTo(page, "Gebruik de app Entrust Identity");
        await wizard.stub("resend", 200, code);
        await page.keyboard.press("Space");
        await wizard.sees("Open de app Entrust Identity op je telefoon. Daar zie je een code. Typ die hier over.");
        await tabTo(page, "Geboortedatum wijzigen");
        await page.keyboard.press("Space");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.isFocused(wizard.heading(SCREENS.birthdate), "the focus on the heading");
    }));
