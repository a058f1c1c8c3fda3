// Going one of the ways of screens.js, and stopping at every state in every language. Not what is done there.

import assert from "node:assert/strict";
import { DESKTOP, watched } from "./browser.js";
import { bringAxe } from "./looks.js";
import { Registration } from "./registration.js";
import { Wizard } from "./wizard.js";

const NOW = new Date("2026-11-20T10:00:00Z");
// Less than forever, where a way leads nowhere.
const PATIENCE = 60_000;
const LANGUAGES = ["nl", "en"];
// Something of a code's size and colours.
const CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"><path fill="#fff" d="M0 0h33v33h-33z"/>'
    + '<path d="M4 4h7v7h-7zM22 4h7v7h-7zM4 22h7v7h-7zM14 14h9v9h-9z"/></svg>';

/**
 * Goes the way; calls `see` with the page, the state's name and its language at every stop. What it finds wrong is
 * told at the end, so that one run tells all.
 */
export async function walked(browser, demo, { walk, options = {}, fixed, complains }, see) {
    const { context, complaints } = await watched(browser, demo, { ...DESKTOP, ...options });
    context.setDefaultTimeout(PATIENCE);
    const wrong = new Map();
    try {
        await bringAxe(context);
        const page = await context.newPage();
        if (fixed) await page.clock.setFixedTime(NOW);
        // It holds the address of the page, which is another one every time.
        await page.route("**/app.svg", (route) => route.fulfill({ contentType: "image/svg+xml", body: CODE }));
        const at = async (name, { open = false, languages = LANGUAGES } = {}) => {
            for (const language of languages) {
                await inLanguage(page, language);
                // The estimator loads at its own pace.
                await page.locator(".meter").filter({ hasText: /We controleren zo|We're checking/ }).waitFor({ state: "detached" });
                if (open) await openAll(page);
                for (const { what, where } of await see(page, name, language)) {
                    wrong.set(what, [...(wrong.get(what) ?? []), `${name}, ${language}, ${where}`]);
                }
            }
            if (languages.length > 1) await inLanguage(page, LANGUAGES[0]);
        };
        await walk({ page, context, demo, at, wizard: new Wizard(page, demo), registration: new Registration(page, demo) });
        assert.equal(wrong.size, 0, [...wrong].map(told).join("\n"));
        if (!complains) assert.deepEqual(complaints, [], "the browser had nothing to complain about");
    } finally {
        await context.close();
    }
}

/** The same thing is mostly wrong in many states: told once, with the first of them. */
function told([what, where]) {
    return `${what}\n    in ${where[0]}${where.length > 1 ? `, and ${where.length - 1} more` : ""}`;
}

/**
 * By the button at the head, which keeps everything as it stands. Pressed by script: a real click waits for two frames
 * in which the button stands still, and a browser whose window was just resized many times may owe them for minutes.
 */
async function inLanguage(page, language) {
    if (await page.locator("html").getAttribute("lang") === language) return;
    await page.locator("#language").evaluate((button) => button.click());
    await page.locator(`html[lang=${language}]`).waitFor();
}

async function openAll(page) {
    await page.locator("details").evaluateAll((all) => all.forEach((one) => (one.open = true)));
}
