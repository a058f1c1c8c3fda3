// What each refusal looks like: the field, the notice that takes the focus, what is kept. Those that the product
// gives of its own accord come from it; the others are put in its mouth.

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

/** The notice has the focus, says where the error is, and the field says so too. */
async function isRefusedAt(wizard, name, sentence) {
    await wizard.isTold("Er klopt iets niet", sentence, "Verbeter dit en kies daarna weer Volgende.");
    await isMarked(wizard, name, sentence);
}

async function isMarked(wizard, name, sentence) {
    await wizard.isFocused(wizard.summary, "the focus on the notice");
    const field = wizard.field(name);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    const described = await field.evaluate((element) =>
        (element.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
    assert.ok(described.includes(sentence), `a screen reader hears at the field: ${described}`);
    assert.match(await wizard.page.title(), /^Fout: /);
}

test("3.3.1, 3.3.3 A field that cannot be right is told of at the field, in one sentence, and the notice leads to it.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        for (const [typed, sentence] of [
            ["", "Vul je gebruikersnaam in."],
            ["x".repeat(65), "Deze gebruikersnaam is te lang. Vul hoogstens 64 tekens in."],
            ["a/b", "Dit teken kan niet in een gebruikersnaam. Typ geen spaties. Staat er een @? Vul dan alleen in wat ervoor staat."],
            ["\u202eA.Janssen", "Dit teken kan niet in een gebruikersnaam. Typ geen spaties. Staat er een @? Vul dan alleen in wat ervoor staat."],
            ["x".repeat(10_000), "Deze gebruikersnaam is te lang. Vul hoogstens 64 tekens in."],
        ]) {
            await wizard.giveUsername(typed);
            await isRefusedAt(wizard, "username", sentence);
            assert.equal(await wizard.field("username").inputValue(), typed);
        }
        await wizard.summary.getByRole("link").click();
        await wizard.isFocused(wizard.field("username"), "the focus on the field");

        await wizard.giveUsername("C.Peters");
        await wizard.isAt(SCREENS.birthdate);
        for (const [typed, sentence] of [
            ["", "Vul je geboortedatum in."],
            ["31-02-1984", "Deze datum bestaat niet, of er ontbreekt iets. Vul dag, maand en jaar in, bijvoorbeeld 01-10-1984."],
            ["1-10-84", "Vul het jaar met vier cijfers in, bijvoorbeeld 1984."],
            ["01-10-2184", "Deze datum ligt in de toekomst. Kijk of het jaar klopt."],
        ]) {
            await wizard.giveBirthdate(typed);
            await isRefusedAt(wizard, "birthdate", sentence);
        }

        await wizard.giveBirthdate("15-06-1979");
        await wizard.isAt(SCREENS.code);
        for (const [typed, sentence] of [
            ["", "Vul de code in."],
            ["abcdefgh", "Een code bestaat alleen uit cijfers."],
            ["12345", "Een code heeft 6, 7 of 8 cijfers. Kijk of je alles hebt ingevuld."],
        ]) {
            await wizard.giveCode(typed);
            await isRefusedAt(wizard, "code", sentence);
        }
    }));

test("Not verified looks the same for a wrong code, a wrong birthdate, and people who cannot be helped here.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const seen = [];
        for (const [username, birthdate] of [
            ["A.Janssen", "01-10-1984"], ["A.Janssen", "02-10-1984"], ["C.Peters", "15-06-1979"],
            ["D.Willems", "03-03-1975"], ["E.Hendriks", "24-12-1990"], ["N.Niemand", "01-01-1980"],
        ]) {
            await page.context().clearCookies();
            await wizard.open();
            await wizard.giveUsername(username);
            await wizard.isAt(SCREENS.birthdate);
            await wizard.giveBirthdate(birthdate);
            await wizard.isAt(SCREENS.code);
            await wizard.giveCode(await demo.wrongCode("A.Janssen"));
            await wizard.isTold("We weten nog niet zeker dat jij het bent", "Je kunt het nog 4 keer proberen.");
            await wizard.isFocused(wizard.summary, "the focus on the notice");
            // What to do comes first; why it may be is folded away.
            await wizard.summary.getByText("Wat kan er mis zijn?", { exact: true }).click();
            await wizard.isTold(
                "We weten nog niet zeker dat jij het bent",
                "je geboortedatum (dd-mm-jjjj): misschien is die verkeerd getypt;",
                "je mobiele nummer: waarschijnlijk is dat niet goed geregistreerd;",
                "de code: misschien was die verkeerd of te oud.",
            );
            assert.equal(await wizard.field("code").inputValue(), "", "a spent code is taken away");
            const said = await wizard.summary.innerText();
            assert.match(said, /[0-9A-Z]{4}-[0-9A-Z]{4}/);
            seen.push(said.replace(/[0-9A-Z]{4}-[0-9A-Z]{4}/, REFERENCE));
        }
        assert.equal(new Set(seen).size, 1, "one answer for all");
    }));

test("The attempts are counted down, and after the last one the visit has ended.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.giveUsername("N.Niemand");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.giveBirthdate("01-01-1980");
        await wizard.isAt(SCREENS.code);
        for (const left of [
            "Je kunt het nog 4 keer proberen.", "Je kunt het nog 3 keer proberen.", "Je kunt het nog 2 keer proberen.",
            "Je kunt het nog één keer proberen.",
        ]) {
            await wizard.giveCode("12345678");
            await wizard.sees(left);
        }
        await wizard.giveCode("12345678");
        await wizard.isAt(SCREENS.username);
        await wizard.isTold(
            "Je pogingen zijn op",
            "Begin opnieuw met je gebruikersnaam.",
            "Per dag kun je het een paar keer proberen.",
        );
        await wizard.reload();
        await wizard.isAt(SCREENS.username);
    }));

test("A weak password is told all that is wrong with it, and nothing is sent.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "B.Smits");
        const sent = [];
        page.on("request", (request) => sent.push(request.url()));
        await wizard.givePassword("");
        await wizard.isTold("Er klopt iets niet", "Vul een nieuw wachtwoord in.");
        for (const [password, ...sentences] of [
            ["Ei-7", "Het is te kort. Gebruik minstens 12 tekens."],
            ["kastanjetubavlieger", "Er zijn te weinig soorten tekens."],
            ["Vlieger-Bram-7-Tuba", "Je eigen naam staat erin."],
            ["Vlieger-Pantein-7-Tuba", "Het woord «pantein» staat erin."],
            ["Vlieger-P@nte1n-7-Tuba", "Het woord «pantein» staat erin."],
            [`${NEW_PASSWORD}${"-Tuba8".repeat(20)}`, "Het is te lang. Gebruik hoogstens 127 tekens."],
        ]) {
            await wizard.givePassword(password);
            await wizard.isTold("Dit wachtwoord kun je niet gebruiken", ...sentences);
            await wizard.isFocused(wizard.summary, "the focus on the notice");
            assert.equal(await wizard.field("password").getAttribute("aria-invalid"), "true");
            assert.equal(await wizard.field("password").inputValue(), password, "nothing is cut off");
        }
        await wizard.typePassword("Password-1234");
        await wizard.hasCheck("Moeilijk te raden", "rejected");
        await wizard.strength();
        await wizard.next.click();
        await wizard.isTold("Dit wachtwoord kun je niet gebruiken", "Het is te makkelijk te raden.");
        await wizard.typePassword("Herfst-2026-Boxmeer");
        await wizard.hasCheck("Moeilijk te raden", "rejected");
        await page.getByText("Een bekend woord, een naam of een maand met een jaartal is makkelijk te raden.").waitFor();
        await wizard.next.click();
        await wizard.isTold("Dit wachtwoord kun je niet gebruiken", "Het is te makkelijk te raden.");
        await wizard.givePassword(NEW_PASSWORD, `${NEW_PASSWORD}!`);
        await isRefusedAt(wizard, "repeat", "De twee wachtwoorden zijn niet gelijk. Vul het tweede nog een keer in.");
        assert.deepEqual(sent.filter((url) => url.includes("/api/")), []);
    }));

test("A refusal goes when what it is about is edited, and stays as long as nothing is.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const isGone = async (name) => {
            await wizard.summary.waitFor({ state: "detached" });
            assert.equal(await wizard.field(name).getAttribute("aria-invalid"), null, name);
            assert.doesNotMatch(await page.title(), /^Fout: /);
            await wizard.isFocused(wizard.field(name), "the focus still where somebody types");
        };
        for (const [screen, name, wrong, key] of [
            [SCREENS.username, "username", "Anna Janssen", "x"],
            [SCREENS.birthdate, "birthdate", "31-02-1984", "Backspace"],
            [SCREENS.code, "code", "12", "3"],
        ]) {
            await wizard.isAt(screen);
            await wizard.field(name).fill(wrong);
            await wizard.next.click();
            await wizard.isTold("Er klopt iets niet");
            await wizard.field(name).press("End");
            await wizard.field(name).press(key);
            await isGone(name);
            await wizard.pass(screen, "B.Smits");
        }
        await wizard.isAt(SCREENS.password);
        await wizard.givePassword("Vlieger-Pantein-7-Tuba");
        await wizard.isTold("Dit wachtwoord kun je niet gebruiken", "Het woord «pantein» staat erin.");
        await wizard.hasCheck("Het woord «pantein» staat er niet in", "rejected");
        await wizard.field("password").press("End");
        await wizard.field("password").press("x");
        await isGone("password");
        await wizard.field("password").fill(NEW_PASSWORD);
        await wizard.hasCheck("Het woord «pantein» staat er niet in", "met");
        // That two passwords differ is about both of them.
        for (const name of ["password", "repeat"]) {
            await wizard.givePassword(NEW_PASSWORD, "anders");
            await wizard.isTold("Er klopt iets niet", "De twee wachtwoorden zijn niet gelijk.");
            await wizard.field(name).press("End");
            await wizard.field(name).press("x");
            await isGone(name);
        }
    }));

test("After a refused code the birthdate can be changed from the notice, and the code field is in sight.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "C.Peters");
        await wizard.giveCode("12345678");
        await wizard.isTold("We weten nog niet zeker dat jij het bent", "(dd-mm-jjjj)");
        const { y, height } = await wizard.field("code").boundingBox();
        const scrolled = await page.evaluate(() => scrollY);
        assert.ok(y + scrolled + height <= 740, `the code field ends at ${y + scrolled + height} px`);
        await wizard.summary.getByRole("button", { name: "Geboortedatum wijzigen" }).click();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.summary.count(), 0);
    }));

test("What only the server knows of a password is told in the same way, and nothing typed is lost.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "F.Vermeulen");
        for (const [breach, sentence] of [
            [{ breach: "breached" }, "Dit wachtwoord staat op een lijst met gelekte wachtwoorden."],
            [{ breach: "in_history", remembered: 24 }, "Misschien is het een van je laatste 24 wachtwoorden. Of ons systeem vindt het te makkelijk."],
            [{ breach: "in_history", remembered: null }, "Je hebt het al eens gebruikt. Kies een wachtwoord dat je nog niet eerder had."],
            [{ breach: "directory_refused" }, "Dit wachtwoord wordt niet geaccepteerd. We weten niet waarom."],
            [{ breach: "too_guessable", score: 1, min: 3 }, "Het is te makkelijk te raden."],
        ]) {
            await wizard.answer("password", 422, { refusal: "weak_password", breaches: [breach] });
            await wizard.givePassword(NEW_PASSWORD);
            await wizard.isTold("Dit wachtwoord kun je niet gebruiken", sentence);
            await wizard.isFocused(wizard.summary, "the focus on the notice");
            assert.equal(await wizard.field("password").inputValue(), NEW_PASSWORD);
        }
        await wizard.answer("password", 422, { refusal: "weak_password", breaches: [{ breach: "too_recent", hours: 23 }] });
        await wizard.next.click();
        await wizard.isTold("Je wachtwoord is kort geleden veranderd", "Wacht nog 23 uur en begin dan opnieuw.", CALL);
        await wizard.isFocused(wizard.summary, "the focus on the notice");
        assert.equal(await wizard.field("password").getAttribute("aria-invalid"), null, "nothing is wrong with it");
        await wizard.next.click();
        await wizard.isAt(SCREENS.done);
    }));

test("The password that somebody has now is refused by the directory's own memory, and another one passes.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "G.Oezdemir");
        await wizard.givePassword(demo.details.first_password);
        await wizard.isTold("Dit wachtwoord kun je niet gebruiken", "Je hebt het al eens gebruikt.");
        const meter = page.locator(".meter");
        await meter.getByText("Kan nog niet: je hebt dit wachtwoord al eens gebruikt.").waitFor();
        assert.equal(await meter.getAttribute("data-level"), "", "no strength is praised");
        await wizard.hasCheck("Anders dan je", "rejected");
        await wizard.field("password").fill(`${NEW_PASSWORD}x`);
        await meter.getByText("Je wachtwoord voldoet aan alle eisen.").waitFor();
        await wizard.hasCheck("Anders dan je", "said");
        await wizard.givePassword(NEW_PASSWORD);
        await wizard.isAt(SCREENS.done);
    }));

const PUT_IN_ITS_MOUTH = [
    ["A limit", 429, { refusal: "too_many", retry_after: 90 }, "Er waren te veel pogingen", [/Wacht (90 seconden|2 minuten)\. Probeer het dan opnieuw\./, CALL]],
    ["An outage", 503, { refusal: "unavailable", reference: REFERENCE, retry_after: 30 }, "Het lukt nu even niet", ["Dat ligt niet aan jou.", "Wacht 30 seconden.", CALL_WITH_REFERENCE]],
    ["A defect", 500, { refusal: "fault", reference: REFERENCE }, "Er ging iets mis bij ons", ["Dat ligt niet aan jou.", CALL_WITH_REFERENCE]],
    ["Another site's request", 403, { refusal: "foreign" }, "Deze pagina is niet via onze website geopend", ["Typ het adres van deze website zelf in en begin opnieuw.", CALL]],
    ["A request that the server cannot read", 400, { refusal: "invalid", field: null, reason: "malformed" }, "Deze pagina werkt niet goed", ["Laad de pagina opnieuw", CALL]],
];

for (const [what, status, body, title, texts] of PUT_IN_ITS_MOUTH) {
    test(`${what} is explained, keeps what was typed, and the step can be repeated.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.walkTo(SCREENS.birthdate, "C.Peters");
            await wizard.answer("birthdate", status, body);
            await wizard.giveBirthdate("15-06-1979");
            await wizard.isTold(title, ...texts.filter((text) => typeof text === "string"));
            for (const text of texts.filter((text) => text instanceof RegExp)) {
                assert.match(await wizard.summary.innerText(), text);
            }
            await wizard.isFocused(wizard.summary, "the focus on the notice");
            assert.equal(await wizard.field("birthdate").inputValue(), "15-06-1979");
            await wizard.next.click();
            await wizard.isAt(SCREENS.code);
        }));
}

test("A visit that has ended says so, and begins again with the user name.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
        await context.clearCookies();
        await wizard.giveBirthdate("15-06-1979");
        await wizard.isAt(SCREENS.username);
        await wizard.isTold("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
    }));

test("A step that another request is doing is waited for, and shown once it is done.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
        await page.route("**/api/reset/birthdate", async (route) => {
            await route.fetch();
            await route.fulfill({ status: 409, json: { refusal: "in_progress" }, headers: { "retry-after": "1" } });
        }, { times: 1 });
        await wizard.giveBirthdate("15-06-1979");
        await wizard.isAt(SCREENS.code);
        assert.equal(await wizard.summary.count(), 0);
    }));

test("A step that another request was doing, and that did not get further, can be tried again.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
        await wizard.answer("birthdate", 409, { refusal: "in_progress", retry_after: 1 });
        await wizard.answer("current", 409, { refusal: "in_progress", retry_after: 1 }, 2);
        await wizard.giveBirthdate("15-06-1979");
        await wizard.sees("Een ogenblik, we zijn nog bezig.");
        await wizard.isTold("Deze stap is nog niet gelukt", "Probeer het nog een keer.");
        await wizard.isFocused(wizard.summary, "the focus on the notice");
        assert.equal(await page.getByText("Een ogenblik, we zijn nog bezig.").count(), 0);
        assert.equal(await wizard.field("birthdate").inputValue(), "15-06-1979");
        await wizard.next.click();
        await wizard.isAt(SCREENS.code);
    }));

test("A write whose outcome nobody knows says so, with a reference and what to try.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "A.Janssen");
        await wizard.answer("password", 503, { refusal: "outcome_unknown", reference: REFERENCE });
        await wizard.givePassword(NEW_PASSWORD);
        await wizard.isTold(
            "We weten niet of het gelukt is",
            "Je nieuwe wachtwoord is verstuurd, maar we kregen geen antwoord.",
            "Probeer over een paar minuten in te loggen met je nieuwe wachtwoord.",
            CALL_WITH_REFERENCE,
        );
        await wizard.isFocused(wizard.summary, "the focus on the notice");
    }));
