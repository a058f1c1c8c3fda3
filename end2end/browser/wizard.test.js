// A complete reset, from the first screen to the last.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { binds } from "./support/directory.js";
import { NEW_PASSWORD, SCREENS, Wizard } from "./support/wizard.js";

const APPLICATIONS = [
    "Accountinstellingen smartphone/tablet", "E-mail Spam beheer", "Computer inlog", "Infoland/Zenya (iSearch app)",
    "Ortec cliënt", "Lucanet", "BeterDichtbij", "MiCollab", "Pantein.NU", "Pantein Desktop inlog", "Pantein Webmail",
    "TOPdesk", "ZorgERP", "Pantein Leerportaal", "Visma", "HiX",
];

// With the default settings, unlike the other tests.
const DEFAULT_SETTINGS = "";

let demo;
let browser;
before(async () => {
    demo = await startDemo(DEFAULT_SETTINGS);
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

/** Asserts that the directory accepts the new password and refuses the first one. */
async function acceptsOnly(username, password) {
    const person = demo.person(username);
    assert.equal(await binds(demo, person, password), true, "the directory accepts the new password");
    assert.equal(await binds(demo, person, demo.details.first_password), false, "the directory refuses the old password");
}

test("An employee sets a new password on a phone by touch, and the directory accepts only the new one.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const username = "A.Janssen";
        assert.equal(await binds(demo, demo.person(username), demo.details.first_password), true);
        await wizard.open();

        await wizard.field("username").tap();
        await page.keyboard.type(username);
        await wizard.next.tap();

        await wizard.isAt(SCREENS.birthdate);
        await wizard.field("birthdate").tap();
        await page.keyboard.type("01-10-1984");
        await wizard.next.tap();

        await wizard.isAt(SCREENS.code);
        await wizard.field("code").tap();
        await page.keyboard.type(await demo.code(username));
        await wizard.next.tap();

        await wizard.isAt(SCREENS.password);
        await wizard.typePassword(NEW_PASSWORD);
        await wizard.next.tap();

        await wizard.isAt(SCREENS.done);
        await acceptsOnly(username, NEW_PASSWORD);
    }));

test("An employee whose account is locked sets a new password with the keyboard alone, and can sign in again.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        const username = "B.Smits";
        await wizard.open();
        const tabTo = async (locator) => {
            for (let presses = 0; presses < 12; presses += 1) {
                if (await locator.evaluate((element) => element === document.activeElement)) return;
                await page.keyboard.press("Tab");
            }
            assert.fail(`the Tab key does not reach ${locator}`);
        };

        await tabTo(wizard.field("username"));
        await page.keyboard.type(username);
        await page.keyboard.press("Enter");

        for (const [screen, name, typed] of [
            [SCREENS.birthdate, "birthdate", async () => "29-02-1992"],
            [SCREENS.code, "code", () => demo.code(username)],
        ]) {
            await wizard.isAt(screen);
            await wizard.isFocused(wizard.heading(screen), `the focus on the heading of screen ${screen}`);
            await tabTo(wizard.field(name));
            await page.keyboard.type(await typed());
            await page.keyboard.press("Enter");
        }

        await wizard.isAt(SCREENS.password);
        await wizard.isFocused(wizard.heading(SCREENS.password), "the focus on the heading of screen 4");
        await tabTo(wizard.field("password"));
        await page.keyboard.type(NEW_PASSWORD);
        await tabTo(wizard.button("Toon wachtwoord"));
        await page.keyboard.press("Space");
        assert.equal(await wizard.field("password").getAttribute("type"), "text");
        await wizard.isFocused(wizard.button("Verberg wachtwoord"), "the focus still on the button that was pressed");
        await page.keyboard.press("Space");
        assert.equal(await wizard.field("password").getAttribute("type"), "password");
        await tabTo(wizard.field("repeat"));
        await page.keyboard.type(NEW_PASSWORD);
        await tabTo(wizard.next);
        await page.keyboard.press("Enter");

        await wizard.isAt(SCREENS.done);
        await wizard.isFocused(wizard.heading(SCREENS.done), "the focus on the heading of screen 5");
        await acceptsOnly(username, NEW_PASSWORD);
    }));

test("Every screen shows its exact texts.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        const username = "G.Oezdemir";
        const footer = async () => {
            const mail = page.getByRole("link", { name: "ServiceDesk@Pantein.nl", exact: true });
            assert.equal(await mail.getAttribute("href"), "mailto:ServiceDesk@Pantein.nl");
            await wizard.sees("Voor informatie: ServiceDesk@Pantein.nl");
            await wizard.sees("Servicedesk ICT");
            const phone = page.getByRole("link", { name: "0485 – 845 900", exact: true });
            assert.equal(await phone.getAttribute("href"), "tel:+31485845900");
            await wizard.sees("maandag t/m vrijdag 8.00–17.00");
        };

        await wizard.open();
        await wizard.isAt(SCREENS.username);
        await wizard.sees("Welkom op de website 'Wachtwoord opnieuw instellen'.");
        await wizard.sees("Deze website leidt u door de stappen om uw wachtwoord opnieuw in te stellen.");
        await wizard.sees("Stap 1 van 5");
        assert.equal(await page.title(), "Wachtwoord Reset – Pantein");
        assert.match(await (await page.request.get(demo.url)).text(), /<title>Wachtwoord Reset – Pantein<\/title>/);
        assert.equal(await page.locator("html").getAttribute("lang"), "nl");
        await footer();

        await page.getByText("Wachtwoordeisen", { exact: true }).click();
        for (const rule of [
            "Minstens 12 tekens",
            "Drie van deze vier: hoofdletter, kleine letter, cijfer, leesteken",
            "Je eigen naam staat er niet in",
            "Het woord «pantein» staat er niet in",
            "Moeilijk te raden",
        ]) await wizard.sees(rule);

        await wizard.submitUsername(username);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.sees("Stap 2 van 5");
        assert.equal(await page.title(), "Verifieer met je geboortedatum – Wachtwoord Reset – Pantein");
        assert.equal(await wizard.field("username").inputValue(), username);
        assert.equal(await wizard.field("username").isEditable(), false);
        assert.equal(await wizard.cancel.isVisible(), true);
        await footer();

        await wizard.complete(SCREENS.birthdate, username);
        await wizard.isAt(SCREENS.code);
        await wizard.sees("Stap 3 van 5");
        await wizard.sees("Open de app Entrust Identity op je telefoon. Daar zie je een code. Typ die hier over.");
        await page.getByText("Geen code?", { exact: true }).click();
        for (const [store, host] of [["Play Store (Android)", "play.google.com"], ["App Store (iPhone)", "apps.apple.com"]]) {
            const link = page.getByRole("link", { name: store, exact: true });
            assert.equal(new URL(await link.getAttribute("href")).host, host);
            assert.equal(await link.getAttribute("target"), "_blank");
            assert.match(await link.getAttribute("rel"), /noopener/);
        }
        assert.equal(await wizard.cancel.isVisible(), true);
        await footer();

        await wizard.complete(SCREENS.code, username);
        await wizard.isAt(SCREENS.password);
        await wizard.sees("Stap 4 van 5");
        await page.getByRole("heading", { name: "Wachtwoordeisen", exact: true }).waitFor();
        assert.equal(await wizard.cancel.isVisible(), true);
        await footer();

        await wizard.complete(SCREENS.password, username);
        await wizard.isAt(SCREENS.done);
        await wizard.sees("Klaar");
        await wizard.sees("Je bent nu klaar en mag het scherm sluiten.");
        const listed = await page.locator(".applications li").allTextContents();
        assert.deepEqual(listed.sort(), [...APPLICATIONS].sort());
        await footer();
    }));

test("A stricter policy of an account is shown and enforced, and a password that satisfies it is accepted.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "F.Vermeulen");
        await wizard.hasCheck("Minstens 16 tekens", "unmet");
        await wizard.submitPassword("Tuba-Kast-7-Ei");
        await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", "Gebruik minstens 16 tekens.");
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.isAt(SCREENS.done);
        await acceptsOnly("F.Vermeulen", NEW_PASSWORD);
    }));
