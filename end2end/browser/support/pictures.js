// Pictures of screens: taken in every width and scheme, made small, and compared with those in the repository. Not
// the way to the screens: see screens.js.

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
const LOOKS = 3;

// So small, and with so much loss, that all of them together take little room; what is compared with them has gone
// the same way.
const SMALLER = 5;
const QUALITY = 0.3;

// How far a colour may be off (0 to 1), and which part of a picture may be: another version of the browser draws
// the edges of letters a little differently, and what little differs changes what the loss makes of all around it: up
// to 1.3 % by half this distance, 0.1 % by this one. A line that ends elsewhere is 0.4 % or more.
const COLOUR = 0.1;
const PART = 0.003;

const HOW_TO_ACCEPT = "Look at them; if it should look so: cargo pictures --accept, or UPDATE_PICTURES=1 npm run pictures in end2end/browser";

/** What is done with the pictures besides comparing them, as the environment says. */
export const accepts = Boolean(process.env.UPDATE_PICTURES);
const keeps = Boolean(process.env.KEEP_PICTURES);

export class Pictures {
    #darkroom;
    /** The names of the sheets that were taken. */
    taken = new Set();

    /** With a page of its own, in which pictures are made small. */
    static async open(browser) {
        const pictures = new Pictures();
        const context = await browser.newContext();
        pictures.#darkroom = await context.newPage();
        await mkdir(FOLDER, { recursive: true });
        await mkdir(REFERENCES, { recursive: true });
        return pictures;
    }

    /** Takes the screen as it stands; what is different from the pictures in the repository. */
    async look(page, name, language) {
        const sheet = `${name}.${language}`;
        this.taken.add(sheet);
        // What was only late is there at the next look; what is different stays so.
        let wrong = [];
        for (let looks = 0; looks < LOOKS; looks += 1) {
            wrong = await this.#look(page, sheet);
            if (wrong.length === 0) break;
        }
        return wrong;
    }

    async #look(page, sheet) {
        const taken = await take(page);
        const { file, places } = await this.#sheet(taken);
        if (keeps) await keep(taken, sheet);
        if (accepts) {
            await writeFile(join(REFERENCES, `${sheet}.webp`), file);
            return [];
        }
        const reference = await readFile(join(REFERENCES, `${sheet}.webp`)).catch(() => undefined);
        if (reference?.equals(file)) return [];
        const actual = await this.#read(file);
        const expected = reference && await this.#read(reference);
        const { wrong, diff } = compared(actual, expected, places);
        if (wrong.length > 0) {
            const aside = (what, picture) => writeFile(join(FOLDER, `${sheet}.${what}`), picture);
            await keep(taken, sheet);
            await aside("actual.webp", file);
            if (reference) await aside("expected.webp", reference);
            if (diff) await aside("diff.png", diff);
            wrong.push({ what: HOW_TO_ACCEPT, where: "target/screenshots, as *.expected.webp, *.actual.webp and *.diff.png" });
        }
        return wrong;
    }

    /** The pictures in the repository that are of nothing any more. */
    async left() {
        const files = await readdir(REFERENCES);
        return files.filter((file) => file.endsWith(".webp") && !this.taken.has(file.slice(0, -".webp".length)));
    }

    async removeLeft() {
        for (const file of await this.left()) await rm(join(REFERENCES, file));
    }

    /** Beside each other, a row for each scheme. */
    async #sheet(taken) {
        const pictures = taken.map(({ row, column, image }) => ({ row, column, image: image.toString("base64") }));
        const { file, places } = await this.#darkroom.evaluate(async ({ pictures, smaller, quality }) => {
            const GAP = 8;
            const images = await Promise.all(pictures.map(async ({ row, column, image }) => {
                const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${image}`)).blob());
                const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.round(side / smaller));
                return { row, column, bitmap, width, height };
            }));
            // Where each row or column begins, and where the last one ends.
            const edges = (by, size) => {
                const most = [];
                for (const image of images) most[image[by]] = Math.max(most[image[by]] ?? 0, image[size]);
                return most.reduce((all, one) => [...all, all.at(-1) + one + GAP], [0]);
            };
            const [across, down] = [edges("column", "width"), edges("row", "height")];
            const canvas = new OffscreenCanvas(across.at(-1) - GAP, down.at(-1) - GAP);
            const drawing = canvas.getContext("2d");
            drawing.fillStyle = "#808080";
            drawing.fillRect(0, 0, canvas.width, canvas.height);
            drawing.imageSmoothingQuality = "high";
            const places = images.map(({ row, column, bitmap, width, height }) => {
                drawing.drawImage(bitmap, across[column], down[row], width, height);
                return { left: across[column], top: down[row], width, height };
            });
            const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality })).arrayBuffer());
            return { file: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), "")), places };
        }, { pictures, smaller: SMALLER, quality: QUALITY });
        return {
            file: Buffer.from(file, "base64"),
            places: places.map((place, index) => ({ ...place, where: taken[index].where })),
        };
    }

    /** The colours of a sheet: by way of PNG, which Node can read. */
    async #read(file) {
        const png = await this.#darkroom.evaluate(async (file) => {
            const bitmap = await createImageBitmap(await (await fetch(`data:image/webp;base64,${file}`)).blob());
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
            canvas.getContext("2d").drawImage(bitmap, 0, 0);
            const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
            return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
        }, file.toString("base64"));
        return PNG.sync.read(Buffer.from(png, "base64"));
    }
}

/** The whole page in each width and scheme, with nothing in it that moves by itself. */
async function take(page) {
    const taken = [];
    await page.mouse.move(0, 0);
    await page.evaluate(() => document.activeElement?.blur());
    for (const [row, scheme] of SCHEMES.entries()) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        for (const [column, width] of WIDTHS.entries()) {
            await page.setViewportSize({ width, height: HEIGHT });
            await page.evaluate(() => scrollTo(0, 0));
            // All of it in sight: what is beyond, a busy browser may not have drawn yet.
            const height = await page.evaluate(() => document.documentElement.scrollHeight);
            await page.setViewportSize({ width, height: Math.max(height, HEIGHT) });
            const image = await settled(page);
            taken.push({ row, column, image, where: `${width} px, ${scheme}`, file: `${width}-${scheme}` });
        }
    }
    return taken;
}

/** The page once it looks the same twice: a busy browser may hand over what it has only half drawn. */
async function settled(page) {
    let image;
    for (let looks = 0; looks < LOOKS * 2; looks += 1) {
        const again = await page.screenshot({ fullPage: true, animations: "disabled", caret: "hide" });
        if (image?.equals(again)) break;
        image = again;
    }
    return image;
}

/** In full size, for people. */
async function keep(taken, sheet) {
    for (const { image, file } of taken) await writeFile(join(FOLDER, `${sheet}.${file}.png`), image);
}

/** What is wrong, and a picture of where. */
function compared(actual, expected, places) {
    if (!expected) return { wrong: [{ what: "There is no picture of it in the repository", where: "pictures/" }] };
    const { width, height } = actual;
    if (width !== expected.width || height !== expected.height) {
        const where = `at 1/${SMALLER} of its size: ${height} high instead of ${expected.height}`;
        return { wrong: [{ what: "It has another height", where }] };
    }
    const diff = new PNG({ width, height });
    pixelmatch(actual.data, expected.data, diff.data, width, height, { threshold: COLOUR, diffMask: true });
    const wrong = places.flatMap(({ where, left, top, width: across, height: down }) => {
        let different = 0;
        for (let y = top; y < top + down; y += 1) {
            for (let x = left; x < left + across; x += 1) if (diff.data[(y * width + x) * 4 + 3] > 0) different += 1;
        }
        const part = different / (across * down);
        return part > PART ? [{ what: "It looks different", where: `${where} (${(part * 100).toFixed(1)} %)` }] : [];
    });
    return { wrong, diff: PNG.sync.write(diff) };
}

/** One page to look through, with every picture in full size behind it. */
export async function index(names) {
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
