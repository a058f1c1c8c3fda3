// The first seconds: the page before its program is there, on a slow network and on one that breaks. Not how long
// they are: see `cargo figures`.

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

test("Before the program is there the first screen stands, and what is typed in it stays, with focus and caret.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const go = await hold(page);
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await wizard.isAt(SCREENS.username);
        await wizard.field("username").pressSequentially("A.Jansen");
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.press("ArrowLeft");
        go();
        await wizard.live();
        await wizard.isFocused(wizard.field("username"), "the focus still in the field");
        await page.keyboard.type("s");
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
    }));

test("A name typed at 400 kbit/s while the program is on its way is whole, and nothing on the screen moves.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        const name = "A.Janssen@pantein.nl";
        const network = await context.newCDPSession(page);
        await network.send("Network.enable");
        await network.send("Network.emulateNetworkConditions", {
            offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000,
        });
        await page.addInitScript(watchTheField);
        const wizard = new Wizard(page, demo);
        await page.goto(demo.url, { waitUntil: "commit" });
        await wizard.field("username").focus();
        const isLive = () => page.locator("html[data-live]").count();
        assert.equal(await isLive(), 0, "the program is still on its way");
        for (const [at, letter] of [...name].entries()) {
            // The last letters are for the program.
            if (at === name.length - 5) await wizard.live();
            await page.keyboard.type(letter);
        }
        assert.equal(await wizard.field("username").inputValue(), name);
        assert.deepEqual(await page.evaluate(() => globalThis.seen), { lost: [], moved: 0 });
    }));

/** In the page: whether the field was ever gone, emptied or without focus once it had it, and whether anything moved. */
function watchTheField() {
    const seen = (globalThis.seen = { lost: [], moved: 0 });
    let typed = "";
    addEventListener("input", ({ target }) => (typed = target.value), { capture: true });
    const look = () => {
        const field = document.getElementById("username");
        if (typed && field !== document.activeElement) seen.lost.push(`the focus, at «${typed}»`);
        if (typed && field?.value !== typed) seen.lost.push(`the text, at «${typed}»`);
    };
    // Whatever changes, and at every picture that is drawn.
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    const frame = () => {
        look();
        requestAnimationFrame(frame);
    };
    frame();
    new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) seen.moved += value;
    }).observe({ type: "layout-shift", buffered: true });
}

test("A press in a browser that cannot run the program does not seem to do something.", async () => {
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

test("What was opened to read before the program is there stays open.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const go = await hold(page);
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await page.getByText("Wachtwoordeisen", { exact: true }).click();
        await page.getByText("Ik weet het niet meer", { exact: true }).click();
        // Also whoever is past the field keeps their place.
        await wizard.next.focus();
        go();
        await wizard.live();
        assert.equal(await page.getByText("Minstens 12 tekens", { exact: true }).isVisible(), true);
        assert.equal(await page.getByText("Je gebruikersnaam is dezelfde als", { exact: false }).isVisible(), true);
        await wizard.isFocused(wizard.next, "the focus still on the button");
    }));

test("A press before the program is there is shown, puts nothing in the address, and comes when it is.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const go = await hold(page);
        await page.goto(demo.url, { waitUntil: "load" });
        await wizard.field("username").fill("A.Janssen");
        await wizard.next.tap();
        await page.locator("button[aria-disabled=true]").waitFor();
        assert.equal(page.url(), demo.url);
        go();
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
    }));

test("Another language that was asked for before the program is there comes with it, and a press after it too.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const wizard = new Wizard(page, demo);
        const go = await hold(page);
        await page.goto(demo.url, { waitUntil: "load" });
        await page.getByRole("button", { name: "English" }).tap();
        await wizard.field("username").fill("A.Janssen");
        await wizard.next.tap();
        go();
        await page.getByRole("heading", { name: "Confirm your date of birth." }).waitFor();
        assert.equal(await page.getByLabel("User name", { exact: true }).inputValue(), "A.Janssen");
        assert.equal(await page.locator("html").getAttribute("lang"), "en");
    }));

test("A program that trapped begins anew, and the visit goes on; one that trapped at once does not do so for ever.", () =>
    withPage(browser, demo, PHONE, async (page) => {
        const trap = () => dispatchEvent(new ErrorEvent("error", { error: new WebAssembly.RuntimeError("unreachable") }));
        const wizard = new Wizard(page, demo);
        // Its clock is the test's.
        await page.clock.install();
        await wizard.open();
        await page.evaluate(trap);
        assert.equal(await page.locator("html[data-start=failed]").count(), 1, "the sentence on what to do");
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "A.Janssen");
        await page.clock.fastForward(11_000);
        const again = page.waitForEvent("load");
        await page.evaluate(trap);
        await again;
        await wizard.isAt(SCREENS.birthdate);
    }));

test("A program that got lost on its way is told of, with whom to call, and fetched again by itself.", async () => {
    // Not watched: the browser complains of what is broken here.
    const context = await browser.newContext({ ...PHONE, locale: "nl-NL" });
    try {
        const page = await context.newPage();
        const wizard = new Wizard(page, demo);
        let lost = 0;
        // The page asks for it early, and the program's script once more where that failed. Also a server that is
        // just being started anew comes back.
        await page.route("**/*.wasm", (route) => {
            lost += 1;
            if (lost <= 2) return route.abort("connectionreset");
            return lost === 3 ? route.fulfill({ status: 503, body: "Service Unavailable" }) : route.continue();
        });
        await page.goto(demo.url, { waitUntil: "domcontentloaded" });
        await wizard.field("username").fill("A.Janssen");
        const told = page.getByText(/^Gebeurt er niets\?.*Bel Servicedesk ICT: 0485\s–\s845\s900\.$/u);
        await told.waitFor({ state: "visible" });
        await wizard.live();
        await told.waitFor({ state: "hidden" });
        assert.equal(await wizard.field("username").inputValue(), "A.Janssen");
        await wizard.next.tap();
        await wizard.isAt(SCREENS.birthdate);
    } finally {
        await context.close();
    }
});

test("Without scripting the page says at once what to do and whom to call.", async () => {
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
