// Runs a flow of screens.js and inspects every state in every language.

import assert from "node:assert/strict";
import { DESKTOP, openWatchedContext } from "./browser.js";
import { addAxe } from "./screen-checks.js";
import { Registration } from "./registration.js";
import { Wizard } from "./wizard.js";

const NOW = new Date("2026-11-20T10:00:00Z");
// For a state that is not reached.
const TIMEOUT_MS = 60_000;
const LANGUAGES = ["nl", "en"];
// A stand-in with the size and colours of a QR code.
const QR_CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"><path fill="#fff" d="M0 0h33v33h-33z"/>'
    + '<path d="M4 4h7v7h-7zM22 4h7v7h-7zM4 22h7v7h-7zM14 14h9v9h-9z"/></svg>';

/**
 * Runs the flow and calls `inspectState` with page, name and language for every state. Reports all defects at the end, so
 * that one run finds them all.
 */
export async function runFlow(browser, demo, { run, options = {}, fixed, expectsProblems }, inspectState) {
    const { context, problems } = await openWatchedContext(browser, demo, { ...DESKTOP, ...options });
    context.setDefaultTimeout(TIMEOUT_MS);
    const defects = new Map();
    try {
        await addAxe(context);
        const page = await context.newPage();
        if (fixed) await page.clock.setFixedTime(NOW);
        // The real code contains the URL of the page, whose port differs in every run.
        await page.route("**/app.svg", (route) => route.fulfill({ contentType: "image/svg+xml", body: QR_CODE }));
        const inspect = async (name, { open = false, languages = LANGUAGES } = {}) => {
            for (const language of languages) {
                await switchLanguage(page, language);
                // The estimator loads asynchronously.
                await page.locator(".meter").filter({ hasText: /We controleren zo|We're checking/ }).waitFor({ state: "detached" });
                if (open) await openDetails(page);
                for (const { what, where } of await inspectState(page, name, language)) {
                    defects.set(what, [...(defects.get(what) ?? []), `${name}, ${language}, ${where}`]);
                }
            }
            if (languages.length > 1) await switchLanguage(page, LANGUAGES[0]);
        };
        await run({ page, context, demo, inspect, wizard: new Wizard(page, demo), registration: new Registration(page, demo) });
        assert.equal(defects.size, 0, [...defects].map(formatDefect).join("\n"));
        if (!expectsProblems) assert.deepEqual(problems, [], "the browser reported no problems");
    } finally {
        await context.close();
    }
}

/** A defect that occurs in many states is reported once, with the first of them. */
function formatDefect([what, where]) {
    return `${what}\n    in ${where[0]}${where.length > 1 ? `, and ${where.length - 1} more` : ""}`;
}

/**
 * Switches the language with the button in the header, which keeps the state. Clicked by script, because Playwright's
 * click waits for two frames without movement, which can take minutes in a browser whose window was resized many times.
 */
async function switchLanguage(page, language) {
    if (await page.locator("html").getAttribute("lang") === language) return;
    await page.locator("#language").evaluate((button) => button.click());
    await page.locator(`html[lang=${language}]`).waitFor();
}

async function openDetails(page) {
    await page.locator("details").evaluateAll((elements) => elements.forEach((element) => (element.open = true)));
}
