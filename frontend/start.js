// Loads and starts the WebAssembly program of a page: the wizard or the registration. A separate file, because the CSP
// of the page allows no inline script. The program takes over text typed before it starts; see
// app/src/client/takeover.rs.
import init from "./program.js";

const MODULE = new URL("./program_bg.wasm", import.meta.url);
const RETRY_MS = 3000;
const STABLE_AFTER_MS = 10_000;

const root = document.documentElement;
const page = document.getElementById("app");
const button = () => page.querySelector("button[type=submit]");

// A submit before the program runs is not lost: the button shows that it is busy, and is clicked again once the program
// runs. The same applies to a change of language.
let submitted = false;
let languageChanged = false;
function deferSubmit(event) {
    event.preventDefault();
    submitted = true;
    button().setAttribute("aria-disabled", "true");
}
function deferLanguage({ target }) {
    languageChanged ||= target.id === "language";
}
page.addEventListener("submit", deferSubmit);
page.addEventListener("click", deferLanguage);

for (;;) {
    try {
        await init({ module_or_path: MODULE });
        break;
    } catch (error) {
        // Shows the message that the server has rendered for this case.
        root.dataset.start = "failed";
        button().removeAttribute("aria-disabled");
        // Network and server failures are retried. A browser that cannot run the program keeps the message.
        if (!(error instanceof TypeError) && error.constructor !== Error) {
            page.removeEventListener("submit", deferSubmit);
            throw error;
        }
    }
    await new Promise((resolve) => {
        setTimeout(resolve, RETRY_MS);
        addEventListener("online", resolve, { once: true });
    });
}
delete root.dataset.start;
page.removeEventListener("submit", deferSubmit);
page.removeEventListener("click", deferLanguage);
if (languageChanged) document.getElementById("language").click();
if (submitted) button().click();

// After a panic the program no longer reacts: reload the page; the session continues. No reload soon after the start,
// because it could repeat without end.
function reloadAfterPanic({ error, reason }) {
    if (!((error ?? reason) instanceof WebAssembly.RuntimeError)) return;
    if (performance.now() > STABLE_AFTER_MS) location.reload();
    else root.dataset.start = "failed";
}
addEventListener("error", reloadAfterPanic);
addEventListener("unhandledrejection", reloadAfterPanic);
