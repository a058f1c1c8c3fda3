// What can be measured on a screen: whether it fits, whether its words can be read, whether a thumb hits what it
// is meant to. Not what axe knows.

// What a thumb hits without aiming (WCAG 2.5.5; 2.5.8 asks for 24 only).
const TARGET = 44;

/** Everything that is wrong with how the screen stands there; empty where nothing is. */
export function measured(page) {
    return page.evaluate(inThePage, TARGET);
}

function inThePage(least) {
    const SLACK = 1;
    // Letters of two lines may touch where ascenders meet descenders.
    const TOUCHING = 2;
    const wrong = [];
    const root = document.documentElement;
    const wide = root.clientWidth;
    const short = (element) => element.outerHTML.slice(0, 140);
    const isSeen = (element) =>
        element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !element.closest(".unseen, .skip:not(:focus)");

    if (root.scrollWidth > wide) wrong.push(`${root.scrollWidth} px wide on a screen of ${wide}`);
    const elements = [...document.body.querySelectorAll("*")].filter(isSeen);
    for (const element of elements) {
        const box = element.getBoundingClientRect();
        if (box.right > wide + SLACK || box.left < -SLACK) wrong.push(`out of the screen: ${short(element)}`);
    }

    const clips = (element) => getComputedStyle(element).overflow !== "visible" && element !== document.body;
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.data.trim() || !isSeen(parent) || parent.closest("svg, script, style")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const lines = [...range.getClientRects()];
        texts.push({ node, parent, lines });
        for (let box = parent; box && box !== document.body; box = box.parentElement) {
            if (!clips(box)) continue;
            const edge = box.getBoundingClientRect();
            const isCut = (line) => line.right > edge.right + SLACK || line.left < edge.left - SLACK
                || line.bottom > edge.bottom + SLACK || line.top < edge.top - SLACK;
            if (lines.some(isCut)) wrong.push(`cut off: «${node.data.trim()}» by ${short(box)}`);
        }
    }
    // What cannot be changed cannot be scrolled by typing either.
    for (const input of document.querySelectorAll("input[readonly]")) {
        if (isSeen(input) && input.scrollWidth > input.clientWidth + SLACK) wrong.push(`cut off: ${short(input)}`);
    }

    const meet = (one, other) =>
        Math.min(one.right, other.right) - Math.max(one.left, other.left) > TOUCHING
        && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > TOUCHING;
    texts.forEach((text, index) => {
        for (const other of texts.slice(index + 1)) {
            if (text.lines.some((line) => other.lines.some((another) => meet(line, another)))) {
                wrong.push(`on top of each other: «${text.node.data.trim()}» and «${other.node.data.trim()}»`);
            }
        }
    });

    const controls = [...document.querySelectorAll("a[href], button, input, summary, [tabindex]")]
        .filter((control) => control.tabIndex >= 0 && control.checkVisibility());
    for (const control of controls) {
        const target = control.matches("[type=radio], [type=checkbox]") ? control.closest("label") : control;
        const box = target.getBoundingClientRect();
        for (const text of texts) {
            if (!target.contains(text.parent) && text.lines.some((line) => meet(line, box)) && !text.parent.contains(target)) {
                wrong.push(`on top of each other: «${text.node.data.trim()}» and ${short(target)}`);
            }
        }
        // WCAG excepts a link in a sentence: its height is the line's. A link that is all of its paragraph is none.
        const sentence = target.matches("a") && getComputedStyle(target).display === "inline"
            && target.closest("p, li")?.textContent.trim() !== target.textContent.trim();
        if (!sentence && Math.min(box.width, box.height) < least - 0.01) {
            wrong.push(`${Math.round(box.width)} × ${Math.round(box.height)} px is too small a target: ${short(target)}`);
        }
    }
    return wrong;
}
