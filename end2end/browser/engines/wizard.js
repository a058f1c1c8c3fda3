// A page object of the wizard for WebDriver: finds elements by their visible texts and uses keys, mouse and touch. The
// texts come from support/wizard.js.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { eventually } from "../support/eventually.js";
import { NEW_PASSWORD, SCREENS, WORDS } from "../support/wizard.js";

const require = createRequire(import.meta.url);
const { By, Key } = require("selenium-webdriver");
const { Pointer } = require("selenium-webdriver/lib/input.js");

const words = WORDS.nl;
const byText = (element, text) => By.xpath(`//${element}[normalize-space()=${quoted(text)}]`);
// XPath has no escape sequences.
const quoted = (text) => (text.includes("'") ? `"${text}"` : `'${text}'`);

export class Wizard {
    session;
    demo;
    #url;

    /** Uses the URL of the product unless another one is passed. */
    constructor({ session, demo }, url = demo.url) {
        this.session = session;
        this.demo = demo;
        this.#url = url;
    }

    get browser() {
        return this.session.browser;
    }

    /** Opens the page and waits until the program has taken over. */
    async open() {
        await this.browser.get(this.#url);
        await this.isLive();
    }

    async reload() {
        await this.browser.navigate().refresh();
        await this.isLive();
    }

    async isLive() {
        await eventually(() => this.evaluate("return document.documentElement.hasAttribute('data-live')"), { description: "a live page" });
        await this.session.watch();
    }

    /** Runs a script in the page. */
    evaluate(script, ...values) {
        return this.browser.executeScript(script, ...values);
    }

    /** Finds a field by its label. */
    field(name) {
        return this.browser.findElement(By.xpath(`//input[@id=//label[normalize-space()=${quoted(words[name])}]/@for]`));
    }

    value(name) {
        return this.field(name).getProperty("value");
    }

    button(text) {
        return this.browser.findElement(byText("button", text));
    }

    link(text) {
        return this.browser.findElement(byText("a", text));
    }

    /** Finds the summary that opens a details element. */
    summaryOf(text) {
        return this.browser.findElement(byText("summary", text));
    }

    get summary() {
        return this.browser.findElement(By.css("[role=alert]"));
    }

    heading(screen) {
        return this.browser.findElement(byText("h1", words.headings[screen - 1]));
    }

    /** Waits for a screen, by its heading. */
    async isAt(screen, { timeout } = {}) {
        const description = `the screen «${words.headings[screen - 1]}»`;
        await eventually(() => this.heading(screen).isDisplayed(), { timeout, description });
    }

    /** Waits for a text. */
    async sees(text) {
        await eventually(async () => (await this.text()).includes(text), { description: `«${text}»` });
    }

    async seesNoLonger(text) {
        await eventually(async () => !(await this.text()).includes(text), { description: `no «${text}»` });
    }

    /** Returns the visible text of the page. */
    text() {
        return this.evaluate("return document.body.innerText");
    }

    /** Waits until the notice at the top of the screen has these texts and the focus; returns its text. */
    async seesNotice(title, ...texts) {
        const matchingText = async () => {
            const notice = await this.summary.getText();
            return [title, ...texts].every((text) => notice.includes(text)) && notice;
        };
        const notice = await eventually(matchingText, { description: `«${title}» with «${texts.join("», «")}»` });
        await this.isFocused(() => this.summary, "the focus on the notice");
        return notice;
    }

    /** Waits until the element that `find` returns has the focus. */
    async isFocused(find, description) {
        await eventually(async () => this.evaluate("return document.activeElement === arguments[0]", await find()), { description });
    }

    /** Replaces the value of a field by typing. */
    async type(name, text) {
        const field = await this.field(name);
        if (await field.getProperty("value")) await field.sendKeys(Key.chord(Key.CONTROL, "a"), Key.BACK_SPACE);
        if (text) await field.sendKeys(text);
    }

    /** Types into the focused element. */
    sendKeys(text) {
        return this.browser.actions({ async: true }).sendKeys(text).perform();
    }

    async press(text) {
        const button = await this.button(text);
        await this.#scrollTo(button);
        await button.click();
    }

    async next() {
        await this.press(words.next);
    }

    async cancel() {
        await this.press(words.cancel);
    }

    /** Taps an element; clicks it if the engine has no touch input. */
    async tap(element) {
        if (!this.session.engine.supportsTouch) return element.click();
        await this.#scrollTo(element);
        const finger = new Pointer("finger", Pointer.Type.TOUCH);
        const touch = [finger.move({ origin: element, duration: 0 }), finger.press(), finger.release()];
        return this.browser.actions({ async: true }).insert(finger, ...touch).perform();
    }

    // WebKit's driver does not scroll if only a small part is hidden. Not to the centre: two quick taps at the same
    // position would be a double tap.
    #scrollTo(element) {
        return this.evaluate("arguments[0].scrollIntoView({ block: 'nearest' })", element);
    }

    /** Fills in a screen and submits it. */
    async complete(screen, username, password = NEW_PASSWORD) {
        switch (screen) {
            case SCREENS.username: await this.type("username", username); break;
            case SCREENS.birthdate: await this.type("birthdate", this.demo.person(username).typedBirthdate); break;
            case SCREENS.code: await this.type("code", await this.demo.code(username)); break;
            case SCREENS.password: await this.typePassword(password); break;
            default: throw new Error(`screen ${screen} has no form`);
        }
        await this.next();
    }

    async typePassword(password, repeat = password) {
        await this.type("password", password);
        await this.type("repeat", repeat);
    }

    /** Completes the screens from the first one up to the given one. */
    async advanceTo(screen, username) {
        for (let at = 1; at < screen; at += 1) {
            await this.isAt(at);
            await this.complete(at, username);
        }
        await this.isAt(screen);
    }

    /** Waits until a line of the live checklist has a state: `met`, `unmet` or `said`. */
    async hasCheck(text, state) {
        const line = By.xpath(`//li[@data-check][contains(., ${quoted(text)})]`);
        const hasState = async () => (await this.browser.findElement(line).getAttribute("data-check")) === state;
        await eventually(hasState, { description: `«${text}» as ${state}` });
    }

    /** Waits for the strength estimate of the typed password: 0 to 4. */
    async strength() {
        const level = () => this.browser.findElement(By.css("[data-level]")).getAttribute("data-level");
        return Number(await eventually(level, { description: "an estimate of the strength" }));
    }

    /** Returns the cookies of the browser. */
    cookies() {
        return this.browser.manage().getCookies();
    }
}
