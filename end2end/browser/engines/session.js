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

// Where the engine does not tell: from here on, and of the page's rules also what was before.
const COLLECT = `
    if (window.complaints) return;
    window.complaints = [];
    const tell = (what) => window.complaints.push(String(what));
    addEventListener("error", (event) => tell(event.message));
    addEventListener("unhandledrejection", (event) => tell(event.reason));
    for (const level of ["error", "warn"]) console[level] = (...said) => tell(said.join(" "));
    new ReportingObserver((reports) => reports.forEach(({ type, body }) => tell(type + ": " + JSON.stringify(body))),
        { types: ["csp-violation"], buffered: true }).observe();
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
        const bidi = await this.browser.getBidi();
        await bidi.subscribe("log.entryAdded");
        await bidi.send({ method: "script.addPreloadScript", params: { functionDeclaration: TELL_VIOLATIONS } });
        bidi.on("log.entryAdded", ({ level, text }) => {
            if (["error", "warn"].includes(level)) this.#complaints.push(`${level}: ${text}`);
        });
        this.#bidi = bidi;
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
        const [bidi] = this.engine.tells ? [this.#bidi] : [];
        if (!bidi) return this.browser.manage().window().setRect(PHONE);
        const context = await this.browser.getWindowHandle();
        return bidi.send({ method: "browsingContext.setViewport", params: { context, viewport: PHONE } });
    }

    async close() {
        await this.#bidi?.close();
        await this.browser.quit();
    }
}
