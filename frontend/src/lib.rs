//! The wasm entry point of the wizard.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by wasm-bindgen when the module is ready.
#[wasm_bindgen(start)]
fn start() {
    app::wizard::mount();
}
