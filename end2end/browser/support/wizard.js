// The wizard as somebody at the screen uses it: by what is written on it. Its texts stand here once for
// walking through; the tests of the texts themselves spell them out.

import assert from "node:assert/strict";
import { eventually } from "./eventually.js";

export const NEW_PASSWORD = "Vlieger-Kastanje-7-Tuba";

/** What the server answers to a right code: the step of choosing a password. */
export const PROVEN = {
    step: "password", username: "E.Hendriks", personal: ["e.hendriks", "eva", "hendriks"], expires_in: 900,
    rules: { min_length: 12, max_length: 127, complexity: true, min_score: 3, banned_words: ["pantein"], history: 24 },
};

export const WORDS = {
    nl: {
        username: "Gebruikersnaam",
        birthdate: "Geboortedatum (bijv. 01-10-1984).",
        code: "Wachtwoordcode",
        password: "Nieuw wachtwoord",
        repeat: "Herhaal nieuw wachtwoord",
        next: "Volgende",
        cancel: "Annuleren",
        headings: [
            "Wachtwoord Reset",
            "Verifieer met je geboortedatum.",
            "Vul je code in",
            "Kies een nieuw wachtwoord",
            "Je wachtwoord is opnieuw ingesteld",
        ],
    },
    en: {
        username: "User name",
        birthdate: "Date of birth (e.g. 01-10-1984).",
        code: "Password code",
        password: "New password",
        repeat: "Repeat new password",
        next: "Next",
        cancel: "Cancel",
        headings: [
            "Password reset",
            "Confirm your date of birth.",
            "Enter your code",
            "Choose a new password",
            "Your password has been reset",
        ],
    },
};

/** The service desk's number as it stands on the page: no line ends inside it. */
export const PHONE_NUMBER = "0485\u00a0–\u00a0845\u00a0900";

export const SCREENS = { username: 1, birthdate: 2, code: 3, password: 4, done: 5 };

export class Wizard {
    page;
    demo;
    words;

    constructor(page, demo, language = "nl") {
        this.page = page;
        this.demo = demo;
        this.words = WORDS[language];
    }

    /** Opens the page and waits until the program has taken it over. */
    async open() {
        await this.page.goto(this.demo.url);
        await this.live();
    }

    async reload() {
        await this.page.reload();
        await this.live();
    }

    async live() {
        await this.page.locator("html[data-live]").waitFor();
    }

    /** A field by its label. */
    field(name) {
        return this.page.getByLabel(this.words[name], { exact: true });
    }

    button(name) {
        return this.page.getByRole("button", { name, exact: true });
    }

    get next() {
        return this.button(this.words.next);
    }

    get cancel() {
        return this.button(this.words.cancel);
    }

    get summary() {
        return this.page.getByRole("alert");
    }

    heading(screen) {
        const name = this.words.headings[screen - 1];
        return this.page.getByRole("heading", { level: 1, name, exact: true });
    }

    /** Waits for a screen, by its heading. */
    async isAt(screen) {
        await this.heading(screen).waitFor();
    }

    /** Waits for a text, to the letter. */
    async sees(text) {
        await this.page.getByText(text, { exact: true }).first().waitFor();
    }

    /** Waits for the notice at the head of the screen, with all of these texts in it. */
    async isTold(title, ...texts) {
        await this.summary.getByRole("heading", { name: title, exact: true }).waitFor();
        const said = await this.summary.innerText();
        for (const text of texts) assert.ok(said.includes(text), `«${text}» is not in:\n${said}`);
    }

    /** Waits until an element has the focus. */
    async isFocused(locator, says) {
        await eventually(() => locator.evaluate((element) => element === document.activeElement), { says });
    }

    async giveUsername(username) {
        await this.field("username").fill(username);
        await this.next.click();
    }

    async giveBirthdate(typed) {
        await this.field("birthdate").fill(typed);
        await this.next.click();
    }

    async giveCode(code) {
        await this.field("code").fill(code);
        await this.next.click();
    }

    async typePassword(password, repeat = password) {
        await this.field("password").fill(password);
        await this.field("repeat").fill(repeat);
    }

    async givePassword(password, repeat = password) {
        await this.typePassword(password, repeat);
        await this.next.click();
    }

    /** Does what belongs to a screen. */
    async pass(screen, username, password = NEW_PASSWORD) {
        switch (screen) {
            case SCREENS.username: return this.giveUsername(username);
            case SCREENS.birthdate: return this.giveBirthdate(this.demo.person(username).typedBirthdate);
            case SCREENS.code: return this.giveCode(await this.demo.code(username));
            case SCREENS.password: return this.givePassword(password);
            default: throw new Error(`nothing to do on screen ${screen}`);
        }
    }

    /** Walks from the first screen to another one. */
    async walkTo(screen, username, password) {
        for (let at = 1; at < screen; at += 1) {
            await this.isAt(at);
            await this.pass(at, username, password);
        }
        await this.isAt(screen);
    }

    /** A line of the live checklist: `met`, `unmet` or `said`. */
    async check(text) {
        return this.page.getByRole("listitem").filter({ hasText: text }).first().getAttribute("data-check");
    }

    /** Waits until a line of the live checklist stands so. */
    async hasCheck(text, state) {
        await eventually(async () => (await this.check(text)) === state, { says: `«${text}» as ${state}` });
    }

    /** The strength estimator's word on what is typed: 0 to 4. */
    async strength() {
        const meter = this.page.locator("[data-level]");
        return Number(await eventually(() => meter.getAttribute("data-level"), { says: "an estimate of the strength" }));
    }

    /** Answers the next calls to an address of the API instead of the server, `times` often. */
    async answer(call, status, body, times = 1) {
        const headers = body.retry_after ? { "retry-after": String(body.retry_after) } : {};
        await this.page.route(`**/api/reset/${call}`, (route) => route.fulfill({ status, json: body, headers }), { times });
    }
}
