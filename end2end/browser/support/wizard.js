// A page object of the wizard: finds elements by their visible texts. These texts are defined here once; the tests of
// the texts themselves spell them out.

import assert from "node:assert/strict";
import { eventually } from "./eventually.js";

export const NEW_PASSWORD = "Vlieger-Kastanje-7-Tuba";

/** The server's response to a right code: the password step. */
export const PASSWORD_STEP = {
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

/** The phone number of the service desk as on the page, with non-breaking spaces. */
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

    /** Opens the page and waits until the program has taken over. */
    async open() {
        await this.page.goto(this.demo.url);
        await this.isLive();
    }

    async reload() {
        await this.page.reload();
        await this.isLive();
    }

    async isLive() {
        await this.page.locator("html[data-live]").waitFor();
    }

    /** Finds a field by its label. */
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

    /** Waits for an exact text. */
    async sees(text) {
        await this.page.getByText(text, { exact: true }).first().waitFor();
    }

    /** Waits for the notice at the top of the screen and asserts that it contains these texts. */
    async seesNotice(title, ...texts) {
        await this.summary.getByRole("heading", { name: title, exact: true }).waitFor();
        const notice = await this.summary.innerText();
        for (const text of texts) assert.ok(notice.includes(text), `«${text}» is not in:\n${notice}`);
    }

    /** Waits until an element has the focus. */
    async isFocused(locator, description) {
        await eventually(() => locator.evaluate((element) => element === document.activeElement), { description });
    }

    async submitUsername(username) {
        await this.field("username").fill(username);
        await this.next.click();
    }

    async submitBirthdate(typed) {
        await this.field("birthdate").fill(typed);
        await this.next.click();
    }

    async submitCode(code) {
        await this.field("code").fill(code);
        await this.next.click();
    }

    async typePassword(password, repeat = password) {
        await this.field("password").fill(password);
        await this.field("repeat").fill(repeat);
    }

    async submitPassword(password, repeat = password) {
        await this.typePassword(password, repeat);
        await this.next.click();
    }

    /** Fills in a screen and submits it. */
    async complete(screen, username, password = NEW_PASSWORD) {
        switch (screen) {
            case SCREENS.username: return this.submitUsername(username);
            case SCREENS.birthdate: return this.submitBirthdate(this.demo.person(username).typedBirthdate);
            case SCREENS.code: return this.submitCode(await this.demo.code(username));
            case SCREENS.password: return this.submitPassword(password);
            default: throw new Error(`screen ${screen} has no form`);
        }
    }

    /** Completes the screens from the first one up to the given one. */
    async advanceTo(screen, username, password) {
        for (let at = 1; at < screen; at += 1) {
            await this.isAt(at);
            await this.complete(at, username, password);
        }
        await this.isAt(screen);
    }

    /** Returns the state of a line of the live checklist: `met`, `unmet`, `rejected` or `said`. */
    async check(text) {
        return this.page.getByRole("listitem").filter({ hasText: text }).first().getAttribute("data-check");
    }

    /** Waits until a line of the live checklist has a state. */
    async hasCheck(text, state) {
        await eventually(async () => (await this.check(text)) === state, { description: `«${text}» as ${state}` });
    }

    /** Waits for the strength estimate of the typed password: 0 to 4. */
    async strength() {
        const meter = this.page.locator("[data-level]");
        return Number(await eventually(() => meter.getAttribute("data-level"), { description: "an estimate of the strength" }));
    }

    /** Answers the next `times` calls of an API path instead of the server. */
    async stub(call, status, body, times = 1) {
        const headers = body.retry_after ? { "retry-after": String(body.retry_after) } : {};
        await this.page.route(`**/api/reset/${call}`, (route) => route.fulfill({ status, json: body, headers }), { times });
    }
}
