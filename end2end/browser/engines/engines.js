// The three engines: how to start each driver, its capabilities, and what it supports.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { discardInChromium, discardInFirefox } from "./discard.js";

// `cargo verify` installs it there.
const GECKODRIVER = fileURLToPath(new URL("../../../target/tools/bin/geckodriver", import.meta.url));

const asRoot = process.getuid?.() === 0;

/** The viewport of a phone. */
export const PHONE = { width: 360, height: 740 };

export const CHROMIUM = {
    name: "Chromium",
    driver: (port) => [process.env.CHROMEDRIVER ?? "/usr/bin/chromedriver", [`--port=${port}`]],
    capabilities: ({ phone = false } = {}) => ({
        webSocketUrl: true,
        "goog:chromeOptions": {
            binary: process.env.CHROMIUM ?? "/usr/bin/chromium",
            args: [
                "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--accept-lang=nl-NL",
                ...(asRoot ? ["--no-sandbox"] : []),
            ],
            // Enables `chrome://discards`.
            localState: { internal_only_uis_enabled: true },
            ...(phone ? { mobileEmulation: { deviceMetrics: { ...PHONE, pixelRatio: 2, touch: true, mobile: true } } } : {}),
        },
    }),
    // The driver reports console messages as events.
    reportsConsole: true,
    // The driver can send touch input.
    supportsTouch: true,
    // Switching to a tab makes it visible.
    activatesTabs: true,
    discard: discardInChromium,
};

export const FIREFOX = {
    name: "Firefox",
    driver: (port) => [
        process.env.GECKODRIVER ?? (existsSync(GECKODRIVER) ? GECKODRIVER : "geckodriver"),
        ["--port", `${port}`, "--websocket-port", "0", "--allow-system-access"],
    ],
    capabilities: ({ phone = false } = {}) => ({
        webSocketUrl: true,
        "moz:firefoxOptions": {
            binary: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
            args: ["-headless"],
            prefs: { "intl.accept_languages": "nl-NL, nl", ...(phone ? { "dom.w3c_touch_events.enabled": 1 } : {}) },
        },
    }),
    reportsConsole: true,
    supportsTouch: true,
    activatesTabs: true,
    discard: discardInFirefox,
};

export const WEBKIT = {
    name: "WebKit",
    driver: (port) => [process.env.WEBKITDRIVER ?? "/usr/bin/WebKitWebDriver", ["-p", `${port}`]],
    // The driver starts its own browser.
    capabilities: () => ({}),
    // WebKit has no headless mode.
    needsScreen: true,
    environment: {
        // WebKit uses its own language as the preferred language. Without a locale (LC_ALL) it would still use English.
        LANGUAGE: "nl",
        // The sandbox does not start as root.
        ...(asRoot ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" } : {}),
    },
    reportsConsole: false,
    supportsTouch: false,
    activatesTabs: false,
};
