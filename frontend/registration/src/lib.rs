//! The wasm entry point of the enrollment page: a separate module, so that the wizard does not contain its screens.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by wasm-bindgen when the module is ready.
#[wasm_bindgen(start)]
fn start() {
    app::enrollment::mount();
}
