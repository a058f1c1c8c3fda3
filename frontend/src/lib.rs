//! The wasm entry point of the wizard: mounts the page. What the page is, is in `app`.
#![cfg(target_arch = "wasm32")]

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by wasm-bindgen when the module is ready.
#[wasm_bindgen(start)]
fn start() {
    mount();
}

/// Stands in for the pages until they are here.
fn mount() {
    mount_to_body(|| {
        let (pressed, press) = signal(0);
        view! {
            <main>
                <h1>"Wachtwoord Reset"</h1>
                <button on:click=move |_| press.update(|times| *times += 1)>"Volgende " {pressed}</button>
            </main>
        }
    });
}
