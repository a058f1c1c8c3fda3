// Looking at a screen: by axe with all its rules and by measure, in every colour scheme and size that a person may
// have set. Not the way to the screen: see screens.js. Not its picture: see pictures.js.

import { createRequire } from "node:module";
import { measured } from "./measure.js";

const HEIGHT = 800;
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What the system can be set to; forced colours are those of Windows' contrast themes. */
const COLOURS = {
    light: { colorScheme: "light", forcedColors: "none" },
    dark: { colorScheme: "dark", forcedColors: "none" },
    forced: { colorScheme: "dark", forcedColors: "active" },
};

// `text` is the size that the browser's own setting gives: 16 px is its default, 32 is 200 % (WCAG 1.4.4).
const SIZES = {
    "1280 px": { width: 1280, text: 16 },
    "200 % text": { width: 1280, text: 32 },
    "200 % text on a phone": { width: 360, text: 32 },
    // WCAG 1.4.10: without scrolling sideways. Last, because the screen is left as it stands.
    "320 px": { width: 320, text: 16 },
};

/** Makes axe known to the pages of a context. It comes in beside the page's own scripts, so CSP stays on. */
export async function bringAxe(context) {
    await context.addInitScript({ path: AXE });
}

/** Looks at the screen in every way; what is wrong with it, each with where. */
export async function look(page) {
    const wrong = [];
    const settings = await page.context().newCDPSession(page);
    try {
        // Where the mouse was left, it would change how something looks.
        await page.mouse.move(0, 0);
        // Where the page was scrolled to, a notice that stays in sight would lie on what is scrolled away under it.
        await page.evaluate(() => scrollTo(0, 0));
        for (const [size, { width, text }] of Object.entries(SIZES)) {
            await page.setViewportSize({ width, height: HEIGHT });
            await settings.send("Page.setFontSizes", { fontSizes: { standard: text, fixed: text } });
            for (const [colour, media] of Object.entries(COLOURS)) {
                await page.emulateMedia({ ...media, reducedMotion: "reduce" });
                const where = `${size}, ${colour}`;
                wrong.push(...[...await violations(page), ...await measured(page)].map((what) => ({ what, where })));
            }
        }
    } finally {
        await settings.send("Page.setFontSizes", { fontSizes: { standard: 16, fixed: 13 } });
        await page.emulateMedia({ colorScheme: null, forcedColors: null });
        await settings.detach();
    }
    return wrong;
}

function violations(page) {
    return page.evaluate(async (standards) => {
        // Where nothing may run, neither may axe.
        if (matchMedia("(scripting: none)").matches) return [];
        const { violations } = await globalThis.axe.run(document, {
            runOnly: { type: "tag", values: standards },
            resultTypes: ["violations"],
        });
        return violations.flatMap(({ id, help, nodes }) =>
            nodes.map((node) => `${id}: ${help}\n    ${node.html}\n    ${node.failureSummary}`));
    }, STANDARDS);
}
