// The three engines: how each is asked for, and what each can do. Not what is done with them.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { discardInChromium, discardInFirefox } from "./discard.js";

// Where `cargo verify` puts it.
const GECKODRIVER = fileURLToPath(new URL("../../../target/tools/bin/geckodriver", import.meta.url));

const asRoot = process.getuid?.() === 0;

/** What a page has room for on a phone. */
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
            // Else its own pages for developers are not there.
            localState: { internal_only_uis_enabled: true },
            ...(phone ? { mobileEmulation: { deviceMetrics: { ...PHONE, pixelRatio: 2, touch: true, mobile: true } } } : {}),
        },
    }),
    // What the page says on its console is told as it is said; a finger can be sent; a tab that the driver turns to is
    // shown.
    tells: true,
    touches: true,
    brings: true,
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
    tells: true,
    touches: true,
    brings: true,
    discard: discardInFirefox,
};

export const WEBKIT = {
    name: "WebKit",
    driver: (port) => [process.env.WEBKITDRIVER ?? "/usr/bin/WebKitWebDriver", ["-p", `${port}`]],
    // The driver knows its browser.
    capabilities: () => ({}),
    // It has no headless mode.
    needsScreen: true,
    environment: {
        // It takes its own language for the reader's. Without a locale (LC_ALL) it would take English all the same.
        LANGUAGE: "nl",
        // Its sandbox does not start as root.
        ...(asRoot ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" } : {}),
    },
    tells: false,
    touches: false,
    brings: false,
};
