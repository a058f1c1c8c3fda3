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
