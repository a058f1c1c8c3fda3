// A browser session over WebDriver that collects console errors, warnings and CSP violations; they fail the test.

import { createRequire } from "node:module";
import { PHONE } from "./engines.js";

const require = createRequire(import.meta.url);
const { Capabilities, WebDriver } = require("selenium-webdriver");
const { Executor, HttpClient } = require("selenium-webdriver/http");

// Some engines do not log CSP violations to the console.
const LOG_VIOLATIONS = `() => addEventListener("securitypolicyviolation", (event) =>
    console.error("CSP: " + event.violatedDirective + " forbids " + event.blockedURI))`;

// For an engine that does not report console messages: collects them once the program runs. An earlier error would keep
// the program from starting.
const COLLECT_PROBLEMS = `
    if (window.problems) return;
    window.problems = [];
    const record = (problem) => window.problems.push(String(problem));
    addEventListener("error", (event) => record(event.message));
    addEventListener("unhandledrejection", (event) => record(event.reason));
    for (const level of ["error", "warn"]) console[level] = (...messages) => record(messages.join(" "));
    addEventListener("securitypolicyviolation", (event) => record("CSP: " + event.violatedDirective));
`;

/** Opens a browser with the running driver; `options` are those of the engine's `capabilities`. */
export async function openSession(engine, driver, options) {
    const capabilities = new Capabilities({ acceptInsecureCerts: true, ...engine.capabilities(options) });
    const browser = WebDriver.createSession(new Executor(new HttpClient(driver.url)), capabilities);
    await browser.getSession();
    const session = new Session(engine, browser);
    if (engine.reportsConsole) await session.recordConsole();
    return session;
}

export class Session {
    engine;
    /** The `WebDriver` of Selenium. */
    browser;
    #problems = [];
    #bidi;

    constructor(engine, browser) {
        this.engine = engine;
        this.browser = browser;
    }

    async recordConsole() {
        this.#bidi = await this.browser.getBidi();
        this.#bidi.on("log.entryAdded", ({ level, text }) => {
            if (["error", "warn"].includes(level)) this.#problems.push(`${level}: ${text}`);
        });
        await this.#send("session.subscribe", { events: ["log.entryAdded"] });
        await this.#send("script.addPreloadScript", { functionDeclaration: LOG_VIOLATIONS });
    }

    async #send(method, params) {
        const answer = await this.#bidi.send({ method, params });
        if (answer.type === "error") throw new Error(`${method}: ${answer.message}`);
    }

    /** Starts collecting problems in a loaded page if the engine does not report them. */
    async watch() {
        if (!this.engine.reportsConsole) await this.browser.executeScript(COLLECT_PROBLEMS);
    }

    /** Returns the problems since the last call. */
    async problems() {
        const reported = this.#problems.splice(0);
        if (this.engine.reportsConsole) return reported;
        return this.browser.executeScript("return (window.problems ?? []).splice(0)");
    }

    /** Removes cookies and local storage of the origin. */
    async clearSiteData(origin) {
        await this.browser.get(`${origin}/robots.txt`);
        await this.browser.manage().deleteAllCookies();
        await this.browser.executeScript("localStorage.clear()");
        await this.problems();
    }

    /** Sets the viewport of a phone, or the smallest window that the engine allows. */
    async usePhoneViewport() {
        if (!this.#bidi) return this.browser.manage().window().setRect(PHONE);
        const context = await this.browser.getWindowHandle();
        return this.#send("browsingContext.setViewport", { context, viewport: PHONE });
    }

    /** Switches to another tab and makes it visible. */
    async switchToTab(tab) {
        await this.browser.switchTo().window(tab);
        // A driver that does not activate the tab sends the page no event; this replaces it.
        if (!this.engine.activatesTabs) await this.browser.executeScript("dispatchEvent(new Event('pageshow'))");
    }

    /**
     * Navigates to another page without adding a listener, which would exclude this page from the back-forward cache.
     */
    async navigateTo(url) {
        if (!this.#bidi) return this.browser.get(url);
        const context = await this.browser.getWindowHandle();
        return this.#send("browsingContext.navigate", { context, url, wait: "complete" });
    }

    /** Goes back in the history, likewise without adding a listener. */
    async goBack() {
        if (!this.#bidi) return this.browser.navigate().back();
        const context = await this.browser.getWindowHandle();
        return this.#send("browsingContext.traverseHistory", { context, delta: -1 });
    }

    /**
     * Discards the page of the tab, as the engine does when memory is low, and shows the tab again. If the engine cannot
     * be made to discard it, a new tab at the address replaces it.
     */
    async discard(address) {
        const { browser, engine } = this;
        const tab = await browser.getWindowHandle();
        await browser.switchTo().newWindow("tab");
        if (engine.discard) {
            await engine.discard(browser, address);
            await browser.close();
            // The discarded tab may have another handle.
            const [remaining] = await browser.getAllWindowHandles();
            await browser.switchTo().window(remaining);
        } else {
            const other = await browser.getWindowHandle();
            await browser.switchTo().window(tab);
            await browser.close();
            await browser.switchTo().window(other);
            await browser.get(address);
        }
        // Drops the messages of the engine's own pages.
        await this.problems();
    }

    async close() {
        await this.#bidi?.close();
        await this.browser.quit();
    }
}
