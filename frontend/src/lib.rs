//! The wasm entry point of the wizard: mounts the page. What the page is, is in `app`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by wasm-bindgen when the module is ready.
#[wasm_bindgen(start)]
fn start() {
    app::pages::mount();
}
