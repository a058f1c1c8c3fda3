// Leaving and coming back in every engine: Back and Forward, reload, the back-forward cache, a discarded tab, two
// tabs. Not a lost connection: see offline.js.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { request } from "node:https";
import { eventually } from "../support/eventually.js";
import { SCREENS } from "../support/wizard.js";
import { Wizard } from "./wizard.js";

const { Key } = createRequire(import.meta.url)("selenium-webdriver");

// An engine may let a page go for a reason of its own; what kept it out by a fault of ours would do so every time.
const TRIES = 3;

/** In the page: how many requests are under way from now on. */
const COUNT_UNANSWERED = `
    const ask = window.fetch;
    window.unanswered = 0;
    window.fetch = (...what) => {
        window.unanswered += 1;
        const answered = () => (window.unanswered -= 1);
        const answer = ask(...what);
        answer.then((answer) => answer.clone().text()).then(answered, answered);
        return answer;
    };
`;

export function history(scenario) {
    scenario("Back, Forward and reload show the right screen in every step, and none harms the visit.", async (house) => {
        const wizard = new Wizard(house);
        const username = "B.Smits";
        const navigate = wizard.browser.navigate();
        const seesAfter = async (act, screen) => {
            await act;
            await wizard.isAt(screen);
        };
        await wizard.open();
        await seesAfter(wizard.reload(), SCREENS.username);
        await wizard.pass(SCREENS.username, username);
        await wizard.isAt(SCREENS.birthdate);
        await seesAfter(wizard.reload(), SCREENS.birthdate);
        await wizard.pass(SCREENS.birthdate, username);
        await wizard.isAt(SCREENS.code);
        await seesAfter(navigate.back(), SCREENS.birthdate);
        await seesAfter(navigate.back(), SCREENS.username);
        await seesAfter(navigate.forward(), SCREENS.birthdate);
        await seesAfter(navigate.forward(), SCREENS.code);
        await seesAfter(wizard.reload(), SCREENS.code);
        await wizard.pass(SCREENS.code, username);
        await wizard.isAt(SCREENS.password);
        await seesAfter(navigate.back(), SCREENS.password);
        await seesAfter(wizard.reload(), SCREENS.password);
        await wizard.pass(SCREENS.password, username);
        await wizard.isAt(SCREENS.done);
        await seesAfter(navigate.back(), SCREENS.done);
        await seesAfter(wizard.reload(), SCREENS.done);
    });

    scenario("Back from another page brings the same page, with what was typed; and the step, where that went on meanwhile.", async (house) => {
        for (let tries = 1; !(await staysWhole(house)); tries += 1) {
            assert.ok(tries < TRIES, `the page was loaded anew ${tries} times`);
            await house.session.forget(house.demo.origin);
        }
    });

    /** Whether the engine kept the page; all else must hold. */
    async function staysWhole(house) {
        const wizard = new Wizard(house);
        await wizard.open();
        await wizard.ask(COUNT_UNANSWERED);
        // With the keyboard: a click of Firefox' driver leaves a listener that keeps the page out of the cache.
        await wizard.type("username", `C.Peters${Key.ENTER}`);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.type("birthdate", "15-06");
        await wizard.ask("window.cached = false; addEventListener('pageshow', (event) => (window.cached = event.persisted))");
        // A page that still waits for an answer is not kept by every engine.
        const leave = async () => {
            const isQuiet = () => wizard.ask("return unanswered === 0 && performance.getEntriesByName(arguments[0]).length > 0",
                `${house.demo.origin}/api/reset/current`);
            await eventually(isQuiet, { says: "an answer to everything" });
            await house.session.leaveFor(`${house.demo.origin}/robots.txt`);
        };
        const comeBack = async () => {
            await house.session.goBack();
            const state = "return window.cached ? 'kept' : window.cached === undefined && 'data-live' in document.documentElement.attributes && 'new'";
            return await eventually(() => wizard.ask(state), { says: "the page itself, from the cache" }) === "kept";
        };
        await leave();
        if (!await comeBack()) return false;
        await wizard.isAt(SCREENS.birthdate);
        assert.equal(await wizard.value("birthdate"), "15-06-"); // The dash is added while typing.
        await wizard.ask("window.cached = false");
        await leave();
        await goesOnElsewhere(house.demo, await wizard.cookies(), "birthdate", { birthdate: "1979-06-15" });
        const isKept = await comeBack();
        await wizard.isAt(SCREENS.code);
        return isKept;
    }

    scenario("A tab that was discarded and is looked at again goes on in its step.", async (house) => {
        const wizard = new Wizard(house);
        await wizard.open();
        await wizard.walkTo(SCREENS.code, "C.Peters");
        await wizard.ask("window.isTheOldOne = true");
        await house.session.discard(house.demo.url);
        await wizard.live();
        assert.equal(await wizard.ask("return window.isTheOldOne ?? false"), false);
        await wizard.isAt(SCREENS.code);
        await wizard.type("code", "12345678");
        await wizard.next();
        await wizard.isTold("We weten nog niet zeker dat jij het bent");
    });

    scenario("Two tabs are one visit: the one that is looked at again comes along.", async (house) => {
        const wizard = new Wizard(house);
        const { browser } = wizard;
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
        const first = await browser.getWindowHandle();
        await browser.switchTo().newWindow("tab");
        const second = await browser.getWindowHandle();
        try {
            await wizard.open();
            await wizard.isAt(SCREENS.birthdate);
            await wizard.pass(SCREENS.birthdate, "C.Peters");
            await wizard.isAt(SCREENS.code);
            await house.session.show(first);
            await wizard.isAt(SCREENS.code);
            await wizard.cancel();
            await wizard.isAt(SCREENS.username);
            await wizard.walkTo(SCREENS.birthdate, "E.Hendriks");
            await house.session.show(second);
            await wizard.isAt(SCREENS.birthdate);
            assert.equal(await wizard.value("username"), "E.Hendriks");
        } finally {
            await browser.switchTo().window(second);
            await browser.close();
            await browser.switchTo().window(first);
        }
    });
}

/** The same visit makes a step somewhere else, as in another window. */
async function goesOnElsewhere(demo, cookies, call, body) {
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const headers = { cookie, "content-type": "application/json", origin: demo.origin };
    // The demo's certificate is its own; here it is not what is tested.
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
