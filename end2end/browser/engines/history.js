// Leaving and returning in every engine: Back and Forward, reload, the back-forward cache, a discarded tab, two tabs.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { request } from "node:https";
import { eventually } from "../support/eventually.js";
import { SCREENS } from "../support/wizard.js";
import { Wizard } from "./wizard.js";

const { Key } = createRequire(import.meta.url)("selenium-webdriver");

// An engine may evict a page from the cache for its own reasons; a defect of the page would prevent caching every time.
const MAX_ATTEMPTS = 3;

/** In the page: counts the requests that are pending, from now on. */
const COUNT_PENDING = `
    const originalFetch = window.fetch;
    window.pendingRequests = 0;
    window.fetch = (...parameters) => {
        window.pendingRequests += 1;
        const answered = () => (window.pendingRequests -= 1);
        const answer = originalFetch(...parameters);
        answer.then((answer) => answer.clone().text()).then(answered, answered);
        return answer;
    };
`;

export function history(scenario) {
    scenario("Back, Forward and reload show the right screen in every step and keep the session.", async (fixture) => {
        const wizard = new Wizard(fixture);
        const username = "B.Smits";
        const navigate = wizard.browser.navigate();
        const leadsTo = async (navigation, screen) => {
            await navigation;
            await wizard.isAt(screen);
        };
        await wizard.open();
        await leadsTo(wizard.reload(), SCREENS.username);
        await wizard.complete(SCREENS.username, username);
        await wizard.isAt(SCREENS.birthdate);
        await leadsTo(wizard.reload(), SCREENS.birthdate);
        await wizard.complete(SCREENS.birthdate, username);
        await wizard.isAt(SCREENS.code);
        await leadsTo(navigate.back(), SCREENS.birthdate);
        await leadsTo(navigate.back(), SCREENS.username);
        await leadsTo(navigate.forward(), SCREENS.birthdate);
        await leadsTo(navigate.forward(), SCREENS.code);
        await leadsTo(wizard.reload(), SCREENS.code);
        await wizard.complete(SCREENS.code, username);
        await wizard.isAt(SCREENS.password);
        await leadsTo(navigate.back(), SCREENS.password);
        await leadsTo(wizard.reload(), SCREENS.password);
        await wizard.complete(SCREENS.password, username);
        await wizard.isAt(SCREENS.done);
        await leadsTo(navigate.back(), SCREENS.done);
        await leadsTo(wizard.reload(), SCREENS.done);
    });

    scenario("Back from another page restores the page with the typed text, or shows the current step if the session advanced meanwhile.", async (fixture) => {
        for (let attempt = 1; !(await returnsFromCache(fixture)); attempt += 1) {
            assert.ok(attempt < MAX_ATTEMPTS, `the page was reloaded ${attempt} times`);
            await fixture.session.clearSiteData(fixture.demo.origin);
        }
    });

    /** Returns whether the engine restored the page from its cache; asserts everything else. */
    async function returnsFromCache(fixture) {
        const wizard = new Wizard(fixture);
        await wizard.open();
        await wizard.evaluate(COUNT_PENDING);
        // By keyboard: a click of Firefox's driver leaves a listener that excludes the page from the cache.
        await wizard.type("username", `C.Peters${Key.ENTER}`);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.type("birthdate", "15-06");
        await wizard.evaluate("window.cached = false; addEventListener('pageshow', (event) => (window.cached = event.persisted))");
        // Not every engine caches a page with pending requests.
        const leave = async () => {
            const isQuiet = () => wizard.evaluate("return pendingRequests === 0 && performance.getEntriesByName(arguments[0]).length > 0",
                `${fixture.demo.origin}/api/reset/current`);
            await eventually(isQuiet, { description: "no pending request" });
            await fixture.session.navigateTo(`${fixture.demo.origin}/robots.txt`);
        };
        const returnToPage = async () => {
            await fixture.session.goBack();
            const state = "return window.cached ? 'cached' : window.cached === undefined && 'data-live' in document.documentElement.attributes && 'reloaded'";
            return await eventually(() => wizard.evaluate(state), { description: "the page, from the cache or reloaded" }) === "cached";
        };
        await leave();
        if (!await returnToPage()) return false;
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.value("birthdate"), "15-06-"); // The dash is added while typing.
        await wizard.evaluate("window.cached = false");
        await leave();
        await advanceElsewhere(fixture.demo, await wizard.cookies(), "birthdate", { birthdate: "1979-06-15" });
        const isCached = await returnToPage();
        await wizard.isAt(SCREENS.code);
        return isCached;
    }

    scenario("A discarded tab resumes its step when it is shown again.", async (fixture) => {
        const wizard = new Wizard(fixture);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, "C.Peters");
        await wizard.evaluate("window.isOriginalPage = true");
        await fixture.session.discard(fixture.demo.url);
        await wizard.isLive();
        assert.equal(await wizard.evaluate("return window.isOriginalPage ?? false"), false);
        await wizard.isAt(SCREENS.code);
        await wizard.type("code", "12345678");
        await wizard.next();
        await wizard.seesNotice("We weten nog niet zeker dat jij het bent");
    });

    scenario("Two tabs share one session: the tab that is shown again shows the current step.", async (fixture) => {
        const wizard = new Wizard(fixture);
        const { browser } = wizard;
        await wizard.open();
        await wizard.advanceTo(SCREENS.birthdate, "C.Peters");
        const first = await browser.getWindowHandle();
        await browser.switchTo().newWindow("tab");
        const second = await browser.getWindowHandle();
        try {
            await wizard.open();
            await wizard.isAt(SCREENS.birthdate);
            await wizard.complete(SCREENS.birthdate, "C.Peters");
            await wizard.isAt(SCREENS.code);
            await fixture.session.switchToTab(first);
            await wizard.isAt(SCREENS.code);
            await wizard.cancel();
            await wizard.isAt(SCREENS.username);
            await wizard.advanceTo(SCREENS.birthdate, "E.Hendriks");
            await fixture.session.switchToTab(second);
            await wizard.isAt(SCREENS.birthdate);
            assert.equal(await wizard.value("username"), "E.Hendriks");
        } finally {
            await browser.switchTo().window(second);
            await browser.close();
            await browser.switchTo().window(first);
        }
    });
}

/** Submits a step of the same session outside this tab, as another window would. */
async function advanceElsewhere(demo, cookies, call, body) {
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const headers = { cookie, "content-type": "application/json", origin: demo.origin };
    // The demo's certificate is self-signed and not under test here.
    const status = await new Promise((resolve, reject) => {
        const post = request(`${demo.origin}/api/reset/${call}`, { method: "POST", headers, rejectUnauthorized: false }, (answer) => {
            answer.resume();
            resolve(answer.statusCode);
        });
        post.once("error", reject);
        post.end(JSON.stringify(body));
    });
    assert.equal(status, 200);
}
