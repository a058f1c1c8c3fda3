// A page object of the registration: finds elements by their visible texts.

import assert from "node:assert/strict";

export const WORDS = {
    title: "06-nummer registratie",
    username: "Gebruikersnaam",
    password: "Wachtwoord",
    code: "Wachtwoordcode",
    birthdate: "Geboortedatum (bijv. 01-10-1984).",
    mobile: "Mobiel nummer",
    sent: "Code uit de sms",
    next: "Volgende",
    save: "Opslaan",
    saveChecked: "Klopt, opslaan",
    change: "Wijzigen",
    cancel: "Annuleren",
    headings: {
        code: "Vul je code in",
        overview: "Kun je zelf je wachtwoord instellen?",
        birthdate: "Wat is je geboortedatum?",
        mobile: "Wat is je mobiele nummer?",
        check_birthdate: "Klopt deze datum?",
        check_mobile: "Klopt dit nummer?",
        confirm: "Vul de code uit de sms in",
        activation: "Koppel de app",
        linked: "De app is gekoppeld",
    },
};

/** The visible names of the points of «Kun je zelf je wachtwoord instellen?». */
export const POINTS = {
    scope: "Je account",
    birthdate: "Geboortedatum",
    mobile: "Mobiel nummer",
    app: "De app Entrust Identity",
    clock: "De klok van dit apparaat",
};

export class Registration {
    page;
    demo;

    constructor(page, demo) {
        this.page = page;
        this.demo = demo;
    }

    /** Opens the page and waits until the program has taken over. */
    async open() {
        await this.page.goto(`${this.demo.origin}/registratie`);
        await this.isLive();
    }

    async isLive() {
        await this.page.locator("html[data-live]").waitFor();
    }

    field(name) {
        return this.page.getByLabel(WORDS[name], { exact: true });
    }

    button(name) {
        return this.page.getByRole("button", { name, exact: true });
    }

    get summary() {
        return this.page.getByRole("alert");
    }

    /** Waits for a screen, by its heading. */
    async isAt(screen) {
        const name = screen === "sign_in" ? WORDS.title : WORDS.headings[screen];
        assert.ok(name, `there is no screen ${screen}`);
        await this.page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
    }

    /** Waits for the notice at the top of the screen. */
    async seesNotice(title) {
        await this.summary.getByRole("heading", { name: title, exact: true }).waitFor();
    }

    /** Waits for an exact text. */
    async sees(text) {
        await this.page.getByText(text, { exact: true }).first().waitFor();
    }

    async signIn(username, password) {
        await this.field("username").fill(username);
        await this.field("password").fill(password);
        await this.button(WORDS.next).click();
    }

    async submitCode(code) {
        await this.field("code").fill(code);
        await this.button(WORDS.next).click();
    }

    /** Goes from the overview back to the overview, or to `confirm` if the server sends a code to the number. */
    async submitBirthdate(typed) {
        await this.button("Geboortedatum invullen").or(this.button("Geboortedatum wijzigen")).click();
        await this.isAt("birthdate");
        await this.field("birthdate").fill(typed);
        await this.button(WORDS.save).click();
        await this.isAt("check_birthdate");
        await this.button(WORDS.saveChecked).click();
    }

    async submitMobile(typed) {
        await this.button("Nummer invullen").or(this.button("Nummer wijzigen")).click();
        await this.isAt("mobile");
        await this.field("mobile").fill(typed);
        await this.button(WORDS.save).click();
        await this.isAt("check_mobile");
        await this.button(WORDS.saveChecked).click();
    }

    async confirm(code) {
        await this.isAt("confirm");
        await this.field("sent").fill(code);
        await this.button(WORDS.next).click();
    }

    /** Starts the activation of the app; returns the link that a phone would open. */
    async activationLink() {
        await this.button("Koppel de app").or(this.button("Verder met koppelen")).click();
        await this.isAt("activation");
        await this.button("De app staat op mijn telefoon").click();
        // On a desktop the link is in closed details, but present in the page.
        return this.page.locator("a", { hasText: "Open Entrust Identity" }).getAttribute("href");
    }

    /** Waits until the page detects the activated app, and continues to the overview. */
    async isLinked() {
        await this.isAt("linked");
        await this.button(WORDS.next).click();
        await this.isAt("overview");
    }

    /** Returns the state of a point: `met`, `open` or `wait`. */
    async point(name) {
        const line = this.page.locator(".points li").filter({ hasText: POINTS[name] });
        return line.getAttribute("data-check");
    }

    /** Starts the practice run, which continues in the wizard. */
    async practise() {
        await this.button("Oefen een keer").click();
        await this.page.waitForURL("**/wachtwoordreset");
        await this.isLive();
    }

    async signOut() {
        await this.button("Uitloggen").click();
        await this.isAt("sign_in");
    }

    /** Answers the next `times` calls of an API path instead of the server. */
    async stub(call, status, body, times = 1) {
        const headers = body.retry_after ? { "retry-after": String(body.retry_after) } : {};
        await this.page.route(
            `**/api/registration/${call}`,
            (route) => route.fulfill({ status, json: body, headers }),
            { times },
        );
    }
}
