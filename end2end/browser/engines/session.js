// A browser that is driven over WebDriver and watched: what its page complains of fails the test. Not the wizard: see
// wizard.js.

import { createRequire } from "node:module";
import { PHONE } from "./engines.js";

const require = createRequire(import.meta.url);
const { Capabilities, WebDriver } = require("selenium-webdriver");
const { Executor, HttpClient } = require("selenium-webdriver/http");

// Broken rules of the page (CSP) are on the console of some engines only.
const TELL_VIOLATIONS = `() => addEventListener("securitypolicyviolation", (event) =>
    console.error("CSP: " + event.violatedDirective + " forbids " + event.blockedURI))`;

// Where the engine does not tell: from when the page is live on. What goes wrong before keeps it from being live.
const COLLECT = `
    if (window.complaints) return;
    window.complaints = [];
    const tell = (what) => window.complaints.push(String(what));
    addEventListener("error", (event) => tell(event.message));
    addEventListener("unhandledrejection", (event) => tell(event.reason));
    for (const level of ["error", "warn"]) console[level] = (...said) => tell(said.join(" "));
    addEventListener("securitypolicyviolation", (event) => tell("CSP: " + event.violatedDirective));
`;

/** Opens a browser of the engine; `options` are those of its capabilities. The driver is started, and ours: no other is looked for. */
export async function openSession(engine, driver, options) {
    const wanted = new Capabilities({ acceptInsecureCerts: true, ...engine.capabilities(options) });
    const browser = WebDriver.createSession(new Executor(new HttpClient(driver.url)), wanted);
    await browser.getSession();
    const session = new Session(engine, browser);
    if (engine.tells) await session.listen();
    return session;
}

export class Session {
    engine;
    /** Selenium's WebDriver. */
    browser;
    #complaints = [];
    #bidi;

    constructor(engine, browser) {
        this.engine = engine;
        this.browser = browser;
    }

    async listen() {
        this.#bidi = await this.browser.getBidi();
        this.#bidi.on("log.entryAdded", ({ level, text }) => {
            if (["error", "warn"].includes(level)) this.#complaints.push(`${level}: ${text}`);
        });
        await this.#ask("session.subscribe", { events: ["log.entryAdded"] });
        await this.#ask("script.addPreloadScript", { functionDeclaration: TELL_VIOLATIONS });
    }

    async #ask(method, params) {
        const answer = await this.#bidi.send({ method, params });
        if (answer.type === "error") throw new Error(`${method}: ${answer.message}`);
    }

    /** A page is there: it is listened to where the engine does not do so by itself. */
    async watch() {
        if (!this.engine.tells) await this.browser.executeScript(COLLECT);
    }

    /** What was complained of since the last time. */
    async complaints() {
        const heard = this.#complaints.splice(0);
        if (this.engine.tells) return heard;
        return this.browser.executeScript("return (window.complaints ?? []).splice(0)");
    }

    /** As a new visitor of the origin: no cookie, nothing remembered. */
    async forget(origin) {
        await this.browser.get(`${origin}/robots.txt`);
        await this.browser.manage().deleteAllCookies();
        await this.browser.executeScript("localStorage.clear()");
        await this.complaints();
    }

    /** As narrow as the engine goes, down to a phone. */
    async narrow() {
        if (!this.#bidi) return this.browser.manage().window().setRect(PHONE);
        const context = await this.browser.getWindowHandle();
        return this.#ask("browsingContext.setViewport", { context, viewport: PHONE });
    }

    /** Looks at another tab. */
    async show(tab) {
        await this.browser.switchTo().window(tab);
        // A driver that turns to a tab without bringing it forward: nothing else tells the page.
        if (!this.engine.brings) await this.browser.executeScript("dispatchEvent(new Event('pageshow'))");
    }

    /** Goes to another page, and leaves nothing behind in this one: a listener would keep it out of the back-forward cache. */
    async leaveFor(url) {
        if (!this.#bidi) return this.browser.get(url);
        const context = await this.browser.getWindowHandle();
        return this.#ask("browsingContext.navigate", { context, url, wait: "complete" });
    }

    /** Back in the history, in the same way. */
    async goBack() {
        if (!this.#bidi) return this.browser.navigate().back();
        const context = await this.browser.getWindowHandle();
        return this.#ask("browsingContext.traverseHistory", { context, delta: -1 });
    }

    /**
     * The engine throws the tab's page away, as it does when memory is short, and the tab is looked at again. Where the
     * engine cannot be made to, a new tab at the address is in its place.
     */
    async discard(address) {
        const { browser, engine } = this;
        const tab = await browser.getWindowHandle();
        await browser.switchTo().newWindow("tab");
        if (engine.discard) {
            await engine.discard(browser, address);
            await browser.close();
            // The discarded tab may have got another handle.
            const [left] = await browser.getAllWindowHandles();
            await browser.switchTo().window(left);
        } else {
            const other = await browser.getWindowHandle();
            await browser.switchTo().window(tab);
            await browser.close();
            await browser.switchTo().window(other);
            await browser.get(address);
        }
        // What the engine's own pages had to say.
        await this.complaints();
    }

    async close() {
        await this.#bidi?.close();
        await this.browser.quit();
    }
}
