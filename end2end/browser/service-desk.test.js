// The service desk page with simulated responses of its API: typing, focus, announcements and text of others.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, openWatchedContext, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { addAxe, checkScreen } from "./support/screen-checks.js";
import { AT_CODE, AT_DESK, CALLER, OPEN_TO_LOOPBACK, ServiceDesk, SIGNED_OUT, START_CODE, TRAIL } from "./support/service-desk.js";

const REFUSED = { refusal: "not_verified", reference: "K7Q2-9F4M", attempts_left: 4 };
const NOT_OFFERED = { refusal: "invalid", field: "action", reason: "not_offered" };
const VERIFIED = { ...AT_DESK, caller: CALLER };

let demo;
let browser;
before(async () => {
    demo = await startDemo(undefined, OPEN_TO_LOOPBACK);
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

const onDesk = (act) => withPage(browser, demo, DESKTOP, (page) => act(new ServiceDesk(page, demo), page));

test("With the keyboard only, an agent signs in, checks a call code, ends the call and signs out.", () =>
    onDesk(async (desk, page) => {
        await desk.openAt(SIGNED_OUT);
        await desk.field("username").focus();
        await page.keyboard.type("S.Visser");
        await page.keyboard.press("Tab");
        await page.keyboard.type("Fiets-Regen-42!");
        const signIns = await desk.stub("sign_in", 200, AT_CODE);
        await page.keyboard.press("Enter");
        await desk.isFocused(desk.heading("code"));
        assert.deepEqual(signIns, [{ username: "S.Visser", password: "Fiets-Regen-42!" }]);

        await desk.field("code").focus();
        await page.keyboard.type("1234 5678");
        const codes = await desk.stub("code", 200, AT_DESK);
        await page.keyboard.press("Enter");
        await desk.isFocused(desk.heading("desk"));
        assert.deepEqual(codes, [{ code: "12345678" }]);

        await page.keyboard.press("Tab");
        await desk.isFocused(desk.field("callCode"));
        await page.keyboard.type("k7q-29f");
        assert.equal(await desk.field("callCode").inputValue(), "K7Q 29F");
        const callers = await desk.stub("caller", 200, VERIFIED);
        await page.keyboard.press("Enter");
        await desk.isFocused(desk.heading("caller"));
        assert.deepEqual(callers, [{ call_code: "K7Q29F" }]);

        await page.keyboard.press("Tab");
        await desk.isFocused(desk.button("Gesprek beëindigen"));
        await desk.stub("end_call", 200, AT_DESK);
        await page.keyboard.press("Enter");
        await desk.isFocused(desk.heading("desk"));
        await desk.sees("Het gesprek is beëindigd.");
        assert.equal(await desk.field("callCode").inputValue(), "");

        await desk.button("Uitloggen").focus();
        await desk.stub("cancel", 200, SIGNED_OUT);
        await page.keyboard.press("Enter");
        await desk.isFocused(desk.heading("sign_in"));
        await desk.sees("Je bent uitgelogd.");
        assert.equal(await desk.field("username").inputValue(), "");
    }));

test("A refused call code is «Niet bewezen», has the focus, and is wiped from the field.", () =>
    onDesk(async (desk, page) => {
        await desk.openAt(AT_DESK);
        await desk.stub("caller", 403, REFUSED);
        await desk.field("callCode").fill("K7Q29F");
        await page.keyboard.press("Enter");
        await desk.seesNotice("Niet bewezen");
        await desk.sees("Laat de code nog een keer voorlezen.");
        await desk.isFocused(desk.summary);
        assert.equal(await desk.field("callCode").inputValue(), "");
        assert.equal(await page.getByText("K7Q2-9F4M").filter({ hasNotText: "Bijvoorbeeld" }).count(), 0);

        // Near the limit and at it.
        await desk.stub("caller", 403, { ...REFUSED, attempts_left: 1 });
        await desk.field("callCode").fill("K7Q29F");
        await page.keyboard.press("Enter");
        await desk.sees("Je kunt het nog één keer proberen.");
        await desk.stub("caller", 403, { ...REFUSED, attempts_left: 0 });
        await desk.field("callCode").fill("K7Q29F");
        await page.keyboard.press("Enter");
        await desk.sees("Laat een collega helpen.");

        // The agent's own code.
        await desk.stub("caller", 422, { refusal: "invalid", field: "call_code", reason: "not_offered" });
        await desk.field("callCode").fill("K7Q29F");
        await page.keyboard.press("Enter");
        await desk.sees("Dit is je eigen gesprekscode. Laat een collega je helpen.");

        // A code that cannot be one is not sent.
        const sent = await desk.stub("caller", 200, VERIFIED);
        await desk.field("callCode").fill("K7Q2");
        await page.keyboard.press("Enter");
        await desk.seesNotice("Er klopt iets niet");
        assert.deepEqual(sent, []);
    }));

test("An action is confirmed at the top, with the focus on the proof.", () =>
    onDesk(async (desk) => {
        await desk.openAt({ ...AT_DESK, caller: { ...CALLER, locked: true } });
        const acts = await desk.stub("act", 200, { ...AT_DESK, caller: { ...CALLER, done: "unlock" } });
        await desk.button("Ontgrendel het account").click();
        await desk.sees("Het account is ontgrendeld.");
        await desk.isFocused(desk.heading("caller"));
        assert.deepEqual(acts, [{ action: "unlock" }]);
        assert.equal(await desk.button("Ontgrendel het account").count(), 0);

        // It is not possible any more, and the call goes on.
        const locked = { ...AT_DESK, caller: { ...CALLER, locked: true, done: "clear" } };
        await desk.openAt(locked);
        await desk.stub("act", 422, NOT_OFFERED);
        await desk.page.unroute("**/api/servicedesk/current");
        await desk.stub("current", 200, { ...locked, caller: { ...locked.caller, locked: false } });
        await desk.button("Ontgrendel het account").click();
        await desk.seesNotice("Dit kan niet meer");
        await desk.isFocused(desk.summary);
        assert.equal(await desk.button("Ontgrendel het account").count(), 0);
        assert.equal(await desk.page.getByText("De foute codes zijn gewist.", { exact: true }).count(), 0);
    }));

test("An account is blocked only after a confirmation.", () =>
    onDesk(async (desk, page) => {
        await desk.openAt(VERIFIED);
        const acts = await desk.stub("act", 200, { ...AT_DESK, caller: { ...CALLER, frozen_since: "2026-11-20T14:05:00+01:00", done: "freeze" } });
        const block = desk.button("Blokkeer het account");
        const question = page.getByText("Weet je het zeker? Alleen een coördinator kan de blokkade weer weghalen.", { exact: true });
        await block.focus();
        await page.keyboard.press("Enter");
        await desk.isFocused(question);
        await desk.button("Annuleren").click();
        await desk.isFocused(page.getByRole("heading", { name: "Wat kun je doen?", exact: true }));
        assert.deepEqual(acts, []);
        assert.equal(await question.count(), 0);

        await block.click();
        await desk.isFocused(question);
        await page.keyboard.press("Tab");
        await desk.isFocused(desk.button("Ja, blokkeer"));
        await page.keyboard.press("Enter");
        await desk.sees("Het account is geblokkeerd.");
        await desk.isFocused(desk.heading("caller"));
        assert.deepEqual(acts, [{ action: "freeze" }]);
        assert.equal(await question.count(), 0);
    }));

/** The call code of a person, who proves in a browser of their own who they are. */
async function callCodeOf(username) {
    const context = await browser.newContext();
    try {
        const step = async (name, data) => {
            const answer = await context.request.post(`${demo.origin}/api/reset/${name}`, { data, headers: { origin: demo.origin } });
            return answer.json();
        };
        await step("identify", { username, purpose: "call" });
        await step("birthdate", { birthdate: demo.person(username).birthdate });
        return (await step("code", { code: await demo.code(username) })).call_code;
    } finally {
        await context.close();
    }
}

test("An action after the call ended in another tab says that the caller is not proved any more.", () =>
    onDesk(async (desk, page) => {
        await desk.signIn("F.Vermeulen");
        await desk.field("callCode").fill(await callCodeOf("A.Janssen"));
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { level: 1, name: /^Bewezen: Anna Janssen, / }).waitFor();
        const ended = await page.request.post(`${demo.origin}/api/servicedesk/end_call`, { data: {}, headers: { origin: demo.origin } });
        assert.equal(ended.status(), 200);
        const answers = [];
        page.on("response", (response) => response.url().endsWith("/act") && answers.push(response.status()));
        await desk.button("Blokkeer het account").click();
        await desk.button("Ja, blokkeer").click();
        await desk.isAt("desk");
        await desk.sees("De beller is niet meer bewezen. Vraag om een nieuwe gesprekscode.");
        assert.deepEqual(answers, [422]);
        assert.equal(await desk.summary.count(), 0);
        assert.equal(await page.getByText("Anna Janssen").count(), 0);
    }));

test("A refused password is explained without a code.", () =>
    onDesk(async (desk, page) => {
        await desk.openAt(SIGNED_OUT);
        await desk.stub("sign_in", 403, REFUSED);
        await desk.field("username").fill("S.Visser");
        await desk.field("password").fill("Fiets-Regen-42!");
        await page.keyboard.press("Enter");
        await desk.seesNotice("Inloggen is niet gelukt");
        const notice = await desk.summary.innerText();
        assert.ok(notice.includes("Na een paar foute wachtwoorden moet je een tijd wachten, meestal een half uur."), notice);
        assert.ok(!notice.includes("code"), notice);
    }));

test("A lead sees the request of a colleague without a reload, also during a call, and what was typed stays.", () =>
    onDesk(async (desk, page) => {
        const lead = { ...AT_DESK, lead: true };
        const colleague = { ...START_CODE, own: false, may_approve: true };
        const approve = desk.button("Keur goed");
        const polls = async (state) => {
            await page.unroute("**/api/servicedesk/current");
            await page.route("**/api/servicedesk/current", (route) => route.fulfill({ json: state }));
            await page.clock.fastForward("00:16");
        };
        await page.clock.install();
        await desk.openAt(lead);
        await desk.field("callCode").fill("K7Q");
        await polls({ ...lead, start_codes: [colleague] });
        await approve.waitFor();
        await desk.isFocused(desk.field("callCode"));
        assert.equal(await desk.field("callCode").inputValue(), "K7Q");
        await desk.sees("Vraag eerst aan je collega: is de medewerker teruggebeld op een bekend nummer, of zelf gezien?");

        // A request that has not changed keeps what was ticked.
        await desk.field("identity").focus();
        await page.keyboard.press("Space");
        const other = { ...colleague, id: "7d11e3845f0c2a9b", name: "B. Smits", username: "B.Smits" };
        await polls({ ...lead, start_codes: [colleague, other] });
        await desk.sees("B. Smits");
        assert.equal(await page.locator(".start-codes li", { hasText: "A. Janssen" }).getByRole("checkbox").isChecked(), true);

        await desk.openAt({ ...lead, caller: CALLER });
        await desk.isAt("caller");
        await polls({ ...lead, caller: CALLER, start_codes: [colleague] });
        await approve.waitFor();
        const withdrawn = await desk.stub("start_code/withdraw", 200, { ...lead, caller: CALLER });
        await desk.button("Wijs af").click();
        await page.locator(".notice.good", { hasText: "De startcode is ingetrokken." }).waitFor();
        assert.deepEqual(withdrawn, [{ username: "A.Janssen" }]);
        await desk.isAt("caller");
    }));

test("A reference shows what happened and what to do; the form keeps the focus.", () =>
    onDesk(async (desk, page) => {
        await desk.openAt(AT_DESK);
        const references = await desk.stub("trail", 200, { ...AT_DESK, trail: TRAIL });
        await desk.field("reference").focus();
        await page.keyboard.type("k7q29f4m");
        await page.keyboard.press("Enter");
        await desk.sees("Geboortedatum ontbreekt: laat registreren.");
        await desk.sees("Welk gegeven fout was, zie je hier niet. Anders kan iemand een geboortedatum raden.");
        await desk.isFocused(desk.field("reference"));
        assert.deepEqual(references, [{ reference: "K7Q2-9F4M" }]);
    }));

test("An agent requests a start code, waits for a colleague, and reads the code to the employee.", () =>
    onDesk(async (desk, page) => {
        await desk.openAt(AT_DESK);
        const requests = await desk.stub("start_code/request", 200, { ...AT_DESK, start_codes: [START_CODE] });
        await desk.field("employee").fill("A.Janssen");
        await page.keyboard.press("Enter");
        await desk.sees("Wacht op een collega");
        await page.locator(".notice.good", { hasText: "De startcode is aangevraagd. Een collega moet die goedkeuren." }).waitFor();
        assert.deepEqual(requests, [{ username: "A.Janssen" }]);
        assert.equal(await desk.field("employee").inputValue(), "");
        const part = page.getByRole("heading", { level: 2, name: "Telefoon kwijt", exact: true });
        await desk.isFocused(part);

        await desk.stub("current", 200, { ...AT_DESK, start_codes: [START_CODE] });
        await desk.button("Ververs").click();
        await page.getByRole("status").filter({ hasText: "Er is nog niets veranderd." }).waitFor({ state: "attached" });
        await desk.isFocused(desk.button("Ververs"));
        const approved = { ...START_CODE, approved: true };
        await desk.stub("current", 200, { ...AT_DESK, start_codes: [approved] });
        await desk.button("Ververs").click();
        await desk.button("Toon de startcode").waitFor();
        await desk.isFocused(part);

        const shown = await desk.stub("start_code/show", 200, { ...AT_DESK, start_codes: [{ ...approved, code: "K7Q29F4P" }] });
        await desk.button("Toon de startcode").click();
        await desk.sees("Lees deze code alleen voor aan de medewerker zelf. Je kunt er geen wachtwoord mee instellen.");
        assert.equal(await page.locator(".call-code [aria-hidden]").textContent(), "K7Q2 9F4P");
        assert.deepEqual(shown, [{ username: "A.Janssen" }]);

        const withdrawn = await desk.stub("start_code/withdraw", 200, AT_DESK);
        await desk.button("Trek in").click();
        await page.locator(".call-code").waitFor({ state: "detached" });
        await desk.isFocused(part);
        assert.deepEqual(withdrawn, [{ username: "A.Janssen" }]);
    }));

test("A lead records a seen identity document with the approval, an agent never does.", () =>
    onDesk(async (desk, page) => {
        const lead = { ...AT_DESK, lead: true };
        const colleague = { ...START_CODE, own: false, may_approve: true };
        await desk.openAt({ ...AT_DESK, start_codes: [colleague] });
        await desk.button("Keur goed").waitFor();
        assert.equal(await desk.field("identity").count(), 0);
        await desk.openAt({ ...lead, start_codes: [colleague] });
        const approvals = await desk.stub("start_code/approve", 200, { ...lead, start_codes: [{ ...colleague, approved: true, may_approve: false }] });
        await desk.field("identity").focus();
        await page.keyboard.press("Space");
        await desk.button("Keur goed").click();
        await desk.sees("Goedgekeurd. Je collega leest de code voor.");
        await page.locator(".notice.good", { hasText: "De startcode is goedgekeurd." }).waitFor();
        assert.deepEqual(approvals, [{ username: "A.Janssen", request: "5f0c2a9b7d11e384", identity: "seen" }]);
    }));

test("A refused start code says why, at the field or with the current list.", () =>
    onDesk(async (desk, page) => {
        const colleague = { ...START_CODE, own: false, may_approve: true };
        await desk.openAt({ ...AT_DESK, start_codes: [colleague] });
        await desk.stub("start_code/request", 422, { refusal: "invalid", field: "username", reason: "not_offered" });
        await desk.field("employee").fill("L.Coordinator");
        await page.keyboard.press("Enter");
        await desk.seesNotice("Dit kan niet voor dit account");
        assert.equal(await desk.field("employee").getAttribute("aria-invalid"), "true");

        await page.unroute("**/api/servicedesk/current");
        await desk.stub("current", 200, AT_DESK);
        await desk.stub("start_code/approve", 422, { refusal: "invalid", field: "request", reason: "not_offered" });
        await desk.button("Keur goed").click();
        await desk.seesNotice("Dit kan niet meer");
        await desk.button("Keur goed").waitFor({ state: "detached" });
    }));

const HOSTILE_NAMES = [
    "<img src=x onerror=alert(1)>",
    "<script>hostile = true</script>",
    '"><svg onload="hostile = true"></svg>',
    '</h2><iframe srcdoc="<script>parent.hostile = true</script>"></iframe>',
    "&lt;b onmouseover=hostile=true&gt;Anna&lt;/b&gt;",
];

test("d19: A display name from the directory is text, and no script of it runs.", () =>
    onDesk(async (desk, page) => {
        for (const name of HOSTILE_NAMES) {
            await desk.openAt({ ...AT_DESK, caller: { ...CALLER, name } });
            await page.getByRole("heading", { name: `Bewezen: ${name}, 14:02`, exact: true }).waitFor();
            assert.equal(await page.locator("main :is(img, script, iframe, b)").count(), 0, name);
            assert.equal(await page.evaluate(() => "hostile" in globalThis), false, name);
            assert.equal(await page.title(), "Bewezen – Servicedesk – Pantein");
        }
    }));

test("d19: A script that got into the page of the service desk does not run.", async () => {
    // Without the check of the other tests that no policy is violated.
    const context = await browser.newContext();
    try {
        const page = await context.newPage();
        await new ServiceDesk(page, demo).openAt(VERIFIED);
        const blocked = await page.evaluate(() => {
            const violations = new Promise((resolve) => {
                const seen = [];
                addEventListener("securitypolicyviolation", (event) => {
                    seen.push(event.effectiveDirective);
                    if (seen.length === 2) resolve(seen);
                });
            });
            const script = document.createElement("script");
            script.textContent = "hostile = true";
            const image = document.createElement("div");
            image.setAttribute("onclick", "hostile = true");
            document.querySelector("main").append(script, image);
            image.click();
            return violations;
        });
        assert.deepEqual(blocked.toSorted(), ["script-src-attr", "script-src-elem"]);
        assert.equal(await page.evaluate(() => "hostile" in globalThis), false);
    } finally {
        await context.close();
    }
});

test("The numbers of today open in a new tab, which needs the session, and the page of the desk stays.", () =>
    onDesk(async (desk, page) => {
        await desk.openAt(AT_DESK);
        await desk.field("callCode").fill("K7Q");
        const [tab] = await Promise.all([
            page.waitForEvent("popup"),
            page.getByRole("link", { name: "Vandaag in cijfers", exact: true }).press("Enter"),
        ]);
        // The session is simulated: for the server there is none, and it sends the tab to the sign-in.
        await tab.getByRole("heading", { level: 1, name: "Servicedesk", exact: true }).waitFor();
        assert.equal(new URL(tab.url()).pathname, "/servicedesk");
        await tab.close();
        assert.equal(await desk.field("callCode").inputValue(), "K7Q");
    }));

test("The numbers of today pass axe and the measurements with their tables open, in every colour scheme and width.", async () => {
    const { context, problems } = await openWatchedContext(browser, demo);
    try {
        await addAxe(context);
        const page = await context.newPage();
        const credentials = { username: "F.Vermeulen", password: "Fiets-Regen-42!" };
        const call = async (name, data) => {
            const headers = { origin: demo.origin };
            const answer = await page.request.post(`${demo.origin}/api/servicedesk/${name}`, { data, headers });
            return (await answer.json()).step;
        };
        assert.equal(await call("sign_in", credentials), "code");
        assert.equal(await call("code", { code: await demo.code("F.Vermeulen") }), "desk");
        await page.goto(`${demo.origin}/servicedesk/vandaag?language=nl`);
        const heading = page.getByRole("heading", { level: 2, name: "Wie is klaar voor een reset?" });
        await heading.waitFor();
        await page.locator("svg.plot").first().waitFor();
        await page.locator("details").evaluateAll((all) => all.forEach((details) => { details.open = true; }));
        assert.deepEqual(await checkScreen(page), []);
        const [file] = await Promise.all([
            page.waitForEvent("download"),
            page.getByRole("link", { name: "Download alle cijfers (CSV)" }).click(),
        ]);
        assert.match(file.suggestedFilename(), /^servicedesk-\d{4}-\d\d-\d\d\.csv$/u);
        await page.getByRole("link", { name: "Vernieuw de cijfers" }).press("Enter");
        await page.getByRole("link", { name: "Servicedesk", exact: true }).click();
        await page.getByRole("heading", { level: 1, name: "Wie belt er?" }).waitFor();
        assert.deepEqual(problems, []);
    } finally {
        await context.close();
    }
});
