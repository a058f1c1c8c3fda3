// Checks a screen with all rules of axe and with measurements, in every colour scheme, width and text size that a user
// may have set.

import { createRequire } from "node:module";
import { measureScreen } from "./measure.js";

const HEIGHT = 800;
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The settings of the operating system; forced colours are those of the contrast themes of Windows. */
const COLOURS = {
    light: { colorScheme: "light", forcedColors: "none" },
    dark: { colorScheme: "dark", forcedColors: "none" },
    forced: { colorScheme: "dark", forcedColors: "active" },
};

// `text` is the default font size of the browser: 16 px as shipped, 32 px is 200 % (WCAG 1.4.4).
const SIZES = {
    "1280 px": { width: 1280, text: 16 },
    "200 % text": { width: 1280, text: 32 },
    "200 % text on a phone": { width: 360, text: 32 },
    // WCAG 1.4.10: no horizontal scrolling. Last, because the page keeps this size.
    "320 px": { width: 320, text: 16 },
};

/** Loads axe into the pages of a context as an init script, so that CSP stays on. */
export async function addAxe(context) {
    await context.addInitScript({ path: AXE });
}

/** Checks the screen in every combination; returns the defects, each with its combination. */
export async function checkScreen(page) {
    const defects = [];
    const settings = await page.context().newCDPSession(page);
    try {
        // The mouse would cause a hover style where it was left.
        await page.mouse.move(0, 0);
        // In a scrolled page a sticky notice would overlap the content that is scrolled under it.
        await page.evaluate(() => scrollTo(0, 0));
        for (const [size, { width, text }] of Object.entries(SIZES)) {
            await page.setViewportSize({ width, height: HEIGHT });
            await settings.send("Page.setFontSizes", { fontSizes: { standard: text, fixed: text } });
            for (const [colour, media] of Object.entries(COLOURS)) {
                await page.emulateMedia({ ...media, reducedMotion: "reduce" });
                const where = `${size}, ${colour}`;
                defects.push(...[...await violations(page), ...await measureScreen(page)].map((what) => ({ what, where })));
            }
        }
    } finally {
        await settings.send("Page.setFontSizes", { fontSizes: { standard: 16, fixed: 13 } });
        await page.emulateMedia({ colorScheme: null, forcedColors: null });
        await settings.detach();
    }
    return defects;
}

function violations(page) {
    return page.evaluate(async (standards) => {
        // axe needs scripting.
        if (matchMedia("(scripting: none)").matches) return [];
        const { violations } = await globalThis.axe.run(document, {
            runOnly: { type: "tag", values: standards },
            resultTypes: ["violations"],
        });
        return violations.flatMap(({ id, help, nodes }) =>
            nodes.map((node) => `${id}: ${help}\n    ${node.html}\n    ${node.failureSummary}`));
    }, STANDARDS);
}
