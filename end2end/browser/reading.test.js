// What a screen reader reads and what is announced to it, to the letter. The numbers are WCAG 2.2's. Not what axe
// finds: see looks.test.js; not the keyboard: see keyboard.test.js.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { announced, listen } from "./support/announced.js";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { reading } from "./support/reading.js";
import { NEW_PASSWORD, PHONE_NUMBER, SCREENS, Wizard } from "./support/wizard.js";

const HEAD = ["link: Ga naar de inhoud", "[banner]", "Pantein", "[navigation Taal]", "button: English", "[main]"];
// 3.2.6: the same, and at the same place, on every screen.
const HELP = [
    "[complementary Kom je er niet uit?]", "heading 2: Kom je er niet uit?", "Servicedesk ICT", `link: ${PHONE_NUMBER}`,
    "maandag t/m vrijdag 8.00–17.00", "Nu open tot 17.00.", "link: Hulp bij problemen", "[contentinfo]", "Voor informatie:", "link: ServiceDesk@Pantein.nl",
    "link: Privacyverklaring", "[status]",
];
const SECRET = "Niemand vraagt je ooit aan de telefoon om deze code. Ook de servicedesk niet. Geef de code dus aan niemand.";
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

async function reads(page, title, ...lines) {
    const expected = [`title: ${title}`, ...HEAD, ...lines, ...HELP];
    // What was said while a slow answer was waited for goes a second after it.
    let read;
    await eventually(async () => isDeepStrictEqual(read = await reading(page), expected)).catch(() => {});
    assert.deepEqual(read, expected);
}

test("1.3.1, 2.4.2, 2.4.6, 3.2.6, 4.1.2 A screen reader reads every screen of the main way to the letter.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        const username = "A.Janssen";
        await wizard.open();
        await reads(page, "Wachtwoord Reset – Pantein",
            "Stap 1 van 5",
            "heading 1: Wachtwoord Reset",
            "Welkom op de website 'Wachtwoord opnieuw instellen'.",
            "Deze website leidt u door de stappen om uw wachtwoord opnieuw in te stellen.",
            "Bijvoorbeeld A.Janssen. Zonder @ en wat erachter staat.",
            "field: Gebruikersnaam | Bijvoorbeeld A.Janssen. Zonder @ en wat erachter staat.",
            "button: Volgende",
            "[group]", "folded: Ik weet het niet meer",
            "heading 2: Dit heb je nodig",
            "• je gebruikersnaam", "• je geboortedatum", "• je telefoon met de app Entrust Identity",
            "[group]", "folded: Wachtwoordeisen");
        await wizard.giveUsername(username);
        await wizard.isAt(SCREENS.birthdate);
        await reads(page, "Verifieer met je geboortedatum – Wachtwoord Reset – Pantein",
            "Stap 2 van 5",
            "heading 1: Verifieer met je geboortedatum.",
            "field: Gebruikersnaam | read only | «A.Janssen»",
            "field: Geboortedatum (bijv. 01-10-1984).",
            // There before it has something to say: what appears together with its words is not heard everywhere.
            "[status]",
            "button: Volgende", "button: Annuleren",
            "[group]", "folded: Ik weet het niet meer");
        await wizard.pass(SCREENS.birthdate, username);
        await wizard.isAt(SCREENS.code);
        const code = (error, ...field) => [
            "heading 1: Vul je code in",
            "Open de app Entrust Identity op je telefoon. Daar zie je een code. Typ die hier over.",
            "6 tot 8 cijfers. Spaties mogen.",
            ...error,
            ["field: Wachtwoordcode", ...field].join(" | "),
            "button: Volgende", "button: Annuleren",
            SECRET,
            "[group]", "folded: Geen code?",
            "heading 2: Je gegevens", "Gebruikersnaam", "A.Janssen", "Geboortedatum", "1 oktober 1984",
            "button: Geboortedatum wijzigen",
        ];
        await reads(page, "Vul je code in – Wachtwoord Reset – Pantein",
            "Stap 3 van 5", ...code([], "6 tot 8 cijfers. Spaties mogen."));
        // 3.3.1, 3.3.3: what is wrong and how to mend it, in the notice and at the field.
        await wizard.giveCode("12");
        await wizard.isTold("Er klopt iets niet");
        await reads(page, "Fout: Vul je code in – Wachtwoord Reset – Pantein",
            "Stap 3 van 5",
            "[alert Er klopt iets niet]", "heading 2: Er klopt iets niet", `link: ${WRONG_LENGTH}`,
            "Verbeter dit en kies daarna weer Volgende.",
            ...code([WRONG_LENGTH], "invalid", "«12»", `6 tot 8 cijfers. Spaties mogen. ${WRONG_LENGTH}`));
        await wizard.pass(SCREENS.code, username);
        await wizard.isAt(SCREENS.password);
        await reads(page, "Kies een nieuw wachtwoord – Wachtwoord Reset – Pantein",
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
        await wizard.pass(SCREENS.password, username);
        await wizard.isAt(SCREENS.done);
        await reads(page, "Je wachtwoord is opnieuw ingesteld – Wachtwoord Reset – Pantein",
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

test("3.1.1, 3.1.2 The page says its language, and the other language's name says its own.", () =>
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

/** Has every pause of a second or more last until it is ended: whoever types is faster than that, also on a slow machine. */
async function holdPauses(page) {
    await page.evaluate(() => {
        const { setTimeout, clearTimeout } = globalThis;
        const held = new Map();
        let last = 1_000_000;
        globalThis.setTimeout = (act, pause, ...rest) => {
            if (!(pause >= 1000)) return setTimeout(act, pause, ...rest);
            held.set(++last, act);
            return last;
        };
        globalThis.clearTimeout = (timer) => held.delete(timer) || clearTimeout(timer);
        globalThis.endPauses = () => {
            const acts = [...held.values()];
            held.clear();
            acts.forEach((act) => act());
            // What is drawn is drawn in microtasks: they are through once this is.
            return new Promise((resolve) => setTimeout(resolve));
        };
    });
}

test("4.1.3 Of a password of 20 characters typed at speed one thing is announced, politely, once the typing pauses.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        await listen(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "B.Smits");
        await holdPauses(page);
        const paused = () => page.evaluate(() => globalThis.endPauses());
        await announced(page);
        await wizard.field("password").focus();
        await page.keyboard.type(NEW_PASSWORD.slice(0, 20));
        await wizard.hasCheck("Moeilijk te raden", "met");
        assert.deepEqual(await announced(page), [], "nothing at any key");
        // A pause may be followed by another one: the tick may be of a letter less, and all is well only with the whole.
        const hears = async () => {
            const heard = [];
            await eventually(async () => {
                await paused();
                heard.push(...await announced(page));
                return heard.length;
            }, { says: "something announced" });
            return heard;
        };
        assert.deepEqual(await hears(), [{ how: "polite", text: "Je wachtwoord voldoet aan alle eisen." }]);
        await paused();
        assert.deepEqual(await announced(page), [], "and nothing again");
        // Everything but the estimate says that it is good.
        await wizard.field("password").fill("Password-1234");
        await wizard.hasCheck("Moeilijk te raden", "unmet");
        await page.locator("[data-level=\"0\"], [data-level=\"1\"], [data-level=\"2\"]").waitFor();
        assert.deepEqual(await hears(), [{ how: "polite", text: "Nog één eis te gaan." }]);
    }));

test("4.1.3 A birthdate is read back once it is one, politely; a notice is an alert, and is read once.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await listen(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "A.Janssen");
        await announced(page);
        await wizard.field("birthdate").pressSequentially("01101984");
        assert.equal(await wizard.field("birthdate").inputValue(), "01-10-1984", "a number keyboard needs no dash");
        await wizard.sees("Je hebt ingevuld: 1 oktober 1984");
        assert.deepEqual(await announced(page), [{ how: "polite", text: "Je hebt ingevuld: 1 oktober 1984" }]);
        await wizard.field("birthdate").fill("31-02-1984");
        await announced(page);
        await wizard.next.click();
        await wizard.isTold("Er klopt iets niet");
        const said = await announced(page);
        assert.deepEqual(said.map(({ how }) => how), ["assertive"]);
        assert.match(said[0].text, /^Er klopt iets niet/);
    }));
