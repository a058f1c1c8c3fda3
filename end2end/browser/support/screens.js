// Every screen and every state of one, by the ways that lead there. The main ways are walked for real; states that
// take a long time or a misfortune are put in the server's mouth. Not what is looked at in them: see looks.js and
// pictures.js.

import assert from "node:assert/strict";
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

async function mainWay({ wizard, demo, at }) {
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
    await wizard.strength();
    await at("4-password-weak");
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
        [429, { refusal: "too_many", retry_after: 600 }, "Er is te vaak geprobeerd"],
        [503, { refusal: "unavailable", reference: REFERENCE, retry_after: 30 }, "Het lukt nu even niet"],
        [403, { refusal: "foreign" }, "Deze vraag kwam van een andere website"],
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
    await wizard.givePassword("pantein");
    await wizard.isTold("Dit wachtwoord kan niet");
    await at("error-4-weak_password");
    await wizard.givePassword(NEW_PASSWORD, "Vlieger");
    await wizard.isTold("Er klopt iets niet");
    await at("error-4-not_repeated");
    await wizard.answer("password", 422, { refusal: "weak_password", breaches: [{ breach: "too_recent", hours: 23 }] });
    await wizard.givePassword(NEW_PASSWORD);
    await wizard.isTold("Je wachtwoord is pas nog veranderd");
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

const KNOWN = { masked: "", source: "employee", since: "2026-11-20", confirmed: true, usable_in: 0 };
const NUMBER = { ...KNOWN, masked: "06-•• •• •• 78" };
const QR = { size: 45, path: "M4 4h7v7h-7zM34 4h7v7h-7zM4 34h7v7h-7zM14 14h17v3h-17zM16 20h9v9h-9zM30 22h4v12h-4z" };
const ACTIVATION = { link: "igmobileotp://?action=secactivate", qr: QR, password: "4821 7730" };

const points = (...ready) =>
    ["scope", "birthdate", "mobile", "app"].map((point, index) => ({ point, ready: ready[index] }));

function overview(changes) {
    return {
        step: "overview", username: "E.Hendriks", expires_in: 900,
        overview: {
            may_change: true, birthdate: KNOWN, mobile: NUMBER, proposed_birthdate: null, proposed_mobile: null,
            confirming: false, app: "active", can_activate: true, activation: null,
            points: points(true, true, true, true), time: Math.floor(Date.now() / 1000), ...changes,
        },
    };
}

async function registered(registration, answer) {
    await registration.page.unroute("**/api/registration/current");
    await registration.page.route("**/api/registration/current", (route) => route.fulfill({ json: answer }));
    await registration.page.reload();
    await registration.live();
}

async function registrationScreens({ registration, page, at }) {
    const nobody = { step: "sign_in", username: null, expires_in: null, overview: null };
    await registration.open();
    await registered(registration, nobody);
    await registration.isAt("sign_in");
    await at("r1-sign-in");
    await at("r1-sign-in-privacy", { open: true });
    await registration.answer("sign_in", 403, { refusal: "not_verified", reference: REFERENCE, attempts_left: 4 });
    await registration.signIn("E.Hendriks", "Verkeerd-123!");
    await registration.isTold("Gebruikersnaam of wachtwoord klopt niet");
    await at("r1-sign-in-wrong");

    await registered(registration, { ...nobody, step: "code", username: "E.Hendriks", expires_in: 900 });
    await registration.isAt("code");
    await at("r2-code");

    const nothing = overview({ birthdate: null, mobile: null, app: "none", points: points(true, false, false, false) });
    await registered(registration, nothing);
    await registration.isAt("overview");
    await at("r3-overview-nothing");
    await registration.answer("birthdate", 200, overview({ mobile: null, app: "none", points: points(true, true, false, false) }));
    await registration.giveBirthdate("32-13-1990");
    await registration.isTold("Er klopt iets niet");
    await at("r4-birthdate-wrong");
    await registration.field("birthdate").fill("24-12-1990");
    await registration.button("Opslaan").click();
    await registration.isAt("overview");
    await at("r3-overview-saved");
    await registration.button("Nummer invullen").click();
    await registration.isAt("mobile");
    await at("r5-mobile");
    await registration.answer("mobile", 200, overview({ confirming: true, app: "none", points: points(true, true, false, false) }));
    await registration.field("mobile").fill("06-12 34 56 78");
    await registration.button("Opslaan").click();
    await registration.isAt("confirm");
    await at("r6-confirm");

    const linking = overview({ app: "activating", points: points(true, true, true, false), activation: ACTIVATION });
    await registered(registration, linking);
    await registration.isAt("overview");
    await page.route("**/api/registration/app", (route) => route.fulfill({ json: linking }));
    await registration.button("Verder met koppelen").click();
    await registration.isAt("activation");
    await at("r7-activation", { open: true });
    await page.unroute("**/api/registration/app");
    await page.route("**/api/registration/app", (route) => route.fulfill({ json: overview({}) }));
    await registration.isAt("linked");
    await at("r8-linked");

    await registered(registration, overview({}));
    await registration.isAt("overview");
    await at("r3-overview-ready", { open: true });
    await registered(registration, overview({
        birthdate: { ...KNOWN, source: "hr", confirmed: false, usable_in: 86_400 },
        proposed_birthdate: { masked: "", since: "2026-11-20" },
        proposed_mobile: { masked: "06-•• •• •• 21", since: "2026-11-20" },
        confirming: true,
        points: points(true, false, true, true),
    }));
    await registration.isAt("overview");
    await at("r3-overview-proposals");
    await registered(registration, overview({ may_change: false, app: "locked", points: points(false, true, true, false) }));
    await registration.isAt("overview");
    await at("r3-overview-locked");
}

async function elsewhere({ page, demo, at }) {
    await page.goto(`${demo.origin}/registratie`);
    await page.getByText("Daarom kan dat alleen op je werk.").waitFor();
    await at("r0-elsewhere", { languages: ["nl"] });
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
    { name: "The first screen without scripting", walk: withoutProgram, options: { javaScriptEnabled: false } },
    { name: "The first screen of a program that does not load", walk: failedProgram, complains: true },
    { name: "The first screen of a program that is slow", walk: slowProgram },
];
