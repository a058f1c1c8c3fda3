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

test("In a browser that cannot run the program, a submit shows no busy state.", async () => {
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    try {
        const page = await context.newPage();
        const wizard = new Wizard(page, demo);
        await page.route("**/*.wasm", (route) => route.fulfill({ contentType: "application/wasm", body: "no program" }));
        await page.goto(demo.url);
        await page.getByText(/^Gebeurt er niets\?/u).waitFor({ state: "visible" });
        await wizard.field("username").fill("A.Janssen");
        await wizard.next.tap();
        assert.equal(await page.locator("button[aria-disabled=true]").count(), 0);
        assert.equal(page.url(), demo.url);
    } finally {
        await context.close();
    }
});

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
    const context = await browser.newContext({ ...PHONE, javaScriptEnabled: false, locale: "nl-NL" });
    try {
        const page = await context.newPage();
        await page.goto(demo.url);
        await page.getByText(/^Gebeurt er niets\?.*zet JavaScript aan\..*0485\s–\s845\s900\.$/u).waitFor({ state: "visible" });
        assert.equal(await page.getByLabel("Gebruikersnaam", { exact: true }).isVisible(), true);
    } finally {
        await context.close();
    }
});
