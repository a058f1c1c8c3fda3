// Third-party software that changes the page: translators that replace its text, password managers that fill in fields
// without an event, and responses that are not from this version of the server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { FILL, MARK, TRANSLATE } from "./support/translator.js";
import { Registration, WORDS } from "./support/registration.js";
import { NEW_PASSWORD, PASSWORD_STEP, SCREENS, Wizard } from "./support/wizard.js";

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

const translate = (page) => page.evaluate(`(() => { ${TRANSLATE} })()`);

/** Delays the program until the returned function is called. */
async function holdProgram(page) {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await page.route("**/*.wasm", async (route) => {
        await released;
        await route.continue();
    });
    return release;
}

/** Sets the value of a field without an `input` event. */
async function fill(locator, text, event) {
    await locator.evaluate(new Function("input", "[text, event]", `(function () { ${FILL} })(input, text, event)`), [text, event]);
}

for (const [how, event, person] of [["only a change event", "change", "A.Janssen"], ["no event at all", undefined, "G.Oezdemir"]]) {
    test(`Values that a password manager fills in with ${how} are submitted, on every screen.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            for (const [screen, name, text] of [
                [SCREENS.username, "username", () => person],
                [SCREENS.birthdate, "birthdate", () => demo.person(person).typedBirthdate],
                [SCREENS.code, "code", () => demo.code(person)],
            ]) {
                await wizard.isAt(screen);
                await fill(wizard.field(name), await text(), event);
                await wizard.next.tap();
            }
            await wizard.isAt(SCREENS.password);
            await fill(wizard.field("password"), NEW_PASSWORD, event);
            await fill(wizard.field("repeat"), NEW_PASSWORD, event);
            await wizard.next.tap();
            await wizard.isAt(SCREENS.done);
        }));
}

/** The overview of a registration without birthdate and number. */
const OVERVIEW = {
    step: "overview", username: "E.Hendriks", expires_in: 900,
    overview: {
        may_change: true, birthdate: null, mobile: null, proposed_birthdate: null, proposed_mobile: null,
        birthdate_elsewhere: false, confirming: false, app: "none", can_activate: true, activation: null,
        points: ["scope", "birthdate", "mobile", "app"].map((point) => ({ point, ready: point === "scope" })), time: 0,
    },
};

for (const [how, event] of [["only a change event", "change"], ["no event at all", undefined]]) {
    test(`Values that a password manager fills in with ${how} are submitted, on every screen of the registration.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const registration = new Registration(page, demo);
            const sent = [];
            page.on("request", (request) => request.method() === "POST" && sent.push(request.postDataJSON()));
            const overview = (changes) => ({ ...OVERVIEW, overview: { ...OVERVIEW.overview, time: Math.floor(Date.now() / 1000), ...changes } });
            await registration.open();
            await registration.stub("sign_in", 200, { step: "code", username: "E.Hendriks", expires_in: 900, overview: null });
            await registration.stub("code", 200, overview());
            await registration.stub("birthdate", 200, overview());
            await registration.stub("mobile", 200, overview({ confirming: true }));
            await registration.stub("confirm", 200, overview());
            await fill(registration.field("username"), "E.Hendriks", event);
            await fill(registration.field("password"), "Fiets-Regen-42!", event);
            await registration.button(WORDS.next).tap();
            await registration.isAt("code");
            await fill(registration.field("code"), "12345678", event);
            await registration.button(WORDS.next).tap();
            await registration.isAt("overview");
            await registration.button("Geboortedatum invullen").tap();
            await registration.isAt("birthdate");
            await fill(registration.field("birthdate"), "24-12-1990", event);
            await registration.button(WORDS.save).tap();
            await registration.isAt("check_birthdate");
            await registration.sees("24 december 1990");
            await registration.button(WORDS.saveChecked).tap();
            await registration.isAt("overview");
            await registration.button("Nummer invullen").tap();
            await registration.isAt("mobile");
            await fill(registration.field("mobile"), "0612345678", event);
            await registration.button(WORDS.save).tap();
            await registration.isAt("check_mobile");
            await registration.sees("06-12 34 56 78");
            await registration.button(WORDS.saveChecked).tap();
            await registration.isAt("confirm");
            await fill(registration.field("sent"), "87654321", event);
            await registration.button(WORDS.next).tap();
            await registration.isAt("overview");
            assert.deepEqual(sent, [
                { username: "E.Hendriks", password: "Fiets-Regen-42!" },
                { code: "12345678" },
                { birthdate: "1990-12-24" },
                { mobile: "0612345678" },
                { code: "87654321" },
            ]);
        }));
}

for (const [how, event, next] of [
    ["with only a change event", "change", async () => {}],
    ["without any event, once another field receives the focus", undefined, (page) => page.locator("#repeat").focus()],
]) {
    test(`The checklist and the spelled out date show a value that was filled in ${how}.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.stub("identify", 200, { step: "birthdate", username: "E.Hendriks", expires_in: 900 });
            await wizard.stub("birthdate", 200, PASSWORD_STEP);
            await wizard.submitUsername("E.Hendriks");
            await wizard.isAt(SCREENS.birthdate);
            await fill(wizard.field("birthdate"), "24-12-1990", event);
            if (!event) await wizard.field("birthdate").focus();
            await wizard.sees("Je hebt ingevuld: 24 december 1990");
            await wizard.next.tap();
            await wizard.isAt(SCREENS.password);
            await fill(wizard.field("repeat"), NEW_PASSWORD, event);
            await fill(wizard.field("password"), NEW_PASSWORD, event);
            await next(page);
            await wizard.hasCheck("Minstens 12 tekens", "met");
            await wizard.hasCheck("Twee keer hetzelfde ingevuld", "met");
            assert.ok((await wizard.strength()) >= 3);
        }));
}

test("A value that was filled in without an event is kept when the language changes, and corrects an earlier error.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.next.tap();
        await wizard.seesNotice("Er klopt iets niet");
        await fill(wizard.field("username"), "A.Janssen", "change");
        await wizard.summary.waitFor({ state: "detached" });
        await fill(wizard.field("username"), "G.Oezdemir");
        await page.locator("#language").tap();
        await page.locator("html[lang=en]").waitFor();
        assert.equal(await page.locator("#username").inputValue(), "G.Oezdemir");
    }));

test("A user name that a password manager fills in before the program loads is submitted.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const release = await holdProgram(page);
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await fill(wizard.field("username"), "A.Janssen");
        release();
        await wizard.isLive();
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
        await wizard.next.tap();
        await wizard.isAt(SCREENS.birthdate);
    }));

test("The program takes over a page that was translated before it loaded, and the typed text is kept.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const release = await holdProgram(page);
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await page.locator("#username").fill("A.Janssen");
        assert.ok((await translate(page)) > 20, "the page is translated");
        release();
        await wizard.isLive();
        assert.equal(await page.locator("#username").inputValue(), "A.Janssen");
        await page.locator("#next").tap();
        await wizard.isAt(SCREENS.birthdate);
    }));

test("On a translated page, every changed text is current and shown once.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        const text = () => page.locator("body").innerText();
        const shows = (...texts) => eventually(async () => {
            const all = await text();
            return texts.every((part) => all.split(part).length === 2);
        }, { description: `once each: «${texts.join("», «")}»` });
        const showsNot = async (...texts) => {
            const all = await text();
            for (const part of texts) assert.ok(!all.includes(part), `«${part}» is still in:\n${all}`);
        };
        await wizard.open();
        await translate(page);
        await page.locator("#next").click();
        await shows("Er klopt iets niet");
        await translate(page);
        // The same error again, and then another one.
        await page.locator("#next").click();
        await eventually(async () => !(await page.getByRole("alert").innerText()).includes(MARK), { description: "a new summary" });
        await translate(page);
        await page.locator("#username").fill("A*Janssen");
        await page.locator("#next").click();
        await eventually(async () => (await page.locator("#username-error").innerText()).length > 20, { description: "the other error" });
        await showsNot("Vul je gebruikersnaam in.");
        await page.locator("#username").fill("E.Hendriks");
        await page.locator("#next").click();
        await shows("Stap 2 van 5");
        await showsNot("Stap 1 van 5", "Er klopt iets niet");
        await translate(page);
        await page.locator("#birthdate").fill("24-12-1990");
        await shows("24 december 1990");
        await translate(page);
        await page.locator("#birthdate").fill("1 okt 1984");
        await shows("1 oktober 1984");
        await showsNot("24 december 1990");
        // A language change replaces every text.
        await translate(page);
        await page.locator("#language").click();
        await shows("Step 2 of 5", "1 October 1984");
        await showsNot("Stap 2 van 5", "1 oktober 1984", MARK);
        await page.locator("#language").click();
        await wizard.isAt(SCREENS.birthdate);
        await wizard.submitBirthdate("24-12-1990");
        await wizard.isAt(SCREENS.code);
        await translate(page);
        await wizard.stub("code", 200, PASSWORD_STEP);
        await page.locator("#code").fill("12345678");
        await page.locator("#next").click();
        await wizard.isAt(SCREENS.password);
        await translate(page);
        await page.locator("#password").pressSequentially("qwerty");
        await eventually(async () => (await text()).includes("Kan nog niet: minstens 12 tekens."), { description: "the missing requirement" });
        await translate(page);
        await page.locator("#password").fill(NEW_PASSWORD);
        await eventually(async () => /sterk/u.test(await page.locator(".meter p").innerText()), { description: "the new strength" });
        await showsNot("Kan nog niet");
        await wizard.hasCheck("Minstens 12 tekens", "met");
        for (const line of await page.locator(".checklist li[data-check=met] .unseen").allTextContents()) {
            assert.equal(line.replace(MARK, ""), "in orde:", "the text for screen readers shows the current state");
        }
        await page.getByRole("button", { name: "Toon wachtwoord" }).click();
        await page.getByRole("button", { name: "Verberg wachtwoord", exact: true }).waitFor();
    }));

test("A response from a newer server asks to reload the page and never makes the program trap.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        const code = { step: "code", username: "G.Oezdemir", ways: ["TOKEN"], way: "TOKEN", resend_after: null, expires_in: 900 };
        for (const [status, json] of [
            [200, { step: "passkey", username: "G.Oezdemir", expires_in: 900 }],
            [200, { ...code, ways: ["TOKEN", "PASSKEY"] }],
            [200, { ...code, way: "PASSKEY" }],
            [200, { ...code, expires_in: -1 }],
            [200, { ...code, expires_in: 1e300 }],
            [200, { ...PASSWORD_STEP, rules: { ...PASSWORD_STEP.rules, min_score: 9 } }],
            [200, []],
            [200, null],
            [409, { refusal: "something_new" }],
            [422, { refusal: "invalid", field: "username", reason: "something_new" }],
            [422, { refusal: "weak_password", breaches: [{ breach: "something_new" }] }],
            [418, {}],
        ]) {
            await page.route("**/api/reset/identify", (route) => route.fulfill({ status, json }), { times: 1 });
            await wizard.submitUsername("G.Oezdemir");
            await wizard.seesNotice("Deze pagina werkt niet goed", "Laad de pagina opnieuw");
        }
        // Unknown fields are ignored.
        await page.route("**/api/reset/identify", (route) => route.fulfill({ json: { ...code, hint: { new: [1.5, "\u{1F600}"] } } }), { times: 1 });
        await wizard.submitUsername("G.Oezdemir");
        await wizard.isAt(SCREENS.code);
    }));

for (const [what, answer] of [
    ["a captive portal's page", { status: 200, contentType: "text/html", body: "<!doctype html><title>Wifi</title>" }],
    ["a truncated response", { status: 200, contentType: "application/json", body: '{"step":"birthdate","user' }],
    ["an empty response", { status: 200, body: "" }],
    ["a gateway's JSON error", { status: 502, contentType: "application/json", body: '{"message":"no upstream"}' }],
    ["a gateway timeout", { status: 504, contentType: "text/html", body: "<h1>Gateway Timeout</h1>" }],
]) {
    test(`After ${what} the page retries as after a lost connection and continues automatically.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await page.route("**/api/reset/identify", (route) => route.fulfill(answer), { times: 1 });
            await wizard.submitUsername("G.Oezdemir");
            await wizard.sees("Geen verbinding");
            await wizard.isAt(SCREENS.birthdate);
            await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
        }));
}
