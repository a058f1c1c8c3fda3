// What is announced without being asked for: every text that a live region takes on. Not what the focus has read.

/** Has the pages of a context keep what they announce. */
export async function listen(context) {
    await context.addInitScript(() => {
        const LIVE = "[role=status], [role=alert], [aria-live]:not([aria-live=off])";
        globalThis.announcements = [];
        const last = new WeakMap();
        new MutationObserver((changes) => {
            const regions = new Set();
            for (const { target, addedNodes } of changes) {
                const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
                const around = element?.closest(LIVE);
                if (around) regions.add(around);
                for (const node of addedNodes) {
                    if (node.nodeType !== Node.ELEMENT_NODE) continue;
                    if (node.matches(LIVE)) regions.add(node);
                    for (const inside of node.querySelectorAll(LIVE)) regions.add(inside);
                }
            }
            for (const region of regions) {
                const text = region.innerText.trim();
                if (last.get(region) === text) continue;
                last.set(region, text);
                const how = region.getAttribute("aria-live") ?? (region.matches("[role=alert]") ? "assertive" : "polite");
                if (text) globalThis.announcements.push({ how, text });
            }
        }).observe(document, { subtree: true, childList: true, characterData: true });
    });
}

/** What was announced since the last time. */
export function announced(page) {
    return page.evaluate(() => globalThis.announcements.splice(0));
}
