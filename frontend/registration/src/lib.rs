//! The wasm entry point of the registration: mounts the page. A program of its own, so that the wizard
//! carries none of it. What the page is, is in `app`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by wasm-bindgen when the module is ready.
#[wasm_bindgen(start)]
fn start() {
    app::pages::registration::mount();
}
