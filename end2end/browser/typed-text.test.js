// Text as people type and paste it: digits of other scripts, codes with dashes and words around them, user names with
// signs of a sentence.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { Registration, WORDS } from "./support/registration.js";
import { PASSWORD_STEP, SCREENS, Wizard } from "./support/wizard.js";

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

/** The zero of each script; its nine other digits follow in order. */
const ZEROS = { "Arabic-Indic": 0x660, Persian: 0x6f0, "full-width": 0xff10, Devanagari: 0x966 };
const inScript = (zero, text) => text.replaceAll(/[0-9]/g, (digit) => String.fromCodePoint(zero + Number(digit)));

const CODE_STEP = { step: "code", username: "E.Hendriks", ways: ["TOKEN"], way: "TOKEN", resend_after: null, expires_in: 900 };

/** Enters a text by typing its characters, or all at once as a paste does. */
const ENTER = {
    typed: (field, text) => field.pressSequentially(text),
    pasted: (field, text) => field.fill(text),
};

/** Opens the wizard at a step that the server is made to report, and records what the page sends. */
async function openAt(page, step, call) {
    const sent = [];
    page.on("request", (request) => request.method() === "POST" && request.url().endsWith(`/${call}`) && sent.push(request.postDataJSON()));
    const wizard = new Wizard(page, demo);
    await page.route("**/api/reset/current", (route) => route.fulfill({ json: step }));
    await wizard.open();
    return { wizard, sent };
}

for (const [script, zero] of Object.entries(ZEROS)) {
    for (const [how, enter] of Object.entries(ENTER)) {
        test(`Digits of the script ${script} are accepted when ${how}: code, birthdate and number.`, () =>
            withPage(browser, demo, PHONE, async (page) => {
                const { wizard, sent } = await openAt(page, { step: "birthdate", username: "E.Hendriks", expires_in: 900 }, "birthdate");
                await wizard.isAt(SCREENS.birthdate);
                await wizard.stub("birthdate", 200, CODE_STEP);
                await enter(wizard.field("birthdate"), inScript(zero, "01101984"));
                await wizard.sees("Je hebt ingevuld: 1 oktober 1984");
                assert.equal(await wizard.field("birthdate").inputValue(), "01-10-1984", "the field shows what the page understood");
                await wizard.next.tap();
                await wizard.isAt(SCREENS.code);
                assert.deepEqual(sent, [{ birthdate: "1984-10-01" }]);

                const codes = [];
                page.on("request", (request) => request.url().endsWith("/code") && codes.push(request.postDataJSON()));
                await wizard.stub("code", 200, PASSWORD_STEP);
                await enter(wizard.field("code"), inScript(zero, "1234 5678"));
                assert.equal(await wizard.field("code").inputValue(), "1234 5678");
                await wizard.next.tap();
                await wizard.isAt(SCREENS.password);
                assert.deepEqual(codes, [{ code: "12345678" }]);
            }));

        test(`A mobile number in digits of the script ${script} is accepted when ${how}.`, () =>
            withPage(browser, demo, PHONE, async (page) => {
                const registration = new Registration(page, demo);
                await registration.open();
                await registration.signIn("E.Hendriks", demo.details.first_password);
                await registration.isAt("overview");
                await registration.button("Nummer invullen").or(registration.button("Nummer wijzigen")).tap();
                await registration.isAt("mobile");
                await enter(registration.field("mobile"), inScript(zero, "06-12345605"));
                assert.equal(await registration.field("mobile").inputValue(), "06-12345605");
                await registration.button(WORDS.save).tap();
                await registration.isAt("check_mobile");
                await registration.sees("06-12 34 56 05");
                await registration.button(WORDS.saveChecked).tap();
                await registration.sees("Je nummer is opgeslagen.");
                await registration.sees("06-•• •• •• 05");
            }));
    }
}

for (const [typed, code] of [
    ["1234–5678", "12345678"],
    ["1234\u20115678", "12345678"],
    ["1234—5678", "12345678"],
    ["1234.5678", "12345678"],
    ["1234\u00a05678", "12345678"],
    ["\u200e123456\u200f", "123456"],
    ["Code: 12345678.", "12345678"],
    ["Je code is 123 456", "123456"],
    ["(1234 5678)", "12345678"],
]) {
    test(`A pasted code «${typed}» is accepted.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const { wizard, sent } = await openAt(page, CODE_STEP, "code");
            await wizard.isAt(SCREENS.code);
            await wizard.stub("code", 200, PASSWORD_STEP);
            await wizard.submitCode(typed);
            await wizard.isAt(SCREENS.password);
            assert.deepEqual(sent, [{ code }]);
        }));
}

test("A pasted text without a code, or with two numbers that can be one, is refused without a request.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const { wizard, sent } = await openAt(page, CODE_STEP, "code");
        await wizard.isAt(SCREENS.code);
        for (const typed of ["Code:", "12345", "abc", "Code 123456 of 654321", "123456789"]) {
            await wizard.submitCode(typed);
            await wizard.seesNotice("Er klopt iets niet");
        }
        assert.deepEqual(sent, []);
    }));

for (const typed of ["A.Janssen. ", "A.Janssen;", "A.Janssen,", "\u200eA.Janssen\u200f", "A.Janssen\u00a0", "\ufeffA.Janssen."]) {
    test(`A user name typed as ${JSON.stringify(typed)} is accepted without the signs around it.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.submitUsername(typed);
            await wizard.isAt(SCREENS.birthdate);
            assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
        }));
}
