// What a screen reader reads, from the top to the end, taken from the browser's own accessibility tree: the same that
// it gives to NVDA, JAWS, TalkBack and VoiceOver. Not how each of them pronounces it.

const PLACES = new Set(["banner", "navigation", "main", "complementary", "contentinfo", "alert", "status", "region", "group"]);
// Its words are the name of its field.
const SILENT = new Set(["LabelText"]);

/** The page's title, and a line for everything that is read. */
export async function reading(page) {
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
    const deeper = () => children.forEach((child) => read(child, find, lines));
    const role = node.role?.value;
    if (node.ignored) return deeper();
    const name = node.name?.value ?? "";
    const has = (property) => node.properties?.find((one) => one.name === property)?.value.value;
    if (SILENT.has(role)) return undefined;
    if (role === "heading") return lines.push(`heading ${has("level")}: ${name}`);
    if (role === "link" || role === "button" || role === "image") return lines.push(`${role}: ${name}`);
    if (role === "radio") return lines.push(`radio: ${name}${has("checked") === "true" ? ", chosen" : ""}`);
    if (role === "DisclosureTriangle") return lines.push(`${has("expanded") ? "opened" : "folded"}: ${name}`);
    if (role === "textbox") {
        const about = [
            has("readonly") && "read only",
            has("invalid") === "true" && "invalid",
            node.value?.value && `«${node.value.value}»`,
            node.description?.value,
        ];
        return lines.push([`field: ${name}`, ...about.filter(Boolean)].join(" | "));
    }
    if (["paragraph", "listitem", "term", "definition"].includes(role) && !children.some((child) => holdsMore(child, find))) {
        const said = words(node, find).replace(/\s+/gu, " ").trim();
        return said && lines.push(role === "listitem" ? `• ${said}` : said);
    }
    if (role === "StaticText" && name.trim()) return lines.push(name.trim());
    if (PLACES.has(role)) lines.push(`[${[role, name].filter(Boolean).join(" ")}]`);
    return deeper();
}

function holdsMore(node, find) {
    const plain = ["StaticText", "InlineTextBox", "ListMarker", "strong", "generic", "none"];
    return (!node.ignored && !plain.includes(node.role?.value))
        || (node.childIds ?? []).map(find).filter(Boolean).some((child) => holdsMore(child, find));
}

function words(node, find) {
    if (node.role?.value === "ListMarker") return "";
    if (node.role?.value === "StaticText" && !node.ignored) return node.name.value;
    const parts = (node.childIds ?? []).map(find).filter(Boolean).map((child) => words(child, find));
    // Words that only the ear gets are in a box of their own: they end before the next ones begin.
    return parts.join("").replace(/^(in orde:|nog niet:)\s*/u, "$1 ");
}
