// Starts a page's program, the wizard's or the registration's. A file of its own, because the page's rules (CSP)
// allow no script inside it. What is typed meanwhile the program takes over itself; see client/takeover.rs.
import init from "./program.js";

const MODULE = new URL("./program_bg.wasm", import.meta.url);
const AGAIN = 3000;
const LIVED = 10_000;

const root = document.documentElement;
const page = document.getElementById("app");
const button = () => page.querySelector("button[type=submit]");

// A press before the program is there is not lost: the button turns, and the press comes when it is. So does another
// language.
let pressed = false;
let translated = false;
function press(event) {
    event.preventDefault();
    pressed = true;
    button().setAttribute("aria-disabled", "true");
}
function translate({ target }) {
    translated ||= target.id === "language";
}
page.addEventListener("submit", press);
page.addEventListener("click", translate);

for (;;) {
    try {
        await init({ module_or_path: MODULE });
        break;
    } catch (error) {
        // The page shows its own words for it (style and text are in the shell).
        root.dataset.start = "failed";
        button().removeAttribute("aria-disabled");
        // The network and the server come back; a browser that cannot run this stays as it is.
        if (!(error instanceof TypeError) && error.constructor !== Error) {
            page.removeEventListener("submit", press);
            throw error;
        }
    }
    await new Promise((resolve) => {
        setTimeout(resolve, AGAIN);
        addEventListener("online", resolve, { once: true });
    });
}
delete root.dataset.start;
page.removeEventListener("submit", press);
page.removeEventListener("click", translate);
if (translated) document.getElementById("language").click();
if (pressed) button().click();

// A program that trapped (a panic) answers nothing any more: the page begins anew, and the visit goes on. Not soon after
// a beginning: that could go on for ever.
function begin({ error, reason }) {
    if (!((error ?? reason) instanceof WebAssembly.RuntimeError)) return;
    if (performance.now() > LIVED) location.reload();
    else root.dataset.start = "failed";
}
addEventListener("error", begin);
addEventListener("unhandledrejection", begin);
