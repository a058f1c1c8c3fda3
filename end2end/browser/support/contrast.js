// How well two places on the screen can be told apart: the part of them whose colours differ as much as WCAG 1.4.11
// asks (3 to 1). Not the contrast of text, which axe knows.

import { PNG } from "pngjs";

const ENOUGH = 3;

/** What stands there on the screen; a margin takes in what stands around it. */
export async function seen(page, { x, y, width, height }, margin = 0) {
    const clip = { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
    return PNG.sync.read(await page.screenshot({ clip, animations: "disabled", caret: "hide" }));
}

/** Where an element stands. */
export function place(locator) {
    return locator.evaluate((element) => {
        element.scrollIntoView({ block: "center" });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x, y, width, height };
    });
}

/** Which part of one picture stands out against the other at the same spot, 0 to 1. */
export function differing(one, other) {
    const [width, height] = [Math.min(one.width, other.width), Math.min(one.height, other.height)];
    let different = 0;
    for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
            const [light, dark] = [luminance(one, x, y), luminance(other, x, y)].sort((a, b) => b - a);
            if ((light + 0.05) / (dark + 0.05) >= ENOUGH) different += 1;
        }
    }
    return different / (width * height);
}

/** A picture of nothing but the colour at another's corner. */
export function plain(picture) {
    const empty = new PNG({ width: picture.width, height: picture.height });
    for (let at = 0; at < empty.data.length; at += 4) picture.data.copy(empty.data, at, 0, 4);
    return empty;
}

function luminance({ data, width }, x, y) {
    const [red, green, blue] = [0, 1, 2].map((channel) => {
        const value = data[(y * width + x) * 4 + channel] / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
