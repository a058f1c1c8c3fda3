// Takes pictures of a screen in every width and colour scheme, scales them down to one sheet, and compares it with the
// reference in the repository.

import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

const FOLDER = fileURLToPath(new URL("../../../target/screenshots", import.meta.url));
const REFERENCES = fileURLToPath(new URL("../pictures", import.meta.url));
const WIDTHS = [360, 768, 1280];
const SCHEMES = ["light", "dark"];
const HEIGHT = 800;
// A busy browser may deliver a half-drawn page.
const MAX_ATTEMPTS = 3;

// Small and lossy, to keep the repository small; the picture that is compared is processed in the same way.
const SCALE_DIVISOR = 5;
const WEBP_QUALITY = 0.3;

// The tolerated colour distance (0 to 1) and share of differing pixels. Another browser version draws the edges of
// letters slightly differently, and lossy compression spreads the difference: up to 1.3 % of the pixels at half this
// distance, 0.1 % at this distance. A line that wraps differently changes 0.4 % or more.
const MAX_COLOUR_DISTANCE = 0.1;
const MAX_DIFFERING_SHARE = 0.003;

const HOW_TO_ACCEPT = "Look at them; if the change is intended: cargo pictures --accept, or UPDATE_PICTURES=1 npm run pictures in end2end/browser";

/** Whether new pictures replace the references, from the environment. */
export const acceptsPictures = Boolean(process.env.UPDATE_PICTURES);
/** Whether full-size pictures are saved, from the environment. */
const savesFullSize = Boolean(process.env.KEEP_PICTURES);

export class Pictures {
    #canvasPage;
    /** The names of the sheets taken so far. */
    sheets = new Set();

    /** Opens a page whose canvas scales the pictures. */
    static async open(browser) {
        const pictures = new Pictures();
        const context = await browser.newContext();
        pictures.#canvasPage = await context.newPage();
        await mkdir(FOLDER, { recursive: true });
        await mkdir(REFERENCES, { recursive: true });
        return pictures;
    }

    /** Takes pictures of the screen; returns the differences from the reference. */
    async compare(page, name, language) {
        const sheet = `${name}.${language}`;
        this.sheets.add(sheet);
        // A late change is drawn at the next attempt; a real difference stays.
        let differences = [];
        for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
            differences = await this.#compareOnce(page, sheet);
            if (differences.length === 0) break;
        }
        return differences;
    }

    async #compareOnce(page, sheet) {
        const screenshots = await takeScreenshots(page);
        const { file, places } = await this.#composeSheet(screenshots);
        if (savesFullSize) await saveFullSize(screenshots, sheet);
        if (acceptsPictures) {
            await writeFile(join(REFERENCES, `${sheet}.webp`), file);
            return [];
        }
        const reference = await readFile(join(REFERENCES, `${sheet}.webp`)).catch(() => undefined);
        if (reference?.equals(file)) return [];
        const actual = await this.#decode(file);
        const expected = reference && await this.#decode(reference);
        const { differences, diff } = comparePictures(actual, expected, places);
        if (differences.length > 0) {
            const save = (suffix, picture) => writeFile(join(FOLDER, `${sheet}.${suffix}`), picture);
            await saveFullSize(screenshots, sheet);
            await save("actual.webp", file);
            if (reference) await save("expected.webp", reference);
            if (diff) await save("diff.png", diff);
            differences.push({ what: HOW_TO_ACCEPT, where: "target/screenshots, as *.expected.webp, *.actual.webp and *.diff.png" });
        }
        return differences;
    }

    /** Returns the reference files whose state no longer exists. */
    async obsoleteFiles() {
        const files = await readdir(REFERENCES);
        return files.filter((file) => file.endsWith(".webp") && !this.sheets.has(file.slice(0, -".webp".length)));
    }

    async removeObsoleteFiles() {
        for (const file of await this.obsoleteFiles()) await rm(join(REFERENCES, file));
    }

    /** Composes one sheet, a row for each scheme; returns the file and where each picture is on it. */
    async #composeSheet(screenshots) {
        const pictures = screenshots.map(({ row, column, image }) => ({ row, column, image: image.toString("base64") }));
        const { file, places } = await this.#canvasPage.evaluate(async ({ pictures, scaleDivisor, quality }) => {
            const GAP = 8;
            const images = await Promise.all(pictures.map(async ({ row, column, image }) => {
                const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${image}`)).blob());
                const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.round(side / scaleDivisor));
                return { row, column, bitmap, width, height };
            }));
            // The start of each row or column, and the end of the last one.
            const edges = (by, size) => {
                const largest = [];
                for (const image of images) largest[image[by]] = Math.max(largest[image[by]] ?? 0, image[size]);
                return largest.reduce((starts, length) => [...starts, starts.at(-1) + length + GAP], [0]);
            };
            const [lefts, tops] = [edges("column", "width"), edges("row", "height")];
            const canvas = new OffscreenCanvas(lefts.at(-1) - GAP, tops.at(-1) - GAP);
            const drawing = canvas.getContext("2d");
            drawing.fillStyle = "#808080";
            drawing.fillRect(0, 0, canvas.width, canvas.height);
            drawing.imageSmoothingQuality = "high";
            const places = images.map(({ row, column, bitmap, width, height }) => {
                drawing.drawImage(bitmap, lefts[column], tops[row], width, height);
                return { left: lefts[column], top: tops[row], width, height };
            });
            const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality })).arrayBuffer());
            return { file: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), "")), places };
        }, { pictures, scaleDivisor: SCALE_DIVISOR, quality: WEBP_QUALITY });
        return {
            file: Buffer.from(file, "base64"),
            places: places.map((place, index) => ({ ...place, where: screenshots[index].where })),
        };
    }

    /** Decodes a sheet through PNG, which pngjs can read. */
    async #decode(file) {
        const png = await this.#canvasPage.evaluate(async (file) => {
            const bitmap = await createImageBitmap(await (await fetch(`data:image/webp;base64,${file}`)).blob());
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
            canvas.getContext("2d").drawImage(bitmap, 0, 0);
            const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
            return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
        }, file.toString("base64"));
        return PNG.sync.read(Buffer.from(png, "base64"));
    }
}

/** Takes the whole page in each width and scheme, without animations, hover or focus. */
async function takeScreenshots(page) {
    const screenshots = [];
    await page.mouse.move(0, 0);
    await page.evaluate(() => document.activeElement?.blur());
    for (const [row, scheme] of SCHEMES.entries()) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        for (const [column, width] of WIDTHS.entries()) {
            await page.setViewportSize({ width, height: HEIGHT });
            await page.evaluate(() => scrollTo(0, 0));
            // As high as the page, because a busy browser may not have drawn what is outside the viewport.
            const height = await page.evaluate(() => document.documentElement.scrollHeight);
            await page.setViewportSize({ width, height: Math.max(height, HEIGHT) });
            const image = await stableScreenshot(page);
            screenshots.push({ row, column, image, where: `${width} px, ${scheme}`, file: `${width}-${scheme}` });
        }
    }
    return screenshots;
}

/** Takes screenshots until two in a row are equal, because a busy browser may deliver a half-drawn page. */
async function stableScreenshot(page) {
    let image;
    for (let attempt = 0; attempt < MAX_ATTEMPTS * 2; attempt += 1) {
        const next = await page.screenshot({ fullPage: true, animations: "disabled", caret: "hide" });
        if (image?.equals(next)) break;
        image = next;
    }
    return image;
}

/** Saves the screenshots in full size for review. */
async function saveFullSize(screenshots, sheet) {
    for (const { image, file } of screenshots) await writeFile(join(FOLDER, `${sheet}.${file}.png`), image);
}

/** Returns the differences and a picture that marks them. */
function comparePictures(actual, expected, places) {
    if (!expected) return { differences: [{ what: "There is no reference picture", where: "pictures/" }] };
    const { width, height } = actual;
    if (width !== expected.width || height !== expected.height) {
        const where = `at 1/${SCALE_DIVISOR} of its size: ${height} high instead of ${expected.height}`;
        return { differences: [{ what: "Its size differs", where }] };
    }
    const diff = new PNG({ width, height });
    pixelmatch(actual.data, expected.data, diff.data, width, height, { threshold: MAX_COLOUR_DISTANCE, diffMask: true });
    const differences = places.flatMap(({ where, left, top, width: placeWidth, height: placeHeight }) => {
        let different = 0;
        for (let y = top; y < top + placeHeight; y += 1) {
            for (let x = left; x < left + placeWidth; x += 1) if (diff.data[(y * width + x) * 4 + 3] > 0) different += 1;
        }
        const share = different / (placeWidth * placeHeight);
        return share > MAX_DIFFERING_SHARE ? [{ what: "It looks different", where: `${where} (${(share * 100).toFixed(1)} %)` }] : [];
    });
    return { differences, diff: PNG.sync.write(diff) };
}

/** Writes an HTML page with all pictures, each linked to its full size; returns its path. */
export async function writeIndex(names) {
    const cell = (sheet, scheme, width) => {
        const file = `${sheet}.${width}-${scheme}.png`;
        return `<a href="${file}"><img src="${file}" width="${width / 4}" alt="${width} px, ${scheme}" loading="lazy"></a>`;
    };
    const rows = [...names].sort().map((sheet) =>
        `<h2>${sheet}</h2>\n<p>${SCHEMES.flatMap((scheme) => WIDTHS.map((width) => cell(sheet, scheme, width))).join("\n")}</p>`);
    const file = join(FOLDER, "index.html");
    await writeFile(file, `<!doctype html><meta charset="utf-8"><title>Every screen</title>
<style>body{font:1rem system-ui;margin:2rem;background:#808080}img{vertical-align:top;margin:0 .5rem .5rem 0}</style>
${rows.join("\n")}\n`);
    return file;
}
