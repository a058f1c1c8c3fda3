// Records what live regions announce to screen readers.

/** Makes the pages of a context record every new text of a live region. */
export async function recordAnnouncements(context) {
    await context.addInitScript(() => {
        const LIVE = "[role=status], [role=alert], [aria-live]:not([aria-live=off])";
        globalThis.announcements = [];
        const last = new WeakMap();
        new MutationObserver((changes) => {
            const regions = new Set();
            for (const { target, addedNodes } of changes) {
                const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
                const region = element?.closest(LIVE);
                if (region) regions.add(region);
                for (const node of addedNodes) {
                    if (node.nodeType !== Node.ELEMENT_NODE) continue;
                    if (node.matches(LIVE)) regions.add(node);
                    for (const nested of node.querySelectorAll(LIVE)) regions.add(nested);
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

/** Returns the announcements since the last call, each with its politeness and text. */
export function takeAnnouncements(page) {
    return page.evaluate(() => globalThis.announcements.splice(0));
}

/** Returns a function that returns all announcements from now on. */
export function collectAnnouncements(page) {
    const texts = [];
    return async () => {
        for (const { text } of await takeAnnouncements(page)) texts.push(text);
        return texts;
    };
}
