// What a screen reader reads from top to bottom, taken from the accessibility tree that the browser exposes to NVDA,
// JAWS, TalkBack and VoiceOver.

const GROUP_ROLES = new Set(["banner", "navigation", "main", "complementary", "contentinfo", "alert", "status", "region", "group"]);
// Its text is already the name of its field.
const SKIPPED_ROLES = new Set(["LabelText"]);

/** Returns the title of the page and one line for each element that is read. */
export async function readPage(page) {
    const settings = await page.context().newCDPSession(page);
    try {
        const { nodes } = await settings.send("Accessibility.getFullAXTree");
        const byId = new Map(nodes.map((node) => [node.nodeId, node]));
        const lines = [];
        read(nodes[0], (id) => byId.get(id), lines);
        return [`title: ${await page.title()}`, ...lines];
    } finally {
        await settings.detach();
    }
}

function read(node, find, lines) {
    const children = (node.childIds ?? []).map(find).filter(Boolean);
    const readChildren = () => children.forEach((child) => read(child, find, lines));
    const role = node.role?.value;
    if (node.ignored) return readChildren();
    const name = node.name?.value ?? "";
    const property = (key) => node.properties?.find((candidate) => candidate.name === key)?.value.value;
    if (SKIPPED_ROLES.has(role)) return undefined;
    if (role === "heading") return lines.push(`heading ${property("level")}: ${name}`);
    if (role === "link" || role === "button" || role === "image") return lines.push(`${role}: ${name}`);
    if (role === "radio") return lines.push(`radio: ${name}${property("checked") === "true" ? ", chosen" : ""}`);
    if (role === "DisclosureTriangle") return lines.push(`${property("expanded") ? "opened" : "folded"}: ${name}`);
    if (role === "textbox") {
        const details = [
            property("readonly") && "read only",
            property("invalid") === "true" && "invalid",
            node.value?.value && `«${node.value.value}»`,
            node.description?.value,
        ];
        return lines.push([`field: ${name}`, ...details.filter(Boolean)].join(" | "));
    }
    if (["paragraph", "listitem", "term", "definition"].includes(role) && !children.some((child) => hasStructure(child, find))) {
        const text = textOf(node, find).replace(/\s+/gu, " ").trim();
        return text && lines.push(role === "listitem" ? `• ${text}` : text);
    }
    if (role === "StaticText" && name.trim()) return lines.push(name.trim());
    if (GROUP_ROLES.has(role)) lines.push(`[${[role, name].filter(Boolean).join(" ")}]`);
    return readChildren();
}

/** Returns whether a node contains more than text. */
function hasStructure(node, find) {
    const textRoles = ["StaticText", "InlineTextBox", "ListMarker", "strong", "generic", "none"];
    return (!node.ignored && !textRoles.includes(node.role?.value))
        || (node.childIds ?? []).map(find).filter(Boolean).some((child) => hasStructure(child, find));
}

function textOf(node, find) {
    if (node.role?.value === "ListMarker") return "";
    if (node.role?.value === "StaticText" && !node.ignored) return node.name.value;
    const parts = (node.childIds ?? []).map(find).filter(Boolean).map((child) => textOf(child, find));
    // Visually hidden text is in its own box, so a space separates it from the next text.
    return parts.join("").replace(/^(in orde:|nog niet:)\s*/u, "$1 ");
}
