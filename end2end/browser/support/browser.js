// Debian's Chromium, and a page that is watched: whatever it complains about, and whatever it asks of another
// host, fails the test. Not the wizard: see wizard.js.

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

// A Friday: the service desk of the demo answers from 8.00 to 17.00.
const OFFICE_HOURS = "2026-11-20 11:00:00";

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** Starts the browser; the environment comes on top of this one. */
export function startBrowser(environment = {}) {
    return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS, env: { ...process.env, ...environment } });
}

/** A context of its own (no cookie, no storage), whose pages are all watched. */
export async function watched(browser, demo, options = DESKTOP) {
    const context = await browser.newContext({ locale: "nl-NL", reducedMotion: "reduce", ...options });
    const complaints = [];
    await setLocalTime(context, OFFICE_HOURS);
    await context.addInitScript(() => {
        addEventListener("securitypolicyviolation", (event) => {
            console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI}`);
        });
    });
    context.on("console", (message) => {
        // Without scripting nothing uses what is preloaded, and a page that stays long enough is told so.
        const isUnused = options.javaScriptEnabled === false && message.text().includes("was preloaded using link preload but not used");
        if (["error", "warning"].includes(message.type()) && !isAnswer(message, demo) && !isUnused) {
            complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
    });
    context.on("weberror", (error) => complaints.push(`thrown: ${error.error()}`));
    context.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith("http") && url.origin !== demo.origin) complaints.push(`asked ${url}`);
    });
    return { context, complaints };
}

/** What the clocks of the Netherlands say in a page, e.g. `2026-11-20 11:00:00`, wherever and whenever the test runs. */
export function setLocalTime(context, text) {
    return context.addInitScript((text) => {
        const original = Date.prototype.toLocaleString;
        Date.prototype.toLocaleString = function (locale, options) {
            const isLocalTime = locale === "sv-SE" && options?.timeZone === "Europe/Amsterdam";
            return isLocalTime ? text : original.call(this, locale, options);
        };
    }, text);
}

// The browser writes every answer from 400 up, and every lost connection, on its console: a refusal is one.
function isAnswer(message, demo) {
    return message.text().startsWith("Failed to load resource")
        && ["reset", "registration"].some((room) => message.location().url.startsWith(`${demo.origin}/api/${room}/`));
}

/** Runs `act` with a page of a context of its own; nothing of it is left behind. */
export async function withPage(browser, demo, options, act) {
    const { context, complaints } = await watched(browser, demo, options);
    try {
        const page = await context.newPage();
        await act(page, context);
        assert.deepEqual(complaints, [], "the browser had nothing to complain about");
    } finally {
        await context.close();
    }
}
