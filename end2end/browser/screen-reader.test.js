// The exact output of a screen reader and the announcements of live regions. The numbers are those of WCAG 2.2.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { recordAnnouncements, takeAnnouncements } from "./support/announcements.js";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { readPage } from "./support/screen-reader.js";
import { NEW_PASSWORD, PHONE_NUMBER, SCREENS, Wizard } from "./support/wizard.js";

const HEAD = ["link: Ga naar de inhoud", "[banner]", "Pantein", "[navigation Taal]", "button: English", "[main]"];
// 3.2.6: the same, in the same place, on every screen.
const HELP = [
    "[complementary Kom je er niet uit?]", "heading 2: Kom je er niet uit?", "Servicedesk ICT", `link: ${PHONE_NUMBER}`,
    "maandag t/m vrijdag 8.00–17.00", "Nu open tot 17.00.", "link: Hulp bij problemen", "[contentinfo]", "Voor informatie:", "link: ServiceDesk@Pantein.nl",
    "link: Privacyverklaring", "[status]",
];
const CODE_WARNING = "Niemand vraagt je ooit aan de telefoon om deze code. Ook de servicedesk niet. Geef de code dus aan niemand.";
const WRONG_LENGTH = "Een code heeft 6, 7 of 8 cijfers. Kijk of je alles hebt ingevuld.";

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

async function isReadAs(page, title, ...lines) {
    const expected = [`title: ${title}`, ...HEAD, ...lines, ...HELP];
    // The message about a slow response disappears a second after the response.
    let actual;
    await eventually(async () => isDeepStrictEqual(actual = await readPage(page), expected)).catch(() => {});
    assert.deepEqual(actual, expected);
}

test("1.3.1, 2.4.2, 2.4.6, 3.2.6, 4.1.2 A screen reader reads the exact text of every screen of the main flow.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        const username = "A.Janssen";
        await wizard.open();
        await isReadAs(page, "Wachtwoord Reset – Pantein",
            "Stap 1 van 5",
            "heading 1: Wachtwoord Reset",
            "Welkom op de website 'Wachtwoord opnieuw instellen'.",
            "Deze website leidt u door de stappen om uw wachtwoord opnieuw in te stellen.",
            "Bijvoorbeeld A.Janssen. Zonder @ en wat erachter staat.",
            "field: Gebruikersnaam | Bijvoorbeeld A.Janssen. Zonder @ en wat erachter staat.",
            "button: Volgende", "button: Ik bel met de servicedesk",
            "[group]", "folded: Ik weet het niet meer",
            "heading 2: Dit heb je nodig",
            "• je gebruikersnaam", "• je geboortedatum", "• je telefoon met de app Entrust Identity",
            "[group]", "folded: Wachtwoordeisen");
        await wizard.submitUsername(username);
        await wizard.isAt(SCREENS.birthdate);
        await isReadAs(page, "Verifieer met je geboortedatum – Wachtwoord Reset – Pantein",
            "Stap 2 van 5",
            "heading 1: Verifieer met je geboortedatum.",
            "field: Gebruikersnaam | read only | «A.Janssen»",
            "field: Geboortedatum (bijv. 01-10-1984).",
            // Present while empty, because not every screen reader announces a region that appears together with its
            // text.
            "[status]",
            "button: Volgende", "button: Annuleren",
            "[group]", "folded: Ik weet het niet meer");
        await wizard.complete(SCREENS.birthdate, username);
        await wizard.isAt(SCREENS.code);
        const code = (error, ...field) => [
            "heading 1: Vul je code in",
            "Open de app Entrust Identity op je telefoon. Daar zie je een code. Typ die hier over.",
            "6 tot 8 cijfers. Spaties mogen.",
            ...error,
            ["field: Wachtwoordcode", ...field].join(" | "),
            "button: Volgende", "button: Annuleren",
            CODE_WARNING,
            "[group]", "folded: Geen code?",
            "heading 2: Je gegevens", "Gebruikersnaam", "A.Janssen", "Geboortedatum", "1 oktober 1984",
            "button: Geboortedatum wijzigen",
        ];
        await isReadAs(page, "Vul je code in – Wachtwoord Reset – Pantein",
            "Stap 3 van 5", ...code([], "6 tot 8 cijfers. Spaties mogen."));
        // 3.3.1, 3.3.3: the error and how to correct it, in the notice and at the field.
        await wizard.submitCode("12");
        await wizard.seesNotice("Er klopt iets niet");
        await isReadAs(page, "Fout: Vul je code in – Wachtwoord Reset – Pantein",
            "Stap 3 van 5",
            "[alert Er klopt iets niet]", "heading 2: Er klopt iets niet", `link: ${WRONG_LENGTH}`,
            "Verbeter dit en kies daarna weer Volgende.",
            ...code([WRONG_LENGTH], "invalid", "«12»", `6 tot 8 cijfers. Spaties mogen. ${WRONG_LENGTH}`));
        await wizard.complete(SCREENS.code, username);
        await wizard.isAt(SCREENS.password);
        await isReadAs(page, "Kies een nieuw wachtwoord – Wachtwoord Reset – Pantein",
            "Stap 4 van 5",
            "heading 1: Kies een nieuw wachtwoord",
            "Tip: gebruik een paar woorden die niets met elkaar te maken hebben. Dat onthoud je makkelijk.",
            "[status]", "button: Stel er een voor",
            "field: Nieuw wachtwoord",
            "button: Toon wachtwoord",
            "Sterkte: –",
            "[status]",
            "field: Herhaal nieuw wachtwoord",
            "• nog niet: Twee keer hetzelfde ingevuld",
            "[status]",
            "button: Volgende", "button: Annuleren",
            "heading 2: Wachtwoordeisen",
            "• nog niet: Minstens 12 tekens",
            "• nog niet: Drie van deze vier: hoofdletter, kleine letter, cijfer, leesteken",
            "• nog niet: Je eigen naam staat er niet in",
            "• nog niet: Het woord «pantein» staat er niet in",
            "• nog niet: Moeilijk te raden",
            "• Anders dan je laatste 24 wachtwoorden",
            "Voor je veiligheid heb je hier een kwartier de tijd.");
        await wizard.complete(SCREENS.password, username);
        await wizard.isAt(SCREENS.done);
        await isReadAs(page, "Je wachtwoord is opnieuw ingesteld – Wachtwoord Reset – Pantein",
            "Klaar",
            "heading 1: Je wachtwoord is opnieuw ingesteld",
            "Lukt inloggen nog niet? Het kan enkele minuten duren voordat je nieuwe wachtwoord overal bekend is.",
            "heading 2: Wat moet je nu doen?",
            "heading 3: Telefoon en tablet",
            "Pas nu het opgeslagen wachtwoord op je telefoon en tablet aan, anders raakt je account opnieuw geblokkeerd.",
            "• Accountinstellingen smartphone/tablet", "• MiCollab",
            "[group]", "folded: Hoe doe ik dat?",
            "heading 3: Computer",
            "Log op je werkcomputer opnieuw in, met je nieuwe wachtwoord.",
            "• Computer inlog", "• Ortec cliënt", "• Pantein Desktop inlog", "• HiX",
            "heading 3: Websites en apps",
            "Vraagt een website om je wachtwoord? Vul dan je nieuwe wachtwoord in.",
            "[group]", "folded: Om welke gaat het?",
            "Heb je dit gedaan?",
            "Je bent nu klaar en mag het scherm sluiten.",
            "button: Opnieuw beginnen");
    }));

test("3.1.1, 3.1.2 The page declares its language, and the name of the other language declares that language.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (const [own, other, name] of [["nl", "en", "English"], ["en", "nl", "Nederlands"]]) {
            assert.equal(await page.locator("html").getAttribute("lang"), own);
            assert.equal(await wizard.button(name).getAttribute("lang"), other);
            await wizard.button(name).click();
            await page.locator(`html[lang=${other}]`).waitFor();
        }
    }));

/**
 * Holds every timer of a second or more until `fireTimers` is called, so that typing counts as fast on a slow machine.
 */
async function holdTimers(page) {
    await page.evaluate(() => {
        const { setTimeout, clearTimeout } = globalThis;
        const held = new Map();
        let lastId = 1_000_000;
        globalThis.setTimeout = (callback, delay, ...rest) => {
            if (!(delay >= 1000)) return setTimeout(callback, delay, ...rest);
            held.set(++lastId, callback);
            return lastId;
        };
        globalThis.clearTimeout = (timer) => held.delete(timer) || clearTimeout(timer);
        globalThis.fireTimers = () => {
            const callbacks = [...held.values()];
            held.clear();
            callbacks.forEach((callback) => callback());
            // Rendering happens in microtasks, which have run before this resolves.
            return new Promise((resolve) => setTimeout(resolve));
        };
    });
}

test("4.1.3 A password of 20 characters typed fast causes one polite announcement, after a pause.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        await recordAnnouncements(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "B.Smits");
        await holdTimers(page);
        const fireTimers = () => page.evaluate(() => globalThis.fireTimers());
        await takeAnnouncements(page);
        await wizard.field("password").focus();
        await page.keyboard.type(NEW_PASSWORD.slice(0, 20));
        await wizard.hasCheck("Moeilijk te raden", "met");
        assert.deepEqual(await takeAnnouncements(page), [], "no announcement while typing");
        // Firing once may not be enough: the checklist may still be of one letter less.
        const announcementsAfterPause = async () => {
            const announcements = [];
            await eventually(async () => {
                await fireTimers();
                announcements.push(...await takeAnnouncements(page));
                return announcements.length;
            }, { description: "something announced" });
            return announcements;
        };
        assert.deepEqual(await announcementsAfterPause(), [{ how: "polite", text: "Je wachtwoord voldoet aan alle eisen." }]);
        await fireTimers();
        assert.deepEqual(await takeAnnouncements(page), [], "no second announcement");
        // Only the strength estimate rejects this password.
        await wizard.field("password").fill("Password-1234");
        await wizard.hasCheck("Moeilijk te raden", "unmet");
        await page.locator("[data-level=\"0\"], [data-level=\"1\"], [data-level=\"2\"]").waitFor();
        assert.deepEqual(await announcementsAfterPause(), [{ how: "polite", text: "Nog één eis te gaan." }]);
    }));

test("4.1.3 A complete birthdate is announced politely; a notice is an alert and is announced once.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await recordAnnouncements(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "A.Janssen");
        await takeAnnouncements(page);
        await wizard.field("birthdate").pressSequentially("01101984");
        assert.equal(await wizard.field("birthdate").inputValue(), "01-10-1984", "dashes are added while typing");
        await wizard.sees("Je hebt ingevuld: 1 oktober 1984");
        assert.deepEqual(await takeAnnouncements(page), [{ how: "polite", text: "Je hebt ingevuld: 1 oktober 1984" }]);
        await wizard.field("birthdate").fill("31-02-1984");
        await takeAnnouncements(page);
        await wizard.next.click();
        await wizard.seesNotice("Er klopt iets niet");
        const announcements = await takeAnnouncements(page);
        assert.deepEqual(announcements.map(({ how }) => how), ["assertive"]);
        assert.match(announcements[0].text, /^Er klopt iets niet/);
    }));
