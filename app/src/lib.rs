//! Shared by browser and server: validated values, password policy, API, messages and screens. The only I/O is that of
//! the browser.
//!
//! | module | content |
//! |---|---|
//! | [`domain`] | one validated newtype per value |
//! | [`policy`] | the password policy, the same code in browser and server |
//! | [`api`] | server functions, their types and refusals |
//! | [`i18n`] | messages in each language |
//! | [`paths`] | the URL paths of the pages |
//! | `components` | reusable parts of the screens |
//! | `client` | browser code that every interactive page shares |
//! | [`wizard`], [`enrollment`], [`service_desk`], `static_pages` | the pages |
//! | `shell`, `document` | page frame, HTML document |
//!
//! Dependencies point one way: pages ▶ client, components ▶ api, i18n ▶ policy ▶ domain; `api` and `i18n` use
//! each other's plain types. The strength estimator is a
//! separate wasm module (`frontend/strength`): its 600 kB would delay the first screen.

// The types of whole screens nest deeply where components are not erased, as on the server.
#![recursion_limit = "256"]
#![expect(unreachable_pub, reason = "`#[component]` makes `pub` items in private modules")]

pub mod api;
mod client;
mod components;
#[cfg(feature = "ssr")]
pub mod document;
pub mod domain;
pub mod enrollment;
pub mod i18n;
pub mod paths;
pub mod policy;
pub mod service_desk;
mod shell;
#[cfg(feature = "ssr")]
pub mod static_pages;
#[cfg(all(test, feature = "ssr"))]
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
mod test_support;
pub mod wizard;
