// What the screens do while somebody types, and what they keep to themselves. Not the way through them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { announced, listen } from "./support/announced.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
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

test("The birthdate is spelled out while it is typed, however it is written.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "A.Janssen");
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

test("The focus goes to a new screen at once, also where drawing is late: it is not taken from whoever types already.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        // A device that is too busy to draw.
        await page.addInitScript(() => (globalThis.requestAnimationFrame = () => 0));
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.giveUsername("A.Janssen");
        await wizard.isAt(SCREENS.birthdate);
        await wizard.isFocused(wizard.heading(SCREENS.birthdate), "the focus on the heading");
        await wizard.giveBirthdate("31-02-1984");
        await wizard.isFocused(wizard.summary, "the focus on the notice");
    }));

test("A user name typed with its domain is taken without it.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        for (const typed of ["A.Janssen@pantein.grp", "A.Janssen@Pantein.nl", "PANTEIN\\A.Janssen", "  A.Janssen "]) {
            await wizard.open();
            await wizard.giveUsername(typed);
            await wizard.isAt(SCREENS.birthdate);
            assert.equal(await wizard.field("username").inputValue(), "A.Janssen", typed);
            await wizard.cancel.click();
            await wizard.isAt(SCREENS.username);
        }
    }));

test("A code may be pasted with its spaces.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "B.Smits");
        const code = await demo.code("B.Smits");
        await wizard.giveCode(` ${code.slice(0, 4)} ${code.slice(4)} `);
        await wizard.isAt(SCREENS.password);
    }));

test("1.3.5, H1 Every field tells keyboards and password managers what it is for.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const has = async (name, attributes) => {
            for (const [attribute, value] of Object.entries(attributes)) {
                assert.equal(await wizard.field(name).getAttribute(attribute), value, `${name}: ${attribute}`);
            }
            const size = await wizard.field(name).evaluate((field) => parseFloat(getComputedStyle(field).fontSize));
            assert.ok(size >= 16, `${name}: phones zoom in on ${size} px`);
        };
        await wizard.open();
        await has("username", {
            name: "username", type: "text", autocomplete: "username", autocapitalize: "none", spellcheck: "false",
            autocorrect: "off",
        });
        await wizard.walkTo(SCREENS.birthdate, "F.Vermeulen");
        await has("birthdate", { type: "text", autocomplete: "bday" });
        await wizard.pass(SCREENS.birthdate, "F.Vermeulen");
        await wizard.isAt(SCREENS.code);
        await has("code", { type: "text", autocomplete: "one-time-code", inputmode: "numeric", pattern: "[0-9]*" });
        await wizard.pass(SCREENS.code, "F.Vermeulen");
        await wizard.isAt(SCREENS.password);
        for (const name of ["password", "repeat"]) await has(name, { type: "password", autocomplete: "new-password" });
        const beside = page.locator("form input[autocomplete=username]");
        assert.equal((await beside.inputValue()).toLowerCase(), "f.vermeulen", "password managers save the right pair");
    }));

test("Typing the password ticks off the requirements, gives a verdict with a reason, and asks the server nothing.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.password, "G.Oezdemir");
        // The estimator's own files may still be on their way.
        await wizard.field("password").pressSequentially("Qwerty-123456");
        await eventually(async () => (await wizard.strength()) <= 1, { says: "a weak password" });
        await page.getByText(/Sterkte: +(heel )?zwak\. .* Nog één eis te gaan\./).first().waitFor();
        await wizard.hasCheck("Minstens 12 tekens", "met");
        await wizard.hasCheck("Moeilijk te raden", "unmet");
        // What a rule rejects gets no praise for its strength, but what is missing.
        await wizard.field("password").fill("");
        await wizard.field("password").pressSequentially("Tuba-9!x");
        await page.getByText(/Sterkte: +Kan nog niet: minstens 12 tekens\. Nog/).first().waitFor();
        assert.equal(await page.locator(".meter").getAttribute("data-level"), "", "no strength of what cannot be");
        await wizard.hasCheck("Minstens 12 tekens", "unmet");

        const asked = [];
        page.on("request", (request) => asked.push(request.url()));
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
        await eventually(async () => (await wizard.strength()) >= 3, { says: "a strong password" });
        await wizard.hasCheck("Twee keer hetzelfde ingevuld", "unmet");
        await wizard.field("repeat").pressSequentially(NEW_PASSWORD);
        await wizard.hasCheck("Twee keer hetzelfde ingevuld", "met");
        await eventually(
            () => page.getByRole("status").filter({ hasText: "Je wachtwoord voldoet aan alle eisen." }).count(),
            { says: "a screen reader told that all is met" },
        );
        assert.deepEqual(asked, [], "typing sends no request");
    }));

for (const [how, act] of [
    ["is not to be had", (page) => page.route("**/*worker*", (route) => route.fulfill({ status: 404, body: "404\n" }))],
    ["breaks off", (page) => page.route("**/strength_bg.*", (route) => route.abort("connectionreset"))],
]) {
    test(`Where the strength estimate ${how} the screen says so, ticks nothing off for it and promises nothing.`, async () => {
        // Not watched: the browser complains of what is broken here.
        const context = await browser.newContext({ ...PHONE, locale: "nl-NL", reducedMotion: "reduce" });
        try {
            await listen(context);
            const page = await context.newPage();
            await act(page);
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.walkTo(SCREENS.code, "E.Hendriks");
            await wizard.answer("code", 200, PROVEN);
            await wizard.giveCode("12345678");
            await wizard.isAt(SCREENS.password);
            await page.getByText("We controleren de sterkte als je op Volgende drukt.").first().waitFor();
            await wizard.hasCheck("Moeilijk te raden", "said");
            const said = async () => (await page.getByRole("status").allInnerTexts()).join("");
            await wizard.field("password").pressSequentially("qwerty");
            await eventually(async () => (await said()).includes("te gaan"), { says: "what is left to do" });
            await wizard.field("password").fill(NEW_PASSWORD);
            await wizard.hasCheck("Minstens 12 tekens", "met");
            await wizard.hasCheck("Moeilijk te raden", "said");
            await eventually(async () => (await said()) === "", { says: "nothing said of what nobody knows" });
            const heard = (await announced(page)).map(({ text }) => text);
            assert.ok(!heard.some((text) => text.includes("aan alle eisen")), heard.join("\n"));
        } finally {
            await context.close();
        }
    });
}

test("A password is suggested, filled in when it is taken over, and sent only by Volgende.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "E.Hendriks");
        await wizard.answer("code", 200, PROVEN);
        await wizard.giveCode("12345678");
        await wizard.isAt(SCREENS.password);
        const asked = [];
        page.on("request", (request) => asked.push(new URL(request.url()).pathname));
        await wizard.button("Stel er een voor").tap();
        const suggested = page.locator(".passphrase");
        const first = await suggested.textContent();
        assert.match(first, /^([a-z]+(\d[!?+=%@#*])?-){3}[a-z]+(\d[!?+=%@#*])?$/);
        // The button stays where the focus is, and the new text is announced.
        assert.equal(await suggested.getAttribute("role"), "status");
        await wizard.button("Stel een andere voor").focus();
        await page.keyboard.press("Enter");
        await wizard.isFocused(wizard.button("Stel een andere voor"), "the focus on the button that was pressed");
        await eventually(async () => (await suggested.textContent()) !== first, { says: "another suggestion" });
        const second = await suggested.textContent();
        assert.equal(await wizard.field("password").inputValue(), "", "nothing is filled in unasked");
        await wizard.button("Neem deze over").tap();
        for (const name of ["password", "repeat"]) assert.equal(await wizard.field(name).inputValue(), second, name);
        await wizard.isFocused(wizard.field("password"), "the focus on the field that is filled in");
        assert.equal(await suggested.textContent(), second, "it can still be read in full");
        assert.equal(await wizard.field("password").getAttribute("type"), "text", "it can be read");
        for (const line of ["Minstens 12 tekens", "Drie van deze vier", "Moeilijk te raden", "Twee keer hetzelfde"]) {
            await wizard.hasCheck(line, "met");
        }
        assert.deepEqual(asked.filter((path) => path.startsWith("/api/")), [], "the server knows nothing of it");
        assert.equal(asked.filter((path) => path.includes("passphrase")).length, 1, "the list is loaded once");
    }));

test("Where the list of words is not to be had, the screen says so and everything else works.", async () => {
    // Not watched: the browser complains of what is broken here.
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL", reducedMotion: "reduce" });
    try {
        const page = await context.newPage();
        await page.route("**/passphrase-words.txt", (route) => route.abort("connectionreset"));
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "E.Hendriks");
        await wizard.answer("code", 200, PROVEN);
        await wizard.giveCode("12345678");
        await wizard.isAt(SCREENS.password);
        await wizard.button("Stel er een voor").tap();
        await wizard.sees("Een voorstel doen lukt nu niet. Kies zelf een wachtwoord.");
        await wizard.typePassword(NEW_PASSWORD);
        await wizard.hasCheck("Moeilijk te raden", "met");
    } finally {
        await context.close();
    }
});

test("A space around a password is pointed out and stays.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "E.Hendriks");
        await wizard.answer("code", 200, PROVEN);
        await wizard.giveCode("12345678");
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

test("A date needs only digits, and neither the caret nor a removed dash is fought.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "E.Hendriks");
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
        assert.equal(await field.evaluate((input) => input.selectionStart), 1, "the caret stays where it was");
        await field.fill("");
        await field.pressSequentially("24-12-90");
        await wizard.next.click();
        await wizard.isTold("Er klopt iets niet", "Vul het jaar met vier cijfers in, bijvoorbeeld 1984.");
    }));

test("Nothing secret stays in address, storage or history, and the cookies are out of scripts' reach.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const wizard = new Wizard(page, demo);
        const username = "A.Janssen";
        const isClean = async (where) => {
            assert.equal(page.url(), demo.url, where);
            const kept = await page.evaluate(() => ({
                local: { ...localStorage },
                session: { ...sessionStorage },
                state: history.state,
                cookie: document.cookie,
            }));
            assert.deepEqual(kept.session, {}, where);
            assert.deepEqual(Object.keys(kept.local).filter((key) => key !== "language"), [], where);
            assert.equal(kept.cookie, "", where);
            assert.ok([null, 1, 2, 3, 4, 5].includes(kept.state), `${where}: ${JSON.stringify(kept.state)}`);
            for (const cookie of await context.cookies()) {
                // A finished reset makes the browser a known one.
                assert.ok(["visit", ...(where === "screen 5" ? ["device"] : [])].includes(cookie.name), `${where}: ${cookie.name}`);
                assert.equal(cookie.httpOnly, true, where);
                assert.equal(cookie.sameSite, "Strict", where);
                assert.equal(cookie.path, "/", where);
                assert.match(cookie.value, /^[\w-]{20,}$/, `${where}: random or sealed, and nothing else`);
            }
        };
        await wizard.open();
        assert.deepEqual(await context.cookies(), [], "reading sets no cookie");
        for (let screen = SCREENS.username; screen < SCREENS.done; screen += 1) {
            await isClean(`screen ${screen}`);
            await wizard.pass(screen, username);
            await wizard.isAt(screen + 1);
        }
        await isClean("screen 5");
    }));
