// Starts the page of the registration. A file of its own, because the page's rules (CSP) allow no script inside it.
import init from "./registration.js";

init({ module_or_path: new URL("./registration_bg.wasm", import.meta.url) }).catch((error) => {
    // The page shows its own words for a browser that cannot run this (style and text are in the shell).
    document.documentElement.dataset.start = "failed";
    throw error;
});
