// Every screen and every state of one, by the ways that lead there. The main ways are walked for real; states that
// take a long time or a misfortune are put in the server's mouth. Not what is looked at in them: see looks.js and
// pictures.js.

import assert from "node:assert/strict";
import { elsewhere, notFound, registrationScreens, staticPages } from "./registration-screens.js";
import { NEW_PASSWORD, SCREENS } from "./wizard.js";

const REFERENCE = "K7Q2-9F4M";
const APPLICATIONS = [
    "Accountinstellingen smartphone/tablet", "E-mail Spam beheer", "Computer inlog", "Infoland/Zenya (iSearch app)",
    "Ortec cliënt", "Lucanet", "BeterDichtbij", "MiCollab", "Pantein.NU", "Pantein Desktop inlog", "Pantein Webmail",
    "TOPdesk", "ZorgERP", "Pantein Leerportaal", "Visma", "HiX",
];
const RULES = { min_length: 12, max_length: 127, complexity: true, min_score: 3, banned_words: ["pantein"], history: 24 };
const PASSWORD = { step: "password", username: "A.Janssen", rules: RULES, personal: ["janssen", "anna"], expires_in: 900 };
const CODE = { step: "code", username: "A.Janssen", ways: ["TOKEN"], way: "TOKEN", resend_after: null, expires_in: 900 };
const DONE = { step: "done", applications: APPLICATIONS, everywhere: true };

/** Has the server say that the visit stands so, and shows it. */
async function standsAt(wizard, step) {
    await wizard.page.unroute("**/api/reset/current");
    await wizard.page.route("**/api/reset/current", (route) => route.fulfill({ json: step }));
    await wizard.reload();
}

async function mainWay({ wizard, page, demo, at }) {
    const username = "A.Janssen";
    await wizard.open();
    await wizard.isAt(SCREENS.username);
    await at("1-username");
    await at("1-username-rules", { open: true });
    await wizard.giveUsername(username);
    await wizard.isAt(SCREENS.birthdate);
    await at("2-birthdate");
    await wizard.field("birthdate").fill(demo.person(username).typedBirthdate);
    await at("2-birthdate-typed");
    await wizard.next.click();
    await wizard.isAt(SCREENS.code);
    await at("3-code");
    await at("3-code-none", { open: true });
    await wizard.pass(SCREENS.code, username);
    await wizard.isAt(SCREENS.password);
    await at("4-password");
    await wizard.typePassword("qwerty123", "q");
    await page.getByText(/Sterkte: +Kan nog niet: minstens 12 tekens\. Nog 3 eisen te gaan\./).waitFor();
    await at("4-password-weak");
    await wizard.typePassword("Qwerty-123456", "q");
    await page.getByText(/Sterkte: +heel zwak\. .* Nog één eis te gaan\./).waitFor();
    await at("4-password-guessable");
    await wizard.button("Stel er een voor").click();
    await page.locator(".passphrase").evaluate((text) => (text.textContent = "vlieger-kast-regen4!-tuba"));
    await at("4-password-suggested", { languages: ["nl"] });
    await wizard.button("Toon wachtwoord").click();
    await wizard.typePassword(NEW_PASSWORD);
    await wizard.hasCheck("Moeilijk te raden", "met");
    await at("4-password-strong");
    await wizard.next.click();
    await wizard.isAt(SCREENS.done);
    await at("5-done");
}

async function otherStates({ wizard, page, at }) {
    await page.route("**/api/reset/current", (route) => route.fulfill({ json: { step: "identify" } }));
    await wizard.open();
    await standsAt(wizard, { ...CODE, ways: ["TOKEN", "OTP"], way: "OTP", resend_after: 30 });
    await wizard.isAt(SCREENS.code);
    await at("3-code-ways");
    await standsAt(wizard, { ...CODE, expires_in: 120 });
    await wizard.sees("Je hebt nog 2 minuten.");
    await at("3-code-expiring");
    await standsAt(wizard, { ...PASSWORD, expires_in: 120 });
    await wizard.sees("Je hebt nog 2 minuten.");
    await at("4-password-expiring");
    await standsAt(wizard, { ...PASSWORD, unlock: true });
    await wizard.sees("Weet je je wachtwoord toch nog?");
    await at("4-password-unlock");
    await standsAt(wizard, { ...PASSWORD, rules: { ...RULES, history: null }, practice: true });
    await wizard.isAt(SCREENS.password);
    await at("practice-4-password");
    for (const [name, everywhere] of [["not-yet", false], ["unchecked", null]]) {
        await standsAt(wizard, { ...DONE, everywhere });
        await wizard.isAt(SCREENS.done);
        await at(`5-done-${name}`);
    }
    await standsAt(wizard, { ...DONE, unlocked: true, applications: [] });
    await wizard.sees("Je wachtwoord is niet veranderd. Log in met het wachtwoord dat je al had.");
    await at("5-unlocked");
    await standsAt(wizard, { ...DONE, practice: true });
    await wizard.sees("Je wachtwoord is niet veranderd.");
    await at("practice-5-done");
}

async function refusals({ wizard, page, context, at }) {
    await wizard.open();
    await wizard.giveUsername("");
    await wizard.isTold("Er klopt iets niet");
    await at("error-1-empty");
    await wizard.walkTo(SCREENS.birthdate, "B.Smits");
    for (const [status, body, title] of [
        [422, { refusal: "invalid", field: "birthdate", reason: "not_a_date" }, "Er klopt iets niet"],
        [400, { refusal: "invalid", field: null, reason: "malformed" }, "Deze pagina werkt niet goed"],
        [429, { refusal: "too_many", retry_after: 600 }, "Er waren te veel pogingen"],
        [503, { refusal: "unavailable", reference: REFERENCE, retry_after: 30 }, "Het lukt nu even niet"],
        [403, { refusal: "foreign" }, "Deze pagina is niet via onze website geopend"],
        [500, { refusal: "fault", reference: REFERENCE }, "Er ging iets mis bij ons"],
    ]) {
        await wizard.answer("birthdate", status, body);
        await wizard.giveBirthdate("29-02-1992");
        await wizard.isTold(title);
        await at(`error-2-${body.reason ?? body.refusal}`);
    }
    await context.setOffline(true);
    await wizard.next.click();
    await wizard.sees("Geen verbinding");
    await at("error-2-offline");
    await context.setOffline(false);
    await wizard.isAt(SCREENS.code);
    await wizard.giveCode("12345");
    await wizard.isTold("Er klopt iets niet");
    await at("error-3-length");
    await wizard.answer("code", 403, { refusal: "not_verified", reference: REFERENCE, attempts_left: 1 });
    await wizard.giveCode("12345678");
    await wizard.isTold("We weten nog niet zeker dat jij het bent");
    await at("error-3-not_verified");
    await wizard.pass(SCREENS.code, "B.Smits");
    await wizard.isAt(SCREENS.password);
    // With the estimate, or the notice would sometimes be a line shorter.
    await wizard.typePassword("qwerty");
    await page.getByText(/Sterkte: +Kan nog niet: minstens 12 tekens\. Nog 3 eisen te gaan\./).waitFor();
    await wizard.next.click();
    await wizard.isTold("Dit wachtwoord kun je niet gebruiken", "Het is te makkelijk te raden.");
    await at("error-4-weak_password");
    await wizard.givePassword(NEW_PASSWORD, "Vlieger");
    await wizard.isTold("Er klopt iets niet");
    await at("error-4-not_repeated");
    await wizard.answer("password", 422, { refusal: "weak_password", breaches: [{ breach: "too_recent", hours: 23 }] });
    await wizard.givePassword(NEW_PASSWORD);
    await wizard.isTold("Je wachtwoord is kort geleden veranderd");
    await at("error-4-too_recent");
    await wizard.answer("password", 503, { refusal: "outcome_unknown", reference: REFERENCE });
    await wizard.next.click();
    await wizard.isTold("We weten niet of het gelukt is");
    await at("error-4-outcome_unknown");
    await wizard.answer("password", 409, { refusal: "start_again" });
    await wizard.next.click();
    await wizard.isTold("Begin opnieuw");
    await at("error-1-start_again");
    await page.route("**/api/reset/current", (route) => route.fulfill({ status: 409, json: { refusal: "in_progress" } }));
    await wizard.reload();
    await wizard.sees("Een ogenblik, we zijn nog bezig.");
    await at("1-username-still-busy");
    await page.unroute("**/api/reset/current");
    await page.route("**/api/reset/current", (route) => route.abort("connectionfailed"));
    await wizard.reload();
    await wizard.sees("Geen verbinding");
    await at("1-username-offline");
}

/** The first screen where nothing takes it over: no scripting, a program that does not load, one that is slow. */
async function withoutProgram({ page, demo, at }) {
    await page.goto(demo.url);
    // There is nothing that could wait for anything: it is so at once.
    assert.equal(await page.locator(".slow").evaluate((note) => note.checkVisibility({ visibilityProperty: true })), true);
    await at("1-username-no-scripting", { languages: ["nl"] });
}

async function failedProgram({ page, demo, at }) {
    await page.route("**/*.wasm", (route) => route.abort());
    await page.goto(demo.url);
    await page.getByText(/^Gebeurt er niets\?/).waitFor();
    await at("1-username-failed", { languages: ["nl"] });
}

async function slowProgram({ page, demo, at }) {
    // It never comes; the eight seconds that the note waits are over at once.
    await page.route("**/*.wasm", () => {});
    await page.goto(demo.url, { waitUntil: "domcontentloaded" });
    await page.locator(".slow").evaluate((note) => note.getAnimations().forEach((animation) => animation.finish()));
    await page.getByText(/^Gebeurt er niets\?/).waitFor();
    await at("1-username-slow", { languages: ["nl"] });
}

/**
 * The ways. `options` are the context's; `fixed` has the page's clock stand still, so that no time on the screen
 * changes while it is looked at; `complains` is for a browser that has something to complain about.
 */
export const WALKS = [
    { name: "The main way", walk: mainWay, fixed: true },
    { name: "Every refusal", walk: refusals, fixed: true },
    { name: "What is rare", walk: otherStates, fixed: true },
    { name: "The registration", walk: registrationScreens },
    { name: "The registration from elsewhere", walk: elsewhere, options: { extraHTTPHeaders: { "x-forwarded-for": "192.0.2.1" } } },
    { name: "The pages without a program", walk: staticPages },
    { name: "An address without a page", walk: notFound, complains: true },
    { name: "The first screen without scripting", walk: withoutProgram, options: { javaScriptEnabled: false } },
    { name: "The first screen of a program that does not load", walk: failedProgram, complains: true },
    { name: "The first screen of a program that is slow", walk: slowProgram },
];
