// Every refusal: the field, the notice that takes the focus, and the kept input. Refusals that the product produces in
// the demo are real; the others are simulated responses.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { NEW_PASSWORD, PHONE_NUMBER, SCREENS, Wizard } from "./support/wizard.js";

const REFERENCE = "K7Q2-9F4M";
const CALL = `Lukt het niet? Bel Servicedesk ICT: ${PHONE_NUMBER}.`;
const CALL_WITH_REFERENCE = `${CALL} Noem dan dit nummer: ${REFERENCE}.`;

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

/** Asserts that the notice names the error and that the field is marked. */
async function isRefusedAt(wizard, name, sentence) {
    await wizard.seesNotice("Er klopt iets niet", sentence, "Verbeter dit en kies daarna weer Volgende.");
    await isMarked(wizard, name, sentence);
}

/** Asserts that the notice has the focus and that the field is marked as invalid with this description. */
async function isMarked(wizard, name, sentence) {
    await wizard.isFocused(wizard.summary, "the focus on the notice");
    const field = wizard.field(name);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    const described = await field.evaluate((element) =>
        (element.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
    assert.ok(described.includes(sentence), `the description of the field is: ${described}`);
    assert.match(await wizard.page.title(), /^Fout: /);
}

test("3.3.1, 3.3.3 An invalid value is reported at the field in one sentence, and the notice links to the field.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (const [typed, sentence] of [
            ["", "Vul je gebruikersnaam in."],
            ["x".repeat(65), "Deze gebruikersnaam is te lang. Vul hoogstens 64 tekens in."],
            ["a/b", "Dit teken kan niet in een gebruikersnaam. Typ geen spaties. Staat er een @? Vul dan alleen in wat ervoor staat."],
            ["A.Jan\u202essen", "Er staat een onzichtbaar teken in je gebruikersnaam. Dat komt soms mee als je plakt. Typ je gebruikersnaam zelf."],
            ["x".repeat(10_000), "Deze gebruikersnaam is te lang. Vul hoogstens 64 tekens in."],
        ]) {
            await wizard.submitUsername(typed);
            await isRefusedAt(wizard, "username", sentence);
            assert.equal(await wizard.field("username").inputValue(), typed);
        }
        await wizard.summary.getByRole("link").click();
        await wizard.isFocused(wizard.field("username"), "the focus on the field");

        await wizard.submitUsername("C.Peters");
        await wizard.isAt(SCREENS.birthdate);
        for (const [typed, sentence] of [
            ["", "Vul je geboortedatum in."],
            ["31-02-1984", "Deze datum bestaat niet, of er ontbreekt iets. Vul dag, maand en jaar in, bijvoorbeeld 01-10-1984."],
            ["1-10-84", "Vul het jaar met vier cijfers in, bijvoorbeeld 1984."],
            ["01-10-2184", "Deze datum ligt in de toekomst. Kijk of het jaar klopt."],
        ]) {
            await wizard.submitBirthdate(typed);
            await isRefusedAt(wizard, "birthdate", sentence);
        }

        await wizard.submitBirthdate("15-06-1979");
        await wizard.isAt(SCREENS.code);
        for (const [typed, sentence] of [
            ["", "Vul de code in."],
            ["abcdefgh", "Een code bestaat alleen uit cijfers."],
            ["12345", "Een code heeft 6, 7 of 8 cijfers. Kijk of je alles hebt ingevuld."],
        ]) {
            await wizard.submitCode(typed);
            await isRefusedAt(wizard, "code", sentence);
        }
    }));

test("Not verified looks the same for a wrong code, a wrong birthdate and an account that is not eligible.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const notices = [];
        for (const [username, birthdate] of [
            ["A.Janssen", "01-10-1984"], ["A.Janssen", "02-10-1984"], ["C.Peters", "15-06-1979"],
            ["D.Willems", "03-03-1975"], ["E.Hendriks", "24-12-1990"], ["N.Niemand", "01-01-1980"],
        ]) {
            await page.context().clearCookies();
            await wizard.open();
            await wizard.submitUsername(username);
            await wizard.isAt(SCREENS.birthdate);
            await wizard.submitBirthdate(birthdate);
            await wizard.isAt(SCREENS.code);
            await wizard.submitCode(await demo.wrongCode("A.Janssen"));
            await wizard.seesNotice("We weten nog niet zeker dat jij het bent", "Je kunt het nog 4 keer proberen.");
            await wizard.isFocused(wizard.summary, "the focus on the notice");
            // The possible causes are in closed details.
            await wizard.summary.getByText("Wat kan er mis zijn?", { exact: true }).click();
            await wizard.seesNotice(
                "We weten nog niet zeker dat jij het bent",
                "je geboortedatum (dd-mm-jjjj): misschien is die verkeerd getypt;",
                "je mobiele nummer: waarschijnlijk is dat niet goed geregistreerd;",
                "de code: misschien was die verkeerd of te oud.",
                "Heb je net iets gewijzigd of een nieuwe app gekoppeld? Wacht dan een dag.",
            );
            assert.equal(await wizard.field("code").inputValue(), "", "a used code is cleared");
            const notice = await wizard.summary.innerText();
            assert.match(notice, /[0-9A-Z]{4}-[0-9A-Z]{4}/);
            notices.push(notice.replace(/[0-9A-Z]{4}-[0-9A-Z]{4}/, REFERENCE));
        }
        assert.equal(new Set(notices).size, 1, "the same notice for all");
    }));

test("The remaining attempts are shown, and the last one ends the session.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.submitUsername("N.Niemand");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.submitBirthdate("01-01-1980");
        await wizard.isAt(SCREENS.code);
        for (const left of [
            "Je kunt het nog 4 keer proberen.", "Je kunt het nog 3 keer proberen.", "Je kunt het nog 2 keer proberen.",
            "Je kunt het nog één keer proberen.",
        ]) {
            await wizard.submitCode("12345678");
            await wizard.sees(left);
        }
        await wizard.submitCode("12345678");
        await wizard.isAt(SCREENS.username);
        await wizard.seesNotice(
            "Je pogingen zijn op",
            "Begin opnieuw met je gebruikersnaam.",
            "Per dag kun je het een paar keer proberen.",
        );
        await wizard.reload();
        await wizard.isAt(SCREENS.username);
    }));

test("A weak password lists all its violations, and no request is sent.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "B.Smits");
        const sent = [];
        page.on("request", (request) => sent.push(request.url()));
        await wizard.submitPassword("");
        await wizard.seesNotice("Er klopt iets niet", "Vul een nieuw wachtwoord in.");
        for (const [password, ...sentences] of [
            ["Ei-7", "Het is te kort. Gebruik minstens 12 tekens."],
            ["kastanjetubavlieger", "Er zijn te weinig soorten tekens."],
            ["Vlieger-Bram-7-Tuba", "Je eigen naam staat erin."],
            ["Vlieger-Pantein-7-Tuba", "Het woord «pantein» staat erin."],
            ["Vlieger-P@nte1n-7-Tuba", "Het woord «pantein» staat erin."],
            [`${NEW_PASSWORD}${"-Tuba8".repeat(20)}`, "Het is te lang. Gebruik hoogstens 127 tekens."],
        ]) {
            await wizard.submitPassword(password);
            await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", ...sentences);
            await wizard.isFocused(wizard.summary, "the focus on the notice");
            assert.equal(await wizard.field("password").getAttribute("aria-invalid"), "true");
            assert.equal(await wizard.field("password").inputValue(), password, "the password is not truncated");
        }
        await wizard.typePassword("Password-1234");
        await wizard.hasCheck("Moeilijk te raden", "rejected");
        await wizard.strength();
        await wizard.next.click();
        await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", "Het is te makkelijk te raden.");
        await wizard.typePassword("Herfst-2026-Boxmeer");
        await wizard.hasCheck("Moeilijk te raden", "rejected");
        await page.getByText("Een bekend woord, een naam of een maand met een jaartal is makkelijk te raden.").waitFor();
        await wizard.next.click();
        await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", "Het is te makkelijk te raden.");
        await wizard.submitPassword(NEW_PASSWORD, `${NEW_PASSWORD}!`);
        await isRefusedAt(wizard, "repeat", "De twee wachtwoorden zijn niet gelijk. Vul het tweede nog een keer in.");
        assert.deepEqual(sent.filter((url) => url.includes("/api/")), []);
    }));

test("A refusal disappears when its field is edited, and stays until then.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const isGone = async (name) => {
            await wizard.summary.waitFor({ state: "detached" });
            assert.equal(await wizard.field(name).getAttribute("aria-invalid"), null, name);
            assert.doesNotMatch(await page.title(), /^Fout: /);
            await wizard.isFocused(wizard.field(name), "the focus still in the edited field");
        };
        for (const [screen, name, wrong, key] of [
            [SCREENS.username, "username", "Anna Janssen", "x"],
            [SCREENS.birthdate, "birthdate", "31-02-1984", "Backspace"],
            [SCREENS.code, "code", "12", "3"],
        ]) {
            await wizard.isAt(screen);
            await wizard.field(name).fill(wrong);
            await wizard.next.click();
            await wizard.seesNotice("Er klopt iets niet");
            await wizard.field(name).press("End");
            await wizard.field(name).press(key);
            await isGone(name);
            await wizard.complete(screen, "B.Smits");
        }
        await wizard.isAt(SCREENS.password);
        await wizard.submitPassword("Vlieger-Pantein-7-Tuba");
        await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", "Het woord «pantein» staat erin.");
        await wizard.hasCheck("Het woord «pantein» staat er niet in", "rejected");
        await wizard.field("password").press("End");
        await wizard.field("password").press("x");
        await isGone("password");
        await wizard.field("password").fill(NEW_PASSWORD);
        await wizard.hasCheck("Het woord «pantein» staat er niet in", "met");
        // The mismatch concerns both fields.
        for (const name of ["password", "repeat"]) {
            await wizard.submitPassword(NEW_PASSWORD, "anders");
            await wizard.seesNotice("Er klopt iets niet", "De twee wachtwoorden zijn niet gelijk.");
            await wizard.field(name).press("End");
            await wizard.field(name).press("x");
            await isGone(name);
        }
    }));

test("After a refused code the birthdate can be changed from the notice, and the code field is visible.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "C.Peters");
        await wizard.submitCode("12345678");
        await wizard.seesNotice("We weten nog niet zeker dat jij het bent", "(dd-mm-jjjj)");
        const { y, height } = await wizard.field("code").boundingBox();
        const scrolled = await page.evaluate(() => scrollY);
        assert.ok(y + scrolled + height <= 740, `the code field ends at ${y + scrolled + height} px`);
        await wizard.summary.getByRole("button", { name: "Geboortedatum wijzigen" }).click();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.summary.count(), 0);
    }));

test("Violations that only the server finds are shown in the same way, and the typed password is kept.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "F.Vermeulen");
        for (const [breach, sentence] of [
            [{ breach: "breached" }, "Dit wachtwoord staat op een lijst met gelekte wachtwoorden."],
            [{ breach: "in_history", remembered: 24 }, "Misschien is het een van je laatste 24 wachtwoorden. Of ons systeem vindt het te makkelijk."],
            [{ breach: "in_history", remembered: null }, "Je hebt het al eens gebruikt. Kies een wachtwoord dat je nog niet eerder had."],
            [{ breach: "directory_refused" }, "Dit wachtwoord wordt niet geaccepteerd. We weten niet waarom."],
            [{ breach: "too_guessable", score: 1, min: 3 }, "Het is te makkelijk te raden."],
        ]) {
            await wizard.stub("password", 422, { refusal: "weak_password", breaches: [breach] });
            await wizard.submitPassword(NEW_PASSWORD);
            await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", sentence);
            await wizard.isFocused(wizard.summary, "the focus on the notice");
            assert.equal(await wizard.field("password").inputValue(), NEW_PASSWORD);
        }
        await wizard.stub("password", 422, { refusal: "weak_password", breaches: [{ breach: "too_recent", hours: 23 }] });
        await wizard.next.click();
        await wizard.seesNotice("Je wachtwoord is kort geleden veranderd", "Wacht nog 23 uur en begin dan opnieuw.", CALL);
        await wizard.isFocused(wizard.summary, "the focus on the notice");
        assert.equal(await wizard.field("password").getAttribute("aria-invalid"), null, "the field is not marked as invalid");
        await wizard.next.click();
        await wizard.isAt(SCREENS.done);
    }));

test("The current password is refused by the directory's password history, and another one is accepted.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "G.Oezdemir");
        await wizard.submitPassword(demo.details.first_password);
        await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", "Je hebt het al eens gebruikt.");
        const meter = page.locator(".meter");
        await meter.getByText("Kan nog niet: je hebt dit wachtwoord al eens gebruikt.").waitFor();
        assert.equal(await meter.getAttribute("data-level"), "", "no strength is shown");
        await wizard.hasCheck("Anders dan je", "rejected");
        await wizard.field("password").fill(`${NEW_PASSWORD}x`);
        await meter.getByText("Je wachtwoord voldoet aan alle eisen.").waitFor();
        await wizard.hasCheck("Anders dan je", "said");
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.isAt(SCREENS.done);
    }));

const SIMULATED_REFUSALS = [
    ["A rate limit", 429, { refusal: "too_many", retry_after: 90 }, "Er waren te veel pogingen", [/Wacht (90 seconden|2 minuten)\. Probeer het dan opnieuw\./, CALL]],
    ["An outage", 503, { refusal: "unavailable", reference: REFERENCE, retry_after: 30 }, "Het lukt nu even niet", ["Dat ligt niet aan jou.", "Wacht 30 seconden.", CALL_WITH_REFERENCE]],
    ["A defect", 500, { refusal: "fault", reference: REFERENCE }, "Er ging iets mis bij ons", ["Dat ligt niet aan jou.", CALL_WITH_REFERENCE]],
    ["A cross-origin request", 403, { refusal: "foreign" }, "Deze pagina is niet via onze website geopend", ["Typ het adres van deze website zelf in en begin opnieuw.", CALL]],
    ["A malformed request", 400, { refusal: "invalid", field: null, reason: "malformed" }, "Deze pagina werkt niet goed", ["Laad de pagina opnieuw", CALL]],
];

for (const [what, status, body, title, texts] of SIMULATED_REFUSALS) {
    test(`${what} is explained, keeps the typed text, and the step can be repeated.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
            await wizard.stub("birthdate", status, body);
            await wizard.submitBirthdate("15-06-1979");
            await wizard.seesNotice(title, ...texts.filter((text) => typeof text === "string"));
            for (const text of texts.filter((text) => text instanceof RegExp)) {
                assert.match(await wizard.summary.innerText(), text);
            }
            await wizard.isFocused(wizard.summary, "the focus on the notice");
            assert.equal(await wizard.field("birthdate").inputValue(), "15-06-1979");
            await wizard.next.click();
            await wizard.isAt(SCREENS.code);
        }));
}

test("An ended session is reported, and the wizard starts again at the user name.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
        await context.clearCookies();
        await wizard.submitBirthdate("15-06-1979");
        await wizard.isAt(SCREENS.username);
        await wizard.seesNotice("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
        await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
    }));

test("A step in progress in another request is awaited and then shown.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
        await page.route("**/api/reset/birthdate", async (route) => {
            await route.fetch();
            await route.fulfill({ status: 409, json: { refusal: "in_progress" }, headers: { "retry-after": "1" } });
        }, { times: 1 });
        await wizard.submitBirthdate("15-06-1979");
        await wizard.isAt(SCREENS.code);
        assert.equal(await wizard.summary.count(), 0);
    }));

test("A step that another request did not complete can be tried again.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
        await wizard.stub("birthdate", 409, { refusal: "in_progress", retry_after: 1 });
        await wizard.stub("current", 409, { refusal: "in_progress", retry_after: 1 }, 2);
        await wizard.submitBirthdate("15-06-1979");
        await wizard.sees("Een ogenblik, we zijn nog bezig.");
        await wizard.seesNotice("Deze stap is nog niet gelukt", "Probeer het nog een keer.");
        await wizard.isFocused(wizard.summary, "the focus on the notice");
        assert.equal(await page.getByText("Een ogenblik, we zijn nog bezig.").count(), 0);
        assert.equal(await wizard.field("birthdate").inputValue(), "15-06-1979");
        await wizard.next.click();
        await wizard.isAt(SCREENS.code);
    }));

test("An unknown outcome of a write is reported with a reference and what to try.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "A.Janssen");
        await wizard.stub("password", 503, { refusal: "outcome_unknown", reference: REFERENCE });
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.seesNotice(
            "We weten niet of het gelukt is",
            "Je nieuwe wachtwoord is verstuurd, maar we kregen geen antwoord.",
            "Probeer over een paar minuten in te loggen met je nieuwe wachtwoord.",
            CALL_WITH_REFERENCE,
        );
        await wizard.isFocused(wizard.summary, "the focus on the notice");
    }));
