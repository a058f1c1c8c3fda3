// Loads and starts the WebAssembly program of a page: the wizard, the registration or the service desk page. A separate
// file, because the CSP of the page allows no inline script. The program takes over text typed before it starts; see
// app/src/client/takeover.rs. Uses only old syntax, so that it can still report a browser that cannot run the program.
const MODULE = new URL("./program_bg.wasm", import.meta.url);
const RETRY_MS = 3000;
const STABLE_AFTER_MS = 10_000;
// The first bytes of every WebAssembly module: «\0asm».
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

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
function deferLanguage(event) {
    if (event.target.id === "language") languageChanged = true;
}

// Shows one of the messages that the server has rendered for a program that has not started.
function report(state) {
    root.dataset.start = state;
    // The program may have failed after it had replaced the screen.
    const submit = button();
    if (submit) submit.removeAttribute("aria-disabled");
}

// Downloads the module before it is compiled, so that a failure of the network or the server is not taken for a browser
// that cannot run the program. A captive portal answers with a page of its own.
async function download() {
    const response = await fetch(MODULE);
    const bytes = response.ok ? new Uint8Array(await response.arrayBuffer()) : [];
    if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw new Error("the response is not the program");
    return bytes;
}

async function waitToRetry() {
    await new Promise((resolve) => {
        setTimeout(resolve, RETRY_MS);
        addEventListener("online", resolve, { once: true });
    });
}

// Returns the glue of the program, or undefined if this browser does not know its syntax.
async function loadGlue() {
    for (;;) {
        try {
            return await import("./program.js");
        } catch (error) {
            if (error instanceof SyntaxError) return undefined;
            report("failed");
        }
        await waitToRetry();
    }
}

// Starts the program. Returns whether this browser can run it; retries failures of the network and the server.
async function start() {
    if (typeof WebAssembly !== "object") return false;
    const glue = await loadGlue();
    if (!glue) return false;
    // Compiled while it downloads, which is faster, but does not tell why it failed.
    try {
        await glue.default({ module_or_path: MODULE });
        return true;
    } catch (error) {
        // The network or the server: browsers report it as a TypeError, but other failures as well.
        if (error instanceof TypeError) {
            report("failed");
            await waitToRetry();
        }
    }
    for (;;) {
        let bytes;
        try {
            bytes = await download();
        } catch (error) {
            report("failed");
            await waitToRetry();
            continue;
        }
        try {
            await glue.default({ module_or_path: bytes });
            // The call does nothing if the first one has compiled the program and the program has failed after that.
            return "live" in root.dataset;
        } catch (error) {
            console.error(error);
            return false;
        }
    }
}

// After a panic the program no longer reacts: reload the page; the session continues. No reload soon after the start,
// because it could repeat without end.
function reloadAfterPanic(event) {
    if (!((event.error || event.reason) instanceof WebAssembly.RuntimeError)) return;
    if (performance.now() > STABLE_AFTER_MS) location.reload();
    else root.dataset.start = "failed";
}

page.addEventListener("submit", deferSubmit);
page.addEventListener("click", deferLanguage);
start().then((canRun) => {
    page.removeEventListener("submit", deferSubmit);
    page.removeEventListener("click", deferLanguage);
    if (!canRun) {
        report("cannot-run");
        return;
    }
    delete root.dataset.start;
    if (languageChanged) document.getElementById("language").click();
    if (submitted) button().click();
    addEventListener("error", reloadAfterPanic);
    addEventListener("unhandledrejection", reloadAfterPanic);
});
