// The page before its program has loaded: on a slow network, on a failing one, and without scripting. `cargo figures`
// measures the times.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { SCREENS, Wizard } from "./support/wizard.js";

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

test("The first screen is shown before the program loads, and typed text is kept, with focus and caret.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const release = await holdProgram(page);
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await wizard.isAt(SCREENS.username);
        await wizard.field("username").pressSequentially("A.Jansen");
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.press("ArrowLeft");
        release();
        await wizard.isLive();
        await wizard.isFocused(wizard.field("username"), "the focus still in the field");
        await page.keyboard.type("s");
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
    }));

test("A name typed at 400 kbit/s while the program loads is complete, and nothing on the screen moves.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const name = "A.Janssen@pantein.nl";
        const network = await context.newCDPSession(page);
        await network.send("Network.enable");
        await network.send("Network.emulateNetworkConditions", {
            offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000,
        });
        await page.addInitScript(watchField);
        const wizard = new Wizard(page, demo);
        await page.goto(demo.url, { waitUntil: "commit" });
        await wizard.field("username").focus();
        const isLive = () => page.locator("html[data-live]").count();
        assert.equal(await isLive(), 0, "the program is still loading");
        for (const [at, letter] of [...name].entries()) {
            // The last letters are typed after the program has started.
            if (at === name.length - 5) await wizard.isLive();
            await page.keyboard.type(letter);
        }
        assert.equal(await wizard.field("username").inputValue(), name);
        assert.deepEqual(await page.evaluate(() => globalThis.record), { lost: [], layoutShift: 0 });
    }));

/** In the page: records whether the field lost its text or its focus, and the layout shift. */
function watchField() {
    const record = (globalThis.record = { lost: [], layoutShift: 0 });
    let typed = "";
    addEventListener("input", ({ target }) => (typed = target.value), { capture: true });
    const check = () => {
        const field = document.getElementById("username");
        if (typed && field !== document.activeElement) record.lost.push(`the focus, at «${typed}»`);
        if (typed && field?.value !== typed) record.lost.push(`the text, at «${typed}»`);
    };
    // At every change and at every frame.
    new MutationObserver(check).observe(document, { subtree: true, childList: true, attributes: true });
    const frame = () => {
        check();
        requestAnimationFrame(frame);
    };
    frame();
    new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) record.layoutShift += value;
    }).observe({ type: "layout-shift", buffered: true });
}

// WebAssembly that validates in no engine: the header is right, the section is not.
const BAD_MODULE = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0xff, 0xff]);

/** Ways in which a browser cannot run the program, as init scripts or as a stubbed module. */
const CANNOT_RUN = [
    ["has no WebAssembly", (page) => page.addInitScript(() => delete globalThis.WebAssembly)],
    ["has WebAssembly switched off as an undefined value", (page) => page.addInitScript(() => (globalThis.WebAssembly = undefined))],
    ["refuses to compile", (page) => page.addInitScript(() => {
        const refuse = async () => { throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder"); };
        Object.assign(WebAssembly, { compile: refuse, compileStreaming: refuse, instantiate: refuse, instantiateStreaming: refuse });
    })],
    ["refuses to compile with a TypeError", (page) => page.addInitScript(() => {
        const refuse = async () => { throw new TypeError("reference types are not supported"); };
        Object.assign(WebAssembly, { compile: refuse, compileStreaming: refuse, instantiate: refuse, instantiateStreaming: refuse });
    })],
    ["does not know an import", (page) => page.addInitScript(() => {
        const refuse = async () => { throw new WebAssembly.LinkError("import object field is not a Function"); };
        Object.assign(WebAssembly, { instantiate: refuse, instantiateStreaming: refuse });
    })],
    ["does not know a feature of the module", (page) =>
        page.route("**/*.wasm", (route) => route.fulfill({ contentType: "application/wasm", body: BAD_MODULE }))],
    ["does not know the syntax of the glue", (page) =>
        page.route(/\/assets\/(frontend|registration)\.[0-9a-f]+\.js$/, (route) => route.fulfill({ contentType: "text/javascript", body: "let = new;" }))],
    ["lacks a function that the program needs when it starts", (page) => page.addInitScript(() => {
        const original = Document.prototype.getElementById;
        Document.prototype.getElementById = function (id) {
            if (id === "site") throw new TypeError("not supported");
            return original.call(this, id);
        };
    })],
];
const TEXTS = {
    nl: { cannotRun: /^Deze browser kan de volgende stappen niet laten zien\..*andere browser, of je telefoon\..*0485\s–\s845\s900\.$/u, name: "Gebruikersnaam" },
    en: { cannotRun: /^This browser cannot show the next steps\..*another browser, or your phone\..*0485\s–\s845\s900\.$/u, name: "User name" },
};

for (const [what, prepare] of CANNOT_RUN) {
    test(`A browser that ${what} gets the advice to use another browser, not to switch on JavaScript.`, async () => {
        for (const [path, language] of [["", "nl"], ["", "en"], ["registratie", "nl"]]) {
            // Without `withPage`, because the simulated failure causes console errors.
            const context = await browser.newContext({ ...PHONE, locale: language === "nl" ? "nl-NL" : "en-GB" });
            try {
                const page = await context.newPage();
                await prepare(page);
                await page.goto(path ? `${demo.origin}/${path}` : demo.url);
                await page.getByText(TEXTS[language].cannotRun).waitFor({ state: "visible" });
                const text = await page.locator("body").innerText();
                assert.doesNotMatch(text, /JavaScript|Gebeurt er niets|Nothing happening/u);
                // A submit shows no busy state.
                await page.getByLabel(TEXTS[language].name, { exact: true }).fill("A.Janssen");
                await page.locator("#next").tap();
                assert.equal(await page.locator("button[aria-disabled=true]").count(), 0);
            } finally {
                await context.close();
            }
        }
    });
}

for (const [what, answer] of [
    ["a captive portal's page", { contentType: "text/html", body: "<!doctype html><title>Wifi</title>" }],
    ["a captive portal's page with the type of a module", { contentType: "application/wasm", body: "<!doctype html><title>Wifi</title>" }],
    ["an empty response", { contentType: "application/wasm", body: "" }],
    ["a server error", { status: 503, body: "Service Unavailable" }],
]) {
    test(`${what[0].toUpperCase()}${what.slice(1)} instead of the program is a failure of the network, and is retried.`, async () => {
        const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
        try {
            const page = await context.newPage();
            const wizard = new Wizard(page, demo);
            let isOnline = false;
            await page.route("**/*.wasm", (route) => (isOnline ? route.continue() : route.fulfill(answer)));
            await page.goto(demo.url);
            await page.getByText(/^Gebeurt er niets\?.*0485\s–\s845\s900\.$/u).waitFor({ state: "visible" });
            const text = await page.locator("body").innerText();
            assert.doesNotMatch(text, /JavaScript|Deze browser kan/u);
            isOnline = true;
            await wizard.isLive();
            await wizard.submitUsername("A.Janssen");
            await wizard.isAt(SCREENS.birthdate);
        } finally {
            await context.close();
        }
    });
}

test("Details opened before the program loads stay open.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const release = await holdProgram(page);
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await page.getByText("Wachtwoordeisen", { exact: true }).click();
        await page.getByText("Ik weet het niet meer", { exact: true }).click();
        // The focus is kept also after the field.
        await wizard.next.focus();
        release();
        await wizard.isLive();
        assert.equal(await page.getByText("Minstens 12 tekens", { exact: true }).isVisible(), true);
        assert.equal(await page.getByText("Je gebruikersnaam is dezelfde als", { exact: false }).isVisible(), true);
        await wizard.isFocused(wizard.next, "the focus still on the button");
    }));

test("A submit before the program loads is shown, adds nothing to the URL, and is carried out once it has loaded.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const release = await holdProgram(page);
        await page.goto(demo.url, { waitUntil: "load" });
        await wizard.field("username").fill("A.Janssen");
        await wizard.next.tap();
        await page.locator("button[aria-disabled=true]").waitFor();
        assert.equal(page.url(), demo.url);
        release();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
    }));

test("A language change and a submit before the program loads are carried out once it has loaded.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const release = await holdProgram(page);
        await page.goto(demo.url, { waitUntil: "load" });
        await page.getByRole("button", { name: "English" }).tap();
        await wizard.field("username").fill("A.Janssen");
        await wizard.next.tap();
        release();
        await page.getByRole("heading", { name: "Confirm your date of birth." }).waitFor();
        assert.equal(await page.getByLabel("User name", { exact: true }).inputValue(), "A.Janssen");
        assert.equal(await page.locator("html").getAttribute("lang"), "en");
    }));

test("After a trap the program restarts and the session continues; a trap right after the start causes no restart loop.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const trap = () => dispatchEvent(new ErrorEvent("error", { error: new WebAssembly.RuntimeError("unreachable") }));
        const wizard = new Wizard(page, demo);
        // The test controls the clock of the page.
        await page.clock.install();
        await wizard.open();
        await page.evaluate(trap);
        assert.equal(await page.locator("html[data-start=failed]").count(), 1, "the note on what to do");
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "A.Janssen");
        await page.clock.fastForward(11_000);
        const again = page.waitForEvent("load");
        await page.evaluate(trap);
        await again;
        await wizard.isAt(SCREENS.birthdate);
    }));

test("A failed download of the program is reported with the service desk's number and retried automatically.", async () => {
    // Without `withPage`, because the simulated failure causes console errors.
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    try {
        const page = await context.newPage();
        const wizard = new Wizard(page, demo);
        let requests = 0;
        // The page preloads the program, and its script requests it again if that failed. The 503 stands for a server
        // that is restarting.
        await page.route("**/*.wasm", (route) => {
            requests += 1;
            if (requests <= 2) return route.abort("connectionreset");
            return requests === 3 ? route.fulfill({ status: 503, body: "Service Unavailable" }) : route.continue();
        });
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await wizard.field("username").fill("A.Janssen");
        const note = page.getByText(/^Gebeurt er niets\?.*Bel Servicedesk ICT: 0485\s–\s845\s900\.$/u);
        await note.waitFor({ state: "visible" });
        await wizard.isLive();
        await note.waitFor({ state: "hidden" });
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
        await wizard.next.tap();
        await wizard.isAt(SCREENS.birthdate);
    } finally {
        await context.close();
    }
});

test("Without scripting the page says immediately what to do and whom to call.", async () => {
    for (const [path, locale, note, other] of [
        ["", "nl-NL", /^Deze pagina werkt alleen met JavaScript\. Zet JavaScript aan.*0485\s–\s845\s900\.$/u, /Gebeurt er niets|Deze browser kan/u],
        ["", "en-GB", /^This page needs JavaScript\. Switch on JavaScript.*0485\s–\s845\s900\.$/u, /Nothing happening|This browser cannot/u],
        ["registratie", "nl-NL", /^Deze pagina werkt alleen met JavaScript\. Zet JavaScript aan.*0485\s–\s845\s900\.$/u, /Gebeurt er niets|Deze browser kan/u],
    ]) {
        const context = await browser.newContext({ ...PHONE, javaScriptEnabled: false, locale });
        try {
            const page = await context.newPage();
            await page.goto(path ? `${demo.origin}/${path}` : demo.url);
            await page.getByText(note).waitFor({ state: "visible" });
            assert.doesNotMatch(await page.locator("body").innerText(), other);
            assert.equal(await page.locator("#username").isVisible(), true);
        } finally {
            await context.close();
        }
    }
});
