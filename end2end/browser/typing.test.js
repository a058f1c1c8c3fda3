// What the screens do while the user types, and which data stays out of URL, storage and requests.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { recordAnnouncements, takeAnnouncements } from "./support/announcements.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
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

test("The birthdate is spelled out while it is typed, in every accepted notation.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "A.Janssen");
        for (const typed of ["01-10-1984", "1-10-1984", "01101984", "01/10/1984", "1 okt 1984", "1 oktober 1984"]) {
            await wizard.field("birthdate").fill(typed);
            await wizard.sees("Je hebt ingevuld: 1 oktober 1984");
            await wizard.field("birthdate").fill("");
            await page.getByText("1 oktober 1984").waitFor({ state: "detached" });
        }
        await wizard.field("birthdate").fill("1 okt 1984");
        await wizard.next.click();
        await wizard.isAt(SCREENS.code);
        await wizard.sees("1 oktober 1984");
    }));

test("The focus moves to a new screen immediately, even if rendering is late, so that it does not interrupt typing.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        // A device that is too busy to render.
        await page.addInitScript(() => (globalThis.requestAnimationFrame = () => 0));
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.submitUsername("A.Janssen");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.isFocused(wizard.heading(SCREENS.birthdate), "the focus on the heading");
        await wizard.submitBirthdate("31-02-1984");
        await wizard.isFocused(wizard.summary, "the focus on the notice");
    }));

test("A user name typed with its domain is accepted without it.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        for (const typed of ["A.Janssen@pantein.grp", "A.Janssen@Pantein.nl", "PANTEIN\\A.Janssen", "  A.Janssen "]) {
            await wizard.open();
            await wizard.submitUsername(typed);
            await wizard.isAt(SCREENS.birthdate);
            assert.equal(await wizard.field("username").inputValue(), "A.Janssen", typed);
            await wizard.cancel.click();
            await wizard.isAt(SCREENS.username);
        }
    }));

test("A code may be entered with spaces.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "B.Smits");
        const code = await demo.code("B.Smits");
        await wizard.submitCode(` ${code.slice(0, 4)} ${code.slice(4)} `);
        await wizard.isAt(SCREENS.password);
    }));

test("1.3.5, H1 Every field declares its purpose to keyboards and password managers.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const has = async (name, attributes) => {
            for (const [attribute, value] of Object.entries(attributes)) {
                assert.equal(await wizard.field(name).getAttribute(attribute), value, `${name}: ${attribute}`);
            }
            const size = await wizard.field(name).evaluate((field) => parseFloat(getComputedStyle(field).fontSize));
            assert.ok(size >= 16, `${name}: phones zoom in on text of ${size} px`);
        };
        await wizard.open();
        await has("username", {
            name: "username", type: "text", autocomplete: "username", autocapitalize: "none", spellcheck: "false",
            autocorrect: "off",
        });
        await wizard.advanceTo(SCREENS.birthdate, "F.Vermeulen");
        await has("birthdate", { type: "text", autocomplete: "bday" });
        await wizard.complete(SCREENS.birthdate, "F.Vermeulen");
        await wizard.isAt(SCREENS.code);
        await has("code", { type: "text", autocomplete: "one-time-code", inputmode: "numeric", pattern: "[0-9]*" });
        await wizard.complete(SCREENS.code, "F.Vermeulen");
        await wizard.isAt(SCREENS.password);
        for (const name of ["password", "repeat"]) await has(name, { type: "password", autocomplete: "new-password" });
        const hiddenUsername = page.locator("form input[autocomplete=username]");
        assert.equal((await hiddenUsername.inputValue()).toLowerCase(), "f.vermeulen", "password managers save the password with the right user name");
    }));

test("Typing the password updates the checklist, shows the strength with a reason, and sends no request.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.password, "G.Oezdemir");
        // The estimator may still be loading.
        await wizard.field("password").pressSequentially("Qwerty-123456");
        await eventually(async () => (await wizard.strength()) <= 1, { description: "a weak password" });
        await page.getByText(/Sterkte: +(heel )?zwak\. .* Nog één eis te gaan\./).first().waitFor();
        await wizard.hasCheck("Minstens 12 tekens", "met");
        await wizard.hasCheck("Moeilijk te raden", "unmet");
        // A password that violates a rule shows the missing requirement instead of its strength.
        await wizard.field("password").fill("");
        await wizard.field("password").pressSequentially("Tuba-9!x");
        await page.getByText(/Sterkte: +Kan nog niet: minstens 12 tekens\. Nog/).first().waitFor();
        assert.equal(await page.locator(".meter").getAttribute("data-level"), "", "no strength for an invalid password");
        await wizard.hasCheck("Minstens 12 tekens", "unmet");

        const requests = [];
        page.on("request", (request) => requests.push(request.url()));
        await wizard.field("password").fill("");
        await wizard.field("password").pressSequentially("Pantein-Gül-Özdemir-1");
        await wizard.hasCheck("Minstens 12 tekens", "met");
        await wizard.hasCheck("Drie van deze vier", "met");
        await wizard.hasCheck("Je eigen naam staat er niet in", "unmet");
        await wizard.hasCheck("Het woord «pantein» staat er niet in", "unmet");
        await wizard.field("password").fill("");
        await wizard.field("password").pressSequentially(NEW_PASSWORD);
        for (const line of [
            "Minstens 12 tekens", "Drie van deze vier", "Je eigen naam", "Het woord «pantein»", "Moeilijk te raden",
        ]) await wizard.hasCheck(line, "met");
        await eventually(async () => (await wizard.strength()) >= 3, { description: "a strong password" });
        await wizard.hasCheck("Twee keer hetzelfde ingevuld", "unmet");
        await wizard.field("repeat").pressSequentially(NEW_PASSWORD);
        await wizard.hasCheck("Twee keer hetzelfde ingevuld", "met");
        await eventually(
            () => page.getByRole("status").filter({ hasText: "Je wachtwoord voldoet aan alle eisen." }).count(),
            { description: "the announcement that all requirements are met" },
        );
        assert.deepEqual(requests, [], "typing sends no request");
    }));

for (const [how, breakEstimator] of [
    ["is unavailable", (page) => page.route("**/*worker*", (route) => route.fulfill({ status: 404, body: "404\n" }))],
    ["fails to load", (page) => page.route("**/strength_bg.*", (route) => route.abort("connectionreset"))],
]) {
    test(`If the strength estimate ${how}, the screen says so and does not mark its requirement as met.`, async () => {
        // Without `withPage`, because the simulated failure causes console errors.
        const context = await browser.newContext({ ...PHONE, locale: "nl-NL", reducedMotion: "reduce" });
        try {
            await recordAnnouncements(context);
            const page = await context.newPage();
            await breakEstimator(page);
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.advanceTo(SCREENS.code, "E.Hendriks");
            await wizard.stub("code", 200, PASSWORD_STEP);
            await wizard.submitCode("12345678");
            await wizard.isAt(SCREENS.password);
            await page.getByText("We controleren de sterkte als je op Volgende drukt.").first().waitFor();
            await wizard.hasCheck("Moeilijk te raden", "said");
            const status = async () => (await page.getByRole("status").allInnerTexts()).join("");
            await wizard.field("password").pressSequentially("qwerty");
            await eventually(async () => (await status()).includes("te gaan"), { description: "the remaining requirements" });
            await wizard.field("password").fill(NEW_PASSWORD);
            await wizard.hasCheck("Minstens 12 tekens", "met");
            await wizard.hasCheck("Moeilijk te raden", "said");
            await eventually(async () => (await status()) === "", { description: "an empty status without an estimate" });
            const announcements = (await takeAnnouncements(page)).map(({ text }) => text);
            assert.ok(!announcements.some((text) => text.includes("aan alle eisen")), announcements.join("\n"));
        } finally {
            await context.close();
        }
    });
}

test("A suggested password is filled in only when it is accepted, and sent only by Volgende.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "E.Hendriks");
        await wizard.stub("code", 200, PASSWORD_STEP);
        await wizard.submitCode("12345678");
        await wizard.isAt(SCREENS.password);
        const requests = [];
        page.on("request", (request) => requests.push(new URL(request.url()).pathname));
        await wizard.button("Stel er een voor").tap();
        const suggested = page.locator(".passphrase");
        const first = await suggested.textContent();
        assert.match(first, /^([a-z]+(\d[!?+=%@#*])?-){3}[a-z]+(\d[!?+=%@#*])?$/);
        // The button stays where the focus is, and the new text is announced.
        assert.equal(await suggested.getAttribute("role"), "status");
        await wizard.button("Stel een andere voor").focus();
        await page.keyboard.press("Enter");
        await wizard.isFocused(wizard.button("Stel een andere voor"), "the focus on the button that was pressed");
        await eventually(async () => (await suggested.textContent()) !== first, { description: "another suggestion" });
        const second = await suggested.textContent();
        assert.equal(await wizard.field("password").inputValue(), "", "nothing is filled in before it is accepted");
        await wizard.button("Neem deze over").tap();
        for (const name of ["password", "repeat"]) assert.equal(await wizard.field(name).inputValue(), second, name);
        await wizard.isFocused(wizard.field("password"), "the focus on the filled-in field");
        assert.equal(await suggested.textContent(), second, "the suggestion stays visible");
        assert.equal(await wizard.field("password").getAttribute("type"), "text", "the password is shown");
        for (const line of ["Minstens 12 tekens", "Drie van deze vier", "Moeilijk te raden", "Twee keer hetzelfde"]) {
            await wizard.hasCheck(line, "met");
        }
        assert.deepEqual(requests.filter((path) => path.startsWith("/api/")), [], "the server is not contacted");
        assert.equal(requests.filter((path) => path.includes("passphrase")).length, 1, "the word list is loaded once");
    }));

test("If the word list is unavailable, the screen says so and everything else works.", async () => {
    // Without `withPage`, because the simulated failure causes console errors.
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL", reducedMotion: "reduce" });
    try {
        const page = await context.newPage();
        await page.route("**/passphrase-words.txt", (route) => route.abort("connectionreset"));
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "E.Hendriks");
        await wizard.stub("code", 200, PASSWORD_STEP);
        await wizard.submitCode("12345678");
        await wizard.isAt(SCREENS.password);
        await wizard.button("Stel er een voor").tap();
        await wizard.sees("Een voorstel doen lukt nu niet. Kies zelf een wachtwoord.");
        await wizard.typePassword(NEW_PASSWORD);
        await wizard.hasCheck("Moeilijk te raden", "met");
    } finally {
        await context.close();
    }
});

test("A leading or trailing space of a password is pointed out and kept.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "E.Hendriks");
        await wizard.stub("code", 200, PASSWORD_STEP);
        await wizard.submitCode("12345678");
        await wizard.isAt(SCREENS.password);
        const notice = page.getByText("Je wachtwoord begint of eindigt met een spatie. Klopt dat?", { exact: true });
        for (const password of [` ${NEW_PASSWORD}`, `${NEW_PASSWORD} `]) {
            await wizard.field("password").fill(password);
            await notice.waitFor();
            assert.equal(await wizard.field("password").inputValue(), password);
        }
        await wizard.field("password").fill(NEW_PASSWORD);
        await notice.waitFor({ state: "hidden" });
        await wizard.field("password").evaluate((field) =>
            field.dispatchEvent(new KeyboardEvent("keydown", { key: "A", modifierCapsLock: true, bubbles: true })));
        await wizard.sees("Caps Lock staat aan.");
    }));

test("A date can be typed with digits only, and added dashes do not interfere with caret and deletion.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "E.Hendriks");
        const field = wizard.field("birthdate");
        assert.equal(await field.getAttribute("inputmode"), "numeric");
        await field.pressSequentially("0110");
        assert.equal(await field.inputValue(), "01-10-");
        await field.press("Backspace");
        assert.equal(await field.inputValue(), "01-10");
        await field.pressSequentially("1984");
        assert.equal(await field.inputValue(), "01-10-1984");
        await field.press("Home");
        await field.press("Delete");
        await field.pressSequentially("2");
        assert.equal(await field.inputValue(), "21-10-1984");
        assert.equal(await field.evaluate((input) => input.selectionStart), 1, "the caret keeps its position");
        await field.fill("");
        await field.pressSequentially("24-12-90");
        await wizard.next.click();
        await wizard.seesNotice("Er klopt iets niet", "Vul het jaar met vier cijfers in, bijvoorbeeld 1984.");
    }));

test("No secret stays in the URL, storage or history, and scripts cannot read the cookies.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        const username = "A.Janssen";
        const isClean = async (where) => {
            assert.equal(page.url(), demo.url, where);
            const stored = await page.evaluate(() => ({
                local: { ...localStorage },
                session: { ...sessionStorage },
                state: history.state,
                cookie: document.cookie,
            }));
            assert.deepEqual(stored.session, {}, where);
            assert.deepEqual(Object.keys(stored.local).filter((key) => key !== "language"), [], where);
            assert.equal(stored.cookie, "", where);
            assert.ok([null, 1, 2, 3, 4, 5].includes(stored.state), `${where}: ${JSON.stringify(stored.state)}`);
            for (const cookie of await context.cookies()) {
                // A finished reset sets the cookie of a known device.
                assert.ok(["visit", ...(where === "screen 5" ? ["device"] : [])].includes(cookie.name), `${where}: ${cookie.name}`);
                assert.equal(cookie.httpOnly, true, where);
                assert.equal(cookie.sameSite, "Strict", where);
                assert.equal(cookie.path, "/", where);
                assert.match(cookie.value, /^[\w-]{20,}$/, `${where}: a random or sealed value`);
            }
        };
        await wizard.open();
        assert.deepEqual(await context.cookies(), [], "reading sets no cookie");
        for (let screen = SCREENS.username; screen < SCREENS.done; screen += 1) {
            await isClean(`screen ${screen}`);
            await wizard.complete(screen, username);
            await wizard.isAt(screen + 1);
        }
        await isClean("screen 5");
    }));
