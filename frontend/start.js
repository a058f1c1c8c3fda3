// Loads and starts a page's WebAssembly program, the wizard's or the registration's. A file of its own: the page's CSP
// allows no inline script. The program itself takes over what is typed meanwhile; see app/src/client/takeover.rs.
import init from "./program.js";

const MODULE = new URL("./program_bg.wasm", import.meta.url);
const RETRY_MS = 3000;
const STABLE_AFTER_MS = 10_000;

const root = document.documentElement;
const page = document.getElementById("app");
const button = () => page.querySelector("button[type=submit]");

// A press before the program runs is not lost: the button shows that it is busy, and is pressed again once the program
// runs. The same goes for the choice of another language.
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
        // Shows the message that the server has rendered for this case.
        root.dataset.start = "failed";
        button().removeAttribute("aria-disabled");
        // Network and server failures pass; a browser that cannot run the program stays as it is.
        if (!(error instanceof TypeError) && error.constructor !== Error) {
            page.removeEventListener("submit", press);
            throw error;
        }
    }
    await new Promise((resolve) => {
        setTimeout(resolve, RETRY_MS);
        addEventListener("online", resolve, { once: true });
    });
}
delete root.dataset.start;
page.removeEventListener("submit", press);
page.removeEventListener("click", translate);
if (translated) document.getElementById("language").click();
if (pressed) button().click();

// After a panic the program reacts to nothing any more: reload the page, and the session goes on. Not soon after a start,
// which could repeat for ever.
function restart({ error, reason }) {
    if (!((error ?? reason) instanceof WebAssembly.RuntimeError)) return;
    if (performance.now() > STABLE_AFTER_MS) location.reload();
    else root.dataset.start = "failed";
}
addEventListener("error", restart);
addEventListener("unhandledrejection", restart);
