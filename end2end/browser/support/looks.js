// Looking at a screen: by axe with all its rules, at the narrowest width, and by pictures for people. Not the way
// to the screen.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PICTURES = process.env.SCREENSHOTS ?? fileURLToPath(new URL("../../../target/screenshots", import.meta.url));
const SCHEMES = ["light", "dark"];
const WIDTHS = [360, 768, 1280];
const HEIGHT = 800;
// WCAG 1.4.10: without scrolling sideways.
const NARROWEST = 320;

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Makes axe known to the pages of a context. It comes in beside the page's own scripts, so CSP stays on. */
export async function bringAxe(context) {
    await context.addInitScript({ path: AXE });
}

/** Looks at the screen in every way. The pictures get the name. */
export async function look(page, name) {
    // Where the mouse was left, it would change how something looks.
    await page.mouse.move(0, 0);
    await page.evaluate(() => document.fonts.ready);
    for (const scheme of SCHEMES) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await hasNoViolations(page, `${name}, ${scheme}`);
    }
    await page.setViewportSize({ width: NARROWEST, height: HEIGHT });
    await fits(page, `${name} at ${NARROWEST} px`);
    await picture(page, name);
}

/** A picture of the whole page in each width and scheme. */
export async function picture(page, name) {
    await page.mouse.move(0, 0);
    await mkdir(PICTURES, { recursive: true });
    for (const scheme of SCHEMES) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: HEIGHT });
            await fits(page, `${name} at ${width} px`);
            await page.evaluate(drawn);
            const path = join(PICTURES, `${name}-${width}-${scheme}.png`);
            await page.screenshot({ path, fullPage: true, animations: "disabled", caret: "initial" });
        }
    }
}

/** In the page: a frame was drawn in the new size. */
function drawn() {
    return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

async function hasNoViolations(page, where) {
    const found = await page.evaluate(async (standards) => {
        const { violations } = await globalThis.axe.run(document, {
            runOnly: { type: "tag", values: standards },
            resultTypes: ["violations"],
        });
        return violations.flatMap(({ id, help, nodes }) =>
            nodes.map((node) => `${id}: ${help}\n    ${node.html}\n    ${node.failureSummary}`));
    }, STANDARDS);
    assert.deepEqual(found, [], where);
}

async function fits(page, where) {
    const { wide, screen, out } = await page.evaluate(() => {
        const screen = document.documentElement.clientWidth;
        const out = [...document.body.querySelectorAll("*")]
            .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > screen + 1)
            .map((element) => element.outerHTML.slice(0, 120));
        return { wide: document.documentElement.scrollWidth, screen, out };
    });
    assert.ok(wide <= screen, `${where}: ${wide} px wide on a screen of ${screen}: ${out.join("\n")}`);
}
