// The wizard as somebody at the screen of any engine uses it: by what is written on it, with keys, mouse and fingers.
// Its texts are those of support/wizard.js. Not what it must do: see the scenarios.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { eventually } from "../support/eventually.js";
import { NEW_PASSWORD, SCREENS, WORDS } from "../support/wizard.js";

const require = createRequire(import.meta.url);
const { By, Key } = require("selenium-webdriver");
const { Pointer } = require("selenium-webdriver/lib/input.js");

const words = WORDS.nl;
const written = (element, text) => By.xpath(`//${element}[normalize-space()=${quoted(text)}]`);
// XPath knows no escapes.
const quoted = (text) => (text.includes("'") ? `"${text}"` : `'${text}'`);

export class Wizard {
    session;
    demo;
    #url;

    /** At the product's own address unless another one is given. */
    constructor({ session, demo }, url = demo.url) {
        this.session = session;
        this.demo = demo;
        this.#url = url;
    }

    get browser() {
        return this.session.browser;
    }

    /** Opens the page and waits until the program has taken it over. */
    async open() {
        await this.browser.get(this.#url);
        await this.live();
    }

    async reload() {
        await this.browser.navigate().refresh();
        await this.live();
    }

    async live() {
        await eventually(() => this.ask("return document.documentElement.hasAttribute('data-live')"), { says: "a live page" });
        await this.session.watch();
    }

    /** Asks the page itself. */
    ask(script, ...values) {
        return this.browser.executeScript(script, ...values);
    }

    /** A field by its label. */
    field(name) {
        return this.browser.findElement(By.xpath(`//input[@id=//label[normalize-space()=${quoted(words[name])}]/@for]`));
    }

    value(name) {
        return this.field(name).getProperty("value");
    }

    button(text) {
        return this.browser.findElement(written("button", text));
    }

    link(text) {
        return this.browser.findElement(written("a", text));
    }

    /** What is pressed to open the details. */
    summaryOf(text) {
        return this.browser.findElement(written("summary", text));
    }

    get summary() {
        return this.browser.findElement(By.css("[role=alert]"));
    }

    heading(screen) {
        return this.browser.findElement(written("h1", words.headings[screen - 1]));
    }

    /** Waits for a screen, by its heading. */
    async isAt(screen, { within } = {}) {
        const says = `the screen «${words.headings[screen - 1]}»`;
        await eventually(() => this.heading(screen).isDisplayed(), { within, says });
    }

    /** Waits for a text. */
    async sees(text) {
        await eventually(async () => (await this.text()).includes(text), { says: `«${text}»` });
    }

    async seesNoMore(text) {
        await eventually(async () => !(await this.text()).includes(text), { says: `no «${text}»` });
    }

    /** All that is written on the page. */
    text() {
        return this.ask("return document.body.innerText");
    }

    /** Waits for the notice at the head of the screen, with all of these texts in it, and for the focus on it. */
    async isTold(title, ...texts) {
        const told = async () => {
            const said = await this.summary.getText();
            return [title, ...texts].every((text) => said.includes(text)) && said;
        };
        const said = await eventually(told, { says: `«${title}» with «${texts.join("», «")}»` });
        await this.isFocused(() => this.summary, "the focus on the notice");
        return said;
    }

    /** Waits until what `find` finds has the focus. */
    async isFocused(find, says) {
        await eventually(async () => this.ask("return document.activeElement === arguments[0]", await find()), { says });
    }

    /** Types over what is in a field. */
    async type(name, text) {
        const field = await this.field(name);
        if (await field.getProperty("value")) await field.sendKeys(Key.chord(Key.CONTROL, "a"), Key.BACK_SPACE);
        if (text) await field.sendKeys(text);
    }

    /** Types to wherever the focus is. */
    keys(typed) {
        return this.browser.actions({ async: true }).sendKeys(typed).perform();
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

    /** Puts a finger on an element; where the engine can be sent none, the mouse. */
    async tap(element) {
        if (!this.session.engine.touches) return element.click();
        await this.#scrollTo(element);
        const finger = new Pointer("finger", Pointer.Type.TOUCH);
        const touch = [finger.move({ origin: element, duration: 0 }), finger.press(), finger.release()];
        return this.browser.actions({ async: true }).insert(finger, ...touch).perform();
    }

    // WebKit's driver does not do it where little is missing. Not to the middle: two touches of one spot in a moment would
    // be a double tap.
    #scrollTo(element) {
        return this.ask("arguments[0].scrollIntoView({ block: 'nearest' })", element);
    }

    /** Does what belongs to a screen. */
    async pass(screen, username, password = NEW_PASSWORD) {
        switch (screen) {
            case SCREENS.username: await this.type("username", username); break;
            case SCREENS.birthdate: await this.type("birthdate", this.demo.person(username).typedBirthdate); break;
            case SCREENS.code: await this.type("code", await this.demo.code(username)); break;
            case SCREENS.password: await this.typePassword(password); break;
            default: throw new Error(`nothing to do on screen ${screen}`);
        }
        await this.next();
    }

    async typePassword(password, repeat = password) {
        await this.type("password", password);
        await this.type("repeat", repeat);
    }

    /** Walks from the first screen to another one. */
    async walkTo(screen, username) {
        for (let at = 1; at < screen; at += 1) {
            await this.isAt(at);
            await this.pass(at, username);
        }
        await this.isAt(screen);
    }

    /** Waits until a line of the live checklist stands so: `met`, `unmet` or `said`. */
    async hasCheck(text, state) {
        const line = By.xpath(`//li[@data-check][contains(., ${quoted(text)})]`);
        const stands = async () => (await this.browser.findElement(line).getAttribute("data-check")) === state;
        await eventually(stands, { says: `«${text}» as ${state}` });
    }

    /** The strength estimator's word on what is typed: 0 to 4. */
    async strength() {
        const level = () => this.browser.findElement(By.css("[data-level]")).getAttribute("data-level");
        return Number(await eventually(level, { says: "an estimate of the strength" }));
    }

    /** The cookies that the browser holds. */
    cookies() {
        return this.browser.manage().getCookies();
    }
}
