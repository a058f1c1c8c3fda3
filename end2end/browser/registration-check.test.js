// The confirmation of a typed birthdate or mobile number in the registration, before it is saved.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { Registration, WORDS } from "./support/registration.js";
import { recordPosts } from "./support/requests.js";

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

const VALUES = [
    { name: "birthdate", open: "Geboortedatum invullen", typed: "24121990", shown: "24 december 1990", saved: "Je geboortedatum is opgeslagen." },
    { name: "mobile", open: "Nummer invullen", typed: "0612345605", shown: "06-12 34 56 05", saved: "Je nummer is opgeslagen." },
];

/** Signs in as an employee without registered values, types a value and opens its confirmation. */
async function openCheck(registration, { name, open, typed, shown }) {
    await registration.open();
    await registration.signIn("E.Hendriks", demo.details.first_password);
    await registration.isAt("overview");
    await registration.button(open).click();
    await registration.isAt(name);
    await registration.field(name).fill(typed);
    // What the field shows: the page completes a date with dashes.
    const text = await registration.field(name).inputValue();
    await registration.button(WORDS.save).click();
    await registration.isAt(`check_${name}`);
    await registration.sees(shown);
    return text;
}

const hasFocus = (locator, description) =>
    eventually(() => locator.evaluate((element) => element === document.activeElement), { description });
const heading = (page) => page.getByRole("heading", { level: 1 });

for (const value of VALUES) {
    test(`A ${value.name} is not sent before it is confirmed; «Wijzigen» and Back return to the field with the typed text.`, () =>
        withPage(browser, demo, DESKTOP, async (page) => {
            const registration = new Registration(page, demo);
            const text = await openCheck(registration, value);
            const calls = recordPosts(page);
            await hasFocus(heading(page), "the focus on the heading of the confirmation");
            assert.ok((await page.title()).startsWith(await heading(page).innerText()), "the title is that of the confirmation");
            const described = await heading(page).getAttribute("aria-describedby");
            assert.equal(await page.locator(`[id="${described}"]`).innerText(), value.shown, "a screen reader reads the value with the heading");

            await registration.button(WORDS.change).click();
            await registration.isAt(value.name);
            await hasFocus(registration.field(value.name), "the focus in the field");
            assert.equal(await registration.field(value.name).inputValue(), text);
            await registration.button(WORDS.save).click();
            await registration.isAt(`check_${value.name}`);

            await page.goBack();
            await registration.isAt(value.name);
            assert.equal(await registration.field(value.name).inputValue(), text);
            // Forward opens nothing: the text may have changed.
            await page.goForward();
            await registration.isAt(value.name);
            await page.goBack();
            await registration.isAt(value.name);
            await page.goBack();
            await registration.isAt("overview");
            assert.deepEqual(calls, []);
        }));

    test(`After a reload at the confirmation of a ${value.name} the overview is shown and nothing is saved.`, () =>
        withPage(browser, demo, PHONE, async (page) => {
            const registration = new Registration(page, demo);
            await openCheck(registration, value);
            const calls = recordPosts(page);
            await page.reload();
            await registration.isLive();
            await registration.isAt("overview");
            await registration.button(value.open).tap();
            await registration.isAt(value.name);
            assert.equal(await registration.field(value.name).inputValue(), "");
            await registration.field(value.name).fill(value.typed);
            await registration.button(WORDS.save).tap();
            await registration.isAt(`check_${value.name}`);
            await page.goBack();
            await registration.isAt(value.name);
            await page.goBack();
            await registration.isAt("overview");
            assert.deepEqual(calls, []);
        }));

    test(`A ${value.name} that the server refuses is corrected in its field.`, () =>
        withPage(browser, demo, DESKTOP, async (page) => {
            const registration = new Registration(page, demo);
            const text = await openCheck(registration, value);
            await registration.stub(value.name, 422, { refusal: "invalid", field: value.name, reason: value.name === "mobile" ? "not_mobile" : "future" });
            await registration.button(WORDS.saveChecked).click();
            await registration.seesNotice("Er klopt iets niet");
            assert.equal(await registration.field(value.name).inputValue(), text);
            await page.goBack();
            await registration.isAt("overview");
        }));
}

test("A birthdate that cannot be that of an employee is refused before it is confirmed, by the server's clock.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const registration = new Registration(page, demo);
        // The clock of the device is wrong; the server's counts.
        await page.clock.setFixedTime("1985-01-01T12:00:00Z");
        await registration.open();
        await registration.signIn("E.Hendriks", demo.details.first_password);
        await registration.isAt("overview");
        await registration.button("Geboortedatum invullen").click();
        const calls = recordPosts(page);
        const year = new Date().getUTCFullYear();
        for (const typed of [`01-01-${year - 2}`, "01-01-1910", `31-12-${year + 1}`, "01-01-1899", "31-02-1990"]) {
            await registration.field("birthdate").fill(typed);
            await registration.button(WORDS.save).click();
            await registration.seesNotice("Er klopt iets niet");
        }
        for (const [typed, shown] of [["24-12-1990", "24 december 1990"], ["01-06-1965", "1 juni 1965"]]) {
            await registration.field("birthdate").fill(typed);
            await registration.button(WORDS.save).click();
            await registration.isAt("check_birthdate");
            await registration.sees(shown);
            await registration.button(WORDS.change).click();
        }
        assert.deepEqual(calls, []);
    }));

for (const value of VALUES) {
    test(`A ${value.name} is confirmed and saved with the keyboard, and Back then leaves the page.`, () =>
        withPage(browser, demo, DESKTOP, async (page) => {
            const registration = new Registration(page, demo);
            await page.goto(`${demo.origin}/hulp`);
            await openCheck(registration, value);
            const calls = recordPosts(page);
            await page.keyboard.press("Tab");
            await hasFocus(registration.button(WORDS.saveChecked), "the focus on the first button after the heading");
            await page.keyboard.press("Enter");
            await registration.isAt("overview");
            await registration.sees(value.saved);
            assert.deepEqual(calls, [`/api/registration/${value.name}`]);
            await eventually(() => page.evaluate(() => !(history.state >= 4)), { description: "the history entry of the overview" });
            await page.goBack();
            await page.waitForURL("**/hulp");
        }));
}
