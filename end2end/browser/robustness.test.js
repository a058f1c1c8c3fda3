// What other software does to the page: translators that replace its text, password managers that fill fields without
// an event, and answers that are not the server's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { FILL, MARK, TRANSLATE } from "./support/translator.js";
import { NEW_PASSWORD, PROVEN, SCREENS, Wizard } from "./support/wizard.js";

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

/** Keeps the program away until it is let go. */
async function hold(page) {
    let go;
    const held = new Promise((resolve) => (go = resolve));
    await page.route("**/*.wasm", async (route) => {
        await held;
        await route.continue();
    });
    return go;
}

/** Gives a field a value without the `input` event. */
async function fill(locator, text, event) {
    await locator.evaluate(new Function("input", "[text, event]", `(function () { ${FILL} })(input, text, event)`), [text, event]);
}

for (const [how, event, person] of [["only a change event", "change", "A.Janssen"], ["no event at all", undefined, "G.Oezdemir"]]) {
    test(`What a password manager fills in with ${how} is what is submitted, on every screen.`, () =>
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

test("A name that a password manager filled in before the program was there is submitted.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const go = await hold(page);
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await fill(wizard.field("username"), "A.Janssen");
        go();
        await wizard.live();
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
        await wizard.next.tap();
        await wizard.isAt(SCREENS.birthdate);
    }));

test("A page that is translated before the program is there is taken over, and nothing typed is lost.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const go = await hold(page);
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await page.locator("#username").fill("A.Janssen");
        assert.ok((await translate(page)) > 20, "the page is translated");
        go();
        await wizard.live();
        assert.equal(await page.locator("#username").inputValue(), "A.Janssen");
        await page.locator("#next").tap();
        await wizard.isAt(SCREENS.birthdate);
    }));

test("On a page whose text a translator has replaced, every text that changes is the current one, and only once.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        const text = () => page.locator("body").innerText();
        const shows = (...texts) => eventually(async () => {
            const all = await text();
            return texts.every((one) => all.split(one).length === 2);
        }, { says: `once each: «${texts.join("», «")}»` });
        const showsNot = async (...texts) => {
            const all = await text();
            for (const one of texts) assert.ok(!all.includes(one), `«${one}» is still in:\n${all}`);
        };
        await wizard.open();
        await translate(page);
        await page.locator("#next").click();
        await shows("Er klopt iets niet");
        await translate(page);
        // The same problem again, and then another one.
        await page.locator("#next").click();
        await eventually(async () => !(await page.getByRole("alert").innerText()).includes(MARK), { says: "a new summary" });
        await translate(page);
        await page.locator("#username").fill("A*Janssen");
        await page.locator("#next").click();
        await eventually(async () => (await page.locator("#username-error").innerText()).length > 20, { says: "the other error" });
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
        // Another language is another text for all of it.
        await translate(page);
        await page.locator("#language").click();
        await shows("Step 2 of 5", "1 October 1984");
        await showsNot("Stap 2 van 5", "1 oktober 1984", MARK);
        await page.locator("#language").click();
        await wizard.isAt(SCREENS.birthdate);
        await wizard.giveBirthdate("24-12-1990");
        await wizard.isAt(SCREENS.code);
        await translate(page);
        await wizard.answer("code", 200, PROVEN);
        await page.locator("#code").fill("12345678");
        await page.locator("#next").click();
        await wizard.isAt(SCREENS.password);
        await translate(page);
        await page.locator("#password").pressSequentially("qwerty");
        await eventually(async () => (await text()).includes("Kan nog niet: minstens 12 tekens."), { says: "what is missing" });
        await translate(page);
        await page.locator("#password").fill(NEW_PASSWORD);
        await eventually(async () => /sterk/u.test(await page.locator(".meter p").innerText()), { says: "the new strength" });
        await showsNot("Kan nog niet");
        await wizard.hasCheck("Minstens 12 tekens", "met");
        for (const line of await page.locator(".checklist li[data-check=met] .unseen").allTextContents()) {
            assert.equal(line.replace(MARK, ""), "in orde:", "what a screen reader hears is the current state");
        }
        await page.getByRole("button", { name: "Toon wachtwoord" }).click();
        await page.getByRole("button", { name: "Verberg wachtwoord", exact: true }).waitFor();
    }));

test("An answer of a newer server asks to load the page again, and never makes the program trap.", () =>
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
            [200, { ...PROVEN, rules: { ...PROVEN.rules, min_score: 9 } }],
            [200, []],
            [200, null],
            [409, { refusal: "something_new" }],
            [422, { refusal: "invalid", field: "username", reason: "something_new" }],
            [422, { refusal: "weak_password", breaches: [{ breach: "something_new" }] }],
            [418, {}],
        ]) {
            await page.route("**/api/reset/identify", (route) => route.fulfill({ status, json }), { times: 1 });
            await wizard.giveUsername("G.Oezdemir");
            await wizard.isTold("Deze pagina werkt niet goed", "Laad de pagina opnieuw");
        }
        // Fields that this version does not know are no reason to stop.
        await page.route("**/api/reset/identify", (route) => route.fulfill({ json: { ...code, hint: { new: [1.5, "\u{1F600}"] } } }), { times: 1 });
        await wizard.giveUsername("G.Oezdemir");
        await wizard.isAt(SCREENS.code);
    }));

for (const [what, answer] of [
    ["a captive portal's page", { status: 200, contentType: "text/html", body: "<!doctype html><title>Wifi</title>" }],
    ["a truncated answer", { status: 200, contentType: "application/json", body: '{"step":"birthdate","user' }],
    ["an empty answer", { status: 200, body: "" }],
    ["a gateway's own JSON", { status: 502, contentType: "application/json", body: '{"message":"no upstream"}' }],
    ["a gateway without a server", { status: 504, contentType: "text/html", body: "<h1>Gateway Timeout</h1>" }],
]) {
    test(`For ${what} the page waits as without a connection, and goes on by itself.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await page.route("**/api/reset/identify", (route) => route.fulfill(answer), { times: 1 });
            await wizard.giveUsername("G.Oezdemir");
            await wizard.sees("Geen verbinding");
            await wizard.isAt(SCREENS.birthdate);
            await page.getByText("Geen verbinding", { exact: true }).waitFor({ state: "detached" });
        }));
}
