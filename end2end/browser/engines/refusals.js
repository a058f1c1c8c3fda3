// Refusals in every engine, each produced by the real product. All refusals, also simulated ones, are in
// refusals.test.js.

import assert from "node:assert/strict";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { Wizard } from "./wizard.js";

const REFERENCE = /[0-9A-Z]{4}-[0-9A-Z]{4}/;

/** Asserts that the error is shown in the notice and at the field. */
async function isRefusedAt(wizard, name, sentence) {
    await wizard.seesNotice("Er klopt iets niet", sentence, "Verbeter dit en kies daarna weer Volgende.");
    assert.equal(await wizard.field(name).getAttribute("aria-invalid"), "true");
    assert.match(await wizard.browser.getTitle(), /^Fout: /);
}

export function refusals(scenario) {
    scenario("An invalid value is reported at the field, and the notice links to the field.", async (fixture) => {
        const wizard = new Wizard(fixture);
        await wizard.open();
        await wizard.next();
        await isRefusedAt(wizard, "username", "Vul je gebruikersnaam in.");
        await wizard.link("Vul je gebruikersnaam in.").click();
        await wizard.isFocused(() => wizard.field("username"), "the focus on the field");
        await wizard.complete(SCREENS.username, "C.Peters");
        await wizard.isAt(SCREENS.birthdate);
        for (const [typed, sentence] of [
            ["", "Vul je geboortedatum in."],
            ["31-02-1984", "Deze datum bestaat niet, of er ontbreekt iets. Vul dag, maand en jaar in, bijvoorbeeld 01-10-1984."],
        ]) {
            await wizard.type("birthdate", typed);
            await wizard.next();
            await isRefusedAt(wizard, "birthdate", sentence);
            assert.equal(await wizard.value("birthdate"), typed);
        }
        await wizard.complete(SCREENS.birthdate, "C.Peters");
        await wizard.isAt(SCREENS.code);
        await wizard.type("code", "12345");
        await wizard.next();
        await isRefusedAt(wizard, "code", "Een code heeft 6, 7 of 8 cijfers. Kijk of je alles hebt ingevuld.");
    });

    scenario("A wrong code costs an attempt, is cleared and shows a reference; the last one ends the session.", async (fixture) => {
        const wizard = new Wizard(fixture);
        const title = "We weten nog niet zeker dat jij het bent";
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "C.Peters");
        for (const left of ["nog 4 keer", "nog 3 keer", "nog 2 keer", "nog één keer"]) {
            await wizard.type("code", "12345678");
            await wizard.next();
            await wizard.seesNotice(title, `Je kunt het ${left} proberen.`);
            await wizard.evaluate("for (const details of document.querySelectorAll('[role=alert] details')) details.open = true");
            assert.match(await wizard.seesNotice(title), REFERENCE);
            assert.equal(await wizard.value("code"), "");
        }
        await wizard.type("code", "12345678");
        await wizard.next();
        assert.match(await wizard.seesNotice("Je pogingen zijn op", "Begin opnieuw met je gebruikersnaam."), REFERENCE);
        await wizard.isAt(SCREENS.username);
        await wizard.reload();
        await wizard.isAt(SCREENS.username);
    });

    scenario("An ended session is reported, and the wizard starts again at the user name.", async (fixture) => {
        const wizard = new Wizard(fixture);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
        await wizard.browser.manage().deleteAllCookies();
        await wizard.complete(SCREENS.birthdate, "C.Peters");
        await wizard.seesNotice("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
        await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
    });

    scenario("A refused password lists the violations found by the page and by the directory, and a valid one is accepted.", async (fixture) => {
        const wizard = new Wizard(fixture);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "G.Oezdemir");
        for (const [password, ...sentences] of [
            ["Gül", "Het is te kort. Gebruik minstens 12 tekens.", "Er zijn te weinig soorten tekens.", "Je eigen naam staat erin."],
            ["Vlieger-P@nte1n-7-Tuba", "Het woord «pantein» staat erin."],
            [fixture.demo.details.first_password, "Je hebt het al eens gebruikt."],
        ]) {
            await wizard.typePassword(password);
            await wizard.next();
            await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", ...sentences);
            assert.equal(await wizard.value("password"), password);
        }
        await wizard.typePassword(NEW_PASSWORD, `${NEW_PASSWORD}!`);
        await wizard.next();
        await isRefusedAt(wizard, "repeat", "De twee wachtwoorden zijn niet gelijk. Vul het tweede nog een keer in.");
        await wizard.complete(SCREENS.password);
        await wizard.isAt(SCREENS.done);
    });
}

export function outage(scenario) {
    scenario("An outage is reported with a reference, keeps the typed text, and the step can be repeated afterwards.", async (fixture) => {
        const wizard = new Wizard(fixture);
        const username = "B.Smits";
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, username);
        const code = await fixture.demo.code(username);
        await fixture.entrust.close();
        try {
            await wizard.type("code", code);
            await wizard.next();
            const notice = await wizard.seesNotice("Het lukt nu even niet", "Dat ligt niet aan jou.", "0485 – 845 900");
            assert.match(notice, REFERENCE);
            assert.equal(await wizard.value("code"), code);
        } finally {
            await fixture.entrust.open();
        }
        await wizard.next();
        await wizard.isAt(SCREENS.password);
    });
}
