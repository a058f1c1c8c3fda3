//! The wasm entry point of the service desk page: a separate module, so that no employee loads its screens.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by wasm-bindgen when the module is ready.
#[wasm_bindgen(start)]
fn start() {
    app::service_desk::mount();
}
