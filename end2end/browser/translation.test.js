// Every live text on a page that a browser translates continuously. The same steps run on a translated page and on an
// original one, and all text, also that for screen readers, must be the same on both.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, openWatchedContext, setLocalTime, startBrowser } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { MARK, translateContinuously } from "./support/translator.js";
import { NEW_PASSWORD, PASSWORD_STEP } from "./support/wizard.js";

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

/** In the page: all text, also hidden text, without the marks of the translator; an empty line for each element. */
function readTexts(mark) {
    const walker = document.createTreeWalker(document.getElementById("app"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
        const { data, parentElement } = walker.currentNode;
        if (!parentElement.closest("noscript")) texts.push(data);
    }
    return texts.join("").replaceAll(mark, "").replaceAll(/\s+/g, " ").trim();
}

/** In the page: whether a text is shown without a translation. */
function isOriginal(text) {
    const walker = document.createTreeWalker(document.getElementById("app"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { data, parentElement } = walker.currentNode;
        if (data.includes(text) && !parentElement.closest("font")) return true;
    }
    return false;
}

/** The same page twice: original and translated. */
class Pair {
    pages;
    demo;

    constructor(pages) {
        this.pages = pages;
    }

    /** Does the same on both pages. */
    both(act) {
        return Promise.all(this.pages.map((page) => act(page)));
    }

    /** Answers an API path instead of the server from now on. `status` is 200, or that of a refusal. */
    answer(path, body, status = 200) {
        return this.both(async (page) => {
            await page.unroute(`**/api/${path}`);
            await page.route(`**/api/${path}`, (route) => route.fulfill({ status, json: body }));
        });
    }

    /**
     * Waits until both pages have the same text and contain or lack the given ones; `what` names the step. `original`
     * are values that must not be translated.
     */
    async agree(what, { shows = [], lacks = [], original = ["0485"] } = {}) {
        let texts;
        const isSame = async () => {
            texts = await this.both((page) => page.evaluate(readTexts, MARK));
            return texts[0] === texts[1] && texts.every((text) => shows.every((part) => text.includes(part)) && !lacks.some((part) => text.includes(part)));
        };
        try {
            await eventually(isSame, { description: what });
        } catch (error) {
            throw new Error(`${what}\noriginal:   ${texts?.[0]}\ntranslated: ${texts?.[1]}`, { cause: error });
        }
        const marks = await this.pages[1].evaluate((mark) => document.body.textContent.split(mark).length, MARK);
        assert.ok(marks > 10, `${what}: the page is translated`);
        for (const text of original) assert.ok(await this.pages[1].evaluate(isOriginal, text), `${what}: «${text}» is not translated`);
    }

    fill(id, text) {
        return this.both((page) => page.locator(`#${id}`).fill(text));
    }

    submit() {
        return this.both((page) => page.locator("#next").click());
    }

    /** Presses the first visible button that contains the text. */
    press(text) {
        return this.both((page) => page.locator("button", { hasText: text }).first().click());
    }

    open(path) {
        return this.both(async (page) => {
            await page.goto(`${demo.origin}/${path}`);
            await page.locator("html[data-live]").waitFor();
        });
    }

    forward(time) {
        return this.both((page) => page.clock.fastForward(time));
    }

    offline(isOffline) {
        return this.both((page) => page.context().setOffline(isOffline));
    }
}

/** Runs `act` with the two pages and asserts that neither reported a problem. */
async function withPair(act) {
    const opened = [];
    try {
        for (const isTranslated of [false, true]) {
            const watched = await openWatchedContext(browser, demo, DESKTOP);
            opened.push(watched);
            if (isTranslated) await watched.context.addInitScript(translateContinuously, MARK);
        }
        const pages = await Promise.all(opened.map(({ context }) => context.newPage()));
        for (const page of pages) await page.clock.install();
        await act(new Pair(pages));
        for (const { problems } of opened) assert.deepEqual(problems, [], "the browser reported no problems");
    } finally {
        for (const { context } of opened) await context.close();
    }
}

const STEP = { username: "E.Hendriks", expires_in: 900 };
const CODE = { ...STEP, step: "code", ways: ["TOKEN", "OTP"], way: "OTP", resend_after: 30 };
const DONE = { step: "done", everywhere: false, applications: ["Outlook"], groups: [] };
const REFERENCE = "K7Q2-9F4M";

test("In the wizard, every text that changes is the same on a translated page.", () =>
    withPair(async (pair) => {
        await pair.answer("reset/current", { step: "identify" });
        await pair.open("wachtwoordreset");
        await pair.agree("the first screen", { shows: ["Nu open tot"] });
        await pair.submit();
        await pair.agree("an error", { shows: ["Vul je gebruikersnaam in."] });
        await pair.submit();
        await pair.agree("the same error again", { shows: ["Vul je gebruikersnaam in."] });
        await pair.fill("username", "A*B");
        await pair.agree("an error that an edit removes", { lacks: ["Er klopt iets niet"] });
        await pair.submit();
        await pair.agree("another error", { shows: ["Dit teken kan niet"], lacks: ["Vul je gebruikersnaam in."] });
        await pair.fill("username", "E.Hendriks");
        await pair.answer("reset/identify", { refusal: "too_many", retry_after: 600 }, 429);
        await pair.submit();
        await pair.agree("a refusal", { shows: ["Er waren te veel pogingen"] });
        await pair.answer("reset/identify", { ...STEP, step: "birthdate", expires_in: 130, practice: true });
        await pair.submit();
        await pair.agree("the next step, in a practice run", { shows: ["Stap 2 van 5", "Oefening"], lacks: ["Er waren te veel pogingen", "Stap 1 van 5"] });
        await pair.fill("birthdate", "24-12-1990");
        await pair.agree("a date", { shows: ["24 december 1990"] });
        await pair.fill("birthdate", "1 okt 1984");
        await pair.agree("another date", { shows: ["1 oktober 1984"], lacks: ["24 december"] });
        await pair.fill("birthdate", "1 okt");
        await pair.agree("an incomplete date", { lacks: ["1 oktober 1984", "Je hebt ingevuld"] });
        await pair.forward(15_000);
        await pair.agree("the warning before the session expires", { shows: ["Je hebt nog 2 minuten."] });
        await pair.forward(62_000);
        await pair.agree("the next warning", { shows: ["Je hebt nog 1 minuut."], lacks: ["Je hebt nog 2 minuten."] });
        await pair.answer("reset/extend", { ...STEP, step: "birthdate" });
        await pair.press("Geef me meer tijd");
        await pair.agree("more time", { shows: ["Je hebt weer genoeg tijd."], lacks: ["Je hebt nog"] });
        await pair.fill("birthdate", "24-12-1990");
        await pair.both((page) => page.unroute("**/api/reset/birthdate"));
        await pair.offline(true);
        await pair.submit();
        await pair.agree("a lost connection", { shows: ["Geen verbinding"] });
        await pair.answer("reset/birthdate", CODE);
        await pair.offline(false);
        await pair.agree("a restored connection and the code step", { shows: ["Vul je code in", "seconden kun je een nieuwe aanvragen"], lacks: ["Geen verbinding", "Oefening"] });
        await pair.forward(10_000);
        await pair.agree("a countdown", { shows: ["kun je een nieuwe aanvragen"], lacks: ["Over 30 seconden"] });
        await pair.forward(25_000);
        await pair.agree("the end of the countdown", { shows: ["Stuur een nieuwe code"], lacks: ["kun je een nieuwe aanvragen"] });
        await pair.answer("reset/resend", CODE);
        await pair.press("Stuur een nieuwe code");
        await pair.agree("another code", { shows: ["Kloppen je gegevens? Dan is er een nieuwe code onderweg.", "kun je een nieuwe aanvragen"] });
        await pair.answer("reset/code", { refusal: "not_verified", reference: REFERENCE, attempts_left: 2 }, 403);
        await pair.fill("code", "12345678");
        await pair.submit();
        await pair.agree("a wrong code", { shows: ["Je kunt het nog 2 keer proberen."], original: [REFERENCE, "E.Hendriks", "24 december 1990"] });
        await pair.answer("reset/code", { refusal: "not_verified", reference: REFERENCE, attempts_left: 1 }, 403);
        await pair.fill("code", "12345678");
        await pair.submit();
        await pair.agree("another wrong code", { shows: ["Je kunt het nog één keer proberen."], lacks: ["nog 2 keer"] });
        await pair.press("Geboortedatum wijzigen");
        await pair.agree("an earlier screen", { shows: ["Verifieer met je geboortedatum."], lacks: ["Vul je code in"] });
        await pair.submit();
        await pair.agree("the code again", { shows: ["Vul je code in"] });
        await pair.answer("reset/code", { ...PASSWORD_STEP, unlock: true });
        await pair.fill("code", "12345678");
        await pair.submit();
        await pair.agree("the password step", { shows: ["Kies een nieuw wachtwoord", "Weet je je wachtwoord toch nog?"] });
        await passwordTexts(pair);
        await pair.answer("reset/password", DONE);
        await pair.fill("password", NEW_PASSWORD);
        await pair.fill("repeat", NEW_PASSWORD);
        await pair.submit();
        await pair.agree("the last screen", { shows: ["Klaar", "Het kan nog enkele minuten duren"] });
        await pair.answer("reset/current", { ...DONE, everywhere: true });
        await pair.forward(5_000);
        await pair.agree("the end of the replication", { shows: ["Je nieuwe wachtwoord is nu overal bekend."], lacks: ["Het kan nog enkele minuten"] });
        await pair.both((page) => page.locator("#language").click());
        await pair.agree("another language", { shows: ["Your password has been reset"], lacks: ["Je wachtwoord is opnieuw ingesteld"] });
    }));

async function passwordTexts(pair) {
    const type = (text) => pair.fill("password", text);
    await type("qwerty");
    await pair.agree("an unmet requirement", { shows: ["Kan nog niet: minstens 12 tekens"] });
    await type("Hendriks-1234-abc");
    await pair.agree("another unmet requirement", { shows: ["je eigen naam staat erin"], lacks: ["minstens 12 tekens. Nog"] });
    await type("Qwerty-123456");
    await pair.agree("a weak password", { shows: ["heel zwak."] });
    await type(`${NEW_PASSWORD} `);
    await pair.agree("a space at the end", { shows: ["begint of eindigt met een spatie"] });
    await type(NEW_PASSWORD);
    await pair.agree("a strong password", { shows: ["Je wachtwoord voldoet aan alle eisen."], lacks: ["eindigt met een spatie"] });
    await pair.fill("repeat", NEW_PASSWORD);
    await pair.agree("the repeated password");
    await pair.fill("repeat", "Vlieger");
    await pair.submit();
    await pair.agree("two different passwords", { shows: ["De twee wachtwoorden zijn niet gelijk."] });
    await type("a-B3".repeat(40));
    await pair.agree("a password that is too long", { shows: ["Hoogstens 127 tekens"] });
    await type(NEW_PASSWORD);
    await pair.agree("a password that is not too long any more", { lacks: ["Hoogstens 127 tekens"] });
    await pair.press("Toon wachtwoord");
    await pair.agree("the password shown", { shows: ["Verberg wachtwoord"], lacks: ["Toon wachtwoord"] });
    await pair.press("Verberg wachtwoord");
    await pair.agree("the password hidden", { shows: ["Toon wachtwoord"] });
    await pair.answer("reset/password", { refusal: "weak_password", breaches: [{ breach: "in_history", remembered: null }] }, 422);
    await pair.fill("repeat", NEW_PASSWORD);
    await pair.submit();
    await pair.agree("a password of the history", { shows: ["je hebt dit wachtwoord al eens gebruikt"] });
    // The same four words on both pages.
    await pair.both((page) => page.route("**/passphrase-words.txt", (route) => route.fulfill({ body: "kast\nregen\nvlieger\ntuba\n" })));
    await pair.both((page) => page.evaluate(() => {
        crypto.getRandomValues = () => { throw new Error("no random numbers"); };
    }));
    await pair.press("Stel er een voor");
    await pair.agree("a failed suggestion", { shows: ["Een voorstel doen lukt nu niet."] });
    await pair.both((page) => page.evaluate(() => {
        let next = 0;
        crypto.getRandomValues = (bytes) => {
            next += 1;
            new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, next, true);
            return bytes;
        };
    }));
    await pair.press("Stel er een voor");
    await pair.agree("a suggestion", { shows: ["Neem deze over", "Stel een andere voor"], lacks: ["Een voorstel doen lukt nu niet."] });
    const passphrase = await pair.pages[0].locator(".passphrase").textContent();
    await pair.agree("the suggested password", { original: [passphrase] });
    await pair.press("Neem deze over");
    await pair.agree("an accepted suggestion", { shows: ["Verberg wachtwoord"], lacks: ["Neem deze over"] });
}

test("The opening status of the service desk is the same on a translated page.", () =>
    withPair(async (pair) => {
        await pair.answer("reset/current", { step: "identify" });
        await pair.open("wachtwoordreset");
        await pair.agree("the desk is open", { shows: ["Nu open tot 17.00."] });
        await pair.both((page) => page.evaluate(() => {
            Date.prototype.toLocaleString = () => "2026-11-20 18:00:00";
        }));
        await pair.forward(21_000);
        await pair.agree("the desk is closed", { shows: ["Nu gesloten."], lacks: ["Nu open"] });
    }));

const KNOWN = { masked: "", source: "employee", since: "2026-11-20", confirmed: true, usable_in: 0 };
const QR = { size: 45, path: "M4 4h7v7h-7z" };
const ACTIVATION = { link: "igmobileotp://?action=secactivate", qr: QR, password: "4821 7730" };

function overview(changes = {}) {
    return {
        step: "overview", username: "E.Hendriks", expires_in: 900,
        overview: {
            may_change: true, birthdate: null, mobile: null, proposed_birthdate: null, proposed_mobile: null,
            birthdate_elsewhere: false, confirming: false, app: "none", can_activate: true, activation: null,
            points: ["scope", "birthdate", "mobile", "app"].map((point) => ({ point, ready: point === "scope" })),
            time: Math.floor(Date.now() / 1000), ...changes,
        },
    };
}

test("In the registration, every text that changes is the same on a translated page.", () =>
    withPair(async (pair) => {
        await pair.answer("registration/current", { step: "sign_in", username: null, expires_in: null, overview: null });
        await pair.open("registratie");
        await pair.agree("the first screen");
        await pair.submit();
        await pair.agree("an error", { shows: ["Vul je gebruikersnaam in."] });
        await pair.fill("username", "E.Hendriks");
        await pair.submit();
        await pair.agree("another error", { shows: ["Vul je wachtwoord in."], lacks: ["Vul je gebruikersnaam in."] });
        await pair.fill("password", "Fiets-Regen-42! ");
        await pair.agree("a space at the end", { shows: ["begint of eindigt met een spatie"] });
        await pair.press("Toon wachtwoord");
        await pair.agree("the password shown", { shows: ["Verberg wachtwoord"] });
        await pair.answer("registration/sign_in", { refusal: "not_verified", reference: REFERENCE, attempts_left: 4 }, 403);
        await pair.submit();
        await pair.agree("a wrong password", { shows: ["Gebruikersnaam of wachtwoord klopt niet"] });
        await pair.answer("registration/sign_in", { step: "code", username: "E.Hendriks", expires_in: 900, overview: null });
        await pair.fill("password", "Fiets-Regen-42!");
        await pair.submit();
        await pair.agree("the code", { shows: ["Vul je code in"], lacks: ["Toon wachtwoord"] });
        await pair.answer("registration/code", overview());
        await pair.fill("code", "12345678");
        await pair.submit();
        await pair.agree("the overview", { shows: ["Je moet nog 3 dingen doen."] });
        await pair.press("Geboortedatum invullen");
        await pair.agree("the birthdate", { shows: ["Wat is je geboortedatum?"] });
        await pair.fill("birthdate", "24-12-1990");
        await pair.agree("a date", { shows: ["Je hebt ingevuld: 24 december 1990"] });
        await pair.submit();
        await pair.agree("the confirmation of a date", { shows: ["Klopt deze datum?"], lacks: ["Je hebt ingevuld"], original: ["24 december 1990"] });
        await pair.press("Wijzigen");
        await pair.agree("the birthdate again", { shows: ["Wat is je geboortedatum?"], lacks: ["Klopt deze datum?"] });
        await pair.submit();
        const ready = (...names) => ["scope", "birthdate", "mobile", "app"].map((point) => ({ point, ready: ["scope", ...names].includes(point) }));
        await pair.answer("registration/birthdate", overview({ birthdate: KNOWN, points: ready("birthdate") }));
        await pair.press("Klopt, opslaan");
        await pair.agree("a saved birthdate", { shows: ["Je geboortedatum is opgeslagen.", "Je moet nog 2 dingen doen."], lacks: ["nog 3 dingen"] });
        await pair.press("Nummer invullen");
        await pair.fill("mobile", "06");
        await pair.submit();
        await pair.agree("a wrong number", { shows: ["Dit is geen mobiel nummer."], lacks: ["Je geboortedatum is opgeslagen."] });
        await pair.fill("mobile", "0612345678");
        await pair.submit();
        await pair.agree("the confirmation of a number", { shows: ["Klopt dit nummer?"], original: ["06-12 34 56 78"] });
        await pair.answer("registration/mobile", overview({ birthdate: KNOWN, confirming: true, points: ready("birthdate") }));
        await pair.press("Klopt, opslaan");
        await pair.agree("the code of a text message", { shows: ["Vul de code uit de sms in"] });
        const known = { birthdate: KNOWN, mobile: { ...KNOWN, masked: "06-•• •• •• 78" } };
        await pair.answer("registration/confirm", overview({ ...known, points: ready("birthdate", "mobile") }));
        await pair.fill("code", "12345678");
        await pair.submit();
        await pair.agree("a saved number", { shows: ["Je nummer is opgeslagen.", "Je moet nog één ding doen."], original: ["06-•• •• •• 78"] });
        const linking = overview({ ...known, app: "activating", activation: ACTIVATION, points: ready("birthdate", "mobile") });
        await pair.answer("registration/activate", linking);
        await pair.answer("registration/app", linking);
        await pair.press("Koppel de app");
        await pair.agree("the app", { shows: ["Stap 1 van 2"] });
        await pair.press("De app staat op mijn telefoon");
        await pair.agree("the second step", { shows: ["Stap 2 van 2"], lacks: ["Stap 1 van 2"], original: ["4821 7730"] });
        await pair.answer("registration/app", overview({ ...known, app: "active", points: ready("birthdate", "mobile", "app") }));
        await pair.forward(6_000);
        await pair.agree("the linked app", { shows: ["De app laat nu codes zien."], lacks: ["Stap 2 van 2"] });
        await pair.press("Volgende");
        await pair.agree("the complete overview", { shows: ["Ja! Vergeet je je wachtwoord?", "Oefen een keer"], lacks: ["Je moet nog"] });
        await pair.answer("registration/cancel", { step: "sign_in", username: null, expires_in: null, overview: null });
        await pair.press("Uitloggen");
        await pair.agree("signed out", { shows: ["Je bent uitgelogd."], lacks: ["Oefen een keer"] });
        await pair.both((page) => page.locator("#language").click());
        await pair.agree("another language", { lacks: ["Je bent uitgelogd."] });
    }));
