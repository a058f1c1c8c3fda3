// The second language: complete, stored, and selected by the browser's preference or by the user.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { NEW_PASSWORD, SCREENS, Wizard } from "./support/wizard.js";

// Words that do not occur in English sentences. Application names are not translated.
const DUTCH = /\b(je|jouw|de|het|een|en|niet|wachtwoord|gebruikersnaam|geboortedatum|stap|volgende|annuleren|vul|kies|van|voor|tijdens|kantooruren|nog|bel|klaar|taal|toon|sterkte)\b/iu;
const PROPER_NAMES = /Servicedesk ICT|Infoland\/Zenya \(iSearch app\)|Accountinstellingen smartphone\/tablet|E-mail Spam beheer|Pantein[\w. ]*|Ortec cliënt|Nederlands/gu;

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

async function isEnglish(page, where) {
    assert.equal(await page.locator("html").getAttribute("lang"), "en", where);
    await page.locator("details").evaluateAll((elements) => elements.forEach((element) => (element.open = true)));
    const text = [await page.locator("body").innerText(), await page.title()].join("\n");
    const word = text.replace(PROPER_NAMES, "").match(DUTCH);
    assert.equal(word, null, `${where} contains «${word?.[0]}» in:\n${text}`);
}

test("In English every screen and notice is English, and a reset can be completed.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const dutch = new Wizard(page, demo);
        const wizard = new Wizard(page, demo, "en");
        await dutch.open();
        await dutch.field("username").fill("A.Janssen");
        await dutch.button("English").click();
        await wizard.isAt(SCREENS.username);
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen", "the typed text is kept");
        await wizard.isFocused(wizard.button("Nederlands"), "the focus on the language button");
        await isEnglish(page, "screen 1");
        await wizard.field("username").fill("");
        await wizard.next.click();
        await wizard.seesNotice("There is a problem");
        await isEnglish(page, "an empty user name");

        await wizard.submitUsername("A.Janssen");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.field("birthdate").fill("1 October 1984");
        await wizard.sees("You entered: 1 October 1984");
        await isEnglish(page, "screen 2");
        for (const [status, body] of [
            [429, { refusal: "too_many", retry_after: 90 }],
            [503, { refusal: "unavailable", reference: "K7Q2-9F4M", retry_after: 30 }],
            [500, { refusal: "fault", reference: "K7Q2-9F4M" }],
            [403, { refusal: "foreign" }],
            [503, { refusal: "outcome_unknown", reference: "K7Q2-9F4M" }],
            [403, { refusal: "not_verified", reference: "K7Q2-9F4M", attempts_left: 4 }],
        ]) {
            await wizard.stub("birthdate", status, body);
            const answered = page.waitForResponse((response) => response.url().endsWith("/api/reset/birthdate"));
            await wizard.next.click();
            await answered;
            await wizard.summary.waitFor();
            await isEnglish(page, body.refusal);
        }
        await wizard.next.click();
        await wizard.isAt(SCREENS.code);
        await isEnglish(page, "screen 3");
        await wizard.complete(SCREENS.code, "A.Janssen");
        await wizard.isAt(SCREENS.password);
        await isEnglish(page, "screen 4");
        await wizard.submitPassword("qwerty");
        await wizard.seesNotice("This password cannot be used");
        await isEnglish(page, "a weak password");
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.isAt(SCREENS.done);
        await isEnglish(page, "screen 5");
    }));

test("The chosen language is stored, and nothing else is.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const dutch = new Wizard(page, demo);
        const english = new Wizard(page, demo, "en");
        await dutch.open();
        await dutch.button("English").click();
        await english.isAt(SCREENS.username);
        await english.reload();
        await english.isAt(SCREENS.username);
        assert.deepEqual(await page.evaluate(() => ({ ...localStorage })), { language: "en" });
        await english.button("Nederlands").click();
        await dutch.isAt(SCREENS.username);
    }));

test("A browser that prefers English gets English from the first screen on.", () =>
    withPage(browser, demo, { ...PHONE, locale: "en-GB" }, async (page) => {
        const wizard = new Wizard(page, demo, "en");
        await wizard.open();
        await wizard.isAt(SCREENS.username);
        await isEnglish(page, "the first screen");
        await wizard.submitUsername("A.Janssen");
        await wizard.isAt(SCREENS.birthdate);
        await isEnglish(page, "the second screen");
    }));
