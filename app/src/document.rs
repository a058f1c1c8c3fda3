//! The HTML document that the server sends, with the first screen.

use crate::api::site::Site;
use crate::client::takeover::{ROOT_ID, SITE_DATA_ID};
use crate::i18n::Language;
use leptos::prelude::*;

/// The URLs of a page's files.
#[derive(Debug, Clone, Copy)]
pub struct Assets {
    /// The module that starts the program.
    pub start: &'static str,
    /// wasm-bindgen's module, imported by `start`.
    pub glue: &'static str,
    /// The WebAssembly, fetched by `start`.
    pub wasm: &'static str,
    /// The worker that estimates the strength of a password.
    pub worker: Option<&'static str>,
}

/// The parts of a document.
#[derive(Debug)]
pub struct Document {
    /// The page's name.
    pub title: String,
    /// The HTML of the first screen, complete without the program.
    pub screen: String,
    /// The URLs of the style sheets, in the order in which they apply.
    pub styles: Vec<String>,
    /// The program; `None` for a static page.
    pub assets: Option<Assets>,
}

/// Renders a document as HTML.
pub fn document(site: &Site, language: Language, document: Document) -> String {
    let Document { title, screen, styles, assets } = document;
    let title = format!("{title} – {}", site.organisation.name);
    let styles: Vec<_> =
        styles.into_iter().map(|href| view! { <link rel="stylesheet" href=href /> }).collect();
    let worker = assets.and_then(|assets| assets.worker);
    let program = assets.map(|assets| program(site, assets));
    let html = Owner::new().with(|| {
        view! {
            <html lang=language.tag() data-worker=worker>
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
                    <title>{title}</title>
                    <meta name="robots" content="noindex" />
                    <meta name="color-scheme" content="light dark" />
                    <meta name="theme-color" media="(prefers-color-scheme: light)" content="#bde6f5" />
                    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#062833" />
                    <meta name="format-detection" content="telephone=no" />
                    {styles}
                    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                    <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                    {program}
                </head>
                <body>
                    <div id=ROOT_ID inner_html=screen></div>
                </body>
            </html>
        }
        .to_html()
    });
    format!("<!doctype html>\n{html}\n")
}

fn program(site: &Site, assets: Assets) -> impl IntoView + use<> {
    let json = leptos::serde_json::to_string(site).unwrap_or_default();
    // Only `<` can end a script element; JSON allows to escape it.
    let json = json.replace('<', "\\u003c");
    view! {
        <link rel="modulepreload" href=assets.glue />
        <link rel="preload" href={assets.wasm} as="fetch" type="application/wasm" crossorigin="" />
        <script type="module" src=assets.start></script>
        <script type="application/json" id=SITE_DATA_ID inner_html=json></script>
    }
}
