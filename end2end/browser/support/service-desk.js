// A page object of the service desk page, and simulated responses of its API.

import assert from "node:assert/strict";

/** The setting that opens the page for the browser. */
export const OPEN_TO_LOOPBACK = { RESET__SERVICE_DESK__ALLOWED_NETWORKS: "[127.0.0.0/8, ::1/128]" };

export const SIGNED_OUT = { step: "sign_in", username: null, expires_in: null, lead: false, caller: null, trail: null };
export const AT_CODE = { ...SIGNED_OUT, step: "code", username: "S.Visser", expires_in: 900 };
export const AT_DESK = { ...AT_CODE, step: "desk", offers_start_codes: true };

export function event(time, what, why = null) {
    return { at: `2026-11-20T${time}:00+01:00`, what, why };
}

export const CALLER = {
    name: "A. Janssen", username: "A.Janssen", verified_at: "2026-11-20T14:02:41+01:00", expires_in: 600, locked: false,
    frozen_since: null, may_act: true, may_unlock: true, may_clear: false, may_activate: false, done: null,
    events: [event("14:02", "caller_verified"), event("14:01", "call_code"), event("13:58", "not_verified", "wrong_details")],
};

export const TRAIL = {
    reference: "K7Q2-9F4M",
    events: [event("13:57", "started"), event("13:58", "not_verified", "wrong_details"), event("13:59", "not_verified", "no_birthdate")],
};

/** A start code that the agent requested. */
export const START_CODE = {
    id: "5f0c2a9b7d11e384", name: "A. Janssen", username: "A.Janssen", requested_by: "S. Visser", requested_at: "2026-11-20T14:02:41+01:00",
    identity_seen: false, own: true, may_approve: false, approved: false, code: null, expires_in: 900,
};

export const WORDS = {
    title: "Servicedesk",
    username: "Gebruikersnaam",
    password: "Wachtwoord",
    code: "Wachtwoordcode",
    callCode: "Gesprekscode",
    reference: "Nummer van de melding",
    employee: "Gebruikersnaam van de medewerker",
    identity: "Ik heb de legitimatie gezien",
    headings: { sign_in: "Servicedesk", code: "Vul je code in", desk: "Wie belt er?", caller: "Bewezen: A. Janssen, 14:02" },
};

export class ServiceDesk {
    page;
    demo;

    constructor(page, demo) {
        this.page = page;
        this.demo = demo;
    }

    /** Opens the page at a simulated state and waits until the program has taken over. */
    async openAt(state) {
        await this.page.unroute("**/api/servicedesk/current");
        await this.page.route("**/api/servicedesk/current", (route) => route.fulfill({ json: state }));
        await this.page.goto(`${this.demo.origin}/servicedesk`);
        await this.page.locator("html[data-live]").waitFor();
    }

    /** Signs in with the real service. */
    async signIn(username, password = "Fiets-Regen-42!") {
        await this.page.goto(`${this.demo.origin}/servicedesk`);
        await this.page.locator("html[data-live]").waitFor();
        await this.field("username").fill(username);
        await this.field("password").fill(password);
        await this.button("Volgende").click();
        await this.isAt("code");
        await this.field("code").fill(await this.demo.code(username));
        await this.button("Volgende").click();
        await this.isAt("desk");
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

    heading(screen) {
        assert.ok(WORDS.headings[screen], `there is no screen ${screen}`);
        return this.page.getByRole("heading", { level: 1, name: WORDS.headings[screen], exact: true });
    }

    /** Waits for a screen, by its heading. */
    async isAt(screen) {
        await this.heading(screen).waitFor();
    }

    /** Waits for the notice at the top of the screen. */
    async seesNotice(title) {
        await this.summary.getByRole("heading", { name: title, exact: true }).waitFor();
    }

    async sees(text) {
        await this.page.getByText(text, { exact: true }).first().waitFor();
    }

    /** Waits until an element has the focus. */
    async isFocused(locator) {
        await locator.and(this.page.locator(":focus")).waitFor();
    }

    /** Answers the next call instead of the server; returns the bodies of the calls. */
    async stub(call, status, body) {
        const bodies = [];
        await this.page.route(`**/api/servicedesk/${call}`, async (route) => {
            bodies.push(route.request().postDataJSON());
            await route.fulfill({ status, json: body });
        }, { times: 1 });
        return bodies;
    }
}
