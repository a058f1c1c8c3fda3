// Compares two areas of the screen: the share of their pixels whose contrast meets WCAG 1.4.11 (3:1). axe checks the
// contrast of text.

import { PNG } from "pngjs";

// WCAG 1.4.11.
const MIN_CONTRAST_RATIO = 3;

/** Takes a screenshot of an area, enlarged by `margin` px on each side. */
export async function screenshot(page, { x, y, width, height }, margin = 0) {
    const clip = { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
    return PNG.sync.read(await page.screenshot({ clip, animations: "disabled", caret: "hide" }));
}

/** Scrolls an element into view and returns its position and size. */
export function boxOf(locator) {
    return locator.evaluate((element) => {
        element.scrollIntoView({ block: "center" });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x, y, width, height };
    });
}

/** Returns the share of pixels (0 to 1) whose contrast between the two pictures is at least 3:1. */
export function contrastingShare(one, other) {
    const [width, height] = [Math.min(one.width, other.width), Math.min(one.height, other.height)];
    let contrasting = 0;
    for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
            const [light, dark] = [luminance(one, x, y), luminance(other, x, y)].sort((a, b) => b - a);
            if ((light + 0.05) / (dark + 0.05) >= MIN_CONTRAST_RATIO) contrasting += 1;
        }
    }
    return contrasting / (width * height);
}

/** Returns a picture of the same size, filled with the colour of the top left pixel. */
export function filledWithCornerColour(picture) {
    const filled = new PNG({ width: picture.width, height: picture.height });
    for (let at = 0; at < filled.data.length; at += 4) picture.data.copy(filled.data, at, 0, 4);
    return filled;
}

function luminance({ data, width }, x, y) {
    const [red, green, blue] = [0, 1, 2].map((channel) => {
        const value = data[(y * width + x) * 4 + channel] / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
