// Measures a screen: whether it fits its width, whether texts are cut off or overlap, and whether targets are large
// enough.

// CSS px, WCAG 2.5.5; 2.5.8 requires only 24.
const MIN_TARGET_SIZE = 44;

/** Returns the defects of the screen's layout; empty if there are none. */
export function measureScreen(page) {
    return page.evaluate(findDefects, MIN_TARGET_SIZE);
}

/** Runs in the page. */
function findDefects(minTargetSize) {
    // px.
    const TOLERANCE = 1;
    // px: ascenders and descenders of two lines may touch.
    const OVERLAP_TOLERANCE = 2;
    const defects = [];
    const root = document.documentElement;
    const viewportWidth = root.clientWidth;
    const excerpt = (element) => element.outerHTML.slice(0, 140);
    const isVisible = (element) =>
        element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !element.closest(".unseen, .skip:not(:focus)");

    if (root.scrollWidth > viewportWidth) defects.push(`${root.scrollWidth} px wide in a viewport of ${viewportWidth}`);
    const elements = [...document.body.querySelectorAll("*")].filter(isVisible);
    for (const element of elements) {
        const box = element.getBoundingClientRect();
        if (box.right > viewportWidth + TOLERANCE || box.left < -TOLERANCE) defects.push(`off screen: ${excerpt(element)}`);
    }

    const clips = (element) => getComputedStyle(element).overflow !== "visible" && element !== document.body;
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.data.trim() || !isVisible(parent) || parent.closest("svg, script, style")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const lines = [...range.getClientRects()];
        texts.push({ node, parent, lines });
        for (let box = parent; box && box !== document.body; box = box.parentElement) {
            if (!clips(box)) continue;
            const edge = box.getBoundingClientRect();
            const isCutOff = (line) => line.right > edge.right + TOLERANCE || line.left < edge.left - TOLERANCE
                || line.bottom > edge.bottom + TOLERANCE || line.top < edge.top - TOLERANCE;
            if (lines.some(isCutOff)) defects.push(`cut off: «${node.data.trim()}» by ${excerpt(box)}`);
        }
    }
    // The value of a read-only field cannot be scrolled by typing.
    for (const input of document.querySelectorAll("input[readonly]")) {
        if (isVisible(input) && input.scrollWidth > input.clientWidth + TOLERANCE) defects.push(`cut off: ${excerpt(input)}`);
    }

    const overlap = (one, other) =>
        Math.min(one.right, other.right) - Math.max(one.left, other.left) > OVERLAP_TOLERANCE
        && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > OVERLAP_TOLERANCE;
    texts.forEach((text, index) => {
        for (const other of texts.slice(index + 1)) {
            if (text.lines.some((line) => other.lines.some((otherLine) => overlap(line, otherLine)))) {
                defects.push(`overlapping: «${text.node.data.trim()}» and «${other.node.data.trim()}»`);
            }
        }
    });

    const controls = [...document.querySelectorAll("a[href], button, input, summary, [tabindex]")]
        .filter((control) => control.tabIndex >= 0 && control.checkVisibility());
    for (const control of controls) {
        const target = control.matches("[type=radio], [type=checkbox]") ? control.closest("label") : control;
        const box = target.getBoundingClientRect();
        for (const text of texts) {
            if (!target.contains(text.parent) && text.lines.some((line) => overlap(line, box)) && !text.parent.contains(target)) {
                defects.push(`overlapping: «${text.node.data.trim()}» and ${excerpt(target)}`);
            }
        }
        // WCAG exempts links in a sentence, whose height is that of the line. A link that fills its paragraph is not
        // one.
        const isInSentence = target.matches("a") && getComputedStyle(target).display === "inline"
            && target.closest("p, li")?.textContent.trim() !== target.textContent.trim();
        if (!isInSentence && Math.min(box.width, box.height) < minTargetSize - 0.01) {
            defects.push(`${Math.round(box.width)} × ${Math.round(box.height)} px target is too small: ${excerpt(target)}`);
        }
    }
    return defects;
}
