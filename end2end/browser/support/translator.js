// Scripts that change a page as a browser's translator and a password manager do. A translator replaces every text node
// by new elements, so that the original nodes are no longer in the document.

/** In the page: translates the current text. The text stays readable: each text node only gets a mark. */
export const TRANSLATE = `
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) {
        const { parentElement, data } = walker.currentNode;
        if (data.trim() && !parentElement.closest("script, style, font")) nodes.push(walker.currentNode);
    }
    for (const node of nodes) {
        const outer = document.createElement("font");
        const inner = document.createElement("font");
        inner.textContent = node.data + "\\u02df";
        outer.append(inner);
        node.replaceWith(outer);
    }
    return nodes.length;
`;

/** The mark of translated text. */
export const MARK = "\u02df";

/** In the page: sets the value of a field as a password manager or an in-app browser does: without an `input` event. */
export const FILL = `
    const [input, text, event] = arguments;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
    if (event) input.dispatchEvent(new Event(event, { bubbles: true }));
`;

/**
 * In the page, as an init script: translates all text from now on, also text that appears or changes later, as the
 * translators of Chrome and Edge do. Respects `translate="no"`.
 */
export function translateContinuously(mark) {
    const untouched = "script, style, noscript, font, [translate=no]";
    const replace = (text) => {
        if (!text.data.trim() || !text.parentElement || text.parentElement.closest(untouched)) return;
        const outer = document.createElement("font");
        const inner = document.createElement("font");
        inner.textContent = text.data + mark;
        outer.append(inner);
        text.replaceWith(outer);
    };
    const translate = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return replace(node);
        if (node.nodeType !== Node.ELEMENT_NODE) return;
        const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        texts.forEach(replace);
    };
    const observer = new MutationObserver((records) => {
        for (const { type, target, addedNodes } of records) {
            if (type === "characterData") replace(target);
            else addedNodes.forEach(translate);
        }
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true });
}
