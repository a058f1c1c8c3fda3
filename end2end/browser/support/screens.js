// Every screen and state, reached by flows. The main flow uses the real server; states that take long or need a failure
// use simulated responses. screen-checks.js and pictures.js inspect the states.

import assert from "node:assert/strict";
import { notFound, outsideNetworks, registrationScreens, staticPages } from "./registration-screens.js";
import { serviceDeskScreens } from "./service-desk-screens.js";
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
const WAITING = { step: "waiting", from: "2026-11-29T15:05:00+01:00", until: "2026-12-02T15:05:00+01:00" };
const CALL = { step: "call", call_code: "K7Q29F", until: "2026-11-20T11:05:00+01:00", expires_in: 300 };
const QR = { size: 45, path: "M4 4h7v7h-7zM34 4h7v7h-7zM4 34h7v7h-7zM14 14h17v3h-17zM16 20h9v9h-9zM30 22h4v12h-4z" };
const NEW_APP = { step: "new_app", activation: null, linked: false, from: null, expires_in: 900 };
const LINKING = { ...NEW_APP, activation: { link: "igmobileotp://?action=secactivate", qr: QR, password: "4821 7730" } };
const DONE = { step: "done", applications: APPLICATIONS, everywhere: true };

/** Makes the server report this step and shows it. */
async function showStep(wizard, step) {
    await wizard.page.unroute("**/api/reset/current");
    await wizard.page.route("**/api/reset/current", (route) => route.fulfill({ json: step }));
    await wizard.reload();
}

async function mainFlow({ wizard, page, demo, inspect }) {
    const username = "A.Janssen";
    await wizard.open();
    await wizard.isAt(SCREENS.username);
    await inspect("1-username");
    await inspect("1-username-rules", { open: true });
    await wizard.submitUsername(username);
    await wizard.isAt(SCREENS.birthdate);
    await inspect("2-birthdate");
    await wizard.field("birthdate").fill(demo.person(username).typedBirthdate);
    await inspect("2-birthdate-typed");
    await wizard.next.click();
    await wizard.isAt(SCREENS.code);
    await inspect("3-code");
    await inspect("3-code-none", { open: true });
    await wizard.complete(SCREENS.code, username);
    await wizard.isAt(SCREENS.password);
    await inspect("4-password");
    await wizard.typePassword("qwerty123", "q");
    await page.getByText(/Sterkte: +Kan nog niet: minstens 12 tekens\. Nog 3 eisen te gaan\./).waitFor();
    await inspect("4-password-weak");
    await wizard.typePassword("Qwerty-123456", "q");
    await page.getByText(/Sterkte: +heel zwak\. .* Nog één eis te gaan\./).waitFor();
    await inspect("4-password-guessable");
    await wizard.button("Stel er een voor").click();
    await page.locator(".passphrase").evaluate((text) => (text.textContent = "vlieger-kast-regen4!-tuba"));
    await inspect("4-password-suggested", { languages: ["nl"] });
    await wizard.button("Toon wachtwoord").click();
    await wizard.typePassword(NEW_PASSWORD);
    await wizard.hasCheck("Moeilijk te raden", "met");
    await inspect("4-password-strong");
    await wizard.next.click();
    await wizard.isAt(SCREENS.done);
    await inspect("5-done");
}

async function rareStates({ wizard, page, inspect }) {
    await page.route("**/api/reset/current", (route) => route.fulfill({ json: { step: "identify" } }));
    await wizard.open();
    await wizard.button("Ik bel met de servicedesk").click();
    await wizard.sees("Je laat aan de servicedesk zien wie je bent. Je wachtwoord verandert niet.");
    await inspect("call-1-username");
    await showStep(wizard, { ...CODE, purpose: "call" });
    await wizard.isAt(SCREENS.code);
    await inspect("call-3-code");
    await showStep(wizard, CALL);
    await wizard.sees("Lees deze code voor");
    await inspect("call-4-code");
    await showStep(wizard, { ...CALL, used: true });
    await wizard.sees("Deze code is gebruikt");
    await inspect("call-4-over");
    await showStep(wizard, { ...CODE, ways: ["TOKEN", "OTP"], way: "OTP", resend_after: 30 });
    await wizard.isAt(SCREENS.code);
    await inspect("3-code-ways");
    await showStep(wizard, { ...CODE, expires_in: 120 });
    await wizard.sees("Je hebt nog 2 minuten.");
    await inspect("3-code-expiring");
    await showStep(wizard, { ...PASSWORD, expires_in: 120 });
    await wizard.sees("Je hebt nog 2 minuten.");
    await inspect("4-password-expiring");
    await showStep(wizard, { ...PASSWORD, unlock: true });
    await wizard.sees("Weet je je wachtwoord toch nog?");
    await inspect("4-password-unlock");
    await showStep(wizard, WAITING);
    await wizard.sees("Je account heeft extra beveiliging");
    await inspect("4-waiting");
    await showStep(wizard, { ...PASSWORD, rules: { ...RULES, history: null }, practice: true });
    await wizard.isAt(SCREENS.password);
    await inspect("practice-4-password");
    for (const [name, everywhere] of [["not-yet", false], ["unchecked", null]]) {
        await showStep(wizard, { ...DONE, everywhere });
        await wizard.isAt(SCREENS.done);
        await inspect(`5-done-${name}`);
    }
    await showStep(wizard, { ...DONE, unlocked: true, applications: [] });
    await wizard.sees("Je wachtwoord is niet veranderd. Log in met het wachtwoord dat je al had.");
    await inspect("5-unlocked");
    await showStep(wizard, { ...DONE, practice: true });
    await wizard.sees("Je wachtwoord is niet veranderd.");
    await inspect("practice-5-done");
}

async function newApp({ wizard, page, inspect }) {
    await page.route("**/api/reset/app", (route) => route.fulfill({ json: LINKING }));
    await page.route("**/api/reset/current", (route) => route.fulfill({ json: { step: "identify" } }));
    await wizard.open();
    await wizard.button("Ik bel met de servicedesk").click();
    await wizard.button("Ik heb een startcode").click();
    await wizard.sees("Je koppelt de app op een andere telefoon. Je wachtwoord verandert nog niet.");
    await inspect("app-1-username");
    await showStep(wizard, { ...CODE, purpose: "new_app" });
    await wizard.sees("Vul je startcode in");
    await inspect("app-3-code", { open: true });
    await wizard.stub("code", 403, { refusal: "not_verified", reference: REFERENCE, attempts_left: 2 });
    await page.getByLabel("Startcode", { exact: true }).fill("K7Q2 9F4P");
    await wizard.next.click();
    await wizard.seesNotice("We weten nog niet zeker dat jij het bent");
    await inspect("app-3-code-wrong");
    await showStep(wizard, NEW_APP);
    await wizard.button("Koppel de app").waitFor();
    await inspect("app-4-install");
    await wizard.stub("activate", 422, { refusal: "invalid", field: "app", reason: "not_offered" });
    await wizard.button("Koppel de app").click();
    await wizard.seesNotice("De app koppelen lukt hier niet");
    await inspect("app-4-refused");
    await showStep(wizard, LINKING);
    await wizard.button("De app staat op mijn telefoon").click();
    await wizard.sees("Je hoeft niets te doen: we zien het als het gelukt is.");
    await inspect("app-4-link", { open: true });
    await showStep(wizard, { ...LINKING, linked: true, from: "2026-11-29T15:05:00+01:00" });
    await wizard.sees("Je app is gekoppeld");
    await inspect("app-4-linked-later");
    await showStep(wizard, { ...LINKING, linked: true });
    await wizard.sees("Je kunt nu een nieuw wachtwoord instellen.");
    await inspect("app-4-linked");
}

async function refusals({ wizard, page, context, inspect }) {
    await wizard.open();
    await wizard.submitUsername("");
    await wizard.seesNotice("Er klopt iets niet");
    await inspect("error-1-empty");
    await wizard.advanceTo(SCREENS.birthdate, "B.Smits");
    for (const [status, body, title] of [
        [422, { refusal: "invalid", field: "birthdate", reason: "not_a_date" }, "Er klopt iets niet"],
        [400, { refusal: "invalid", field: null, reason: "malformed" }, "Deze pagina werkt niet goed"],
        [429, { refusal: "too_many", retry_after: 600 }, "Er waren te veel pogingen"],
        [503, { refusal: "unavailable", reference: REFERENCE, retry_after: 30 }, "Het lukt nu even niet"],
        [403, { refusal: "foreign" }, "Deze pagina is niet via onze website geopend"],
        [500, { refusal: "fault", reference: REFERENCE }, "Er ging iets mis bij ons"],
    ]) {
        await wizard.stub("birthdate", status, body);
        await wizard.submitBirthdate("29-02-1992");
        await wizard.seesNotice(title);
        await inspect(`error-2-${body.reason ?? body.refusal}`);
    }
    await context.setOffline(true);
    await wizard.next.click();
    await wizard.sees("Geen verbinding");
    await inspect("error-2-offline");
    await context.setOffline(false);
    await wizard.isAt(SCREENS.code);
    await wizard.submitCode("12345");
    await wizard.seesNotice("Er klopt iets niet");
    await inspect("error-3-length");
    await wizard.stub("code", 403, { refusal: "not_verified", reference: REFERENCE, attempts_left: 1 });
    await wizard.submitCode("12345678");
    await wizard.seesNotice("We weten nog niet zeker dat jij het bent");
    await inspect("error-3-not_verified");
    await wizard.complete(SCREENS.code, "B.Smits");
    await wizard.isAt(SCREENS.password);
    // Waits for the estimate, because without it the notice is one line shorter.
    await wizard.typePassword("qwerty");
    await page.getByText(/Sterkte: +Kan nog niet: minstens 12 tekens\. Nog 3 eisen te gaan\./).waitFor();
    await wizard.next.click();
    await wizard.seesNotice("Dit wachtwoord kun je niet gebruiken", "Het is te makkelijk te raden.");
    await inspect("error-4-weak_password");
    await wizard.submitPassword(NEW_PASSWORD, "Vlieger");
    await wizard.seesNotice("Er klopt iets niet");
    await inspect("error-4-not_repeated");
    await wizard.stub("password", 422, { refusal: "weak_password", breaches: [{ breach: "too_recent", hours: 23 }] });
    await wizard.submitPassword(NEW_PASSWORD);
    await wizard.seesNotice("Je wachtwoord is kort geleden veranderd");
    await inspect("error-4-too_recent");
    await wizard.stub("password", 503, { refusal: "outcome_unknown", reference: REFERENCE });
    await wizard.next.click();
    await wizard.seesNotice("We weten niet of het gelukt is");
    await inspect("error-4-outcome_unknown");
    await wizard.stub("password", 409, { refusal: "start_again" });
    await wizard.next.click();
    await wizard.seesNotice("Begin opnieuw");
    await inspect("error-1-start_again");
    await page.route("**/api/reset/current", (route) => route.fulfill({ status: 409, json: { refusal: "in_progress" } }));
    await wizard.reload();
    await wizard.sees("Een ogenblik, we zijn nog bezig.");
    await inspect("1-username-still-busy");
    await page.unroute("**/api/reset/current");
    await page.route("**/api/reset/current", (route) => route.abort("connectionfailed"));
    await wizard.reload();
    await wizard.sees("Geen verbinding");
    await inspect("1-username-offline");
}

// The first screen without its program: no scripting, a program that does not load, a slow program.

async function withoutProgram({ page, demo, inspect }) {
    await page.goto(demo.url);
    await page.getByText(/^Deze pagina werkt alleen met JavaScript\./).waitFor();
    await inspect("1-username-no-scripting", { languages: ["nl"] });
}

async function failedProgram({ page, demo, inspect }) {
    await page.route("**/*.wasm", (route) => route.abort());
    await page.goto(demo.url);
    await page.getByText(/^Gebeurt er niets\?/).waitFor();
    await inspect("1-username-failed", { languages: ["nl"] });
}

async function programThatCannotRun({ page, demo, inspect }) {
    await page.addInitScript(() => delete globalThis.WebAssembly);
    for (const [path, name] of [["wachtwoordreset", "1-username-cannot-run"], ["registratie", "r1-sign-in-cannot-run"]]) {
        await page.goto(`${demo.origin}/${path}`);
        await page.getByText(/^Deze browser kan de volgende stappen niet laten zien\./).waitFor();
        await inspect(name, { languages: ["nl"] });
    }
}

async function slowProgram({ page, demo, inspect }) {
    // The program never loads; finishing the animation skips the eight seconds before the note appears.
    await page.route("**/*.wasm", () => {});
    await page.goto(demo.url, { waitUntil: "domcontentloaded" });
    await page.locator(".slow").evaluate((note) => note.getAnimations().forEach((animation) => animation.finish()));
    await page.getByText(/^Gebeurt er niets\?/).waitFor();
    await inspect("1-username-slow", { languages: ["nl"] });
}

/**
 * The flows. `options` are those of the browser context. `fixed` stops the clock of the page, so that no time on the
 * screen changes during the inspection. `expectsProblems` permits console errors.
 */
export const FLOWS = [
    { name: "The main flow", run: mainFlow, fixed: true },
    { name: "Every refusal", run: refusals, fixed: true },
    { name: "Rare states", run: rareStates, fixed: true },
    { name: "The app on another phone", run: newApp, fixed: true },
    { name: "The service desk", run: serviceDeskScreens, fixed: true },
    { name: "The registration", run: registrationScreens },
    { name: "The registration outside the allowed networks", run: outsideNetworks, options: { extraHTTPHeaders: { "x-forwarded-for": "192.0.2.1" } } },
    { name: "The static pages", run: staticPages },
    { name: "An unknown address", run: notFound, expectsProblems: true },
    { name: "The first screen without scripting", run: withoutProgram, options: { javaScriptEnabled: false } },
    { name: "The first screen if the program does not load", run: failedProgram, expectsProblems: true },
    { name: "The first screen in a browser that cannot run the program", run: programThatCannotRun, expectsProblems: true },
    { name: "The first screen while the program loads slowly", run: slowProgram },
];
