// Starts Chromium and opens pages in which console errors, warnings, CSP violations and requests to other hosts fail
// the test.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

// A Friday: the service desk of the demo is open from 8.00 to 17.00.
const OFFICE_HOURS = "2026-11-20 11:00:00";

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** Starts the browser; `environment` is added to the current one. */
export function startBrowser(environment = {}) {
    return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS, env: { ...process.env, ...environment } });
}

/** Opens a context without cookies or storage and collects the problems of all its pages. */
export async function openWatchedContext(browser, demo, options = DESKTOP) {
    const context = await browser.newContext({ locale: "nl-NL", reducedMotion: "reduce", ...options });
    const problems = [];
    await setLocalTime(context, OFFICE_HOURS);
    await context.addInitScript(() => {
        addEventListener("securitypolicyviolation", (event) => {
            console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI}`);
        });
    });
    context.on("console", (message) => {
        // Without scripting the preloaded files stay unused, and the browser warns about that after some time.
        const isUnusedPreload = options.javaScriptEnabled === false && message.text().includes("was preloaded using link preload but not used");
        if (["error", "warning"].includes(message.type()) && !isApiFailure(message, demo) && !isUnusedPreload) {
            problems.push(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
    });
    context.on("weberror", (error) => problems.push(`exception: ${error.error()}`));
    context.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith("http") && url.origin !== demo.origin) problems.push(`request to another host: ${url}`);
    });
    return { context, problems };
}

/**
 * Fixes the local time of the Netherlands in the pages of a context, e.g. `2026-11-20 11:00:00`, independent of the time
 * zone and date of the test run.
 */
export function setLocalTime(context, text) {
    return context.addInitScript((text) => {
        const original = Date.prototype.toLocaleString;
        Date.prototype.toLocaleString = function (locale, options) {
            const isLocalTime = locale === "sv-SE" && options?.timeZone === "Europe/Amsterdam";
            return isLocalTime ? text : original.call(this, locale, options);
        };
    }, text);
}

// The browser logs every response from status 400 and every lost connection as an error; refusals are such responses.
function isApiFailure(message, demo) {
    return message.text().startsWith("Failed to load resource")
        && ["reset", "registration", "servicedesk"].some((area) => message.location().url.startsWith(`${demo.origin}/api/${area}/`));
}

/** Runs `act` with a page in a new context, asserts that there were no problems, and closes the context. */
export async function withPage(browser, demo, options, act) {
    const { context, problems } = await openWatchedContext(browser, demo, options);
    try {
        const page = await context.newPage();
        await act(page, context);
        assert.deepEqual(problems, [], "the browser reported no problems");
    } finally {
        await context.close();
    }
}
