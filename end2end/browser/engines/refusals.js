// The refusals in every engine, each from the product itself: nothing is put in its mouth. Not all that there are: see
// refusals.test.js.

import assert from "node:assert/strict";
import { NEW_PASSWORD, SCREENS } from "../support/wizard.js";
import { Wizard } from "./wizard.js";

const REFERENCE = /[0-9A-Z]{4}-[0-9A-Z]{4}/;

/** Refused at a field: the notice says it, and so does the field. */
async function isRefusedAt(wizard, name, sentence) {
    await wizard.isTold("Er klopt iets niet", sentence, "Verbeter dit en kies daarna weer Volgende.");
    assert.equal(await wizard.field(name).getAttribute("aria-invalid"), "true");
    assert.match(await wizard.browser.getTitle(), /^Fout: /);
}

export function refusals(scenario) {
    scenario("A field that cannot be right is told of at the field, and the notice leads to it.", async (house) => {
        const wizard = new Wizard(house);
        await wizard.open();
        await wizard.next();
        await isRefusedAt(wizard, "username", "Vul je gebruikersnaam in.");
        await wizard.link("Vul je gebruikersnaam in.").click();
        await wizard.isFocused(() => wizard.field("username"), "the focus on the field");
        await wizard.pass(SCREENS.username, "C.Peters");
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
        await wizard.pass(SCREENS.birthdate, "C.Peters");
        await wizard.isAt(SCREENS.code);
        await wizard.type("code", "12345");
        await wizard.next();
        await isRefusedAt(wizard, "code", "Een code heeft 6, 7 of 8 cijfers. Kijk of je alles hebt ingevuld.");
    });

    scenario("A wrong code costs an attempt, is taken away and has a reference; after the last one the visit has ended.", async (house) => {
        const wizard = new Wizard(house);
        const title = "We weten nog niet zeker dat jij het bent";
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "C.Peters");
        for (const left of ["nog 4 keer", "nog 3 keer", "nog 2 keer", "nog één keer"]) {
            await wizard.type("code", "12345678");
            await wizard.next();
            await wizard.isTold(title, `Je kunt het ${left} proberen.`);
            await wizard.ask("for (const one of document.querySelectorAll('[role=alert] details')) one.open = true");
            assert.match(await wizard.isTold(title), REFERENCE);
            assert.equal(await wizard.value("code"), "");
        }
        await wizard.type("code", "12345678");
        await wizard.next();
        assert.match(await wizard.isTold("Je pogingen zijn op", "Begin opnieuw met je gebruikersnaam."), REFERENCE);
        await wizard.isAt(SCREENS.username);
        await wizard.reload();
        await wizard.isAt(SCREENS.username);
    });

    scenario("A visit that has ended says so, and begins again with the user name.", async (house) => {
        const wizard = new Wizard(house);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
        await wizard.browser.manage().deleteAllCookies();
        await wizard.pass(SCREENS.birthdate, "C.Peters");
        await wizard.isTold("Begin opnieuw", "Vul je gebruikersnaam in om opnieuw te beginnen.");
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
    });

    scenario("A password is told all that is wrong with it, by the page and by the directory, and another one passes.", async (house) => {
        const wizard = new Wizard(house);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "G.Oezdemir");
        for (const [password, ...sentences] of [
            ["Gül", "Het is te kort. Gebruik minstens 12 tekens.", "Er zijn te weinig soorten tekens.", "Je eigen naam staat erin."],
            ["Vlieger-P@nte1n-7-Tuba", "Het woord «pantein» staat erin."],
            [house.demo.details.first_password, "Je hebt het al eens gebruikt."],
        ]) {
            await wizard.typePassword(password);
            await wizard.next();
            await wizard.isTold("Dit wachtwoord kun je niet gebruiken", ...sentences);
            assert.equal(await wizard.value("password"), password);
        }
        await wizard.typePassword(NEW_PASSWORD, `${NEW_PASSWORD}!`);
        await wizard.next();
        await isRefusedAt(wizard, "repeat", "De twee wachtwoorden zijn niet gelijk. Vul het tweede nog een keer in.");
        await wizard.pass(SCREENS.password);
        await wizard.isAt(SCREENS.done);
    });
}

export function outage(scenario) {
    scenario("An outage is told with a reference, what was typed stays, and the step can be repeated when it is over.", async (house) => {
        const wizard = new Wizard(house);
        const username = "B.Smits";
        await wizard.open();
        await wizard.walkTo(SCREENS.code, username);
        const code = await house.demo.code(username);
        await house.entrust.shut();
        try {
            await wizard.type("code", code);
            await wizard.next();
            const said = await wizard.isTold("Het lukt nu even niet", "Dat ligt niet aan jou.", "0485 – 845 900");
            assert.match(said, REFERENCE);
            assert.equal(await wizard.value("code"), code);
        } finally {
            await house.entrust.open();
        }
        await wizard.next();
        await wizard.isAt(SCREENS.password);
    });
}
